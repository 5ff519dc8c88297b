/* The heap of what is due, against a plain search. */
#include "base/due.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NODES = 200, STEPS = 20000 };

static struct ft_due nodes[NODES];

static const struct ft_due *plain_first(void)
{
    const struct ft_due *first = NULL;
    for (int k = 0; k < NODES; k++)
        if (nodes[k].place != FT_DUE_OUT &&
            (!first || nodes[k].at_ns < first->at_ns ||
             (nodes[k].at_ns == first->at_ns && nodes[k].tie < first->tie)))
            first = &nodes[k];
    return first;
}

static void test_first_is_first(void **state)
{
    (void)state;
    struct ft_due_heap h = {0};
    struct ft_rng r;
    ft_rng_init(&r, 1, 2);
    for (uint32_t k = 0; k < NODES; k++)
        ft_due_init(&nodes[k], k);
    assert_null(ft_due_first(&h));
    assert_true(ft_due_next(&h) == INT64_MAX);
    for (int step = 0; step < STEPS; step++) {
        struct ft_due *d = &nodes[ft_rng_below(&r, NODES)];
        switch (ft_rng_below(&r, 3)) {
        case 0:
            if (d->place == FT_DUE_OUT)
                assert_int_equal(ft_due_add(&h, d), 0);
            break;
        case 1: ft_due_remove(&h, d); break;
        default: ft_due_set(&h, d, (int64_t)ft_rng_below(&r, 50)); break;
        }
        const struct ft_due *want = plain_first();
        assert_ptr_equal(ft_due_first(&h), want);
        assert_true(ft_due_next(&h) == (want ? want->at_ns : INT64_MAX));
    }
    ft_due_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_is_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
