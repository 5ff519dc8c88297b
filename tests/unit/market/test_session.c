#include "market/session.h"

#include "base/rng.h"
#include "data_files.h"
#include "market/timetable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ft_calendars *calendars;
static struct ft_timetables *tables;
static const struct ft_hours real_hours = {FT_CLOCK_EXCHANGE, 0};

static int load(void **state)
{
    (void)state;
    struct ft_err err;
    calendars = ft_calendars_load(read_altered, NULL, &err);
    tables = calendars ? ft_timetables_load(read_altered, NULL, calendars, &err) : NULL;
    if (!tables)
        fail_msg("%s", err.text);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    ft_timetables_free(tables);
    ft_calendars_free(calendars);
    return 0;
}

static int profile(const char *name)
{
    int p = ft_profile_find(tables, name);
    if (p < 0)
        fail_msg("no profile %s", name);
    return p;
}

/* What holds at a local time. */
static struct ft_moment at(const char *name, const struct ft_hours *h, const char *time)
{
    ft_day day;
    int64_t ns;
    int has_time;
    struct ft_moment m;
    int p = profile(name);
    assert_int_equal(ft_datetime_parse(time, "t", &day, &ns, &has_time, NULL), 0);
    int64_t utc = ft_tz_to_utc(ft_profile_tz(tables, p), day, (int32_t)(ns / FT_NS_PER_SEC));
    ft_moment_at(tables, p, h, utc * FT_NS_PER_SEC, &m);
    assert_int_equal(m.local_day, day);
    assert_true(m.local_ns == ns);
    return m;
}

