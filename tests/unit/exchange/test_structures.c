/* The parts under the book: tick tables, the ladder of levels, the hash index, the pool. */
#include "exchange/index.h"
#include "exchange/ladder.h"
#include "exchange/pool.h"
#include "exchange/ticks.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Hong Kong equities from 2025-08-04: table A1 of spec section 1, in 1e-6. */
static const struct ft_ex_tick a1[] = {
    {250000, 1000},        {500000, 5000},        {1000000, 10000},     {5000000, 10000},
    {10000000, 10000},     {20000000, 10000},     {50000000, 20000},    {100000000, 50000},
    {200000000, 100000},   {500000000, 200000},   {1000000000, 500000}, {2000000000, 1000000},
    {5000000000, 2000000}, {9995000000, 5000000},
};

static struct ft_ticks *hong_kong(void)
{
    struct ft_err err;
    struct ft_ticks *t = ft_ticks_new(a1, sizeof a1 / sizeof a1[0], &err);
    assert_non_null(t);
    return t;
}

static void prices_on_the_grid(void **state)
{
    (void)state;
    struct ft_ticks *t = hong_kong();
    static const struct {
        int64_t price;
        bool good;
    } rows[] = {
        {1000, true},      {999, false},       {250000, true},       {251000, false},
        {255000, true},    {359600000, true},  {359700000, false},   {0, false},
        {-1000, false},    {9995000000, true}, {10000000000, false}, {20000000, true},
        {20010000, false}, {20020000, true},   {19990000, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ft_ticks_on_grid(t, rows[i].price), rows[i].good);
    ft_ticks_free(t);
}

/* Spec section 1: from a bound, the next price up uses the upper band's tick, down the lower's. */
static void steps_cross_bounds(void **state)
{
    (void)state;
    struct ft_ticks *t = hong_kong();
    static const struct {
        int64_t from;
        int steps;
        int64_t to;
    } rows[] = {
        {250000, 1, 255000},         {250000, -1, 249000}, {20000000, 1, 20020000},
        {20000000, -1, 19990000},    {255000, -2, 249000}, {249000, 2, 255000},
        {49980000, 3, 50100000},     {1000, -1, 0},        {9995000000, 1, 0},
        {9990000000, 1, 9995000000}, {500000, 0, 500000},  {100000000, -24, 98800000},
        {19900000, 24, 20280000},    {2000, -1, 1000},     {250000, 200, 2000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ft_ticks_step(t, rows[i].from, rows[i].steps), rows[i].to);
    ft_ticks_free(t);
}

static void floor_and_ceiling(void **state)
{
    (void)state;
    struct ft_ticks *t = hong_kong();
    assert_int_equal(ft_ticks_floor(t, 252000), 250000);
    assert_int_equal(ft_ticks_ceil(t, 252000), 255000);
    assert_int_equal(ft_ticks_floor(t, 250000), 250000);
    assert_int_equal(ft_ticks_ceil(t, 250000), 250000);
    assert_int_equal(ft_ticks_floor(t, 999), 0);
    assert_int_equal(ft_ticks_ceil(t, -5), 1000);
    assert_int_equal(ft_ticks_ceil(t, 9995000001), 0);
    assert_true(ft_ticks_floor(t, FT_EX_PRICE_MAX) == 9995000000);
    ft_ticks_free(t);
}

static void steps_agree_with_single_steps(void **state)
{
    (void)state;
    struct ft_ticks *t = hong_kong();
    struct ft_rng r;
    ft_rng_init(&r, 5, 5);
    for (int i = 0; i < 5000; i++) {
        int64_t start = ft_ticks_floor(t, ft_rng_between(&r, 1000, INT64_C(60000000)));
        int steps = (int)ft_rng_between(&r, 1, 60);
        int64_t up = start, down = start;
        for (int s = 0; s < steps; s++) {
            up = ft_ticks_step(t, up, 1);
            down = down ? ft_ticks_step(t, down, -1) : 0;
        }
        assert_int_equal(ft_ticks_step(t, start, steps), up);
        assert_int_equal(ft_ticks_step(t, start, -steps), down);
        assert_true(ft_ticks_on_grid(t, up) && (!down || ft_ticks_on_grid(t, down)));
    }
    ft_ticks_free(t);
}

static void bad_tables_are_refused(void **state)
{
    (void)state;
    struct ft_err err = {0};
    static const struct ft_ex_tick down[] = {{100, 10}, {90, 10}};
    static const struct ft_ex_tick uneven[] = {{105, 10}, {200, 5}};
    static const struct ft_ex_tick coarse[] = {{100, 10}, {210, 30}};
    assert_null(ft_ticks_new(down, 2, &err));
    assert_null(ft_ticks_new(uneven, 2, &err));
    assert_null(ft_ticks_new(coarse, 2, &err));
    assert_int_equal(err.code, FT_EINVAL);
}

static void divisibility_without_division(void **state)
{
    (void)state;
    struct ft_rng r;
    ft_rng_init(&r, 6, 6);
    for (int i = 0; i < 2000; i++) {
        int64_t d = ft_rng_between(&r, 1, INT64_C(1) << (i % 50 + 1));
        struct ft_divisor divisor;
        ft_divisor_set(&divisor, d);
        for (int k = 0; k < 50; k++) {
            int64_t n = (int64_t)(ft_rng_next(&r) >> (1 + k));
            assert_int_equal(ft_divides(&divisor, n), n % d == 0);
            n -= n % d;
            assert_true(ft_divides(&divisor, n));
            assert_int_equal(ft_divides(&divisor, n + 1), d == 1);
        }
    }
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Grows and shrinks a ladder by turns and compares it with a sorted array. */
static void check_ladder(uint64_t seed, int64_t range, uint32_t most)
{
    struct ft_pool nodes;
    struct ft_ladder ladder = {0};
    struct ft_rng r;
    int64_t *keys = calloc(most + 1, sizeof *keys);
    uint32_t count = 0;
    ft_pool_init(&nodes, sizeof(struct ft_ladder_node), 1 << 20);
    ft_rng_init(&r, seed, 1);
    for (int i = 0; i < 40000; i++) {
        bool grow = i / 5000 % 2 == 0 ? ft_rng_below(&r, 4) > 0 : ft_rng_below(&r, 4) == 0;
        if (grow && count < most) {
            int64_t key = ft_rng_between(&r, -range, range);
            uint32_t at = 0;
            while (at < count && keys[at] != key)
                at++;
            if (at < count)
                continue;
            assert_int_equal(ft_pool_reserve(&nodes, FT_LADDER_NODES), 0);
            ft_ladder_insert(&nodes, &ladder, key, (uint32_t)(key + range + 1));
            keys[count++] = key;
        } else if (count) {
            uint32_t at = (uint32_t)ft_rng_below(&r, count);
            if (ft_rng_below(&r, 3) == 0) /* often the best, as trades do */
                for (uint32_t k = 0; k < count; k++)
                    at = keys[k] > keys[at] ? k : at;
            ft_ladder_remove(&nodes, &ladder, keys[at]);
            keys[at] = keys[--count];
        }
        if (i % 250)
            continue;
        assert_int_equal(ft_ladder_verify(&nodes, &ladder), count);
        qsort(keys, count, sizeof *keys, descending);
        struct ft_rung at = ft_ladder_first(&nodes, &ladder), back = {0, 0};
        for (uint32_t k = 0; k < count; k++) {
            assert_int_equal(ft_rung_level(&nodes, at), (uint32_t)(keys[k] + range + 1));
            back = at;
            ft_rung_worse(&nodes, &at);
        }
        assert_int_equal(ft_rung_level(&nodes, at), 0);
        for (uint32_t k = count; k-- > 0;) {
            assert_int_equal(ft_rung_level(&nodes, back), (uint32_t)(keys[k] + range + 1));
            ft_rung_better(&nodes, &back);
        }
        assert_int_equal(ft_rung_level(&nodes, back), 0);
        assert_int_equal(ft_ladder_worst(&nodes, &ladder),
                         count ? (uint32_t)(keys[count - 1] + range + 1) : 0);
    }
    while (count)
        ft_ladder_remove(&nodes, &ladder, keys[--count]);
    assert_int_equal(nodes.live, 0);
    assert_true(ladder.root == 0 && ladder.top == 0);
    ft_pool_free(&nodes);
    free(keys);
}

static void a_ladder_is_a_sorted_list(void **state)
{
    (void)state;
    check_ladder(1, 50, 60);
    check_ladder(2, 3000, 400);
    check_ladder(3, 100000, 3000);
}

static void a_ladder_grows_from_either_end(void **state)
{
    (void)state;
    for (int direction = -1; direction <= 1; direction += 2) {
        struct ft_pool nodes;
        struct ft_ladder ladder = {0};
        ft_pool_init(&nodes, sizeof(struct ft_ladder_node), 1 << 20);
        for (int64_t i = 1; i <= 20000; i++) {
            assert_int_equal(ft_pool_reserve(&nodes, FT_LADDER_NODES), 0);
            ft_ladder_insert(&nodes, &ladder, i * direction, (uint32_t)i);
        }
        assert_int_equal(ft_ladder_verify(&nodes, &ladder), 20000);
        for (int64_t i = 1; i <= 20000; i++)
            ft_ladder_remove(&nodes, &ladder, i * direction);
        assert_int_equal(nodes.live, 0);
        ft_pool_free(&nodes);
    }
}

/* Hashes that crowd together and wrap around, so that the backward shift has work. */
static void an_index_finds_what_was_put(void **state)
{
    (void)state;
    enum { MOST = 500 };
    struct ft_index ix = {0};
    struct ft_rng r;
    uint32_t hash_of[MOST + 1] = {0}, count = 0;
    bool in[MOST + 1] = {false};
    ft_rng_init(&r, 9, 9);
    for (int i = 0; i < 200000; i++) {
        uint32_t e = (uint32_t)ft_rng_below(&r, MOST) + 1;
        if (!in[e]) {
            assert_int_equal(ft_index_reserve(&ix, 1), 0);
            hash_of[e] = (uint32_t)(0u - ft_rng_below(&r, 40)) + (uint32_t)ft_rng_below(&r, 60);
            ft_index_put(&ix, hash_of[e], e);
            count++;
        } else {
            ft_index_remove(&ix, hash_of[e], e);
            count--;
        }
        in[e] = !in[e];
        if (i % 1000)
            continue;
        assert_int_equal(ix.count, count);
        for (uint32_t k = 1; k <= MOST; k++) {
            uint32_t at = hash_of[k], found;
            while ((found = ft_index_probe(&ix, hash_of[k], &at)) != 0 && found != k)
                at++;
            assert_int_equal(found, in[k] ? k : 0);
        }
    }
    ft_index_free(&ix);
}

static void a_pool_reuses_and_keeps_its_maximum(void **state)
{
    (void)state;
    struct ft_pool p;
    ft_pool_init(&p, 64, 1000);
    for (uint32_t i = 1; i <= 1000; i++) {
        assert_int_equal(ft_pool_reserve(&p, 1), 0);
        uint32_t at = ft_pool_take(&p);
        assert_int_equal(at, i);
        assert_int_equal((uintptr_t)(p.mem + (size_t)at * 64) % 64, 0);
        memset(p.mem + (size_t)at * 64, (int)i, 64);
    }
    assert_int_equal(ft_pool_reserve(&p, 1), -1);
    assert_int_equal(p.mem[777 * 64 + 5], (char)777);
    ft_pool_give(&p, 5);
    ft_pool_give(&p, 7);
    assert_int_equal(ft_pool_reserve(&p, 2), 0);
    assert_int_equal(ft_pool_reserve(&p, 3), -1);
    assert_int_equal(ft_pool_take(&p), 7);
    assert_int_equal(ft_pool_take(&p), 5);
    ft_pool_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_on_the_grid),
        cmocka_unit_test(steps_cross_bounds),
        cmocka_unit_test(floor_and_ceiling),
        cmocka_unit_test(steps_agree_with_single_steps),
        cmocka_unit_test(bad_tables_are_refused),
        cmocka_unit_test(divisibility_without_division),
        cmocka_unit_test(a_ladder_is_a_sorted_list),
        cmocka_unit_test(a_ladder_grows_from_either_end),
        cmocka_unit_test(an_index_finds_what_was_put),
        cmocka_unit_test(a_pool_reuses_and_keeps_its_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
