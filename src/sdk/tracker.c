/* The order tracker.
 *
 * A push may arrive before the reply that tells the order's ID. While replies are awaited, pushes that may be
 * theirs are therefore kept for a while (`early`), packed, and looked at again when one is there.
 *
 * Two locks: the client's, then the tracker's own; neither is held while callbacks of the user run. A tracker that
 * is freed inside a callback, or while a reply is just being told, is `dead` and goes when they have ended. */
#include "ftapi/tracker.h"

#include "ftapi/protocol_ids.h"
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

enum { EARLY_BYTES_MAX = 8 << 20, REMARK_MAX = 65, DECODED_MAX = 1 << 20 };

struct tracked {
    struct ft_order_tracker *tracker;
    struct ft_list node; /* in the tracker's `known` or `nameless` */
    ft_order_change_fn *fn;
    void *user;
    uint64_t ticket, order_id; /* order_id 0: not known yet */
    bool awaited;              /* its reply has not come */
    char remark[REMARK_MAX];   /* by which it is found without an ID; "": by none */
};

/* A push that came before the reply, perhaps. */
struct early {
    struct ft_list node;
    size_t len;
    uint8_t bytes[]; /* a packed Response of 2208 */
};

struct ft_order_tracker {
    struct ft_client *client;
    pthread_mutex_t lock;           /* over what follows */
    pthread_cond_t left;            /* `depth` went down, for one who waits */
    struct ft_list known, nameless; /* orders with and without an ID */
    struct ft_map64 by_id;          /* the known ones */
    size_t count, awaited;
    int depth;        /* handlers of the client on the stack */
    pthread_t inside; /* whose stack, if depth */
    bool freeing;     /* ft_order_tracker_free is under way, and destroys if it can */
    bool dead;        /* freed by the user: nobody is told any more */
    uint64_t tickets;
    uint64_t salt; /* what tells this tracker's remarks from another's */
    struct ft_list early;
    size_t early_bytes;
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

static void drop_early(struct ft_order_tracker *t, struct early *e)
{
    ft_list_del(&e->node);
    t->early_bytes -= sizeof *e + e->len;
    free(e);
}

static void drop_all_early(struct ft_order_tracker *t)
{
    while (!ft_list_empty(&t->early))
        drop_early(t, ft_container_of(t->early.next, struct early, node));
}

static const char *remark_of(const struct ft_order *order)
{
    return order->remark ? order->remark : "";
}

/* Whose state this is: by the ID, or by the remark when no reply told one. */
static struct tracked *find(struct ft_order_tracker *t, const struct ft_order *order)
{
    struct tracked *o = order->order_id ? ft_map64_get(&t->by_id, order->order_id) : NULL;
    if (o || !*remark_of(order))
        return o;
    for (struct ft_list *n = t->nameless.next; n != &t->nameless; n = n->next) {
        o = ft_container_of(n, struct tracked, node);
        if (!o->awaited && strcmp(o->remark, order->remark) == 0)
            return o;
    }
    return NULL;
}

/* Whether it is an order's whose reply is awaited. */
enum fit { FITS_NOT, FITS_PERHAPS, FITS };
static enum fit fits_awaited(const struct ft_order_tracker *t, const struct ft_order *order)
{
    enum fit fit = FITS_NOT;
    for (const struct ft_list *n = t->nameless.next; n != &t->nameless; n = n->next) {
        const struct tracked *o = ft_container_of(n, struct tracked, node);
        if (!o->awaited)
            continue;
        if (!o->remark[0] || !*remark_of(order))
            fit = FITS_PERHAPS;
        else if (strcmp(o->remark, order->remark) == 0)
            return FITS;
    }
    return fit;
}

/* Learns the ID. Without memory, or when another has it, which only a lie can bring about, it stays nameless. */
static void learn(struct tracked *o, uint64_t id)
{
    struct ft_order_tracker *t = o->tracker;
    if (o->order_id || !id || ft_map64_get(&t->by_id, id) || ft_map64_put(&t->by_id, id, o))
        return;
    o->order_id = id;
    ft_list_del(&o->node);
    ft_list_push(&t->known, &o->node);
}

/* ---- Coming and going ------------------------------------------------------------------------------ */

static void destroy(struct ft_order_tracker *t)
{
    drop_all_early(t);
    ft_map64_free(&t->by_id);
    pthread_cond_destroy(&t->left);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* A handler of the client begins: the tracker stays until leave(). The lock is held from here. */
static void enter(struct ft_order_tracker *t)
{
    pthread_mutex_lock(&t->lock);
    t->depth++;
    t->inside = pthread_self();
}

/* The lock is held, and no more afterwards; nor is the tracker, perhaps. */
static void leave(struct ft_order_tracker *t)
{
    t->depth--;
    bool last = t->dead && !t->freeing && !t->depth && !t->awaited;
    if (t->freeing)
        pthread_cond_broadcast(&t->left);
    pthread_mutex_unlock(&t->lock);
    if (last)
        destroy(t);
}

/* ---- Events; between enter and leave ----------------------------------------------------------------- */

/* The lock is held, and not while the callback runs. */
static void tell(struct ft_order_tracker *t, ft_order_change_fn *fn, void *user,
                 const struct ft_order_change *change)
{
    pthread_mutex_unlock(&t->lock);
    fn(user, change);
    pthread_mutex_lock(&t->lock);
}

/* Hands one push to whoever follows the order. False: nobody does. */
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
    tell(t, fn, user, &change);
    return true;
}

static void keep_early(struct ft_order_tracker *t, const struct ft_push *push)
{
    const ProtobufCMessage *msg = ft_push_message(push);
    size_t len = protobuf_c_message_get_packed_size(msg), size = sizeof(struct early) + len;
    struct early *e = size <= EARLY_BYTES_MAX - t->early_bytes ? malloc(size) : NULL;
    if (!e)
        return;
    e->len = len;
    protobuf_c_message_pack(msg, e->bytes);
    ft_list_push(&t->early, &e->node);
    t->early_bytes += size;
}

static void on_push(void *user, const struct ft_push *push, const struct ft_order_push *data)
{
    struct ft_order_tracker *t = user;
    enter(t);
    bool ours = t->dead || (data->order && hand_over(t, data->order));
    if (!ours && data->order) {
        enum fit fit = fits_awaited(t, data->order);
        if (fit != FITS_NOT)
            keep_early(t, push);
        ours = fit == FITS;
    }
    void (*other)(void *, const struct ft_push *, const struct ft_order_push *) =
        ours ? NULL : t->other;
    void *other_user = t->other_user;
    if (other) {
        pthread_mutex_unlock(&t->lock);
        other(other_user, push, data);
        pthread_mutex_lock(&t->lock);
    }
    leave(t);
}

/* The pushes that came before a reply, in their order, as far as it is known now whose they are. */
static void replay_early(struct ft_order_tracker *t)
{
    const struct ft_typed_message *map = ft_typed_of(&trd__update_order__s2_c__descriptor);
    struct ft_arena arena;
    ft_arena_init(&arena, DECODED_MAX);
    for (struct ft_list *n = t->early.next; n != &t->early && !t->dead;) {
        struct ft_err err = {0};
        struct early *e = ft_container_of(n, struct early, node);
        n = n->next;
        ft_arena_reset(&arena);
        const TrdUpdateOrder__Response *r = (const TrdUpdateOrder__Response *)ft_pb_unpack(
            &trd__update_order__response__descriptor, e->bytes, e->len, &arena, &err);
        const struct ft_order_push *data =
            r && r->s2c ? ft_typed_read(map, &r->s2c->base, &arena) : NULL;
        if (!data || !data->order || hand_over(t, data->order))
            drop_early(t, e);
    }
    ft_arena_free(&arena);
}

static void on_reply(void *user, struct ft_reply *reply, const struct ft_order_place_reply *data)
{
    struct tracked *o = user;
    struct ft_order_tracker *t = o->tracker;
    enum ft_status s = ft_reply_status(reply);
    struct ft_order_change change = {
        .event = FT_ORDER_EVENT_UNKNOWN, .ticket = o->ticket, .reply = reply};
    if (s == FT_STATUS_REFUSED)
        change.event = FT_ORDER_EVENT_REFUSED;
    else if (s == FT_STATUS_OK && data && data->has_order_id && data->order_id)
        change.event = FT_ORDER_EVENT_ACCEPTED;
    if (change.event == FT_ORDER_EVENT_ACCEPTED)
        change.order_id = data->order_id;

    enter(t);
    ft_order_change_fn *fn = o->fn;
    void *fn_user = o->user;
    o->awaited = false;
    t->awaited--;
    learn(o, change.order_id);
    if (t->dead || change.event == FT_ORDER_EVENT_REFUSED ||
        (change.event == FT_ORDER_EVENT_UNKNOWN && !o->remark[0]))
        forget(o);
    if (!t->dead)
        tell(t, fn, fn_user, &change);
    if (!t->dead)
        replay_early(t);
    if (!t->awaited)
        drop_all_early(t);
    leave(t);
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
    ft_list_push(&t->nameless, &o->node);
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
    ft_list_init(&t->known);
    ft_list_init(&t->nameless);
    ft_list_init(&t->early);
    ft_map64_init(&t->by_id);
    pthread_mutex_init(&t->lock, NULL); /* neither of the two can fail here */
    pthread_cond_init(&t->left, NULL);
    enum ft_status s = ft_order_on_push(client, on_push, t);
    if (s)
        destroy(t);
    else
        *out = t;
    return s;
}

/* Of a call that waits for its reply: whether it was this tracker's, which does without. */
static bool disowned(void *user, void *call_user)
{
    struct ft_order_tracker *t = user;
    struct tracked *o = call_user;
    if (o->tracker != t)
        return false;
    pthread_mutex_lock(&t->lock);
    forget(o);
    pthread_mutex_unlock(&t->lock);
    return true;
}

static void forget_unawaited(struct ft_list *orders)
{
    for (struct ft_list *n = orders->next; n != orders;) {
        struct tracked *o = ft_container_of(n, struct tracked, node);
        n = n->next;
        if (!o->awaited)
            forget(o);
    }
}

void ft_order_tracker_free(struct ft_order_tracker *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->dead = t->freeing = true;
    pthread_mutex_unlock(&t->lock);
    ft_sdk_drop_push(t->client, FT_ID_Trd_UpdateOrder, (ft_typed_push_fn *)on_push, t);
    ft_sdk_disown(t->client, (ft_typed_reply_fn *)on_reply, disowned, t);
    pthread_mutex_lock(&t->lock);
    forget_unawaited(&t->known);
    forget_unawaited(&t->nameless);
    while (t->depth && !pthread_equal(t->inside, pthread_self()))
        pthread_cond_wait(&t->left, &t->lock);
    t->freeing = false;
    /* What is on the stack still ends with leave(), and a reply that is awaited still is on its way to on_reply. */
    bool last = !t->depth && !t->awaited;
    pthread_mutex_unlock(&t->lock);
    if (last)
        destroy(t);
}

enum ft_status ft_order_tracker_on_other(struct ft_order_tracker *t,
                                         void (*fn)(void *user, const struct ft_push *push,
                                                    const struct ft_order_push *data),
                                         void *user)
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
