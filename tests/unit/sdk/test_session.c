/* The session against a well-behaved gateway: forms, ciphers, pieces, pushes, callbacks, time. */
#include "fake_server.h"

static void round_trip(struct fake_server *f, int64_t time)
{
    struct seen seen = {0};
    uint32_t serial, expected = ft_session_next_serial(f->s);
    assert_int_equal(call_time(f->s, time, &seen, &serial, NULL), 0);
    assert_int_equal(serial, expected);
    assert_int_equal(ft_session_pending(f->s), 1);
    assert_true(fake_read(f));
    assert_int_equal(f->frame.serial, serial);
    assert_int_equal(((const KeepAlive__Request *)f->msg)->c2s->time, time);
    fake_reply_time(f, time + 1);
    assert_int_equal(fake_deliver(f), 1);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.last.outcome, FT_CALL_REPLIED);
    assert_int_equal(seen.last.ret_type, 0);
    assert_int_equal(seen.last.serial, serial);
    assert_string_equal(seen.text, "");
    assert_int_equal(seen.time, time + 1);
    assert_int_equal(ft_session_pending(f->s), 0);
}

static void push_ticker(struct fake_server *f, uint32_t serial, uint8_t format)
{
    QotUpdateTicker__Response r = QOT__UPDATE_TICKER__RESPONSE__INIT;
    r.rettype = 0;
    fake_send(f, (struct ft_frame_head){FT_PROTO_Qot_UpdateTicker, serial, format}, &r.base,
              COVER_SESSION);
}

/* Every form, whole and in pieces of every awkward size. */
static void run_forms(int encryption, const char *iv, int cipher, uint8_t format)
{
    static const size_t pieces[] = {0, 1, 2, 3, 43, 44, 45, 100, 1000};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct fake_server f;
        fake_init(&f);
        f.piece = pieces[i];
        struct seen seen = {0};
        struct ft_session_options o = ft_session_default_options();
        o.encryption = encryption;
        o.rsa_key = encryption == FT_CIPHER_NONE ? NULL : fake_pem;
        o.rsa_key_len = sizeof fake_pem - 1;
        o.body_format = o.push_format = format;
        o.on_state = see_state;
        o.on_state_user = &seen;
        fake_open(&f, &o, iv);
        assert_int_equal(seen.n_states, 1);
        assert_int_equal(seen.states[0], FT_SESSION_READY);
        const struct ft_session_info *info = ft_session_info(f.s);
        assert_true(info->conn_id == FAKE_CONN_ID);
        assert_int_equal(info->login_user_id, 100000);
        assert_int_equal(info->cipher, cipher);
        assert_int_equal(info->keep_alive_interval_s, 10);
        round_trip(&f, 1700000000);
        round_trip(&f, -5);
        assert_int_equal(ft_session_on_push(f.s, FT_PROTO_Qot_UpdateTicker, see_push, &seen), 0);
        for (uint32_t n = 1; n <= 5; n++)
            push_ticker(&f, n, format);
        assert_int_equal(fake_deliver(&f), 5);
        assert_int_equal(seen.pushes, 5);
        assert_int_equal(seen.push_serial, 5);
        const struct ft_session_stats *st = ft_session_stats(f.s);
        assert_int_equal(st->invalid + st->unmatched, 0);
        assert_int_equal(st->frames_in, 8);
        assert_int_equal(st->frames_out, 3);
        fake_free(&f);
    }
}

static void test_plain(void **state)
{
    run_forms(FT_CIPHER_NONE, FAKE_IV, FT_CIPHER_NONE, FT_BODY_PROTOBUF);
    run_forms(FT_CIPHER_NONE, NULL, FT_CIPHER_NONE, FT_BODY_PROTOBUF);
}

static void test_json(void **state)
{
    run_forms(FT_CIPHER_NONE, FAKE_IV, FT_CIPHER_NONE, FT_BODY_JSON);
    run_forms(FT_CIPHER_AES_CBC, FAKE_IV, FT_CIPHER_AES_CBC, FT_BODY_JSON);
}

