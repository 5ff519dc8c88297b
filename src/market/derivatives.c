#include "market/derivatives.h"

#include <stdlib.h>
#include <string.h>

int ft_month_of(ft_day day)
{
    struct ft_date d = ft_date_of(day);
    return d.year * 12 + d.month - 1;
}

ft_day ft_month_first(int month)
{
    return ft_day_of(month / 12, month % 12 + 1, 1);
}

ft_day ft_trading_day_back(const struct ft_calendars *c, enum ft_calendar_id cal, ft_day day, int n)
{
    if (ft_calendar_day(c, cal, day) == FT_DAY_CLOSED)
        day = ft_calendar_prev(c, cal, day);
    while (n-- > 0)
        day = ft_calendar_prev(c, cal, day);
    return day;
}

/* ---- Days of a month ---------------------------------------------------------------------- */

enum { SUNDAY, WEDNESDAY = 3, FRIDAY = 5 };

/* What a rule counts back from. */
enum anchor {
    MONTH_END, /* the last trading day */
    THIRD_FRIDAY,
    SECOND_FRIDAY,
    LAST_FRIDAY,
    THIRD_WEDNESDAY,
    FIFTEENTH,
    TWENTY_FIFTH,
    THIRTY_BEFORE_NEXT_THIRD_FRIDAY,
};

static const struct day_rule {
    const char *word;
    enum anchor anchor;
    int back;    /* trading days before the anchor */
    bool strict; /* counted from a calendar day, which itself does not count */
    int shift;   /* months from the contract's month */
} day_rules[] = {
    {"last_bd", MONTH_END, 0, false, 0},
    {"second_last_bd", MONTH_END, 1, false, 0},
    {"bd_before_last_bd", MONTH_END, 1, false, 0},
    {"3rd_last_bd", MONTH_END, 2, false, 0},
    {"7bd_before_last_bd", MONTH_END, 7, false, 0},
    {"third_friday", THIRD_FRIDAY, 0, false, 0},
    {"last_friday", LAST_FRIDAY, 0, false, 0},
    {"bd_before_second_friday", SECOND_FRIDAY, 1, true, 0},
    {"bd_before_15th", FIFTEENTH, 1, true, 0},
    {"2bd_before_third_wednesday", THIRD_WEDNESDAY, 2, true, 0},
    {"3bd_before_25th_prev", TWENTY_FIFTH, 3, false, -1},
    {"4bd_before_25th_prev", TWENTY_FIFTH, 4, false, -1},
    {"3rd_last_bd_prev", MONTH_END, 2, false, -1},
    {"vix_wednesday", THIRTY_BEFORE_NEXT_THIRD_FRIDAY, 0, false, 0},
};
enum { DAY_RULES = sizeof day_rules / sizeof day_rules[0] };

int ft_day_rule_find(const char *word)
{
    for (int i = 0; i < DAY_RULES; i++)
        if (strcmp(day_rules[i].word, word) == 0)
            return i;
    return -1;
}

static ft_day nth_weekday(int month, int weekday, int n)
{
    ft_day first = ft_month_first(month);
    return first + (weekday - ft_weekday(first) + 7) % 7 + (n - 1) * 7;
}

static ft_day anchor_day(enum anchor anchor, int month)
{
    switch (anchor) {
    case THIRD_FRIDAY: return nth_weekday(month, FRIDAY, 3);
    case SECOND_FRIDAY: return nth_weekday(month, FRIDAY, 2);
    case LAST_FRIDAY: return nth_weekday(month + 1, FRIDAY, 1) - 7;
    case THIRD_WEDNESDAY: return nth_weekday(month, WEDNESDAY, 3);
    case FIFTEENTH: return ft_month_first(month) + 14;
    case TWENTY_FIFTH: return ft_month_first(month) + 24;
    case THIRTY_BEFORE_NEXT_THIRD_FRIDAY: return nth_weekday(month + 1, FRIDAY, 3) - 30;
    case MONTH_END: break;
    }
    return ft_month_first(month + 1) - 1;
}

ft_day ft_day_rule_at(const struct ft_calendars *c, enum ft_calendar_id cal, int rule, int month)
{
    const struct day_rule *r = &day_rules[rule];
    ft_day day = anchor_day(r->anchor, month + r->shift);
    if (r->strict) /* the first step back leads to the trading day before the anchor */
        return ft_trading_day_back(c, cal, day - 1, r->back - 1);
    return ft_trading_day_back(c, cal, day, r->back);
}

int ft_spot_month(const struct ft_calendars *c, enum ft_calendar_id cal, int rule, ft_day today)
{
    int month = ft_month_of(today) - 1;
    while (ft_day_rule_at(c, cal, rule, month) < today)
        month++;
    return month;
}

