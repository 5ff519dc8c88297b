/* Reading a venue: levels, orders, digests, verification. Changes nothing. */
#include "exchange/book.h"
#include "exchange/live.h"
#include "exchange/match_auction.h"
#include "exchange/rules.h"
#include "exchange/triggers.h"

uint32_t ft_exch_instruments(const struct ft_exch *ex)
{
    return ex->inst_count;
}

void ft_exch_stat(const struct ft_exch *ex, uint32_t inst_i, struct ft_ex_stat *out)
{
    const struct ft_inst *inst = ft_inst_at(ex, inst_i);
    *out = (struct ft_ex_stat){
        .phase = inst->phase,
        .suspended = inst->suspended,
        .last = inst->last,
        .reference = inst->reference,
        .low = inst->low,
        .high = inst->high,
        .nominal = ft_rules_nominal(ex, inst),
    };
    for (int side = 0; side < 2; side++) {
        uint32_t auction = inst->side[side].auction;
        out->levels[side] = inst->side[side].levels;
        out->orders[side] = inst->side[side].orders;
        out->qty[side] = inst->side[side].qty;
        out->auction_qty[side] = auction ? ft_level_at(ex, auction)->qty : 0;
    }
}

static bool show_level(const struct ft_exch *ex, uint32_t i, struct ft_ex_level *out)
{
    if (!i)
        return false;
    const struct ft_level *level = ft_level_at(ex, i);
    *out = (struct ft_ex_level){level->price, level->qty, level->orders};
    return true;
}

bool ft_exch_best(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side,
                  struct ft_ex_level *out)
{
    FT_CHECK(side == FT_EX_BUY || side == FT_EX_SELL);
    return show_level(ex, ft_inst_at(ex, inst)->side[side].best, out);
}

size_t ft_exch_depth(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side,
                     struct ft_ex_level *out, size_t max)
{
    FT_CHECK(side == FT_EX_BUY || side == FT_EX_SELL);
    struct ft_rung at = ft_ladder_first(&ex->nodes, &ft_inst_at(ex, inst)->side[side].ladder);
    size_t n = 0;
    while (n < max && show_level(ex, ft_rung_level(&ex->nodes, at), &out[n])) {
        ft_rung_worse(&ex->nodes, &at);
        n++;
    }
    return n;
}

bool ft_exch_level(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side, ft_price price,
                   struct ft_ex_level *out)
{
    FT_CHECK(inst < ex->inst_count && (side == FT_EX_BUY || side == FT_EX_SELL));
    if (!ex->prices.slot)
        return false;
    return show_level(ex, ft_book_level(ex, ft_book_of(inst, side), price), out);
}

static void show_order(const struct ft_exch *ex, uint32_t i, struct ft_ex_order *out)
{
    const struct ft_order *o = ft_order_at(ex, i);
    const struct ft_level *level = ft_level_at(ex, o->level);
    *out = (struct ft_ex_order){
        .id = o->id,
        .no = o->no,
        .inst = level->book >> 1,
        .owner = o->owner,
        .broker = o->broker,
        .side = level->book & 1,
        .type = o->type,
        .price = level->price,
        .left = o->left,
        .filled = o->filled,
    };
}

bool ft_exch_order(const struct ft_exch *ex, uint64_t id, struct ft_ex_order *out)
{
    uint32_t handle = ex->ids.slot ? ft_live_find(ex, id) : 0;
    if (!handle)
        return false;
    if (!(handle & FT_TRIGGER_TAG)) {
        show_order(ex, handle, out);
        return true;
    }
    const struct ft_trigger *w = ft_trigger_at(ex, handle & ~FT_TRIGGER_TAG);
    *out = (struct ft_ex_order){
        .id = w->id,
        .no = w->no,
        .inst = w->inst,
        .owner = w->owner,
        .broker = w->broker,
        .side = w->side,
        .type = w->type,
        .tif = w->tif,
        .waiting = true,
        .price = w->price,
        .trigger = ft_triggers_stop(ex, handle & ~FT_TRIGGER_TAG),
        .peak = ft_triggers_peak(ex, handle & ~FT_TRIGGER_TAG),
        .left = w->qty,
    };
    return true;
}

bool ft_exch_auction(const struct ft_exch *ex, uint32_t inst_i, struct ft_ex_auction *out)
{
    const struct ft_inst *inst = ft_inst_at(ex, inst_i);
    return ft_auction_find(ex, inst, inst->fallback, out);
}

void ft_exch_walk(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side,
                  struct ft_ex_walk *walk)
{
    FT_CHECK(side == FT_EX_BUY || side == FT_EX_SELL);
    const struct ft_book_side *s = &ft_inst_at(ex, inst)->side[side];
    struct ft_rung at = ft_ladder_first(&ex->nodes, &s->ladder);
    *walk = (struct ft_ex_walk){.ex = ex, .leaf = at.leaf, .slot = at.slot};
    if (s->auction)
        walk->order = ft_level_at(ex, s->auction)->head;
}

