#include "fixture.h"

static void trades_are_at_the_resting_price_oldest_first(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, S, 101, 5);
    fx_limit(&f, 2, S, 100, 5);
    fx_limit(&f, 3, S, 100, 5);
    fx_limit(&f, 4, B, 103, 12);
    NEXT(&f, FT_EX_ACCEPTED);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_FILL);
    assert_true(e->id == 2 && e->taker_id == 4 && e->price == 100 * TICK && e->qty == 5 * SHARE);
    assert_true(e->left == 0 && e->taker_left == 7 * SHARE && e->side == B && e->no == 1);
    assert_true(e->broker == 2 && e->taker_broker == 4 && !e->auction);
    FILL(&f, 3, 4, 100, 5);
    e = NEXT(&f, FT_EX_FILL);
    assert_true(e->id == 1 && e->left == 3 * SHARE && e->taker_left == 0 && e->no == 3);
    NONE(&f);
    struct ft_ex_stat stat;
    ft_exch_stat(f.ex, f.inst, &stat);
    assert_true(stat.last == 101 * TICK);
    struct ft_ex_order o;
    assert_true(ft_exch_order(f.ex, 1, &o) && o.filled == 2 * SHARE && o.left == 3 * SHARE);
    fx_close(&f);
}

static void a_limit_rest_stays(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, B, 100, 5);
    fx_limit(&f, 2, S, 100, 8);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 2, 100, 5);
    NONE(&f);
    BEST(&f, S, 100, 3, 1);
    BEST(&f, B, 0, 0, 0);
    fx_close(&f);
}

static void immediate_or_cancel(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, S, 100, 5);
    fx_limit(&f, 2, S, 102, 5);
    fx_add(&f, 3, B, FT_EX_LIMIT, 101, 8, FT_EX_IOC);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 3, 100, 5);
    CANCELLED(&f, 3, 3, FT_EX_IOC_REST);
    NONE(&f);
    fx_add(&f, 4, B, FT_EX_LIMIT, 101, 8, FT_EX_IOC);
    NEXT(&f, FT_EX_ACCEPTED);
    CANCELLED(&f, 4, 8, FT_EX_IOC_REST);
    BEST(&f, B, 0, 0, 0);
    fx_close(&f);
}

static void fill_or_kill(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, S, 100, 5);
    fx_limit(&f, 2, S, 101, 5);
    fx_limit(&f, 3, S, 102, 5);
    fx_add(&f, 4, B, FT_EX_LIMIT, 101, 11, FT_EX_FOK);
    NEXT(&f, FT_EX_ACCEPTED);
    CANCELLED(&f, 4, 11, FT_EX_FOK_SHORT);
    NONE(&f);
    BEST(&f, S, 100, 5, 1);
    fx_add(&f, 4, B, FT_EX_LIMIT, 101, 10, FT_EX_FOK);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 4, 100, 5);
    FILL(&f, 2, 4, 101, 5);
    NONE(&f);
    fx_add(&f, 5, B, FT_EX_MARKET, 0, 6, FT_EX_FOK);
    NEXT(&f, FT_EX_ACCEPTED);
    CANCELLED(&f, 5, 6, FT_EX_FOK_SHORT);
    fx_close(&f);
}

static void a_market_order_takes_what_is_there(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, B, 100, 5);
    fx_limit(&f, 2, B, 1, 5);
    fx_add(&f, 3, S, FT_EX_MARKET, 0, 11, FT_EX_DAY);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_ACCEPTED);
    assert_true(e->price == 0);
    FILL(&f, 1, 3, 100, 5);
    FILL(&f, 2, 3, 1, 5);
    CANCELLED(&f, 3, 1, FT_EX_NO_LIQUIDITY);
    NONE(&f);
    fx_add(&f, 4, B, FT_EX_MARKET, 0, 1, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    CANCELLED(&f, 4, 1, FT_EX_NO_LIQUIDITY);
    fx_close(&f);
}

static void a_market_order_stops_at_the_price_limits(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, S, 105, 5);
    fx_limit(&f, 2, S, 115, 5);
    struct ft_ex_cmd band = {
        .kind = FT_EX_BAND, .inst = f.inst, .low = 90 * TICK, .high = 110 * TICK};
    fx_run(&f, &band);
    NEXT(&f, FT_EX_PHASED);
    fx_add(&f, 3, B, FT_EX_MARKET, 0, 8, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 3, 105, 5);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_CANCELLED);
    assert_true(e->qty == 3 * SHARE && e->price == 0 && e->why == FT_EX_NO_LIQUIDITY);
    BEST(&f, S, 115, 5, 1);
    fx_close(&f);
}

