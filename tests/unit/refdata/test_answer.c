/* The table of declarations holds; requests are filtered, sorted and paged as it says. */
#include "fixture.h"

static struct ft_arena arena;
static struct ft_ref_records rec;

static int start(void **state)
{
    ft_arena_init(&arena, 8 << 20);
    ft_ref_records_init(&rec);
    return 0;
}
static int stop(void **state)
{
    ft_arena_free(&arena);
    ft_ref_records_free(&rec);
    return 0;
}

static void load(const char *text)
{
    if (read_text(text, &rec))
        fail_msg("%s", told);
}

static void test_declarations_fit_the_messages(void **state)
{
    struct ft_err err = {0};
    for (size_t k = 0; k < ft_ref_decls_count; k++) {
        if (ft_ref_decl_check(&ft_ref_decls[k], &err))
            fail_msg("%s", err.text);
        assert_true(k == 0 || ft_ref_decls[k - 1].protocol < ft_ref_decls[k].protocol);
    }
    assert_null(ft_ref_decl_find(FT_PROTO_Qot_GetKL));
}

/* Each kind of slip in a declaration is found. */
static void test_wrong_declarations_are_found(void **state)
{
    const struct ft_ref_decl good = *decl(FT_PROTO_Qot_GetInsiderTradeList);
    static const char *const words[] = {
        "42: protocol", "nope: no list", "maxTradeDate: a sort key", "-nope: no field of the record",
        "nope: no whole number of the request", "nope: no whole number of the reply",
        "nope: no value of the reply", "paging: request and reply", "two lists serve one market",
        "paging by key needs",
    };
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
        struct ft_ref_decl d = good;
        struct ft_err err = {0};
        assert_int_equal(ft_ref_decl_check(&d, &err), 0);
        switch (k) {
        case 0: d.protocol = 42; break;
        case 1: d.lists[0].field = "nope"; break;
        case 2: d.lists[0].sort[0] = "maxTradeDate"; break;
        case 3: d.lists[0].sort[1] = "-nope"; break;
        case 4: d.filter = "nope"; break;
        case 5: d.total = "nope"; break;
        case 6: d.figures[0] = "nope"; break;
        case 7: d.paging = FT_REF_ALL; break;
        case 8: d.lists[1] = d.lists[0]; break;
        case 9: d.paging = FT_REF_BY_KEY, d.lists[0].sort[0] = "-name"; break;
        }
        assert_int_equal(ft_ref_decl_check(&d, &err), -1);
        if (!strstr(err.text, words[k]))
            fail_msg("%zu: %s", k, err.text);
    }
}

static void test_lists_by_market(void **state)
{
    char text[64];
    const struct ft_ref_decl *d = decl(FT_PROTO_Qot_GetCorporateActionsBuybacks);
    assert_int_equal(ft_ref_list_of(d, 1), 0);
    assert_int_equal(ft_ref_list_of(d, 21), 1);
    assert_int_equal(ft_ref_list_of(d, 22), 1);
    assert_int_equal(ft_ref_list_of(d, 11), -1);
    assert_int_equal(ft_ref_list_of(d, 99), -1);
    assert_string_equal(ft_ref_markets_text(d, text, sizeof text), "HK, SH/SZ");
}

#define TRADE(members)                                                                             \
    "{\"protocol\":3242,\"security\":\"US.AAPL\",\"record\":{" members "}}\n"

