/* Candles: where they stand, how many fit, what is left out. */
#include "capture.h"

#include "cli/chart.h"

#include <math.h>

static struct ft_kline bar(const char *time, double open, double high, double low, double close)
{
    return (struct ft_kline){.time = time,
                             .has_open_price = true,
                             .open_price = open,
                             .has_high_price = true,
                             .high_price = high,
                             .has_low_price = true,
                             .low_price = low,
                             .has_close_price = true,
                             .close_price = close};
}

static char *drawn(const struct ft_kline *bars, size_t count, int columns, int rows, bool colour)
{
    struct capture c;
    capture_begin(&c, NULL);
    cli_chart(c.stream, bars, count, columns, rows, colour);
    capture_end(&c);
    return c.text;
}

static void draws(const struct ft_kline *bars, size_t count, int columns, int rows,
                  const char *expected)
{
    char *text = drawn(bars, count, columns, rows, false);
    assert_string_equal(text, expected);
    free(text);
}

static void test_candles(void **state)
{
    (void)state;
    const struct ft_kline bars[] = {
        bar("2026-01-05 00:00:00", 1, 8, 1, 8), /* all body */
        bar("2026-01-06 00:00:00", 4, 8, 1, 5), /* shadows and a body */
        bar("2026-01-07 00:00:00", 8, 8, 8, 8), /* a point on top */
        bar("2026-01-08 00:00:00", 1, 1, 1, 1), /* and one at the bottom */
    };
    draws(bars, 4, 80, 4,
          "\xe2\x96\x88\xe2\x94\x82\xe2\x96\x80  8.000\n"
          "\xe2\x96\x88\xe2\x95\xbd  \n"
          "\xe2\x96\x88\xe2\x95\xbf  \n"
          "\xe2\x96\x88\xe2\x94\x82 \xe2\x96\x84\n"
          "2026-01-05  to  2026-01-08\n");
    draws(bars, 4, 20, 4,
          "\xe2\x96\x88\xe2\x94\x82\xe2\x96\x80  8.000\n"
          "\xe2\x96\x88\xe2\x95\xbd  \n"
          "\xe2\x96\x88\xe2\x95\xbf  \n"
          "\xe2\x96\x88\xe2\x94\x82 \xe2\x96\x84\n"
          "2026-01-05\nto  2026-01-08\n");
}

static void test_what_is_left_out(void **state)
{
    (void)state;
    struct ft_kline bars[600];
    for (int k = 0; k < 600; k++)
        bars[k] = bar(k == 599 ? "last" : k == 592 ? "first" : "other", k, k, k, k);
    char *text = drawn(bars, 600, 10, 5, false); /* the least: 8 bars */
    assert_non_null(strstr(text, "\nfirst\nto  last\n"));
    free(text);
    bars[595].is_blank = true;
    bars[596].has_low_price = false;
    bars[597].open_price = NAN;
    bars[598].high_price = INFINITY;
    bars[588].time = "now the first";
    text = drawn(bars, 600, 40, 5, false);
    assert_non_null(strstr(text, "  to  last\n"));
    assert_non_null(strstr(text, " 599.000\n"));
    free(text);
    text = drawn(bars, 600, 10, 5, false);
    assert_non_null(strstr(text, "now the first\nto  last\n"));
    free(text);
    draws(bars, 0, 80, 24, "no bars\n");
    draws(&bars[595], 4, 80, 24, "no bars\n");
    assert_int_equal(cli_chart_bars(0), CLI_CHART_BARS_MIN);
    assert_int_equal(cli_chart_bars(80), 80 - CLI_CHART_PRICES);
    assert_int_equal(cli_chart_bars(100000), CLI_CHART_BARS_MAX);
    free(drawn(bars, 600, 100000, 1000, true));
}

static void test_colours(void **state)
{
    (void)state;
    const struct ft_kline bars[] = {bar("a", 1, 2, 1, 2), bar("b", 2, 2, 1, 1)};
    char *text = drawn(bars, 2, 80, 4, true);
    assert_non_null(strstr(text, "\033[32m\xe2\x96\x88\033[0m\033[31m\xe2\x96\x88\033[0m"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_candles),
                                       cmocka_unit_test(test_what_is_left_out),
                                       cmocka_unit_test(test_colours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