static void states_of_the_manual(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *time;
        int state;
        enum ft_session session;
        const char *day;
    } rows[] = {
        {"HK_SEC", "2026-11-20 08:54:59", 6, FT_SES_NONE, "2026-11-19"},
        {"HK_SEC", "2026-11-20 08:55:00", 0, FT_SES_NONE, "2026-11-20"},
        {"HK_SEC", "2026-11-20 09:00:00", 1, FT_SES_AUCTION, "2026-11-20"},
        {"HK_SEC", "2026-11-20 09:21:00", 2, FT_SES_AUCTION, "2026-11-20"},
        {"HK_SEC", "2026-11-20 09:29:59", 2, FT_SES_NONE, "2026-11-20"},
        {"HK_SEC", "2026-11-20 09:30:00", 3, FT_SES_REGULAR, "2026-11-20"},
        {"HK_SEC", "2026-11-20 12:00:00", 4, FT_SES_NONE, "2026-11-20"},
        {"HK_SEC", "2026-11-20 13:00:00", 5, FT_SES_REGULAR, "2026-11-20"},
        {"HK_SEC", "2026-11-20 16:07:59", 19, FT_SES_AUCTION, "2026-11-20"},
        {"HK_SEC", "2026-11-20 16:08:00", 6, FT_SES_AUCTION, "2026-11-20"},
        {"HK_SEC", "2026-11-20 16:10:00", 6, FT_SES_NONE, "2026-11-20"},
        {"HK_SEC", "2026-11-22 12:00:00", 6, FT_SES_NONE, "2026-11-20"},
        {"HK_SEC", "2026-12-24 12:09:00", 6, FT_SES_AUCTION, "2026-12-24"}, /* half day */
        {"HK_SEC", "2026-12-24 14:00:00", 6, FT_SES_NONE, "2026-12-24"},
        {"HK_FUT_NIGHT", "2026-11-20 16:45:00", 17, FT_SES_NONE, "2026-11-20"},
        {"HK_FUT_NIGHT", "2026-11-20 17:10:00", 18, FT_SES_NONE, "2026-11-23"},
        {"HK_FUT_NIGHT", "2026-11-20 17:15:00", 13, FT_SES_REGULAR, "2026-11-23"},
        {"HK_FUT_NIGHT", "2026-11-21 02:59:59", 13, FT_SES_REGULAR, "2026-11-23"},
        {"HK_FUT_NIGHT", "2026-11-21 03:00:00", 14, FT_SES_NONE, "2026-11-23"},
        {"HK_FUT_NIGHT", "2026-11-22 12:00:00", 17, FT_SES_NONE, "2026-11-23"},
        {"HK_FUT_NIGHT", "2026-11-23 09:15:00", 15, FT_SES_REGULAR, "2026-11-23"},
        {"HK_FUT_NIGHT", "2026-12-24 18:00:00", 17, FT_SES_NONE, "2026-12-24"}, /* no night */
        {"JP_FUT", "2026-11-20 16:55:00", 18, FT_SES_AUCTION, "2026-11-24"},    /* 23: holiday */
        {"JP_FUT", "2026-11-21 05:59:00", 13, FT_SES_REGULAR, "2026-11-24"},
        {"JP_FUT", "2026-11-23 12:00:00", 14, FT_SES_NONE, "2026-11-24"},
        {"JP_FUT", "2026-11-24 08:45:00", 15, FT_SES_REGULAR, "2026-11-24"},
        {"SG_FUT_CN", "2026-11-20 17:00:00", 13, FT_SES_REGULAR, "2026-11-23"},
        {"US_FUT_EQ", "2026-11-20 17:00:00", 26, FT_SES_NONE, "2026-11-20"},
        {"US_FUT_EQ", "2026-11-22 17:45:00", 22, FT_SES_AUCTION, "2026-11-23"},
        {"US_FUT_EQ", "2026-11-22 18:00:00", 23, FT_SES_REGULAR, "2026-11-23"},
        {"US_FUT_EQ", "2026-11-23 16:59:00", 23, FT_SES_REGULAR, "2026-11-23"},
        {"US_FUT_EQ", "2026-11-23 17:30:00", 26, FT_SES_NONE, "2026-11-24"},
        {"US_SEC", "2026-11-20 19:59:59", 10, FT_SES_AFTER, "2026-11-20"},
        {"US_SEC", "2026-11-20 20:00:00", 11, FT_SES_NONE, "2026-11-20"},
        {"US_SEC", "2026-11-22 20:00:00", 37, FT_SES_OVERNIGHT, "2026-11-23"},
        {"US_SEC", "2026-11-23 04:00:00", 8, FT_SES_PRE, "2026-11-23"},
        {"US_SEC", "2026-11-23 09:30:00", 5, FT_SES_REGULAR, "2026-11-23"},
        {"US_SEC", "2026-11-25 20:00:00", 11, FT_SES_NONE, "2026-11-25"}, /* Thanksgiving */
        {"US_SEC", "2026-11-26 20:00:00", 37, FT_SES_OVERNIGHT, "2026-11-27"},
        {"US_SEC", "2026-11-27 13:00:00", 10, FT_SES_AFTER, "2026-11-27"}, /* half day */
        {"US_SEC", "2026-11-27 17:30:00", 11, FT_SES_NONE, "2026-11-27"},
        {"CN_SEC", "2026-11-20 14:58:00", 5, FT_SES_AUCTION, "2026-11-20"},
        {"CN_SEC", "2026-11-20 15:10:00", 28, FT_SES_AFTER, "2026-11-20"},
        {"CN_SEC", "2026-06-26 15:10:00", 6, FT_SES_NONE, "2026-06-26"}, /* before 2026-07-06 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ft_moment m = at(rows[i].profile, &real_hours, rows[i].time);
        char day[11];
        ft_day_print(m.trading_day, day);
        if (m.span.state != rows[i].state || m.span.session != rows[i].session ||
            strcmp(day, rows[i].day) != 0)
            fail_msg("%s %s: state %d session %d day %s", rows[i].profile, rows[i].time,
                     m.span.state, (int)m.span.session, day);
    }
}

static void phases_come_with_the_spans(void **state)
{
    (void)state;
    assert_int_equal(at("HK_SEC", &real_hours, "2026-11-20 09:10:00").span.phase, FT_PHASE_INPUT);
    assert_int_equal(at("HK_SEC", &real_hours, "2026-11-20 09:16:00").span.phase,
                     FT_PHASE_NO_CANCEL);
    struct ft_moment m = at("HK_SEC", &real_hours, "2026-11-20 09:21:00");
    assert_int_equal(m.span.phase, FT_PHASE_MATCH);
    assert_true(m.span.trading);
    m = at("HK_SEC", &real_hours, "2026-11-20 16:00:30");
    assert_int_equal(m.span.phase, FT_PHASE_REFERENCE);
    assert_false(m.span.trading);
    assert_int_equal(at("CN_SEC", &real_hours, "2026-11-20 15:10:00").span.phase,
                     FT_PHASE_FIXED_PRICE);
}

static void friday_evening_belongs_to_monday(void **state)
{
    (void)state;
    struct ft_span spans[FT_SPANS_MAX];
    ft_day monday = ft_day_of(2026, 11, 23);
    int n = ft_day_spans(tables, profile("HK_FUT_NIGHT"), &real_hours, monday, spans);
    assert_true(n > 5);
    assert_int_equal(spans[0].start, -3 * 1440 + 17 * 60 + 10);
    assert_int_equal(spans[n - 1].end, 16 * 60 + 30);
    n = ft_day_spans(tables, profile("US_SEC"), &real_hours, monday, spans);
    assert_int_equal(n, 4);
    assert_int_equal(spans[0].start, -4 * 60);
    assert_int_equal(ft_day_spans(tables, profile("US_SEC"), &real_hours, monday - 1, spans), 0);
    n = ft_day_spans(tables, profile("HK_SEC"), &real_hours, ft_day_of(2019, 5, 6), spans);
    assert_int_equal(spans[4].start, 9 * 60 + 28); /* matching to 09:28 before October 2020 */
    assert_true(n > 10);
}

