#include "market/bar.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void minutes_of_kinds(void **state)
{
    (void)state;
    assert_int_equal(ft_bar_minutes(FT_BAR_1M), 1);
    assert_int_equal(ft_bar_minutes(FT_BAR_3M), 3);
    assert_int_equal(ft_bar_minutes(FT_BAR_10M), 10);
    assert_int_equal(ft_bar_minutes(FT_BAR_60M), 60);
    assert_int_equal(ft_bar_minutes(FT_BAR_240M), 240);
    assert_int_equal(ft_bar_minutes(FT_BAR_DAY), 0);
    assert_int_equal(ft_bar_minutes(FT_BAR_QUARTER), 0);
    assert_int_equal(ft_bar_minutes((enum ft_bar_kind)0), 0);
    assert_int_equal(ft_bar_minutes((enum ft_bar_kind)99), 0);
    assert_false(ft_bar_kind_known(0));
    assert_true(ft_bar_kind_known(15));
    assert_false(ft_bar_kind_known(16));
}

static void extending_keeps_open_and_takes_the_later_label(void **state)
{
    (void)state;
    struct ft_bar a = {.day = 10,
                       .minute = 571,
                       .label_day = 10,
                       .open = 100,
                       .high = 110,
                       .low = 95,
                       .close = 105,
                       .prev_close = 99,
                       .volume = 5,
                       .turnover = 50};
    struct ft_bar b = {.day = 10,
                       .minute = 572,
                       .label_day = 10,
                       .open = 105,
                       .high = 108,
                       .low = 90,
                       .close = 91,
                       .prev_close = 105,
                       .volume = 7,
                       .turnover = 60};
    ft_bar_extend(&a, &b);
    assert_int_equal(a.open, 100);
    assert_int_equal(a.high, 110);
    assert_int_equal(a.low, 90);
    assert_int_equal(a.close, 91);
    assert_int_equal(a.prev_close, 99);
    assert_int_equal(a.minute, 572);
    assert_int_equal(a.volume, 12);
    assert_int_equal(a.turnover, 110);
    b.high = 200;
    b.day = b.label_day = 11;
    b.turnover = INT64_MAX;
    ft_bar_extend(&a, &b);
    assert_int_equal(a.high, 200);
    assert_int_equal(a.day, 11);
    assert_true(a.turnover == INT64_MAX);
}

static void periods(void **state)
{
    (void)state;
    ft_day fri = ft_day_of(2026, 11, 20), sun = fri + 2, mon = fri + 3;
    assert_true(ft_bar_same_period(FT_BAR_WEEK, fri, sun));
    assert_false(ft_bar_same_period(FT_BAR_WEEK, sun, mon));
    assert_true(ft_bar_same_period(FT_BAR_WEEK, ft_day_of(1969, 12, 29), ft_day_of(1970, 1, 4)));
    assert_false(ft_bar_same_period(FT_BAR_WEEK, ft_day_of(1969, 12, 28), ft_day_of(1969, 12, 29)));
    assert_true(ft_bar_same_period(FT_BAR_WEEK, ft_day_of(2026, 12, 31), ft_day_of(2027, 1, 1)));
    assert_false(ft_bar_same_period(FT_BAR_YEAR, ft_day_of(2026, 12, 31), ft_day_of(2027, 1, 1)));
    assert_true(ft_bar_same_period(FT_BAR_MONTH, ft_day_of(2026, 11, 1), ft_day_of(2026, 11, 30)));
    assert_false(ft_bar_same_period(FT_BAR_MONTH, ft_day_of(2025, 11, 1), ft_day_of(2026, 11, 1)));
    assert_true(
        ft_bar_same_period(FT_BAR_QUARTER, ft_day_of(2026, 10, 1), ft_day_of(2026, 12, 31)));
    assert_false(
        ft_bar_same_period(FT_BAR_QUARTER, ft_day_of(2026, 9, 30), ft_day_of(2026, 10, 1)));
    assert_true(ft_bar_same_period(FT_BAR_DAY, fri, fri));
    assert_false(ft_bar_same_period(FT_BAR_DAY, fri, sun));
}

