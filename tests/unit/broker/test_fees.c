/* Fees against figures worked out by hand from the rates of market-rules.md 7. */
#include "rulebook_fixture.h"

#include "base/rng.h"

enum { BUY = 0, SELL = 1 };

static size_t fill(int firm, const struct ft_instrument *inst, int sell, ft_day day,
                   struct ft_fee_meter *meter, int64_t qty, const char *notional,
                   struct ft_fee_line *out)
{
    size_t n = ft_fees_of_fill(rules, firm, inst, sell, day, meter, qty * FT_QTY_SCALE,
                               money(notional), out);
    meter->qty += qty * FT_QTY_SCALE;
    meter->notional += money(notional);
    return n;
}

/* Lines as "Commission 0.99, Platform Fee 1.00 = 1.99". */
static const char *text_of(const struct ft_fee_line *line, size_t n)
{
    static char text[1024];
    char amount[FT_FIXED_TEXT_MAX];
    size_t used = 0;
    ft_money sum = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        ft_fixed_print(line[i].amount, FT_MONEY_DECIMALS, 2, amount);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", i ? ", " : "",
                                 ft_fee_item_name(line[i].item, false), amount);
        sum += line[i].amount;
    }
    ft_fixed_print(sum, FT_MONEY_DECIMALS, 2, amount);
    snprintf(text + used, sizeof text - used, "%s= %s", n ? " " : "", amount);
    return text;
}

/* A whole order filled at once; the estimate must agree. */
static const char *order(int firm, const struct ft_instrument *inst, int sell, ft_day day,
                         int64_t qty, const char *notional)
{
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    struct ft_fee_meter meter = {0, 0};
    ft_money sum = 0;
    size_t n = fill(firm, inst, sell, day, &meter, qty, notional, line);
    for (size_t i = 0; i < n; i++)
        sum += line[i].amount;
    assert_int_equal(
        sum, ft_fees_estimate(rules, firm, inst, sell, day, qty * FT_QTY_SCALE, money(notional)));
    return text_of(line, n);
}

static ft_money item(const struct ft_fee_line *line, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(ft_fee_item_name(line[i].item, false), name) == 0)
            return line[i].amount;
    return 0;
}

static ft_money item_of(const struct ft_instrument *inst, int sell, ft_day day, int64_t qty,
                        const char *notional, const char *name)
{
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    struct ft_fee_meter meter = {0, 0};
    return item(line, fill(0, inst, sell, day, &meter, qty, notional, line), name);
}

#define DAY(y, m, d) ft_day_of(y, m, d)

/* trade.md 4.9: 10.46 for nine contracts on 2024-03-14. */
static void vendor_vector_of_options(void **state)
{
    (void)state;
    assert_string_equal(
        order(FT_FIRM_FUTUHK, find(US, "AAPL270115C280000"), BUY, DAY(2024, 3, 14), 9, "2340"),
        "Commission 5.85, Platform Fee 2.70, Option Regulatory Fee 0.11, "
        "Option Clearing Fee 0.18, Option Settlement Fee 1.62 = 10.46");
}

/* trade.md 4.9: 2.25 for 50 shares on 2024-03-18, of which 0.99 + 1.00 + 0.15 are listed; the rest
 * is what a sale of about 12,500 owed: 8 per million, and 0.000166 a share. */
static void vendor_vector_of_shares(void **state)
{
    (void)state;
    const struct ft_instrument *aapl = find(US, "AAPL");
    assert_string_equal(order(FT_FIRM_FUTUHK, aapl, SELL, DAY(2024, 3, 18), 50, "12500"),
                        "Commission 0.99, Platform Fee 1.00, Settlement Fee 0.15, SEC Fee 0.10, "
                        "Trading Activity Fee 0.01 = 2.25");
    assert_string_equal(order(FT_FIRM_FUTUHK, aapl, BUY, DAY(2024, 3, 18), 50, "12500"),
                        "Commission 0.99, Platform Fee 1.00, Settlement Fee 0.15 = 2.14");
}

