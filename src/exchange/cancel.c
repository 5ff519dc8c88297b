#include "exchange/cancel.h"

#include "exchange/book.h"
#include "exchange/live.h"
#include "exchange/rules.h"
#include "exchange/triggers.h"

void ft_cancelled(struct ft_step *step, const struct ft_taker *t, enum ft_ex_why why)
{
    struct ft_ex_event *e = ft_event(step, FT_EX_CANCELLED, t->inst);
    e->id = t->id;
    e->no = t->no;
    e->why = (uint8_t)why;
    e->side = t->side;
    e->price = t->price;
    e->qty = t->left;
    e->owner = t->owner;
    e->broker = t->broker;
}

static void cancel_order(struct ft_exch *ex, struct ft_step *step, uint32_t i, enum ft_ex_why why)
{
    const struct ft_order *o = ft_order_at(ex, i);
    const struct ft_level *level = ft_level_at(ex, o->level);
    struct ft_taker t = {
        .id = o->id,
        .no = o->no,
        .price = level->price,
        .left = o->left,
        .inst = level->book >> 1,
        .owner = o->owner,
        .broker = o->broker,
        .side = level->book & 1,
    };
    FT_CHECK(t.left > 0);
    ft_cancelled(step, &t, why);
    ft_book_remove(ex, i);
}

static void cancel_trigger(struct ft_exch *ex, struct ft_step *step, uint32_t i, enum ft_ex_why why)
{
    const struct ft_trigger *w = ft_trigger_at(ex, i);
    struct ft_taker t = {
        .id = w->id,
        .no = w->no,
        .price = w->price ? w->price : ft_triggers_peak(ex, i),
        .left = w->qty,
        .inst = w->inst,
        .owner = w->owner,
        .broker = w->broker,
        .side = w->side,
    };
    ft_cancelled(step, &t, why);
    ft_triggers_remove(ex, i);
}

void ft_cancel(struct ft_exch *ex, struct ft_step *step, uint32_t handle, enum ft_ex_why why)
{
    if (handle & FT_TRIGGER_TAG)
        cancel_trigger(ex, step, handle & ~FT_TRIGGER_TAG, why);
    else
        cancel_order(ex, step, handle, why);
}

void ft_cancel_owner(struct ft_exch *ex, struct ft_step *step, uint32_t owner, uint32_t inst)
{
    FT_CHECK(owner != 0);
    uint32_t first = ft_live_first(ex, owner);
    if (!first)
        return;
    uint32_t last = ft_live_ring(ex, first)->prev;
    for (uint32_t handle = first, next;; handle = next) {
        next = ft_live_ring(ex, handle)->next;
        bool waiting = handle & FT_TRIGGER_TAG;
        uint32_t at = waiting ? ft_trigger_at(ex, handle & ~FT_TRIGGER_TAG)->inst
                              : ft_level_at(ex, ft_order_at(ex, handle)->level)->book >> 1;
        if ((inst == FT_EX_ALL_INSTRUMENTS || inst == at) &&
            (waiting || ft_phase_can_cancel(ft_inst_at(ex, at))))
            ft_cancel(ex, step, handle, FT_EX_BY_OWNER);
        if (handle == last)
            return;
    }
}

static void cancel_level(struct ft_exch *ex, struct ft_step *step, uint32_t level,
                         enum ft_ex_why why)
{
    uint32_t orders = ft_level_at(ex, level)->orders;
    FT_CHECK(orders > 0);
    while (orders-- > 0)
        cancel_order(ex, step, ft_level_at(ex, level)->head, why);
}

void ft_cancel_all(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i, enum ft_ex_why why)
{
    struct ft_inst *inst = ft_inst_at(ex, inst_i);
    for (int side = 0; side < 2; side++) {
        if (inst->side[side].auction)
            cancel_level(ex, step, inst->side[side].auction, why);
        while (inst->side[side].best)
            cancel_level(ex, step, inst->side[side].best, why);
        FT_CHECK(inst->side[side].qty == 0 && inst->side[side].orders == 0);
    }
    for (uint32_t i; (i = ft_triggers_any(ex, inst_i)) != 0;)
        cancel_trigger(ex, step, i, why);
}

void ft_cancel_beyond(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i, ft_price low,
                      ft_price high)
{
    struct ft_inst *inst = ft_inst_at(ex, inst_i);
    for (int side = 0; side < 2; side++) {
        ft_price limit = side == FT_EX_BUY ? high : low;
        uint32_t best;
        while (limit && (best = inst->side[side].best) != 0 &&
               ft_merit(side, ft_level_at(ex, best)->price) > ft_merit(side, limit))
            cancel_level(ex, step, best, FT_EX_OUTSIDE_BAND);
    }
}
