/* Orders and fills over a reconnection: none is missed and none comes twice.
 *
 * What was told about each order and fill is remembered. When the accounts are subscribed, the lists
 * of orders and fills are taken note of; after a reconnection they are asked for again, and what
 * differs is handed to the push handlers as if the gateway had pushed it. A push that comes behind
 * such a list and tells nothing newer than it is dropped. The lists are those of the trading day. */
#include "sdk/client_impl.h"

#include "Trd_GetAccList.pb-c.h"
#include "Trd_GetOrderFillList.pb-c.h"
#include "Trd_GetOrderList.pb-c.h"
#include "Trd_UpdateOrder.pb-c.h"
#include "Trd_UpdateOrderFill.pb-c.h"
#include "base/map64.h"

#include <stdlib.h>
#include <string.h>

enum { KNOWN_MAX = 1 << 20, HEADERS_MAX = 1024 };

struct known {
    uint64_t look; /* hash of what a push is sent for */
    double fill_qty, updated;
    bool from_list; /* told by a list last, not by the gateway's push */
};

struct ft_sdk_orders {
    struct ft_map64 orders, fills; /* of struct known, owned */
    /* The walk under way: accounts and markets, one after the other, orders before fills. */
    bool walking, tell, again;
    TrdCommon__TrdHeader header[HEADERS_MAX];
    size_t headers, at;
};

/* ---- What is known -------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
    return h;
}

#define MIX(h, field) mix(h, &(field), sizeof(field))

/* The changes that the gateway pushes an order for (platform.md 15). */
static struct known look_of_order(const TrdCommon__Order *o)
{
    uint64_t h = UINT64_C(14695981039346656037);
    h = MIX(h, o->orderstatus);
    h = MIX(h, o->qty);
    h = MIX(h, o->price);
    h = MIX(h, o->fillqty);
    h = MIX(h, o->fillavgprice);
    h = MIX(h, o->auxprice);
    h = MIX(h, o->trailtype);
    h = MIX(h, o->trailvalue);
    h = MIX(h, o->trailspread);
    return (struct known){.look = h, .fill_qty = o->fillqty, .updated = o->updatetimestamp};
}

static struct known look_of_fill(const TrdCommon__OrderFill *f)
{
    int32_t status = f->has_status ? f->status : 0;
    uint64_t h = UINT64_C(14695981039346656037);
    h = MIX(h, status);
    h = MIX(h, f->qty);
    h = MIX(h, f->price);
    return (struct known){.look = h, .updated = f->updatetimestamp};
}

/* An ID, or the text that stands for it; never 0, which is no key. */
static uint64_t key_of(uint64_t id, const char *text)
{
    if (!id && text)
        id = mix(UINT64_C(14695981039346656037), text, strlen(text));
    return id ? id : 1;
}

/* Who says so. */
enum source {
    A_PUSH,
    A_LIST,       /* whose news are told */
    A_QUIET_LIST, /* whose news are not: a push of the same may still come, and is to be told */
};

/* Takes note of it; true when it is news. */
static bool take_note(struct ft_map64 *map, uint64_t key, struct known now, enum source source)
{
    bool from_list = source == A_LIST;
    struct known *k = ft_map64_get(map, key);
    if (!k) {
        k = map->count < KNOWN_MAX ? malloc(sizeof *k) : NULL;
        if (k && ft_map64_put(map, key, k)) {
            free(k);
            k = NULL;
        }
        now.from_list = from_list;
        if (k)
            *k = now;
        return true;
    }
    bool same = k->look == now.look;
    bool older = now.fill_qty < k->fill_qty || now.updated < k->updated;
    /* Pushes count as the gateway sends them, equal ones too; but not behind a list that said it. */
    bool news = source != A_PUSH ? !same && !older : !(k->from_list && (same || older));
    if (!news)
        return false;
    now.from_list = from_list;
    *k = now;
    return true;
}

static struct ft_sdk_orders *orders_of(struct ft_client *c)
{
    if (!c->orders)
        c->orders = calloc(1, sizeof *c->orders);
    return c->orders; /* zero is an empty map */
}