static void us_rates_follow_their_dates(void **state)
{
    (void)state;
    const struct ft_instrument *aapl = find(US, "AAPL");
    const char *sec = "SEC Fee", *taf = "Trading Activity Fee";
    /* 27.80 a million until 2025-05-13, none until 2026-04-03, 20.60 then. */
    assert_int_equal(item_of(aapl, SELL, DAY(2025, 5, 13), 100, "100000", sec), money("2.78"));
    assert_int_equal(item_of(aapl, SELL, DAY(2025, 5, 14), 100, "100000", sec), 0);
    assert_int_equal(item_of(aapl, SELL, DAY(2026, 4, 3), 100, "100000", sec), 0);
    assert_int_equal(item_of(aapl, SELL, DAY(2026, 4, 4), 100, "100000", sec), money("2.06"));
    assert_int_equal(item_of(aapl, SELL, DAY(2026, 4, 4), 1, "100", sec), money("0.01"));
    assert_int_equal(item_of(aapl, BUY, DAY(2026, 4, 4), 100, "100000", sec), 0);
    /* 0.000195 a share, at most 9.79, in 2026; 0.000232 and 11.61 in 2027. */
    assert_int_equal(item_of(aapl, SELL, DAY(2026, 12, 31), 10000, "1", taf), money("1.95"));
    assert_int_equal(item_of(aapl, SELL, DAY(2026, 12, 31), 60000, "1", taf), money("9.79"));
    assert_int_equal(item_of(aapl, SELL, DAY(2027, 1, 1), 10000, "1", taf), money("2.32"));
    assert_int_equal(item_of(aapl, SELL, DAY(2027, 1, 1), 60000, "1", taf), money("11.61"));
}

/* At most 0.5 % of the amount, but not below the minimum. */
static void us_maximum_is_a_share_of_the_amount(void **state)
{
    (void)state;
    const struct ft_instrument *aapl = find(US, "AAPL");
    assert_string_equal(order(0, aapl, BUY, DAY(2024, 3, 18), 1000, "500"),
                        "Commission 2.50, Platform Fee 2.50, Settlement Fee 3.00 = 8.00");
    assert_string_equal(order(0, aapl, BUY, DAY(2024, 3, 18), 1000, "50"),
                        "Commission 0.99, Platform Fee 1.00, Settlement Fee 3.00 = 4.99");
    assert_string_equal(order(0, aapl, BUY, DAY(2024, 3, 18), 1000, "50000"),
                        "Commission 4.90, Platform Fee 5.00, Settlement Fee 3.00 = 12.90");
}

static void hk_stock(void **state)
{
    (void)state;
    const struct ft_instrument *tencent = find(HK, "00700");
    assert_string_equal(order(FT_FIRM_FUTUHK, tencent, BUY, DAY(2026, 11, 20), 100, "35960"),
                        "Commission 10.79, Platform Fee 15.00, Stamp Duty 36.00, "
                        "Trading Fee 2.03, SFC Levy 0.97, AFRC Levy 0.05, Settlement Fee 1.51 "
                        "= 66.35");
    /* A small one: minimum of the commission and of the levies, an AFRC levy below half a cent. */
    assert_string_equal(order(FT_FIRM_FUTUHK, tencent, SELL, DAY(2026, 11, 20), 1, "90"),
                        "Commission 3.00, Platform Fee 15.00, Stamp Duty 1.00, Trading Fee 0.01, "
                        "SFC Levy 0.01 = 19.02");
    /* Simulated accounts and firms without rows of their own pay the same. */
    for (int firm = 0; firm < FT_FIRMS; firm++)
        assert_int_equal(ft_fees_estimate(rules, firm, tencent, false, DAY(2026, 11, 20),
                                          100 * FT_QTY_SCALE, money("35960")),
                         money("66.35"));
}

