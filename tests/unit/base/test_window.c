/* Sliding windows: how many in any span, whatever was refused in between. */
#include "base/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static bool ask(struct ft_window *w, uint64_t now)
{
    bool room = ft_window_has_room(w, now);
    if (room)
        ft_window_take(w, now);
    return room;
}

static void it_slides(void **state)
{
    (void)state;
    struct ft_window *w = ft_window_new(3, 60);
    assert_true(ask(w, 1000) && ask(w, 1010) && ask(w, 1020));
    assert_false(ask(w, 1059));
    assert_true(ask(w, 1060));  /* a span after the first; refusals have not counted */
    assert_false(ask(w, 1069)); /* a fixed window would begin anew */
    assert_true(ask(w, 1070));
    assert_int_equal(w->last_ns, 1070);
    free(w);
}

static void one_is_allowed(void **state)
{
    (void)state;
    struct ft_window *w = ft_window_new(1, 60);
    assert_true(ask(w, 0)); /* time may begin at 0 */
    assert_false(ask(w, 59));
    assert_true(ask(w, 60));
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_slides),
        cmocka_unit_test(one_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
