#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t bench_cpu_ns(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void bench_die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("bench: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

/* Percentiles. */

/* Values below BENCH_STEPS have a step of their own; from there on the leading bit chooses the
 * doubling and the bits behind it the step. */
static size_t step_of(uint64_t v)
{
    if (v < BENCH_STEPS)
        return (size_t)v;
    unsigned shift = 63u - (unsigned)__builtin_clzll(v) - 6; /* 2^6 steps */
    size_t step = ((size_t)shift + 1) * BENCH_STEPS + (size_t)(v >> shift) - BENCH_STEPS;
    size_t last = (size_t)BENCH_STEPS * BENCH_DOUBLINGS - 1;
    return step < last ? step : last;
}

static uint64_t edge_of(size_t step)
{
    if (step < BENCH_STEPS)
        return step;
    size_t shift = step / BENCH_STEPS - 1;
    return ((uint64_t)(step % BENCH_STEPS) + BENCH_STEPS + 1) << shift;
}

void bench_hist_add(struct bench_hist *h, uint64_t value)
{
    h->count++;
    if (value > h->max)
        h->max = value;
    h->at[step_of(value)]++;
}

uint64_t bench_hist_percentile(const struct bench_hist *h, double share)
{
    uint64_t want = (uint64_t)((double)h->count * share), seen = 0;
    for (size_t i = 0; i < sizeof h->at / sizeof h->at[0]; i++) {
        seen += h->at[i];
        if (seen > want || (seen && seen == h->count))
            return edge_of(i) < h->max ? edge_of(i) : h->max;
    }
    return 0;
}

/* Rows. */

static void begin_row(const char *name, double value, const char *unit)
{
    int digits = value < 10 ? 3 : value < 1000 ? 1 : 0;
    printf("%-44s %12.*f %s", name, digits, value, unit);
}

void bench_row(const char *name, double value, const char *unit)
{
    begin_row(name, value, unit);
    putchar('\n');
    fflush(stdout);
}

void bench_row_beside(const char *name, double value, const char *unit, double yardstick_value,
                      const char *yardstick)
{
    begin_row(name, value, unit);
    printf("  %.2f x of %s\n", value / yardstick_value, yardstick);
    fflush(stdout);
}

/* Time of this thread on a core. */
static uint64_t core_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The best of five runs: what disturbs a run only ever makes it longer, and what other programs take
 * meanwhile does not count. */
double bench_ns_per_op(void (*fn)(void *user, uint64_t n), void *user, double seconds)
{
    const double run_ns = seconds * 1e9 / 5;
    uint64_t n = 16, took = 0;
    while (took < 2000000) { /* long enough to estimate from */
        n *= 2;
        uint64_t start = core_ns();
        fn(user, n);
        took = core_ns() - start;
    }
    n = (uint64_t)((double)n * run_ns / (double)took) + 1;
    double best = 0;
    for (int i = 0; i < 5; i++) {
        uint64_t start = core_ns();
        fn(user, n);
        double each = (double)(core_ns() - start) / (double)n;
        if (i == 0 || each < best)
            best = each;
    }
    return best;
}

/* Children. */

pid_t bench_fork(void)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        bench_die("fork: %s", strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return pid;
}

static void find_opend(char *path, size_t size)
{
    const char *given = getenv("OPEND");
    if (given) {
        snprintf(path, size, "%s", given);
        return;
    }
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    if (n < 0)
        bench_die("cannot find the bench's own folder: %s", strerror(errno));
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    snprintf(slash + 1, size - (size_t)(slash + 1 - path), "opend");
}

enum { ARGS_MAX = 32 };