static void hk_rates_follow_their_dates(void **state)
{
    (void)state;
    const struct ft_instrument *tencent = find(HK, "00700");
    assert_string_equal(order(1, tencent, BUY, DAY(2022, 6, 15), 300, "100000"),
                        "Commission 30.00, Platform Fee 15.00, Stamp Duty 130.00, "
                        "Trading Fee 5.00, Trading Tariff 0.50, SFC Levy 2.70, AFRC Levy 0.15, "
                        "Settlement Fee 2.00 = 185.35");
    assert_string_equal(order(1, tencent, BUY, DAY(2024, 6, 14), 300, "100000"),
                        "Commission 30.00, Platform Fee 15.00, Stamp Duty 100.00, "
                        "Trading Fee 5.65, SFC Levy 2.70, AFRC Levy 0.15, Settlement Fee 2.00 "
                        "= 155.50");
    const char *stamp = "Stamp Duty", *ccass = "Settlement Fee";
    assert_int_equal(item_of(tencent, BUY, DAY(2023, 11, 16), 1, "1000", stamp), money("2"));
    assert_int_equal(item_of(tencent, BUY, DAY(2023, 11, 17), 1, "1000", stamp), money("1"));
    assert_int_equal(item_of(tencent, BUY, DAY(2025, 6, 29), 1, "10000000", ccass), money("100"));
    assert_int_equal(item_of(tencent, BUY, DAY(2025, 6, 29), 1, "1000", ccass), money("2"));
    assert_int_equal(item_of(tencent, BUY, DAY(2025, 6, 30), 1, "10000000", ccass), money("420"));
    assert_int_equal(item_of(tencent, BUY, DAY(2025, 6, 30), 1, "1000", ccass), money("0.04"));
    assert_int_equal(item_of(tencent, BUY, DAY(2021, 12, 31), 1, "100000", "AFRC Levy"), 0);
}

static void no_stamp_duty(void **state)
{
    (void)state;
    static const char *const codes[] = {"02800", "24719", "63402", "47188"};
    for (size_t i = 0; i < 4; i++) {
        const struct ft_instrument *inst = find(HK, codes[i]);
        assert_string_equal(order(1, inst, SELL, DAY(2026, 11, 20), 10000, "100000"),
                            "Commission 30.00, Platform Fee 15.00, Trading Fee 5.65, "
                            "SFC Levy 2.70, AFRC Levy 0.15, Settlement Fee 4.20 = 57.70");
    }
    const struct ft_instrument *trust = find(HK, "00823");
    assert_int_equal(item_of(trust, BUY, DAY(2022, 6, 15), 1, "1000", "Stamp Duty"), money("2"));
    assert_int_equal(item_of(trust, BUY, DAY(2024, 12, 20), 1, "1000", "Stamp Duty"), money("1"));
    assert_int_equal(item_of(trust, BUY, DAY(2024, 12, 21), 1, "1000", "Stamp Duty"), 0);
}

static void a_shares(void **state)
{
    (void)state;
    const struct ft_instrument *moutai = find(SH, "600519");
    assert_string_equal(order(1, moutai, BUY, DAY(2026, 11, 20), 100, "145000"),
                        "Commission 43.50, Platform Fee 15.00, Handling Fee 4.94, "
                        "Securities Management Fee 2.90, Transfer Fee (ChinaClear) 1.45, "
                        "Transfer Fee (HKSCC) 2.90 = 70.69");
    assert_string_equal(order(0, moutai, SELL, DAY(2026, 11, 20), 100, "145000"),
                        "Commission 43.50, Platform Fee 15.00, Stamp Duty 72.50, "
                        "Handling Fee 4.94, Securities Management Fee 2.90, "
                        "Transfer Fee (ChinaClear) 1.45, Transfer Fee (HKSCC) 2.90 = 143.19");
    assert_int_equal(item_of(moutai, SELL, DAY(2023, 8, 27), 1, "145000", "Stamp Duty"),
                     money("145"));
    assert_int_equal(item_of(moutai, BUY, DAY(2023, 8, 27), 1, "145000", "Handling Fee"),
                     money("7.06"));
    assert_string_equal(order(1, find(SZ, "159915"), SELL, DAY(2026, 11, 20), 10000, "40000"),
                        "Commission 12.00, Platform Fee 15.00, Handling Fee 1.60, "
                        "Transfer Fee (HKSCC) 0.80 = 29.40");
}

