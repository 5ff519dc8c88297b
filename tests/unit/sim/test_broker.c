/* The broker on the simulated venue: the life of orders and what they do to money. */
#include "broker_fixture.h"

static void test_accounts(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    /* trade.md 4.1: active real ones, simulated ones, disabled legacy ones. */
    static const struct { int env, type, sim, market; } want[] = {
        {1, 2, 0, FT_TRD_HK}, {1, 2, 0, FT_TRD_FUTURES}, {0, 1, 1, FT_TRD_HK}, {0, 2, 2, FT_TRD_HK},
        {0, 2, 4, FT_TRD_US}, {0, 1, 1, FT_TRD_CN}, {0, 2, 3, FT_TRD_SIM_FUT_HK},
        {0, 2, 3, FT_TRD_SIM_FUT_US}, {0, 2, 3, FT_TRD_SIM_FUT_SG}, {0, 2, 3, FT_TRD_SIM_FUT_JP},
        {1, 2, 0, FT_TRD_HK},
    };
    assert_int_equal(ft_brk_accounts(f.b), sizeof want / sizeof want[0]);
    for (size_t k = 0; k < ft_brk_accounts(f.b); k++) {
        const struct ft_account *a = ft_brk_account(f.b, k);
        assert_int_equal(a->env, want[k].env);
        assert_int_equal(a->type, want[k].type);
        assert_int_equal(a->sim, want[k].sim);
        assert_int_equal(a->auth[0], want[k].market);
        assert_ptr_equal(ft_brk_find_account(f.b, a->id), a);
    }
    const struct ft_account *us = ft_brk_find_account(f.b, 1619199);
    assert_non_null(us);
    assert_int_equal(us->auth[0], FT_TRD_US);
    assert_int_equal(us->cash[FT_USD], MONEY(1000000));
    fx_close(&f);
}

static void test_market_order_fills(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    uint32_t us = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
    ft_inst aapl = fx_find(FT_MARKET_US, "AAPL");
    struct ft_ticket t = fx_ticket(us, aapl, FT_SIDE_BUY, FT_ORDER_MARKET, 0, SHARES(10));
    uint64_t id = fx_place(&f, &t);
    const struct ft_order *o = ft_brk_order(f.b, id);
    assert_int_equal(o->status, FT_ST_FILLED_ALL);
    assert_int_equal(o->filled, SHARES(10));
    uint64_t cursor = 0;
    struct ft_position_view p;
    assert_true(ft_brk_next_position(f.b, us, &cursor, &p));
    assert_int_equal(p.p->qty, SHARES(10));
    assert_int_equal(p.p->cost, o->fill_value);
    /* Cash: what was paid, and the fees. */
    ft_money paid = o->fill_value / (FT_PRICE_SCALE / FT_MONEY_SCALE);
    assert_int_equal(ft_brk_account(f.b, us)->cash[FT_USD], MONEY(1000000) - paid - o->fees);
    assert_true(o->fees >= MONEY(1.99)); /* commission 0.99 and platform 1 at least */
    /* States in order: submitting, submitted, filled. */
    const struct ft_brk_event *e;
    int last = 0, fills = 0;
    while ((e = ft_brk_next_event(f.b))) {
        fills += e->kind == FT_BRK_FILL;
        if (e->kind == FT_BRK_ORDER) {
            assert_true(e->order.status >= last);
            last = e->order.status;
        }
    }
    assert_int_equal(last, FT_ST_FILLED_ALL);
    assert_true(fills >= 1);
    t.side = FT_SIDE_SELL;
    id = fx_place(&f, &t);
    assert_int_equal(ft_brk_order(f.b, id)->status, FT_ST_FILLED_ALL);
    assert_int_equal(ft_brk_order(f.b, id)->side, FT_SIDE_SELL);
    fx_close(&f);
}

