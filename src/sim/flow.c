#include "sim/flow.h"

#include "base/check.h"
#include "base/date.h"

/* One row a liquidity class. Documented ranges (docs/simulation.md) are tested against these. */
struct flow_class {
    double limit_rate;    /* limit orders a second beside those that follow market orders */
    double market_cap;    /* market orders a second, at most: above, they grow in size */
    uint32_t depth;       /* resting orders in the steady state, both sides */
    double reach;         /* mean distance of a limit order from the touch, in ticks */
    double half_spread;   /* of the quoted touch from the fair value, in ticks */
    double mean_lots;     /* mean size of a limit order */
};

static const struct flow_class classes[6] = {
    {0, 0, 0, 0, 0, 0},
    {6.0, 4.0, 240, 6, 0.5, 12},
    {3.0, 2.0, 160, 6, 0.6, 8},
    {1.2, 0.8, 100, 5, 1.0, 5},
    {0.4, 0.3, 60, 5, 2.0, 4},
    {0.12, 0.08, 32, 4, 4.0, 3},
};

static const struct flow_class *class_of(const struct ft_flow *f)
{
    return &classes[f->liquidity];
}

uint32_t ft_flow_depth(uint8_t liquidity)
{
    FT_CHECK(liquidity >= 1 && liquidity <= 5);
    return classes[liquidity].depth;
}

void ft_flow_init(struct ft_flow *f, uint64_t seed, uint64_t stream, uint64_t epoch,
                  uint32_t ex_inst, const struct ft_instrument *inst)
{
    FT_CHECK(inst->liquidity >= 1 && inst->liquidity <= 5);
    *f = (struct ft_flow){.ex_inst = ex_inst, .liquidity = inst->liquidity,
                          .next_id = FT_FLOW_IDS | (uint64_t)ex_inst << 40};
    /* A stream an activation: the draws do not depend on how often others were activated. */
    ft_rng_init(&f->rng, seed ^ 0x666c6f77u, stream ^ epoch * 0x9E3779B97F4A7C15u);
    bool contracts = inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE;
    f->lot = (contracts || inst->lot < 1 ? 1 : inst->lot) * FT_QTY_SCALE;
}

/* Volume that was expected and has not traded is made up for within this many seconds' worth; what
 * users traded beyond it is forgotten likewise. */
enum { CREDIT_SECONDS = 300, CREDIT_LOTS = 4, LOTS_MAX = 2000, LOTS_MAX_FINE = 1000000 };

static double lots_a_second(const struct ft_flow *f, const struct ft_flow_view *v)
{
    return (double)v->minute_volume / (double)f->lot / 60;
}

/* Mean size of a limit order: where much trades by small lots, quotes are as large as orders. */
static double limit_lots(const struct ft_flow *f, const struct ft_flow_view *v)
{
    const struct flow_class *c = class_of(f);
    double lots = 1.5 * lots_a_second(f, v) / c->market_cap;
    return lots > c->mean_lots ? lots : c->mean_lots;
}

static double lots_per_market_order(const struct ft_flow *f, const struct ft_flow_view *v,
                                    double *rate)
{
    double lots = lots_a_second(f, v);
    *rate = lots / 2; /* two lots on average, until the cap */
    double cap = class_of(f)->market_cap;
    if (*rate > cap)
        *rate = cap;
    return *rate > 0 ? lots / *rate : 1;
}

static double total_rate(const struct ft_flow *f, const struct ft_flow_view *v, double *limit,
                         double *market, double *cancel)
{
    const struct flow_class *c = class_of(f);
    lots_per_market_order(f, v, market);
    struct ft_ex_stat stat;
    ft_exch_stat(v->ex, f->ex_inst, &stat);
    double resting = stat.orders[0] + stat.orders[1];
    *limit = c->limit_rate + 2 * *market;
    /* In the steady state arrivals and departures balance at `depth`. */
    *cancel = c->limit_rate * resting / c->depth;
    return *limit + *market + *cancel;
}

