/* Errors as values: a code for the program, words for a person, and the chain of causes.
 *
 * Fallible functions return 0 or -1 (or a pointer and NULL) and, on failure, fill the ft_err
 * that the caller hands in. Each floor that adds context wraps the text: "cannot load
 * calendar: data/hk.csv:17: bad date '2026-13-01'". A NULL ft_err is allowed everywhere: the
 * caller does not want the words. Nothing here allocates. */
#ifndef FT_BASE_ERR_H
#define FT_BASE_ERR_H

#include <stddef.h>

enum ft_err_code {
    FT_OK = 0,
    FT_EINVAL,    /* the caller's input is wrong */
    FT_ELIMIT,    /* a stated limit would be exceeded */
    FT_ENOMEM,    /* memory, or an arena's bound, is used up */
    FT_EIO,       /* the system said no: file, socket */
    FT_ECORRUPT,  /* data from outside contradicts its own form */
    FT_ENOTFOUND, /* no such thing */
    FT_ESTATE,    /* right input at the wrong time */
    FT_EUNSUPPORTED,
};

#define FT_ERR_TEXT_MAX 512

struct ft_err {
    enum ft_err_code code;
    char text[FT_ERR_TEXT_MAX]; /* UTF-8, never cut inside a character, NUL-terminated */
};

/* Sets code and text; returns -1, so that `return ft_err_set(...)` reads well. */
int ft_err_set(struct ft_err *err, enum ft_err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the present text, keeping the code; returns -1. */
int ft_err_wrap(struct ft_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Forgets what was set. */
void ft_err_clear(struct ft_err *err);

/* Longest prefix of `text`, at most `max` bytes, that does not end inside a UTF-8 character. */
size_t ft_utf8_prefix(const char *text, size_t len, size_t max);

#endif
