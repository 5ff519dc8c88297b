/* Corporate actions: dividends by each market's custom and a few splits, drawn from the seed. */
#include "sim/model_state.h"

#include "base/check.h"

#include <stdlib.h>

enum { EVENTS_MAX = 160, ACT_SPLIT = 1, ACT_DIVIDEND = 64 };

static bool pays(const struct ft_instrument *inst)
{
    return inst->type == FT_SEC_STOCK;
}

static ft_day trading_day_from(const struct ft_model *m, const struct ft_instrument *inst,
                               ft_day day)
{
    /* Actions go by the real calendar, whatever hours the simulated market keeps. */
    struct ft_hours real = {.mode = FT_CLOCK_EXCHANGE};
    return ft_next_trading_day(m->timetables, inst->profile, &real, day - 1);
}

/* Events of one calendar year, ascending; returns the count. */
static size_t year_events(const struct ft_model *m, const struct ft_instrument *inst, int year,
                          struct ft_rehab *out)
{
    static const int hk[] = {5, 9}, us[] = {2, 5, 8, 11}, cn[] = {6};
    const int *months = cn;
    int count = 1;
    if (inst->market == FT_MARKET_HK) {
        months = hk;
        count = 2;
    } else if (inst->market == FT_MARKET_US) {
        months = us;
        count = 4;
    }
    uint64_t key = ft_instrument_key(inst) ^ m->seed ^ UINT64_C(0x6469766964656e64);
    double yield = (double)(ft_cheap_bits(key, 1) >> 40) / (1 << 24) * 0.04;
    if (yield < 0.006)
        return 0; /* pays nothing */
    size_t n = 0;
    for (int k = 0; k < count; k++) {
        uint64_t bits = ft_cheap_bits(key, (uint64_t)year * 16 + (uint64_t)k);
        ft_day day = trading_day_from(m, inst, ft_day_of(year, months[k], 4 + (int)(bits % 20)));
        double part = yield / count * (0.8 + 0.4 * (double)(bits >> 40) / (1 << 24));
        double amount = ft_price_to_double(inst->reference) * part;
        ft_price cents = (ft_price)(amount * 100 + 0.5) * (FT_PRICE_SCALE / 100);
        if (cents > 0)
            out[n++] = (struct ft_rehab){.ex_day = day, .act_flags = ACT_DIVIDEND, .dividend = cents};
    }
    return n;
}

/* At most one split in the history before the reference date, for one stock in six. */
static size_t split_event(const struct ft_model *m, const struct ft_instrument *inst,
                          struct ft_rehab *out)
{
    uint64_t bits = ft_cheap_bits(ft_instrument_key(inst) ^ m->seed, 77);
    if (bits % 6)
        return 0;
    static const int ratios[] = {2, 3, 5, 4};
    ft_day day = trading_day_from(m, inst, m->as_of - 400 - (ft_day)(bits >> 8 & 0xFFF));
    *out = (struct ft_rehab){.ex_day = day, .act_flags = ACT_SPLIT, .split_base = 1,
                             .split_ert = ratios[bits >> 40 & 3]};
    return 1;
}

/* Factors to five decimals, as the vendor's (platform.md 14): the event method, but US forward
 * factors are multiplicative. */
static int64_t five(double v)
{
    return (int64_t)(v * 1e5 + (v < 0 ? -0.5 : 0.5)) * (FT_FACTOR_SCALE / 100000);
}

static void set_factors(struct ft_model *m, const struct ft_instrument *inst, struct ft_rehab *e)
{
    double ratio = e->split_base ? (double)e->split_ert / e->split_base : 1;
    double cash = ft_price_to_double(e->dividend);
    e->bwd_a = five(ratio);
    e->bwd_b = e->dividend;
    if (inst->market == FT_MARKET_US && e->dividend) {
        ft_day before = ft_prev_trading_day(m->timetables, inst->profile, &m->hours, e->ex_day);
        double close = ft_model_close(m, inst, before);
        e->fwd_a = five(close > cash ? (close - cash) / close : 1);
        return;
    }
    e->fwd_a = five(1 / ratio);
    e->fwd_b = (ft_price)(-cash / ratio * FT_PRICE_SCALE + (cash > 0 ? -0.5 : 0));
}

