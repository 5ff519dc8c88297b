/* Bars out of paths, and the day's bar out of its minutes. */
#include "sim/model_state.h"

#include "base/check.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

ft_price ft_model_on_grid(const struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                          double value, ft_price low, ft_price high)
{
    ft_price p;
    if (ft_price_from_double(value, "model value", &p, NULL) || p < 1)
        p = 1;
    p = ft_tick_round(m->universe, inst, day, p);
    if (high && p > high)
        p = high;
    if (low && p < low)
        p = low;
    return p;
}

/* China's daily limits around the close before (market-rules.md 5); 0: none. */
void ft_model_limits(struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                     ft_price close_before, ft_price *low, ft_price *high)
{
    *low = *high = 0;
    ft_price move;
    if (!inst->daily_limit ||
        ft_muldiv(close_before, inst->daily_limit * 100, 10000, FT_ROUND_HALF_UP, &move))
        return;
    *low = ft_tick_round(m->universe, inst, day, close_before - move);
    *high = ft_tick_round(m->universe, inst, day, close_before + move);
}

static void limits(struct ft_model *m, const struct ft_instrument *inst, ft_day day, ft_price *low,
                   ft_price *high)
{
    *low = *high = 0;
    if (!inst->daily_limit)
        return;
    ft_day prev = ft_prev_trading_day(m->timetables, inst->profile, &m->hours, day);
    ft_price close = ft_model_on_grid(m, inst, prev, ft_model_close(m, inst, prev), 0, 0);
    ft_model_limits(m, inst, day, close, low, high);
}

struct day_limits { ft_price low, high; };

static double within(const struct day_limits *l, double value)
{
    if (l->high && value > ft_price_to_double(l->high))
        return ft_price_to_double(l->high);
    return value < ft_price_to_double(l->low) ? ft_price_to_double(l->low) : value;
}

/* Turnover of a minute that runs from one value to another: at their middle. */
static ft_money turnover_of(const struct ft_instrument *inst, const struct day_limits *l,
                            ft_qty volume, double from, double to)
{
    /* Contracts are worth their multiplier; an index's volume is its members' shares. */
    if (inst->type == FT_SEC_INDEX || inst->type == FT_SEC_PLATE)
        return volume / FT_QTY_SCALE * 25 * FT_MONEY_SCALE;
    ft_price middle = (ft_price)((within(l, from) + within(l, to)) * (0.5 * FT_PRICE_SCALE));
    ft_money one;
    if (ft_notional_try(middle, volume, FT_ROUND_HALF_UP, &one))
        return INT64_MAX / 4;
    return one;
}

static void put_label(struct ft_bar *b, ft_day day, int32_t minute)
{
    int32_t days = minute > 0 ? (minute - 1) / 1440 : -((1440 - minute) / 1440);
    b->label_day = day + days;
    b->minute = minute - days * 1440;
}

