/* The typed layer: every message of every protocol to its struct and back, what may be absent, what must not
 * be; enums, conversions, columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../wire/random_message.h"
#include "ftapi/columns.h"
#include "ftapi/convert.h"
#include "ftapi/protocols.h"
#include "sdk/typed.h"

static struct ft_arena arena, back;
static struct ft_err err;

static int setup(void **state)
{
    (void)state;
    ft_arena_init(&arena, 64 << 20);
    ft_arena_init(&back, 64 << 20);
    ft_err_clear(&err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ft_arena_free(&arena);
    ft_arena_free(&back);
    return 0;
}

static void test_tables_name_their_fields(void **state)
{
    (void)state;
    assert_true(ft_typed_messages_count > 400);
    for (size_t k = 0; k < ft_typed_messages_count; k++) {
        const struct ft_typed_message *m = ft_typed_messages[k];
        assert_int_equal(m->count, m->wire->n_fields);
        for (size_t i = 0; i < m->count; i++) {
            const struct ft_typed_field *f = &m->fields[i];
            assert_true(f->index < m->wire->n_fields);
            assert_string_equal(f->name, m->wire->fields[f->index].name);
            if (f->kind == FT_TYPED_MESSAGE)
                assert_ptr_equal(f->message->wire, m->wire->fields[f->index].descriptor);
        }
    }
}

/* The packet ID is the client's: it comes back as it was. */
static void put_packets(const struct ft_typed_message *m, const ProtobufCMessage *from,
                        ProtobufCMessage *to)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->fields[i].kind == FT_TYPED_PACKET) {
            size_t at = m->wire->fields[m->fields[i].index].offset;
            memcpy((char *)to + at, (const char *)from + at, sizeof(void *));
        }
}

static void test_every_message_comes_back(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    for (size_t k = 0; k < ft_typed_messages_count; k++) {
        const struct ft_typed_message *m = ft_typed_messages[k];
        for (int round = 0; round < 8; round++) {
            ft_arena_reset(&arena);
            ft_arena_reset(&back);
            ProtobufCMessage *msg = rnd_message(m->wire, &arena, &seed, 3);
            void *data = ft_typed_read(m, msg, &arena);
            assert_non_null(data);
            ProtobufCMessage *again = ft_typed_write(m, data, &back, &err);
            if (!again)
                fail_msg("%s: %s", m->wire->name, err.text);
            put_packets(m, msg, again);
            size_t n = protobuf_c_message_get_packed_size(msg);
            assert_int_equal(protobuf_c_message_get_packed_size(again), n);
            uint8_t *one = ft_arena_alloc(&arena, n + 1), *two = ft_arena_alloc(&back, n + 1);
            assert_true(one && two);
            protobuf_c_message_pack(msg, one);
            protobuf_c_message_pack(again, two);
            if (memcmp(one, two, n) != 0)
                fail_msg("%s: another message came back", m->wire->name);
        }
    }
}

static void test_a_full_arena_is_told(void **state)
{
    (void)state;
    uint64_t seed = 7;
    const struct ft_typed_message *m = NULL;
    for (size_t k = 0; k < ft_typed_messages_count; k++)
        if (strcmp(ft_typed_messages[k]->wire->name, "Qot_GetSecuritySnapshot.S2C") == 0)
            m = ft_typed_messages[k];
    assert_non_null(m);
    ProtobufCMessage *msg;
    do {
        ft_arena_reset(&arena);
        msg = rnd_message(m->wire, &arena, &seed, 3);
    } while (protobuf_c_message_get_packed_size(msg) < 500);
    void *data = ft_typed_read(m, msg, &arena);
    size_t refused_reads = 0, refused_writes = 0;
    for (size_t limit = 16;; limit *= 2) {
        struct ft_arena small;
        ft_arena_init(&small, limit);
        bool read = ft_typed_read(m, msg, &small) != NULL;
        ft_arena_free(&small);
        ft_arena_init(&small, limit);
        bool written = ft_typed_write(m, data, &small, &err) != NULL;
        ft_arena_free(&small);
        refused_reads += !read;
        refused_writes += !written;
        if (!written)
            assert_int_equal(err.code, FT_ENOMEM);
        if (read && written)
            break;
    }
    assert_true(refused_reads > 2 && refused_writes > 2);
}

