/* The durability gate: what a reply waits for, and in which order the held ones go. */
#include "gateway/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void nothing_uncommitted_goes_at_once(void **state)
{
    (void)state;
    struct ft_gate g;
    ft_gate_init(&g, true);
    assert_true(ft_gate_passes(&g, ft_gate_turn_of_now(&g, false)));
    assert_false(ft_gate_passes(&g, ft_gate_turn_of_now(&g, true)));
}

static void waits_for_everything_known(void **state)
{
    (void)state;
    struct ft_gate g;
    ft_gate_init(&g, true);
    uint64_t a = ft_gate_turn_of_now(&g, true);
    ft_gate_handed_over(&g, 1);
    uint64_t b = ft_gate_turn_of_now(&g, false); /* a query while commit 1 is under way */
    uint64_t c = ft_gate_turn_of_now(&g, true);
    ft_gate_handed_over(&g, 1); /* the store gathered both turns */
    uint64_t d = ft_gate_turn_of_now(&g, true);
    ft_gate_handed_over(&g, 2);
    assert_true(a == b && b < c && c < d);
    assert_false(ft_gate_committed(&g, 0));
    assert_false(ft_gate_passes(&g, a));
    assert_true(ft_gate_committed(&g, 1));
    assert_true(ft_gate_passes(&g, a) && ft_gate_passes(&g, b) && ft_gate_passes(&g, c));
    assert_false(ft_gate_passes(&g, d));
    assert_false(ft_gate_committed(&g, 1));
    assert_true(ft_gate_committed(&g, 9));
    assert_true(ft_gate_passes(&g, d));
    assert_true(ft_gate_passes(&g, ft_gate_turn_of_now(&g, false)));
}

static void off_never_waits(void **state)
{
    (void)state;
    struct ft_gate g;
    ft_gate_init(&g, false);
    for (uint64_t k = 1; k < 100; k++) {
        assert_true(ft_gate_passes(&g, ft_gate_turn_of_now(&g, true)));
        ft_gate_handed_over(&g, k);
    }
}

static void is_bounded(void **state)
{
    (void)state;
    struct ft_gate g;
    ft_gate_init(&g, true);
    uint64_t commit = 0, done = 0;
    for (int round = 0; round < 10; round++) {
        while (!ft_gate_is_full(&g))
            ft_gate_handed_over(&g, ++commit);
        assert_int_equal(commit - done, FT_GATE_FLIGHT_MAX);
        uint64_t waiting = ft_gate_turn_of_now(&g, true);
        done += 1 + (uint64_t)round * 25;
        assert_true(ft_gate_committed(&g, done));
        assert_false(ft_gate_is_full(&g));
        assert_false(ft_gate_passes(&g, waiting));
        assert_true(ft_gate_passes(&g, done) && !ft_gate_passes(&g, done + 1));
    }
}

static void held_frames_keep_their_order(void **state)
{
    (void)state;
    struct ft_buf held;
    ft_buf_init(&held, 4096);
    struct ft_held h;
    assert_false(ft_held_first(&held, &h));
    uint8_t frame[100];
    unsigned in = 0, out = 0;
    for (int step = 0; step < 2000; step++) {
        memset(frame, (int)(in & 0xFF), sizeof frame);
        if (ft_held_push(&held, in, frame, 44 + in % 50) == 0)
            in++;
        else
            assert_true(ft_buf_len(&held) > 4096 - 150); /* only its bound refuses */
        if (step % 3 == 0 && ft_held_first(&held, &h)) {
            assert_int_equal(h.turn, out);
            assert_int_equal(h.len, 44 + out % 50);
            assert_int_equal(h.frame[h.len - 1], out & 0xFF);
            ft_held_drop_first(&held);
            out++;
        }
    }
    assert_true(in > 600 && out > 600);
    for (; ft_held_first(&held, &h); out++) {
        assert_int_equal(h.turn, out);
        ft_held_drop_first(&held);
    }
    assert_int_equal(in, out);
    ft_buf_free(&held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_uncommitted_goes_at_once),
        cmocka_unit_test(waits_for_everything_known),
        cmocka_unit_test(off_never_waits),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(held_frames_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
