/* A login's trading password: what is kept of it, and whether what a client sends is it.
 *
 * The wire carries the MD5 of the password (UnlockTrade, 2005), so that this MD5 is the secret: who reads
 * it in a file can unlock, and tries a dictionary at billions of words a second. What is kept is therefore
 * a slow salted hash (scrypt, RFC 7914) of the MD5's 32 lowercase hex digits. The MD5 itself is
 * taken too: for the first login's keys trade_password and trade_password_md5. */
#ifndef FT_GATEWAY_PASSWORD_H
#define FT_GATEWAY_PASSWORD_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    FT_PASSWORD_MD5 = 32, /* hex digits */
    FT_PASSWORD_SALT = 16,
    FT_PASSWORD_KEY = 32,
    FT_PASSWORD_TEXT_MAX = 160,
};

struct ft_password {
    enum { FT_PASSWORD_NONE, FT_PASSWORD_IS_MD5, FT_PASSWORD_IS_SCRYPT } kind;
    char md5[FT_PASSWORD_MD5 + 1]; /* of FT_PASSWORD_IS_MD5 */
    uint64_t n, r, p;              /* scrypt's cost */
    uint8_t salt[FT_PASSWORD_SALT], key[FT_PASSWORD_KEY];
    bool seen;                     /* `quick` is a SHA-256 of salt and the MD5 that was right: the loop
                                      pays for the slow hash once */
    uint8_t quick[FT_PASSWORD_KEY];
};

/* 32 hex digits of MD5, or "scrypt$N$r$p$salt$key" with both in hex. N at most 32768, r 8, p 1: a check
 * takes the loop's time. -1 with a reason that does not repeat the text. */
int ft_password_parse(const char *text, struct ft_password *out, struct ft_err *err);
/* The MD5 of a password, 32 lowercase hex digits and a NUL. */
int ft_password_md5(const char *password, char out[FT_PASSWORD_MD5 + 1], struct ft_err *err);
/* The text that ft_password_parse takes, with a new salt. */
int ft_password_hash(const char *password, char out[FT_PASSWORD_TEXT_MAX], struct ft_err *err);
/* Whether `md5` (as a client sends it, any letter case) is the password's. Nothing fits FT_PASSWORD_NONE.
 * Of texts of the right length the answer takes the same time whatever they share with the right one. */
bool ft_password_fits(struct ft_password *p, const char *md5);

/* `opend -hash_password`: reads a line from standard input (a terminal shows nothing of it) and prints its
 * hash. Exit code. */
int ft_password_command(void);

#endif
