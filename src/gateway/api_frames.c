/* Framing of the TCP API: 44-byte headers, bodies plain or under the session's cipher (platform.md 4.2,
 * 6). */
#include "gateway/conn.h"

#include "base/check.h"
#include "gateway/dispatch.h"

/* ---- Out ------------------------------------------------------------------------------------- */

/* The body goes over plain_out into out, encrypted. */
static int append_covered(struct ft_conn *c, struct ft_buf *out, const struct ft_frame_head *head,
                          const ProtobufCMessage *msg, bool rsa, struct ft_err *err)
{
    struct ft_gateway *gw = c->gw;
    struct ft_buf *plain = &gw->plain_out;
    ft_buf_consume(plain, ft_buf_len(plain));
    if (ft_body_write(msg, head->format, plain, err))
        return -1;
    size_t len = ft_buf_len(plain), before = ft_buf_len(out);
    if (!ft_buf_reserve(out, FT_FRAME_HEADER))
        return ft_err_set(err, FT_ELIMIT, "output full");
    ft_buf_commit(out, FT_FRAME_HEADER);
    if (rsa ? ft_rsa_encrypt(ft_conn_rsa(c), ft_buf_head(plain), len, out, err)
            : ft_aes_encrypt(c->aes, ft_buf_head(plain), len, out, err)) {
        ft_frame_cancel(out, (ptrdiff_t)before);
        return -1;
    }
    uint8_t sum[FT_SHA1_SIZE];
    ft_sha1_sum(gw->sha, ft_buf_head(plain), len, sum);
    ft_frame_write_header(ft_buf_head(out) + before, head,
                          (uint32_t)(ft_buf_len(out) - before - FT_FRAME_HEADER), sum);
    return 0;
}

static int append_plain(struct ft_conn *c, struct ft_buf *out, const struct ft_frame_head *head,
                        const ProtobufCMessage *msg, struct ft_err *err)
{
    ptrdiff_t at = ft_frame_begin(out);
    if (at < 0)
        return ft_err_set(err, FT_ELIMIT, "output full");
    if (ft_body_write(msg, head->format, out, err)) {
        ft_frame_cancel(out, at);
        return -1;
    }
    ft_frame_end(out, at, c->gw->sha, head);
    return 0;
}

static int append(struct ft_conn *c, struct ft_buf *out, const struct ft_frame_head *head,
                  const ProtobufCMessage *msg, enum ft_cover cover, struct ft_err *err)
{
    bool covered = cover == FT_COVER_RSA || (cover == FT_COVER_SESSION && c->aes);
    return covered ? append_covered(c, out, head, msg, cover == FT_COVER_RSA, err)
                   : append_plain(c, out, head, msg, err);
}

/* A plain frame: copied, or its body encrypted for this connection alone. */
static int append_frame(struct ft_conn *c, const uint8_t *frame, size_t len)
{
    if (!c->aes)
        return ft_buf_append(&c->out, frame, len);
    size_t before = ft_buf_len(&c->out);
    if (ft_buf_append(&c->out, frame, FT_FRAME_HEADER))
        return -1;
    if (ft_aes_encrypt(c->aes, frame + FT_FRAME_HEADER, len - FT_FRAME_HEADER, &c->out, NULL)) {
        ft_frame_cancel(&c->out, (ptrdiff_t)before);
        return -1;
    }
    /* The digest is of the plain body and stays; the length is that of the encrypted one. */
    ft_frame_set_length(ft_buf_head(&c->out) + before,
                        (uint32_t)(ft_buf_len(&c->out) - before - FT_FRAME_HEADER));
    return 0;
}

static struct ft_frame queued(const uint8_t *bytes, size_t n, size_t *size)
{
    struct ft_frame f;
    enum ft_frame_status s = ft_frame_next(bytes, n, UINT32_MAX, &f, size);
    FT_CHECK(s == FT_FRAME_OK);
    return f;
}

static size_t frame_size(const uint8_t *bytes, size_t n)
{
    size_t size;
    queued(bytes, n, &size);
    return size;
}

