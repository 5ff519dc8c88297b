/* Paths: what an instrument is worth at the end of a day, and at every minute of it. */
#include "sim/model_state.h"
#include "sim/pricing.h"

#include "base/check.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEVELS = 15,            /* 2^15 days from 1970: until 2059 */
    DAMPED_SPAN = 512,      /* beyond it, longer spans do not swing wider: prices stay plausible */
    HISTORY_YEARS = 30,
};
static const double market_volatility = 0.15;

bool ft_is_derivative(const struct ft_instrument *inst)
{
    return (inst->type == FT_SEC_OPTION || inst->type == FT_SEC_WARRANT) &&
           inst->underlying != FT_NO_INST;
}

/* Noise of all contracts of a futures root alike: months, "main" and "next" are the root and four
 * characters, "current" seven (platform.md 10). */
static uint64_t noise_key(const struct ft_instrument *inst)
{
    if (inst->type != FT_SEC_FUTURE)
        return ft_instrument_key(inst);
    struct ft_instrument root = *inst;
    size_t len = strlen(root.code), tail = len > 7 && strcmp(root.code + len - 7, "current") == 0 ? 7 : 4;
    root.code[len > tail ? len - tail : len] = '\0';
    return ft_instrument_key(&root);
}

struct dynamics ft_dynamics_of(const struct ft_instrument *inst)
{
    /* By liquidity class; stocks. Documented in docs/simulation.md. */
    static const double stock_volatility[6] = {0, 0.28, 0.34, 0.42, 0.50, 0.60};
    static const double money[6] = {0, 6e9, 1.2e9, 2e8, 2.5e7, 2.5e6};
    static const double contracts[6] = {0, 200000, 60000, 12000, 2500, 400};
    int c = inst->liquidity >= 1 && inst->liquidity <= 5 ? inst->liquidity : 5;
    struct dynamics d = {.volatility = stock_volatility[c], .money_a_day = money[c],
                         .key = noise_key(inst)};
    switch (inst->type) {
    case FT_SEC_INDEX:
    case FT_SEC_PLATE: d.volatility = 0.18; break;
    case FT_SEC_ETF: d.volatility = 0.20; break;
    case FT_SEC_FUTURE:
        d.volatility = 0.20;
        d.counts_contracts = true;
        d.money_a_day = contracts[c];
        break;
    case FT_SEC_OPTION:
        d.counts_contracts = true;
        d.money_a_day = contracts[c] / 4;
        break;
    case FT_SEC_WARRANT: d.money_a_day = money[c] / 20; break;
    }
    return d;
}

/* ---- Days ----------------------------------------------------------------------------------- */

/* A Brownian motion (unit variance a day) at a whole day, pinned at both ends of 2^LEVELS days. */
static double brownian(uint64_t seed, uint64_t stream, int64_t day)
{
    int64_t left = 0, right = INT64_C(1) << LEVELS;
    double at_left = 0, at_right = 0;
    if (day <= left || day >= right)
        return 0;
    for (;;) {
        int64_t span = right - left, mid = left + span / 2;
        double deviation = sqrt((double)(span < DAMPED_SPAN ? span : DAMPED_SPAN)) / 2;
        double at_mid = (at_left + at_right) / 2 +
                        deviation * ft_rng_to_normal(ft_rng_at(seed, stream, (uint64_t)mid));
        if (mid == day)
            return at_mid;
        if (day < mid) {
            right = mid;
            at_right = at_mid;
        } else {
            left = mid;
            at_left = at_mid;
        }
    }
}

/* The same for the ascending days that lie strictly between two known points: what they have in
 * common is drawn once. */
