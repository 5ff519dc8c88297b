/* Money: fees against figures worked out by hand, cost and profit, several currencies, short sales,
 * margins, futures through zero, options to their end, T+1, odd lots, caps. */
#include "broker_proof.h"

static void start(struct desk_fixture *f, enum ft_clock_mode mode, int64_t at_ns)
{
    fx_open(f, mode, at_ns, NULL);
    fx_begin(f);
}

static uint64_t trade(struct desk_fixture *f, uint32_t a, ft_inst i, int side, int64_t qty)
{
    const struct ft_instrument *inst = ft_universe_at(fx_universe(), i);
    struct ft_venue_quote q;
    brk_quote(f->b, i, &q);
    ft_price mark = brk_mark(f->b, inst, &q);
    struct ft_ticket t = fx_ticket(a, i, side, FT_ORDER_NORMAL,
                                   ft_tick_round(fx_universe(), inst, 20780,
                                                 mark / 1000 * (side == FT_SIDE_BUY ? 1060 : 940)),
                                   SHARES(qty));
    uint64_t id = fx_place(f, &t);
    assert_int_equal(ft_brk_order(f->b, id)->status, FT_ST_FILLED_ALL);
    fx_prove(f);
    return id;
}

static bool position(struct desk_fixture *f, uint32_t a, ft_inst i, struct ft_position_view *out)
{
    uint64_t cursor = 0;
    while (ft_brk_next_position(f->b, a, &cursor, out))
        if (out->p->inst == i)
            return true;
    return false;
}

static ft_money money_of(int64_t points)
{
    return points / (FT_PRICE_SCALE / FT_MONEY_SCALE);
}

/* Rounded half up to the cent, as fees are. */
static ft_money cent(double v)
{
    return (ft_money)(v * 100 + 0.5) * (FT_MONEY_SCALE / 100);
}

static void test_fees_by_hand(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00700");
    fx_watch(&f, i);
    uint64_t id = trade(&f, a, i, FT_SIDE_BUY, 100);
    /* market-rules.md 7.1, per execution: stamp 0.1 % up to the dollar, trading fee 0.00565 %, SFC
     * 0.0027 %, AFRC 0.00015 %, settlement 0.0042 %; per order: commission 0.03 % of 3 at least, 15. */
    ft_money want = MONEY(15);
    double notional = 0;
    const struct ft_fill *x;
    uint64_t cursor = 0;
    while ((x = ft_brk_next_fill(f.b, a, &cursor))) {
        double v = (double)x->price / FT_PRICE_SCALE * (double)x->qty / FT_QTY_SCALE;
        notional += v;
        int64_t stamp = (int64_t)(v * 0.001);
        want += ((double)stamp < v * 0.001 - 1e-9 ? stamp + 1 : stamp) * FT_MONEY_SCALE;
        want += cent(v * 0.0000565) + cent(v * 0.000027) + cent(v * 0.0000015) + cent(v * 0.000042);
    }
    double commission = notional * 0.0003;
    want += cent(commission < 3 ? 3 : commission);
    assert_int_equal(ft_brk_order(f.b, id)->fees, want);
    const struct ft_fee_row *rows;
    ft_money sum = 0;
    size_t n = ft_brk_order_fees(f.b, id, &rows);
    for (size_t k = 0; k < n; k++)
        sum += rows[k].amount;
    assert_int_equal(sum, want);
    fx_close(&f);
}

static void test_cost_and_profit(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00700");
    fx_watch(&f, i);
    int64_t one = ft_brk_order(f.b, trade(&f, a, i, FT_SIDE_BUY, 200))->fill_value;
    fx_run(&f, 60 * SECOND);
    int64_t two = ft_brk_order(f.b, trade(&f, a, i, FT_SIDE_BUY, 100))->fill_value;
    fx_run(&f, 60 * SECOND);
    int64_t sold = ft_brk_order(f.b, trade(&f, a, i, FT_SIDE_SELL, 100))->fill_value;
    struct ft_position_view p;
    assert_true(position(&f, a, i, &p));
    assert_int_equal(p.p->qty, SHARES(200));
    assert_int_equal(p.average_cost, (one + two + 150) / 300);
    assert_int_equal(p.diluted_cost, (one + two - sold + 100) / 200);
    int64_t part = (one + two + 1) / 3;
    assert_true(llabs(p.realized - money_of(sold - part)) <= 1);
    assert_true(llabs(p.unrealized - (p.market_val - money_of(one + two - part))) <= 1);
    assert_true(llabs(p.pl - (p.market_val - money_of(one + two - sold))) <= 1);
    assert_int_equal(p.p->td_buy_qty, SHARES(300));
    assert_int_equal(p.p->td_sell_qty, SHARES(100));
    assert_true(llabs(p.today_pl - (p.market_val + money_of(sold) - money_of(one + two))) <= 1);
    assert_true(llabs(p.today_trade_val - money_of(one + two + sold)) <= 1);
    /* Tomorrow the day starts with what is held at the last close. */
    fx_run(&f, 24 * HOUR);
    assert_true(position(&f, a, i, &p));
    assert_int_equal(p.p->td_buy_qty, 0);
    struct ft_venue_quote q;
    brk_quote(f.b, i, &q);
    assert_int_equal(p.today_pl,
                     p.market_val - brk_value(ft_universe_at(fx_universe(), i), q.prev_close, p.p->qty));
    /* Sold out: cost begins anew, the day's figures stay. */
    trade(&f, a, i, FT_SIDE_SELL, 200);
    assert_true(position(&f, a, i, &p));
    assert_int_equal(p.p->qty, 0);
    assert_int_equal(p.p->td_sell_qty, SHARES(200));
    fx_close(&f);
}

