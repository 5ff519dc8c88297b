/* What is invented: the same each time, complete in every field, and in itself consistent. */
#include "fixture.h"

#include <math.h>

enum { DAYS = 900 };
static struct ft_ref_bar bars[DAYS];
static struct ft_ref_action actions[2];
static struct ft_arena arena;
static struct ft_tz *zone;
static struct ft_ref_company company;

static int start(void **state)
{
    struct ft_err err;
    ft_day today = ft_day_of(2026, 11, 21), day = today - DAYS;
    double close = 100;
    size_t n = 0;
    zone = ft_tz_load("Asia/Hong_Kong", &err);
    ft_arena_init(&arena, 32 << 20);
    for (; day < today; day++) {
        if (ft_weekday(day) % 6 == 0)
            continue;
        double last = close;
        close += sin(day) * 2;
        bars[n++] = (struct ft_ref_bar){
            .day = day, .open = last, .close = close, .last_close = last,
            .high = fmax(last, close) + 1, .low = fmin(last, close) - 1, .volume = 1e6 + day,
            .turnover = close * (1e6 + day),
        };
    }
    actions[0] = (struct ft_ref_action){.ex_day = ft_day_of(2025, 3, 3), .from = 1, .to = 4};
    actions[1] = (struct ft_ref_action){.ex_day = ft_day_of(2026, 11, 12), .dividend = 0.25};
    company = (struct ft_ref_company){
        .seed = 7, .market = 1, .code = "00700", .today = today, .zone = zone, .issued = 9000000000,
        .lot = 100, .bar = bars, .bars = n, .action = actions, .actions = 2,
    };
    return zone ? 0 : -1;
}
static int stop(void **state)
{
    ft_tz_free(zone);
    ft_arena_free(&arena);
    return 0;
}

static struct ft_ref_rows run(uint32_t protocol, int market)
{
    struct ft_ref_rows rows;
    const struct ft_ref_decl *d = decl(protocol);
    company.market = market;
    assert_int_equal(ft_ref_simulate(d, ft_ref_list_of(d, market), &company, &arena, &rows, NULL), 0);
    return rows;
}

static int64_t whole(const ProtobufCMessage *m, const char *name)
{
    return ft_ref_int(m, ft_ref_field(m->descriptor, name));
}
static double real(const ProtobufCMessage *m, const char *name)
{
    return ft_ref_real(m, ft_ref_field(m->descriptor, name));
}
static const char *text(const ProtobufCMessage *m, const char *name)
{
    return ft_ref_text(m, ft_ref_field(m->descriptor, name));
}

/* What was invented passes as a user's file would: written as JSON lines it reads without a fault. */
static void check_as_file(uint32_t protocol, int market, const char *security)
{
    struct ft_ref_rows rows = run(protocol, market);
    struct ft_buf file;
    struct ft_ref_records rec;
    char head[128];
    ft_buf_init(&file, 16 << 20);
    assert_true(rows.count > 0);
    for (size_t k = 0; k < rows.count; k++) {
        int n = snprintf(head, sizeof head, "{\"protocol\":%u,\"security\":\"%s\",\"record\":", protocol,
                         security);
        ft_buf_append(&file, head, (size_t)n);
        assert_int_equal(ft_json_write(rows.row[k], &file, NULL), 0);
        ft_buf_append(&file, "}\n", 2);
    }
    told[0] = '\0';
    ft_ref_records_init(&rec);
    if (ft_ref_read(&test_reader, (const char *)ft_buf_head(&file), ft_buf_len(&file), &rec))
        fail_msg("%s", told);
    assert_int_equal(rec.count, rows.count);
    ft_ref_records_free(&rec);
    ft_buf_free(&file);
}

/* Every field of the record type is set in every row, but for the named ones. */
static void check_complete(const struct ft_ref_rows *rows, const char *except)
{
    for (size_t k = 0; k < rows->count; k++) {
        const ProtobufCMessage *m = rows->row[k];
        for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
            const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
            if (!ft_ref_has(m, f) && !strstr(except, f->name))
                fail_msg("row %zu of %s lacks %s", k, m->descriptor->name, f->name);
        }
    }
}

static const struct { uint32_t protocol; int market; const char *security, *except; } all[] = {
    {3234, 1, "HK.00700", ""},  {3235, 1, "HK.00700", ""},  {3235, 21, "SH.600519", ""},
    {3236, 1, "HK.00700", ""},  {3241, 11, "US.AAPL", ""},  {3242, 11, "US.AAPL", "securityHolderQuantity"},
    {3248, 1, "HK.00700", ""},  {3248, 11, "US.AAPL", ""},  {3249, 1, "HK.00700", ""},
    {3249, 11, "US.AAPL", ""},  {3240, 1, "HK.00700", ""},  {3244, 21, "SH.600519", ""},
    {3236, 11, "US.AAPL", "tempTradeBeginDate tempTradeBeginDateStr simulTradeBeginDate "
     "simulTradeBeginDateStr simulTradeEndDate simulTradeEndDateStr newParValue tempShareCode "
     "tempShareAbbrName newTradeUnit"},
};

