/* Days and sessions by the real timetable: auctions and their no-cancel period, day orders, what trades
 * in which American session, changes that are refused, disabling and enabling, cancel-all. */
#include "broker_proof.h"

/* Local minutes of Monday 2026-11-23 in Hong Kong (and on the mainland): UTC+8. */
#define HK(h, m) (monday_ns + ((h) - 10) * HOUR + (m) * 60 * SECOND)
/* New York, UTC-5. */
#define NY(h, m) (monday_ns + ((h) + 3) * HOUR + (m) * 60 * SECOND)

static void start(struct desk_fixture *f, int64_t at_ns)
{
    fx_open(f, FT_CLOCK_EXCHANGE, at_ns, NULL);
    fx_begin(f);
}

static void until(struct desk_fixture *f, int64_t at_ns)
{
    fx_run(f, at_ns - ft_world_now(f->w));
}

static struct ft_ticket at_percent(const struct desk_fixture *f, uint32_t a, ft_inst i, int side,
                                   int type, int per_mille)
{
    const struct ft_instrument *inst = ft_universe_at(fx_universe(), i);
    struct ft_venue_quote q;
    brk_quote(f->b, i, &q);
    ft_price base = q.prev_close;
    return fx_ticket(a, i, side, type,
                     ft_tick_round(fx_universe(), inst, 20780, base / 1000 * per_mille),
                     SHARES(inst->lot));
}

static uint8_t status(const struct desk_fixture *f, uint64_t id)
{
    return ft_brk_order(f->b, id)->status;
}

static void test_hong_kong_opening(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, HK(8, 30));
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00700");
    fx_watch(&f, i);
    struct ft_ticket t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_AUCTION, 0);
    uint64_t ao = fx_place(&f, &t);
    t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_AUCTION_LIMIT, 1030);
    uint64_t alo = fx_place(&f, &t);
    t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_AUCTION_LIMIT, 970);
    uint64_t low = fx_place(&f, &t);
    t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 970);
    uint64_t later = fx_place(&f, &t);
    t.outside_rth = true; /* takes part in the auction */
    uint64_t early = fx_place(&f, &t);
    assert_int_equal(status(&f, ao), FT_ST_WAITING);
    assert_true(ft_brk_order(f.b, ao)->reserved > ft_brk_order(f.b, alo)->reserved);
    until(&f, HK(9, 10));
    assert_int_equal(status(&f, ao), FT_ST_SUBMITTED);
    assert_int_equal(status(&f, alo), FT_ST_SUBMITTED);
    assert_int_equal(status(&f, early), FT_ST_SUBMITTED);
    assert_int_equal(status(&f, later), FT_ST_WAITING);
    assert_int_equal(ft_brk_cancel(f.b, a, early, NULL), 0); /* until 09:15 */
    fx_balance(&f);
    /* The no-cancel period: a refusal changes nothing, says why, and is no push. */
    until(&f, HK(9, 17));
    while (ft_brk_next_event(f.b))
        ;
    struct ft_err err = {0};
    assert_int_equal(ft_brk_cancel(f.b, a, alo, &err), -1);
    assert_non_null(strstr(err.text, "cannot be cancelled now"));
    struct ft_order was = *ft_brk_order(f.b, alo);
    struct ft_change c = {.qty = was.qty * 2};
    assert_int_equal(ft_brk_modify(f.b, a, alo, &c, &err), -1);
    assert_memory_equal(ft_brk_order(f.b, alo), &was, sizeof was);
    assert_int_equal(ft_brk_disable(f.b, a, alo, &err), -1);
    assert_null(ft_brk_next_event(f.b));
    assert_false(ft_brk_has_changes(f.b));
    fx_prove(&f);
    until(&f, HK(9, 40));
    assert_int_equal(status(&f, ao), FT_ST_FILLED_ALL);
    assert_int_equal(status(&f, alo), FT_ST_FILLED_ALL);
    /* One price for all of an auction; what it leaves of a limit goes on in the book. */
    assert_int_equal(ft_brk_order(f.b, ao)->fill_value, ft_brk_order(f.b, alo)->fill_value);
    assert_true(status(&f, low) == FT_ST_SUBMITTED || status(&f, low) == FT_ST_FILLED_ALL);
    assert_true(status(&f, later) == FT_ST_SUBMITTED || status(&f, later) == FT_ST_FILLED_ALL);
    /* The closing auction takes what was entered for it in the morning. */
    t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_AUCTION, 0);
    ao = fx_place(&f, &t);
    until(&f, HK(15, 59));
    assert_int_equal(status(&f, ao), FT_ST_WAITING);
    until(&f, HK(16, 11));
    assert_true(ft_order_is_final(status(&f, ao)));
    fx_prove(&f);
    fx_close(&f);
}

