/* Orders that the broker works itself: TWAP and VWAP in slices, combos leg by leg.
 *
 * Their parts are children: immediate-or-cancel orders that the venue knows and the store does not. A
 * child's fill is its parent's. TWAP and VWAP: equal slices over a window, or slices in proportion to
 * the volume that is expected (their parameters are told nowhere: simulated, docs/trading.md). A combo
 * trades when the best prices of all its legs together are worth its limit, all legs in one instant. */
#include "broker/state.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_NS (INT64_C(30) * 1000000000)
#define WINDOW_NS (INT64_C(1800) * 1000000000)
#define COMBO_LOOK_NS (INT64_C(1) * 1000000000)

struct work {
    struct ft_list link; /* in brk.works */
    struct ft_list children; /* by by_desk */
    struct ord *o;
    int64_t next_ns;
    int64_t start_ns, until_ns; /* algorithms: the window; 0: not begun */
    ft_qty base;                /* filled when the window began */
    ft_qty launched;            /* combos whose legs have been sent */
    ft_qty owed[FT_LEGS_MAX];   /* of launched ones: what a leg still lacks */
    bool watching;
};

bool work_is_algo(uint8_t type)
{
    return type >= FT_ORDER_TWAP && type <= FT_ORDER_VWAP_LIMIT;
}

static bool leg_buys(const struct ft_combo_leg *l)
{
    return l->side == FT_SIDE_BUY || l->side == FT_SIDE_BUY_BACK;
}

int work_begin(struct ft_brk *b, struct ord *o, struct ft_err *err)
{
    struct work *w = calloc(1, sizeof *w);
    if (!w)
        return ft_err_set(err, FT_ENOMEM, "no memory for an order");
    w->o = o;
    w->next_ns = b->now_ns;
    w->launched = o->o.filled;
    ft_list_init(&w->children);
    for (size_t k = 0; o->combo && k < o->combo->count; k++)
        if (b->venue.ops->watch(b->venue.self, o->combo->leg[k].inst, err)) {
            while (k-- > 0)
                b->venue.ops->unwatch(b->venue.self, o->combo->leg[k].inst);
            free(w);
            return -1;
        }
    w->watching = o->combo != NULL;
    o->work = w;
    ft_list_push(&b->works, &w->link);
    return 0;
}

void work_free(struct ft_brk *b, struct ord *o)
{
    struct work *w = o->work;
    if (!w)
        return;
    o->work = NULL;
    while (!ft_list_empty(&w->children)) {
        struct ft_list *n = w->children.next;
        ft_list_del(n);
        ft_list_push(&b->dead, n);
    }
    for (size_t k = 0; w->watching && k < o->combo->count; k++)
        b->venue.ops->unwatch(b->venue.self, o->combo->leg[k].inst);
    ft_list_del(&w->link);
    free(w);
}

void work_bury(struct ft_brk *b)
{
    while (!ft_list_empty(&b->dead)) {
        struct ord *o = ft_container_of(b->dead.next, struct ord, by_desk);
        ft_list_del(&o->by_desk);
        ft_map64_take(&b->order_by_id, o->o.id);
        free(o);
    }
}

void work_stop(struct ft_brk *b, struct ord *o)
{
    while (o->work && !ft_list_empty(&o->work->children)) {
        struct ord *child = ft_container_of(o->work->children.next, struct ord, by_desk);
        child->o.cancel_asked = true;
        if (b->venue.ops->cancel(b->venue.self, child->o.inst, child->o.id, NULL) == 0)
            life_events(b);
        if (!ft_order_is_final(child->o.status)) /* the venue does not know it */
            life_end(b, child, FT_ST_CANCELLED_ALL, NULL, b->now_ns);
    }
}

int64_t work_next(const struct ft_brk *b)
{
    int64_t next = INT64_MAX;
    for (const struct ft_list *n = b->works.next; n != &b->works; n = n->next) {
        const struct work *w = ft_container_of(n, struct work, link);
        if (w->next_ns < next)
            next = w->next_ns;
    }
    return next;
}

/* What a leg adds to a combo's net price, which is quoted per unit of its first option's underlying as
 * options are: 100 shares beside a contract of 100 count once. */