static void always_open(void **state)
{
    (void)state;
    const struct ft_hours h = {FT_CLOCK_ALWAYS, ft_day_of(2026, 11, 21)};
    static const struct {
        const char *profile;
        int state;
    } rows[] = {
        {"HK_SEC", 5},           {"US_SEC", 5},        {"CN_SEC", 5},        {"JP_SEC", 5},
        {"SG_SEC", 5},           {"HK_DRV_DAY", 5},    {"US_OPT", 5},        {"US_IDXOPT", 5},
        {"HK_FUT_NIGHT/OPT", 5}, {"HK_FUT_NIGHT", 15}, {"JP_FUT", 15},       {"SG_FUT_NK", 15},
        {"HK_FXFUT", 15},        {"US_FUT_EQ", 23},    {"US_FUT_GRAIN", 23}, {"US_FUT_NX", 23},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ft_moment m = at(rows[i].profile, &h, "2026-11-22 03:00:00");
        assert_int_equal(m.span.state, rows[i].state);
        assert_int_equal(m.span.session, FT_SES_REGULAR);
        assert_int_equal(m.span.phase, FT_PHASE_CONTINUOUS);
        assert_true(m.span.trading);
        assert_int_equal(m.trading_day, ft_day_of(2026, 11, 22));
        assert_int_equal(m.span.start, 0);
        assert_int_equal(m.span.end, 1440);
    }
    /* The evening before the first live day would be Monday's night session. */
    struct ft_moment m = at("HK_FUT_NIGHT", &h, "2026-11-20 20:00:00");
    assert_int_equal(m.span.session, FT_SES_NONE);
    assert_int_equal(m.trading_day, ft_day_of(2026, 11, 20));
    assert_true(m.span_end_ns ==
                ft_minute_to_utc(tables, profile("HK_FUT_NIGHT"), ft_day_of(2026, 11, 21), 0));
    int p = profile("HK_SEC");
    assert_int_equal(ft_next_trading_day(tables, p, &h, ft_day_of(2026, 11, 20)),
                     ft_day_of(2026, 11, 21));
    assert_int_equal(ft_next_trading_day(tables, p, &h, ft_day_of(2026, 11, 19)),
                     ft_day_of(2026, 11, 20));
    assert_int_equal(ft_prev_trading_day(tables, p, &h, ft_day_of(2026, 11, 22)),
                     ft_day_of(2026, 11, 21));
    assert_int_equal(ft_prev_trading_day(tables, p, &h, ft_day_of(2026, 11, 21)),
                     ft_day_of(2026, 11, 20));
    assert_true(ft_is_trading_day(tables, p, &h, ft_day_of(2026, 11, 22)));
    assert_false(ft_is_trading_day(tables, p, &h, ft_day_of(2026, 11, 15)));
}

