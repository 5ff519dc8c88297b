/* What the gateway costs before anybody comes: time from its start until it listens, and its memory
 * then, with the shipped universe and with 50,000 instruments more from a user's file; medians of
 * ROUNDS starts. `cpu` is the processor time of the start, `peak` the most memory that it had. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 5, MORE = 50000 };

/* MiB of a line "VmRSS:   12345 kB" in the process' status. */
static double status_mib(pid_t pid, const char *key)
{
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        bench_die("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtod(line + strlen(key) + 1, NULL);
    fclose(f);
    return kib / 1024;
}

/* Stocks of two markets, made up. */
static void write_instruments(char *path, int fd)
{
    FILE *f = fdopen(fd, "w");
    if (!f)
        bench_die("%s: %s", path, strerror(errno));
    fputs("market,code,type,name_en,lot,currency,reference_price\n", f);
    for (int k = 0; k < MORE; k++) {
        double price = 5 + k % 400;
        if (k % 2)
            fprintf(f, "US,Z%05d,stock,BENCH %d,1,USD,%.2f\n", k, k, price);
        else
            fprintf(f, "HK,B%05d,stock,BENCH %d,100,HKD,%.2f\n", k, k, price);
    }
    if (fclose(f))
        bench_die("%s: %s", path, strerror(errno));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void rows(const char *name, const char *const *args)
{
    double ms[ROUNDS], cpu[ROUNDS], rss = 0, peak = 0;
    char row[64];
    for (int round = 0; round < ROUNDS; round++) {
        struct bench_child gateway = {0};
        uint64_t start = bench_now_ns();
        bench_opend_start(&gateway, args);
        ms[round] = (double)(bench_now_ns() - start) / 1e6;
        cpu[round] = (double)bench_cpu_ns(gateway.pid) / 1e6;
        rss = status_mib(gateway.pid, "VmRSS:");
        peak = status_mib(gateway.pid, "VmHWM:");
        bench_child_stop(&gateway);
    }
    qsort(ms, ROUNDS, sizeof *ms, by_value);
    qsort(cpu, ROUNDS, sizeof *cpu, by_value);
    snprintf(row, sizeof row, "startup.%s.time", name);
    bench_row(row, ms[ROUNDS / 2], "ms");
    snprintf(row, sizeof row, "startup.%s.cpu", name);
    bench_row(row, cpu[ROUNDS / 2], "ms");
    snprintf(row, sizeof row, "startup.%s.memory", name);
    bench_row(row, rss, "MiB");
    snprintf(row, sizeof row, "startup.%s.peak", name);
    bench_row(row, peak, "MiB");
}

int main(void)
{
    char path[] = "/tmp/bench_instruments.XXXXXX", arg[64];
    int fd = mkstemp(path);
    if (fd < 0)
        bench_die("%s: %s", path, strerror(errno));
    write_instruments(path, fd);
    snprintf(arg, sizeof arg, "-instruments=%s", path);
    const char *const more[] = {arg, NULL};
    rows("shipped", NULL);
    rows("50000_more", more);
    unlink(path);
    return 0;
}
