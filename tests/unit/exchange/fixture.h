/* What the exchange's tests share: a venue with one instrument, commands in a line, the events of
 * the last command in an array. Prices are in ticks of 0.01 unless a test sets another table,
 * quantities in lots of one share. */
#ifndef FT_TEST_EXCHANGE_FIXTURE_H
#define FT_TEST_EXCHANGE_FIXTURE_H

#include "exchange/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TICK  INT64_C(10000)
#define SHARE FT_QTY_SCALE
#define B     FT_EX_BUY
#define S     FT_EX_SELL

struct fx {
    struct ft_exch *ex;
    struct ft_ex_events q;
    uint32_t inst;
    int64_t now;
    struct ft_ex_event ev[4096];
    size_t n;
    size_t seen; /* events that `expect` has gone past */
};

static inline struct ft_ex_profile fx_profile(void)
{
    return (struct ft_ex_profile){
        .types_continuous =
            UINT32_MAX & ~(FT_EX_BIT(FT_EX_AUCTION) | FT_EX_BIT(FT_EX_AUCTION_LIMIT)),
        .types_auction =
            FT_EX_BIT(FT_EX_AUCTION) | FT_EX_BIT(FT_EX_AUCTION_LIMIT) | FT_EX_BIT(FT_EX_LIMIT),
    };
}

static inline struct ft_ex_instrument fx_instrument(void)
{
    return (struct ft_ex_instrument){.phase = FT_EX_CONTINUOUS, .lot = SHARE};
}

static inline void fx_open(struct fx *f, struct ft_ex_profile profile,
                           struct ft_ex_instrument instrument)
{
    struct ft_err err = {0};
    struct ft_ex_tick plain = {FT_EX_PRICE_MAX, TICK};
    uint16_t ticks;
    memset(f, 0, sizeof *f);
    f->ex = ft_exch_new(NULL, &err);
    assert_non_null(f->ex);
    assert_int_equal(ft_exch_add_ticks(f->ex, &plain, 1, &ticks, &err), 0);
    profile.ticks = ticks;
    assert_int_equal(ft_exch_add_profile(f->ex, &profile, &instrument.profile, &err), 0);
    assert_int_equal(ft_exch_add_instrument(f->ex, &instrument, &f->inst, &err), 0);
    assert_int_equal(ft_ex_events_init(&f->q, 64, &err), 0);
}

static inline void fx_close(struct fx *f)
{
    ft_exch_verify(f->ex);
    ft_ex_events_free(&f->q);
    ft_exch_free(f->ex);
}

static inline void fx_run(struct fx *f, const struct ft_ex_cmd *cmd)
{
    ft_exch_apply(f->ex, ++f->now, cmd, &f->q);
    f->n = f->seen = 0;
    for (const struct ft_ex_event *e; (e = ft_ex_events_next(&f->q));) {
        assert_true(f->n < sizeof f->ev / sizeof f->ev[0]);
        assert_true(e->time_ns == f->now);
        f->ev[f->n++] = *e;
    }
    ft_exch_verify(f->ex);
}

/* id side type price[ticks] qty[shares] tif */
static inline void fx_add(struct fx *f, uint64_t id, int side, int type, int64_t price, int64_t qty,
                          int tif)
{
    struct ft_ex_cmd c = {.kind = FT_EX_ADD,
                          .inst = f->inst,
                          .id = id,
                          .side = (uint8_t)side,
                          .type = (uint8_t)type,
                          .tif = (uint8_t)tif,
                          .price = price * TICK,
                          .qty = qty * SHARE,
                          .owner = (uint32_t)(id / 100),
                          .broker = (uint16_t)(id % 100)};
    fx_run(f, &c);
}

static inline void fx_limit(struct fx *f, uint64_t id, int side, int64_t price, int64_t qty)
{
    fx_add(f, id, side, FT_EX_LIMIT, price, qty, FT_EX_DAY);
}

static inline void fx_cancel(struct fx *f, uint64_t id)
{
    struct ft_ex_cmd c = {.kind = FT_EX_CANCEL, .id = id};
    fx_run(f, &c);
}

static inline void fx_replace(struct fx *f, uint64_t id, int64_t price, int64_t qty)
{
    struct ft_ex_cmd c = {
        .kind = FT_EX_REPLACE, .id = id, .price = price * TICK, .qty = qty * SHARE};
    fx_run(f, &c);
}

