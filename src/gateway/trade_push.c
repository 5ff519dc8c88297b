/* Pushes of orders (2208) and fills (2218) to the connections that asked for an account (2008). */
#include "gateway/trade_edge.h"

#include "Trd_UpdateOrder.pb-c.h"
#include "Trd_UpdateOrderFill.pb-c.h"
#include "base/check.h"
#include "gateway/forms.h"
#include "gateway/quota.h"

#include <stdlib.h>

/* One account that one connection gets pushes of. */
struct ft_acc_sub {
    struct ft_list by_account; /* in trade->pushed_to[account] */
    struct ft_list by_conn;    /* in conn->acc_subs */
    struct ft_conn *conn;
};

static void drop_all(struct ft_conn *c)
{
    while (!ft_list_empty(&c->acc_subs)) {
        struct ft_acc_sub *s = ft_container_of(c->acc_subs.next, struct ft_acc_sub, by_conn);
        ft_list_del(&s->by_conn);
        ft_list_del(&s->by_account);
        free(s);
    }
}

int ft_trade_push_start(struct ft_trade *t)
{
    t->pushed_accounts = ft_brk_accounts(t->brk);
    t->pushed_to = calloc(t->pushed_accounts, sizeof *t->pushed_to);
    for (size_t k = 0; t->pushed_to && k < t->pushed_accounts; k++)
        ft_list_init(&t->pushed_to[k]);
    return t->pushed_to ? 0 : -1;
}

int ft_trade_subscribe(struct ft_gateway *gw, struct ft_conn *c, const uint32_t *accounts, size_t n)
{
    struct ft_trade *t = gw->trade;
    struct ft_acc_sub **made = calloc(n ? n : 1, sizeof *made);
    bool good = made != NULL;
    for (size_t k = 0; k < n && good; k++)
        good = (made[k] = calloc(1, sizeof *made[k])) != NULL;
    if (good)
        drop_all(c);
    for (size_t k = 0; k < n && made; k++) {
        if (!good) {
            free(made[k]);
            continue;
        }
        FT_CHECK(accounts[k] < t->pushed_accounts);
        made[k]->conn = c;
        ft_list_push(&t->pushed_to[accounts[k]], &made[k]->by_account);
        ft_list_push(&c->acc_subs, &made[k]->by_conn);
    }
    free(made);
    return good ? 0 : -1;
}

void ft_trade_conn_gone(struct ft_conn *c)
{
    drop_all(c);
    ft_list_del(&c->by_held);
    ft_buf_consume(&c->held, ft_buf_len(&c->held));
}

static TrdCommon__TrdHeader *header(struct ft_gateway *gw, const struct ft_account *a,
                                    const struct ft_instrument *inst)
{
    TrdCommon__TrdHeader *h = FT_NEW(gw, TrdCommon__TrdHeader, trd__common__trd_header__init);
    if (h) {
        h->trdenv = a->env;
        h->accid = a->id;
        h->trdmarket = ft_trade_market_of(a, inst);
    }
    return h;
}

static const ProtobufCMessage *order_message(struct ft_gateway *gw, const struct ft_account *a,
                                             const struct ft_brk_event *e)
{
    struct ft_trade_row row;
    ft_trade_row_of(gw, e->order.inst, 0, "", &row);
    TrdUpdateOrder__Response *r =
        FT_NEW(gw, TrdUpdateOrder__Response, trd__update_order__response__init);
    TrdUpdateOrder__S2C *s = FT_NEW(gw, TrdUpdateOrder__S2C, trd__update_order__s2_c__init);
    if (!r || !s)
        return NULL;
    r->rettype = FT_RET_SUCCEED;
    r->s2c = s;
    s->header = header(gw, a, row.inst);
    s->order = ft_trade_order(gw, a, &e->order, &row);
    return s->header && s->order ? &r->base : NULL;
}

static const ProtobufCMessage *fill_message(struct ft_gateway *gw, const struct ft_account *a,
                                            const struct ft_brk_event *e)
{
    struct ft_trade_row row;
    ft_trade_row_of(gw, e->fill.inst, 0, "", &row);
    TrdUpdateOrderFill__Response *r =
        FT_NEW(gw, TrdUpdateOrderFill__Response, trd__update_order_fill__response__init);
    TrdUpdateOrderFill__S2C *s =
        FT_NEW(gw, TrdUpdateOrderFill__S2C, trd__update_order_fill__s2_c__init);
    if (!r || !s)
        return NULL;
    r->rettype = FT_RET_SUCCEED;
    r->s2c = s;
    s->header = header(gw, a, row.inst);
    s->orderfill = ft_trade_fill(gw, a, &e->fill, &row);
    return s->header && s->orderfill ? &r->base : NULL;
}

static void publish_event(struct ft_gateway *gw, const struct ft_brk_event *e)
{
    struct ft_trade *t = gw->trade;
    uint32_t account = e->order.account;
    *(e->kind == FT_BRK_FILL ? &gw->counters.fills : &gw->counters.order_events) += 1;
    if (account >= t->pushed_accounts || ft_list_empty(&t->pushed_to[account]))
        return;
    const struct ft_account *a = ft_brk_account(t->brk, account);
    bool fill = e->kind == FT_BRK_FILL;
    if (fill && a->env == FT_ENV_SIMULATE && gw->config.official_paper)
        return;
    ft_arena_reset(&gw->arena);
    const ProtobufCMessage *msg = fill ? fill_message(gw, a, e) : order_message(gw, a, e);
    if (!msg)
        return;
    struct ft_forms f;
    size_t before = ft_buf_len(&gw->push_frames);
    ft_forms_begin(gw, &f, fill ? FT_PROTO_Trd_UpdateOrderFill : FT_PROTO_Trd_UpdateOrder, msg);
    struct ft_list *head = &t->pushed_to[account];
    for (struct ft_list *n = head->next, *next; n != head; n = next) {
        next = n->next; /* an overfull connection may end here; it is in this list once */
        struct ft_conn *c = ft_container_of(n, struct ft_acc_sub, by_account)->conn;
        size_t len;
        const uint8_t *frame = ft_forms_get(gw, &f, c->push_format, &len);
        if (frame)
            ft_trade_send_frame(gw, c, frame, len);
    }
    ft_frame_cancel(&gw->push_frames, (ptrdiff_t)before);
}

void ft_trade_publish(struct ft_gateway *gw)
{
    const struct ft_brk_event *e = ft_brk_next_event(gw->trade->brk);
    if (!e)
        return;
    uint64_t now = uv_hrtime();
    ft_forms_swap_arenas(gw);
    for (; e; e = ft_brk_next_event(gw->trade->brk)) {
        if (e->kind == FT_BRK_FILL)
            ft_quota_fill(gw, &e->fill);
        if (e->order.status > FT_ST_SUBMITTING) { /* what the exchange says of it, good or bad */
            uint32_t owner = ft_brk_account(gw->trade->brk, e->order.account)->owner;
            const struct ft_login *l = ft_logins_find(gw, owner);
            ft_delay_acked(l ? ft_login_delay(gw, l) : &gw->delay, e->order.id, now);
        }
        publish_event(gw, e);
    }
    ft_forms_swap_arenas(gw);
}
