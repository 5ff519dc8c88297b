/* Rate limits: sliding windows by protocol, account and shared bucket. */
#include "gateway/limits.h"

#include "Qot_RequestHistoryKL.pb-c.h"
#include "Trd_GetFunds.pb-c.h"
#include "Trd_PlaceOrder.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define S UINT64_C(1000000000)
#define MS UINT64_C(1000000)

static const struct ft_protocol *proto(uint32_t id)
{
    const struct ft_protocol *p = ft_protocol_find(id);
    assert_non_null(p);
    return p;
}

static struct ft_limits *limits(const char *overrides)
{
    struct ft_err err = {0};
    struct ft_limits *l = ft_limits_new(overrides, &err);
    if (!l)
        fail_msg("%s: %s", overrides, err.text);
    return l;
}

/* Checks and, when it is accepted, counts. */
static enum ft_limit_verdict ask(struct ft_limits *l, uint32_t id, uint64_t key, uint64_t now)
{
    enum ft_limit_verdict v = ft_limits_check(l, proto(id), key, now);
    if (v == FT_LIMIT_OK)
        assert_int_equal(ft_limits_count(l, proto(id), key, now), 0);
    return v;
}

static void the_window_slides(void **state)
{
    (void)state;
    struct ft_limits *l = limits("");
    uint32_t id = FT_PROTO_Qot_GetMarketState; /* 10 in 30 s */
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(ask(l, id, 1, 100 * S + i * S), FT_LIMIT_OK);
    assert_int_equal(ask(l, id, 1, 110 * S), FT_LIMIT_COUNT);
    assert_int_equal(ask(l, id, 1, 130 * S - 1), FT_LIMIT_COUNT);
    /* 30 s after the first one is enough, and what was refused has not counted. */
    assert_int_equal(ask(l, id, 1, 130 * S), FT_LIMIT_OK);
    assert_int_equal(ask(l, id, 1, 130 * S), FT_LIMIT_COUNT);
    assert_int_equal(ask(l, id, 1, 131 * S), FT_LIMIT_OK);
    /* Another protocol has its own window. */
    assert_int_equal(ask(l, FT_PROTO_Qot_GetOwnerPlate, 1, 131 * S), FT_LIMIT_OK);
    ft_limits_free(l);
}

static void an_even_pace_never_fails(void **state)
{
    (void)state;
    struct ft_limits *l = limits("");
    for (uint64_t i = 0; i < 500; i++) /* 60 in 30 s, one each half second (platform.md 12.5) */
        assert_int_equal(ask(l, FT_PROTO_Qot_GetSecuritySnapshot, 1, S + i * 500 * MS), FT_LIMIT_OK);
    ft_limits_free(l);
}

static void accounts_are_apart_and_orders_share(void **state)
{
    (void)state;
    struct ft_limits *l = limits("");
    for (uint64_t i = 0; i < 15; i++)
        assert_int_equal(ask(l, i % 2 ? FT_PROTO_Trd_PlaceOrder : FT_PROTO_Trd_PlaceComboOrder, 77,
                             S + i * 20 * MS), FT_LIMIT_OK);
    assert_int_equal(ask(l, FT_PROTO_Trd_PlaceOrder, 77, 2 * S), FT_LIMIT_COUNT);
    assert_int_equal(ask(l, FT_PROTO_Trd_PlaceComboOrder, 77, 2 * S), FT_LIMIT_COUNT);
    assert_int_equal(ask(l, FT_PROTO_Trd_PlaceOrder, 78, 2 * S), FT_LIMIT_OK);
    assert_int_equal(ask(l, FT_PROTO_Trd_ModifyOrder, 77, 2 * S), FT_LIMIT_OK);
    ft_limits_free(l);
}

