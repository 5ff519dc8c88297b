/* Serial numbers of write requests: each is taken once, whatever the order. */
#include "gateway/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void rising_with_gaps(void **state)
{
    (void)state;
    struct ft_replay r = {0};
    uint32_t serial = 7000;
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(ft_replay_take(&r, serial), FT_REPLAY_FRESH);
        assert_int_equal(ft_replay_take(&r, serial), FT_REPLAY_REPEATED);
        serial += 1 + (uint32_t)i % 1500;
    }
}

static void zero_and_the_last_one(void **state)
{
    (void)state;
    struct ft_replay r = {0};
    assert_int_equal(ft_replay_take(&r, 0), FT_REPLAY_FRESH);
    assert_int_equal(ft_replay_take(&r, 0), FT_REPLAY_REPEATED);
    assert_int_equal(ft_replay_take(&r, UINT32_MAX), FT_REPLAY_FRESH);
    assert_int_equal(ft_replay_take(&r, UINT32_MAX), FT_REPLAY_REPEATED);
    assert_int_equal(ft_replay_take(&r, 0), FT_REPLAY_OLD);
}

/* Against a set that remembers everything: threads that overtake each other within the window. */
static void any_order(void **state)
{
    (void)state;
    enum { N = 20000 };
    static uint8_t used[N + 2000];
    memset(used, 0, sizeof used);
    struct ft_replay r = {0};
    uint32_t top = 0;
    bool any = false;
    srand(7);
    for (int i = 0; i < N; i++) {
        uint32_t serial = (uint32_t)(i + rand() % 1600);
        enum ft_replay_verdict expected = any && serial + FT_REPLAY_WINDOW <= top ? FT_REPLAY_OLD
                                          : used[serial] ? FT_REPLAY_REPEATED
                                                         : FT_REPLAY_FRESH;
        assert_int_equal(ft_replay_take(&r, serial), expected);
        if (expected == FT_REPLAY_FRESH) {
            used[serial] = 1;
            top = any && top > serial ? top : serial;
            any = true;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rising_with_gaps),
        cmocka_unit_test(zero_and_the_last_one),
        cmocka_unit_test(any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