static void test_rest_modify_cancel(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    uint32_t hk = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_HK);
    ft_inst tencent = fx_find(FT_MARKET_HK, "00700");
    fx_watch(&f, tencent);
    ft_price bid, ask;
    fx_touch(&f, tencent, &bid, &ask);
    ft_price low = ft_tick_round(fx_universe(), ft_universe_at(fx_universe(), tencent), 20780,
                                 bid / 100 * 90);
    struct ft_ticket t = fx_ticket(hk, tencent, FT_SIDE_BUY, FT_ORDER_NORMAL, low, SHARES(100));
    uint64_t id = fx_place(&f, &t);
    assert_int_equal(ft_brk_order(f.b, id)->status, FT_ST_SUBMITTED);
    struct ft_funds funds;
    ft_brk_funds(f.b, hk, FT_HKD, &funds);
    assert_true(funds.frozen_cash > 0);
    assert_int_equal(funds.power, MONEY(1000000) - funds.frozen_cash);
    struct ft_err err = {0};
    struct ft_change c = {.qty = SHARES(200), .has_price = true, .price = low};
    assert_int_equal(ft_brk_modify(f.b, hk, id, &c, &err), 0);
    fx_balance(&f);
    assert_int_equal(ft_brk_order(f.b, id)->qty, SHARES(200));
    assert_int_equal(ft_brk_cancel(f.b, hk, id, &err), 0);
    assert_int_equal(ft_brk_order(f.b, id)->status, FT_ST_CANCELLED_ALL);
    ft_brk_funds(f.b, hk, FT_HKD, &funds);
    assert_int_equal(funds.frozen_cash, 0);
    assert_int_equal(funds.power, MONEY(1000000));
    assert_int_equal(ft_brk_cancel(f.b, hk, id, &err), -1);
    /* Refusals change nothing. */
    fx_balance(&f);
    t.price = low + 1;
    fx_refused(&f, &t, "nearest valid");
    t.price = low;
    t.qty = SHARES(150);
    fx_refused(&f, &t, "lot size");
    t.qty = SHARES(100000);
    fx_refused(&f, &t, "is missing");
    t.qty = SHARES(100);
    t.side = FT_SIDE_SELL;
    fx_refused(&f, &t, "cash account");
    t.type = FT_ORDER_TWAP;
    fx_refused(&f, &t, "supported are");
    fx_close(&f);
}

static void test_max_qty_is_what_an_order_gets(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    static const struct { int env, trd, market; const char *code; } cases[] = {
        {FT_ENV_SIMULATE, FT_TRD_HK, FT_MARKET_HK, "00700"},
        {FT_ENV_SIMULATE, FT_TRD_US, FT_MARKET_US, "AAPL"},
        {FT_ENV_REAL, FT_TRD_HK, FT_MARKET_HK, "00005"},
        {FT_ENV_REAL, FT_TRD_HKCC, FT_MARKET_SH, "600519"},
        {FT_ENV_REAL, FT_TRD_FUTURES, FT_MARKET_HK, "HSImain"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        uint32_t a = fx_account(&f, cases[k].env, cases[k].trd);
        ft_inst i = fx_find(cases[k].market, cases[k].code);
        fx_watch(&f, i);
        ft_price bid, ask;
        fx_touch(&f, i, &bid, &ask);
        struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, bid, 0);
        struct ft_max_qty m;
        struct ft_err err = {0};
        if (ft_brk_max_qty(f.b, &t, 0, &m, &err))
            fail_msg("%s", err.text);
        fx_balance(&f);
        bool future = ft_universe_at(fx_universe(), i)->type == FT_SEC_FUTURE;
        if (future) {
            assert_true(m.has_im && m.long_im > 0 && m.short_im > 0);
            continue;
        }
        ft_qty most = m.has_margin_buy ? m.margin_buy : m.cash_buy;
        int lot = ft_universe_at(fx_universe(), i)->lot;
        assert_true(most >= SHARES(lot));
        t.qty = most + SHARES(lot);
        uint64_t id;
        assert_int_equal(ft_brk_place(f.b, &t, &id, &err), -1);
        t.qty = most;
        id = fx_place(&f, &t);
        assert_int_equal(ft_brk_cancel(f.b, a, id, &err), 0);
        fx_balance(&f);
    }
    fx_close(&f);
}

