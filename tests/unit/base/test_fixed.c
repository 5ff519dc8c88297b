#include "base/fixed.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void rounding_is_symmetrical_about_zero(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b, c, down, up, half;
    } rows[] = {
        {7, 1, 2, 3, 4, 4},
        {-7, 1, 2, -3, -4, -4},
        {7, 1, -2, -3, -4, -4},
        {5, 1, 4, 1, 2, 1},
        {-5, 1, 4, -1, -2, -1},
        {7, 1, 4, 1, 2, 2},
        {6, 2, 3, 4, 4, 4},
        {0, 9, 5, 0, 0, 0},
        {1, 1, 3, 0, 1, 0},
        {-1, 1, 3, 0, -1, 0},
        {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t v;
        assert_int_equal(ft_muldiv(rows[i].a, rows[i].b, rows[i].c, FT_ROUND_DOWN, &v), 0);
        assert_int_equal(v, rows[i].down);
        assert_int_equal(ft_muldiv(rows[i].a, rows[i].b, rows[i].c, FT_ROUND_UP, &v), 0);
        assert_int_equal(v, rows[i].up);
        assert_int_equal(ft_muldiv(rows[i].a, rows[i].b, rows[i].c, FT_ROUND_HALF_UP, &v), 0);
        assert_int_equal(v, rows[i].half);
    }
}

static void overflow_is_reported_and_leaves_the_result_alone(void **state)
{
    (void)state;
    int64_t v = 42;
    assert_int_equal(ft_muldiv(INT64_MAX, 2, 1, FT_ROUND_DOWN, &v), -1);
    assert_int_equal(ft_muldiv(INT64_MIN, 1, 1, FT_ROUND_DOWN, &v), -1);
    assert_int_equal(ft_muldiv(INT64_MIN, INT64_MIN, 1, FT_ROUND_UP, &v), -1);
    assert_int_equal(ft_muldiv(1, 1, 0, FT_ROUND_DOWN, &v), -1);
    assert_int_equal(ft_add(INT64_MAX, 1, &v), -1);
    assert_int_equal(ft_sub(INT64_MIN, 1, &v), -1);
    assert_int_equal(ft_notional_try(INT64_MAX, INT64_MAX, FT_ROUND_DOWN, &v), -1);
    assert_int_equal(v, 42);
    assert_int_equal(ft_muldiv(INT64_MIN, 1, 2, FT_ROUND_DOWN, &v), 0);
    assert_true(v == INT64_MIN / 2);
    assert_int_equal(ft_add(2, 3, &v), 0);
    assert_int_equal(v, 5);
}

static void notional_keeps_the_units(void **state)
{
    (void)state;
    /* 400 shares at 359.60 = 143,840.00 */
    assert_int_equal(ft_notional(359600000, 400 * FT_QTY_SCALE, FT_ROUND_DOWN), 1438400000);
    /* 1 share at 0.000001: 0.0001 is the least amount of money */
    assert_int_equal(ft_notional(1, FT_QTY_SCALE, FT_ROUND_DOWN), 0);
    assert_int_equal(ft_notional(1, FT_QTY_SCALE, FT_ROUND_UP), 1);
    assert_int_equal(ft_notional(50, FT_QTY_SCALE, FT_ROUND_HALF_UP), 1);
    assert_int_equal(ft_notional(-50, FT_QTY_SCALE, FT_ROUND_HALF_UP), -1);
}

static void rounding_to_the_cent(void **state)
{
    (void)state;
    ft_money m;
    assert_int_equal(ft_fixed_round(12345, FT_MONEY_DECIMALS, 2, FT_ROUND_HALF_UP, &m), 0);
    assert_int_equal(m, 12300);
    assert_int_equal(ft_fixed_round(12350, FT_MONEY_DECIMALS, 2, FT_ROUND_HALF_UP, &m), 0);
    assert_int_equal(m, 12400);
    assert_int_equal(ft_fixed_round(12301, FT_MONEY_DECIMALS, 2, FT_ROUND_UP, &m), 0);
    assert_int_equal(m, 12400);
    /* stamp duty: up to the next whole dollar, spec/market-rules.md 7.1 */
    assert_int_equal(ft_fixed_round(1438400, FT_MONEY_DECIMALS, 0, FT_ROUND_UP, &m), 0);
    assert_int_equal(m, 1440000);
    assert_int_equal(ft_fixed_round(INT64_MAX, 4, 0, FT_ROUND_UP, &m), -1);
}

