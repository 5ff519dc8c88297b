/* One connection of a client: resolving, connecting, reading, writing, its end. With client_turn.c
 * and client_thread.c the only files of the SDK that know a socket or a clock. */
#include "sdk/client_impl.h"

#include "wire/cipher.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * FT_SDK_SECOND_NS + (uint64_t)t.tv_nsec;
}

uint64_t ft_sdk_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static void watch(struct ft_client *c, int op, bool write)
{
    struct epoll_event e = {.events = EPOLLIN | (write ? EPOLLOUT : 0u)};
    epoll_ctl(c->epoll_fd, op, c->fd, &e);
    c->write_interest = write;
}

/* ---- The end -------------------------------------------------------------------------------- */

void ft_sdk_lost(struct ft_client *c, enum ft_status status, const char *fmt, ...)
{
    if (c->lost.code != FT_OK)
        return;
    char text[FT_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ft_err_set(&c->lost, FT_EIO, "%s", text);
    c->lost_status = status;
    if (c->session)
        ft_session_close(c->session, text);
}

void ft_sdk_add_stats(struct ft_client_stats *to, const struct ft_session_stats *s)
{
    to->frames_in += s->frames_in;
    to->frames_out += s->frames_out;
    to->replies += s->replies;
    to->pushes += s->pushes;
    to->unmatched += s->unmatched;
    to->invalid += s->invalid;
    to->timeouts += s->timeouts;
    to->keep_alives += s->keep_alives;
}

void ft_sdk_drop_link(struct ft_client *c)
{
    ft_sdk_orders_stop(c);
    if (c->session) {
        ft_sdk_add_stats(&c->stats, ft_session_stats(c->session));
        ft_session_free(c->session);
        c->session = NULL;
    }
    if (c->fd >= 0) {
        close(c->fd); /* epoll forgets it by itself */
        c->fd = -1;
    }
    c->tcp_pending = false;
    c->write_interest = false;
}

/* What a session that ended itself died of. */
static enum ft_status end_status(const struct ft_client *c, const struct ft_err *why)
{
    switch (why->code) {
    case FT_ECORRUPT:
    case FT_ELIMIT: return FT_STATUS_BAD_REPLY;
    case FT_ENOMEM: return FT_STATUS_NO_MEMORY;
    case FT_ESTATE: return FT_STATUS_REFUSED; /* InitConnect; our own closing is not judged here */
    default: return FT_STATUS_TIMEOUT;        /* InitConnect without reply, silence */
    }
}

static uint64_t backoff_ns(struct ft_client *c)
{
    uint64_t ms = c->options.reconnect_min_ms;
    for (uint32_t i = 0; i < c->backoff_step && ms < c->options.reconnect_max_ms; i++)
        ms *= 2;
    if (ms > c->options.reconnect_max_ms)
        ms = c->options.reconnect_max_ms;
    c->backoff_step++;
    uint64_t ns = ms * FT_SDK_MS_NS, random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        random = ft_sdk_now_ns();
    return ns - random % (ns / 2 + 1);
}

static void connect_next(struct ft_client *c);

void ft_sdk_settle(struct ft_client *c)
{
    if (c->lost.code == FT_OK) {
        if (!c->session || ft_session_state(c->session) != FT_SESSION_CLOSED)
            return;
        c->lost = *ft_session_error(c->session);
        c->lost_status = end_status(c, &c->lost);
    }
    bool was_up = c->state == FT_CLIENT_READY || c->state == FT_CLIENT_RESTORING;
    bool tcp_failed = !c->session;
    ft_sdk_drop_link(c);
    if (c->free_wanted)
        return;
    while (tcp_failed && c->next_address < c->addresses) {
        connect_next(c);
        if (c->lost.code == FT_OK)
            return;
        ft_sdk_drop_link(c);
    }
    ft_sdk_fail(c, c->lost_status, "%s:%u: %s", c->host, (unsigned)c->options.port, c->lost.text);
    ft_err_clear(&c->lost);
    c->failures = was_up ? 0 : c->failures + 1;
    c->stats.attempts_failed += !was_up;
    bool again = c->options.reconnect && !c->one_attempt &&
                 !(c->options.reconnect_tries && c->failures >= c->options.reconnect_tries);
    c->attempt_due = again;
    if (again)
        c->retry_ns = ft_sdk_now_ns() + backoff_ns(c);
    char text[FT_ERR_TEXT_MAX];
    memcpy(text, c->error_text, sizeof text);
    ft_sdk_set_state(c, again ? FT_CLIENT_WAITING : FT_CLIENT_IDLE, c->lost_status, text);
}

/* ---- The beginning -------------------------------------------------------------------------- */

static void on_state(void *user, enum ft_session_state state, const struct ft_err *why)
{
    struct ft_client *c = user;
    if (state != FT_SESSION_READY || c->free_wanted)
        return; /* the end is ft_sdk_settle's */
    const struct ft_session_info *i = ft_session_info(c->session);
    c->info = (struct ft_client_info){
        .conn_id = i->conn_id,
        .login_user_id = i->login_user_id,
        .server_ver = i->server_ver,
        .keep_alive_interval_s = i->keep_alive_interval_s,
        .user_attribution = i->user_attribution,
        .encryption = (enum ft_encryption)i->cipher,
    };
    c->stats.connections++;
    c->failures = 0;
    c->backoff_step = 0;
    c->one_attempt = false;
    c->attempt_timeout_ms = c->options.connect_timeout_ms;
    ft_sdk_restore(c);
}

void ft_sdk_open_session(struct ft_client *c)
{
    struct ft_session_options so = ft_sdk_session_options(c);
    so.utc_offset_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - ft_sdk_now_ns());
    so.on_state = on_state;
    so.on_state_user = c;
    struct ft_err err = {0};
    c->session = ft_session_new(&so, &err);
    if (!c->session || ft_session_start(c->session, &err)) {
        ft_sdk_lost(c, ft_sdk_status_of(err.code), "%s", err.text);
        return;
    }
    ft_sdk_attach_pushes(c);
}