static void brownian_between(uint64_t seed, uint64_t stream, int64_t left, int64_t right,
                             double at_left, double at_right, const ft_day *days, size_t n,
                             double *out)
{
    if (n == 0)
        return;
    int64_t span = right - left, mid = left + span / 2;
    double deviation = sqrt((double)(span < DAMPED_SPAN ? span : DAMPED_SPAN)) / 2;
    double at_mid = (at_left + at_right) / 2 +
                    deviation * ft_rng_to_normal(ft_rng_at(seed, stream, (uint64_t)mid));
    size_t below = 0;
    while (below < n && days[below] < mid)
        below++;
    size_t above = below;
    while (above < n && days[above] == mid)
        out[above++] = at_mid;
    brownian_between(seed, stream, left, mid, at_left, at_mid, days, below, out);
    brownian_between(seed, stream, mid, right, at_mid, at_right, days + above, n - above,
                     out + above);
}

void ft_model_brownian(uint64_t seed, uint64_t stream, const ft_day *days, size_t n, double *out)
{
    const int64_t right = INT64_C(1) << LEVELS;
    size_t first = 0;
    while (first < n && days[first] <= 0)
        out[first++] = 0;
    while (n > first && days[n - 1] >= right)
        out[--n] = 0;
    brownian_between(seed, stream, 0, right, 0, 0, days + first, n - first, out + first);
}

/* Futures follow their underlying where there is one, all months of a root alike. */
const struct ft_instrument *ft_model_driver(const struct ft_model *m,
                                            const struct ft_instrument *inst)
{
    /* A continuous contract has its month for underlying, a month its index or nothing. */
    while (inst->type == FT_SEC_FUTURE && inst->underlying != FT_NO_INST)
        inst = ft_universe_at(m->universe, inst->underlying);
    return inst;
}

double ft_model_log(const struct ft_instrument *driver, double market, double own)
{
    double volatility = ft_dynamics_of(driver).volatility;
    double rest = volatility * volatility - market_volatility * market_volatility;
    rest = rest > 0.0016 ? sqrt(rest) : 0.04;
    return (market_volatility * market + rest * own) / sqrt(365);
}

uint64_t ft_model_market_stream(const struct ft_instrument *driver)
{
    return driver->market == FT_MARKET_SZ ? FT_MARKET_SH : driver->market;
}

static double log_path(const struct ft_model *m, const struct ft_instrument *inst, ft_day day)
{
    const struct ft_instrument *from = ft_model_driver(m, inst);
    return ft_model_log(from, brownian(m->seed, ft_model_market_stream(from), day),
                        brownian(m->seed, noise_key(from), day));
}

double ft_model_close(struct ft_model *m, const struct ft_instrument *inst, ft_day day)
{
    return ft_price_to_double(inst->reference) *
           ft_exp(log_path(m, inst, day) - log_path(m, inst, m->as_of)) *
           ft_model_split_factor(m, inst, day);
}

/* ---- Derivatives ---------------------------------------------------------------------------- */

struct ft_dynamics ft_model_dynamics(const struct ft_model *m, ft_inst i)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    static const double rates[] = {[FT_HKD] = 0.035, [FT_USD] = 0.04, [FT_CNY] = 0.018,
                                   [FT_JPY] = 0.005, [FT_SGD] = 0.025};
    bool pays = inst->type == FT_SEC_STOCK || inst->type == FT_SEC_ETF;
    return (struct ft_dynamics){ft_dynamics_of(inst).volatility * 1.05, rates[inst->currency],
                                pays ? 0.015 : 0.01};
}

double ft_model_years_left(const struct ft_model *m, ft_inst i, int64_t utc_ns)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    int64_t expiry = ft_minute_to_utc(m->timetables, inst->profile, inst->expiry_day, 16 * 60);
    double years = (double)(expiry - utc_ns) / 1e9 / 86400 / 365;
    return years > 0 ? years : 0;
}

