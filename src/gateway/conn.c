#include "gateway/conn_parts.h"

#include "base/check.h"
#include "base/log.h"
#include "gateway/reminders.h"
#include "gateway/session.h"
#include "gateway/subs.h"
#include "gateway/trade.h"
#include "gateway/web/tls.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_BUF = 256 * 1024,
    CLOSE_PATIENCE_MS = 10000, /* for a reader that does not take what is queued, or does not end */
    IN_KEEP = 4096,
    TCP_KEEPALIVE_S = 60,
};

static void on_closed(uv_handle_t *handle)
{
    struct ft_conn *c = handle->data;
    struct ft_gateway *gw = c->gw;
    ft_list_del(&c->by_age);
    gw->conn_count--;
    if (c->framing->free_state)
        c->framing->free_state(c);
    ft_tls_free(c->tls);
    ft_buf_free(&c->in);
    ft_buf_free(&c->out);
    ft_buf_free(&c->tail);
    ft_buf_free(&c->held);
    free(c);
}

void ft_conn_close_handle(struct ft_conn *c)
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
    gw->place_count -= c->has_place;
    c->has_place = false;
    ft_gateway_adjust_listeners(gw);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
    struct ft_conn *c = req->data;
    if (status < 0 || c->peer_ended)
        ft_conn_close_handle(c);
    /* else: the peer's own end arrives in on_read, or patience runs out in ft_conns_tick. Closing
     * at once with unread input would make the kernel send a reset, which can destroy the bytes
     * that the peer has not read yet: a frame cut in the middle ruins real clients (4.6). */
}

void ft_conn_finish_if_drained(struct ft_conn *c)
{
    if (c->state != FT_CONN_CLOSING || c->writing || ft_buf_len(&c->out) || c->shut ||
        c->handle_closed)
        return;
    if (c->tls && ft_tls_goodbye(c->tls)) {
        ft_conn_flush(c);
        if (c->writing || c->handle_closed)
            return; /* comes back here when it is written */
    }
    c->shut = true;
    c->shutdown.data = c;
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shutdown))
        ft_conn_close_handle(c);
}

/* What asks the HTTP port every few seconds is no news. */
static enum ft_log_level level_of(const struct ft_conn *c)
{
    return c->listener == &c->gw->web.http ? FT_LOG_DEBUG : FT_LOG_INFO;
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
    ft_log(level_of(c),
           "event=close conn=%llu peer=%s client=\"%s\" frames_in=%llu frames_out=%llu reason=\"%s\"",
           (unsigned long long)c->id, c->peer, c->client_id, (unsigned long long)c->frames_in,
           (unsigned long long)c->frames_out, ft_log_words(text, reason, sizeof reason));
    bool held_place = c->state != FT_CONN_DETACHED;
    c->state = FT_CONN_CLOSING;
    c->close_at_ms = uv_now(c->gw->loop) + CLOSE_PATIENCE_MS;
    if (held_place)
        release(c);
    if (drop_queued)
        ft_conn_drop_output(c);
    ft_conn_flush(c); /* what is shared comes before the goodbye */
    if (c->framing->goodbye) {
        c->framing->goodbye(c);
        ft_conn_flush(c);
    }
    ft_conn_finish_if_drained(c);
}

void ft_conn_abandon(struct ft_conn *c)
{
    ft_conn_close(c, true, "the gateway ends");
    ft_conn_close_handle(c);
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

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct ft_conn *c = handle->data;
    *buf = uv_buf_init((char *)c->gw->read_buf, READ_BUF);
}

/* Bytes of the stream, opened if it comes sealed. Without a leftover the frames are served where the
 * caller has them. */
static void on_stream(struct ft_conn *c, const uint8_t *bytes, size_t n)
{
    bool fresh = ft_buf_len(&c->in) == 0;
    if (!fresh) {
        if (ft_buf_append(&c->in, bytes, n)) {
            ft_conn_close(c, true, "no memory for a frame's beginning");
            return;
        }
        bytes = ft_buf_head(&c->in);
        n = ft_buf_len(&c->in);
    }
    size_t at = 0;
    const struct ft_framing *framing;
    do {
        framing = c->framing;
        at += framing->take(c, bytes + at, n - at);
    } while (c->framing != framing && at < n && c->state != FT_CONN_CLOSING);
    if (c->state == FT_CONN_CLOSING)
        at = n; /* the rest is nobody's */
    if (!fresh) {
        ft_buf_consume(&c->in, at);
        ft_buf_trim(&c->in, IN_KEEP);
    } else if (at < n && ft_buf_append(&c->in, bytes + at, n - at)) {
        ft_conn_close(c, true, "no memory for a frame's beginning");
    }
}

