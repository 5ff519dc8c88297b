#include "market/instrument.h"

#include "data_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

static struct ft_universe *u;
enum { HK = FT_MARKET_HK, US = FT_MARKET_US };

static struct ft_universe *load_on(ft_day today, const char *extra)
{
    struct ft_err err;
    struct ft_universe *v =
        ft_universe_load(ft_embedded_data, NULL, today, extra, extra ? strlen(extra) : 0, &err);
    if (!v)
        fail_msg("%s", err.text);
    return v;
}

static int load(void **state)
{
    (void)state;
    u = load_on(ft_day_of(2026, 11, 21), NULL);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    ft_universe_free(u);
    return 0;
}

static const struct ft_instrument *find_in(const struct ft_universe *v, int market,
                                           const char *code)
{
    const struct ft_instrument *inst = ft_universe_find(v, market, code);
    if (!inst)
        fail_msg("no %s", code);
    return inst;
}

static const struct ft_instrument *find(int market, const char *code)
{
    return find_in(u, market, code);
}

static const char *profile_of(const struct ft_instrument *inst)
{
    return ft_profile_name(ft_universe_timetables(u), inst->profile);
}

static void a_stock(void **state)
{
    (void)state;
    const struct ft_instrument *i = find(HK, "00700");
    assert_int_equal(i->type, FT_SEC_STOCK);
    assert_int_equal(i->lot, 100);
    assert_int_equal(i->exch, 1);
    assert_int_equal(i->currency, FT_HKD);
    assert_int_equal(i->listing_day, ft_day_of(2004, 6, 16));
    assert_int_equal(i->expiry_day, FT_NO_DAY);
    assert_int_equal(i->underlying, FT_NO_INST);
    assert_int_equal(i->reference, 620 * FT_PRICE_SCALE);
    assert_string_equal(ft_instrument_name(u, i, FT_NAME_EN), "TENCENT");
    assert_string_equal(ft_instrument_name(u, i, FT_NAME_SC), "腾讯控股");
    assert_string_equal(ft_instrument_name(u, i, FT_NAME_TC), "騰訊控股");
    assert_string_equal(profile_of(i), "HK_SEC");
    assert_ptr_equal(ft_universe_at(u, i->index), i);
    assert_null(ft_universe_find(u, US, "00700"));
    assert_null(ft_universe_find(u, HK, "0070"));
    assert_null(ft_universe_find(u, HK, ""));
    assert_int_equal(find(FT_MARKET_SH, "688981")->daily_limit, 20);
    assert_string_equal(profile_of(find(FT_MARKET_SH, "688981")), "CN_STAR");
    assert_string_equal(profile_of(find(FT_MARKET_SZ, "300750")), "CN_STAR");
    assert_string_equal(profile_of(find(FT_MARKET_SH, "600519")), "CN_SEC");
    assert_string_equal(profile_of(find(US, "AAPL")), "US_SEC");
    assert_int_equal(find(FT_MARKET_SH, "600519")->currency, FT_CNY);
    assert_int_equal(find(HK, "HSI Constituent")->type, FT_SEC_PLATE);
}

