/* KeepAlive round trips through opend, beside a raw loopback echo of the same request bytes in the
 * same run: the two take turns of a fifth of a second, so that both meet the same noise. The
 * client's side is the same code for both (an echoed request is a frame, too); the last rows go
 * through the SDK. Target: p50 within 1.5 times the echo's. */
#include "bench_sdk.h"

#include "InitConnect.pb-c.h"
#include "KeepAlive.pb-c.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum { MANY = 50, DEPTH = 64, TURNS = 9, TURN_MS = 200, BODY_MAX = 1 << 16 };

/* One connection and what it waits for. */
struct line {
    int fd;
    struct ft_buf in;
    uint64_t sent_ns[DEPTH]; /* ring: replies come in order */
    unsigned first, waiting;
};

struct target {
    const char *name;
    struct bench_child child;
    struct line lines[MANY];
    struct bench_hist hist;
    uint64_t busy_ns, cpu_ns;
};

static struct ft_buf request;  /* one KeepAlive frame */
static struct ft_buf requests; /* DEPTH of them */

static void make_frame(struct ft_buf *out, uint32_t proto_id, const ProtobufCMessage *msg)
{
    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_frame_head head = {proto_id, 1, FT_BODY_PROTOBUF};
    ptrdiff_t at = ft_frame_begin(out);
    if (!sha || at < 0 || ft_body_write(msg, FT_BODY_PROTOBUF, out, NULL))
        bench_die("cannot make a frame");
    ft_frame_end(out, at, sha, &head);
    ft_sha1_free(sha);
}

static void make_requests(void)
{
    ft_buf_init(&request, 1024);
    ft_buf_init(&requests, 1 << 20);
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    c2s.time = time(NULL);
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    make_frame(&request, FT_PROTO_KeepAlive, &r.base);
    for (int i = 0; i < DEPTH; i++)
        make_frame(&requests, FT_PROTO_KeepAlive, &r.base);
}

static void send_n(struct line *l, unsigned n)
{
    uint64_t now = bench_now_ns();
    for (unsigned i = 0; i < n; i++)
        l->sent_ns[(l->first + l->waiting++) % DEPTH] = now;
    bench_write_all(l->fd, ft_buf_head(&requests), n * ft_buf_len(&request));
}

/* One read; how many frames it completed. */
static unsigned receive(struct line *l, struct bench_hist *hist)
{
    uint8_t *to = ft_buf_reserve(&l->in, BODY_MAX);
    ssize_t n = to ? recv(l->fd, to, BODY_MAX, 0) : -1;
    if (n <= 0)
        bench_die("connection lost: %s", n ? strerror(errno) : "closed");
    ft_buf_commit(&l->in, (size_t)n);
    uint64_t now = bench_now_ns();
    struct ft_frame f;
    size_t size;
    unsigned frames = 0;
    while (ft_buf_len(&l->in) && ft_frame_next(ft_buf_head(&l->in), ft_buf_len(&l->in), BODY_MAX,
                                               &f, &size) == FT_FRAME_OK) {
        if (f.proto_id == FT_PROTO_KeepAlive && l->waiting) { /* a Notify may come between */
            if (hist)
                bench_hist_add(hist, now - l->sent_ns[l->first]);
            l->first = (l->first + 1) % DEPTH;
            l->waiting--;
            frames++;
        }
        ft_buf_consume(&l->in, size);
    }
    return frames;
}