/* Spec section 2: a limit order must not cross; trade.md 5.4: it fills only at its very price. */
static void an_absolute_limit_matches_at_its_price_only(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, S, 490, 5);
    fx_limit(&f, 2, S, 500, 5);
    fx_add(&f, 3, B, FT_EX_ABSOLUTE, 500, 5, FT_EX_DAY);
    REJECTED(&f, FT_EX_WOULD_CROSS);
    fx_add(&f, 3, B, FT_EX_ABSOLUTE, 490, 8, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 3, 490, 5);
    NONE(&f);
    BEST(&f, B, 490, 3, 1);
    fx_add(&f, 4, S, FT_EX_ABSOLUTE, 489, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_WOULD_CROSS);
    fx_add(&f, 4, S, FT_EX_ABSOLUTE, 495, 1, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    NONE(&f);
    fx_replace(&f, 4, 489, 1);
    REJECTED(&f, FT_EX_WOULD_CROSS);
    fx_replace(&f, 4, 490, 1);
    NEXT(&f, FT_EX_REPLACED);
    FILL(&f, 3, 4, 490, 1);
    fx_close(&f);
}

static struct ft_ex_profile hong_kong(void)
{
    struct ft_ex_profile p = fx_profile();
    p.limit_queues = 10;
    p.special_queues = 10;
    return p;
}

static void twelve_asks(struct fx *f)
{
    for (uint64_t i = 0; i < 12; i++)
        fx_limit(f, 1 + i, S, 100 + 2 * (int64_t)i, 1);
}

/* Spec section 2: an enhanced limit order takes up to ten price queues. */
static void an_enhanced_limit_takes_ten_queues(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, hong_kong(), fx_instrument());
    twelve_asks(&f);
    fx_limit(&f, 50, B, 118, 12); /* the tenth queue: the rest does not cross */
    NEXT(&f, FT_EX_ACCEPTED);
    for (uint64_t i = 0; i < 10; i++)
        FILL(&f, 1 + i, 50, 100 + 2 * (int64_t)i, 1);
    NONE(&f);
    BEST(&f, B, 118, 2, 1);
    fx_close(&f);

    fx_open(&f, hong_kong(), fx_instrument());
    twelve_asks(&f);
    fx_limit(&f, 50, B, 120, 12); /* the rest would cross the eleventh */
    NEXT(&f, FT_EX_ACCEPTED);
    for (uint64_t i = 0; i < 10; i++)
        FILL(&f, 1 + i, 50, 100 + 2 * (int64_t)i, 1);
    CANCELLED(&f, 50, 2, FT_EX_QUEUE_LIMIT);
    NONE(&f);
    BEST(&f, S, 120, 1, 1);
    BEST(&f, B, 0, 0, 0);
    fx_close(&f);
}

static void a_special_limit_cancels_its_rest(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, hong_kong(), fx_instrument());
    twelve_asks(&f);
    fx_add(&f, 50, B, FT_EX_SPECIAL, 104, 5, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 50, 100, 1);
    FILL(&f, 2, 50, 102, 1);
    FILL(&f, 3, 50, 104, 1);
    CANCELLED(&f, 50, 2, FT_EX_SPECIAL_REST);
    twelve_asks(&f); /* ids 1 to 3 again, the others are refused as duplicates */
    fx_add(&f, 51, B, FT_EX_SPECIAL, 200, 12, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    for (int i = 0; i < 10; i++)
        NEXT(&f, FT_EX_FILL);
    CANCELLED(&f, 51, 2, FT_EX_SPECIAL_REST);
    NONE(&f);
    fx_close(&f);
}

