/* Calendar days without time: a day is an int32 count from 1970-01-01 (proleptic Gregorian). */
#ifndef FT_BASE_DATE_H
#define FT_BASE_DATE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef int32_t ft_day;

#define FT_NO_DAY INT32_MIN

#define FT_NS_PER_SEC INT64_C(1000000000)
#define FT_SEC_PER_DAY 86400

struct ft_date {
    int year;  /* 1 to 9999 */
    int month; /* 1 to 12 */
    int mday;  /* 1 to 31 */
};

ft_day ft_day_of(int year, int month, int mday);
struct ft_date ft_date_of(ft_day day);
/* 0 Sunday to 6 Saturday. */
int ft_weekday(ft_day day);
int ft_days_in_month(int year, int month);

/* Writes `value` in `width` decimal digits, zeros in front, higher digits cut off; returns what
 * follows. For the dates and times of every push, where a printf costs more than all the rest. */
static inline char *ft_digits(char *out, unsigned value, int width)
{
    for (int k = width; k > 0; k--, value /= 10)
        out[k - 1] = (char)('0' + value % 10);
    return out + width;
}

/* "yyyy-MM-dd" exactly. 0, or -1 with a text that names `field` and the value. */
int ft_day_parse(const char *text, size_t len, const char *field, ft_day *out, struct ft_err *err);
/* Writes "yyyy-MM-dd" and NUL. */
void ft_day_print(ft_day day, char out[11]);

/* Local time "yyyy-MM-dd", or "yyyy-MM-dd HH:mm:ss", optionally with ".SSS": day and nanoseconds of
 * the day; *has_time tells which. 0, or -1 with a text that names `field` and the value. */
int ft_datetime_parse(const char *text, const char *field, ft_day *day, int64_t *ns_of_day,
                      int *has_time, struct ft_err *err);

#endif