static void near(double got, double wanted, double by)
{
    if (!(fabs(got - wanted) <= by))
        fail_msg("%.10f, wanted %.10f", got, wanted);
}

/* The check values of platform.md 14, SZ.002714. */
static void adjustment_matches_the_manual(void **state)
{
    (void)state;
    const struct ft_rehab forward = {
        .ex_day = ft_day_of(2021, 6, 3), .fwd_a = 714290000, .fwd_b = -1043570};
    near(ft_adjust_price(93110000, ft_day_of(2021, 6, 2), &forward, 1, FT_ADJUST_FORWARD),
         65.4639719, 1e-9);
    near(ft_adjust_price(66250000, ft_day_of(2021, 6, 3), &forward, 1, FT_ADJUST_FORWARD), 66.25,
         1e-12);
    static const struct {
        int y, m, d;
        double a, b;
    } rows[] = {
        {2014, 7, 4, 1, 0.234},   {2015, 6, 10, 2, 0.061},  {2016, 7, 8, 2, 0.353},
        {2017, 7, 11, 1.8, 0.69}, {2018, 7, 3, 1, 0.691},   {2019, 7, 4, 1, 0.05},
        {2020, 6, 4, 1.7, 0.55},  {2021, 6, 3, 1.4, 1.461},
    };
    struct ft_rehab events[8] = {0};
    for (int i = 0; i < 8; i++) {
        events[i].ex_day = ft_day_of(rows[i].y, rows[i].m, rows[i].d);
        events[i].bwd_a = (int64_t)(rows[i].a * 1e9 + 0.5);
        events[i].bwd_b = (int64_t)(rows[i].b * 1e6 + 0.5);
    }
    near(ft_adjust_price(93110000, ft_day_of(2021, 6, 2), events, 8, FT_ADJUST_BACKWARD), 1152.7226,
         1e-7);
    near(ft_adjust_price(93110000, ft_day_of(2014, 7, 3), events, 8, FT_ADJUST_BACKWARD), 93.11,
         1e-12);
    near(ft_adjust_price(93110000, ft_day_of(2021, 6, 2), events, 8, FT_ADJUST_NONE), 93.11, 1e-12);
}

/* Volume counts the shares that the adjusted price is of: cash changes nothing. */
static void volume_is_restated(void **state)
{
    (void)state;
    const struct ft_rehab events[] = {
        {.ex_day = ft_day_of(2019, 5, 2), .dividend = 1000000},
        {.ex_day = ft_day_of(2020, 6, 1), .split_base = 1, .split_ert = 5},
        {.ex_day = ft_day_of(2021, 6, 1), .join_base = 50, .join_ert = 1},
        {.ex_day = ft_day_of(2022, 6, 1), .bonus_base = 10, .bonus_ert = 4},
    };
    ft_day first = ft_day_of(2019, 5, 1), last = ft_day_of(2022, 6, 1);
    near(ft_adjust_shares(first, events, 4, FT_ADJUST_FORWARD), 5.0 / 50 * 1.4, 1e-12);
    near(ft_adjust_shares(ft_day_of(2020, 6, 1), events, 4, FT_ADJUST_FORWARD), 1.4 / 50, 1e-12);
    near(ft_adjust_shares(last, events, 4, FT_ADJUST_FORWARD), 1, 1e-12);
    near(ft_adjust_shares(first, events, 4, FT_ADJUST_BACKWARD), 1, 1e-12);
    near(ft_adjust_shares(last, events, 4, FT_ADJUST_BACKWARD), 50 / (5.0 * 1.4), 1e-12);
    near(ft_adjust_shares(first, events, 4, FT_ADJUST_NONE), 1, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minutes_of_kinds),
        cmocka_unit_test(extending_keeps_open_and_takes_the_later_label),
        cmocka_unit_test(periods),
        cmocka_unit_test(adjustment_matches_the_manual),
        cmocka_unit_test(volume_is_restated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