static void test_sort_and_filter(void **state)
{
    load(TRADE("\"holderId\":1,\"maxTradeDate\":100,\"minTradeDate\":90")
         TRADE("\"holderId\":2,\"maxTradeDate\":300")
         TRADE("\"holderId\":1,\"maxTradeDate\":100,\"minTradeDate\":95")
         TRADE("\"holderId\":3,\"title\":\"undated\"")
         TRADE("\"holderId\":2,\"maxTradeDate\":200,\"name\":\"first\"")
         TRADE("\"holderId\":2,\"maxTradeDate\":200,\"name\":\"second\""));
    /* Newest first, the undated before all, then by the second key, then as in the file. */
    assert_string_equal(
        ask(&rec, 3242, "US.AAPL", "", false, &arena),
        "{\"itemList\":[{\"holderId\":\"3\",\"title\":\"undated\"},"
        "{\"maxTradeDate\":\"300\",\"holderId\":\"2\"},"
        "{\"maxTradeDate\":\"200\",\"holderId\":\"2\",\"name\":\"first\"},"
        "{\"maxTradeDate\":\"200\",\"holderId\":\"2\",\"name\":\"second\"},"
        "{\"minTradeDate\":\"95\",\"maxTradeDate\":\"100\",\"holderId\":\"1\"},"
        "{\"minTradeDate\":\"90\",\"maxTradeDate\":\"100\",\"holderId\":\"1\"}],"
        "\"allCount\":6,\"nextKey\":\"-1\"}");
    /* The total and the pages are those of what the filter leaves. */
    assert_string_equal(ask(&rec, 3242, "US.AAPL", "\"holderId\":1,\"num\":1", false, &arena),
                        "{\"itemList\":[{\"minTradeDate\":\"95\",\"maxTradeDate\":\"100\","
                        "\"holderId\":\"1\"}],\"allCount\":2,\"nextKey\":\"1\"}");
    assert_string_equal(ask(&rec, 3242, "US.AAPL", "\"holderId\":77", false, &arena),
                        "{\"allCount\":0,\"nextKey\":\"-1\"}");
    assert_string_equal(ask(&rec, 3242, "US.AAPL", "\"holderId\":0", false, &arena),
                        "error: holderId=0: allowed is an ID of the records, a whole number above 0");
    assert_non_null(strstr(ask(&rec, 3242, "US.AAPL", "\"holderId\":-4", true, &arena),
                           "holderId=-4 无效"));
}

/* Pages joined are the list, whatever their size; the last key is -1. */
static void test_paging_by_offset(void **state)
{
    char file[8192] = "";
    for (int k = 0; k < 57; k++)
        snprintf(file + strlen(file), sizeof file - strlen(file),
                 TRADE("\"tradeShares\":%d,\"maxTradeDate\":%d"), k, 1000 - k);
    load(file);
    for (int num = 1; num <= 50; num++) {
        char members[64] = "", key[32] = "";
        int seen = 0;
        for (;;) {
            if (key[0])
                snprintf(members, sizeof members, "\"num\":%d,\"nextKey\":\"%s\"", num, key);
            else
                snprintf(members, sizeof members, "\"num\":%d", num);
            const char *reply = ask(&rec, 3242, "US.AAPL", members, false, &arena), *at = reply;
            int rows = 0;
            while ((at = strstr(at, "\"tradeShares\":\""))) {
                at += strlen("\"tradeShares\":\"");
                assert_int_equal(strtol(at, NULL, 10), seen++);
                rows++;
            }
            assert_true(rows > 0 && rows <= num);
            assert_non_null(strstr(reply, "\"allCount\":57"));
            const char *next = strstr(reply, "\"nextKey\":\"");
            assert_int_equal(sscanf(next, "\"nextKey\":\"%31[^\"]", key), 1);
            if (strcmp(key, "-1") == 0)
                break;
            assert_int_equal(rows, num);
        }
        assert_int_equal(seen, 57);
    }
    /* Ten rows when nothing is said; an empty key is the first page. */
    assert_non_null(strstr(ask(&rec, 3242, "US.AAPL", "\"nextKey\":\"\"", false, &arena),
                           "\"nextKey\":\"10\""));
}

#define SHORT(day)                                                                                 \
    "{\"protocol\":\"Qot_GetShortInterest\",\"security\":\"HK.00700\",\"record\":{\"timestamp\":" #day "}}\n"

