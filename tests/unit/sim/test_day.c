/* A trading day by the real timetable: auctions print where the vendor's bars have them, breaks are
 * silent, and who comes late finds the day as it was. */
#include "world_fixture.h"

static const struct ft_tick *tick(const struct ft_tape *t, uint64_t back)
{
    assert_true(back < t->tick_count && back < FT_TICKS_KEPT);
    return &t->ticks[(t->tick_count - 1 - back) % FT_TICKS_KEPT];
}

static const struct ft_bar *bar(const struct ft_tape *t, size_t back)
{
    assert_true(back < t->bar_count);
    return &t->bars[t->bar_count - 1 - back].bar;
}

/* quote-realtime.md 4.8: the first label of a Hong Kong day is 09:30 and holds the auction alone. */
static void test_hong_kong_opens(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 01:05:00", 7);
    ft_inst i = find(FT_MARKET_HK, "00700");
    watch(w, i);
    const struct ft_tape *t = ft_world_live(w, i);
    assert_int_equal(t->tick_count, 0);
    struct ft_world_level level;
    assert_int_equal(ft_world_book(w, i, true, &level, 1), 1); /* orders are collected */
    ft_world_step(w, utc("2026-11-24 01:19:59"));
    assert_int_equal(t->tick_count, 0); /* and not matched */
    ft_world_step(w, utc("2026-11-24 01:21:00"));
    assert_true(t->tick_count > 0);
    ft_qty volume = 0;
    for (uint64_t k = 0; k < t->tick_count; k++) {
        assert_int_equal(tick(t, k)->type, FT_TICK_AUCTION);
        assert_int_equal(tick(t, k)->dir, FT_DIR_NEUTRAL);
        assert_int_equal(tick(t, k)->price, tick(t, 0)->price); /* one price */
        volume += tick(t, k)->volume;
    }
    assert_int_equal(t->bar_count, 1);
    assert_true(bar(t, 0)->opening_auction);
    assert_int_equal(bar(t, 0)->minute, 9 * 60 + 30);
    assert_int_equal(bar(t, 0)->volume, volume);
    /* About what the model gives to who comes later. */
    struct ft_bar model[FT_DAY_BARS_MAX];
    assert_true(ft_model_minutes(ft_world_model(w), i, t->day, FT_IN_RTH, model, FT_DAY_BARS_MAX) > 300);
    assert_true(model[0].opening_auction);
    assert_true(volume >= model[0].volume / 2 && volume <= model[0].volume * 2);
    assert_true(labs(bar(t, 0)->open - model[0].open) <= model[0].open / 100);
    uint64_t before = t->tick_count;
    ft_world_step(w, utc("2026-11-24 01:29:59"));
    assert_int_equal(t->tick_count, before); /* blocking */
    ft_world_step(w, utc("2026-11-24 01:30:59"));
    assert_int_equal(t->bar_count, 2);
    assert_int_equal(bar(t, 0)->minute, 9 * 60 + 31);
    assert_false(bar(t, 0)->opening_auction);
    ft_world_free(w);
}

/* The last label is 16:00 and includes the closing auction, which prints after 16:00. */
static void test_hong_kong_closes(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 07:50:00", 7);
    ft_inst i = find(FT_MARKET_HK, "00700");
    watch(w, i);
    const struct ft_tape *t = ft_world_live(w, i);
    ft_world_step(w, utc("2026-11-24 08:07:59"));
    ft_qty before = bar(t, 0)->volume;
    assert_int_equal(bar(t, 0)->minute, 16 * 60);
    ft_world_step(w, utc("2026-11-24 08:09:00"));
    assert_int_equal(bar(t, 0)->minute, 16 * 60);
    assert_true(bar(t, 0)->volume > before);
    assert_int_equal(tick(t, 0)->type, FT_TICK_AUCTION);
    assert_true(tick(t, 0)->time_ns >= utc("2026-11-24 08:08:00"));
    assert_int_equal(t->last, tick(t, 0)->price);
    struct ft_bar day;
    assert_true(ft_tape_day_bar(t, &day));
    assert_int_equal(day.close, tick(t, 0)->price);
    ft_world_step(w, utc("2026-11-24 09:00:00"));
    struct ft_world_level level;
    assert_int_equal(ft_world_book(w, i, true, &level, 1), 0); /* day orders have ended */
    ft_world_free(w);
}

