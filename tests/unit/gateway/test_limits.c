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
    struct ft_limits *l = ft_limits_new();
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
    struct ft_limits *l = ft_limits_new();
    for (uint64_t i = 0; i < 500; i++) /* 60 in 30 s, one each half second (platform.md 12.5) */
        assert_int_equal(ask(l, FT_PROTO_Qot_GetSecuritySnapshot, 1, S + i * 500 * MS), FT_LIMIT_OK);
    ft_limits_free(l);
}

static void accounts_are_apart_and_orders_share(void **state)
{
    (void)state;
    struct ft_limits *l = ft_limits_new();
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
    struct ft_limits *l = ft_limits_new();
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
    uint64_t key = 0;
    TrdCommon__TrdHeader header = TRD__COMMON__TRD_HEADER__INIT;
    header.accid = 281756479345015383;
    TrdGetFunds__C2S funds = TRD__GET_FUNDS__C2_S__INIT;
    TrdGetFunds__Request ask_funds = TRD__GET_FUNDS__REQUEST__INIT;
    funds.header = &header;
    ask_funds.c2s = &funds;
    assert_false(ft_limits_key(proto(2101), &ask_funds.base, &key));
    funds.has_refreshcache = 1;
    assert_false(ft_limits_key(proto(2101), &ask_funds.base, &key));
    funds.refreshcache = 1;
    assert_true(ft_limits_key(proto(2101), &ask_funds.base, &key));
    assert_true(key == header.accid);

    QotRequestHistoryKL__C2S kl = QOT__REQUEST_HISTORY_KL__C2_S__INIT;
    QotRequestHistoryKL__Request ask_kl = QOT__REQUEST_HISTORY_KL__REQUEST__INIT;
    ask_kl.c2s = &kl;
    assert_true(ft_limits_key(proto(3103), &ask_kl.base, &key));
    assert_true(key == 1);
    uint8_t page[] = {1};
    kl.has_nextreqkey = 1;
    kl.nextreqkey = (ProtobufCBinaryData){0, NULL};
    assert_true(ft_limits_key(proto(3103), &ask_kl.base, &key));
    kl.nextreqkey = (ProtobufCBinaryData){sizeof page, page};
    assert_false(ft_limits_key(proto(3103), &ask_kl.base, &key));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_slides),
        cmocka_unit_test(an_even_pace_never_fails),
        cmocka_unit_test(accounts_are_apart_and_orders_share),
        cmocka_unit_test(not_too_soon),
        cmocka_unit_test(what_counts),
        cmocka_unit_test(the_table_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
