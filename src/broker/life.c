/* The life of an order (spec trade.md 5.4): entry, the venue's answers, fills, ends. Every state that
 * it passes through is told. */
#include "broker/state.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS (INT64_C(86400) * 1000000000)

void life_status(struct ft_brk *b, struct ord *o, uint8_t status)
{
    o->o.status = status;
    o->o.updated_ns = b->now_ns;
    brk_order_changed(b, o);
    brk_tell_order(b, o);
}

static void set_text(struct ord *o, const char *text)
{
    if (!text)
        return;
    size_t n = ft_utf8_prefix(text, strlen(text), FT_LAST_ERR_MAX);
    memcpy(o->o.last_err, text, n);
    o->o.last_err[n] = '\0';
}

void life_end(struct ft_brk *b, struct ord *o, uint8_t status, const char *text, int64_t when_ns)
{
    if (ft_order_is_final(o->o.status))
        return;
    struct need nothing = {0};
    risk_reserve(b, o, &nothing);
    for (size_t k = 0; o->combo && k < o->combo->count; k++)
        work_unbind(b, o, k, INT64_MAX);
    set_text(o, text);
    o->o.at_venue = o->o.cancel_asked = o->pulled = false;
    if (o->desk)
        desk_drop_order(o);
    o->o.status = status;
    o->o.updated_ns = when_ns;
    brk_order_changed(b, o);
    brk_tell_order(b, o);
    if (o->o.parent)
        work_child_end(b, o);
    else
        work_free(b, o);
}

/* ---- To the venue ------------------------------------------------------------------------------- */

/* A cash account lends nothing: what buys at any price goes no further than the money that was held for
 * it, as exchanges protect market orders themselves. */
static void protect(const struct ft_brk *b, const struct ord *o, const struct ft_instrument *inst,
                    const struct ft_venue_quote *q, struct ft_venue_order *v)
{
    const struct ord *owner = o->o.parent ? brk_order(b, o->o.parent) : o;
    if (!v->buy || q->auction || !owner || owner->cover <= 0 ||
        brk_acc(b, o->o.account)->a.type != FT_ACC_CASH)
        return;
    ft_price most = owner->cover;
    most -= most % ft_tick_size(b->u, inst, q->trading_day, most, false);
    switch (v->type) {
    case FT_ORDER_MARKET:
        v->type = FT_ORDER_NORMAL;
        v->ioc = true;
        break;
    case FT_ORDER_STOP: v->type = FT_ORDER_STOP_LIMIT; break;
    case FT_ORDER_MIT: v->type = FT_ORDER_LIT; break;
    case FT_ORDER_TRAILING_STOP:
        v->type = FT_ORDER_TRAILING_STOP_LIMIT;
        v->trail_spread = most / 25; /* what risk_price adds to the first stop, and a little less */
        return;
    default: return;
    }
    v->price = most;
}

struct ft_venue_order life_for_venue(const struct ft_brk *b, const struct ord *o)
{
    const struct ft_instrument *inst = brk_inst(b, o->o.inst);
    struct ft_venue_order v = {
        .id = o->o.id, .account = o->o.account, .inst = o->o.inst, .buy = life_is_buy(o),
        .type = o->o.type, .ioc = o->o.tif == FT_TIF_IOC, .price = o->o.price,
        .trigger = o->o.aux_price, .trail_spread = o->o.trail_spread,
        .trail_type = o->o.trail_type, .trail_value = o->o.trail_value,
        .qty = o->o.qty - o->o.filled, .peak = o->o.trail_peak,
    };
    struct ft_venue_quote q;
    brk_quote(b, o->o.inst, &q);
    if (q.auction && o->o.type == FT_ORDER_NORMAL && inst->market == FT_MARKET_HK)
        v.type = FT_ORDER_AUCTION_LIMIT; /* what takes part in Hong Kong's auctions */
    if (life_is_conditional(o) && o->o.triggered) { /* it has fired before: what it has become */
        v.type = o->o.price > 0 ? FT_ORDER_NORMAL : FT_ORDER_MARKET;
        v.trail_type = FT_TRAIL_NONE;
    }
    protect(b, o, inst, &q, &v);
    return v;
}

void life_submit(struct ft_brk *b, struct ord *o)
{
    if (life_is_conditional(o) && !o->o.triggered) {
        if (o->o.status != FT_ST_WAITING && o->o.status != FT_ST_FILLED_PART)
            life_status(b, o, FT_ST_WAITING); /* until it fires */
    } else if (o->o.status != FT_ST_SUBMITTING && o->o.status != FT_ST_SUBMITTED &&
               o->o.status != FT_ST_FILLED_PART) {
        life_status(b, o, FT_ST_SUBMITTING);
    }
    struct ft_venue_order v = life_for_venue(b, o);
    struct ft_err err = {0};
    o->o.at_venue = true;
    if (b->venue.ops->enter(b->venue.self, &v, &err)) {
        life_end(b, o, FT_ST_FAILED, err.text, b->now_ns);
        return;
    }
    life_events(b);
}