int64_t ft_flow_wait(struct ft_flow *f, const struct ft_flow_view *v)
{
    double limit, market, cancel;
    double rate = total_rate(f, v, &limit, &market, &cancel);
    double seconds = ft_rng_exponential(&f->rng) / rate;
    double lots = lots_a_second(f, v), bound = lots * CREDIT_SECONDS;
    f->credit += lots * seconds;
    if (f->credit > bound + CREDIT_LOTS)
        f->credit = bound + CREDIT_LOTS;
    return 1 + (int64_t)(seconds * (double)FT_NS_PER_SEC);
}

/* Whole lots with an exponential tail, at least one. */
static ft_qty draw_qty(struct ft_flow *f, double mean_lots)
{
    double lots = ft_rng_exponential(&f->rng) * mean_lots;
    double most = f->lot > FT_QTY_SCALE ? LOTS_MAX : LOTS_MAX_FINE;
    if (lots > most)
        lots = most;
    return (1 + (ft_qty)lots) * f->lot;
}

static struct ft_ex_cmd *new_order(struct ft_flow *f, struct ft_ex_cmd *out, bool buy)
{
    *out = (struct ft_ex_cmd){.kind = FT_EX_ADD, .side = buy ? FT_EX_BUY : FT_EX_SELL,
                              .inst = f->ex_inst, .id = f->next_id++, .tif = FT_EX_DAY};
    if (f->broker_count)
        out->broker = (uint16_t)f->brokers[ft_rng_below(&f->rng, f->broker_count)];
    return out;
}

static void remember(struct ft_flow *f, uint64_t id)
{
    if (f->count < FT_FLOW_ORDERS_MAX)
        f->ids[f->count++] = id;
    else /* a full list forgets one: that order then stays until it trades or the day ends */
        f->ids[ft_rng_below(&f->rng, f->count)] = id;
}

/* A resting order on one side, beyond the touch that the fair value suggests. */
static bool draw_limit(struct ft_flow *f, const struct ft_flow_view *v, bool buy,
                       struct ft_ex_cmd *out)
{
    const struct flow_class *c = class_of(f);
    double ticks = ft_rng_exponential(&f->rng) * c->reach;
    int steps = (int)(c->half_spread * (0.5 + ft_rng_unit(&f->rng))) + (int)ticks;
    ft_price touch = buy ? ft_exch_tick_floor(v->ex, f->ex_inst, v->fair)
                         : ft_exch_tick_ceil(v->ex, f->ex_inst, v->fair);
    ft_price price = steps ? ft_exch_tick_step(v->ex, f->ex_inst, touch, buy ? -steps : steps)
                           : touch;
    if (price <= 0)
        return false;
    struct ft_ex_level other;
    if (!v->auction &&
        ft_exch_best(v->ex, f->ex_inst, buy ? FT_EX_SELL : FT_EX_BUY, &other) &&
        (buy ? price >= other.price : price <= other.price)) {
        price = ft_exch_tick_step(v->ex, f->ex_inst, other.price, buy ? -1 : 1);
        if (price <= 0)
            return false;
    }
    struct ft_ex_stat stat;
    ft_exch_stat(v->ex, f->ex_inst, &stat);
    if ((stat.high && price > stat.high) || (stat.low && price < stat.low))
        return false; /* outside the price limits nobody quotes */
    new_order(f, out, buy);
    out->type = v->auction ? FT_EX_AUCTION_LIMIT : FT_EX_LIMIT;
    out->price = price;
    out->qty = draw_qty(f, limit_lots(f, v));
    remember(f, out->id);
    return true;
}

size_t ft_flow_seed(struct ft_flow *f, const struct ft_flow_view *v, struct ft_ex_cmd *out,
                    size_t max)
{
    size_t n = 0;
    uint32_t depth = class_of(f)->depth;
    for (uint32_t i = 0; i < depth && n < max; i++)
        n += draw_limit(f, v, i & 1, &out[n]);
    return n;
}

