/* What a product takes: order types with their times in force, size limits, settlement lags
 * (trade.md 5.4, 6.1, 6.2; market-rules.md 2, 5, 8). */
#include "broker/rulebook_state.h"

#include <stdlib.h>
#include <string.h>

/* ---- Products ------------------------------------------------------------------------------ */

int ft_product_of(const struct ft_instrument *inst, bool real)
{
    bool security =
        inst->type == FT_SEC_STOCK || inst->type == FT_SEC_ETF || inst->type == FT_SEC_WARRANT;
    bool option = inst->type == FT_SEC_OPTION, future = inst->type == FT_SEC_FUTURE;
    switch (inst->market) {
    case FT_MARKET_HK:
        return security ? FT_PRODUCT_HK_SEC
               : option ? FT_PRODUCT_HK_OPTION
               : future ? FT_PRODUCT_HK_FUTURE
                        : -1;
    case FT_MARKET_US:
        return security ? FT_PRODUCT_US_SEC
               : option ? FT_PRODUCT_US_OPTION
               : future ? FT_PRODUCT_US_FUTURE
                        : -1;
    case FT_MARKET_SH:
    case FT_MARKET_SZ: return !security ? -1 : real ? FT_PRODUCT_CN_CONNECT : FT_PRODUCT_CN_SEC;
    case FT_MARKET_SG: return future ? FT_PRODUCT_SG_FUTURE : -1;
    case FT_MARKET_JP: return future ? FT_PRODUCT_JP_FUTURE : -1;
    default: return -1;
    }
}

const char *ft_product_name(enum ft_product p)
{
    static const char *const names[FT_PRODUCTS] = {
        "HK securities", "HK options",      "HK futures",    "US securities", "US options",
        "US futures",    "HKCC securities", "CN securities", "SG futures",    "JP futures"};
    return (unsigned)p < FT_PRODUCTS ? names[p] : NULL;
}

/* ---- Order types --------------------------------------------------------------------------- */

/* Places are enum ft_order_type; the words are the Python client's. */
static const char *const type_words[] = {"-",
                                         "NORMAL",
                                         "MARKET",
                                         "-",
                                         "-",
                                         "ABSOLUTE_LIMIT",
                                         "AUCTION",
                                         "AUCTION_LIMIT",
                                         "SPECIAL_LIMIT",
                                         "SPECIAL_LIMIT_ALL",
                                         "STOP",
                                         "STOP_LIMIT",
                                         "MARKET_IF_TOUCHED",
                                         "LIMIT_IF_TOUCHED",
                                         "TRAILING_STOP",
                                         "TRAILING_STOP_LIMIT",
                                         "TWAP",
                                         "TWAP_LIMIT",
                                         "VWAP",
                                         "VWAP_LIMIT",
                                         NULL};
_Static_assert(sizeof type_words / sizeof type_words[0] == FT_ORDER_TYPES + 1, "a word a type");

static int read_type(struct ft_rb_loader *l, int column, int *out)
{
    const char *text = ft_csv_text(&l->csv, column);
    for (*out = 0; *out < FT_ORDER_TYPES; ++*out)
        if (strcmp(type_words[*out], text) == 0 && text[0] != '-')
            return 0;
    return ft_csv_fault(&l->csv, column, l->err, "unknown order type '%.40s'", text);
}

/* "DAY+GTC" as bits 1 << enum ft_tif. */
static int read_tifs(struct ft_rb_loader *l, int column, uint8_t *out)
{
    static const char *const words[] = {"DAY", "GTC", "IOC", "GTD"};
    const char *s = ft_csv_text(&l->csv, column);
    *out = 0;
    for (;;) {
        size_t n = strcspn(s, "+");
        uint8_t tif = 0;
        while (tif < 4 && (strlen(words[tif]) != n || strncmp(words[tif], s, n) != 0))
            tif++;
        if (tif == 4 || (*out & 1U << tif))
            return ft_csv_fault(&l->csv, column, l->err,
                                "'%.40s' is not DAY, GTC, IOC, GTD "
                                "joined by +, each once",
                                ft_csv_text(&l->csv, column));
        *out |= (uint8_t)(1U << tif);
        if (s[n] == '\0')
            return 0;
        s += n + 1;
    }
}

