#include "fixture.h"

#define AO  FT_EX_AUCTION
#define ALO FT_EX_AUCTION_LIMIT

static struct ft_ex_profile hong_kong(void)
{
    struct ft_ex_profile p = fx_profile();
    p.types_auction = FT_EX_BIT(AO) | FT_EX_BIT(ALO);
    p.nominal_multiple = 9;
    p.no_cancel_range = true;
    p.auction = FT_EX_TIE_SIDE;
    return p;
}

static void open_auction(struct fx *f, struct ft_ex_profile p, int64_t reference)
{
    struct ft_ex_instrument in = fx_instrument();
    in.phase = FT_EX_INPUT;
    in.reference = reference * TICK;
    fx_open(f, p, in);
}

static void put(struct fx *f, uint64_t id, int side, int64_t price, int64_t qty)
{
    fx_add(f, id, side, price ? ALO : AO, price, qty, FT_EX_DAY);
    NEXT(f, FT_EX_ACCEPTED);
    NONE(f);
}

static void expect_price(struct fx *f, int64_t price, int64_t volume, int64_t imbalance, int side,
                         int line)
{
    struct ft_ex_auction a;
    bool found = ft_exch_auction(f->ex, f->inst, &a);
    if (found != (price != 0) || a.price != price * TICK || a.volume != volume * SHARE ||
        a.imbalance != imbalance * SHARE || (imbalance && (int)a.side != side)) {
        print_error("line %d: price %lld volume %lld imbalance %lld side %d\n", line,
                    (long long)(a.price / TICK), (long long)(a.volume / SHARE),
                    (long long)(a.imbalance / SHARE), a.side);
        fail();
    }
}
#define PRICE(f, price, volume, imbalance, side)                                                   \
    expect_price(f, price, volume, imbalance, side, __LINE__)

/* The example that HKEX published for its closing auction (prices in HK$ 24.05 ...). */
static void the_largest_volume_wins(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 2400);
    put(&f, 1, B, 2395, 400);
    put(&f, 2, S, 2395, 400);
    put(&f, 3, S, 2405, 400);
    put(&f, 4, B, 2400, 1000);
    put(&f, 5, S, 2405, 400);
    put(&f, 6, B, 2405, 200);
    put(&f, 7, S, 2400, 600);
    PRICE(&f, 2400, 1000, 200, B);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    FILL(&f, 2, 6, 2400, 200); /* id is the older of both */
    FILL(&f, 2, 4, 2400, 200);
    FILL(&f, 4, 7, 2400, 600);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_UNCROSSED);
    assert_true(e->price == 2400 * TICK && e->qty == 1000 * SHARE && e->left == 200 * SHARE);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    BEST(&f, B, 2400, 200, 1);
    BEST(&f, S, 2405, 800, 2);
    fx_close(&f);
}

static void then_the_smallest_imbalance(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 500);
    put(&f, 1, B, 102, 10);
    put(&f, 2, B, 100, 7);
    put(&f, 3, S, 100, 10);
    /* volume 10 at 102 (10 against 10) and at 100 (17 against 10) */
    PRICE(&f, 102, 10, 0, B);
    fx_close(&f);
}

static void then_the_side_of_the_imbalance(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    put(&f, 1, B, 105, 15);
    put(&f, 2, S, 99, 10);
    PRICE(&f, 105, 10, 5, B); /* buyers are left at 99 and at 105: the higher */
    put(&f, 3, S, 99, 10);
    PRICE(&f, 99, 15, 5, S); /* sellers are left: the lower */
    fx_close(&f);
}

static void then_the_closest_to_the_reference(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 101);
    put(&f, 1, B, 105, 10);
    put(&f, 2, S, 99, 10);
    PRICE(&f, 99, 10, 0, B);
    fx_close(&f);
    open_auction(&f, hong_kong(), 102);
    put(&f, 1, B, 105, 10);
    put(&f, 2, S, 99, 10);
    PRICE(&f, 105, 10, 0, B); /* equally close: the higher */
    fx_close(&f);
}

static void mainland_ties(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_profile sse = fx_profile(), szse = fx_profile();
    sse.auction = FT_EX_TIE_MIDDLE;
    szse.auction = FT_EX_TIE_REFERENCE;
    open_auction(&f, sse, 99);
    fx_limit(&f, 1, B, 105, 15);
    fx_limit(&f, 2, S, 100, 10);
    PRICE(&f, 103, 10, 5, B); /* the middle 102.5, up to the grid */
    fx_phase(&f, FT_EX_CONTINUOUS, 0, 0, 0, false);
    FILL(&f, 1, 2, 103, 10);
    NEXT(&f, FT_EX_UNCROSSED);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    BEST(&f, B, 105, 5, 1); /* limit orders go on into continuous trading */
    fx_close(&f);
    open_auction(&f, szse, 101);
    fx_limit(&f, 1, B, 105, 15);
    fx_limit(&f, 2, S, 100, 10);
    PRICE(&f, 100, 10, 5, B);
    fx_close(&f);
}