double ft_model_derive(struct ft_model *m, const struct ft_instrument *inst, double spot,
                       int64_t utc_ns)
{
    struct ft_dynamics dyn = ft_model_dynamics(m, inst->underlying);
    double strike = ft_price_to_double(inst->strike), barrier = ft_price_to_double(inst->barrier);
    double years = ft_model_years_left(m, inst->index, utc_ns);
    double ratio = inst->type == FT_SEC_WARRANT && inst->ratio > 0
                       ? (double)inst->ratio / FT_QTY_SCALE : 1;
    /* A smile: half a volatility point more for each per cent of moneyness either way, bounded. */
    double money = strike > 0 ? spot / strike - 1 : 0, volatility = dyn.volatility;
    volatility *= 1 + (money * money * 2 < 0.5 ? money * money * 2 : 0.5);
    double whole = 0;
    switch (inst->right) {
    case FT_CALL:
    case FT_PUT:
        whole = ft_option_value(inst->right == FT_CALL, inst->american, spot, strike, years,
                                volatility, dyn.rate, dyn.yield);
        break;
    case FT_BULL:
        whole = spot > barrier ? spot - strike + strike * dyn.rate * years : 0;
        break;
    case FT_BEAR:
        whole = spot < barrier ? strike - spot + strike * dyn.rate * years : 0;
        break;
    case FT_INLINE: {
        double root = volatility * sqrt(years > 1e-6 ? years : 1e-6);
        double drift = (dyn.rate - dyn.yield - volatility * volatility / 2) * years;
        double above_low = ft_normal_cdf((ft_log_natural(spot / strike) + drift) / root);
        double above_high = ft_normal_cdf((ft_log_natural(spot / barrier) + drift) / root);
        whole = ft_exp(-dyn.rate * years) * (above_low - above_high);
        ratio = 1; /* pays one unit of the currency inside its range */
        break;
    }
    default: break;
    }
    double value = whole / ratio;
    return value > 1e-4 ? value : 1e-4;
}

/* ---- Minutes -------------------------------------------------------------------------------- */

void ft_model_lay_out(const struct ft_model *m, const struct ft_instrument *inst,
                      struct day_path *p)
{
    struct ft_span spans[FT_SPANS_MAX];
    int n = ft_day_spans(m->timetables, inst->profile, &m->hours, p->day, spans);
    bool regular_seen = false, opening = false;
    p->span_count = p->minutes = p->moving = 0;
    p->closing_auction = false;
    for (int k = 0; k < n; k++) {
        const struct ft_span *s = &spans[k];
        bool call = s->session == FT_SES_AUCTION;
        if (call && !regular_seen)
            opening = true;
        if (call && regular_seen && inst->market == FT_MARKET_HK && inst->type != FT_SEC_FUTURE)
            p->closing_auction = true;
        if (s->session == FT_SES_NONE || (call && (!regular_seen || inst->market == FT_MARKET_HK)))
            continue; /* HK's closing auction trades inside the bar of 16:00 */
        regular_seen |= s->session == FT_SES_REGULAR;
        int32_t length = call ? 1 : s->end - s->start;
        if (p->minutes + length > PATH_MINUTES_MAX)
            break;
        p->spans[p->span_count++] = (struct path_span){
            .start_ns = ft_minute_to_utc(m->timetables, inst->profile, p->day,
                                         call ? s->end - 1 : s->start),
            .end_ns = ft_minute_to_utc(m->timetables, inst->profile, p->day, s->end),
            .first = p->minutes, .start_minute = call ? s->end - 1 : s->start,
            .session = call ? FT_SES_REGULAR : s->session, .closing_call = call};
        p->minutes += length;
        if (s->phase != FT_PHASE_FIXED_PRICE)
            p->moving = p->minutes;
    }
    p->close = 0;
    for (int s = 0; s < p->span_count; s++)
        if (p->spans[s].session == FT_SES_REGULAR)
            p->close = s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes;
    p->opening_auction = opening && inst->market == FT_MARKET_HK &&
                         inst->type != FT_SEC_INDEX && inst->type != FT_SEC_PLATE &&
                         inst->type != FT_SEC_FUTURE;
}

static bool day_is_live(const struct ft_model *m, ft_day day)
{
    return m->hours.mode == FT_CLOCK_ALWAYS && day >= m->hours.first_live_day;
}