bool ft_sdk_orders_news(struct ft_client *c, const struct ft_session_push *push)
{
    struct ft_sdk_orders *o = orders_of(c);
    if (!o)
        return true;
    if (push->protocol->id == FT_PROTO_Trd_UpdateOrder) {
        const TrdUpdateOrder__Response *r = (const TrdUpdateOrder__Response *)push->msg;
        if (!r->s2c)
            return true;
        const TrdCommon__Order *order = r->s2c->order;
        return take_note(&o->orders, key_of(order->orderid, order->orderidex),
                         look_of_order(order), A_PUSH);
    }
    const TrdUpdateOrderFill__Response *r = (const TrdUpdateOrderFill__Response *)push->msg;
    if (!r->s2c)
        return true;
    const TrdCommon__OrderFill *fill = r->s2c->orderfill;
    return take_note(&o->fills, key_of(fill->fillid, fill->fillidex), look_of_fill(fill), A_PUSH);
}

/* ---- The walk ------------------------------------------------------------------------------- */

static void end_walk(struct ft_client *c)
{
    struct ft_sdk_orders *o = c->orders;
    bool tell = o->tell, again = o->again;
    o->walking = o->again = false;
    if (again)
        ft_sdk_orders_walk(c, false);
    if (tell)
        ft_sdk_restore_next(c);
}

/* False: the walk ends here, with its connection or its client. */
static bool goes_on(struct ft_client *c, const struct ft_session_reply *reply)
{
    return c->orders && c->orders->walking && reply->outcome != FT_CALL_DISCONNECTED &&
           !c->free_wanted && !c->close_wanted;
}

static bool failed(struct ft_client *c, const struct ft_session_reply *reply)
{
    if (reply->outcome == FT_CALL_REPLIED && reply->ret_type == 0)
        return false;
    if (c->orders->tell)
        ft_sdk_restore_refused(c, reply);
    return true;
}

static void tell(struct ft_client *c, uint32_t proto_id, const ProtobufCMessage *msg)
{
    struct ft_session_push push = {.protocol = ft_protocol_find(proto_id), .msg = msg};
    c->stats.reconciled++;
    ft_sdk_tell_push(c, &push, true);
}

static void send_next(struct ft_client *c);

static void on_fills(struct ft_client *c, const struct ft_session_reply *reply)
{
    if (!goes_on(c, reply))
        return;
    struct ft_sdk_orders *o = c->orders;
    TrdCommon__TrdHeader *header = &o->header[o->at];
    /* Simulated accounts have no fills at the official gateway: a refusal there is no news. */
    bool none = header->trdenv == TRD__COMMON__TRD_ENV__TrdEnv_Simulate &&
                reply->outcome == FT_CALL_REPLIED && reply->ret_type != 0;
    if (!none && !failed(c, reply)) {
        const TrdGetOrderFillList__S2C *s2c =
            ((const TrdGetOrderFillList__Response *)reply->msg)->s2c;
        for (size_t i = 0; s2c && i < s2c->n_orderfilllist && goes_on(c, reply); i++) {
            TrdCommon__OrderFill *f = s2c->orderfilllist[i];
            if (!take_note(&o->fills, key_of(f->fillid, f->fillidex), look_of_fill(f),
                           o->tell ? A_LIST : A_QUIET_LIST) ||
                !o->tell)
                continue;
            TrdUpdateOrderFill__S2C news = TRD__UPDATE_ORDER_FILL__S2_C__INIT;
            news.header = header;
            news.orderfill = f;
            TrdUpdateOrderFill__Response r = TRD__UPDATE_ORDER_FILL__RESPONSE__INIT;
            r.rettype = 0;
            r.s2c = &news;
            tell(c, FT_PROTO_Trd_UpdateOrderFill, &r.base);
        }
    }
    o->at++;
    send_next(c);
}

static void send_fills(struct ft_client *c)
{
    struct ft_sdk_call like = {.own = on_fills};
    TrdGetOrderFillList__C2S c2s = TRD__GET_ORDER_FILL_LIST__C2_S__INIT;
    c2s.header = &c->orders->header[c->orders->at];
    TrdGetOrderFillList__Request r = TRD__GET_ORDER_FILL_LIST__REQUEST__INIT;
    r.c2s = &c2s;
    if (ft_sdk_send(c, FT_PROTO_Trd_GetOrderFillList, &r.base, 0, &like, NULL))
        end_walk(c);
}

