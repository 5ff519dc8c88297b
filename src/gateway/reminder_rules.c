/* When a price reminder is due: values, thresholds, frequencies. */
#include "gateway/reminders.h"

/* Percent by which `now` is above `then`, in FT_REMIND_SCALE. */
static bool rise(ft_price now, ft_price then, int64_t *out)
{
    return now > 0 && then > 0 &&
           ft_muldiv(now - then, 100 * FT_REMIND_SCALE, then, FT_ROUND_DOWN, out) == 0;
}

static bool fall(ft_price now, ft_price then, int64_t *out)
{
    if (!rise(now, then, out))
        return false;
    *out = -*out;
    return true;
}

/* From a scale of 1e-4; past the range it is more than any threshold. */
static bool scaled(int64_t v, int64_t *out)
{
    if (ft_muldiv(v, FT_REMIND_SCALE, FT_QTY_SCALE, FT_ROUND_DOWN, out))
        *out = INT64_MAX;
    return true;
}
_Static_assert(FT_QTY_SCALE == FT_MONEY_SCALE && FT_PRICE_SCALE == FT_REMIND_SCALE, "scales");

static bool given(int64_t v, int64_t *out)
{
    *out = v;
    return v > 0;
}

bool ft_remind_value(enum ft_remind_type type, const struct ft_remind_facts *f, int64_t *out)
{
    switch (type) {
    case FT_REMIND_PRICE_UP:
    case FT_REMIND_PRICE_DOWN: return given(f->price, out);
    case FT_REMIND_RATE_UP: return rise(f->price, f->base, out);
    case FT_REMIND_RATE_DOWN: return fall(f->price, f->base, out);
    case FT_REMIND_5MIN_UP: return rise(f->price, f->ago_5min, out);
    case FT_REMIND_5MIN_DOWN: return fall(f->price, f->ago_5min, out);
    case FT_REMIND_3MIN_UP: return rise(f->price, f->ago_3min, out);
    case FT_REMIND_3MIN_DOWN: return fall(f->price, f->ago_3min, out);
    case FT_REMIND_VOLUME_UP: return scaled(f->volume, out);
    case FT_REMIND_TURNOVER_UP: return scaled(f->turnover, out);
    case FT_REMIND_TURNOVER_RATE_UP: /* volume / outstanding in percent, from 1e-4 to 1e-6 */
        return f->outstanding > 0 && ft_muldiv(f->volume, 100 * (FT_REMIND_SCALE / FT_QTY_SCALE),
                                               f->outstanding, FT_ROUND_DOWN, out) == 0;
    case FT_REMIND_BID_UP: return given(f->bid, out);
    case FT_REMIND_ASK_DOWN: return given(f->ask, out);
    case FT_REMIND_BID_VOL_UP: return f->bid > 0 && scaled(f->bid_qty, out);
    case FT_REMIND_ASK_VOL_UP: return f->ask > 0 && scaled(f->ask_qty, out);
    }
    return false;
}

bool ft_remind_holds(enum ft_remind_type type, int64_t now, int64_t set)
{
    switch (type) {
    case FT_REMIND_PRICE_UP: return now >= set;
    case FT_REMIND_PRICE_DOWN: return now <= set;
    case FT_REMIND_ASK_DOWN: return now < set;
    default: return now > set;
    }
}

int64_t ft_remind_round(enum ft_remind_type type, const struct ft_instrument *inst, int64_t value)
{
    bool a_share = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    bool contract = inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE;
    int64_t grain = FT_REMIND_SCALE / 1000;
    if (type == FT_REMIND_TURNOVER_UP)
        grain = 10 * FT_REMIND_SCALE;
    else if (type == FT_REMIND_VOLUME_UP && !contract)
        grain = (a_share ? 1000 : 10) * FT_REMIND_SCALE;
    else if ((type == FT_REMIND_BID_VOL_UP || type == FT_REMIND_ASK_VOL_UP) && a_share && !contract)
        grain = 100 * FT_REMIND_SCALE;
    return value / grain * grain;
}

bool ft_remind_due(struct ft_store_reminder *row, bool *armed, const struct ft_remind_facts *f,
                   int64_t *now)
{
    enum ft_remind_type type = (enum ft_remind_type)row->type;
    if (!row->enabled || !(row->sessions >> f->status & 1) || f->status == FT_REMIND_CLOSED ||
        !ft_remind_value(type, f, now))
        return false;
    if (!ft_remind_holds(type, *now, row->value)) {
        *armed = true;
        return false;
    }
    switch (row->freq) {
    case FT_REMIND_ALWAYS:
        if (!*armed)
            return false;
        *armed = false;
        break;
    case FT_REMIND_ONCE_A_DAY:
        if (row->fired_day == f->day)
            return false;
        break;
    case FT_REMIND_ONCE: row->enabled = false; break;
    default: return false;
    }
    row->fired = true;
    row->fired_day = f->day;
    return true;
}
