/* A gateway that lies: bad frames, wrong serials, oversized bodies, replies that never come. Nothing
 * of it crashes or hangs the client, and each lie has its status. */
#include "fake_peer.h"

static struct ft_client_stats stats_of(const struct ft_client *c)
{
    struct ft_client_stats s;
    assert_int_equal(ft_client_stats(c, &s, sizeof s), FT_STATUS_OK);
    return s;
}

static void test_init_lies(void **state)
{
    static const struct {
        enum mode mode;
        enum ft_status status;
        const char *words;
    } lies[] = {
        {MODE_INIT_REFUSED, FT_STATUS_REFUSED, "no room for you"},
        {MODE_INIT_GARBAGE, FT_STATUS_BAD_REPLY, "InitConnect"},
        {MODE_ENDS_AT_ONCE, FT_STATUS_DISCONNECTED, "127.0.0.1"}, /* an end or a reset */
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct peer p = start(lies[i].mode);
        struct ft_client_options o = to(p);
        struct ft_client *c = new_client(&o);
        for (int again = 0; again < 3; again++) { /* IDLE again: it may be tried again */
            assert_int_equal(ft_client_connect(c, 0), lies[i].status);
            assert_int_equal(ft_client_state(c), FT_CLIENT_IDLE);
            assert_non_null(strstr(ft_client_last_error(c), lies[i].words));
            assert_int_equal(ft_client_last_status(c), lies[i].status);
        }
        assert_int_equal(stats_of(c).attempts_failed, 3);
        ft_client_free(c);
        stop(p);
    }
}

/* Lies that cost one call, and leave the connection as it is. */
static void test_reply_lies(void **state)
{
    static const struct {
        enum mode mode;
        enum ft_status status;
        uint64_t unmatched, invalid; /* at least */
    } lies[] = {
        {MODE_WRONG_SERIAL, FT_STATUS_TIMEOUT, 1, 0},
        {MODE_WRONG_PROTOCOL, FT_STATUS_TIMEOUT, 1, 0},
        {MODE_BAD_DIGEST, FT_STATUS_BAD_REPLY, 0, 1},
        {MODE_GARBAGE, FT_STATUS_BAD_REPLY, 0, 1},
        {MODE_WRONG_FORMAT, FT_STATUS_BAD_REPLY, 0, 1},
        {MODE_TWICE, FT_STATUS_OK, 1, 0},
        {MODE_DRIPS, FT_STATUS_OK, 0, 0},
        {MODE_BAD_PUSHES, FT_STATUS_OK, 0, 10},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct peer p = start(lies[i].mode);
        struct ft_client_options o = to(p);
        struct ft_client *c = open_client(&o);
        struct ft_reply *reply = NULL;
        uint32_t ms = lies[i].status == FT_STATUS_TIMEOUT ? 100 : 0;
        for (int again = 0; again < 3; again++) {
            assert_int_equal(call(c, ms, &reply), lies[i].status);
            assert_int_equal(ft_reply_status(reply), lies[i].status);
            assert_int_equal(ft_reply_message(reply) != NULL, lies[i].status == FT_STATUS_OK);
            assert_int_equal(ft_client_state(c), FT_CLIENT_READY);
        }
        ft_client_dispatch(c, 20, NULL);
        assert_true(stats_of(c).unmatched >= lies[i].unmatched);
        if (lies[i].mode != MODE_BAD_PUSHES) /* nobody listens: not even decoded */
            assert_true(stats_of(c).invalid >= lies[i].invalid);
        ft_reply_free(reply);
        ft_client_free(c);
        stop(p);
    }
}

static void count(void *user, const struct ft_push *push)
{
    assert_non_null(ft_push_message(push));
    ++*(int *)user;
}

static void test_bad_pushes(void **state)
{
    struct peer p = start(MODE_BAD_PUSHES);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    int pushes = 0;
    ft_client_on_push(c, FT_ID_Notify, count, &pushes);
    for (int i = 0; i < 3; i++)
        assert_int_equal(call(c, 0, NULL), FT_STATUS_OK);
    assert_int_equal(pushes, 3);
    assert_int_equal(stats_of(c).invalid, 30);
    ft_client_free(c);
    stop(p);
}