static struct ft_hours random_hours(struct ft_rng *rng, ft_day near)
{
    struct ft_hours h = {FT_CLOCK_EXCHANGE, 0};
    if (ft_rng_below(rng, 2)) {
        h.mode = FT_CLOCK_ALWAYS;
        h.first_live_day = near + (ft_day)ft_rng_between(rng, -8, 8);
    }
    return h;
}

/* Spans ascend without gap; those of one day end before those of the next begin. */
static void spans_never_overlap(void **state)
{
    (void)state;
    struct ft_rng rng;
    ft_rng_init(&rng, 5, 6);
    for (int i = 0; i < 60000; i++) {
        int p = (int)ft_rng_below(&rng, (uint64_t)tables->profile_count);
        ft_day day = (ft_day)ft_rng_between(&rng, ft_day_of(2014, 1, 1), ft_day_of(2030, 1, 1));
        struct ft_hours h = random_hours(&rng, day);
        struct ft_span spans[FT_SPANS_MAX], later[FT_SPANS_MAX];
        int n = ft_day_spans(tables, p, &h, day, spans);
        assert_int_equal(n > 0, ft_is_trading_day(tables, p, &h, day));
        if (n == 0)
            continue;
        for (int k = 0; k < n; k++) {
            assert_true(spans[k].start < spans[k].end);
            if (k > 0)
                assert_int_equal(spans[k].start, spans[k - 1].end);
        }
        assert_true(spans[n - 1].session != FT_SES_NONE);
        ft_day next = ft_next_trading_day(tables, p, &h, day);
        assert_int_equal(ft_prev_trading_day(tables, p, &h, next), day);
        assert_true(ft_day_spans(tables, p, &h, next, later) > 0);
        assert_true(spans[n - 1].end <= later[0].start + (next - day) * 1440);
    }
}

/* The slow way to say where a moment lies: all spans of the days around it. */
static bool slow_moment(int p, const struct ft_hours *h, int64_t utc_ns, ft_day local,
                        struct ft_moment *out)
{
    bool inside = false;
    out->trading_day = FT_NO_DAY;
    for (ft_day day = local - 16; day <= local + 16; day++) {
        struct ft_span spans[FT_SPANS_MAX];
        int n = ft_day_spans(tables, p, h, day, spans);
        if (n == 0)
            continue;
        if (ft_minute_to_utc(tables, p, day, spans[0].start) <= utc_ns)
            out->trading_day = day;
        else if (out->span_end_ns == 0)
            out->span_end_ns = ft_minute_to_utc(tables, p, day, spans[0].start);
        for (int k = 0; k < n; k++) {
            int64_t begin = ft_minute_to_utc(tables, p, day, spans[k].start);
            int64_t end = ft_minute_to_utc(tables, p, day, spans[k].end);
            if (utc_ns >= begin && utc_ns < end) {
                assert_false(inside);
                inside = true;
                out->span = spans[k];
                out->span_end_ns = end;
            }
        }
    }
    return inside;
}

