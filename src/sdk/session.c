/* The session: its options, life and end, and the calls into it. What it makes of bytes and of time
 * is in session_frames.c and session_time.c. */
#include "sdk/session_impl.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)
#define DAY_NS    (86400 * SECOND_NS)

enum { BODY_MAX = 256 << 20, PENDING_MAX = 1 << 20, CIPHER_ROOM = 1024 };

struct ft_session_options ft_session_default_options(void)
{
    return (struct ft_session_options){
        .client_id = "CNormal",
        .client_ver = 300,
        .programming_language = "C",
        .recv_notify = true,
        .encryption = FT_CIPHER_NONE,
        .body_format = FT_BODY_PROTOBUF,
        .push_format = FT_BODY_PROTOBUF,
        .first_serial = 1,
        .call_timeout_ns = 12 * SECOND_NS,
        .silence_timeout_ns = 33 * SECOND_NS,
        .max_pending = 1024,
        .max_body = FT_FRAME_REPLY_MAX,
        .max_output = 4 << 20,
        .max_decoded = 128 << 20,
    };
}

static int out_of_range(struct ft_err *err, const char *name, uint64_t value, uint64_t lo,
                        uint64_t hi)
{
    return ft_err_set(err, FT_EINVAL, "%s %llu: allowed are %llu to %llu", name,
                      (unsigned long long)value, (unsigned long long)lo, (unsigned long long)hi);
}

