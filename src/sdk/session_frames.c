/* Frames in and out of a session: read, verified, decrypted, decoded, handed to whom they are for;
 * written and entered among the calls. */
#include "sdk/session_impl.h"

#include "base/check.h"
#include "wire/pb.h"

#include <string.h>

enum { KEEP_BYTES = 256 * 1024 }; /* of buffers that one large frame has grown */

/* Replies are larger than requests, and a newer gateway's have fields unknown to us. */
static const struct ft_pb_limits reply_limits = {
    .max_depth = 16, .max_fields = 4 << 20, .max_unknown = 1 << 20};

/* Frames in. */

/* Plain body of a frame, in place or in plain_in; -1 with a reason. */
static int open_body(struct ft_session *s, const struct ft_frame *f, const uint8_t **body,
                     size_t *len, struct ft_err *err)
{
    ft_buf_consume(&s->plain_in, ft_buf_len(&s->plain_in));
    ft_buf_trim(&s->plain_in, KEEP_BYTES);
    if (s->state == FT_SESSION_OPENING)
        return ft_handshake_open_body(s, f, body, len, err);
    *body = f->body;
    *len = f->body_len;
    if (s->aes) {
        if (ft_aes_decrypt(s->aes, f->body, f->body_len, &s->plain_in, err))
            return -1;
        *len = ft_buf_len(&s->plain_in);
        *body = *len ? ft_buf_head(&s->plain_in) : f->body;
    }
    return ft_frame_digest_ok(s->sha, f, *body, *len)
               ? 0
               : ft_err_set(err, FT_ECORRUPT, "body does not match its SHA-1");
}

/* The frame's message in the arena, or NULL: counted, and s->error says why. */
static const ProtobufCMessage *read_message(struct ft_session *s, const struct ft_protocol *p,
                                            const struct ft_frame *f)
{
    const uint8_t *body;
    size_t len;
    const ProtobufCMessage *msg = NULL;
    if (open_body(s, f, &body, &len, &s->error) == 0) {
        ft_arena_reset(&s->arena);
        msg = f->format == FT_BODY_PROTOBUF
                  ? ft_pb_unpack_within(p->reply, body, len, &reply_limits, &s->arena, &s->error)
                  : ft_body_read(p->reply, f->format, body, len, &s->arena, &s->error);
    }
    if (!msg) {
        s->stats.invalid++;
        ft_err_wrap(&s->error, "%s serial %u", p->name, f->serial);
    }
    return msg;
}

static const void *field_of(const ProtobufCMessage *msg, unsigned number, ProtobufCType type)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field(msg->descriptor, number);
    return f && f->type == type && f->label != PROTOBUF_C_LABEL_REPEATED
               ? (const char *)msg + f->offset
               : NULL;
}

/* The three fields that every Response begins with (platform.md 4.4). */
static void read_head(struct ft_session_reply *reply)
{
    const int32_t *ret = field_of(reply->msg, 1, PROTOBUF_C_TYPE_INT32);
    char *const *text = field_of(reply->msg, 2, PROTOBUF_C_TYPE_STRING);
    const int32_t *code = field_of(reply->msg, 3, PROTOBUF_C_TYPE_INT32);
    reply->ret_type = ret ? *ret : FT_RET_SUCCEED;
    reply->ret_msg = text && *text ? *text : "";
    reply->err_code = code ? *code : 0;
}

static void on_push(struct ft_session *s, const struct ft_protocol *p, const struct ft_frame *f)
{
    if (s->state != FT_SESSION_READY) {
        s->stats.unmatched++; /* behind a push there may be a key that we do not have yet */
        return;
    }
    const struct ft_push_handler *h = &s->push[ft_protocol_index(p)];
    if (!h->fn)
        h = &s->any_push;
    if (!h->fn)
        return; /* nobody listens: not worth decoding */
    struct ft_session_push push = {p, f->serial, read_message(s, p, f)};
    if (!push.msg)
        return;
    s->stats.pushes++;
    s->in_message = true;
    h->fn(h->user, &push);
    s->in_message = false;
}

static void on_frame(struct ft_session *s, const struct ft_frame *f)
{
    s->stats.frames_in++;
    s->heard = true;
    const struct ft_protocol *p = ft_protocol_find(f->proto_id);
    if (p && p->kind == FT_KIND_PUSH) {
        on_push(s, p, f);
        return;
    }
    struct ft_call call;
    if (!p || !ft_calls_take(&s->calls, f->proto_id, f->serial, &call)) {
        s->stats.unmatched++;
        return;
    }
    struct ft_session_reply reply = {.protocol = p, .serial = f->serial};
    reply.msg = read_message(s, p, f);
    if (!reply.msg) {
        char why[FT_ERR_TEXT_MAX];
        memcpy(why, s->error.text, sizeof why); /* its callback may cause the next error */
        ft_session_fail_call(s, &call, FT_CALL_INVALID, why);
        return;
    }
    read_head(&reply);
    s->in_message = !call.internal;
    ft_session_finish_call(s, &call, &reply);
    s->in_message = false;
}

/* Serves the whole frames of bytes[0..n); *used is what they took. -1: closed. */
static int on_bytes(struct ft_session *s, const uint8_t *bytes, size_t n, size_t *used,
                    size_t *need)
{
    int frames = 0;
    *used = 0;
    while (s->state != FT_SESSION_CLOSED) {
        struct ft_frame f;
        size_t size;
        switch (ft_frame_next(bytes + *used, n - *used, s->options.max_body, &f, &size)) {
        case FT_FRAME_OK:
            on_frame(s, &f);
            *used += size;
            frames++;
            continue;
        case FT_FRAME_NEED_MORE: *need = size; return frames;
        case FT_FRAME_BAD_MAGIC:
            ft_err_set(&s->error, FT_ECORRUPT, "not a frame: the stream does not start with FT");
            break;
        case FT_FRAME_TOO_LONG:
            ft_err_set(&s->error, FT_ELIMIT, "body of %zu bytes announced, max_body is %u", size,
                       (unsigned)s->options.max_body);
            break;
        }
        ft_session_end(s);
    }
    return -1;
}

