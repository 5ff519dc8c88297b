/* What connections cost that do nothing but stay: 10,000 clients of the TCP API after InitConnect, first
 * silent, then each with its heartbeat every 8 seconds, as the vendor's clients send it (an interval of 10 s
 * times 4/5); and 10,000 of the WebSocket API after Init, which answer the gateway's ping every 10 seconds.
 *
 * Rows: memory of opend with them and because of them (RSS), and processor time in percent of one core:
 * before they came, and what is added by them, silent and alive. The yardstick of the heartbeats is the raw
 * echo of bench.h, which holds the same connections and gets the same bytes: less than that no server costs.
 *
 * usage: bench_idle [connections] */
#include "bench.h"

#include "InitConnect.pb-c.h"
#include "KeepAlive.pb-c.h"
#include "wire/frame.h"
#include "wire/protocol.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS = 10000,
    SETTLE_S = 3,
    BEFORE_S = 5,
    SILENT_S = 10,
    MEASURE_S = 20,
    HEARTBEAT_MS = 8000,
    READ_MAX = 4096,
    FILES_BESIDE = 100,
};

enum kind { TCP_API, WEBSOCKET, ECHO };

static struct ft_buf init_frame, heartbeat;

static void make_frame(struct ft_buf *out, uint32_t id, const ProtobufCMessage *msg)
{
    struct ft_sha1 *sha = ft_sha1_new();
    struct ft_frame_head head = {id, 1, FT_BODY_PROTOBUF};
    ft_buf_init(out, 4096);
    ptrdiff_t at = ft_frame_begin(out);
    if (!sha || at < 0 || ft_body_write(msg, FT_BODY_PROTOBUF, out, NULL))
        bench_die("no memory");
    ft_frame_end(out, at, sha, &head);
    ft_sha1_free(sha);
}

static void make_frames(void)
{
    InitConnect__C2S c2s = INIT_CONNECT__C2_S__INIT;
    c2s.clientver = 300;
    c2s.clientid = (char *)"bench_idle";
    InitConnect__Request init = INIT_CONNECT__REQUEST__INIT;
    init.c2s = &c2s;
    make_frame(&init_frame, FT_PROTO_InitConnect, &init.base);
    KeepAlive__C2S alive = KEEP_ALIVE__C2_S__INIT;
    alive.time = 1700000000;
    KeepAlive__Request request = KEEP_ALIVE__REQUEST__INIT;
    request.c2s = &alive;
    make_frame(&heartbeat, FT_PROTO_KeepAlive, &request.base);
}

/* ---- Processes -------------------------------------------------------------------------------- */

static double rss_mib(pid_t pid)
{
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        bench_die("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtod(line + 6, NULL);
    fclose(f);
    return kib / 1024;
}

/* The port behind "(WebSocket" in the banner is not told to bench.h: a free one is chosen here. */
static int free_port(void)
{
    struct bench_child echo = {0};
    bench_echo_start(&echo);
    int port = echo.port;
    bench_child_stop(&echo);
    return port;
}

static int file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files))
        bench_die("getrlimit: %s", strerror(errno));
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur > 1 << 20 ? 1 << 20 : (int)files.rlim_cur;
}

/* ---- Clients ---------------------------------------------------------------------------------- */

struct clients {
    enum kind kind;
    int *fd, count, epoll;
    bool beating;
    uint64_t next_beat; /* heartbeats sent, one client after the other */
    uint64_t answers;
};

static void expect(int fd, const char *what)
{
    char bytes[READ_MAX];
    if (read(fd, bytes, sizeof bytes) <= 0)
        bench_die("no answer to %s: %s", what, strerror(errno));
}

static void open_one(const struct clients *c, int k, uint16_t port)
{
    static const char upgrade[] = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    /* A masked binary frame with an empty Init: sign, command 1, section 2; the mask is zero. */
    static const char init[] = "\x82\x94\0\0\0\0ft-v1.0\0\0\0\0\1\0\0\0\0\0\0\0\2";
    int fd = c->fd[k] = bench_connect(port);
    if (c->kind == WEBSOCKET) {
        bench_write_all(fd, upgrade, sizeof upgrade - 1);
        expect(fd, "the upgrade");
        bench_write_all(fd, init, sizeof init - 1);
        expect(fd, "Init");
    } else {
        bench_write_all(fd, ft_buf_head(&init_frame), ft_buf_len(&init_frame));
        expect(fd, "InitConnect");
    }
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &e))
        bench_die("epoll_ctl: %s", strerror(errno));
}

static void read_one(struct clients *c, int fd)
{
    static const char pong[] = "\x8a\x80\0\0\0\0";
    uint8_t bytes[READ_MAX];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        bench_die("the server has closed a connection");
    if (c->kind == WEBSOCKET) /* notices come first, pings by themselves */
        for (ssize_t k = 0; k + 1 < n; k += 2 + bytes[k + 1]) {
            if (bytes[k] == 0x89)
                bench_write_all(fd, pong, sizeof pong - 1);
            if (bytes[k + 1] > 125)
                break;
        }
    c->answers++;
}

