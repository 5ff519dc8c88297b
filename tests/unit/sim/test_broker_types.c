/* Every order type of trade.md 5.4 on a market that takes it: states in order, pushes, fills. */
#include "broker_proof.h"

static struct ft_ticket limit(struct desk_fixture *f, uint32_t a, ft_inst i, int side, int type,
                              int64_t bp_from_touch)
{
    const struct ft_instrument *inst = ft_universe_at(fx_universe(), i);
    ft_price bid, ask;
    fx_touch(f, i, &bid, &ask);
    ft_price base = side == FT_SIDE_BUY ? ask : bid;
    int lot = inst->type == FT_SEC_FUTURE || inst->type == FT_SEC_OPTION ? 1 : inst->lot;
    return fx_ticket(a, i, side, type,
                     ft_tick_round(fx_universe(), inst, 20780, base + base / 10000 * bp_from_touch),
                     SHARES(lot));
}

/* Status pushes of an order so far, in order; fills are counted. */
static size_t pushes(struct desk_fixture *f, uint64_t id, uint8_t *out, size_t max, size_t *fills)
{
    const struct ft_brk_event *e;
    size_t n = 0;
    *fills = 0;
    while ((e = ft_brk_next_event(f->b))) {
        if (e->order.id != id)
            continue;
        *fills += e->kind == FT_BRK_FILL;
        if (e->kind == FT_BRK_ORDER && n < max)
            out[n++] = e->order.status;
    }
    return n;
}

static void expect(struct desk_fixture *f, uint64_t id, const uint8_t *want, size_t n)
{
    uint8_t got[64];
    size_t fills, count = pushes(f, id, got, 64, &fills), at = 0;
    for (size_t k = 0; k < count; k++) /* part fills may come in any number */
        if (got[k] != FT_ST_FILLED_PART) {
            if (at >= n || got[k] != want[at])
                fail_msg("push %zu is %d, expected %d", k, got[k], at < n ? want[at] : -1);
            at++;
        }
    assert_int_equal(at, n);
}
#define EXPECT(f, id, ...)                                                                         \
    do {                                                                                           \
        const uint8_t want_[] = {__VA_ARGS__};                                                     \
        expect(f, id, want_, sizeof want_);                                                        \
    } while (0)

static void drain(struct desk_fixture *f)
{
    while (ft_brk_next_event(f->b))
        ;
}

static uint8_t status(const struct desk_fixture *f, uint64_t id)
{
    return ft_brk_order(f->b, id)->status;
}