struct ord *life_enter(struct ft_brk *b, struct acc *a, const struct ft_ticket *t,
                       const struct plan *plan, const struct need *need, uint64_t parent,
                       struct ft_combo *combo, struct ft_err *err)
{
    struct desk *d = desk_need(b, t->inst);
    if (!d || !position_need(b, a->a.index, t->inst)) {
        ft_err_set(err, FT_ENOMEM, "no memory for an order");
        return NULL;
    }
    struct ft_order o = {
        .id = b->counters.order + 1, .account = a->a.index, .inst = t->inst, .side = t->side,
        .type = t->type, .tif = t->tif, .session = plan->session, .trail_type = t->trail_type,
        .outside_rth = t->outside_rth, .has_aux = t->has_aux, .trd_market = plan->trd_market,
        .expire_day = plan->expire_day, .day = plan->day, .price = t->price,
        .aux_price = t->has_aux ? t->aux_price : 0, .trail_spread = t->trail_spread,
        .trail_value = t->trail_value, .qty = t->qty, .created_ns = b->now_ns,
        .updated_ns = b->now_ns, .priority = b->counters.priority + 1, .parent = parent,
        .fee_day = FT_NO_DAY,
    };
    /* A sale of what is not held is a short sale, a purchase of what is owed buys back; futures know
     * no such names (trade.md 5.3). */
    if (plan->inst->type != FT_SEC_FUTURE && o.side == FT_SIDE_SELL && need->opening)
        o.side = FT_SIDE_SELL_SHORT;
    else if (plan->inst->type != FT_SEC_FUTURE && o.side == FT_SIDE_BUY && need->closing)
        o.side = FT_SIDE_BUY_BACK;
    if (t->remark)
        memcpy(o.remark, t->remark, strlen(t->remark) + 1);
    struct ft_venue_quote q;
    brk_quote(b, t->inst, &q);
    struct ord probe = {.o = o, .sessions = plan->sessions};
    bool now = rules_eligible(&probe, plan->inst, &q);
    o.status = now && !life_is_conditional(&probe) ? FT_ST_SUBMITTING : FT_ST_WAITING;
    struct ord *n = brk_new_order(b, &o, err);
    if (!n)
        return NULL;
    b->counters.order++;
    b->counters.priority++;
    n->sessions = plan->sessions;
    n->end_ns = plan->end_ns;
    n->cover = need->cover;
    n->combo = combo;
    risk_reserve(b, n, need);
    desk_add(b, d, n);
    brk_order_changed(b, n);
    brk_tell_order(b, n);
    return n;
}

/* ---- Ends by time ---------------------------------------------------------------------------------- */

static void end_own(struct ft_brk *b, struct ord *o, const char *text, int64_t when)
{
    if (o->o.at_venue) {
        struct ft_err err;
        uint64_t id = o->o.id;
        o->pulled = true;
        if (b->venue.ops->cancel(b->venue.self, o->o.inst, id, &err) == 0)
            life_events(b);
        o = brk_order(b, id);
        if (!o || ft_order_is_final(o->o.status))
            return;
        o->pulled = false;
        if (o->o.at_venue)
            return; /* an auction or a break lets nothing go: asked again when the session changes */
    }
    work_stop(b, o);
    life_end(b, o, life_cancelled(o), text, when);
}

void life_cancel_own(struct ft_brk *b, struct ord *o, const char *text)
{
    end_own(b, o, text, b->now_ns);
}

void life_expire(struct ft_brk *b, struct ord *o)
{
    end_own(b, o, SAY(b, "the order's time is over", "订单已到期"),
            o->end_ns < b->now_ns ? o->end_ns : b->now_ns);
}

/* When an order of the store ends; as rules.c says it at entry. */
static int64_t end_of(struct ft_brk *b, const struct ord *o)
{
    const struct ft_venue_ops *v = b->venue.ops;
    const struct ft_instrument *inst = brk_inst(b, o->o.inst);
    int64_t end = 0;
    if (o->o.tif == FT_TIF_GTC)
        end = o->o.created_ns + FT_GTC_DAYS * DAY_NS;
    else if (o->o.tif == FT_TIF_GTD)
        for (ft_day d = o->o.expire_day; d > o->o.expire_day - 16 && !end; d--)
            end = v->session_end(b->venue.self, o->o.inst, d, o->sessions);
    else
        end = v->session_end(b->venue.self, o->o.inst, o->o.day, o->sessions);
    if (inst->expiry_day != FT_NO_DAY) {
        int64_t last = v->session_end(b->venue.self, o->o.inst, inst->expiry_day, FT_IN_ALL);
        if (last && last < end)
            end = last;
    }
    return end;
}

