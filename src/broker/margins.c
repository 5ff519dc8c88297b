/* Margin: ratios of securities (data/margins.csv), money a contract (data/contract_margins.csv).
 * market-rules.md 10, trade.md 4.8. */
#include "broker/rulebook_state.h"

#include <stdlib.h>

/* ---- Securities ---------------------------------------------------------------------------- */

enum {
    MARKET,
    PRODUCT,
    CODE,
    LIQUIDITY,
    LONG,
    SHORT,
    POOL,
    FEE,
    IM_LONG,
    IM_SHORT,
    MCM_LONG,
    MCM_SHORT,
    MM_LONG,
    MM_SHORT,
    ALERT_LONG,
    ALERT_SHORT,
    FROM,
    MARK,
};
static const char *const columns[] = {"market",         "product",      "code",       "liquidity",
                                      "long_permit",    "short_permit", "pool",       "short_fee",
                                      "im_long",        "im_short",     "mcm_long",   "mcm_short",
                                      "mm_long",        "mm_short",     "alert_long", "alert_short",
                                      "effective_from", "source_mark",  NULL};

/* An instrument by the fee tables' market and its code; A-shares: Shanghai before Shenzhen. */
static const struct ft_instrument *find_code(const struct ft_universe *u, int market,
                                             const char *code)
{
    static const int qot[FT_RB_MARKETS] = {FT_MARKET_HK, FT_MARKET_US, FT_MARKET_SH, FT_MARKET_SG,
                                           FT_MARKET_JP};
    const struct ft_instrument *inst = ft_universe_find(u, qot[market], code);
    return !inst && market == FT_RB_CN ? ft_universe_find(u, FT_MARKET_SZ, code) : inst;
}

/* Whom the row is for. */
static int read_whom(struct ft_rb_loader *l, struct ft_rb_margin *row)
{
    struct ft_csv *csv = &l->csv;
    struct ft_rb_product product;
    int64_t liquidity = 0;
    if (ft_rb_read_market(l, MARKET, &row->market) != 0 ||
        ft_rb_read_product(l, PRODUCT, &product) != 0)
        return -1;
    if (product.word > FT_RB_INLINE || product.board)
        return ft_csv_fault(csv, PRODUCT, l->err, "'%s' is no kind of security",
                            ft_csv_text(csv, PRODUCT));
    row->word = product.word;
    if (ft_csv_text(csv, LIQUIDITY)[0] && ft_csv_int(csv, LIQUIDITY, 1, 5, &liquidity, l->err) != 0)
        return -1;
    row->liquidity = (uint8_t)liquidity;
    row->inst = FT_NO_INST;
    const char *code = ft_csv_text(csv, CODE);
    if (*code == '\0')
        return 0;
    const struct ft_instrument *inst = find_code(l->r->u, row->market, code);
    if (!inst)
        return ft_csv_fault(csv, CODE, l->err, "there is no instrument '%.40s'", code);
    if (ft_rb_kind_of(l->r->u, inst) != row->word)
        return ft_csv_fault(csv, CODE, l->err, "%s is no %s", code, ft_csv_text(csv, PRODUCT));
    if (liquidity)
        return ft_csv_fault(csv, LIQUIDITY, l->err, "a row of one instrument has none");
    row->inst = inst->index;
    return 0;
}

static int read_margin(struct ft_rb_loader *l, struct ft_rb_margin *row)
{
    static const char *const flags[] = {"0", "1", NULL};
    struct ft_margin *m = &row->m;
    int can_long, can_short;
    int64_t pool = 0;
    if (ft_csv_word(&l->csv, LONG, flags, &can_long, l->err) != 0 ||
        ft_csv_word(&l->csv, SHORT, flags, &can_short, l->err) != 0 ||
        ft_csv_int(&l->csv, POOL, 0, INT64_C(100000000000), &pool, l->err) != 0 ||
        ft_rb_read_percent(l, FEE, &m->short_fee) != 0)
        return -1;
    struct {
        int column;
        int64_t *at;
    } ratios[] = {{IM_LONG, &m->im_long},       {IM_SHORT, &m->im_short},
                  {MCM_LONG, &m->mcm_long},     {MCM_SHORT, &m->mcm_short},
                  {MM_LONG, &m->mm_long},       {MM_SHORT, &m->mm_short},
                  {ALERT_LONG, &m->alert_long}, {ALERT_SHORT, &m->alert_short}};
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++)
        if (ft_rb_read_percent(l, ratios[i].column, ratios[i].at) != 0)
            return -1;
    if (m->mm_long > m->mcm_long || m->mcm_long > m->alert_long || m->alert_long > m->im_long)
        return ft_csv_fault(&l->csv, MM_LONG, l->err,
                            "maintenance, call, alert, initial do not ascend");
    if (m->mm_short > m->mcm_short || m->mcm_short > m->alert_short || m->alert_short > m->im_short)
        return ft_csv_fault(&l->csv, MM_SHORT, l->err,
                            "maintenance, call, alert, initial do not ascend");
    if (!can_short && (pool || m->short_fee))
        return ft_csv_fault(&l->csv, POOL, l->err, "a pool or a fee without short_permit");
    m->long_permit = can_long;
    m->short_permit = can_short;
    m->short_pool = pool * FT_QTY_SCALE;
    return 0;
}

