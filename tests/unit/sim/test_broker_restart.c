/* A broker that comes back: what it remembers is what it was, and what should have happened meanwhile
 * has happened, in order. */
#include "broker_copy.h"

#include "sim/world_state.h"

static struct copy kept;

static void open_kept(struct desk_fixture *f, enum ft_clock_mode mode, int64_t start_ns)
{
    memset(&kept, 0, sizeof kept);
    fx_open(f, mode, start_ns, NULL);
    f->keep = copy_keep;
    f->user = &kept;
    fx_begin(f);
}

static ft_price low_price(const struct desk_fixture *f, ft_inst i, int percent)
{
    const struct ft_instrument *inst = ft_universe_at(fx_universe(), i);
    ft_price fair = ft_model_fair(ft_world_model(f->w), i, ft_world_now(f->w));
    return ft_tick_round(fx_universe(), inst, 20780, fair / 100 * percent);
}

static void test_orders_come_back(void **state)
{
    (void)state;
    struct desk_fixture f, g, h;
    open_kept(&f, FT_CLOCK_EXCHANGE, monday_ns); /* 10:00 in Hong Kong */
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00005");
    fx_watch(&f, i);
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, low_price(&f, i, 95),
                                   SHARES(400));
    uint64_t day = fx_place(&f, &t), ids[4];
    t.tif = FT_TIF_GTC;
    for (int k = 0; k < 4; k++)
        ids[k] = fx_place(&f, &t);
    /* The first of them gives up its turn: it is the last in line then, and after the restart too. */
    struct ft_change more = {.qty = SHARES(800)};
    assert_int_equal(ft_brk_modify(f.b, a, ids[0], &more, NULL), 0);
    fx_balance(&f);
    t.tif = FT_TIF_GTD;
    t.expire_day = 20780 + 1; /* Tuesday */
    uint64_t gtd = fx_place(&f, &t);
    /* Bought, to have something to close. */
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    struct ft_ticket buy = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, ask, SHARES(400));
    fx_place(&f, &buy);
    buy.side = FT_SIDE_SELL;
    buy.price = low_price(&f, i, 110);
    buy.tif = FT_TIF_GTC;
    uint64_t closer = fx_place(&f, &buy);
    ft_money reserved[4];
    for (int k = 0; k < 4; k++)
        reserved[k] = ft_brk_order(f.b, ids[k])->reserved;
    /* Wednesday 10:00, nobody was there since Monday. */
    copy_open(&g, &kept, FT_CLOCK_EXCHANGE, monday_ns + 48 * HOUR, &f, NULL);
    assert_int_equal(ft_brk_order(g.b, day)->status, FT_ST_CANCELLED_ALL);
    assert_true(ft_brk_order(g.b, day)->updated_ns < monday_ns + 8 * HOUR); /* its end, not ours */
    assert_int_equal(ft_brk_order(g.b, gtd)->status, FT_ST_CANCELLED_ALL);
    uint64_t before = 0;
    static const int turn[] = {1, 2, 3, 0};
    for (int k = 0; k < 4; k++) {
        const struct ft_order *o = ft_brk_order(g.b, ids[turn[k]]);
        assert_int_equal(o->status, FT_ST_SUBMITTED);
        assert_true(o->at_venue);
        assert_int_equal(o->reserved, reserved[turn[k]]);
        assert_true(o->priority > before);
        before = o->priority;
    }
    /* At the exchange as well: time priority in their old order. */
    uint64_t no = 0;
    for (int k = 0; k < 4; k++) {
        struct ft_ex_order there;
        assert_true(ft_exch_order(g.w->exch, ids[turn[k]], &there));
        assert_true(there.no > no);
        no = there.no;
    }
    assert_int_equal(brk_order(g.b, closer)->closing, SHARES(400));
    struct ft_position_view p;
    uint64_t cursor = 0;
    assert_true(ft_brk_next_position(g.b, a, &cursor, &p));
    assert_int_equal(p.can_sell, 0);
    fx_prove(&g);
    /* Numbers go on. */
    t.tif = FT_TIF_DAY;
    uint64_t next = fx_place(&g, &t);
    assert_true(next > closer);
    /* GTC ends after 90 calendar days. */
    copy_open(&h, &kept, FT_CLOCK_EXCHANGE, monday_ns + 91 * 24 * HOUR, &g, NULL);
    for (int k = 0; k < 4; k++)
        assert_int_equal(ft_brk_order(h.b, ids[k])->status, FT_ST_CANCELLED_ALL);
    fx_close(&h);
    fx_close(&f);
    fx_close(&g);
}

