/* Indicators against TA-Lib's own numbers, patterns against code that shares nothing with theirs
 * (make_indicator_vectors.py). */
#include "market/indicators.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "indicator_vectors.h"

static void same(const double *got, const double *wanted, size_t from, const char *what)
{
    for (size_t i = from; i < VECTOR_BARS; i++) {
        if (isnan(wanted[i]) ? isnan(got[i])
                             : fabs(got[i] - wanted[i]) <= 1e-8 * (1 + fabs(wanted[i])))
            continue;
        fail_msg("%s at bar %zu: %.12g, and TA-Lib has %.12g", what, i, got[i], wanted[i]);
    }
}

static void test_averages(void **state)
{
    (void)state;
    double out[VECTOR_BARS];
    static const struct { int period; const double *ma, *ema; } some[] = {
        {5, vector_ma5, vector_ema5}, {20, vector_ma20, vector_ema20},
        {60, vector_ma60, vector_ema60}};
    for (size_t k = 0; k < 3; k++) {
        ft_ma(vector_close, VECTOR_BARS, some[k].period, out);
        same(out, some[k].ma, 0, "MA");
        ft_ema(vector_close, VECTOR_BARS, some[k].period, out);
        same(out, some[k].ema, 0, "EMA");
    }
    ft_ema(vector_close, 10, 60, out); /* too few bars */
    for (int i = 0; i < 10; i++)
        assert_true(isnan(out[i]));
}

static void test_rsi(void **state)
{
    (void)state;
    double out[VECTOR_BARS];
    ft_rsi(vector_close, VECTOR_BARS, 6, out);
    same(out, vector_rsi6, 0, "RSI 6");
    ft_rsi(vector_close, VECTOR_BARS, 12, out);
    same(out, vector_rsi12, 0, "RSI 12");
    const double flat[20] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    ft_rsi(flat, 20, 6, out);
    assert_true(out[19] == 0);
}

static void test_macd(void **state)
{
    (void)state;
    double diff[VECTOR_BARS], dea[VECTOR_BARS], macd[VECTOR_BARS];
    ft_macd(vector_close, VECTOR_BARS, 12, 26, 9, diff, dea, macd);
    same(diff, vector_diff, 33, "DIFF"); /* TA-Lib tells it only where the signal is known */
    same(dea, vector_dea, 0, "DEA");
    same(macd, vector_macd, 0, "MACD");
    assert_true(isnan(diff[24]) && !isnan(diff[25]));
    ft_macd(vector_close, 20, 12, 26, 9, diff, dea, macd);
    assert_true(isnan(diff[19]) && isnan(dea[19]) && isnan(macd[19]));
}

static void test_boll(void **state)
{
    (void)state;
    double upper[VECTOR_BARS], middle[VECTOR_BARS], lower[VECTOR_BARS];
    ft_boll(vector_close, VECTOR_BARS, 20, 2, upper, middle, lower);
    same(upper, vector_upper, 0, "upper");
    same(middle, vector_middle, 0, "middle");
    same(lower, vector_lower, 0, "lower");
}

static void test_kdj(void **state)
{
    (void)state;
    double k[VECTOR_BARS], d[VECTOR_BARS], j[VECTOR_BARS];
    ft_kdj(vector_high, vector_low, vector_close, VECTOR_BARS, 9, 3, 3, k, d, j);
    same(k, vector_k, 0, "K");
    same(d, vector_d, 0, "D");
    same(j, vector_j, 0, "J");
    assert_true(isnan(k[7]) && !isnan(k[8]));
}

/* The last bars by number, with parameters, equal the whole series. */
static void test_tails(void **state)
{
    (void)state;
    static const struct { int field, params[3]; const double *wanted; } some[] = {
        {FT_IND_PRICE, {0}, vector_close},        {FT_IND_MA5, {5}, vector_ma5},
        {FT_IND_MA, {60}, vector_ma60},           {FT_IND_EMA20, {20}, vector_ema20},
        {FT_IND_RSI, {12}, vector_rsi12},         {FT_IND_KDJ_J, {9, 3, 3}, vector_j},
        {FT_IND_MACD, {12, 26, 9}, vector_macd},  {FT_IND_BOLL_LOWER, {20, 2}, vector_lower},
        {FT_IND_MACD_DIFF, {12, 26, 9}, vector_diff}, {FT_IND_BOLL_UPPER, {20, 2}, vector_upper}};
    for (size_t n = 61; n <= VECTOR_BARS; n += 37)
        for (size_t k = 0; k < sizeof some / sizeof some[0]; k++) {
            struct ft_series s = {vector_close, vector_high, vector_low, n};
            double out[13];
            ft_indicator_tail(some[k].field, some[k].params, &s, 13, out);
            for (size_t t = 0; t < 13; t++) {
                double wanted = some[k].wanted[n - 13 + t];
                if (!isnan(wanted))
                    assert_true(fabs(out[t] - wanted) < 1e-8 * (1 + fabs(wanted)));
            }
        }
}

