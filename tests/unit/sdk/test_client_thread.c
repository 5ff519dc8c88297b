/* The background thread: calls from many threads, callbacks on one, ends from everywhere. Under the
 * thread sanitizer it says something. */
#include "fake_peer.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, CALLS = 200 };

struct shared {
    struct ft_client *c;
    atomic_int pushes, replies, failed, states;
    pthread_t callbacks_on;
    atomic_bool known, elsewhere;
    atomic_int last_state;
};

/* Callbacks come on one and the same thread, which is not the test's. */
static void check_thread(struct shared *s)
{
    if (!atomic_exchange(&s->known, true))
        s->callbacks_on = pthread_self();
    else if (!pthread_equal(s->callbacks_on, pthread_self()))
        atomic_store(&s->elsewhere, true);
}

static void on_push(void *user, const struct ft_push *push)
{
    struct shared *s = user;
    check_thread(s);
    atomic_fetch_add(&s->pushes, 1);
}

static void on_reply(void *user, struct ft_reply *reply)
{
    struct shared *s = user;
    check_thread(s);
    atomic_fetch_add(ft_reply_status(reply) == FT_STATUS_OK ? &s->replies : &s->failed, 1);
}

static void on_state(void *user, enum ft_client_state state, enum ft_status why, const char *text)
{
    struct shared *s = user;
    check_thread(s);
    atomic_store(&s->last_state, (int)state);
    atomic_fetch_add(&s->states, 1);
}

static void *caller(void *user)
{
    struct shared *s = user;
    struct ft_reply *reply = NULL;
    for (int i = 0; i < CALLS; i++) {
        if (call(s->c, 0, &reply) != FT_STATUS_OK ||
            ((const KeepAlive__Response *)ft_reply_message(reply))->s2c->time !=
                ft_reply_serial(reply))
            atomic_fetch_add(&s->failed, 1);
        if (call_later(s->c, on_reply, s) != FT_STATUS_OK)
            atomic_fetch_add(&s->failed, 1);
        struct ft_client_stats stats;
        char text[64];
        ft_client_stats(s->c, &stats, sizeof stats);
        ft_client_copy_error(s->c, text, sizeof text);
        ft_client_state(s->c);
        ft_client_on_push(s->c, FT_ID_Notify, on_push, s);
    }
    ft_reply_free(reply);
    return NULL;
}

static void wait_for(atomic_int *what, int n)
{
    while (atomic_load(what) < n)
        usleep(1000);
}

static void test_many_callers(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    static struct shared s;
    s.c = new_client(&o);
    ft_client_on_state(s.c, on_state, &s);
    ft_client_on_push(s.c, FT_ID_Notify, on_push, &s);
    assert_int_equal(ft_client_start_thread(s.c), FT_STATUS_OK);
    assert_int_equal(ft_client_start_thread(s.c), FT_STATUS_STATE);
    assert_int_equal(ft_client_connect(s.c, 0), FT_STATUS_OK);
    assert_int_equal(ft_client_dispatch(s.c, 0, NULL), FT_STATUS_STATE);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, caller, &s), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    wait_for(&s.replies, THREADS * CALLS);
    wait_for(&s.pushes, 2 * THREADS * CALLS);
    assert_int_equal(s.failed, 0);
    assert_int_equal(ft_client_close(s.c), FT_STATUS_OK);
    assert_int_equal(s.last_state, FT_CLIENT_CLOSED);
    assert_false(s.elsewhere);
    assert_int_equal(call(s.c, 0, NULL), FT_STATUS_STATE);
    ft_client_free(s.c);
    stop(p);
}

static void *late_caller(void *user)
{
    struct shared *s = user;
    for (int i = 0; i < 3; i++) /* a deadline long before the thread would wake by itself */
        if (call(s->c, 50, NULL) != FT_STATUS_TIMEOUT)
            atomic_fetch_add(&s->failed, 1);
    enum ft_status end = call(s->c, 0, NULL); /* ended by the close */
    if (end != FT_STATUS_DISCONNECTED)
        atomic_fetch_add(&s->failed, 1);
    return NULL;
}

