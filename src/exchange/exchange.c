/* Carries out commands: finds the instrument or the order, asks the rules, hands over to the
 * book, the matching and the triggers, and writes the answers. */
#include "exchange/exchange.h"

#include "exchange/book.h"
#include "exchange/cancel.h"
#include "exchange/live.h"
#include "exchange/match_auction.h"
#include "exchange/match_continuous.h"
#include "exchange/phases.h"
#include "exchange/rules.h"
#include "exchange/state.h"
#include "exchange/triggers.h"

static void reject(struct ft_step *step, const struct ft_ex_cmd *cmd, enum ft_ex_why why)
{
    FT_CHECK(why != FT_EX_OK);
    struct ft_ex_event *e = ft_event(step, FT_EX_REJECTED, cmd->inst);
    e->id = cmd->id;
    e->why = (uint8_t)why;
    e->cmd = cmd->kind;
    e->side = cmd->side;
    e->price = cmd->price;
    e->qty = cmd->qty;
    e->owner = cmd->owner;
    e->broker = cmd->broker;
}

/* In continuous trading an order matches, in an auction it waits for the end. */
static void place(struct ft_exch *ex, struct ft_step *step, struct ft_taker *t)
{
    if (ft_inst_at(ex, t->inst)->phase == FT_EX_CONTINUOUS)
        ft_match_continuous(ex, step, t);
    else
        ft_book_rest(ex, t);
}

/* A conditional order that fired becomes a market or limit order. */
static void activate(struct ft_exch *ex, struct ft_step *step, const struct ft_trigger *w)
{
    struct ft_taker t = {
        .id = w->id,
        .no = ++ex->order_no,
        .price = w->price,
        .left = w->qty,
        .inst = w->inst,
        .owner = w->owner,
        .broker = w->broker,
        .side = w->side,
        .type = w->price ? FT_EX_LIMIT : FT_EX_MARKET,
        .tif = w->tif,
    };
    struct ft_ex_event *e = ft_event(step, FT_EX_TRIGGERED, t.inst);
    e->id = t.id;
    e->no = t.no;
    e->side = t.side;
    e->price = ft_inst_at(ex, t.inst)->last;
    e->qty = e->left = t.left;
    e->owner = t.owner;
    e->broker = t.broker;
    enum ft_ex_why why = ft_rules_enter(ex, &t);
    if (!why && ft_book_reserve(ex))
        why = FT_EX_FULL;
    if (why)
        ft_cancelled(step, &t, why);
    else
        place(ex, step, &t);
}

/* Lets the prices of this step fire conditional orders, whose own trades may fire others. Each
 * fires once, so it ends. An aggressor's prices move one way, so that the first and the last
 * stand for all between. */
static void settle(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i)
{
    struct ft_trigger fired;
    for (;;) {
        const struct ft_inst *inst = ft_inst_at(ex, inst_i);
        bool trading = inst->phase == FT_EX_CONTINUOUS && !inst->suspended;
        if (step->last && trading && ft_triggers_wait(inst)) {
            if (step->first != step->last)
                ft_triggers_note(ex, inst_i, step->first);
            ft_triggers_note(ex, inst_i, step->last);
        }
        step->first = step->last = 0;
        if (!ft_triggers_fired(ex, &fired))
            return;
        activate(ex, step, &fired);
    }
}

static void accepted(struct ft_step *step, const struct ft_ex_cmd *cmd, uint64_t no, ft_price price)
{
    struct ft_ex_event *e = ft_event(step, FT_EX_ACCEPTED, cmd->inst);
    e->id = cmd->id;
    e->no = no;
    e->side = cmd->side;
    e->price = price;
    e->qty = e->left = cmd->qty;
    e->owner = cmd->owner;
    e->broker = cmd->broker;
}

static enum ft_ex_why add_condition(struct ft_exch *ex, struct ft_step *step,
                                    const struct ft_ex_cmd *cmd)
{
    enum ft_ex_why why = ft_rules_condition(ex, cmd, cmd->side, cmd->type);
    if (!why && ft_triggers_reserve(ex))
        why = FT_EX_FULL;
    if (!why && ft_live_find(ex, cmd->id))
        why = FT_EX_DUPLICATE_ID;
    if (why)
        return why;
    uint64_t no = ++ex->order_no;
    accepted(step, cmd, no, cmd->price);
    ft_triggers_add(ex, cmd, no);
    step->first = step->last = ft_inst_at(ex, cmd->inst)->last; /* it may be due already */
    return FT_EX_OK;
}

