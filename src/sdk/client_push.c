/* Push handlers: the user's, kept over connections and installed in each session. */
#include "sdk/client_impl.h"

#include "wire/protocol.h"

#include <string.h>

static bool has(const struct ft_sdk_push_handler *h)
{
    return h->fn || h->typed;
}

void ft_sdk_tell_push(struct ft_client *c, const struct ft_session_push *from, bool reconciled)
{
    struct ft_push push = {.from = from, .reconciled = reconciled};
    struct ft_sdk_push_handler h = c->push[ft_protocol_index(from->protocol)];
    if (!has(&h))
        h = c->any_push;
    if (c->free_wanted || c->close_wanted || !has(&h))
        return;
    const void *data = h.typed ? ft_typed_push_data(c->session, from->msg, h.data) : NULL;
    if (h.typed && !data)
        return; /* no s2c, which a push without data has no use for, or no memory */
    c->telling = h.user;
    ft_sdk_unlock(c);
    if (h.typed)
        h.typed(h.user, &push, data);
    else
        h.fn(h.user, &push);
    ft_sdk_lock(c);
    c->telling = NULL;
    ft_sdk_broadcast(c);
}

static void on_push(void *user, const struct ft_session_push *from)
{
    ft_sdk_tell_push(user, from, false);
}

/* Orders and fills go through the memory of what was told, whether somebody listens or not. */
static void on_trade_push(void *user, const struct ft_session_push *from)
{
    struct ft_client *c = user;
    if (ft_sdk_orders_news(c, from))
        ft_sdk_tell_push(c, from, false);
}

static bool is_trade_push(const struct ft_client *c, uint32_t id)
{
    return (c->options.restore & FT_RESTORE_ORDERS) &&
           (id == FT_PROTO_Trd_UpdateOrder || id == FT_PROTO_Trd_UpdateOrderFill);
}

/* Only what somebody listens to is decoded. */
static void attach(struct ft_client *c, size_t index)
{
    uint32_t id = ft_protocols[index].id;
    if (is_trade_push(c, id))
        ft_session_on_push(c->session, id, on_trade_push, c);
    else
        ft_session_on_push(c->session, id, has(&c->push[index]) ? on_push : NULL, c);
}

void ft_sdk_attach_pushes(struct ft_client *c)
{
    for (size_t i = 0; i < ft_protocols_count; i++)
        if (ft_protocols[i].kind == FT_KIND_PUSH)
            attach(c, i);
    ft_session_on_any_push(c->session, c->any_push.fn ? on_push : NULL, c);
}

enum ft_status ft_client_on_push(struct ft_client *c, uint32_t proto_id, ft_client_push_fn *fn,
                                 void *user)
{
    return ft_sdk_set_push(c, proto_id, &(struct ft_sdk_push_handler){.fn = fn, .user = user});
}

enum ft_status ft_sdk_set_push(struct ft_client *c, uint32_t proto_id,
                               const struct ft_sdk_push_handler *handler)
{
    enum ft_status s = ft_sdk_enter(c);
    if (s)
        return ft_sdk_leave(c, s);
    const struct ft_protocol *p = ft_protocol_find(proto_id);
    if (proto_id == 0) {
        c->any_push = *handler;
        if (c->session)
            ft_session_on_any_push(c->session, handler->fn ? on_push : NULL, c);
    } else if (!p) {
        s = ft_sdk_fail(c, FT_STATUS_NOT_FOUND, "there is no protocol %u", (unsigned)proto_id);
    } else if (p->kind != FT_KIND_PUSH) {
        s = ft_sdk_fail(c, FT_STATUS_INVALID, "%s is not a push", p->name);
    } else {
        size_t index = ft_protocol_index(p);
        c->push[index] = *handler;
        if (c->session)
            attach(c, index);
    }
    return ft_sdk_leave(c, s);
}

void ft_sdk_drop_push(struct ft_client *c, uint32_t proto_id, ft_typed_push_fn *fn, const void *user)
{
    ft_sdk_lock(c);
    size_t index = ft_protocol_index(ft_protocol_find(proto_id));
    if (c->push[index].typed == fn && c->push[index].user == user) {
        c->push[index] = (struct ft_sdk_push_handler){0};
        if (c->session)
            attach(c, index);
    }
    while (c->telling == user && !ft_sdk_in_callback(c))
        ft_sdk_wait(c, UINT64_MAX);
    ft_sdk_unlock(c);
}

uint32_t ft_push_proto(const struct ft_push *p)
{
    return p ? p->from->protocol->id : 0;
}
uint32_t ft_push_serial(const struct ft_push *p)
{
    return p ? p->from->serial : 0;
}
const ProtobufCMessage *ft_push_message(const struct ft_push *p)
{
    return p ? p->from->msg : NULL;
}
bool ft_push_reconciled(const struct ft_push *p)
{
    return p && p->reconciled;
}
