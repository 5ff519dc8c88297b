/* Many commands at once. A book of a million orders does not fit a cache: one operation waits for
 * four or five lines, each found only through the one before. With the next commands in hand,
 * each of those steps is taken some commands early, as a prefetch; when the command's turn comes
 * its lines are there. Nothing here changes state: a guess that is outdated by then costs time
 * only. */
#include "exchange/book.h"
#include "exchange/live.h"
#include "exchange/rules.h"

enum {
    DISTANCE = 3, /* commands between two steps: about the wait for memory */
    STEPS = 4,
    LEVELS = 4, /* of the other side, for an order that crosses */
};

/* The first element with this hash is the right one nearly always. */
static uint32_t likely(const struct ft_index *ix, uint32_t hash)
{
    uint32_t at = hash;
    return ft_index_probe(ix, hash, &at);
}

/* What an order that crosses will meet: the next levels of the other side, their first orders,
 * and the index slots that go when those are filled. */
static void ahead_of_taker(const struct ft_exch *ex, uint32_t inst, int side, int step)
{
    struct ft_rung at = ft_ladder_first(&ex->nodes, &ex->inst[inst].side[side].ladder);
    for (int n = 0; n < LEVELS; n++, ft_rung_worse(&ex->nodes, &at)) {
        uint32_t level_i = ft_rung_level(&ex->nodes, at);
        if (!level_i)
            return;
        const struct ft_level *level = ft_level_at(ex, level_i);
        if (step == 0) {
            ft_book_want_level(ex, level_i);
            continue;
        }
        if (step == 1) {
            ft_book_want_order(ex, level->head);
            continue;
        }
        const struct ft_order *head = ft_order_at(ex, level->head);
        if (step == 2) {
            ft_book_want_slot(&ex->ids, ft_live_hash(head->id));
            ft_book_want_slot(&ex->prices, ft_book_hash(level->book, level->price));
        }
        if (head->next)
            ft_book_want_order(ex, head->next);
    }
}

static void ahead_of_add(const struct ft_exch *ex, const struct ft_ex_cmd *cmd, int step)
{
    if (cmd->inst >= ex->inst_count || cmd->side > FT_EX_SELL || ft_type_is_conditional(cmd->type))
        return;
    const struct ft_book_side *other = &ex->inst[cmd->inst].side[!cmd->side];
    if (step == 0)
        ft_book_want_slot(&ex->ids, ft_live_hash(cmd->id));
    if (!ft_type_has_price(cmd->type) ||
        (other->best && ft_merit(cmd->side, cmd->price) >=
                            ft_merit(cmd->side, ft_level_at(ex, other->best)->price))) {
        ahead_of_taker(ex, cmd->inst, !cmd->side, step);
        return;
    }
    uint32_t hash = ft_book_hash(ft_book_of(cmd->inst, cmd->side), cmd->price);
    if (step == 0) {
        ft_book_want_slot(&ex->prices, hash);
        return;
    }
    uint32_t level = likely(&ex->prices, hash);
    if (!level)
        ft_ladder_prefetch(&ex->nodes, &ex->inst[cmd->inst].side[cmd->side].ladder,
                           ft_merit(cmd->side, cmd->price), STEPS - 1 - step);
    else if (step == 1)
        ft_book_want_level(ex, level);
    else if (step == 2 && ft_pool_has(&ex->levels, level))
        ft_book_want_order(ex, ft_level_at(ex, level)->tail);
}

static void ahead_of_order(const struct ft_exch *ex, const struct ft_ex_cmd *cmd, int step)
{
    uint32_t hash = ft_live_hash(cmd->id);
    if (step == 0) {
        ft_book_want_slot(&ex->ids, hash);
        return;
    }
    uint32_t i = likely(&ex->ids, hash);
    if ((i & FT_TRIGGER_TAG) || !ft_pool_has(&ex->orders, i))
        return;
    const struct ft_order *o = ft_order_at(ex, i);
    if (step == 1) {
        ft_book_want_order(ex, i);
        return;
    }
    if (step == 2) {
        ft_book_want_level(ex, o->level);
        ft_book_want_order(ex, o->prev);
        ft_book_want_order(ex, o->next);
        return;
    }
    if (!ft_pool_has(&ex->levels, o->level))
        return; /* the guess was wrong */
    const struct ft_level *level = ft_level_at(ex, o->level);
    if (level->orders != 1 || level->book >> 1 >= ex->inst_count)
        return;
    ft_book_want_slot(&ex->prices, ft_book_hash(level->book, level->price));
    ft_ladder_prefetch(&ex->nodes, &ex->inst[level->book >> 1].side[level->book & 1].ladder,
                       ft_merit(level->book & 1, level->price), 0);
}

static inline void ahead(const struct ft_exch *ex, const struct ft_ex_cmd *cmd, int step)
{
    if (cmd->kind == FT_EX_ADD)
        ahead_of_add(ex, cmd, step);
    else if (cmd->kind == FT_EX_CANCEL || cmd->kind == FT_EX_REPLACE)
        ahead_of_order(ex, cmd, step);
}

void ft_exch_apply_many(struct ft_exch *ex, int64_t now_ns, const struct ft_ex_cmd *cmds,
                        size_t count, struct ft_ex_events *q)
{
    for (size_t i = 0; i < count; i++) {
        for (int step = 0; step < STEPS && ex->ids.slot && ex->prices.slot; step++) {
            size_t at = i + (size_t)(STEPS - step) * DISTANCE;
            if (at < count)
                ahead(ex, &cmds[at], step);
        }
        ft_exch_apply(ex, now_ns, &cmds[i], q);
    }
}
