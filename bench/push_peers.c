#include "push_peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BURST_MAX = 1000 /* below IOV_MAX */, BURSTS_AHEAD = 2 };

void push_frames_add(struct push_frames *f, const uint8_t *frame, size_t len)
{
    if (f->len + len > f->cap) {
        f->cap = 2 * (f->len + len);
        f->bytes = realloc(f->bytes, f->cap);
    }
    if (f->count + 2 > f->at_cap) {
        f->at_cap = 2 * (f->count + 2);
        f->at = realloc(f->at, f->at_cap * sizeof *f->at);
    }
    if (!f->bytes || !f->at)
        bench_die("no memory for the frames to send again");
    memcpy(f->bytes + f->len, frame, len);
    f->at[f->count++] = f->len;
    f->len += len;
    f->at[f->count] = f->len;
}

struct push_shared *push_shared_new(void)
{
    void *p = mmap(NULL, sizeof(struct push_shared), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        bench_die("mmap: %s", strerror(errno));
    return p;
}

/* When the next burst may go: at its time, or when enough of the earlier ones has arrived. */
struct bursts {
    struct push_pace pace;
    struct push_shared *shared;
    uint64_t next_ns, sent, subscribers;
};

static void wait_for_turn(struct bursts *b)
{
    if (b->pace.period_ns) {
        b->next_ns = (b->next_ns ? b->next_ns : bench_now_ns()) + b->pace.period_ns;
        struct timespec t = {(time_t)(b->next_ns / 1000000000u), (long)(b->next_ns % 1000000000u)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
        }
    } else {
        uint64_t ahead = BURSTS_AHEAD * b->pace.burst * b->subscribers;
        while (b->sent * b->subscribers >
               __atomic_load_n(&b->shared->delivered, __ATOMIC_RELAXED) + ahead)
            usleep(20);
    }
    b->sent += b->pace.burst;
}

/* The next frames of the record, stamped with the time. */
static const uint8_t *stamped(struct push_frames *f, size_t *next, uint64_t now, size_t *len)
{
    size_t k = (*next)++ % f->count;
    uint8_t *frame = f->bytes + f->at[k];
    *len = f->at[k + 1] - f->at[k];
    memcpy(frame + PUSH_STAMP_AT, &now, sizeof now);
    return frame;
}

/* ---- Raw ------------------------------------------------------------------------------------ */

static void writev_all(int fd, const struct iovec *iov, int count, size_t total)
{
    struct iovec rest[BURST_MAX];
    ssize_t n = writev(fd, iov, count);
    if (n >= 0 && (size_t)n == total)
        return;
    memcpy(rest, iov, (size_t)count * sizeof *iov);
    struct iovec *p = rest;
    for (;;) {
        if (n < 0 && errno != EINTR)
            _exit(0); /* the bench has what it wanted */
        for (; n > 0 && (size_t)n >= p->iov_len; p++, count--)
            n -= (ssize_t)p->iov_len;
        if (count == 0)
            return;
        if (n > 0) {
            p->iov_base = (char *)p->iov_base + n;
            p->iov_len -= (size_t)n;
        }
        n = writev(fd, p, count);
    }
}

static _Noreturn void raw_run(int listener, int *fds, struct push_frames frames, struct bursts b)
{
    struct iovec iov[BURST_MAX];
    int on = 1;
    size_t next = 0;
    for (uint64_t k = 0; k < b.subscribers; k++) {
        fds[k] = accept(listener, NULL, NULL);
        if (fds[k] < 0)
            _exit(1);
        setsockopt(fds[k], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    for (;;) {
        wait_for_turn(&b);
        uint64_t now = bench_now_ns();
        size_t total = 0;
        for (size_t k = 0; k < b.pace.burst; k++) {
            iov[k].iov_base = (void *)stamped(&frames, &next, now, &iov[k].iov_len);
            total += iov[k].iov_len;
        }
        for (uint64_t k = 0; k < b.subscribers; k++)
            writev_all(fds[k], iov, (int)b.pace.burst, total);
    }
}

static int listen_somewhere(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1024) ||
        getsockname(fd, (struct sockaddr *)&a, &len))
        bench_die("listen: %s", strerror(errno));
    *port = ntohs(a.sin_port);
    return fd;
}

static struct bursts bursts_of(struct push_pace pace, int subscribers, struct push_shared *shared)
{
    if (pace.burst < 1)
        pace.burst = 1;
    if (pace.burst > BURST_MAX)
        pace.burst = BURST_MAX;
    __atomic_store_n(&shared->delivered, 0, __ATOMIC_RELAXED);
    return (struct bursts){.pace = pace, .shared = shared, .subscribers = (uint64_t)subscribers};
}

void push_raw_start(struct bench_child *child, int subscribers, const struct push_frames *frames,
                    struct push_pace pace, struct push_shared *shared)
{
    struct bursts b = bursts_of(pace, subscribers, shared);
    int *fds = calloc((size_t)subscribers, sizeof *fds);
    *child = (struct bench_child){0};
    int listener = listen_somewhere(&child->port);
    child->pid = bench_fork();
    if (child->pid == 0) {
        if (!fds)
            _exit(1);
        raw_run(listener, fds, *frames, b);
    }
    close(listener);
    free(fds);
}

/* ---- redis-server --------------------------------------------------------------------------- */

bool push_redis_start(struct bench_child *server)
{
    char port[8];
    *server = (struct bench_child){0};
    close(listen_somewhere(&server->port)); /* a port that was free a moment ago */
    snprintf(port, sizeof port, "%u", (unsigned)server->port);
    server->pid = bench_fork();
    if (server->pid == 0) {
        const char *args[] = {
            "redis-server", "--port",      port,      "--bind",
            "127.0.0.1",    "--save",      "",        "--appendonly",
            "no",           "--daemonize", "no",      "--dir",
            "/tmp",         "--loglevel",  "warning", "--client-output-buffer-limit",
            "pubsub 0 0 0", NULL};
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execvp(args[0], (char *const *)args);
        _exit(127);
    }
    for (int tries = 0; tries < 500; tries++) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons(server->port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int up = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
        close(fd);
        if (up)
            return true;
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid)
            return false;
        usleep(10000);
    }
    bench_die("redis-server does not listen on port %s", port);
}

