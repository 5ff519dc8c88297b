/* Order types, times in force, size limits, settlement lags (trade.md 5.4, 6.1, 6.2). */
#include "rulebook_fixture.h"

static void products(void **state)
{
    (void)state;
    assert_int_equal(ft_product_of(find(HK, "00700"), true), FT_PRODUCT_HK_SEC);
    assert_int_equal(ft_product_of(find(HK, "02800"), true), FT_PRODUCT_HK_SEC);
    assert_int_equal(ft_product_of(find(HK, "24719"), true), FT_PRODUCT_HK_SEC);
    assert_int_equal(ft_product_of(find(HK, "TCH270128C600000"), true), FT_PRODUCT_HK_OPTION);
    assert_int_equal(ft_product_of(find(HK, "HSImain"), true), FT_PRODUCT_HK_FUTURE);
    assert_int_equal(ft_product_of(find(US, "AAPL"), true), FT_PRODUCT_US_SEC);
    assert_int_equal(ft_product_of(find(US, "AAPL270115C280000"), false), FT_PRODUCT_US_OPTION);
    assert_int_equal(ft_product_of(find(US, "ESmain"), false), FT_PRODUCT_US_FUTURE);
    assert_int_equal(ft_product_of(find(SH, "600519"), true), FT_PRODUCT_CN_CONNECT);
    assert_int_equal(ft_product_of(find(SZ, "159915"), false), FT_PRODUCT_CN_SEC);
    assert_int_equal(ft_product_of(find(FT_MARKET_SG, "CNmain"), true), FT_PRODUCT_SG_FUTURE);
    assert_int_equal(ft_product_of(find(FT_MARKET_JP, "NK225main"), true), FT_PRODUCT_JP_FUTURE);
    assert_int_equal(ft_product_of(find(HK, "800000"), true), -1);
    assert_int_equal(ft_product_of(find(HK, "BK1001"), true), -1);
    assert_int_equal(ft_product_of(find(FT_MARKET_JP, "7203"), true), -1);
    assert_int_equal(ft_product_of(find(SH, "000001"), true), -1);
    assert_string_equal(ft_product_name(FT_PRODUCT_HK_SEC), "HK securities");
    assert_string_equal(ft_product_name(FT_PRODUCT_JP_FUTURE), "JP futures");
    assert_null(ft_product_name(FT_PRODUCTS));
}

