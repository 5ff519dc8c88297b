#include "fixture.h"

#include "base/rng.h"

static void condition(struct fx *f, uint64_t id, int side, int type, int64_t trigger, int64_t price,
                      int64_t qty)
{
    struct ft_ex_cmd c = {.kind = FT_EX_ADD,
                          .inst = f->inst,
                          .id = id,
                          .side = (uint8_t)side,
                          .type = (uint8_t)type,
                          .trigger = trigger * TICK,
                          .price = price * TICK,
                          .owner = (uint32_t)(id / 100),
                          .qty = qty * SHARE};
    fx_run(f, &c);
}

static void trailing(struct fx *f, uint64_t id, int side, int kind, int64_t value, int64_t spread)
{
    struct ft_ex_cmd c = {.kind = FT_EX_ADD,
                          .inst = f->inst,
                          .id = id,
                          .side = (uint8_t)side,
                          .type = spread < 0 ? FT_EX_TRAILING : FT_EX_TRAILING_LIMIT,
                          .trail = (uint8_t)kind,
                          .trail_value = kind == FT_EX_BY_AMOUNT ? value * TICK : value,
                          .trail_spread = spread < 0 ? 0 : spread * TICK,
                          .qty = SHARE};
    fx_run(f, &c);
    NEXT(f, FT_EX_ACCEPTED);
}

static void TRIGGERED_at(struct fx *f, uint64_t id, int64_t last, int line)
{
    const struct ft_ex_event *e = NEXT(f, FT_EX_TRIGGERED);
    if (e->id != id || e->price != last * TICK) {
        print_error("line %d: triggered %llu at %lld\n", line, (unsigned long long)e->id,
                    (long long)(e->price / TICK));
        fail();
    }
}
#define TRIGGERED(f, id, last) TRIGGERED_at(f, id, last, __LINE__)

static int64_t stop_of(struct fx *f, uint64_t id)
{
    struct ft_ex_order o;
    assert_true(ft_exch_order(f->ex, id, &o) && o.waiting);
    return o.trigger;
}

static void open_at(struct fx *f, int64_t last)
{
    struct ft_ex_instrument in = fx_instrument();
    in.last = last * TICK;
    fx_open(f, fx_profile(), in);
}

/* Fires alone: triggered, then no liquidity for the market order that it becomes. */
static void fires(struct fx *f, uint64_t id, int64_t last)
{
    TRIGGERED(f, id, last);
    CANCELLED(f, id, 1, FT_EX_NO_LIQUIDITY);
}

static void each_kind_has_its_direction(void **state)
{
    (void)state;
    static const struct {
        int type, side;
        int64_t quiet, firing;
    } rows[] = {
        {FT_EX_STOP, S, 91, 90},      {FT_EX_STOP, B, 109, 110}, {FT_EX_TOUCHED, B, 91, 90},
        {FT_EX_TOUCHED, S, 109, 110}, {FT_EX_STOP, S, 91, 85},   {FT_EX_STOP, B, 109, 115},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx f;
        open_at(&f, 100);
        condition(&f, 1, rows[i].side, rows[i].type, rows[i].quiet < 100 ? 90 : 110, 0, 1);
        NEXT(&f, FT_EX_ACCEPTED);
        NONE(&f);
        struct ft_ex_order o;
        assert_true(ft_exch_order(f.ex, 1, &o) && o.waiting && o.left == SHARE);
        fx_mark(&f, rows[i].quiet);
        NONE(&f);
        fx_mark(&f, rows[i].firing);
        fires(&f, 1, rows[i].firing);
        NONE(&f);
        assert_false(ft_exch_order(f.ex, 1, &o));
        fx_close(&f);
    }
}

