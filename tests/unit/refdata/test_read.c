/* Files of company data: both forms, and every fault with its line. */
#include "fixture.h"

static struct ft_ref_records rec;

static int stop(void **state)
{
    ft_ref_records_free(&rec);
    return 0;
}

static void expect_fault(const char *text, const char *words)
{
    size_t n = read_text(text, &rec);
    if (n == 0 || !strstr(told, words))
        fail_msg("%zu faults in %.200s\n%s(expected: %s)", n, text, told, words);
    ft_ref_records_free(&rec);
}

static void test_json_lines(void **state)
{
    assert_int_equal(read_text("# a comment\n"
                               "{\"protocol\":\"Qot_GetShortInterest\",\"security\":\"US.AAPL\","
                               "\"record\":{\"timestamp\":\"1777478400\",\"sharesShort\":7,"
                               "\"timestampStr\":\"2026-04-30\",\"shortPercent\":0.5}}\r\n"
                               "\n"
                               "{\"protocol\":3236,\"security\":\"SZ.000001\",\"record\":"
                               "{\"rate\":\"1:2\"}}\n"
                               "{\"protocol\":\"3249\",\"security\":\"HK.00700\",\"record\":"
                               "{\"timestamp\":1}}", &rec), 0);
    assert_int_equal(rec.count, 3);
    assert_int_equal(rec.record[0].protocol, 3236); /* by protocol, then security */
    assert_string_equal(rec.record[1].security, "HK.00700");
    assert_int_equal(rec.record[1].list, 1);
    assert_string_equal(rec.record[2].security, "US.AAPL");
    assert_int_equal(rec.record[2].list, 0);
    assert_int_equal(rec.record[2].line, 2);
    assert_int_equal(rec.record[2].seq, 1);
}

static void test_csv(void **state)
{
    assert_int_equal(read_text("# a comment\n"
                               "security,protocol,tradeShares,isProposedSaleOfSecurities,name,minPrice\n"
                               "US.AAPL,3242,-5,true,\"Roe, J\",2.5\n"
                               "US.MSFT,Qot_GetInsiderTradeList,7,,,\n", &rec), 0);
    struct ft_arena arena;
    ft_arena_init(&arena, 1 << 20);
    const char *reply = ask(&rec, 3242, "US.AAPL", "", false, &arena);
    assert_string_equal(reply, "{\"itemList\":[{\"tradeShares\":\"-5\",\"minPrice\":2.5,"
                               "\"isProposedSaleOfSecurities\":true,\"name\":\"Roe, J\"}],"
                               "\"allCount\":1,\"nextKey\":\"-1\"}");
    reply = ask(&rec, 3242, "US.MSFT", "", false, &arena);
    assert_string_equal(reply, "{\"itemList\":[{\"tradeShares\":\"7\"}],\"allCount\":1,"
                               "\"nextKey\":\"-1\"}");
    ft_arena_free(&arena);
}

#define LINE(protocol, security, rest)                                                             \
    "{\"protocol\":" protocol ",\"security\":\"" security "\"," rest "}\n"
#define GOOD LINE("3242", "US.AAPL", "\"record\":{\"name\":\"x\"}")