static void test_cbc(void **state)
{
    run_forms(FT_CIPHER_AES_CBC, FAKE_IV, FT_CIPHER_AES_CBC, FT_BODY_PROTOBUF);
    run_forms(FT_CIPHER_FTAES_ECB, FAKE_IV, FT_CIPHER_AES_CBC, FT_BODY_PROTOBUF);
}

static void test_ftaes(void **state)
{
    run_forms(FT_CIPHER_FTAES_ECB, NULL, FT_CIPHER_FTAES_ECB, FT_BODY_PROTOBUF);
    run_forms(FT_CIPHER_AES_CBC, NULL, FT_CIPHER_FTAES_ECB, FT_BODY_PROTOBUF);
}

static void test_aes_ecb(void **state)
{
    run_forms(FT_CIPHER_AES_ECB, "", FT_CIPHER_AES_ECB, FT_BODY_PROTOBUF);
}

/* platform.md 6.1, third row: a key without encryption covers InitConnect's request alone. */
static void test_key_without_encryption(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    o.rsa_key = fake_pem;
    o.rsa_key_len = sizeof fake_pem - 1;
    fake_open(&f, &o, FAKE_IV);
    const InitConnect__C2S *c2s = ((const InitConnect__Request *)f.msg)->c2s;
    assert_int_equal(c2s->packetencalgo, -1);
    assert_int_equal(c2s->clientver, 300);
    assert_string_equal(c2s->clientid, "CNormal");
    assert_true(c2s->recvnotify);
    round_trip(&f, 3);
    fake_free(&f);
}

static void test_options(void **state)
{
    struct ft_err err = {0};
    struct ft_session_options o = ft_session_default_options();
    o.encryption = FT_CIPHER_AES_CBC;
    assert_null(ft_session_new(&o, &err));
    assert_non_null(strstr(err.text, "rsa_key"));
    o.rsa_key = "no key";
    o.rsa_key_len = 6;
    assert_null(ft_session_new(&o, &err));
    o = ft_session_default_options();
    o.encryption = 3;
    assert_null(ft_session_new(&o, &err));
    o = ft_session_default_options();
    o.body_format = 2;
    assert_null(ft_session_new(&o, &err));
    assert_string_equal(err.text, "body_format 2: allowed are 0 to 1");
    o = ft_session_default_options();
    o.max_pending = 0;
    assert_null(ft_session_new(&o, &err));
    o = ft_session_default_options();
    char longer[300];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    o.client_id = longer;
    assert_null(ft_session_new(&o, &err));
    ft_session_free(NULL);
}

static void test_misuse(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    struct ft_err err = {0};
    f.s = ft_session_new(&o, &err);
    assert_int_equal(call_time(f.s, 1, NULL, NULL, &err), -1);
    assert_int_equal(err.code, FT_ESTATE);
    ft_session_free(f.s);
    fake_open(&f, &o, NULL);
    assert_int_equal(ft_session_start(f.s, &err), -1);

    KeepAlive__Request no_c2s = KEEP_ALIVE__REQUEST__INIT;
    uint32_t serial = ft_session_next_serial(f.s);
    assert_int_equal(ft_session_call(f.s, FT_PROTO_KeepAlive, &no_c2s.base, NULL, NULL, NULL, &err),
                     -1);
    assert_int_equal(err.code, FT_EINVAL);
    assert_int_equal(
        ft_session_call(f.s, FT_PROTO_GetGlobalState, &no_c2s.base, NULL, NULL, NULL, &err), -1);
    assert_int_equal(ft_session_call(f.s, FT_PROTO_KeepAlive, NULL, NULL, NULL, NULL, &err), -1);
    assert_int_equal(ft_session_call(f.s, FT_PROTO_Notify, &no_c2s.base, NULL, NULL, NULL, &err),
                     -1);
    assert_int_equal(ft_session_call(f.s, 9999, &no_c2s.base, NULL, NULL, NULL, &err), -1);
    assert_int_equal(
        ft_session_call(f.s, FT_PROTO_InitConnect, &no_c2s.base, NULL, NULL, NULL, &err), -1);
    assert_int_equal(ft_session_on_push(f.s, FT_PROTO_KeepAlive, see_push, NULL), -1);
    struct ft_arena arena;
    ft_arena_init(&arena, 1000);
    assert_int_equal(ft_session_swap_arena(f.s, &arena), -1);
    assert_int_equal(ft_session_next_serial(f.s), serial);
    assert_int_equal(ft_buf_len(ft_session_output(f.s)), 0);
    assert_int_equal(ft_session_pending(f.s), 0);
    fake_free(&f);
}

