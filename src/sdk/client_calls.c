/* Calls and their replies. */
#include "sdk/client_impl.h"

#include "Common.pb-c.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Replies -------------------------------------------------------------------------------- */

static enum ft_status status_of_outcome(const struct ft_session_reply *r)
{
    switch (r->outcome) {
    case FT_CALL_REPLIED: return r->ret_type ? FT_STATUS_REFUSED : FT_STATUS_OK;
    case FT_CALL_TIMEOUT: return FT_STATUS_TIMEOUT;
    case FT_CALL_DISCONNECTED: return FT_STATUS_DISCONNECTED;
    case FT_CALL_INVALID: return FT_STATUS_BAD_REPLY;
    }
    return FT_STATUS_BAD_REPLY;
}

/* The view that a callback gets: memory stays the session's. */
static void view(struct ft_reply *r, struct ft_session *session, const struct ft_session_reply *from)
{
    r->session = session;
    r->status = status_of_outcome(from);
    r->proto_id = from->protocol->id;
    r->serial = from->serial;
    r->msg = from->msg;
    r->ret_type = from->ret_type;
    r->err_code = from->err_code;
    r->text = from->ret_msg;
}

/* Moves what `from` views into `to`'s own memory. */
static void move(struct ft_reply *to, struct ft_reply *from)
{
    struct ft_arena arena = to->arena;
    if (from->msg)
        ft_session_swap_arena(from->session, &arena);
    to->session = NULL;
    to->arena = arena;
    to->status = from->status;
    to->proto_id = from->proto_id;
    to->serial = from->serial;
    to->msg = from->msg;
    to->ret_type = from->ret_type;
    to->err_code = from->err_code;
    to->text = from->text;
    if (!from->msg || !*from->text) { /* else it lies in the message */
        snprintf(to->own_text, sizeof to->own_text, "%s", from->text);
        to->text = to->own_text;
    }
    from->msg = NULL;
    from->text = "";
}

static struct ft_reply *new_reply(const struct ft_client *c)
{
    struct ft_reply *r = malloc(sizeof *r);
    if (!r)
        return NULL;
    memset(r, 0, sizeof *r);
    r->text = "";
    ft_arena_init(&r->arena, c ? c->options.max_decoded_bytes : 0);
    return r;
}

static void forget(struct ft_reply *r)
{
    ft_arena_reset(&r->arena);
    r->msg = NULL;
    r->status = FT_STATUS_INVALID;
    r->proto_id = r->serial = 0;
    r->ret_type = r->err_code = 0;
    r->text = "";
}

void ft_reply_free(struct ft_reply *r)
{
    if (!r || r->session) /* a callback's: not the caller's to give */
        return;
    ft_arena_free(&r->arena);
    free(r);
}

enum ft_status ft_reply_keep(struct ft_reply *r, struct ft_reply **kept)
{
    if (!r || !kept || *kept == r)
        return FT_STATUS_INVALID;
    if (!r->session)
        return FT_STATUS_STATE;
    if (!*kept)
        *kept = new_reply(NULL);
    if (!*kept)
        return FT_STATUS_NO_MEMORY;
    move(*kept, r);
    return FT_STATUS_OK;
}

enum ft_status ft_reply_status(const struct ft_reply *r)
{
    return r ? r->status : FT_STATUS_INVALID;
}
uint32_t ft_reply_proto(const struct ft_reply *r)
{
    return r ? r->proto_id : 0;
}
uint32_t ft_reply_serial(const struct ft_reply *r)
{
    return r ? r->serial : 0;
}
const ProtobufCMessage *ft_reply_message(const struct ft_reply *r)
{
    return r ? r->msg : NULL;
}
int32_t ft_reply_ret_type(const struct ft_reply *r)
{
    return r ? r->ret_type : 0;
}
const char *ft_reply_text(const struct ft_reply *r)
{
    return r ? r->text : "";
}
int32_t ft_reply_err_code(const struct ft_reply *r)
{
    return r ? r->err_code : 0;
}

/* ---- Waiting calls -------------------------------------------------------------------------- */

/* A record for a call under way; at most max_pending, made when first needed. */
static struct ft_sdk_call *take_call(struct ft_client *c, const struct ft_sdk_call *like)
{
    struct ft_sdk_call *call = c->free_calls, *all;
    if (call) {
        c->free_calls = call->next;
        all = call->all;
    } else {
        call = malloc(sizeof *call);
        if (!call)
            return NULL;
        all = c->all_calls;
        c->all_calls = call;
    }
    *call = *like;
    call->client = c;
    call->all = all;
    return call;
}

static void drop_kept(struct ft_sdk_call *call)
{
    if (call->kept)
        explicit_bzero(call->kept, call->kept_len); /* it may hold a password's digest */
    free(call->kept);
    call->kept = NULL;
}