/* The gateway wants InitConnect first; the echo server sends it back. */
static void open_line(struct line *l, uint16_t port)
{
    struct ft_buf init;
    struct ft_frame f;
    size_t size;
    ft_buf_init(&init, 1024);
    ft_buf_init(&l->in, 2 * BODY_MAX);
    InitConnect__C2S c2s = INIT_CONNECT__C2_S__INIT;
    c2s.clientver = 300;
    c2s.clientid = (char *)"bench";
    c2s.has_packetencalgo = 1;
    c2s.packetencalgo = -1;
    InitConnect__Request r = INIT_CONNECT__REQUEST__INIT;
    r.c2s = &c2s;
    make_frame(&init, FT_PROTO_InitConnect, &r.base);
    l->fd = bench_connect(port);
    bench_write_all(l->fd, ft_buf_head(&init), ft_buf_len(&init));
    do {
        uint8_t *to = ft_buf_reserve(&l->in, 4096);
        ssize_t n = to ? recv(l->fd, to, 4096, 0) : -1;
        if (n <= 0)
            bench_die("InitConnect: no reply");
        ft_buf_commit(&l->in, (size_t)n);
    } while (ft_frame_next(ft_buf_head(&l->in), ft_buf_len(&l->in), BODY_MAX, &f, &size) !=
             FT_FRAME_OK);
    ft_buf_consume(&l->in, size);
    ft_buf_free(&init);
    send_n(l, 1);
    while (l->waiting)
        receive(l, NULL);
}

/* The three loads, each for one turn. */

static void one_connection(struct target *t, uint64_t until)
{
    struct line *l = &t->lines[0];
    while (bench_now_ns() < until) {
        send_n(l, 1);
        while (l->waiting)
            receive(l, &t->hist);
    }
}

static void pipelined(struct target *t, uint64_t until)
{
    struct line *l = &t->lines[0];
    send_n(l, DEPTH);
    while (l->waiting) {
        unsigned n = receive(l, &t->hist);
        if (n && bench_now_ns() < until)
            send_n(l, n);
    }
}

static void many_connections(struct target *t, uint64_t until)
{
    struct epoll_event e[MANY] = {0};
    int ep = epoll_create1(0), busy = MANY;
    for (int i = 0; i < MANY; i++) {
        struct epoll_event want = {.events = EPOLLIN, .data.ptr = &t->lines[i]};
        epoll_ctl(ep, EPOLL_CTL_ADD, t->lines[i].fd, &want);
        send_n(&t->lines[i], 1);
    }
    while (busy) {
        int n = epoll_wait(ep, e, MANY, 10000);
        if (n <= 0)
            bench_die("no reply within ten seconds");
        for (int i = 0; i < n; i++) {
            struct line *l = e[i].data.ptr;
            if (receive(l, &t->hist) == 0)
                continue;
            if (bench_now_ns() < until)
                send_n(l, 1);
            else
                busy--;
        }
    }
    close(ep);
}

/* Turns of both targets; the first is the yardstick. */
static void run(const char *name, void (*load)(struct target *, uint64_t), struct target *targets)
{
    for (int k = 0; k < 2; k++) {
        memset(&targets[k].hist, 0, sizeof targets[k].hist);
        targets[k].busy_ns = targets[k].cpu_ns = 0;
    }
    for (int turn = -1; turn < TURNS; turn++) {
        for (int k = 0; k < 2; k++) {
            struct target *t = &targets[k];
            uint64_t cpu = bench_cpu_ns(t->child.pid), start = bench_now_ns();
            load(t, start + TURN_MS * MS);
            t->busy_ns += bench_now_ns() - start;
            t->cpu_ns += bench_cpu_ns(t->child.pid) - cpu;
            if (turn < 0) { /* warms up */
                memset(&t->hist, 0, sizeof t->hist);
                t->busy_ns = t->cpu_ns = 0;
            }
        }
    }
    char row[96];
    double base[4], value[4];
    static const char *const what[] = {"p50", "p99", "rate", "cpu"};
    static const char *const unit[] = {"us", "us", "/s", "us of the server per request"};
    for (int k = 0; k < 2; k++) {
        struct target *t = &targets[k];
        value[0] = (double)bench_hist_percentile(&t->hist, 0.5) / 1e3;
        value[1] = (double)bench_hist_percentile(&t->hist, 0.99) / 1e3;
        value[2] = (double)t->hist.count / ((double)t->busy_ns / 1e9);
        value[3] = (double)t->cpu_ns / 1e3 / (double)t->hist.count;
        for (int i = 0; i < 4; i++) {
            snprintf(row, sizeof row, "roundtrip.%s.%s.%s", name, t->name, what[i]);
            if (k == 0)
                bench_row(row, value[i], unit[i]);
            else
                bench_row_beside(row, value[i], unit[i], base[i], "echo");
        }
        memcpy(base, value, sizeof base);
    }
}

