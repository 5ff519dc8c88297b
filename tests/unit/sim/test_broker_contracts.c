/* Options and combos: premium, margin, what protects what, the end in and out of the money. */
#include "broker_proof.h"

enum { MONDAY = 20780 };

static void start(struct desk_fixture *f)
{
    fx_open(f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(f);
}

/* An option of AAPL: the n-th strike above (below: n < 0) the reference, of the first expiry after
 * `from` days. */
static ft_inst option(int right, int n, int from)
{
    ft_inst aapl = fx_find(FT_MARKET_US, "AAPL");
    const struct ft_instrument *u = ft_universe_at(fx_universe(), aapl);
    const ft_inst *list;
    size_t count = ft_derivatives_of(fx_universe(), aapl, &list);
    ft_day expiry = FT_NO_DAY;
    for (size_t k = 0; k < count; k++) {
        const struct ft_instrument *o = ft_universe_at(fx_universe(), list[k]);
        if (o->type == FT_SEC_OPTION && o->expiry_day >= MONDAY + from &&
            (expiry == FT_NO_DAY || o->expiry_day < expiry))
            expiry = o->expiry_day;
    }
    ft_price at = u->reference;
    ft_inst found = FT_NO_INST;
    for (int step = 0; step < (n < 0 ? -n : n); step++) {
        ft_price best = 0;
        for (size_t k = 0; k < count; k++) {
            const struct ft_instrument *o = ft_universe_at(fx_universe(), list[k]);
            bool beyond = n > 0 ? o->strike > at && (!best || o->strike < best)
                                : o->strike < at && o->strike > best;
            if (o->type == FT_SEC_OPTION && o->expiry_day == expiry && o->right == right && beyond) {
                best = o->strike;
                found = o->index;
            }
        }
        at = best;
    }
    assert_true(found != FT_NO_INST && expiry != FT_NO_DAY);
    return found;
}

static uint64_t trade(struct desk_fixture *f, uint32_t a, ft_inst i, int side, int64_t qty)
{
    struct ft_ticket t = fx_ticket(a, i, side, FT_ORDER_MARKET, 0, SHARES(qty));
    fx_watch(f, i);
    for (int64_t left = qty; left > 0;) { /* books of options are thin */
        t.qty = SHARES(left);
        uint64_t id = fx_place(f, &t);
        left -= ft_brk_order(f->b, id)->filled / FT_QTY_SCALE;
        if (left == 0)
            return id;
        fx_run(f, 30 * SECOND);
    }
    return 0;
}

static ft_money initial(struct desk_fixture *f, uint32_t a)
{
    struct ft_funds funds;
    ft_brk_funds(f->b, a, FT_USD, &funds);
    return funds.initial_margin;
}

static ft_price mark_of(struct desk_fixture *f, ft_inst i)
{
    struct ft_venue_quote q;
    brk_quote(f->b, i, &q);
    return brk_mark(f->b, ft_universe_at(fx_universe(), i), &q);
}

static void test_premium_and_margin(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
    ft_inst call = option(FT_CALL, 1, 20);
    uint64_t id = trade(&f, a, call, FT_SIDE_BUY, 1);
    const struct ft_order *o = ft_brk_order(f.b, id);
    /* 100 shares a contract. */
    assert_int_equal(ft_brk_account(f.b, a)->cash[FT_USD],
                     MONEY(1000000) - o->fill_value / 100 * 100 - o->fees);
    assert_int_equal(initial(&f, a), mark_of(&f, call)); /* x 100 / (1e6 / 1e4): paid in full */
    /* A short put binds what data/contract_margins.csv says, its premium being a debt already. */
    ft_inst put = option(FT_PUT, -1, 20);
    ft_money before = initial(&f, a);
    id = trade(&f, a, put, FT_SIDE_SELL, 1);
    assert_int_equal(ft_brk_order(f.b, id)->side, FT_SIDE_SELL_SHORT);
    ft_money im, mm;
    ft_price price = mark_of(&f, put), spot = mark_of(&f, fx_find(FT_MARKET_US, "AAPL"));
    ft_contract_margin(f.rules, ft_universe_at(fx_universe(), put), MONDAY, price, spot, true, &im, &mm);
    assert_true(im >= mm && mm > 0);
    assert_true(llabs(initial(&f, a) - before - (im - price)) <= MONEY(2));
    fx_prove(&f);
    fx_close(&f);
}

static void test_cover(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
    ft_inst aapl = fx_find(FT_MARKET_US, "AAPL"), call = option(FT_CALL, 2, 20);
    trade(&f, a, aapl, FT_SIDE_BUY, 100);
    ft_money stock = initial(&f, a);
    trade(&f, a, call, FT_SIDE_SELL, 1);
    /* Covered: the shares are there to be delivered. */
    assert_true(llabs(initial(&f, a) - stock) <= stock / 50);
    /* A second one is not. */
    trade(&f, a, call, FT_SIDE_SELL, 1);
    assert_true(initial(&f, a) > stock + MONEY(1000));
    trade(&f, a, call, FT_SIDE_BUY, 1);
    fx_prove(&f);
    fx_close(&f);
}

static struct ft_combo_ticket vertical(uint32_t a, ft_inst bought, ft_inst sold)
{
    struct ft_combo_ticket t = {.account = a, .count = 2, .type = FT_ORDER_MARKET, .qty = SHARES(1),
                                .expire_day = FT_NO_DAY};
    t.leg[0] = (struct ft_combo_leg){bought, FT_SIDE_BUY, SHARES(1)};
    t.leg[1] = (struct ft_combo_leg){sold, FT_SIDE_SELL, SHARES(1)};
    return t;
}

static void test_vertical_spread(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_US);
    ft_inst high = option(FT_CALL, 3, 20), low = option(FT_CALL, 1, 20);
    struct ft_combo_ticket t = vertical(a, high, low); /* a credit spread: what can be lost is the gap */
    struct ft_combo_impact impact;
    struct ft_err err = {0};
    if (ft_brk_combo_impact(f.b, &t, 0, &impact, &err))
        fail_msg("%s", err.text);
    fx_balance(&f);
    ft_money gap = (ft_universe_at(fx_universe(), high)->strike -
                    ft_universe_at(fx_universe(), low)->strike) / 100 * 100 / 10 * 78;
    assert_true(impact.initial <= gap + mark_of(&f, high) / 10 * 78 + MONEY(1));
    assert_true(impact.power_decrease >= impact.initial && impact.nlv < 0);
    uint64_t id;
    if (ft_brk_place_combo(f.b, &t, &id, &err))
        fail_msg("%s", err.text);
    fx_balance(&f);
    fx_run(&f, 120 * SECOND);
    const struct ft_order *o = ft_brk_order(f.b, id);
    assert_int_equal(o->status, FT_ST_FILLED_ALL);
    assert_int_equal(ft_brk_combo(f.b, id)->strategy, 4);
    /* Net price: what the bought leg costs less what the sold one brings. */
    const struct ft_fill *x;
    uint64_t cursor = 0;
    int64_t net = 0;
    while ((x = ft_brk_next_fill(f.b, a, &cursor)))
        net += (x->inst == high ? 1 : -1) * x->price / FT_QTY_SCALE * x->qty;
    assert_int_equal(o->fill_value, net);
    /* The account binds the gap, not two legs. */
    struct ft_funds funds;
    ft_brk_funds(f.b, a, FT_HKD, &funds);
    assert_true(funds.initial_margin <= gap + mark_of(&f, high) / 10 * 78 + MONEY(10));
    /* Closing it binds both legs: nothing else can close them meanwhile. */
    t = vertical(a, low, high);
    t.type = FT_ORDER_NORMAL;
    t.has_price = true;
    t.price = -PRICE(100); /* nobody pays that much: it rests */
    if (ft_brk_place_combo(f.b, &t, &id, &err))
        fail_msg("%s", err.text);
    fx_balance(&f);
    fx_prove(&f);
    struct ft_ticket one = fx_ticket(a, high, FT_SIDE_SELL, FT_ORDER_MARKET, 0, SHARES(1));
    fx_refused(&f, &one, "0 can be sold");
    assert_int_equal(ft_brk_cancel(f.b, a, id, &err), 0);
    /* Selling the long leg alone leaves the short one naked: that must be affordable. */
    ft_brk_funds(f.b, a, FT_HKD, &funds);
    assert_int_equal(ft_brk_deposit(f.b, a, FT_HKD, -funds.by_currency_available[FT_HKD], &err), 0);
    fx_balance(&f);
    fx_refused(&f, &one, "is missing");
    assert_int_equal(ft_brk_deposit(f.b, a, FT_HKD, funds.by_currency_available[FT_HKD], &err), 0);
    fx_balance(&f);
    fx_place(&f, &one);
    fx_prove(&f);
    fx_close(&f);
}

