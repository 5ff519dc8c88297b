/* Many commands at once. A book of a million orders does not fit a cache: one operation waits for
 * four or five lines, each found only through the one before. With the next commands in hand,
 * each of those steps is taken some commands early, as a prefetch; when the command's turn comes
 * its lines are there. Nothing here changes state: a guess that is outdated by then costs time
 * only. */
#include "exchange/book.h"
#include "exchange/live.h"
#include "exchange/rules.h"

enum {
    DISTANCE = 2, /* commands between two steps: about the wait for memory */
    STEPS = 4,
    RING = 16,       /* power of two above DISTANCE * STEPS */
    LEVELS = 3,      /* of the other side, for an order that crosses */
    LARGE = 1 << 14, /* orders; what a smaller venue touches is in the cache anyway */
};

/* What is known of a command to come. */
struct glance {
    enum { NOTHING, REST, TAKE, BY_ORDER } kind;
    uint32_t hash; /* of the price level's slot, or of the order's */
    uint32_t order;
    uint32_t level;
};

static void slots(const struct ft_exch *ex, const struct ft_ex_cmd *cmd, struct glance *g)
{
    uint32_t id = ft_live_hash(cmd->id);
    g->kind = NOTHING;
    if (cmd->kind == FT_EX_CANCEL || cmd->kind == FT_EX_REPLACE) {
        g->kind = BY_ORDER;
        g->hash = id;
    } else if (cmd->kind == FT_EX_ADD && cmd->inst < ex->inst_count && cmd->side <= FT_EX_SELL &&
               !ft_type_is_conditional(cmd->type)) {
        uint32_t other = ex->inst[cmd->inst].side[!cmd->side].best;
        bool takes = !ft_type_has_price(cmd->type) ||
                     (other && ft_merit(cmd->side, cmd->price) >=
                                   ft_merit(cmd->side, ft_level_at(ex, other)->price));
        g->kind = takes ? TAKE : REST;
        g->hash = ft_book_hash(ft_book_of(cmd->inst, cmd->side), cmd->price);
        if (!takes)
            ft_book_want_slot(&ex->prices, g->hash);
    }
    if (g->kind != NOTHING)
        ft_book_want_slot(&ex->ids, id);
}

/* The next levels of the other side, then their first orders, then the index slots that go when
 * those are filled. */
static void ahead_of_taker(const struct ft_exch *ex, const struct ft_ex_cmd *cmd, int step)
{
    const struct ft_ladder *other = &ex->inst[cmd->inst].side[!cmd->side].ladder;
    struct ft_rung at = ft_ladder_first(&ex->nodes, other);
    for (int n = 0; n < LEVELS; n++, ft_rung_worse(&ex->nodes, &at)) {
        uint32_t level_i = ft_rung_level(&ex->nodes, at);
        if (!level_i)
            return;
        const struct ft_level *level = ft_level_at(ex, level_i);
        if (step == 1) {
            ft_book_want_level(ex, level_i);
        } else if (step == 2) {
            ft_book_want_order(ex, level->head);
        } else {
            const struct ft_order *head = ft_order_at(ex, level->head);
            ft_book_want_slot(&ex->ids, ft_live_hash(head->id));
            ft_book_want_slot(&ex->prices, ft_book_hash(level->book, level->price));
            ft_book_want_order(ex, head->next);
        }
    }
}

static void ahead_of_rest(const struct ft_exch *ex, const struct ft_ex_cmd *cmd, struct glance *g,
                          int step)
{
    if (step == 1) {
        uint32_t at = g->hash;
        g->level = ft_index_probe(&ex->prices, g->hash, &at); /* nearly always the right one */
        ft_book_want_level(ex, g->level);
    } else if (step == 2 && !g->level) {
        ft_ladder_prefetch(&ex->nodes, &ex->inst[cmd->inst].side[cmd->side].ladder,
                           ft_merit(cmd->side, cmd->price));
    } else if (step == 2 && ft_pool_has(&ex->levels, g->level)) {
        ft_book_want_order(ex, ft_level_at(ex, g->level)->tail);
    }
}

static void ahead_of_order(const struct ft_exch *ex, struct glance *g, int step)
{
    if (step == 1) {
        uint32_t at = g->hash;
        g->order = ft_index_probe(&ex->ids, g->hash, &at);
        if (!ft_pool_has(&ex->orders, g->order)) /* also a waiting conditional order */
            g->kind = NOTHING;
        else
            ft_book_want_order(ex, g->order);
    } else if (step == 2) {
        const struct ft_order *o = ft_order_at(ex, g->order);
        g->level = o->level;
        ft_book_want_level(ex, o->level);
        ft_book_want_order(ex, o->prev);
        ft_book_want_order(ex, o->next);
    } else if (ft_pool_has(&ex->levels, g->level)) {
        const struct ft_level *level = ft_level_at(ex, g->level);
        if (level->orders != 1 || level->book >> 1 >= ex->inst_count)
            return;
        ft_book_want_slot(&ex->prices, ft_book_hash(level->book, level->price));
        ft_ladder_prefetch(&ex->nodes, &ex->inst[level->book >> 1].side[level->book & 1].ladder,
                           ft_merit(level->book & 1, level->price));
    }
}

static void look(const struct ft_exch *ex, const struct ft_ex_cmd *cmd, struct glance *g, int step)
{
    if (step == 0)
        slots(ex, cmd, g);
    else if (g->kind == BY_ORDER)
        ahead_of_order(ex, g, step);
    else if (g->kind == REST)
        ahead_of_rest(ex, cmd, g, step);
    else if (g->kind == TAKE)
        ahead_of_taker(ex, cmd, step);
}

void ft_exch_apply_many(struct ft_exch *ex, int64_t now_ns, const struct ft_ex_cmd *cmds,
                        size_t count, struct ft_ex_events *q)
{
    struct glance glances[RING];
    if (ex->orders.live < LARGE) {
        for (size_t i = 0; i < count; i++)
            ft_exch_apply(ex, now_ns, &cmds[i], q);
        return;
    }
    for (size_t i = 0; i < count + STEPS * DISTANCE; i++) {
        for (size_t step = 0; step < STEPS; step++) {
            size_t at = i - step * DISTANCE;
            if (i >= step * DISTANCE && at < count)
                look(ex, &cmds[at], &glances[at % RING], (int)step);
        }
        if (i >= STEPS * DISTANCE)
            ft_exch_apply(ex, now_ns, &cmds[i - STEPS * DISTANCE], q);
    }
}