static void test_out_of_order(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    fake_open(&f, &o, NULL);
    struct seen seen[3] = {0};
    struct ft_frame_head heads[3];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call_time(f.s, i, &seen[i], NULL, NULL), 0);
        assert_true(fake_read(&f));
        heads[i] = fake_head(&f);
    }
    for (int i = 2; i >= 0; i--) {
        f.frame.serial = heads[i].serial;
        fake_reply_time(&f, 100 + i);
    }
    assert_int_equal(fake_deliver(&f), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen[i].time, 100 + i);
    fake_free(&f);
}

static void test_error_reply(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    fake_open(&f, &o, NULL);
    struct seen seen = {0};
    assert_int_equal(call_time(f.s, 1, &seen, NULL, NULL), 0);
    assert_true(fake_read(&f));
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    r.rettype = -1;
    r.retmsg = (char *)"too often";
    r.has_errcode = 1;
    r.errcode = 7;
    fake_send(&f, fake_head(&f), &r.base, COVER_SESSION);
    fake_deliver(&f);
    assert_int_equal(seen.last.outcome, FT_CALL_REPLIED);
    assert_int_equal(seen.last.ret_type, -1);
    assert_int_equal(seen.last.err_code, 7);
    assert_string_equal(seen.text, "too often");
    fake_free(&f);
}

static void test_push_dispatch(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    fake_open(&f, &o, NULL);
    struct seen ticker = {0}, any = {0}, call = {0};
    push_ticker(&f, 1, FT_BODY_PROTOBUF); /* nobody listens */
    assert_int_equal(fake_deliver(&f), 1);
    ft_session_on_push(f.s, FT_PROTO_Qot_UpdateTicker, see_push, &ticker);
    ft_session_on_any_push(f.s, see_push, &any);
    /* A push whose serial is that of a pending call is a push (platform.md 4.2). */
    uint32_t serial;
    call_time(f.s, 1, &call, &serial, NULL);
    assert_true(fake_read(&f));
    push_ticker(&f, serial, FT_BODY_JSON); /* each frame by its own format */
    Notify__Response n = NOTIFY__RESPONSE__INIT;
    n.rettype = 0;
    fake_send(&f, (struct ft_frame_head){FT_PROTO_Notify, 2, 0}, &n.base, COVER_SESSION);
    assert_int_equal(fake_deliver(&f), 2);
    assert_int_equal(ticker.pushes, 1);
    assert_int_equal(any.pushes, 1);
    assert_int_equal(any.push_id, FT_PROTO_Notify);
    assert_int_equal(call.calls, 0);
    ft_session_on_push(f.s, FT_PROTO_Qot_UpdateTicker, NULL, NULL);
    push_ticker(&f, 3, FT_BODY_PROTOBUF);
    fake_deliver(&f);
    assert_int_equal(ticker.pushes, 1);
    assert_int_equal(any.pushes, 2);
    fake_free(&f);
}

/* Callbacks that call, drive, keep, close and free. */

struct chain {
    struct fake_server *f;
    int left, calls;
    int feed_rc, tick_rc;
    struct ft_err err;
    struct ft_arena kept;
    const ProtobufCMessage *msg;
};