static void text_goes_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        int64_t value;
        const char *out;
    } rows[] = {
        {"359.6", 359600000, "359.60"},
        {"0", 0, "0.00"},
        {"-0.000001", -1, "-0.000001"},
        {"+12.340000000", 12340000, "12.34"},
        {".5", 500000, "0.50"},
        {"7.", 7000000, "7.00"},
        {"9223372036854.775807", INT64_MAX, "9223372036854.775807"},
        {"-9223372036854.775807", -INT64_MAX, "-9223372036854.775807"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t v = -77;
        struct ft_err err = {0};
        char text[FT_FIXED_TEXT_MAX];
        assert_int_equal(ft_fixed_parse(rows[i].in, strlen(rows[i].in), 6, "price", &v, &err), 0);
        assert_true(v == rows[i].value);
        size_t n = ft_fixed_print(v, 6, 2, text);
        assert_string_equal(text, rows[i].out);
        assert_int_equal(n, strlen(text));
    }
    char text[FT_FIXED_TEXT_MAX];
    ft_fixed_print(INT64_MIN, 6, 0, text);
    assert_string_equal(text, "-9223372036854.775808");
    ft_fixed_print(1230000, 4, 0, text);
    assert_string_equal(text, "123");
    ft_fixed_print(-5, 0, 0, text);
    assert_string_equal(text, "-5");
    ft_fixed_print(1, 18, 0, text);
    assert_string_equal(text, "0.000000000000000001");
}

static void bad_text_is_refused_with_words(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        enum ft_err_code code;
    } rows[] = {
        {"", FT_EINVAL},
        {"-", FT_EINVAL},
        {".", FT_EINVAL},
        {"1e5", FT_EINVAL},
        {"1.2.3", FT_EINVAL},
        {" 1", FT_EINVAL},
        {"1 ", FT_EINVAL},
        {"0.0000001", FT_EINVAL},
        {"9223372036854.775808", FT_ELIMIT},
        {"nan", FT_EINVAL},
        {"99999999999999999999999999", FT_ELIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t v = 42;
        struct ft_err err = {0};
        assert_int_equal(ft_fixed_parse(rows[i].in, strlen(rows[i].in), 6, "price", &v, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_non_null(strstr(err.text, "price"));
        assert_int_equal(v, 42);
    }
}

static void doubles_are_rounded_half_away_from_zero(void **state)
{
    (void)state;
    int64_t v;
    struct ft_err err = {0};
    assert_int_equal(ft_price_from_double(359.6, "price", &v, &err), 0);
    assert_int_equal(v, 359600000);
    assert_int_equal(ft_price_from_double(1.0000005, "price", &v, &err), 0);
    assert_int_equal(v, 1000001);
    assert_int_equal(ft_price_from_double(-1.0000005, "price", &v, &err), 0);
    assert_int_equal(v, -1000001);
    assert_int_equal(ft_price_from_double(0.0000004, "price", &v, &err), 0);
    assert_int_equal(v, 0);
    assert_int_equal(ft_qty_from_double(100, "qty", &v, &err), 0);
    assert_int_equal(v, 1000000);
    assert_int_equal(ft_money_from_double(0.07, "money", &v, &err), 0);
    assert_int_equal(v, 700);
    static const double bad[] = {
        NAN, INFINITY, -INFINITY, 1e300, 9223372036854.775808, -9223372036854.775808 * 2};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        v = 42;
        assert_int_equal(ft_price_from_double(bad[i], "price", &v, &err), -1);
        assert_int_equal(err.code, FT_EINVAL);
        assert_int_equal(v, 42);
    }
}

static void a_price_survives_the_wire(void **state)
{
    (void)state;
    for (int64_t p = 1; p < INT64_C(9000000000000000); p = p * 3 + 7) {
        int64_t back;
        assert_int_equal(ft_price_from_double(ft_price_to_double(p), "price", &back, NULL), 0);
        assert_true(back == p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_is_symmetrical_about_zero),
        cmocka_unit_test(overflow_is_reported_and_leaves_the_result_alone),
        cmocka_unit_test(notional_keeps_the_units),
        cmocka_unit_test(rounding_to_the_cent),
        cmocka_unit_test(text_goes_both_ways),
        cmocka_unit_test(bad_text_is_refused_with_words),
        cmocka_unit_test(doubles_are_rounded_half_away_from_zero),
        cmocka_unit_test(a_price_survives_the_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
