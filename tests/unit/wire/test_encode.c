/* The hand-written writers write what protobuf-c writes, byte for byte, and refuse what it refuses:
 * random messages with every field that the descriptors know, lists longer than the first room, and
 * buffers that are just large enough or one byte too small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random_message.h"
#include "wire/encode.h"
#include "wire/frame.h"
#include "wire/pb.h"
#include "wire/protocol.h"

#include "Qot_UpdateBasicQot.pb-c.h"
#include "Qot_UpdateBroker.pb-c.h"
#include "Qot_UpdateKL.pb-c.h"
#include "Qot_UpdateOrderBook.pb-c.h"
#include "Qot_UpdateRT.pb-c.h"
#include "Qot_UpdateTicker.pb-c.h"

static const ProtobufCMessageDescriptor *const kinds[] = {
    &qot__update_basic_qot__response__descriptor,  &qot__update_kl__response__descriptor,
    &qot__update_order_book__response__descriptor, &qot__update_rt__response__descriptor,
    &qot__update_ticker__response__descriptor,
};
enum { KINDS = sizeof kinds / sizeof kinds[0], ROUNDS = 4000, DEPTH = 6 };

static struct ft_arena arena;

static int setup(void **state)
{
    (void)state;
    ft_arena_init(&arena, 64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ft_arena_free(&arena);
    return 0;
}

/* Packed by protobuf-c on the heap, exactly as long as it is. */
static uint8_t *expected(const ProtobufCMessage *msg, size_t *n)
{
    *n = protobuf_c_message_get_packed_size(msg);
    uint8_t *bytes = malloc(*n + 1);
    assert_non_null(bytes);
    assert_int_equal(protobuf_c_message_pack(msg, bytes), *n);
    return bytes;
}

static void assert_same(const ProtobufCMessage *msg)
{
    struct ft_err err = {0};
    struct ft_buf out;
    size_t n;
    uint8_t *want = expected(msg, &n);
    ft_encoder *encode = ft_encoder_of(msg->descriptor);
    assert_non_null(encode);

    ft_buf_init(&out, 4 << 20);
    assert_int_equal(ft_buf_append(&out, "head", 4), 0); /* appended, not written over */
    if (encode(msg, &out, &err))
        fail_msg("%s: %s", msg->descriptor->name, err.text);
    assert_int_equal(ft_buf_len(&out), n + 4);
    assert_memory_equal(ft_buf_head(&out), "head", 4);
    assert_memory_equal(ft_buf_head(&out) + 4, want, n);
    ft_buf_free(&out);

    ft_buf_init(&out, n);
    assert_int_equal(encode(msg, &out, &err), 0);
    assert_int_equal(ft_buf_len(&out), n);
    assert_memory_equal(ft_buf_head(&out), want, n);
    ft_buf_free(&out);

    ft_buf_init(&out, n - 1);
    assert_int_equal(encode(msg, &out, &err), -1);
    assert_int_equal(err.code, FT_ELIMIT);
    assert_int_equal(ft_buf_len(&out), 0);
    ft_buf_free(&out);
    free(want);
}

static void test_random(void **state)
{
    (void)state;
    uint64_t seed = 20261125;
    for (size_t k = 0; k < KINDS; k++)
        for (int round = 0; round < ROUNDS; round++) {
            ft_arena_reset(&arena);
            assert_same(rnd_message(kinds[k], &arena, &seed, DEPTH));
        }
}

static QotUpdateTicker__Response *many_ticks(QotUpdateTicker__S2C *s2c, QotCommon__Security *s,
                                             size_t n)
{
    static QotUpdateTicker__Response r;
    QotCommon__Ticker *rows = ft_arena_alloc(&arena, n * sizeof *rows);
    QotCommon__Ticker **list = ft_arena_alloc(&arena, n * sizeof *list);
    assert_true(rows && list);
    for (size_t k = 0; k < n; k++) {
        qot__common__ticker__init(&rows[k]);
        rows[k].time = (char *)"2026-11-25 09:30:00.123";
        rows[k].sequence = (int64_t)k << 30;
        rows[k].price = 388.2 + (double)k;
        list[k] = &rows[k];
    }
    qot__common__security__init(s);
    s->market = 1;
    s->code = (char *)"00700";
    qot__update_ticker__s2_c__init(s2c);
    s2c->security = s;
    s2c->tickerlist = list;
    s2c->n_tickerlist = n;
    qot__update_ticker__response__init(&r);
    r.rettype = 0;
    r.s2c = s2c;
    return &r;
}

static void test_long_list(void **state)
{
    (void)state;
    QotUpdateTicker__S2C s2c;
    QotCommon__Security s;
    for (size_t n = 1; n <= 1000; n += 37) {
        ft_arena_reset(&arena);
        assert_same(&many_ticks(&s2c, &s, n)->base);
    }
}

static void refused(const ProtobufCMessage *msg, const char *words)
{
    struct ft_err err = {0};
    struct ft_buf out;
    ft_buf_init(&out, 1 << 20);
    assert_int_equal(ft_body_write(msg, FT_BODY_PROTOBUF, &out, &err), -1);
    assert_int_equal(err.code, FT_EINVAL);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not name '%s'", err.text, words);
    assert_int_equal(ft_buf_len(&out), 0);
    ft_buf_free(&out);
}

static void test_missing(void **state)
{
    (void)state;
    QotUpdateTicker__S2C s2c;
    QotCommon__Security s;
    QotUpdateTicker__Response *r = many_ticks(&s2c, &s, 3);
    s.code = NULL;
    refused(&r->base, "s2c.security.code is required");
    r = many_ticks(&s2c, &s, 3);
    s2c.security = NULL;
    refused(&r->base, "s2c.security is required");
    r = many_ticks(&s2c, &s, 3);
    s2c.tickerlist[1]->time = NULL;
    refused(&r->base, "s2c.tickerList[1].time is required");
    r = many_ticks(&s2c, &s, 3);
    s2c.tickerlist[2] = NULL;
    refused(&r->base, "s2c.tickerList[2] is required");
    r = many_ticks(&s2c, &s, 3);
    s2c.tickerlist = NULL;
    refused(&r->base, "s2c.tickerList[0] is required");
}

static void test_others_have_none(void **state)
{
    (void)state;
    assert_null(ft_encoder_of(&qot__update_broker__response__descriptor));
    assert_null(ft_encoder_of(&qot__update_ticker__s2_c__descriptor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
        cmocka_unit_test(test_others_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
