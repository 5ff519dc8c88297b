/* The client against a gateway of one connection: calls, pushes, the ways in which it ends. */
#include "fake_peer.h"

static void count_push(void *user, const struct ft_push *push)
{
    assert_int_equal(ft_push_proto(push), FT_ID_Notify);
    assert_non_null(ft_push_message(push));
    assert_false(ft_push_reconciled(push));
    ++*(int *)user;
}

static void count_reply(void *user, struct ft_reply *reply)
{
    assert_int_equal(ft_reply_status(reply), FT_STATUS_OK);
    ++*(int *)user;
}

static void test_calls(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    assert_true(ft_client_fd(c) >= 0);
    int pushes = 0, replies = 0, done;
    assert_int_equal(ft_client_on_push(c, 0, count_push, &pushes), FT_STATUS_OK);
    struct ft_reply *reply = NULL;
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(call(c, 0, &reply), FT_STATUS_OK);
        const KeepAlive__Response *r = (const KeepAlive__Response *)ft_reply_message(reply);
        assert_int_equal(r->s2c->time, ft_reply_serial(reply));
    }
    ft_reply_free(reply);
    assert_int_equal(pushes, 100);
    /* Asynchronous calls beside. */
    for (int i = 0; i < 10; i++)
        assert_int_equal(call_later(c, count_reply, &replies), FT_STATUS_OK);
    while (replies < 10)
        assert_int_equal(ft_client_dispatch(c, -1, NULL), FT_STATUS_OK);
    assert_int_equal(ft_client_dispatch(c, 1, &done), FT_STATUS_OK);
    assert_int_equal(done, 0); /* nothing more comes */
    ft_client_free(c);
    stop(p);
}

static void test_no_connection(void **state)
{
    struct ft_client_options o;
    ft_client_options_init(&o, sizeof o);
    int fd = listen_any(&o.port);
    close(fd);
    struct ft_client *c = new_client(&o);
    assert_int_equal(ft_client_connect(c, 0), FT_STATUS_IO);
    assert_non_null(strstr(ft_client_last_error(c), "cannot connect"));
    assert_int_equal(ft_client_state(c), FT_CLIENT_IDLE);
    assert_int_equal(ft_client_dispatch(c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(call(c, 0, NULL), FT_STATUS_STATE);
    ft_client_free(c);
    o.host = "no such host";
    c = new_client(&o);
    assert_int_equal(ft_client_connect(c, 0), FT_STATUS_IO);
    assert_non_null(strstr(ft_client_last_error(c), "no such host"));
    ft_client_free(c);
    ft_client_free(NULL);
}

static void test_silent_gateway(void **state)
{
    struct peer p = start(MODE_SILENT);
    struct ft_client_options o = to(p);
    struct ft_client *c = new_client(&o);
    assert_int_equal(ft_client_connect(c, 1000), FT_STATUS_TIMEOUT);
    assert_non_null(strstr(ft_client_last_error(c), "no InitConnect reply in time"));
    ft_client_free(c);
    stop(p);
}

static void test_late_call(void **state)
{
    struct peer p = start(MODE_DEAF_LATER);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    struct ft_reply *reply = NULL;
    assert_int_equal(call(c, 200, &reply), FT_STATUS_TIMEOUT);
    assert_int_equal(ft_reply_status(reply), FT_STATUS_TIMEOUT);
    assert_int_equal(ft_reply_ret_type(reply), -100);
    assert_string_equal(ft_reply_text(reply), "no reply in time");
    assert_null(ft_reply_message(reply));
    ft_client_free(c);
    ft_reply_free(reply);
    stop(p);
}

static void test_gateway_ends(void **state)
{
    static const enum mode modes[] = {MODE_ENDS_LATER, MODE_CUTS};
    for (int i = 0; i < 2; i++) {
        struct peer p = start(modes[i]);
        struct ft_client_options o = to(p);
        struct states seen = {0};
        struct ft_client *c = new_client(&o);
        ft_client_on_state(c, see_client_state, &seen);
        assert_int_equal(ft_client_connect(c, 0), FT_STATUS_OK);
        struct ft_reply *reply = NULL;
        assert_int_equal(call(c, 0, &reply), FT_STATUS_DISCONNECTED);
        assert_int_equal(ft_reply_status(reply), FT_STATUS_DISCONNECTED);
        assert_int_equal(seen.n, 3);
        assert_int_equal(seen.state[0], FT_CLIENT_CONNECTING);
        assert_int_equal(seen.state[1], FT_CLIENT_READY);
        assert_int_equal(seen.state[2], FT_CLIENT_IDLE);
        assert_int_equal(seen.why[2], FT_STATUS_DISCONNECTED);
        assert_int_equal(call(c, 0, &reply), FT_STATUS_STATE);
        assert_int_equal(ft_client_dispatch(c, 1000, NULL), FT_STATUS_STATE);
        ft_reply_free(reply);
        ft_client_free(c);
        stop(p);
    }
}

struct inside {
    struct ft_client *c;
    enum ft_status call_rc, dispatch_rc, connect_rc;
};

static void misuse_and_free(void *user, const struct ft_push *push)
{
    struct inside *in = user;
    in->call_rc = call(in->c, 0, NULL);
    in->dispatch_rc = ft_client_dispatch(in->c, 0, NULL);
    in->connect_rc = ft_client_connect(in->c, 0);
    ft_client_free(in->c);
}

static void test_free_in_callback(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct inside in = {.c = open_client(&o)};
    assert_int_equal(ft_client_on_push(in.c, FT_ID_Notify, misuse_and_free, &in), FT_STATUS_OK);
    assert_int_equal(call(in.c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(in.call_rc, FT_STATUS_STATE);
    assert_int_equal(in.dispatch_rc, FT_STATUS_STATE);
    assert_int_equal(in.connect_rc, FT_STATUS_STATE);
    stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),          cmocka_unit_test(test_no_connection),
        cmocka_unit_test(test_silent_gateway), cmocka_unit_test(test_late_call),
        cmocka_unit_test(test_gateway_ends),   cmocka_unit_test(test_free_in_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