static void test_faults_of_json(void **state)
{
    static const char *const bad[][2] = {
        {GOOD "{\"protocol\":", "2: not JSON: column"},
        {GOOD "[]\n", "2: an object is needed"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{\"name\":\"x\",\"name\":\"y\"}"),
         "2: not JSON: column 65: duplicate object key"},
        {GOOD LINE("3242", "US.AAPL", "\"recrd\":{}"), "2: recrd: no such member"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":[]"), "2: either record or figures"},
        {GOOD "{\"protocol\":3242,\"security\":\"US.AAPL\"}\n", "2: either record or figures"},
        {GOOD LINE("3241", "US.AAPL", "\"record\":{\"name\":\"x\"},\"figures\":{}"),
         "2: either record or figures"},
        {GOOD "{\"security\":\"US.AAPL\",\"record\":{}}\n", "2: protocol: a name"},
        {GOOD "{\"protocol\":3242,\"record\":{}}\n", "2: security: a text"},
        {GOOD LINE("3006", "US.AAPL", "\"record\":{}"), "2: protocol: 3006 is not one"},
        {GOOD LINE("\"GetNothing\"", "US.AAPL", "\"record\":{}"), "2: protocol: GetNothing is not one"},
        {GOOD LINE("3242", "US.NONE", "\"record\":{}"), "2: security: US.NONE is not known"},
        {GOOD LINE("3242", "AAPL", "\"record\":{}"), "2: security: AAPL is not known"},
        {GOOD LINE("3234", "HK.800000", "\"record\":{}"), "2: security: HK.800000 is neither a stock"},
        {GOOD LINE("3242", "HK.00700", "\"record\":{}"),
         "2: security: HK.00700: Qot_GetInsiderTradeList has records of US only"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{}"), "2: the record is empty"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{\"nme\":\"x\"}"), "2: nme: no such field"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{\"name\":null}"), "2: name: null"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{\"name\":7}"),
         "2: name: the number 7 is not allowed; allowed is a string"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{\"tradeShares\":1.5}"),
         "2: tradeShares: the number 1.5 is not allowed"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{\"minPrice\":\"NaN\"}"),
         "2: minPrice: not a finite number"},
        {GOOD LINE("3242", "US.AAPL", "\"record\":{\"minTradeDateStr\":\"2026-02-30\"}"),
         "2: minTradeDateStr"},
        {LINE("3240", "HK.00700", "\"figures\":{\"updateTimeStr\":\"2026-02-28 12:00:00\"}")
             LINE("3240", "HK.00005", "\"figures\":{\"updateTimeStr\":\"2026-02-28 25:00:00\"}"),
         "2: updateTimeStr"},
        {GOOD LINE("3249", "HK.00700", "\"record\":{\"closePrice\":1}"),
         "2: timestamp: it must be there and above 0"},
        {GOOD LINE("3249", "US.AAPL", "\"record\":{\"aggregatedShort\":1}"),
         "2: aggregatedShort: no such field; Qot_GetShortInterest.UsShortInterestItem"},
        {LINE("3249", "HK.00700", "\"record\":{\"timestamp\":5}") GOOD
             LINE("3249", "HK.00700", "\"record\":{\"timestamp\":5}"),
         "3: Qot_GetShortInterest of HK.00700: timestamp 5 is in line 1 already"},
        {GOOD LINE("3242", "US.AAPL", "\"figures\":{\"allCount\":5}"),
         "2: figures: Qot_GetInsiderTradeList has none"},
        {GOOD LINE("3241", "US.AAPL", "\"figures\":{\"allCount\":5}"),
         "2: figures: allCount is not one"},
        {LINE("3241", "US.AAPL", "\"figures\":{\"insiderSoldCount\":5}") GOOD
             LINE("3241", "US.AAPL", "\"figures\":{\"insiderSoldCount\":5}"),
         "3: Qot_GetInsiderHolderList of US.AAPL: figures are given in line 1 already"},
        {"", "there is no header line"},
        {"# nothing\n\n", "there is no header line"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        expect_fault(bad[k][0], bad[k][1]);
}

