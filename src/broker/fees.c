/* Fees: data/fees.csv as schedules per class of instruments and firm (market-rules.md 7). */
#include "broker/rulebook_state.h"

#include <stdlib.h>
#include <string.h>

/* ---- Items --------------------------------------------------------------------------------- */

/* A place in this table is the item's number, which the store keeps: rows are added at its end. */
static const struct {
    const char *word, *en, *chs;
    bool charged; /* false: a price plan of the data that no account here has */
} items[] = {
    {"commission", "Commission", "佣金", true},
    {"platform", "Platform Fee", "平台使用费", true},
    {"stamp_duty", "Stamp Duty", "印花税", true},
    {"trading_fee", "Trading Fee", "交易费", true},
    {"trading_tariff", "Trading Tariff", "交易系统使用费", true},
    {"sfc_levy", "SFC Levy", "证监会征费", true},
    {"afrc_levy", "AFRC Levy", "会财局征费", true},
    {"settlement", "Settlement Fee", "交收费", true},
    {"sec_fee", "SEC Fee", "证监会规费", true},
    {"finra_taf", "Trading Activity Fee", "交易活动费", true},
    {"cat", "Consolidated Audit Trail Fee", "综合审计跟踪监管费", true},
    {"orf", "Option Regulatory Fee", "期权监管费", true},
    {"occ_clearing", "Option Clearing Fee", "期权清算费", true},
    {"option_settlement", "Option Settlement Fee", "期权交收费", true},
    {"exchange_fee", "Exchange Fee", "交易所费用", true},
    {"handling", "Handling Fee", "经手费", true},
    {"csrc", "Securities Management Fee", "证管费", true},
    {"transfer_chinaclear", "Transfer Fee (ChinaClear)", "过户费（中国结算）", true},
    {"transfer_hkscc", "Transfer Fee (HKSCC)", "过户费（香港结算）", true},
    {"exercise_fee", "Exercise Fee", "行权费", true},
    {"portfolio_fee", "Portfolio Fee", "证券组合费", true},
    {"dividend_tax", "Dividend Tax", "股息税", true},
    {"platform_tiered", "Platform Fee (tiered)", "平台使用费（阶梯）", false},
    {"auto_invest_platform", "Platform Fee (auto-invest)", "平台使用费（月供）", false},
};
enum { ITEMS = sizeof items / sizeof items[0] };
_Static_assert((int)ITEMS <= (int)FT_FEE_ITEM_MAX, "the broker keeps arrays by item");

const char *ft_fee_item_name(uint8_t item, bool chinese)
{
    if (item >= ITEMS)
        return NULL;
    return chinese ? items[item].chs : items[item].en;
}

/* ---- Loading ------------------------------------------------------------------------------- */

enum {
    FIRM,
    MARKET,
    PRODUCT,
    ITEM,
    BASIS,
    RATE,
    MIN,
    MAX,
    ROUNDING,
    SIDE,
    FROM,
    TO,
    MARK,
    TIER,
    MAX_BASIS,
    PER,
};
static const char *const columns[] = {
    "firm",      "market",   "product", "item",           "basis",        "rate",        "min",
    "max",       "rounding", "side",    "effective_from", "effective_to", "source_mark", "tier_to",
    "max_basis", "per",      NULL};

enum { RATE_DECIMALS = 9 };
#define RATE_SCALE INT64_C(1000000000)
#define RATE_MAX   INT64_C(1000000) /* whole units */

static int read_item(struct ft_rb_loader *l, uint8_t *out)
{
    const char *text = ft_csv_text(&l->csv, ITEM);
    for (int i = 0; i < ITEMS; i++) {
        if (strcmp(items[i].word, text) == 0) {
            *out = (uint8_t)i;
            return 0;
        }
    }
    return ft_csv_fault(&l->csv, ITEM, l->err, "unknown fee '%.40s'", text);
}

static int read_bounds(struct ft_rb_loader *l, struct ft_rb_fee *row)
{
    static const char *const bases[] = {"", "notional", NULL};
    int basis;
    if (ft_csv_word(&l->csv, MAX_BASIS, bases, &basis, l->err) != 0)
        return -1;
    if (ft_csv_text(&l->csv, MIN)[0] &&
        ft_rb_read_amount(l, MIN, FT_MONEY_DECIMALS, RATE_MAX, &row->min) != 0)
        return -1;
    row->has_max = ft_csv_text(&l->csv, MAX)[0] != '\0';
    row->max_is_share = basis == 1;
    if (!row->has_max)
        return basis == 0 ? 0 : ft_csv_fault(&l->csv, MAX, l->err, "max_basis without a maximum");
    if (row->max_is_share)
        return ft_rb_read_amount(l, MAX, RATE_DECIMALS, 1, &row->max_share);
    if (ft_rb_read_amount(l, MAX, FT_MONEY_DECIMALS, RATE_MAX, &row->max) != 0)
        return -1;
    if (row->max < row->min)
        return ft_csv_fault(&l->csv, MAX, l->err, "%s is below the minimum %s",
                            ft_csv_text(&l->csv, MAX), ft_csv_text(&l->csv, MIN));
    return 0;
}

