/* The order tracker, on the public calls alone.
 *
 * A push may arrive before the reply that tells the order's ID. While a reply is awaited, pushes that fit no
 * order are therefore kept for a while (`early`), packed, and looked at again when it is there. */
#include "ftapi/tracker.h"

#include "Trd_UpdateOrder.pb-c.h"
#include "base/arena.h"
#include "base/list.h"
#include "base/map64.h"
#include "sdk/typed.h"
#include "wire/pb.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EARLY_MAX = 256, EARLY_BYTES_MAX = 64 * 1024, REMARK_MAX = 65, DECODED_MAX = 1 << 20 };

struct tracked {
    struct ft_order_tracker *tracker;
    struct ft_list node;   /* in tracker->orders */
    ft_order_change_fn *fn;
    void *user;
    uint64_t ticket, order_id; /* order_id 0: not known yet */
    bool awaited;              /* its reply has not come */
    char remark[REMARK_MAX];   /* by which it is found without an ID; "": it is longer than may be */
};

struct early {
    size_t len;
    uint8_t *bytes; /* a packed Response of 2208 */
};

struct ft_order_tracker {
    struct ft_client *client;
    pthread_mutex_t lock; /* over what follows; not held while callbacks run */
    struct ft_list orders;
    struct ft_map64 by_id;
    size_t count, awaited;
    bool dead; /* freed by the user; its last reply takes the memory along */
    uint64_t tickets;
    uint64_t salt; /* what tells this tracker's remarks from another's */
    struct early early[EARLY_MAX];
    size_t early_count;
    void (*other)(void *user, const struct ft_push *push, const struct ft_order_push *data);
    void *other_user;
};

bool ft_order_status_is_final(int32_t status)
{
    switch (status) {
    case FT_ORDER_STATUS_SUBMIT_FAILED:
    case FT_ORDER_STATUS_FILLED_ALL:
    case FT_ORDER_STATUS_CANCELLED_PART:
    case FT_ORDER_STATUS_CANCELLED_ALL:
    case FT_ORDER_STATUS_FAILED:
    case FT_ORDER_STATUS_DELETED:
    case FT_ORDER_STATUS_FILL_CANCELLED: return true;
    default: return false;
    }
}

/* ---- What is tracked; the lock is held -------------------------------------------------------------- */

static void forget(struct tracked *o)
{
    struct ft_order_tracker *t = o->tracker;
    ft_list_del(&o->node);
    if (o->order_id)
        ft_map64_take(&t->by_id, o->order_id);
    t->count--;
    t->awaited -= o->awaited;
    free(o);
}

static void drop_early(struct ft_order_tracker *t)
{
    for (size_t k = 0; k < t->early_count; k++)
        free(t->early[k].bytes);
    t->early_count = 0;
}

static struct tracked *find(struct ft_order_tracker *t, const struct ft_order *order)
{
    struct tracked *o = ft_map64_get(&t->by_id, order->order_id);
    if (o || !order->remark || !*order->remark)
        return o;
    for (struct ft_list *n = t->orders.next; n != &t->orders; n = n->next) {
        o = ft_container_of(n, struct tracked, node);
        if (!o->order_id && !o->awaited && strcmp(o->remark, order->remark) == 0)
            return o;
    }
    return NULL;
}

/* Learns the ID. -1: no memory; it stays without. */
static int learn(struct tracked *o, uint64_t id)
{
    if (o->order_id || ft_map64_put(&o->tracker->by_id, id, o))
        return o->order_id ? 0 : -1;
    o->order_id = id;
    return 0;
}