static void orders_without_price_come_first(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    put(&f, 1, B, 101, 10);
    put(&f, 2, B, 100, 10);
    put(&f, 3, S, 100, 12);
    put(&f, 4, B, 0, 8);
    PRICE(&f, 101, 12, 6, B);
    struct ft_ex_walk w;
    struct ft_ex_order o;
    ft_exch_walk(f.ex, f.inst, B, &w);
    assert_true(ft_exch_walk_next(&w, &o) && o.id == 4 && o.price == 0);
    assert_true(ft_exch_walk_next(&w, &o) && o.id == 1);
    struct ft_ex_stat stat;
    ft_exch_stat(f.ex, f.inst, &stat);
    assert_true(stat.auction_qty[B] == 8 * SHARE && stat.qty[B] == 28 * SHARE);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_FILL);
    assert_true(e->id == 3 && e->taker_id == 4 && e->side == B && e->auction);
    assert_true(e->left == 4 * SHARE && e->taker_left == 0);
    FILL(&f, 1, 3, 101, 4);
    e = NEXT(&f, FT_EX_UNCROSSED);
    assert_true(e->left == 6 * SHARE && e->side == B);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    BEST(&f, B, 101, 6, 1);
    fx_close(&f);
}

static void unmatched_orders_without_price_go(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    put(&f, 1, S, 0, 20);
    put(&f, 2, B, 100, 10);
    put(&f, 3, S, 0, 5);
    PRICE(&f, 0, 0, 0, B); /* no limit ask, no equilibrium price */
    put(&f, 4, S, 99, 5);
    PRICE(&f, 99, 10, 20, S);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    FILL(&f, 1, 2, 99, 10);
    NEXT(&f, FT_EX_UNCROSSED);
    CANCELLED(&f, 1, 10, FT_EX_AUCTION_OVER);
    CANCELLED(&f, 3, 5, FT_EX_AUCTION_OVER);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    BEST(&f, S, 99, 5, 1);
    fx_close(&f);
}

/* Spec section 2: unmatched ALOs become limit orders unless nine times or more, or one ninth or
 * less, of the nominal price. */
static void far_limits_do_not_go_on(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_profile p = hong_kong();
    p.nominal_multiple = 0;
    open_auction(&f, p, 100);
    fx_close(&f);
    open_auction(&f, hong_kong(), 100);
    put(&f, 1, B, 12, 1);
    put(&f, 2, S, 899, 1);
    fx_phase(&f, FT_EX_INPUT, 0, 0, 900, false); /* a higher reference: 12 is now too far */
    put(&f, 3, S, 101, 1);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    assert_true(NEXT(&f, FT_EX_UNCROSSED)->price == 0);
    CANCELLED(&f, 1, 1, FT_EX_TOO_FAR);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    fx_phase(&f, FT_EX_CONTINUOUS, 0, 0, 0, false);
    BEST(&f, S, 101, 1, 1);
    fx_replace(&f, 3, 102, 1); /* a limit order now, of its former type's grid and rules */
    assert_false(NEXT(&f, FT_EX_REPLACED)->kept);
    fx_close(&f);
}

static void what_each_auction_phase_allows(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    fx_limit(&f, 1, B, 100, 1);
    REJECTED(&f, FT_EX_WRONG_TYPE);
    fx_add(&f, 1, B, ALO, 100, 1, FT_EX_IOC);
    REJECTED(&f, FT_EX_WRONG_TIF);
    put(&f, 1, B, 100, 5);
    put(&f, 2, S, 0, 5);
    fx_replace(&f, 1, 101, 6);
    assert_false(NEXT(&f, FT_EX_REPLACED)->kept);
    NONE(&f);
    fx_replace(&f, 2, 0, 4); /* an order without price keeps none */
    assert_true(NEXT(&f, FT_EX_REPLACED)->kept);
    fx_cancel(&f, 2);
    CANCELLED(&f, 2, 4, FT_EX_BY_USER);
    static const int later[] = {FT_EX_NO_CANCEL, FT_EX_RANDOM};
    for (uint64_t i = 0; i < 2; i++) {
        fx_phase(&f, later[i], 0, 0, 0, false);
        put(&f, 10 + i, S, 0, 1);
        put(&f, 20 + i, S, 101, 1);
        fx_cancel(&f, 1);
        REJECTED(&f, FT_EX_WRONG_PHASE);
        fx_replace(&f, 1, 101, 1);
        REJECTED(&f, FT_EX_WRONG_PHASE);
    }
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    fx_add(&f, 30, B, AO, 0, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_WRONG_PHASE);
    fx_close(&f);
}