static void moments_agree_with_spans(void **state)
{
    (void)state;
    struct ft_rng rng;
    ft_rng_init(&rng, 7, 8);
    for (int i = 0; i < 60000; i++) {
        int p = (int)ft_rng_below(&rng, (uint64_t)tables->profile_count);
        ft_day day = (ft_day)ft_rng_between(&rng, ft_day_of(2014, 6, 1), ft_day_of(2029, 1, 1));
        struct ft_hours h = random_hours(&rng, day);
        int64_t t = ((int64_t)day * 86400 + ft_rng_between(&rng, 0, 86399)) * FT_NS_PER_SEC;
        if (ft_rng_below(&rng, 2)) /* on a minute, or a nanosecond before it */
            t = t / (60 * FT_NS_PER_SEC) * (60 * FT_NS_PER_SEC) - (int64_t)ft_rng_below(&rng, 2);
        struct ft_moment fast, slow = {0};
        ft_moment_at(tables, p, &h, t, &fast);
        bool inside = slow_moment(p, &h, t, fast.local_day, &slow);
        const char *name = ft_profile_name(tables, p);
        if (fast.trading_day != slow.trading_day)
            fail_msg("%s %lld: day %d, slow %d", name, (long long)t, fast.trading_day,
                     slow.trading_day);
        if (inside) {
            if (fast.span_end_ns != slow.span_end_ns || fast.span.start != slow.span.start ||
                fast.span.state != slow.span.state || fast.span.session != slow.span.session)
                fail_msg("%s %lld: another span", name, (long long)t);
        } else {
            assert_int_equal(fast.span.session, FT_SES_NONE);
            assert_false(fast.span.trading);
            assert_true(fast.span_end_ns <= slow.span_end_ns);
        }
        assert_true(fast.span_end_ns > t);
    }
}

/* Walking from end to end meets every span of every day once and never stands still. */
static void walking_visits_every_span(void **state)
{
    (void)state;
    for (int p = 0; p < tables->profile_count; p++) {
        struct ft_moment m;
        int64_t t = ft_minute_to_utc(tables, p, ft_day_of(2026, 1, 2), 0);
        int64_t until = ft_minute_to_utc(tables, p, ft_day_of(2027, 1, 1), 0);
        size_t visited = 0, wanted = 0;
        while (t < until) {
            ft_moment_at(tables, p, &real_hours, t, &m);
            assert_true(m.span_end_ns > t);
            assert_true(ft_minute_to_utc(tables, p, m.trading_day, m.span.start) <= t);
            visited += m.span.trading;
            t = m.span_end_ns;
        }
        for (ft_day day = ft_day_of(2026, 1, 2); day <= ft_day_of(2027, 1, 8); day++) {
            struct ft_span spans[FT_SPANS_MAX];
            int n = ft_day_spans(tables, p, &real_hours, day, spans);
            for (int k = 0; k < n; k++) {
                int64_t begin = ft_minute_to_utc(tables, p, day, spans[k].start);
                int64_t end = ft_minute_to_utc(tables, p, day, spans[k].end);
                wanted += spans[k].trading && begin < until &&
                          end > ft_minute_to_utc(tables, p, ft_day_of(2026, 1, 2), 0);
            }
        }
        assert_int_equal(visited, wanted);
    }
}

static void defaults(void **state)
{
    (void)state;
    assert_int_equal(ft_profile_default(tables, "HK:stock"), profile("HK_SEC"));
    assert_int_equal(ft_profile_default(tables, "US:US_PINK"), profile("US_OTC"));
    assert_int_equal(ft_profile_default(tables, "XX:stock"), -1);
    assert_int_equal(ft_profile_find(tables, "NONE"), -1);
    assert_int_equal(ft_profile_calendar(tables, profile("JP_FUT")), FT_CAL_JP);
}

#define HEAD                                                                                       \
    "profile,effective_from,day,start,end,end_day_offset,state,trading,session,"                   \
    "start_day_offset,phase,trade_date_offset\n"
#define ZONES "profile,calendar,time_zone,idle_state,default_for\n"

