/* Quote rights by product, what each allows, and the tiers of the quotas. */
#include "gateway/quota.h"
#include "gateway/rights.h"
#include "gateway/subs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { NYMEX = 9, COMEX = 10, CBOT = 11, CME = 12, CBOE = 13, PINK = 6 };

static struct ft_instrument inst(int market, int type, int exch)
{
    return (struct ft_instrument){.market = (uint8_t)market, .type = (uint8_t)type,
                                  .exch = (uint8_t)exch};
}

static enum ft_qot_product product(int market, int type, int exch)
{
    struct ft_instrument i = inst(market, type, exch);
    return ft_qot_product_of(&i);
}

static void every_instrument_has_a_product(void **state)
{
    (void)state;
    assert_int_equal(product(FT_MARKET_HK, FT_SEC_STOCK, 1), FT_QOTP_HK);
    assert_int_equal(product(FT_MARKET_HK, FT_SEC_WARRANT, 1), FT_QOTP_HK);
    assert_int_equal(product(FT_MARKET_HK, FT_SEC_INDEX, 0), FT_QOTP_HK);
    assert_int_equal(product(FT_MARKET_HK, FT_SEC_PLATE, 0), FT_QOTP_HK);
    assert_int_equal(product(FT_MARKET_HK, FT_SEC_OPTION, 3), FT_QOTP_HK_OPTION);
    assert_int_equal(product(FT_MARKET_HK, FT_SEC_FUTURE, 3), FT_QOTP_HK_FUTURE);
    assert_int_equal(product(FT_MARKET_US, FT_SEC_ETF, 7), FT_QOTP_US);
    assert_int_equal(product(FT_MARKET_US, FT_SEC_STOCK, PINK), FT_QOTP_US_OTC);
    assert_int_equal(product(FT_MARKET_US, FT_SEC_INDEX, 0), FT_QOTP_US_INDEX);
    assert_int_equal(product(FT_MARKET_US, FT_SEC_OPTION, 8), FT_QOTP_US_OPTION);
    static const int exchanges[][2] = {{CME, FT_QOTP_CME}, {CBOT, FT_QOTP_CBOT}, {NYMEX, FT_QOTP_NYMEX},
                                       {COMEX, FT_QOTP_COMEX}, {CBOE, FT_QOTP_CBOE}};
    for (size_t k = 0; k < 5; k++)
        assert_int_equal(product(FT_MARKET_US, FT_SEC_FUTURE, exchanges[k][0]), exchanges[k][1]);
    assert_int_equal(product(FT_MARKET_SH, FT_SEC_STOCK, 14), FT_QOTP_SH);
    assert_int_equal(product(FT_MARKET_SZ, FT_SEC_ETF, 15), FT_QOTP_SZ);
    assert_int_equal(product(FT_MARKET_SG, FT_SEC_FUTURE, 17), FT_QOTP_SG_FUTURE);
    assert_int_equal(product(FT_MARKET_SG, FT_SEC_STOCK, 17), FT_QOTP_SG);
    assert_int_equal(product(FT_MARKET_JP, FT_SEC_FUTURE, 18), FT_QOTP_JP_FUTURE);
    assert_int_equal(product(FT_MARKET_JP, FT_SEC_STOCK, 21), FT_QOTP_JP);
}

static struct ft_rights parse(const char *text)
{
    struct ft_rights r = {0};
    struct ft_err err = {0};
    if (ft_rights_parse(&r, text, &err))
        fail_msg("%s: %s", text, err.text);
    assert_memory_equal(r.owned, r.held, sizeof r.owned);
    return r;
}