static void test_mainland_call(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, HK(8, 30));
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_CN);
    ft_inst i = fx_find(FT_MARKET_SZ, "000001");
    fx_watch(&f, i);
    struct ft_ticket t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 1040);
    uint64_t id = fx_place(&f, &t);
    until(&f, HK(9, 18));
    assert_int_equal(status(&f, id), FT_ST_SUBMITTED); /* limit orders take part */
    until(&f, HK(9, 22));
    assert_int_equal(ft_brk_cancel(f.b, a, id, NULL), -1);
    until(&f, HK(9, 31));
    assert_int_equal(status(&f, id), FT_ST_FILLED_ALL);
    assert_true(ft_brk_order(f.b, id)->fill_value < brk_points(t.price, t.qty));
    t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 920);
    id = fx_place(&f, &t);
    until(&f, HK(12, 0)); /* the noon break takes it and keeps it */
    uint64_t noon = fx_place(&f, &t);
    assert_int_equal(status(&f, noon), FT_ST_WAITING);
    until(&f, HK(13, 1));
    assert_int_equal(status(&f, noon), FT_ST_SUBMITTED);
    until(&f, HK(15, 6)); /* the wait before the fixed-price session lets nothing go */
    assert_int_equal(status(&f, id), FT_ST_CANCELLED_ALL);
    assert_int_equal(status(&f, noon), FT_ST_CANCELLED_ALL);
    fx_close(&f);
}

static void test_american_sessions(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, NY(3, 0)); /* overnight session of Monday */
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_US);
    ft_inst i = fx_find(FT_MARKET_US, "AAPL");
    fx_watch(&f, i);
    struct ft_ticket t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 850);
    uint64_t id[5];
    for (int s = FT_TS_RTH; s <= FT_TS_OVERNIGHT; s++) {
        t.session = (uint8_t)s;
        id[s] = fx_place(&f, &t);
    }
    t.session = FT_TS_RTH;
    t.tif = FT_TIF_GTC;
    uint64_t gtc = fx_place(&f, &t);
    t.tif = FT_TIF_DAY;
    t.session = FT_TS_ETH;
    t.type = FT_ORDER_MARKET;
    fx_refused(&f, &t, "regular session only");
    t.session = 9;
    fx_refused(&f, &t, "session 9");
    static const struct { int h, m; uint8_t rth, eth, all, overnight; } day[] = {
        {3, 30, FT_ST_WAITING, FT_ST_WAITING, FT_ST_SUBMITTED, FT_ST_SUBMITTED},
        {5, 0, FT_ST_WAITING, FT_ST_SUBMITTED, FT_ST_SUBMITTED, FT_ST_CANCELLED_ALL},
        {10, 0, FT_ST_SUBMITTED, FT_ST_SUBMITTED, FT_ST_SUBMITTED, FT_ST_CANCELLED_ALL},
        {16, 30, FT_ST_CANCELLED_ALL, FT_ST_SUBMITTED, FT_ST_SUBMITTED, FT_ST_CANCELLED_ALL},
        {20, 30, FT_ST_CANCELLED_ALL, FT_ST_CANCELLED_ALL, FT_ST_CANCELLED_ALL, FT_ST_CANCELLED_ALL},
    };
    for (size_t k = 0; k < sizeof day / sizeof day[0]; k++) {
        until(&f, NY(day[k].h, day[k].m));
        assert_int_equal(status(&f, id[FT_TS_RTH]), day[k].rth);
        assert_int_equal(status(&f, id[FT_TS_ETH]), day[k].eth);
        assert_int_equal(status(&f, id[FT_TS_ALL]), day[k].all);
        assert_int_equal(status(&f, id[FT_TS_OVERNIGHT]), day[k].overnight);
        /* Good till cancelled, for the regular session: at the exchange then, and only then. */
        assert_int_equal(ft_brk_order(f.b, gtc)->at_venue, day[k].h == 10);
        fx_prove(&f);
    }
    until(&f, NY(34, 0)); /* Tuesday 10:00 */
    assert_true(ft_brk_order(f.b, gtc)->at_venue);
    fx_close(&f);
}

