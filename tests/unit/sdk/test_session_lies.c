/* The session against a gateway that lies: nothing crashes, hangs, or is believed. */
#include "fake_server.h"

static struct ft_session_options options(struct seen *seen, int encryption)
{
    struct ft_session_options o = ft_session_default_options();
    o.on_state = see_state;
    o.on_state_user = seen;
    o.encryption = encryption;
    if (encryption != FT_CIPHER_NONE) {
        o.rsa_key = fake_pem;
        o.rsa_key_len = sizeof fake_pem - 1;
    }
    return o;
}

/* A READY session with one call read by the gateway. */
static void with_call(struct fake_server *f, struct seen *seen, int encryption)
{
    fake_init(f);
    struct ft_session_options o = options(seen, encryption);
    fake_open(f, &o, FAKE_IV);
    assert_int_equal(call_time(f->s, 1, seen, NULL, NULL), 0);
    assert_true(fake_read(f));
}

/* The last queued frame, to be spoilt before it is delivered. */
static uint8_t *queued(struct fake_server *f)
{
    return ft_buf_head(&f->out);
}

static void expect_alive(struct fake_server *f)
{
    struct seen seen = {0};
    assert_int_equal(call_time(f->s, 8, &seen, NULL, NULL), 0);
    assert_true(fake_read(f));
    fake_reply_time(f, 9);
    assert_int_equal(fake_deliver(f), 1);
    assert_int_equal(seen.time, 9);
}

static void expect_invalid(struct fake_server *f, struct seen *seen)
{
    assert_int_equal(fake_deliver(f), 1);
    assert_int_equal(seen->calls, 1);
    assert_int_equal(seen->last.outcome, FT_CALL_INVALID);
    assert_int_equal(seen->last.ret_type, FT_RET_INVALID);
    assert_null(seen->last.msg);
    assert_true(strlen(seen->text) > 0);
    assert_int_equal(ft_session_stats(f->s)->invalid, 1);
    expect_alive(f);
    fake_free(f);
}

static void expect_closed(struct fake_server *f, struct seen *seen, const char *why)
{
    assert_int_equal(fake_deliver(f), -1);
    assert_int_equal(ft_session_state(f->s), FT_SESSION_CLOSED);
    if (!strstr(ft_session_error(f->s)->text, why))
        fail_msg("closed with: %s", ft_session_error(f->s)->text);
    assert_string_equal(seen->why, ft_session_error(f->s)->text);
    assert_int_equal(seen->states[seen->n_states - 1], FT_SESSION_CLOSED);
    assert_int_equal(ft_session_pending(f->s), 0);
    fake_free(f);
}

static void test_wrong_serial(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_NONE);
    f.frame.serial += 1;
    fake_reply_time(&f, 1);
    f.frame.serial -= 1;
    f.frame.proto_id = FT_PROTO_GetUserInfo; /* right serial, another protocol */
    fake_reply_time(&f, 1);
    f.frame.proto_id = 4242; /* no protocol */
    fake_reply_time(&f, 1);
    f.frame.proto_id = 0;
    fake_reply_time(&f, 1);
    assert_int_equal(fake_deliver(&f), 4);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(ft_session_stats(f.s)->unmatched, 4);
    f.frame.proto_id = FT_PROTO_KeepAlive;
    fake_reply_time(&f, 2);
    fake_reply_time(&f, 3); /* and once more */
    fake_deliver(&f);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.time, 2);
    assert_int_equal(ft_session_stats(f.s)->unmatched, 5);
    expect_alive(&f);
    fake_free(&f);
}

static void test_wrong_digest(void **state)
{
    static const int ciphers[] = {FT_CIPHER_NONE, FT_CIPHER_AES_CBC};
    for (int i = 0; i < 2; i++) {
        struct fake_server f;
        struct seen seen = {0};
        with_call(&f, &seen, ciphers[i]);
        fake_reply_time(&f, 1);
        queued(&f)[20] ^= 1;
        expect_invalid(&f, &seen);
    }
}