static void test_currencies(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_US);
    ft_inst i = fx_find(FT_MARKET_US, "AAPL");
    fx_watch(&f, i);
    uint64_t id = trade(&f, a, i, FT_SIDE_BUY, 100);
    const struct ft_order *o = ft_brk_order(f.b, id);
    const struct ft_account *acc = ft_brk_account(f.b, a);
    ft_money paid = money_of(o->fill_value) + o->fees;
    assert_int_equal(acc->cash[FT_USD], -paid); /* borrowed, against the Hong Kong dollars */
    assert_int_equal(acc->cash[FT_HKD], MONEY(1000000));
    struct ft_funds hkd, usd;
    ft_brk_funds(f.b, a, FT_HKD, &hkd);
    ft_brk_funds(f.b, a, FT_USD, &usd);
    assert_int_equal(hkd.by_currency_cash[FT_USD], -paid);
    assert_int_equal(hkd.debt_cash, paid / 10 * 78);
    assert_true(llabs(usd.total_assets - hkd.total_assets * 10 / 78) <= 1);
    assert_true(hkd.market_assets[1] == usd.market_assets[1]); /* native amounts */
    assert_int_equal(hkd.market_assets[0], MONEY(1000000));
    /* Exchanged at the day's rate: 7.8. */
    struct ft_err err = {0};
    assert_int_equal(ft_brk_convert(f.b, a, FT_HKD, FT_USD, MONEY(780000), &err), 0);
    fx_balance(&f);
    assert_int_equal(acc->cash[FT_USD], MONEY(100000) - paid);
    assert_int_equal(ft_brk_convert(f.b, a, FT_HKD, FT_USD, MONEY(780000), &err), -1);
    assert_int_equal(ft_brk_convert(f.b, a, FT_HKD, FT_HKD, MONEY(1), &err), -1);
    /* What holdings bind cannot be taken out. */
    ft_brk_funds(f.b, a, FT_HKD, &hkd);
    assert_int_equal(ft_brk_deposit(f.b, a, FT_HKD, -hkd.by_currency_available[FT_HKD] - 1, &err), -1);
    assert_non_null(strstr(err.text, "can be withdrawn"));
    assert_int_equal(ft_brk_deposit(f.b, a, FT_HKD, -hkd.by_currency_available[FT_HKD], &err), 0);
    assert_int_equal(ft_brk_deposit(f.b, a, FT_HKD, MONEY(5), &err), 0);
    assert_int_equal(ft_brk_deposit(f.b, a, FT_HKD, INT64_MAX / 2, &err), -1);
    fx_balance(&f);
    /* An account of one currency holds no other: SGD pays for a contract in USD. */
    uint32_t sg = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_SIM_FUT_SG);
    ft_inst cn = brk_resolve(f.b, fx_find(FT_MARKET_SG, "CNmain"));
    fx_watch(&f, cn);
    trade(&f, sg, cn, FT_SIDE_BUY, 2);
    fx_run(&f, 600 * SECOND);
    trade(&f, sg, cn, FT_SIDE_SELL, 2);
    acc = ft_brk_account(f.b, sg);
    assert_int_equal(acc->cash[FT_USD], 0);
    assert_int_not_equal(acc->cash[FT_SGD], MONEY(1000000));
    fx_close(&f);
}