static int64_t leg_points(const struct ft_brk *b, const struct ft_combo *c, const struct ft_combo_leg *l,
                          ft_price price, ft_qty qty)
{
    size_t first = 0;
    while (brk_inst(b, c->leg[first].inst)->type != FT_SEC_OPTION)
        first++;
    ft_i128 unit = (ft_i128)FT_QTY_SCALE * ft_multiplier(brk_inst(b, c->leg[first].inst));
    ft_i128 v = (ft_i128)price * qty * ft_multiplier(brk_inst(b, l->inst));
    return (int64_t)((v + (v < 0 ? -unit / 2 : unit / 2)) / unit);
}

/* ---- Children ---------------------------------------------------------------------------------- */

static void send_child(struct ft_brk *b, struct work *w, ft_inst inst, uint8_t side, uint8_t type,
                       ft_price price, ft_qty qty, uint32_t leg)
{
    struct ord *c = calloc(1, sizeof *c);
    FT_CHECK(c != NULL);
    c->o = (struct ft_order){
        .id = ++b->counters.order, .account = w->o->o.account, .inst = inst, .side = side,
        .type = type, .status = FT_ST_SUBMITTING, .tif = FT_TIF_IOC, .price = price, .qty = qty,
        .created_ns = b->now_ns, .updated_ns = b->now_ns, .priority = ++b->counters.priority,
        .parent = w->o->o.id, .leg = leg, .expire_day = FT_NO_DAY, .fee_day = FT_NO_DAY,
    };
    c->sessions = FT_IN_ALL;
    c->end_ns = INT64_MAX;
    FT_CHECK(ft_map64_put(&b->order_by_id, c->o.id, c) == 0);
    ft_list_push(&w->children, &c->by_desk);
    life_submit(b, c);
}

void work_child_end(struct ft_brk *b, struct ord *child)
{
    ft_list_del(&child->by_desk);
    ft_list_push(&b->dead, &child->by_desk);
}

static void parent_filled(struct ft_brk *b, struct ord *p)
{
    risk_release(b, p, p->o.qty - p->o.filled);
    if (p->o.filled == p->o.qty)
        life_end(b, p, FT_ST_FILLED_ALL, NULL, b->now_ns);
    else
        life_status(b, p, FT_ST_FILLED_PART);
}

void work_child_fill(struct ft_brk *b, struct ord *child, const struct ft_fill *f)
{
    struct ord *p = brk_order(b, child->o.parent);
    struct work *w = p->work;
    if (!w)
        return;
    if (!p->combo) {
        p->o.filled += f->qty;
        p->o.fill_value += brk_points(f->price, f->qty);
        parent_filled(b, p);
        return;
    }
    const struct ft_combo_leg *l = &p->combo->leg[child->o.leg];
    int64_t points = leg_points(b, p->combo, l, f->price, f->qty);
    p->o.fill_value += leg_buys(l) ? points : -points; /* fill_value / filled is the net price a combo */
    work_unbind(b, p, child->o.leg, f->qty);
    w->owed[child->o.leg] -= f->qty;
    for (size_t k = 0; k < p->combo->count; k++)
        if (w->owed[k])
            return;
    p->o.filled = w->launched;
    parent_filled(b, p);
}

/* ---- TWAP, VWAP --------------------------------------------------------------------------------- */

/* Share of the window's quantity that should be done by the end of slice `k` of `n`. */
static ft_qty planned(struct ft_brk *b, const struct work *w, ft_qty qty, int64_t k, int64_t n)
{
    int64_t part = k, whole = n;
    uint8_t type = w->o->o.type;
    if (type == FT_ORDER_VWAP || type == FT_ORDER_VWAP_LIMIT) {
        int64_t done = 0, all = 0;
        for (int64_t i = 0; i < n; i++) {
            ft_qty v = b->venue.ops->minute_volume(b->venue.self, w->o->o.inst,
                                                   w->start_ns + i * SLICE_NS) / FT_QTY_SCALE;
            all += v;
            done += i < k ? v : 0;
        }
        if (all > 0) {
            part = done;
            whole = all;
        }
    }
    ft_qty out;
    FT_CHECK(ft_muldiv(qty, part, whole, FT_ROUND_DOWN, &out) == 0);
    return out;
}

