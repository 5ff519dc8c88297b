/* Structured products of Hong Kong from the rules of data/warrants.csv: derivative warrants, bull
 * and bear contracts, inline warrants, with names as the exchange's convention forms them
 * (market-rules.md 3.3). Their terms are invented. */
#include "market/derivatives.h"
#include "market/universe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Issuers ------------------------------------------------------------------------------ */

int ft_load_issuers(struct ft_loader *l)
{
    enum { CODE, NUMBER, SHORT_SC, SHORT_TC };
    static const char *const columns[] = {"code", "number", "short_sc", "short_tc", NULL};
    if (ft_load_open(l, "issuers.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_issuer issuer = {0};
        int64_t number;
        const char *code = ft_csv_text(&l->csv, CODE);
        if (strlen(code) != 2 || ft_issuer_find(l, code))
            return ft_csv_fault(&l->csv, CODE, l->err, "'%.40s' is not two letters, or there twice",
                                code);
        if (ft_csv_int(&l->csv, NUMBER, 1, 255, &number, l->err) != 0)
            return -1;
        snprintf(issuer.code, sizeof issuer.code, "%.3s", code);
        snprintf(issuer.short_sc, sizeof issuer.short_sc, "%.15s", ft_csv_text(&l->csv, SHORT_SC));
        snprintf(issuer.short_tc, sizeof issuer.short_tc, "%.15s", ft_csv_text(&l->csv, SHORT_TC));
        issuer.number = (uint8_t)number;
        struct ft_issuer *all = realloc(l->issuer, (l->issuers + 1) * sizeof *all);
        if (!all)
            return ft_err_set(l->err, FT_ENOMEM, "no memory for issuers");
        l->issuer = all;
        l->issuer[l->issuers++] = issuer;
    }
    return got;
}

const struct ft_issuer *ft_issuer_find(const struct ft_loader *l, const char *code)
{
    for (size_t i = 0; i < l->issuers; i++)
        if (strcmp(l->issuer[i].code, code) == 0)
            return &l->issuer[i];
    return NULL;
}

/* ---- Rows --------------------------------------------------------------------------------- */

enum {
    MARKET,
    UNDERLYING,
    ISSUER,
    KIND,
    COUNT,
    STRIKES,
    RATIO,
    LOT,
    EXPIRY,
    GAP,
    FROM,
    TO,
    EFFECTIVE
};
static const char *const columns[] = {
    "market", "underlying",  "issuer",       "kind",      "count",   "strikes",        "ratio",
    "lot",    "expiry_rule", "recovery_gap", "code_from", "code_to", "effective_from", NULL};

enum { STRIKES_MAX = 32, EXPIRIES_MAX = 8 };

struct row {
    struct ft_instrument model;
    const struct ft_issuer *issuer;
    int strikes, expiries;
    int low[STRIKES_MAX], high[STRIKES_MAX]; /* percent of the reference price; high: INLINE */
    int months[EXPIRIES_MAX];
    int64_t gap; /* percent x 100 */
    int64_t first_code;
    ft_day effective;
};

static bool whole(const char **s, int max, int *out)
{
    int v = 0;
    const char *begin = *s;
    while (**s >= '0' && **s <= '9' && v <= max)
        v = v * 10 + (*(*s)++ - '0');
    *out = v;
    return *s > begin && v > 0 && v <= max;
}

static int read_strikes(struct ft_loader *l, struct row *r)
{
    const char *s = ft_csv_text(&l->csv, STRIKES);
    bool good = true, in_line = r->model.right == FT_INLINE;
    while (good && r->strikes < STRIKES_MAX) {
        int i = r->strikes++;
        good = whole(&s, 1000, &r->low[i]);
        if (good && in_line)
            good = *s++ == ':' && whole(&s, 1000, &r->high[i]) && r->high[i] > r->low[i];
        if (*s != '+')
            break;
        s++;
    }
    return good && *s == '\0' ? 0
                              : ft_csv_fault(&l->csv, STRIKES, l->err, "bad list '%.60s'",
                                             ft_csv_text(&l->csv, STRIKES));
}

static int read_expiries(struct ft_loader *l, struct row *r)
{
    const char *s = ft_csv_text(&l->csv, EXPIRY);
    bool good = true;
    while (good && r->expiries < EXPIRIES_MAX) {
        good = *s++ == 'm' && whole(&s, 120, &r->months[r->expiries++]);
        if (!good || *s != '+')
            break;
        s++;
    }
    return good && *s == '\0' ? 0
                              : ft_csv_fault(&l->csv, EXPIRY, l->err, "bad rule '%.60s'",
                                             ft_csv_text(&l->csv, EXPIRY));
}

static int read_row(struct ft_loader *l, struct row *r)
{
    static const char *const kinds[] = {"CALL", "PUT", "BULL", "BEAR", "INLINE", NULL};
    struct ft_csv *csv = &l->csv;
    struct ft_instrument *m = &r->model;
    *r = (struct row){.model = ft_instrument_blank()};
    int kind;
    int64_t lot, count, last;
    if (ft_load_market(l, MARKET, &m->market) != 0 ||
        ft_csv_word(csv, KIND, kinds, &kind, l->err) != 0 ||
        ft_load_positive(l, RATIO, 4, &m->ratio) != 0 ||
        ft_csv_int(csv, LOT, 1, 100000000, &lot, l->err) != 0 ||
        ft_csv_int(csv, COUNT, 1, STRIKES_MAX * EXPIRIES_MAX, &count, l->err) != 0 ||
        ft_csv_int(csv, FROM, 10000, 99999, &r->first_code, l->err) != 0 ||
        ft_csv_int(csv, TO, 10000, 99999, &last, l->err) != 0 ||
        ft_csv_day(csv, EFFECTIVE, &r->effective, l->err) != 0)
        return -1;
    m->right = (uint8_t)(FT_CALL + kind);
    if (read_strikes(l, r) != 0 || read_expiries(l, r) != 0)
        return -1;
    if (count != (int64_t)r->strikes * r->expiries || last - r->first_code + 1 != count)
        return ft_csv_fault(csv, COUNT, l->err, "%lld, but %d strikes x %d expiries and %lld codes",
                            (long long)count, r->strikes, r->expiries,
                            (long long)last - (long long)r->first_code + 1);
    if ((m->right == FT_BULL || m->right == FT_BEAR) &&
        ft_csv_fixed(csv, GAP, 2, &r->gap, l->err) != 0)
        return -1;
    if (r->gap < 0 || r->gap > 5000)
        return ft_csv_fault(csv, GAP, l->err, "%s is not within 0 to 50", ft_csv_text(csv, GAP));
    r->issuer = ft_issuer_find(l, ft_csv_text(csv, ISSUER));
    if (!r->issuer)
        return ft_csv_fault(csv, ISSUER, l->err, "'%.40s' is not in issuers.csv",
                            ft_csv_text(csv, ISSUER));
    const struct ft_instrument *under =
        ft_universe_find(l->u, m->market, ft_csv_text(csv, UNDERLYING));
    int ticks = ft_tick_table_find(l->u, "HK_A0");
    int profile = ft_profile_default(l->u->timetables, "HK:warrant");
    if (!under || ticks < 0 || profile < 0)
        return ft_csv_fault(csv, UNDERLYING, l->err,
                            "there is no instrument '%.40s', tick table "
                            "HK_A0 or timetable for HK:warrant",
                            ft_csv_text(csv, UNDERLYING));
    m->type = FT_SEC_WARRANT;
    m->exch = 1;
    m->currency = FT_HKD;
    m->liquidity = (uint8_t)(under->liquidity >= 3 ? 5 : under->liquidity + 2);
    m->lot = (int32_t)lot;
    m->underlying = under->index;
    m->issuer = r->issuer->number;
    m->tick_table = (uint16_t)ticks;
    m->profile = (int8_t)profile;
    m->issued = m->outstanding = m->right == FT_INLINE ? 50000000 : 150000000;
    return 0;
}

/* ---- Names -------------------------------------------------------------------------------- */

/* The first two characters of a Chinese name. */
static int two_characters(const char *s)
{
    size_t n = 0;
    for (int i = 0; i < 2 && s[n]; i++) {
        n++;
        while (((unsigned char)s[n] & 0xC0) == 0x80)
            n++;
    }
    return (int)n;
}

/* "JP-TENCE@EC2706C", "SG#TENCERC2708Y"; 腾讯摩通七六购C.C, 腾讯法兴七八牛Y. */
static int name_it(struct ft_loader *l, const struct row *r, struct ft_instrument *inst,
                   char serial)
{
    static const char *const digits[] = {"零", "一", "二", "三", "四", "五", "六",
                                         "七", "八", "九", "十", "甲", "乙"};
    static const struct {
        const char *en, *sc, *tc;
    } kinds[] = {
        [FT_CALL] = {"EC", "购", "購"},       [FT_PUT] = {"EP", "沽", "沽"},
        [FT_BULL] = {"RC", "牛", "牛"},       [FT_BEAR] = {"RP", "熊", "熊"},
        [FT_INLINE] = {"IL", "界内", "界內"},
    };
    const struct ft_instrument *under = &l->u->inst[inst->underlying];
    const char *en = l->u->text + under->name[FT_NAME_EN];
    char word[6] = "";
    for (int n = 0; *en && n < 5; en++)
        if (isalnum((unsigned char)*en))
            word[n++] = (char)toupper((unsigned char)*en);
    struct ft_date d = ft_date_of(inst->maturity_day);
    bool cbbc = inst->right == FT_BULL || inst->right == FT_BEAR;
    const char *tail = cbbc || inst->right == FT_INLINE ? "" : ".C";
    char text[3][96];
    snprintf(text[0], sizeof text[0], "%s%c%s%s%s%02d%02d%c", r->issuer->code, cbbc ? '#' : '-',
             word, cbbc ? "" : "@", kinds[inst->right].en, d.year % 100, d.month, serial);
    for (int k = FT_NAME_SC; k <= FT_NAME_TC; k++) {
        const char *name = l->u->text + under->name[k];
        snprintf(text[k], sizeof text[k], "%.*s%s%s%s%s%c%s", two_characters(name), name,
                 k == FT_NAME_SC ? r->issuer->short_sc : r->issuer->short_tc, digits[d.year % 10],
                 digits[d.month], k == FT_NAME_SC ? kinds[inst->right].sc : kinds[inst->right].tc,
                 serial, tail);
    }
    return ft_universe_names(l->u, inst, text[0], text[1], text[2], l->err);
}

/* ---- Products ----------------------------------------------------------------------------- */

static ft_price percent_of(const struct ft_universe *u, const struct ft_instrument *under,
                           int64_t hundredths)
{
    ft_price v;
    if (ft_muldiv(under->reference, hundredths, 10000, FT_ROUND_HALF_UP, &v) != 0)
        return under->reference;
    return ft_tick_round(u, under, u->as_of, v);
}

/* A product that has expired by today is followed by one with the same code and the next term, so
 * that the market has warrants in every year. */
static void set_days(const struct ft_universe *u, const struct row *r, int months,
                     struct ft_instrument *inst)
{
    const struct ft_calendars *c = u->calendars;
    bool cbbc = inst->right == FT_BULL || inst->right == FT_BEAR;
    int rule = ft_day_rule_find("bd_before_last_bd");
    int month = ft_month_of(r->effective);
    inst->listing_day = r->effective;
    for (;;) {
        month += months;
        inst->maturity_day = ft_day_rule_at(c, FT_CAL_HK, rule, month);
        inst->expiry_day = ft_trading_day_back(c, FT_CAL_HK, inst->maturity_day, cbbc ? 1 : 4);
        if (inst->expiry_day >= u->today)
            return;
        inst->listing_day = ft_calendar_next(c, FT_CAL_HK, inst->maturity_day);
    }
}

static void set_price(const struct ft_universe *u, struct ft_instrument *inst)
{
    ft_price spot = u->inst[inst->underlying].reference, value;
    int days = inst->maturity_day - u->today;
    bool call = inst->right == FT_CALL || inst->right == FT_BULL;
    if (inst->right == FT_INLINE)
        value = FT_PRICE_SCALE / 2; /* pays 1 inside, 0.25 outside */
    else if (inst->right == FT_BULL || inst->right == FT_BEAR)
        value = (call ? spot - inst->strike : inst->strike - spot) + spot / 100;
    else
        value = ft_option_start_price(call, spot, inst->strike, days);
    if (inst->right != FT_INLINE &&
        ft_muldiv(value, FT_QTY_SCALE, inst->ratio, FT_ROUND_HALF_UP, &value) != 0)
        value = FT_PRICE_SCALE;
    inst->reference = ft_tick_round(u, inst, u->as_of, value);
    if (inst->reference < FT_PRICE_SCALE / 100) /* the exchange's least price */
        inst->reference = FT_PRICE_SCALE / 100;
}

static int add_product(struct ft_loader *l, const struct row *r, int expiry, int strike)
{
    struct ft_universe *u = l->u;
    struct ft_instrument inst = r->model;
    const struct ft_instrument *under = &u->inst[inst.underlying];
    int nth = expiry * r->strikes + strike;
    snprintf(inst.code, sizeof inst.code, "%05d", (int)(r->first_code + nth));
    if (ft_universe_find(u, inst.market, inst.code))
        return 0; /* an instrument of its own */
    inst.strike = percent_of(u, under, r->low[strike] * 100);
    if (inst.right == FT_INLINE)
        inst.barrier = percent_of(u, under, r->high[strike] * 100);
    else if (inst.right == FT_BULL)
        inst.barrier = percent_of(u, under, r->low[strike] * 100 + r->gap);
    else if (inst.right == FT_BEAR)
        inst.barrier = percent_of(u, under, r->low[strike] * 100 - r->gap);
    set_days(u, r, r->months[expiry], &inst);
    set_price(u, &inst);
    if (name_it(l, r, &inst, (char)('A' + nth % 26)) != 0)
        return -1;
    return ft_universe_add(u, &inst, l->err) == FT_NO_INST ? -1 : 0;
}

int ft_load_warrants(struct ft_loader *l)
{
    if (ft_load_open(l, "warrants.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct row r;
        if (read_row(l, &r) != 0)
            return -1;
        for (int e = 0; e < r.expiries; e++)
            for (int s = 0; s < r.strikes; s++)
                if (add_product(l, &r, e, s) != 0)
                    return -1;
    }
    return got;
}