static inline void fx_phase(struct fx *f, int phase, int64_t low, int64_t high, int64_t reference,
                            bool fallback)
{
    struct ft_ex_cmd c = {.kind = FT_EX_PHASE,
                          .inst = f->inst,
                          .phase = (uint8_t)phase,
                          .low = low * TICK,
                          .high = high * TICK,
                          .reference = reference * TICK,
                          .fallback = fallback};
    fx_run(f, &c);
}

static inline void fx_simple(struct fx *f, int kind)
{
    struct ft_ex_cmd c = {.kind = (uint8_t)kind, .inst = f->inst};
    fx_run(f, &c);
}

static inline void fx_mark(struct fx *f, int64_t price)
{
    struct ft_ex_cmd c = {.kind = FT_EX_MARK, .inst = f->inst, .price = price * TICK};
    fx_run(f, &c);
}

/* The next event of the last command, which has to be of this kind. */
static inline const struct ft_ex_event *fx_next(struct fx *f, int kind, const char *file, int line)
{
    if (f->seen >= f->n) {
        print_error("%s:%d: no event left, %d events in all\n", file, line, (int)f->n);
        fail();
    }
    const struct ft_ex_event *e = &f->ev[f->seen++];
    if (e->kind != kind) {
        print_error("%s:%d: event %d is of kind %d (%s, id %llu), not %d\n", file, line,
                    (int)f->seen - 1, e->kind, ft_ex_why_text(e->why), (unsigned long long)e->id,
                    kind);
        fail();
    }
    return e;
}
#define NEXT(f, kind) fx_next(f, kind, __FILE__, __LINE__)

static inline void fx_none(struct fx *f, const char *file, int line)
{
    if (f->seen != f->n) {
        print_error("%s:%d: event of kind %d is left, id %llu, %s\n", file, line,
                    f->ev[f->seen].kind, (unsigned long long)f->ev[f->seen].id,
                    ft_ex_why_text(f->ev[f->seen].why));
        fail();
    }
}
#define NONE(f) fx_none(f, __FILE__, __LINE__)

static inline void fx_rejected(struct fx *f, int why, const char *file, int line)
{
    const struct ft_ex_event *e = fx_next(f, FT_EX_REJECTED, file, line);
    if (e->why != why) {
        print_error("%s:%d: rejected as \"%s\", not \"%s\"\n", file, line, ft_ex_why_text(e->why),
                    ft_ex_why_text(why));
        fail();
    }
    fx_none(f, file, line);
}
#define REJECTED(f, why) fx_rejected(f, why, __FILE__, __LINE__)

static inline void fx_cancelled(struct fx *f, uint64_t id, int64_t qty, int why, const char *file,
                                int line)
{
    const struct ft_ex_event *e = fx_next(f, FT_EX_CANCELLED, file, line);
    if (e->id != id || e->qty != qty * SHARE || e->why != why) {
        print_error("%s:%d: cancelled %llu qty %lld \"%s\"\n", file, line,
                    (unsigned long long)e->id, (long long)(e->qty / SHARE), ft_ex_why_text(e->why));
        fail();
    }
}
#define CANCELLED(f, id, qty, why) fx_cancelled(f, id, qty, why, __FILE__, __LINE__)

static inline void fx_fill(struct fx *f, uint64_t maker, uint64_t taker, int64_t price, int64_t qty,
                           const char *file, int line)
{
    const struct ft_ex_event *e = fx_next(f, FT_EX_FILL, file, line);
    if (e->id != maker || e->taker_id != taker || e->price != price * TICK ||
        e->qty != qty * SHARE) {
        print_error("%s:%d: fill %llu x %llu, %lld at %lld\n", file, line,
                    (unsigned long long)e->id, (unsigned long long)e->taker_id,
                    (long long)(e->qty / SHARE), (long long)(e->price / TICK));
        fail();
    }
}
#define FILL(f, maker, taker, price, qty) fx_fill(f, maker, taker, price, qty, __FILE__, __LINE__)

/* Price and quantity of the best level; 0 x 0 when the side is empty. */
static inline void fx_best(struct fx *f, int side, int64_t price, int64_t qty, uint32_t orders,
                           const char *file, int line)
{
    struct ft_ex_level l = {0};
    ft_exch_best(f->ex, f->inst, side, &l);
    if (l.price != price * TICK || l.qty != qty * SHARE || l.orders != orders) {
        print_error("%s:%d: best is %lld x %lld in %u orders\n", file, line,
                    (long long)(l.price / TICK), (long long)(l.qty / SHARE), l.orders);
        fail();
    }
}
#define BEST(f, side, price, qty, orders) fx_best(f, side, price, qty, orders, __FILE__, __LINE__)

#endif