static void open_hk(struct desk_fixture *f, uint32_t *a, ft_inst *i)
{
    fx_open(f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(f);
    *a = fx_account(f, FT_ENV_REAL, FT_TRD_HK);
    *i = fx_find(FT_MARKET_HK, "00700");
    fx_watch(f, *i);
    drain(f);
}

static void test_limits_of_hong_kong(void **state)
{
    (void)state;
    struct desk_fixture f;
    uint32_t a;
    ft_inst i;
    open_hk(&f, &a, &i);
    /* Enhanced limit beyond the touch: fills. */
    struct ft_ticket t = limit(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 20);
    uint64_t id = fx_place(&f, &t);
    EXPECT(&f, id, FT_ST_SUBMITTING, FT_ST_SUBMITTED, FT_ST_FILLED_ALL);
    /* Absolute limit: may not cross, and fills at its own price only. */
    t.type = FT_ORDER_ABSOLUTE_LIMIT;
    id = fx_place(&f, &t);
    assert_int_equal(status(&f, id), FT_ST_FAILED);
    assert_string_not_equal(ft_brk_order(f.b, id)->last_err, "");
    EXPECT(&f, id, FT_ST_SUBMITTING, FT_ST_FAILED);
    t = limit(&f, a, i, FT_SIDE_BUY, FT_ORDER_ABSOLUTE_LIMIT, 0);
    id = fx_place(&f, &t);
    assert_int_equal(status(&f, id), FT_ST_FILLED_ALL);
    assert_int_equal(ft_brk_order(f.b, id)->fill_value, brk_points(t.price, t.qty));
    /* Special limit: the rest is cancelled at once. */
    t = limit(&f, a, i, FT_SIDE_BUY, FT_ORDER_SPECIAL_LIMIT, -100);
    drain(&f);
    id = fx_place(&f, &t);
    EXPECT(&f, id, FT_ST_SUBMITTING, FT_ST_SUBMITTED, FT_ST_CANCELLED_ALL);
    /* All or nothing: whole, or cancelled without a fill. */
    t = limit(&f, a, i, FT_SIDE_BUY, FT_ORDER_SPECIAL_LIMIT_ALL, 10);
    id = fx_place(&f, &t);
    assert_int_equal(status(&f, id), FT_ST_FILLED_ALL);
    t = limit(&f, a, i, FT_SIDE_BUY, FT_ORDER_SPECIAL_LIMIT_ALL, -10);
    id = fx_place(&f, &t);
    assert_int_equal(status(&f, id), FT_ST_CANCELLED_ALL);
    assert_int_equal(ft_brk_order(f.b, id)->filled, 0);
    assert_int_equal(ft_brk_order(f.b, id)->reserved, 0);
    /* IOC is nobody's here (order_types.csv), and the refusal says what is. */
    t.type = FT_ORDER_NORMAL;
    t.tif = FT_TIF_IOC;
    fx_balance(&f);
    fx_refused(&f, &t, "DAY, GTC, GTD");
    fx_prove(&f);
    fx_close(&f);
}

/* A trigger on the wrong side of the market fires at the next price, one on the right side waits. */
static void test_conditions_point_the_right_way(void **state)
{
    (void)state;
    static const struct { uint8_t type, side; int bp; bool fires; } cases[] = {
        {FT_ORDER_STOP, FT_SIDE_BUY, 200, false}, {FT_ORDER_STOP, FT_SIDE_BUY, -200, true},
        {FT_ORDER_STOP, FT_SIDE_SELL, -200, false}, {FT_ORDER_STOP, FT_SIDE_SELL, 200, true},
        {FT_ORDER_MIT, FT_SIDE_BUY, -200, false}, {FT_ORDER_MIT, FT_SIDE_BUY, 200, true},
        {FT_ORDER_MIT, FT_SIDE_SELL, 200, false}, {FT_ORDER_MIT, FT_SIDE_SELL, -200, true},
        {FT_ORDER_STOP_LIMIT, FT_SIDE_BUY, 200, false},
        {FT_ORDER_STOP_LIMIT, FT_SIDE_SELL, 200, true}, {FT_ORDER_LIT, FT_SIDE_BUY, 200, true},
        {FT_ORDER_LIT, FT_SIDE_SELL, 200, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct desk_fixture f;
        uint32_t a;
        ft_inst i;
        open_hk(&f, &a, &i);
        struct ft_ticket t = limit(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 20);
        fx_place(&f, &t); /* something to sell */
        drain(&f);
        t = limit(&f, a, i, cases[k].side, cases[k].type,
                  cases[k].side == FT_SIDE_BUY ? 30 : -30);
        const struct ft_instrument *inst = ft_universe_at(fx_universe(), i);
        t.has_aux = true;
        t.aux_price = ft_tick_round(fx_universe(), inst, 20780,
                                    t.price + t.price / 10000 * cases[k].bp);
        uint64_t id = fx_place(&f, &t);
        fx_run(&f, 30 * SECOND);
        if (cases[k].fires) {
            assert_true(ft_brk_order(f.b, id)->triggered);
            assert_int_equal(status(&f, id), FT_ST_FILLED_ALL);
            EXPECT(&f, id, FT_ST_WAITING, FT_ST_SUBMITTED, FT_ST_FILLED_ALL);
        } else {
            assert_false(ft_brk_order(f.b, id)->triggered);
            EXPECT(&f, id, FT_ST_WAITING);
            assert_int_equal(ft_brk_cancel(f.b, a, id, NULL), 0);
            EXPECT(&f, id, FT_ST_CANCELLING_ALL, FT_ST_CANCELLED_ALL);
        }
        fx_prove(&f);
        fx_close(&f);
    }
}

static void test_trailing(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct desk_fixture f;
        uint32_t a;
        ft_inst i;
        open_hk(&f, &a, &i);
        struct ft_ticket t = limit(&f, a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, 20);
        fx_place(&f, &t);
        bool limited = kind & 1, ratio = kind & 2;
        t = limit(&f, a, i, FT_SIDE_SELL,
                  limited ? FT_ORDER_TRAILING_STOP_LIMIT : FT_ORDER_TRAILING_STOP, 0);
        t.trail_type = FT_TRAIL_NONE;
        fx_refused(&f, &t, "trailType");
        t.trail_type = ratio ? FT_TRAIL_RATIO : FT_TRAIL_AMOUNT;
        fx_refused(&f, &t, "trailValue");
        t.trail_value = ratio ? 1000 : PRICE(0.6); /* 0.1 % of some hundred dollars */
        t.trail_spread = limited ? PRICE(2) : 0;
        uint64_t id = fx_place(&f, &t);
        assert_int_equal(status(&f, id), FT_ST_WAITING);
        ft_price peak = 0;
        for (int k = 0; k < 600 && !ft_brk_order(f.b, id)->triggered; k++) {
            fx_run(&f, 60 * SECOND);
            const struct ft_order *o = ft_brk_order(f.b, id);
            assert_true(o->trail_peak >= peak); /* of a sale: rises only */
            peak = o->trail_peak;
        }
        const struct ft_order *o = ft_brk_order(f.b, id);
        assert_true(o->triggered && peak > 0);
        assert_int_equal(o->status, FT_ST_FILLED_ALL);
        /* Its stop was that far under what it had seen at least. */
        if (limited) {
            ft_price stop = ratio ? peak - (peak + 999) / 1000 : peak - t.trail_value;
            assert_true(o->price == 0 || o->price >= stop - t.trail_spread - PRICE(0.5));
        }
        fx_prove(&f);
        fx_close(&f);
    }
}

static void test_conditions_of_a_cash_account_are_covered(void **state)
{
    (void)state;
    struct desk_fixture f;
    fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
    fx_begin(&f);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00700");
    fx_watch(&f, i);
    /* Whatever the book costs further up, a market order spends no more than is held for it. */
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_MARKET, 0, 0);
    struct ft_max_qty m;
    struct ft_err err = {0};
    assert_int_equal(ft_brk_max_qty(f.b, &t, 0, &m, &err), 0);
    t.qty = m.cash_buy;
    uint64_t id = fx_place(&f, &t);
    const struct ft_order *o = ft_brk_order(f.b, id);
    assert_true(ft_order_is_final(o->status) && o->filled > 0);
    assert_true(ft_brk_account(f.b, a)->cash[FT_HKD] >= 0);
    /* A trailing purchase binds the farthest stop that it can have, not the present price. */
    assert_int_equal(ft_brk_reset_account(f.b, a, &err), 0);
    fx_balance(&f);
    t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_TRAILING_STOP, 0, SHARES(100));
    t.trail_type = FT_TRAIL_RATIO;
    t.trail_value = 300000;
    id = fx_place(&f, &t);
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    assert_true(ft_brk_order(f.b, id)->reserved >= ask / 100 * 130 / 100 * 105 / 100 * 100);
    fx_close(&f);
}

