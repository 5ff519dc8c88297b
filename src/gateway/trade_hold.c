/* Replies and pushes of trade protocols wait here until the store has what they tell of. */
#include "gateway/trade.h"

#include "KeepAlive.pb-c.h"
#include "base/log.h"
#include "broker/journal.h"

static uint64_t turn_of_now(const struct ft_trade *t)
{
    return ft_gate_turn_of_now(&t->gate, ft_brk_has_changes(t->brk));
}

uint64_t ft_trade_awaits(const struct ft_gateway *gw)
{
    uint64_t turn = turn_of_now(gw->trade);
    return gw->trade->failed || ft_gate_passes(&gw->trade->gate, turn) ? 0 : turn;
}

/* Order is kept: behind something held nothing passes. */
static bool may_go(struct ft_trade *t, const struct ft_conn *c, uint64_t turn)
{
    if (!t->audit_failed && ft_audit_pending(t->audit)) {
        t->waits_for_audit = true;
        return false;
    }
    return t->failed || (!ft_trade_holds(c) && ft_gate_passes(&t->gate, turn));
}

static void hold(struct ft_gateway *gw, struct ft_conn *c, uint64_t turn, const uint8_t *frame,
                 size_t len)
{
    if (c->state == FT_CONN_CLOSING || c->state == FT_CONN_DETACHED)
        return;
    if (ft_held_push(&c->held, turn, frame, len)) {
        ft_conn_close(c, true, "%zu bytes wait for the store and output_limit=%lld",
                      ft_buf_len(&c->held), (long long)gw->config.output_limit);
        return;
    }
    if (ft_list_empty(&c->by_held))
        ft_list_push(&gw->trade->holding, &c->by_held);
}

void ft_trade_reply(struct ft_gateway *gw, struct ft_conn *c, const struct ft_frame_head *head,
                    const ProtobufCMessage *msg)
{
    struct ft_trade *t = gw->trade;
    uint64_t turn = t->failed ? 0 : turn_of_now(t);
    if (may_go(t, c, turn)) {
        ft_conn_send(c, head, msg, FT_COVER_SESSION);
        return;
    }
    struct ft_err err = {0};
    ft_buf_consume(&t->scratch, ft_buf_len(&t->scratch));
    if (c->framing->append(c, &t->scratch, head, msg, FT_COVER_PLAIN, &err)) {
        ft_conn_close(c, true, "a reply cannot be held: %s", err.text);
        return;
    }
    hold(gw, c, turn, ft_buf_head(&t->scratch), ft_buf_len(&t->scratch));
}

void ft_trade_send_frame(struct ft_gateway *gw, struct ft_conn *c, const uint8_t *frame, size_t len)
{
    struct ft_trade *t = gw->trade;
    if (t->failed)
        return; /* it tells of what may be lost */
    uint64_t turn = turn_of_now(t);
    if (may_go(t, c, turn))
        ft_conn_send_frame(c, frame, len);
    else
        hold(gw, c, turn, frame, len);
}

static void release_conn(struct ft_trade *t, struct ft_conn *c)
{
    struct ft_held h;
    while (ft_held_first(&c->held, &h) && ft_gate_passes(&t->gate, h.turn)) {
        if (ft_conn_send_frame(c, h.frame, h.len))
            return; /* closed: ft_trade_conn_gone has dropped the rest */
        ft_held_drop_first(&c->held);
    }
    if (ft_trade_holds(c))
        return;
    ft_list_del(&c->by_held);
    ft_buf_trim(&c->held, 64 * 1024);
    if (c->peer_ended) /* a half-closed client has got its replies now */
        ft_conn_close(c, false, "closed by the client");
}

void ft_trade_release(struct ft_gateway *gw)
{
    struct ft_list *head = &gw->trade->holding, *n = head->next;
    while (n != head) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_held);
        n = n->next; /* closing c removes no other one from this list */
        release_conn(gw->trade, c);
    }
}

/* A held reply's place is taken by the failure; pushes are dropped. -1: the connection closed. */
static int send_failure(struct ft_gateway *gw, struct ft_conn *c, const struct ft_held *h)
{
    struct ft_frame_head head;
    const struct ft_protocol *p =
        c->framing->head_of(h->frame, h->len, &head) ? ft_protocol_find(head.proto_id) : NULL;
    if (!p || p->kind == FT_KIND_PUSH)
        return 0;
    if (p->writes && !gw->trade->audit_failed)
        ft_audit_not_stored(gw->trade->audit, c->id, p->id, head.serial);
    char text[FT_ERR_TEXT_MAX + 80];
    snprintf(text, sizeof text,
             FT_TEXT(gw, "not stored, so that nothing can be promised: %s", "数据未能落盘，结果不作保证：%s"),
             gw->trade->failure);
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    r.rettype = FT_RET_FAILED;
    r.retmsg = text;
    r.has_errcode = 1;
    return ft_conn_send(c, &head, &r.base, FT_COVER_SESSION);
}

void ft_trade_fail_held(struct ft_gateway *gw)
{
    struct ft_list *head = &gw->trade->holding;
    while (!ft_list_empty(head)) {
        struct ft_conn *c = ft_container_of(head->next, struct ft_conn, by_held);
        ft_list_del(&c->by_held);
        struct ft_held h;
        while (ft_held_first(&c->held, &h)) {
            if (send_failure(gw, c, &h))
                break;
            ft_held_drop_first(&c->held);
        }
        if (c->state != FT_CONN_CLOSING && c->peer_ended)
            ft_conn_close(c, false, "closed by the client");
    }
}