static void futures(void **state)
{
    (void)state;
    const struct ft_instrument *main = find(HK, "HSImain"), *alias = find(HK, "999010");
    assert_true(main->is_main && main->is_continuous && alias->is_main);
    assert_int_equal(main->expiry_day, FT_NO_DAY);
    assert_int_equal(main->underlying, alias->underlying);
    assert_string_equal(ft_universe_at(u, main->underlying)->code, "HSI2611");
    const struct ft_instrument *month = find(HK, "HSI2612");
    assert_false(month->is_continuous);
    assert_int_equal(month->expiry_day, ft_day_of(2026, 12, 30));
    assert_int_equal(month->lot, 50);
    assert_int_equal(month->ratio, 50 * FT_QTY_SCALE);
    assert_int_equal(month->underlying, find(HK, "800000")->index);
    assert_string_equal(ft_instrument_name(u, month, FT_NAME_SC), "恒指期货2612");
    assert_string_equal(profile_of(month), "HK_FUT_NIGHT");
    assert_string_equal(ft_universe_at(u, find(HK, "HSIcurrent")->underlying)->code, "HSI2611");
    assert_string_equal(ft_universe_at(u, find(HK, "HSInext")->underlying)->code, "HSI2612");
    assert_int_equal(find(US, "MYMmain")->ratio, FT_QTY_SCALE / 2);
    assert_int_equal(find(US, "MYMmain")->lot, 1);
    static const struct {
        int market;
        const char *code;
        int y, m, d;
    } days[] = {
        {US, "ES2612", 2026, 12, 18},           {US, "ES2703", 2027, 3, 19},
        {US, "CL2701", 2026, 12, 21},           {US, "GC2612", 2026, 12, 29},
        {US, "NG2701", 2026, 12, 29},           {US, "6E2612", 2026, 12, 14},
        {US, "ZC2612", 2026, 12, 14},           {US, "ZN2612", 2026, 12, 21},
        {US, "BTC2612", 2026, 12, 24},          {FT_MARKET_JP, "NK2252612", 2026, 12, 10},
        {FT_MARKET_SG, "CN2611", 2026, 11, 27},
    };
    for (size_t k = 0; k < sizeof days / sizeof days[0]; k++) {
        char text[11];
        ft_day_print(find(days[k].market, days[k].code)->expiry_day, text);
        if (find(days[k].market, days[k].code)->expiry_day !=
            ft_day_of(days[k].y, days[k].m, days[k].d))
            fail_msg("%s ends on %s", days[k].code, text);
    }
}

static void main_moves_forward_only(void **state)
{
    (void)state;
    static const struct {
        int market;
        const char *code;
    } roots[] = {{HK, "HSImain"},
                 {US, "ESmain"},
                 {US, "CLmain"},
                 {US, "GCmain"},
                 {FT_MARKET_JP, "NK225Mmain"},
                 {FT_MARKET_SG, "CNmain"}};
    ft_day last[6] = {0};
    for (ft_day day = ft_day_of(2026, 11, 21); day < ft_day_of(2027, 3, 10); day += 7) {
        struct ft_universe *v = load_on(day, NULL);
        for (int k = 0; k < 6; k++) {
            const struct ft_instrument *c = find_in(v, roots[k].market, roots[k].code);
            ft_day expiry = ft_universe_at(v, c->underlying)->expiry_day;
            assert_true(expiry >= day);
            assert_true(expiry >= last[k]);
            last[k] = expiry;
        }
        ft_universe_free(v);
    }
}

static void options(void **state)
{
    (void)state;
    /* Form of platform.md 10; the codes there, listed when their time had come. */
    struct ft_universe *v = load_on(ft_day_of(2026, 3, 2), NULL);
    const struct ft_instrument *put = find_in(v, HK, "TCH260330P620000");
    assert_int_equal(put->type, FT_SEC_OPTION);
    assert_int_equal(put->right, FT_PUT);
    assert_true(put->american);
    assert_int_equal(put->strike, 620 * FT_PRICE_SCALE);
    assert_int_equal(put->expiry_day, ft_day_of(2026, 3, 30));
    assert_int_equal(put->lot, 100);
    assert_int_equal(put->underlying, find_in(v, HK, "00700")->index);
    assert_string_equal(ft_instrument_name(v, put, FT_NAME_EN), "TCH 260330 620.00P");
    assert_string_equal(ft_instrument_name(v, put, FT_NAME_SC), "腾讯控股 260330 620.00 沽");
    assert_string_equal(ft_instrument_name(v, put, FT_NAME_TC), "騰訊控股 260330 620.00 沽");
    assert_non_null(ft_universe_find(v, HK, "HSI260330C26000000"));
    ft_universe_free(v);

    const struct ft_instrument *spxw = find(US, ".SPXW261123C6800000");
    assert_int_equal(spxw->index_option, 1);
    assert_false(spxw->american);
    assert_int_equal(spxw->exch, 8);
    assert_string_equal(ft_instrument_name(u, spxw, FT_NAME_EN), "SPXW 261123 6800.00C");
    assert_int_equal(find(HK, "MHI261230C26000000")->index_option, 2);
    assert_string_equal(profile_of(find(HK, "HSI261230C26000000")), "HK_FUT_NIGHT/OPT");
    assert_string_equal(profile_of(find(HK, "TCH261230C620000")), "HK_DRV_DAY");
    /* VIX: 30 days before the third Friday of the month after. A week whose month series expires
     * has no weekly one. Friday 2026-12-25 is closed: the day before. */
    assert_non_null(ft_universe_find(u, US, ".VIX261216C17000"));
    assert_non_null(ft_universe_find(u, US, ".SPXW261224C6800000"));
    assert_null(ft_universe_find(u, US, ".SPXW261225C6800000"));
    size_t calls = 0, puts = 0;
    for (ft_inst i = 0; i < ft_universe_count(u); i++) {
        const struct ft_instrument *o = ft_universe_at(u, i);
        if (o->type != FT_SEC_OPTION)
            continue;
        calls += o->right == FT_CALL;
        puts += o->right == FT_PUT;
        assert_true(o->expiry_day >= ft_day_of(2026, 11, 21));
        assert_true(o->strike > 0 && o->strike % 1000 == 0 && o->reference > 0);
        assert_true(ft_calendar_day(ft_universe_calendars(u),
                                    o->market == HK ? FT_CAL_HK : FT_CAL_US,
                                    o->expiry_day) != FT_DAY_CLOSED);
    }
    assert_int_equal(calls, puts);
    assert_true(calls > 5000 && ft_universe_count(u) < 40000);
}

