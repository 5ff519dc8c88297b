/* Figures of many days at once, from closes alone: whole days of minutes would take too long for a
 * snapshot of hundreds of instruments. */
#include "sim/model_state.h"

#include "base/rng.h"

#include <stdlib.h>

enum { YEAR = 365, MONTH = 30, DAYS_MAX = YEAR + 31 * 366 / MONTH };

ft_qty ft_model_usual_volume(const struct ft_model *m, ft_inst i)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    struct dynamics d = ft_dynamics_of(inst);
    double price = ft_price_to_double(inst->reference), shares = d.money_a_day;
    if (inst->type == FT_SEC_INDEX || inst->type == FT_SEC_PLATE)
        shares = ft_pool_shares;
    else if (!d.counts_contracts)
        shares = d.money_a_day / (price > 1e-6 ? price : 1e-6);
    if (inst->issued > 0 && !d.counts_contracts &&
        shares > FT_TURNED_AT_MOST * (double)inst->issued)
        shares = FT_TURNED_AT_MOST * (double)inst->issued;
    return (ft_qty)shares * FT_QTY_SCALE;
}

/* Closes of ascending days; 0: none. Those of derivatives follow from their underlying's value. */
static void closes_of(struct ft_model *m, const struct ft_instrument *inst, const ft_day *days,
                      size_t n, ft_price *out)
{
    if (!ft_is_derivative(inst)) {
        ft_model_closes(m, inst->index, days, n, out);
        return;
    }
    const struct ft_instrument *under = ft_universe_at(m->universe, inst->underlying);
    for (size_t k = 0; k < n; k++) {
        int64_t end = ft_minute_to_utc(m->timetables, inst->profile, days[k], 16 * 60);
        double close = ft_model_derive(m, inst, ft_model_close(m, under, days[k]), end);
        out[k] = 0;
        if (ft_price_from_double(close, "close", &out[k], NULL) == 0 && out[k] > 0)
            out[k] = ft_tick_round(m->universe, inst, days[k], out[k]);
    }
}

static void widen(double close, double *high, double *low)
{
    if (close == 0)
        return;
    *high = *high == 0 || close > *high ? close : *high;
    *low = *low == 0 || close < *low ? close : *low;
}

bool ft_model_extremes(const struct ft_model *model, ft_inst i, ft_day day, struct ft_extremes *out)
{
    struct ft_model *m = (struct ft_model *)model; /* caches never change an answer */
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    if (!m->extremes &&
        !(m->extremes = calloc(ft_universe_count(m->universe), sizeof *m->extremes)))
        return false;
    struct ft_extremes *x = &m->extremes[i];
    if (x->day != day || x->high_ever == 0) {
        const struct ft_rehab *events;
        size_t n = ft_model_rehab(m, i, day, &events);
        struct ft_hours real = {.mode = FT_CLOCK_EXCHANGE};
        ft_day first = ft_model_first_day(m, i);
        *x = (struct ft_extremes){.day = day};
        ft_day days[DAYS_MAX];
        ft_price closes[DAYS_MAX];
        int step = ft_is_derivative(inst) ? 7 : 1;
        size_t count = 0, year = 0;
        for (ft_day d = first; d < day - YEAR && count < DAYS_MAX - YEAR; d += MONTH)
            days[count++] = d;
        for (ft_day d = day - YEAR; d < day && count < DAYS_MAX; d += step)
            if (d >= first &&
                (step > 1 || ft_is_trading_day(m->timetables, inst->profile, &real, d))) {
                days[count++] = d;
                year++;
            }
        closes_of(m, inst, days, count, closes);
        for (size_t k = 0; k < count; k++) {
            double c = closes[k] ? ft_adjust_price(closes[k], days[k], events, n, FT_ADJUST_FORWARD)
                                 : 0;
            widen(c, &x->high_ever, &x->low_ever);
            if (k >= count - year)
                widen(c, &x->high_year, &x->low_year);
        }
    }
    if (x->high_ever == 0)
        return false; /* listed today */
    *out = *x;
    return true;
}