int ft_rb_load_order_types(struct ft_rb_loader *l)
{
    enum { PRODUCT, TYPE, TIF, MARK };
    static const char *const columns[] = {"product", "type", "tif", "source_mark", NULL};
    struct ft_rulebook *r = l->r;
    if (ft_rb_open(l, "order_types.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        uint8_t product, tifs;
        int type;
        if (ft_rb_read_class(l, PRODUCT, &product) != 0 || read_type(l, TYPE, &type) != 0 ||
            read_tifs(l, TIF, &tifs) != 0 || ft_rb_read_mark(l, MARK) != 0)
            return -1;
        if (r->order_types[product] & 1U << type)
            return ft_csv_fault(&l->csv, TYPE, l->err, "%s has %s already",
                                ft_csv_text(&l->csv, PRODUCT), type_words[type]);
        r->order_types[product] |= 1U << type;
        r->tifs[product][type] = tifs;
    }
    for (int p = 0; got == 0 && p < FT_PRODUCTS; p++)
        if (!(r->order_types[p] & 1U << FT_ORDER_NORMAL))
            return ft_err_set(l->err, FT_ECORRUPT, "order_types.csv: %s have no NORMAL orders",
                              ft_product_name((enum ft_product)p));
    return got;
}

uint32_t ft_order_types_of(const struct ft_rulebook *r, enum ft_product p)
{
    FT_CHECK((unsigned)p < FT_PRODUCTS);
    return r->order_types[p];
}

uint32_t ft_tifs_of(const struct ft_rulebook *r, enum ft_product p, enum ft_order_type type)
{
    FT_CHECK((unsigned)p < FT_PRODUCTS);
    return (unsigned)type < FT_ORDER_TYPES ? r->tifs[p][type] : 0;
}

const char *ft_order_type_name(enum ft_order_type type)
{
    bool known = (unsigned)type < FT_ORDER_TYPES && type_words[type][0] != '-';
    return known ? type_words[type] : NULL;
}

/* ---- Size limits --------------------------------------------------------------------------- */

/* A row read before that says the same of the same date. */
static const struct ft_rb_limit *twin_of(const struct ft_rulebook *r, const struct ft_rb_limit *row)
{
    for (size_t i = 0; i < r->limits; i++) {
        const struct ft_rb_limit *old = &r->limit[i];
        if (old->firm == row->firm && old->order == row->order && old->from == row->from &&
            memcmp(&old->product, &row->product, sizeof row->product) == 0)
            return old;
    }
    return NULL;
}

int ft_rb_load_order_limits(struct ft_rb_loader *l)
{
    enum { FIRM, MARKET, PRODUCT, ORDER, QTY, UNIT, AMOUNT, FROM, MARK };
    static const char *const columns[] = {"firm",        "market", "product",    "order",
                                          "max_qty",     "unit",   "max_amount", "effective_from",
                                          "source_mark", NULL};
    static const char *const orders[] = {"any", "limit", "market", NULL};
    static const char *const units[] = {"units", "lots", NULL};
    struct ft_rulebook *r = l->r;
    if (ft_rb_open(l, "order_limits.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_rb_limit row = {.line = l->csv.line};
        int order, unit;
        if (ft_rb_read_firm(l, FIRM, "exchange", &row.firm) != 0 ||
            ft_rb_read_market(l, MARKET, &row.product.market) != 0 ||
            ft_rb_read_product(l, PRODUCT, &row.product) != 0 ||
            ft_csv_word(&l->csv, ORDER, orders, &order, l->err) != 0 ||
            ft_csv_word(&l->csv, UNIT, units, &unit, l->err) != 0 ||
            ft_csv_day(&l->csv, FROM, &row.from, l->err) != 0 || ft_rb_read_mark(l, MARK) != 0 ||
            (ft_csv_text(&l->csv, QTY)[0] &&
             ft_csv_int(&l->csv, QTY, 1, 1000000000, &row.max_qty, l->err) != 0) ||
            (ft_csv_text(&l->csv, AMOUNT)[0] &&
             ft_rb_read_amount(l, AMOUNT, FT_MONEY_DECIMALS, INT64_C(100000000000),
                               &row.max_amount) != 0))
            return -1;
        if (row.max_qty == 0 && row.max_amount == 0)
            return ft_csv_fault(&l->csv, QTY, l->err, "a limit limits quantity or amount");
        row.order = (uint8_t)order;
        row.unit = (uint8_t)unit;
        const struct ft_rb_limit *twin = twin_of(r, &row);
        if (twin)
            return ft_csv_fault(&l->csv, FROM, l->err, "line %d has this date already", twin->line);
        struct ft_rb_limit *grown =
            ft_rb_room(l, r->limit, r->limits, &r->limit_cap, sizeof *r->limit);
        if (!grown)
            return -1;
        r->limit = grown;
        r->limit[r->limits++] = row;
    }
    return got;
}

/* Orders without a price of their own. */
static bool is_market(enum ft_order_type type)
{
    return type == FT_ORDER_MARKET || type == FT_ORDER_STOP || type == FT_ORDER_MIT ||
           type == FT_ORDER_TRAILING_STOP || type == FT_ORDER_AUCTION;
}

/* The row of a firm (or of the exchange) that fits closest and, of those, is the newest that has
 * begun; none before its date. The table has a dozen rows, and is asked once an order. */
static const struct ft_rb_limit *limit_of(const struct ft_rulebook *r, int firm,
                                          const ft_rb_class *c, bool market, ft_day day)
{
    const struct ft_rb_limit *best = NULL;
    int best_fit = 0;
    for (size_t i = 0; i < r->limits; i++) {
        const struct ft_rb_limit *row = &r->limit[i];
        bool mine = row->firm == firm && row->from <= day &&
                    (row->order == FT_RB_ORDER_ANY || (row->order == FT_RB_ORDER_MARKET) == market);
        int fit = mine ? ft_rb_fit(&row->product, c) * 2 + (row->order != FT_RB_ORDER_ANY) : 0;
        if (fit < 2 || fit < best_fit || (fit == best_fit && best && row->from < best->from))
            continue;
        best = row;
        best_fit = fit;
    }
    return best;
}

void ft_order_caps(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                   enum ft_order_type type, ft_day day, ft_qty *max_qty, ft_money *max_amount)
{
    FT_CHECK(firm >= 0 && firm < FT_FIRMS);
    const ft_rb_class *c = &r->classes[ft_rb_at(r, inst)->class];
    *max_qty = 0;
    *max_amount = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && firm == FT_FIRM_NONE)
            break;
        const struct ft_rb_limit *row =
            limit_of(r, pass ? firm : FT_FIRM_NONE, c, is_market(type), day);
        if (!row)
            continue;
        ft_qty qty = row->max_qty * FT_QTY_SCALE;
        if (row->unit == FT_RB_LOTS && ft_muldiv(qty, inst->lot, 1, FT_ROUND_DOWN, &qty) != 0)
            qty = 0; /* more than can be asked for */
        if (qty && (*max_qty == 0 || qty < *max_qty))
            *max_qty = qty;
        if (row->max_amount && (*max_amount == 0 || row->max_amount < *max_amount))
            *max_amount = row->max_amount;
    }
}

