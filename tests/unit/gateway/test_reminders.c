/* The rules of price reminders: the value each type looks at, thresholds, granularity, frequencies,
 * sessions. */
#include "gateway/reminders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ONE FT_REMIND_SCALE

/* 120 against 100 yesterday; 96 five and 150 three minutes ago. */
static const struct ft_remind_facts market = {
    .day = 100, .status = FT_REMIND_OPEN,
    .price = 120 * FT_PRICE_SCALE, .base = 100 * FT_PRICE_SCALE,
    .ago_5min = 96 * FT_PRICE_SCALE, .ago_3min = 150 * FT_PRICE_SCALE,
    .bid = 119 * FT_PRICE_SCALE, .ask = 121 * FT_PRICE_SCALE,
    .bid_qty = 700 * FT_QTY_SCALE, .ask_qty = 900 * FT_QTY_SCALE,
    .volume = 5000 * FT_QTY_SCALE, .turnover = 600000 * FT_MONEY_SCALE, .outstanding = 200000,
};

/* Each type: the value it shows of that market, the highest (lowest) threshold that it fires at and the
 * next one that it does not. */
static const struct {
    enum ft_remind_type type;
    int64_t value, fires, silent;
} cases[] = {
    {FT_REMIND_PRICE_UP, 120 * ONE, 120 * ONE, 120 * ONE + 1},
    {FT_REMIND_PRICE_DOWN, 120 * ONE, 120 * ONE, 120 * ONE - 1},
    {FT_REMIND_RATE_UP, 20 * ONE, 20 * ONE - 1, 20 * ONE},
    {FT_REMIND_RATE_DOWN, -20 * ONE, -20 * ONE - 1, -20 * ONE},
    {FT_REMIND_5MIN_UP, 25 * ONE, 25 * ONE - 1, 25 * ONE},
    {FT_REMIND_5MIN_DOWN, -25 * ONE, -25 * ONE - 1, 0},
    {FT_REMIND_VOLUME_UP, 5000 * ONE, 5000 * ONE - 1, 5000 * ONE},
    {FT_REMIND_TURNOVER_UP, 600000 * ONE, 600000 * ONE - 1, 600000 * ONE},
    {FT_REMIND_TURNOVER_RATE_UP, 5 * ONE / 2, 5 * ONE / 2 - 1, 5 * ONE / 2},
    {FT_REMIND_BID_UP, 119 * ONE, 119 * ONE - 1, 119 * ONE},
    {FT_REMIND_ASK_DOWN, 121 * ONE, 121 * ONE + 1, 121 * ONE},
    {FT_REMIND_BID_VOL_UP, 700 * ONE, 700 * ONE - 1, 700 * ONE},
    {FT_REMIND_ASK_VOL_UP, 900 * ONE, 900 * ONE - 1, 900 * ONE},
    {FT_REMIND_3MIN_UP, -20 * ONE, -20 * ONE - 1, 0},
    {FT_REMIND_3MIN_DOWN, 20 * ONE, 20 * ONE - 1, 20 * ONE},
};

static struct ft_store_reminder reminder(enum ft_remind_type type, enum ft_remind_freq freq, int64_t value)
{
    return (struct ft_store_reminder){.key = 1, .type = type, .freq = freq, .value = value,
                                      .sessions = 1 << FT_REMIND_OPEN, .enabled = true,
                                      .fired_day = FT_NO_DAY};
}

static void test_every_type(void **state)
{
    (void)state;
    assert_int_equal(sizeof cases / sizeof cases[0], FT_REMIND_TYPES);
    for (size_t k = 0; k < FT_REMIND_TYPES; k++) {
        int64_t now = 0;
        bool armed = true;
        assert_true(ft_remind_value(cases[k].type, &market, &now));
        assert_int_equal(now, cases[k].value);
        assert_true(ft_remind_holds(cases[k].type, now, cases[k].fires));
        assert_false(ft_remind_holds(cases[k].type, now, cases[k].silent));
        struct ft_store_reminder r = reminder(cases[k].type, FT_REMIND_ONCE, cases[k].silent);
        assert_false(ft_remind_due(&r, &armed, &market, &now));
        assert_true(r.enabled && !r.fired);
        r.value = cases[k].fires;
        assert_true(ft_remind_due(&r, &armed, &market, &now));
        assert_int_equal(now, cases[k].value);
    }
}

