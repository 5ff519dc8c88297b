#include "gateway/conn.h"

#include "base/check.h"
#include "base/log.h"
#include "gateway/dispatch.h"
#include "gateway/reminders.h"
#include "gateway/session.h"
#include "gateway/subs.h"
#include "gateway/trade.h"
#include "wire/protocol.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_BUF = 256 * 1024,
    CLOSE_PATIENCE_MS = 10000, /* for a reader that does not take what is queued, or does not end */
    IN_KEEP = 4096, OUT_KEEP = 64 * 1024,
    TCP_KEEPALIVE_S = 60,
};

static void on_closed(uv_handle_t *handle)
{
    struct ft_conn *c = handle->data;
    struct ft_gateway *gw = c->gw;
    ft_list_del(&c->by_age);
    gw->conn_count--;
    ft_buf_free(&c->in);
    ft_buf_free(&c->out);
    ft_buf_free(&c->tail);
    ft_buf_free(&c->held);
    free(c);
}

static void close_handle(struct ft_conn *c)
{
    if (c->handle_closed)
        return;
    c->handle_closed = true;
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* Gives back the place among max_connections, the pushes and the name. */
static void release(struct ft_conn *c)
{
    struct ft_gateway *gw = c->gw;
    ft_map64_take(&gw->conn_by_id, c->id);
    ft_list_del(&c->by_first);
    ft_subs_conn_gone(c);
    ft_trade_conn_gone(c);
    ft_reminders_conn_gone(c);
    ft_aes_free(c->aes);
    c->aes = NULL;
    OPENSSL_cleanse(c->aes_key, sizeof c->aes_key);
    gw->place_count--;
    ft_gateway_adjust_listeners(gw);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
    struct ft_conn *c = req->data;
    if (status < 0 || c->peer_ended)
        close_handle(c);
    /* else: the peer's own end arrives in on_read, or patience runs out in ft_conns_tick. Closing
     * at once with unread input would make the kernel send a reset, which can destroy the bytes
     * that the peer has not read yet: a frame cut in the middle ruins real clients (4.6). */
}

/* Closing and everything sent: half-close. */
static void finish_if_drained(struct ft_conn *c)
{
    if (c->state != FT_CONN_CLOSING || c->writing || ft_buf_len(&c->out) || c->shut ||
        c->handle_closed)
        return;
    c->shut = true;
    c->shutdown.data = c;
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shutdown))
        close_handle(c);
}

static void forget_shared(struct ft_conn *c)
{
    c->shared_count = 0;
    c->shared_len = 0;
}

/* The shared frames become the connection's own. -1: no memory, nothing changed. */
static int own_shared(struct ft_conn *c)
{
    if (!c->shared_count)
        return 0;
    const uint8_t *frames = ft_buf_head(&c->gw->push_frames);
    if (!ft_buf_reserve(&c->out, c->shared_len))
        return -1;
    for (unsigned k = 0; k < c->shared_count; k++)
        ft_buf_append(&c->out, frames + c->shared[k].at, c->shared[k].len);
    forget_shared(c);
    return 0;
}