/* Minute bars without the first one's prev_close. */
static size_t minutes_raw(struct ft_model *m, ft_inst i, ft_day day, unsigned sessions,
                          struct ft_bar *out, size_t max)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    if (day < ft_model_first_day(m, i) || (inst->expiry_day != FT_NO_DAY && day > inst->expiry_day))
        return 0;
    struct day_limits l;
    limits(m, inst, day, &l.low, &l.high);
    ft_price low = l.low, high = l.high;
    const struct day_path *p = ft_model_path(m, inst, day);
    if (!p || inst->suspended)
        return 0;
    size_t n = 0;
    bool auction_due = p->opening_auction && p->auction_volume > 0;
    for (int s = 0; s < p->span_count; s++) {
        const struct path_span *span = &p->spans[s];
        if (!(sessions & FT_IN(span->session)))
            continue;
        int last = s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes;
        ft_price open = ft_model_on_grid(m, inst, day, p->fair[span->first], low, high);
        if (auction_due && span->session == FT_SES_REGULAR && n < max) {
            auction_due = false;
            struct ft_bar *b = &out[n++];
            *b = (struct ft_bar){.day = day, .opening_auction = true, .open = open, .high = open,
                                 .low = open, .close = open, .volume = p->auction_volume};
            put_label(b, day, span->start_minute);
            b->turnover = turnover_of(inst, &l, b->volume, p->fair[span->first], p->fair[span->first]);
        }
        for (int k = span->first; k < last; k++) {
            ft_price close = ft_model_on_grid(m, inst, day, p->fair[k + 1], low, high);
            if (p->volume[k] > 0 && n < max) {
                struct ft_bar *b = &out[n++];
                double top = p->fair[k] > p->fair[k + 1] ? p->fair[k] : p->fair[k + 1];
                double bottom = p->fair[k] < p->fair[k + 1] ? p->fair[k] : p->fair[k + 1];
                *b = (struct ft_bar){.day = day, .open = open, .close = close,
                                     .volume = p->volume[k]};
                b->high = ft_model_on_grid(m, inst, day, top * (1 + (double)p->reach[k]), low, high);
                b->low = ft_model_on_grid(m, inst, day, bottom * (1 - (double)p->reach[k]), low, high);
                put_label(b, day, span->start_minute + (k - span->first) + 1);
                b->turnover = turnover_of(inst, &l, b->volume, p->fair[k], p->fair[k + 1]);
            }
            open = close;
        }
    }
    for (size_t k = 0; k < n; k++)
        out[k].prev_close = k ? out[k - 1].close : 0;
    return n;
}

size_t ft_model_minutes(const struct ft_model *model, ft_inst i, ft_day day, unsigned sessions,
                        struct ft_bar *out, size_t max)
{
    struct ft_model *m = (struct ft_model *)model;
    size_t n = minutes_raw(m, i, day, sessions, out, max);
    if (n)
        out[0].prev_close = ft_model_prev_close(m, i, day);
    return n;
}

/* The sum of a regular day's minutes without laying them out: rounding to the grid keeps order, so
 * that the highest value gives the highest price. tests/unit/sim/test_determinism.c holds both equal. */
static bool day_sum(struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                    struct ft_bar *out)
{
    if (day < ft_model_first_day(m, inst->index) ||
        (inst->expiry_day != FT_NO_DAY && day > inst->expiry_day))
        return false;
    struct day_limits l;
    limits(m, inst, day, &l.low, &l.high);
    const struct day_path *p = ft_model_path(m, inst, day);
    if (!p || inst->suspended)
        return false;
    bool auction_due = p->opening_auction && p->auction_volume > 0, any = false;
    double first = 0, last = 0, top = 0, bottom = 0;
    *out = (struct ft_bar){.day = day, .label_day = day};
    for (int s = 0; s < p->span_count; s++) {
        const struct path_span *span = &p->spans[s];
        if (!(FT_IN_RTH & FT_IN(span->session)))
            continue;
        int end = s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes;
        if (auction_due && span->session == FT_SES_REGULAR) {
            double at = p->fair[span->first];
            auction_due = false;
            if (!any)
                first = top = bottom = at;
            any = true;
            top = at > top ? at : top;
            bottom = at < bottom ? at : bottom;
            last = at;
            out->volume += p->auction_volume;
            out->turnover += turnover_of(inst, &l, p->auction_volume, at, at);
        }
        for (int k = span->first; k < end; k++) {
            if (p->volume[k] <= 0)
                continue;
            double a = p->fair[k], b = p->fair[k + 1];
            double high = (a > b ? a : b) * (1 + (double)p->reach[k]);
            double low = (a < b ? a : b) * (1 - (double)p->reach[k]);
            if (!any) {
                first = a;
                top = high;
                bottom = low;
            }
            any = true;
            top = high > top ? high : top;
            bottom = low < bottom ? low : bottom;
            last = b;
            out->volume += p->volume[k];
            out->turnover += turnover_of(inst, &l, p->volume[k], a, b);
        }
    }
    if (!any)
        return false;
    out->open = ft_model_on_grid(m, inst, day, first, l.low, l.high);
    out->high = ft_model_on_grid(m, inst, day, top, l.low, l.high);
    out->low = ft_model_on_grid(m, inst, day, bottom, l.low, l.high);
    out->close = ft_model_on_grid(m, inst, day, last, l.low, l.high);
    return true;
}