static void test_change(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00008");
    fx_watch(&f, i);
    ft_price bid, ask;
    /* Another account sells to it what it has bought. */
    uint32_t other = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_HK);
    struct ft_ticket t = fx_ticket(other, i, FT_SIDE_BUY, FT_ORDER_MARKET, 0, SHARES(30000));
    fx_place(&f, &t);
    fx_touch(&f, i, &bid, &ask);
    ft_price tick = ft_tick_size(fx_universe(), ft_universe_at(fx_universe(), i), 20780, bid, true);
    t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, bid + tick < ask ? bid + tick : bid,
                  SHARES(20000));
    bid = t.price;
    uint64_t id = fx_place(&f, &t);
    struct ft_ticket sell = fx_ticket(other, i, FT_SIDE_SELL, FT_ORDER_NORMAL, bid, SHARES(1000));
    while (ft_brk_order(f.b, id)->filled == 0)
        fx_place(&f, &sell);
    struct ft_order o = *ft_brk_order(f.b, id);
    assert_true(o.filled > 0 && o.filled < o.qty);
    struct ft_err err = {0};
    struct ft_change c = {.qty = o.filled};
    assert_int_equal(ft_brk_modify(f.b, a, id, &c, &err), -1);
    assert_non_null(strstr(err.text, "filled already"));
    c.qty = SHARES(2000000);
    assert_int_equal(ft_brk_modify(f.b, a, id, &c, &err), -1);
    assert_non_null(strstr(err.text, "is missing"));
    c = (struct ft_change){.qty = o.qty, .has_price = true, .price = bid + 1};
    assert_int_equal(ft_brk_modify(f.b, a, id, &c, &err), -1);
    assert_memory_equal(ft_brk_order(f.b, id), &o, sizeof o);
    assert_false(ft_brk_has_changes(f.b));
    /* What 2111 says of a change is what a change can be. */
    struct ft_max_qty m;
    assert_int_equal(ft_brk_max_qty(f.b, &t, id, &m, &err), 0);
    c = (struct ft_change){.qty = m.margin_buy + SHARES(1000)};
    assert_int_equal(ft_brk_modify(f.b, a, id, &c, &err), -1);
    c.qty = m.margin_buy;
    assert_int_equal(ft_brk_modify(f.b, a, id, &c, &err), 0);
    fx_balance(&f);
    fx_prove(&f);
    c = (struct ft_change){.qty = o.filled + SHARES(1000), .has_price = true, .price = bid - 4 * tick};
    assert_int_equal(ft_brk_modify(f.b, a, id, &c, &err), 0);
    fx_balance(&f);
    fx_prove(&f);
    assert_int_equal(ft_brk_order(f.b, id)->price, bid - 4 * tick);
    assert_int_equal(ft_brk_cancel(f.b, a, id, &err), 0);
    fx_balance(&f);
    assert_int_equal(status(&f, id), FT_ST_CANCELLED_PART);
    fx_close(&f);
}

static void test_disable(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00700");
    fx_watch(&f, i);
    struct ft_ticket t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 900);
    uint64_t id = fx_place(&f, &t);
    struct ft_err err = {0};
    assert_int_equal(ft_brk_enable(f.b, a, id, &err), -1);
    assert_int_equal(ft_brk_disable(f.b, a, id, &err), 0);
    fx_balance(&f);
    fx_prove(&f);
    assert_int_equal(status(&f, id), FT_ST_DISABLED);
    assert_int_equal(ft_brk_order(f.b, id)->reserved, 0);
    fx_run(&f, 60 * SECOND);
    assert_false(ft_brk_order(f.b, id)->at_venue);
    assert_int_equal(ft_brk_enable(f.b, a, id, &err), 0);
    fx_balance(&f);
    fx_prove(&f);
    assert_int_equal(status(&f, id), FT_ST_SUBMITTED);
    assert_true(ft_brk_order(f.b, id)->reserved > 0);
    assert_int_equal(ft_brk_delete(f.b, a, id, &err), -1); /* works */
    assert_int_equal(ft_brk_disable(f.b, a, id, &err), 0);
    assert_int_equal(ft_brk_delete(f.b, a, id, &err), 0);
    fx_balance(&f);
    assert_int_equal(status(&f, id), FT_ST_DELETED);
    /* A condition that waits, disabled and enabled: it waits again. */
    t = at_percent(&f, a, i, FT_SIDE_BUY, FT_ORDER_STOP_LIMIT, 1200);
    t.has_aux = true;
    t.aux_price = t.price;
    id = fx_place(&f, &t);
    assert_int_equal(ft_brk_disable(f.b, a, id, &err), 0);
    assert_int_equal(ft_brk_enable(f.b, a, id, &err), 0);
    fx_balance(&f);
    assert_int_equal(status(&f, id), FT_ST_WAITING);
    /* Only Hong Kong's. */
    ft_inst us = fx_find(FT_MARKET_US, "AAPL");
    fx_watch(&f, us);
    t = at_percent(&f, a, us, FT_SIDE_BUY, FT_ORDER_NORMAL, 900);
    uint64_t american = fx_place(&f, &t);
    assert_int_equal(ft_brk_disable(f.b, a, american, &err), -1);
    /* Cancel-all, of one market. */
    size_t n;
    assert_int_equal(ft_brk_cancel_all(f.b, a, FT_TRD_HK, &n, &err), 0);
    fx_balance(&f);
    assert_int_equal(n, 1);
    assert_int_equal(status(&f, id), FT_ST_CANCELLED_ALL);
    assert_int_equal(status(&f, american), FT_ST_SUBMITTED);
    assert_int_equal(ft_brk_cancel_all(f.b, a, 0, &n, &err), 0);
    fx_balance(&f);
    assert_int_equal(n, 1);
    assert_int_equal(ft_brk_delete(f.b, a, american, &err), -1); /* not there */
    fx_prove(&f);
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hong_kong_opening), cmocka_unit_test(test_mainland_call),
        cmocka_unit_test(test_american_sessions), cmocka_unit_test(test_change),
        cmocka_unit_test(test_disable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
