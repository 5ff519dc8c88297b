/* A gateway in a child process that lies as told, and clients of it. */
#ifndef FT_TESTS_FAKE_PEER_H
#define FT_TESTS_FAKE_PEER_H

#include "fake_server.h"

#include "ftapi/ftapi.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum mode {
    MODE_GOOD,
    MODE_SILENT,       /* accepts and says nothing */
    MODE_DEAF_LATER,   /* InitConnect alone is answered */
    MODE_ENDS_LATER,   /* closes at the first request behind InitConnect */
    MODE_CUTS,         /* closes inside a reply */
    MODE_ENDS_AT_ONCE, /* closes when it has accepted */
    MODE_INIT_REFUSED,
    MODE_INIT_GARBAGE,
    MODE_BAD_MAGIC,    /* what follows is about replies behind InitConnect */
    MODE_HUGE,         /* a header that announces a gigabyte */
    MODE_WRONG_SERIAL,
    MODE_WRONG_PROTOCOL,
    MODE_BAD_DIGEST,
    MODE_GARBAGE,      /* a body that is no message, with a good digest */
    MODE_WRONG_FORMAT, /* a format byte that nobody knows */
    MODE_TWICE,
    MODE_DRIPS,        /* byte by byte */
    MODE_BAD_PUSHES,   /* pushes with garbage before each reply */
};

struct peer {
    pid_t pid;
    uint16_t port;
};

struct peer_side {
    int fd;
    enum mode mode;
    struct ft_sha1 *sha;
    struct ft_buf in, out;
};

static inline void peer_write(struct peer_side *s, size_t n)
{
    while (n) {
        ssize_t w = write(s->fd, ft_buf_head(&s->out), s->mode == MODE_DRIPS ? 1 : n);
        if (w <= 0)
            break;
        ft_buf_consume(&s->out, (size_t)w);
        n -= (size_t)w;
    }
    ft_buf_consume(&s->out, ft_buf_len(&s->out));
}

static inline void peer_frame(struct peer_side *s, struct ft_frame_head head,
                              const ProtobufCMessage *msg)
{
    ptrdiff_t at = ft_frame_begin(&s->out);
    ft_body_write(msg, head.format, &s->out, NULL);
    ft_frame_end(&s->out, at, s->sha, &head);
}

static inline void peer_raw_frame(struct peer_side *s, struct ft_frame_head head, const char *body)
{
    ptrdiff_t at = ft_frame_begin(&s->out);
    ft_buf_append(&s->out, body, strlen(body));
    ft_frame_end(&s->out, at, s->sha, &head);
}

static inline void peer_init_reply(struct peer_side *s, struct ft_frame_head head)
{
    struct fake_init_reply i;
    fake_init_reply(&i, FAKE_IV);
    if (s->mode == MODE_INIT_REFUSED) {
        i.r.rettype = -1;
        i.r.retmsg = (char *)"no room for you";
        i.r.s2c = NULL;
    }
    if (s->mode == MODE_INIT_GARBAGE)
        peer_raw_frame(s, head, "nothing of the kind");
    else
        peer_frame(s, head, &i.r.base);
    peer_write(s, ft_buf_len(&s->out));
}

/* A Notify, then the reply with its serial as time; bent as the mode says. */
static inline void peer_reply(struct peer_side *s, struct ft_frame_head head)
{
    struct ft_frame_head push = {FT_PROTO_Notify, 1, 0};
    Notify__Response notify = NOTIFY__RESPONSE__INIT;
    notify.rettype = 0;
    if (s->mode == MODE_BAD_PUSHES)
        for (int i = 0; i < 10; i++)
            peer_raw_frame(s, push, "\xff\xff\xff\xff no notice");
    peer_frame(s, push, &notify.base);
    size_t before = ft_buf_len(&s->out);
    KeepAlive__S2C s2c = KEEP_ALIVE__S2_C__INIT;
    s2c.time = head.serial;
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    r.rettype = 0;
    r.s2c = &s2c;
    head.serial += s->mode == MODE_WRONG_SERIAL ? 1000 : 0;
    head.proto_id = s->mode == MODE_WRONG_PROTOCOL ? FT_PROTO_GetUserInfo : head.proto_id;
    for (int i = 0; i < (s->mode == MODE_TWICE ? 2 : 1); i++) {
        if (s->mode == MODE_GARBAGE)
            peer_raw_frame(s, head, "\x01\x02\x03");
        else
            peer_frame(s, head, &r.base);
    }
    uint8_t *frame = ft_buf_head(&s->out) + before;
    if (s->mode == MODE_BAD_MAGIC)
        frame[0] = 'X';
    if (s->mode == MODE_WRONG_FORMAT)
        frame[6] = 77;
    if (s->mode == MODE_HUGE)
        memcpy(frame + 12, "\0\0\0\x40", 4);
    if (s->mode == MODE_BAD_DIGEST)
        frame[20] ^= 1;
    peer_write(s, ft_buf_len(&s->out) - (s->mode == MODE_CUTS ? 3 : 0));
}