static void test_breaks_are_silent(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 03:50:00", 7);
    ft_inst i = find(FT_MARKET_HK, "00700");
    watch(w, i);
    const struct ft_tape *t = ft_world_live(w, i);
    ft_world_step(w, utc("2026-11-24 04:00:00"));
    struct ft_world_level before, after;
    assert_int_equal(ft_world_book(w, i, true, &before, 1), 1);
    uint64_t ticks = t->tick_count;
    ft_world_step(w, utc("2026-11-24 04:59:59"));
    assert_int_equal(t->tick_count, ticks);
    assert_int_equal(ft_world_book(w, i, true, &after, 1), 1); /* the book rests */
    assert_int_equal(before.price, after.price);
    ft_world_step(w, utc("2026-11-24 05:01:00"));
    assert_true(t->tick_count > ticks);
    ft_world_free(w);
}

/* Who comes in a pause sees the book that rests, and nothing trades. */
static void test_coming_in_a_pause(void **state)
{
    (void)state;
    static const char *const times[] = {"2026-11-24 04:10:00", "2026-11-24 04:45:00", "2026-11-24 01:25:00"};
    for (size_t k = 0; k < 3; k++) {
        struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, times[k], 7);
        ft_inst i = find(FT_MARKET_HK, "00700");
        watch(w, i);
        const struct ft_tape *t = ft_world_live(w, i);
        uint64_t ticks = t->tick_count;
        struct ft_world_level bid[5], ask[5];
        assert_int_equal(ft_world_book(w, i, true, bid, 5), 5);
        assert_int_equal(ft_world_book(w, i, false, ask, 5), 5);
        assert_true(bid[0].price < ask[0].price);
        ft_world_step(w, utc(times[k]) + 60 * FT_NS_PER_SEC);
        assert_int_equal(t->tick_count, ticks);
        double fair = (double)(bid[0].price + ask[0].price) / 2;
        ft_world_step(w, utc(k == 2 ? "2026-11-24 01:30:30" : "2026-11-24 05:00:30"));
        assert_true(t->tick_count > ticks);
        assert_true((double)t->last / fair > 0.99 && (double)t->last / fair < 1.01);
        ft_world_free(w);
    }
}

/* market-rules.md 5: closing call to 15:00, then trading after hours at the close alone, which is
 * no part of the day's figures. */
static void test_china_closes(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 06:50:00", 7);
    ft_inst i = find(FT_MARKET_SH, "600519");
    watch(w, i);
    const struct ft_tape *t = ft_world_live(w, i);
    ft_world_step(w, utc("2026-11-24 06:59:59"));
    uint64_t ticks = t->tick_count;
    assert_int_equal(bar(t, 0)->minute, 14 * 60 + 57);
    ft_world_step(w, utc("2026-11-24 07:04:00"));
    assert_true(t->tick_count > ticks);
    assert_int_equal(bar(t, 0)->minute, 15 * 60);
    assert_int_equal(tick(t, 0)->type, FT_TICK_AUCTION);
    struct ft_bar day, later;
    assert_true(ft_tape_day_bar(t, &day));
    ticks = t->tick_count;
    ft_world_step(w, utc("2026-11-24 07:31:00"));
    assert_true(t->tick_count > ticks && t->after.volume > 0);
    for (uint64_t k = 0; k < t->tick_count - ticks; k++)
        assert_int_equal(tick(t, k)->price, day.close);
    assert_true(ft_tape_day_bar(t, &later));
    assert_int_equal(later.close, day.close);
    assert_int_equal(later.volume, day.volume);
    struct ft_bar some[FT_DAY_BARS_MAX];
    size_t n = ft_tape_bars(t, FT_BAR_1M, FT_IN_RTH, some, FT_DAY_BARS_MAX);
    assert_int_equal(some[n - 1].minute, 15 * 60);
    ft_world_free(w);
}

/* An index has the bars of trading: none of the auctions, which its market's timetable has too. */
static void test_an_index_in_auctions(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 01:05:00", 7);
    ft_inst i = find(FT_MARKET_HK, "800000");
    watch(w, i);
    const struct ft_tape *t = ft_world_live(w, i);
    ft_world_step(w, utc("2026-11-24 01:29:59"));
    assert_int_equal(t->bar_count, 0);
    ft_world_step(w, utc("2026-11-24 01:30:30"));
    assert_int_equal(t->bar_count, 1);
    assert_int_equal(bar(t, 0)->minute, 9 * 60 + 31);
    ft_world_step(w, utc("2026-11-24 08:09:00"));
    assert_int_equal(bar(t, 0)->minute, 16 * 60);
    ft_world_free(w);
}