/* Where the day's path begins: at the close before, with a gap when the market had closed. */
double ft_model_open_log(const struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                         ft_day prev, double before, double after, double volatility)
{
    if (day_is_live(m, day) && day_is_live(m, prev))
        return before;
    double move = after - before;
    uint64_t bits = ft_cheap_bits(ft_instrument_key(ft_model_driver(m, inst)) ^ m->seed, (uint64_t)day * 3);
    return before + 0.3 * move + 0.25 * volatility / sqrt(365) * ft_cheap_normal(bits);
}

bool ft_model_noise(struct ft_model *m, const struct ft_instrument *inst, const struct day_path *p,
                    struct day_noise *out)
{
    const struct ft_instrument *driver = ft_model_driver(m, inst);
    struct dynamics d = ft_dynamics_of(driver);
    ft_day ends[2] = {ft_prev_trading_day(m->timetables, inst->profile, &m->hours, p->day), p->day};
    double market[2], own[2];
    if (p->minutes == 0)
        return false;
    ft_model_brownian(m->seed, ft_model_market_stream(driver), ends, 2, market);
    ft_model_brownian(m->seed, d.key, ends, 2, own);
    double before = ft_model_log(driver, market[0], own[0]);
    out->to = ft_model_log(driver, market[1], own[1]);
    out->from = ft_model_open_log(m, inst, p->day, ends[0], before, out->to, d.volatility);
    out->base = log_path(m, inst, m->as_of);
    out->scale = ft_price_to_double(inst->reference) * ft_model_split_factor(m, inst, p->day);
    out->minute = d.volatility / sqrt(365.0 * p->moving);
    out->key = d.key ^ m->seed ^ (uint64_t)p->day * UINT64_C(0xD1B54A32D192ED03);
    out->close = p->close ? p->close : p->moving;
    out->end = 0;
    for (int k = 0; k < out->close; k++)
        out->end += ft_noise_of_minute(out, k);
    return true;
}

double ft_model_at_border(struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                          const struct day_noise *n, int k, double sum)
{
    if (k == n->close)
        return ft_model_close(m, inst, day); /* to the last bit: closes are asked alone */
    double part = k < n->close ? (double)k / n->close : 1; /* after hours: on from the close */
    return n->scale * ft_exp(sum - n->end * part + n->from + (n->to - n->from) * part - n->base);
}

static void fill_values(struct ft_model *m, const struct ft_instrument *inst, struct day_path *p)
{
    struct day_noise n;
    if (!ft_model_noise(m, inst, p, &n))
        return;
    double sum = 0;
    for (int k = 0; k <= p->moving; k++) {
        p->fair[k] = ft_model_at_border(m, inst, p->day, &n, k, sum);
        sum += ft_noise_of_minute(&n, k);
        if (k < p->moving)
            p->reach[k] = ft_reach_of_minute(&n, k);
    }
    for (int k = p->moving; k < p->minutes; k++) {
        p->fair[k + 1] = p->fair[p->moving];
        p->reach[k] = 0;
    }
}

/* An American option is worth its European twin and a premium for early exercise, which moves slowly
 * and is dear to work out: it is known once an hour and interpolated between. */
static void fill_derived(struct ft_model *m, const struct ft_instrument *inst, struct day_path *p)
{
    enum { KNOT = 60 };
    struct ft_instrument european = *inst;
    european.american = false;
    for (int s = 0; s < p->span_count; s++) {
        int count = (s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes) - p->spans[s].first;
        double *fair = p->fair + p->spans[s].first;
        double before = 0, after = 0; /* premium at the knots around a minute */
        for (int k = 0; k <= count; k++) {
            int64_t at = p->spans[s].start_ns + (int64_t)k * 60 * FT_NS_PER_SEC;
            double spot = ft_price_to_double(ft_model_fair(m, inst->underlying, at));
            fair[k] = ft_model_derive(m, &european, spot, at);
            if (!inst->american)
                continue;
            if (k % KNOT == 0) {
                int next = k + KNOT < count ? k + KNOT : count;
                int64_t then = p->spans[s].start_ns + (int64_t)next * 60 * FT_NS_PER_SEC;
                double spot_then = ft_price_to_double(ft_model_fair(m, inst->underlying, then));
                before = k ? after : ft_model_derive(m, inst, spot, at) - fair[k];
                after = ft_model_derive(m, inst, spot_then, then) -
                        ft_model_derive(m, &european, spot_then, then);
            }
            fair[k] += before + (after - before) * (k % KNOT) / KNOT;
        }
    }
    memset(p->reach, 0, (size_t)p->minutes * sizeof *p->reach);
}

