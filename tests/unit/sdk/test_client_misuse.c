/* Misuse returns a code: no handle, wrong options, calls after close, callbacks that wait, close or
 * free their own client, messages of the wrong kind. */
#include "fake_peer.h"

#include "Qot_Sub.pb-c.h"

static void nobody(void *user, const struct ft_push *push) {}

static void test_no_handle(void **state)
{
    struct ft_client_info info;
    struct ft_client_stats stats;
    char text[32];
    assert_int_equal(ft_client_options_init(NULL, 100), FT_STATUS_INVALID);
    assert_int_equal(ft_client_new(NULL, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_connect(NULL, 0), FT_STATUS_INVALID);
    assert_int_equal(ft_client_start(NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_close(NULL), FT_STATUS_INVALID);
    ft_client_free(NULL);
    assert_int_equal(ft_client_state(NULL), FT_CLIENT_CLOSED);
    assert_int_equal(ft_client_on_state(NULL, NULL, NULL), FT_STATUS_INVALID);
    assert_string_equal(ft_client_last_error(NULL), "no client");
    assert_int_equal(ft_client_last_status(NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_copy_error(NULL, text, sizeof text), FT_STATUS_INVALID);
    assert_int_equal(ft_client_info(NULL, &info, sizeof info), FT_STATUS_INVALID);
    assert_int_equal(ft_client_stats(NULL, &stats, sizeof stats), FT_STATUS_INVALID);
    assert_int_equal(ft_client_fd(NULL), -1);
    assert_int_equal(ft_client_timeout_ms(NULL), -1);
    assert_int_equal(ft_client_dispatch(NULL, 0, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_start_thread(NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_stop_thread(NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_call(NULL, 1004, NULL, 0, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_call_async(NULL, 1004, NULL, 0, NULL, NULL, NULL),
                     FT_STATUS_INVALID);
    assert_int_equal(ft_client_on_push(NULL, 0, nobody, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_reply_status(NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_reply_proto(NULL), 0);
    assert_int_equal(ft_reply_serial(NULL), 0);
    assert_null(ft_reply_message(NULL));
    assert_int_equal(ft_reply_ret_type(NULL), 0);
    assert_string_equal(ft_reply_text(NULL), "");
    assert_int_equal(ft_reply_err_code(NULL), 0);
    assert_int_equal(ft_reply_keep(NULL, NULL), FT_STATUS_INVALID);
    ft_reply_free(NULL);
    assert_int_equal(ft_push_proto(NULL), 0);
    assert_int_equal(ft_push_serial(NULL), 0);
    assert_null(ft_push_message(NULL));
    assert_false(ft_push_reconciled(NULL));
}

/* Each wrong option is named, and its handle is good for the words alone. */
static void refused(const struct ft_client_options *o, const char *words)
{
    struct ft_client *c = NULL;
    assert_int_not_equal(ft_client_new(o, &c), FT_STATUS_OK);
    assert_non_null(c);
    if (!strstr(ft_client_last_error(c), words))
        fail_msg("'%s' lacks '%s'", ft_client_last_error(c), words);
    char before[512];
    snprintf(before, sizeof before, "%s", ft_client_last_error(c));
    assert_int_equal(ft_client_connect(c, 0), FT_STATUS_STATE);
    assert_int_equal(ft_client_start(c), FT_STATUS_STATE);
    assert_int_equal(call(c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(ft_client_dispatch(c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(ft_client_start_thread(c), FT_STATUS_STATE);
    assert_string_equal(ft_client_last_error(c), before);
    assert_int_equal(ft_client_fd(c), -1);
    ft_client_free(c);
}

static void test_options(void **state)
{
    struct ft_client_options good, o;
    assert_int_equal(ft_client_options_init(&good, sizeof good - 1), FT_STATUS_INVALID);
    assert_int_equal(ft_client_options_init(&good, sizeof good), FT_STATUS_OK);
    char longer[300];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
#define REFUSED(change, words)                                                                     \
    do {                                                                                           \
        o = good;                                                                                  \
        change;                                                                                    \
        refused(&o, words);                                                                        \
    } while (0)
    REFUSED(o.struct_size = 0, "ft_client_options_init");
    REFUSED(o.port = 0, "port 0: allowed are 1 to 65535");
    REFUSED(o.host = NULL, "host");
    REFUSED(o.host = longer, "host of 299 bytes");
    REFUSED(o.client_id = "", "client_id");
    REFUSED(o.language = longer, "language");
    REFUSED(o.connect_timeout_ms = 0, "connect_timeout_ms");
    REFUSED(o.call_timeout_ms = 86400001, "call_timeout_ms");
    REFUSED(o.silence_timeout_ms = 0, "silence_timeout_ms");
    REFUSED(o.reconnect_min_ms = 40000, "reconnect_min_ms 40000: allowed are 1 to 30000");
    REFUSED(o.reconnect_max_ms = 0, "reconnect_max_ms");
    REFUSED(o.restore = 16, "restore");
    REFUSED(o.body_format = (enum ft_format)256, "body_format");
    REFUSED(o.push_format = (enum ft_format)2, "push_format");
    REFUSED(o.encryption = (enum ft_encryption)3, "encryption");
    REFUSED(o.encryption = FT_ENCRYPTION_AES_CBC, "rsa_key");
    REFUSED(o.rsa_key_text = "no key", "PEM");
    REFUSED(o.rsa_key_path = "/nonexistent/key", "/nonexistent/key");
    REFUSED(o.rsa_key_path = "/"; o.rsa_key_text = fake_pem, "only one");
    REFUSED(o.max_pending = 0, "max_pending");
    REFUSED(o.max_body_bytes = 1, "max_body");
    REFUSED(o.max_output_bytes = 1, "max_output");
    REFUSED(o.max_decoded_bytes = 1, "max_decoded");
#undef REFUSED
    struct ft_client *c;
    o = good;
    o.rsa_key_text = fake_pem;
    assert_int_equal(ft_client_new(&o, &c), FT_STATUS_OK);
    ft_client_free(c);
    assert_int_equal(ft_client_new(NULL, &c), FT_STATUS_OK); /* the defaults */
    assert_int_equal(ft_client_state(c), FT_CLIENT_IDLE);
    assert_int_equal(ft_client_timeout_ms(c), -1);
    assert_string_equal(ft_client_last_error(c), "");
    ft_client_free(c);
}

static void test_messages(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    KeepAlive__Request empty = KEEP_ALIVE__REQUEST__INIT; /* without its required c2s */
    QotSub__Request other = QOT__SUB__REQUEST__INIT;
    struct ft_reply *reply = NULL;
    assert_int_equal(ft_client_call(c, 77, &empty.base, 0, NULL), FT_STATUS_NOT_FOUND);
    assert_int_equal(ft_client_call(c, FT_ID_Notify, &empty.base, 0, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_call(c, FT_ID_InitConnect, &empty.base, 0, NULL),
                     FT_STATUS_INVALID);
    assert_int_equal(ft_client_call(c, FT_ID_InitQuantMode, &empty.base, 0, NULL),
                     FT_STATUS_INVALID);
    assert_int_equal(ft_client_call(c, FT_ID_KeepAlive, NULL, 0, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_call(c, FT_ID_KeepAlive, &other.base, 0, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_call(c, FT_ID_KeepAlive, &empty.base, 0, &reply),
                     FT_STATUS_INVALID);
    assert_non_null(strstr(ft_client_last_error(c), "c2s is required"));
    assert_int_equal(ft_client_call_async(c, FT_ID_KeepAlive, &empty.base, 0, NULL, NULL, NULL),
                     FT_STATUS_INVALID);
    assert_int_equal(ft_client_on_push(c, FT_ID_KeepAlive, nobody, NULL), FT_STATUS_INVALID);
    assert_int_equal(ft_client_on_push(c, 77, nobody, NULL), FT_STATUS_NOT_FOUND);
    assert_int_equal(call(c, 0, &reply), FT_STATUS_OK);
    assert_int_equal(ft_reply_keep(reply, &reply), FT_STATUS_INVALID);
    struct ft_reply *none = NULL;
    assert_int_equal(ft_reply_keep(reply, &none), FT_STATUS_STATE); /* not a callback's */
    ft_reply_free(reply);
    ft_client_free(c);
    stop(p);
}

static void test_after_close(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    struct states seen = {0};
    ft_client_on_state(c, see_client_state, &seen);
    assert_int_equal(ft_client_close(c), FT_STATUS_OK);
    assert_int_equal(ft_client_close(c), FT_STATUS_OK);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.state[0], FT_CLIENT_CLOSED);
    assert_int_equal(call(c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(call_later(c, NULL, NULL), FT_STATUS_STATE);
    assert_int_equal(ft_client_connect(c, 0), FT_STATUS_STATE);
    assert_int_equal(ft_client_start(c), FT_STATUS_STATE);
    assert_int_equal(ft_client_dispatch(c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(ft_client_start_thread(c), FT_STATUS_STATE);
    assert_int_equal(ft_client_stop_thread(c), FT_STATUS_STATE);
    assert_int_equal(ft_client_on_push(c, 0, nobody, NULL), FT_STATUS_STATE);
    assert_int_equal(ft_client_on_state(c, NULL, NULL), FT_STATUS_STATE);
    assert_string_equal(ft_client_last_error(c), "the client is closed");
    ft_client_free(c);
    stop(p);
}

/* ---- From inside ---------------------------------------------------------------------------- */

enum deed { DEED_CLOSE, DEED_FREE, DEED_CLOSE_AND_FREE };

struct inside {
    struct ft_client *c;
    enum deed deed;
    int pushes, replies, states;
};

static void do_deed(struct inside *in)
{
    assert_int_equal(call(in->c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(ft_client_dispatch(in->c, 0, NULL), FT_STATUS_STATE);
    assert_int_equal(ft_client_connect(in->c, 0), FT_STATUS_STATE);
    assert_int_equal(ft_client_start_thread(in->c), FT_STATUS_STATE);
    if (in->deed != DEED_FREE)
        assert_int_equal(ft_client_close(in->c), FT_STATUS_OK);
    if (in->deed != DEED_CLOSE)
        ft_client_free(in->c);
    assert_int_equal(call_later(in->c, NULL, NULL), FT_STATUS_STATE);
}

static void push_does(void *user, const struct ft_push *push)
{
    struct inside *in = user;
    in->pushes++;
    do_deed(in);
}

static void reply_does(void *user, struct ft_reply *reply)
{
    struct inside *in = user;
    if (in->replies++ == 0)
        do_deed(in);
}

static void state_does(void *user, enum ft_client_state state, enum ft_status why, const char *text)
{
    struct inside *in = user;
    in->states++;
    if (state == FT_CLIENT_READY || state == FT_CLIENT_CONNECTING || state == FT_CLIENT_IDLE)
        do_deed(in);
}

static void count_states(void *user, enum ft_client_state state, enum ft_status why,
                         const char *text)
{
    ((struct inside *)user)->states++;
}

static void test_in_push(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    for (enum deed deed = DEED_CLOSE; deed <= DEED_CLOSE_AND_FREE; deed++) {
        struct inside in = {.c = open_client(&o), .deed = deed};
        ft_client_on_push(in.c, FT_ID_Notify, push_does, &in);
        ft_client_on_state(in.c, count_states, &in);
        enum ft_status s = call(in.c, 0, NULL);
        assert_int_equal(in.pushes, 1);
        /* The reply was in the same bytes, or close ends the call: both may be. */
        if (deed == DEED_CLOSE) {
            assert_true(s == FT_STATUS_OK || s == FT_STATUS_DISCONNECTED);
            assert_int_equal(ft_client_state(in.c), FT_CLIENT_CLOSED);
            assert_int_equal(in.states, 1);
            ft_client_free(in.c);
        } else {
            assert_int_equal(s, FT_STATUS_STATE);
        }
    }
    stop(p);
}

static void test_in_reply(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    for (enum deed deed = DEED_CLOSE; deed <= DEED_CLOSE_AND_FREE; deed++) {
        struct inside in = {.c = open_client(&o), .deed = deed};
        for (int i = 0; i < 3; i++)
            assert_int_equal(call_later(in.c, reply_does, &in), FT_STATUS_OK);
        enum ft_status s = FT_STATUS_OK;
        while (s == FT_STATUS_OK && in.replies == 0)
            s = ft_client_dispatch(in.c, -1, NULL);
        if (deed == DEED_CLOSE) {
            assert_int_equal(in.replies, 3); /* answered, or ended by the close */
            assert_int_equal(ft_client_dispatch(in.c, 0, NULL), FT_STATUS_STATE);
            ft_client_free(in.c);
        } else {
            assert_int_equal(s, FT_STATUS_STATE);
            assert_int_equal(in.replies, 1);
        }
    }
    stop(p);
}

static void test_in_state(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    for (enum deed deed = DEED_CLOSE; deed <= DEED_CLOSE_AND_FREE; deed++) {
        struct inside in = {.c = new_client(&o), .deed = deed};
        ft_client_on_state(in.c, state_does, &in);
        assert_int_equal(ft_client_connect(in.c, 0), FT_STATUS_STATE);
        if (deed == DEED_CLOSE)
            ft_client_free(in.c);
    }
    stop(p);
    /* When it is lost, and when it cannot be reached. */
    p = start(MODE_ENDS_LATER);
    o = to(p);
    for (enum deed deed = DEED_CLOSE; deed <= DEED_CLOSE_AND_FREE; deed++) {
        struct inside in = {.c = open_client(&o), .deed = deed};
        ft_client_on_state(in.c, state_does, &in);
        enum ft_status s = call(in.c, 0, NULL);
        assert_int_equal(s, deed == DEED_CLOSE ? FT_STATUS_DISCONNECTED : FT_STATUS_STATE);
        if (deed == DEED_CLOSE)
            ft_client_free(in.c);
    }
    stop(p);
}

/* ---- Replies that are kept ------------------------------------------------------------------ */

struct keeper {
    struct ft_reply *kept;
    int n;
};

static void keep(void *user, struct ft_reply *reply)
{
    struct keeper *k = user;
    ft_reply_free(reply); /* not the callback's to give: nothing happens */
    assert_int_equal(ft_reply_keep(reply, &k->kept), FT_STATUS_OK);
    assert_null(ft_reply_message(reply));
    k->n++;
}

static void test_kept_reply(void **state)
{
    struct peer p = start(MODE_GOOD);
    struct ft_client_options o = to(p);
    struct ft_client *c = open_client(&o);
    struct keeper k = {0};
    for (int i = 0; i < 5; i++)
        assert_int_equal(call_later(c, keep, &k), FT_STATUS_OK);
    while (k.n < 5)
        assert_int_equal(ft_client_dispatch(c, -1, NULL), FT_STATUS_OK);
    ft_client_free(c);
    const KeepAlive__Response *r = (const KeepAlive__Response *)ft_reply_message(k.kept);
    assert_int_equal(r->s2c->time, ft_reply_serial(k.kept));
    assert_int_equal(ft_reply_proto(k.kept), FT_ID_KeepAlive);
    ft_reply_free(k.kept);
    stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_handle),   cmocka_unit_test(test_options),
        cmocka_unit_test(test_messages),    cmocka_unit_test(test_after_close),
        cmocka_unit_test(test_in_push),     cmocka_unit_test(test_in_reply),
        cmocka_unit_test(test_in_state),    cmocka_unit_test(test_kept_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