static void call_again(void *user, const struct ft_session_reply *reply)
{
    struct chain *c = user;
    c->calls++;
    c->feed_rc = ft_session_feed(c->f->s, "FT", 2, &c->err);
    c->tick_rc = ft_session_tick(c->f->s, 1, &c->err);
    if (c->left-- == 0)
        return;
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    c2s.time = c->left;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    assert_int_equal(
        ft_session_call(c->f->s, FT_PROTO_KeepAlive, &r.base, call_again, c, NULL, NULL), 0);
}

static void test_calls_in_callbacks(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    o.max_pending = 1; /* the slot of the answered call is free again in its callback */
    fake_open(&f, &o, NULL);
    struct chain c = {.f = &f, .left = 50};
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    ft_session_call(f.s, FT_PROTO_KeepAlive, &r.base, call_again, &c, NULL, NULL);
    while (fake_read(&f)) {
        fake_reply_time(&f, 1);
        assert_int_equal(fake_deliver(&f), 1);
    }
    assert_int_equal(c.calls, 51);
    assert_int_equal(c.feed_rc, -1);
    assert_int_equal(c.tick_rc, -1);
    assert_int_equal(c.err.code, FT_ESTATE);
    fake_free(&f);
}

static void keep(void *user, const struct ft_session_reply *reply)
{
    struct chain *c = user;
    c->msg = reply->msg;
    assert_int_equal(ft_session_swap_arena(c->f->s, &c->kept), 0);
    assert_int_equal(ft_session_swap_arena(c->f->s, &c->kept), -1);
}

static void test_keep_message(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    fake_open(&f, &o, NULL);
    struct chain c = {.f = &f};
    ft_arena_init(&c.kept, 1 << 20);
    for (int i = 0; i < 3; i++) {
        KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
        KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
        r.c2s = &c2s;
        ft_session_call(f.s, FT_PROTO_KeepAlive, &r.base, keep, &c, NULL, NULL);
        assert_true(fake_read(&f));
        fake_reply_time(&f, 40 + i);
        fake_deliver(&f);
        round_trip(&f, 7); /* overwrites the session's arena, not ours */
        assert_int_equal(((const KeepAlive__Response *)c.msg)->s2c->time, 40 + i);
    }
    ft_arena_free(&c.kept);
    fake_free(&f);
}

static void close_it(void *user, const struct ft_session_reply *reply)
{
    struct chain *c = user;
    c->calls++;
    ft_session_close(c->f->s, "enough");
    ft_session_close(c->f->s, "again");
}

static void free_it(void *user, const struct ft_session_reply *reply)
{
    struct chain *c = user;
    c->calls++;
    ft_session_free(c->f->s);
}

/* Three calls, all answered in one feed; the first callback ends the session. */
static void end_in_callback(ft_reply_fn *fn, struct seen *others, struct seen *states,
                            struct fake_server *f)
{
    fake_init(f);
    struct ft_session_options o = ft_session_default_options();
    o.on_state = see_state;
    o.on_state_user = states;
    fake_open(f, &o, NULL);
    struct chain c = {.f = f};
    KeepAlive__C2S c2s = KEEP_ALIVE__C2_S__INIT;
    KeepAlive__Request r = KEEP_ALIVE__REQUEST__INIT;
    r.c2s = &c2s;
    ft_session_call(f->s, FT_PROTO_KeepAlive, &r.base, fn, &c, NULL, NULL);
    call_time(f->s, 1, others, NULL, NULL);
    call_time(f->s, 2, others, NULL, NULL);
    while (fake_read(f))
        fake_reply_time(f, 1);
    assert_int_equal(fake_deliver(f), -1);
    assert_int_equal(c.calls, 1);
}

