/* A venue's life: pools, rules and instruments handed in, the event ring, words for reasons. */
#include "exchange/phases.h"
#include "exchange/state.h"

#include <stdlib.h>

enum {
    DEFAULT_INSTRUMENTS = 1 << 20,
    DEFAULT_ORDERS = 1 << 24,
    DEFAULT_TRIGGERS = 1 << 22,
    MOST_ORDERS = 1 << 28,
    MOST_INSTRUMENTS = 1 << 24,
    EVENTS_MOST = 1 << 30,
};

struct ft_exch *ft_exch_new(const struct ft_ex_limits *limits, struct ft_err *err)
{
    uint32_t instruments =
        limits && limits->instruments ? limits->instruments : DEFAULT_INSTRUMENTS;
    uint32_t orders = limits && limits->orders ? limits->orders : DEFAULT_ORDERS;
    uint32_t triggers = limits && limits->triggers ? limits->triggers : DEFAULT_TRIGGERS;
    if (instruments > MOST_INSTRUMENTS || orders > MOST_ORDERS || triggers > MOST_ORDERS) {
        ft_err_set(err, FT_ELIMIT, "exchange: at most %d instruments and %d orders are allowed",
                   MOST_INSTRUMENTS, MOST_ORDERS);
        return NULL;
    }
    struct ft_exch *ex = calloc(1, sizeof *ex);
    if (!ex) {
        ft_err_set(err, FT_ENOMEM, "exchange: no memory");
        return NULL;
    }
    ft_pool_init(&ex->orders, sizeof(struct ft_order), orders);
    ft_pool_init(&ex->levels, sizeof(struct ft_level), orders);
    /* Nodes that are not a root hold at least ten entries. */
    ft_pool_init(&ex->nodes, sizeof(struct ft_ladder_node),
                 orders / 4 + 2 * instruments + FT_LADDER_NODES);
    ft_pool_init(&ex->triggers, sizeof(struct ft_trigger), triggers);
    ft_pool_init(&ex->groups, sizeof(struct ft_trail_group), triggers + 1);
    ex->inst_max = instruments;
    return ex;
}

void ft_exch_free(struct ft_exch *ex)
{
    if (!ex)
        return;
    ft_pool_free(&ex->orders);
    ft_pool_free(&ex->levels);
    ft_pool_free(&ex->nodes);
    ft_pool_free(&ex->triggers);
    ft_pool_free(&ex->groups);
    ft_index_free(&ex->ids);
    ft_index_free(&ex->prices);
    ft_index_free(&ex->owners);
    for (uint32_t i = 0; i < ex->ticks_count; i++)
        ft_ticks_free(ex->ticks[i]);
    free(ex->inst);
    free(ex);
}

int ft_exch_reserve(struct ft_exch *ex, uint32_t orders, uint32_t levels, uint32_t triggers,
                    struct ft_err *err)
{
    if (orders > ex->orders.max || levels > ex->levels.max || triggers > ex->triggers.max)
        return ft_err_set(err, FT_ELIMIT, "exchange: room for more than its limits was asked for");
    uint32_t nodes = levels / 4 + 2 * ex->inst_count;
    if (nodes > ex->nodes.max - FT_LADDER_NODES)
        nodes = ex->nodes.max - FT_LADDER_NODES;
    struct {
        struct ft_pool *pool;
        uint32_t want;
    } pools[] = {
        {&ex->orders, orders},     {&ex->levels, levels},   {&ex->nodes, nodes + FT_LADDER_NODES},
        {&ex->triggers, triggers}, {&ex->groups, triggers},
    };
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++) {
        uint32_t live = pools[i].pool->live;
        if (pools[i].want > live && ft_pool_reserve(pools[i].pool, pools[i].want - live))
            return ft_err_set(err, FT_ENOMEM, "exchange: no memory for %u orders", orders);
    }
    uint32_t ids = orders + triggers;
    if ((ids > ex->ids.count && ft_index_reserve(&ex->ids, ids - ex->ids.count)) ||
        (levels > ex->prices.count && ft_index_reserve(&ex->prices, levels - ex->prices.count)) ||
        ft_index_reserve(&ex->owners, 1))
        return ft_err_set(err, FT_ENOMEM, "exchange: no memory for the indexes of %u orders", ids);
    return 0;
}

int ft_exch_add_ticks(struct ft_exch *ex, const struct ft_ex_tick *bands, size_t count,
                      uint16_t *id, struct ft_err *err)
{
    if (ex->ticks_count == FT_EX_TICK_TABLES)
        return ft_err_set(err, FT_ELIMIT, "exchange: at most %d tick tables", FT_EX_TICK_TABLES);
    struct ft_ticks *t = ft_ticks_new(bands, count, err);
    if (!t)
        return -1;
    *id = (uint16_t)ex->ticks_count;
    ex->ticks[ex->ticks_count++] = t;
    return 0;
}