static void peer_ends(struct ft_conn *c)
{
    /* A client that only half-closed still gets its replies. */
    c->peer_ended = true;
    if (ft_trade_holds(c))
        return; /* closed once the disk has what its replies tell of */
    ft_conn_close(c, false, "closed by the client");
    if (c->shut)
        ft_conn_close_handle(c);
}

static void on_sealed(struct ft_conn *c, const uint8_t *bytes, size_t n)
{
    ft_tls_feed(c->tls, bytes, n);
    while (c->state != FT_CONN_CLOSING) {
        const uint8_t *plain;
        size_t len;
        struct ft_err err = {0};
        enum ft_tls_status s = ft_tls_open(c->tls, &plain, &len, &err);
        if (s == FT_TLS_NEED_MORE)
            break;
        if (s == FT_TLS_BYTES)
            on_stream(c, plain, len);
        else if (s == FT_TLS_FAILED)
            ft_conn_close(c, true, "TLS: %s", err.text);
        else
            break; /* the end of the socket's stream follows */
    }
    if (!c->handle_closed && ft_tls_has_sealed(c->tls))
        ft_conn_mark_dirty(c); /* of the handshake */
}

static void on_read(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
    struct ft_conn *c = stream->data;
    if (nread == UV_EOF) {
        peer_ends(c);
        return;
    }
    if (nread < 0) {
        ft_conn_close(c, true, "read failed: %s", uv_strerror((int)nread));
        ft_conn_close_handle(c);
        return;
    }
    if (c->state == FT_CONN_CLOSING || nread == 0)
        return;
    c->bytes_in += (size_t)nread;
    ft_delay_turn_begins(&c->gw->delay, uv_hrtime());
    (c->tls ? on_sealed : on_stream)(c, (const uint8_t *)buf->base, (size_t)nread);
}

static void name_peer(struct ft_conn *c)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    snprintf(c->peer, sizeof c->peer, "unknown");
    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&addr, &len) == 0)
        uv_ip_name((struct sockaddr *)&addr, c->peer, sizeof c->peer);
}

struct ft_conn *ft_conn_accept(struct ft_gateway *gw, struct ft_listener *l,
                               const struct ft_framing *framing, bool takes_place)
{
    struct ft_conn *c = calloc(1, sizeof *c);
    if (!c) {
        ft_error("event=accept outcome=\"no memory\"");
        return NULL;
    }
    c->gw = gw;
    c->listener = l;
    c->framing = framing;
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
        ft_conn_close_handle(c);
        return NULL;
    }
    gw->counters.connections++;
    c->has_place = takes_place;
    gw->place_count += takes_place;
    c->id = ft_session_new_id(gw);
    c->push_format = (uint8_t)gw->config.push_proto_type;
    c->last_frame_ms = uv_now(gw->loop);
    uv_tcp_nodelay(&c->tcp, 1);
    uv_tcp_keepalive(&c->tcp, 1, TCP_KEEPALIVE_S); /* a vanished peer must not stay for ever */
    name_peer(c);
    if (ft_map64_put(&gw->conn_by_id, c->id, c) ||
        uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read)) {
        ft_conn_close(c, true, "cannot start to read");
        return NULL;
    }
    ft_log(level_of(c), "event=accept conn=%llu peer=%s connections=%zu",
           (unsigned long long)c->id, c->peer, gw->place_count);
    ft_gateway_adjust_listeners(gw);
    return c;
}

/* Whether a younger connection of the same peer and client ID is alive: real clients close their
 * live connection when the one that they leaked is closed (platform.md 4.6, "Refusing"). */
static bool superseded(const struct ft_conn *c, uint64_t now, uint64_t idle_ms)
{
    const struct ft_gateway *gw = c->gw;
    for (const struct ft_list *n = c->by_age.next; n != &gw->conns; n = n->next) {
        const struct ft_conn *o = ft_container_of(n, struct ft_conn, by_age);
        if (o->login == c->login && o->state == FT_CONN_READY && !o->relay &&
            now - o->last_frame_ms < idle_ms &&
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
                ft_conn_close_handle(c);
        } else if (c->state != FT_CONN_DETACHED && now - c->last_frame_ms >= idle_ms) {
            if (c->state == FT_CONN_READY && !c->relay && superseded(c, now, idle_ms))
                ft_conn_detach(c);
            else
                ft_conn_close(c, false, "idle: no frame for %lld s",
                              (long long)gw->config.idle_timeout);
        } else if (c->framing->tick) {
            c->framing->tick(c, now);
        }
    }
}
