#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void days_count_from_1970(void **state)
{
    (void)state;
    assert_int_equal(ft_day_of(1970, 1, 1), 0);
    assert_int_equal(ft_day_of(1969, 12, 31), -1);
    assert_int_equal(ft_day_of(2000, 2, 29), 11016);
    assert_int_equal(ft_day_of(2026, 11, 21), 20778);
    assert_int_equal(ft_weekday(ft_day_of(2026, 11, 21)), 6);
    assert_int_equal(ft_weekday(ft_day_of(1969, 12, 28)), 0);
}

static void every_day_of_ten_thousand_years_survives_the_round_trip(void **state)
{
    (void)state;
    ft_day day = ft_day_of(1, 1, 1);
    int weekday = ft_weekday(day);
    assert_int_equal(weekday, 1); /* a Monday */
    for (int y = 1; y <= 9999; y++) {
        for (int m = 1; m <= 12; m++) {
            for (int d = 1; d <= ft_days_in_month(y, m); d++, day++) {
                struct ft_date back = ft_date_of(day);
                if (ft_day_of(y, m, d) != day || back.year != y || back.month != m ||
                    back.mday != d || ft_weekday(day) != weekday)
                    fail_msg("%04d-%02d-%02d", y, m, d);
                weekday = (weekday + 1) % 7;
            }
        }
    }
}

static void dates_agree_with_the_system(void **state)
{
    (void)state;
    for (ft_day day = -200000; day < 200000; day += 97) {
        time_t t = (time_t)day * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        struct ft_date d = ft_date_of(day);
        assert_int_equal(d.year, tm.tm_year + 1900);
        assert_int_equal(d.month, tm.tm_mon + 1);
        assert_int_equal(d.mday, tm.tm_mday);
        assert_int_equal(ft_weekday(day), tm.tm_wday);
    }
}

static void leap_years(void **state)
{
    (void)state;
    assert_int_equal(ft_days_in_month(2024, 2), 29);
    assert_int_equal(ft_days_in_month(2100, 2), 28);
    assert_int_equal(ft_days_in_month(2000, 2), 29);
    assert_int_equal(ft_days_in_month(2023, 2), 28);
    assert_int_equal(ft_days_in_month(2023, 9), 30);
}

static void texts_of_days(void **state)
{
    (void)state;
    ft_day day;
    char text[11];
    assert_int_equal(ft_day_parse("2026-02-28", 10, "begin", &day, NULL), 0);
    ft_day_print(day, text);
    assert_string_equal(text, "2026-02-28");
    static const char *const bad[] = {
        "",           "2026-2-28",  "2026-02-29",  "2026-13-01", "2026-00-10", "2026-01-00",
        "2026/01/01", "0000-01-01", "2026-01-011", "+026-01-01", "2026-01- 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ft_err err;
        ft_err_clear(&err);
        assert_int_equal(ft_day_parse(bad[i], strlen(bad[i]), "begin", &day, &err), -1);
        assert_non_null(strstr(err.text, "begin: bad date"));
    }
}

static void texts_of_times(void **state)
{
    (void)state;
    ft_day day;
    int64_t ns;
    int has_time;
    assert_int_equal(ft_datetime_parse("2026-11-21", "t", &day, &ns, &has_time, NULL), 0);
    assert_int_equal(has_time, 0);
    assert_int_equal(ns, 0);
    assert_int_equal(ft_datetime_parse("2026-11-21 23:59:59", "t", &day, &ns, &has_time, NULL), 0);
    assert_int_equal(day, 20778);
    assert_true(ns == INT64_C(86399) * FT_NS_PER_SEC);
    assert_int_equal(has_time, 1);
    assert_int_equal(ft_datetime_parse("2026-11-21 00:00:01.5", "t", &day, &ns, &has_time, NULL),
                     0);
    assert_true(ns == INT64_C(1500000000));
    assert_int_equal(ft_datetime_parse("2026-11-21 00:00:00.007", "t", &day, &ns, &has_time, NULL),
                     0);
    assert_true(ns == 7000000);
    static const char *const bad[] = {
        "2026-11-21 24:00:00",  "2026-11-21 10:00",         "2026-11-21T10:00:00",
        "2026-11-21 10:60:00",  "2026-11-21 10:00:60",      "2026-11-21 ",
        "2026-11-21 10:00:00.", "2026-11-21 10:00:00.1234", "today"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ft_err err;
        ft_err_clear(&err);
        assert_int_equal(ft_datetime_parse(bad[i], "end", &day, &ns, &has_time, &err), -1);
        assert_non_null(strstr(err.text, "end: bad time"));
        assert_non_null(strstr(err.text, bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_count_from_1970),
        cmocka_unit_test(every_day_of_ten_thousand_years_survives_the_round_trip),
        cmocka_unit_test(dates_agree_with_the_system),
        cmocka_unit_test(leap_years),
        cmocka_unit_test(texts_of_days),
        cmocka_unit_test(texts_of_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
