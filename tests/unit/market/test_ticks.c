#include "market/instrument.h"

#include "base/rng.h"
#include "data_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ft_universe *u;

static int load(void **state)
{
    (void)state;
    struct ft_err err;
    u = ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21), NULL, 0, &err);
    if (!u)
        fail_msg("%s", err.text);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    ft_universe_free(u);
    return 0;
}

static const struct ft_instrument *find(int market, const char *code)
{
    const struct ft_instrument *inst = ft_universe_find(u, market, code);
    if (!inst)
        fail_msg("no %s", code);
    return inst;
}

/* market-rules.md 1 and 4 to 6. */
static void sizes_by_day_and_price(void **state)
{
    (void)state;
    static const struct {
        int market;
        const char *code;
        int y, m, d;
        int64_t price, up, down;
    } rows[] = {
        {1, "00700", 2026, 11, 20, 359600000, 200000, 200000},
        {1, "00700", 2020, 1, 2, 359600000, 200000, 200000},
        {1, "00700", 2026, 11, 20, 500000000, 500000, 200000}, /* on both grids */
        {1, "00700", 2026, 11, 20, 10000000, 10000, 5000},
        {1, "00700", 2025, 8, 3, 10000000, 20000, 10000},
        {1, "00700", 2025, 8, 4, 10000000, 10000, 10000},
        {1, "00700", 2026, 8, 2, 3000000, 10000, 10000},
        {1, "00700", 2026, 8, 3, 3000000, 5000, 5000},
        {1, "00700", 1999, 1, 4, 30000000, 50000, 50000}, /* before all: the first */
        {1, "00700", 2026, 11, 20, 1, 1000, 1000},
        {1, "00700", 2026, 11, 20, 20000000000, 5000000, 5000000}, /* above all: the last */
        {1, "02800", 2026, 11, 20, 26000000, 20000, 20000},
        {1, "02800", 2019, 11, 20, 26000000, 50000, 50000},
        {1, "24719", 2026, 11, 20, 600000, 10000, 10000}, /* structured products stay */
        {11, "AAPL", 2026, 11, 20, 1000000, 10000, 100},
        {11, "AAPL", 2026, 11, 20, 999900, 100, 100},
        {21, "600519", 2026, 11, 20, 1500000000, 10000, 10000},
        {11, "ZTmain", 2026, 11, 20, 104000000, 15625, 15625}, /* 1/256: prices of 1/64 */
        {11, "ZFmain", 2026, 11, 20, 109000000, 15625, 15625},
        {11, "ESmain", 2026, 11, 20, 6800000000, 250000, 250000},
        {41, "NK225main", 2026, 11, 20, 50000000000, 10000000, 10000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ft_instrument *inst = find(rows[i].market, rows[i].code);
        ft_day day = ft_day_of(rows[i].y, rows[i].m, rows[i].d);
        if (ft_tick_size(u, inst, day, rows[i].price, true) != rows[i].up ||
            ft_tick_size(u, inst, day, rows[i].price, false) != rows[i].down)
            fail_msg("row %zu, %s at %lld: %lld %lld", i, rows[i].code, (long long)rows[i].price,
                     (long long)ft_tick_size(u, inst, day, rows[i].price, true),
                     (long long)ft_tick_size(u, inst, day, rows[i].price, false));
    }
}

static void rounding_to_the_grid(void **state)
{
    (void)state;
    const struct ft_instrument *tencent = find(1, "00700");
    ft_day day = ft_day_of(2026, 11, 20);
    static const struct {
        int64_t price, wanted;
    } rows[] = {
        {359600000, 359600000},
        {359699999, 359600000},
        {359700000, 359800000},
        {0, 1000},
        {-5, 1000},
        {1, 1000},
        {250000, 250000},
        {252499, 250000},
        {252500, 255000},
        {500249999, 500000000},
        {500250000, 500500000},
        {INT64_MAX, INT64_MAX / 5000000 * 5000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ft_tick_round(u, tencent, day, rows[i].price), rows[i].wanted);
}

/* For every table and date: walking up a grid and down again meets the same prices, and rounding
 * changes none of them and goes to the nearer of two. */
static void walks_meet_the_same_prices(void **state)
{
    (void)state;
    struct ft_rng rng;
    ft_rng_init(&rng, 9, 10);
    for (int i = 0; i < 20000; i++) {
        const struct ft_instrument *inst =
            ft_universe_at(u, (ft_inst)ft_rng_below(&rng, ft_universe_count(u)));
        ft_day day = (ft_day)ft_rng_between(&rng, ft_day_of(2014, 1, 1), ft_day_of(2028, 1, 1));
        int64_t near = ft_rng_between(&rng, 1, (int64_t)1 << ft_rng_between(&rng, 10, 34));
        ft_price p = ft_tick_round(u, inst, day, near);
        for (int k = 0; k < 50; k++) {
            ft_price tick = ft_tick_size(u, inst, day, p, true), next = p + tick;
            assert_true(tick > 0);
            assert_int_equal(ft_tick_round(u, inst, day, p), p);
            assert_int_equal(next - ft_tick_size(u, inst, day, next, false), p);
            if (tick > 2) {
                assert_int_equal(ft_tick_round(u, inst, day, p + (tick - 1) / 2), p);
                assert_int_equal(ft_tick_round(u, inst, day, p + (tick + 1) / 2), next);
            }
            p = next;
        }
    }
}

static void bands_for_the_engine(void **state)
{
    (void)state;
    const ft_price *bounds, *ticks;
    const struct ft_instrument *tencent = find(1, "00700");
    size_t n = ft_tick_bands(u, tencent->tick_table, ft_day_of(2026, 11, 20), &bounds, &ticks);
    assert_int_equal(n, 14);
    assert_int_equal(bounds[0], 250000);
    assert_int_equal(ticks[0], 1000);
    assert_int_equal(bounds[13], INT64_C(9995000000));
    assert_int_equal(ticks[13], 5000000);
    n = ft_tick_bands(u, find(11, "AAPL")->tick_table, ft_day_of(2026, 11, 20), &bounds, &ticks);
    assert_int_equal(n, 2);
    assert_true(bounds[1] == INT64_MAX);
}

static void reference_prices_are_on_the_grid(void **state)
{
    (void)state;
    ft_day day = ft_universe_as_of(u);
    assert_int_equal(day, ft_day_of(2026, 11, 21));
    for (ft_inst i = 0; i < ft_universe_count(u); i++) {
        const struct ft_instrument *inst = ft_universe_at(u, i);
        if (ft_tick_round(u, inst, day, inst->reference) != inst->reference)
            fail_msg("%s at %lld", inst->code, (long long)inst->reference);
    }
}

#define HEAD "table,effective_from,upper_bound,tick\n"

static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {NULL, "tick_tables.csv: there is no such data file"},
        {HEAD "A,2015-01-01,,0\n",
         "tick_tables.csv:2: tick: a tick must be above 0 and at most 1000000"},
        {HEAD "A,2015-01-01,,x\n",
         "tick_tables.csv:2: tick: 'x' is not a number with at most 9 decimals"},
        {HEAD "A,2015-01-01,,0.0000001\n",
         "tick_tables.csv:2: tick: prices of six decimals have no such grid"},
        {HEAD "A,2015-01-01,5,1\nA,2015-01-01,5,1\n",
         "tick_tables.csv:3: upper_bound: bands must ascend"},
        {HEAD "A,2015-01-01,,1\nA,2015-01-01,5,1\n",
         "tick_tables.csv:3: upper_bound: bands must ascend"},
        {HEAD "A,2015-01-01,5,2\n",
         "tick_tables.csv:2: tick: the band's bounds are not on its grid"},
        {HEAD "A,2015-01-01,5,1\nA,2015-01-01,,2\n",
         "tick_tables.csv:3: tick: the band's bounds are not on its grid"},
        {HEAD "A,2015-01-01,,1\nA,2014-01-01,,1\n",
         "tick_tables.csv:3: effective_from: dates of a table must ascend"},
        {HEAD "A,2015-01-01,,1\nB,2015-01-01,,1\nA,2016-01-01,,1\n",
         "tick_tables.csv:4: table: rows of A do not stand together"},
        {HEAD ",2015-01-01,,1\n", "tick_tables.csv:2: table: '' is empty or too long"},
        {HEAD "A,2015-01-01,,1\n", "instruments.csv:5: tick_table: there is no tick table 'HK_A'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct altered a = {"tick_tables.csv", rows[i].text};
        struct ft_err err;
        assert_null(ft_universe_load(read_altered, &a, ft_day_of(2026, 11, 21), NULL, 0, &err));
        assert_string_equal(err.text, rows[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_by_day_and_price),           cmocka_unit_test(rounding_to_the_grid),
        cmocka_unit_test(walks_meet_the_same_prices),       cmocka_unit_test(bands_for_the_engine),
        cmocka_unit_test(reference_prices_are_on_the_grid), cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