/* A strike that is listed for an expiry stays so until it has passed. */
static void listed_options_stay(void **state)
{
    (void)state;
    for (ft_day day = ft_day_of(2026, 11, 22); day < ft_day_of(2026, 12, 20); day += 4) {
        struct ft_universe *v = load_on(day, NULL);
        size_t gone = 0, kept = 0;
        for (ft_inst i = 0; i < ft_universe_count(u); i++) {
            const struct ft_instrument *o = ft_universe_at(u, i);
            if (o->expiry_day == FT_NO_DAY || o->expiry_day < day)
                continue;
            const struct ft_instrument *same = ft_universe_find(v, o->market, o->code);
            if (!same)
                gone++;
            else if (same->strike == o->strike && same->expiry_day == o->expiry_day)
                kept++;
        }
        assert_true(kept > 1000);
        assert_int_equal(gone, 0);
        ft_universe_free(v);
    }
}

static void warrants(void **state)
{
    (void)state;
    const struct ft_instrument *w = find(HK, "22000");
    assert_int_equal(w->type, FT_SEC_WARRANT);
    assert_int_equal(w->right, FT_CALL);
    assert_int_equal(w->issuer, 8);
    assert_int_equal(w->strike, 589 * FT_PRICE_SCALE);
    assert_int_equal(w->ratio, 100 * FT_QTY_SCALE);
    assert_int_equal(w->maturity_day, ft_day_of(2027, 2, 25));
    assert_int_equal(w->expiry_day, ft_day_of(2027, 2, 19));
    assert_string_equal(ft_instrument_name(u, w, FT_NAME_EN), "JP-TENCE@EC2702A");
    assert_string_equal(ft_instrument_name(u, w, FT_NAME_SC), "腾讯摩通七二购A.C");
    const struct ft_instrument *bull = find(HK, "64000"), *in = find(HK, "47500");
    assert_int_equal(bull->right, FT_BULL);
    assert_int_equal(bull->strike, 527 * FT_PRICE_SCALE);
    assert_int_equal(bull->barrier, 533 * FT_PRICE_SCALE);
    assert_string_equal(ft_instrument_name(u, bull, FT_NAME_TC), "騰訊法興七八牛A");
    assert_int_equal(in->right, FT_INLINE);
    assert_true(in->strike == 558 * FT_PRICE_SCALE && in->barrier == 682 * FT_PRICE_SCALE);
    const struct ft_instrument *own = find(HK, "63402");
    assert_int_equal(own->barrier, 566 * FT_PRICE_SCALE);
    assert_int_equal(own->issuer, 6);
    /* Years later the codes are there with later terms. */
    struct ft_universe *v = load_on(ft_day_of(2031, 1, 6), NULL);
    assert_true(find_in(v, HK, "22000")->expiry_day >= ft_day_of(2031, 1, 6));
    assert_true(find_in(v, HK, "22000")->listing_day <= ft_day_of(2031, 1, 6));
    ft_universe_free(v);
}