/* Shares or contracts that an instrument trades on a day, about; `price` is where the day begins. */
static double day_shares(const struct ft_model *m, const struct ft_instrument *inst, ft_day day,
                         double price)
{
    struct dynamics d = ft_dynamics_of(inst);
    double busy = ft_exp(0.4 * ft_cheap_normal(ft_cheap_bits(ft_model_volume_key(m, inst, day), 1)));
    if (inst->type == FT_SEC_INDEX || inst->type == FT_SEC_PLATE)
        return ft_pool_shares * busy; /* shares of all members; turnover by a price of 25 (model_bars.c) */
    double shares = d.counts_contracts ? d.money_a_day * busy
                                       : d.money_a_day * busy / (price > 1e-6 ? price : 1e-6);
    if (inst->issued > 0 && shares > FT_TURNED_AT_MOST * (double)inst->issued)
        shares = FT_TURNED_AT_MOST * (double)inst->issued;
    return shares;
}

ft_qty ft_model_contracts_a_day(const struct ft_model *m, ft_inst i, ft_day day)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    FT_CHECK(inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE);
    return (ft_qty)day_shares(m, inst, day, 1) * FT_QTY_SCALE;
}

struct volume_rule ft_model_volume_rule(const struct ft_model *m, const struct ft_instrument *inst,
                                        const struct day_path *p, double price)
{
    bool pool = inst->type == FT_SEC_INDEX || inst->type == FT_SEC_PLATE;
    bool contracts = inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE;
    struct volume_rule r = {.key = ~ft_model_volume_key(m, inst, p->day),
                            .lot = contracts || pool || inst->lot < 1 ? 1 : inst->lot,
                            .shares = day_shares(m, inst, p->day, price)};
    for (int s = 0; s < p->span_count; s++)
        if (p->spans[s].session == FT_SES_REGULAR)
            r.regular += (s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes) -
                         p->spans[s].first;
    r.lots_a_minute = r.shares / (r.regular > 0 ? r.regular : p->minutes) / (double)r.lot;
    r.close = p->close;
    r.closing = p->closing_auction && !contracts && !pool ? p->minutes : 0;
    return r;
}

static void fill_volumes(struct ft_model *m, const struct ft_instrument *inst, struct day_path *p)
{
    struct volume_rule r = ft_model_volume_rule(m, inst, p, p->fair[0]);
    int at = 0;
    for (int s = 0; s < p->span_count; s++) {
        int last = s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes;
        bool regular = p->spans[s].session == FT_SES_REGULAR;
        for (int k = p->spans[s].first; k < last; k++) {
            p->volume[k] = ft_volume_of_minute(&r, k, regular ? at : -1);
            at += regular;
        }
    }
    p->closing_volume = r.closing ? p->volume[r.closing - 1] / 6 * 5 : 0;
    p->auction_volume = p->opening_auction
                            ? (int64_t)(r.shares * 0.01 / (double)r.lot) * r.lot * FT_QTY_SCALE : 0;
}

static bool path_make(struct ft_model *m, const struct ft_instrument *inst, struct day_path *p)
{
    ft_model_lay_out(m, inst, p);
    if (p->minutes == 0)
        return true;
    /* Each by itself: what one attempt did not get, the next one asks for. */
    if (!p->fair)
        p->fair = calloc(PATH_MINUTES_MAX + 1, sizeof *p->fair);
    if (!p->reach)
        p->reach = calloc(PATH_MINUTES_MAX, sizeof *p->reach);
    if (!p->volume)
        p->volume = calloc(PATH_MINUTES_MAX, sizeof *p->volume);
    if (!p->fair || !p->reach || !p->volume)
        return false;
    if (ft_is_derivative(inst))
        fill_derived(m, inst, p);
    else
        fill_values(m, inst, p);
    fill_volumes(m, inst, p);
    return true;
}