static void a_condition_that_holds_fires_at_once(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    condition(&f, 1, S, FT_EX_STOP, 100, 0, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    fires(&f, 1, 100);
    NONE(&f);
    fx_close(&f);
}

static void trades_fire_and_cascade(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    fx_limit(&f, 1, B, 99, 1);
    fx_limit(&f, 2, B, 97, 1);
    fx_limit(&f, 3, B, 95, 5);
    condition(&f, 10, S, FT_EX_STOP, 97, 0, 2);
    condition(&f, 11, S, FT_EX_STOP_LIMIT, 99, 97, 1);
    condition(&f, 12, S, FT_EX_STOP_LIMIT, 95, 96, 3);
    fx_limit(&f, 4, S, 99, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 4, 99, 1);
    TRIGGERED(&f, 11, 99);
    FILL(&f, 2, 11, 97, 1);
    TRIGGERED(&f, 10, 97);
    FILL(&f, 3, 10, 95, 2);
    TRIGGERED(&f, 12, 95);
    NONE(&f);
    BEST(&f, S, 96, 3, 1);
    BEST(&f, B, 95, 3, 1);
    struct ft_ex_order o;
    assert_true(ft_exch_order(f.ex, 12, &o) && !o.waiting && o.type == FT_EX_LIMIT);
    fx_close(&f);
}

static void nearest_first_then_oldest(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    condition(&f, 1, S, FT_EX_STOP, 90, 0, 1);
    condition(&f, 2, S, FT_EX_STOP, 95, 0, 1);
    condition(&f, 3, S, FT_EX_STOP, 90, 0, 1);
    condition(&f, 4, B, FT_EX_TOUCHED, 92, 0, 1);
    condition(&f, 5, S, FT_EX_STOP, 80, 0, 1);
    fx_mark(&f, 85);
    fires(&f, 2, 85);
    fires(&f, 4, 85);
    fires(&f, 1, 85);
    fires(&f, 3, 85);
    NONE(&f);
    fx_close(&f);
}

static void a_trailing_sell_follows_the_peak(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    trailing(&f, 1, S, FT_EX_BY_AMOUNT, 5, -1);
    assert_true(stop_of(&f, 1) == 95 * TICK);
    fx_mark(&f, 103);
    assert_true(stop_of(&f, 1) == 98 * TICK);
    fx_mark(&f, 99);
    NONE(&f);
    assert_true(stop_of(&f, 1) == 98 * TICK);
    fx_mark(&f, 98);
    fires(&f, 1, 98);
    NONE(&f);
    fx_close(&f);
}

static void a_trailing_buy_follows_the_trough(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 1000);
    trailing(&f, 1, B, FT_EX_BY_RATIO, 100000, -1); /* 10 % */
    assert_true(stop_of(&f, 1) == 1100 * TICK);
    fx_mark(&f, 900);
    assert_true(stop_of(&f, 1) == 990 * TICK);
    fx_mark(&f, 989);
    NONE(&f);
    fx_mark(&f, 991);
    fires(&f, 1, 991);
    fx_close(&f);
}

static void a_ratio_is_exact(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 1001);
    trailing(&f, 1, S, FT_EX_BY_RATIO, 33333, -1); /* 3.3333 % of 10.01: stop 9.676336 */
    assert_true(stop_of(&f, 1) == 9676336);
    struct ft_ex_cmd c = {.kind = FT_EX_MARK, .inst = f.inst, .price = 9676337};
    fx_run(&f, &c);
    NONE(&f);
    c.price = 9676336;
    fx_run(&f, &c);
    assert_int_equal(NEXT(&f, FT_EX_TRIGGERED)->id, 1);
    fx_close(&f);
}

static void a_trailing_limit_rests_a_spread_beyond_its_stop(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    trailing(&f, 1, S, FT_EX_BY_AMOUNT, 5, 2);
    trailing(&f, 2, B, FT_EX_BY_AMOUNT, 4, 3);
    fx_mark(&f, 94);
    TRIGGERED(&f, 1, 94);
    NONE(&f);
    BEST(&f, S, 93, 1, 1); /* stop 95, two below */
    fx_cancel(&f, 1);
    fx_mark(&f, 98);
    TRIGGERED(&f, 2, 98);
    BEST(&f, B, 101, 1, 1); /* trough 94, stop 98, three above */
    fx_close(&f);
}

static void a_trailing_order_waits_for_a_first_price(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 0);
    trailing(&f, 1, S, FT_EX_BY_AMOUNT, 5, -1);
    assert_true(stop_of(&f, 1) == 0);
    fx_mark(&f, 50);
    NONE(&f);
    assert_true(stop_of(&f, 1) == 45 * TICK);
    fx_mark(&f, 45);
    fires(&f, 1, 45);
    fx_close(&f);
}