static int whom_order(const struct ft_rb_margin *x, const struct ft_rb_margin *y)
{
    if (x->inst != y->inst)
        return x->inst < y->inst ? -1 : 1;
    if (x->market != y->market)
        return x->market - y->market;
    if (x->word != y->word)
        return x->word - y->word;
    return x->liquidity - y->liquidity;
}

static int margin_order(const void *a, const void *b)
{
    const struct ft_rb_margin *x = a, *y = b;
    int whom = whom_order(x, y);
    if (whom)
        return whom;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->line - y->line;
}

/* Runs of rows for one and the same; [0] stays empty. */
static int make_runs(struct ft_rb_loader *l)
{
    struct ft_rulebook *r = l->r;
    r->margin_run = calloc(r->margins + 1, sizeof *r->margin_run);
    if (!r->margin_run)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for the margins");
    r->margin_runs = 1;
    for (size_t i = 0; i < r->margins; i++) {
        const struct ft_rb_margin *row = &r->margin[i];
        if (i == 0 || whom_order(row - 1, row) != 0)
            r->margin_run[r->margin_runs++] = (struct ft_rb_run){(uint32_t)i, 0};
        else if (row->from == row[-1].from)
            return ft_err_set(l->err, FT_ECORRUPT,
                              "margins.csv:%d: effective_from: line %d has this date already",
                              row->line, row[-1].line);
        r->margin_run[r->margin_runs - 1].count++;
    }
    return 0;
}

int ft_rb_load_margins(struct ft_rb_loader *l)
{
    struct ft_rulebook *r = l->r;
    if (ft_rb_open(l, "margins.csv", columns) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_rb_margin row = {.line = l->csv.line};
        if (read_whom(l, &row) != 0 || read_margin(l, &row) != 0 ||
            ft_csv_day(&l->csv, FROM, &row.from, l->err) != 0 || ft_rb_read_mark(l, MARK) != 0)
            return -1;
        struct ft_rb_margin *grown =
            ft_rb_room(l, r->margin, r->margins, &r->margin_cap, sizeof *r->margin);
        if (!grown)
            return -1;
        r->margin = grown;
        r->margin[r->margins++] = row;
    }
    if (got < 0)
        return -1;
    if (r->margins)
        qsort(r->margin, r->margins, sizeof *r->margin, margin_order);
    return make_runs(l);
}

int ft_rb_link_margins(struct ft_rb_loader *l)
{
    struct ft_rulebook *r = l->r;
    uint16_t of[FT_RB_MARKETS][FT_RB_WORDS][6] = {0};
    for (size_t k = 1; k < r->margin_runs; k++) {
        const struct ft_rb_margin *row = &r->margin[r->margin_run[k].first];
        if (row->inst != FT_NO_INST)
            r->inst[row->inst].margin = (uint16_t)k;
        else
            of[row->market][row->word][row->liquidity] = (uint16_t)k;
    }
    for (size_t i = 0; i < r->count; i++) {
        const struct ft_instrument *inst = ft_universe_at(r->u, (ft_inst)i);
        const ft_rb_class *c = &r->classes[r->inst[i].class];
        if (r->inst[i].margin || c->word == FT_RB_WORDS)
            continue;
        uint16_t own = of[c->market][c->word][inst->liquidity];
        r->inst[i].margin = own ? own : of[c->market][c->word][0];
    }
    return 0;
}