void ft_conn_close(struct ft_conn *c, bool drop_queued, const char *fmt, ...)
{
    if (c->state == FT_CONN_CLOSING)
        return;
    char text[256], reason[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ft_info("event=close conn=%llu peer=%s client=\"%s\" frames_in=%llu frames_out=%llu reason=\"%s\"",
            (unsigned long long)c->id, c->peer, c->client_id, (unsigned long long)c->frames_in,
            (unsigned long long)c->frames_out, ft_log_words(text, reason, sizeof reason));
    bool held_place = c->state != FT_CONN_DETACHED;
    c->state = FT_CONN_CLOSING;
    c->close_at_ms = uv_now(c->gw->loop) + CLOSE_PATIENCE_MS;
    if (held_place)
        release(c);
    if (drop_queued) {
        ft_list_del(&c->by_dirt);
        ft_buf_consume(&c->out, ft_buf_len(&c->out));
        forget_shared(c);
    } else {
        ft_conn_flush(c);
    }
    finish_if_drained(c);
}

void ft_conn_abandon(struct ft_conn *c)
{
    ft_conn_close(c, true, "the gateway ends");
    close_handle(c);
}

void ft_conn_detach(struct ft_conn *c)
{
    FT_CHECK(c->state == FT_CONN_READY);
    ft_info("event=detach conn=%llu peer=%s client=\"%s\" reason=\"silent, and a younger connection "
            "of the same client is alive\"",
            (unsigned long long)c->id, c->peer, c->client_id);
    c->state = FT_CONN_DETACHED;
    release(c);
}

/* Bytes of the first `n` of `out` up to the end of the frame that byte n lies in. */
static size_t frame_end_after(const struct ft_buf *out, size_t n)
{
    size_t at = 0, size;
    struct ft_frame frame;
    while (at < n) {
        enum ft_frame_status s = ft_frame_next(ft_buf_head(out) + at, ft_buf_len(out) - at,
                                               UINT32_MAX, &frame, &size);
        FT_CHECK(s == FT_FRAME_OK); /* whole frames are queued */
        at += size;
    }
    return at;
}

static void on_written(uv_write_t *req, int status)
{
    struct ft_conn *c = req->data;
    c->writing = false;
    ft_buf_consume(&c->tail, ft_buf_len(&c->tail));
    ft_buf_trim(&c->tail, OUT_KEEP);
    if (status < 0) {
        if (!c->handle_closed)
            ft_conn_close(c, true, "write failed: %s", uv_strerror(status));
        close_handle(c);
        return;
    }
    ft_conn_flush(c);
    finish_if_drained(c);
}

/* Hands the socket what it takes now. When it stops inside a frame, only that frame's rest is left
 * to libuv, so that closing never has to wait for more than one frame (platform.md 4.6). */
void ft_conn_flush(struct ft_conn *c)
{
    ft_list_del(&c->by_dirt);
    size_t len = ft_buf_len(&c->out) + c->shared_len;
    if (!len || c->handle_closed || c->shut) {
        forget_shared(c);
        return;
    }
    if (c->writing) {
        if (own_shared(c))
            ft_conn_close(c, true, "no memory for %zu bytes of pushes", c->shared_len);
        return;
    }
    uv_buf_t bufs[1 + FT_CONN_SHARED_PARTS];
    unsigned count = 0;
    if (ft_buf_len(&c->out))
        bufs[count++] = uv_buf_init((char *)ft_buf_head(&c->out), (unsigned)ft_buf_len(&c->out));
    for (unsigned k = 0; k < c->shared_count; k++)
        bufs[count++] =
            uv_buf_init((char *)ft_buf_head(&c->gw->push_frames) + c->shared[k].at,
                        (unsigned)c->shared[k].len);
    int n = uv_try_write((uv_stream_t *)&c->tcp, bufs, count);
    if (n == UV_EAGAIN)
        n = 0;
    if (n < 0) {
        ft_conn_close(c, true, "write failed: %s", uv_strerror(n));
        close_handle(c);
        return;
    }
    c->bytes_out += (size_t)n;
    if ((size_t)n == len) {
        forget_shared(c);
        ft_buf_consume(&c->out, ft_buf_len(&c->out));
        ft_buf_trim(&c->out, OUT_KEEP);
        return;
    }
    if (own_shared(c)) {
        forget_shared(c);
        close_handle(c); /* no memory for what the socket left: nothing can be saved */
        return;
    }
    size_t end = frame_end_after(&c->out, (size_t)n ? (size_t)n : 1);
    if (ft_buf_append(&c->tail, ft_buf_head(&c->out) + n, end - (size_t)n)) {
        close_handle(c); /* no memory for one frame: nothing can be saved */
        return;
    }
    ft_buf_consume(&c->out, end);
    c->bytes_out += end - (size_t)n;
    uv_buf_t buf = uv_buf_init((char *)ft_buf_head(&c->tail), (unsigned)ft_buf_len(&c->tail));
    c->write.data = c;
    c->writing = true;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written)) {
        c->writing = false;
        ft_conn_close(c, true, "write failed");
        close_handle(c);
    }
}

