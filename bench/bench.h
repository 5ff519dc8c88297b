/* What the benches share: time, percentiles, rows, and child processes on loopback.
 *
 * A bench prints rows `name value unit [ratio x of yardstick]` and asserts nothing about time. What
 * it cannot set up ends it with a message (bench_die). */
#ifndef FT_BENCH_H
#define FT_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

uint64_t bench_now_ns(void);
/* CPU time that a process has used, in ns; its own with 0. 0 when it cannot be known. */
uint64_t bench_cpu_ns(pid_t pid);
_Noreturn void bench_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Log-linear histogram: 64 steps to each doubling, so that a percentile is known to 1.6 %. */
enum { BENCH_STEPS = 64, BENCH_DOUBLINGS = 36 };
struct bench_hist {
    uint64_t count;
    uint64_t max;
    uint64_t at[BENCH_STEPS * BENCH_DOUBLINGS];
};
void bench_hist_add(struct bench_hist *h, uint64_t value);
/* Upper edge of the step that the share (0 to 1) of the values lies below; 0 when empty. */
uint64_t bench_hist_percentile(const struct bench_hist *h, double share);

void bench_row(const char *name, double value, const char *unit);
/* The same, with value / yardstick_value. */
void bench_row_beside(const char *name, double value, const char *unit, double yardstick_value,
                      const char *yardstick);

/* Processor ns per operation: `fn(user, n)` does n of them and never waits; about `seconds`. */
double bench_ns_per_op(void (*fn)(void *user, uint64_t n), void *user, double seconds);
/* Keeps the compiler from leaving out what made this value. */
static inline void bench_keep(const void *p)
{
    __asm__ volatile("" : : "r"(p) : "memory");
}

/* A child that ends when the bench ends, however that happens. */
struct bench_child {
    pid_t pid;
    uint16_t port;
    char data_dir[64]; /* of opend, removed when it is stopped; "" for other children */
    bool logs;         /* set before the start: standard error goes to a file log in data_dir */
};

/* ./opend beside the bench's own executable ($OPEND overrides it), on a free port with a fresh data
 * directory; `args`: further -key=value parameters, ended by NULL, or NULL. Returns when it
 * listens. */
void bench_opend_start(struct bench_child *child, const char *const *args);
/* fork(), whose child ends with the bench. 0 in the child. */
pid_t bench_fork(void);
/* A raw epoll server that sends back what it reads, in a fork: the yardstick. */
void bench_echo_start(struct bench_child *child);
/* By pid: SIGTERM, then waits. */
void bench_child_stop(struct bench_child *child);

/* A blocking TCP connection to 127.0.0.1, without Nagle's delay. */
int bench_connect(uint16_t port);
void bench_write_all(int fd, const void *bytes, size_t n);

#endif
