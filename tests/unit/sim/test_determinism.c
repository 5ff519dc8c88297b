/* The same seed and the same commands give byte-identical event logs, however the time is cut: at
 * speed 1 (a step every few milliseconds) and at speed 1000 (seconds at once). */
#include "base/rng.h"
#include "market/embedded.h"
#include "sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2026-11-21T03:00:00Z: a Saturday, on which only a market that never closes trades. */
static const int64_t start_ns = INT64_C(1795230000) * 1000000000;
enum { SECONDS = 40 };

struct log {
    char *text;
    size_t len, cap;
};

static void append(void *user, const char *line, size_t len)
{
    struct log *l = user;
    if (l->len + len > l->cap) {
        l->cap = (l->len + len) * 2;
        l->text = realloc(l->text, l->cap);
        assert_non_null(l->text);
    }
    memcpy(l->text + l->len, line, len);
    l->len += len;
}

static const struct ft_universe *universe(void)
{
    static struct ft_universe *u;
    struct ft_err err = {0};
    if (!u)
        u = ft_universe_load(ft_embedded_data, NULL, 20778, NULL, 0, &err);
    if (!u)
        fail_msg("%s", err.text);
    return u;
}

static ft_inst find(int market, const char *code)
{
    const struct ft_instrument *inst = ft_universe_find(universe(), market, code);
    assert_non_null(inst);
    return inst->index;
}

static struct ft_world *new_world(uint64_t seed, struct log *log)
{
    struct ft_err err = {0};
    struct ft_world_options o = {.seed = seed,
                                 .hours = {FT_CLOCK_ALWAYS, 20777}, .start_ns = start_ns};
    struct ft_world *w = ft_world_new(universe(), &o, &err);
    if (!w)
        fail_msg("%s", err.text);
    if (log)
        ft_world_log_to(w, append, log);
    return w;
}

/* Watching, user orders and steps at fixed times; in between the time is cut into `piece_ns`. */
static uint64_t play(uint64_t seed, int64_t piece_ns, struct log *log, struct ft_bar *last)
{
    struct ft_world *w = new_world(seed, log);
    static const struct { int market; const char *code; } codes[] = {
        {FT_MARKET_HK, "00700"}, {FT_MARKET_US, "AAPL"}, {FT_MARKET_SH, "600519"},
        {FT_MARKET_HK, "800000"}, {FT_MARKET_HK, "HSImain"}, {FT_MARKET_HK, "21901"},
    };
    struct ft_err err = {0};
    for (int second = 0; second < SECONDS; second++) {
        if (second % 5 == 0 && second / 5 < 6)
            assert_int_equal(ft_world_watch(w, find(codes[second / 5].market,
                                                    codes[second / 5].code), &err), 0);
        if (second == 30)
            ft_world_unwatch(w, find(FT_MARKET_US, "AAPL"));
        if (second == 33) { /* a second activation, on the same day */
            assert_int_equal(ft_world_watch(w, find(FT_MARKET_US, "AAPL"), &err), 0);
        }
        if (second == 10 || second == 20) {
            ft_inst i = find(FT_MARKET_HK, "00700");
            struct ft_world_level ask;
            assert_int_equal(ft_world_book(w, i, false, &ask, 1), 1);
            struct ft_ex_cmd buy = {.kind = FT_EX_ADD, .side = FT_EX_BUY, .type = FT_EX_LIMIT,
                                    .id = (uint64_t)second, .price = ask.price,
                                    .qty = 300 * FT_QTY_SCALE, .owner = 7};
            assert_int_equal(ft_world_command(w, i, &buy, &err), 0);
        }
        int64_t end = start_ns + (int64_t)(second + 1) * FT_NS_PER_SEC;
        for (int64_t t = ft_world_now(w); t < end;) {
            t = t + piece_ns < end ? t + piece_ns : end;
            ft_world_step(w, t);
            const ft_inst *changed;
            if (ft_world_changed(w, &changed))
                ft_world_drained(w);
        }
    }
    assert_true(ft_tape_day_bar(ft_world_live(w, find(FT_MARKET_HK, "00700")), last));
    size_t fills = 0;
    for (const struct ft_ex_event *e; (e = ft_world_next_event(w));) {
        assert_true(e->owner == 7 || e->taker_owner == 7);
        fills += e->kind == FT_EX_FILL;
    }
    assert_true(fills > 0);
    uint64_t hash = ft_world_hash(w);
    ft_world_free(w);
    return hash;
}

