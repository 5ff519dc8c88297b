/* libftapi: pushes and calls, as a user gets them.
 *
 * push      a server in a fork sends ticker pushes (one trade each, as they come) as fast as it can;
 *           the client reads, verifies, decodes and hands each to a handler that reads its price.
 *           `cpu` is the client's processor time a push, kernel included; 1000 ns are a million
 *           a second on one core. The yardstick is a program that only reads the same bytes. Allocations are
 *           counted over the whole process while it is warm.
 * snapshot  one blocking Qot_GetSecuritySnapshot after the other, of a real gateway, beside the same
 *           frames sent and read raw: what the SDK adds is the difference of the medians. */
#include "bench_sdk.h"

#include "InitConnect.pb-c.h"
#include "Qot_GetSecuritySnapshot.pb-c.h"
#include "Qot_UpdateTicker.pb-c.h"
#include "base/buf.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum { BLOCK = 512, WARM = 100000, PUSHES = 3000000, ROUNDS = 10, ROUND_MS = 200, REPLY_MAX = 1 << 20 };

/* ---- Allocations of the whole process ------------------------------------------------------- */

static uint64_t allocations;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
    allocations++;
    return __libc_realloc(p, n);
}

/* ---- Pushes --------------------------------------------------------------------------------- */

static void append_frame(struct ft_buf *out, struct ft_sha1 *sha, struct ft_frame_head head,
                         const ProtobufCMessage *msg)
{
    ptrdiff_t at = ft_frame_begin(out);
    if (at < 0 || ft_body_write(msg, head.format, out, NULL))
        bench_die("no memory");
    ft_frame_end(out, at, sha, &head);
}

static void append_ticker(struct ft_buf *out, struct ft_sha1 *sha, uint32_t serial)
{
    QotCommon__Security security = QOT__COMMON__SECURITY__INIT;
    security.market = 1;
    security.code = (char *)"00700";
    QotCommon__Ticker t = QOT__COMMON__TICKER__INIT, *list = &t;
    t.time = (char *)"2026-11-26 10:15:30.123";
    t.sequence = 6730043337026687703 + serial;
    t.dir = 1;
    t.price = 388.2 + serial % 10 * 0.2;
    t.volume = 100 * (1 + serial % 7);
    t.turnover = t.price * (double)t.volume;
    t.has_recvtime = t.has_type = t.has_typesign = t.has_pushdatatype = t.has_timestamp = 1;
    t.recvtime = t.timestamp = 1795659330.123;
    t.type = 1;
    t.pushdatatype = 1;
    QotUpdateTicker__S2C s2c = QOT__UPDATE_TICKER__S2_C__INIT;
    s2c.security = &security;
    s2c.name = (char *)"TENCENT";
    s2c.tickerlist = &list;
    s2c.n_tickerlist = 1;
    QotUpdateTicker__Response r = QOT__UPDATE_TICKER__RESPONSE__INIT;
    r.rettype = 0;
    r.s2c = &s2c;
    append_frame(out, sha, (struct ft_frame_head){FT_PROTO_Qot_UpdateTicker, serial, 0}, &r.base);
}

/* Answers InitConnect if there is one, then sends blocks of pushes until nobody reads them. */
static _Noreturn void send_pushes(int fd, bool init)
{
    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_buf out;
    ft_buf_init(&out, 1 << 20);
    if (init) {
        uint8_t in[4096];
        if (recv(fd, in, sizeof in, 0) <= 0)
            _exit(1);
        InitConnect__S2C s2c = INIT_CONNECT__S2_C__INIT;
        s2c.connid = 6730043337026687703;
        s2c.connaeskey = (char *)"3F17CF3EEF912C92";
        s2c.keepaliveinterval = 3600;
        InitConnect__Response r = INIT_CONNECT__RESPONSE__INIT;
        r.rettype = 0;
        r.s2c = &s2c;
        append_frame(&out, sha, (struct ft_frame_head){FT_PROTO_InitConnect, 1, 0}, &r.base);
        bench_write_all(fd, ft_buf_head(&out), ft_buf_len(&out));
        ft_buf_consume(&out, ft_buf_len(&out));
    }
    for (uint32_t serial = 1; serial <= BLOCK; serial++)
        append_ticker(&out, sha, serial);
    while (send(fd, ft_buf_head(&out), ft_buf_len(&out), MSG_NOSIGNAL) > 0)
        ;
    _exit(0);
}

