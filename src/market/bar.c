#include "market/bar.h"

int ft_bar_minutes(enum ft_bar_kind kind)
{
    static const int16_t minutes[FT_BAR_KINDS] = {
        [FT_BAR_1M] = 1,     [FT_BAR_3M] = 3,     [FT_BAR_5M] = 5,   [FT_BAR_10M] = 10,
        [FT_BAR_15M] = 15,   [FT_BAR_30M] = 30,   [FT_BAR_60M] = 60, [FT_BAR_120M] = 120,
        [FT_BAR_180M] = 180, [FT_BAR_240M] = 240,
    };
    return ft_bar_kind_known((int)kind) ? minutes[kind] : 0;
}

bool ft_bar_kind_known(int kind)
{
    return kind >= FT_BAR_1M && kind < FT_BAR_KINDS;
}

/* Sums of a long bar saturate: a bar is for display, no money follows from it. */
static int64_t sum(int64_t a, int64_t b)
{
    int64_t s;
    return ft_add(a, b, &s) == 0 ? s : INT64_MAX;
}

void ft_bar_extend(struct ft_bar *into, const struct ft_bar *later)
{
    into->day = later->day;
    into->minute = later->minute;
    into->label_day = later->label_day;
    into->close = later->close;
    if (later->high > into->high)
        into->high = later->high;
    if (later->low < into->low)
        into->low = later->low;
    into->volume = sum(into->volume, later->volume);
    into->turnover = sum(into->turnover, later->turnover);
}

/* Weeks since the one of Monday 1969-12-29. */
static int32_t week_of(ft_day day)
{
    int64_t shifted = (int64_t)day + 3;
    return (int32_t)(shifted / 7 - (shifted % 7 < 0));
}

bool ft_bar_same_period(enum ft_bar_kind kind, ft_day a, ft_day b)
{
    if (kind == FT_BAR_WEEK)
        return week_of(a) == week_of(b);
    struct ft_date x = ft_date_of(a), y = ft_date_of(b);
    switch (kind) {
    case FT_BAR_MONTH: return x.year == y.year && x.month == y.month;
    case FT_BAR_QUARTER: return x.year == y.year && (x.month - 1) / 3 == (y.month - 1) / 3;
    case FT_BAR_YEAR: return x.year == y.year;
    default: return a == b;
    }
}

double ft_adjust_price(ft_price raw, ft_day day, const struct ft_rehab *events, size_t n,
                       enum ft_adjust how)
{
    double price = ft_price_to_double(raw);
    if (how == FT_ADJUST_FORWARD) {
        for (size_t i = 0; i < n; i++)
            if (events[i].ex_day > day)
                price = price * ((double)events[i].fwd_a / (double)FT_FACTOR_SCALE) +
                        ft_price_to_double(events[i].fwd_b);
    } else if (how == FT_ADJUST_BACKWARD) {
        for (size_t i = n; i-- > 0;)
            if (events[i].ex_day <= day)
                price = price * ((double)events[i].bwd_a / (double)FT_FACTOR_SCALE) +
                        ft_price_to_double(events[i].bwd_b);
    }
    return price;
}

/* New shares for one old one. */
static double share_ratio(const struct ft_rehab *e)
{
    double ratio = 1;
    if (e->split_base && e->split_ert)
        ratio *= (double)e->split_ert / e->split_base;
    if (e->join_base && e->join_ert)
        ratio *= (double)e->join_ert / e->join_base;
    if (e->bonus_base && e->bonus_ert)
        ratio *= 1 + (double)e->bonus_ert / e->bonus_base;
    return ratio;
}

double ft_adjust_shares(ft_day day, const struct ft_rehab *events, size_t n, enum ft_adjust how)
{
    double factor = 1;
    for (size_t i = 0; i < n; i++) {
        if (how == FT_ADJUST_FORWARD && events[i].ex_day > day)
            factor *= share_ratio(&events[i]);
        else if (how == FT_ADJUST_BACKWARD && events[i].ex_day <= day)
            factor /= share_ratio(&events[i]);
    }
    return factor;
}
