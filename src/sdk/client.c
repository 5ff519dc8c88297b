/* client.h over POSIX sockets: the only file of the SDK that knows a socket and a clock. */
#include "sdk/client.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)

enum { READ_BYTES = 128 * 1024 };

struct ft_client {
    struct ft_session *session;
    int fd;
    bool inside; /* dispatch is on the stack */
    bool free_wanted;
    uint64_t call_timeout_ns;
    struct ft_arena kept; /* memory of the last blocking call's reply */
    char kept_text[FT_ERR_TEXT_MAX];
    uint8_t read_buf[READ_BYTES];
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

struct ft_client_options ft_client_default_options(void)
{
    return (struct ft_client_options){
        .host = "127.0.0.1",
        .port = 11111,
        .connect_timeout_ns = 10 * SECOND_NS,
        .session = ft_session_default_options(),
    };
}

/* Milliseconds until `at_ns`, rounded up, so that a wait never ends just before its deadline. */
static int poll_ms(uint64_t at_ns)
{
    uint64_t now = now_ns();
    if (at_ns <= now)
        return 0;
    uint64_t ms = (at_ns - now) / 1000000 + ((at_ns - now) % 1000000 != 0);
    return ms > 60000 ? 60000 : (int)ms;
}

/* The connecting socket's end within the deadline. 0, or an errno. */
static int finish_connect(int fd, uint64_t deadline_ns)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        int n = poll(&p, 1, poll_ms(deadline_ns));
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0)
            break;
        if (now_ns() >= deadline_ns)
            return ETIMEDOUT;
    }
    int error = 0;
    socklen_t len = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) ? errno : error;
}

static int connect_to(const struct addrinfo *a, uint64_t deadline_ns, int *fd)
{
    *fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
    if (*fd < 0)
        return errno;
    int error = 0;
    if (connect(*fd, a->ai_addr, a->ai_addrlen))
        error = errno == EINPROGRESS ? finish_connect(*fd, deadline_ns) : errno;
    if (error) {
        close(*fd);
        *fd = -1;
        return error;
    }
    int on = 1;
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return 0;
}

/* A connected socket; resolving a name may take longer than the deadline. */
static int open_socket(const struct ft_client_options *o, uint64_t deadline_ns, struct ft_err *err)
{
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)o->port);
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int rc = getaddrinfo(o->host, port, &hints, &list);
    if (rc)
        return ft_err_set(err, FT_EINVAL, "host %s: %s", o->host, gai_strerror(rc));
    int fd = -1, error = 0;
    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
        error = connect_to(a, deadline_ns, &fd);
    freeaddrinfo(list);
    if (fd < 0)
        return ft_err_set(err, FT_EIO, "cannot connect to %s:%u: %s", o->host, (unsigned)o->port,
                          strerror(error));
    return fd;
}

struct ft_client *ft_client_open(const struct ft_client_options *options, struct ft_err *err)
{
    uint64_t deadline_ns = now_ns() + options->connect_timeout_ns;
    struct ft_session_options so = options->session;
    so.utc_offset_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - now_ns());
    struct ft_client *c = malloc(sizeof *c);
    if (!c) {
        ft_err_set(err, FT_ENOMEM, "no memory for a client");
        return NULL;
    }
    memset(c, 0, offsetof(struct ft_client, read_buf));
    c->fd = -1;
    c->call_timeout_ns = so.call_timeout_ns;
    ft_arena_init(&c->kept, so.max_decoded);
    c->session = ft_session_new(&so, err);
    if (!c->session)
        goto fail;
    c->fd = open_socket(options, deadline_ns, err);
    if (c->fd < 0 || ft_session_start(c->session, err))
        goto fail;
    while (ft_session_state(c->session) == FT_SESSION_OPENING) {
        uint64_t now = now_ns();
        if (now >= deadline_ns) {
            ft_err_set(err, FT_EIO, "%s:%u: no InitConnect reply in time", options->host,
                       (unsigned)options->port);
            goto fail;
        }
        if (ft_client_dispatch(c, deadline_ns - now, err) < 0) {
            ft_err_wrap(err, "%s:%u", options->host, (unsigned)options->port);
            goto fail;
        }
    }
    return c;
fail:
    ft_client_free(c);
    return NULL;
}

void ft_client_free(struct ft_client *c)
{
    if (!c)
        return;
    if (c->inside) {
        c->free_wanted = true;
        return;
    }
    ft_session_free(c->session);
    if (c->fd >= 0)
        close(c->fd);
    ft_arena_free(&c->kept);
    free(c);
}

struct ft_session *ft_client_session(struct ft_client *c)
{
    return c->session;
}

int ft_client_fd(const struct ft_client *c)
{
    return c->fd;
}