/* ---- Settlement ---------------------------------------------------------------------------- */

static int lag_order(const void *a, const void *b)
{
    const struct ft_rb_lag *x = a, *y = b;
    if (x->product != y->product)
        return x->product - y->product;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->line - y->line;
}

int ft_rb_load_settlement(struct ft_rb_loader *l)
{
    enum { PRODUCT, LAG, FROM, MARK };
    static const char *const columns[] = {"product", "lag", "effective_from", "source_mark", NULL};
    struct ft_rulebook *r = l->r;
    if (ft_rb_open(l, "settlement.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_rb_lag row = {.line = l->csv.line};
        int64_t lag = 0;
        if (ft_rb_read_class(l, PRODUCT, &row.product) != 0 ||
            ft_csv_int(&l->csv, LAG, 0, 30, &lag, l->err) != 0 ||
            ft_csv_day(&l->csv, FROM, &row.from, l->err) != 0 || ft_rb_read_mark(l, MARK) != 0)
            return -1;
        row.lag = (int)lag;
        struct ft_rb_lag *grown = ft_rb_room(l, r->lag, r->lags, &r->lag_cap, sizeof *r->lag);
        if (!grown)
            return -1;
        r->lag = grown;
        r->lag[r->lags++] = row;
    }
    if (got < 0)
        return -1;
    if (r->lags)
        qsort(r->lag, r->lags, sizeof *r->lag, lag_order);
    for (size_t i = 0; i < r->lags; i++) {
        struct ft_rb_run *run = &r->lag_run[r->lag[i].product];
        if (run->count++ == 0)
            run->first = (uint32_t)i;
        else if (r->lag[i].from == r->lag[i - 1].from)
            return ft_err_set(l->err, FT_ECORRUPT,
                              "settlement.csv:%d: effective_from: line %d has this date already",
                              r->lag[i].line, r->lag[i - 1].line);
    }
    for (int p = 0; p < FT_PRODUCTS; p++)
        if (r->lag_run[p].count == 0)
            return ft_err_set(l->err, FT_ECORRUPT, "settlement.csv: there is no row for %s",
                              ft_product_name((enum ft_product)p));
    return 0;
}

int ft_settle_lag(const struct ft_rulebook *r, enum ft_product p, ft_day day)
{
    FT_CHECK((unsigned)p < FT_PRODUCTS);
    return r->lag[ft_rb_newest(&r->lag[0].from, sizeof *r->lag, r->lag_run[p], day)].lag;
}