static void test_slices(void **state)
{
    (void)state;
    static const struct { uint8_t type; int market; const char *code; int trd; } cases[] = {
        {FT_ORDER_TWAP, FT_MARKET_US, "AAPL", FT_TRD_US},
        {FT_ORDER_VWAP, FT_MARKET_US, "AAPL", FT_TRD_US},
        {FT_ORDER_TWAP_LIMIT, FT_MARKET_HK, "00700", FT_TRD_HK},
        {FT_ORDER_VWAP_LIMIT, FT_MARKET_HK, "00700", FT_TRD_HK},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct desk_fixture f;
        fx_open(&f, FT_CLOCK_ALWAYS, monday_ns, NULL);
        fx_begin(&f);
        uint32_t a = fx_account(&f, FT_ENV_REAL, cases[k].trd);
        ft_inst i = fx_find(cases[k].market, cases[k].code);
        fx_watch(&f, i);
        struct ft_ticket t = limit(&f, a, i, FT_SIDE_BUY, cases[k].type, 300);
        t.qty = SHARES(ft_universe_at(fx_universe(), i)->lot) * 12;
        uint64_t id = fx_place(&f, &t);
        fx_run(&f, 900 * SECOND); /* half of the window */
        const struct ft_order *o = ft_brk_order(f.b, id);
        assert_int_equal(o->status, FT_ST_FILLED_PART);
        assert_true(o->filled >= t.qty / 3 && o->filled <= t.qty * 2 / 3);
        fx_prove(&f);
        fx_run(&f, 960 * SECOND);
        o = ft_brk_order(f.b, id);
        assert_int_equal(o->status, FT_ST_FILLED_ALL);
        assert_int_equal(o->reserved, 0);
        /* Its fills are its own, and their sum. */
        const struct ft_fill *x;
        uint64_t cursor = 0;
        ft_qty sum = 0;
        int64_t value = 0;
        while ((x = ft_brk_next_fill(f.b, a, &cursor))) {
            assert_int_equal(x->order, id);
            sum += x->qty;
            value += brk_points(x->price, x->qty);
        }
        assert_int_equal(sum, o->qty);
        assert_int_equal(value, o->fill_value);
        /* A limit far away: nothing, and the end of the window ends it. */
        if (t.type == FT_ORDER_TWAP_LIMIT) {
            t = limit(&f, a, i, FT_SIDE_BUY, t.type, -1000);
            id = fx_place(&f, &t);
            fx_run(&f, 1900 * SECOND);
            assert_int_equal(status(&f, id), FT_ST_CANCELLED_ALL);
            assert_non_null(strstr(ft_brk_order(f.b, id)->last_err, "window"));
        }
        fx_prove(&f);
        fx_close(&f);
    }
}