/* Spec section 2: from the no-cancel period on, between lowest ask and highest bid as recorded. */
static void no_cancel_keeps_limits_within_the_quotes(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    put(&f, 1, B, 103, 5);
    put(&f, 2, S, 99, 5);
    fx_phase(&f, FT_EX_NO_CANCEL, 85, 115, 0, false);
    static const int phases[] = {FT_EX_NO_CANCEL, FT_EX_RANDOM};
    for (uint64_t i = 0; i < 2; i++) {
        if (i)
            fx_phase(&f, phases[i], 85, 115, 0, false);
        fx_add(&f, 10 + i, B, ALO, 98, 1, FT_EX_DAY);
        REJECTED(&f, FT_EX_AUCTION_RANGE);
        fx_add(&f, 10 + i, S, ALO, 104, 1, FT_EX_DAY);
        REJECTED(&f, FT_EX_AUCTION_RANGE);
        fx_add(&f, 10 + i, S, ALO, 116, 1, FT_EX_DAY);
        REJECTED(&f, FT_EX_OUTSIDE_BAND);
        put(&f, 10 + i, S, 103, 1);
        put(&f, 20 + i, B, 99, 1);
    }
    fx_close(&f);
    open_auction(&f, hong_kong(), 100); /* quotes that do not meet, and a missing side */
    put(&f, 1, B, 97, 5);
    fx_phase(&f, FT_EX_NO_CANCEL, 85, 115, 0, false);
    fx_add(&f, 2, B, ALO, 96, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_AUCTION_RANGE);
    put(&f, 2, S, 115, 1);
    fx_close(&f);
}

/* Closing auction, spec section 2: resting orders within the limits are carried over, no price
 * means the reference price. */
static void closing_auction_session(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, hong_kong(), fx_instrument());
    fx_limit(&f, 1, B, 1000, 5);
    fx_limit(&f, 2, B, 800, 5);
    fx_limit(&f, 3, S, 1010, 5);
    fx_limit(&f, 4, S, 940, 1);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    /* reference 9.50, +- 5 %: a bid above 9.97 goes, one below 9.03 stays */
    fx_phase(&f, FT_EX_INPUT, 903, 997, 950, true);
    NEXT(&f, FT_EX_PHASED);
    CANCELLED(&f, 1, 4, FT_EX_OUTSIDE_BAND);
    NONE(&f);
    BEST(&f, B, 800, 5, 1);
    fx_add(&f, 5, B, ALO, 998, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_OUTSIDE_BAND);
    put(&f, 5, S, 0, 5);
    put(&f, 6, B, 960, 2);
    put(&f, 7, B, 940, 2);
    put(&f, 8, B, 0, 1);
    /* no limit ask meets: the reference 9.50 is the price; 9.40 does not reach it */
    PRICE(&f, 950, 3, 2, S);
    fx_simple(&f, FT_EX_INDICATE); /* the indicative price does not know the fallback */
    NONE(&f);
    fx_phase(&f, FT_EX_CLOSED, 0, 0, 0, false);
    FILL(&f, 5, 8, 950, 1);
    FILL(&f, 5, 6, 950, 2);
    assert_true(NEXT(&f, FT_EX_UNCROSSED)->price == 950 * TICK);
    CANCELLED(&f, 5, 2, FT_EX_AUCTION_OVER);
    NEXT(&f, FT_EX_PHASED);
    CANCELLED(&f, 7, 2, FT_EX_DAY_ENDED);
    CANCELLED(&f, 2, 5, FT_EX_DAY_ENDED);
    CANCELLED(&f, 3, 5, FT_EX_DAY_ENDED);
    NONE(&f);
    struct ft_ex_stat stat;
    ft_exch_stat(f.ex, f.inst, &stat);
    assert_true(stat.last == 950 * TICK && stat.orders[B] + stat.orders[S] == 0);
    fx_close(&f);
}

static void without_fallback_no_price_means_no_trade(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    put(&f, 1, S, 0, 5);
    put(&f, 2, B, 0, 5);
    PRICE(&f, 0, 0, 0, B);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    assert_true(NEXT(&f, FT_EX_UNCROSSED)->price == 0);
    CANCELLED(&f, 2, 5, FT_EX_AUCTION_OVER);
    CANCELLED(&f, 1, 5, FT_EX_AUCTION_OVER);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    fx_close(&f);
}