/* Of two of its resting orders, the one farther from the fair value; 0: none left. */
static uint64_t draw_victim(struct ft_flow *f, const struct ft_flow_view *v)
{
    uint64_t victim = 0;
    ft_price farthest = -1;
    for (int tries = 0, found = 0; tries < 16 && found < 2 && f->count; tries++) {
        uint64_t at = ft_rng_below(&f->rng, f->count);
        struct ft_ex_order o;
        if (!ft_exch_order(v->ex, f->ids[at], &o)) {
            f->ids[at] = f->ids[--f->count];
            continue;
        }
        ft_price distance = o.price > v->fair ? o.price - v->fair : v->fair - o.price;
        found++;
        if (distance > farthest) {
            farthest = distance;
            victim = o.id;
        }
    }
    return victim;
}

/* Whole lots of the expected volume that are still to trade. */
static ft_qty credit_qty(const struct ft_flow *f)
{
    return f->credit >= 1 ? (ft_qty)f->credit * f->lot : 0;
}

/* The participants' orders of a best level are moved to the fair value. 0: somebody else quotes
 * there too, or nothing can be moved. */
static size_t move_quotes(struct ft_flow *f, const struct ft_flow_view *v, bool buy, ft_price level,
                          struct ft_ex_cmd *out)
{
    struct ft_ex_walk walk;
    struct ft_ex_order o;
    uint64_t ids[FT_FLOW_STEP_MAX / 2];
    size_t count = 0, n = 0;
    for (ft_exch_walk(v->ex, f->ex_inst, buy ? FT_EX_BUY : FT_EX_SELL, &walk);
         ft_exch_walk_next(&walk, &o) && (o.price == level || o.price == 0);) {
        if (o.owner)
            return 0;
        if (o.price && count < FT_FLOW_STEP_MAX / 2)
            ids[count++] = o.id;
    }
    for (size_t k = 0; k < count; k++) {
        out[n++] = (struct ft_ex_cmd){.kind = FT_EX_CANCEL, .inst = f->ex_inst, .id = ids[k]};
        n += draw_limit(f, v, buy, &out[n]);
    }
    return n;
}

/* The fair value has passed a side's best price: someone who knows takes what lies between, and the
 * others move their quotes. */
static size_t draw_informed(struct ft_flow *f, const struct ft_flow_view *v, struct ft_ex_cmd *out)
{
    struct ft_ex_level ask, bid;
    bool buy;
    ft_price limit;
    if (ft_exch_best(v->ex, f->ex_inst, FT_EX_SELL, &ask) && v->fair > ask.price) {
        buy = true;
        limit = ft_exch_tick_floor(v->ex, f->ex_inst, v->fair);
    } else if (ft_exch_best(v->ex, f->ex_inst, FT_EX_BUY, &bid) && v->fair < bid.price) {
        buy = false;
        limit = ft_exch_tick_ceil(v->ex, f->ex_inst, v->fair);
    } else {
        return 0;
    }
    if (limit <= 0)
        return 0;
    ft_qty there = buy ? ask.qty : bid.qty, wanted = credit_qty(f);
    if (wanted < there) {
        size_t n = move_quotes(f, v, !buy, buy ? ask.price : bid.price, out);
        if (n)
            return n;
        wanted = there; /* a user's quote that is stale is taken */
    }
    new_order(f, out, buy);
    out->type = FT_EX_LIMIT;
    out->tif = FT_EX_IOC;
    out->price = limit;
    out->qty = wanted < there ? wanted : there / f->lot * f->lot;
    if (out->qty < f->lot)
        out->qty = f->lot;
    return 1;
}

/* Nobody in his senses trades there: more than 2 % and ten ticks from what it is worth. */
static bool far_from_fair(const struct ft_flow *f, const struct ft_flow_view *v, ft_price price)
{
    ft_price off = price > v->fair ? price - v->fair : v->fair - price;
    ft_price at = ft_exch_tick_ceil(v->ex, f->ex_inst, v->fair);
    ft_price ten = at ? ft_exch_tick_step(v->ex, f->ex_inst, at, 10) - at : 0;
    return off > v->fair / 50 && off > ten;
}