static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *fault;
    } rows[] = {
        {"timezones.csv", NULL, "timezones.csv: there is no such data file"},
        {"timezones.csv", ZONES "A,XX,Asia/Tokyo,CLOSED,\n",
         "timezones.csv:2: calendar: unknown word 'XX', allowed: HK, US, CN, JP, SG"},
        {"timezones.csv", ZONES "A,HK,Asia/Tokyo,SLEEPING,\n",
         "timezones.csv:2: idle_state: unknown market state 'SLEEPING'"},
        {"timezones.csv", ZONES "A,HK,Mars/Olympus,CLOSED,\n", "timezones.csv:2: time_zone: "},
        {"timezones.csv", ZONES "A,HK,Asia/Tokyo,CLOSED,\nA,HK,Asia/Tokyo,CLOSED,\n",
         "timezones.csv:3: profile: A is there twice"},
        {"timezones.csv",
         ZONES "A,HK,Asia/Tokyo,CLOSED,HK:stock\nB,HK,Asia/Tokyo,CLOSED,HK:stock\n",
         "timezones.csv:3: default_for: HK:stock has a default already"},
        {"timezones.csv", ZONES "A,HK,Asia/Tokyo,CLOSED,stock\n",
         "timezones.csv:2: default_for: 'stock' is not MARKET:type"},
        {"timetables.csv",
         HEAD "NONE,2015-01-01,full,09:00,09:00,1,MORNING,1,regular,0,continuous,0\n",
         "timetables.csv:2: profile: profile 'NONE' is not in timezones.csv"},
        {"timetables.csv",
         HEAD "HK_SEC,2015-01-01,full,09:00,10:00,0,MORNING,1,regular,0,continuous,0\n"
              "HK_SEC,2015-01-01,full,10:05,11:00,0,MORNING,1,regular,0,continuous,0\n",
         "timetables.csv:3: start: gap of 5 minutes to the row before"},
        {"timetables.csv",
         HEAD "HK_SEC,2015-01-01,full,09:00,10:00,0,MORNING,1,regular,0,continuous,0\n"
              "HK_SEC,2015-01-01,full,09:55,11:00,0,MORNING,1,regular,0,continuous,0\n",
         "timetables.csv:3: start: overlap of 5 minutes to the row before"},
        {"timetables.csv",
         HEAD "HK_SEC,2015-01-01,full,09:00,08:00,0,MORNING,1,regular,0,continuous,0\n",
         "timetables.csv:2: end: the row ends before it starts"},
        {"timetables.csv",
         HEAD "HK_SEC,2015-01-01,full,09:00,10:00,0,MORNING,1,none,0,continuous,0\n",
         "timetables.csv:2: session: trading needs a session, not none"},
        {"timetables.csv",
         HEAD "HK_SEC,2015-01-01,full,09:00,10:00,0,MORNING,1,regular,0,napping,0\n",
         "timetables.csv:2: phase: unknown word 'napping', allowed: none, "},
        {"timetables.csv",
         HEAD "HK_SEC,2016-01-01,full,09:00,09:00,1,MORNING,1,regular,0,continuous,0\n"
              "HK_SEC,2015-01-01,full,09:00,09:00,1,MORNING,1,regular,0,continuous,0\n",
         "timetables.csv:3: effective_from: rows of a profile must ascend by date"},
        {"timetables.csv", HEAD, "timetables.csv: profile CN_INDEX has no rows"},
        {"timetables.csv",
         HEAD "CN_INDEX,2015-01-01,full,09:00,10:00,0,MORNING,1,regular,0,continuous,0\n",
         "timetables.csv: table CN_INDEX 2015-01-01 full covers less than 24 hours"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct altered a = {rows[i].file, rows[i].text};
        struct ft_err err;
        assert_null(ft_timetables_load(read_altered, &a, calendars, &err));
        if (strncmp(err.text, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("'%s' instead of '%s'", err.text, rows[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_of_the_manual),
        cmocka_unit_test(phases_come_with_the_spans),
        cmocka_unit_test(friday_evening_belongs_to_monday),
        cmocka_unit_test(always_open),
        cmocka_unit_test(spans_never_overlap),
        cmocka_unit_test(moments_agree_with_spans),
        cmocka_unit_test(walking_visits_every_span),
        cmocka_unit_test(defaults),
        cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