static void all_or_nothing_special_limit(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, hong_kong(), fx_instrument());
    twelve_asks(&f);
    fx_add(&f, 50, B, FT_EX_SPECIAL_ALL, 200, 11, FT_EX_DAY); /* more than ten queues hold */
    NEXT(&f, FT_EX_ACCEPTED);
    CANCELLED(&f, 50, 11, FT_EX_ALL_SHORT);
    NONE(&f);
    fx_add(&f, 50, B, FT_EX_SPECIAL_ALL, 104, 4, FT_EX_DAY); /* more than its price reaches */
    NEXT(&f, FT_EX_ACCEPTED);
    CANCELLED(&f, 50, 4, FT_EX_ALL_SHORT);
    fx_add(&f, 50, B, FT_EX_SPECIAL_ALL, 200, 10, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    for (int i = 0; i < 10; i++)
        NEXT(&f, FT_EX_FILL);
    NONE(&f);
    fx_close(&f);
}

static void auction_orders_have_no_place_here(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_add(&f, 1, B, FT_EX_AUCTION, 0, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_WRONG_TYPE);
    fx_add(&f, 1, B, FT_EX_AUCTION_LIMIT, 100, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_WRONG_TYPE);
    fx_close(&f);
}

static void quantities_are_checked(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_instrument in = fx_instrument();
    in.lot = 100 * SHARE;
    in.min_qty = 200 * SHARE;
    in.max_qty = 300000 * SHARE; /* 3,000 board lots, spec section 2 */
    fx_open(&f, fx_profile(), in);
    static const struct {
        int64_t qty;
        int why;
    } rows[] = {{0, FT_EX_BAD_QTY},         {-100, FT_EX_BAD_QTY},    {150, FT_EX_ODD_LOT},
                {100, FT_EX_QTY_LOW},       {300100, FT_EX_QTY_HIGH}, {1, FT_EX_ODD_LOT},
                {2000000000, FT_EX_BAD_QTY}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fx_limit(&f, 1, B, 100, rows[i].qty);
        REJECTED(&f, rows[i].why);
    }
    fx_limit(&f, 1, B, 100, 300000);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_limit(&f, 2, S, 101, 250);
    REJECTED(&f, FT_EX_ODD_LOT);
    fx_close(&f);

    in.odd_sell = true; /* A-shares: an odd remainder may be sold, spec section 5 */
    fx_open(&f, fx_profile(), in);
    fx_limit(&f, 2, S, 101, 37);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_limit(&f, 3, B, 101, 37);
    REJECTED(&f, FT_EX_ODD_LOT);
    fx_close(&f);
}

/* STAR market: at least 200 shares, then by one (spec section 5). */
static void least_size_and_step_differ(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_instrument in = fx_instrument();
    in.min_qty = 200 * SHARE;
    fx_open(&f, fx_profile(), in);
    fx_limit(&f, 1, B, 100, 199);
    REJECTED(&f, FT_EX_QTY_LOW);
    fx_limit(&f, 1, B, 100, 201);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_close(&f);
}

static void prices_are_on_the_grid_and_within_the_limits(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_instrument in = fx_instrument();
    /* 10.03 +- 10 %: 9.03 and 11.03, spec section 5 */
    in.low = 903 * TICK;
    in.high = 1103 * TICK;
    fx_open(&f, fx_profile(), in);
    struct ft_ex_cmd c = {.kind = FT_EX_ADD, .inst = f.inst, .id = 9, .qty = SHARE};
    c.price = 1000 * TICK + 1;
    fx_run(&f, &c);
    REJECTED(&f, FT_EX_OFF_TICK);
    c.price = FT_EX_PRICE_MAX + TICK;
    fx_run(&f, &c);
    REJECTED(&f, FT_EX_BAD_PRICE);
    c.price = -TICK;
    fx_run(&f, &c);
    REJECTED(&f, FT_EX_BAD_PRICE);
    fx_limit(&f, 1, B, 1104, 1);
    REJECTED(&f, FT_EX_OUTSIDE_BAND);
    fx_limit(&f, 1, S, 902, 1);
    REJECTED(&f, FT_EX_OUTSIDE_BAND);
    fx_limit(&f, 1, B, 1103, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_limit(&f, 2, S, 903, 2);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 2, 1103, 1);
    fx_close(&f);
}