static void test_steps_do_not_matter(void **state)
{
    (void)state;
    struct log fine = {0}, coarse = {0}, other = {0};
    struct ft_bar a, b, c;
    uint64_t h1 = play(1, 7000000, &fine, &a);
    uint64_t h2 = play(1, 1000 * INT64_C(1000000000), &coarse, &b);
    uint64_t h3 = play(2, 1000 * INT64_C(1000000000), &other, &c);
    assert_true(fine.len > 10000);
    assert_int_equal(fine.len, coarse.len);
    assert_memory_equal(fine.text, coarse.text, fine.len);
    assert_int_equal(h1, h2);
    /* By field: the padding of a struct holds whatever was on the stack. */
    assert_true(a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close &&
                a.volume == b.volume && a.turnover == b.turnover && a.day == b.day);
    assert_true(h1 != h3);
    assert_false(other.len == fine.len && memcmp(other.text, fine.text, fine.len) == 0);
    free(fine.text);
    free(coarse.text);
    free(other.text);
}

/* Books stay uncrossed and near the fair value, and the tape agrees with its ticks. */
static void test_books_behave(void **state)
{
    (void)state;
    static const struct { int market; const char *code; double spread; } cases[] = {
        {FT_MARKET_HK, "00700", 0.01}, {FT_MARKET_US, "AAPL", 0.01}, {FT_MARKET_SZ, "000001", 0.01},
        {FT_MARKET_JP, "NK225main", 0.01},
    };
    struct ft_world *w = new_world(3, NULL);
    struct ft_err err = {0};
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(ft_world_watch(w, find(cases[k].market, cases[k].code), &err), 0);
    for (int s = 1; s <= 300; s++) {
        ft_world_step(w, start_ns + s * FT_NS_PER_SEC);
        for (size_t k = 0; k < 4; k++) {
            ft_inst i = find(cases[k].market, cases[k].code);
            struct ft_world_level bid[10], ask[10];
            size_t nb = ft_world_book(w, i, true, bid, 10), na = ft_world_book(w, i, false, ask, 10);
            assert_true(nb > 0 && na > 0);
            assert_true(bid[0].price < ask[0].price);
            for (size_t l = 1; l < nb; l++)
                assert_true(bid[l].price < bid[l - 1].price);
            for (size_t l = 1; l < na; l++)
                assert_true(ask[l].price > ask[l - 1].price);
            double fair = (double)ft_model_fair(ft_world_model(w), i, ft_world_now(w));
            assert_true((double)(ask[0].price - bid[0].price) / fair < cases[k].spread);
            const struct ft_tape *t = ft_world_live(w, i);
            assert_true((double)t->last / fair > 0.98 && (double)t->last / fair < 1.02);
        }
    }
    const struct ft_tape *t = ft_world_live(w, find(FT_MARKET_HK, "00700"));
    struct ft_bar day, bars[FT_DAY_BARS_MAX];
    assert_true(ft_tape_day_bar(t, &day));
    size_t n = ft_tape_bars(t, FT_BAR_1M, FT_IN_RTH, bars, FT_DAY_BARS_MAX);
    ft_qty volume = 0;
    ft_money turnover = 0;
    for (size_t k = 0; k < n; k++) {
        assert_true(bars[k].high >= bars[k].open && bars[k].high >= bars[k].close);
        assert_true(bars[k].low <= bars[k].open && bars[k].low <= bars[k].close);
        volume += bars[k].volume;
        turnover += bars[k].turnover;
    }
    assert_int_equal(volume, day.volume);
    assert_int_equal(turnover, day.turnover);
    for (uint64_t k = 1; k < t->tick_count && k < FT_TICKS_KEPT; k++)
        assert_true(t->ticks[(t->tick_count - k) % FT_TICKS_KEPT].sequence >
                    t->ticks[(t->tick_count - k - 1) % FT_TICKS_KEPT].sequence ||
                    k + 1 >= t->tick_count);
    ft_world_free(w);
}

