/* Each allocation that a day's bars need fails in turn: the day has no bars then, or the right ones, and has
 * them when it is asked for again. The linker sends the program's malloc and calloc here (tests/CMakeLists.txt). */
#include "market/embedded.h"
#include "market/tape.h"
#include "sim/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TODAY = 20778, FIRST_LIVE = 20770, DAY = 20760 };

static int fail_at; /* the allocation that fails, counted down; 0: none */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

static bool fails(void)
{
    return fail_at > 0 && --fail_at == 0;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

struct day {
    struct ft_bar bar[FT_DAY_BARS_MAX];
    size_t n;
};

static void ask(const struct ft_model *m, ft_inst i, struct day *out)
{
    out->n = ft_model_minutes(m, i, DAY, FT_IN_RTH, out->bar, FT_DAY_BARS_MAX);
}

static void assert_same(const struct day *a, const struct day *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t k = 0; k < a->n; k++) {
        assert_true(a->bar[k].minute == b->bar[k].minute && a->bar[k].volume == b->bar[k].volume);
        assert_true(a->bar[k].high == b->bar[k].high && a->bar[k].low == b->bar[k].low);
        assert_true(a->bar[k].close == b->bar[k].close);
    }
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    static struct day want, got;
    struct ft_hours hours = {FT_CLOCK_ALWAYS, FIRST_LIVE};
    struct ft_err err = {0};
    struct ft_universe *u = ft_universe_load(ft_embedded_data, NULL, TODAY, NULL, 0, &err);
    assert_non_null(u);
    const struct ft_instrument *inst = ft_universe_find(u, 1, "00700");
    assert_non_null(inst);
    int none = 0;
    bool failed = true;
    for (int k = 0; failed; k++) {
        struct ft_model *m = ft_model_new(u, 7, &hours);
        assert_non_null(m);
        fail_at = k;
        ask(m, inst->index, k ? &got : &want);
        failed = k == 0 || fail_at == 0;
        fail_at = 0;
        if (k > 0) {
            none += got.n == 0;
            if (got.n > 0) /* nothing but memory for the next time was lacking */
                assert_same(&got, &want);
            ask(m, inst->index, &got);
            assert_same(&got, &want);
        }
        ft_model_free(m);
    }
    assert_true(want.n > 300);
    assert_true(none >= 4); /* the instrument's entry and three arrays */
    ft_universe_free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