/* What a user of this API expects to find (issue B, "Instruments and calendars as data"). */
static void the_universe_has_what_users_expect(void **state)
{
    (void)state;
    static const struct {
        int market;
        const char *codes;
    } wanted[] = {
        {FT_MARKET_HK,
         "00700 09988 00005 03690 02318 00941 01299 02800 800000 HSImain 999010 21901 BK1001 "
         "LIST1356"},
        {FT_MARKET_US, "AAPL NVDA TSLA SPY TCEHY NQmain"},
        {FT_MARKET_SH, "600000 600519 000001"},
        {FT_MARKET_SZ, "000001 399001"},
        {FT_MARKET_SG, "CNmain"},
        {FT_MARKET_JP, "NK225main"},
    };
    for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++) {
        char codes[256];
        snprintf(codes, sizeof codes, "%s", wanted[k].codes);
        for (char *rest = codes, *code; (code = strtok_r(rest, " ", &rest));)
            find(wanted[k].market, code);
    }
    size_t real = 0, futures[7] = {0};
    for (ft_inst i = 0; i < ft_universe_count(u); i++) {
        const struct ft_instrument *inst = ft_universe_at(u, i);
        for (int lang = FT_NAME_EN; lang <= FT_NAME_TC; lang++)
            if (!*ft_instrument_name(u, inst, (enum ft_name_lang)lang))
                fail_msg("%d.%s has no name %d", inst->market, inst->code, lang);
        assert_true(inst->reference > 0 && inst->liquidity >= 1 && inst->liquidity <= 5);
        bool listed = inst->type == FT_SEC_STOCK || inst->type == FT_SEC_ETF;
        real += listed;
        if (listed)
            assert_true(inst->issued > 0 && inst->lot > 0);
        if (inst->type != FT_SEC_FUTURE)
            continue;
        int place = inst->market == FT_MARKET_HK   ? 0
                    : inst->market == FT_MARKET_US ? 1
                    : inst->market == FT_MARKET_SG ? 2
                                                   : 3;
        futures[place] |= inst->is_main ? 1 : inst->is_continuous ? 0 : 2;
    }
    assert_true(real >= 200);
    for (int place = 0; place < 4; place++)
        assert_int_equal(futures[place], 3); /* main and month contracts */
}

static void lists(void **state)
{
    (void)state;
    const ft_inst *out;
    ft_inst plate = find(HK, "HSI Constituent")->index, tencent = find(HK, "00700")->index;
    size_t n = ft_plate_members(u, plate, &out);
    bool there = false;
    for (size_t i = 0; i < n; i++)
        there |= out[i] == tencent;
    assert_true(there && n > 10);
    n = ft_plates_of(u, tencent, &out);
    there = false;
    for (size_t i = 0; i < n; i++) {
        there |= out[i] == plate;
        assert_int_equal(ft_universe_at(u, out[i])->type, FT_SEC_PLATE);
    }
    assert_true(there);
    assert_int_equal(ft_plate_members(u, tencent, &out), 0);
    n = ft_derivatives_of(u, tencent, &out);
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ft_universe_at(u, out[i])->underlying, tencent);
        if (i > 0)
            assert_true(
                strcmp(ft_universe_at(u, out[i - 1])->code, ft_universe_at(u, out[i])->code) < 0);
    }
    /* A continuous contract is no derivative of its month. */
    assert_int_equal(ft_derivatives_of(u, find(HK, "HSI2612")->index, &out), 0);
    size_t total = 0, linked = 0;
    for (ft_inst i = 0; i < ft_universe_count(u); i++) {
        total += ft_derivatives_of(u, i, &out);
        linked +=
            !ft_universe_at(u, i)->is_continuous && ft_universe_at(u, i)->underlying != FT_NO_INST;
    }
    assert_int_equal(total, linked);
    const struct ft_broker *brokers;
    assert_true(ft_brokers(u, &brokers) > 50);
    assert_int_equal(brokers[0].id, 229);
    assert_string_equal(brokers[0].name[FT_NAME_SC], "摩根士丹利香港证券");
    assert_int_equal(find(HK, "BK1000")->plate_kind, 3);
}