int life_restore(struct ft_brk *b, struct ord *o, struct ft_err *err)
{
    const struct acc *a = brk_acc(b, o->o.account);
    const struct ft_instrument *inst = brk_inst(b, o->o.inst);
    o->sessions = FT_IN_RTH;
    if (o->o.type == FT_ORDER_AUCTION)
        o->sessions = FT_IN(FT_SES_AUCTION);
    if (ft_product_of(inst, a->a.env == FT_ENV_REAL) == FT_PRODUCT_US_SEC)
        o->sessions = o->o.session == FT_TS_ETH   ? FT_IN_ETH
                      : o->o.session == FT_TS_ALL ? FT_IN_ALL
                      : o->o.session == FT_TS_OVERNIGHT ? FT_IN(FT_SES_OVERNIGHT) : FT_IN_RTH;
    o->end_ns = end_of(b, o);
    struct desk *d = desk_need(b, o->o.inst);
    if (!d || !position_need(b, o->o.account, o->o.inst))
        return ft_err_set(err, FT_ENOMEM, "no memory for an order");
    bool is_cancelling =
        o->o.status == FT_ST_CANCELLING_ALL || o->o.status == FT_ST_CANCELLING_PART;
    if (o->combo && work_bind(b, o))
        return ft_err_set(err, FT_ENOMEM, "no memory for an order");
    struct ft_ticket t = risk_ticket(o);
    o->cover = risk_price(b, inst, &t);
    if (a->a.type == FT_ACC_CASH && o->o.opening > 0) { /* no further than what was held for it */
        ft_day today = (ft_day)(b->now_ns / FT_NS_PER_SEC / FT_SEC_PER_DAY);
        ft_money held = ft_fx(b->rules, today, (enum ft_currency)a->a.currency,
                              (enum ft_currency)inst->currency, o->kept_reserve);
        ft_price most = (ft_price)((ft_i128)held * (FT_PRICE_SCALE / FT_MONEY_SCALE) * FT_QTY_SCALE /
                                   o->o.opening);
        o->cover = most < o->cover ? most : o->cover;
    }
    if (o->o.status != FT_ST_DISABLED && !is_cancelling) { /* what it held, it holds again */
        ft_qty left = o->o.qty - o->o.filled;
        ft_qty opening = o->o.opening < 0 ? 0 : o->o.opening < left ? o->o.opening : left;
        struct need n = {o->kept_reserve, opening, o->combo ? 0 : left - opening, 0};
        o->o.opening = 0;
        risk_reserve(b, o, &n);
    }
    desk_add(b, d, o);
    if (is_cancelling)
        life_end(b, o, life_cancelled(o), NULL, b->now_ns);
    else if (o->combo || work_is_algo(o->o.type))
        return work_begin(b, o, err);
    return 0;
}

/* ---- What the venue says ----------------------------------------------------------------------------- */

static void on_fill(struct ft_brk *b, struct ord *o, const struct ft_venue_event *e)
{
    struct ord *owner = o->o.parent ? brk_order(b, o->o.parent) : o;
    FT_CHECK(owner != NULL && e->qty > 0 && o->o.filled + e->qty <= o->o.qty);
    struct pos *holding = position_need(b, o->o.account, o->o.inst);
    FT_CHECK(holding != NULL);
    struct acc *a = brk_acc(b, o->o.account);
    struct ft_fill f = {
        .id = ++b->counters.fill, .order = owner->o.id, .account = a->a.index, .inst = o->o.inst,
        .side = o->o.side, .qty = e->qty, .price = e->price, .time_ns = e->time_ns,
        .counter_broker = e->counter_broker,
    };
    FT_CHECK(ft_brk_grow(&a->fills, sizeof *a->fills, a->fill_count, &a->fill_cap) == 0);
    FT_CHECK(ft_journal_add_fill(&b->pending, &f) == 0);
    a->fills[a->fill_count++] = f;
    o->o.filled += e->qty;
    o->o.fill_value += brk_points(e->price, e->qty);
    position_fill(b, owner, &f);
    if (owner != o) {
        brk_tell_fill(b, o, &f);
        if (o->o.filled == o->o.qty)
            o->o.at_venue = false;
        work_child_fill(b, o, &f);
        risk_rebalance(b, holding);
        if (o->o.filled == o->o.qty)
            life_end(b, o, FT_ST_FILLED_ALL, NULL, b->now_ns);
        return;
    }
    risk_release(b, o, o->o.qty - o->o.filled);
    risk_rebalance(b, holding);
    if (o->o.filled == o->o.qty)
        life_end(b, o, FT_ST_FILLED_ALL, NULL, b->now_ns);
    else
        life_status(b, o, o->o.cancel_asked ? FT_ST_CANCELLING_PART : FT_ST_FILLED_PART);
    brk_tell_fill(b, o, &f);
}

