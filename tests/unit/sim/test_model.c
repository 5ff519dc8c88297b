/* What can be asked of the model alone is what the path of a whole day tells. */
#include "market/embedded.h"
#include "sim/model.h"
#include "sim/pricing.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TODAY = 20778, FIRST_LIVE = 20770 }; /* 2026-11-21 */

static struct ft_universe *u;
static struct ft_model *model;

static int setup(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_hours hours = {FT_CLOCK_ALWAYS, FIRST_LIVE};
    u = ft_universe_load(ft_embedded_data, NULL, TODAY, NULL, 0, &err);
    model = u ? ft_model_new(u, 7, &hours) : NULL;
    return model ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    ft_model_free(model);
    ft_universe_free(u);
    return 0;
}

static const struct ft_instrument *find(int market, const char *code)
{
    const struct ft_instrument *inst = ft_universe_find(u, market, code);
    assert_non_null(inst);
    return inst;
}

/* Stocks with and without splits and daily limits, extended hours, a fund, an index, a future; over
 * days of the real calendar and days that never close, and a pre-listing past. */
static void test_closes(void **state)
{
    (void)state;
    static const struct { int market; const char *code; } some[] = {
        {1, "00700"}, {1, "00001"}, {11, "AAPL"}, {11, "NVDA"}, {21, "600519"}, {22, "300750"},
        {1, "02800"}, {1, "800000"}, {11, ".SPX"}, {1, "HSImain"}, {22, "000001"}};
    size_t compared = 0;
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        const struct ft_instrument *inst = find(some[i].market, some[i].code);
        enum { DAYS = 1500 };
        static ft_day days[DAYS];
        static ft_price closes[DAYS];
        for (int k = 0; k < DAYS; k++)
            days[k] = TODAY - DAYS + k;
        ft_model_closes(model, inst->index, days, DAYS, closes);
        for (int k = 0; k < DAYS; k += 7) {
            struct ft_bar b;
            if (!ft_model_day(model, inst->index, days[k], &b))
                continue; /* the market was closed; the model's own value means nothing */
            assert_int_equal(closes[k], b.close);
            compared++;
        }
    }
    assert_true(compared > 1000);
}

static void test_derived(void **state)
{
    (void)state;
    /* 2026-11-20 06:30 UTC: Hong Kong in the afternoon. */
    int64_t at = ((int64_t)20777 * 86400 + 6 * 3600 + 1800) * 1000000000;
    const ft_inst *list;
    size_t n = ft_derivatives_of(u, find(1, "00700")->index, &list), seen = 0;
    for (size_t k = 0; k < n; k += 5) {
        const struct ft_instrument *inst = ft_universe_at(u, list[k]);
        if (inst->type == FT_SEC_FUTURE)
            continue;
        ft_price path = ft_tick_round(u, inst, 20777, ft_model_fair(model, list[k], at));
        /* The path interpolates an American premium within the hour. */
        ft_price got = ft_model_derived(model, list[k], at), slack = inst->american ? path / 100 : 0;
        assert_true(got >= path - slack && got <= path + slack);
        seen++;
    }
    assert_true(seen > 20);
    assert_int_equal(ft_model_trading_moment(model, list[0], at), at);
}

static void test_volume(void **state)
{
    (void)state;
    const struct ft_instrument *inst = find(1, "HSImain");
    inst = ft_universe_at(u, inst->underlying);
    ft_day day = FIRST_LIVE - 3;
    struct ft_bar b;
    while (!ft_model_day(model, inst->index, day, &b))
        day--;
    int64_t end = ft_minute_to_utc(ft_universe_timetables(u), inst->profile, day, 16 * 60 + 30);
    assert_int_equal(ft_model_volume_until(model, inst->index, end), b.volume);
    assert_true(ft_model_volume_until(model, inst->index, end - INT64_C(3600000000000)) < b.volume);
}

static void test_implied_volatility(void **state)
{
    (void)state;
    for (int american = 0; american < 2; american++)
        for (int call = 0; call < 2; call++)
            for (double strike = 70; strike <= 140; strike += 7)
                for (double vol = 0.08; vol < 1.6; vol *= 1.7) {
                    double value =
                        ft_option_value(call, american, 100, strike, 0.4, vol, 0.035, 0.015);
                    double edge = ft_option_value(call, american, 100, strike, 0.4, 1e-3, 0.035,
                                                  0.015);
                    if (value - edge < 1e-6)
                        continue; /* next to nothing: any small volatility is as good */
                    double got = ft_implied_volatility(call, american, value, 100, strike, 0.4,
                                                       0.035, 0.015);
                    struct ft_greeks g;
                    ft_price_option(call, american, 100, strike, 0.4, got, 0.035, 0.015, &g);
                    assert_true(fabs(g.value - value) < 1e-6);
                    assert_true(fabs(got - vol) < 1e-3);
                }
    assert_true(ft_implied_volatility(true, false, 1, 100, 50, 0.5, 0.03, 0) == 0);
}

/* The series of e^x, against the value that every table has. */
static void test_exp(void **state)
{
    (void)state;
    for (double x = -40; x < 40; x += 0.37)
        assert_true(fabs(ft_exp(x) / exp(x) - 1) < 1e-14);
    assert_true(ft_exp(0) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closes), cmocka_unit_test(test_derived),
        cmocka_unit_test(test_volume), cmocka_unit_test(test_implied_volatility),
        cmocka_unit_test(test_exp)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