static void exec_opend(const char *path, const struct bench_child *child, const char *const *more,
                       int out)
{
    char dir_arg[96], log[96];
    snprintf(dir_arg, sizeof dir_arg, "-data_dir=%s", child->data_dir);
    snprintf(log, sizeof log, "%s/stderr", child->data_dir);
    if (child->logs && !freopen(log, "w", stderr))
        _exit(1);
    const char *args[ARGS_MAX + 8] = {path, "-api_port=0", "-log_level=warning", "-lang=en",
                                      dir_arg};
    size_t n = 5;
    for (size_t i = 0; more && more[i]; i++) {
        if (i == ARGS_MAX)
            bench_die("more than %d parameters for opend", ARGS_MAX);
        args[n++] = more[i];
    }
    dup2(out, STDOUT_FILENO);
    execv(path, (char *const *)args);
    fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
    _exit(1);
}

/* The port that the banner names: "listening on 127.0.0.1:41234 (...)". */
static uint16_t read_port(FILE *banner)
{
    char line[512];
    while (fgets(line, sizeof line, banner)) {
        if (strncmp(line, "listening on ", 13))
            continue;
        char *colon = strrchr(line, ':');
        char *paren = strchr(line, '(');
        while (colon && paren && colon > paren) { /* a colon in the words behind */
            *paren = '\0';
            colon = strrchr(line, ':');
        }
        long port = colon ? strtol(colon + 1, NULL, 10) : 0;
        if (port > 0 && port <= 65535)
            return (uint16_t)port;
    }
    bench_die("opend ended before it listened");
}

void bench_opend_start(struct bench_child *child, const char *const *args)
{
    char path[PATH_MAX];
    int pipe_fds[2];
    find_opend(path, sizeof path);
    snprintf(child->data_dir, sizeof child->data_dir, "/tmp/bench_opend.XXXXXX");
    if (!mkdtemp(child->data_dir) || pipe(pipe_fds))
        bench_die("cannot prepare %s: %s", child->data_dir, strerror(errno));
    child->pid = bench_fork();
    if (child->pid == 0)
        exec_opend(path, child, args, pipe_fds[1]);
    close(pipe_fds[1]);
    FILE *banner = fdopen(pipe_fds[0], "r");
    if (!banner)
        bench_die("fdopen: %s", strerror(errno));
    child->port = read_port(banner);
    /* Left open: opend must not be hit by a closed pipe when it says something more. */
}

static void echo_once(int ep, int fd, uint8_t *buf, size_t size)
{
    ssize_t n = read(fd, buf, size);
    if (n <= 0) {
        epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
        close(fd);
        return;
    }
    bench_write_all(fd, buf, (size_t)n);
}

static _Noreturn void echo_run(int listener)
{
    static uint8_t buf[256 * 1024];
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, got[64];
    int ep = epoll_create1(0), on = 1;
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(ep, got, 64, -1);
        for (int i = 0; i < n; i++) {
            if (got[i].data.fd != listener) {
                echo_once(ep, got[i].data.fd, buf, sizeof buf);
                continue;
            }
            e.data.fd = accept(listener, NULL, NULL);
            if (e.data.fd < 0)
                continue;
            setsockopt(e.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            epoll_ctl(ep, EPOLL_CTL_ADD, e.data.fd, &e);
        }
    }
}

void bench_echo_start(struct bench_child *child)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 128) ||
        getsockname(listener, (struct sockaddr *)&a, &len))
        bench_die("echo server: %s", strerror(errno));
    child->data_dir[0] = '\0';
    child->port = ntohs(a.sin_port);
    child->pid = bench_fork();
    if (child->pid == 0)
        echo_run(listener);
    close(listener);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

void bench_child_stop(struct bench_child *child)
{
    kill(child->pid, SIGTERM);
    waitpid(child->pid, NULL, 0);
    if (child->data_dir[0])
        nftw(child->data_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int bench_connect(uint16_t port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a))
        bench_die("cannot connect to 127.0.0.1:%u: %s", (unsigned)port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void bench_write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n) {
        ssize_t w = send(fd, p, n, MSG_NOSIGNAL);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            bench_die("write: %s", strerror(errno));
        p += w;
        n -= (size_t)w;
    }
}
