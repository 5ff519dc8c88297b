/* Reads data/instruments.csv and a user's file of the same columns. */
#include "market/universe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARKET,
    CODE,
    TYPE,
    NAME_EN,
    LOT,
    CURRENCY,
    PRICE,
    EXCHANGE,
    NAME_SC,
    NAME_TC,
    TICKS,
    LISTED,
    ISSUED,
    LIQUIDITY,
    UNDERLYING,
    EXTRA
};
static const char *const columns[] = {
    "market",          "code",       "type",        "name_en",  "lot",         "currency",
    "reference_price", "?exchange",  "?name_sc",    "?name_tc", "?tick_table", "?listing_date",
    "?issued_shares",  "?liquidity", "?underlying", "?extra",   NULL};

/* An underlying that was named, to be found when all rows are there. */
struct pending {
    ft_inst inst;
    int line;
    uint32_t name; /* text offset of MARKET.CODE */
};

struct rows {
    struct ft_loader *l;
    const char *file;
    size_t shipped; /* instruments below are of the shipped data and may be replaced */
    uint8_t *replaced;
    struct pending *pending;
    size_t pending_count, pending_cap;
};

static const struct {
    const char *word;
    uint8_t type;
} types[] = {
    {"stock", FT_SEC_STOCK},   {"etf", FT_SEC_ETF},        {"warrant", FT_SEC_WARRANT},
    {"cbbc", FT_SEC_WARRANT},  {"inline", FT_SEC_WARRANT}, {"index", FT_SEC_INDEX},
    {"future", FT_SEC_FUTURE}, {"plate", FT_SEC_PLATE},    {"option", FT_SEC_OPTION},
};

/* ---- The pairs of the column extra -------------------------------------------------------- */

/* Value of a key, "" when it is not there; `out` holds it. */
static const char *extra_of(const struct ft_csv *csv, const char *key, char out[48])
{
    const char *s = ft_csv_text(csv, EXTRA);
    size_t key_len = strlen(key);
    while (*s) {
        size_t n = strcspn(s, ";");
        if (n > key_len && s[key_len] == '=' && memcmp(s, key, key_len) == 0) {
            size_t len = n - key_len - 1;
            if (len > 47)
                len = ft_utf8_prefix(s + key_len + 1, len, 47);
            memcpy(out, s + key_len + 1, len);
            out[len] = '\0';
            return out;
        }
        s += n + (s[n] == ';');
    }
    return "";
}

static int extra_fixed(struct ft_loader *l, const char *key, int decimals, int64_t *out)
{
    char text[48];
    const char *s = extra_of(&l->csv, key, text);
    if (ft_fixed_parse(s, strlen(s), decimals, key, out, NULL) != 0 || *out <= 0 ||
        *out > INT64_C(1000000000000000))
        return ft_csv_fault(&l->csv, EXTRA, l->err, "%s='%s' is not a number above 0", key, s);
    return 0;
}

static int extra_day(struct ft_loader *l, const char *key, ft_day *out)
{
    char text[48];
    const char *s = extra_of(&l->csv, key, text);
    if (ft_day_parse(s, strlen(s), key, out, NULL) != 0)
        return ft_csv_fault(&l->csv, EXTRA, l->err, "%s='%s' is not a date yyyy-MM-dd", key, s);
    return 0;
}

static int read_right(struct ft_loader *l, uint8_t *right)
{
    static const char *const words[] = {"", "CALL", "PUT", "BULL", "BEAR", "INLINE"};
    char text[48];
    const char *s = extra_of(&l->csv, "kind", text);
    for (int i = FT_CALL; i <= FT_INLINE; i++) {
        if (strcmp(words[i], s) == 0) {
            *right = (uint8_t)i;
            return 0;
        }
    }
    return ft_csv_fault(&l->csv, EXTRA, l->err,
                        "kind='%s' is none of CALL, PUT, BULL, BEAR, INLINE", s);
}