static void test_plain_on_encrypted(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_AES_CBC);
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    r.rettype = 0;
    fake_send(&f, fake_head(&f), &r.base, COVER_PLAIN);
    expect_invalid(&f, &seen);
}

static void test_wrong_key(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_AES_CBC);
    struct ft_aes *right = f.aes;
    f.aes = ft_aes_new(FT_CIPHER_AES_CBC, (const uint8_t *)"0123456789ABCDEF",
                       (const uint8_t *)FAKE_IV, NULL);
    fake_reply_time(&f, 1);
    ft_aes_free(f.aes);
    f.aes = right;
    expect_invalid(&f, &seen);
}

static void test_wrong_type(void **state)
{
    static const char *const bodies[] = {
        "", "\x08", "\xff\xff\xff\xff\xff", "\x08\x01\x22\x02\x08", "\x22\x00", "\x08\x00\x22\x00",
    };
    static const size_t sizes[] = {0, 1, 5, 5, 2, 4};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct fake_server f;
        struct seen seen = {0};
        with_call(&f, &seen, FT_CIPHER_NONE);
        fake_send_bytes(&f, fake_head(&f), bodies[i], sizes[i], COVER_PLAIN);
        expect_invalid(&f, &seen);
    }
    /* A whole and sound message of another protocol. */
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_NONE);
    struct fake_init_reply i;
    fake_init_reply(&i, FAKE_IV);
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN);
    assert_int_equal(fake_deliver(&f), 1);
    assert_int_equal(seen.calls, 1); /* the same fields under other types: readable or not, once */
    expect_alive(&f);
    fake_free(&f);
}

static void test_bad_json(void **state)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"retType\":\"x\"}",
        "{\"s2c\":{}}",
        "\xff\xfe",
        "{\"retType\":0,\"s2c\":{\"time\":true}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct fake_server f;
        struct seen seen = {0};
        with_call(&f, &seen, FT_CIPHER_NONE);
        struct ft_frame_head head = fake_head(&f);
        head.format = FT_BODY_JSON;
        fake_send_bytes(&f, head, bodies[i], strlen(bodies[i]), COVER_PLAIN);
        expect_invalid(&f, &seen);
    }
}

static void test_wrong_format(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_NONE);
    fake_reply_time(&f, 1);
    queued(&f)[6] = 2;
    expect_invalid(&f, &seen);
}

static void test_bad_push(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_NONE);
    ft_session_on_any_push(f.s, see_push, &seen);
    fake_send_bytes(&f, (struct ft_frame_head){FT_PROTO_Notify, 1, 0}, "\x08", 1, COVER_PLAIN);
    assert_int_equal(fake_deliver(&f), 1);
    assert_int_equal(seen.pushes, 0);
    assert_int_equal(ft_session_stats(f.s)->invalid, 1);
    expect_alive(&f);
    fake_free(&f);
}

static void test_oversized(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_NONE);
    fake_reply_time(&f, 1);
    uint32_t len = FT_FRAME_REPLY_MAX + 1;
    memcpy(queued(&f) + 12, &len, 4);
    f.piece = 16; /* told as soon as the length is there */
    expect_closed(&f, &seen, "max_body");
    assert_int_equal(seen.last.outcome, FT_CALL_DISCONNECTED);
}

static void test_not_frames(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    with_call(&f, &seen, FT_CIPHER_NONE);
    ft_buf_append(&f.out, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    expect_closed(&f, &seen, "does not start with FT");
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.last.outcome, FT_CALL_DISCONNECTED);
}