static enum ft_ex_why add(struct ft_exch *ex, struct ft_step *step, const struct ft_ex_cmd *cmd)
{
    if (cmd->side > FT_EX_SELL || cmd->type >= FT_EX_TYPES || cmd->tif >= FT_EX_TIFS)
        return FT_EX_BAD_FIELD;
    if (ft_type_is_conditional(cmd->type))
        return add_condition(ex, step, cmd);
    struct ft_taker t = {
        .id = cmd->id,
        .price = ft_type_has_price(cmd->type) ? cmd->price : 0,
        .left = cmd->qty,
        .inst = cmd->inst,
        .owner = cmd->owner,
        .broker = cmd->broker,
        .side = cmd->side,
        .type = cmd->type,
        .tif = cmd->tif,
    };
    enum ft_ex_why why = ft_rules_enter(ex, &t);
    if (!why && ft_book_reserve(ex))
        why = FT_EX_FULL;
    if (!why && ft_live_find(ex, cmd->id))
        why = FT_EX_DUPLICATE_ID;
    if (why)
        return why;
    t.no = ++ex->order_no;
    accepted(step, cmd, t.no, t.price);
    place(ex, step, &t);
    return FT_EX_OK;
}

static uint32_t inst_of(const struct ft_exch *ex, uint32_t handle)
{
    if (handle & FT_TRIGGER_TAG)
        return ft_trigger_at(ex, handle & ~FT_TRIGGER_TAG)->inst;
    return ft_level_at(ex, ft_order_at(ex, handle)->level)->book >> 1;
}

static enum ft_ex_why cancel(struct ft_exch *ex, struct ft_step *step, uint32_t handle)
{
    /* Conditional orders are not in the book; no phase keeps them from leaving. */
    if (!(handle & FT_TRIGGER_TAG) && !ft_phase_can_cancel(ft_inst_at(ex, inst_of(ex, handle))))
        return FT_EX_WRONG_PHASE;
    ft_cancel(ex, step, handle, FT_EX_BY_USER);
    return FT_EX_OK;
}

static void replaced(struct ft_step *step, const struct ft_taker *t, bool kept)
{
    struct ft_ex_event *e = ft_event(step, FT_EX_REPLACED, t->inst);
    e->id = t->id;
    e->no = t->no;
    e->side = t->side;
    e->price = t->price;
    e->qty = t->left + t->filled;
    e->left = t->left;
    e->kept = kept;
    e->owner = t->owner;
    e->broker = t->broker;
}

/* A waiting order keeps its place (and a trailing one its peak) when only its quantity changes;
 * otherwise it starts anew from the present last price. */
static enum ft_ex_why replace_condition(struct ft_exch *ex, struct ft_step *step,
                                        const struct ft_ex_cmd *cmd, uint32_t i)
{
    struct ft_trigger *w = ft_trigger_at(ex, i);
    struct ft_ex_cmd anew = *cmd;
    anew.inst = w->inst;
    anew.side = w->side;
    anew.type = w->type;
    anew.tif = w->tif;
    anew.owner = w->owner;
    anew.broker = w->broker;
    enum ft_ex_why why = ft_rules_condition(ex, &anew, w->side, w->type);
    if (why)
        return why;
    bool trailing = w->type == FT_EX_TRAILING || w->type == FT_EX_TRAILING_LIMIT;
    bool same = trailing ? w->trail_value == cmd->trail_value && w->trail == cmd->trail &&
                               w->trail_spread == cmd->trail_spread
                         : w->trigger == cmd->trigger;
    if (ft_type_has_price(w->type))
        same &= w->price == cmd->price;
    struct ft_taker t = {
        .id = w->id,
        .no = w->no,
        .price = ft_type_has_price(w->type) ? cmd->price : 0,
        .left = cmd->qty,
        .inst = w->inst,
        .owner = w->owner,
        .broker = w->broker,
        .side = w->side,
    };
    if (same) {
        w->qty = cmd->qty;
        replaced(step, &t, true);
        return FT_EX_OK;
    }
    /* Its place and index entries become free, but its group may go on without it. */
    if (ft_pool_reserve(&ex->groups, 1))
        return FT_EX_FULL;
    t.no = ++ex->order_no;
    ft_triggers_remove(ex, i);
    replaced(step, &t, false);
    ft_triggers_add(ex, &anew, t.no);
    step->first = step->last = ft_inst_at(ex, t.inst)->last;
    return FT_EX_OK;
}

