/* Margin ratios, margins of contracts, exchange rates. */
#include "rulebook_fixture.h"

static const int64_t percent = FT_RATIO_SCALE / 100;

static struct ft_margin margin(int market, const char *code)
{
    struct ft_margin m;
    ft_margin_of(rules, find(market, code), ft_day_of(2026, 11, 20), &m);
    return m;
}

/* trade.md 4.8. */
static void vendor_samples(void **state)
{
    (void)state;
    struct ft_margin m = margin(HK, "00700");
    assert_true(m.long_permit && m.short_permit);
    assert_int_equal(m.short_pool, 1826900 * FT_QTY_SCALE);
    assert_int_equal(m.short_fee, 8900); /* 0.89 % */
    assert_int_equal(m.im_long, 35 * percent);
    assert_int_equal(m.im_short, 60 * percent);
    assert_int_equal(m.mcm_long, 32 * percent);
    assert_int_equal(m.mcm_short, 53 * percent);
    assert_int_equal(m.mm_long, 25 * percent);
    assert_int_equal(m.mm_short, 40 * percent);
    assert_int_equal(m.alert_long, 33 * percent);
    assert_int_equal(m.alert_short, 56 * percent);
    m = margin(HK, "09988");
    assert_int_equal(m.short_pool, 1150600 * FT_QTY_SCALE);
    assert_int_equal(m.short_fee, 9500);
    assert_int_equal(m.im_long, 50 * percent);
    assert_int_equal(m.im_short, 50 * percent);
    assert_int_equal(m.mcm_long, 47 * percent);
    assert_int_equal(m.mcm_short, 43 * percent);
    assert_int_equal(m.mm_long, 40 * percent);
    assert_int_equal(m.mm_short, 30 * percent);
    assert_int_equal(m.alert_long, 48 * percent);
    assert_int_equal(m.alert_short, 46 * percent);
}

static void classes_of_securities(void **state)
{
    (void)state;
    struct ft_margin m = margin(US, "AAPL");
    assert_true(m.long_permit && m.short_permit && m.short_pool > 0);
    assert_int_equal(m.im_long, 50 * percent);
    assert_int_equal(m.mm_long, 25 * percent);
    assert_int_equal(m.mm_short, 30 * percent);
    m = margin(US, "TQQQ"); /* of its own, unlike other funds */
    assert_int_equal(m.im_long, 75 * percent);
    assert_int_equal(margin(US, "SPY").im_long, 50 * percent);
    m = margin(SH, "600519");
    assert_true(m.long_permit);
    assert_false(m.short_permit);
    m = margin(HK, "00823"); /* a trust: the row without a liquidity */
    assert_int_equal(m.im_long, 40 * percent);
    for (int liquidity = 1; liquidity <= 5; liquidity++) {
        bool seen = false;
        for (size_t i = 0; i < ft_universe_count(u); i++) {
            const struct ft_instrument *inst = ft_universe_at(u, (ft_inst)i);
            if (inst->market != HK || inst->type != FT_SEC_STOCK || inst->liquidity != liquidity)
                continue;
            ft_margin_of(rules, inst, ft_day_of(2026, 11, 20), &m);
            seen = true;
            assert_int_equal(m.long_permit, liquidity <= 4);
            assert_int_equal(m.short_permit, liquidity <= 3);
        }
        assert_true(seen);
    }
}

static void not_marginable(void **state)
{
    (void)state;
    static const char *const codes[] = {"24719", "63402", "47188"};
    for (size_t i = 0; i < 3; i++) {
        struct ft_margin m = margin(HK, codes[i]);
        assert_false(m.long_permit || m.short_permit);
        assert_int_equal(m.short_pool, 0);
        assert_int_equal(m.im_long, 100 * percent);
        assert_int_equal(m.mm_long, 100 * percent);
    }
}

