/* Requests without their replies: found by (protocol, serial), timed in the order of calling. */
#include "sdk/session_impl.h"

#include "base/check.h"

#include <stdlib.h>

enum { OWN_CALLS = 2 }; /* InitConnect, KeepAlive */

static uint64_t key_of(uint32_t proto_id, uint32_t serial)
{
    return (uint64_t)proto_id << 32 | serial; /* no protocol has ID 0 */
}

int ft_calls_init(struct ft_calls *c, size_t max_pending)
{
    *c = (struct ft_calls){.max_pending = max_pending, .slot_count = max_pending + OWN_CALLS};
    ft_list_init(&c->free_calls);
    ft_list_init(&c->new_calls);
    ft_list_init(&c->timed_calls);
    ft_map64_init(&c->by_key);
    c->slots = calloc(c->slot_count, sizeof *c->slots);
    if (!c->slots)
        return -1;
    for (size_t i = 0; i < c->slot_count; i++) {
        ft_list_init(&c->slots[i].link);
        ft_list_push(&c->free_calls, &c->slots[i].link);
    }
    return 0;
}

void ft_calls_free(struct ft_calls *c)
{
    ft_map64_free(&c->by_key);
    free(c->slots);
    c->slots = NULL;
}

struct ft_call *ft_calls_add(struct ft_calls *c, const struct ft_protocol *p, uint32_t serial,
                             bool internal)
{
    if ((!internal && c->pending >= c->max_pending) || ft_list_empty(&c->free_calls) ||
        ft_calls_has(c, p->id, serial))
        return NULL;
    struct ft_call *call = ft_container_of(c->free_calls.next, struct ft_call, link);
    if (ft_map64_put(&c->by_key, key_of(p->id, serial), call))
        return NULL;
    ft_list_del(&call->link);
    ft_list_push(&c->new_calls, &call->link);
    call->protocol = p;
    call->serial = serial;
    call->internal = internal;
    call->fn = NULL;
    call->user = NULL;
    c->pending += !internal;
    return call;
}

bool ft_calls_has(const struct ft_calls *c, uint32_t proto_id, uint32_t serial)
{
    return ft_map64_get(&c->by_key, key_of(proto_id, serial)) != NULL;
}

bool ft_calls_take(struct ft_calls *c, uint32_t proto_id, uint32_t serial, struct ft_call *out)
{
    struct ft_call *call = ft_map64_take(&c->by_key, key_of(proto_id, serial));
    if (!call)
        return false;
    *out = *call;
    ft_list_del(&call->link);
    ft_list_push(&c->free_calls, &call->link);
    FT_CHECK(call->internal || c->pending > 0);
    c->pending -= !call->internal;
    return true;
}

static bool take_first(struct ft_calls *c, struct ft_list *list, struct ft_call *out)
{
    if (ft_list_empty(list))
        return false;
    const struct ft_call *call = ft_container_of(list->next, struct ft_call, link);
    bool found = ft_calls_take(c, call->protocol->id, call->serial, out);
    FT_CHECK(found);
    return true;
}

void ft_calls_time(struct ft_calls *c, struct ft_call *call, uint64_t deadline_ns)
{
    call->deadline_ns = deadline_ns;
    ft_list_del(&call->link);
    struct ft_list *before = c->timed_calls.prev;
    while (before != &c->timed_calls &&
           ft_container_of(before, struct ft_call, link)->deadline_ns > deadline_ns)
        before = before->prev;
    ft_list_push(before->next, &call->link); /* in front of what follows `before` */
}

bool ft_calls_take_due(struct ft_calls *c, uint64_t now_ns, uint64_t timeout_ns,
                       struct ft_call *out)
{
    while (!ft_list_empty(&c->new_calls)) {
        struct ft_call *call = ft_container_of(c->new_calls.next, struct ft_call, link);
        ft_calls_time(c, call, now_ns + timeout_ns);
    }
    if (ft_calls_next_deadline(c) > now_ns)
        return false;
    return take_first(c, &c->timed_calls, out);
}

bool ft_calls_take_any(struct ft_calls *c, struct ft_call *out)
{
    return take_first(c, &c->timed_calls, out) || take_first(c, &c->new_calls, out);
}

uint64_t ft_calls_next_deadline(const struct ft_calls *c)
{
    if (!ft_list_empty(&c->new_calls))
        return 0;
    if (ft_list_empty(&c->timed_calls))
        return UINT64_MAX;
    return ft_container_of(c->timed_calls.next, struct ft_call, link)->deadline_ns;
}