static void two_fills_and_one(void **state)
{
    (void)state;
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    struct ft_fee_meter meter = {0, 0};
    const struct ft_instrument *aapl = find(US, "AAPL"), *tencent = find(HK, "00700");
    ft_day day = DAY(2026, 11, 20);
    /* One fill of 300 pays 1.47, 1.50 and 0.90; the first 100 fall under the minimum. */
    size_t n = fill(1, aapl, BUY, day, &meter, 100, "1000", line);
    assert_string_equal(text_of(line, n),
                        "Commission 0.99, Platform Fee 1.00, Settlement Fee 0.30 = 2.29");
    n = fill(1, aapl, BUY, day, &meter, 200, "2000", line);
    assert_string_equal(text_of(line, n),
                        "Commission 0.48, Platform Fee 0.50, Settlement Fee 0.60 = 1.58");
    /* Hong Kong: the flat platform fee once, the duty rounded up at each trade: 11 + 11, not 21. */
    meter = (struct ft_fee_meter){0, 0};
    n = fill(1, tencent, BUY, day, &meter, 100, "10050", line);
    assert_int_equal(item(line, n, "Commission"), money("3.02"));
    assert_int_equal(item(line, n, "Platform Fee"), money("15"));
    assert_int_equal(item(line, n, "Stamp Duty"), money("11"));
    n = fill(1, tencent, BUY, day, &meter, 100, "10050", line);
    assert_int_equal(item(line, n, "Commission"), money("3.01"));
    assert_int_equal(item(line, n, "Platform Fee"), 0);
    assert_int_equal(item(line, n, "Stamp Duty"), money("11"));
    assert_int_equal(item_of(tencent, BUY, day, 200, "20100", "Stamp Duty"), money("21"));
}

/* Each day is an order of its own: the caller empties the meter. */
static void an_order_of_two_days(void **state)
{
    (void)state;
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    const struct ft_instrument *tencent = find(HK, "00700");
    ft_money sum = 0;
    for (int day = 19; day <= 20; day++) {
        struct ft_fee_meter meter = {0, 0};
        size_t n = fill(1, tencent, BUY, DAY(2026, 11, day), &meter, 10, "6200", line);
        sum += item(line, n, "Commission") + item(line, n, "Platform Fee");
    }
    assert_int_equal(sum, money("36")); /* 2 x (3 + 15); on one day 3.72 + 15 */
}

static void futures_and_options_of_hong_kong(void **state)
{
    (void)state;
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    ft_day day = DAY(2026, 11, 20);
    assert_string_equal(order(1, find(HK, "HSI2612"), BUY, day, 2, "2600000"),
                        "SFC Levy 1.08, Exchange Fee 20.00 = 21.08");
    assert_string_equal(order(1, find(HK, "HSImain"), BUY, day, 2, "2600000"),
                        "SFC Levy 1.08, Exchange Fee 20.00 = 21.08");
    size_t n = ft_fees_at_end(rules, 1, find(HK, "HSI2612"), day, 2 * FT_QTY_SCALE, line);
    assert_string_equal(text_of(line, n), "Settlement Fee 20.00 = 20.00");
    /* Stock futures and options by the value of a contract: tier 1 above 25,000, tier 3 to 10,000. */
    assert_string_equal(order(1, find(HK, "TCH2612"), SELL, day, 1, "62000"),
                        "SFC Levy 0.10, Exchange Fee 3.00 = 3.10");
    const struct ft_instrument *call = find(HK, "TCH270128C600000");
    assert_string_equal(order(1, call, BUY, day, 10, "20000"), "Trading Tariff 30.00 = 30.00");
    assert_string_equal(order(1, find(HK, "XIC270128P6000"), BUY, day, 10, "2000"),
                        "Trading Tariff 5.00 = 5.00");
    n = ft_fees_at_end(rules, 0, call, day, 10 * FT_QTY_SCALE, line);
    assert_string_equal(text_of(line, n), "Exercise Fee 20.00 = 20.00");
    assert_string_equal(order(1, find(HK, "HSI270128C27000"), BUY, day, 3, "75000"),
                        "SFC Levy 1.62, Exchange Fee 30.00 = 31.62");
    assert_int_equal(ft_fees_at_end(rules, 1, find(HK, "00700"), day, FT_QTY_SCALE, line), 0);
}