/* A Sunday: the figures are Friday's, and so are their times and the last trades. */
static void test_who_comes_late(void **state)
{
    (void)state;
    static const struct { int market; const char *code, *close; } cases[] = {
        {FT_MARKET_HK, "00700", "2026-11-20 08:00:00"},
        {FT_MARKET_SH, "600519", "2026-11-20 07:30:00"},
        {FT_MARKET_US, "AAPL", "2026-11-21 01:00:00"},
        {FT_MARKET_HK, "HSImain", "2026-11-20 19:00:00"},
    };
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-22 08:10:00", 7);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ft_inst i = find(cases[k].market, cases[k].code);
        watch(w, i);
        const struct ft_tape *t = ft_world_live(w, i);
        assert_true(t->update_ns <= utc(cases[k].close));
        assert_true(t->update_ns > utc(cases[k].close) - INT64_C(3600000000000));
        assert_true(t->tick_count >= 100);
        assert_int_equal(t->ticks_drained, t->tick_count); /* nobody is pushed what has been */
        for (uint64_t n = 1; n < t->tick_count && n < FT_TICKS_KEPT; n++) {
            assert_true(tick(t, n)->sequence < tick(t, n - 1)->sequence);
            assert_true(tick(t, n)->time_ns <= tick(t, n - 1)->time_ns);
        }
        assert_true(tick(t, 0)->time_ns <= utc(cases[k].close));
    }
    ft_world_free(w);
}

/* The trades of a past minute are that minute's bar. */
static void test_past_trades_make_their_bars(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 03:00:00", 7);
    static const struct { int market; const char *code; } codes[] = {
        {FT_MARKET_HK, "00700"}, {FT_MARKET_SZ, "000001"}, {FT_MARKET_HK, "HSImain"},
    };
    for (size_t c = 0; c < 3; c++) {
        ft_inst i = find(codes[c].market, codes[c].code);
        watch(w, i);
        const struct ft_tape *t = ft_world_live(w, i);
        uint64_t back = 0;
        for (size_t k = 0; k < 20; k++) { /* the newest twenty minutes */
            const struct ft_bar *b = bar(t, k);
            struct ft_bar sum = {0};
            int64_t start = utc("2026-11-24 03:00:00") - (int64_t)(k + 1) * 60 * FT_NS_PER_SEC;
            for (; back < t->tick_count && back < FT_TICKS_KEPT && tick(t, back)->time_ns >= start;
                 back++) {
                const struct ft_tick *x = tick(t, back);
                sum.open = x->price; /* the oldest comes last */
                sum.close = sum.close ? sum.close : x->price;
                sum.high = x->price > sum.high ? x->price : sum.high;
                sum.low = !sum.low || x->price < sum.low ? x->price : sum.low;
                sum.volume += x->volume;
            }
            assert_int_equal(sum.volume, b->volume);
            assert_int_equal(sum.close, b->close);
            assert_true(sum.high <= b->high && sum.low >= b->low);
        }
    }
    ft_world_free(w);
}

/* An auction that nobody watches to its end does not print. */
static void test_leaving_in_an_auction(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 01:05:00", 7);
    ft_inst i = find(FT_MARKET_HK, "00700");
    watch(w, i);
    ft_world_step(w, utc("2026-11-24 01:10:00"));
    ft_world_unwatch(w, i);
    watch(w, i);
    const struct ft_tape *t = ft_world_live(w, i);
    assert_int_equal(t->tick_count, 0);
    struct ft_world_level level;
    assert_int_equal(ft_world_book(w, i, true, &level, 1), 1);
    ft_world_step(w, utc("2026-11-24 01:25:00"));
    assert_true(t->tick_count > 0);
    ft_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hong_kong_opens),
        cmocka_unit_test(test_hong_kong_closes),
        cmocka_unit_test(test_breaks_are_silent),
        cmocka_unit_test(test_coming_in_a_pause),
        cmocka_unit_test(test_china_closes),
        cmocka_unit_test(test_an_index_in_auctions),
        cmocka_unit_test(test_who_comes_late),
        cmocka_unit_test(test_past_trades_make_their_bars),
        cmocka_unit_test(test_leaving_in_an_auction),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ft_universe_free(fixture_universe);
    return failed;
}
