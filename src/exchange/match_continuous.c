#include "exchange/match_continuous.h"

#include "exchange/book.h"
#include "exchange/cancel.h"
#include "exchange/live.h"

/* Price queues that an order may take, spec section 2: "best and 9 further". */
static uint32_t queue_limit(const struct ft_exch *ex, const struct ft_taker *t)
{
    const struct ft_ex_profile *rules = &ft_profile_of(ex, ft_inst_at(ex, t->inst))->rules;
    uint32_t limit = 0;
    if (t->type == FT_EX_LIMIT)
        limit = rules->limit_queues;
    else if (t->type == FT_EX_SPECIAL || t->type == FT_EX_SPECIAL_ALL)
        limit = rules->special_queues;
    return limit ? limit : UINT32_MAX;
}

/* What `t` could take at once, counted up to what it wants. */
static ft_qty takeable(const struct ft_exch *ex, const struct ft_taker *t, uint32_t queues)
{
    const struct ft_book_side *side = &ft_inst_at(ex, t->inst)->side[!t->side];
    struct ft_rung at = ft_ladder_first(&ex->nodes, &side->ladder);
    ft_qty sum = 0;
    for (uint32_t level_i; queues > 0 && (level_i = ft_rung_level(&ex->nodes, at)) != 0; queues--) {
        const struct ft_level *level = ft_level_at(ex, level_i);
        if (!ft_book_crosses(t, level->price))
            break;
        if (level->qty >= t->left - sum)
            return t->left;
        sum += level->qty;
        ft_rung_worse(&ex->nodes, &at);
    }
    return sum;
}

static void fill(struct ft_exch *ex, struct ft_step *step, struct ft_taker *t, uint32_t maker_i,
                 ft_price price)
{
    const struct ft_order *maker = ft_order_at(ex, maker_i);
    ft_qty qty = maker->left < t->left ? maker->left : t->left;
    FT_CHECK(qty > 0 && maker->no < t->no);
    ft_book_want_slot(&ex->ids, ft_live_hash(maker->id));
    ft_book_want_order(ex, maker->next);
    t->left -= qty;
    t->filled += qty;
    struct ft_ex_event *e = ft_event(step, FT_EX_FILL, t->inst);
    e->id = maker->id;
    e->taker_id = t->id;
    e->side = t->side;
    e->no = ++ex->trade_no;
    e->price = price;
    e->qty = qty;
    e->left = maker->left - qty;
    e->taker_left = t->left;
    e->owner = maker->owner;
    e->taker_owner = t->owner;
    e->broker = maker->broker;
    e->taker_broker = t->broker;
    ft_book_take(ex, maker_i, qty, true);
}

/* A sweep through cold levels would wait for each level, then for its first order, then for the
 * index entries of both; so the next level's first order and the level after it are asked for
 * while this one is being filled. */
static void look_ahead(const struct ft_exch *ex, const struct ft_book_side *side)
{
    const struct ft_ladder_node *leaf = ft_ladder_at(&ex->nodes, side->ladder.top);
    const struct ft_level *best = ft_level_at(ex, side->best);
    ft_book_want_slot(&ex->prices, ft_book_hash(best->book, best->price));
    if (leaf->count >= 2)
        ft_book_want_order(ex, ft_level_at(ex, leaf->ref[leaf->count - 2])->head);
    if (leaf->count >= 3)
        ft_book_want_level(ex, leaf->ref[leaf->count - 3]);
}

static void take(struct ft_exch *ex, struct ft_step *step, struct ft_taker *t, uint32_t queues)
{
    struct ft_inst *inst = ft_inst_at(ex, t->inst);
    struct ft_book_side *side = &inst->side[!t->side];
    for (; t->left > 0 && side->best && queues > 0; queues--) {
        uint32_t level_i = side->best;
        const struct ft_level *level = ft_level_at(ex, level_i);
        ft_price price = level->price;
        if (!ft_book_crosses(t, price))
            break;
        if (!step->first)
            step->first = price;
        step->last = inst->last = price;
        look_ahead(ex, side);
        do
            fill(ex, step, t, level->head, price);
        while (t->left > 0 && side->best == level_i);
    }
}

static enum ft_ex_why fate_of_rest(const struct ft_exch *ex, const struct ft_taker *t)
{
    if (t->type == FT_EX_MARKET)
        return FT_EX_NO_LIQUIDITY;
    if (t->type == FT_EX_SPECIAL)
        return FT_EX_SPECIAL_REST;
    if (t->tif == FT_EX_IOC)
        return FT_EX_IOC_REST;
    /* After its queues a limit order could still cross; resting there would leave a crossed
     * book. HKEX avoids the case at the door (no entry 10 spreads through the best price): give
     * the profile an aggressive guard of 9 spreads for that. */
    uint32_t best = ft_inst_at(ex, t->inst)->side[!t->side].best;
    if (best && ft_book_crosses(t, ft_level_at(ex, best)->price))
        return FT_EX_QUEUE_LIMIT;
    return FT_EX_OK;
}

void ft_match_continuous(struct ft_exch *ex, struct ft_step *step, struct ft_taker *t)
{
    FT_CHECK(t->left > 0);
    const struct ft_inst *inst = ft_inst_at(ex, t->inst);
    FT_CHECK(inst->phase == FT_EX_CONTINUOUS && !inst->suspended);
    if (t->type == FT_EX_MARKET) /* never beyond the price limits, wherever old orders rest */
        t->price = t->side == FT_EX_BUY ? inst->high : inst->low;
    uint32_t queues = queue_limit(ex, t);
    bool whole = t->tif == FT_EX_FOK || t->type == FT_EX_SPECIAL_ALL;
    if (whole && takeable(ex, t, queues) < t->left) {
        if (t->type == FT_EX_MARKET)
            t->price = 0;
        ft_cancelled(step, t, t->type == FT_EX_SPECIAL_ALL ? FT_EX_ALL_SHORT : FT_EX_FOK_SHORT);
        return;
    }
    take(ex, step, t, queues);
    if (t->left == 0)
        return;
    FT_CHECK(!whole);
    if (t->type == FT_EX_MARKET)
        t->price = 0;
    enum ft_ex_why why = fate_of_rest(ex, t);
    if (why)
        ft_cancelled(step, t, why);
    else
        ft_book_rest(ex, t);
}