void ft_margin_of(const struct ft_rulebook *r, const struct ft_instrument *inst, ft_day day,
                  struct ft_margin *out)
{
    const int64_t full = FT_RATIO_SCALE;
    struct ft_rb_run run = r->margin_run[ft_rb_at(r, inst)->margin];
    if (run.count == 0) {
        *out = (struct ft_margin){.im_long = full,
                                  .im_short = full,
                                  .mcm_long = full,
                                  .mcm_short = full,
                                  .mm_long = full,
                                  .mm_short = full,
                                  .alert_long = full,
                                  .alert_short = full};
        return;
    }
    *out = r->margin[ft_rb_newest(&r->margin[0].from, sizeof *r->margin, run, day)].m;
}

/* ---- Contracts ----------------------------------------------------------------------------- */

static int read_contract(struct ft_rb_loader *l, struct ft_rb_contract *row)
{
    enum { C_MARKET, C_PRODUCT, BASIS, INITIAL, KEPT, INITIAL_MIN, KEPT_MIN };
    static const char *const bases[] = {"contract", "notional", "writing", NULL};
    struct ft_csv *csv = &l->csv;
    int basis, bad = 0;
    if (ft_rb_read_market(l, C_MARKET, &row->product.market) != 0 ||
        ft_rb_read_product(l, C_PRODUCT, &row->product) != 0 ||
        ft_csv_word(csv, BASIS, bases, &basis, l->err) != 0)
        return -1;
    bool option = row->product.word >= FT_RB_OPTION_STOCK && row->product.word <= FT_RB_OPTION;
    if (row->product.word < FT_RB_OPTION_STOCK || option != (basis == FT_RB_WRITING))
        return ft_csv_fault(csv, BASIS, l->err, "'%s' does not go with '%s'", bases[basis],
                            ft_csv_text(csv, C_PRODUCT));
    row->basis = (uint8_t)basis;
    if (basis == FT_RB_PER_CONTRACT)
        bad = ft_rb_read_amount(l, INITIAL, FT_MONEY_DECIMALS, 1000000000, &row->initial) ||
              ft_rb_read_amount(l, KEPT, FT_MONEY_DECIMALS, 1000000000, &row->maintenance);
    else
        bad = ft_rb_read_percent(l, INITIAL, &row->initial) ||
              ft_rb_read_percent(l, KEPT, &row->maintenance);
    if (!bad && option)
        bad = ft_rb_read_percent(l, INITIAL_MIN, &row->initial_min) ||
              ft_rb_read_percent(l, KEPT_MIN, &row->maintenance_min);
    if (bad)
        return -1;
    if (row->maintenance == 0 || row->maintenance > row->initial ||
        row->maintenance_min > row->initial_min)
        return ft_csv_fault(csv, KEPT, l->err, "the maintenance margin is 0 or above the initial");
    return 0;
}

static int product_order(const struct ft_rb_product *x, const struct ft_rb_product *y)
{
    if (x->market != y->market)
        return x->market - y->market;
    if (x->word != y->word)
        return x->word - y->word;
    return x->root != y->root ? x->root - y->root : x->tier - y->tier;
}

static int contract_order(const void *a, const void *b)
{
    const struct ft_rb_contract *x = a, *y = b;
    int product = product_order(&x->product, &y->product);
    if (product)
        return product;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->line - y->line;
}

int ft_rb_load_contract_margins(struct ft_rb_loader *l)
{
    enum { C_FROM = 7, C_MARK };
    static const char *const names[] = {
        "market",      "product",         "basis",          "initial",     "maintenance",
        "initial_min", "maintenance_min", "effective_from", "source_mark", NULL};
    struct ft_rulebook *r = l->r;
    if (ft_rb_open(l, "contract_margins.csv", names) != 0)
        return -1;
    int got;
    while ((got = ft_csv_next(&l->csv, l->err)) > 0) {
        struct ft_rb_contract row = {.line = l->csv.line};
        if (read_contract(l, &row) != 0 || ft_csv_day(&l->csv, C_FROM, &row.from, l->err) != 0 ||
            ft_rb_read_mark(l, C_MARK) != 0)
            return -1;
        struct ft_rb_contract *grown =
            ft_rb_room(l, r->contract, r->contracts, &r->contract_cap, sizeof *r->contract);
        if (!grown)
            return -1;
        r->contract = grown;
        r->contract[r->contracts++] = row;
    }
    if (got < 0)
        return -1;
    if (r->contracts)
        qsort(r->contract, r->contracts, sizeof *r->contract, contract_order);
    for (size_t i = 1; i < r->contracts; i++)
        if (product_order(&r->contract[i - 1].product, &r->contract[i].product) == 0 &&
            r->contract[i - 1].from == r->contract[i].from)
            return ft_err_set(
                l->err, FT_ECORRUPT,
                "contract_margins.csv:%d: effective_from: line %d has this date already",
                r->contract[i].line, r->contract[i - 1].line);
    return 0;
}