/* The day's bar without prev_close, cached. */
static bool day_core(struct ft_model *m, ft_inst i, ft_day day, struct ft_bar *out)
{
    size_t at = (uint32_t)day & (DAY_CACHE - 1);
    struct inst_cache *c = ft_model_cache(m, i);
    if (c && c->days && c->day_known[at] && c->day_of[at] == day) {
        *out = c->days[at];
        return c->day_known[at] == 1;
    }
    bool n = day_sum(m, ft_universe_at(m->universe, i), day, out);
    c = ft_model_cache(m, i);
    if (c && !c->days) {
        c->days = malloc(DAY_CACHE * sizeof *c->days);
        c->day_known = calloc(DAY_CACHE, 1);
        c->day_of = malloc(DAY_CACHE * sizeof *c->day_of);
        if (!c->days || !c->day_known || !c->day_of) {
            free(c->days);
            free(c->day_known);
            free(c->day_of);
            c->days = NULL;
            c->day_known = NULL;
            c->day_of = NULL;
        }
    }
    if (c && c->days) {
        c->day_known[at] = n ? 1 : 2;
        c->day_of[at] = day;
        if (n)
            c->days[at] = *out;
    }
    return n;
}

ft_price ft_model_prev_close(const struct ft_model *model, ft_inst i, ft_day day)
{
    struct ft_model *m = (struct ft_model *)model;
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    ft_day prev = ft_prev_trading_day(m->timetables, inst->profile, &m->hours, day);
    struct ft_bar b;
    if (prev >= ft_model_first_day(m, i) && day_core(m, i, prev, &b))
        return b.close;
    if (ft_is_derivative(inst))
        return ft_model_on_grid(m, inst, prev,
                       ft_price_to_double(ft_model_fair(m, i, ft_minute_to_utc(m->timetables, inst->profile, day, 0))), 0, 0);
    return ft_model_on_grid(m, inst, prev, ft_model_close(m, inst, prev), 0, 0);
}

bool ft_model_day(const struct ft_model *model, ft_inst i, ft_day day, struct ft_bar *out)
{
    struct ft_model *m = (struct ft_model *)model;
    if (!day_core(m, i, day, out))
        return false;
    out->prev_close = ft_model_prev_close(m, i, day);
    return true;
}

void ft_model_earnings(const struct ft_model *model, ft_inst i, ft_day day,
                       struct ft_fundamentals *out)
{
    struct ft_model *m = (struct ft_model *)model;
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    double shares = inst->issued > 0 ? (double)inst->issued : 1e9;
    double price = ft_price_to_double(inst->reference) * ft_model_split_factor(m, inst, day);
    uint64_t key = ft_instrument_key(inst) ^ m->seed;
    double pe = 8 + 24 * (double)(ft_cheap_bits(key, 101) >> 40) / (1 << 24);
    double pb = 0.8 + 4 * (double)(ft_cheap_bits(key, 102) >> 40) / (1 << 24);
    out->eps = price / pe;
    out->eps_ttm = out->eps * (0.95 + 0.1 * (double)(ft_cheap_bits(key, 103) >> 40) / (1 << 24));
    out->nav_per_share = price / pb;
    out->net_profit = out->eps * shares;
    out->net_profit_ttm = out->eps_ttm * shares;
    out->net_asset = out->nav_per_share * shares;
    out->dividend_ttm = out->dividend_lfy = 0;
}

void ft_model_fundamentals(const struct ft_model *model, ft_inst i, ft_day day,
                           struct ft_fundamentals *out)
{
    ft_model_earnings(model, i, day, out);
    const struct ft_rehab *events;
    size_t n = ft_model_rehab(model, i, day, &events);
    for (size_t k = 0; k < n; k++) {
        if (events[k].ex_day > day - 365)
            out->dividend_ttm += ft_price_to_double(events[k].dividend);
        if (ft_date_of(events[k].ex_day).year == ft_date_of(day).year - 1)
            out->dividend_lfy += ft_price_to_double(events[k].dividend);
    }
}