static void conditions_can_be_cancelled_and_replaced(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    condition(&f, 101, S, FT_EX_STOP_LIMIT, 90, 89, 5);
    condition(&f, 102, B, FT_EX_STOP, 110, 0, 5);
    trailing(&f, 103, S, FT_EX_BY_AMOUNT, 5, -1);
    fx_mark(&f, 103);
    struct ft_ex_cmd r = {.kind = FT_EX_REPLACE,
                          .id = 101,
                          .qty = 3 * SHARE,
                          .price = 89 * TICK,
                          .trigger = 90 * TICK};
    fx_run(&f, &r);
    assert_true(NEXT(&f, FT_EX_REPLACED)->kept);
    r.trigger = 95 * TICK;
    fx_run(&f, &r);
    assert_false(NEXT(&f, FT_EX_REPLACED)->kept);
    assert_true(stop_of(&f, 101) == 95 * TICK);
    r.trigger = -1;
    fx_run(&f, &r);
    REJECTED(&f, FT_EX_BAD_TRIGGER);
    r = (struct ft_ex_cmd){
        .kind = FT_EX_REPLACE, .id = 103, .qty = 2 * SHARE, .trail_value = 5 * TICK};
    fx_run(&f, &r);
    assert_true(NEXT(&f, FT_EX_REPLACED)->kept);
    assert_true(stop_of(&f, 103) == 98 * TICK); /* the peak stays */
    fx_mark(&f, 100);
    r.trail_value = 6 * TICK;
    fx_run(&f, &r);
    assert_false(NEXT(&f, FT_EX_REPLACED)->kept);
    assert_true(stop_of(&f, 103) == 94 * TICK); /* anew from the last price */
    fx_cancel(&f, 102);
    CANCELLED(&f, 102, 5, FT_EX_BY_USER);
    fx_limit(&f, 101, B, 1, 1);
    REJECTED(&f, FT_EX_DUPLICATE_ID);
    struct ft_ex_cmd mass = {.kind = FT_EX_MASS_CANCEL, .owner = 1, .inst = f.inst};
    fx_run(&f, &mass);
    CANCELLED(&f, 101, 3, FT_EX_BY_OWNER);
    NONE(&f);
    fx_phase(&f, FT_EX_CLOSED, 0, 0, 0, false);
    NEXT(&f, FT_EX_PHASED);
    CANCELLED(&f, 103, 2, FT_EX_DAY_ENDED);
    NONE(&f);
    condition(&f, 1, S, FT_EX_STOP, 90, 0, 1);
    REJECTED(&f, FT_EX_WRONG_PHASE);
    fx_close(&f);
}

