#include "exchange/match_auction.h"

#include "exchange/book.h"
#include "exchange/cancel.h"
#include "exchange/rules.h"

static const struct ft_level *rung(const struct ft_exch *ex, struct ft_rung at)
{
    uint32_t i = ft_rung_level(&ex->nodes, at);
    return i ? ft_level_at(ex, i) : NULL;
}

static ft_qty auction_qty(const struct ft_exch *ex, const struct ft_inst *inst, int side)
{
    uint32_t i = inst->side[side].auction;
    return i ? ft_level_at(ex, i)->qty : 0;
}

/* Quantity of a side that accepts `price`. */
static ft_qty willing(const struct ft_exch *ex, const struct ft_inst *inst, int side,
                      ft_price price)
{
    ft_qty sum = auction_qty(ex, inst, side);
    struct ft_rung at = ft_ladder_first(&ex->nodes, &inst->side[side].ladder);
    const struct ft_level *level;
    while ((level = rung(ex, at)) && ft_merit(side, level->price) >= ft_merit(side, price)) {
        sum += level->qty;
        ft_rung_worse(&ex->nodes, &at);
    }
    return sum;
}

/* The best candidates so far, which came in descending price. */
struct candidates {
    ft_price reference;
    ft_qty volume, imbalance;
    ft_price high, low, closest;
    bool all_buy, all_sell; /* the imbalance is on that side for each of them */
};

static ft_price distance(ft_price a, ft_price b)
{
    return a > b ? a - b : b - a;
}

static void consider(struct candidates *c, ft_price price, ft_qty demand, ft_qty supply)
{
    ft_qty volume = demand < supply ? demand : supply;
    ft_qty imbalance = demand < supply ? supply - demand : demand - supply;
    if (volume < c->volume || (volume == c->volume && imbalance > c->imbalance && c->high))
        return;
    if (volume > c->volume || imbalance < c->imbalance || !c->high) {
        *c = (struct candidates){
            .reference = c->reference,
            .volume = volume,
            .imbalance = imbalance,
            .high = price,
            .low = price,
            .closest = price,
            .all_buy = demand > supply,
            .all_sell = supply > demand,
        };
        return;
    }
    c->low = price;
    c->all_buy &= demand > supply;
    c->all_sell &= supply > demand;
    if (c->reference && distance(price, c->reference) < distance(c->closest, c->reference))
        c->closest = price;
}

static ft_price choose(const struct ft_exch *ex, const struct ft_inst *inst,
                       const struct candidates *c)
{
    const struct ft_profile *profile = ft_profile_of(ex, inst);
    switch (profile->rules.auction) {
    case FT_EX_TIE_SIDE:
        if (c->all_buy)
            return c->high;
        return c->all_sell ? c->low : c->closest;
    case FT_EX_TIE_REFERENCE: return c->closest;
    case FT_EX_TIE_MIDDLE:
        return ft_ticks_ceil(profile->ticks, c->low + (c->high - c->low + 1) / 2);
    }
    FT_CHECK(!"auction rule");
    return 0;
}

/* The equilibrium price is one of the limit prices from the lowest ask to the highest bid: the one
 * of the largest volume, then of the smallest imbalance, then as the profile says. That only those
 * prices count, and only when bid and ask meet, is the HKEX rule as webull.hk (fq1064) restates
 * it, and the "declared prices" of the SSE rule; spec section 2 gives the order of the ties. */
static ft_price equilibrium(const struct ft_exch *ex, const struct ft_inst *inst)
{
    const struct ft_pool *nodes = &ex->nodes;
    struct ft_rung bid_at = ft_ladder_first(nodes, &inst->side[FT_EX_BUY].ladder);
    struct ft_rung ask_at = ft_ladder_first(nodes, &inst->side[FT_EX_SELL].ladder);
    const struct ft_level *bid = rung(ex, bid_at), *ask = rung(ex, ask_at);
    if (!bid || !ask || bid->price < ask->price)
        return 0;
    ft_price highest = bid->price, lowest = ask->price;
    ft_qty demand = auction_qty(ex, inst, FT_EX_BUY);
    ft_qty supply = auction_qty(ex, inst, FT_EX_SELL);
    struct ft_rung next = ask_at;
    for (const struct ft_level *l; (l = rung(ex, next)) && l->price <= highest;) {
        supply += l->qty;
        ask_at = next;
        ft_rung_worse(nodes, &next);
    }
    struct candidates c = {.reference = inst->reference};
    for (;;) {
        bid = rung(ex, bid_at);
        ask = rung(ex, ask_at);
        ft_price bid_price = bid && bid->price >= lowest ? bid->price : 0;
        ft_price ask_price = ask ? ask->price : 0;
        ft_price price = bid_price > ask_price ? bid_price : ask_price;
        if (!price)
            break;
        if (price == bid_price) {
            demand += bid->qty;
            ft_rung_worse(nodes, &bid_at);
        }
        consider(&c, price, demand, supply);
        if (price == ask_price) {
            supply -= ask->qty;
            ft_rung_better(nodes, &ask_at);
        }
    }
    FT_CHECK(c.volume > 0 && c.low <= c.high);
    return choose(ex, inst, &c);
}