static bool head_of(const uint8_t *frame, size_t n, struct ft_frame_head *out)
{
    size_t size;
    struct ft_frame f = queued(frame, n, &size);
    *out = (struct ft_frame_head){f.proto_id, f.serial, f.format};
    return true;
}

/* ---- In -------------------------------------------------------------------------------------- */

/* Plain body of a frame: as it is, or decrypted into gw->plain_in. -1: neither fits its digest. */
static int open_body(struct ft_conn *c, const struct ft_frame *f, const uint8_t **body, size_t *len)
{
    struct ft_gateway *gw = c->gw;
    c->init_was_rsa = false;
    ft_buf_consume(&gw->plain_in, ft_buf_len(&gw->plain_in));
    if (c->aes && ft_aes_decrypt(c->aes, f->body, f->body_len, &gw->plain_in, NULL) == 0 &&
        ft_frame_digest_ok(gw->sha, f, ft_buf_head(&gw->plain_in), ft_buf_len(&gw->plain_in))) {
        *body = ft_buf_head(&gw->plain_in);
        *len = ft_buf_len(&gw->plain_in);
        return 0;
    }
    /* Plain frames also come on encrypted connections: a call that a Python client packed while
     * it was disconnected (platform.md 6.1). */
    if (ft_frame_digest_ok(gw->sha, f, f->body, f->body_len)) {
        *body = f->body;
        *len = f->body_len;
        return 0;
    }
    if (ft_conn_rsa(c) && f->proto_id == FT_PROTO_InitConnect) {
        ft_buf_consume(&gw->plain_in, ft_buf_len(&gw->plain_in));
        if (ft_rsa_decrypt(ft_conn_rsa(c), f->body, f->body_len, &gw->plain_in, NULL) == 0 &&
            ft_frame_digest_ok(gw->sha, f, ft_buf_head(&gw->plain_in), ft_buf_len(&gw->plain_in))) {
            c->init_was_rsa = true;
            *body = ft_buf_head(&gw->plain_in);
            *len = ft_buf_len(&gw->plain_in);
            return 0;
        }
    }
    return -1;
}

static void on_frame(struct ft_conn *c, const struct ft_frame *f)
{
    c->frames_in++;
    if (c->state == FT_CONN_DETACHED) {
        ft_conn_close(c, true, "frame on a superseded connection");
        return;
    }
    c->last_frame_ms = uv_now(c->gw->loop);
    const uint8_t *body;
    size_t len;
    if (open_body(c, f, &body, &len)) {
        ft_conn_close(c, false, "proto=%u serial=%u: body does not match its SHA-1%s", f->proto_id,
                      f->serial, c->aes || ft_conn_rsa(c) ? ", plain or decrypted" : "");
        return;
    }
    struct ft_frame_head head = {f->proto_id, f->serial, f->format};
    ft_dispatch(c, &head, body, len);
}

/* Serves the whole frames of bytes[0..n) and returns how many bytes they took. */
static size_t take(struct ft_conn *c, const uint8_t *bytes, size_t n)
{
    size_t at = 0;
    while (c->state != FT_CONN_CLOSING) {
        struct ft_frame f;
        size_t size;
        switch (ft_frame_next(bytes + at, n - at, FT_FRAME_REQUEST_MAX, &f, &size)) {
        case FT_FRAME_OK:
            on_frame(c, &f);
            at += size;
            continue;
        case FT_FRAME_NEED_MORE: return at;
        case FT_FRAME_BAD_MAGIC:
            ft_conn_close(c, false, "not a frame: the stream does not start with FT");
            break;
        case FT_FRAME_TOO_LONG:
            ft_conn_close(c, false, "body of %zu bytes announced, allowed are %d", size,
                          FT_FRAME_REQUEST_MAX);
            break;
        }
    }
    return n; /* closing: the rest is nobody's */
}

const struct ft_framing ft_api_framing = {
    .take = take,
    .append = append,
    .append_frame = append_frame,
    .frame_size = frame_size,
    .head_of = head_of,
};