const struct day_path *ft_model_path(struct ft_model *m, const struct ft_instrument *inst,
                                     ft_day day)
{
    struct inst_cache *c = ft_model_cache(m, inst->index);
    if (!c)
        return NULL;
    struct day_path *oldest = &c->paths[0];
    for (int k = 0; k < PATHS_CACHED; k++) {
        struct day_path *p = &c->paths[k];
        if (p->day == day) {
            p->used = ++m->clock;
            return p->minutes ? p : NULL;
        }
        if (p->used < oldest->used)
            oldest = p;
    }
    oldest->used = ++m->clock;
    oldest->day = day;
    oldest->minutes = 0;
    if (!path_make(m, inst, oldest)) {
        oldest->day = FT_NO_DAY;
        return NULL;
    }
    return oldest->minutes ? oldest : NULL;
}

/* ---- Cache ---------------------------------------------------------------------------------- */

static void cache_free(struct inst_cache *c)
{
    for (int k = 0; k < PATHS_CACHED; k++) {
        free(c->paths[k].fair);
        free(c->paths[k].reach);
        free(c->paths[k].volume);
    }
    free(c->days);
    free(c->day_known);
    free(c->day_of);
    free(c->rehab);
    free(c);
}

/* Drops what was not used for the longest; a pointer handed out before may be gone then, so callers
 * ask again after they have asked for another instrument. */
static void evict(struct ft_model *m)
{
    struct inst_cache *oldest = NULL;
    for (size_t k = 0; k < m->cache.cap; k++) {
        struct inst_cache *c = m->cache.slots[k].value;
        if (m->cache.slots[k].key && (!oldest || c->used < oldest->used))
            oldest = c;
    }
    FT_CHECK(oldest != NULL); /* called with a full cache only */
    ft_map64_take(&m->cache, (uint64_t)oldest->inst + 1);
    cache_free(oldest);
}

struct inst_cache *ft_model_cache(struct ft_model *m, ft_inst i)
{
    struct inst_cache *c = ft_map64_get(&m->cache, (uint64_t)i + 1);
    if (!c) {
        if (m->cache.count >= INST_CACHE_MAX)
            evict(m);
        c = calloc(1, sizeof *c);
        if (!c || ft_map64_put(&m->cache, (uint64_t)i + 1, c)) {
            free(c);
            return NULL;
        }
        c->inst = i;
        for (int k = 0; k < PATHS_CACHED; k++)
            c->paths[k].day = FT_NO_DAY;
    }
    c->used = ++m->clock;
    return c;
}

/* ---- Public --------------------------------------------------------------------------------- */

struct ft_model *ft_model_new(const struct ft_universe *u, uint64_t seed,
                              const struct ft_hours *hours)
{
    struct ft_model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->universe = u;
    m->timetables = ft_universe_timetables(u);
    m->seed = seed;
    m->hours = *hours;
    m->as_of = ft_universe_as_of(u);
    return m;
}

void ft_model_free(struct ft_model *m)
{
    if (!m)
        return;
    for (size_t k = 0; k < m->cache.cap; k++)
        if (m->cache.slots[k].key)
            cache_free(m->cache.slots[k].value);
    ft_map64_free(&m->cache);
    free(m->extremes);
    free(m);
}

const struct ft_hours *ft_model_hours(const struct ft_model *m)
{
    return &m->hours;
}

ft_day ft_model_first_day(const struct ft_model *m, ft_inst i)
{
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    ft_day earliest = m->as_of - HISTORY_YEARS * 365;
    if (inst->listing_day != FT_NO_DAY && inst->listing_day > earliest)
        return inst->listing_day;
    if (inst->expiry_day != FT_NO_DAY && inst->expiry_day - 365 > earliest)
        return inst->expiry_day - 365; /* derivatives without a date are listed for a year */
    return earliest;
}