static void index_options_and_other_firms(void **state)
{
    (void)state;
    ft_day day = DAY(2026, 11, 20);
    const struct ft_instrument *spx = find(US, ".SPX270115C6900000"), *aapl = find(US, "AAPL"),
                               *call = find(US, "AAPL270115C280000");
    /* No SEC fee on options of an index; 20.60 a million on others: 0.19 of 9,000. */
    assert_string_equal(order(1, spx, SELL, day, 10, "90000"),
                        "Commission 6.50, Platform Fee 3.00, Trading Activity Fee 0.03, "
                        "Option Regulatory Fee 0.13, Option Clearing Fee 0.25, "
                        "Option Settlement Fee 1.80, Exchange Fee 4.50 = 16.21");
    assert_string_equal(order(1, call, SELL, day, 10, "9000"),
                        "Commission 6.50, Platform Fee 3.00, SEC Fee 0.19, "
                        "Trading Activity Fee 0.03, Option Regulatory Fee 0.13, "
                        "Option Clearing Fee 0.25, Option Settlement Fee 1.80 = 11.90");
    assert_int_equal(item_of(call, BUY, day, 1, "900", "Commission"), money("1.99"));
    assert_int_equal(item_of(call, BUY, day, 3000, "900", "Option Clearing Fee"), money("55"));
    assert_string_equal(order(FT_FIRM_FUTUINC, aapl, BUY, day, 100, "20000"),
                        "Settlement Fee 0.30 = 0.30");
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    struct ft_fee_meter meter = {0, 0};
    size_t n = fill(FT_FIRM_FUTUINC, spx, BUY, day, &meter, 10, "90000", line);
    assert_int_equal(item(line, n, "Commission"), 0);
    assert_int_equal(item(line, n, "Platform Fee"), money("5"));
    meter = (struct ft_fee_meter){0, 0};
    n = fill(FT_FIRM_FUTUINC, call, BUY, day, &meter, 10, "9000", line);
    assert_int_equal(item(line, n, "Platform Fee"), 0);
    assert_int_equal(item(line, n, "Option Settlement Fee"), money("1.80"));
}

/* However an order is filled, commission and platform fee add up to those of one fill, no line is
 * negative, and the meter never owes anything back. */