static void on_cancelled(struct ft_brk *b, struct ord *o, const struct ft_venue_event *e)
{
    o->o.at_venue = false;
    if (life_is_trailing(o) && !o->o.triggered && e->price > 0)
        o->o.trail_peak = e->price; /* it goes on from there */
    if (o->pulled) {
        brk_order_changed(b, o);
        o->pulled = false; /* it waits here for its session, or for whoever took it back */
        return;
    }
    if (e->day_ended && !o->o.cancel_asked && o->end_ns > b->now_ns) {
        brk_order_changed(b, o);
        return; /* lives on: entered again when its session begins */
    }
    const char *text = e->day_ended ? SAY(b, "the order's time is over", "订单已到期")
                                    : SAY(b, e->text_en, e->text_chs);
    if (o->o.cancel_asked)
        life_status(b, o, o->o.filled ? FT_ST_CANCELLING_PART : FT_ST_CANCELLING_ALL);
    life_end(b, o, life_cancelled(o), o->o.cancel_asked ? NULL : text, b->now_ns);
}

static void on_event(struct ft_brk *b, struct ord *o, const struct ft_venue_event *e)
{
    switch (e->kind) {
    case FT_VE_ACCEPTED:
        o->o.at_venue = true;
        if (life_is_conditional(o) && !o->o.triggered)
            return; /* waits for its price: WAITING_SUBMIT until it fires */
        if (o->o.status != FT_ST_SUBMITTED && o->o.status != FT_ST_FILLED_PART)
            life_status(b, o, o->o.filled ? FT_ST_FILLED_PART : FT_ST_SUBMITTED);
        return;
    case FT_VE_REJECTED:
        o->o.at_venue = false;
        life_end(b, o, o->o.filled ? FT_ST_CANCELLED_PART : FT_ST_FAILED,
                 SAY(b, e->text_en, e->text_chs), b->now_ns);
        return;
    case FT_VE_FILL: on_fill(b, o, e); return;
    case FT_VE_CANCELLED: on_cancelled(b, o, e); return;
    case FT_VE_TRIGGERED:
        o->o.triggered = true;
        if (o->o.type == FT_ORDER_TRAILING_STOP_LIMIT)
            o->o.price = e->price; /* the limit that it has become */
        life_status(b, o, FT_ST_SUBMITTED);
        return;
    case FT_VE_REPLACE_REJECTED:
    case FT_VE_CANCEL_REJECTED:
        o->refusal = SAY(b, e->text_en, e->text_chs);
        if (!o->refusal)
            o->refusal = SAY(b, "the exchange refused", "交易所拒绝");
        return;
    case FT_VE_REPLACED: /* amend.c has put the new values in */
        life_status(b, o, o->o.status);
        return;
    }
}

void life_events(struct ft_brk *b)
{
    struct ft_venue_event e;
    while (b->venue.ops->next(b->venue.self, &e)) {
        if (e.time_ns > b->now_ns)
            b->now_ns = e.time_ns;
        struct ord *o = brk_order(b, e.id);
        if (o && !ft_order_is_final(o->o.status))
            on_event(b, o, &e);
    }
}

/* ---- Placing -------------------------------------------------------------------------------------------- */

int ft_brk_place(struct ft_brk *b, const struct ft_ticket *ticket, uint64_t *order,
                 struct ft_err *err)
{
    struct acc *a = brk_acc(b, ticket->account);
    struct ft_ticket t = *ticket;
    struct plan plan;
    struct need need;
    if (rules_check(b, a, &t, &plan, err))
        return -1;
    struct ft_venue_quote q;
    brk_quote(b, t.inst, &q);
    const struct pos *p = position_find(b, a->a.index, t.inst);
    if (rules_qty(b, a, plan.inst, &t, p ? position_can_sell(p, q.trading_day) : 0, q.trading_day,
                  err) ||
        risk_check(b, a, &t, t.qty, NULL, &need, err))
        return -1;
    struct ord *o = life_enter(b, a, &t, &plan, &need, 0, NULL, err);
    if (!o)
        return -1;
    *order = o->o.id;
    if (work_is_algo(o->o.type)) {
        if (work_begin(b, o, err)) {
            life_end(b, o, FT_ST_FAILED, err ? err->text : NULL, b->now_ns);
            return -1;
        }
        work_step(b);
    } else if (rules_eligible(o, plan.inst, &q)) {
        life_submit(b, o);
    }
    return 0;
}