/* Rows of trade.md 6.1 as it prints them: LMT MKT AL AU ABS SPL SPA STP STL MIT LIT TRS TRL. */
static void types_of_the_vendors_table(void **state)
{
    (void)state;
    static const enum ft_order_type columns[] = {FT_ORDER_NORMAL,
                                                 FT_ORDER_MARKET,
                                                 FT_ORDER_AUCTION_LIMIT,
                                                 FT_ORDER_AUCTION,
                                                 FT_ORDER_ABSOLUTE_LIMIT,
                                                 FT_ORDER_SPECIAL_LIMIT,
                                                 FT_ORDER_SPECIAL_LIMIT_ALL,
                                                 FT_ORDER_STOP,
                                                 FT_ORDER_STOP_LIMIT,
                                                 FT_ORDER_MIT,
                                                 FT_ORDER_LIT,
                                                 FT_ORDER_TRAILING_STOP,
                                                 FT_ORDER_TRAILING_STOP_LIMIT};
    static const struct {
        enum ft_product p;
        const char *row;
    } table[] = {
        {FT_PRODUCT_HK_SEC, "YYYYYYYYYYYYY"},     {FT_PRODUCT_HK_OPTION, "YX-----XYXYXY"},
        {FT_PRODUCT_HK_FUTURE, "YY-Y---YYYYYY"},  {FT_PRODUCT_US_SEC, "YY-----YYYYYY"},
        {FT_PRODUCT_US_OPTION, "YY-----YYYYYY"},  {FT_PRODUCT_US_FUTURE, "YY-----YYYYYY"},
        {FT_PRODUCT_CN_CONNECT, "YX-----XYXYXY"}, {FT_PRODUCT_SG_FUTURE, "YY-----YYYYYY"},
        {FT_PRODUCT_JP_FUTURE, "YY-----YYYYYY"},  {FT_PRODUCT_CN_SEC, "YY-----YYYYYY"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint32_t types = ft_order_types_of(rules, table[i].p);
        for (int k = 0; k < 13; k++) {
            bool has = types >> columns[k] & 1;
            assert_int_equal(has, table[i].row[k] == 'Y');
            assert_int_equal(ft_tifs_of(rules, table[i].p, columns[k]) != 0, has);
        }
    }
    const uint32_t twap = 1U << FT_ORDER_TWAP, limit = 1U << FT_ORDER_TWAP_LIMIT,
                   vwap = 1U << FT_ORDER_VWAP, vlimit = 1U << FT_ORDER_VWAP_LIMIT,
                   all = twap | limit | vwap | vlimit;
    assert_int_equal(ft_order_types_of(rules, FT_PRODUCT_HK_SEC) & all, limit | vlimit);
    assert_int_equal(ft_order_types_of(rules, FT_PRODUCT_US_SEC) & all, all);
    assert_int_equal(ft_order_types_of(rules, FT_PRODUCT_US_OPTION) & all, 0);
    assert_string_equal(ft_order_type_name(FT_ORDER_MIT), "MARKET_IF_TOUCHED");
    assert_null(ft_order_type_name((enum ft_order_type)0));
    assert_null(ft_order_type_name((enum ft_order_type)3));
    assert_null(ft_order_type_name(FT_ORDER_TYPES));
}

/* trade.md 4.11: market orders of HK, A-shares and futures are good for the day only. */
static void times_in_force(void **state)
{
    (void)state;
    const uint32_t day = 1U << FT_TIF_DAY, gtc = 1U << FT_TIF_GTC, gtd = 1U << FT_TIF_GTD;
    static const enum ft_product day_only[] = {FT_PRODUCT_HK_SEC,    FT_PRODUCT_HK_FUTURE,
                                               FT_PRODUCT_US_FUTURE, FT_PRODUCT_CN_SEC,
                                               FT_PRODUCT_SG_FUTURE, FT_PRODUCT_JP_FUTURE};
    for (size_t i = 0; i < sizeof day_only / sizeof day_only[0]; i++)
        assert_int_equal(ft_tifs_of(rules, day_only[i], FT_ORDER_MARKET), day);
    assert_true(ft_tifs_of(rules, FT_PRODUCT_US_SEC, FT_ORDER_MARKET) & gtc);
    for (int p = 0; p < FT_PRODUCTS; p++)
        assert_int_equal(ft_tifs_of(rules, (enum ft_product)p, FT_ORDER_NORMAL), day | gtc | gtd);
    assert_int_equal(ft_tifs_of(rules, FT_PRODUCT_US_SEC, FT_ORDER_TWAP), day);
    assert_int_equal(ft_tifs_of(rules, FT_PRODUCT_HK_OPTION, FT_ORDER_MARKET), 0);
    assert_int_equal(ft_tifs_of(rules, FT_PRODUCT_HK_SEC, FT_ORDER_TYPES), 0);
}

static void caps(int firm, int market, const char *code, enum ft_order_type type, ft_day day,
                 int64_t qty, int64_t amount)
{
    ft_qty max_qty = -1;
    ft_money max_amount = -1;
    ft_order_caps(rules, firm, find(market, code), type, day, &max_qty, &max_amount);
    assert_int_equal(max_qty, qty * FT_QTY_SCALE);
    assert_int_equal(max_amount, amount * FT_MONEY_SCALE);
}

static void size_limits(void **state)
{
    (void)state;
    ft_day day = ft_day_of(2026, 11, 20);
    const enum ft_order_type lmt = FT_ORDER_NORMAL, mkt = FT_ORDER_MARKET;
    /* 3,000 board lots. */
    caps(FT_FIRM_FUTUHK, HK, "00700", lmt, day, 300000, 0);
    caps(FT_FIRM_FUTUHK, HK, "00005", lmt, day, 1200000, 0);
    caps(0, HK, "63402", lmt, day, 30000000, 0);
    caps(FT_FIRM_FUTUHK, US, "AAPL", lmt, day, 500000, 5000000);
    caps(FT_FIRM_FUTUHK, US, "SPY", lmt, day, 500000, 5000000);
    caps(FT_FIRM_FUTUINC, US, "AAPL", mkt, day, 500000, 10000000);
    caps(FT_FIRM_FUTUSG, US, "AAPL", lmt, day, 500000, 5000000);
    caps(FT_FIRM_FUTUAU, US, "AAPL", lmt, day, 0, 0);
    caps(0, US, "AAPL", lmt, day, 0, 0);
    caps(FT_FIRM_FUTUHK, US, "AAPL270115C280000", lmt, day, 0, 0);
    caps(FT_FIRM_FUTUHK, HK, "TCH270128C600000", lmt, day, 3000, 0);
    caps(FT_FIRM_FUTUHK, HK, "TCH2612", lmt, day, 3000, 0);
    caps(FT_FIRM_FUTUHK, HK, "HSI2612", lmt, day, 0, 0);
    caps(FT_FIRM_FUTUHK, SH, "600519", lmt, day, 1000000, 5000000);
    /* The exchange's limit is the smaller one: STAR 100,000 and 50,000, ChiNext 300,000, 150,000. */
    caps(FT_FIRM_FUTUHK, SH, "688981", lmt, day, 100000, 5000000);
    caps(0, SH, "688981", lmt, day, 100000, 0);
    caps(0, SH, "688981", mkt, day, 50000, 0);
    caps(0, SH, "688981", FT_ORDER_STOP, day, 50000, 0);
    caps(0, SH, "688981", FT_ORDER_STOP_LIMIT, day, 100000, 0);
    caps(0, SZ, "300750", lmt, day, 300000, 0);
    caps(0, SZ, "300750", mkt, day, 150000, 0);
    caps(0, SZ, "300750", mkt, ft_day_of(2020, 8, 23), 1000000, 0);
    caps(0, SZ, "000001", mkt, day, 1000000, 0);
    caps(0, SZ, "159915", mkt, day, 1000000, 0);
}

static void settlement(void **state)
{
    (void)state;
    ft_day day = ft_day_of(2026, 11, 20);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_HK_SEC, day), 2);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_HK_OPTION, day), 1);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_CN_CONNECT, day), 1);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_US_SEC, day), 1);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_US_SEC, ft_day_of(2024, 5, 28)), 1);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_US_SEC, ft_day_of(2024, 5, 27)), 2);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_US_SEC, ft_day_of(2017, 9, 4)), 3);
    assert_int_equal(ft_settle_lag(rules, FT_PRODUCT_US_SEC, ft_day_of(2000, 1, 3)), 3);
}

