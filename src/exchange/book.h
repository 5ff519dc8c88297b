/* The book: orders in the queues of price levels, levels in a ladder, and the sums over them.
 *
 * The book knows time priority, quantities and where things are; it does not know why something
 * enters or leaves and makes no events. The ways of matching are other modules. */
#ifndef FT_EXCHANGE_BOOK_H
#define FT_EXCHANGE_BOOK_H

#include "exchange/state.h"

static inline uint32_t ft_book_of(uint32_t inst, int side)
{
    return inst << 1 | (uint32_t)side;
}

static inline uint32_t ft_book_hash(uint32_t book, ft_price price)
{
    return ft_hash64((uint64_t)price + book * UINT64_C(0x9E3779B97F4A7C15));
}

/* Room for one order to rest, whatever it needs. -1 at a limit or without memory. */
int ft_book_reserve_slow(struct ft_exch *ex);
static inline int ft_book_reserve(struct ft_exch *ex)
{
    bool room = ex->orders.live + 1 < ex->orders.cap && ex->levels.live + 1 < ex->levels.cap &&
                ex->nodes.live + FT_LADDER_NODES < ex->nodes.cap &&
                (uint64_t)ex->ids.count * 2 < ex->ids.mask &&
                (uint64_t)ex->prices.count * 2 < ex->prices.mask &&
                (uint64_t)ex->owners.count * 2 < ex->owners.mask;
    return room ? 0 : ft_book_reserve_slow(ex);
}

/* The level at a price, 0 when nothing rests there. */
static inline uint32_t ft_book_level_at(const struct ft_exch *ex, uint32_t book, ft_price price,
                                        uint32_t hash, uint32_t *at)
{
    uint32_t i;
    *at = hash;
    while ((i = ft_index_probe(&ex->prices, hash, at)) != 0) {
        const struct ft_level *level = ft_level_at(ex, i);
        if (level->price == price && level->book == book)
            return i;
        ++*at;
    }
    return 0;
}
static inline uint32_t ft_book_level(const struct ft_exch *ex, uint32_t book, ft_price price)
{
    uint32_t at;
    return ft_book_level_at(ex, book, price, ft_book_hash(book, price), &at);
}

/* Puts what is left of `t` at the end of the queue of its price, or of the side's auction orders
 * when its price is 0. Room was reserved. Returns the order. */
uint32_t ft_book_rest(struct ft_exch *ex, const struct ft_taker *t);

/* Takes `qty` off an order, at most what is left; an order without rest is gone afterwards, and
 * so is a level without orders. `traded`: it counts as filled. */
void ft_book_take(struct ft_exch *ex, uint32_t order, ft_qty qty, bool traded);

/* The whole rest, untraded. */
void ft_book_remove(struct ft_exch *ex, uint32_t order);

/* Note that a price's queue changed; price 0: the auction orders. */
void ft_book_touch_slow(struct ft_exch *ex, uint32_t book, ft_price price);
static inline void ft_book_touch(struct ft_exch *ex, uint32_t book, ft_price price)
{
    const struct ft_inst *inst = ft_inst_at(ex, book >> 1);
    int side = book & 1;
    bool noted = (inst->changed >> side & 1) &&
                 (price == 0 ||
                  (inst->near[side] && ft_merit(side, price) <= ft_merit(side, inst->near[side])));
    if (!noted)
        ft_book_touch_slow(ex, book, price);
}

/* What is about to be filled or removed: asks for the lines, changes nothing. */
static inline void ft_book_want_slot(const struct ft_index *ix, uint32_t hash)
{
    __builtin_prefetch(&ix->slot[hash & ix->mask], 1);
}
static inline void ft_book_want_order(const struct ft_exch *ex, uint32_t i)
{
    if (ft_pool_has(&ex->orders, i))
        __builtin_prefetch(ft_order_at(ex, i), 1);
}
static inline void ft_book_want_level(const struct ft_exch *ex, uint32_t i)
{
    if (ft_pool_has(&ex->levels, i))
        __builtin_prefetch(ft_level_at(ex, i), 1);
}

/* True if `t` may trade with the level: it has no price, or the level is no worse than it. */
static inline bool ft_book_crosses(const struct ft_taker *t, ft_price level_price)
{
    if (t->price == 0)
        return true;
    return t->side == FT_EX_BUY ? level_price <= t->price : level_price >= t->price;
}

#endif