static int read_warrant(struct ft_loader *l, struct ft_instrument *inst)
{
    char text[48];
    if (read_right(l, &inst->right) != 0 || extra_fixed(l, "ratio", 4, &inst->ratio) != 0 ||
        extra_day(l, "maturity", &inst->maturity_day) != 0 ||
        extra_day(l, "last_trade", &inst->expiry_day) != 0)
        return -1;
    bool in_line = inst->right == FT_INLINE;
    if (extra_fixed(l, in_line ? "lower" : "strike", 6, &inst->strike) != 0)
        return -1;
    if (in_line && extra_fixed(l, "upper", 6, &inst->barrier) != 0)
        return -1;
    if ((inst->right == FT_BULL || inst->right == FT_BEAR) &&
        extra_fixed(l, "recovery", 6, &inst->barrier) != 0)
        return -1;
    const char *code = extra_of(&l->csv, "issuer", text);
    const struct ft_issuer *issuer = ft_issuer_find(l, code);
    if (!issuer && *code)
        return ft_csv_fault(&l->csv, EXTRA, l->err, "issuer=%s is not in issuers.csv", code);
    inst->issuer = issuer ? issuer->number : 0;
    return 0;
}

static int read_option(struct ft_loader *l, struct ft_instrument *inst)
{
    char text[48];
    if (read_right(l, &inst->right) != 0 || extra_fixed(l, "strike", 6, &inst->strike) != 0 ||
        extra_day(l, "expiry", &inst->expiry_day) != 0)
        return -1;
    if (inst->right > FT_PUT)
        return ft_csv_fault(&l->csv, EXTRA, l->err, "kind of an option is CALL or PUT");
    inst->maturity_day = inst->expiry_day;
    inst->american = strcmp(extra_of(&l->csv, "style", text), "european") != 0;
    return 0;
}

static int read_future(struct ft_loader *l, struct ft_instrument *inst)
{
    static const char *const kinds[] = {"main", "current", "next"};
    char text[48];
    inst->ratio = inst->lot * FT_QTY_SCALE;
    const char *s = extra_of(&l->csv, "continuous", text);
    if (*s == '\0') {
        if (extra_day(l, "expiry", &inst->expiry_day) != 0)
            return -1;
        inst->maturity_day = inst->expiry_day;
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        if (strcmp(kinds[i], s) == 0) {
            inst->is_continuous = true;
            inst->is_main = i == 0;
            return 0;
        }
    }
    return ft_csv_fault(&l->csv, EXTRA, l->err, "continuous='%s' is none of main, current, next",
                        s);
}

static int read_plate(struct ft_loader *l, struct ft_instrument *inst)
{
    static const char *const kinds[] = {"", "industry", "region", "concept", "other"};
    char text[48];
    const char *s = extra_of(&l->csv, "kind", text);
    inst->plate_kind = 4;
    for (uint8_t i = 1; i <= 4; i++)
        if (strcmp(kinds[i], s) == 0)
            inst->plate_kind = i; /* places are Qot_Common.PlateSetType numbers */
    return 0;
}

/* ---- Defaults ----------------------------------------------------------------------------- */

/* The timetable: the row's own, else by board, exchange, type (data/README.md, timezones.csv). */
static int read_hours(struct ft_loader *l, struct ft_instrument *inst, const char *type_word)
{
    const struct ft_timetables *t = l->u->timetables;
    char text[48], key[128];
    const char *own = extra_of(&l->csv, "hours", text);
    if (*own) {
        inst->profile = (int8_t)ft_profile_find(t, own);
        return inst->profile >= 0
                   ? 0
                   : ft_csv_fault(&l->csv, EXTRA, l->err, "there is no timetable hours=%s", own);
    }
    if (inst->type == FT_SEC_FUTURE && inst->is_continuous)
        return 0; /* from its root */
    bool cn = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    const char *market = ft_market_word(inst->market);
    const char *words[] = {extra_of(&l->csv, "board", text), ft_csv_text(&l->csv, EXCHANGE),
                           inst->type == FT_SEC_OPTION ? "option_stock" : type_word};
    for (int i = 0; i < 3; i++) {
        for (int common = 0; common <= (cn ? 1 : 0) && *words[i]; common++) {
            snprintf(key, sizeof key, "%s:%s", common ? "CN" : market, words[i]);
            int profile = ft_profile_default(t, key);
            if (profile >= 0) {
                inst->profile = (int8_t)profile;
                return 0;
            }
        }
    }
    return ft_csv_fault(&l->csv, TYPE, l->err, "%s %s has no timetable, add hours=PROFILE to extra",
                        market, type_word);
}