static void a_user_adds_and_replaces(void **state)
{
    (void)state;
    struct ft_universe *v = load_on(
        ft_day_of(2026, 11, 21),
        "market,code,type,name_en,lot,currency,reference_price,underlying,extra,listing_date\n"
        "HK,00700,stock,\"Tencent, mine\",10,HKD,100,,,\n"
        "US,MYCO,stock,My Company,1,USD,12.34,,,2020-01-02\n"
        "US,MYCO270101C12000,option,My "
        "call,100,USD,1.5,US.MYCO,kind=CALL;strike=12;expiry=2027-01-15,\n"
        "SG,XYZ2701,future,My future,25,SGD,100,,hours=SG_FUT_CN;expiry=2027-01-28,\n"
        "HK,22003,stock,In the way,100,HKD,5,,,\n");
    const struct ft_instrument *i = find_in(v, HK, "00700");
    assert_int_equal(i->index, find(HK, "00700")->index);
    assert_int_equal(i->lot, 10);
    assert_string_equal(ft_instrument_name(v, i, FT_NAME_TC), "Tencent, mine");
    assert_non_null(ft_universe_find(v, HK, "TCH261230C100000")); /* strikes around its price */
    assert_null(ft_universe_find(v, HK, "TCH261230C620000"));
    i = find_in(v, US, "MYCO");
    assert_int_equal(i->exch, 5);
    assert_int_equal(i->liquidity, 3);
    assert_int_equal(ft_tick_size(v, i, ft_day_of(2026, 11, 20), i->reference, true), 10000);
    const struct ft_instrument *o = find_in(v, US, "MYCO270101C12000");
    assert_int_equal(o->underlying, i->index);
    assert_int_equal(o->strike, 12 * FT_PRICE_SCALE);
    assert_int_equal(find_in(v, FT_MARKET_SG, "XYZ2701")->expiry_day, ft_day_of(2027, 1, 28));
    assert_int_equal(find_in(v, HK, "22003")->type, FT_SEC_STOCK); /* the warrant makes room */
    ft_universe_free(v);
}