static void test_short_sale(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
    ft_inst i = fx_find(FT_MARKET_US, "AAPL");
    fx_watch(&f, i);
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    /* A low limit sells at the market: it binds what the shares are worth, not what it says. */
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_SELL, FT_ORDER_NORMAL, bid / 100 * 50 / 10000 * 10000,
                                   SHARES(1));
    struct ft_max_qty low, near_;
    struct ft_err err = {0};
    assert_int_equal(ft_brk_max_qty(f.b, &t, 0, &low, &err), 0);
    t.price = bid;
    assert_int_equal(ft_brk_max_qty(f.b, &t, 0, &near_, &err), 0);
    assert_true(low.sell_short <= near_.sell_short + SHARES(20));
    uint64_t id = trade(&f, a, i, FT_SIDE_SELL, 50);
    assert_int_equal(ft_brk_order(f.b, id)->side, FT_SIDE_SELL_SHORT);
    struct ft_position_view p;
    assert_true(position(&f, a, i, &p));
    assert_int_equal(p.p->qty, -SHARES(50));
    assert_true(p.market_val < 0);
    struct ft_funds funds;
    ft_brk_funds(f.b, a, FT_USD, &funds);
    /* Regulation T: half of the value, a short of 50 % as margins.csv says. */
    assert_true(llabs(funds.initial_margin + funds.short_mv / 2) <= 1);
    assert_int_equal(funds.short_mv, p.market_val);
    assert_true(llabs(funds.total_assets - funds.cash - p.market_val) <= 1);
    /* Through zero in one order: no. */
    t.side = FT_SIDE_BUY;
    t.price = ask;
    t.qty = SHARES(51);
    fx_balance(&f);
    fx_refused(&f, &t, "bought back");
    assert_int_equal(ft_brk_max_qty(f.b, &t, 0, &near_, &err), 0);
    assert_int_equal(near_.buy_back, SHARES(50));
    assert_int_equal(near_.margin_buy, 0);
    id = trade(&f, a, i, FT_SIDE_BUY, 50);
    assert_int_equal(ft_brk_order(f.b, id)->side, FT_SIDE_BUY_BACK);
    /* The pool is an account's, not an order's. */
    ft_brk_deposit(f.b, a, FT_USD, MONEY(900000000000), &err);
    struct ft_margin m;
    ft_margin_of(f.rules, ft_universe_at(fx_universe(), i), 20780, &m);
    t = fx_ticket(a, i, FT_SIDE_SELL, FT_ORDER_NORMAL, ask / 100 * 110 / 10000 * 10000, SHARES(400000));
    for (ft_qty left = m.short_pool; left >= t.qty; left -= t.qty)
        fx_place(&f, &t);
    fx_refused(&f, &t, "there to borrow");
    fx_close(&f);
}

/* Orders that opened when they came count against a holding that has come since. */
static void test_no_share_is_sold_twice(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
    ft_inst i = fx_find(FT_MARKET_US, "AAPL");
    fx_watch(&f, i);
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    struct ft_ticket sell = fx_ticket(a, i, FT_SIDE_SELL, FT_ORDER_NORMAL,
                                      ask / 100 * 110 / 10000 * 10000, SHARES(100));
    fx_place(&f, &sell); /* short, resting */
    trade(&f, a, i, FT_SIDE_BUY, 100);
    fx_refused(&f, &sell, "0 can be sold");
    struct ft_position_view p;
    assert_true(position(&f, a, i, &p));
    assert_int_equal(p.can_sell, 0);
    /* Futures: one that opens meets the holding first; what closes is left without and opens then. */
    uint32_t fut = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_SIM_FUT_HK);
    ft_inst hsi = brk_resolve(f.b, fx_find(FT_MARKET_HK, "HSImain"));
    fx_watch(&f, hsi);
    trade(&f, fut, hsi, FT_SIDE_BUY, 2);
    fx_touch(&f, hsi, &bid, &ask);
    sell = fx_ticket(fut, hsi, FT_SIDE_SELL, FT_ORDER_NORMAL, ask / 100 * 110 / 1000000 * 1000000,
                     SHARES(2));
    uint64_t closer = fx_place(&f, &sell);
    assert_int_equal(ft_brk_order(f.b, closer)->reserved, 0);
    trade(&f, fut, hsi, FT_SIDE_SELL, 2);
    assert_int_equal(ft_brk_order(f.b, closer)->opening, SHARES(2));
    assert_true(ft_brk_order(f.b, closer)->reserved >= MONEY(2 * 80930));
    fx_prove(&f);
    fx_close(&f);
}