/* The clients' life for so long: heartbeats evenly over them, and whatever comes is read. */
static void live(struct clients *c, int seconds)
{
    uint64_t start = bench_now_ns(), end = start + (uint64_t)seconds * 1000000000;
    uint64_t every_ns = c->count ? (uint64_t)HEARTBEAT_MS * 1000000 / (uint64_t)c->count : 0;
    uint64_t next = start;
    struct epoll_event events[256];
    for (uint64_t now; (now = bench_now_ns()) < end;) {
        while (c->beating && next <= now) {
            bench_write_all(c->fd[c->next_beat++ % (uint64_t)c->count], ft_buf_head(&heartbeat), ft_buf_len(&heartbeat));
            next += every_ns;
        }
        int n = epoll_wait(c->epoll, events, 256, 1);
        for (int k = 0; k < n; k++)
            read_one(c, events[k].data.fd);
    }
}

static double percent_while_living(struct clients *c, pid_t pid, int seconds)
{
    uint64_t wall = bench_now_ns(), cpu = bench_cpu_ns(pid);
    live(c, seconds);
    return 100.0 * (double)(bench_cpu_ns(pid) - cpu) / (double)(bench_now_ns() - wall);
}

struct figures {
    double rss_before, rss_after, cpu_before, cpu_silent, cpu_after;
};

static struct figures measure(enum kind kind, pid_t pid, uint16_t port, int count)
{
    struct clients c = {.kind = kind, .fd = calloc((size_t)count, sizeof *c.fd), .epoll = epoll_create1(EPOLL_CLOEXEC)};
    struct figures f;
    if (!c.fd || c.epoll < 0)
        bench_die("no memory");
    live(&c, SETTLE_S);
    f.cpu_before = percent_while_living(&c, pid, BEFORE_S);
    f.rss_before = rss_mib(pid);
    for (int k = 0; k < count; k++)
        open_one(&c, k, port);
    c.count = count;
    f.cpu_silent = kind == TCP_API ? percent_while_living(&c, pid, SILENT_S) : f.cpu_before;
    c.beating = kind != WEBSOCKET;
    live(&c, SETTLE_S);
    f.cpu_after = percent_while_living(&c, pid, MEASURE_S);
    f.rss_after = rss_mib(pid);
    if (kind != WEBSOCKET && c.answers < c.next_beat)
        bench_die("%llu heartbeats, %llu answers", (unsigned long long)c.next_beat, (unsigned long long)c.answers);
    for (int k = 0; k < count; k++)
        close(c.fd[k]);
    close(c.epoll);
    free(c.fd);
    return f;
}

static void rows(const char *name, const struct figures *f, double echo_percent)
{
    char row[64];
    snprintf(row, sizeof row, "idle.%s.memory.total", name);
    bench_row(row, f->rss_after, "MiB");
    snprintf(row, sizeof row, "idle.%s.memory.connections", name);
    bench_row(row, f->rss_after - f->rss_before, "MiB");
    snprintf(row, sizeof row, "idle.%s.cpu.market", name);
    bench_row(row, f->cpu_before, "percent of one core");
    if (echo_percent > 0) {
        snprintf(row, sizeof row, "idle.%s.cpu.silent", name);
        bench_row(row, f->cpu_silent - f->cpu_before, "percent of one core");
    }
    snprintf(row, sizeof row, "idle.%s.cpu.%s", name, echo_percent > 0 ? "heartbeats" : "pings");
    if (echo_percent > 0)
        bench_row_beside(row, f->cpu_after - f->cpu_before, "percent of one core", echo_percent, "echo");
    else
        bench_row(row, f->cpu_after - f->cpu_before, "percent of one core");
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : CONNECTIONS, files = file_limit();
    if (count < 1 || count > files - FILES_BESIDE)
        bench_die("connections: allowed are 1 to %d, by the limit of open files", files - FILES_BESIDE);
    make_frames();
    bench_row("idle.connections", count, "connections");

    struct bench_child echo = {0};
    bench_echo_start(&echo);
    struct figures beside = measure(ECHO, echo.pid, echo.port, count);
    bench_child_stop(&echo);

    int web_port = free_port();
    char web[64];
    snprintf(web, sizeof web, "-websocket_port=%d", web_port);
    const char *const args[] = {"-max_connections=20000", web, NULL};
    struct bench_child gateway = {0};
    bench_opend_start(&gateway, args);
    struct figures f = measure(TCP_API, gateway.pid, gateway.port, count);
    rows("tcp", &f, beside.cpu_after - beside.cpu_before);
    bench_child_stop(&gateway);

    bench_opend_start(&gateway, args);
    f = measure(WEBSOCKET, gateway.pid, (uint16_t)web_port, count);
    rows("websocket", &f, 0);
    bench_child_stop(&gateway);
    return 0;
}