/* A message that decodes to far more memory than it has bytes. */
static void test_bomb(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    fake_init(&f);
    struct ft_session_options o = options(&seen, FT_CIPHER_NONE);
    o.max_decoded = 64 * 1024;
    fake_open(&f, &o, FAKE_IV);
    ft_session_on_any_push(f.s, see_push, &seen);
    enum { N = 20000 };
    uint8_t *body = malloc(2 + 4 + 2 * N);
    static const uint8_t head[] = {0x08, 0x00, 0x22, 0xc0, 0xb8, 0x02}; /* s2c of 40000 bytes */
    memcpy(body, head, sizeof head);
    for (size_t i = 0; i < N; i++) {
        body[sizeof head + 2 * i] = 0x12; /* an empty element of tickerList */
        body[sizeof head + 2 * i + 1] = 0;
    }
    fake_send_bytes(&f, (struct ft_frame_head){FT_PROTO_Qot_UpdateTicker, 1, 0}, body,
                    sizeof head + 2 * N, COVER_PLAIN);
    free(body);
    assert_int_equal(fake_deliver(&f), 1);
    assert_int_equal(seen.pushes, 0);
    assert_int_equal(ft_session_stats(f.s)->invalid, 1);
    expect_alive(&f);
    fake_free(&f);
}

/* InitConnect. */

static void opening(struct fake_server *f, struct seen *seen, int encryption)
{
    fake_init(f);
    struct ft_session_options o = options(seen, encryption);
    f->s = ft_session_new(&o, NULL);
    assert_int_equal(ft_session_start(f->s, NULL), 0);
    assert_true(fake_read(f));
}

static void test_init_refused(void **state)
{
    for (int encryption = FT_CIPHER_NONE; encryption <= FT_CIPHER_FTAES_ECB; encryption++) {
        struct fake_server f;
        struct seen seen = {0};
        opening(&f, &seen, encryption);
        KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
        r.rettype = -1;
        r.retmsg = (char *)"full";
        fake_send(&f, fake_head(&f), &r.base, COVER_PLAIN);
        expect_closed(&f, &seen, "InitConnect: refused with retType -1: full");
    }
}

static void test_init_spoilt(void **state)
{
    struct fake_init_reply i;
    struct fake_server f;
    struct seen seen = {0};

    opening(&f, &seen, FT_CIPHER_NONE);
    fake_init_reply(&i, FAKE_IV);
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN);
    queued(&f)[44 + 3] ^= 1;
    expect_closed(&f, &seen, "SHA-1");

    opening(&f, &seen, FT_CIPHER_NONE);
    fake_init_reply(&i, FAKE_IV);
    i.r.s2c = NULL;
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN);
    expect_closed(&f, &seen, "success without s2c");

    opening(&f, &seen, FT_CIPHER_AES_CBC);
    fake_init_reply(&i, FAKE_IV);
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN); /* keys for every listener */
    expect_closed(&f, &seen, "plain text");

    opening(&f, &seen, FT_CIPHER_AES_CBC);
    fake_init_reply(&i, FAKE_IV);
    i.s2c.connaeskey = (char *)"short";
    fake_send(&f, fake_head(&f), &i.r.base, COVER_RSA);
    expect_closed(&f, &seen, "connAESKey has 5 bytes");

    opening(&f, &seen, FT_CIPHER_AES_CBC);
    fake_init_reply(&i, "17 bytes are long");
    fake_send(&f, fake_head(&f), &i.r.base, COVER_RSA);
    expect_closed(&f, &seen, "aesCBCiv has 17 bytes");

    opening(&f, &seen, FT_CIPHER_AES_CBC);
    fake_init_reply(&i, FAKE_IV);
    fake_send(&f, fake_head(&f), &i.r.base, COVER_RSA);
    queued(&f)[44 + 3] ^= 1;
    expect_closed(&f, &seen, "InitConnect");

    opening(&f, &seen, FT_CIPHER_NONE);
    fake_init_reply(&i, FAKE_IV);
    i.s2c.keepaliveinterval = INT32_MAX;
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN);
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN); /* twice */
    assert_int_equal(fake_deliver(&f), 2);
    assert_int_equal(ft_session_info(f.s)->keep_alive_interval_s, 3600);
    assert_int_equal(ft_session_stats(f.s)->unmatched, 1);
    expect_alive(&f);
    fake_free(&f);

    opening(&f, &seen, FT_CIPHER_NONE);
    fake_init_reply(&i, FAKE_IV);
    i.s2c.keepaliveinterval = -7;
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN);
    assert_int_equal(fake_deliver(&f), 1);
    assert_int_equal(ft_session_info(f.s)->keep_alive_interval_s, 10);
    fake_free(&f);
}

