/* Pattern day traders, the official paper rules, resets, corporate actions. */
#include "broker_copy.h"

static uint64_t trade(struct desk_fixture *f, uint32_t a, ft_inst i, int side, int64_t qty)
{
    struct ft_ticket t = fx_ticket(a, i, side, FT_ORDER_MARKET, 0, SHARES(qty));
    uint64_t id = fx_place(f, &t);
    assert_int_equal(ft_brk_order(f->b, id)->status, FT_ST_FILLED_ALL);
    return id;
}

static uint32_t american(struct desk_fixture *f, bool protection, bool confirmation, ft_money cash)
{
    struct ft_brk_options o = fx_options();
    o.firms[0] = FT_FIRM_FUTUINC;
    o.pdt_protection = protection;
    o.dtcall_confirmation = confirmation;
    o.initial_cash = cash;
    fx_open(f, FT_CLOCK_ALWAYS, monday_ns, &o);
    fx_begin(f);
    return fx_account(f, FT_ENV_REAL, FT_TRD_US);
}

static void day_trade(struct desk_fixture *f, uint32_t a, const char *code, int64_t qty)
{
    ft_inst i = fx_find(FT_MARKET_US, code);
    trade(f, a, i, FT_SIDE_BUY, qty);
    trade(f, a, i, FT_SIDE_SELL, qty);
}

static struct ft_funds funds_of(struct desk_fixture *f, uint32_t a)
{
    struct ft_funds out;
    ft_brk_funds(f->b, a, FT_USD, &out);
    fx_balance(f);
    return out;
}

static void test_protection(void **state)
{
    (void)state;
    struct desk_fixture f;
    uint32_t a = american(&f, true, true, MONEY(100000));
    ft_inst i = fx_find(FT_MARKET_US, "AAPL");
    for (int k = 0; k < 3; k++) {
        assert_int_equal(funds_of(&f, a).day_trades_left, 3 - k);
        day_trade(&f, a, "AAPL", 1);
    }
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_MARKET, 0, SHARES(1));
    fx_refused(&f, &t, "PDT protection");
    assert_false(funds_of(&f, a).is_pdt);
    /* Four days on the trades still count, on the fifth they do not; days without orders pass too. */
    fx_run(&f, 4 * 24 * HOUR);
    assert_int_equal(funds_of(&f, a).day_trades_left, 0);
    fx_refused(&f, &t, "PDT protection");
    fx_run(&f, 24 * HOUR);
    assert_int_equal(funds_of(&f, a).day_trades_left, 3);
    fx_place(&f, &t);
    fx_close(&f);
    /* Whatever the market: Hong Kong's trades of the account count. */
    a = american(&f, true, true, MONEY(100000));
    i = fx_find(FT_MARKET_HK, "00005");
    for (int k = 0; k < 3; k++) {
        trade(&f, a, i, FT_SIDE_BUY, 400);
        trade(&f, a, i, FT_SIDE_SELL, 400);
    }
    assert_int_equal(funds_of(&f, a).day_trades_left, 0);
    fx_close(&f);
}

static void test_marked(void **state)
{
    (void)state;
    struct desk_fixture f;
    uint32_t a = american(&f, false, true, MONEY(24000));
    ft_inst i = fx_find(FT_MARKET_US, "AAPL");
    for (int k = 0; k < 4; k++)
        day_trade(&f, a, "AAPL", 1);
    assert_true(funds_of(&f, a).is_pdt);
    assert_int_equal(funds_of(&f, a).dt_status, 2); /* EM call */
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_MARKET, 0, SHARES(1));
    fx_refused(&f, &t, "25000");
    struct ft_err err = {0};
    assert_int_equal(ft_brk_deposit(f.b, a, FT_USD, MONEY(2000), &err), 0);
    fx_balance(&f);
    fx_place(&f, &t);
    fx_close(&f);
}