static void indicative_prices_are_told_once(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    fx_simple(&f, FT_EX_INDICATE);
    NONE(&f);
    put(&f, 1, B, 101, 5);
    put(&f, 2, S, 99, 7);
    fx_simple(&f, FT_EX_INDICATE);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_INDICATIVE);
    assert_true(e->price == 99 * TICK && e->qty == 5 * SHARE && e->left == 2 * SHARE);
    assert_int_equal(e->side, S);
    fx_simple(&f, FT_EX_INDICATE);
    NONE(&f);
    fx_cancel(&f, 2);
    fx_simple(&f, FT_EX_INDICATE);
    assert_true(NEXT(&f, FT_EX_INDICATIVE)->price == 0);
    put(&f, 3, S, 99, 7);
    fx_phase(&f, FT_EX_NO_CANCEL, 0, 0, 0, false); /* a phase tells it too */
    NEXT(&f, FT_EX_PHASED);
    assert_true(NEXT(&f, FT_EX_INDICATIVE)->price == 99 * TICK);
    fx_close(&f);
}

static void a_suspension_puts_the_auction_off(void **state)
{
    (void)state;
    struct fx f;
    open_auction(&f, hong_kong(), 100);
    put(&f, 1, B, 101, 5);
    put(&f, 2, S, 99, 5);
    put(&f, 3, B, 0, 5);
    fx_simple(&f, FT_EX_SUSPEND);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    fx_phase(&f, FT_EX_CONTINUOUS, 0, 0, 0, false);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    fx_cancel(&f, 3);
    CANCELLED(&f, 3, 5, FT_EX_BY_USER);
    fx_simple(&f, FT_EX_RESUME);
    FILL(&f, 1, 2, 101, 5);
    NEXT(&f, FT_EX_UNCROSSED);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    fx_close(&f);

    open_auction(&f, hong_kong(), 100); /* or into the next auction */
    put(&f, 1, B, 101, 5);
    put(&f, 2, S, 99, 5);
    fx_simple(&f, FT_EX_SUSPEND);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    fx_phase(&f, FT_EX_INPUT, 0, 0, 0, false);
    fx_simple(&f, FT_EX_RESUME);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    PRICE(&f, 101, 5, 0, B);
    fx_close(&f);
}

static void market_orders_join_an_auction_if_the_profile_lets_them(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_profile p = fx_profile();
    p.types_auction |= FT_EX_BIT(FT_EX_MARKET);
    open_auction(&f, p, 100);
    fx_limit(&f, 1, B, 101, 5);
    fx_limit(&f, 2, S, 101, 1);
    fx_add(&f, 3, S, FT_EX_MARKET, 0, 2, FT_EX_DAY);
    NEXT(&f, FT_EX_ACCEPTED);
    NONE(&f);
    fx_phase(&f, FT_EX_CONTINUOUS, 0, 0, 0, false);
    FILL(&f, 1, 3, 101, 2);
    FILL(&f, 1, 2, 101, 1);
    NEXT(&f, FT_EX_UNCROSSED);
    NEXT(&f, FT_EX_PHASED);
    BEST(&f, B, 101, 2, 1);
    fx_close(&f);
}

static void an_old_auction_order_that_is_amended_is_a_limit_order(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_profile p = hong_kong();
    p.aggressive = (struct ft_ex_guard){.spreads = 9};
    open_auction(&f, p, 100);
    put(&f, 1, B, 100, 5);
    put(&f, 2, S, 110, 5);
    fx_phase(&f, FT_EX_CONTINUOUS, 0, 0, 0, false);
    fx_replace(&f, 1, 120, 5);
    REJECTED(&f, FT_EX_TOO_AGGRESSIVE);
    fx_replace(&f, 1, 119, 5);
    NEXT(&f, FT_EX_REPLACED);
    FILL(&f, 2, 1, 110, 5);
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_volume_wins),
        cmocka_unit_test(then_the_smallest_imbalance),
        cmocka_unit_test(then_the_side_of_the_imbalance),
        cmocka_unit_test(then_the_closest_to_the_reference),
        cmocka_unit_test(mainland_ties),
        cmocka_unit_test(orders_without_price_come_first),
        cmocka_unit_test(unmatched_orders_without_price_go),
        cmocka_unit_test(far_limits_do_not_go_on),
        cmocka_unit_test(what_each_auction_phase_allows),
        cmocka_unit_test(no_cancel_keeps_limits_within_the_quotes),
        cmocka_unit_test(closing_auction_session),
        cmocka_unit_test(without_fallback_no_price_means_no_trade),
        cmocka_unit_test(indicative_prices_are_told_once),
        cmocka_unit_test(a_suspension_puts_the_auction_off),
        cmocka_unit_test(market_orders_join_an_auction_if_the_profile_lets_them),
        cmocka_unit_test(an_old_auction_order_that_is_amended_is_a_limit_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