static void give_call(struct ft_client *c, struct ft_sdk_call *call)
{
    drop_kept(call);
    call->typed = NULL; /* for ft_sdk_disown: it does not wait */
    call->next = c->free_calls;
    c->free_calls = call;
}

void ft_sdk_free_calls(struct ft_client *c)
{
    while (c->all_calls) {
        struct ft_sdk_call *next = c->all_calls->all;
        drop_kept(c->all_calls);
        free(c->all_calls);
        c->all_calls = next;
    }
    c->free_calls = NULL;
}

void ft_sdk_disown(struct ft_client *c, ft_typed_reply_fn *fn, bool (*mine)(void *user, void *call_user),
                   void *user)
{
    ft_sdk_lock(c);
    for (struct ft_sdk_call *call = c->all_calls; call; call = call->all)
        if (call->typed == fn && mine(user, call->user))
            call->typed = NULL;
    ft_sdk_unlock(c);
}

/* The packed request, to be remembered when it has succeeded. */
static enum ft_status keep_request(struct ft_client *c, struct ft_sdk_call *call,
                                   const ProtobufCMessage *request)
{
    call->kept_len = protobuf_c_message_get_packed_size(request);
    call->kept = malloc(call->kept_len + 1);
    if (!call->kept)
        return ft_sdk_fail(c, FT_STATUS_NO_MEMORY, "no memory for a call");
    protobuf_c_message_pack(request, call->kept);
    return FT_STATUS_OK;
}

static void end_blocking(struct ft_client *c, const struct ft_sdk_call *call, struct ft_reply *r,
                         const struct ft_session_reply *from)
{
    *call->ended = r->status;
    if (r->status != FT_STATUS_OK)
        ft_sdk_fail(c, r->status, "%s: %s", from->protocol->name, from->ret_msg);
    if (call->into)
        move(call->into, r);
    *call->done = true;
    ft_sdk_broadcast(c);
}

static void on_reply(void *user, const struct ft_session_reply *from)
{
    struct ft_sdk_call *record = user, call = *record;
    struct ft_client *c = call.client;
    if (call.kept && from->outcome == FT_CALL_REPLIED && from->ret_type == 0)
        ft_sdk_remember(c, from->protocol->id, call.kept, call.kept_len);
    give_call(c, record);
    if (call.own) {
        call.own(c, from);
        return;
    }
    struct ft_reply r;
    r.own_text[0] = '\0';
    view(&r, c->session, from);
    if (call.ended) {
        end_blocking(c, &call, &r, from);
    } else if ((call.fn || call.typed) && !c->free_wanted) {
        const void *data = ft_typed_data(&r, call.data);
        ft_sdk_unlock(c);
        if (call.typed)
            call.typed(call.user, &r, data);
        else
            call.fn(call.user, &r);
        ft_sdk_lock(c);
    }
}

/* ---- PacketID (platform.md 5.10) ------------------------------------------------------------ */

/* Copies of a write request and its c2s, with a PacketID of ours in it. */
struct stamped {
    alignas(max_align_t) char request[64];
    alignas(max_align_t) char c2s[1024];
    Common__PacketID id;
};

static const ProtobufCFieldDescriptor *message_field(const ProtobufCMessageDescriptor *d,
                                                     const char *name)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(d, name);
    return f && f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED ? f
                                                                                            : NULL;
}

static const ProtobufCMessage *stamp(struct ft_client *c, const ProtobufCMessage *request,
                                     struct stamped *s)
{
    const ProtobufCFieldDescriptor *cf = message_field(request->descriptor, "c2s"), *pf;
    if (!cf || request->descriptor->sizeof_message > sizeof s->request)
        return request;
    ProtobufCMessage *c2s = *(ProtobufCMessage *const *)((const char *)request + cf->offset);
    const ProtobufCMessageDescriptor *cd = cf->descriptor;
    if (!c2s || cd->sizeof_message > sizeof s->c2s || !(pf = message_field(cd, "packetID")) ||
        pf->descriptor != &common__packet_id__descriptor ||
        *(void *const *)((const char *)c2s + pf->offset))
        return request;
    common__packet_id__init(&s->id);
    s->id.connid = c->info.conn_id;
    s->id.serialno = ft_session_next_serial(c->session);
    memcpy(s->request, request, request->descriptor->sizeof_message);
    memcpy(s->c2s, c2s, cd->sizeof_message);
    *(Common__PacketID **)(s->c2s + pf->offset) = &s->id;
    *(void **)(s->request + cf->offset) = s->c2s;
    return (const ProtobufCMessage *)s->request;
}

/* ---- Sending -------------------------------------------------------------------------------- */