static void test_every_protocol(void **state)
{
    for (size_t k = 0; k < ft_ref_decls_count; k++)
        for (int list = 0; list < FT_REF_LISTS_MAX && ft_ref_decls[k].lists[list].field; list++) {
            bool there = false;
            for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
                there |= all[i].protocol == ft_ref_decls[k].protocol &&
                         ft_ref_list_of(&ft_ref_decls[k], all[i].market) == list;
            assert_true(there); /* a new declaration has its line above */
        }
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        struct ft_ref_rows rows = run(all[k].protocol, all[k].market);
        check_complete(&rows, all[k].except);
        check_as_file(all[k].protocol, all[k].market, all[k].security);
    }
}

static bool same(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    size_t n = protobuf_c_message_get_packed_size(a);
    uint8_t x[4096], y[4096];
    if (n > sizeof x || n != protobuf_c_message_get_packed_size(b))
        return false;
    protobuf_c_message_pack(a, x);
    protobuf_c_message_pack(b, y);
    return memcmp(x, y, n) == 0;
}

/* The same seed gives the same rows; a day later the old ones are still there; another seed differs. */
static void test_rows_stay(void **state)
{
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        struct ft_ref_rows now = run(all[k].protocol, all[k].market);
        struct ft_ref_rows again = run(all[k].protocol, all[k].market);
        assert_int_equal(now.count, again.count);
        for (size_t i = 0; i < now.count; i++)
            assert_true(same(now.row[i], again.row[i]));
        if (all[k].protocol == 3236 || all[k].protocol == 3234 || all[k].protocol == 3241 ||
            all[k].protocol == 3240)
            continue; /* told as of today: paid or not, held now, so many quarters */
        company.today -= 30;
        while (company.bars && bars[company.bars - 1].day >= company.today)
            company.bars--;
        struct ft_ref_rows before = run(all[k].protocol, all[k].market);
        assert_true(before.count > 0 && before.count <= now.count);
        size_t kept = 0;
        for (size_t i = 0; i < before.count; i++)
            for (size_t j = 0; j < now.count; j++)
                if (same(before.row[i], now.row[j])) {
                    kept++;
                    break;
                }
        /* 3248 shows a number of days only: the oldest fall off. */
        assert_true(kept == before.count || (all[k].protocol == 3248 && kept > before.count / 2));
        stop(NULL);
        start(NULL);
        company.seed = 8;
        struct ft_ref_rows first = run(all[k].protocol, all[k].market);
        company.seed = 7;
        struct ft_ref_rows second = run(all[k].protocol, all[k].market);
        assert_false(first.count == second.count && same(first.row[0], second.row[0]));
    }
}

static const struct ft_ref_bar *bar_of(const char *day_text)
{
    ft_day day;
    assert_int_equal(ft_day_parse(day_text, 10, "day", &day, NULL), 0);
    for (size_t k = 0; k < company.bars; k++)
        if (bars[k].day == day)
            return &bars[k];
    fail_msg("%s is no trading day", day_text);
    return NULL;
}

static void test_short_interest(void **state)
{
    struct ft_ref_rows hk = run(3249, 1);
    assert_true(hk.count > 100);
    for (size_t k = 0; k < hk.count; k++) {
        const struct ft_ref_bar *bar = bar_of(text(hk.row[k], "timestampStr"));
        assert_int_equal(ft_weekday(bar->day), 5);
        assert_int_equal(whole(hk.row[k], "timestamp"), ft_tz_to_utc(zone, bar->day, 0));
        assert_true(real(hk.row[k], "closePrice") == bar->close);
        assert_true(real(hk.row[k], "lastClosePrice") == bar->last_close);
        assert_true(fabs(real(hk.row[k], "aggregatedShortRatio") -
                         (double)whole(hk.row[k], "aggregatedShort") / 9e9 * 100) < 0.0051);
    }
    struct ft_ref_rows us = run(3249, 11);
    for (size_t k = 0; k < us.count; k++)
        assert_true(fabs(real(us.row[k], "daysToCover") * (double)whole(us.row[k], "avgDailyShareVolume") -
                         (double)whole(us.row[k], "sharesShort")) <
                    0.0051 * (double)whole(us.row[k], "avgDailyShareVolume"));
}