/* ---- What is missing ------------------------------------------------------------------------- */

static const struct ft_typed_message *map_of(const char *name)
{
    for (size_t k = 0; k < ft_typed_messages_count; k++)
        if (strcmp(ft_typed_messages[k]->wire->name, name) == 0)
            return ft_typed_messages[k];
    fail_msg("no message %s", name);
    return NULL;
}

static void refused(const char *message, const void *data, const char *words)
{
    ft_err_clear(&err);
    assert_null(ft_typed_write(map_of(message), data, &arena, &err));
    assert_int_equal(err.code, FT_EINVAL);
    assert_string_equal(err.text, words);
}

static void test_what_is_missing_is_named(void **state)
{
    (void)state;
    struct ft_order_place_request order = {.trd_side = FT_TRD_SIDE_BUY, .qty = 100};
    refused("Trd_PlaceOrder.C2S", &order, "header is missing");
    struct ft_trd_header header = {0};
    order.header = &header;
    refused("Trd_PlaceOrder.C2S", &order, "code is missing");
    order.code = "00700";
    assert_non_null(ft_typed_write(map_of("Trd_PlaceOrder.C2S"), &order, &arena, &err));

    struct ft_history_kline_get_request bars = {.begin_time = "2026-01-01"};
    refused("Qot_RequestHistoryKL.C2S", &bars, "security is missing");
    struct ft_security two[2] = {{FT_QOT_MARKET_HK_SECURITY, "00700"}};
    struct ft_security_snapshot_get_request snapshot = {.security_list = two,
                                                        .security_list_count = 2};
    refused("Qot_GetSecuritySnapshot.C2S", &snapshot, "securityList[1]: its code is missing");
    snapshot.security_list = NULL;
    refused("Qot_GetSecuritySnapshot.C2S", &snapshot, "securityList is NULL, and its count is 2");
}

/* ---- Enums and conversions ----------------------------------------------------------------------- */

static void test_enums(void **state)
{
    (void)state;
    int32_t v = 99;
    assert_string_equal(ft_enum_text(&ft_order_status_info, FT_ORDER_STATUS_FILLED_ALL),
                        "Filled_All");
    assert_null(ft_enum_text(&ft_order_status_info, 12345));
    assert_null(ft_enum_text(NULL, 1));
    assert_int_equal(ft_enum_parse(&ft_trd_side_info, "SELL", &v), FT_STATUS_OK);
    assert_int_equal(v, FT_TRD_SIDE_SELL);
    assert_int_equal(ft_enum_parse(&ft_trd_side_info, "1", &v), FT_STATUS_OK);
    assert_int_equal(v, FT_TRD_SIDE_BUY);
    assert_int_equal(ft_enum_parse(&ft_trd_side_info, "77", &v), FT_STATUS_NOT_FOUND);
    assert_int_equal(ft_enum_parse(&ft_trd_side_info, "1x", &v), FT_STATUS_NOT_FOUND);
    assert_int_equal(ft_enum_parse(&ft_trd_side_info, "", &v), FT_STATUS_NOT_FOUND);
    assert_int_equal(ft_enum_parse(&ft_trd_side_info, NULL, &v), FT_STATUS_INVALID);
    assert_int_equal(v, FT_TRD_SIDE_BUY);
}