/* A tiered price, or the value up to which a contract belongs to its tier (data/README.md). */
static int read_tier(struct ft_rb_loader *l, const struct ft_rb_fee *row)
{
    ft_money bound = INT64_MAX;
    if (ft_csv_text(&l->csv, TIER)[0] &&
        ft_rb_read_amount(l, TIER, FT_MONEY_DECIMALS, INT64_C(1000000000), &bound) != 0)
        return -1;
    if (row->product.tier == 0)
        return 0;
    ft_money *known = &l->r->tier_bound[row->product.word][row->product.tier];
    if (*known && *known != bound)
        return ft_csv_fault(&l->csv, TIER, l->err, "another row of this tier ends elsewhere");
    *known = bound;
    return 0;
}

static int read_row(struct ft_rb_loader *l, struct ft_rb_fee *row)
{
    static const char *const bases[] = {"notional", "share",         "contract", "order",
                                        "trade",    "notional_year", "dividend", NULL};
    static const char *const roundings[] = {"cent", "whole", "up_to_1", NULL};
    static const char *const sides[] = {"both", "buy", "sell", "hold", "settle", "exercise", NULL};
    static const char *const pers[] = {"trade", "order", NULL};
    struct ft_csv *csv = &l->csv;
    int basis, rounding, side, per;
    row->line = csv->line;
    if (ft_rb_read_firm(l, FIRM, NULL, &row->firm) != 0 ||
        ft_rb_read_market(l, MARKET, &row->product.market) != 0 ||
        ft_rb_read_product(l, PRODUCT, &row->product) != 0 || read_item(l, &row->item) != 0 ||
        ft_csv_word(csv, BASIS, bases, &basis, l->err) != 0 ||
        ft_rb_read_amount(l, RATE, RATE_DECIMALS, RATE_MAX, &row->rate) != 0 ||
        ft_csv_word(csv, ROUNDING, roundings, &rounding, l->err) != 0 ||
        ft_csv_word(csv, SIDE, sides, &side, l->err) != 0 ||
        ft_csv_word(csv, PER, pers, &per, l->err) != 0 ||
        ft_csv_day(csv, FROM, &row->from, l->err) != 0 ||
        ft_csv_day_or(csv, TO, INT32_MAX, &row->to, l->err) != 0 || ft_rb_read_mark(l, MARK) != 0 ||
        read_bounds(l, row) != 0 || read_tier(l, row) != 0)
        return -1;
    row->basis = (uint8_t)basis;
    row->rounding = (uint8_t)rounding;
    row->side = (uint8_t)side;
    row->per_order = per == 1;
    if (row->to < row->from)
        return ft_csv_fault(csv, TO, l->err, "%s is before effective_from", ft_csv_text(csv, TO));
    if ((basis == FT_RB_YEAR || basis == FT_RB_DIVIDEND) != (side == FT_RB_HOLD))
        return ft_csv_fault(csv, BASIS, l->err, "'%s' does not go with the side '%s'",
                            ft_csv_text(csv, BASIS), ft_csv_text(csv, SIDE));
    if (basis == FT_RB_FLAT_ORDER && !row->per_order)
        return ft_csv_fault(csv, PER, l->err, "an amount of an order is charged per order");
    return 0;
}

static int fee_order(const void *a, const void *b)
{
    const struct ft_rb_fee *x = a, *y = b;
    return x->item != y->item ? x->item - y->item : x->line - y->line;
}

static bool same_product(const struct ft_rb_product *a, const struct ft_rb_product *b)
{
    return a->market == b->market && a->word == b->word && a->tier == b->tier &&
           a->board == b->board && a->root == b->root;
}

/* Two rows that could both hold for one trade. */
static bool collide(const struct ft_rb_fee *a, const struct ft_rb_fee *b)
{
    bool traded = a->side <= FT_RB_SELL && b->side <= FT_RB_SELL;
    bool sides = a->side == b->side || (traded && (a->side == FT_RB_BOTH || b->side == FT_RB_BOTH));
    return sides && a->firm == b->firm && same_product(&a->product, &b->product) &&
           a->from <= b->to && b->from <= a->to;
}