static void algo_step(struct ft_brk *b, struct work *w)
{
    struct ord *o = w->o;
    const struct ft_instrument *inst = brk_inst(b, o->o.inst);
    struct ft_venue_quote q;
    brk_quote(b, o->o.inst, &q);
    w->next_ns = b->now_ns + SLICE_NS;
    if (!rules_eligible(o, inst, &q) || q.auction)
        return;
    if (!w->start_ns) {
        w->start_ns = b->now_ns;
        w->until_ns = b->now_ns + WINDOW_NS < o->end_ns ? b->now_ns + WINDOW_NS : o->end_ns;
        w->base = o->o.filled;
        if (!o->o.filled)
            life_status(b, o, FT_ST_SUBMITTED);
    }
    int64_t n = (w->until_ns - w->start_ns + SLICE_NS - 1) / SLICE_NS;
    int64_t k = (b->now_ns - w->start_ns) / SLICE_NS + 1;
    if (n < 1)
        n = 1;
    if (k > n + 1) {
        life_end(b, o, life_cancelled(o),
                 SAY(b, "the algorithm's window is over", "算法订单执行时段已结束"), b->now_ns);
        return;
    }
    bool contracts = inst->type == FT_SEC_FUTURE || inst->type == FT_SEC_OPTION;
    ft_qty lot = (contracts || inst->lot < 1 ? 1 : inst->lot) * FT_QTY_SCALE;
    ft_qty target = k >= n ? o->o.qty : w->base + planned(b, w, o->o.qty - w->base, k, n);
    ft_qty want = target - o->o.filled;
    if (k < n)
        want = want / lot * lot;
    bool limit = o->o.type == FT_ORDER_TWAP_LIMIT || o->o.type == FT_ORDER_VWAP_LIMIT;
    if (want > 0)
        send_child(b, w, o->o.inst, o->o.side, limit ? FT_ORDER_NORMAL : FT_ORDER_MARKET,
                   limit ? o->o.price : 0, want, 0);
}

/* ---- Combos -------------------------------------------------------------------------------------- */

/* How many combos the best prices can take now, and what one of them costs a buyer of the package. */
static ft_qty available(struct ft_brk *b, const struct ord *o, ft_price touch[FT_LEGS_MAX],
                        int64_t *net)
{
    ft_qty most = o->o.qty;
    *net = 0;
    for (size_t k = 0; k < o->combo->count; k++) {
        const struct ft_combo_leg *l = &o->combo->leg[k];
        struct ft_venue_quote q;
        brk_quote(b, l->inst, &q);
        bool buys = leg_buys(l);
        touch[k] = buys ? q.ask : q.bid;
        ft_qty there = buys ? q.ask_qty : q.bid_qty;
        if (!q.accepts || q.auction || q.suspended || touch[k] <= 0)
            return 0;
        int64_t points = leg_points(b, o->combo, l, touch[k], l->ratio);
        *net += buys ? points : -points;
        ft_qty can = there / (l->ratio / FT_QTY_SCALE) / FT_QTY_SCALE * FT_QTY_SCALE;
        most = can < most ? can : most;
    }
    return most;
}

static void combo_step(struct ft_brk *b, struct work *w)
{
    struct ord *o = w->o;
    w->next_ns = b->now_ns + COMBO_LOOK_NS;
    for (size_t k = 0; k < o->combo->count; k++) /* a leg that was short last time */
        if (w->owed[k] > 0) {
            send_child(b, w, o->combo->leg[k].inst, o->combo->leg[k].side, FT_ORDER_MARKET, 0,
                       w->owed[k], (uint32_t)k);
            if (ft_order_is_final(o->o.status))
                return;
        }
    ft_price touch[FT_LEGS_MAX] = {0};
    int64_t net;
    ft_qty n = available(b, o, touch, &net);
    if (o->o.status == FT_ST_WAITING || o->o.status == FT_ST_SUBMITTING)
        life_status(b, o, FT_ST_SUBMITTED);
    if (n > o->o.qty - w->launched)
        n = o->o.qty - w->launched;
    if (n <= 0 || (o->o.type == FT_ORDER_NORMAL && net > o->o.price))
        return;
    w->launched += n;
    for (size_t k = 0; k < o->combo->count; k++)
        w->owed[k] += n / FT_QTY_SCALE * o->combo->leg[k].ratio;
    for (size_t k = 0; k < o->combo->count && !ft_order_is_final(o->o.status); k++)
        send_child(b, w, o->combo->leg[k].inst, o->combo->leg[k].side, FT_ORDER_NORMAL, touch[k],
                   w->owed[k], (uint32_t)k);
}

void work_step(struct ft_brk *b)
{
    for (;;) {
        struct work *due = NULL;
        for (struct ft_list *n = b->works.next; n != &b->works && !due; n = n->next) {
            struct work *w = ft_container_of(n, struct work, link);
            if (w->next_ns <= b->now_ns)
                due = w;
        }
        if (!due)
            return;
        if (due->o->combo)
            combo_step(b, due);
        else
            algo_step(b, due);
    }
}