static void test_call(void **state)
{
    (void)state;
    for (int confirmation = 1; confirmation >= 0; confirmation--) {
        struct desk_fixture f;
        uint32_t a = american(&f, false, confirmation, MONEY(30000));
        ft_inst i = fx_find(FT_MARKET_US, "AAPL");
        for (int k = 0; k < 4; k++)
            day_trade(&f, a, "AAPL", 20);
        struct ft_funds now = funds_of(&f, a);
        assert_true(now.is_pdt && now.dtbp_start == MONEY(120000));
        assert_true(now.dtbp_left < now.dtbp_start && now.dt_call == 0);
        /* More than what is left of the power, again and again. */
        struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_MARKET, 0, SHARES(100));
        uint64_t id;
        int trades = 0;
        struct ft_err err = {0};
        while (trades < 8 && ft_brk_place(f.b, &t, &id, &err) == 0) {
            fx_balance(&f);
            t.side = FT_SIDE_SELL;
            fx_place(&f, &t);
            t.side = FT_SIDE_BUY;
            trades++;
        }
        fx_balance(&f);
        now = funds_of(&f, a);
        if (confirmation) {
            assert_non_null(strstr(err.text, "day-trading buying power"));
            assert_int_equal(now.dt_call, 0);
            fx_close(&f);
            continue;
        }
        assert_int_equal(trades, 8);
        assert_true(now.dt_call > 0);
        assert_int_equal(now.dt_status, 3);
        /* Five trading days to pay; then nothing is opened until it is paid. */
        t.qty = SHARES(1);
        fx_run(&f, 5 * 24 * HOUR);
        fx_place(&f, &t);
        fx_run(&f, 24 * HOUR);
        assert_true(funds_of(&f, a).dt_call > 0);
        fx_refused(&f, &t, "day-trading call");
        assert_int_equal(ft_brk_deposit(f.b, a, FT_USD, now.dt_call, &err), 0);
        fx_balance(&f);
        assert_int_equal(funds_of(&f, a).dt_call, 0);
        fx_place(&f, &t);
        fx_close(&f);
    }
}

static void test_official_paper(void **state)
{
    (void)state;
    struct desk_fixture f;
    struct ft_brk_options o = fx_options();
    o.paper = FT_PAPER_OFFICIAL;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, &o);
    fx_begin(&f);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00005");
    fx_watch(&f, i);
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_STOP_LIMIT, ask, SHARES(400));
    t.has_aux = true;
    t.aux_price = ask;
    fx_refused(&f, &t, "NORMAL, MARKET");
    t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, bid - PRICE(1), SHARES(400));
    t.tif = FT_TIF_GTC;
    fx_refused(&f, &t, "supported are: DAY");
    t.tif = FT_TIF_DAY;
    uint64_t id = fx_place(&f, &t);
    struct ft_err err = {0};
    size_t n;
    assert_int_equal(ft_brk_cancel_all(f.b, a, 0, &n, &err), -1);
    assert_int_equal(ft_brk_disable(f.b, a, id, &err), -1);
    assert_int_equal(ft_brk_cancel(f.b, a, id, &err), 0);
    assert_int_equal(ft_brk_delete(f.b, a, id, &err), -1);
    fx_balance(&f);
    uint32_t us = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
    ft_inst aapl = fx_find(FT_MARKET_US, "AAPL");
    t = fx_ticket(us, aapl, FT_SIDE_BUY, FT_ORDER_NORMAL, PRICE(200), SHARES(1));
    t.session = FT_TS_OVERNIGHT;
    fx_refused(&f, &t, "overnight");
    fx_close(&f);
}

static void test_reset(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00005"), us = fx_find(FT_MARKET_US, "AAPL");
    uint64_t done = trade(&f, a, i, FT_SIDE_BUY, 800);
    trade(&f, a, us, FT_SIDE_BUY, 10);
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_SELL, FT_ORDER_NORMAL, PRICE(150), SHARES(400));
    fx_place(&f, &t);
    t = fx_ticket(a, us, FT_SIDE_BUY, FT_ORDER_TWAP, 0, SHARES(50));
    fx_place(&f, &t);
    struct ft_err err = {0};
    assert_int_equal(ft_brk_reset_account(f.b, a, &err), 0);
    fx_balance(&f);
    fx_prove(&f);
    const struct ft_account *acc = ft_brk_account(f.b, a);
    assert_int_equal(acc->cash[FT_HKD], MONEY(1000000));
    assert_int_equal(acc->cash[FT_USD], 0);
    assert_null(ft_brk_order(f.b, done));
    uint64_t cursor = 0;
    struct ft_position_view p;
    assert_null(ft_brk_next_order(f.b, a, &cursor));
    cursor = 0;
    assert_false(ft_brk_next_position(f.b, a, &cursor, &p));
    fx_run(&f, 300 * SECOND);
    assert_int_equal(acc->cash[FT_HKD], MONEY(1000000));
    trade(&f, a, i, FT_SIDE_BUY, 400);
    fx_close(&f);
}