static void not_too_soon(void **state)
{
    (void)state;
    struct ft_limits *l = limits("");
    assert_int_equal(ask(l, FT_PROTO_Trd_PlaceOrder, 5, S), FT_LIMIT_OK);
    assert_int_equal(ask(l, FT_PROTO_Trd_PlaceOrder, 5, S + 20 * MS - 1), FT_LIMIT_GAP);
    assert_int_equal(ask(l, FT_PROTO_Trd_PlaceOrder, 5, S + 20 * MS), FT_LIMIT_OK);
    assert_int_equal(ask(l, FT_PROTO_Trd_ModifyOrder, 5, S), FT_LIMIT_OK);
    assert_int_equal(ask(l, FT_PROTO_Trd_ModifyOrder, 5, S + 40 * MS - 1), FT_LIMIT_GAP);
    assert_int_equal(ask(l, FT_PROTO_Trd_ModifyOrder, 5, S + 40 * MS), FT_LIMIT_OK);
    ft_limits_free(l);
}

static void what_counts(void **state)
{
    (void)state;
    struct ft_limits *l = limits("");
    uint64_t key = 0;
    TrdCommon__TrdHeader header = TRD__COMMON__TRD_HEADER__INIT;
    header.accid = 281756479345015383;
    TrdGetFunds__C2S funds = TRD__GET_FUNDS__C2_S__INIT;
    TrdGetFunds__Request ask_funds = TRD__GET_FUNDS__REQUEST__INIT;
    funds.header = &header;
    ask_funds.c2s = &funds;
    assert_false(ft_limits_key(l, proto(2101), &ask_funds.base, &key));
    funds.has_refreshcache = 1;
    assert_false(ft_limits_key(l, proto(2101), &ask_funds.base, &key));
    funds.refreshcache = 1;
    assert_true(ft_limits_key(l, proto(2101), &ask_funds.base, &key));
    assert_true(key == header.accid);

    QotRequestHistoryKL__C2S kl = QOT__REQUEST_HISTORY_KL__C2_S__INIT;
    QotRequestHistoryKL__Request ask_kl = QOT__REQUEST_HISTORY_KL__REQUEST__INIT;
    ask_kl.c2s = &kl;
    assert_true(ft_limits_key(l, proto(3103), &ask_kl.base, &key));
    assert_true(key == 1);
    uint8_t page[] = {1};
    kl.has_nextreqkey = 1;
    kl.nextreqkey = (ProtobufCBinaryData){0, NULL};
    assert_true(ft_limits_key(l, proto(3103), &ask_kl.base, &key));
    kl.nextreqkey = (ProtobufCBinaryData){sizeof page, page};
    assert_false(ft_limits_key(l, proto(3103), &ask_kl.base, &key));
    ft_limits_free(l);
}

/* Every row counted by account has a header with the account, and refreshCache where it says so;
 * every bucket is a row of the same limit. */
static void the_table_fits(void **state)
{
    (void)state;
    unsigned by_account = 0;
    for (size_t i = 0; i < ft_protocols_count; i++) {
        const struct ft_protocol *p = &ft_protocols[i];
        const struct ft_protocol *bucket = ft_protocol_find(p->bucket);
        assert_non_null(bucket);
        assert_int_equal(bucket->limit, p->limit);
        assert_int_equal(bucket->gap_ms, p->gap_ms);
        assert_true(p->title && *p->title);
        if (p->limit) { /* a name for people in both languages, which is not the protocol's */
            assert_string_not_equal(ft_limits_title(p, false), p->name);
            assert_string_not_equal(ft_limits_title(p, true), p->title);
        }
        if (p->scope != FT_SCOPE_ACCOUNT && p->scope != FT_SCOPE_ACCOUNT_REFRESH)
            continue;
        by_account++;
        const ProtobufCFieldDescriptor *c2s =
            protobuf_c_message_descriptor_get_field_by_name(p->request, "c2s");
        assert_non_null(c2s);
        const ProtobufCFieldDescriptor *header =
            protobuf_c_message_descriptor_get_field_by_name(c2s->descriptor, "header");
        assert_non_null(header);
        assert_string_equal(((const ProtobufCMessageDescriptor *)header->descriptor)->name,
                            "Trd_Common.TrdHeader");
        if (p->scope == FT_SCOPE_ACCOUNT_REFRESH)
            assert_non_null(
                protobuf_c_message_descriptor_get_field_by_name(c2s->descriptor, "refreshCache"));
    }
    assert_true(by_account >= 12);
}