int ft_exch_add_profile(struct ft_exch *ex, const struct ft_ex_profile *profile, uint32_t *id,
                        struct ft_err *err)
{
    if (ex->profile_count == FT_EX_PROFILES)
        return ft_err_set(err, FT_ELIMIT, "exchange: at most %d profiles", FT_EX_PROFILES);
    if (profile->ticks >= ex->ticks_count)
        return ft_err_set(err, FT_EINVAL, "exchange: profile names tick table %u of %u",
                          profile->ticks, ex->ticks_count);
    if ((unsigned)profile->auction > FT_EX_TIE_MIDDLE ||
        (profile->types_auction & ~(FT_EX_BIT(FT_EX_STOP) - 1)))
        return ft_err_set(err, FT_EINVAL, "exchange: profile has no such auction rule or type");
    *id = ex->profile_count;
    ex->profiles[ex->profile_count++] = (struct ft_profile){
        .rules = *profile,
        .ticks = ex->ticks[profile->ticks],
        .guarded = profile->nominal_multiple || profile->aggressive.spreads ||
                   profile->aggressive.bp || profile->passive.spreads || profile->passive.bp,
    };
    return 0;
}

static int room_for_instrument(struct ft_exch *ex, struct ft_err *err)
{
    if (ex->inst_count < ex->inst_cap)
        return 0;
    if (ex->inst_count == ex->inst_max)
        return ft_err_set(err, FT_ELIMIT, "exchange: at most %u instruments", ex->inst_max);
    uint32_t cap = ex->inst_cap ? ex->inst_cap * 2 : 16;
    if (cap > ex->inst_max)
        cap = ex->inst_max;
    struct ft_inst *inst = realloc(ex->inst, cap * sizeof *inst);
    if (!inst)
        return ft_err_set(err, FT_ENOMEM, "exchange: no memory for %u instruments", cap);
    ex->inst = inst;
    ex->inst_cap = cap;
    return 0;
}

int ft_exch_add_instrument(struct ft_exch *ex, const struct ft_ex_instrument *in, uint32_t *id,
                           struct ft_err *err)
{
    if (in->profile >= ex->profile_count)
        return ft_err_set(err, FT_EINVAL, "exchange: instrument names profile %u of %u",
                          in->profile, ex->profile_count);
    if (in->lot <= 0 || in->lot > FT_EX_QTY_MAX || in->min_qty < 0 || in->max_qty < 0 ||
        in->max_qty > FT_EX_QTY_MAX || (in->max_qty && in->max_qty < in->min_qty))
        return ft_err_set(err, FT_EINVAL,
                          "exchange: instrument with lot %lld, quantities %lld "
                          "to %lld: positive, ascending, at most %lld are allowed",
                          (long long)in->lot, (long long)in->min_qty, (long long)in->max_qty,
                          (long long)FT_EX_QTY_MAX);
    if ((unsigned)in->phase >= FT_EX_PHASES || in->last < 0 || in->last > FT_EX_PRICE_MAX ||
        !ft_phase_prices_good(in->low, in->high, in->reference))
        return ft_err_set(err, FT_EINVAL, "exchange: instrument with a bad phase, band or price");
    if (room_for_instrument(ex, err))
        return -1;
    struct ft_inst *inst = &ex->inst[ex->inst_count];
    *inst = (struct ft_inst){
        .min_qty = in->min_qty ? in->min_qty : in->lot,
        .max_qty = in->max_qty ? in->max_qty : FT_EX_QTY_MAX,
        .low = in->low,
        .high = in->high,
        .last = in->last,
        .reference = in->reference,
        .profile = (uint16_t)in->profile,
        .phase = (uint8_t)in->phase,
        .odd_sell = in->odd_sell,
    };
    ft_divisor_set(&inst->lot, in->lot);
    *id = ex->inst_count++;
    return 0;
}

static ft_price within_grid(const struct ft_ticks *ticks, ft_price price)
{
    return price > FT_EX_PRICE_MAX ? ft_ticks_floor(ticks, FT_EX_PRICE_MAX)
                                   : ft_ticks_floor(ticks, price);
}

ft_price ft_exch_tick_floor(const struct ft_exch *ex, uint32_t inst, ft_price price)
{
    return within_grid(ft_profile_of(ex, ft_inst_at(ex, inst))->ticks, price);
}