static void texts(void **state)
{
    (void)state;
    struct ft_rights r = parse("");
    assert_int_equal(r.held[FT_QOTP_HK], FT_QOT_LV2);
    assert_int_equal(r.held[FT_QOTP_US_OPTION], FT_QOT_LV1);
    assert_int_equal(r.held[FT_QOTP_EC], FT_QOT_NO);
    r = parse("hk=SF, us=LV3,us_future=NO,us_future_comex=LV1,cn=BMP,sz=LV1,jp=NO");
    assert_int_equal(r.held[FT_QOTP_HK], FT_QOT_SF);
    assert_int_equal(r.held[FT_QOTP_HK_OPTION], FT_QOT_LV2);
    assert_int_equal(r.held[FT_QOTP_US], FT_QOT_LV3);
    for (int p = FT_QOTP_CME; p <= FT_QOTP_CBOE; p++)
        assert_int_equal(r.held[p], p == FT_QOTP_COMEX ? FT_QOT_LV1 : FT_QOT_NO);
    assert_int_equal(r.held[FT_QOTP_SH], FT_QOT_BMP);
    assert_int_equal(r.held[FT_QOTP_SZ], FT_QOT_LV1);
    assert_int_equal(r.held[FT_QOTP_JP], FT_QOT_NO);

    static const char *const bad[][2] = {
        {"hk", "PRODUCT=RIGHT"}, {"hk,us=LV1", "PRODUCT=RIGHT"}, {"moon=LV1", "product moon: allowed are hk"},
        {"hk=LV3", "hk=LV3: allowed are BMP, LV1, LV2, SF, NO"}, {"us_option=LV2", "BMP, LV1, NO"},
        {"us=lv1", "us=lv1: allowed are"}, {"hk=", "hk=: allowed are"}, {"hk=N/A", "allowed are"},
        {"=LV1", "product "}, {"hk=LV1,us_future_x=LV1", "product us_future_x"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct ft_rights before = r;
        struct ft_err err = {0};
        assert_int_equal(ft_rights_parse(&r, bad[k][0], &err), -1);
        if (!strstr(err.text, bad[k][1]))
            fail_msg("%s: %s", bad[k][0], err.text);
        assert_memory_equal(&before, &r, sizeof r); /* nothing changed */
    }
}

/* quote-realtime.md 2.2 */
static void depths(void **state)
{
    (void)state;
    static const struct {
        int market, type, exch, depth[FT_QOT_RIGHTS]; /* N/A, BMP, LV1, LV2, SF, NO, LV3 */
    } rows[] = {
        {FT_MARKET_HK, FT_SEC_STOCK, 1, {0, 0, 0, 10, 1000, 0, 0}},
        {FT_MARKET_HK, FT_SEC_WARRANT, 1, {0, 0, 0, 10, 1000, 0, 0}},
        {FT_MARKET_HK, FT_SEC_INDEX, 1, {0}},
        {FT_MARKET_HK, FT_SEC_OPTION, 3, {0, 0, 1, 10, 0, 0, 0}},
        {FT_MARKET_HK, FT_SEC_FUTURE, 3, {0, 0, 1, 10, 0, 0, 0}},
        {FT_MARKET_US, FT_SEC_STOCK, 5, {0, 0, 1, 60, 0, 0, 60}},
        {FT_MARKET_US, FT_SEC_OPTION, 8, {0, 0, 1, 0, 0, 0, 0}},
        {FT_MARKET_US, FT_SEC_FUTURE, CME, {0, 0, 0, 40, 0, 0, 0}},
        {FT_MARKET_SH, FT_SEC_STOCK, 14, {0, 0, 5, 0, 0, 0, 0}},
        {FT_MARKET_SH, FT_SEC_PLATE, 14, {0}},
    };
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        struct ft_instrument i = inst(rows[k].market, rows[k].type, rows[k].exch);
        for (int right = 0; right < FT_QOT_RIGHTS; right++) {
            assert_int_equal(ft_rights_depth(&i, (enum ft_qot_right)right), rows[k].depth[right]);
            assert_int_equal(ft_rights_details(&i, (enum ft_qot_right)right),
                             rows[k].depth[right] == 1000);
        }
    }
}

static bool may(const struct ft_instrument *i, int sub_type, enum ft_qot_right right)
{
    return ft_rights_subscribers(i, sub_type) >> right & 1;
}