/* Lies that cost the connection. */
static void test_stream_lies(void **state)
{
    static const enum mode modes[] = {MODE_BAD_MAGIC, MODE_HUGE};
    for (size_t i = 0; i < 2; i++) {
        struct peer p = start(modes[i]);
        struct ft_client_options o = to(p);
        struct states seen = {0};
        struct ft_client *c = open_client(&o);
        ft_client_on_state(c, see_client_state, &seen);
        assert_int_equal(call(c, 0, NULL), FT_STATUS_DISCONNECTED);
        assert_int_equal(ft_client_state(c), FT_CLIENT_IDLE);
        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.why[0], FT_STATUS_BAD_REPLY);
        assert_int_equal(ft_client_connect(c, 0), FT_STATUS_OK); /* a new connection, a new chance */
        ft_client_free(c);
        stop(p);
    }
}

static void count_reply(void *user, struct ft_reply *reply)
{
    assert_int_equal(ft_reply_status(reply), FT_STATUS_DISCONNECTED);
    ++*(int *)user;
}

/* Nobody reads and nobody answers: the bounds hold, and close tells everybody. */
static void test_bounds(void **state)
{
    struct peer p = start(MODE_DEAF_LATER);
    struct ft_client_options o = to(p);
    o.max_pending = 10;
    struct ft_client *c = open_client(&o);
    int told = 0;
    for (int i = 0; i < 10; i++)
        assert_int_equal(call_later(c, count_reply, &told), FT_STATUS_OK);
    assert_int_equal(call_later(c, count_reply, &told), FT_STATUS_LIMIT);
    assert_int_equal(call(c, 0, NULL), FT_STATUS_LIMIT);
    assert_int_equal(told, 0);
    assert_int_equal(ft_client_close(c), FT_STATUS_OK);
    assert_int_equal(told, 10);
    ft_client_free(c);
    /* Calls that wait when the client is freed are told nothing, and cost nothing. */
    c = open_client(&o);
    assert_int_equal(call_later(c, count_reply, &told), FT_STATUS_OK);
    ft_client_free(c);
    assert_int_equal(told, 10);
    stop(p);
}

/* Back-off: so many failures in a row, then IDLE. */
static void test_reconnect_tries(void **state)
{
    struct peer p = start(MODE_ENDS_AT_ONCE);
    struct ft_client_options o = to(p);
    o.reconnect = true;
    o.reconnect_min_ms = 1;
    o.reconnect_max_ms = 4;
    o.reconnect_tries = 5;
    struct states seen = {0};
    struct ft_client *c = new_client(&o);
    ft_client_on_state(c, see_client_state, &seen);
    assert_int_equal(ft_client_start(c), FT_STATUS_OK);
    assert_int_equal(ft_client_start(c), FT_STATUS_STATE);
    assert_int_equal(ft_client_timeout_ms(c), 0);
    enum ft_status s;
    while ((s = ft_client_dispatch(c, -1, NULL)) == FT_STATUS_OK)
        ;
    assert_int_equal(s, FT_STATUS_DISCONNECTED);
    assert_int_equal(seen.n, 10);
    for (int i = 0; i < 10; i += 2) {
        assert_int_equal(seen.state[i], FT_CLIENT_CONNECTING);
        assert_int_equal(seen.state[i + 1], i == 8 ? FT_CLIENT_IDLE : FT_CLIENT_WAITING);
    }
    assert_int_equal(stats_of(c).attempts_failed, 5);
    ft_client_free(c);
    stop(p);
}

/* A gateway that loses each connection after the first request: the client comes back each time. */
static void test_comes_back(void **state)
{
    struct peer p = start(MODE_ENDS_LATER);
    struct ft_client_options o = to(p);
    o.reconnect = true;
    o.reconnect_min_ms = 1;
    o.reconnect_max_ms = 2;
    struct ft_client *c = open_client(&o);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(call(c, 0, NULL), FT_STATUS_DISCONNECTED);
        assert_int_equal(ft_client_connect(c, 50000), FT_STATUS_OK);
    }
    assert_int_equal(stats_of(c).connections, 6);
    ft_client_free(c);
    stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init_lies),       cmocka_unit_test(test_reply_lies),
        cmocka_unit_test(test_bad_pushes),      cmocka_unit_test(test_stream_lies),
        cmocka_unit_test(test_bounds),          cmocka_unit_test(test_reconnect_tries),
        cmocka_unit_test(test_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