static void splits_add_up(void **state)
{
    (void)state;
    struct ft_rng rng;
    ft_rng_init(&rng, 20261121, 1);
    const struct ft_instrument *of[] = {find(HK, "00700"), find(US, "AAPL"), find(SH, "600519"),
                                        find(US, "AAPL270115C280000"), find(HK, "HSI2612")};
    static const char *const names[] = {"Commission", "Platform Fee", "Option Clearing Fee"};
    for (int round = 0; round < 2000; round++) {
        const struct ft_instrument *inst = of[ft_rng_below(&rng, 5)];
        struct ft_fee_line line[FT_FEE_LINES_MAX];
        struct ft_fee_meter meter = {0, 0}, none = {0, 0};
        ft_money sum[3] = {0};
        int fills = 1 + (int)ft_rng_below(&rng, 6);
        for (int k = 0; k < fills; k++) {
            ft_qty qty = 1 + (ft_qty)ft_rng_below(&rng, 5000000);
            ft_money notional = 1 + (ft_money)ft_rng_below(&rng, 900000000);
            size_t n = ft_fees_of_fill(rules, 1, inst, round & 1, DAY(2026, 11, 20), &meter, qty,
                                       notional, line);
            meter.qty += qty;
            meter.notional += notional;
            for (size_t i = 0; i < n; i++)
                assert_true(line[i].amount > 0);
            for (int j = 0; j < 3; j++)
                sum[j] += item(line, n, names[j]);
        }
        size_t n = ft_fees_of_fill(rules, 1, inst, round & 1, DAY(2026, 11, 20), &none, meter.qty,
                                   meter.notional, line);
        for (int j = 0; j < 3; j++)
            assert_int_equal(sum[j], item(line, n, names[j]));
    }
}

static void huge_amounts_stop_at_the_end(void **state)
{
    (void)state;
    const struct ft_instrument *tencent = find(HK, "00700");
    struct ft_fee_meter meter = {INT64_MAX - 1, INT64_MAX - 1};
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    size_t n = ft_fees_of_fill(rules, 1, tencent, false, DAY(2026, 11, 20), &meter, INT64_MAX,
                               INT64_MAX, line);
    for (size_t i = 0; i < n; i++)
        assert_true(line[i].amount > 0);
    ft_money all =
        ft_fees_estimate(rules, 1, tencent, false, DAY(2026, 11, 20), INT64_MAX, INT64_MAX);
    assert_true(all > INT64_MAX / 1000);
}

static void names(void **state)
{
    (void)state;
    uint8_t n = 0;
    while (ft_fee_item_name(n, false)) {
        assert_true(ft_fee_item_name(n, false)[0] && ft_fee_item_name(n, true)[0]);
        n++;
    }
    assert_null(ft_fee_item_name(n, true));
    assert_string_equal(ft_fee_item_name(0, false), "Commission"); /* the store keeps numbers */
    assert_string_equal(ft_fee_item_name(2, true), "印花税");
    assert_string_equal(ft_fee_item_name(13, false), "Option Settlement Fee");
}