/* A stock with an action in the years that the model gives: a split, or a dividend. */
static ft_inst find_action(const struct ft_model *m, bool split, ft_day from, struct ft_rehab *out)
{
    const struct ft_universe *u = fx_universe();
    for (size_t k = 0; k < ft_universe_count(u); k++) {
        const struct ft_instrument *inst = ft_universe_at(u, (ft_inst)k);
        const struct ft_rehab *r;
        if (inst->type != FT_SEC_STOCK || inst->market != FT_MARKET_US)
            continue;
        size_t n = ft_model_rehab(m, inst->index, 20800, &r);
        for (size_t i = 0; i < n; i++)
            if (r[i].ex_day > from && (r[i].split_base > 0) == split && (split || r[i].dividend)) {
                *out = r[i];
                return inst->index;
            }
    }
    fail_msg("no stock with such an action");
    return FT_NO_INST;
}

static void test_actions(void **state)
{
    (void)state;
    for (int split = 0; split <= 1; split++) {
        struct desk_fixture f;
        struct ft_world_options wo = {.seed = 1, .hours = {FT_CLOCK_EXCHANGE, 20777},
                                      .start_ns = monday_ns};
        struct ft_err err = {0};
        struct ft_world *w = ft_world_new(fx_universe(), &wo, &err);
        struct ft_rehab r = {0};
        ft_inst i = find_action(ft_world_model(w), split, 18000, &r);
        ft_world_free(w);
        /* The trading day before, in New York's morning. */
        ft_day day = r.ex_day - 1;
        while (ft_weekday(day) == 0 || ft_weekday(day) == 6)
            day--;
        fx_open(&f, FT_CLOCK_EXCHANGE, (int64_t)day * 86400 * SECOND + 15 * HOUR, NULL);
        fx_begin(&f);
        uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
        fx_watch(&f, i);
        ft_price bid, ask;
        fx_touch(&f, i, &bid, &ask);
        struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, ask + PRICE(1), SHARES(30));
        fx_place(&f, &t);
        t.side = FT_SIDE_SELL;
        t.price = ask / 100 * 140 / 10000 * 10000;
        t.tif = FT_TIF_GTC;
        uint64_t rest = fx_place(&f, &t);
        struct ft_position_view before, after;
        uint64_t cursor = 0;
        assert_true(ft_brk_next_position(f.b, a, &cursor, &before));
        ft_qty held = before.p->qty;
        int64_t cost = before.p->cost, diluted = before.p->diluted;
        assert_int_equal(held, SHARES(30));
        ft_money cash = ft_brk_account(f.b, a)->cash[FT_USD];
        fx_run(&f, (r.ex_day - day) * 24 * HOUR); /* the ex-day, the same hour */
        cursor = 0;
        assert_true(ft_brk_next_position(f.b, a, &cursor, &after));
        ft_money got = ft_brk_account(f.b, a)->cash[FT_USD] - cash;
        assert_int_equal(after.p->cost, cost);
        if (split) {
            assert_int_equal(after.p->qty, held / r.split_base * r.split_ert);
            assert_int_equal(got, 0);
            assert_int_equal(ft_brk_order(f.b, rest)->status, FT_ST_CANCELLED_ALL);
            assert_non_null(strstr(ft_brk_order(f.b, rest)->last_err, "corporate action"));
            /* Nothing is lost: within what a day can move it is worth what it was. */
            assert_true(after.market_val > before.market_val / 2);
        } else {
            assert_int_equal(after.p->qty, held);
            assert_int_equal(got, r.dividend / 100 * 30);
            assert_int_equal(after.p->diluted, diluted - r.dividend * 30);
            assert_int_equal(ft_brk_order(f.b, rest)->status, FT_ST_SUBMITTED);
        }
        fx_prove(&f);
        /* Once: a day later nothing more. */
        fx_run(&f, 24 * HOUR);
        assert_int_equal(ft_brk_account(f.b, a)->cash[FT_USD] - cash, got);
        fx_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protection),    cmocka_unit_test(test_marked),
        cmocka_unit_test(test_call),          cmocka_unit_test(test_official_paper),
        cmocka_unit_test(test_reset),         cmocka_unit_test(test_actions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