static void tcp_up(struct ft_client *c)
{
    c->tcp_pending = false;
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(c, EPOLL_CTL_MOD, false);
    ft_sdk_open_session(c);
}

void ft_sdk_finish_tcp(struct ft_client *c)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len))
        error = errno;
    if (error)
        ft_sdk_lost(c, FT_STATUS_IO, "cannot connect: %s", strerror(error));
    else
        tcp_up(c);
}

/* connect(2) to the next address that has not been tried. */
static void connect_next(struct ft_client *c)
{
    size_t i = c->next_address++;
    ft_err_clear(&c->lost);
    const struct sockaddr *a = (const struct sockaddr *)&c->address[i];
    c->fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0) {
        ft_sdk_lost(c, FT_STATUS_IO, "cannot connect: socket: %s", strerror(errno));
        return;
    }
    watch(c, EPOLL_CTL_ADD, true);
    c->tcp_pending = true;
    if (connect(c->fd, a, c->address_len[i]) == 0)
        tcp_up(c);
    else if (errno != EINPROGRESS)
        ft_sdk_lost(c, FT_STATUS_IO, "cannot connect: %s", strerror(errno));
}

/* The host's addresses; may wait for the resolver, without the lock. 0, or gai's error. */
static int resolve(struct ft_client *c)
{
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)c->options.port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    ft_sdk_unlock(c);
    int rc = getaddrinfo(c->host, port, &hints, &list);
    ft_sdk_lock(c);
    c->addresses = c->next_address = 0;
    if (rc)
        return rc;
    for (const struct addrinfo *a = list; a && c->addresses < FT_SDK_ADDRESSES_MAX; a = a->ai_next) {
        if (a->ai_addrlen > sizeof c->address[0])
            continue;
        memcpy(&c->address[c->addresses], a->ai_addr, a->ai_addrlen);
        c->address_len[c->addresses++] = a->ai_addrlen;
    }
    freeaddrinfo(list);
    return c->addresses ? 0 : EAI_NONAME;
}

void ft_sdk_begin_attempt(struct ft_client *c)
{
    c->attempt_due = false;
    ft_err_clear(&c->lost);
    c->connect_deadline_ns = ft_sdk_now_ns() + c->attempt_timeout_ms * FT_SDK_MS_NS;
    ft_sdk_set_state(c, FT_CLIENT_CONNECTING, FT_STATUS_OK, "");
    if (c->free_wanted || c->close_wanted)
        return;
    int rc = resolve(c);
    if (c->free_wanted || c->close_wanted)
        return;
    if (rc)
        ft_sdk_lost(c, FT_STATUS_IO, "host %s: %s", c->host, gai_strerror(rc));
    else
        connect_next(c);
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

void ft_sdk_flush(struct ft_client *c)
{
    if (!c->session || c->fd < 0)
        return;
    struct ft_buf *out = ft_session_output(c->session);
    while (ft_buf_len(out)) {
        ssize_t n = send(c->fd, ft_buf_head(out), ft_buf_len(out), MSG_NOSIGNAL);
        if (n >= 0)
            ft_buf_consume(out, (size_t)n);
        else if (errno != EINTR)
            break; /* full; another error is read's to find, behind what can still be read */
    }
    bool left = ft_buf_len(out) > 0;
    if (left != c->write_interest)
        watch(c, EPOLL_CTL_MOD, left);
}

int ft_sdk_read(struct ft_client *c)
{
    ssize_t n = recv(c->fd, c->read_buf, sizeof c->read_buf, 0);
    if (n > 0) {
        int frames = ft_session_feed(c->session, c->read_buf, (size_t)n, NULL);
        return frames < 0 ? 1 : frames;
    }
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (n)
        ft_sdk_lost(c, FT_STATUS_DISCONNECTED, "read failed: %s", strerror(errno));
    else
        ft_sdk_lost(c, FT_STATUS_DISCONNECTED, "closed by the gateway");
    return 1;
}