static void test_deadlines_and_close(void **state)
{
    struct peer p = start(MODE_DEAF_LATER);
    struct ft_client_options o = to(p);
    static struct shared s;
    s.c = open_client(&o);
    assert_int_equal(ft_client_start_thread(s.c), FT_STATUS_OK);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, late_caller, &s), 0);
    struct ft_client_stats stats = {0};
    while (stats.timeouts < 3 * THREADS || stats.frames_out < 4 * THREADS + 1) {
        usleep(1000);
        ft_client_stats(s.c, &stats, sizeof stats);
    }
    assert_int_equal(ft_client_close(s.c), FT_STATUS_OK);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(s.failed, 0);
    ft_client_free(s.c);
    stop(p);
}

static void free_own(void *user, const struct ft_push *push)
{
    struct shared *s = user;
    atomic_store(&s->failed, call(s->c, 0, NULL) != FT_STATUS_STATE ||
                                 ft_client_stop_thread(s->c) != FT_STATUS_STATE);
    ft_client_free(s->c);
    atomic_store(&s->pushes, 1);
}

static void close_own(void *user, const struct ft_push *push)
{
    struct shared *s = user;
    atomic_store(&s->failed, ft_client_close(s->c) != FT_STATUS_OK);
    atomic_store(&s->pushes, 1);
}

static void test_ends_on_the_thread(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    for (int i = 0; i < 2; i++) {
        static struct shared s;
        memset(&s, 0, sizeof s);
        s.c = open_client(&o);
        ft_client_on_push(s.c, FT_ID_Notify, i ? close_own : free_own, &s);
        assert_int_equal(ft_client_start_thread(s.c), FT_STATUS_OK);
        assert_int_equal(call_later(s.c, NULL, NULL), FT_STATUS_OK);
        wait_for(&s.pushes, 1);
        assert_int_equal(s.failed, 0);
        if (i == 0)
            continue; /* the client is gone */
        while (ft_client_state(s.c) != FT_CLIENT_CLOSED)
            usleep(1000);
        ft_client_free(s.c);
    }
    stop(p);
}

/* The thread comes and goes, and the client is driven by hand in between. */
static void test_stop_and_start(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ft_client_start_thread(c), FT_STATUS_OK);
        assert_int_equal(call(c, 0, NULL), FT_STATUS_OK);
        assert_int_equal(ft_client_stop_thread(c), FT_STATUS_OK);
        assert_int_equal(ft_client_stop_thread(c), FT_STATUS_STATE);
        assert_int_equal(call(c, 0, NULL), FT_STATUS_OK);
    }
    assert_int_equal(ft_client_start_thread(c), FT_STATUS_OK);
    ft_client_free(c); /* with the thread on */
    stop(p);
}

/* It reconnects by itself, and frees while it waits for that. */
static void test_reconnects(void **state)
{
    struct peer p = start(MODE_ENDS_LATER);
    struct ft_client_options o = to(p);
    o.reconnect = true;
    o.reconnect_min_ms = 1;
    o.reconnect_max_ms = 5;
    static struct shared s;
    s.c = new_client(&o);
    ft_client_on_state(s.c, on_state, &s);
    assert_int_equal(ft_client_start_thread(s.c), FT_STATUS_OK);
    assert_int_equal(ft_client_start(s.c), FT_STATUS_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ft_client_connect(s.c, 50000), FT_STATUS_OK);
        assert_int_equal(call(s.c, 0, NULL), FT_STATUS_DISCONNECTED);
    }
    stop(p);
    ft_client_free(s.c);
    assert_false(s.elsewhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_callers),       cmocka_unit_test(test_deadlines_and_close),
        cmocka_unit_test(test_ends_on_the_thread), cmocka_unit_test(test_stop_and_start),
        cmocka_unit_test(test_reconnects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