bool ft_exch_walk_next(struct ft_ex_walk *walk, struct ft_ex_order *out)
{
    const struct ft_exch *ex = walk->ex;
    if (!walk->order) {
        struct ft_rung at = {walk->leaf, walk->slot};
        uint32_t level = ft_rung_level(&ex->nodes, at);
        if (!level)
            return false;
        walk->order = ft_level_at(ex, level)->head;
        ft_rung_worse(&ex->nodes, &at);
        walk->leaf = at.leaf;
        walk->slot = at.slot;
    }
    show_order(ex, walk->order, out);
    walk->order = ft_order_at(ex, walk->order)->next;
    return true;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static uint64_t mix_inst(uint64_t h, const struct ft_inst *inst)
{
    h = mix(h, (uint64_t)inst->low);
    h = mix(h, (uint64_t)inst->high);
    h = mix(h, (uint64_t)inst->range_low);
    h = mix(h, (uint64_t)inst->range_high);
    h = mix(h, (uint64_t)inst->last);
    h = mix(h, (uint64_t)inst->reference);
    h = mix(h, (uint64_t)inst->shown_price);
    h = mix(h, (uint64_t)inst->shown_qty);
    return mix(h, (uint64_t)inst->phase << 3 | inst->suspended << 2 | inst->fallback << 1 |
                      inst->uncross_due);
}

uint64_t ft_exch_hash(const struct ft_exch *ex)
{
    uint64_t h = mix(mix(mix(0, ex->inst_count), ex->order_no), ex->trade_no);
    for (uint32_t i = 0; i < ex->inst_count; i++) {
        h = mix_inst(h, &ex->inst[i]);
        for (int side = 0; side < 2; side++) {
            struct ft_ex_walk walk;
            struct ft_ex_order o;
            for (ft_exch_walk(ex, i, side, &walk); ft_exch_walk_next(&walk, &o);) {
                h = mix(h, o.id);
                h = mix(h, o.no);
                h = mix(h, (uint64_t)o.price);
                h = mix(h, (uint64_t)o.left);
                h = mix(h, (uint64_t)o.filled);
                h = mix(h, (uint64_t)o.owner << 32 | (uint32_t)o.broker << 8 | o.type);
            }
        }
        h = mix(h, ft_triggers_hash(ex, i));
    }
    return h;
}

struct sums {
    uint32_t orders, levels;
};

static void verify_level(const struct ft_exch *ex, uint32_t level_i, uint32_t book,
                         struct sums *sums, ft_qty *qty)
{
    const struct ft_level *level = ft_level_at(ex, level_i);
    FT_CHECK(level->book == book && level->orders > 0);
    FT_CHECK(level->price == 0 || ft_book_level(ex, book, level->price) == level_i);
    ft_qty sum = 0;
    uint32_t orders = 0, prev = 0;
    for (uint32_t i = level->head; i; i = ft_order_at(ex, i)->next) {
        const struct ft_order *o = ft_order_at(ex, i);
        FT_CHECK(o->prev == prev && o->level == level_i && o->left > 0);
        FT_CHECK(!prev || ft_order_at(ex, prev)->no < o->no);
        FT_CHECK(ft_live_find(ex, o->id) == i);
        if (o->owner) {
            FT_CHECK(ft_live_ring(ex, o->ring.next)->prev == i);
            FT_CHECK(ft_live_ring(ex, o->ring.prev)->next == i);
        }
        sum += o->left;
        orders++;
        prev = i;
    }
    FT_CHECK(level->tail == prev && level->qty == sum && level->orders == orders);
    *qty += sum;
    sums->orders += orders;
    sums->levels++;
}

static void verify_side(const struct ft_exch *ex, uint32_t inst_i, int side, struct sums *sums)
{
    const struct ft_book_side *s = &ft_inst_at(ex, inst_i)->side[side];
    struct sums before = *sums;
    ft_qty qty = 0;
    if (s->auction)
        verify_level(ex, s->auction, ft_book_of(inst_i, side), sums, &qty);
    uint32_t rungs = 0, level;
    struct ft_rung at = ft_ladder_first(&ex->nodes, &s->ladder);
    FT_CHECK(ft_rung_level(&ex->nodes, at) == s->best);
    for (; (level = ft_rung_level(&ex->nodes, at)) != 0; ft_rung_worse(&ex->nodes, &at)) {
        const struct ft_ladder_node *leaf = ft_ladder_at(&ex->nodes, at.leaf);
        FT_CHECK(leaf->key[at.slot] == ft_merit(side, ft_level_at(ex, level)->price));
        verify_level(ex, level, ft_book_of(inst_i, side), sums, &qty);
        rungs++;
    }
    FT_CHECK(rungs == s->levels && ft_ladder_verify(&ex->nodes, &s->ladder) == rungs);
    FT_CHECK(sums->orders - before.orders == s->orders && qty == s->qty);
}

void ft_exch_verify(const struct ft_exch *ex)
{
    struct sums sums = {0};
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < ex->inst_count; i++) {
        const struct ft_inst *inst = ft_inst_at(ex, i);
        verify_side(ex, i, FT_EX_BUY, &sums);
        verify_side(ex, i, FT_EX_SELL, &sums);
        if (inst->side[0].best && inst->side[1].best && !ft_phase_is_auction(inst->phase) &&
            !inst->uncross_due)
            FT_CHECK(ft_level_at(ex, inst->side[0].best)->price <
                     ft_level_at(ex, inst->side[1].best)->price);
        waiting += ft_triggers_verify(ex, i);
    }
    FT_CHECK(sums.orders == ex->orders.live && sums.levels == ex->levels.live);
    FT_CHECK(waiting == ex->triggers.live && ex->ids.count == sums.orders + waiting);
}

static size_t pool_memory(const struct ft_pool *p)
{
    return (size_t)p->cap * p->elem;
}

static size_t index_memory(const struct ft_index *ix)
{
    return ix->slot ? ((size_t)ix->mask + 1) * sizeof ix->slot[0] : 0;
}

size_t ft_exch_memory(const struct ft_exch *ex)
{
    return sizeof *ex + pool_memory(&ex->orders) + pool_memory(&ex->levels) +
           pool_memory(&ex->nodes) + pool_memory(&ex->triggers) + pool_memory(&ex->groups) +
           index_memory(&ex->ids) + index_memory(&ex->prices) + index_memory(&ex->owners) +
           ex->inst_cap * sizeof ex->inst[0];
}
