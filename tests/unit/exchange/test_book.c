#include "fixture.h"

static void levels_come_best_first_with_their_sums(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    BEST(&f, B, 0, 0, 0);
    fx_limit(&f, 101, B, 99, 10);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_ACCEPTED);
    assert_int_equal(e->id, 101);
    assert_int_equal(e->no, 1);
    assert_int_equal(e->side, B);
    assert_int_equal(e->owner, 1);
    assert_int_equal(e->broker, 1);
    assert_true(e->left == 10 * SHARE && e->qty == 10 * SHARE && e->price == 99 * TICK);
    NONE(&f);
    fx_limit(&f, 102, B, 100, 5);
    fx_limit(&f, 103, B, 99, 7);
    fx_limit(&f, 104, B, 98, 1);
    fx_limit(&f, 201, S, 102, 4);
    fx_limit(&f, 202, S, 101, 3);
    BEST(&f, B, 100, 5, 1);
    BEST(&f, S, 101, 3, 1);
    struct ft_ex_level l[4];
    assert_int_equal(ft_exch_depth(f.ex, f.inst, B, l, 4), 3);
    assert_true(l[1].price == 99 * TICK && l[1].qty == 17 * SHARE && l[1].orders == 2);
    assert_true(l[2].price == 98 * TICK);
    assert_int_equal(ft_exch_depth(f.ex, f.inst, B, l, 2), 2);
    assert_int_equal(ft_exch_depth(f.ex, f.inst, S, l, 4), 2);
    assert_true(l[0].price == 101 * TICK && l[1].price == 102 * TICK);
    assert_true(ft_exch_level(f.ex, f.inst, B, 99 * TICK, &l[0]));
    assert_int_equal(l[0].orders, 2);
    assert_false(ft_exch_level(f.ex, f.inst, S, 99 * TICK, &l[0]));
    struct ft_ex_stat stat;
    ft_exch_stat(f.ex, f.inst, &stat);
    assert_true(stat.qty[B] == 23 * SHARE && stat.qty[S] == 7 * SHARE);
    assert_int_equal(stat.orders[B], 4);
    assert_int_equal(stat.levels[B], 3);
    fx_close(&f);
}

static void orders_are_walked_in_priority_with_broker_tags(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 111, B, 99, 10);
    fx_limit(&f, 122, B, 100, 5);
    fx_limit(&f, 133, B, 99, 7);
    static const uint64_t want[] = {122, 111, 133};
    struct ft_ex_walk w;
    struct ft_ex_order o;
    size_t n = 0;
    for (ft_exch_walk(f.ex, f.inst, B, &w); ft_exch_walk_next(&w, &o); n++) {
        assert_int_equal(o.id, want[n]);
        assert_int_equal(o.broker, want[n] % 100);
        assert_int_equal(o.side, B);
    }
    assert_int_equal(n, 3);
    ft_exch_walk(f.ex, f.inst, S, &w);
    assert_false(ft_exch_walk_next(&w, &o));
    assert_true(ft_exch_order(f.ex, 133, &o));
    assert_true(o.left == 7 * SHARE && o.price == 99 * TICK && !o.waiting && o.owner == 1);
    assert_false(ft_exch_order(f.ex, 134, &o));
    fx_close(&f);
}

static void cancelling_frees_the_id_and_the_level(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_cancel(&f, 1);
    REJECTED(&f, FT_EX_UNKNOWN_ID);
    fx_limit(&f, 1, B, 99, 10);
    fx_limit(&f, 1, B, 98, 10);
    REJECTED(&f, FT_EX_DUPLICATE_ID);
    fx_cancel(&f, 1);
    CANCELLED(&f, 1, 10, FT_EX_BY_USER);
    BEST(&f, B, 0, 0, 0);
    fx_cancel(&f, 1);
    REJECTED(&f, FT_EX_UNKNOWN_ID);
    fx_limit(&f, 1, B, 98, 10);
    NEXT(&f, FT_EX_ACCEPTED);
    BEST(&f, B, 98, 10, 1);
    fx_close(&f);
}

static void less_quantity_keeps_priority(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, B, 99, 10);
    fx_limit(&f, 2, B, 99, 10);
    fx_replace(&f, 1, 99, 4);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_REPLACED);
    assert_true(e->kept && e->no == 1 && e->left == 4 * SHARE && e->qty == 4 * SHARE);
    BEST(&f, B, 99, 14, 2);
    fx_replace(&f, 1, 99, 4);
    assert_true(NEXT(&f, FT_EX_REPLACED)->kept);
    fx_limit(&f, 3, S, 99, 5);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 3, 99, 4);
    FILL(&f, 2, 3, 99, 1);
    NONE(&f);
    fx_close(&f);
}