static void test_close_in_callback(void **state)
{
    struct fake_server f;
    struct seen others = {0}, states = {0};
    end_in_callback(close_it, &others, &states, &f);
    assert_int_equal(others.calls, 2);
    assert_int_equal(others.last.outcome, FT_CALL_DISCONNECTED);
    assert_int_equal(others.last.ret_type, FT_RET_DISCONNECT);
    assert_string_equal(others.text, "enough");
    assert_int_equal(states.n_states, 2);
    assert_int_equal(states.states[1], FT_SESSION_CLOSED);
    assert_string_equal(states.why, "enough");
    struct ft_err err = {0};
    assert_int_equal(call_time(f.s, 1, &others, NULL, &err), -1);
    assert_int_equal(ft_session_feed(f.s, "", 0, &err), -1);
    assert_int_equal(ft_session_tick(f.s, 1, &err), -1);
    assert_string_equal(err.text, "enough");
    assert_true(ft_session_wake_ns(f.s) == UINT64_MAX);
    fake_free(&f);
}

static void test_free_in_callback(void **state)
{
    struct fake_server f;
    struct seen others = {0}, states = {0};
    end_in_callback(free_it, &others, &states, &f);
    assert_int_equal(others.calls, 0);
    assert_int_equal(states.n_states, 1);
    f.s = NULL;
    fake_free(&f);
}

/* Time. */

static void test_call_timeout(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    fake_open(&f, &o, NULL);
    assert_true(ft_session_wake_ns(f.s) == 0);
    assert_int_equal(ft_session_tick(f.s, 100 * SECOND, NULL), 0);
    assert_true(ft_session_wake_ns(f.s) == 108 * SECOND); /* keep-alive: 10 s * 4 / 5 */
    struct seen a = {0}, b = {0};
    call_time(f.s, 1, &a, NULL, NULL);
    assert_true(ft_session_wake_ns(f.s) == 0);
    /* Timed from the first tick, however late: nothing ends early. */
    ft_session_feed(f.s, "", 0, NULL);
    assert_int_equal(ft_session_tick(f.s, 120 * SECOND, NULL), 1); /* the keep-alive alone */
    call_time(f.s, 1, &b, NULL, NULL);
    assert_int_equal(ft_session_tick(f.s, 125 * SECOND, NULL), 0);
    assert_int_equal(ft_session_tick(f.s, 132 * SECOND - 1, NULL), 0);
    assert_true(ft_session_wake_ns(f.s) == 132 * SECOND);
    assert_int_equal(ft_session_tick(f.s, 132 * SECOND, NULL),
                     1); /* a; b and the keep-alive are younger */
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.last.outcome, FT_CALL_TIMEOUT);
    assert_int_equal(a.last.ret_type, FT_RET_TIMEOUT);
    assert_int_equal(b.calls, 0);
    assert_int_equal(ft_session_pending(f.s), 1);
    /* Answers: too late for the one, in time for the other. */
    while (fake_read(&f))
        fake_reply_time(&f, 5);
    fake_deliver(&f);
    assert_int_equal(a.calls, 1);
    assert_int_equal(b.calls, 1);
    assert_int_equal(b.last.outcome, FT_CALL_REPLIED);
    assert_int_equal(ft_session_stats(f.s)->unmatched, 1);
    assert_int_equal(ft_session_state(f.s), FT_SESSION_READY);
    fake_free(&f);
}

static void test_keep_alive(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    o.utc_offset_ns = 1700000000 * (int64_t)SECOND;
    fake_open(&f, &o, NULL);
    ft_session_tick(f.s, 0, NULL);
    int sent = 0;
    for (uint64_t t = 1; t <= 80; t++) {
        assert_true(ft_session_tick(f.s, t * SECOND, NULL) >= 0);
        while (fake_read(&f)) {
            assert_int_equal(f.frame.proto_id, FT_PROTO_KeepAlive);
            assert_int_equal(((const KeepAlive__Request *)f.msg)->c2s->time,
                             1700000000 + (int64_t)t);
            fake_reply_time(&f, 1);
            sent++;
        }
        fake_deliver(&f);
    }
    assert_int_equal(sent, 10);
    assert_int_equal(ft_session_stats(f.s)->keep_alives, 10);
    assert_int_equal(ft_session_stats(f.s)->unmatched, 0);
    assert_int_equal(ft_session_tick(f.s, 1, NULL), 0); /* a clock that goes back is ignored */
    fake_free(&f);
}