static void test_params(void **state)
{
    (void)state;
    int out[3];
    assert_int_equal(ft_indicator_params(FT_IND_KDJ_K, NULL, 0, out), 3);
    assert_true(out[0] == 9 && out[1] == 3 && out[2] == 3);
    assert_int_equal(ft_indicator_params(FT_IND_MACD_DEA, NULL, 0, out), 3);
    assert_true(out[0] == 12 && out[1] == 26 && out[2] == 9);
    assert_int_equal(ft_indicator_params(FT_IND_BOLL_LOWER, NULL, 0, out), 2);
    assert_int_equal(ft_indicator_params(FT_IND_RSI, NULL, 0, out), 1);
    assert_int_equal(out[0], 12);
    assert_int_equal(ft_indicator_params(FT_IND_EMA120, NULL, 0, out), 0);
    assert_int_equal(out[0], 120);
    assert_int_equal(ft_indicator_params(FT_IND_MA, NULL, 0, out), -1);
    assert_int_equal(ft_indicator_params(FT_IND_MA, (int[]){7}, 1, out), 1);
    assert_int_equal(ft_indicator_params(FT_IND_MA, (int[]){0}, 1, out), -1);
    assert_int_equal(ft_indicator_params(FT_IND_MA, (int[]){251}, 1, out), -1);
    assert_int_equal(ft_indicator_params(FT_IND_MACD, (int[]){26, 12, 9}, 3, out), -1);
    assert_int_equal(ft_indicator_params(FT_IND_KDJ_K, (int[]){9, 3}, 2, out), -1);
    assert_int_equal(ft_indicator_params(18, NULL, 0, out), -1);
    assert_int_equal(ft_indicator_class(FT_IND_MA250), FT_CLASS_MA);
    assert_int_equal(ft_indicator_class(FT_IND_EMA5), FT_CLASS_EMA);
    assert_int_equal(ft_indicator_class(99), FT_CLASS_NONE);
}

static void test_positions(void **state)
{
    (void)state;
    const double a[] = {1, 3, 2, 2, 5}, b[] = {2, 2, 2, 3, 4};
    assert_true(ft_position_holds(FT_POS_MORE, a, b, 5, 1));
    assert_false(ft_position_holds(FT_POS_MORE, a, b, 5, 2));
    assert_true(ft_position_holds(FT_POS_CROSS_UP, a, b, 5, 1));
    assert_false(ft_position_holds(FT_POS_CROSS_DOWN, a, b, 5, 1));
    assert_false(ft_position_holds(FT_POS_CROSS_UP, a, b, 3, 1)); /* equal is not above */
    assert_true(ft_position_holds(FT_POS_LESS, a, b, 4, 1));
    const double gap[] = {1, NAN, 3};
    assert_false(ft_position_holds(FT_POS_CROSS_UP, gap, b, 3, 1));
    assert_false(ft_position_holds(FT_POS_LESS, (double[]){0, NAN}, b, 2, 1));
}

static void test_patterns(void **state)
{
    (void)state;
    for (int p = 1; p <= FT_PATTERNS; p++) {
        const char *marks = vector_patterns[p - 1];
        assert_int_equal(strlen(marks), VECTOR_BARS - PATTERN_FROM);
        for (size_t i = PATTERN_FROM; i < VECTOR_BARS; i++) {
            struct ft_series s = {vector_close, vector_high, vector_low, i + 1};
            bool wanted = marks[i - PATTERN_FROM] == 'x';
            if (ft_pattern_holds(p, &s, 1) != wanted)
                fail_msg("pattern %d at bar %zu: should be %d", p, i, wanted);
            /* A run of three is three of them. */
            bool run = i >= PATTERN_FROM + 2 && wanted && marks[i - PATTERN_FROM - 1] == 'x' &&
                       marks[i - PATTERN_FROM - 2] == 'x';
            if (i >= PATTERN_FROM + 2)
                assert_int_equal(ft_pattern_holds(p, &s, 3), run);
        }
    }
    struct ft_series young = {vector_close, vector_high, vector_low, 20};
    for (int p = 1; p <= FT_PATTERNS; p++)
        assert_false(ft_pattern_holds(p, &young, 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_averages), cmocka_unit_test(test_rsi), cmocka_unit_test(test_macd),
        cmocka_unit_test(test_boll),     cmocka_unit_test(test_kdj), cmocka_unit_test(test_tails),
        cmocka_unit_test(test_params),   cmocka_unit_test(test_positions),
        cmocka_unit_test(test_patterns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