/* History: days are their minutes, weeks their days, and closes chain. */
static void test_history_agrees(void **state)
{
    (void)state;
    struct ft_world *w = new_world(4, NULL);
    static const struct { int market; const char *code; } codes[] = {
        {FT_MARKET_HK, "00700"}, {FT_MARKET_US, "AAPL"}, {FT_MARKET_SH, "600519"},
        {FT_MARKET_HK, "800000"}, {FT_MARKET_HK, "02800"},
    };
    for (size_t k = 0; k < 5; k++) {
        ft_inst i = find(codes[k].market, codes[k].code);
        const struct ft_model *m = ft_world_model(w);
        struct ft_bar day, minutes[FT_DAY_BARS_MAX], before = {0};
        for (ft_day d = 20600; d < 20660; d++) {
            if (!ft_model_day(m, i, d, &day))
                continue;
            size_t n = ft_model_minutes(m, i, d, FT_IN_RTH, minutes, FT_DAY_BARS_MAX);
            assert_true(n > 0);
            struct ft_bar sum = minutes[0];
            for (size_t j = 1; j < n; j++)
                ft_bar_extend(&sum, &minutes[j]);
            assert_int_equal(sum.open, day.open);
            assert_int_equal(sum.close, day.close);
            assert_int_equal(sum.high, day.high);
            assert_int_equal(sum.low, day.low);
            assert_int_equal(sum.volume, day.volume);
            assert_int_equal(sum.turnover, day.turnover);
            if (before.close)
                assert_int_equal(day.prev_close, before.close);
            before = day;
        }
        bool more;
        struct ft_bar weeks[20], days[120];
        size_t nw = ft_world_history_bars(w, i, FT_BAR_WEEK, FT_IN_RTH, 20605, 0, 20655, 1440, weeks,
                                          20, &more);
        size_t nd = ft_world_history_bars(w, i, FT_BAR_DAY, FT_IN_RTH, 20590, 0, 20660, 1440, days,
                                          120, &more);
        assert_true(nw >= 6 && nd > nw);
        for (size_t j = 0; j < nw; j++) {
            ft_qty volume = 0;
            ft_price high = 0;
            for (size_t d = 0; d < nd; d++)
                if (ft_bar_same_period(FT_BAR_WEEK, days[d].day, weeks[j].day)) {
                    volume += days[d].volume;
                    high = days[d].high > high ? days[d].high : high;
                }
            assert_int_equal(volume, weeks[j].volume);
            assert_int_equal(high, weeks[j].high);
        }
        /* Pages join: two halves make the whole. */
        struct ft_bar first[10], second[120];
        size_t n1 = ft_world_history_bars(w, i, FT_BAR_DAY, FT_IN_RTH, 20590, 0, 20660, 1440, first,
                                          10, &more);
        assert_true(more && n1 == 10);
        size_t n2 = ft_world_history_bars(w, i, FT_BAR_DAY, FT_IN_RTH, first[9].label_day, 1, 20660,
                                          1440, second, 120, &more);
        assert_int_equal(n1 + n2, nd);
        assert_int_equal(second[0].day, days[10].day);
    }
    ft_world_free(w);
}

/* At local midnight a market that never closes begins another day. */
static void test_midnight(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_world_options o = {.seed = 5, .hours = {FT_CLOCK_ALWAYS, 20777},
                                 /* 2026-11-21T15:58:00Z: two minutes before midnight in Hong Kong */
                                 .start_ns = INT64_C(1795276680) * 1000000000};
    struct ft_world *w = ft_world_new(universe(), &o, &err);
    ft_inst i = find(FT_MARKET_HK, "00700");
    assert_int_equal(ft_world_watch(w, i, &err), 0);
    ft_world_step(w, o.start_ns + 115 * FT_NS_PER_SEC);
    const struct ft_tape *t = ft_world_live(w, i);
    ft_day day = t->day;
    ft_price last = t->last;
    assert_true(t->bar_count > 1000);
    ft_world_step(w, o.start_ns + 200 * FT_NS_PER_SEC);
    assert_int_equal(t->day, day + 1);
    assert_true(t->bar_count <= 3);
    assert_true(t->prev_close > last / 100 * 98 && t->prev_close < last / 100 * 102);
    ft_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_do_not_matter),
        cmocka_unit_test(test_books_behave),
        cmocka_unit_test(test_history_agrees),
        cmocka_unit_test(test_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