static void test_futures_through_zero(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_SIM_FUT_HK);
    ft_inst i = brk_resolve(f.b, fx_find(FT_MARKET_HK, "HSImain"));
    fx_watch(&f, i);
    static const int64_t path[] = {1, 2, -5, 3, -1, 2, -3, 1};
    int64_t value = 0;
    ft_money fees = 0;
    for (size_t k = 0; k < sizeof path / sizeof path[0]; k++) {
        int64_t n = path[k];
        uint64_t id = trade(&f, a, i, n > 0 ? FT_SIDE_BUY : FT_SIDE_SELL, n > 0 ? n : -n);
        value += (n > 0 ? -1 : 1) * ft_brk_order(f.b, id)->fill_value;
        fees += ft_brk_order(f.b, id)->fees;
        struct ft_funds funds;
        ft_brk_funds(f.b, a, FT_HKD, &funds);
        struct ft_position_view p;
        assert_true(position(&f, a, i, &p));
        /* Whatever was settled, what the account is worth is what its trades and the price say. */
        assert_true(llabs(funds.total_assets - (MONEY(1000000) + value / 100 * 50 - fees +
                                                p.market_val)) <= 1);
        int64_t held = p.p->qty < 0 ? -p.p->qty : p.p->qty;
        assert_true(llabs(funds.initial_margin - held / FT_QTY_SCALE * MONEY(80930)) <= 1);
        fx_run(&f, 9 * HOUR);
    }
    assert_int_equal(ft_brk_account(f.b, a)->cash[FT_HKD], MONEY(1000000) + value / 100 * 50 - fees);
    fx_close(&f);
}

static void test_mainland(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_CN);
    ft_inst i = fx_find(FT_MARKET_SZ, "000001");
    fx_watch(&f, i);
    trade(&f, a, i, FT_SIDE_BUY, 200);
    struct ft_position_view p;
    assert_true(position(&f, a, i, &p));
    assert_int_equal(p.can_sell, 0); /* T+1 */
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_SELL, FT_ORDER_NORMAL, bid, SHARES(100));
    fx_refused(&f, &t, "0 can be sold");
    fx_run(&f, 24 * HOUR);
    trade(&f, a, i, FT_SIDE_BUY, 100);
    assert_true(position(&f, a, i, &p));
    assert_int_equal(p.can_sell, SHARES(200));
    fx_touch(&f, i, &bid, &ask);
    t.price = bid;
    t.qty = SHARES(50);
    fx_balance(&f);
    fx_refused(&f, &t, "lot size");
    t.qty = SHARES(200);
    fx_place(&f, &t);
    /* Outside of today's limits: 10 % of the previous close. */
    t.side = FT_SIDE_BUY;
    t.qty = SHARES(100);
    t.price = bid / 100 * 120 / 10000 * 10000;
    fx_refused(&f, &t, "limits");
    /* Real accounts: Stock Connect's orders are cancelled, not changed. */
    uint32_t real = fx_account(&f, FT_ENV_REAL, FT_TRD_HKCC);
    t.account = real;
    t.price = bid / 100 * 97 / 10000 * 10000;
    uint64_t id = fx_place(&f, &t);
    struct ft_change c = {.qty = SHARES(200)};
    struct ft_err err = {0};
    assert_int_equal(ft_brk_modify(f.b, real, id, &c, &err), -1);
    assert_non_null(strstr(err.text, "Stock Connect"));
    t.type = FT_ORDER_MARKET;
    fx_balance(&f);
    fx_refused(&f, &t, "supported are");
    fx_close(&f);
}

static void test_caps(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f, FT_CLOCK_ALWAYS, monday_ns);
    struct ft_err err = {0};
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_US);
    assert_int_equal(ft_brk_deposit(f.b, a, FT_USD, MONEY(10000000000), &err), 0);
    fx_balance(&f);
    ft_inst i = fx_find(FT_MARKET_US, "AAPL");
    fx_watch(&f, i);
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, PRICE(1.05), SHARES(500001));
    fx_refused(&f, &t, "500000"); /* trade.md 6.2: 500,000 shares and 5,000,000 USD at FUTU HK */
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    t.price = bid;
    t.qty = SHARES(100000);
    fx_refused(&f, &t, "5000000");
    /* And what 2111 says is what is taken. */
    struct ft_max_qty m;
    assert_int_equal(ft_brk_max_qty(f.b, &t, 0, &m, &err), 0);
    t.qty = m.margin_buy;
    t.price = bid / 100 * 95 / 10000 * 10000;
    fx_place(&f, &t);
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fees_by_hand),
        cmocka_unit_test(test_cost_and_profit),
        cmocka_unit_test(test_currencies),
        cmocka_unit_test(test_short_sale),
        cmocka_unit_test(test_no_share_is_sold_twice),
        cmocka_unit_test(test_futures_through_zero),
        cmocka_unit_test(test_mainland),
        cmocka_unit_test(test_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