static void user_faults(void **state)
{
    (void)state;
#define COLUMNS "market,code,type,name_en,lot,currency,reference_price,underlying,extra\n"
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"", "user instruments:1: there is no header line"},
        {"market,code\n", "user instruments:1: type: column is missing in the header"},
        {"market,code,type,name_en,lot,currency,reference_price,colour\n",
         "user instruments:1: unknown column 'colour'"},
        {COLUMNS "XX,A,stock,A,1,USD,1,,\n",
         "user instruments:2: market: unknown word 'XX', allowed: HK, US, SH, SZ, SG, JP"},
        {COLUMNS "US,,stock,A,1,USD,1,,\n",
         "user instruments:2: code: '' is not 1 to 31 ASCII characters"},
        {COLUMNS "US,Ä,stock,A,1,USD,1,,\n",
         "user instruments:2: code: 'Ä' is not 1 to 31 ASCII characters"},
        {COLUMNS "US,A,bond,A,1,USD,1,,\n", "user instruments:2: type: unknown type 'bond', "
                                            "allowed: stock, etf, warrant, cbbc, inline, "
                                            "index, future, plate, option"},
        {COLUMNS "US,A,stock,,1,USD,1,,\n",
         "user instruments:2: name_en: an instrument needs a name"},
        {COLUMNS "US,A,stock,A,0,USD,1,,\n",
         "user instruments:2: lot: 0 is not within 1 to 100000000"},
        {COLUMNS "US,A,stock,A,1,EUR,1,,\n",
         "user instruments:2: currency: unknown word 'EUR', allowed: HKD, USD, CNH, JPY, SGD, CNY"},
        {COLUMNS "US,A,stock,A,1,USD,0,,\n",
         "user instruments:2: reference_price: 0 is not above 0 and at most 1000000000"},
        {COLUMNS "US,ZA,stock,A,1,USD,1,,\n# x\nUS,ZA,stock,A,1,USD,1,,\n",
         "user instruments:4: code: US.ZA is there twice"},
        {COLUMNS "HK,00700,stock,A,1,HKD,1,,\nHK,00700,stock,A,1,HKD,1,,\n",
         "user instruments:3: code: HK.00700 is there twice"},
        {COLUMNS "HK,00700,index,A,1,HKD,1,,\n",
         "user instruments:2: code: HK.00700 is in the shipped data, of a type that a row of index "
         "cannot replace"},
        {COLUMNS "HK,W1,warrant,A,1,HKD,1,,kind=CALL\n",
         "user instruments:2: extra: ratio='' is not a number above 0"},
        {COLUMNS "HK,W1,warrant,A,1,HKD,1,,kind=PLUS\n",
         "user instruments:2: extra: kind='PLUS' is none of CALL, PUT, BULL, BEAR, INLINE"},
        {COLUMNS "US,O1,option,A,1,USD,1,,kind=CALL;strike=1;expiry=2027-02-30\n",
         "user instruments:2: extra: expiry='2027-02-30' is not a date yyyy-MM-dd"},
        {COLUMNS "US,O1,option,A,1,USD,1,,kind=CALL;strike=1;expiry=2027-02-26\n",
         "user instruments:2: underlying: a option needs one"},
        {COLUMNS "US,O1,option,A,1,USD,1,US.NOPE,kind=CALL;strike=1;expiry=2027-02-26\n",
         "user instruments:2: underlying: there is no instrument 'US.NOPE'"},
        {COLUMNS "US,F1,future,A,1,USD,1,,expiry=2027-02-26\n",
         "user instruments:2: type: US future has no timetable, add hours=PROFILE to extra"},
        {COLUMNS "US,A1,stock,A,1,USD,1,,hours=NEVER\n",
         "user instruments:2: extra: there is no timetable hours=NEVER"},
        {COLUMNS "US,F1,future,A,1,USD,1,,continuous=main;root=NOPE\n",
         "US.F1: extra: root 'NOPE' is not in futures.csv"},
        {COLUMNS "US,A1,stock,A,1,USD,1,,limit=200\n",
         "user instruments:2: extra: limit=200 is not a percentage"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ft_err err;
        assert_null(ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21), rows[i].text,
                                     strlen(rows[i].text), &err));
        assert_string_equal(err.text, rows[i].fault);
    }
}

