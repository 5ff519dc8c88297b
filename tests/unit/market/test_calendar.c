#include "market/calendar.h"

#include "data_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ft_calendars *load(void)
{
    struct ft_err err;
    struct ft_calendars *c = ft_calendars_load(read_altered, NULL, &err);
    if (!c)
        fail_msg("%s", err.text);
    return c;
}

static void known_days(void **state)
{
    (void)state;
    struct ft_calendars *c = load();
    static const struct {
        enum ft_calendar_id id;
        int y, m, d;
        enum ft_day_kind kind;
    } rows[] = {
        {FT_CAL_HK, 2026, 11, 20, FT_DAY_FULL},
        {FT_CAL_HK, 2026, 11, 21, FT_DAY_CLOSED},
        {FT_CAL_HK, 2026, 2, 16, FT_DAY_HALF},
        {FT_CAL_HK, 2026, 2, 17, FT_DAY_CLOSED},
        {FT_CAL_HK, 2026, 12, 24, FT_DAY_HALF},
        {FT_CAL_HK, 2026, 10, 19, FT_DAY_CLOSED},
        {FT_CAL_US, 2026, 11, 26, FT_DAY_CLOSED},
        {FT_CAL_US, 2026, 11, 27, FT_DAY_HALF},
        {FT_CAL_US, 2026, 7, 3, FT_DAY_CLOSED},
        {FT_CAL_CN, 2026, 10, 7, FT_DAY_CLOSED},
        {FT_CAL_CN, 2026, 10, 8, FT_DAY_FULL},
        {FT_CAL_JP, 2026, 1, 2, FT_DAY_CLOSED},
        {FT_CAL_SG, 2026, 8, 10, FT_DAY_CLOSED},
        /* Stock Connect: both sides; on Hong Kong half days only the morning southbound. */
        {FT_CAL_NORTH, 2026, 12, 24, FT_DAY_FULL},
        {FT_CAL_SOUTH, 2026, 12, 24, FT_DAY_HALF},
        {FT_CAL_NORTH, 2026, 10, 19, FT_DAY_CLOSED},
        {FT_CAL_SOUTH, 2026, 9, 25, FT_DAY_CLOSED},
        /* Outside the files weekdays alone. */
        {FT_CAL_HK, 2014, 12, 25, FT_DAY_FULL},
        {FT_CAL_US, 2031, 12, 25, FT_DAY_FULL},
        {FT_CAL_US, 2031, 12, 27, FT_DAY_CLOSED},
        {FT_CAL_HK, 1985, 1, 7, FT_DAY_FULL},
        {FT_CAL_HK, 2090, 1, 2, FT_DAY_FULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (ft_calendar_day(c, rows[i].id, ft_day_of(rows[i].y, rows[i].m, rows[i].d)) !=
            rows[i].kind)
            fail_msg("row %zu: %d-%d-%d", i, rows[i].y, rows[i].m, rows[i].d);
    assert_true(ft_calendar_adhoc(c, FT_CAL_HK, ft_day_of(2023, 9, 8)));
    assert_true(ft_calendar_adhoc(c, FT_CAL_SOUTH, ft_day_of(2023, 9, 8)));
    assert_false(ft_calendar_adhoc(c, FT_CAL_HK, ft_day_of(2026, 12, 25)));
    ft_calendars_free(c);
}

static void neighbours(void **state)
{
    (void)state;
    struct ft_calendars *c = load();
    assert_int_equal(ft_calendar_next(c, FT_CAL_HK, ft_day_of(2026, 2, 16)),
                     ft_day_of(2026, 2, 20));
    assert_int_equal(ft_calendar_prev(c, FT_CAL_HK, ft_day_of(2026, 2, 20)),
                     ft_day_of(2026, 2, 16));
    assert_int_equal(ft_calendar_next(c, FT_CAL_CN, ft_day_of(2026, 9, 30)),
                     ft_day_of(2026, 10, 8));
    for (int id = 0; id < FT_CALENDARS; id++) {
        for (ft_day day = ft_day_of(2014, 6, 1); day < ft_day_of(2029, 1, 1); day++) {
            ft_day next = ft_calendar_next(c, id, day), prev = ft_calendar_prev(c, id, next);
            assert_true(next > day && prev <= day);
            assert_true(ft_calendar_day(c, id, next) != FT_DAY_CLOSED);
            assert_true(prev == day || ft_calendar_day(c, id, day) == FT_DAY_CLOSED);
        }
    }
    ft_calendars_free(c);
}

static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {NULL, "calendars/US.csv: there is no such data file"},
        {"date,kind,mark\n2026-13-01,closed,\n",
         "calendars/US.csv:2: date: bad date '2026-13-01', wanted yyyy-MM-dd"},
        {"date,kind,mark\n2026-01-01,shut,\n",
         "calendars/US.csv:2: kind: unknown word 'shut', allowed: closed, half"},
        {"date,kind,mark\n2026-01-03,closed,\n",
         "calendars/US.csv:2: date: 2026-01-03 is on a weekend"},
        {"date,kind,mark\n2026-01-01,closed,\n2026-01-01,half,\n",
         "calendars/US.csv:3: date: 2026-01-01 is there twice"},
        {"date,kind,mark\n1999-01-01,closed,\n",
         "calendars/US.csv:2: date: 1999-01-01 is not within 2000 to 2049"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct altered a = {"calendars/US.csv", rows[i].text};
        struct ft_err err;
        assert_null(ft_calendars_load(read_altered, &a, &err));
        assert_string_equal(err.text, rows[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_days),
        cmocka_unit_test(neighbours),
        cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