/* Whatever is in the table or not: maintenance, call, alert and initial ascend. */
static void levels_ascend(void **state)
{
    (void)state;
    for (size_t i = 0; i < ft_universe_count(u); i++) {
        struct ft_margin m;
        ft_margin_of(rules, ft_universe_at(u, (ft_inst)i), ft_day_of(2026, 11, 20), &m);
        assert_true(0 < m.mm_long && m.mm_long <= m.mcm_long && m.mcm_long <= m.alert_long &&
                    m.alert_long <= m.im_long && m.im_long <= FT_RATIO_SCALE);
        assert_true(0 < m.mm_short && m.mm_short <= m.mcm_short && m.mcm_short <= m.alert_short &&
                    m.alert_short <= m.im_short);
        assert_true(m.short_permit || (m.short_pool == 0 && m.short_fee == 0));
    }
}

static void contract(const struct ft_instrument *inst, int64_t price, int64_t spot, bool is_short,
                     const char *initial, const char *maintenance)
{
    ft_money im, mm;
    ft_contract_margin(rules, inst, ft_day_of(2026, 11, 20), price * FT_PRICE_SCALE,
                       spot * FT_PRICE_SCALE, is_short, &im, &mm);
    assert_int_equal(im, money(initial));
    assert_int_equal(mm, money(maintenance));
}

static void futures(void **state)
{
    (void)state;
    contract(find(HK, "HSI2612"), 26000, 26000, false, "80930", "64744");
    contract(find(HK, "HSI2612"), 26000, 26000, true, "80930", "64744");
    contract(find(HK, "HSImain"), 26000, 26000, false, "80930", "64744");
    contract(find(HK, "MHI2612"), 26000, 26000, false, "16186", "12949");
    contract(find(HK, "TCH2612"), 620, 620, false, "7440", "5952");
    contract(find(US, "ESmain"), 6800, 6800, false, "22000", "20000");
}

static void long_options_are_paid(void **state)
{
    (void)state;
    contract(find(US, "AAPL270115C280000"), 9, 270, false, "0", "0");
    contract(find(HK, "TCH270128C600000"), 20, 620, false, "0", "0");
}

static void option_writing(void **state)
{
    (void)state;
    const struct ft_instrument *call = find(US, "AAPL270115C280000"),
                               *put = find(US, "AAPL270115P250000");
    /* 900 + 20 % of 27,000 less 1,000 out of the money. */
    contract(call, 9, 270, true, "5300", "5300");
    /* Far out: at least 10 % of the underlying, 20,000. */
    contract(call, 1, 200, true, "2100", "2100");
    /* In the money: nothing is taken off. */
    contract(call, 25, 300, true, "8500", "8500");
    /* 500 + 20 % of 27,000 less 2,000; far out: 10 % of the strike, 25,000. */
    contract(put, 5, 270, true, "3900", "3900");
    contract(put, 1, 400, true, "2600", "2600");
    /* Without a spot the strike stands for it: 900 + 20 % of 28,000. */
    contract(call, 9, 0, true, "6500", "6500");
    /* Hong Kong: 2,000 + 15 % (12 %) of 62,000, in the money. */
    contract(find(HK, "TCH270128C600000"), 20, 620, true, "11300", "9440");
    /* Index: 500 x 50 + 8 % (6.4 %) of 1,300,000 less 50,000 out of the money. */
    contract(find(HK, "HSI270128C27000"), 500, 26000, true, "79000", "66600");
}

/* A root of a user's own has no row: a share of its notional. */
static void futures_without_a_row(void **state)
{
    (void)state;
    static const char extra[] = "market,code,type,name_en,lot,currency,reference_price,extra\n"
                                "US,ZZZ2703,future,Own,50,USD,200,expiry=2027-03-19;hours=US_OPT\n";
    struct ft_err err;
    struct ft_universe *own = ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21),
                                               extra, strlen(extra), &err);
    if (!own)
        fail_msg("%s", err.text);
    struct ft_rulebook *r = ft_rulebook_load(ft_embedded_data, NULL, own, &err);
    if (!r)
        fail_msg("%s", err.text);
    ft_money im, mm;
    const struct ft_instrument *inst = ft_universe_find(own, US, "ZZZ2703");
    ft_contract_margin(r, inst, ft_day_of(2026, 11, 20), 250 * FT_PRICE_SCALE, 0, false, &im, &mm);
    assert_int_equal(im, money("1000")); /* 8 % of 12,500 */
    assert_int_equal(mm, money("900"));
    ft_contract_margin(r, inst, ft_day_of(2026, 11, 20), 0, 0, true, &im, &mm);
    assert_int_equal(im, money("800")); /* of the reference price */
    ft_rulebook_free(r);
    ft_universe_free(own);
}