static void test_faults_of_csv(void **state)
{
    static const char *const bad[][2] = {
        {"protocol,name\n3242,x\n", "1: security: column is missing"},
        {"protocol,security,nme\n3242,US.AAPL,x\n", "1: "},
        {"protocol,security,name\n3242,US.AAPL,x\n3242,US.AAPL\n", "3: "},
        {"protocol,security,name\n3242,US.AAPL,x\n3242,US.NONE,x\n", "3: security: US.NONE"},
        {"protocol,security,name\n3242,US.AAPL,\n", "2: the record is empty"},
        {"protocol,security,tradeShares\n3242,US.AAPL,1\n3242,US.AAPL,many\n",
         "3: tradeShares: the string \"many\" is not allowed"},
        {"protocol,security,isProposedSaleOfSecurities\n3242,US.AAPL,yes\n",
         "2: isProposedSaleOfSecurities: the string \"yes\" is not allowed; allowed is true or false"},
        {"protocol,security,timestamp\n3249,US.AAPL,1\n3249,HK.00700,1\n",
         "3: Qot_GetShortInterest of HK.00700: its records are Qot_GetShortInterest.HkShortInterestItem"},
        {"protocol,security,name\n", "the file has no records"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        expect_fault(bad[k][0], bad[k][1]);
}

/* All faults of a file are told, up to a bound; then reading ends. */
static void test_many_faults(void **state)
{
    static char file[40000];
    const char *three = LINE("3242", "US.NONE", "\"record\":{}") GOOD
        LINE("3242", "US.AAPL", "\"record\":{}") "oops\n";
    assert_int_equal(read_text(three, &rec), 3);
    assert_non_null(strstr(told, "1: security"));
    assert_null(strstr(told, "2: "));
    assert_non_null(strstr(told, "3: the record"));
    assert_non_null(strstr(told, "4: not JSON"));
    ft_ref_records_free(&rec);
    file[0] = '\0';
    for (int k = 0; k < 500; k++)
        snprintf(file + strlen(file), sizeof file - strlen(file), "{\"a\":%d}\n", k);
    assert_int_equal(read_text(file, &rec), FT_REF_FAULTS_MAX);
}

static void test_bounds(void **state)
{
    size_t n = FT_REF_LINE_MAX + 100;
    char *text = malloc(n + 200);
    assert_non_null(text);
    int head = snprintf(text, 200, "{\"protocol\":3242,\"security\":\"US.AAPL\",\"record\":{\"name\":\"");
    memset(text + head, 'x', n);
    snprintf(text + head + n, 10, "\"}}\n");
    expect_fault(text, "1: a line of");
    snprintf(text + head + FT_REF_RECORD_MAX, 10, "\"}}\n");
    expect_fault(text, "1: a record of");
    free(text);
}

static size_t last_done, calls;
static void progress(void *user, size_t done, size_t total)
{
    assert_true(done >= last_done && done <= total);
    last_done = done;
    calls++;
}

static void test_progress_and_many_records(void **state)
{
    enum { N = FT_REF_PER_SECURITY_MAX + 1 };
    char *text = malloc(N * 100);
    size_t len = 0;
    assert_non_null(text);
    for (int k = 0; k < N; k++)
        len += (size_t)snprintf(text + len, 100,
                                "{\"protocol\":3242,\"security\":\"US.%s\",\"record\":{\"holderId\":%d}}\n",
                                k % 2 ? "AAPL" : "MSFT", k + 1);
    struct ft_ref_reader reader = test_reader;
    reader.progress = progress;
    ft_ref_records_init(&rec);
    assert_int_equal(ft_ref_read(&reader, text, len, &rec), 0);
    assert_int_equal(rec.count, N);
    assert_int_equal(last_done, len);
    assert_true(calls > 5);
    size_t count;
    const struct ft_ref_record *first = ft_ref_records_find(&rec, 3242, "US.MSFT", &count);
    assert_int_equal(count, N / 2 + 1);
    assert_int_equal(first->line, 1);
    assert_int_equal(first[count - 1].seq, count);
    assert_null(ft_ref_records_find(&rec, 3242, "US.SPY", &count));
    ft_ref_records_free(&rec);
    for (char *at = text; (at = strstr(at, "US.MSFT")); at++)
        memcpy(at, "US.AAPL", 7);
    told[0] = '\0';
    ft_ref_records_init(&rec);
    assert_int_equal(ft_ref_read(&test_reader, text, len, &rec), 1);
    assert_non_null(strstr(told, "10001: Qot_GetInsiderTradeList of US.AAPL: more than 10000 records"));
    free(text);
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, stop)
    const struct CMUnitTest tests[] = {
        T(test_json_lines),   T(test_csv),    T(test_faults_of_json),
        T(test_faults_of_csv), T(test_many_faults), T(test_bounds),
        T(test_progress_and_many_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