static void test_securities(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t market;
        const char *code;
    } good[] = {{"HK.00700", FT_QOT_MARKET_HK_SECURITY, "00700"},
                {"US..DJI", FT_QOT_MARKET_US_SECURITY, ".DJI"},
                {"US.BRK.B", FT_QOT_MARKET_US_SECURITY, "BRK.B"},
                {"SH.600519", FT_QOT_MARKET_CNSH_SECURITY, "600519"},
                {"HK_FUTURE.999010", FT_QOT_MARKET_HK_FUTURE, "999010"}};
    static const char *const bad[] = {"",     ".",        "HK",       "HK.",
                                      "XX.1", "hk.00700", "00700.HK", "HKX.1"};
    char text[32];
    for (size_t k = 0; k < sizeof good / sizeof good[0]; k++) {
        struct ft_security s;
        assert_int_equal(ft_security_parse(good[k].text, &s), FT_STATUS_OK);
        assert_int_equal(s.market, good[k].market);
        assert_string_equal(s.code, good[k].code);
        assert_int_equal(ft_security_print(&s, text, sizeof text), strlen(good[k].text));
        assert_string_equal(text, good[k].text);
    }
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct ft_security s = {1, "left"};
        assert_int_equal(ft_security_parse(bad[k], &s), FT_STATUS_INVALID);
        assert_string_equal(s.code, "left");
    }
    struct ft_security s = {FT_QOT_MARKET_US_SECURITY, "AAPL"};
    assert_int_equal(ft_security_print(&s, text, 4), 7);
    assert_string_equal(text, "US.");
    s.market = 12345;
    assert_int_equal(ft_security_print(&s, text, sizeof text), 0);
    assert_int_equal(ft_security_parse(NULL, &s), FT_STATUS_INVALID);
}

static void test_decimals(void **state)
{
    (void)state;
    struct ft_decimal d, e;
    char text[FT_DECIMAL_TEXT_MAX];
    assert_int_equal(ft_decimal_from_double(1.0000005, 6, &d), FT_STATUS_OK);
    assert_int_equal(d.units, 1000001);
    assert_int_equal(ft_decimal_print(d, text), 8);
    assert_string_equal(text, "1.000001");
    assert_int_equal(ft_decimal_parse("-67.25", 3, &d), FT_STATUS_OK);
    assert_int_equal(d.units, -67250);
    assert_true(ft_decimal_to_double(d) == -67.25);
    ft_decimal_print(d, text);
    assert_string_equal(text, "-67.250");
    assert_int_equal(ft_decimal_parse("1.2345", 3, &d), FT_STATUS_INVALID);
    assert_int_equal(ft_decimal_parse("1.2 ", 3, &d), FT_STATUS_INVALID);
    assert_int_equal(ft_decimal_parse("99999999999999999999", 0, &d), FT_STATUS_LIMIT);
    assert_int_equal(ft_decimal_from_double(NAN, 2, &d), FT_STATUS_INVALID);
    assert_int_equal(ft_decimal_from_double(1e30, 2, &d), FT_STATUS_LIMIT);
    assert_int_equal(ft_decimal_from_double(1, 19, &d), FT_STATUS_INVALID);
    d = (struct ft_decimal){12345, 4};
    assert_int_equal(ft_decimal_rescale(d, 2, &e), FT_STATUS_OK);
    assert_int_equal(e.units, 123);
    assert_int_equal(ft_decimal_rescale((struct ft_decimal){-125, 2}, 1, &e), FT_STATUS_OK);
    assert_int_equal(e.units, -13);
    assert_int_equal(ft_decimal_rescale((struct ft_decimal){INT64_MAX, 0}, 1, &e), FT_STATUS_LIMIT);
    assert_int_equal(
        ft_decimal_compare((struct ft_decimal){6725, 2}, (struct ft_decimal){67250, 3}), 0);
    assert_int_equal(
        ft_decimal_compare((struct ft_decimal){INT64_MAX, 0}, (struct ft_decimal){INT64_MAX, 18}),
        1);
    assert_int_equal(ft_decimal_compare((struct ft_decimal){-1, 0}, (struct ft_decimal){0, 5}), -1);
}