static int by_day(const void *a, const void *b)
{
    const struct ft_rehab *x = a, *y = b;
    return (x->ex_day > y->ex_day) - (x->ex_day < y->ex_day);
}

static void load(struct ft_model *m, const struct ft_instrument *inst, struct inst_cache *c)
{
    c->rehab_known = true;
    if (!pays(inst))
        return;
    struct ft_rehab events[EVENTS_MAX];
    size_t n = split_event(m, inst, events);
    ft_day first = ft_model_first_day(m, inst->index);
    if (n && events[0].ex_day <= first)
        n = 0;
    c->rehab = malloc(EVENTS_MAX * sizeof *c->rehab);
    if (!c->rehab)
        return;
    int from = ft_date_of(first).year, to = ft_date_of(m->as_of).year + 2;
    for (int year = from > to - 22 ? from : to - 22; year <= to && n + 4 <= EVENTS_MAX; year++) {
        struct ft_rehab some[4];
        size_t k = year_events(m, inst, year, some);
        for (size_t j = 0; j < k; j++)
            if (some[j].ex_day > first)
                events[n++] = some[j];
    }
    for (size_t k = 0; k < n; k++)
        set_factors(m, inst, &events[k]);
    qsort(events, n, sizeof *events, by_day);
    for (size_t k = 0; k < n; k++)
        c->rehab[k] = events[k];
    c->rehab_count = n;
}

size_t ft_model_recent_rehab(const struct ft_model *model, ft_inst i, ft_day after, ft_day until,
                             struct ft_rehab *out, size_t max)
{
    struct ft_model *m = (struct ft_model *)model;
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    struct ft_rehab events[EVENTS_MAX];
    ft_day first = ft_model_first_day(m, i);
    if (after < first)
        after = first;
    if (!pays(inst) || until <= after)
        return 0;
    size_t n = split_event(m, inst, events), kept = 0;
    int last = ft_date_of(m->as_of).year + 2, from = ft_date_of(after).year;
    int to = ft_date_of(until).year;
    from = from > last - 22 ? from : last - 22; /* no earlier than load() goes */
    to = to < last ? to : last;
    for (int year = from; year <= to && n + 4 <= EVENTS_MAX; year++)
        n += year_events(m, inst, year, events + n);
    for (size_t k = 0; k < n && kept < max; k++)
        if (events[k].ex_day > after && events[k].ex_day <= until) {
            out[kept] = events[k];
            set_factors(m, inst, &out[kept++]);
        }
    qsort(out, kept, sizeof *out, by_day);
    return kept;
}

static struct inst_cache *loaded(struct ft_model *m, const struct ft_instrument *inst)
{
    struct inst_cache *c = ft_model_cache(m, inst->index);
    if (c && !c->rehab_known)
        load(m, inst, c);
    return c;
}

size_t ft_model_rehab(const struct ft_model *model, ft_inst i, ft_day until,
                      const struct ft_rehab **out)
{
    struct ft_model *m = (struct ft_model *)model;
    struct inst_cache *c = loaded(m, ft_universe_at(m->universe, i));
    *out = c ? c->rehab : NULL;
    size_t n = c ? c->rehab_count : 0;
    while (n > 0 && c->rehab[n - 1].ex_day > until)
        n--;
    return n;
}

double ft_model_split(const struct ft_model *m, const struct ft_instrument *inst, ft_day *before)
{
    struct ft_rehab split;
    *before = INT32_MIN;
    if (!pays(inst) || !split_event(m, inst, &split) ||
        split.ex_day <= ft_model_first_day(m, inst->index))
        return 1;
    *before = split.ex_day; /* which lies before the reference date */
    return (double)split.split_ert / split.split_base;
}

double ft_model_split_factor(struct ft_model *m, const struct ft_instrument *inst, ft_day day)
{
    ft_day before;
    if (day > m->as_of)
        return 1;
    double ratio = ft_model_split(m, inst, &before);
    return day < before ? ratio : 1;
}