/* platform.md 11.2, 11.4 */
static void who_may_subscribe(void **state)
{
    (void)state;
    struct ft_instrument stock = inst(FT_MARKET_HK, FT_SEC_STOCK, 1),
                         option = inst(FT_MARKET_HK, FT_SEC_OPTION, 3),
                         future = inst(FT_MARKET_HK, FT_SEC_FUTURE, 3),
                         index = inst(FT_MARKET_HK, FT_SEC_INDEX, 0),
                         apple = inst(FT_MARKET_US, FT_SEC_STOCK, 5),
                         oil = inst(FT_MARKET_US, FT_SEC_FUTURE, NYMEX);
    static const int types[] = {FT_SUB_QUOTE, FT_SUB_BOOK, FT_SUB_TICK, FT_SUB_RT, 6, 11, FT_SUB_BROKER};
    for (size_t k = 0; k < sizeof types / sizeof types[0]; k++) {
        static const enum ft_qot_right none[] = {FT_QOT_UNKNOWN, FT_QOT_BMP, FT_QOT_NO};
        for (size_t n = 0; n < 3; n++)
            assert_false(may(&stock, types[k], none[n]) || may(&future, types[k], none[n]) ||
                         may(&apple, types[k], none[n]) || may(&index, types[k], none[n]));
        assert_true(may(&stock, types[k], FT_QOT_LV2) && may(&stock, types[k], FT_QOT_SF));
        bool deep = types[k] == FT_SUB_BOOK || types[k] == FT_SUB_BROKER;
        assert_int_equal(may(&stock, types[k], FT_QOT_LV1), !deep);
        assert_int_equal(may(&option, types[k], FT_QOT_LV1),
                         types[k] != FT_SUB_TICK && types[k] != FT_SUB_BROKER);
        assert_int_equal(may(&future, types[k], FT_QOT_LV1),
                         types[k] != FT_SUB_TICK && types[k] != FT_SUB_BROKER);
    }
    assert_true(may(&apple, FT_SUB_BOOK, FT_QOT_LV1) && may(&apple, FT_SUB_TICK, FT_QOT_LV1));
    assert_false(may(&oil, FT_SUB_BOOK, FT_QOT_LV1));
    assert_true(may(&oil, FT_SUB_TICK, FT_QOT_LV1) && may(&index, FT_SUB_BOOK, FT_QOT_LV1));
    assert_true(ft_rights_may_get(FT_QOT_BMP) && ft_rights_may_get(FT_QOT_LV3));
    assert_false(ft_rights_may_get(FT_QOT_NO) || ft_rights_may_get(FT_QOT_UNKNOWN));
}

/* platform.md 12.1: assets from the border on, trades and turnover beyond it */
static void tiers(void **state)
{
    (void)state;
#define HKD(amount) ((ft_money)(amount) * FT_MONEY_SCALE)
    static const struct {
        ft_money assets;
        int64_t trades;
        ft_money turnover;
        int64_t tier;
    } rows[] = {
        {0, 0, 0, 100}, {-HKD(5), 0, 0, 100}, {HKD(10000) - 1, 200, HKD(2000000), 100},
        {HKD(10000), 0, 0, 300}, {HKD(500000) - 1, 200, HKD(2000000), 300}, {HKD(500000), 0, 0, 1000},
        {0, 201, 0, 1000}, {0, 0, HKD(2000000) + 1, 1000}, {HKD(5000000) - 1, 2000, HKD(20000000), 1000},
        {HKD(5000000), 0, 0, 2000}, {0, 2001, 0, 2000}, {0, 0, HKD(20000000) + 1, 2000},
    };
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        assert_int_equal(ft_quota_tier(rows[k].assets, rows[k].trades, rows[k].turnover), rows[k].tier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instrument_has_a_product), cmocka_unit_test(texts),
        cmocka_unit_test(depths), cmocka_unit_test(who_may_subscribe), cmocka_unit_test(tiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