static int read_exchange(struct ft_loader *l, struct ft_instrument *inst)
{
    if (ft_csv_text(&l->csv, EXCHANGE)[0])
        return ft_load_exchange(l, EXCHANGE, &inst->exch);
    bool drv = inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE;
    switch (inst->market) { /* Qot_Common.ExchType numbers */
    case FT_MARKET_HK: inst->exch = drv ? 3 : 1; break;
    case FT_MARKET_US: inst->exch = inst->type == FT_SEC_OPTION ? 8 : drv ? 12 : 5; break;
    case FT_MARKET_SH: inst->exch = 14; break;
    case FT_MARKET_SZ: inst->exch = 15; break;
    case FT_MARKET_SG: inst->exch = 17; break;
    default: inst->exch = drv ? 18 : 21; break;
    }
    return 0;
}

static int read_ticks(struct ft_loader *l, struct ft_instrument *inst)
{
    if (ft_csv_text(&l->csv, TICKS)[0])
        return ft_load_tick_table(l, TICKS, &inst->tick_table);
    const char *name = "fixed_0.01";
    bool fund = inst->type == FT_SEC_ETF;
    if (inst->type == FT_SEC_OPTION)
        name = inst->market == FT_MARKET_US ? "US_OPT" : "HK_OPT";
    else if (inst->type == FT_SEC_WARRANT)
        name = "HK_A0";
    else if (inst->type == FT_SEC_STOCK || fund)
        name = inst->market == FT_MARKET_HK   ? fund ? "HK_D" : "HK_A"
               : inst->market == FT_MARKET_US ? "US_STOCK"
               : inst->market == FT_MARKET_SG ? "SG_STOCK"
               : inst->market == FT_MARKET_JP ? "JP_TOPIX500"
               : fund                         ? "CN_FUND"
                                              : "CN_STOCK";
    int table = ft_tick_table_find(l->u, name);
    if (table < 0)
        return ft_csv_fault(&l->csv, TICKS, l->err, "name one, there is no table %s", name);
    inst->tick_table = (uint16_t)table;
    return 0;
}

/* ---- Rows --------------------------------------------------------------------------------- */

static int read_code(struct ft_loader *l, struct ft_instrument *inst)
{
    const char *code = ft_csv_text(&l->csv, CODE);
    size_t n = strlen(code);
    bool good = n > 0 && n <= FT_CODE_MAX && code[0] != ' ' && code[n - 1] != ' ';
    for (size_t i = 0; good && i < n; i++)
        good = code[i] >= ' ' && code[i] <= '~';
    if (!good)
        return ft_csv_fault(&l->csv, CODE, l->err, "'%.40s' is not 1 to %d ASCII characters", code,
                            FT_CODE_MAX);
    memcpy(inst->code, code, n + 1);
    return 0;
}

static int read_names(struct ft_loader *l, struct ft_instrument *inst)
{
    const char *en = ft_csv_text(&l->csv, NAME_EN), *sc = ft_csv_text(&l->csv, NAME_SC),
               *tc = ft_csv_text(&l->csv, NAME_TC);
    if (*en == '\0')
        return ft_csv_fault(&l->csv, NAME_EN, l->err, "an instrument needs a name");
    if (strlen(en) > 200 || strlen(sc) > 200 || strlen(tc) > 200)
        return ft_csv_fault(&l->csv, NAME_EN, l->err, "names have at most 200 bytes");
    sc = *sc ? sc : en;
    return ft_universe_names(l->u, inst, en, sc, *tc ? tc : sc, l->err);
}