static void test_futures_settle(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_SIM_FUT_HK);
    ft_inst hsi = fx_find(FT_MARKET_HK, "HSImain");
    struct ft_ticket t = fx_ticket(a, hsi, FT_SIDE_SELL, FT_ORDER_MARKET, 0, SHARES(2));
    uint64_t id = fx_place(&f, &t);
    assert_int_equal(ft_brk_order(f.b, id)->status, FT_ST_FILLED_ALL);
    assert_int_equal(ft_brk_order(f.b, id)->side, FT_SIDE_SELL); /* futures know no short sale */
    fx_run(&f, 24 * HOUR);
    /* A night later profit is in cash, and the mark has moved. */
    uint64_t cursor = 0;
    struct ft_position_view p;
    assert_true(ft_brk_next_position(f.b, a, &cursor, &p));
    assert_int_equal(p.p->qty, -SHARES(2));
    assert_true(p.p->marked > 0 && p.p->marked != p.p->cost);
    t.side = FT_SIDE_BUY;
    fx_place(&f, &t);
    /* What is left of cash is what the trades made: 50 HKD a point, less fees. */
    ft_money fees = 0, pl = 0;
    cursor = 0;
    const struct ft_fill *fill;
    while ((fill = ft_brk_next_fill(f.b, a, &cursor)))
        pl += (fill->side == FT_SIDE_SELL ? 1 : -1) * fill->price / 100 * 50 *
              (fill->qty / FT_QTY_SCALE);
    cursor = 0;
    const struct ft_order *o;
    while ((o = ft_brk_next_order(f.b, a, &cursor)))
        fees += o->fees;
    assert_int_equal(ft_brk_account(f.b, a)->cash[FT_HKD], MONEY(1000000) + pl - fees);
    fx_close(&f);
}

static void test_day_order_expires(void **state)
{
    (void)state;
    struct desk_fixture f;
    /* The real timetable: entered before the opening, it waits; unfilled, it ends with its day. */
    fx_open(&f, FT_CLOCK_EXCHANGE, monday_ns - 2 * HOUR, NULL); /* 08:00 in Hong Kong */
    fx_begin(&f);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00005");
    const struct ft_instrument *inst = ft_universe_at(fx_universe(), i);
    ft_price fair = ft_model_fair(ft_world_model(f.w), i, ft_world_now(f.w));
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL,
                                   ft_tick_round(fx_universe(), inst, 20780, fair / 100 * 85),
                                   SHARES(inst->lot));
    uint64_t day = fx_place(&f, &t);
    t.tif = FT_TIF_GTC;
    uint64_t gtc = fx_place(&f, &t);
    assert_int_equal(ft_brk_order(f.b, day)->status, FT_ST_WAITING);
    fx_run(&f, 2 * HOUR); /* 10:00 */
    assert_int_equal(ft_brk_order(f.b, day)->status, FT_ST_SUBMITTED);
    assert_int_equal(ft_brk_order(f.b, gtc)->status, FT_ST_SUBMITTED);
    fx_run(&f, 8 * HOUR);
    assert_int_equal(ft_brk_order(f.b, day)->status, FT_ST_CANCELLED_ALL);
    assert_int_equal(ft_brk_order(f.b, gtc)->status, FT_ST_SUBMITTED);
    fx_run(&f, 16 * HOUR); /* Tuesday 10:00: entered again */
    assert_int_equal(ft_brk_order(f.b, gtc)->status, FT_ST_SUBMITTED);
    assert_true(ft_brk_order(f.b, gtc)->at_venue);
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_market_order_fills),
        cmocka_unit_test(test_rest_modify_cancel),
        cmocka_unit_test(test_max_qty_is_what_an_order_gets),
        cmocka_unit_test(test_futures_settle),
        cmocka_unit_test(test_day_order_expires),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