static void faults(void **state)
{
    (void)state;
    const char *f = "order_types.csv", *row = "hk_sec,MARKET,DAY,V trade 6.1 and 4.11";
    refused(f, row, "hk_bond,MARKET,DAY,V", "product: unknown word 'hk_bond'");
    refused(f, row, "hk_sec,ICEBERG,DAY,V", "type: unknown order type 'ICEBERG'");
    refused(f, row, "hk_sec,-,DAY,V", "type: unknown order type '-'");
    refused(f, row, "hk_sec,MARKET,DAY+EVER,V", "tif: 'DAY+EVER' is not");
    refused(f, row, "hk_sec,MARKET,DAY+DAY,V", "tif: 'DAY+DAY' is not");
    refused(f, row, "hk_sec,MARKET,,V", "tif: '' is not");
    refused(f, row, "hk_sec,NORMAL,DAY,V", "type: hk_sec has NORMAL already");
    refused(f, row, "hk_sec,MARKET,DAY,", "source_mark: a rule needs its source");
    refused_whole(f, "product,type,tif,source_mark\nhk_sec,NORMAL,DAY,V\n",
                  "order_types.csv: HK options have no NORMAL orders");

    f = "order_limits.csv";
    row = "exchange,HK,stock,any,3000,lots,,2015-01-01,S market-rules 2";
    refused(f, row, "me,HK,stock,any,3000,lots,,2015-01-01,S", "firm: unknown word 'me'");
    refused(f, row, "exchange,HK,stock,some,3000,lots,,2015-01-01,S", "order: unknown word");
    refused(f, row, "exchange,HK,stock,any,0,lots,,2015-01-01,S", "max_qty: 0 is not within");
    refused(f, row, "exchange,HK,stock,any,3000,tons,,2015-01-01,S", "unit: unknown word 'tons'");
    refused(f, row, "exchange,HK,stock,any,,lots,,2015-01-01,S", "max_qty: a limit limits");
    refused(f, row, "exchange,HK,stock,any,,lots,much,2015-01-01,S", "max_amount: 'much'");
    refused(f, "exchange,CN,stock:star,market,50000", "exchange,CN,stock:star,limit,50000",
            "effective_from: line 6 has this date already");

    f = "settlement.csv";
    row = "us_sec,2,2017-09-05,G";
    refused(f, row, "us_sec,-1,2017-09-05,G", "lag: -1 is not within");
    refused(f, row, "us_sec,2,2015-01-01,G", "effective_from: line ");
    refused(f, row, "us_sec,2,yesterday,G", "effective_from: bad date 'yesterday'");
    refused_whole(f, "product,lag,effective_from,source_mark\nhk_sec,2,2015-01-01,S\n",
                  "settlement.csv: there is no row for HK options");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),       cmocka_unit_test(types_of_the_vendors_table),
        cmocka_unit_test(times_in_force), cmocka_unit_test(size_limits),
        cmocka_unit_test(settlement),     cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