/* Spec section 2: 505A, 506A/507A, and the enhanced limit order's nine spreads. */
static void hong_kong_price_checks(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_profile p = hong_kong();
    p.nominal_multiple = 9;
    p.aggressive = (struct ft_ex_guard){.spreads = 9};
    p.passive = (struct ft_ex_guard){.spreads = 24, .bp = 500};
    struct ft_ex_instrument in = fx_instrument();
    in.reference = 1000 * TICK;
    fx_open(&f, p, in);
    fx_limit(&f, 1, B, 9000, 1); /* nine times or more */
    REJECTED(&f, FT_EX_TOO_FAR);
    fx_limit(&f, 1, B, 111, 1);
    REJECTED(&f, FT_EX_TOO_FAR);
    fx_limit(&f, 1, B, 112, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_cancel(&f, 1);
    fx_limit(&f, 1, B, 1000, 5);
    fx_limit(&f, 2, S, 1002, 5);
    /* aggressive: nine spreads through the best price of the other side */
    fx_limit(&f, 3, B, 1012, 1);
    REJECTED(&f, FT_EX_TOO_AGGRESSIVE);
    fx_limit(&f, 3, S, 990, 1);
    REJECTED(&f, FT_EX_TOO_AGGRESSIVE);
    fx_limit(&f, 3, B, 1011, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 2, 3, 1002, 1);
    /* passive: 24 spreads, or 5 % when that is nearer */
    fx_limit(&f, 4, B, 975, 1);
    REJECTED(&f, FT_EX_TOO_FAR);
    fx_limit(&f, 4, B, 976, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_limit(&f, 5, S, 1027, 1);
    REJECTED(&f, FT_EX_TOO_FAR);
    fx_limit(&f, 5, S, 1026, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    /* a special limit order is not bound by the other side's price */
    fx_add(&f, 6, B, FT_EX_SPECIAL, 1100, 1, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_close(&f);

    in.reference = 100 * TICK;
    fx_open(&f, p, in);
    fx_limit(&f, 1, B, 100, 5);
    fx_limit(&f, 2, B, 94, 5); /* 5 % of 1.00 are five ticks: nearer than 24 */
    REJECTED(&f, FT_EX_TOO_FAR);
    fx_limit(&f, 2, B, 95, 5);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_close(&f);
}

/* Spec section 5: buy at most 102 % of the reference or ten ticks above it. */
static void mainland_price_cage(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_profile p = fx_profile();
    p.aggressive = (struct ft_ex_guard){.spreads = 10, .bp = 200, .wider = true, .any_base = true};
    struct ft_ex_instrument in = fx_instrument();
    in.reference = 1000 * TICK;
    fx_open(&f, p, in);
    fx_limit(&f, 1, B, 1021, 1);
    REJECTED(&f, FT_EX_TOO_AGGRESSIVE);
    fx_limit(&f, 1, B, 1020, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_limit(&f, 2, S, 999, 1); /* 98 % of the best bid 10.20 is 9.996 */
    REJECTED(&f, FT_EX_TOO_AGGRESSIVE);
    fx_limit(&f, 2, S, 1000, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 2, 1020, 1);
    fx_limit(&f, 3, B, 500, 1); /* the passive side is free */
    NEXT(&f, FT_EX_ACCEPTED);
    fx_limit(&f, 4, S, 489, 1); /* ten ticks below a best bid of 5.00 are 4.90, 2 % as well */
    REJECTED(&f, FT_EX_TOO_AGGRESSIVE);
    fx_limit(&f, 4, S, 490, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_close(&f);
}

static void a_suspended_instrument_only_lets_go(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, B, 100, 1);
    fx_limit(&f, 2, B, 99, 1);
    fx_simple(&f, FT_EX_SUSPEND);
    assert_int_equal(NEXT(&f, FT_EX_PHASED)->why, FT_EX_SUSPENDED);
    fx_limit(&f, 3, S, 100, 1);
    REJECTED(&f, FT_EX_SUSPENDED);
    fx_replace(&f, 1, 98, 1);
    REJECTED(&f, FT_EX_SUSPENDED);
    fx_add(&f, 3, S, FT_EX_STOP, 0, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_SUSPENDED);
    fx_cancel(&f, 1);
    CANCELLED(&f, 1, 1, FT_EX_BY_USER);
    fx_simple(&f, FT_EX_RESUME);
    assert_int_equal(NEXT(&f, FT_EX_PHASED)->why, FT_EX_OK);
    fx_limit(&f, 3, S, 99, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 2, 3, 99, 1);
    fx_close(&f);
}

static void phases_outside_trading(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, B, 100, 1);
    fx_limit(&f, 2, S, 101, 2);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    assert_int_equal(NEXT(&f, FT_EX_PHASED)->phase, FT_EX_BLOCKED);
    NONE(&f);
    fx_limit(&f, 3, B, 100, 1);
    REJECTED(&f, FT_EX_WRONG_PHASE);
    fx_cancel(&f, 1);
    REJECTED(&f, FT_EX_WRONG_PHASE);
    fx_replace(&f, 1, 99, 1);
    REJECTED(&f, FT_EX_WRONG_PHASE);
    struct ft_ex_cmd mass = {.kind = FT_EX_MASS_CANCEL, .owner = 7, .inst = f.inst};
    fx_run(&f, &mass);
    NONE(&f);
    fx_phase(&f, FT_EX_CANCEL_ONLY, 0, 0, 0, false);
    fx_limit(&f, 3, B, 100, 1);
    REJECTED(&f, FT_EX_WRONG_PHASE);
    fx_cancel(&f, 1);
    CANCELLED(&f, 1, 1, FT_EX_BY_USER);
    fx_phase(&f, FT_EX_CONTINUOUS, 0, 0, 0, false);
    fx_limit(&f, 3, B, 101, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 2, 3, 101, 1);
    fx_phase(&f, FT_EX_CLOSED, 0, 0, 0, false);
    NEXT(&f, FT_EX_PHASED);
    CANCELLED(&f, 2, 1, FT_EX_DAY_ENDED);
    NONE(&f);
    fx_limit(&f, 3, B, 100, 1);
    REJECTED(&f, FT_EX_WRONG_PHASE);
    fx_close(&f);
}

static void many_commands_at_once_are_the_same(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    struct ft_ex_cmd cmds[500];
    for (uint64_t i = 0; i < 500; i++) {
        cmds[i] =
            (struct ft_ex_cmd){.kind = FT_EX_ADD,
                               .inst = f.inst,
                               .id = i + 1,
                               .side = i * 7 % 2,
                               .price = (int64_t)(1000 + i * 31 % 90 - (i * 7 % 2) * 40) * TICK,
                               .qty = (int64_t)(1 + i % 5) * SHARE};
        if (i % 3 == 2)
            cmds[i] = (struct ft_ex_cmd){.kind = FT_EX_CANCEL, .id = i * 17 % 500};
        if (i % 11 == 10)
            cmds[i] = (struct ft_ex_cmd){
                .kind = FT_EX_REPLACE, .id = i / 2, .qty = 3 * SHARE, .price = 1005 * TICK};
    }
    struct fx one;
    fx_open(&one, fx_profile(), fx_instrument());
    ft_exch_apply_many(f.ex, 1, cmds, 500, &f.q);
    for (int i = 0; i < 500; i++)
        ft_exch_apply(one.ex, 1, &cmds[i], &one.q);
    const struct ft_ex_event *a, *b;
    while ((a = ft_ex_events_next(&f.q)) != NULL) {
        assert_non_null(b = ft_ex_events_next(&one.q));
        assert_memory_equal(a, b, sizeof *a);
    }
    assert_null(ft_ex_events_next(&one.q));
    assert_true(ft_exch_hash(f.ex) == ft_exch_hash(one.ex));
    fx_close(&f);
    fx_close(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trades_are_at_the_resting_price_oldest_first),
        cmocka_unit_test(a_limit_rest_stays),
        cmocka_unit_test(immediate_or_cancel),
        cmocka_unit_test(fill_or_kill),
        cmocka_unit_test(a_market_order_takes_what_is_there),
        cmocka_unit_test(a_market_order_stops_at_the_price_limits),
        cmocka_unit_test(an_absolute_limit_matches_at_its_price_only),
        cmocka_unit_test(an_enhanced_limit_takes_ten_queues),
        cmocka_unit_test(a_special_limit_cancels_its_rest),
        cmocka_unit_test(all_or_nothing_special_limit),
        cmocka_unit_test(auction_orders_have_no_place_here),
        cmocka_unit_test(quantities_are_checked),
        cmocka_unit_test(least_size_and_step_differ),
        cmocka_unit_test(prices_are_on_the_grid_and_within_the_limits),
        cmocka_unit_test(hong_kong_price_checks),
        cmocka_unit_test(mainland_price_cage),
        cmocka_unit_test(a_suspended_instrument_only_lets_go),
        cmocka_unit_test(phases_outside_trading),
        cmocka_unit_test(many_commands_at_once_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