static void data_faults(void **state)
{
    (void)state;
    static const struct {
        const char *file, *from, *to, *fault;
    } rows[] = {
        {"instruments.csv", "# as of: 2026", "# as of 2026", "instruments.csv:1: no comment line"},
        {"instruments.csv", ",HK_A,", ",HK_Q,", "instruments.csv:5: tick_table: there is no tick"},
        {"instruments.csv", "HK_MAINBOARD", "HK_BOARD",
         "instruments.csv:5: exchange: unknown word"},
        {"instruments.csv", "issuer=UB", "issuer=QQ", "instruments.csv:"},
        {"futures.csv", "bd_before_last_bd", "someday",
         "futures.csv:4: last_trading_rule: unknown"},
        {"futures.csv", "spot+next+next2+q2", "spot+soon", "futures.csv:4: months_rule: bad rule"},
        {"futures.csv", "HK_DRV_DAY", "HK_DRV", "futures.csv:4: hours_profile: there is no"},
        {"futures.csv", "HK.02823", "HK.99999", "futures.csv:4: underlying: there is no"},
        {"options.csv", "month:bd_before_last_bd:m4+q3", "month:never:m4",
         "options.csv:4: expiry_rule"},
        {"options.csv", "week:last_bd_of_week:w4", "week:last_bd_of_week:4",
         "options.csv:5: expiry_rule"},
        {"options.csv", "month:bd_before_last_bd:m4+q3", "m4", "options.csv:4: expiry_rule"},
        {"options.csv", "hk_stock", "no_rule", "options.csv:4: strike_rule: there is no"},
        {"options.csv", ",american,", ",asian,", "options.csv:4: style: unknown word"},
        {"options.csv", "HK,00005", "HK,99999", "options.csv:4: underlying: there is no"},
        {"strike_rules.csv", "hk_stock,5,", "hk_stock,1,",
         "strike_rules.csv:5: upper_bound: bands"},
        {"strike_rules.csv", "0.05", "0", "strike_rules.csv:4: step: 0 is not above 0"},
        {"warrants.csv", ",10,95+", ",11,95+", "warrants.csv:4: count: 11, but 5 strikes x 2"},
        {"warrants.csv", "95+100+105", "95+x+105", "warrants.csv:4: strikes: bad list"},
        {"warrants.csv", "m6+m9", "m6+9", "warrants.csv:4: expiry_rule: bad rule"},
        {"warrants.csv", ",GS,", ",QQ,", "warrants.csv:4: issuer: 'QQ' is not"},
        {"warrants.csv", "HK,00005", "HK,99999", "warrants.csv:4: underlying: there is no"},
        {"issuers.csv", "SG,1,", "SG,x,", "issuers.csv:4: number: 'x' is not"},
        {"plates.csv", ",concept", ",notion", "plates.csv:4: kind: unknown word"},
        {"plates.csv", "BK1000", "BK9999", "plates.csv:4: code: 'BK9999' is no plate"},
        {"plate_members.csv", "HK,00001", "HK,99999",
         "plate_members.csv:4: member_code: there is no"},
        {"plate_members.csv", "HK,BK1000", "HK,BK9999", "plate_members.csv:4: plate: there is no"},
        {"brokers.csv", "229,", "no,", "brokers.csv:4: broker_id: 'no' is not"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = with_change(rows[i].file, rows[i].from, rows[i].to);
        struct altered a = {rows[i].file, text};
        struct ft_err err;
        assert_null(ft_universe_load(read_altered, &a, ft_day_of(2026, 11, 21), NULL, 0, &err));
        if (strncmp(err.text, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("'%s' instead of '%s'", err.text, rows[i].fault);
        free(text);
    }
    static const char *const files[] = {"instruments.csv",  "futures.csv",       "options.csv",
                                        "strike_rules.csv", "warrants.csv",      "issuers.csv",
                                        "plates.csv",       "plate_members.csv", "brokers.csv"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct altered a = {files[i], NULL};
        struct ft_err err;
        assert_null(ft_universe_load(read_altered, &a, ft_day_of(2026, 11, 21), NULL, 0, &err));
        assert_non_null(strstr(err.text, files[i]));
    }
}

static void fifty_thousand_instruments(void **state)
{
    (void)state;
    size_t len;
    char *text = user_file(50000, &len);
    struct rusage before, after;
    struct ft_err err;
    getrusage(RUSAGE_SELF, &before);
    struct ft_universe *v =
        ft_universe_load(ft_embedded_data, NULL, ft_day_of(2026, 11, 21), text, len, &err);
    if (!v)
        fail_msg("%s", err.text);
    getrusage(RUSAGE_SELF, &after);
    print_message("%zu instruments, peak %ld MiB over %ld\n", ft_universe_count(v),
                  after.ru_maxrss / 1024, before.ru_maxrss / 1024);
    assert_true(ft_universe_count(v) > 50000 + ft_universe_count(u) - 100);
    const struct ft_instrument *w = find_in(v, HK, "W049999");
    assert_int_equal(w->underlying, find_in(v, HK, "00700")->index);
    assert_string_equal(ft_instrument_name(v, w, FT_NAME_SC), "用户窝轮50000");
    for (ft_inst i = 0; i < ft_universe_count(v); i++) {
        const struct ft_instrument *inst = ft_universe_at(v, i);
        assert_ptr_equal(ft_universe_find(v, inst->market, inst->code), inst);
    }
    free(text);
    ft_universe_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stock),
        cmocka_unit_test(futures),
        cmocka_unit_test(main_moves_forward_only),
        cmocka_unit_test(options),
        cmocka_unit_test(listed_options_stay),
        cmocka_unit_test(warrants),
        cmocka_unit_test(the_universe_has_what_users_expect),
        cmocka_unit_test(lists),
        cmocka_unit_test(a_user_adds_and_replaces),
        cmocka_unit_test(user_faults),
        cmocka_unit_test(data_faults),
        cmocka_unit_test(fifty_thousand_instruments),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