static void test_trails_go_on(void **state)
{
    (void)state;
    struct desk_fixture f, g;
    open_kept(&f, FT_CLOCK_EXCHANGE, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_REAL, FT_TRD_HK);
    ft_inst i = fx_find(FT_MARKET_HK, "00700");
    fx_watch(&f, i);
    ft_price bid, ask;
    fx_touch(&f, i, &bid, &ask);
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_NORMAL, ask, SHARES(100));
    fx_place(&f, &t);
    t = fx_ticket(a, i, FT_SIDE_SELL, FT_ORDER_TRAILING_STOP, 0, SHARES(100));
    t.trail_type = FT_TRAIL_RATIO;
    t.trail_value = 100000;
    t.tif = FT_TIF_GTC;
    uint64_t id = fx_place(&f, &t);
    fx_run(&f, 3 * HOUR);
    ft_price peak = ft_brk_order(f.b, id)->trail_peak;
    assert_true(peak > 0);
    fx_run(&f, 21 * HOUR); /* over the night: it was taken from the venue and entered again */
    const struct ft_order *o = ft_brk_order(f.b, id);
    assert_true(o->at_venue && o->trail_peak >= peak);
    peak = o->trail_peak;
    /* Back at once: no later than a minute of the market is forgotten, and nothing of what is kept. */
    struct ft_venue port = ft_sim_venue_port(f.v);
    assert_true(port.ops->trail_peak(port.self, i, id) >= peak);
    copy_open(&g, &kept, FT_CLOCK_EXCHANGE, ft_world_now(f.w), &f, NULL);
    port = ft_sim_venue_port(g.v);
    assert_true(ft_brk_order(g.b, id)->at_venue);
    assert_true(port.ops->trail_peak(port.self, i, id) >= peak);
    fx_close(&g);
    fx_close(&f);
}

static void test_futures_settle_day_by_day(void **state)
{
    (void)state;
    struct desk_fixture f, g, h;
    open_kept(&f, FT_CLOCK_EXCHANGE, monday_ns);
    uint32_t a = fx_account(&f, FT_ENV_SIMULATE, FT_TRD_SIM_FUT_HK);
    ft_inst i = brk_resolve(f.b, fx_find(FT_MARKET_HK, "HSImain"));
    struct ft_ticket t = fx_ticket(a, i, FT_SIDE_BUY, FT_ORDER_MARKET, 0, SHARES(3));
    uint64_t id = fx_place(&f, &t);
    const struct ft_order *o = ft_brk_order(f.b, id);
    assert_int_equal(o->status, FT_ST_FILLED_ALL);
    int64_t cost = o->fill_value;
    ft_money cash = ft_brk_account(f.b, a)->cash[FT_HKD];
    /* Friday morning: Monday to Thursday are settled, each at its own price. */
    copy_open(&g, &kept, FT_CLOCK_EXCHANGE, monday_ns + 96 * HOUR, &f, NULL);
    const struct ft_model *m = ft_world_model(g.w);
    struct ft_bar bar;
    ft_day monday = 20780; /* 2026-11-23 */
    assert_true(ft_model_day(m, i, monday + 3, &bar));
    struct ft_position_view p;
    uint64_t cursor = 0;
    assert_true(ft_brk_next_position(g.b, a, &cursor, &p));
    assert_int_equal(p.p->marked, 3 * bar.close);
    assert_int_equal(p.p->settled_day, monday + 3);
    /* 50 HKD a point: what came in is the way from the cost to Thursday's settlement, to the cent. */
    ft_money gain = (3 * bar.close - cost) / 100 * 50;
    assert_int_equal(ft_brk_account(g.b, a)->cash[FT_HKD], cash + gain);
    /* The journal has a variation for each day, in order. */
    size_t days = 0;
    ft_day last = 0;
    for (size_t k = 0; k < g.j.txn_count; k++)
        if (g.j.txns[k].kind == FT_TXN_VARIATION) {
            assert_true(g.j.txns[k].clearing_day > last);
            last = g.j.txns[k].clearing_day;
            days++;
        }
    assert_int_equal(days, 4);
    /* Past its last day it is cash. */
    ft_day end = ft_universe_at(fx_universe(), i)->expiry_day;
    copy_open(&h, &kept, FT_CLOCK_EXCHANGE, monday_ns + (end - monday + 4) * 24 * HOUR, &g, NULL);
    cursor = 0;
    assert_false(ft_brk_next_position(h.b, a, &cursor, &p));
    fx_close(&h);
    fx_close(&f);
    fx_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_come_back),
        cmocka_unit_test(test_trails_go_on),
        cmocka_unit_test(test_futures_settle_day_by_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