static void broken(struct ft_client *c, const char *what, int error)
{
    char text[160];
    snprintf(text, sizeof text, "%s: %s", what, error ? strerror(error) : "end of stream");
    ft_session_close(c->session, text);
}

/* Hands the socket what it takes now. */
static void flush(struct ft_client *c)
{
    struct ft_buf *out = ft_session_output(c->session);
    while (ft_buf_len(out)) {
        ssize_t n = send(c->fd, ft_buf_head(out), ft_buf_len(out), MSG_NOSIGNAL);
        if (n >= 0) {
            ft_buf_consume(out, (size_t)n);
        } else if (errno != EINTR) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                broken(c, "write failed", errno);
            return;
        }
    }
}

/* Serves what the socket holds, one read: the caller comes again. */
static int read_some(struct ft_client *c)
{
    ssize_t n = recv(c->fd, c->read_buf, sizeof c->read_buf, 0);
    if (n > 0)
        return ft_session_feed(c->session, c->read_buf, (size_t)n, NULL);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    broken(c, n ? "read failed" : "closed by the gateway", n ? errno : 0);
    return -1;
}

static int turn(struct ft_client *c, uint64_t timeout_ns)
{
    uint64_t now = now_ns();
    uint64_t until = now > UINT64_MAX - timeout_ns ? UINT64_MAX : now + timeout_ns;
    int done = 0;
    /* What has no time yet gets it before the wait, or the wait would not be bounded by it. */
    if (ft_session_wake_ns(c->session) <= now)
        done = ft_session_tick(c->session, now, NULL);
    flush(c);
    if (done < 0 || ft_session_state(c->session) == FT_SESSION_CLOSED)
        return -1;
    uint64_t wake = ft_session_wake_ns(c->session);
    if (done == 0 && wake > until)
        wake = until;
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (ft_buf_len(ft_session_output(c->session)))
        p.events |= POLLOUT;
    int ready = poll(&p, 1, done ? 0 : poll_ms(wake));
    if (ready > 0 && (p.revents & ~POLLOUT)) {
        int frames = read_some(c);
        if (frames < 0)
            return -1;
        done += frames;
    }
    if (ft_session_wake_ns(c->session) <= now_ns()) {
        int due = ft_session_tick(c->session, now_ns(), NULL);
        if (due < 0)
            return -1;
        done += due;
    }
    flush(c); /* what callbacks and deadlines queued */
    return ft_session_state(c->session) == FT_SESSION_CLOSED ? -1 : done;
}

/* A turn that leaves the client alive, even when a callback asked for its end. */
static int guarded_turn(struct ft_client *c, uint64_t timeout_ns, struct ft_err *err)
{
    c->inside = true;
    int done = turn(c, timeout_ns);
    c->inside = false;
    if (done < 0 && err)
        *err = *ft_session_error(c->session);
    return done;
}

static int freed(struct ft_client *c, struct ft_err *err)
{
    ft_client_free(c);
    return ft_err_set(err, FT_ESTATE, "the client was freed in a callback");
}

int ft_client_dispatch(struct ft_client *c, uint64_t timeout_ns, struct ft_err *err)
{
    if (c->inside)
        return ft_err_set(err, FT_ESTATE, "the client cannot be driven from its own callbacks");
    if (ft_session_state(c->session) == FT_SESSION_CLOSED) {
        if (err)
            *err = *ft_session_error(c->session);
        return -1;
    }
    int done = guarded_turn(c, timeout_ns, err);
    return c->free_wanted ? freed(c, err) : done;
}

struct waiting {
    struct ft_client *client;
    struct ft_session_reply *reply;
    bool done;
};

static void on_reply(void *user, const struct ft_session_reply *reply)
{
    struct waiting *w = user;
    *w->reply = *reply;
    w->done = true;
    if (reply->msg) {
        ft_session_swap_arena(w->client->session, &w->client->kept);
        return;
    }
    snprintf(w->client->kept_text, sizeof w->client->kept_text, "%s", reply->ret_msg);
    w->reply->ret_msg = w->client->kept_text;
}

int ft_client_call(struct ft_client *c, uint32_t proto_id, const ProtobufCMessage *request,
                   struct ft_session_reply *reply, struct ft_err *err)
{
    struct waiting w = {c, reply, false};
    if (c->inside) {
        ft_err_set(err, FT_ESTATE, "a blocking call cannot be made from a callback");
        return FT_CLIENT_NOT_SENT;
    }
    if (ft_session_call(c->session, proto_id, request, on_reply, &w, NULL, err))
        return FT_CLIENT_NOT_SENT;
    while (!w.done && !c->free_wanted)
        guarded_turn(c, c->call_timeout_ns, NULL); /* a closed session ends the call, too */
    if (c->free_wanted) {
        freed(c, err);
        return FT_CLIENT_NOT_SENT;
    }
    return reply->ret_type;
}
