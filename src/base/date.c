/* Calendar days and their texts. The conversions are the branch-free ones of Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day is
 * the last of its year. */
#include "base/date.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DAYS_PER_ERA = 146097, EPOCH_SHIFT = 719468 };

ft_day ft_day_of(int year, int month, int mday)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT;
}

struct ft_date ft_date_of(ft_day day)
{
    int64_t z = (int64_t)day + EPOCH_SHIFT;
    int64_t era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int day_of_era = (int)(z - era * DAYS_PER_ERA);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;
    int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return (struct ft_date){
        .year = (int)(year_of_era + era * 400) + (month <= 2),
        .month = month,
        .mday = day_of_year - (153 * shifted_month + 2) / 5 + 1,
    };
}

int ft_weekday(ft_day day)
{
    /* 1970-01-01 was a Thursday. */
    int w = (int)(((int64_t)day + 4) % 7);
    return w < 0 ? w + 7 : w;
}

int ft_days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Value of n digits, -1 when one is none. */
static int digits(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

/* For messages: at most this much of a stranger's text. */
static int shown(size_t len)
{
    return len > 40 ? 40 : (int)len;
}

static bool day_from(const char *text, ft_day *out)
{
    int y = digits(text, 4), m = digits(text + 5, 2), d = digits(text + 8, 2);
    if (text[4] != '-' || text[7] != '-' || y < 1 || m < 1 || m > 12 || d < 1 ||
        d > ft_days_in_month(y, m))
        return false;
    *out = ft_day_of(y, m, d);
    return true;
}

int ft_day_parse(const char *text, size_t len, const char *field, ft_day *out, struct ft_err *err)
{
    if (len != 10 || !day_from(text, out))
        return ft_err_set(err, FT_EINVAL, "%s: bad date '%.*s', wanted yyyy-MM-dd", field,
                          shown(len), text);
    return 0;
}

void ft_day_print(ft_day day, char out[11])
{
    struct ft_date d = ft_date_of(day);
    char *p = ft_digits(out, (unsigned)d.year, 4);
    *p++ = '-';
    p = ft_digits(p, (unsigned)d.month, 2);
    *p++ = '-';
    p = ft_digits(p, (unsigned)d.mday, 2);
    *p = '\0';
}

/* " HH:mm:ss" and perhaps ".S" to ".SSS" behind the day. */
static bool time_from(const char *s, size_t len, int64_t *ns)
{
    if (len < 9 || s[0] != ' ' || s[3] != ':' || s[6] != ':')
        return false;
    int h = digits(s + 1, 2), m = digits(s + 4, 2), sec = digits(s + 7, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 59)
        return false;
    int64_t fraction = 0;
    if (len > 9) {
        int places = (int)len - 10;
        if (s[9] != '.' || places < 1 || places > 3)
            return false;
        int v = digits(s + 10, places);
        if (v < 0)
            return false;
        for (int i = places; i < 9; i++)
            v *= 10;
        fraction = v;
    }
    *ns = ((int64_t)h * 3600 + m * 60 + sec) * FT_NS_PER_SEC + fraction;
    return true;
}

int ft_datetime_parse(const char *text, const char *field, ft_day *day, int64_t *ns_of_day,
                      int *has_time, struct ft_err *err)
{
    size_t len = strlen(text);
    int64_t ns = 0;
    if (len < 10 || !day_from(text, day) || (len > 10 && !time_from(text + 10, len - 10, &ns)))
        return ft_err_set(err, FT_EINVAL,
                          "%s: bad time '%.*s', wanted yyyy-MM-dd or yyyy-MM-dd HH:mm:ss", field,
                          shown(len), text);
    *ns_of_day = ns;
    *has_time = len > 10;
    return 0;
}
