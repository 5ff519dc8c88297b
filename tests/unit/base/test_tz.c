#include "base/rng.h"
#include "base/tz.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct ft_tz *load(const char *name)
{
    struct ft_err err;
    struct ft_tz *tz = ft_tz_load(name, &err);
    if (!tz)
        fail_msg("%s", err.text);
    return tz;
}

static int64_t utc(int y, int m, int d, int h, int min, int s)
{
    return (int64_t)ft_day_of(y, m, d) * 86400 + h * 3600 + min * 60 + s;
}

static void new_york_changes_in_march_and_november(void **state)
{
    (void)state;
    struct ft_tz *tz = load("America/New_York");
    for (int y = 2007; y <= 2120; y++) { /* the file's transitions end in 2037, then the footer */
        ft_day march = ft_day_of(y, 3, 1), november = ft_day_of(y, 11, 1);
        march += (7 - ft_weekday(march)) % 7 + 7;   /* second Sunday */
        november += (7 - ft_weekday(november)) % 7; /* first Sunday */
        int64_t spring = (int64_t)march * 86400 + 7 * 3600,
                autumn = (int64_t)november * 86400 + 6 * 3600;
        assert_int_equal(ft_tz_offset(tz, spring - 1), -5 * 3600);
        assert_int_equal(ft_tz_offset(tz, spring), -4 * 3600);
        assert_int_equal(ft_tz_offset(tz, autumn - 1), -4 * 3600);
        assert_int_equal(ft_tz_offset(tz, autumn), -5 * 3600);
        /* 02:30 does not exist in spring: the moment after the gap. 01:30 is twice in autumn. */
        assert_true(ft_tz_to_utc(tz, march, 9000) == spring);
        assert_true(ft_tz_to_utc(tz, march, 7200) == spring);
        assert_true(ft_tz_to_utc(tz, march, 10800) == spring);
        assert_true(ft_tz_to_utc(tz, march, 7199) == spring - 1);
        assert_true(ft_tz_to_utc(tz, november, 5400) == autumn - 1800);
        assert_true(ft_tz_to_utc(tz, november, 7200) == autumn + 3600);
        /* Seconds beyond the day. */
        assert_true(ft_tz_to_utc(tz, march, 86400) == ft_tz_to_utc(tz, march + 1, 0));
        assert_true(ft_tz_to_utc(tz, march, -4 * 3600) == ft_tz_to_utc(tz, march - 1, 20 * 3600));
    }
    ft_tz_free(tz);
}

static void asian_zones_are_fixed_today(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int hours;
    } zones[] = {
        {"Asia/Hong_Kong", 8}, {"Asia/Shanghai", 8}, {"Asia/Singapore", 8}, {"Asia/Tokyo", 9}};
    for (size_t i = 0; i < 4; i++) {
        struct ft_tz *tz = load(zones[i].name);
        for (int y = 1995; y < 2150; y += 5)
            for (int m = 1; m <= 12; m++)
                assert_int_equal(ft_tz_offset(tz, utc(y, m, 15, 12, 0, 0)), zones[i].hours * 3600);
        ft_tz_free(tz);
    }
    struct ft_tz *hk = load("Asia/Hong_Kong");
    assert_int_equal(ft_tz_offset(hk, utc(1976, 7, 1, 0, 0, 0)), 9 * 3600);
    ft_tz_free(hk);
}

static void random_times_agree_with_localtime(void **state)
{
    (void)state;
    static const char *const zones[] = {
        "America/New_York",  "Asia/Hong_Kong",    "Asia/Tokyo",          "Asia/Shanghai",
        "Asia/Singapore",    "Europe/London",     "Australia/Lord_Howe", "Asia/Kathmandu",
        "America/Sao_Paulo", "Africa/Casablanca", "Europe/Dublin"};
    struct ft_rng rng;
    ft_rng_init(&rng, 1, 2);
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        struct ft_tz *tz = load(zones[z]);
        setenv("TZ", zones[z], 1);
        tzset();
        for (int i = 0; i < 20000; i++) {
            int64_t t = ft_rng_between(&rng, utc(1900, 1, 1, 0, 0, 0), utc(2150, 1, 1, 0, 0, 0));
            time_t tt = (time_t)t;
            struct tm tm;
            assert_non_null(localtime_r(&tt, &tm));
            if (ft_tz_offset(tz, t) != tm.tm_gmtoff)
                fail_msg("%s %lld: %d, system %ld", zones[z], (long long)t, ft_tz_offset(tz, t),
                         tm.tm_gmtoff);
            ft_day day;
            int32_t second;
            ft_tz_to_local(tz, t, &day, &second);
            assert_int_equal(day, ft_day_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday));
            assert_int_equal(second, tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
            /* Back: the same moment, or the first of the two that read alike. */
            int64_t back = ft_tz_to_utc(tz, day, second);
            if (back != t)
                assert_true(back < t && back + ft_tz_offset(tz, back) == t + ft_tz_offset(tz, t));
        }
        ft_tz_free(tz);
    }
}