static void test_combos_are_checked(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_US);
    ft_inst aapl = fx_find(FT_MARKET_US, "AAPL"), tsla = fx_find(FT_MARKET_US, "TSLA");
    ft_inst call = option(FT_CALL, 2, 20);
    struct ft_combo_ticket t = vertical(a, aapl, tsla);
    struct ft_err err = {0};
    uint64_t id;
    assert_int_equal(ft_brk_place_combo(f.b, &t, &id, &err), -1);
    assert_non_null(strstr(err.text, "option"));
    t = vertical(a, call, call);
    assert_int_equal(ft_brk_place_combo(f.b, &t, &id, &err), -1);
    assert_non_null(strstr(err.text, "twice"));
    t.count = 1;
    assert_int_equal(ft_brk_place_combo(f.b, &t, &id, &err), -1);
    /* A covered call in one order: its net price is a share's, and fills as such. */
    t = vertical(a, aapl, call);
    t.leg[0].ratio = SHARES(100);
    t.type = FT_ORDER_NORMAL;
    t.has_price = true;
    t.price = mark_of(&f, aapl) + PRICE(1);
    if (ft_brk_place_combo(f.b, &t, &id, &err))
        fail_msg("%s", err.text);
    fx_balance(&f);
    fx_run(&f, 120 * SECOND);
    const struct ft_order *o = ft_brk_order(f.b, id);
    assert_int_equal(o->status, FT_ST_FILLED_ALL);
    assert_int_equal(ft_brk_combo(f.b, id)->strategy, 2);
    assert_true(o->fill_value > 0 && o->fill_value <= t.price);
    assert_true(o->fill_value > mark_of(&f, aapl) / 2);
    fx_prove(&f);
    fx_close(&f);
}

