/* The console's TCP listener. There is no password, as with the vendor's: it belongs on loopback. */
#include "gateway/console/desk.h"

#include "base/log.h"

#include <stdlib.h>

enum { TELNET_MAX = 8, LINGER_MS = 5000 };

struct line { /* a connection */
    struct ft_operator op;
    struct ft_telnet *telnet;
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct ft_buf tx;     /* under way */
    bool used, reading, writing;
    bool ending;          /* nothing more is read; closed once everything is sent */
    bool shut, closed;
    bool peer_ended;
    uint64_t close_at_ms; /* end of patience while ending */
    uint8_t read_buf[FT_CONSOLE_READ];
};

struct ft_telnet {
    struct ft_operator_desk *desk;
    struct ft_listener listener;
    size_t count;
    bool stopping;
    struct line line[TELNET_MAX];
};

static void adjust(struct ft_telnet *t)
{
    ft_listener_want(&t->listener, !t->stopping && t->count < TELNET_MAX);
}

static void on_closed(uv_handle_t *handle)
{
    struct line *l = handle->data;
    struct ft_telnet *t = l->telnet;
    ft_info("event=close service=telnet peer=%s", l->op.name);
    ft_operator_end(&l->op);
    ft_buf_free(&l->tx);
    l->used = false;
    t->count--;
    if (!t->stopping)
        adjust(t);
}

static void close_line(struct line *l)
{
    if (l->closed)
        return;
    l->closed = true;
    uv_close((uv_handle_t *)&l->tcp, on_closed);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
    struct line *l = req->data;
    if (status < 0 || l->peer_ended || l->telnet->stopping)
        close_line(l);
}

static void end_line(struct line *l)
{
    if (l->ending)
        return;
    l->ending = true;
    l->close_at_ms = uv_now(l->telnet->desk->gw->loop) + LINGER_MS;
}

static void kick_line(struct line *l);

static void on_written(uv_write_t *req, int status)
{
    struct line *l = req->data;
    l->writing = false;
    ft_buf_consume(&l->tx, ft_buf_len(&l->tx));
    if (status < 0)
        close_line(l);
    else
        kick_line(l);
}

/* What the session has said goes to the socket, as much as it takes now. -1: the connection is over. */
static int send_out(struct line *l)
{
    struct ft_console_session *s = &l->op.session;
    uv_buf_t buf = uv_buf_init((char *)ft_buf_head(&s->out), (unsigned)ft_buf_len(&s->out));
    int n = uv_try_write((uv_stream_t *)&l->tcp, &buf, 1);
    if (n < 0 && n != UV_EAGAIN)
        return -1;
    ft_buf_consume(&s->out, n > 0 ? (size_t)n : 0);
    if (!ft_buf_len(&s->out)) {
        ft_buf_trim(&s->out, FT_CONSOLE_OUT_WAIT);
        return 0;
    }
    struct ft_buf rest = s->out; /* the session goes on with the other buffer */
    s->out = l->tx;
    l->tx = rest;
    l->write.data = l;
    buf = uv_buf_init((char *)ft_buf_head(&l->tx), (unsigned)ft_buf_len(&l->tx));
    l->writing = uv_write(&l->write, (uv_stream_t *)&l->tcp, &buf, 1, on_written) == 0;
    return l->writing ? 0 : -1;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct line *l = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)l->read_buf, sizeof l->read_buf);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct line *l = stream->data;
    if (n == 0)
        return;
    if (n == UV_EOF) { /* a script that only half-closed still gets its answers */
        l->peer_ended = true;
        end_line(l);
    } else if (n < 0 || ft_console_feed(&l->op.session, (const uint8_t *)buf->base, (size_t)n,
                                        uv_hrtime())) {
        close_line(l);
        return;
    }
    kick_line(l);
}

/* Lines are served and input is read only while no output is under way: a slow reader waits for
 * himself. */