/* ---- Lists of months ---------------------------------------------------------------------- */

static int add_month(struct ft_months *m, int month, bool cycle)
{
    int i = m->count;
    while (i > 0 && m->month[i - 1] >= month)
        i--;
    if (i < m->count && m->month[i] == month) {
        m->cycle[i] |= cycle;
        return 0;
    }
    if (m->count == FT_MONTHS_MAX)
        return -1;
    memmove(&m->month[i + 1], &m->month[i], (size_t)(m->count - i) * sizeof m->month[0]);
    memmove(&m->cycle[i + 1], &m->cycle[i], (size_t)(m->count - i) * sizeof m->cycle[0]);
    m->month[i] = month;
    m->cycle[i] = cycle;
    m->count++;
    return 0;
}

/* A count of 1 to 99 at the end of a part. */
static int count_of(const char *s, size_t n)
{
    if (n < 1 || n > 2)
        return -1;
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v > 0 ? v : -1;
}

/* The next n months after those already named (from spot on without any) of every third or twelfth
 * month: March, June, September, December, or December alone. */
static int add_every(struct ft_months *m, int spot, int step, int n)
{
    int month = m->count ? m->month[m->count - 1] + 1 : spot;
    for (; n > 0; month++) {
        if ((month % 12 + 1) % step != 0)
            continue;
        if (add_month(m, month, false) != 0)
            return -1;
        n--;
    }
    return 0;
}

static int add_cycle(struct ft_months *m, int spot, const char *letters, size_t n)
{
    static const char month_letters[] = "FGHJKMNQUVXZ";
    const char *star = memchr(letters, '*', n);
    if (!star || star == letters)
        return -1;
    bool wanted[12] = {false};
    for (const char *s = letters; s < star; s++) {
        const char *at = strchr(month_letters, *s);
        if (!at || *s == '\0')
            return -1;
        wanted[at - month_letters] = true;
    }
    int left = count_of(star + 1, n - (size_t)(star + 1 - letters));
    if (left < 0)
        return -1;
    for (int month = spot; left > 0; month++) {
        if (!wanted[month % 12])
            continue;
        if (add_month(m, month, true) != 0)
            return -1;
        left--;
    }
    return 0;
}

static int add_part(struct ft_months *m, int spot, const char *s, size_t n)
{
    static const char *const names[] = {"spot", "next", "next2", "next3"};
    for (int i = 0; i < 4; i++)
        if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0)
            return add_month(m, spot + i, false);
    if (n > 6 && memcmp(s, "cycle:", 6) == 0)
        return add_cycle(m, spot, s + 6, n - 6);
    size_t word = n > 3 && memcmp(s, "dec", 3) == 0 ? 3 : 1;
    int count = n > word ? count_of(s + word, n - word) : -1;
    if (count < 0)
        return -1;
    if (word == 3)
        return add_every(m, spot, 12, count);
    if (s[0] == 'q')
        return add_every(m, spot, 3, count);
    if (s[0] != 'm')
        return -1;
    for (int i = 0; i < count; i++)
        if (add_month(m, spot + i, false) != 0)
            return -1;
    return 0;
}

int ft_months_list(const char *rule, int spot, struct ft_months *out)
{
    out->count = 0;
    for (;;) {
        size_t n = strcspn(rule, "+");
        if (add_part(out, spot, rule, n) != 0)
            return -1;
        if (rule[n] == '\0')
            return 0;
        rule += n + 1;
    }
}

/* ---- Starting prices ---------------------------------------------------------------------- */

static int64_t root(int64_t v)
{
    int64_t low = 0, high = INT64_C(3037000499);
    while (low < high) {
        int64_t mid = low + (high - low + 1) / 2;
        if (mid * mid <= v)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

ft_price ft_option_start_price(bool call, ft_price spot, ft_price strike, int days)
{
    /* At the money about 0.4 x volatility x root of years, with 30 % of volatility. */
    const int64_t scale = 1000000;
    int64_t years_root = root((int64_t)(days > 0 ? days : 1) * scale * scale / 365);
    ft_price time_value = 0, distance = spot > strike ? spot - strike : strike - spot;
    if (ft_muldiv(spot, 12 * years_root, 100 * scale, FT_ROUND_DOWN, &time_value) != 0)
        return spot;
    ft_price reach = time_value > INT64_MAX / 4 ? INT64_MAX / 4 : 3 * time_value;
    if (distance >= reach)
        time_value = 0;
    else
        ft_muldiv(time_value, reach - distance, reach, FT_ROUND_DOWN, &time_value);
    ft_price intrinsic = call ? spot - strike : strike - spot;
    return (intrinsic > 0 ? intrinsic : 0) + time_value;
}