static void more_quantity_or_another_price_loses_priority(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, B, 99, 10);
    fx_limit(&f, 2, B, 99, 10);
    fx_replace(&f, 1, 99, 11);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_REPLACED);
    assert_true(!e->kept && e->no == 3);
    NONE(&f);
    fx_replace(&f, 2, 98, 10);
    assert_false(NEXT(&f, FT_EX_REPLACED)->kept);
    fx_replace(&f, 2, 99, 10);
    fx_limit(&f, 3, S, 99, 12);
    NEXT(&f, FT_EX_ACCEPTED);
    FILL(&f, 1, 3, 99, 11);
    FILL(&f, 2, 3, 99, 1);
    fx_close(&f);
}

static void a_replacement_may_trade(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    fx_limit(&f, 1, B, 99, 10);
    fx_limit(&f, 2, S, 101, 4);
    fx_replace(&f, 1, 101, 10);
    NEXT(&f, FT_EX_REPLACED);
    FILL(&f, 2, 1, 101, 4);
    NONE(&f);
    BEST(&f, B, 101, 6, 1);
    /* quantities of a replacement count what is filled: 10 ordered, 4 filled, to 12 */
    fx_replace(&f, 1, 101, 12);
    const struct ft_ex_event *e = NEXT(&f, FT_EX_REPLACED);
    assert_true(e->qty == 12 * SHARE && e->left == 8 * SHARE);
    fx_replace(&f, 1, 101, 3);
    REJECTED(&f, FT_EX_QTY_FILLED);
    BEST(&f, B, 101, 8, 1);
    fx_replace(&f, 1, 101, 4);
    CANCELLED(&f, 1, 8, FT_EX_BY_USER);
    fx_replace(&f, 1, 101, 4);
    REJECTED(&f, FT_EX_UNKNOWN_ID);
    fx_close(&f);
}

static void a_refused_replacement_leaves_the_order_as_it_was(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_instrument in = fx_instrument();
    in.high = 120 * TICK;
    in.lot = 2 * SHARE;
    fx_open(&f, fx_profile(), in);
    fx_limit(&f, 1, B, 99, 10);
    fx_replace(&f, 1, 121, 10);
    REJECTED(&f, FT_EX_OUTSIDE_BAND);
    fx_replace(&f, 1, 99, 9);
    REJECTED(&f, FT_EX_ODD_LOT);
    fx_replace(&f, 1, 99, 0);
    REJECTED(&f, FT_EX_BAD_QTY);
    fx_replace(&f, 1, 0, 10);
    REJECTED(&f, FT_EX_BAD_PRICE);
    BEST(&f, B, 99, 10, 1);
    fx_close(&f);
}

static void mass_cancel_takes_one_owner_oldest_first(void **state)
{
    (void)state;
    struct fx f;
    struct ft_err err;
    fx_open(&f, fx_profile(), fx_instrument());
    uint32_t other;
    struct ft_ex_instrument in = fx_instrument();
    assert_int_equal(ft_exch_add_instrument(f.ex, &in, &other, &err), 0);
    fx_limit(&f, 101, B, 90, 1);
    fx_limit(&f, 201, B, 99, 1);
    fx_limit(&f, 102, S, 110, 1);
    uint32_t first = f.inst;
    f.inst = other;
    fx_limit(&f, 103, B, 95, 1);
    f.inst = first;
    fx_limit(&f, 104, B, 95, 1);
    struct ft_ex_cmd c = {.kind = FT_EX_MASS_CANCEL, .owner = 1, .inst = f.inst};
    fx_run(&f, &c);
    CANCELLED(&f, 101, 1, FT_EX_BY_OWNER);
    CANCELLED(&f, 102, 1, FT_EX_BY_OWNER);
    CANCELLED(&f, 104, 1, FT_EX_BY_OWNER);
    NONE(&f);
    c.inst = FT_EX_ALL_INSTRUMENTS;
    fx_run(&f, &c);
    CANCELLED(&f, 103, 1, FT_EX_BY_OWNER);
    NONE(&f);
    fx_run(&f, &c);
    NONE(&f);
    c.owner = 0;
    fx_run(&f, &c);
    REJECTED(&f, FT_EX_BAD_FIELD);
    BEST(&f, B, 99, 1, 1);
    fx_close(&f);
}