/* Until at most `leave` of `n` replies are still to come; returns how many. */
static size_t read_replies(int fd, size_t n, size_t leave)
{
    char buf[4096];
    while (n > leave) {
        ssize_t got = read(fd, buf, sizeof buf);
        if (got <= 0)
            _exit(0);
        for (ssize_t i = 0; i < got; i++)
            n -= buf[i] == '\n'; /* ":100\r\n" each */
    }
    return n;
}

static _Noreturn void publisher_run(int fd, struct push_frames frames, struct bursts b)
{
    size_t next = 0, room = b.pace.burst * 64, unanswered = 0;
    for (size_t k = 0, most = 0; k < frames.count; k++) {
        size_t len = frames.at[k + 1] - frames.at[k];
        if (len > most)
            room += b.pace.burst * (len - most), most = len;
    }
    char *out = malloc(room);
    if (!out)
        _exit(1);
    for (;;) {
        wait_for_turn(&b);
        uint64_t now = bench_now_ns();
        size_t n = 0;
        for (size_t k = 0; k < b.pace.burst; k++) {
            size_t len;
            const uint8_t *frame = stamped(&frames, &next, now, &len);
            n += (size_t)snprintf(out + n, room - n, "*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$%zu\r\n",
                                  len);
            memcpy(out + n, frame, len);
            memcpy(out + n + len, "\r\n", 2);
            n += len + 2;
        }
        bench_write_all(fd, out, n);
        /* The server has the next burst when it is done with this one. */
        unanswered = read_replies(fd, unanswered + b.pace.burst, b.pace.burst);
    }
}

void push_publisher_start(struct bench_child *child, uint16_t redis_port, int subscribers,
                          const struct push_frames *frames, struct push_pace pace,
                          struct push_shared *shared)
{
    struct bursts b = bursts_of(pace, subscribers, shared);
    *child = (struct bench_child){0};
    int fd = bench_connect(redis_port);
    child->pid = bench_fork();
    if (child->pid == 0)
        publisher_run(fd, *frames, b);
    close(fd);
}