static enum ft_ex_why replace(struct ft_exch *ex, struct ft_step *step, const struct ft_ex_cmd *cmd,
                              uint32_t handle)
{
    if (handle & FT_TRIGGER_TAG)
        return replace_condition(ex, step, cmd, handle & ~FT_TRIGGER_TAG);
    const struct ft_order *o = ft_order_at(ex, handle);
    const struct ft_level *level = ft_level_at(ex, o->level);
    struct ft_taker t = {
        .id = o->id,
        .no = o->no,
        .price = level->price ? cmd->price : 0,
        .filled = o->filled,
        .inst = level->book >> 1,
        .owner = o->owner,
        .broker = o->broker,
        .side = level->book & 1,
        .type = o->type,
    };
    if (cmd->qty <= 0 || cmd->qty > FT_EX_QTY_MAX)
        return FT_EX_BAD_QTY;
    if (cmd->qty < o->filled)
        return FT_EX_QTY_FILLED;
    if (cmd->qty == o->filled)
        return cancel(ex, step, handle);
    t.left = cmd->qty - o->filled;
    /* What an auction left in the book is a limit order (spec section 2). */
    if (t.type == FT_EX_AUCTION_LIMIT && ft_inst_at(ex, t.inst)->phase == FT_EX_CONTINUOUS)
        t.type = FT_EX_LIMIT;
    bool price_changes = t.price != level->price;
    enum ft_ex_why why = ft_rules_amend(ex, &t, price_changes);
    if (!why && ft_book_reserve(ex))
        why = FT_EX_FULL;
    if (why)
        return why;
    if (!price_changes && t.left <= o->left) {
        ft_qty less = o->left - t.left;
        replaced(step, &t, true);
        if (less)
            ft_book_take(ex, handle, less, false);
        return FT_EX_OK;
    }
    ft_book_remove(ex, handle);
    t.no = ++ex->order_no;
    replaced(step, &t, false);
    place(ex, step, &t);
    return FT_EX_OK;
}

static enum ft_ex_why by_order(struct ft_exch *ex, struct ft_step *step,
                               const struct ft_ex_cmd *cmd, uint32_t *inst_i)
{
    uint32_t handle = ex->ids.slot ? ft_live_find(ex, cmd->id) : 0;
    if (!handle)
        return FT_EX_UNKNOWN_ID;
    if (!(handle & FT_TRIGGER_TAG)) { /* its neighbours come while its level does */
        ft_book_want_order(ex, ft_order_at(ex, handle)->prev);
        ft_book_want_order(ex, ft_order_at(ex, handle)->next);
    }
    *inst_i = inst_of(ex, handle);
    return cmd->kind == FT_EX_CANCEL ? cancel(ex, step, handle) : replace(ex, step, cmd, handle);
}

static enum ft_ex_why mark(struct ft_exch *ex, struct ft_step *step, const struct ft_ex_cmd *cmd)
{
    if (cmd->price <= 0 || cmd->price > FT_EX_PRICE_MAX)
        return FT_EX_BAD_PRICE;
    step->first = step->last = ft_inst_at(ex, cmd->inst)->last = cmd->price;
    return FT_EX_OK;
}

static enum ft_ex_why by_instrument(struct ft_exch *ex, struct ft_step *step,
                                    const struct ft_ex_cmd *cmd)
{
    switch (cmd->kind) {
    case FT_EX_ADD: return add(ex, step, cmd);
    case FT_EX_PHASE: return ft_phase_set(ex, step, cmd);
    case FT_EX_BAND: return ft_phase_band(ex, step, cmd);
    case FT_EX_SUSPEND:
    case FT_EX_RESUME: return ft_phase_suspend(ex, step, cmd->inst, cmd->kind == FT_EX_SUSPEND);
    case FT_EX_MARK: return mark(ex, step, cmd);
    case FT_EX_INDICATE: ft_auction_indicate(ex, step, cmd->inst); return FT_EX_OK;
    default: return FT_EX_BAD_FIELD;
    }
}

void ft_exch_apply(struct ft_exch *ex, int64_t now_ns, const struct ft_ex_cmd *cmd,
                   struct ft_ex_events *q)
{
    FT_CHECK(q->cap > 0);
    struct ft_step step = {.now_ns = now_ns, .q = q};
    uint32_t inst_i = cmd->inst;
    enum ft_ex_why why;
    if (cmd->kind == FT_EX_CANCEL || cmd->kind == FT_EX_REPLACE) {
        why = by_order(ex, &step, cmd, &inst_i);
    } else if (cmd->kind == FT_EX_MASS_CANCEL) {
        why = cmd->owner ? FT_EX_OK : FT_EX_BAD_FIELD;
        if (!why)
            ft_cancel_owner(ex, &step, cmd->owner, cmd->inst);
    } else {
        why = inst_i < ex->inst_count ? by_instrument(ex, &step, cmd) : FT_EX_NO_INSTRUMENT;
    }
    if (why)
        reject(&step, cmd, why);
    else if (step.last)
        settle(ex, &step, inst_i);
    FT_CHECK(ex->fired_head == 0);
}