static void destroy(struct ft_order_tracker *t)
{
    drop_early(t);
    ft_map64_free(&t->by_id);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* ---- Events ------------------------------------------------------------------------------------ */

/* Hands one push to whoever follows the order. False: nobody does. The lock is held, and not while the
 * callback runs. */
static bool hand_over(struct ft_order_tracker *t, const struct ft_order *order)
{
    struct tracked *o = find(t, order);
    if (!o)
        return false;
    learn(o, order->order_id);
    bool final = ft_order_status_is_final(order->order_status);
    struct ft_order_change change = {
        .event = final ? FT_ORDER_EVENT_FINAL : FT_ORDER_EVENT_CHANGED,
        .ticket = o->ticket,
        .order_id = order->order_id,
        .order = order,
    };
    ft_order_change_fn *fn = o->fn;
    void *user = o->user;
    if (final)
        forget(o);
    pthread_mutex_unlock(&t->lock);
    fn(user, &change);
    pthread_mutex_lock(&t->lock);
    return true;
}

static void keep_early(struct ft_order_tracker *t, const struct ft_push *push)
{
    const ProtobufCMessage *msg = ft_push_message(push);
    size_t len = protobuf_c_message_get_packed_size(msg);
    uint8_t *bytes = t->early_count < EARLY_MAX && len <= EARLY_BYTES_MAX ? malloc(len + 1) : NULL;
    if (!bytes)
        return;
    protobuf_c_message_pack(msg, bytes);
    t->early[t->early_count++] = (struct early){len, bytes};
}

static void on_push(void *user, const struct ft_push *push, const struct ft_order_push *data)
{
    struct ft_order_tracker *t = user;
    pthread_mutex_lock(&t->lock);
    bool ours = data->order && hand_over(t, data->order);
    if (!ours && t->awaited)
        keep_early(t, push);
    void (*other)(void *, const struct ft_push *, const struct ft_order_push *) = ours ? NULL : t->other;
    void *other_user = t->other_user;
    pthread_mutex_unlock(&t->lock);
    if (other)
        other(other_user, push, data);
}

/* The pushes that came before the reply of this order, in their order. */
static void replay_early(struct ft_order_tracker *t, uint64_t order_id)
{
    const struct ft_typed_message *map = ft_typed_of(&trd__update_order__s2_c__descriptor);
    struct ft_arena arena;
    ft_arena_init(&arena, DECODED_MAX);
    for (size_t k = 0; k < t->early_count;) {
        struct ft_err err = {0};
        struct early e = t->early[k];
        ft_arena_reset(&arena);
        TrdUpdateOrder__Response *r = (TrdUpdateOrder__Response *)ft_pb_unpack(
            &trd__update_order__response__descriptor, e.bytes, e.len, &arena, &err);
        if (r && r->s2c && (!r->s2c->order || r->s2c->order->orderid != order_id)) {
            k++;
            continue;
        }
        memmove(&t->early[k], &t->early[k + 1], (t->early_count - k - 1) * sizeof e);
        t->early_count--;
        const struct ft_order_push *data =
            r && r->s2c ? ft_typed_read(map, &r->s2c->base, &arena) : NULL;
        if (data && data->order)
            hand_over(t, data->order);
        free(e.bytes);
    }
    ft_arena_free(&arena);
}

static void on_reply(void *user, struct ft_reply *reply, const struct ft_order_place_reply *data)
{
    struct tracked *o = user;
    struct ft_order_tracker *t = o->tracker;
    enum ft_status s = ft_reply_status(reply);
    struct ft_order_change change = {.event = FT_ORDER_EVENT_ACCEPTED, .ticket = o->ticket, .reply = reply};
    if (s == FT_STATUS_REFUSED)
        change.event = FT_ORDER_EVENT_REFUSED;
    else if (s != FT_STATUS_OK || !data || !data->has_order_id)
        change.event = FT_ORDER_EVENT_UNKNOWN;
    else
        change.order_id = data->order_id;
    ft_order_change_fn *fn = o->fn;
    void *fn_user = o->user;

    pthread_mutex_lock(&t->lock);
    o->awaited = false;
    t->awaited--;
    if (t->dead) {
        forget(o);
        bool last = t->awaited == 0;
        pthread_mutex_unlock(&t->lock);
        if (last)
            destroy(t);
        return;
    }
    if (change.order_id)
        learn(o, change.order_id);
    if (change.event == FT_ORDER_EVENT_REFUSED ||
        (change.event == FT_ORDER_EVENT_UNKNOWN && !o->remark[0]))
        forget(o);
    pthread_mutex_unlock(&t->lock);
    fn(fn_user, &change);
    pthread_mutex_lock(&t->lock);
    if (change.order_id)
        replay_early(t, change.order_id);
    if (!t->awaited)
        drop_early(t);
    pthread_mutex_unlock(&t->lock);
}

/* ---- Placing ------------------------------------------------------------------------------------ */

/* An order that is to be followed; NULL: too many, or no memory. The lock is held. */
static struct tracked *new_tracked(struct ft_order_tracker *t, const char *remark,
                                   ft_order_change_fn *fn, void *user)
{
    struct tracked *o = t->count < FT_ORDER_TRACKER_MAX ? calloc(1, sizeof *o) : NULL;
    if (!o)
        return NULL;
    o->tracker = t;
    o->fn = fn;
    o->user = user;
    o->ticket = ++t->tickets;
    o->awaited = true;
    if (!remark)
        snprintf(o->remark, sizeof o->remark, "ft-%016llx-%llu", (unsigned long long)t->salt,
                 (unsigned long long)o->ticket);
    else if (strlen(remark) < sizeof o->remark)
        memcpy(o->remark, remark, strlen(remark) + 1);
    ft_list_push(&t->orders, &o->node);
    t->count++;
    t->awaited++;
    return o;
}

enum ft_status ft_order_tracker_place(struct ft_order_tracker *t,
                                      const struct ft_order_place_request *request,
                                      ft_order_change_fn *fn, void *user, uint64_t *ticket)
{
    if (!t || !request || !fn)
        return FT_STATUS_INVALID;
    struct ft_order_place_request ours = *request;
    char remark[REMARK_MAX];
    pthread_mutex_lock(&t->lock);
    bool full = t->count == FT_ORDER_TRACKER_MAX;
    struct tracked *o = new_tracked(t, request->remark, fn, user);
    if (!o) {
        pthread_mutex_unlock(&t->lock);
        return full ? FT_STATUS_LIMIT : FT_STATUS_NO_MEMORY;
    }
    uint64_t number = o->ticket;
    memcpy(remark, o->remark, sizeof remark);
    pthread_mutex_unlock(&t->lock);

    if (!request->remark)
        ours.remark = remark;
    enum ft_status s = ft_order_place_async(t->client, &ours, on_reply, o);
    if (s) {
        pthread_mutex_lock(&t->lock);
        forget(o);
        pthread_mutex_unlock(&t->lock);
    } else if (ticket) {
        *ticket = number;
    }
    return s;
}

/* ---- Life -------------------------------------------------------------------------------------- */

enum ft_status ft_order_tracker_new(struct ft_client *client, struct ft_order_tracker **out)
{
    if (!client || !out)
        return FT_STATUS_INVALID;
    struct ft_order_tracker *t = calloc(1, sizeof *t);
    if (!t || RAND_bytes((unsigned char *)&t->salt, sizeof t->salt) != 1) {
        free(t);
        return t ? FT_STATUS_IO : FT_STATUS_NO_MEMORY;
    }
    t->client = client;
    ft_list_init(&t->orders);
    ft_map64_init(&t->by_id);
    pthread_mutex_init(&t->lock, NULL);
    enum ft_status s = ft_order_on_push(client, on_push, t);
    if (s) {
        pthread_mutex_destroy(&t->lock);
        free(t);
        return s;
    }
    *out = t;
    return FT_STATUS_OK;
}

void ft_order_tracker_free(struct ft_order_tracker *t)
{
    if (!t)
        return;
    ft_order_on_push(t->client, NULL, NULL);
    pthread_mutex_lock(&t->lock);
    t->dead = true;
    for (struct ft_list *n = t->orders.next; n != &t->orders;) {
        struct tracked *o = ft_container_of(n, struct tracked, node);
        n = n->next;
        if (!o->awaited)
            forget(o);
    }
    bool last = t->awaited == 0;
    pthread_mutex_unlock(&t->lock);
    if (last)
        destroy(t);
}

enum ft_status ft_order_tracker_on_other(
    struct ft_order_tracker *t,
    void (*fn)(void *user, const struct ft_push *push, const struct ft_order_push *data), void *user)
{
    if (!t)
        return FT_STATUS_INVALID;
    pthread_mutex_lock(&t->lock);
    t->other = fn;
    t->other_user = user;
    pthread_mutex_unlock(&t->lock);
    return FT_STATUS_OK;
}

size_t ft_order_tracker_count(const struct ft_order_tracker *t)
{
    if (!t)
        return 0;
    pthread_mutex_t *lock = (pthread_mutex_t *)&t->lock;
    pthread_mutex_lock(lock);
    size_t n = t->count;
    pthread_mutex_unlock(lock);
    return n;
}