static void test_price_tweak(void **state)
{
    (void)state;
    struct desk_fixture f;
    uint32_t a;
    ft_inst i;
    open_hk(&f, &a, &i);
    fx_run(&f, 1 * SECOND);
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, PRICE(359.678), SHARES(100));
    fx_refused(&f, &t, "359.6 and 359.8"); /* the nearest ones on a grid of 0.2 */
    t.adjust = true;
    fx_refused(&f, &t, "nearest"); /* without a tolerance it does nothing */
    t.adjust_limit = 1500; /* trade.md 6.3: 0.0015 */
    uint64_t id = fx_place(&f, &t);
    assert_int_equal(ft_brk_order(f.b, id)->price, PRICE(359.8));
    t.adjust_limit = -1500;
    id = fx_place(&f, &t);
    assert_int_equal(ft_brk_order(f.b, id)->price, PRICE(359.6));
    t.adjust_limit = 100; /* 0.01 %: the move is 0.034 % */
    fx_refused(&f, &t, "minimum tick size");
    t.adjust_limit = 0;
    t.adjust = false;
    t.price = PRICE(0.0004);
    t.adjust = true;
    t.adjust_limit = -1000000;
    fx_refused(&f, &t, "nearest"); /* nothing lies below */
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_of_hong_kong),
        cmocka_unit_test(test_conditions_point_the_right_way),
        cmocka_unit_test(test_trailing),
        cmocka_unit_test(test_conditions_of_a_cash_account_are_covered),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_price_tweak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
