#include "exchange/book.h"

#include "exchange/live.h"

enum { LISTED = 4 };

int ft_book_reserve_slow(struct ft_exch *ex)
{
    return ft_pool_reserve(&ex->orders, 1) || ft_pool_reserve(&ex->levels, 1) ||
                   ft_pool_reserve(&ex->nodes, FT_LADDER_NODES) || ft_index_reserve(&ex->ids, 1) ||
                   ft_index_reserve(&ex->prices, 1) || ft_index_reserve(&ex->owners, 1)
               ? -1
               : 0;
}

void ft_book_touch_slow(struct ft_exch *ex, uint32_t book, ft_price price)
{
    uint32_t i = book >> 1;
    int side = book & 1;
    struct ft_inst *inst = ft_inst_at(ex, i);
    if (!(inst->changed & LISTED)) {
        inst->changed |= LISTED;
        inst->changed_next = 0;
        if (ex->changed_tail)
            ft_inst_at(ex, ex->changed_tail - 1)->changed_next = i + 1;
        else
            ex->changed_head = i + 1;
        ex->changed_tail = i + 1;
    }
    if (!(inst->changed & 1 << side)) {
        inst->changed |= (uint8_t)(1 << side);
        inst->near[side] = price;
    } else if (price &&
               (!inst->near[side] || ft_merit(side, price) > ft_merit(side, inst->near[side]))) {
        inst->near[side] = price;
    }
}

bool ft_exch_next_change(struct ft_exch *ex, struct ft_ex_change *change)
{
    if (!ex->changed_head)
        return false;
    uint32_t i = ex->changed_head - 1;
    struct ft_inst *inst = ft_inst_at(ex, i);
    FT_CHECK(inst->changed & LISTED);
    *change = (struct ft_ex_change){
        .inst = i,
        .changed = {inst->changed & 1, inst->changed & 2},
    };
    for (int side = 0; side < 2; side++)
        change->near[side] = change->changed[side] ? inst->near[side] : 0;
    ex->changed_head = inst->changed_next;
    if (!ex->changed_head)
        ex->changed_tail = 0;
    inst->changed = 0;
    return true;
}

static uint32_t new_level(struct ft_exch *ex, uint32_t book, ft_price price)
{
    uint32_t i = ft_pool_take(&ex->levels);
    *ft_level_at(ex, i) = (struct ft_level){.price = price, .book = book};
    return i;
}

/* The level where an order of this price rests, made if need be. */
static uint32_t level_for(struct ft_exch *ex, struct ft_book_side *side, uint32_t book,
                          ft_price price)
{
    if (price == 0) {
        if (!side->auction)
            side->auction = new_level(ex, book, 0);
        return side->auction;
    }
    uint32_t hash = ft_book_hash(book, price), at;
    uint32_t i = ft_book_level_at(ex, book, price, hash, &at);
    if (i)
        return i;
    i = new_level(ex, book, price);
    int64_t merit = ft_merit(book & 1, price);
    ft_index_put_at(&ex->prices, hash, at, i);
    ft_ladder_insert(&ex->nodes, &side->ladder, merit, i);
    side->levels++;
    if (!side->best || merit > ft_merit(book & 1, ft_level_at(ex, side->best)->price))
        side->best = i;
    return i;
}

static void drop_level(struct ft_exch *ex, struct ft_book_side *side, uint32_t i)
{
    struct ft_level *level = ft_level_at(ex, i);
    FT_CHECK(level->qty == 0 && level->head == 0 && level->tail == 0);
    if (level->price == 0) {
        FT_CHECK(side->auction == i);
        side->auction = 0;
    } else {
        uint32_t hash = ft_book_hash(level->book, level->price);
        ft_book_want_slot(&ex->prices, hash); /* comes while the ladder is at work */
        ft_ladder_remove(&ex->nodes, &side->ladder, ft_merit(level->book & 1, level->price));
        ft_index_remove(&ex->prices, hash, i);
        side->levels--;
        if (side->best == i)
            side->best = ft_ladder_best(&ex->nodes, &side->ladder);
    }
    ft_pool_give(&ex->levels, i);
}

uint32_t ft_book_rest(struct ft_exch *ex, const struct ft_taker *t)
{
    FT_CHECK(t->left > 0 && t->side <= FT_EX_SELL);
    uint32_t book = ft_book_of(t->inst, t->side);
    struct ft_book_side *side = &ft_inst_at(ex, t->inst)->side[t->side];
    uint32_t level_i = level_for(ex, side, book, t->price);
    struct ft_level *level = ft_level_at(ex, level_i);
    uint32_t i = ft_pool_take(&ex->orders);
    struct ft_order *o = ft_order_at(ex, i);
    *o = (struct ft_order){
        .id = t->id,
        .no = t->no,
        .left = t->left,
        .filled = t->filled,
        .prev = level->tail,
        .level = level_i,
        .owner = t->owner,
        .broker = t->broker,
        .type = t->type,
    };
    if (level->tail) {
        ft_order_at(ex, level->tail)->next = i; /* only a store: nobody waits for that line */
    } else {
        level->head = i;
    }
    level->tail = i;
    level->orders++;
    level->qty += t->left;
    side->orders++;
    side->qty += t->left;
    ft_live_add(ex, t->id, t->owner, i);
    ft_book_touch(ex, book, t->price);
    return i;
}

/* The order has nothing left. */
static void unlink_order(struct ft_exch *ex, struct ft_book_side *side, uint32_t i)
{
    struct ft_order *o = ft_order_at(ex, i);
    uint32_t level_i = o->level;
    struct ft_level *level = ft_level_at(ex, level_i);
    FT_CHECK(o->left == 0 && level->orders > 0);
    if (o->prev)
        ft_order_at(ex, o->prev)->next = o->next;
    else
        level->head = o->next;
    if (o->next)
        ft_order_at(ex, o->next)->prev = o->prev;
    else
        level->tail = o->prev;
    level->orders--;
    side->orders--;
    ft_live_remove(ex, o->id, o->owner, i);
    ft_pool_give(&ex->orders, i);
    if (!level->head)
        drop_level(ex, side, level_i);
}

void ft_book_take(struct ft_exch *ex, uint32_t i, ft_qty qty, bool traded)
{
    struct ft_order *o = ft_order_at(ex, i);
    struct ft_level *level = ft_level_at(ex, o->level);
    struct ft_book_side *side = &ft_inst_at(ex, level->book >> 1)->side[level->book & 1];
    FT_CHECK(qty > 0 && qty <= o->left);
    FT_CHECK(level->qty >= qty && side->qty >= qty);
    ft_book_touch(ex, level->book, level->price);
    o->left -= qty;
    if (traded)
        o->filled += qty;
    level->qty -= qty;
    side->qty -= qty;
    if (o->left == 0)
        unlink_order(ex, side, i);
}

void ft_book_remove(struct ft_exch *ex, uint32_t i)
{
    ft_book_take(ex, i, ft_order_at(ex, i)->left, false);
}
