/* A user's orders among the participants': the same book, price-time priority, partial fills, the
 * market's own limits; and a stale one is taken. */
#include "world_fixture.h"

static struct ft_ex_cmd add(uint64_t id, int side, ft_price price, ft_qty qty)
{
    return (struct ft_ex_cmd){.kind = FT_EX_ADD, .side = (uint8_t)side, .type = FT_EX_LIMIT,
                              .tif = FT_EX_DAY, .id = id, .price = price, .qty = qty, .owner = 9};
}

static void command(struct ft_world *w, ft_inst i, struct ft_ex_cmd cmd)
{
    struct ft_err err = {0};
    if (ft_world_command(w, i, &cmd, &err))
        fail_msg("%s", err.text);
}

static void test_waiting_in_the_queue(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 02:30:00", 5);
    ft_inst i = find(FT_MARKET_HK, "00700");
    watch(w, i);
    struct ft_world_level bid;
    assert_int_equal(ft_world_book(w, i, true, &bid, 1), 1);
    ft_qty wanted = 20000 * FT_QTY_SCALE, filled = 0;
    command(w, i, add(1, FT_EX_BUY, bid.price, wanted));
    const struct ft_ex_event *e = ft_world_next_event(w);
    assert_int_equal(e->kind, FT_EX_ACCEPTED);
    uint64_t own = e->no;
    int partial = 0, fills = 0;
    static struct ft_world_order orders[2000];
    for (int s = 1; s <= 3 * 3600 && filled < wanted; s++) {
        ft_world_step(w, utc("2026-11-24 02:30:00") + s * FT_NS_PER_SEC);
        while ((e = ft_world_next_event(w))) {
            assert_int_equal(e->kind, FT_EX_FILL);
            assert_int_equal(e->price, bid.price);
            assert_int_equal(e->id, 1);
            filled += e->qty;
            assert_int_equal(e->left, wanted - filled);
            partial += e->left > 0;
            fills++;
        }
        if (!fills)
            continue;
        /* Whoever came before at this price has gone, and nobody rests at a better one that traded
         * past us: we are first at our price. */
        size_t n = ft_world_orders(w, i, true, orders, 2000);
        for (size_t k = 0; k < n; k++)
            if (orders[k].price == bid.price)
                assert_true(orders[k].id >= own);
    }
    assert_int_equal(filled, wanted);
    assert_true(partial > 0);
    ft_world_free(w);
}

static void test_taking_from_the_book(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_ALWAYS, "2026-11-24 03:00:00", 5);
    ft_inst i = find(FT_MARKET_US, "AAPL");
    watch(w, i);
    struct ft_world_level before[3], after[3];
    assert_int_equal(ft_world_book(w, i, false, before, 3), 3);
    const struct ft_tape *t = ft_world_live(w, i);
    uint64_t ticks = t->tick_count;
    command(w, i, add(2, FT_EX_BUY, before[1].price, before[0].qty + FT_QTY_SCALE));
    ft_qty taken = 0;
    for (const struct ft_ex_event *e; (e = ft_world_next_event(w));)
        if (e->kind == FT_EX_FILL) {
            assert_int_equal(e->taker_id, 2);
            assert_int_equal(e->price, taken < before[0].qty ? before[0].price : before[1].price);
            taken += e->qty;
        }
    assert_int_equal(taken, before[0].qty + FT_QTY_SCALE);
    assert_true(ft_world_book(w, i, false, after, 3) > 0);
    assert_int_equal(after[0].price, before[1].price);
    assert_int_equal(after[0].qty, before[1].qty - FT_QTY_SCALE);
    assert_true(t->tick_count > ticks); /* everybody sees these trades */
    assert_int_equal(t->last, before[1].price);
    ft_world_free(w);
}

/* A quote far from the value does not stay: somebody takes it. */
static void test_a_stale_quote_is_taken(void **state)
{
    (void)state;
    struct ft_world *w = world_at(FT_CLOCK_ALWAYS, "2026-11-24 03:00:00", 5);
    ft_inst i = find(FT_MARKET_SH, "600519");
    watch(w, i);
    struct ft_world_level bid;
    assert_int_equal(ft_world_book(w, i, true, &bid, 1), 1);
    /* Inside of the spread and below the value: nobody of the participants sells there. */
    ft_price price = bid.price + 10000;
    command(w, i, add(3, FT_EX_SELL, price, 1000 * FT_QTY_SCALE));
    ft_qty filled = 0;
    for (int s = 1; s <= 7200 && filled < 1000 * FT_QTY_SCALE; s++) {
        ft_world_step(w, utc("2026-11-24 03:00:00") + s * FT_NS_PER_SEC);
        for (const struct ft_ex_event *e; (e = ft_world_next_event(w));)
            if (e->kind == FT_EX_FILL) {
                assert_true(e->price >= price);
                filled += e->qty;
            }
    }
    assert_int_equal(filled, 1000 * FT_QTY_SCALE);
    ft_world_free(w);
}

/* market-rules.md 5: 10 % around the close before, 20 % on the STAR board; beyond it no order. */
static void test_price_limits(void **state)
{
    (void)state;
    static const struct { const char *code; int percent; } codes[] = {{"600519", 10}, {"688981", 20}};
    struct ft_world *w = world_at(FT_CLOCK_EXCHANGE, "2026-11-24 02:30:00", 5);
    for (size_t k = 0; k < 2; k++) {
        ft_inst i = find(FT_MARKET_SH, codes[k].code);
        watch(w, i);
        ft_price close = ft_world_live(w, i)->prev_close, tick = 10000;
        ft_price high = (close * (100 + codes[k].percent) / 100 + tick / 2) / tick * tick;
        ft_price low = (close * (100 - codes[k].percent) / 100 + tick / 2) / tick * tick;
        struct { ft_price price; int side; bool good; } cases[] = {
            {low, FT_EX_BUY, true}, {low - tick, FT_EX_BUY, false},
            {high, FT_EX_SELL, true}, {high + tick, FT_EX_SELL, false},
        };
        for (size_t c = 0; c < 4; c++) {
            command(w, i, add(10 + 10 * k + c, cases[c].side, cases[c].price, 100 * FT_QTY_SCALE));
            const struct ft_ex_event *e = ft_world_next_event(w);
            assert_int_equal(e->kind, cases[c].good ? FT_EX_ACCEPTED : FT_EX_REJECTED);
            if (!cases[c].good)
                assert_int_equal(e->why, FT_EX_OUTSIDE_BAND);
            assert_null(ft_world_next_event(w));
        }
    }
    ft_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waiting_in_the_queue),
        cmocka_unit_test(test_taking_from_the_book),
        cmocka_unit_test(test_a_stale_quote_is_taken),
        cmocka_unit_test(test_price_limits),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ft_universe_free(fixture_universe);
    return failed;
}