static void kick_line(struct line *l)
{
    struct ft_console_session *s = &l->op.session;
    while (!l->closed && !l->writing && !s->deferred) {
        ft_console_pump(s, uv_hrtime());
        if (s->deferred || !ft_buf_len(&s->out))
            break;
        if (send_out(l))
            close_line(l);
    }
    if (l->closed)
        return;
    bool read = !l->ending && !l->writing && ft_console_wants_input(s);
    if (read != l->reading) {
        l->reading = read;
        if (!read)
            uv_read_stop((uv_stream_t *)&l->tcp);
        else if (uv_read_start((uv_stream_t *)&l->tcp, on_alloc, on_read))
            close_line(l);
    }
    if (l->ending && !l->writing && !s->deferred && !l->shut && !l->closed) {
        l->shut = true;
        l->shutdown.data = l;
        if (uv_shutdown(&l->shutdown, (uv_stream_t *)&l->tcp, on_shutdown))
            close_line(l);
    }
}

static void kick(struct ft_operator *o)
{
    kick_line(ft_container_of(o, struct line, op));
}

static void name_peer(struct line *l)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    snprintf(l->op.name, sizeof l->op.name, "unknown");
    if (uv_tcp_getpeername(&l->tcp, (struct sockaddr *)&addr, &len) == 0)
        uv_ip_name((struct sockaddr *)&addr, l->op.name, sizeof l->op.name);
}

static void on_accept(struct ft_listener *listener)
{
    struct ft_telnet *t = listener->user;
    struct line *l = t->line;
    while (l < t->line + TELNET_MAX && l->used)
        l++;
    if (l == t->line + TELNET_MAX)
        return; /* the listener is down before that */
    const struct ft_config *c = &t->desk->gw->config;
    *l = (struct line){.telnet = t, .used = true};
    l->tcp.data = l;
    uv_tcp_init(t->desk->gw->loop, &l->tcp);
    ft_operator_begin(&l->op, t->desk, c->console_utf8 ? FT_CHARSET_UTF8 : FT_CHARSET_GB2312, true,
                      kick);
    ft_buf_init(&l->tx, l->op.session.out.max);
    t->count++;
    if (uv_accept((uv_stream_t *)&listener->handle, (uv_stream_t *)&l->tcp)) {
        close_line(l);
        return;
    }
    uv_tcp_nodelay(&l->tcp, 1);
    uv_tcp_keepalive(&l->tcp, 1, 60);
    name_peer(l);
    ft_info("event=accept service=telnet peer=%s consoles=%zu", l->op.name, t->count);
    adjust(t); /* not before: closing the listener takes with it what was not accepted */
    kick_line(l);
}

int ft_telnet_start(struct ft_operator_desk *d, struct ft_err *err)
{
    struct ft_telnet *t = d->telnet = calloc(1, sizeof *t);
    if (!t)
        return ft_err_set(err, FT_ENOMEM, "no memory for the operation console");
    t->desk = d;
    t->listener = (struct ft_listener){.what = "telnet", .ip = d->gw->config.telnet_ip,
                                       .port = (int)d->gw->config.telnet_port, .accept = on_accept,
                                       .user = t};
    if (ft_listener_open(&t->listener, d->gw->loop, err))
        return -1;
    if (!t->listener.local)
        ft_warn("event=listen service=telnet reason=\"telnet_ip=%s is not local, and the operation "
                "console has no password: whoever reaches port %d can stop this gateway, change "
                "accounts and write files\"",
                t->listener.ip, t->listener.port);
    return 0;
}

int ft_telnet_port(const struct ft_telnet *t)
{
    return t->listener.port;
}

size_t ft_telnet_count(const struct ft_telnet *t)
{
    return t->count;
}

void ft_telnet_tick(struct ft_telnet *t)
{
    uint64_t now = uv_now(t->desk->gw->loop);
    for (struct line *l = t->line; l < t->line + TELNET_MAX; l++)
        if (l->used && l->ending && !l->op.session.deferred && now >= l->close_at_ms)
            close_line(l);
    if (!t->stopping)
        adjust(t); /* a listener that could not be opened is tried again */
}

void ft_telnet_stop(struct ft_telnet *t)
{
    t->stopping = true;
    adjust(t);
    for (struct line *l = t->line; l < t->line + TELNET_MAX; l++) {
        if (!l->used || l->closed)
            continue;
        end_line(l);
        kick_line(l);
    }
}

/* After the loop has closed the handles, by us or at its end. */
void ft_telnet_free(struct ft_telnet *t)
{
    for (struct line *l = t->line; l < t->line + TELNET_MAX; l++) {
        if (!l->used)
            continue;
        ft_operator_end(&l->op);
        ft_buf_free(&l->tx);
    }
    free(t);
}
