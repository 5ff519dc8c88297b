/* Single figures of the model without the path of a day: what screens over many instruments ask. */
#include "sim/model_state.h"
#include "sim/pricing.h"

#include "base/check.h"

static ft_day running_day(const struct ft_model *m, const struct ft_instrument *inst,
                          int64_t utc_ns)
{
    struct ft_moment moment;
    ft_moment_at(m->timetables, inst->profile, &m->hours, utc_ns, &moment);
    return moment.trading_day;
}

/* Lays out the newest day that has begun to trade at a moment. */
static void lay_out_begun(const struct ft_model *m, const struct ft_instrument *inst,
                          int64_t utc_ns, struct day_path *p)
{
    p->day = running_day(m, inst, utc_ns);
    ft_model_lay_out(m, inst, p);
    if (p->span_count == 0 || utc_ns < p->spans[0].start_ns) {
        p->day = ft_prev_trading_day(m->timetables, inst->profile, &m->hours, p->day);
        ft_model_lay_out(m, inst, p);
    }
}

int64_t ft_model_trading_moment(const struct ft_model *m, ft_inst i, int64_t utc_ns)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    struct day_path p = {0};
    lay_out_begun(m, inst, utc_ns, &p);
    for (int s = p.span_count - 1; s >= 0; s--)
        if (utc_ns >= p.spans[s].start_ns)
            return utc_ns < p.spans[s].end_ns ? utc_ns : p.spans[s].end_ns;
    return utc_ns;
}

ft_price ft_model_derived(const struct ft_model *model, ft_inst i, int64_t at)
{
    struct ft_model *m = (struct ft_model *)model; /* caches never change an answer */
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    FT_CHECK(ft_is_derivative(inst));
    double spot = ft_price_to_double(ft_model_fair(m, inst->underlying, at));
    ft_price price;
    if (ft_price_from_double(ft_model_derive(m, inst, spot, at), "fair value", &price, NULL) ||
        price < 1)
        price = 1;
    return ft_tick_round(m->universe, inst, running_day(m, inst, at), price);
}

ft_qty ft_model_volume_until(const struct ft_model *m, ft_inst i, int64_t utc_ns)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    struct day_path p = {0};
    lay_out_begun(m, inst, utc_ns, &p);
    struct volume_rule r = ft_model_volume_rule(m, inst, &p, ft_price_to_double(inst->reference));
    ft_qty sum = 0;
    int at = 0;
    for (int s = 0; s < p.span_count && !inst->suspended; s++) {
        if (p.spans[s].session != FT_SES_REGULAR)
            continue;
        int last = s + 1 < p.span_count ? p.spans[s + 1].first : p.minutes;
        int64_t start = p.spans[s].start_ns;
        for (int k = p.spans[s].first; k < last && start < utc_ns; k++, at++) {
            ft_qty volume = ft_volume_of_minute(&r, k, at);
            start += 60 * FT_NS_PER_SEC;
            if (start > utc_ns) { /* as much of it as has passed (ft_world_model_minutes) */
                int64_t passed = 60000 - (start - utc_ns) / 1000000;
                volume = volume / 60000 * passed / (r.lot * FT_QTY_SCALE) * r.lot * FT_QTY_SCALE;
            }
            sum += volume;
        }
    }
    return sum;
}

enum { CHUNK = FT_CLOSES_CHUNK };

void ft_model_closes_with(struct ft_model *m, const struct ft_instrument *inst, const ft_day *days,
                          size_t n, const double *market, ft_price *out)
{
    FT_CHECK(n <= CHUNK && !ft_is_derivative(inst));
    const struct ft_instrument *driver = ft_model_driver(m, inst);
    uint64_t key = ft_dynamics_of(driver).key, stream = ft_model_market_stream(driver);
    double own[CHUNK], at_market, at_own;
    ft_model_brownian(m->seed, key, days, n, own);
    ft_model_brownian(m->seed, stream, &m->as_of, 1, &at_market);
    ft_model_brownian(m->seed, key, &m->as_of, 1, &at_own);
    double reference = ft_price_to_double(inst->reference);
    double base = ft_model_log(driver, at_market, at_own);
    ft_day first = ft_model_first_day(m, inst->index), split_before;
    double split = ft_model_split(m, inst, &split_before);
    for (size_t k = 0; k < n; k++) {
        out[k] = 0;
        if (days[k] < first || inst->suspended ||
            (inst->expiry_day != FT_NO_DAY && days[k] > inst->expiry_day))
            continue;
        double value = reference * ft_exp(ft_model_log(driver, market[k], own[k]) - base) *
                       (days[k] <= m->as_of && days[k] < split_before ? split : 1);
        ft_price low = 0, high = 0;
        if (inst->daily_limit) {
            ft_day prev = ft_prev_trading_day(m->timetables, inst->profile, &m->hours, days[k]);
            ft_price before = ft_model_on_grid(m, inst, prev, ft_model_close(m, inst, prev), 0, 0);
            ft_model_limits(m, inst, days[k], before, &low, &high);
        }
        out[k] = ft_model_on_grid(m, inst, days[k], value, low, high);
    }
}