static enum ft_status may_send(struct ft_client *c, uint32_t proto_id,
                               const ProtobufCMessage *request)
{
    const struct ft_protocol *p = ft_protocol_find(proto_id);
    if (!p)
        return ft_sdk_fail(c, FT_STATUS_NOT_FOUND, "there is no protocol %u", (unsigned)proto_id);
    if (p->kind == FT_KIND_PUSH || !p->request || proto_id == FT_PROTO_InitConnect)
        return ft_sdk_fail(c, FT_STATUS_INVALID, "%s cannot be called", p->name);
    if (!request || request->descriptor != p->request)
        return ft_sdk_fail(c, FT_STATUS_INVALID, "%s takes a message of kind %s, not %s", p->name,
                           p->request->name,
                           request && request->descriptor ? request->descriptor->name : "NULL");
    if (c->state == FT_CLIENT_IDLE)
        return ft_sdk_fail(c, FT_STATUS_STATE, "%s: the client is not connected", p->name);
    if (!c->session || ft_session_state(c->session) != FT_SESSION_READY)
        return ft_sdk_fail(c, FT_STATUS_DISCONNECTED, "%s: there is no connection now: %s", p->name,
                           ft_client_state_text(c->state));
    return FT_STATUS_OK;
}

enum ft_status ft_sdk_send(struct ft_client *c, uint32_t proto_id, const ProtobufCMessage *request,
                           uint32_t timeout_ms, const struct ft_sdk_call *like, uint32_t *serial)
{
    enum ft_status s = may_send(c, proto_id, request);
    if (s)
        return s;
    struct ft_sdk_call *call = take_call(c, like);
    if (!call)
        return ft_sdk_fail(c, FT_STATUS_NO_MEMORY, "no memory for a call");
    if (!call->own && ft_sdk_worth_keeping(c, proto_id) && (s = keep_request(c, call, request))) {
        give_call(c, call);
        return s;
    }
    struct stamped stamped;
    struct ft_err err = {0};
    uint64_t ms = timeout_ms ? timeout_ms : c->options.call_timeout_ms;
    uint64_t deadline = ft_sdk_now_ns() + ms * FT_SDK_MS_NS;
    if (ft_session_call_until(c->session, proto_id, stamp(c, request, &stamped), deadline, on_reply,
                              call, serial, &err)) {
        give_call(c, call);
        return ft_sdk_fail_err(c, ft_sdk_status_of(err.code), &err);
    }
    if (c->thread.on && !ft_sdk_on_thread(c)) {
        ft_sdk_flush(c);
        if (deadline < c->thread.sleeps_until)
            ft_sdk_wake(c);
    }
    return FT_STATUS_OK;
}

enum ft_status ft_sdk_call_async(struct ft_client *c, uint32_t proto_id,
                                 const ProtobufCMessage *request, uint32_t timeout_ms,
                                 const struct ft_sdk_call *like, uint32_t *serial)
{
    enum ft_status s = ft_sdk_enter(c);
    if (s == FT_STATUS_OK)
        s = ft_sdk_send(c, proto_id, request, timeout_ms, like, serial);
    return ft_sdk_leave(c, s);
}

enum ft_status ft_client_call_async(struct ft_client *c, uint32_t proto_id,
                                    const ProtobufCMessage *request, uint32_t timeout_ms,
                                    ft_client_reply_fn *fn, void *user, uint32_t *serial)
{
    struct ft_sdk_call like = {.fn = fn, .user = user};
    return ft_sdk_call_async(c, proto_id, request, timeout_ms, &like, serial);
}

/* `reply` made ready to be filled. */
static enum ft_status prepare(struct ft_client *c, struct ft_reply **reply)
{
    if (!reply)
        return FT_STATUS_OK;
    if (!*reply)
        *reply = new_reply(c);
    if (!*reply)
        return ft_sdk_fail(c, FT_STATUS_NO_MEMORY, "no memory for a reply");
    if ((*reply)->session)
        return ft_sdk_fail(c, FT_STATUS_INVALID, "reply is a callback's");
    forget(*reply);
    return FT_STATUS_OK;
}

enum ft_status ft_client_call(struct ft_client *c, uint32_t proto_id,
                              const ProtobufCMessage *request, uint32_t timeout_ms,
                              struct ft_reply **reply)
{
    enum ft_status s = ft_sdk_enter(c);
    if (s)
        return ft_sdk_leave(c, s);
    if (ft_sdk_in_callback(c))
        return ft_sdk_leave(c, ft_sdk_fail(c, FT_STATUS_STATE,
                                           "call: not from a callback of the client"));
    if ((s = prepare(c, reply)))
        return ft_sdk_leave(c, s);
    enum ft_status ended = FT_STATUS_OK;
    bool done = false;
    struct ft_sdk_call like = {.into = reply ? *reply : NULL, .ended = &ended, .done = &done};
    if ((s = ft_sdk_send(c, proto_id, request, timeout_ms, &like, NULL)))
        return ft_sdk_leave(c, s);
    /* It always ends: by its reply, its deadline, or with the connection. */
    while (!done && !c->free_wanted)
        ft_sdk_wait(c, UINT64_MAX);
    return ft_sdk_freed(c) ? FT_STATUS_STATE : ended;
}