static void faults(void **state)
{
    (void)state;
    const char *f = "fees.csv", *row = "FUTUSECURITIES,HK,stock,commission,notional,0.0003,3,,cent,"
                                       "both,2015-01-01,,V F1,,,order";
    refused(f, row, "NOBODY,HK,stock,commission,notional,0,,,cent,both,2015-01-01,,V,,,order",
            "firm: unknown word 'NOBODY'");
    refused(f, row, "FUTUINC,XX,stock,commission,notional,0,,,cent,both,2015-01-01,,V,,,order",
            "market: unknown word 'XX'");
    refused(f, row, "FUTUINC,HK,bond,commission,notional,0,,,cent,both,2015-01-01,,V,,,order",
            "product: unknown product 'bond'");
    refused(f, row, "FUTUINC,HK,stock:HSI,commission,notional,0,,,cent,both,2015-01-01,,V,,,order",
            "product: unknown product 'stock:HSI'");
    refused(f, row, "FUTUINC,HK,stock,bribe,notional,0,,,cent,both,2015-01-01,,V,,,order",
            "item: unknown fee 'bribe'");
    refused(f, row, "FUTUINC,HK,stock,commission,moon,0,,,cent,both,2015-01-01,,V,,,order",
            "basis: unknown word 'moon'");
    refused(f, row, "FUTUINC,HK,stock,commission,notional,-1,,,cent,both,2015-01-01,,V,,,order",
            "rate: -1 is not within");
    refused(f, row,
            "FUTUINC,HK,stock,commission,notional,0.0000000001,,,cent,both,2015-01-01,,V,,,"
            "order",
            "rate: '0.0000000001'");
    refused(f, row, "FUTUINC,HK,stock,commission,notional,1,9,3,cent,both,2015-01-01,,V,,,order",
            "max: 3 is below the minimum 9");
    refused(f, row,
            "FUTUINC,HK,stock,commission,notional,1,,,cent,both,2015-01-01,,V,,notional,"
            "order",
            "max: max_basis without");
    refused(f, row, "FUTUINC,HK,stock,commission,notional,1,,,cent,both,2015-13-01,,V,,,order",
            "effective_from: bad date");
    refused(f, row,
            "FUTUINC,HK,stock,commission,notional,1,,,cent,both,2015-01-02,2015-01-01,V,,,"
            "order",
            "effective_to: 2015-01-01 is before");
    refused(f, row, "FUTUINC,HK,stock,commission,notional,1,,,cent,both,2015-01-01,,,,,order",
            "source_mark: a rule needs its source");
    refused(f, row, "FUTUINC,HK,stock,commission,order,1,,,cent,both,2015-01-01,,V,,,trade",
            "per: an amount of an order");
    refused(f, row, "FUTUINC,HK,stock,commission,dividend,1,,,cent,both,2015-01-01,,V,,,order",
            "basis: 'dividend' does not go");
    refused(f,
            "FUTUSECURITIES,HK,option_stock:tier3,trading_tariff,contract,0.5,,,cent,both,"
            "2015-01-01,,S; bounds G,10000",
            "FUTUSECURITIES,HK,option_stock:tier3,trading_tariff,contract,0.5,,,cent,both,"
            "2015-01-01,,S,10000x",
            "tier_to: '10000x'");
    /* Overlap: the later line is named, with the earlier one. */
    refused(f, "FUTUSECURITIES,HK,stock,stamp_duty,notional,0.001,,,up_to_1,both,2023-11-17,",
            "FUTUSECURITIES,HK,stock,stamp_duty,notional,0.001,,,up_to_1,both,2023-11-16,",
            "dates overlap those of line");
    /* More items for one trade than a caller has room for. */
    static const char *const words[] = {
        "commission", "platform",  "stamp_duty",   "trading_fee",       "trading_tariff",
        "sfc_levy",   "afrc_levy", "settlement",   "sec_fee",           "finra_taf",
        "cat",        "orf",       "occ_clearing", "option_settlement", "exchange_fee",
        "handling",   "csrc"};
    char many[4096];
    int used = snprintf(many, sizeof many,
                        "firm,market,product,item,basis,rate,min,max,rounding,side,effective_from,"
                        "effective_to,source_mark,tier_to,max_basis,per\n");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        used += snprintf(many + used, sizeof many - (size_t)used,
                         "FUTUSECURITIES,HK,stock,%s,trade,1,,,cent,both,2015-01-01,,V,,,trade\n",
                         words[i]);
    refused_whole(f, many, "fees.csv: 17 fees for one trade, at most 16");
    refused_whole(f, NULL, "fees.csv: there is no such data file");
    refused_whole(f, "# nothing\n", "there is no header line");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendor_vector_of_options),
        cmocka_unit_test(vendor_vector_of_shares),
        cmocka_unit_test(us_rates_follow_their_dates),
        cmocka_unit_test(us_maximum_is_a_share_of_the_amount),
        cmocka_unit_test(hk_stock),
        cmocka_unit_test(hk_rates_follow_their_dates),
        cmocka_unit_test(no_stamp_duty),
        cmocka_unit_test(a_shares),
        cmocka_unit_test(two_fills_and_one),
        cmocka_unit_test(an_order_of_two_days),
        cmocka_unit_test(futures_and_options_of_hong_kong),
        cmocka_unit_test(index_options_and_other_firms),
        cmocka_unit_test(splits_add_up),
        cmocka_unit_test(huge_amounts_stop_at_the_end),
        cmocka_unit_test(names),
        cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