static void conditions_wait_for_continuous_trading(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    fx_phase(&f, FT_EX_INPUT, 0, 0, 0, false);
    condition(&f, 1, S, FT_EX_STOP, 95, 0, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    trailing(&f, 2, B, FT_EX_BY_AMOUNT, 3, -1);
    fx_limit(&f, 10, B, 95, 1);
    fx_limit(&f, 11, S, 95, 1);
    fx_limit(&f, 12, B, 90, 1);
    fx_phase(&f, FT_EX_BLOCKED, 0, 0, 0, false);
    FILL(&f, 10, 11, 95, 1);
    NEXT(&f, FT_EX_UNCROSSED);
    NEXT(&f, FT_EX_PHASED);
    NONE(&f);
    trailing(&f, 3, B, FT_EX_BY_AMOUNT, 3, -1);
    assert_true(stop_of(&f, 2) == 98 * TICK && stop_of(&f, 3) == 98 * TICK);
    fx_cancel(&f, 3); /* no phase keeps a condition from leaving */
    CANCELLED(&f, 3, 1, FT_EX_BY_USER);
    fx_phase(&f, FT_EX_CONTINUOUS, 0, 0, 0, false);
    NEXT(&f, FT_EX_PHASED);
    TRIGGERED(&f, 1, 95);
    FILL(&f, 12, 1, 90, 1);
    NONE(&f);
    assert_true(stop_of(&f, 2) == 93 * TICK);
    fx_close(&f);
}

static void what_a_condition_becomes_is_checked_when_it_fires(void **state)
{
    (void)state;
    struct fx f;
    open_at(&f, 100);
    condition(&f, 1, S, FT_EX_STOP_LIMIT, 90, 50, 1);
    struct ft_ex_cmd band = {.kind = FT_EX_BAND, .inst = f.inst, .low = 80 * TICK};
    fx_run(&f, &band);
    fx_mark(&f, 90);
    TRIGGERED(&f, 1, 90);
    CANCELLED(&f, 1, 1, FT_EX_OUTSIDE_BAND);
    NONE(&f);
    condition(&f, 2, S, FT_EX_STOP_LIMIT, 70, 0, 1);
    REJECTED(&f, FT_EX_BAD_PRICE);
    struct ft_ex_cmd t = {.kind = FT_EX_ADD,
                          .inst = f.inst,
                          .id = 3,
                          .qty = SHARE,
                          .side = S,
                          .type = FT_EX_TRAILING,
                          .trail = FT_EX_BY_RATIO,
                          .trail_value = FT_EX_RATIO_SCALE};
    fx_run(&f, &t);
    REJECTED(&f, FT_EX_BAD_TRIGGER);
    t.trail = 2;
    t.trail_value = 1;
    fx_run(&f, &t);
    REJECTED(&f, FT_EX_BAD_TRIGGER);
    fx_close(&f);
}

/* ---- Against a list that is looked through at every price ---------------------------------- */

enum { MODEL_MAX = 3000, MODEL_PRINTS = 30000 };

struct model {
    uint64_t id;
    int side, type, kind;
    int64_t trigger, value;
    int64_t peak; /* 0 = none */
    bool waits;
};

static bool model_falling(const struct model *m)
{
    bool touch = m->type == FT_EX_TOUCHED;
    return touch ? m->side == B : m->side == S;
}

/* Whether it fires at `last`; a trailing one has seen `last` by then. */
static bool model_fires(struct model *m, int64_t last)
{
    bool falling = model_falling(m);
    if (m->type != FT_EX_TRAILING)
        return falling ? last <= m->trigger : last >= m->trigger;
    if (!m->peak || (falling ? last > m->peak : last < m->peak))
        m->peak = last;
    if (m->kind == FT_EX_BY_AMOUNT)
        return falling ? last <= m->peak - m->value : last >= m->peak + m->value;
    ft_i128 moved = (ft_i128)(falling ? m->peak - last : last - m->peak) * FT_EX_RATIO_SCALE;
    return moved >= (ft_i128)m->peak * m->value;
}

static void the_same_orders_fire_as_in_a_plain_list(void **state)
{
    (void)state;
    struct fx f;
    struct ft_rng r;
    static struct model model[MODEL_MAX];
    size_t count = 0;
    uint64_t next = 1, fired = 0;
    open_at(&f, 10000);
    int64_t last = 10000 * TICK;
    ft_rng_init(&r, 2024, 7);
    for (int print = 0; print < MODEL_PRINTS; print++) {
        uint64_t dice = ft_rng_below(&r, 10);
        struct ft_ex_cmd c = {.inst = f.inst, .qty = SHARE, .side = ft_rng_next(&r) & 1};
        if (dice < 5 && count < MODEL_MAX) {
            static const int types[] = {FT_EX_STOP, FT_EX_TOUCHED, FT_EX_TRAILING, FT_EX_TRAILING};
            struct model m = {.id = next++, .side = c.side, .waits = true};
            c.kind = FT_EX_ADD;
            c.id = m.id;
            m.type = types[ft_rng_below(&r, 4)];
            c.type = (uint8_t)m.type;
            m.kind = c.trail = ft_rng_next(&r) & 1;
            if (m.type == FT_EX_TRAILING) {
                m.value = c.trail_value = m.kind == FT_EX_BY_AMOUNT
                                              ? ft_rng_between(&r, 1, 300) * TICK
                                              : ft_rng_between(&r, 100, 30000);
                m.peak = last;
                if (ft_rng_next(&r) & 1) { /* it has seen a price in an earlier life */
                    int64_t seen = c.trigger = last + ft_rng_between(&r, -300, 300) * TICK;
                    if (model_falling(&m) ? seen > last : seen < last)
                        m.peak = seen;
                }
            } else {
                m.trigger = c.trigger = last + ft_rng_between(&r, -300, 300) * TICK;
            }
            model[count++] = m;
        } else if (dice < 6 && count) {
            size_t at = ft_rng_below(&r, count);
            c.kind = FT_EX_CANCEL;
            c.id = model[at].id;
            struct ft_ex_order there;
            assert_true(ft_exch_order(f.ex, c.id, &there));
            assert_int_equal(there.peak, model[at].type == FT_EX_TRAILING ? model[at].peak : 0);
            model[at] = model[--count];
        } else {
            c.kind = FT_EX_MARK;
            c.price = last = last + ft_rng_between(&r, -40, 40) * TICK;
            if (last < 5000 * TICK)
                last = c.price = 5000 * TICK;
        }
        ft_exch_apply(f.ex, 0, &c, &f.q);
        for (const struct ft_ex_event *e; (e = ft_ex_events_next(&f.q)) != NULL;) {
            if (e->kind != FT_EX_TRIGGERED)
                continue;
            size_t at = 0;
            while (at < count && model[at].id != e->id)
                at++;
            assert_true(at < count && model_fires(&model[at], last));
            model[at] = model[--count];
            fired++;
        }
        for (size_t i = 0; i < count; i++) /* and no other one does */
            assert_false(model_fires(&model[i], last));
        if (print % 500 == 0)
            ft_exch_verify(f.ex);
    }
    assert_true(fired > 5000);
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_direction),
        cmocka_unit_test(a_condition_that_holds_fires_at_once),
        cmocka_unit_test(trades_fire_and_cascade),
        cmocka_unit_test(nearest_first_then_oldest),
        cmocka_unit_test(a_trailing_sell_follows_the_peak),
        cmocka_unit_test(a_trailing_buy_follows_the_trough),
        cmocka_unit_test(a_ratio_is_exact),
        cmocka_unit_test(a_trailing_limit_rests_a_spread_beyond_its_stop),
        cmocka_unit_test(a_trailing_order_waits_for_a_first_price),
        cmocka_unit_test(conditions_can_be_cancelled_and_replaced),
        cmocka_unit_test(conditions_wait_for_continuous_trading),
        cmocka_unit_test(what_a_condition_becomes_is_checked_when_it_fires),
        cmocka_unit_test(the_same_orders_fire_as_in_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