static void push_server(struct bench_child *child, bool init)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&a, &len))
        bench_die("no listener");
    memset(child, 0, sizeof *child);
    child->port = ntohs(a.sin_port);
    child->pid = bench_fork();
    if (child->pid == 0)
        send_pushes(accept(listener, NULL, NULL), init);
    close(listener);
}

struct count {
    uint64_t pushes;
    double prices;
};

static void on_ticker(void *user, const struct ft_push *push)
{
    struct count *count = user;
    const QotUpdateTicker__Response *r = (const QotUpdateTicker__Response *)ft_push_message(push);
    count->pushes++;
    count->prices += r->s2c->tickerlist[0]->price;
}

static double raw_read_ns(double bytes_per_push)
{
    static uint8_t buf[128 * 1024];
    struct bench_child server;
    push_server(&server, false);
    int fd = bench_connect(server.port);
    uint64_t bytes = 0, cpu = bench_cpu_ns(0);
    while ((double)bytes < PUSHES * bytes_per_push) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        if (n <= 0)
            bench_die("raw: connection lost");
        bytes += (uint64_t)n;
    }
    double ns = (double)(bench_cpu_ns(0) - cpu) / ((double)bytes / bytes_per_push);
    close(fd);
    bench_child_stop(&server);
    return ns;
}

static double frame_bytes(void)
{
    struct ft_buf out;
    struct ft_sha1 *sha = ft_sha1_new();
    ft_buf_init(&out, 1 << 16);
    append_ticker(&out, sha, 1);
    double n = (double)ft_buf_len(&out);
    ft_buf_free(&out);
    ft_sha1_free(sha);
    return n;
}

static void pushes(void)
{
    struct bench_child server;
    struct count count = {0};
    push_server(&server, true);
    struct ft_client *c = bench_client(server.port, "bench-sdk");
    ft_client_on_push(c, FT_ID_Qot_UpdateTicker, on_ticker, &count);
    while (count.pushes < WARM)
        if (ft_client_dispatch(c, -1, NULL))
            bench_die("SDK: %s", ft_client_last_error(c));
    uint64_t from = count.pushes, heap = allocations, cpu = bench_cpu_ns(0), start = bench_now_ns();
    while (count.pushes < from + PUSHES)
        if (ft_client_dispatch(c, -1, NULL))
            bench_die("SDK: %s", ft_client_last_error(c));
    double n = (double)(count.pushes - from), seconds = (double)(bench_now_ns() - start) / 1e9;
    double ns = (double)(bench_cpu_ns(0) - cpu) / n;
    heap = allocations - heap;
    bench_keep(&count);
    ft_client_free(c);
    bench_child_stop(&server);
    double bytes = frame_bytes();
    bench_row("sdk.push.ticker.frame", bytes, "bytes");
    bench_row("sdk.push.ticker.rate", n / seconds, "pushes/s");
    bench_row_beside("sdk.push.ticker.cpu", ns, "ns a push", raw_read_ns(bytes), "reading alone");
    bench_row("sdk.push.ticker.one_core", 1e9 / ns, "pushes/s of processor time");
    bench_row("sdk.push.ticker.allocations", (double)heap, "in all pushes");
}

/* ---- A blocking call ------------------------------------------------------------------------ */

static void snapshot_request(QotGetSecuritySnapshot__Request *r, QotGetSecuritySnapshot__C2S *c2s,
                             QotCommon__Security *security, QotCommon__Security **list)
{
    qot__get_security_snapshot__request__init(r);
    qot__get_security_snapshot__c2_s__init(c2s);
    qot__common__security__init(security);
    security->market = 1;
    security->code = (char *)"00700";
    *list = security;
    c2s->securitylist = list;
    c2s->n_securitylist = 1;
    r->c2s = c2s;
}

