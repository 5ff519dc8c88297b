/* Tables as text: comma-separated lines under a header, for everything in data/ and for users' own
 * instrument files.
 *
 * Lines that start with '#' and empty lines are skipped; the first other line names the columns,
 * which may come in any order. A field may stand in double quotes ("" is a quote inside), a line
 * break inside a field is not allowed. Everything is UTF-8. Faults are told as
 * "file:line: column: what is wrong". Nothing here allocates or reads files. */
#ifndef FT_BASE_CSV_H
#define FT_BASE_CSV_H

#include "base/date.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_CSV_COLUMNS_MAX = 32, FT_CSV_LINE_MAX = 8192 };

struct ft_csv {
    const char *file; /* for the messages */
    const char *rest; /* unread text */
    size_t rest_len;
    int line;                              /* of the current row, from 1 */
    int width;                             /* fields of a row */
    int wanted;                            /* columns that the caller asked for */
    const char *const *names;              /* theirs */
    int8_t at[FT_CSV_COLUMNS_MAX];         /* wanted column -> field of the row, -1: not there */
    const char *field[FT_CSV_COLUMNS_MAX]; /* of the current row, in `row` */
    char row[FT_CSV_LINE_MAX + 1];
};

/* Begins: reads the header. `columns` ends with NULL and stays with the caller as long as `c`; a
 * name that starts with '?' is optional (reads as ""). `strict`: columns that nobody asked for are
 * a fault. `text` must stay valid. 0, or -1 with the fault. */
int ft_csv_open(struct ft_csv *c, const char *file, const char *text, size_t len,
                const char *const *columns, bool strict, struct ft_err *err);

/* 1: a row was read; 0: no more; -1: a fault. */
int ft_csv_next(struct ft_csv *c, struct ft_err *err);

/* A column of the current row, by its place in `columns`; NUL-terminated, valid until the next row;
 * "" when the file does not have the column. */
const char *ft_csv_text(const struct ft_csv *c, int column);

/* Values of a column; all of them 0, or -1 with the fault. An empty field is one, except for
 * ft_csv_day_or. */
int ft_csv_int(const struct ft_csv *c, int column, int64_t min, int64_t max, int64_t *out,
               struct ft_err *err);
/* Decimal to fixed point, as ft_fixed_parse. */
int ft_csv_fixed(const struct ft_csv *c, int column, int decimals, int64_t *out,
                 struct ft_err *err);
int ft_csv_day(const struct ft_csv *c, int column, ft_day *out, struct ft_err *err);
/* `absent` for an empty field. */
int ft_csv_day_or(const struct ft_csv *c, int column, ft_day absent, ft_day *out,
                  struct ft_err *err);
/* "HH:MM" as minutes. */
int ft_csv_minute(const struct ft_csv *c, int column, int32_t *out, struct ft_err *err);
/* Place of the word in a list that ends with NULL. */
int ft_csv_word(const struct ft_csv *c, int column, const char *const *words, int *out,
                struct ft_err *err);

/* A fault of the current row: "file:line: column: " and the text; returns -1. column -1: the row as
 * a whole. */
int ft_csv_fault(const struct ft_csv *c, int column, struct ft_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The date of a comment line "# as of: yyyy-MM-dd" before the header; FT_NO_DAY without one. */
ft_day ft_csv_as_of(const char *text, size_t len);

#endif