static inline void peer_serve(int fd, enum mode mode)
{
    struct peer_side s = {.fd = fd, .mode = mode, .sha = ft_sha1_new()};
    ft_buf_init(&s.in, 1 << 20);
    ft_buf_init(&s.out, 1 << 20);
    bool over = mode == MODE_ENDS_AT_ONCE;
    int on = 1; /* else each second answer waits for an acknowledgement */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (!over) {
        uint8_t *to = ft_buf_reserve(&s.in, 4096);
        ssize_t n = read(fd, to, 4096);
        if (n <= 0)
            break;
        ft_buf_commit(&s.in, (size_t)n);
        struct ft_frame f;
        size_t size;
        while (!over && mode != MODE_SILENT &&
               ft_frame_next(ft_buf_head(&s.in), ft_buf_len(&s.in), 1 << 20, &f, &size) ==
                   FT_FRAME_OK) {
            struct ft_frame_head head = {f.proto_id, f.serial, f.format};
            ft_buf_consume(&s.in, size);
            if (f.proto_id == FT_PROTO_InitConnect)
                peer_init_reply(&s, head);
            else if (mode == MODE_ENDS_LATER)
                over = true;
            else if (mode != MODE_DEAF_LATER)
                peer_reply(&s, head);
            over |= mode == MODE_CUTS && f.proto_id != FT_PROTO_InitConnect;
        }
    }
    close(fd);
    ft_sha1_free(s.sha);
    ft_buf_free(&s.in);
    ft_buf_free(&s.out);
}

static inline int listen_any(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* A child that serves one connection after the other until it is stopped. */
static inline struct peer start_serving(void (*serve)(int fd, const void *what), const void *what)
{
    struct peer p;
    int listener = listen_any(&p.port);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        for (;;)
            serve(accept(listener, NULL, NULL), what);
    }
    close(listener);
    return p;
}

static inline void peer_serve_mode(int fd, const void *mode)
{
    peer_serve(fd, *(const enum mode *)mode);
}

static inline struct peer start(enum mode mode)
{
    return start_serving(peer_serve_mode, &mode);
}

static inline void stop(struct peer p)
{
    kill(p.pid, SIGKILL);
    waitpid(p.pid, NULL, 0);
}

/* ---- Clients of it -------------------------------------------------------------------------- */

static inline struct ft_client_options to(struct peer p)
{
    struct ft_client_options o;
    assert_int_equal(ft_client_options_init(&o, sizeof o), FT_STATUS_OK);
    o.port = p.port;
    o.reconnect = false;
    /* Only what is meant to be late may be: on a busy machine the peer is slow to be scheduled. */
    o.connect_timeout_ms = o.call_timeout_ms = 50000;
    return o;
}

static inline struct ft_client *new_client(const struct ft_client_options *o)
{
    struct ft_client *c;
    if (ft_client_new(o, &c))
        fail_msg("%s", ft_client_last_error(c));
    return c;
}

static inline struct ft_client *open_client(const struct ft_client_options *o)
{
    struct ft_client *c = new_client(o);
    if (ft_client_connect(c, 0))
        fail_msg("%s", ft_client_last_error(c));
    assert_int_equal(ft_client_state(c), FT_CLIENT_READY);
    return c;
}

static inline enum ft_status call(struct ft_client *c, uint32_t timeout_ms, struct ft_reply **reply)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    return ft_client_call(c, FT_ID_KeepAlive, &r.base, timeout_ms, reply);
}

static inline enum ft_status call_later(struct ft_client *c, ft_client_reply_fn *fn, void *user)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    return ft_client_call_async(c, FT_ID_KeepAlive, &r.base, 0, fn, user, NULL);
}

struct states {
    int n;
    enum ft_client_state state[32];
    enum ft_status why[32];
    char text[512]; /* of the last one */
};

static inline void see_client_state(void *user, enum ft_client_state state, enum ft_status why,
                                    const char *text)
{
    struct states *s = user;
    assert_true(s->n < 32);
    assert_non_null(text);
    snprintf(s->text, sizeof s->text, "%s", text);
    s->state[s->n] = state;
    s->why[s->n++] = why;
}

#endif