void ft_model_closes(const struct ft_model *model, ft_inst i, const ft_day *days, size_t n,
                     ft_price *out)
{
    struct ft_model *m = (struct ft_model *)model;
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    uint64_t stream = ft_model_market_stream(ft_model_driver(m, inst));
    double market[CHUNK];
    for (size_t k = 0; k < n; k += CHUNK) {
        size_t part = n - k < CHUNK ? n - k : CHUNK;
        ft_model_brownian(m->seed, stream, days + k, part, market);
        ft_model_closes_with(m, inst, days + k, part, market, out + k);
    }
}

/* ---- A past day's bar ----------------------------------------------------------------------- */

static bool day_has_bar(const struct ft_model *m, const struct ft_instrument *inst, ft_day day)
{
    return day >= ft_model_first_day(m, inst->index) && !inst->suspended &&
           (inst->expiry_day == FT_NO_DAY || day <= inst->expiry_day);
}

/* Index of the first regular minute. */
static int regular_start(const struct day_path *p)
{
    for (int s = 0; s < p->span_count; s++)
        if (p->spans[s].session == FT_SES_REGULAR)
            return p->spans[s].first;
    return p->minutes;
}

static ft_qty auction_volume(const struct day_path *p, const struct volume_rule *r)
{
    return p->opening_auction ? (int64_t)(r->shares * 0.01 / (double)r->lot) * r->lot * FT_QTY_SCALE
                              : 0;
}

bool ft_model_day_range(struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                        ft_price *low, ft_price *high)
{
    struct day_path p = {.day = day};
    struct day_noise n;
    FT_CHECK(!ft_is_derivative(inst));
    if (!day_has_bar(m, inst, day))
        return false;
    ft_model_lay_out(m, inst, &p);
    if (!ft_model_noise(m, inst, &p, &n) || !p.close)
        return false;
    int first = regular_start(&p);
    double sum = 0, slope = (n.to - n.from - n.end) / n.close;
    struct volume_rule r =
        ft_model_volume_rule(m, inst, &p, ft_model_at_border(m, inst, day, &n, 0, 0));
    for (int k = 0; k < first; k++)
        sum += ft_noise_of_minute(&n, k);
    /* In logarithms, which need no exponential a minute; the winners are then worked out as a bar
     * does it. */
    double top = -1e9, bottom = 1e9;
    struct { int k; double sum, step; } at_top = {-1, 0, 0}, at_bottom = {-1, 0, 0};
    double opening = sum;
    for (int k = first; k < n.close; k++) {
        double step = ft_noise_of_minute(&n, k), here = sum + slope * k;
        double next = here + step + slope, reach = (double)ft_reach_of_minute(&n, k);
        double up = (here > next ? here : next) + reach, down = (here < next ? here : next) - reach;
        /* log(1 + reach) is reach less half its square: within this of it. */
        if ((up > top || down < bottom) && ft_volume_of_minute(&r, k, k - first) > 0) {
            if (up - reach * reach / 2 > top) {
                top = up - reach * reach / 2;
                at_top.k = k, at_top.sum = sum, at_top.step = step;
            }
            if (down - reach * reach / 2 < bottom) {
                bottom = down - reach * reach / 2;
                at_bottom.k = k, at_bottom.sum = sum, at_bottom.step = step;
            }
        }
        sum += step;
    }
    if (at_top.k < 0 || at_bottom.k < 0)
        return false;
    ft_price floor_price = 0, ceiling = 0;
    if (inst->daily_limit) {
        ft_day prev = ft_prev_trading_day(m->timetables, inst->profile, &m->hours, day);
        ft_price before = ft_model_on_grid(m, inst, prev, ft_model_close(m, inst, prev), 0, 0);
        ft_model_limits(m, inst, day, before, &floor_price, &ceiling);
    }
    double a = ft_model_at_border(m, inst, day, &n, at_top.k, at_top.sum);
    double b = ft_model_at_border(m, inst, day, &n, at_top.k + 1, at_top.sum + at_top.step);
    *high = ft_model_on_grid(
        m, inst, day, (a > b ? a : b) * (1 + (double)ft_reach_of_minute(&n, at_top.k)),
        floor_price, ceiling);
    a = ft_model_at_border(m, inst, day, &n, at_bottom.k, at_bottom.sum);
    b = ft_model_at_border(m, inst, day, &n, at_bottom.k + 1, at_bottom.sum + at_bottom.step);
    *low = ft_model_on_grid(
        m, inst, day, (a < b ? a : b) * (1 - (double)ft_reach_of_minute(&n, at_bottom.k)),
        floor_price, ceiling);
    if (auction_volume(&p, &r) > 0) { /* the opening auction is a bar of its own */
        ft_price open = ft_model_on_grid(
            m, inst, day, ft_model_at_border(m, inst, day, &n, first, opening), floor_price,
            ceiling);
        *high = open > *high ? open : *high;
        *low = open < *low ? open : *low;
    }
    return true;
}

ft_qty ft_model_day_volume(struct ft_model *m, const struct ft_instrument *inst, ft_day day)
{
    struct day_path p = {.day = day};
    struct day_noise n;
    if (!day_has_bar(m, inst, day))
        return 0;
    ft_model_lay_out(m, inst, &p);
    if (!ft_model_noise(m, inst, &p, &n) || !p.close)
        return 0;
    struct volume_rule r =
        ft_model_volume_rule(m, inst, &p, ft_model_at_border(m, inst, day, &n, 0, 0));
    int first = regular_start(&p);
    ft_qty sum = auction_volume(&p, &r);
    for (int k = first; k < p.close; k++)
        sum += ft_volume_of_minute(&r, k, k - first);
    return sum;
}