/* Later local times are never earlier moments. */
static void conversion_is_monotone(void **state)
{
    (void)state;
    struct ft_tz *tz = load("America/New_York");
    for (int y = 2020; y < 2045; y++) {
        int64_t last = INT64_MIN;
        for (ft_day day = ft_day_of(y, 3, 7); day < ft_day_of(y, 3, 16); day++)
            for (int32_t s = 0; s < 86400; s += 300) {
                int64_t t = ft_tz_to_utc(tz, day, s);
                assert_true(t >= last);
                last = t;
            }
    }
    ft_tz_free(tz);
}

/* A file with no transitions and the given footer. */
static struct ft_tz *with_footer(const char *footer, struct ft_err *err)
{
    uint8_t file[512] = {0};
    size_t n = 0;
    for (int part = 0; part < 2; part++) {
        memcpy(file + n, "TZif2", 5);
        file[n + 39] = 1; /* one type */
        file[n + 43] = 4; /* four characters */
        n += 44 + 6;
        memcpy(file + n, "LMT", 4);
        n += 4;
    }
    n += (size_t)snprintf((char *)file + n, 200, "\n%s\n", footer);
    return ft_tz_parse(file, n, err);
}

static void footers(void **state)
{
    (void)state;
    struct ft_err err;
    static const struct {
        const char *footer;
        int64_t t;
        int32_t offset;
    } rows[] = {
        {"CST-8", 0, 28800},
        {"<+0545>-5:45", 0, 20700},
        {"EST5EDT,M3.2.0,M11.1.0", INT64_C(4102444800), -18000},      /* 2100-01-01 */
        {"EST5EDT,M3.2.0,M11.1.0", INT64_C(4118083200), -14400},      /* 2100-07-01 */
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", INT64_C(4102444800), 39600}, /* southern: DST in January */
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", INT64_C(4118083200), 36000},
        {"XXX3YYY2,J60/0,J300/0", INT64_C(4102444800), -10800},
        {"XXX3YYY,59/0,300/0", INT64_C(4118083200), -7200},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", INT64_C(4102444800), 0}, /* Dublin: negative DST */
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", INT64_C(4118083200), -3600},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ft_tz *tz = with_footer(rows[i].footer, &err);
        if (!tz)
            fail_msg("%s: %s", rows[i].footer, err.text);
        assert_int_equal(ft_tz_offset(tz, rows[i].t), rows[i].offset);
        ft_tz_free(tz);
    }
    static const char *const bad[] = {"X",
                                      "CST",
                                      "CST-999",
                                      "EST5EDT",
                                      "EST5EDT,M13.1.0,M1.1.0",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M3.2.0,M11.1.0x",
                                      "<A-5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(with_footer(bad[i], &err));
        assert_non_null(strstr(err.text, "footer"));
    }
}

static void broken_files_are_refused(void **state)
{
    (void)state;
    struct ft_err err;
    uint8_t file[4096];
    FILE *f = fopen("/usr/share/zoneinfo/America/New_York", "rb");
    assert_non_null(f);
    size_t n = fread(file, 1, sizeof file, f);
    fclose(f);
    struct ft_tz *tz = ft_tz_parse(file, n, &err);
    assert_non_null(tz);
    ft_tz_free(tz);
    for (size_t cut = 0; cut < n; cut++) { /* in a copy of its own size, for the sanitizer */
        uint8_t *part = malloc(cut + 1);
        memcpy(part, file, cut);
        assert_null(ft_tz_parse(part, cut, &err));
        free(part);
    }
    struct ft_rng rng;
    ft_rng_init(&rng, 3, 4);
    for (int i = 0; i < 20000; i++) { /* any byte changed: an error or a zone, never a crash */
        uint8_t copy[4096];
        memcpy(copy, file, n);
        for (int k = 0; k < 3; k++)
            copy[ft_rng_below(&rng, n)] = (uint8_t)ft_rng_next(&rng);
        tz = ft_tz_parse(copy, n, &err);
        if (tz) {
            ft_day day;
            int32_t second;
            ft_tz_to_local(tz, ft_rng_between(&rng, -4000000000, 8000000000), &day, &second);
            ft_tz_to_utc(tz, day, second);
        }
        ft_tz_free(tz);
    }
    assert_null(ft_tz_load("Nowhere/Atlantis", &err));
    assert_non_null(strstr(err.text, "Nowhere/Atlantis"));
    assert_null(ft_tz_load("../../../etc/passwd", &err));
    assert_null(ft_tz_load("/etc/passwd", &err));
    assert_null(ft_tz_load("", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_york_changes_in_march_and_november),
        cmocka_unit_test(asian_zones_are_fixed_today),
        cmocka_unit_test(random_times_agree_with_localtime),
        cmocka_unit_test(conversion_is_monotone),
        cmocka_unit_test(footers),
        cmocka_unit_test(broken_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