static int check_options(const struct ft_session_options *o, struct ft_err *err)
{
    const struct {
        const char *name;
        uint64_t value, lo, hi;
    } ranges[] = {
        {"body_format", o->body_format, FT_BODY_PROTOBUF, FT_BODY_JSON},
        {"push_format", o->push_format, FT_BODY_PROTOBUF, FT_BODY_JSON},
        {"call_timeout_ns", o->call_timeout_ns, 1, DAY_NS},
        {"silence_timeout_ns", o->silence_timeout_ns, 1, DAY_NS},
        {"max_pending", o->max_pending, 1, PENDING_MAX},
        {"max_body", o->max_body, 64, BODY_MAX},
        {"max_output", o->max_output, 1024, 1 << 30},
        {"max_decoded", o->max_decoded, 4096, (uint64_t)4 << 30},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (ranges[i].value < ranges[i].lo || ranges[i].value > ranges[i].hi)
            return out_of_range(err, ranges[i].name, ranges[i].value, ranges[i].lo, ranges[i].hi);
    if (o->encryption < FT_CIPHER_NONE || o->encryption > FT_CIPHER_AES_CBC)
        return ft_err_set(err, FT_EINVAL,
                          "encryption %d: allowed are -1 none, 0 FTAES_ECB, "
                          "1 AES_ECB, 2 AES_CBC",
                          o->encryption);
    if (o->encryption != FT_CIPHER_NONE && !o->rsa_key)
        return ft_err_set(err, FT_EINVAL, "encryption %d needs rsa_key, the gateway's private key",
                          o->encryption);
    return 0;
}

static int copy_text(char *to, size_t size, const char *name, const char *text, struct ft_err *err)
{
    size_t n = text ? strlen(text) : 0;
    if (n >= size)
        return ft_err_set(err, FT_EINVAL, "%s of %zu bytes: allowed are %zu", name, n, size - 1);
    memcpy(to, text ? text : "", n + 1);
    return 0;
}

static void destroy(struct ft_session *s)
{
    ft_calls_free(&s->calls);
    ft_sha1_free(s->sha);
    ft_rsa_free(s->rsa);
    ft_aes_free(s->aes);
    ft_buf_free(&s->in);
    ft_buf_free(&s->out);
    ft_buf_free(&s->plain_in);
    ft_buf_free(&s->plain_out);
    ft_arena_free(&s->arena);
    free(s->push);
    free(s);
}

struct ft_session *ft_session_new(const struct ft_session_options *options, struct ft_err *err)
{
    if (check_options(options, err))
        return NULL;
    struct ft_session *s = calloc(1, sizeof *s);
    if (!s) {
        ft_err_set(err, FT_ENOMEM, "no memory for a session");
        return NULL;
    }
    s->options = *options;
    s->next_serial = options->first_serial ? options->first_serial : 1;
    ft_buf_init(&s->in, (size_t)FT_FRAME_HEADER + options->max_body);
    ft_buf_init(&s->out, options->max_output);
    ft_buf_init(&s->plain_in, (size_t)options->max_body + CIPHER_ROOM);
    ft_buf_init(&s->plain_out, FT_FRAME_REQUEST_MAX);
    ft_arena_init(&s->arena, options->max_decoded);
    s->push = calloc(ft_protocols_count, sizeof *s->push);
    s->sha = ft_sha1_new();
    if (ft_calls_init(&s->calls, options->max_pending) || !s->push || !s->sha) {
        ft_err_set(err, FT_ENOMEM, "no memory for a session");
        goto fail;
    }
    if (copy_text(s->client_id, sizeof s->client_id, "client_id", options->client_id, err) ||
        copy_text(s->language, sizeof s->language, "programming_language",
                  options->programming_language, err))
        goto fail;
    if (options->rsa_key) {
        s->rsa = ft_rsa_from_pem(options->rsa_key, options->rsa_key_len, err);
        if (!s->rsa)
            goto fail;
    }
    s->options.client_id = s->options.programming_language = s->options.rsa_key = NULL;
    return s;
fail:
    destroy(s);
    return NULL;
}

void ft_session_free(struct ft_session *s)
{
    if (!s)
        return;
    if (s->inside) {
        s->free_wanted = true;
        s->state = FT_SESSION_CLOSED;
        return;
    }
    destroy(s);
}

int ft_session_start(struct ft_session *s, struct ft_err *err)
{
    if (s->state != FT_SESSION_NEW)
        return ft_err_set(err, FT_ESTATE, "the session was started before");
    if (ft_handshake_send(s, err))
        return -1;
    s->state = FT_SESSION_OPENING;
    s->heard = true; /* silence counts from the next tick on */
    return 0;
}

int ft_session_enter(struct ft_session *s, struct ft_err *err)
{
    if (s->inside)
        return ft_err_set(err, FT_ESTATE, "the session cannot be driven from its own callbacks");
    if (s->state == FT_SESSION_CLOSED) {
        if (err)
            *err = s->error;
        return -1;
    }
    s->inside = true;
    return 0;
}

int ft_session_leave(struct ft_session *s, int result, struct ft_err *err)
{
    s->inside = false;
    if (s->free_wanted) {
        destroy(s);
        return ft_err_set(err, FT_ESTATE, "the session was freed in a callback");
    }
    if (s->state != FT_SESSION_CLOSED)
        return result;
    if (err)
        *err = s->error;
    return -1;
}

/* The end. */

void ft_session_tell_state(struct ft_session *s)
{
    if (s->options.on_state && !s->free_wanted)
        s->options.on_state(s->options.on_state_user, s->state,
                            s->state == FT_SESSION_CLOSED ? &s->error : NULL);
}

void ft_session_fail_call(struct ft_session *s, const struct ft_call *call,
                          enum ft_call_outcome outcome, const char *why)
{
    static const int32_t ret_types[] = {
        [FT_CALL_REPLIED] = FT_RET_SUCCEED,
        [FT_CALL_TIMEOUT] = FT_RET_TIMEOUT,
        [FT_CALL_DISCONNECTED] = FT_RET_DISCONNECT,
        [FT_CALL_INVALID] = FT_RET_INVALID,
    };
    struct ft_session_reply reply = {
        .outcome = outcome,
        .protocol = call->protocol,
        .serial = call->serial,
        .ret_type = ret_types[outcome],
        .ret_msg = why,
    };
    ft_session_finish_call(s, call, &reply);
}

void ft_session_finish_call(struct ft_session *s, const struct ft_call *call,
                            const struct ft_session_reply *reply)
{
    if (s->free_wanted)
        return;
    if (!call->internal) {
        s->stats.replies += reply->outcome == FT_CALL_REPLIED;
        if (call->fn)
            call->fn(call->user, reply);
    } else if (call->protocol->id == FT_PROTO_InitConnect) {
        ft_handshake_reply(s, reply);
    } else {
        s->keep_alive_waits = false;
    }
}

void ft_session_end(struct ft_session *s)
{
    FT_CHECK(s->inside && s->error.code != FT_OK);
    if (s->state == FT_SESSION_CLOSED)
        return;
    s->state = FT_SESSION_CLOSED;
    bool in_message = s->in_message;
    s->in_message = false;
    struct ft_call call;
    while (ft_calls_take_any(&s->calls, &call))
        ft_session_fail_call(s, &call, FT_CALL_DISCONNECTED, s->error.text);
    ft_session_tell_state(s);
    s->in_message = in_message;
}

void ft_session_close(struct ft_session *s, const char *reason)
{
    if (s->state == FT_SESSION_CLOSED)
        return;
    bool outermost = !s->inside;
    s->inside = true;
    ft_err_set(&s->error, FT_ESTATE, "%s", reason ? reason : "closed by the user");
    ft_session_end(s);
    if (outermost)
        ft_session_leave(s, 0, NULL);
}

/* Calls. */

int ft_session_call(struct ft_session *s, uint32_t proto_id, const ProtobufCMessage *request,
                    ft_reply_fn *on_reply, void *user, uint32_t *serial, struct ft_err *err)
{
    return ft_session_call_until(s, proto_id, request, 0, on_reply, user, serial, err);
}

int ft_session_call_until(struct ft_session *s, uint32_t proto_id, const ProtobufCMessage *request,
                          uint64_t deadline_ns, ft_reply_fn *on_reply, void *user, uint32_t *serial,
                          struct ft_err *err)
{
    if (s->state != FT_SESSION_READY)
        return ft_err_set(err, FT_ESTATE, "the session is not ready%s%s",
                          s->state == FT_SESSION_CLOSED ? ": " : "",
                          s->state == FT_SESSION_CLOSED ? s->error.text : "");
    const struct ft_protocol *p = ft_protocol_find(proto_id);
    if (!p || !p->request || !p->reply || proto_id == FT_PROTO_InitConnect)
        return ft_err_set(err, FT_EINVAL, "protocol %u%s%s cannot be called", proto_id,
                          p ? " " : "", p ? p->name : "");
    if (!request || request->descriptor != p->request)
        return ft_err_set(err, FT_EINVAL, "%s takes a message of kind %s, not %s", p->name,
                          p->request->name, request ? request->descriptor->name : "NULL");
    struct ft_call *call;
    if (ft_session_send(s, p, request, &call, false, err))
        return ft_err_wrap(err, "%s", p->name);
    if (deadline_ns)
        ft_calls_time(&s->calls, call, deadline_ns);
    call->fn = on_reply;
    call->user = user;
    if (serial)
        *serial = call->serial;
    return 0;
}

uint32_t ft_session_next_serial(const struct ft_session *s)
{
    return s->next_serial;
}

/* The rest. */

int ft_session_on_push(struct ft_session *s, uint32_t proto_id, ft_push_fn *fn, void *user)
{
    const struct ft_protocol *p = ft_protocol_find(proto_id);
    if (!p || p->kind != FT_KIND_PUSH)
        return -1;
    s->push[ft_protocol_index(p)] = (struct ft_push_handler){fn, user};
    return 0;
}

void ft_session_on_any_push(struct ft_session *s, ft_push_fn *fn, void *user)
{
    s->any_push = (struct ft_push_handler){fn, user};
}

int ft_session_swap_arena(struct ft_session *s, struct ft_arena *arena)
{
    if (!s->in_message)
        return -1;
    struct ft_arena mine = s->arena;
    s->arena = *arena;
    ft_arena_reset(&s->arena);
    s->arena.limit = s->options.max_decoded;
    *arena = mine;
    s->in_message = false; /* a second swap would give the message's memory back */
    return 0;
}

struct ft_arena *ft_session_arena(struct ft_session *s)
{
    return &s->arena;
}

enum ft_session_state ft_session_state(const struct ft_session *s)
{
    return s->state;
}
const struct ft_err *ft_session_error(const struct ft_session *s)
{
    return &s->error;
}
size_t ft_session_pending(const struct ft_session *s)
{
    return s->calls.pending;
}
const struct ft_session_info *ft_session_info(const struct ft_session *s)
{
    return &s->info;
}
const struct ft_session_stats *ft_session_stats(const struct ft_session *s)
{
    return &s->stats;
}