static void multipliers(void **state)
{
    (void)state;
    assert_int_equal(ft_multiplier(find(HK, "00700")), FT_QTY_SCALE);
    assert_int_equal(ft_multiplier(find(HK, "24719")), FT_QTY_SCALE);
    assert_int_equal(ft_multiplier(find(US, "AAPL270115C280000")), 100 * FT_QTY_SCALE);
    assert_int_equal(ft_multiplier(find(HK, "HSI2612")), 50 * FT_QTY_SCALE);
    assert_int_equal(ft_multiplier(find(US, "MYMmain")), FT_QTY_SCALE / 2);
}

static void currencies(void **state)
{
    (void)state;
    ft_day day = ft_day_of(2026, 11, 20);
    assert_int_equal(ft_fx(rules, day, FT_USD, FT_HKD, money("100")), money("780"));
    assert_int_equal(ft_fx(rules, day, FT_HKD, FT_USD, money("780")), money("100"));
    assert_int_equal(ft_fx(rules, day, FT_HKD, FT_USD, money("1")), money("0.1282"));
    assert_int_equal(ft_fx(rules, day, FT_HKD, FT_USD, -money("1")), -money("0.1282"));
    /* 100 x 7.80 / 1.10 = 709.0909 in one step. */
    assert_int_equal(ft_fx(rules, day, FT_USD, FT_CNY, money("100")), money("709.0909"));
    assert_int_equal(ft_fx(rules, day, FT_SGD, FT_JPY, money("10")), money("1210"));
    assert_int_equal(ft_fx(rules, day, FT_JPY, FT_JPY, 7), 7);
    assert_int_equal(ft_fx(rules, day, FT_USD, FT_JPY, INT64_MAX), INT64_MAX);
    assert_int_equal(ft_fx(rules, day, FT_USD, FT_JPY, -INT64_MAX), -INT64_MAX);
    /* 7.75 in 2015 and before, 7.83 in 2023. */
    assert_int_equal(ft_fx(rules, ft_day_of(2010, 1, 1), FT_USD, FT_HKD, money("1")),
                     money("7.75"));
    assert_int_equal(ft_fx(rules, ft_day_of(2023, 12, 31), FT_USD, FT_HKD, money("1")),
                     money("7.83"));
    assert_int_equal(ft_fx(rules, ft_day_of(2024, 1, 1), FT_USD, FT_HKD, money("1")), money("7.8"));
}

/* A second row of a class takes over on its day. */
static void newer_rows_take_over(void **state)
{
    (void)state;
    struct ft_err err;
    const char *row = "HK,stock,00700,,1,1,1826900,0.89,35,60,32,53,25,40,33,56,2015-01-01,"
                      "V sample\n";
    char both[256];
    snprintf(both, sizeof both, "%s%s", row,
             "HK,stock,00700,,1,0,0,0,45,60,42,53,35,40,43,56,2026-06-01,test\n");
    char *changed = with_change("margins.csv", row, both);
    struct altered a = {.name = "margins.csv", .text = changed};
    struct ft_rulebook *r = ft_rulebook_load(read_altered, &a, u, &err);
    if (!r)
        fail_msg("%s", err.text);
    struct ft_margin m;
    ft_margin_of(r, find(HK, "00700"), ft_day_of(2026, 5, 31), &m);
    assert_int_equal(m.im_long, 35 * percent);
    ft_margin_of(r, find(HK, "00700"), ft_day_of(2026, 6, 1), &m);
    assert_int_equal(m.im_long, 45 * percent);
    assert_false(m.short_permit);
    ft_rulebook_free(r);
    free(changed);
}