static size_t draw_market(struct ft_flow *f, const struct ft_flow_view *v, struct ft_ex_cmd *out)
{
    struct ft_ex_level ask, bid;
    bool has_ask = ft_exch_best(v->ex, f->ex_inst, FT_EX_SELL, &ask);
    bool has_bid = ft_exch_best(v->ex, f->ex_inst, FT_EX_BUY, &bid);
    if (!has_ask && !has_bid)
        return 0;
    double lean = 0;
    if (has_ask && has_bid && ask.price > bid.price)
        lean = ((double)v->fair - ((double)ask.price + (double)bid.price) / 2) /
               (double)(ask.price - bid.price);
    if (lean > 0.45)
        lean = 0.45;
    if (lean < -0.45)
        lean = -0.45;
    bool buy = ft_rng_unit(&f->rng) < 0.5 + lean;
    if (buy ? !has_ask : !has_bid)
        return 0;
    if (far_from_fair(f, v, buy ? ask.price : bid.price)) /* a swept side is filled again instead */
        return draw_limit(f, v, !buy, out);
    double rate, lots = lots_per_market_order(f, v, &rate);
    ft_qty most = credit_qty(f);
    if (!most)
        return 0;
    new_order(f, out, buy);
    /* A marketable limit some ticks deep: nobody sweeps a whole book. */
    enum { DEEP = 5 };
    ft_price touch = buy ? ask.price : bid.price;
    out->type = FT_EX_LIMIT;
    out->tif = FT_EX_IOC;
    out->price = ft_exch_tick_step(v->ex, f->ex_inst, touch, buy ? DEEP : -DEEP);
    if (out->price <= 0)
        out->price = touch;
    struct ft_ex_stat stat;
    ft_exch_stat(v->ex, f->ex_inst, &stat);
    if (stat.high && out->price > stat.high)
        out->price = stat.high;
    if (stat.low && out->price < stat.low)
        out->price = stat.low;
    out->qty = draw_qty(f, lots);
    if (out->qty > most)
        out->qty = most;
    return 1;
}

void ft_flow_traded(struct ft_flow *f, ft_qty qty)
{
    f->credit -= (double)qty / (double)f->lot;
    if (f->credit < 0)
        f->credit = 0;
}

size_t ft_flow_at_auction(struct ft_flow *f, const struct ft_flow_view *v, ft_qty volume,
                          struct ft_ex_cmd *out)
{
    ft_qty most = (f->lot > FT_QTY_SCALE ? LOTS_MAX : LOTS_MAX_FINE) * f->lot;
    ft_qty qty = volume < most ? volume / f->lot * f->lot : most;
    ft_price price = ft_exch_tick_floor(v->ex, f->ex_inst, v->fair);
    size_t n = 0;
    for (int buy = 0; buy <= 1 && qty > 0; buy++) {
        new_order(f, &out[n], buy);
        out[n].type = FT_EX_AUCTION;
        out[n++].qty = qty;
        if (price <= 0)
            continue;
        /* Limits that meet: orders without a price alone do not make one. */
        new_order(f, &out[n], buy);
        out[n].type = FT_EX_AUCTION_LIMIT;
        out[n].price = price;
        out[n].qty = f->lot;
        remember(f, out[n++].id);
    }
    return n;
}

size_t ft_flow_step(struct ft_flow *f, const struct ft_flow_view *v, struct ft_ex_cmd *out)
{
    double limit, market, cancel;
    double rate = total_rate(f, v, &limit, &market, &cancel);
    double u = ft_rng_unit(&f->rng) * rate;
    size_t n = v->auction ? 0 : draw_informed(f, v, out);
    if (n)
        return n;
    if (u < limit)
        return draw_limit(f, v, ft_rng_next(&f->rng) & 1, out);
    if (u < limit + market)
        return v->auction ? draw_limit(f, v, ft_rng_next(&f->rng) & 1, out)
                          : draw_market(f, v, out);
    uint64_t victim = draw_victim(f, v);
    if (!victim)
        return 0;
    *out = (struct ft_ex_cmd){.kind = FT_EX_CANCEL, .inst = f->ex_inst, .id = victim};
    return 1;
}
