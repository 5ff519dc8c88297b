/* What goes out: frames gather in `out`, pushes of a turn lie in a buffer that all connections share,
 * and each connection is written once a turn. Between two frames it can always be ended. */
#include "gateway/conn_parts.h"

#include "base/check.h"
#include "gateway/web/tls.h"

enum {
    OUT_KEEP = 64 * 1024,
    /* Sealed at once, if it is more than one frame: what has become records cannot be dropped any more. */
    SEAL_MAX = 256 * 1024,
};

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

static void consume_out(struct ft_conn *c, size_t n)
{
    ft_buf_consume(&c->out, n);
    c->out_lead -= n < c->out_lead ? n : c->out_lead;
    ft_buf_trim(&c->out, OUT_KEEP);
}

void ft_conn_drop_output(struct ft_conn *c)
{
    ft_list_del(&c->by_dirt);
    consume_out(c, ft_buf_len(&c->out));
    forget_shared(c);
}

/* Bytes of the first `n` of `out` up to the end of the frame that byte n lies in. */
static size_t frame_end_after(const struct ft_conn *c, size_t n)
{
    size_t at = c->out_lead;
    while (at < n) {
        at += c->framing->frame_size(ft_buf_head(&c->out) + at, ft_buf_len(&c->out) - at);
        FT_CHECK(at <= ft_buf_len(&c->out)); /* whole frames are queued */
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
        ft_conn_close_handle(c);
        return;
    }
    ft_conn_flush(c);
    ft_conn_finish_if_drained(c);
}

/* Leaves `tail` to libuv. */
static void write_tail(struct ft_conn *c)
{
    uv_buf_t buf = uv_buf_init((char *)ft_buf_head(&c->tail), (unsigned)ft_buf_len(&c->tail));
    c->write.data = c;
    c->writing = true;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written)) {
        c->writing = false;
        ft_conn_close(c, true, "write failed");
        ft_conn_close_handle(c);
    }
}

/* Hands the socket what it takes now: bytes taken, or -1 when the connection has failed. */
static int try_write(struct ft_conn *c, const uv_buf_t *bufs, unsigned count)
{
    int n = uv_try_write((uv_stream_t *)&c->tcp, bufs, count);
    if (n == UV_EAGAIN)
        return 0;
    if (n < 0) {
        ft_conn_close(c, true, "write failed: %s", uv_strerror(n));
        ft_conn_close_handle(c);
        return -1;
    }
    c->bytes_out += (size_t)n;
    return n;
}

/* When the socket stops inside a frame, only that frame's rest is left to libuv, so that closing never
 * has to wait for more than one frame (platform.md 4.6). */
static void flush_plain(struct ft_conn *c, size_t len)
{
    uv_buf_t bufs[1 + FT_CONN_SHARED_PARTS];
    unsigned count = 0;
    if (ft_buf_len(&c->out))
        bufs[count++] = uv_buf_init((char *)ft_buf_head(&c->out), (unsigned)ft_buf_len(&c->out));
    for (unsigned k = 0; k < c->shared_count; k++)
        bufs[count++] =
            uv_buf_init((char *)ft_buf_head(&c->gw->push_frames) + c->shared[k].at,
                        (unsigned)c->shared[k].len);
    int n = try_write(c, bufs, count);
    if (n < 0)
        return;
    if ((size_t)n == len) {
        forget_shared(c);
        consume_out(c, ft_buf_len(&c->out));
        return;
    }
    if (own_shared(c)) {
        forget_shared(c);
        ft_conn_close_handle(c); /* no memory for what the socket left: nothing can be saved */
        return;
    }
    size_t end = frame_end_after(c, (size_t)n ? (size_t)n : 1);
    if (ft_buf_append(&c->tail, ft_buf_head(&c->out) + n, end - (size_t)n)) {
        ft_conn_close_handle(c); /* no memory for one frame: nothing can be saved */
        return;
    }
    consume_out(c, end);
    c->bytes_out += end - (size_t)n;
    write_tail(c);
}

/* Turns frames into records: all of them, or whole ones until there is enough for once. -1: no memory. */
static int seal_some(struct ft_conn *c)
{
    size_t len = ft_buf_len(&c->out) + c->shared_len;
    if (len <= SEAL_MAX) {
        const uint8_t *frames = ft_buf_head(&c->gw->push_frames);
        if (ft_tls_seal(c->tls, ft_buf_head(&c->out), ft_buf_len(&c->out)))
            return -1;
        for (unsigned k = 0; k < c->shared_count; k++)
            if (ft_tls_seal(c->tls, frames + c->shared[k].at, c->shared[k].len))
                return -1;
        forget_shared(c);
        consume_out(c, ft_buf_len(&c->out));
        return 0;
    }
    if (own_shared(c))
        return -1;
    size_t end = frame_end_after(c, SEAL_MAX);
    if (ft_tls_seal(c->tls, ft_buf_head(&c->out), end))
        return -1;
    consume_out(c, end);
    return 0;
}

/* What is sealed is whole frames, so that the same holds for the records. */
static void flush_tls(struct ft_conn *c)
{
    for (;;) {
        if (seal_some(c)) {
            forget_shared(c);
            ft_conn_close_handle(c); /* records are missing: the stream cannot go on */
            return;
        }
        if (!ft_tls_take_sealed(c->tls, &c->tail))
            return;
        size_t len = ft_buf_len(&c->tail);
        uv_buf_t buf = uv_buf_init((char *)ft_buf_head(&c->tail), (unsigned)len);
        int n = try_write(c, &buf, 1);
        if (n < 0)
            return;
        ft_buf_consume(&c->tail, (size_t)n);
        if ((size_t)n < len) {
            c->bytes_out += len - (size_t)n;
            write_tail(c);
            return;
        }
        ft_buf_trim(&c->tail, 0);
    }
}

void ft_conn_flush(struct ft_conn *c)
{
    ft_list_del(&c->by_dirt);
    if (c->handle_closed || c->shut) {
        forget_shared(c);
        return;
    }
    if (c->writing) {
        if (own_shared(c))
            ft_conn_close(c, true, "no memory for %zu bytes of pushes", c->shared_len);
        return;
    }
    size_t len = ft_buf_len(&c->out) + c->shared_len;
    if (c->tls)
        flush_tls(c);
    else if (len)
        flush_plain(c, len);
}

/* What goes out: a message still to be written, or a plain frame that is ready. */
struct outgoing {
    const struct ft_frame_head *head;
    const ProtobufCMessage *msg;
    enum ft_cover cover;
    const uint8_t *frame;
    size_t frame_len;
};

static int append(struct ft_conn *c, const struct outgoing *o, struct ft_err *err)
{
    if (own_shared(c))
        return ft_err_set(err, FT_ENOMEM, "no memory");
    if (o->frame)
        return c->framing->append_frame(c, o->frame, o->frame_len);
    FT_CHECK(o->head && o->msg);
    return c->framing->append(c, &c->out, o->head, o->msg, o->cover, err);
}

void ft_conn_mark_dirty(struct ft_conn *c)
{
    if (ft_list_empty(&c->by_dirt))
        ft_list_push(&c->gw->dirty, &c->by_dirt);
}

static void sent_one(struct ft_conn *c)
{
    c->frames_out++;
    ft_conn_mark_dirty(c);
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
            c->gw->counters.slow_readers++;
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