/* The body goes over plain_out into out, encrypted. */
static int append_covered(struct ft_conn *c, const struct ft_frame_head *head,
                          const ProtobufCMessage *msg, bool rsa, struct ft_err *err)
{
    struct ft_gateway *gw = c->gw;
    struct ft_buf *plain = &gw->plain_out;
    ft_buf_consume(plain, ft_buf_len(plain));
    if (ft_body_write(msg, head->format, plain, err))
        return -1;
    size_t len = ft_buf_len(plain), before = ft_buf_len(&c->out);
    if (!ft_buf_reserve(&c->out, FT_FRAME_HEADER))
        return ft_err_set(err, FT_ELIMIT, "output full");
    ft_buf_commit(&c->out, FT_FRAME_HEADER);
    if (rsa ? ft_rsa_encrypt(ft_conn_rsa(c), ft_buf_head(plain), len, &c->out, err)
            : ft_aes_encrypt(c->aes, ft_buf_head(plain), len, &c->out, err)) {
        ft_frame_cancel(&c->out, (ptrdiff_t)before);
        return -1;
    }
    uint8_t sum[FT_SHA1_SIZE];
    ft_sha1_sum(gw->sha, ft_buf_head(plain), len, sum);
    ft_frame_write_header(ft_buf_head(&c->out) + before, head,
                          (uint32_t)(ft_buf_len(&c->out) - before - FT_FRAME_HEADER), sum);
    return 0;
}

static int append_plain(struct ft_conn *c, const struct ft_frame_head *head,
                        const ProtobufCMessage *msg, struct ft_err *err)
{
    ptrdiff_t at = ft_frame_begin(&c->out);
    if (at < 0)
        return ft_err_set(err, FT_ELIMIT, "output full");
    if (ft_body_write(msg, head->format, &c->out, err)) {
        ft_frame_cancel(&c->out, at);
        return -1;
    }
    ft_frame_end(&c->out, at, c->gw->sha, head);
    return 0;
}

/* What goes out: a message still to be written, or a plain frame that was built for many. */
struct outgoing {
    const struct ft_frame_head *head;
    const ProtobufCMessage *msg;
    enum ft_cover cover;
    const uint8_t *frame;
    size_t frame_len;
};

/* A shared plain frame: copied, or its body encrypted for this connection alone. */
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

static int append(struct ft_conn *c, const struct outgoing *o, struct ft_err *err)
{
    if (own_shared(c))
        return ft_err_set(err, FT_ENOMEM, "no memory");
    if (o->frame)
        return append_frame(c, o->frame, o->frame_len);
    FT_CHECK(o->head && o->msg);
    bool covered = o->cover == FT_COVER_RSA || (o->cover == FT_COVER_SESSION && c->aes);
    return covered ? append_covered(c, o->head, o->msg, o->cover == FT_COVER_RSA, err)
                   : append_plain(c, o->head, o->msg, err);
}

static void sent_one(struct ft_conn *c)
{
    c->frames_out++;
    if (ft_list_empty(&c->by_dirt))
        ft_list_push(&c->gw->dirty, &c->by_dirt);
}

