/* Figures of the exchange: operations per second and time per operation of a mixed flow (60 %
 * adds, 30 % cancels, 10 % orders that cross and take about three resting ones each). Prints rows
 * `name value unit`; asserts nothing.
 *
 * typical  200 price levels, 2,000 orders
 * deep     1,000,000 orders over 1,000,000 ticks; new orders crowd near the touch as they do in a
 *          market (distance ~ 1/x), cancels are mostly of recent ones
 * wide     the same book, everything uniform: any tick, any order; each step misses the caches */
#include "base/rng.h"
#include "exchange/exchange.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

enum { TICK = 10000, LOT = 100 * FT_QTY_SCALE, BATCH_MAX = 512 };

struct flow {
    const char *name;
    uint32_t levels; /* prices of passive orders: this many ticks on each side */
    uint32_t resting;
    uint32_t batch;
    bool crowded; /* near the touch, and recent orders */
    bool filled;  /* the book is as large as it shall be */
    struct ft_rng rng;
    struct ft_exch *ex;
    uint32_t inst;
    struct ft_ex_events q;
    uint64_t next_id;
    uint64_t *live; /* ids that rest */
    uint32_t *at;   /* id -> place in `live` + 1, 0 = not there */
    uint32_t live_count;
    uint64_t id_max;
    struct ft_ex_cmd cmds[BATCH_MAX];
    uint64_t fills, unknown;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Time of this thread on a core: what other programs take meanwhile does not count. */
static uint64_t core_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t ticks_now(void)
{
#ifdef __x86_64__
    unsigned aux;
    return __rdtscp(&aux);
#else
    return now_ns();
#endif
}

static double ns_per_tick(void)
{
    uint64_t t0 = now_ns(), c0 = ticks_now();
    while (now_ns() - t0 < 20000000) {
    }
    return (double)(now_ns() - t0) / (double)(ticks_now() - c0);
}

static void *must(void *p)
{
    if (!p) {
        fprintf(stderr, "bench_exchange: no memory\n");
        exit(1);
    }
    return p;
}

static struct ft_exch *new_venue(uint32_t *inst, uint32_t instruments)
{
    struct ft_err err = {0};
    struct ft_exch *ex = must(ft_exch_new(NULL, &err));
    uint16_t ticks;
    uint32_t profile;
    struct ft_ex_tick band = {FT_EX_PRICE_MAX, TICK};
    int bad = ft_exch_add_ticks(ex, &band, 1, &ticks, &err);
    struct ft_ex_profile rules = {
        .ticks = ticks,
        .types_continuous = UINT32_MAX,
        .types_auction = FT_EX_BIT(FT_EX_AUCTION) | FT_EX_BIT(FT_EX_AUCTION_LIMIT),
    };
    bad |= ft_exch_add_profile(ex, &rules, &profile, &err);
    struct ft_ex_instrument in = {.profile = profile, .phase = FT_EX_CONTINUOUS, .lot = LOT};
    for (uint32_t i = 0; i < instruments; i++)
        bad |= ft_exch_add_instrument(ex, &in, inst, &err);
    if (bad) {
        fprintf(stderr, "bench_exchange: %s\n", err.text);
        exit(1);
    }
    return ex;
}

static struct ft_ex_cmd passive(struct flow *f)
{
    int side = (int)ft_rng_below(&f->rng, 2);
    int64_t away = (int64_t)ft_rng_below(&f->rng, f->levels) + 1;
    if (f->crowded && f->filled) /* as many between 1 and 2 ticks as between 1000 and 2000 */
        away = 1 + away % ((int64_t)1 << ft_rng_below(&f->rng, 19));
    int64_t mid = (int64_t)f->levels + 1000;
    return (struct ft_ex_cmd){
        .kind = FT_EX_ADD,
        .inst = f->inst,
        .id = f->next_id++,
        .side = (uint8_t)side,
        .type = FT_EX_LIMIT,
        .price = (side == FT_EX_BUY ? mid - away : mid + away) * TICK,
        .qty = LOT * (int64_t)(1 + ft_rng_below(&f->rng, 10)),
    };
}

static void live_add(struct flow *f, uint64_t id)
{
    if (id >= f->id_max) {
        fprintf(stderr, "bench_exchange: more orders than planned\n");
        exit(1);
    }
    f->live[f->live_count] = id;
    f->at[id] = ++f->live_count;
}

static void live_remove(struct flow *f, uint64_t id)
{
    uint32_t at = f->at[id];
    if (!at)
        return;
    uint64_t last = f->live[--f->live_count];
    f->live[at - 1] = last;
    f->at[last] = at;
    f->at[id] = 0;
}

static void make_batch(struct flow *f)
{
    /* Crossing orders are of 5.5 lots on average as well; taking about three resting orders each
     * keeps the book's size. */
    uint64_t most = f->live_count > f->resting ? 44 : 24;
    for (uint32_t i = 0; i < f->batch; i++) {
        uint64_t dice = ft_rng_below(&f->rng, 100);
        struct ft_ex_cmd *c = &f->cmds[i];
        if (dice < 60 || f->live_count == 0) {
            *c = passive(f);
        } else if (dice < 90) {
            uint32_t at = (uint32_t)ft_rng_below(&f->rng, f->live_count);
            if (f->crowded && f->live_count > 2000 && ft_rng_below(&f->rng, 10))
                at = f->live_count - 1 - at % 2000;
            *c = (struct ft_ex_cmd){.kind = FT_EX_CANCEL, .id = f->live[at]};
            live_remove(f, c->id);
        } else {
            *c = passive(f);
            c->tif = FT_EX_IOC;
            c->price = c->side == FT_EX_BUY ? (2 * (int64_t)f->levels + 1999) * TICK : TICK;
            c->qty = LOT * (int64_t)(1 + ft_rng_below(&f->rng, most));
        }
    }
}

static void remember_batch(struct flow *f)
{
    for (const struct ft_ex_event *e; (e = ft_ex_events_next(&f->q));) {
        f->fills += e->kind == FT_EX_FILL;
        f->unknown += e->kind == FT_EX_REJECTED;
        if (e->kind == FT_EX_ACCEPTED)
            live_add(f, e->id);
        else if (e->kind == FT_EX_FILL && e->left == 0)
            live_remove(f, e->id);
        if (e->kind == FT_EX_CANCELLED || (e->kind == FT_EX_FILL && e->taker_left == 0))
            live_remove(f, e->kind == FT_EX_FILL ? e->taker_id : e->id);
    }
}

static void open_flow(struct flow *f, uint32_t operations)
{
    struct ft_err err = {0};
    ft_rng_init(&f->rng, 42, 0);
    f->ex = new_venue(&f->inst, 1);
    f->next_id = 1;
    f->id_max = f->resting + (uint64_t)operations * 3 + 1;
    f->live = must(malloc(f->id_max * sizeof *f->live));
    f->at = must(calloc(f->id_max, sizeof *f->at));
    f->live_count = 0;
    if (ft_ex_events_init(&f->q, 1 << 14, &err) ||
        ft_exch_reserve(f->ex, f->resting + 40000, f->resting * 3 / 5, 0, &err)) {
        fprintf(stderr, "bench_exchange: %s\n", err.text);
        exit(1);
    }
    for (uint32_t i = 0; i < f->resting; i++) {
        struct ft_ex_cmd c = passive(f);
        ft_exch_apply(f->ex, 0, &c, &f->q);
        remember_batch(f);
    }
    f->filled = true;
}

static void close_flow(struct flow *f)
{
    free(f->live);
    free(f->at);
    ft_ex_events_free(&f->q);
    ft_exch_free(f->ex);
}

static int by_rate(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Time of whole batches, commands one by one or handed over together. In rounds, since the
 * machine has other things to do: the median and the best of them. */
static void throughput(struct flow *f, uint32_t operations, bool together, const char *what)
{
    enum { ROUNDS = 9 };
    double rate[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t spent = 0, done = 0;
        while (done < operations / ROUNDS) {
            make_batch(f);
            uint64_t t0 = core_ns();
            if (together) {
                ft_exch_apply_many(f->ex, (int64_t)t0, f->cmds, f->batch, &f->q);
            } else {
                for (uint32_t i = 0; i < f->batch; i++)
                    ft_exch_apply(f->ex, (int64_t)t0, &f->cmds[i], &f->q);
            }
            spent += core_ns() - t0;
            done += f->batch;
            remember_batch(f);
        }
        rate[round] = (double)done * 1e9 / (double)spent;
    }
    if (!what)
        return;
    qsort(rate, ROUNDS, sizeof rate[0], by_rate);
    printf("exchange.%s.%s %.0f ops/s\n", f->name, what, rate[ROUNDS / 2]);
    printf("exchange.%s.%s.best %.0f ops/s\n", f->name, what, rate[ROUNDS - 1]);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void percentiles(struct flow *f, const char *what, uint32_t *sample, uint32_t n, double unit)
{
    if (n == 0)
        return;
    qsort(sample, n, sizeof *sample, by_value);
    printf("exchange.%s.%s.p50 %.0f ns\n", f->name, what, sample[n / 2] * unit);
    printf("exchange.%s.%s.p99 %.0f ns\n", f->name, what, sample[(uint64_t)n * 99 / 100] * unit);
    double sum = 0;
    for (uint32_t i = 0; i < n - n / 1000; i++)
        sum += sample[i];
    printf("exchange.%s.%s.mean %.0f ns\n", f->name, what, sum * unit / (n - n / 1000));
}

/* Time of single operations, the reading of the counter included. */
static void latency(struct flow *f, uint32_t operations, double unit)
{
    enum { ADD, CANCEL, CROSS, ALL, KINDS };
    static const char *const names[KINDS] = {"add", "cancel", "cross", "op"};
    uint32_t *sample[KINDS], count[KINDS] = {0};
    for (int k = 0; k < KINDS; k++)
        sample[k] = must(malloc((operations + BATCH_MAX) * sizeof *sample[k]));
    while (count[ALL] < operations) {
        make_batch(f);
        for (uint32_t i = 0; i < f->batch; i++) {
            const struct ft_ex_cmd *c = &f->cmds[i];
            int kind = c->kind == FT_EX_CANCEL ? CANCEL : c->tif == FT_EX_IOC ? CROSS : ADD;
            uint64_t t0 = ticks_now();
            ft_exch_apply(f->ex, 0, c, &f->q);
            uint64_t spent = ticks_now() - t0;
            uint32_t t = spent > UINT32_MAX ? UINT32_MAX : (uint32_t)spent;
            sample[kind][count[kind]++] = t;
            sample[ALL][count[ALL]++] = t;
        }
        remember_batch(f);
    }
    for (int k = 0; k < KINDS; k++) {
        percentiles(f, names[k], sample[k], count[k], unit);
        free(sample[k]);
    }
}

static void run(struct flow *f, uint32_t operations, double unit)
{
    open_flow(f, operations + BATCH_MAX * 40);
    struct ft_ex_stat stat;
    throughput(f, operations, false, NULL); /* warms up */
    throughput(f, operations, false, "one_by_one");
    throughput(f, operations, true, "batched");
    latency(f, operations, unit);
    ft_exch_stat(f->ex, f->inst, &stat);
    printf("exchange.%s.resting %u orders\n", f->name, stat.orders[0] + stat.orders[1]);
    printf("exchange.%s.levels %u levels\n", f->name, stat.levels[0] + stat.levels[1]);
    printf("exchange.%s.memory %zu bytes\n", f->name, ft_exch_memory(f->ex));
    printf("exchange.%s.fills %llu fills\n", f->name, (unsigned long long)f->fills);
    printf("exchange.%s.late_cancels %llu rejections\n", f->name, (unsigned long long)f->unknown);
    close_flow(f);
}

static void empty_instruments(void)
{
    enum { COUNT = 50000 };
    uint32_t inst;
    struct ft_exch *none = new_venue(&inst, 0), *many = new_venue(&inst, COUNT);
    printf("exchange.empty_instrument %zu bytes\n",
           (ft_exch_memory(many) - ft_exch_memory(none)) / COUNT);
    ft_exch_free(none);
    ft_exch_free(many);
}

int main(int argc, char **argv)
{
    uint32_t operations = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2000000;
    double unit = ns_per_tick();
    static struct flow typical = {.name = "typical", .levels = 100, .resting = 2000, .batch = 256};
    static struct flow wide = {.name = "wide", .levels = 500000, .resting = 1000000, .batch = 512};
    if (argc < 3 || argv[2][0] == 't')
        run(&typical, operations, unit);
    static struct flow deep = {
        .name = "deep", .levels = 500000, .resting = 1000000, .batch = 512, .crowded = true};
    if (argc < 3 || argv[2][0] == 'd')
        run(&deep, operations, unit);
    if (argc < 3 || argv[2][0] == 'w')
        run(&wide, operations, unit);
    empty_instruments();
    return 0;
}