static void test_paging_by_key(void **state)
{
    load(SHORT(200) SHORT(400) SHORT(100) SHORT(300));
    assert_string_equal(ask(&rec, 3249, "HK.00700", "\"num\":3", false, &arena),
                        "{\"hkItemList\":[{\"timestamp\":\"400\"},{\"timestamp\":\"300\"},"
                        "{\"timestamp\":\"200\"}],\"nextKey\":\"200\"}");
    assert_string_equal(ask(&rec, 3249, "HK.00700", "\"num\":3,\"nextKey\":\"200\"", false, &arena),
                        "{\"hkItemList\":[{\"timestamp\":\"100\"}],\"nextKey\":\"-1\"}");
    static const char *const foreign[] = {"250", "100", "0", "x", "-200", "0200", "200 ",
                                          "99999999999999999999999"};
    for (size_t k = 0; k < sizeof foreign / sizeof foreign[0]; k++) {
        char members[64], words[80];
        snprintf(members, sizeof members, "\"nextKey\":\"%s\"", foreign[k]);
        snprintf(words, sizeof words, "error: nextKey=%s: not a key", foreign[k]);
        assert_non_null(strstr(ask(&rec, 3249, "HK.00700", members, false, &arena), words));
    }
    /* No records of another security. */
    assert_string_equal(ask(&rec, 3249, "US.AAPL", "", false, &arena), "{\"nextKey\":\"-1\"}");
}

static void test_bad_pages(void **state)
{
    load(TRADE("\"holderId\":1") TRADE("\"holderId\":2"));
    static const struct { const char *members, *words; bool chinese; } bad[] = {
        {"\"num\":0", "num=0: allowed are 1 to 50", false},
        {"\"num\":51", "num=51: allowed are 1 to 50", false},
        {"\"num\":-3", "num=-3 无效：可用 1 至 50", true},
        {"\"nextKey\":\"2\"", "nextKey=2: not a key", false},
        {"\"nextKey\":\"0\"", "nextKey=0: not a key", false},
        {"\"nextKey\":\"01\"", "nextKey=01: not a key", false},
        {"\"nextKey\":\"one\"", "nextKey=one 无效", true},
        {"\"nextKey\":\"-1\"", "nextKey=-1: nothing follows", false},
        {"\"nextKey\":\"-1\"", "nextKey=-1：最后一页之后没有数据", true},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        const char *reply = ask(&rec, 3242, "US.AAPL", bad[k].members, bad[k].chinese, &arena);
        if (!strstr(reply, bad[k].words) || strncmp(reply, "error: ", 7) != 0)
            fail_msg("%s", reply);
    }
    assert_non_null(strstr(ask(&rec, 3242, "US.AAPL", "\"nextKey\":\"1\"", false, &arena),
                           "{\"holderId\":\"2\"}"));
}

/* Everything at once; figures beside a list; a holder list has at most 20 rows a page. */
static void test_no_paging_and_figures(void **state)
{
    load("{\"protocol\":3234,\"security\":\"SG.D05\",\"record\":{\"exDate\":\"2024-05-01\"}}\n"
         "{\"protocol\":3234,\"security\":\"SG.D05\",\"record\":{\"exDate\":\"2025-05-01\"}}\n"
         "{\"protocol\":3241,\"security\":\"US.AAPL\",\"record\":{\"holderId\":5}}\n"
         "{\"protocol\":3241,\"security\":\"US.AAPL\",\"figures\":{\"insiderTotalCount\":9,"
         "\"insiderSoldCount\":2}}\n");
    assert_string_equal(ask(&rec, 3234, "SG.D05", "", false, &arena),
                        "{\"dividendList\":[{\"exDate\":\"2025-05-01\"},{\"exDate\":\"2024-05-01\"}]}");
    assert_string_equal(ask(&rec, 3241, "US.AAPL", "", false, &arena),
                        "{\"itemList\":[{\"holderId\":\"5\"}],\"allCount\":1,\"nextKey\":\"-1\","
                        "\"insiderTotalCount\":9,\"insiderSoldCount\":2}");
    assert_non_null(strstr(ask(&rec, 3241, "US.AAPL", "\"num\":21", false, &arena),
                           "allowed are 1 to 20"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        T(test_declarations_fit_the_messages),
        T(test_wrong_declarations_are_found),
        T(test_lists_by_market),
        T(test_sort_and_filter),
        T(test_paging_by_offset),
        T(test_paging_by_key),
        T(test_bad_pages),
        T(test_no_paging_and_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