static void overrides(void **state)
{
    (void)state;
    struct ft_limits *l = limits("3223:2/1, Qot_GetOwnerPlate:0,2202.gap:0,2202:3/60,3001:1,"
                                 "3203.codes:1234,3203.bmp_codes:1");
    assert_int_equal(ft_limits_of(l, proto(3223))->count, 2);
    assert_int_equal(ft_limits_of(l, proto(3223))->window_s, 1);
    assert_int_equal(ft_limits_of(l, proto(3203))->count, 60);
    for (int i = 0; i < 100; i++)
        assert_int_equal(ask(l, 3224, 1, S), i < 60 ? FT_LIMIT_OK : FT_LIMIT_COUNT);
    assert_int_equal(ask(l, 3223, 1, S), FT_LIMIT_OK);
    assert_int_equal(ask(l, 3223, 1, S), FT_LIMIT_OK);
    assert_int_equal(ask(l, 3223, 1, 2 * S - 1), FT_LIMIT_COUNT);
    assert_int_equal(ask(l, 3223, 1, 2 * S), FT_LIMIT_OK);
    for (int i = 0; i < 20; i++) /* no bound and no gap */
        assert_int_equal(ask(l, 3207, 1, S), FT_LIMIT_OK);
    for (int i = 0; i < 4; i++) /* 2227 is counted with 2202 */
        assert_int_equal(ask(l, i % 2 ? 2202 : 2227, 5, S), i < 3 ? FT_LIMIT_OK : FT_LIMIT_COUNT);
    assert_int_equal(ask(l, 2202, 5, 61 * S - 1), FT_LIMIT_COUNT);
    assert_int_equal(ask(l, 2227, 5, 61 * S), FT_LIMIT_OK);
    uint64_t key = 0; /* what has no limit in the table can get one */
    assert_true(ft_limits_key(l, proto(3001), NULL, &key));
    assert_false(ft_limits_key(l, proto(3207), NULL, &key));
    assert_int_equal(ft_limits_max(l, FT_MAX_SNAPSHOT_CODES), 1234);
    assert_int_equal(ft_limits_max(l, FT_MAX_SNAPSHOT_BMP_CODES), 1);
    assert_int_equal(ft_limits_max(l, FT_MAX_MARKET_STATE_CODES), 400);
    ft_limits_free(l);
    l = limits("3223:0,3223.gap:5"); /* a gap alone */
    assert_int_equal(ask(l, 3223, 1, S), FT_LIMIT_OK);
    assert_int_equal(ask(l, 3223, 1, S + 5 * MS - 1), FT_LIMIT_GAP);
    assert_int_equal(ask(l, 3223, 1, S + 5 * MS), FT_LIMIT_OK);
    ft_limits_free(l);
}

static void bad_overrides(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"3203", "an item is"}, {"3203:", "a rate is"}, {":3", "no such protocol"},
        {"3203:x", "a rate is"}, {"3203:1/0", "a rate is"}, {"3203:1/86401", "a rate is"},
        {"3203:100001", "a rate is"}, {"3203:1/2/3", "a rate is"}, {"3203:-1", "a rate is"},
        {"9999:1", "no such protocol"}, {"3005:1", "no such protocol"}, {"1009:1", "no such protocol"},
        {"qot_sub:1", "no such protocol"}, {"2227:3", "give that"}, {"2112.gap:3", "give that"},
        {"2202.gap:x", "a gap is"}, {"2202.gap:600001", "a gap is"}, {"3203.codes:0", "1 to 5000"},
        {"3203.codes:5001", "1 to 5000"}, {"3203.rows:5", "gap, codes, bmp_codes"},
        {"3223:5/1,3203.:1", "gap, codes, bmp_codes"}, {"99999999999999999999:1", "no such protocol"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct ft_err err = {0};
        assert_null(ft_limits_new(bad[k][0], &err));
        if (!strstr(err.text, bad[k][1]) || !strstr(err.text, "limit_overrides: "))
            fail_msg("%s: %s", bad[k][0], err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_slides),
        cmocka_unit_test(an_even_pace_never_fails),
        cmocka_unit_test(accounts_are_apart_and_orders_share),
        cmocka_unit_test(not_too_soon),
        cmocka_unit_test(what_counts),
        cmocka_unit_test(the_table_fits),
        cmocka_unit_test(overrides),
        cmocka_unit_test(bad_overrides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