static void on_orders(struct ft_client *c, const struct ft_session_reply *reply)
{
    if (!goes_on(c, reply))
        return;
    struct ft_sdk_orders *o = c->orders;
    if (!failed(c, reply)) {
        const TrdGetOrderList__S2C *s2c = ((const TrdGetOrderList__Response *)reply->msg)->s2c;
        for (size_t i = 0; s2c && i < s2c->n_orderlist && goes_on(c, reply); i++) {
            TrdCommon__Order *order = s2c->orderlist[i];
            if (!take_note(&o->orders, key_of(order->orderid, order->orderidex),
                           look_of_order(order), o->tell ? A_LIST : A_QUIET_LIST) ||
                !o->tell)
                continue;
            TrdUpdateOrder__S2C news = TRD__UPDATE_ORDER__S2_C__INIT;
            news.header = &o->header[o->at];
            news.order = order;
            TrdUpdateOrder__Response r = TRD__UPDATE_ORDER__RESPONSE__INIT;
            r.rettype = 0;
            r.s2c = &news;
            tell(c, FT_PROTO_Trd_UpdateOrder, &r.base);
        }
    }
    send_fills(c);
}

static void send_next(struct ft_client *c)
{
    struct ft_sdk_orders *o = c->orders;
    if (c->free_wanted || c->close_wanted)
        return;
    if (o->at >= o->headers) {
        end_walk(c);
        return;
    }
    struct ft_sdk_call like = {.own = on_orders};
    TrdGetOrderList__C2S c2s = TRD__GET_ORDER_LIST__C2_S__INIT;
    c2s.header = &o->header[o->at];
    TrdGetOrderList__Request r = TRD__GET_ORDER_LIST__REQUEST__INIT;
    r.c2s = &c2s;
    if (ft_sdk_send(c, FT_PROTO_Trd_GetOrderList, &r.base, 0, &like, NULL))
        end_walk(c);
}

static bool is_subscribed(const struct ft_client *c, uint64_t account)
{
    for (size_t i = 0; i < c->memory.n_accounts; i++)
        if (c->memory.accounts[i] == account)
            return true;
    return false;
}

/* Which markets the subscribed accounts have. */
static void on_accounts(struct ft_client *c, const struct ft_session_reply *reply)
{
    if (!goes_on(c, reply))
        return;
    struct ft_sdk_orders *o = c->orders;
    o->headers = o->at = 0;
    const TrdGetAccList__S2C *s2c =
        failed(c, reply) ? NULL : ((const TrdGetAccList__Response *)reply->msg)->s2c;
    for (size_t i = 0; s2c && i < s2c->n_acclist; i++) {
        const TrdCommon__TrdAcc *acc = s2c->acclist[i];
        for (size_t k = 0; k < acc->n_trdmarketauthlist && is_subscribed(c, acc->accid); k++) {
            if (o->headers == HEADERS_MAX)
                break;
            TrdCommon__TrdHeader *h = &o->header[o->headers++];
            trd__common__trd_header__init(h);
            h->trdenv = acc->trdenv;
            h->accid = acc->accid;
            h->trdmarket = acc->trdmarketauthlist[k];
        }
    }
    send_next(c);
}

void ft_sdk_orders_walk(struct ft_client *c, bool tell_news)
{
    struct ft_sdk_orders *o = orders_of(c);
    if (o && o->walking) {
        o->again = true; /* the accounts changed meanwhile: take note of the new ones afterwards */
        return;
    }
    if (c->state == FT_CLIENT_RESTORING && !tell_news)
        return; /* the walk that tells is still to come */
    struct ft_sdk_call like = {.own = on_accounts};
    TrdGetAccList__C2S c2s = TRD__GET_ACC_LIST__C2_S__INIT;
    c2s.userid = c->info.login_user_id;
    c2s.has_needgeneralsecaccount = c2s.needgeneralsecaccount = 1;
    TrdGetAccList__Request r = TRD__GET_ACC_LIST__REQUEST__INIT;
    r.c2s = &c2s;
    if (o) {
        o->walking = true;
        o->tell = tell_news;
    }
    if (o && ft_sdk_send(c, FT_PROTO_Trd_GetAccList, &r.base, 0, &like, NULL) == FT_STATUS_OK)
        return;
    if (o)
        o->walking = false;
    c->memory.incomplete |= !tell_news;
    if (tell_news)
        ft_sdk_restore_next(c);
}

void ft_sdk_orders_stop(struct ft_client *c)
{
    if (c->orders)
        c->orders->walking = c->orders->again = false;
}

static void free_map(struct ft_map64 *map)
{
    for (size_t i = 0; i < map->cap; i++)
        free(map->slots[i].key ? map->slots[i].value : NULL);
    ft_map64_free(map);
}

void ft_sdk_orders_free(struct ft_client *c)
{
    if (!c->orders)
        return;
    free_map(&c->orders->orders);
    free_map(&c->orders->fills);
    free(c->orders);
    c->orders = NULL;
}