static int check_dates(struct ft_rb_loader *l)
{
    const struct ft_rulebook *r = l->r;
    for (size_t i = 0; i < r->fees; i++) {
        for (size_t k = i + 1; k < r->fees && r->fee[k].item == r->fee[i].item; k++)
            if (items[r->fee[i].item].charged && collide(&r->fee[i], &r->fee[k]))
                return ft_err_set(l->err, FT_ECORRUPT,
                                  "fees.csv:%d: effective_from: dates overlap those of line %d",
                                  r->fee[k].line, r->fee[i].line);
    }
    return 0;
}

int ft_rb_load_fees(struct ft_rb_loader *l)
{
    struct ft_rulebook *r = l->r;
    if (ft_rb_open(l, "fees.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_rb_fee row = {0};
        if (read_row(l, &row) != 0)
            return -1;
        struct ft_rb_fee *grown = ft_rb_room(l, r->fee, r->fees, &r->fee_cap, sizeof *r->fee);
        if (!grown)
            return -1;
        r->fee = grown;
        r->fee[r->fees++] = row;
    }
    if (got < 0)
        return -1;
    if (r->fees)
        qsort(r->fee, r->fees, sizeof *r->fee, fee_order);
    return check_dates(l);
}

/* ---- Schedules ----------------------------------------------------------------------------- */

/* How closely a row is about a firm's class: the firm's own rows go before the base firm's, which
 * hold where it has none of an item (data/README.md). 0: not at all. */
static int fit_of(const struct ft_rb_fee *row, const ft_rb_class *c, int firm)
{
    int fit = items[row->item].charged ? ft_rb_fit(&row->product, c) : 0;
    if (fit == 0 || (row->firm != firm && row->firm != FT_FIRM_FUTUHK))
        return 0;
    return row->firm == firm ? fit + 100 : fit;
}

/* Appends the schedule of a class and a firm: of every item the rows that fit best. */
static int link_one(struct ft_rb_loader *l, const ft_rb_class *c, int firm, size_t *used,
                    size_t *cap, struct ft_rb_run *run)
{
    struct ft_rulebook *r = l->r;
    int best[ITEMS] = {0}, lines = 0;
    for (size_t i = 0; i < r->fees; i++) {
        int fit = fit_of(&r->fee[i], c, firm);
        if (fit > best[r->fee[i].item])
            best[r->fee[i].item] = fit;
    }
    for (int i = 0; i < ITEMS; i++)
        lines += best[i] > 0;
    if (lines > FT_FEE_LINES_MAX)
        return ft_err_set(l->err, FT_ELIMIT, "fees.csv: %d fees for one trade, at most %d", lines,
                          FT_FEE_LINES_MAX);
    run->first = (uint32_t)*used;
    for (size_t i = 0; i < r->fees; i++) {
        int fit = fit_of(&r->fee[i], c, firm);
        if (fit == 0 || fit != best[r->fee[i].item])
            continue;
        if (*used == *cap) {
            *cap = *cap ? *cap * 2 : 4096;
            uint16_t *grown = realloc(r->fee_list, *cap * sizeof *grown);
            if (!grown)
                return ft_err_set(l->err, FT_ENOMEM, "no memory for the fees");
            r->fee_list = grown;
        }
        r->fee_list[(*used)++] = (uint16_t)i;
    }
    run->count = (uint32_t)*used - run->first;
    return 0;
}

int ft_rb_link_fees(struct ft_rb_loader *l)
{
    struct ft_rulebook *r = l->r;
    size_t used = 0, cap = 0;
    r->schedule = calloc(r->class_count * FT_FIRMS + 1, sizeof *r->schedule);
    if (!r->schedule)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for the fees");
    bool own[FT_FIRMS] = {[FT_FIRM_FUTUHK] = true};
    for (size_t i = 0; i < r->fees; i++)
        own[r->fee[i].firm] = true;
    for (size_t k = 0; k < r->class_count; k++) {
        struct ft_rb_run *of = &r->schedule[k * FT_FIRMS];
        for (int firm = FT_FIRM_FUTUHK; firm < FT_FIRMS; firm++)
            if (own[firm] && link_one(l, &r->classes[k], firm, &used, &cap, &of[firm]) != 0)
                return -1;
        for (int firm = 0; firm < FT_FIRMS; firm++)
            if (!own[firm])
                of[firm] = of[FT_FIRM_FUTUHK];
    }
    return 0;
}

/* ---- Arithmetic ---------------------------------------------------------------------------- */

/* base (money or quantity, 1e-4) times a rate of 1e-9, rounded once as the row says; stops at
 * int64's end. */
static ft_money rated(int64_t base, int64_t rate, enum ft_rb_rounding rounding)
{
    int64_t grain = rounding == FT_RB_CENT ? FT_MONEY_SCALE / 100 : FT_MONEY_SCALE;
    int64_t grains;
    ft_money out;
    if (ft_muldiv(base, rate, RATE_SCALE * grain,
                  rounding == FT_RB_UP_TO_1 ? FT_ROUND_UP : FT_ROUND_HALF_UP, &grains) != 0 ||
        __builtin_mul_overflow(grains, grain, &out))
        return INT64_MAX;
    return out;
}

/* A row's fee for a trade, or an order's whole day, of `qty` for `notional`; nothing done costs
 * nothing. */
static ft_money amount_of(const struct ft_rb_fee *row, ft_qty qty, ft_money notional)
{
    int64_t base = row->basis == FT_RB_NOTIONAL                                ? notional
                   : row->basis == FT_RB_SHARE || row->basis == FT_RB_CONTRACT ? qty
                                                                               : FT_MONEY_SCALE;
    if (qty == 0)
        return 0;
    ft_money amount = rated(base, row->rate, row->rounding);
    if (amount < row->min)
        amount = row->min;
    if (row->has_max) {
        ft_money max = row->max;
        if (row->max_is_share)
            max = rated(notional, row->max_share, FT_RB_CENT);
        if (max < row->min)
            max = row->min;
        if (amount > max)
            amount = max;
    }
    return amount;
}

static int64_t capped_sum(int64_t a, int64_t b)
{
    int64_t sum;
    return ft_add(a, b, &sum) == 0 ? sum : INT64_MAX;
}

static const struct ft_rb_run *schedule_of(const struct ft_rulebook *r, int firm,
                                           const struct ft_instrument *inst)
{
    FT_CHECK(firm >= 0 && firm < FT_FIRMS);
    return &r->schedule[(size_t)ft_rb_at(r, inst)->class * FT_FIRMS + (size_t)firm];
}

static bool holds(const struct ft_rb_fee *row, ft_day day)
{
    return row->from <= day && day <= row->to;
}

size_t ft_fees_of_fill(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                       bool sell, ft_day day, const struct ft_fee_meter *before, ft_qty qty,
                       ft_money notional, struct ft_fee_line out[FT_FEE_LINES_MAX])
{
    FT_CHECK(qty > 0 && notional >= 0 && before->qty >= 0 && before->notional >= 0);
    const struct ft_rb_run *run = schedule_of(r, firm, inst);
    const uint16_t *list = r->fee_list + run->first;
    ft_qty all_qty = capped_sum(before->qty, qty);
    ft_money all_notional = capped_sum(before->notional, notional);
    size_t lines = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct ft_rb_fee *row = &r->fee[list[i]];
        bool mine = row->side == FT_RB_BOTH || row->side == (sell ? FT_RB_SELL : FT_RB_BUY);
        if (!mine || !holds(row, day))
            continue;
        ft_money amount = row->per_order ? amount_of(row, all_qty, all_notional) -
                                               amount_of(row, before->qty, before->notional)
                                         : amount_of(row, qty, notional);
        if (amount == 0)
            continue;
        FT_CHECK(amount > 0 && lines < FT_FEE_LINES_MAX);
        out[lines++] = (struct ft_fee_line){.item = row->item, .amount = amount};
    }
    return lines;
}

ft_money ft_fees_estimate(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                          bool sell, ft_day day, ft_qty qty, ft_money notional)
{
    struct ft_fee_line line[FT_FEE_LINES_MAX];
    struct ft_fee_meter none = {0, 0};
    ft_money sum = 0;
    size_t n = ft_fees_of_fill(r, firm, inst, sell, day, &none, qty, notional, line);
    for (size_t i = 0; i < n; i++)
        sum = capped_sum(sum, line[i].amount);
    return sum;
}

size_t ft_fees_at_end(const struct ft_rulebook *r, int firm, const struct ft_instrument *inst,
                      ft_day day, ft_qty qty, struct ft_fee_line out[FT_FEE_LINES_MAX])
{
    FT_CHECK(qty > 0);
    const struct ft_rb_run *run = schedule_of(r, firm, inst);
    size_t lines = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct ft_rb_fee *row = &r->fee[r->fee_list[run->first + i]];
        bool mine = row->side == FT_RB_SETTLE || row->side == FT_RB_EXERCISE;
        ft_money amount = mine && holds(row, day) ? amount_of(row, qty, 0) : 0;
        if (amount > 0)
            out[lines++] = (struct ft_fee_line){.item = row->item, .amount = amount};
    }
    return lines;
}