/* Through the SDK: one blocking call after the other, and the same depth of asynchronous ones. */

struct sdk_load {
    struct ft_client *client;
    struct bench_hist *hist;
    uint64_t until;
    uint64_t sent_ns[DEPTH];
    unsigned next, waiting;
};

static void sdk_send(struct sdk_load *l);

static void on_reply(void *user, struct ft_reply *reply)
{
    struct sdk_load *l = user;
    if (ft_reply_status(reply))
        bench_die("KeepAlive through the SDK: %s", ft_reply_text(reply));
    uint64_t now = bench_now_ns();
    bench_hist_add(l->hist, now - l->sent_ns[(l->next - l->waiting) % DEPTH]);
    l->waiting--;
    if (now < l->until)
        sdk_send(l);
}

static void sdk_send(struct sdk_load *l)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    c2s.time = 1;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    l->sent_ns[l->next++ % DEPTH] = bench_now_ns();
    l->waiting++;
    if (ft_client_call_async(l->client, FT_ID_KeepAlive, &r.base, 0, on_reply, l, NULL))
        bench_die("SDK: %s", ft_client_last_error(l->client));
}

static void sdk_blocking(struct ft_client *c, struct bench_hist *hist, uint64_t until)
{
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    c2s.time = 1;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    struct ft_reply *reply = NULL;
    for (uint64_t now = bench_now_ns(); now < until;) {
        bench_call(c, FT_ID_KeepAlive, &r.base, &reply);
        uint64_t then = bench_now_ns();
        bench_hist_add(hist, then - now);
        now = then;
    }
    ft_reply_free(reply);
}

static void sdk_rows(struct target *echo, uint16_t port)
{
    struct ft_client *c = bench_client(port, "bench-sdk");
    static struct bench_hist blocking, deep;
    memset(&echo->hist, 0, sizeof echo->hist);
    for (int turn = 0; turn < TURNS / 2; turn++) {
        one_connection(echo, bench_now_ns() + TURN_MS * MS);
        sdk_blocking(c, &blocking, bench_now_ns() + TURN_MS * MS);
    }
    bench_row_beside("roundtrip.sdk.blocking_call.p50",
                     (double)bench_hist_percentile(&blocking, 0.5) / 1e3, "us",
                     (double)bench_hist_percentile(&echo->hist, 0.5) / 1e3, "echo");
    uint64_t start = bench_now_ns();
    struct sdk_load l = {.client = c, .hist = &deep, .until = start + 1000 * MS};
    for (int i = 0; i < DEPTH; i++)
        sdk_send(&l);
    while (l.waiting)
        if (ft_client_dispatch(c, 1000, NULL))
            bench_die("SDK: %s", ft_client_last_error(c));
    bench_row("roundtrip.sdk.pipelined64.rate",
              (double)deep.count / ((double)(bench_now_ns() - start) / 1e9), "/s");
    ft_client_free(c);
}

/* An argument chooses one load, for a profiler: 1_connection, 50_connections, pipelined64, sdk. */
int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*load)(struct target *, uint64_t);
    } loads[] = {{"1_connection", one_connection},
                 {"50_connections", many_connections},
                 {"pipelined64", pipelined}};
    static struct target targets[2] = {{.name = "echo"}, {.name = "opend"}};
    const char *only = argc > 1 ? argv[1] : NULL;
    make_requests();
    bench_echo_start(&targets[0].child);
    bench_opend_start(&targets[1].child, NULL);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < MANY; i++)
            open_line(&targets[k].lines[i], targets[k].child.port);
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        if (only && strcmp(only, loads[i].name))
            continue;
        run(loads[i].name, loads[i].load, targets);
    }
    if (!only || strcmp(only, "sdk") == 0)
        sdk_rows(&targets[0], targets[1].child.port);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < MANY; i++)
            close(targets[k].lines[i].fd); /* else the gateway waits for their end */
        bench_child_stop(&targets[k].child);
    }
    return 0;
}