static void test_before_init(void **state)
{
    struct fake_server f;
    struct seen seen = {0};
    opening(&f, &seen, FT_CIPHER_NONE);
    ft_session_on_any_push(f.s, see_push, &seen);
    Notify__Response n = NOTIFY__RESPONSE__INIT;
    n.rettype = 0;
    fake_send(&f, (struct ft_frame_head){FT_PROTO_Notify, 2, 0}, &n.base, COVER_PLAIN);
    assert_int_equal(fake_deliver(&f), 1);
    assert_int_equal(seen.pushes, 0);
    f.frame.serial++;
    struct fake_init_reply i;
    fake_init_reply(&i, FAKE_IV);
    fake_send(&f, fake_head(&f), &i.r.base, COVER_PLAIN); /* another's serial */
    assert_int_equal(fake_deliver(&f), 1);
    assert_int_equal(ft_session_state(f.s), FT_SESSION_OPENING);
    fake_free(&f);

    struct ft_session_options o = options(&seen, FT_CIPHER_NONE);
    fake_init(&f);
    f.s = ft_session_new(&o, NULL);
    ft_buf_append(&f.out, "F", 1); /* speaks first */
    expect_closed(&f, &seen, "before the session was started");
}

/* Noise over sound traffic: any answer will do, but every call ends exactly once. */
static void test_noise(void **state)
{
    uint32_t x = 12345;
    for (int round = 0; round < 3000; round++) {
        struct fake_server f;
        struct seen seen = {0};
        int encryption = round % 3 == 0 ? FT_CIPHER_AES_CBC : FT_CIPHER_NONE;
        if (encryption != FT_CIPHER_NONE && round % 30)
            continue; /* RSA is slow */
        with_call(&f, &seen, encryption);
        ft_session_on_any_push(f.s, see_push, &seen);
        call_time(f.s, 2, &seen, NULL, NULL);
        fake_reply_time(&f, 1);
        while (fake_read(&f))
            fake_reply_time(&f, 2);
        Notify__Response n = NOTIFY__RESPONSE__INIT;
        n.rettype = 0;
        fake_send(&f, (struct ft_frame_head){FT_PROTO_Notify, 2, 0}, &n.base, COVER_SESSION);
        int flips = 1 + round % 4;
        while (flips--) {
            x = x * 1664525 + 1013904223;
            queued(&f)[(x >> 8) % ft_buf_len(&f.out)] ^= (uint8_t)(1u << (x >> 29));
        }
        f.piece = 1 + round % 61;
        fake_deliver(&f);
        ft_session_tick(f.s, 0, NULL);
        ft_session_tick(f.s, 20 * SECOND, NULL);
        ft_session_close(f.s, NULL);
        assert_int_equal(seen.calls, 2);
        assert_int_equal(seen.n_states, 2);
        fake_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_serial),
        cmocka_unit_test(test_wrong_digest),
        cmocka_unit_test(test_plain_on_encrypted),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_wrong_type),
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_wrong_format),
        cmocka_unit_test(test_bad_push),
        cmocka_unit_test(test_oversized),
        cmocka_unit_test(test_not_frames),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_init_refused),
        cmocka_unit_test(test_init_spoilt),
        cmocka_unit_test(test_before_init),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