/* Numbers and days that every type has. */
static int read_common(struct ft_loader *l, struct ft_instrument *inst)
{
    struct ft_csv *csv = &l->csv;
    int64_t lot, liquidity = 3, limit = 0;
    char text[48];
    bool no_lot = inst->type == FT_SEC_INDEX || inst->type == FT_SEC_PLATE;
    if (ft_csv_int(csv, LOT, no_lot ? 0 : 1, 100000000, &lot, l->err) != 0 ||
        ft_load_currency(l, CURRENCY, &inst->currency) != 0 ||
        ft_load_positive(l, PRICE, 6, &inst->reference) != 0 ||
        ft_csv_day_or(csv, LISTED, FT_NO_DAY, &inst->listing_day, l->err) != 0)
        return -1;
    if (ft_csv_text(csv, LIQUIDITY)[0] && ft_csv_int(csv, LIQUIDITY, 1, 5, &liquidity, l->err) != 0)
        return -1;
    if (ft_csv_text(csv, ISSUED)[0] &&
        ft_csv_int(csv, ISSUED, 1, INT64_C(100000000000000), &inst->issued, l->err) != 0)
        return -1;
    const char *s = extra_of(csv, "limit", text);
    if (*s &&
        (ft_fixed_parse(s, strlen(s), 0, "limit", &limit, NULL) != 0 || limit < 1 || limit > 100))
        return ft_csv_fault(csv, EXTRA, l->err, "limit=%s is not a percentage", s);
    inst->lot = (int32_t)lot;
    inst->liquidity = (uint8_t)liquidity;
    inst->outstanding = inst->issued;
    inst->daily_limit = (uint8_t)limit;
    inst->suspended = strcmp(extra_of(csv, "suspended", text), "1") == 0;
    inst->reit = strcmp(extra_of(csv, "reit", text), "1") == 0;
    return 0;
}

static int read_type(struct ft_loader *l, struct ft_instrument *inst, const char **word)
{
    const char *text = ft_csv_text(&l->csv, TYPE);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].word, text) == 0) {
            inst->type = types[i].type;
            *word = types[i].word;
            return 0;
        }
    }
    return ft_csv_fault(&l->csv, TYPE, l->err,
                        "unknown type '%.40s', allowed: stock, etf, "
                        "warrant, cbbc, inline, index, future, plate, option",
                        text);
}

static int read_row(struct ft_loader *l, struct ft_instrument *inst)
{
    const char *word = NULL;
    if (ft_load_market(l, MARKET, &inst->market) != 0 || read_code(l, inst) != 0 ||
        read_type(l, inst, &word) != 0 || read_common(l, inst) != 0 ||
        read_exchange(l, inst) != 0 || read_ticks(l, inst) != 0 || read_names(l, inst) != 0)
        return -1;
    int rc = inst->type == FT_SEC_WARRANT  ? read_warrant(l, inst)
             : inst->type == FT_SEC_OPTION ? read_option(l, inst)
             : inst->type == FT_SEC_FUTURE ? read_future(l, inst)
             : inst->type == FT_SEC_PLATE  ? read_plate(l, inst)
                                           : 0;
    bool derived = inst->type == FT_SEC_WARRANT || inst->type == FT_SEC_OPTION;
    if (rc == 0 && derived && ft_csv_text(&l->csv, UNDERLYING)[0] == '\0')
        return ft_csv_fault(&l->csv, UNDERLYING, l->err, "a %s needs one", word);
    return rc == 0 ? read_hours(l, inst, word) : -1;
}

static int add_pending(struct rows *r, ft_inst inst)
{
    struct ft_loader *l = r->l;
    if (r->pending_count == r->pending_cap) {
        r->pending_cap = r->pending_cap ? r->pending_cap * 2 : 256;
        struct pending *p = realloc(r->pending, r->pending_cap * sizeof *p);
        if (!p)
            return ft_err_set(l->err, FT_ENOMEM, "no memory for the instruments");
        r->pending = p;
    }
    struct pending *p = &r->pending[r->pending_count];
    *p = (struct pending){.inst = inst, .line = l->csv.line};
    if (ft_universe_text(l->u, ft_csv_text(&l->csv, UNDERLYING), &p->name, l->err) != 0)
        return -1;
    r->pending_count++;
    return 0;
}

static int add_continuous(struct ft_loader *l, ft_inst inst)
{
    static const char *const kinds[] = {"main", "current", "next"};
    char text[48];
    if (l->continuous_count == l->continuous_cap) {
        l->continuous_cap = l->continuous_cap ? l->continuous_cap * 2 : 64;
        struct ft_continuous *c = realloc(l->continuous, l->continuous_cap * sizeof *c);
        if (!c)
            return ft_err_set(l->err, FT_ENOMEM, "no memory for the futures");
        l->continuous = c;
    }
    struct ft_continuous *c = &l->continuous[l->continuous_count++];
    *c = (struct ft_continuous){.inst = inst};
    const char *kind = extra_of(&l->csv, "continuous", text);
    while (c->which < 2 && strcmp(kinds[c->which], kind) != 0)
        c->which++;
    snprintf(c->root, sizeof c->root, "%.11s", extra_of(&l->csv, "root", text));
    return 0;
}