static void sdk_calls(struct ft_client *c, const ProtobufCMessage *request, struct bench_hist *h)
{
    struct ft_reply *reply = NULL;
    uint64_t until = bench_now_ns() + ROUND_MS * MS;
    for (uint64_t now = bench_now_ns(), then; now < until; now = then) {
        bench_call(c, FT_ID_Qot_GetSecuritySnapshot, request, &reply);
        then = bench_now_ns();
        bench_hist_add(h, then - now);
    }
    ft_reply_free(reply);
}

struct raw {
    int fd;
    struct ft_sha1 *sha;
    struct ft_buf request;
    uint8_t *reply;
};

static void raw_round_trip(struct raw *raw)
{
    size_t got = 0, size = FT_FRAME_HEADER;
    struct ft_frame f;
    bench_write_all(raw->fd, ft_buf_head(&raw->request), ft_buf_len(&raw->request));
    while (ft_frame_next(raw->reply, got, REPLY_MAX, &f, &size) != FT_FRAME_OK) {
        ssize_t n = recv(raw->fd, raw->reply + got, REPLY_MAX - got, 0);
        if (n <= 0)
            bench_die("raw: connection lost");
        got += (size_t)n;
    }
}

static void raw_open(struct raw *raw, uint16_t port, const ProtobufCMessage *request)
{
    InitConnect__C2S c2s = INIT_CONNECT__C2_S__INIT;
    InitConnect__Request init = INIT_CONNECT__REQUEST__INIT;
    init.c2s = &c2s;
    c2s.clientver = 300;
    c2s.clientid = (char *)"bench-raw";
    raw->fd = bench_connect(port);
    raw->sha = ft_sha1_new();
    raw->reply = malloc(REPLY_MAX);
    if (!raw->sha || !raw->reply)
        bench_die("no memory");
    ft_buf_init(&raw->request, 4096);
    append_frame(&raw->request, raw->sha, (struct ft_frame_head){FT_PROTO_InitConnect, 1, 0},
                 &init.base);
    raw_round_trip(raw);
    ft_buf_consume(&raw->request, ft_buf_len(&raw->request));
    append_frame(&raw->request, raw->sha,
                 (struct ft_frame_head){FT_PROTO_Qot_GetSecuritySnapshot, 2, 0}, request);
}

static void snapshots(void)
{
    static const char *const args[] = {"-limits=off", NULL};
    static struct bench_hist sdk, wire;
    struct bench_child gateway = {0};
    QotGetSecuritySnapshot__Request r;
    QotGetSecuritySnapshot__C2S c2s;
    QotCommon__Security security, *list;
    snapshot_request(&r, &c2s, &security, &list);
    bench_opend_start(&gateway, args);
    struct ft_client *c = bench_client(gateway.port, "bench-sdk");
    struct raw raw;
    raw_open(&raw, gateway.port, &r.base);
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t until = bench_now_ns() + ROUND_MS * MS, now; (now = bench_now_ns()) < until;) {
            raw_round_trip(&raw);
            bench_hist_add(&wire, bench_now_ns() - now);
        }
        sdk_calls(c, &r.base, &sdk);
    }
    double p50 = (double)bench_hist_percentile(&sdk, 0.5) / 1e3;
    double wire_p50 = (double)bench_hist_percentile(&wire, 0.5) / 1e3;
    bench_row_beside("sdk.snapshot.p50", p50, "us", wire_p50, "the same frames raw");
    bench_row("sdk.snapshot.added", p50 - wire_p50, "us by the SDK");
    bench_row_beside("sdk.snapshot.p99", (double)bench_hist_percentile(&sdk, 0.99) / 1e3, "us",
                     (double)bench_hist_percentile(&wire, 0.99) / 1e3, "the same frames raw");
    ft_client_free(c);
    close(raw.fd);
    ft_sha1_free(raw.sha);
    ft_buf_free(&raw.request);
    free(raw.reply);
    bench_child_stop(&gateway);
}

/* An argument leaves out the calls, for a profiler. */
int main(int argc, char **argv)
{
    pushes();
    if (argc < 2)
        snapshots();
    return 0;
}