static void test_buybacks_add_up(void **state)
{
    struct ft_ref_rows rows = run(3235, 1);
    int64_t sum = 0;
    assert_true(rows.count > 20);
    for (size_t k = 0; k < rows.count; k++) { /* oldest first */
        const ProtobufCMessage *m = rows.row[k];
        const struct ft_ref_bar *bar = bar_of(text(m, "publDateStr"));
        int64_t shares = whole(m, "buyBackSum"), so_far = whole(m, "cumulativeSum");
        double high = real(m, "highPrice"), low = real(m, "lowPrice"), money = real(m, "buyBackMoney");
        assert_true(so_far == sum + shares || so_far == shares);
        sum = so_far;
        assert_int_equal(shares % 100, 0);
        assert_true(low >= bar->low - 0.001 && high <= bar->high + 0.001 && low <= high);
        assert_true(money >= low * (double)shares - 1 && money <= high * (double)shares + 1);
    }
}

/* A holding follows from the one before and the trade between; 3241 knows all whom 3242 names. */
static void test_insiders_agree(void **state)
{
    struct ft_ref_rows holders = run(3241, 11), trades = run(3242, 11);
    int notices = 0, sums = 0;
    assert_int_equal(whole(holders.figures, "insiderTotalCount"), holders.count);
    for (size_t k = 0; k < trades.count; k++) {
        const ProtobufCMessage *m = trades.row[k], *who = NULL, *earlier = NULL;
        int64_t id = whole(m, "holderId");
        for (size_t i = 0; i < holders.count; i++)
            if (whole(holders.row[i], "holderId") == id)
                who = holders.row[i];
        assert_non_null(who);
        assert_string_equal(text(who, "name"), text(m, "name"));
        assert_non_null(strstr(text(m, "name"), "Simulated"));
        bool notice = whole(m, "isProposedSaleOfSecurities");
        assert_int_equal(notice, strcmp(text(m, "sourceGroupName"), "Form 144") == 0);
        assert_true(real(m, "minPrice") <= real(m, "maxPrice"));
        assert_true(whole(m, "minTradeDate") <= whole(m, "maxTradeDate"));
        notices += notice;
        if (notice)
            continue;
        for (size_t i = k + 1; i < trades.count && !earlier; i++)
            if (whole(trades.row[i], "holderId") == id &&
                !whole(trades.row[i], "isProposedSaleOfSecurities"))
                earlier = trades.row[i];
        if (earlier) {
            assert_int_equal(whole(m, "securityHolderQuantity"),
                             whole(earlier, "securityHolderQuantity") + whole(m, "tradeShares"));
            sums++;
        }
        if (k == 0 || whole(trades.row[k - 1], "holderId") != id)
            assert_int_equal(whole(m, "securityHolderQuantity"), whole(who, "holderQuantity"));
    }
    assert_true(notices > 0 && sums > 10);
}

static void test_quarters(void **state)
{
    struct ft_ref_rows rows = run(3240, 11);
    assert_string_equal(text(rows.row[0], "periodText"), "2026/Q3");
    assert_string_equal(text(rows.figures, "updateTimeStr"), "2026-11-14 00:00:00");
    for (size_t k = 0; k + 1 < rows.count; k++) {
        const ProtobufCMessage *m = rows.row[k], *before = rows.row[k + 1];
        assert_true(strcmp(text(m, "periodText"), text(before, "periodText")) > 0);
        assert_int_equal(whole(m, "holderQuantityChange"),
                         whole(m, "holderQuantity") - whole(before, "holderQuantity"));
        assert_int_equal(whole(m, "institutionQuantityChange"),
                         whole(m, "institutionQuantity") - whole(before, "institutionQuantity"));
        assert_true(real(m, "holderPct") > 0 && real(m, "holderPct") < 100);
    }
}

static void test_actions(void **state)
{
    struct ft_ref_rows dividends = run(3234, 1), splits = run(3236, 1);
    assert_int_equal(dividends.count, 1);
    assert_string_equal(text(dividends.row[0], "exDate"), "2026-11-12");
    assert_string_equal(text(dividends.row[0], "statement"), "Cash dividend 0.25 HKD per share");
    assert_int_equal(splits.count, 1);
    assert_string_equal(text(splits.row[0], "rate"), "1:4");
    assert_string_equal(text(splits.row[0], "reformType"), "Split");
    assert_true(real(splits.row[0], "sharesAfterEffect") == 9e9);
    company.chinese = true;
    dividends = run(3234, 11);
    assert_string_equal(text(dividends.row[0], "statement"), "每股派息 0.25 美元");
    company.actions = 0;
    assert_int_equal(run(3234, 1).count, 0);
    company.bars = 0; /* listed today */
    assert_int_equal(run(3249, 1).count, 0);
    assert_int_equal(run(3235, 21).count, 0);
    assert_int_equal(run(3242, 11).count, 0);
    assert_int_equal(run(3248, 1).count, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        T(test_every_protocol), T(test_rows_stay),      T(test_short_interest),
        T(test_buybacks_add_up), T(test_insiders_agree), T(test_actions),
        T(test_quarters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