static void changes_tell_where_to_look(void **state)
{
    (void)state;
    struct fx f;
    struct ft_ex_change change;
    fx_open(&f, fx_profile(), fx_instrument());
    assert_false(ft_exch_next_change(f.ex, &change));
    fx_limit(&f, 1, B, 90, 1);
    fx_limit(&f, 2, B, 92, 1);
    fx_limit(&f, 3, B, 91, 1);
    assert_true(ft_exch_next_change(f.ex, &change));
    assert_int_equal(change.inst, f.inst);
    assert_true(change.changed[B] && !change.changed[S]);
    assert_true(change.near[B] == 92 * TICK && change.near[S] == 0);
    assert_false(ft_exch_next_change(f.ex, &change));
    fx_cancel(&f, 1);
    fx_limit(&f, 4, S, 95, 1);
    fx_limit(&f, 5, S, 94, 1);
    assert_true(ft_exch_next_change(f.ex, &change));
    assert_true(change.near[B] == 90 * TICK && change.near[S] == 94 * TICK);
    fx_limit(&f, 6, S, 95, 0);
    REJECTED(&f, FT_EX_BAD_QTY);
    assert_false(ft_exch_next_change(f.ex, &change));
    fx_close(&f);
}

static void equal_histories_have_equal_hashes(void **state)
{
    (void)state;
    struct fx a, b;
    fx_open(&a, fx_profile(), fx_instrument());
    fx_open(&b, fx_profile(), fx_instrument());
    struct ft_err err;
    assert_int_equal(ft_exch_reserve(b.ex, 5000, 5000, 100, &err), 0);
    uint64_t empty = ft_exch_hash(a.ex);
    for (uint64_t id = 1; id < 500; id++) {
        fx_limit(&a, id, id % 2, id % 2 ? 100 + (int64_t)(id % 37) : 99 - (int64_t)(id % 41), 3);
        fx_limit(&b, id, id % 2, id % 2 ? 100 + (int64_t)(id % 37) : 99 - (int64_t)(id % 41), 3);
        if (id % 3 == 0) {
            fx_cancel(&a, id / 2);
            fx_cancel(&b, id / 2);
        }
    }
    assert_true(ft_exch_hash(a.ex) == ft_exch_hash(b.ex));
    assert_true(ft_exch_hash(a.ex) != empty);
    fx_replace(&b, 499, 100 + 499 % 37, 2);
    assert_true(ft_exch_hash(a.ex) != ft_exch_hash(b.ex));
    fx_close(&a);
    fx_close(&b);
}

static void a_warm_venue_does_not_grow(void **state)
{
    (void)state;
    struct fx f;
    struct ft_err err;
    fx_open(&f, fx_profile(), fx_instrument());
    assert_int_equal(ft_exch_reserve(f.ex, 2000, 2000, 0, &err), 0);
    size_t before = ft_exch_memory(f.ex);
    for (uint64_t id = 1; id <= 2000; id++) {
        struct ft_ex_cmd c = {.kind = FT_EX_ADD,
                              .inst = f.inst,
                              .id = id,
                              .side = id % 2,
                              .price = (int64_t)(id % 2 ? 5000 + id : 4000 - id) * TICK,
                              .qty = SHARE};
        ft_exch_apply(f.ex, 0, &c, &f.q);
    }
    assert_int_equal(ft_exch_memory(f.ex), before);
    fx_close(&f);
}