static void faults(void **state)
{
    (void)state;
    const char *f = "margins.csv", *row = "HK,stock,,1,1,1,1000000,0.9,35,60,32,53,25,40,33,56,"
                                          "2015-01-01,as the V sample; G";
#define ROW(head, ratios) head ",1,1,10,0.9," ratios ",2015-01-01,G"
    refused(f, row, ROW("HK,option,,1", "35,60,32,53,25,40,33,56"), "product: 'option' is no kind");
    refused(f, row, ROW("HK,stock,99999,", "35,60,32,53,25,40,33,56"),
            "code: there is no instrument '99999'");
    refused(f, row, ROW("HK,stock,02800,", "35,60,32,53,25,40,33,56"), "code: 02800 is no stock");
    refused(f, row, ROW("HK,stock,00005,3", "35,60,32,53,25,40,33,56"), "liquidity: a row of one");
    refused(f, row, ROW("HK,stock,,6", "35,60,32,53,25,40,33,56"), "liquidity: 6 is not within");
    refused(f, row, ROW("HK,stock,,1", "35,60,32,53,26,40,33x,56"), "alert_long: '33x'");
    refused(f, row, ROW("HK,stock,,1", "35,60,32,53,34,40,33,56"), "mm_long: maintenance");
    refused(f, row, ROW("HK,stock,,1", "35,60,32,53,25,40,33,61"), "mm_short: maintenance");
    refused(f, row, ROW("HK,stock,,1", "1001,60,32,53,25,40,33,56"), "im_long: 1001 is not within");
    refused(f, row, "HK,stock,,1,1,0,10,0,35,60,32,53,25,40,33,56,2015-01-01,G",
            "pool: a pool or a fee without");
    refused(f, row, "HK,stock,,1,2,0,10,0,35,60,32,53,25,40,33,56,2015-01-01,G",
            "long_permit: unknown word '2'");
    refused(f, "HK,stock,,2,1,1", "HK,stock,,1,1,1", "effective_from: line ");

    f = "contract_margins.csv";
    row = "HK,future:HSI,contract,80930,64744,,,2015-01-01,S cfsg";
    refused(f, row, "HK,future:HSI,contract,80930,80931,,,2015-01-01,S", "maintenance: the main");
    refused(f, row, "HK,future:HSI,writing,8,7,,,2015-01-01,S", "basis: 'writing' does not go");
    refused(f, row, "HK,stock,contract,8,7,,,2015-01-01,S", "basis: 'contract' does not go");
    refused(f, row, "HK,option,writing,8,7,x,,2015-01-01,S", "initial_min: 'x'");
    refused(f, row, "HK,future:,contract,8,7,,,2015-01-01,S", "product: a root has 1 to");
    refused(f, row, "HK,future:HHI,contract,8,7,,,2015-01-01,S", "effective_from: line ");
    char *gone = with_change(f, "US,option,writing,20", "US,option:X,writing,20");
    refused_whole(f, gone, "contract_margins.csv: there is no row for ");
    free(gone);

    f = "fx_rates.csv";
    row = "USD,2026-01-01,7.80,G";
    refused(f, row, "USD,2026-01-01,0,G", "hkd: a rate is above 0");
    refused(f, row, "USD,2026-01-01,-1,G", "hkd: -1 is not within");
    refused(f, row, "HKD,2026-01-01,1,G", "currency: HKD is the unit");
    refused(f, row, "EUR,2026-01-01,9,G", "currency: unknown word 'EUR'");
    refused(f, row, "USD,2025-01-01,7.8,G", "effective_from: line ");
    refused(f, row, "USD,2026-01-01,7.8,", "source_mark: a rule needs its source");
    refused_whole(f, "currency,effective_from,hkd,source_mark\nUSD,2015-01-01,7.8,G\n",
                  "fx_rates.csv: there is no rate of CNH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendor_samples),
        cmocka_unit_test(classes_of_securities),
        cmocka_unit_test(not_marginable),
        cmocka_unit_test(levels_ascend),
        cmocka_unit_test(futures),
        cmocka_unit_test(long_options_are_paid),
        cmocka_unit_test(option_writing),
        cmocka_unit_test(futures_without_a_row),
        cmocka_unit_test(multipliers),
        cmocka_unit_test(currencies),
        cmocka_unit_test(newer_rows_take_over),
        cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