/* Completes the frame whose beginning waits in s->in, with no byte of the next one, so that s->in
 * never holds more than one frame and the rest is served where it lies. */
static int feed_rest(struct ft_session *s, const uint8_t **bytes, size_t *n)
{
    size_t used, need;
    for (;;) {
        int frames = on_bytes(s, ft_buf_head(&s->in), ft_buf_len(&s->in), &used, &need);
        if (frames != 0) {
            if (frames > 0)
                ft_buf_consume(&s->in, used);
            ft_buf_trim(&s->in, KEEP_BYTES);
            return frames;
        }
        size_t take = need - ft_buf_len(&s->in);
        if (take > *n)
            take = *n;
        if (take == 0)
            return 0;
        if (ft_buf_append(&s->in, *bytes, take)) {
            ft_err_set(&s->error, FT_ENOMEM, "no memory for a frame of %zu bytes", need);
            ft_session_end(s);
            return -1;
        }
        *bytes += take;
        *n -= take;
    }
}

int ft_session_feed(struct ft_session *s, const void *bytes, size_t n, struct ft_err *err)
{
    if (ft_session_enter(s, err))
        return -1;
    const uint8_t *p = bytes;
    int frames = 0;
    if (s->state == FT_SESSION_NEW) {
        ft_err_set(&s->error, FT_ESTATE, "bytes came before the session was started");
        ft_session_end(s);
        return ft_session_leave(s, -1, err);
    }
    if (ft_buf_len(&s->in))
        frames = feed_rest(s, &p, &n);
    if (frames >= 0 && n) {
        size_t used = 0, need;
        int more = on_bytes(s, p, n, &used, &need);
        if (more >= 0 && used < n && ft_buf_append(&s->in, p + used, n - used)) {
            ft_err_set(&s->error, FT_ENOMEM, "no memory for a frame's beginning");
            ft_session_end(s);
        }
        frames += more;
    }
    return ft_session_leave(s, frames, err);
}

/* Frames out. */

struct ft_buf *ft_session_output(struct ft_session *s)
{
    return &s->out;
}

static int append_covered(struct ft_session *s, const struct ft_frame_head *head,
                          const ProtobufCMessage *msg, struct ft_err *err)
{
    struct ft_buf *plain = &s->plain_out;
    ft_buf_consume(plain, ft_buf_len(plain));
    if (ft_body_write(msg, head->format, plain, err))
        return -1;
    size_t len = ft_buf_len(plain);
    const uint8_t *body = len ? ft_buf_head(plain) : (const uint8_t *)"";
    ptrdiff_t at = ft_frame_begin(&s->out);
    if (at < 0)
        return ft_err_set(err, FT_ELIMIT, "output is full: %zu bytes wait", ft_buf_len(&s->out));
    if (s->aes ? ft_aes_encrypt(s->aes, body, len, &s->out, err)
               : ft_rsa_encrypt(s->rsa, body, len, &s->out, err)) {
        ft_frame_cancel(&s->out, at);
        return -1;
    }
    uint8_t sum[FT_SHA1_SIZE];
    ft_sha1_sum(s->sha, body, len, sum);
    size_t wire_len = ft_buf_len(&s->out) - (size_t)at - FT_FRAME_HEADER;
    ft_frame_write_header(ft_buf_head(&s->out) + at, head, (uint32_t)wire_len, sum);
    return 0;
}

static int append_plain(struct ft_session *s, const struct ft_frame_head *head,
                        const ProtobufCMessage *msg, struct ft_err *err)
{
    ptrdiff_t at = ft_frame_begin(&s->out);
    if (at < 0)
        return ft_err_set(err, FT_ELIMIT, "output is full: %zu bytes wait", ft_buf_len(&s->out));
    int rc = ft_body_write(msg, head->format, &s->out, err);
    size_t len = ft_buf_len(&s->out) - (size_t)at - FT_FRAME_HEADER;
    if (rc == 0 && len > FT_FRAME_REQUEST_MAX)
        rc = ft_err_set(err, FT_ELIMIT, "body of %zu bytes: allowed are %d", len,
                        FT_FRAME_REQUEST_MAX);
    if (rc) {
        ft_frame_cancel(&s->out, at);
        return -1;
    }
    ft_frame_end(&s->out, at, s->sha, head);
    return 0;
}

int ft_session_send(struct ft_session *s, const struct ft_protocol *p, const ProtobufCMessage *msg,
                    struct ft_call **call, bool internal, struct ft_err *err)
{
    struct ft_frame_head head = {p->id, s->next_serial, s->options.body_format};
    size_t before = ft_buf_len(&s->out);
    bool covered = s->aes || (s->rsa && p->id == FT_PROTO_InitConnect);
    if (covered ? append_covered(s, &head, msg, err) : append_plain(s, &head, msg, err))
        return -1;
    *call = ft_calls_add(&s->calls, p, head.serial, internal);
    if (!*call) {
        ft_frame_cancel(&s->out, (ptrdiff_t)before);
        return ft_err_set(err, FT_ELIMIT, "%zu calls wait for their replies: allowed are %zu",
                          s->calls.pending, s->calls.max_pending);
    }
    s->next_serial = head.serial == UINT32_MAX ? 1 : head.serial + 1;
    s->stats.frames_out++;
    return 0;
}