static void limits_of_the_venue_are_answered_not_broken(void **state)
{
    (void)state;
    struct fx f;
    struct ft_err err = {0};
    fx_open(&f, fx_profile(), fx_instrument());
    ft_exch_free(f.ex);
    f.ex = ft_exch_new(&(struct ft_ex_limits){.instruments = 1, .orders = 3, .triggers = 1}, &err);
    struct ft_ex_tick plain = {FT_EX_PRICE_MAX, TICK};
    struct ft_ex_profile p = fx_profile();
    struct ft_ex_instrument in = fx_instrument();
    assert_int_equal(ft_exch_add_ticks(f.ex, &plain, 1, &p.ticks, &err), 0);
    assert_int_equal(ft_exch_add_profile(f.ex, &p, &in.profile, &err), 0);
    assert_int_equal(ft_exch_add_instrument(f.ex, &in, &f.inst, &err), 0);
    uint32_t id;
    assert_int_equal(ft_exch_add_instrument(f.ex, &in, &id, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
    for (uint64_t i = 1; i <= 3; i++) {
        fx_limit(&f, i, B, 90 + (int64_t)i, 1);
        NEXT(&f, FT_EX_ACCEPTED);
    }
    fx_limit(&f, 4, B, 90, 1);
    REJECTED(&f, FT_EX_FULL);
    fx_cancel(&f, 1);
    fx_limit(&f, 4, B, 90, 1);
    NEXT(&f, FT_EX_ACCEPTED);
    fx_add(&f, 5, S, FT_EX_STOP, 0, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_BAD_TRIGGER);
    fx_close(&f);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    struct fx f;
    struct ft_err err = {0};
    uint32_t id;
    uint16_t ticks;
    fx_open(&f, fx_profile(), fx_instrument());
    struct ft_ex_cmd c = {.kind = 99, .inst = f.inst};
    fx_run(&f, &c);
    REJECTED(&f, FT_EX_BAD_FIELD);
    c = (struct ft_ex_cmd){.kind = FT_EX_ADD, .inst = 77};
    fx_run(&f, &c);
    REJECTED(&f, FT_EX_NO_INSTRUMENT);
    fx_add(&f, 1, 2, FT_EX_LIMIT, 1, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_BAD_FIELD);
    fx_add(&f, 1, B, FT_EX_TYPES, 1, 1, FT_EX_DAY);
    REJECTED(&f, FT_EX_BAD_FIELD);
    fx_add(&f, 1, B, FT_EX_LIMIT, 1, 1, FT_EX_TIFS);
    REJECTED(&f, FT_EX_BAD_FIELD);
    fx_phase(&f, FT_EX_PHASES, 0, 0, 0, false);
    REJECTED(&f, FT_EX_BAD_FIELD);
    fx_phase(&f, FT_EX_CONTINUOUS, 10, 9, 0, false);
    REJECTED(&f, FT_EX_BAD_FIELD);
    fx_mark(&f, 0);
    REJECTED(&f, FT_EX_BAD_PRICE);
    c = (struct ft_ex_cmd){.kind = FT_EX_MARK, .inst = f.inst, .price = FT_EX_PRICE_MAX + 1};
    fx_run(&f, &c);
    REJECTED(&f, FT_EX_BAD_PRICE);
    struct ft_ex_instrument in = fx_instrument();
    in.lot = 0;
    assert_int_equal(ft_exch_add_instrument(f.ex, &in, &id, &err), -1);
    in = fx_instrument();
    in.profile = 9;
    assert_int_equal(ft_exch_add_instrument(f.ex, &in, &id, &err), -1);
    struct ft_ex_tick bad = {100, 0};
    assert_int_equal(ft_exch_add_ticks(f.ex, &bad, 1, &ticks, &err), -1);
    assert_int_equal(ft_exch_add_ticks(f.ex, &bad, 0, &ticks, &err), -1);
    struct ft_ex_profile p = {.ticks = 5};
    assert_int_equal(ft_exch_add_profile(f.ex, &p, &id, &err), -1);
    assert_null(ft_exch_new(&(struct ft_ex_limits){.orders = UINT32_MAX}, &err));
    fx_close(&f);
}

static void empty_instruments_are_small(void **state)
{
    (void)state;
    struct fx f;
    struct ft_err err;
    fx_open(&f, fx_profile(), fx_instrument());
    struct ft_ex_instrument in = fx_instrument();
    size_t before = ft_exch_memory(f.ex);
    for (uint32_t i = 0, id; i < 1 << 16; i++)
        assert_int_equal(ft_exch_add_instrument(f.ex, &in, &id, &err), 0);
    /* the array doubles: measured where it is full, it is what one instrument needs */
    assert_in_range((ft_exch_memory(f.ex) - before) / (2 << 16), 1, 300);
    fx_close(&f);
}

static void events_of_a_large_sweep_fit(void **state)
{
    (void)state;
    struct fx f;
    fx_open(&f, fx_profile(), fx_instrument());
    for (uint64_t id = 1; id <= 1000; id++)
        fx_limit(&f, id, S, 100 + (int64_t)id, 1);
    fx_limit(&f, 5000, B, 5000, 1000);
    NEXT(&f, FT_EX_ACCEPTED);
    for (uint64_t id = 1; id <= 1000; id++)
        FILL(&f, id, 5000, 100 + (int64_t)id, 1);
    NONE(&f);
    fx_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_come_best_first_with_their_sums),
        cmocka_unit_test(orders_are_walked_in_priority_with_broker_tags),
        cmocka_unit_test(cancelling_frees_the_id_and_the_level),
        cmocka_unit_test(less_quantity_keeps_priority),
        cmocka_unit_test(more_quantity_or_another_price_loses_priority),
        cmocka_unit_test(a_replacement_may_trade),
        cmocka_unit_test(a_refused_replacement_leaves_the_order_as_it_was),
        cmocka_unit_test(mass_cancel_takes_one_owner_oldest_first),
        cmocka_unit_test(changes_tell_where_to_look),
        cmocka_unit_test(equal_histories_have_equal_hashes),
        cmocka_unit_test(a_warm_venue_does_not_grow),
        cmocka_unit_test(limits_of_the_venue_are_answered_not_broken),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(empty_instruments_are_small),
        cmocka_unit_test(events_of_a_large_sweep_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