ft_price ft_exch_tick_ceil(const struct ft_exch *ex, uint32_t inst, ft_price price)
{
    const struct ft_ticks *ticks = ft_profile_of(ex, ft_inst_at(ex, inst))->ticks;
    return price > FT_EX_PRICE_MAX ? 0 : ft_ticks_ceil(ticks, price);
}

ft_price ft_exch_tick_step(const struct ft_exch *ex, uint32_t inst, ft_price price, int steps)
{
    const struct ft_ticks *ticks = ft_profile_of(ex, ft_inst_at(ex, inst))->ticks;
    bool sane = steps > -1000000 && steps < 1000000 && price <= FT_EX_PRICE_MAX;
    return sane && ft_ticks_on_grid(ticks, price) ? ft_ticks_step(ticks, price, steps) : 0;
}

int ft_ex_events_init(struct ft_ex_events *q, uint32_t cap, struct ft_err *err)
{
    uint32_t rounded = 64;
    while (rounded < cap && rounded < EVENTS_MOST)
        rounded *= 2;
    *q = (struct ft_ex_events){.at = malloc(rounded * sizeof *q->at), .cap = rounded};
    if (!q->at)
        return ft_err_set(err, FT_ENOMEM, "exchange: no memory for %u events", rounded);
    return 0;
}

void ft_ex_events_free(struct ft_ex_events *q)
{
    free(q->at);
    *q = (struct ft_ex_events){0};
}

void ft_event_grow(struct ft_ex_events *q)
{
    FT_CHECK(q->cap < EVENTS_MOST && q->tail - q->head == q->cap);
    struct ft_ex_event *at = malloc((size_t)q->cap * 2 * sizeof *at);
    FT_CHECK(at != NULL); /* half a command's answer would be worse than stopping */
    for (uint32_t i = 0; i < q->cap; i++)
        at[i] = q->at[(q->head + i) & (q->cap - 1)];
    free(q->at);
    q->at = at;
    q->head = 0;
    q->tail = q->cap;
    q->cap *= 2;
}

const char *ft_ex_why_text(enum ft_ex_why why)
{
    static const char *const text[FT_EX_WHYS] = {
        [FT_EX_OK] = "done",
        [FT_EX_NO_INSTRUMENT] = "no such instrument",
        [FT_EX_BAD_FIELD] = "a field has no such value",
        [FT_EX_SUSPENDED] = "the instrument is suspended",
        [FT_EX_WRONG_PHASE] = "the present trading phase does not allow it",
        [FT_EX_WRONG_TYPE] = "the order type is not allowed in the present phase",
        [FT_EX_WRONG_TIF] = "immediate validity is for continuous trading only",
        [FT_EX_DUPLICATE_ID] = "the order id is in use",
        [FT_EX_UNKNOWN_ID] = "no such live order",
        [FT_EX_BAD_QTY] = "the quantity is not positive or too large",
        [FT_EX_QTY_LOW] = "the quantity is below the least order size",
        [FT_EX_QTY_HIGH] = "the quantity is above the greatest order size",
        [FT_EX_ODD_LOT] = "the quantity is not a multiple of the lot",
        [FT_EX_QTY_FILLED] = "more than the new quantity is filled already",
        [FT_EX_BAD_PRICE] = "the price is not positive or too large",
        [FT_EX_OFF_TICK] = "the price is not a multiple of the tick",
        [FT_EX_OUTSIDE_BAND] = "the price is outside the price limits",
        [FT_EX_AUCTION_RANGE] = "the price is not between the lowest ask and the highest bid",
        [FT_EX_TOO_FAR] = "the price is too far from the market",
        [FT_EX_TOO_AGGRESSIVE] = "the price is too far through the market",
        [FT_EX_WOULD_CROSS] = "the price is beyond the best price of the other side",
        [FT_EX_BAD_TRIGGER] = "the trigger price or trail is not allowed",
        [FT_EX_FULL] = "the venue is full",
        [FT_EX_BY_USER] = "cancelled by the user",
        [FT_EX_BY_OWNER] = "cancelled with all orders of its owner",
        [FT_EX_DAY_ENDED] = "the trading day ended",
        [FT_EX_IOC_REST] = "the rest did not match at once",
        [FT_EX_FOK_SHORT] = "the whole quantity was not available at once",
        [FT_EX_NO_LIQUIDITY] = "nothing was left to match a market order",
        [FT_EX_SPECIAL_REST] = "rest of a special limit order",
        [FT_EX_ALL_SHORT] = "the whole quantity was not available in the price queues",
        [FT_EX_QUEUE_LIMIT] = "the rest would match beyond the price queues allowed",
        [FT_EX_AUCTION_OVER] = "the auction ended without a match",
    };
    return (unsigned)why < FT_EX_WHYS ? text[why] : "unknown reason";
}
