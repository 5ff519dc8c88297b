/* The table for screens tells what the world tells one by one: prices, bars of every kind, ranges
 * and sums, at moments inside and outside of trading, watched and not. */
#include "market/embedded.h"
#include "sim/sheet.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TODAY = 20778 }; /* 2026-11-21, a Saturday */

static const struct ft_universe *universe(void)
{
    static struct ft_universe *u;
    struct ft_err err = {0};
    if (!u)
        u = ft_universe_load(ft_embedded_data, NULL, TODAY, NULL, 0, &err);
    if (!u)
        fail_msg("%s", err.text);
    return u;
}

static const struct { int market; const char *code; } stocks[] = {
    {1, "00700"}, {1, "00004"}, {1, "08083"}, {11, "AAPL"}, {11, "NVDA"}, {11, "ABNB"},
    {21, "600519"}, {22, "300750"}, {22, "000001"}, {21, "688981"}};

static bool close_to(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

/* The world's bars, forward adjusted. */
static size_t world_bars(struct ft_world *w, ft_inst i, enum ft_bar_kind kind, size_t max,
                         double *close, double *high, double *low)
{
    static struct ft_bar bars[600];
    size_t n = ft_world_recent_bars(w, i, kind, FT_IN_RTH, bars, max);
    const struct ft_rehab *events;
    ft_day until = n ? bars[n - 1].day : 0;
    size_t count = ft_model_rehab(ft_world_model(w), i, until, &events);
    for (size_t k = 0; k < n; k++) {
        close[k] = ft_adjust_price(bars[k].close, bars[k].day, events, count, FT_ADJUST_FORWARD);
        /* A long bar's extremes are of its days, each adjusted by itself: compared only where no
         * event lies inside, below. */
        high[k] = ft_adjust_price(bars[k].high, bars[k].day, events, count, FT_ADJUST_FORWARD);
        low[k] = ft_adjust_price(bars[k].low, bars[k].day, events, count, FT_ADJUST_FORWARD);
    }
    return n;
}

static void check_series(struct ft_world *w, struct ft_sheet *s, size_t row, enum ft_bar_kind kind,
                         size_t bars)
{
    static double close[600], high[600], low[600];
    ft_inst i = ft_sheet_instrument(s, row)->index;
    const char *code = ft_sheet_instrument(s, row)->code;
    size_t n = world_bars(w, i, kind, bars, close, high, low), differing = 0;
    struct ft_series got;
    ft_sheet_series(s, row, kind, false, &got);
    assert_true(got.n > 0 && n > 0);
    for (size_t k = 0; k < n && k < got.n; k++)
        if (!close_to(got.close[got.n - 1 - k], close[n - 1 - k]))
            fail_msg("%s, kind %d, close %zu back: %.10g, the world has %.10g", code, kind, k,
                     got.close[got.n - 1 - k], close[n - 1 - k]);
    ft_sheet_series(s, row, kind, true, &got);
    for (size_t k = 0; k < n && k < got.n; k++) {
        assert_true(close_to(got.close[got.n - 1 - k], close[n - 1 - k]));
        differing += !close_to(got.high[got.n - 1 - k], high[n - 1 - k]) ||
                     !close_to(got.low[got.n - 1 - k], low[n - 1 - k]);
    }
    if (kind == FT_BAR_DAY || kind == FT_BAR_60M)
        assert_int_equal(differing, 0);
    else
        assert_true(differing <= n * 2 / 5); /* with an ex-day inside: four months of a year in New York */
}

static void check_sums(struct ft_world *w, struct ft_sheet *s, size_t row, int days)
{
    static struct ft_bar bars[300];
    ft_inst i = ft_sheet_instrument(s, row)->index;
    size_t n = ft_world_recent_bars(w, i, FT_BAR_DAY, FT_IN_RTH, bars, (size_t)days);
    double volume = 0, turnover = 0, got;
    for (size_t k = 0; k < n; k++) {
        volume += ft_qty_to_double(bars[k].volume);
        turnover += ft_money_to_double(bars[k].turnover);
    }
    assert_int_equal(ft_sheet_volume(s, row, days, &got), n);
    assert_true(close_to(got, volume));
    assert_int_equal(ft_sheet_turnover(s, row, days, &got), n);
    assert_true(close_to(got, turnover));
    static double close[600], high[600], low[600];
    n = world_bars(w, i, FT_BAR_DAY, (size_t)days + 1, close, high, low);
    double top = -1e18, bottom = 1e18, l, h;
    for (size_t k = n > (size_t)days ? n - (size_t)days : 0; k < n; k++) {
        top = high[k] > top ? high[k] : top;
        bottom = low[k] < bottom ? low[k] : bottom;
    }
    assert_true(ft_sheet_range(s, row, days, &l, &h));
    assert_true(close_to(l, bottom) && close_to(h, top));
    if (n == (size_t)days + 1)
        assert_true(close_to(ft_sheet_close_before(s, row, days), close[0]));
}

static void check_year(struct ft_world *w, struct ft_sheet *s, size_t row)
{
    static struct ft_bar bars[600];
    ft_inst i = ft_sheet_instrument(s, row)->index;
    ft_day day = ft_sheet_day(s, row);
    size_t n = ft_world_recent_bars(w, i, FT_BAR_DAY, FT_IN_RTH, bars, 380);
    const struct ft_rehab *events;
    size_t count = ft_model_rehab(ft_world_model(w), i, day, &events);
    double top = -1e18, bottom = 1e18, l, h, last_year = NAN;
    for (size_t k = 0; k < n; k++) {
        ft_day d = bars[k].day;
        if (ft_date_of(d).year < ft_date_of(day).year)
            last_year = ft_adjust_price(bars[k].close, d, events, count, FT_ADJUST_FORWARD);
        bool newest = d == day; /* a year of closes, and the whole range of today */
        double at = ft_adjust_price(bars[k].close, d, events, count, FT_ADJUST_FORWARD);
        if (d < day - 365)
            continue;
        double bh = newest ? ft_price_to_double(bars[k].high) : at;
        double bl = newest ? ft_price_to_double(bars[k].low) : at;
        top = bh > top ? bh : top;
        bottom = bl < bottom ? bl : bottom;
    }
    assert_true(ft_sheet_year_range(s, row, &l, &h));
    assert_true(close_to(l, bottom) && close_to(h, top));
    assert_true(close_to(ft_sheet_close_of_last_year(s, row), last_year));
}

static void check_all(enum ft_clock_mode mode, ft_day first_live, int64_t start_s, int steps)
{
    struct ft_err err = {0};
    struct ft_world_options o = {.seed = 11, .hours = {mode, first_live},
                                 .start_ns = start_s * FT_NS_PER_SEC};
    struct ft_world *w = ft_world_new(universe(), &o, &err);
    assert_non_null(w);
    struct ft_sheet *s = ft_sheet_new(w);
    assert_non_null(s);
    for (int step = 0; step < steps; step++) {
        for (size_t k = 0; k < sizeof stocks / sizeof stocks[0]; k++) {
            const struct ft_instrument *inst =
                ft_universe_find(universe(), stocks[k].market, stocks[k].code);
            if (!inst)
                continue;
            size_t row = ft_sheet_find(s, inst->index);
            struct ft_quote q;
            ft_world_quote(w, inst->index, &q);
            if (ft_sheet_last(s, row) != q.last)
                fail_msg("%s at step %d: %lld, the quote has %lld", inst->code, step,
                         (long long)ft_sheet_last(s, row), (long long)q.last);
            if (step)
                continue;
            check_series(w, s, row, FT_BAR_DAY, 390);
            check_series(w, s, row, FT_BAR_WEEK, 70);
            check_series(w, s, row, FT_BAR_MONTH, 50);
            check_series(w, s, row, FT_BAR_60M, 120);
            check_sums(w, s, row, 1);
            check_sums(w, s, row, 5);
            check_sums(w, s, row, 30);
            check_sums(w, s, row, 20);
            check_year(w, s, row);
        }
        start_s += 60 * (1 + 7 * step * step); /* whole minutes: a screen's prices are of them */
        ft_world_step(w, start_s * FT_NS_PER_SEC);
    }
    ft_sheet_free(s);
    ft_world_free(w);
}

/* 2026-11-20, 01:25 UTC: before Hong Kong opens, New York's evening before. */
static void test_before_open(void **state)
{
    (void)state;
    check_all(FT_CLOCK_EXCHANGE, 0, (int64_t)20777 * 86400 + 3600 + 25 * 60, 18);
}

static void test_in_session(void **state)
{
    (void)state;
    check_all(FT_CLOCK_EXCHANGE, 0, (int64_t)20777 * 86400 + 15 * 3600 + 60, 12);
}

static void test_weekend(void **state)
{
    (void)state;
    check_all(FT_CLOCK_EXCHANGE, 0, (int64_t)20778 * 86400 + 5 * 3600, 3);
}

static void test_always(void **state)
{
    (void)state;
    check_all(FT_CLOCK_ALWAYS, 20770, (int64_t)20778 * 86400 + 5 * 3600, 10);
}

/* A watched stock's price is its last trade, and its bars have it. */
static void test_watched(void **state)
{
    (void)state;
    struct ft_err err = {0};
    int64_t start = ((int64_t)20778 * 86400 + 5 * 3600) * FT_NS_PER_SEC;
    struct ft_world_options o = {.seed = 11, .hours = {FT_CLOCK_ALWAYS, 20770}, .start_ns = start};
    struct ft_world *w = ft_world_new(universe(), &o, &err);
    struct ft_sheet *s = ft_sheet_new(w);
    const struct ft_instrument *inst = ft_universe_find(universe(), 1, "00700");
    assert_int_equal(ft_world_watch(w, inst->index, &err), 0);
    size_t row = ft_sheet_find(s, inst->index);
    for (int k = 1; k <= 20; k++) {
        ft_world_step(w, start + k * INT64_C(7300000000));
        const struct ft_tape *t = ft_world_live(w, inst->index);
        assert_int_equal(ft_sheet_last(s, row), t->regular.last);
        struct ft_series got;
        ft_sheet_series(s, row, FT_BAR_DAY, true, &got);
        assert_true(close_to(got.close[got.n - 1], ft_price_to_double(t->regular.last)));
        assert_true(close_to(got.high[got.n - 1], ft_price_to_double(t->regular.high)));
        assert_true(close_to(got.low[got.n - 1], ft_price_to_double(t->regular.low)));
    }
    ft_sheet_free(s);
    ft_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_open), cmocka_unit_test(test_in_session),
        cmocka_unit_test(test_weekend), cmocka_unit_test(test_always),
        cmocka_unit_test(test_watched)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