static void test_end(void **state)
{
    (void)state;
    struct desk_fixture f;
    start(&f);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_US);
    ft_inst aapl = fx_find(FT_MARKET_US, "AAPL");
    ft_inst in = option(FT_CALL, -4, 1), out = option(FT_PUT, -4, 1), sold = option(FT_PUT, 4, 1);
    ft_day end = ft_universe_at(fx_universe(), in)->expiry_day;
    trade(&f, a, in, FT_SIDE_BUY, 2);
    trade(&f, a, out, FT_SIDE_BUY, 1);
    trade(&f, a, sold, FT_SIDE_SELL, 1);
    ft_money cash = ft_brk_account(f.b, a)->cash[FT_USD];
    fx_run(&f, (int64_t)(end - MONDAY + 2) * 24 * HOUR);
    struct ft_bar bar;
    assert_true(ft_model_day(ft_world_model(f.w), aapl, end, &bar));
    ft_price call = bar.close - ft_universe_at(fx_universe(), in)->strike;
    ft_price put = ft_universe_at(fx_universe(), sold)->strike - bar.close;
    ft_price low = ft_universe_at(fx_universe(), out)->strike - bar.close;
    assert_true(call > 0 && put > 0 && low < 0); /* of the seed */
    ft_money got = ft_brk_account(f.b, a)->cash[FT_USD] - cash - (2 * call - put);
    assert_true(got <= 0 && got > -MONEY(20)); /* fees of exercise and assignment, if any */
    uint64_t cursor = 0;
    struct ft_position_view p;
    assert_false(ft_brk_next_position(f.b, a, &cursor, &p));
    fx_prove(&f);
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_premium_and_margin), cmocka_unit_test(test_cover),
        cmocka_unit_test(test_vertical_spread),    cmocka_unit_test(test_combos_are_checked),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