static int queue(struct ft_conn *c, const struct outgoing *o)
{
    if (c->state == FT_CONN_CLOSING || c->state == FT_CONN_DETACHED)
        return -1;
    struct ft_err err = {0};
    if (append(c, o, &err)) {
        /* What the socket still takes does not wait: only the rest makes a slow reader. */
        ft_conn_flush(c);
        if (c->state == FT_CONN_CLOSING)
            return -1;
        if (append(c, o, &err)) {
            ft_conn_close(c, true, "slow reader: %zu bytes wait and output_limit=%lld %s",
                          ft_buf_len(&c->out) + ft_buf_len(&c->tail),
                          (long long)c->gw->config.output_limit, err.text);
            return -1;
        }
    }
    sent_one(c);
    return 0;
}

int ft_conn_send(struct ft_conn *c, const struct ft_frame_head *head, const ProtobufCMessage *msg,
                 enum ft_cover cover)
{
    struct outgoing o = {.head = head, .msg = msg, .cover = cover};
    return queue(c, &o);
}

int ft_conn_send_frame(struct ft_conn *c, const uint8_t *frame, size_t len)
{
    struct outgoing o = {.frame = frame, .frame_len = len};
    return queue(c, &o);
}

int ft_conn_send_shared(struct ft_conn *c, size_t at, size_t len)
{
    unsigned n = c->shared_count;
    bool follows = n && c->shared[n - 1].at + c->shared[n - 1].len == at;
    if (c->aes || c->state == FT_CONN_CLOSING || c->state == FT_CONN_DETACHED ||
        (!follows && n == FT_CONN_SHARED_PARTS) ||
        ft_buf_len(&c->out) + c->shared_len + len > c->out.max)
        return ft_conn_send_frame(c, ft_buf_head(&c->gw->push_frames) + at, len);
    if (follows) {
        c->shared[n - 1].len += len;
    } else {
        c->shared[n].at = at;
        c->shared[n].len = len;
        c->shared_count++;
    }
    c->shared_len += len;
    sent_one(c);
    return 0;
}

bool ft_conn_backed_up(const struct ft_conn *c)
{
    return c->writing &&
           ft_buf_len(&c->out) + c->shared_len > (size_t)c->gw->config.output_limit / 8;
}

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
    ft_dispatch(c, f, body, len);
}

/* Serves the whole frames of bytes[0..n) and returns how many bytes they took. */
static size_t on_bytes(struct ft_conn *c, const uint8_t *bytes, size_t n)
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

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct ft_conn *c = handle->data;
    *buf = uv_buf_init((char *)c->gw->read_buf, READ_BUF);
}

static void on_read(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
    struct ft_conn *c = stream->data;
    if (nread == UV_EOF) {
        /* A client that only half-closed still gets its replies. */
        c->peer_ended = true;
        if (ft_trade_holds(c))
            return; /* closed once the disk has what its replies tell of */
        ft_conn_close(c, false, "closed by the client");
        if (c->shut)
            close_handle(c);
        return;
    }
    if (nread < 0) {
        ft_conn_close(c, true, "read failed: %s", uv_strerror((int)nread));
        close_handle(c);
        return;
    }
    if (c->state == FT_CONN_CLOSING || nread == 0)
        return;
    size_t n = (size_t)nread;
    c->bytes_in += n;
    ft_delay_turn_begins(&c->gw->delay, uv_hrtime());
    /* Without a leftover the frames are served where the socket put them. */
    if (ft_buf_len(&c->in) == 0) {
        size_t used = on_bytes(c, (uint8_t *)buf->base, n);
        if (used < n && ft_buf_append(&c->in, buf->base + used, n - used))
            ft_conn_close(c, true, "no memory for a frame's beginning");
        return;
    }
    if (ft_buf_append(&c->in, buf->base, n)) {
        ft_conn_close(c, true, "no memory for a frame's beginning");
        return;
    }
    size_t used = on_bytes(c, ft_buf_head(&c->in), ft_buf_len(&c->in));
    ft_buf_consume(&c->in, used);
    ft_buf_trim(&c->in, IN_KEEP);
}