static void test_silence(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct seen seen = {0};
    struct ft_session_options o = ft_session_default_options();
    o.on_state = see_state;
    o.on_state_user = &seen;
    fake_open(&f, &o, NULL);
    ft_session_tick(f.s, 0, NULL);
    call_time(f.s, 1, &seen, NULL, NULL);
    uint64_t t = 0;
    while (ft_session_tick(f.s, ++t * SECOND, NULL) >= 0)
        ;
    assert_int_equal(t, 33);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.last.outcome, FT_CALL_TIMEOUT);
    assert_int_equal(ft_session_state(f.s), FT_SESSION_CLOSED);
    assert_non_null(strstr(seen.why, "silent"));
    fake_free(&f);
}

static void test_init_timeout(void **state)
{
    struct seen seen = {0};
    struct ft_session_options o = ft_session_default_options();
    o.on_state = see_state;
    o.on_state_user = &seen;
    struct ft_session *s = ft_session_new(&o, NULL);
    ft_session_start(s, NULL);
    assert_int_equal(ft_session_tick(s, 5 * SECOND, NULL), 0);
    assert_true(ft_session_wake_ns(s) == 17 * SECOND);
    struct ft_err err = {0};
    assert_int_equal(ft_session_tick(s, 17 * SECOND, &err), -1);
    assert_string_equal(err.text, "InitConnect: no reply in time");
    assert_int_equal(seen.n_states, 1);
    ft_session_free(s);
}

static void test_bounds(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    o.max_pending = 3;
    fake_open(&f, &o, NULL);
    struct seen seen = {0};
    struct ft_err err = {0};
    for (int i = 0; i < 3; i++)
        assert_int_equal(call_time(f.s, i, &seen, NULL, NULL), 0);
    size_t queued = ft_buf_len(ft_session_output(f.s));
    assert_int_equal(call_time(f.s, 9, &seen, NULL, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
    assert_int_equal(ft_buf_len(ft_session_output(f.s)), queued);
    ft_session_tick(f.s, 0, NULL);
    assert_int_equal(ft_session_tick(f.s, 8 * SECOND, NULL), 1); /* keep-alive has its own room */
    fake_free(&f);

    fake_init(&f);
    o = ft_session_default_options();
    o.max_output = 1024;
    fake_open(&f, &o, NULL);
    int n = 0;
    while (call_time(f.s, n, &seen, NULL, &err) == 0)
        n++;
    assert_int_equal(err.code, FT_ELIMIT);
    assert_int_equal(ft_session_pending(f.s), n);
    assert_true(ft_buf_len(ft_session_output(f.s)) <= 1024);
    while (fake_read(&f))
        fake_reply_time(&f, 1);
    assert_int_equal(fake_deliver(&f), n);
    fake_free(&f);
}

static void test_serial_wraps(void **state)
{
    struct fake_server f;
    fake_init(&f);
    struct ft_session_options o = ft_session_default_options();
    o.first_serial = UINT32_MAX - 1;
    fake_open(&f, &o, NULL);
    assert_int_equal(ft_session_next_serial(f.s), UINT32_MAX);
    round_trip(&f, 1);
    assert_int_equal(ft_session_next_serial(f.s), 1);
    round_trip(&f, 2);
    fake_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_cbc),
        cmocka_unit_test(test_ftaes),
        cmocka_unit_test(test_aes_ecb),
        cmocka_unit_test(test_key_without_encryption),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_out_of_order),
        cmocka_unit_test(test_error_reply),
        cmocka_unit_test(test_push_dispatch),
        cmocka_unit_test(test_calls_in_callbacks),
        cmocka_unit_test(test_keep_message),
        cmocka_unit_test(test_close_in_callback),
        cmocka_unit_test(test_free_in_callback),
        cmocka_unit_test(test_call_timeout),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_init_timeout),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_serial_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