/* Every contract that can be traded must have a margin, or it could be traded for nothing. */
int ft_rb_link_contract_margins(struct ft_rb_loader *l)
{
    struct ft_rulebook *r = l->r;
    r->contract_run = calloc(r->class_count + 1, sizeof *r->contract_run);
    if (!r->contract_run)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for the margins");
    for (size_t k = 0; k < r->class_count; k++) {
        int best = 0;
        for (size_t i = 0; i < r->contracts; i++) {
            int fit = ft_rb_fit(&r->contract[i].product, &r->classes[k]);
            if (fit > best) {
                best = fit;
                r->contract_run[k] = (struct ft_rb_run){(uint32_t)i, 1};
            } else if (fit == best && fit > 0) {
                r->contract_run[k].count++; /* the next date of the same product */
            }
        }
    }
    for (size_t i = 0; i < r->count; i++) {
        const struct ft_instrument *inst = ft_universe_at(r->u, (ft_inst)i);
        if ((inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE) &&
            r->contract_run[r->inst[i].class].count == 0)
            return ft_err_set(l->err, FT_ECORRUPT,
                              "contract_margins.csv: there is no row for %s of market %d",
                              inst->code, inst->market);
    }
    return 0;
}

/* part of price x units, both known to be >= 0. */
static ft_money share_of(ft_price price, int64_t units, int64_t part)
{
    ft_money value, out;
    if (ft_notional_try(price, units, FT_ROUND_HALF_UP, &value) != 0 ||
        ft_muldiv(value, part, FT_RATIO_SCALE, FT_ROUND_HALF_UP, &out) != 0)
        return INT64_MAX;
    return out;
}

/* Premium and a share of the underlying's value less what the option is out of the money, at least
 * a smaller share of that value; for puts of the strike's (market-rules.md 10). */
static ft_money writing(const struct ft_instrument *inst, ft_price price, ft_price spot,
                        int64_t part, int64_t least)
{
    int64_t units = ft_multiplier(inst);
    bool put = inst->right == FT_PUT;
    ft_price out = put ? spot - inst->strike : inst->strike - spot;
    ft_money risk =
        share_of(spot, units, part) - share_of(out > 0 ? out : 0, units, FT_RATIO_SCALE);
    ft_money floor = share_of(put ? inst->strike : spot, units, least);
    ft_money premium = share_of(price > 0 ? price : 0, units, FT_RATIO_SCALE), sum;
    return ft_add(risk > floor ? risk : floor, premium, &sum) == 0 ? sum : INT64_MAX;
}

void ft_contract_margin(const struct ft_rulebook *r, const struct ft_instrument *inst, ft_day day,
                        ft_price price, ft_price spot, bool is_short, ft_money *initial,
                        ft_money *maintenance)
{
    struct ft_rb_run run = r->contract_run[ft_rb_at(r, inst)->class];
    FT_CHECK(run.count > 0);
    const struct ft_rb_contract *row =
        &r->contract[ft_rb_newest(&r->contract[0].from, sizeof *r->contract, run, day)];
    if (row->basis == FT_RB_PER_CONTRACT) {
        *initial = row->initial;
        *maintenance = row->maintenance;
    } else if (row->basis == FT_RB_OF_NOTIONAL) {
        price = price > 0 ? price : inst->reference;
        *initial = share_of(price, ft_multiplier(inst), row->initial);
        *maintenance = share_of(price, ft_multiplier(inst), row->maintenance);
    } else if (is_short) {
        spot = spot > 0 ? spot : inst->strike;
        *initial = writing(inst, price, spot, row->initial, row->initial_min);
        *maintenance = writing(inst, price, spot, row->maintenance, row->maintenance_min);
    } else {
        *initial = *maintenance = 0;
    }
}