static void test_md5(void **state)
{
    (void)state;
    char out[33];
    assert_int_equal(ft_md5_text("123456", out), FT_STATUS_OK);
    assert_string_equal(out, "e10adc3949ba59abbe56e057f20f883e"); /* platform.md 2.5 */
    assert_int_equal(ft_md5_text(NULL, out), FT_STATUS_INVALID);
}

static void test_times(void **state)
{
    (void)state;
    struct ft_zone *z;
    int64_t ns;
    char text[FT_TIME_TEXT_MAX];
    assert_int_equal(ft_zone_of_market(FT_QOT_MARKET_US_SECURITY, &z), FT_STATUS_OK);
    assert_int_equal(ft_zone_parse(z, "2026-07-01 09:30:00", &ns), FT_STATUS_OK);
    assert_true(ns == INT64_C(1782912600) * 1000000000);
    assert_int_equal(ft_zone_print(z, ns + 123456789, true, text), 23);
    assert_string_equal(text, "2026-07-01 09:30:00.123");
    assert_int_equal(ft_zone_parse(z, "2026-01-15", &ns), FT_STATUS_OK);
    ft_zone_print(z, ns, false, text);
    assert_string_equal(text, "2026-01-15 00:00:00");
    assert_int_equal(ft_zone_parse(z, "2026-13-15", &ns), FT_STATUS_INVALID);
    ft_zone_free(z);
    assert_int_equal(ft_zone_open("UTC-5:30", &z), FT_STATUS_OK);
    ft_zone_print(z, -1, true, text);
    assert_string_equal(text, "1969-12-31 18:29:59.999");
    ft_zone_free(z);
    assert_int_equal(ft_zone_open("UTC+8", &z), FT_STATUS_OK);
    assert_int_equal(ft_zone_parse(z, "1970-01-01 08:00:00.250", &ns), FT_STATUS_OK);
    assert_true(ns == 250000000);
    ft_zone_free(z);
    ft_zone_free(NULL);
    static const char *const bad[] = {"UTC+15",       "UTC8", "UTC+8:6",      "UTC+",
                                      "Mars/Olympus", "",     "../etc/passwd"};
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        assert_int_equal(ft_zone_open(bad[k], &z), FT_STATUS_NOT_FOUND);
    assert_int_equal(ft_zone_of_market(-7, &z), FT_STATUS_NOT_FOUND);
}

static void test_columns(void **state)
{
    (void)state;
    struct ft_columns c = {0};
    struct ft_kline bars[3] = {
        {.open_price = 1,
         .has_open_price = true,
         .close_price = 2,
         .has_close_price = true,
         .volume = 300,
         .has_volume = true,
         .timestamp = 1000,
         .has_timestamp = true},
        {.is_blank = true, .timestamp = 1060, .has_timestamp = true},
        {.hp_volume = 0.5, .has_hp_volume = true, .volume = 0, .has_volume = true}};
    assert_int_equal(ft_columns_append(&c, bars, 3, true), FT_STATUS_OK);
    assert_int_equal(c.count, 2);
    assert_true(c.open[0] == 1 && c.close[0] == 2 && c.volume[0] == 300 && c.time[0] == 1000);
    assert_true(isnan(c.high[0]) && isnan(c.turnover[0]));
    assert_true(c.volume[1] == 0.5 && isnan(c.time[1]));
    for (int k = 0; k < 500; k++)
        assert_int_equal(ft_columns_append(&c, bars, 3, false), FT_STATUS_OK);
    assert_int_equal(c.count, 1502);
    assert_true(c.time[3] == 1060 && isnan(c.close[3]));
    ft_columns_clear(&c);
    assert_int_equal(c.count, 0);
    assert_int_equal(ft_columns_append(&c, NULL, 1, false), FT_STATUS_INVALID);
    assert_int_equal(ft_columns_append(NULL, bars, 1, false), FT_STATUS_INVALID);
    ft_columns_free(&c);
    ft_columns_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tables_name_their_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_message_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_arena_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_missing_is_named, setup, teardown),
        cmocka_unit_test(test_enums),
        cmocka_unit_test(test_securities),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_md5),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
