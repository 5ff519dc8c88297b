/* Desks: an instrument that has open orders or holdings, looked at whenever its session changes, an
 * order of it reaches its end, or a trading day is over. The heap is ordered by (due, instrument), so
 * that nothing depends on the order in which things came. */
#include "broker/state.h"

#include "base/check.h"

#include <stdlib.h>

#define MINUTE_NS (INT64_C(60) * FT_NS_PER_SEC)

struct desk *desk_need(struct ft_brk *b, ft_inst inst)
{
    struct desk *d = ft_map64_get(&b->desk_by_inst, (uint64_t)inst + 1);
    if (d)
        return d;
    d = calloc(1, sizeof *d);
    if (!d || ft_map64_put(&b->desk_by_inst, (uint64_t)inst + 1, d)) {
        free(d);
        return NULL;
    }
    d->inst = inst;
    d->day = FT_NO_DAY;
    ft_list_init(&d->orders);
    ft_list_init(&d->positions);
    ft_due_init(&d->due, inst);
    d->due.at_ns = b->now_ns;
    if (ft_due_add(&b->due, &d->due)) {
        ft_map64_take(&b->desk_by_inst, (uint64_t)inst + 1);
        free(d);
        return NULL;
    }
    return d;
}

static void due_by(struct ft_brk *b, struct desk *d, int64_t due_ns)
{
    if (due_ns < d->due.at_ns)
        ft_due_set(&b->due, &d->due, due_ns);
}

void desk_add(struct ft_brk *b, struct desk *d, struct ord *o)
{
    o->desk = d;
    ft_list_push(&d->orders, &o->by_desk);
    due_by(b, d, o->end_ns);
}

void desk_hold(struct desk *d, struct pos *p)
{
    p->desk = d;
    ft_list_push(&d->positions, &p->by_desk);
}

void desk_last_in_line(struct ord *o)
{
    struct desk *d = o->desk;
    ft_list_del(&o->by_desk);
    ft_list_push(&d->orders, &o->by_desk);
}

void desk_drop_order(struct ord *o)
{
    ft_list_del(&o->by_desk);
    o->desk = NULL; /* an empty desk goes when it is next looked at */
}

static void schedule(struct ft_brk *b, struct desk *d)
{
    struct ft_venue_quote q;
    brk_quote(b, d->inst, &q);
    int64_t due = q.change_ns > b->now_ns ? q.change_ns : INT64_MAX;
    for (struct ft_list *n = d->orders.next; n != &d->orders; n = n->next) {
        const struct ord *o = ft_container_of(n, struct ord, by_desk);
        if (o->end_ns > b->now_ns && o->end_ns < due)
            due = o->end_ns;
        if (life_is_trailing(o) && o->o.at_venue && !o->o.triggered) {
            int64_t minute = (b->now_ns / MINUTE_NS + 1) * MINUTE_NS;
            due = minute < due ? minute : due;
        }
    }
    ft_due_set(&b->due, &d->due, due);
}

/* How far a trailing order has come is kept every minute: a restart loses no more. */
static void note_trail(struct ft_brk *b, struct ord *o)
{
    ft_price peak = b->venue.ops->trail_peak(b->venue.self, o->o.inst, o->o.id);
    if (peak <= 0 || peak == o->o.trail_peak)
        return;
    o->o.trail_peak = peak;
    brk_order_changed(b, o);
}

static void look_at_order(struct ft_brk *b, struct ord *o, const struct ft_instrument *inst,
                          const struct ft_venue_quote *q)
{
    if (o->o.cancel_asked || o->o.status == FT_ST_DISABLED || work_is_algo(o->o.type) || o->work)
        return;
    if (life_is_trailing(o) && o->o.at_venue && !o->o.triggered)
        note_trail(b, o);
    if (rules_eligible(o, inst, q)) {
        if (!o->o.at_venue)
            life_submit(b, o);
    } else if (o->o.at_venue && q->session != FT_SES_NONE) {
        /* Its session is over and another one goes on: it waits here for its own. */
        struct ft_err err;
        o->pulled = true;
        if (b->venue.ops->cancel(b->venue.self, o->o.inst, o->o.id, &err))
            o->pulled = false;
        life_events(b);
    }
}

/* The orders of a desk, each once and in priority, which is the list's order. Looking at one may end it
 * and others, so that their numbers are noted first. */
static void look_at_orders(struct ft_brk *b, struct desk *d, const struct ft_instrument *inst,
                           const struct ft_venue_quote *q)
{
    size_t n = 0, cap = 0;
    uint64_t *ids = NULL;
    bool new_day = d->day != q->trading_day;
    d->day = q->trading_day;
    for (struct ft_list *l = d->orders.next; l != &d->orders; l = l->next) {
        FT_CHECK(ft_brk_grow(&ids, sizeof *ids, n, &cap) == 0);
        ids[n++] = ft_container_of(l, struct ord, by_desk)->o.id;
    }
    for (size_t k = 0; k < n; k++) {
        struct ord *o = brk_order(b, ids[k]);
        if (!o || o->desk != d)
            continue;
        if (o->end_ns <= b->now_ns)
            life_expire(b, o);
        else if (new_day && position_shares_changed(b, inst, o->o.day, q->trading_day))
            life_cancel_own(b, o, SAY(b, "the number of shares was changed by a corporate action: the "
                                         "order is cancelled",
                                      "因公司行动股数变动，订单已撤销"));
        else
            look_at_order(b, o, inst, q);
    }
    free(ids);
}

void desk_look(struct ft_brk *b, struct desk *d)
{
    const struct ft_instrument *inst = brk_inst(b, d->inst);
    struct ft_venue_quote q;
    brk_quote(b, d->inst, &q);
    for (struct ft_list *n = d->positions.next; n != &d->positions;) {
        struct pos *p = ft_container_of(n, struct pos, by_desk);
        n = n->next;
        position_roll(b, p, &q);
        if (p->p.qty == 0) {
            ft_list_del(&p->by_desk);
            p->desk = NULL;
        }
    }
    look_at_orders(b, d, inst, &q);
    if (ft_list_empty(&d->orders) && ft_list_empty(&d->positions)) {
        ft_due_remove(&b->due, &d->due);
        ft_map64_take(&b->desk_by_inst, (uint64_t)d->inst + 1);
        free(d);
        return;
    }
    schedule(b, d);
}

void desk_look_all(struct ft_brk *b)
{
    size_t n = b->due.count;
    struct desk **all = malloc((n + 1) * sizeof(struct desk *));
    FT_CHECK(all != NULL); /* at the start alone */
    for (size_t k = 0; k < n; k++)
        all[k] = ft_container_of(b->due.node[k], struct desk, due);
    for (size_t k = 0; k < n; k++)
        ft_due_set(&b->due, &all[k]->due, b->now_ns);
    free(all);
    desk_look_due(b);
}

void desk_look_due(struct ft_brk *b)
{
    while (ft_due_next(&b->due) <= b->now_ns)
        desk_look(b, ft_container_of(ft_due_first(&b->due), struct desk, due));
}

void desk_free_all(struct ft_brk *b)
{
    for (struct ft_due *d; (d = ft_due_first(&b->due));) {
        ft_due_remove(&b->due, d);
        free(ft_container_of(d, struct desk, due));
    }
    ft_due_free(&b->due);
}