static const struct path_span *span_at(const struct day_path *p, int64_t utc_ns, int *index)
{
    for (int s = p->span_count - 1; s >= 0; s--)
        if (utc_ns >= p->spans[s].start_ns) {
            *index = s;
            return &p->spans[s];
        }
    return NULL;
}

ft_price ft_model_fair(const struct ft_model *model, ft_inst i, int64_t utc_ns)
{
    struct ft_model *m = (struct ft_model *)model; /* caches never change an answer */
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    struct inst_cache *c = ft_model_cache(m, i);
    const struct day_path *p = NULL;
    for (int k = 0; c && k < PATHS_CACHED && !p; k++) { /* the usual case: a cached day holds it */
        const struct day_path *q = &c->paths[k];
        if (q->day != FT_NO_DAY && q->minutes && utc_ns >= q->spans[0].start_ns &&
            utc_ns < q->spans[q->span_count - 1].end_ns)
            p = q;
    }
    if (!p) {
        struct ft_moment moment;
        ft_moment_at(m->timetables, inst->profile, &m->hours, utc_ns, &moment);
        p = ft_model_path(m, inst, moment.trading_day);
        if (p && utc_ns < p->spans[0].start_ns)
            p = ft_model_path(m, inst, ft_prev_trading_day(m->timetables, inst->profile, &m->hours,
                                                           moment.trading_day));
    }
    double fair = ft_price_to_double(inst->reference);
    int s;
    const struct path_span *span = p ? span_at(p, utc_ns, &s) : NULL;
    if (span) {
        int last = s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes;
        int64_t in = utc_ns - span->start_ns;
        int k = span->first + (int)(in / (60 * FT_NS_PER_SEC));
        double part = (double)(in % (60 * FT_NS_PER_SEC)) / (60e9);
        if (k >= last) {
            k = last;
            part = 0;
        }
        fair = part > 0 ? p->fair[k] + (p->fair[k + 1] - p->fair[k]) * part : p->fair[k];
    }
    ft_price price;
    if (ft_price_from_double(fair, "fair value", &price, NULL) || price < 1)
        price = 1;
    return price;
}

ft_qty ft_model_minute_volume(const struct ft_model *model, ft_inst i, int64_t utc_ns)
{
    struct ft_model *m = (struct ft_model *)model;
    const struct ft_instrument *inst = ft_universe_at(m->universe, i);
    struct ft_moment moment;
    ft_moment_at(m->timetables, inst->profile, &m->hours, utc_ns, &moment);
    const struct day_path *p = ft_model_path(m, inst, moment.trading_day);
    int s;
    const struct path_span *span = p ? span_at(p, utc_ns, &s) : NULL;
    if (!span || utc_ns >= span->end_ns)
        return 0;
    int last = s + 1 < p->span_count ? p->spans[s + 1].first : p->minutes;
    int k = span->first + (int)((utc_ns - span->start_ns) / (60 * FT_NS_PER_SEC));
    if (k >= last)
        return 0;
    return k == p->minutes - 1 ? p->volume[k] - p->closing_volume : p->volume[k];
}

ft_qty ft_model_auction_volume(const struct ft_model *model, ft_inst i, ft_day day, bool closing)
{
    struct ft_model *m = (struct ft_model *)model;
    const struct day_path *p = ft_model_path(m, ft_universe_at(m->universe, i), day);
    if (!p)
        return 0;
    if (!closing && p->opening_auction)
        return p->auction_volume;
    for (int s = 0; s < p->span_count; s++)
        if (closing ? p->spans[s].closing_call : p->spans[s].session == FT_SES_REGULAR)
            return closing ? p->volume[p->spans[s].first] : p->volume[p->spans[s].first] / 4;
    return closing ? p->closing_volume : 0;
}