static void name_peer(struct ft_conn *c)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    snprintf(c->peer, sizeof c->peer, "unknown");
    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&addr, &len) == 0)
        uv_ip_name((struct sockaddr *)&addr, c->peer, sizeof c->peer);
}

void ft_conn_accept(struct ft_gateway *gw, struct ft_listener *l)
{
    struct ft_conn *c = calloc(1, sizeof *c);
    if (!c) {
        ft_error("event=accept outcome=\"no memory\"");
        return;
    }
    c->gw = gw;
    c->listener = l;
    c->login = ft_logins_map(gw, l, NULL);
    c->tcp.data = c;
    ft_list_init(&c->by_age);
    ft_list_init(&c->by_dirt);
    ft_list_init(&c->by_first);
    ft_list_init(&c->subs);
    ft_list_init(&c->by_stale);
    ft_list_init(&c->acc_subs);
    ft_list_init(&c->by_held);
    ft_buf_init(&c->in, FT_FRAME_HEADER + FT_FRAME_REQUEST_MAX + READ_BUF);
    ft_buf_init(&c->out, (size_t)gw->config.output_limit);
    ft_buf_init(&c->tail, FT_FRAME_HEADER + (size_t)gw->config.output_limit);
    ft_buf_init(&c->held, (size_t)gw->config.output_limit);
    uv_tcp_init(gw->loop, &c->tcp);
    gw->conn_count++;
    ft_list_push(&gw->conns, &c->by_age);
    if (uv_accept((uv_stream_t *)&l->handle, (uv_stream_t *)&c->tcp)) {
        c->state = FT_CONN_CLOSING;
        close_handle(c);
        return;
    }
    gw->place_count++;
    c->id = ft_session_new_id(gw);
    c->push_format = (uint8_t)gw->config.push_proto_type;
    c->last_frame_ms = uv_now(gw->loop);
    uv_tcp_nodelay(&c->tcp, 1);
    uv_tcp_keepalive(&c->tcp, 1, TCP_KEEPALIVE_S); /* a vanished peer must not stay for ever */
    name_peer(c);
    if (ft_map64_put(&gw->conn_by_id, c->id, c) ||
        uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read)) {
        ft_conn_close(c, true, "cannot start to read");
        return;
    }
    ft_info("event=accept conn=%llu peer=%s connections=%zu", (unsigned long long)c->id, c->peer,
            gw->place_count);
    ft_gateway_adjust_listeners(gw);
}

/* Whether a younger connection of the same peer and client ID is alive: real clients close their
 * live connection when the one that they leaked is closed (platform.md 4.6, "Refusing"). */
static bool superseded(const struct ft_conn *c, uint64_t now, uint64_t idle_ms)
{
    const struct ft_gateway *gw = c->gw;
    for (const struct ft_list *n = c->by_age.next; n != &gw->conns; n = n->next) {
        const struct ft_conn *o = ft_container_of(n, struct ft_conn, by_age);
        if (o->login == c->login && o->state == FT_CONN_READY && now - o->last_frame_ms < idle_ms &&
            strcmp(o->client_id, c->client_id) == 0 && strcmp(o->peer, c->peer) == 0)
            return true;
    }
    return false;
}

void ft_conns_tick(struct ft_gateway *gw)
{
    uint64_t now = uv_now(gw->loop);
    uint64_t idle_ms = (uint64_t)gw->config.idle_timeout * 1000;
    struct ft_list *n = gw->conns.next;
    while (n != &gw->conns) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        n = n->next;
        if (c->state == FT_CONN_CLOSING) {
            if (now >= c->close_at_ms)
                close_handle(c);
        } else if (c->state != FT_CONN_DETACHED && now - c->last_frame_ms >= idle_ms) {
            if (c->state == FT_CONN_READY && superseded(c, now, idle_ms))
                ft_conn_detach(c);
            else
                ft_conn_close(c, false, "idle: no frame for %lld s",
                              (long long)gw->config.idle_timeout);
        }
    }
}