static void test_what_is_not_there_fires_nothing(void **state)
{
    (void)state;
    static const struct ft_remind_facts nothing = {.day = 100, .status = FT_REMIND_OPEN};
    for (int type = 1; type <= FT_REMIND_TYPES; type++) {
        int64_t now;
        bool has = ft_remind_value((enum ft_remind_type)type, &nothing, &now);
        assert_int_equal(has, type == FT_REMIND_VOLUME_UP || type == FT_REMIND_TURNOVER_UP);
        assert_true(!has || now == 0);
    }
    int64_t now;
    assert_false(ft_remind_value(0, &market, &now));
    assert_false(ft_remind_value(FT_REMIND_TYPES + 1, &market, &now));
    struct ft_remind_facts huge = market;
    huge.turnover = INT64_MAX;
    assert_true(ft_remind_value(FT_REMIND_TURNOVER_UP, &huge, &now));
    assert_true(now == INT64_MAX);
}

static void test_granularity(void **state)
{
    (void)state;
    const struct ft_instrument hk = {.market = FT_MARKET_HK, .type = FT_SEC_STOCK},
                               sh = {.market = FT_MARKET_SH, .type = FT_SEC_STOCK},
                               option = {.market = FT_MARKET_US, .type = FT_SEC_OPTION};
    assert_int_equal(ft_remind_round(FT_REMIND_TURNOVER_UP, &hk, 102 * ONE), 100 * ONE);
    assert_int_equal(ft_remind_round(FT_REMIND_TURNOVER_UP, &hk, 8 * ONE), 0);
    assert_int_equal(ft_remind_round(FT_REMIND_VOLUME_UP, &hk, 1239 * ONE), 1230 * ONE);
    assert_int_equal(ft_remind_round(FT_REMIND_VOLUME_UP, &sh, 1999 * ONE), 1000 * ONE);
    assert_int_equal(ft_remind_round(FT_REMIND_VOLUME_UP, &option, 1239999), 1239000);
    assert_int_equal(ft_remind_round(FT_REMIND_BID_VOL_UP, &sh, 199 * ONE), 100 * ONE);
    assert_int_equal(ft_remind_round(FT_REMIND_ASK_VOL_UP, &hk, 199999999), 199999000);
    assert_int_equal(ft_remind_round(FT_REMIND_PRICE_UP, &hk, 185372999), 185372000);
    assert_int_equal(ft_remind_round(FT_REMIND_3MIN_DOWN, &hk, 1999), 1000);
}

/* Price up to 120 on the days and at the prices given; a letter for each step that fires. */
static const char *run(enum ft_remind_freq freq, const int (*steps)[2], size_t n,
                       struct ft_store_reminder *r)
{
    static char got[32];
    bool armed = true;
    *r = reminder(FT_REMIND_PRICE_UP, freq, 120 * ONE);
    for (size_t k = 0; k < n; k++) {
        struct ft_remind_facts f = market;
        int64_t now;
        f.day = steps[k][0];
        f.price = steps[k][1] * FT_PRICE_SCALE;
        got[k] = ft_remind_due(r, &armed, &f, &now) ? 'F' : '.';
    }
    got[n] = '\0';
    return got;
}

static void test_frequencies(void **state)
{
    (void)state;
    static const int steps[][2] = {{1, 119}, {1, 120}, {1, 121}, {1, 110}, {1, 125}, {2, 126},
                                   {2, 100}, {2, 120}, {3, 100}, {3, 130}};
    struct ft_store_reminder r;
    assert_string_equal(run(FT_REMIND_ALWAYS, steps, 10, &r), ".F..F..F.F");
    assert_true(r.enabled && r.fired && r.fired_day == 3);
    assert_string_equal(run(FT_REMIND_ONCE_A_DAY, steps, 10, &r), ".F...F...F");
    assert_true(r.enabled && r.fired_day == 3);
    assert_string_equal(run(FT_REMIND_ONCE, steps, 10, &r), ".F........");
    assert_true(!r.enabled && r.fired && r.fired_day == 1);
}

/* In the sessions that were chosen and no other; never while the market is closed or it is disabled. */
static void test_sessions(void **state)
{
    (void)state;
    for (uint32_t sessions = 0; sessions < 32; sessions++)
        for (int status = FT_REMIND_CLOSED; status <= FT_REMIND_US_OVERNIGHT; status++) {
            struct ft_store_reminder r = reminder(FT_REMIND_PRICE_UP, FT_REMIND_ALWAYS, ONE);
            struct ft_remind_facts f = market;
            bool armed = true;
            int64_t now;
            r.sessions = sessions;
            f.status = (enum ft_remind_status)status;
            bool want = status != FT_REMIND_CLOSED && (sessions >> status & 1);
            assert_int_equal(ft_remind_due(&r, &armed, &f, &now), want);
            r.enabled = false;
            armed = true;
            assert_false(ft_remind_due(&r, &armed, &f, &now));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_what_is_not_there_fires_nothing),
        cmocka_unit_test(test_granularity),
        cmocka_unit_test(test_frequencies),
        cmocka_unit_test(test_sessions),
    };
    return cmocka_run_group_tests_name("gateway reminders", tests, NULL, NULL);
}