bool ft_auction_find(const struct ft_exch *ex, const struct ft_inst *inst, bool fallback,
                     struct ft_ex_auction *out)
{
    *out = (struct ft_ex_auction){0};
    ft_price price = equilibrium(ex, inst);
    if (!price && fallback)
        price = inst->reference; /* CAS: the reference serves as the price, spec section 2 */
    if (!price)
        return false;
    ft_qty demand = willing(ex, inst, FT_EX_BUY, price);
    ft_qty supply = willing(ex, inst, FT_EX_SELL, price);
    if (demand == 0 || supply == 0)
        return false;
    out->price = price;
    out->volume = demand < supply ? demand : supply;
    out->imbalance = distance(demand, supply);
    out->side = demand >= supply ? FT_EX_BUY : FT_EX_SELL;
    return true;
}

/* First order of a side in the auction's priority. */
static uint32_t first_order(const struct ft_exch *ex, const struct ft_inst *inst, int side)
{
    uint32_t level = inst->side[side].auction;
    if (!level)
        level = inst->side[side].best;
    return ft_level_at(ex, level)->head;
}

static ft_qty match_pair(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i, ft_price price,
                         ft_qty most)
{
    const struct ft_inst *inst = ft_inst_at(ex, inst_i);
    uint32_t i[2] = {first_order(ex, inst, FT_EX_BUY), first_order(ex, inst, FT_EX_SELL)};
    const struct ft_order *o[2] = {ft_order_at(ex, i[0]), ft_order_at(ex, i[1])};
    for (int side = 0; side < 2; side++) {
        ft_price limit = ft_level_at(ex, o[side]->level)->price;
        FT_CHECK(!limit || ft_merit(side, limit) >= ft_merit(side, price));
    }
    ft_qty qty = o[0]->left < o[1]->left ? o[0]->left : o[1]->left;
    if (qty > most)
        qty = most;
    int younger = o[0]->no > o[1]->no ? 0 : 1;
    const struct ft_order *maker = o[!younger], *taker = o[younger];
    struct ft_ex_event *e = ft_event(step, FT_EX_FILL, inst_i);
    e->auction = true;
    e->id = maker->id;
    e->taker_id = taker->id;
    e->side = (uint8_t)younger;
    e->no = ++ex->trade_no;
    e->price = price;
    e->qty = qty;
    e->left = maker->left - qty;
    e->taker_left = taker->left - qty;
    e->owner = maker->owner;
    e->taker_owner = taker->owner;
    e->broker = maker->broker;
    e->taker_broker = taker->broker;
    ft_book_take(ex, i[0], qty, true);
    ft_book_take(ex, i[1], qty, true);
    return qty;
}

static void report(struct ft_step *step, enum ft_ex_event_kind kind, uint32_t inst_i,
                   const struct ft_ex_auction *a)
{
    struct ft_ex_event *e = ft_event(step, kind, inst_i);
    e->price = a->price;
    e->qty = a->volume;
    e->left = a->imbalance;
    e->side = (uint8_t)a->side;
}

/* Unmatched ALOs go on as limit orders only if they are not 9 times or more (or 1/9 or less)
 * away from the nominal price, spec section 2. */
static void cancel_far(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i)
{
    const struct ft_inst *inst = ft_inst_at(ex, inst_i);
    if (!ft_profile_of(ex, inst)->rules.nominal_multiple)
        return;
    ft_price nominal = ft_rules_nominal(ex, inst);
    for (int side = 0; side < 2; side++) {
        for (int end = 0; end < 2; end++) {
            for (;;) {
                const struct ft_ladder *ladder = &inst->side[side].ladder;
                uint32_t level =
                    end ? ft_ladder_worst(&ex->nodes, ladder) : ft_ladder_best(&ex->nodes, ladder);
                if (!level ||
                    ft_rules_near_nominal(ex, inst, nominal, ft_level_at(ex, level)->price))
                    break;
                ft_cancel(ex, step, ft_level_at(ex, level)->head, FT_EX_TOO_FAR);
            }
        }
    }
}

void ft_auction_uncross(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i, bool fallback)
{
    struct ft_inst *inst = ft_inst_at(ex, inst_i);
    FT_CHECK(!inst->suspended);
    struct ft_ex_auction a;
    if (ft_auction_find(ex, inst, fallback, &a)) {
        for (ft_qty rest = a.volume; rest > 0;)
            rest -= match_pair(ex, step, inst_i, a.price, rest);
        inst->last = a.price;
    }
    report(step, FT_EX_UNCROSSED, inst_i, &a);
    inst->shown_price = 0;
    inst->shown_qty = 0;
    for (int side = 0; side < 2; side++) {
        while (inst->side[side].auction) {
            uint32_t i = ft_level_at(ex, inst->side[side].auction)->head;
            ft_cancel(ex, step, i, FT_EX_AUCTION_OVER);
        }
    }
    cancel_far(ex, step, inst_i);
    const struct ft_level *bid = rung(ex, ft_ladder_first(&ex->nodes, &inst->side[0].ladder));
    const struct ft_level *ask = rung(ex, ft_ladder_first(&ex->nodes, &inst->side[1].ladder));
    FT_CHECK(!bid || !ask || bid->price < ask->price);
}

void ft_auction_indicate(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i)
{
    struct ft_inst *inst = ft_inst_at(ex, inst_i);
    struct ft_ex_auction a = {0};
    if (ft_phase_is_auction(inst->phase) && !inst->suspended)
        ft_auction_find(ex, inst, false, &a);
    if (a.price == inst->shown_price && a.volume == inst->shown_qty)
        return;
    inst->shown_price = a.price;
    inst->shown_qty = a.volume;
    report(step, FT_EX_INDICATIVE, inst_i, &a);
}