/* Where the row goes: a new instrument, or the shipped one that it replaces. */
static ft_inst place(struct rows *r, const struct ft_instrument *inst)
{
    struct ft_loader *l = r->l;
    const struct ft_instrument *old = ft_universe_find(l->u, inst->market, inst->code);
    if (!old)
        return ft_universe_add(l->u, inst, l->err);
    ft_inst i = old->index;
    if (i >= r->shipped || r->replaced[i]) {
        ft_csv_fault(&l->csv, CODE, l->err, "%s.%s is there twice", ft_market_word(inst->market),
                     inst->code);
        return FT_NO_INST;
    }
    if (old->type != inst->type || inst->type == FT_SEC_FUTURE) {
        ft_csv_fault(&l->csv, CODE, l->err,
                     "%s.%s is in the shipped data, of a type that a row "
                     "of %s cannot replace",
                     ft_market_word(inst->market), inst->code, ft_csv_text(&l->csv, TYPE));
        return FT_NO_INST;
    }
    r->replaced[i] = 1;
    l->u->inst[i] = *inst;
    l->u->inst[i].index = i;
    return i;
}

static int read_rows(struct rows *r)
{
    struct ft_loader *l = r->l;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_instrument inst = ft_instrument_blank();
        if (read_row(l, &inst) != 0)
            return -1;
        ft_inst i = place(r, &inst);
        if (i == FT_NO_INST)
            return -1;
        if (inst.is_continuous ? add_continuous(l, i) != 0
                               : ft_csv_text(&l->csv, UNDERLYING)[0] && add_pending(r, i) != 0)
            return -1;
    }
    return got;
}

/* Finds the underlyings, now that all rows are there. An option of an index needs to name its own
 * hours if the stock options' are not right. */
static int settle(struct rows *r)
{
    struct ft_universe *u = r->l->u;
    for (size_t k = 0; k < r->pending_count; k++) {
        const struct pending *p = &r->pending[k];
        const char *name = u->text + p->name, *dot = strchr(name, '.');
        char market[8] = "";
        if (dot && dot - name < 8)
            memcpy(market, name, (size_t)(dot - name));
        const struct ft_instrument *under =
            dot ? ft_universe_find(u, ft_market_number(market), dot + 1) : NULL;
        if (!under || under->index == p->inst || under->type == FT_SEC_PLATE)
            return ft_err_set(r->l->err, FT_ECORRUPT,
                              "%s:%d: underlying: there is no instrument '%.60s'", r->file, p->line,
                              name);
        struct ft_instrument *inst = &u->inst[p->inst];
        inst->underlying = under->index;
        if (inst->type == FT_SEC_OPTION && under->type == FT_SEC_INDEX)
            inst->index_option = 1;
    }
    r->pending_count = 0;
    return 0;
}

static int load_file(struct rows *r, const char *file, const char *text, size_t len, bool strict)
{
    struct ft_loader *l = r->l;
    r->file = file;
    r->shipped = l->u->count;
    free(r->replaced);
    r->replaced = calloc(r->shipped + 1, 1);
    if (!r->replaced)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for the instruments");
    if (ft_csv_open(&l->csv, file, text, len, columns, strict, l->err) != 0 || read_rows(r) != 0)
        return -1;
    return settle(r);
}

int ft_load_instruments(struct ft_loader *l, const char *extra, size_t extra_len)
{
    static const char file[] = "instruments.csv";
    struct rows r = {.l = l};
    size_t len;
    const char *text = l->read(l->user, file, &len);
    if (!text)
        return ft_err_set(l->err, FT_ENOTFOUND, "%s: there is no such data file", file);
    l->u->as_of = ft_csv_as_of(text, len);
    int rc = 0;
    if (l->u->as_of == FT_NO_DAY)
        rc = ft_err_set(l->err, FT_ECORRUPT, "%s:1: no comment line '# as of: yyyy-MM-dd'", file);
    if (rc == 0)
        rc = ft_load_issuers(l);
    if (rc == 0)
        rc = load_file(&r, file, text, len, false);
    if (rc == 0 && extra)
        rc = load_file(&r, "user instruments", extra, extra_len, true);
    free(r.replaced);
    free(r.pending);
    return rc;
}
