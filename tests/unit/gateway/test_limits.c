/* Rate limits: any 30 seconds, by protocol, accepted requests only. */
#include "gateway/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_any_thirty_seconds(void **state)
{
    (void)state;
    struct ft_limits l;
    assert_int_equal(ft_limits_init(&l), 0);
    const struct ft_protocol *p = ft_protocol_find(3223);
    assert_int_equal(p->limit, 10);
    for (uint64_t k = 0; k < 10; k++) {
        assert_int_equal(ft_limits_wait_ms(&l, p, 1000 + 100 * k), 0);
        ft_limits_count(&l, p, 1000 + 100 * k);
    }
    assert_int_equal(ft_limits_wait_ms(&l, p, 2000), 29000); /* the first was at 1000 */
    assert_int_equal(ft_limits_wait_ms(&l, p, 30999), 1);
    assert_int_equal(ft_limits_wait_ms(&l, p, 31000), 0); /* request 11 exactly 30 s after 1 */
    ft_limits_count(&l, p, 31000);
    assert_int_equal(ft_limits_wait_ms(&l, p, 31000), 100); /* the second was at 1100 */
    /* A burst, a rest of 30 s, and a burst again. */
    for (uint64_t k = 0; k < 10; k++) {
        assert_int_equal(ft_limits_wait_ms(&l, p, 100000), 0);
        ft_limits_count(&l, p, 100000);
    }
    assert_int_equal(ft_limits_wait_ms(&l, p, 100000), 30000);
    ft_limits_free(&l);
}

static void test_each_protocol_for_itself(void **state)
{
    (void)state;
    struct ft_limits l;
    assert_int_equal(ft_limits_init(&l), 0);
    const struct ft_protocol *state_of = ft_protocol_find(3223), *plates = ft_protocol_find(3207);
    const struct ft_protocol *free_of_it = ft_protocol_find(3004), *funds = ft_protocol_find(2101);
    for (int k = 0; k < 100; k++) {
        ft_limits_count(&l, state_of, 0);
        ft_limits_count(&l, free_of_it, 0);
        ft_limits_count(&l, funds, 0); /* by account: not counted here */
    }
    assert_true(ft_limits_wait_ms(&l, state_of, 0) > 0);
    assert_int_equal(ft_limits_wait_ms(&l, plates, 0), 0);
    assert_int_equal(ft_limits_wait_ms(&l, free_of_it, 0), 0);
    assert_int_equal(ft_limits_wait_ms(&l, funds, 0), 0);
    ft_limits_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_thirty_seconds),
        cmocka_unit_test(test_each_protocol_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
