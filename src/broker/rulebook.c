/* Loading the rulebook: what its files share, and the classes of instruments. */
#include "broker/rulebook_state.h"

#include "base/map64.h"

#include <stdlib.h>
#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------- */

int ft_rb_open(struct ft_rb_loader *l, const char *file, const char *const *columns)
{
    size_t len;
    const char *text = l->read(l->user, file, &len);
    if (!text)
        return ft_err_set(l->err, FT_ENOTFOUND, "%s: there is no such data file", file);
    return ft_csv_open(&l->csv, file, text, len, columns, false, l->err);
}

void *ft_rb_room(struct ft_rb_loader *l, void *array, size_t count, size_t *cap, size_t size)
{
    if (count >= FT_RB_ROWS_MAX) {
        ft_err_set(l->err, FT_ELIMIT, "%s: more than %d rows", l->csv.file, FT_RB_ROWS_MAX);
        return NULL;
    }
    if (count < *cap)
        return array;
    size_t wanted = *cap ? *cap * 2 : 64;
    void *grown = realloc(array, wanted * size);
    if (!grown) {
        ft_err_set(l->err, FT_ENOMEM, "no memory for the rulebook");
        return NULL;
    }
    *cap = wanted;
    return grown;
}

int ft_rb_read_market(struct ft_rb_loader *l, int column, uint8_t *out)
{
    static const char *const words[] = {"HK", "US", "CN", "SG", "JP", NULL};
    int i;
    if (ft_csv_word(&l->csv, column, words, &i, l->err) != 0)
        return -1;
    *out = (uint8_t)i;
    return 0;
}

int ft_rb_read_firm(struct ft_rb_loader *l, int column, const char *none, uint8_t *out)
{
    /* Places are enum ft_firm (trade.md 5.1, SecurityFirm). */
    const char *const words[] = {none,     "FUTUSECURITIES", "FUTUINC", "FUTUSG", "FUTUAU",
                                 "FUTUCA", "FUTUMY",         "FUTUJP",  NULL};
    _Static_assert(sizeof words / sizeof words[0] == FT_FIRMS + 1, "a word a firm");
    int first = none ? 0 : 1, i;
    if (ft_csv_word(&l->csv, column, words + first, &i, l->err) != 0)
        return -1;
    *out = (uint8_t)(i + first);
    return 0;
}

int ft_rb_read_class(struct ft_rb_loader *l, int column, uint8_t *out)
{
    static const char *const words[] = {"hk_sec",    "hk_option", "hk_future",  "us_sec",
                                        "us_option", "us_future", "cn_connect", "cn_sec",
                                        "sg_future", "jp_future", NULL};
    _Static_assert(sizeof words / sizeof words[0] == FT_PRODUCTS + 1, "a word a product");
    int i;
    if (ft_csv_word(&l->csv, column, words, &i, l->err) != 0)
        return -1;
    *out = (uint8_t)i;
    return 0;
}

int ft_rb_read_amount(struct ft_rb_loader *l, int column, int decimals, int64_t max, int64_t *out)
{
    int64_t limit = max;
    for (int i = 0; i < decimals; i++)
        limit *= 10;
    if (ft_csv_fixed(&l->csv, column, decimals, out, l->err) != 0)
        return -1;
    if (*out < 0 || *out > limit)
        return ft_csv_fault(&l->csv, column, l->err, "%s is not within 0 to %lld",
                            ft_csv_text(&l->csv, column), (long long)max);
    return 0;
}

int ft_rb_read_percent(struct ft_rb_loader *l, int column, int64_t *out)
{
    return ft_rb_read_amount(l, column, 4, 1000, out); /* 35 % = 35.0000 = 350000 of 1e-6 */
}

int ft_rb_read_mark(struct ft_rb_loader *l, int column)
{
    if (ft_csv_text(&l->csv, column)[0] == '\0')
        return ft_csv_fault(&l->csv, column, l->err, "a rule needs its source");
    return 0;
}

/* ---- Products ------------------------------------------------------------------------------ */

static const char *const product_words[FT_RB_WORDS + 1] = {
    [FT_RB_STOCK] = "stock",
    [FT_RB_ETF] = "etf",
    [FT_RB_REIT] = "reit",
    [FT_RB_WARRANT] = "warrant",
    [FT_RB_CBBC] = "cbbc",
    [FT_RB_INLINE] = "inline",
    [FT_RB_OPTION_STOCK] = "option_stock",
    [FT_RB_OPTION_INDEX] = "option_index",
    [FT_RB_OPTION] = "option",
    [FT_RB_FUTURE_STOCK] = "future_stock",
    [FT_RB_FUTURE] = "future",
};

/* Number of a root that some row names; 0: none. */
static uint16_t find_root(const struct ft_rulebook *r, const char *root, size_t len)
{
    for (size_t i = 1; i < r->roots; i++)
        if (strncmp(r->root[i], root, len) == 0 && r->root[i][len] == '\0')
            return (uint16_t)i;
    return 0;
}

static int add_root(struct ft_rb_loader *l, int column, const char *root, uint16_t *out)
{
    struct ft_rulebook *r = l->r;
    size_t len = strlen(root);
    if (len < 1 || len > FT_RB_ROOT_MAX)
        return ft_csv_fault(&l->csv, column, l->err, "a root has 1 to %d characters",
                            FT_RB_ROOT_MAX);
    *out = find_root(r, root, len);
    if (*out)
        return 0;
    if (r->roots == FT_RB_ROOTS_MAX)
        return ft_csv_fault(&l->csv, column, l->err, "more than %d roots", FT_RB_ROOTS_MAX);
    void *grown = ft_rb_room(l, r->root, r->roots, &r->root_cap, sizeof *r->root);
    if (!grown)
        return -1;
    r->root = grown;
    memcpy(r->root[r->roots], root, len + 1);
    *out = (uint16_t)r->roots++;
    return 0;
}

int ft_rb_read_product(struct ft_rb_loader *l, int column, struct ft_rb_product *out)
{
    const char *text = ft_csv_text(&l->csv, column), *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    uint8_t word = 0;
    while (word < FT_RB_WORDS &&
           (strncmp(product_words[word], text, n) != 0 || product_words[word][n] != '\0'))
        word++;
    if (word == FT_RB_WORDS)
        return ft_csv_fault(&l->csv, column, l->err, "unknown product '%.40s'", text);
    out->word = word;
    out->root = 0;
    out->tier = out->board = 0;
    if (!colon)
        return 0;
    const char *arg = colon + 1;
    bool contract = word >= FT_RB_OPTION_STOCK;
    if (!contract && strcmp(arg, "star") == 0) {
        out->board = FT_RB_STAR;
    } else if (!contract && strcmp(arg, "chinext") == 0) {
        out->board = FT_RB_CHINEXT;
    } else if (contract && strncmp(arg, "tier", 4) == 0 && arg[4] >= '1' &&
               arg[4] <= '0' + FT_RB_TIERS && arg[5] == '\0') {
        out->tier = (uint8_t)(arg[4] - '0');
    } else if (contract) {
        return add_root(l, column, arg, &out->root);
    } else {
        return ft_csv_fault(&l->csv, column, l->err, "unknown product '%.40s'", text);
    }
    return 0;
}

/* The wider word whose rows hold where a kind has none of its own. */
static int parent_of(uint8_t word)
{
    if (word == FT_RB_OPTION_STOCK || word == FT_RB_OPTION_INDEX)
        return FT_RB_OPTION;
    if (word == FT_RB_FUTURE_STOCK)
        return FT_RB_FUTURE;
    return word > FT_RB_STOCK && word <= FT_RB_INLINE ? FT_RB_STOCK : -1;
}

int ft_rb_fit(const struct ft_rb_product *p, const ft_rb_class *c)
{
    if (p->market != c->market || c->word == FT_RB_WORDS || (p->root && p->root != c->root) ||
        (p->tier && p->tier != c->tier) || (p->board && p->board != c->board))
        return 0;
    int fit = 1 + (p->root ? 2 : p->tier || p->board ? 1 : 0);
    if (p->word == c->word)
        return fit + 4;
    return p->word == parent_of(c->word) ? fit : 0;
}

/* ---- Classes of instruments ---------------------------------------------------------------- */

int ft_rb_market_of(const struct ft_instrument *inst)
{
    switch (inst->market) {
    case FT_MARKET_HK: return FT_RB_HK;
    case FT_MARKET_US: return FT_RB_US;
    case FT_MARKET_SG: return FT_RB_SG;
    case FT_MARKET_JP: return FT_RB_JP;
    default: return FT_RB_CN;
    }
}

/* A continuous contract stands for its month. */
static const struct ft_instrument *month_of(const struct ft_universe *u,
                                            const struct ft_instrument *inst)
{
    if (inst->is_continuous && inst->underlying != FT_NO_INST)
        return ft_universe_at(u, inst->underlying);
    return inst;
}

uint8_t ft_rb_kind_of(const struct ft_universe *u, const struct ft_instrument *inst)
{
    inst = month_of(u, inst);
    const struct ft_instrument *under =
        inst->underlying == FT_NO_INST ? NULL : ft_universe_at(u, inst->underlying);
    bool on_security = under && (under->type == FT_SEC_STOCK || under->type == FT_SEC_ETF);
    switch (inst->type) {
    case FT_SEC_STOCK: return FT_RB_STOCK;
    case FT_SEC_ETF: return inst->reit ? FT_RB_REIT : FT_RB_ETF;
    case FT_SEC_WARRANT:
        return inst->right == FT_INLINE                           ? FT_RB_INLINE
               : inst->right == FT_BULL || inst->right == FT_BEAR ? FT_RB_CBBC
                                                                  : FT_RB_WARRANT;
    case FT_SEC_OPTION:
        return inst->index_option || !on_security ? FT_RB_OPTION_INDEX : FT_RB_OPTION_STOCK;
    case FT_SEC_FUTURE: return on_security ? FT_RB_FUTURE_STOCK : FT_RB_FUTURE;
    default: return FT_RB_WORDS;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of a contract code's root (market-rules.md 11): a future's is followed by YYMM, an
 * option's by YYMMDD, C or P, and the strike. 0: the code has another form. */
static size_t root_len(const struct ft_instrument *inst)
{
    const char *code = inst->code;
    size_t end = strlen(code), digits = 4;
    if (inst->type == FT_SEC_OPTION) {
        while (end > 0 && is_digit(code[end - 1]))
            end--;
        if (end == 0 || (code[end - 1] != 'C' && code[end - 1] != 'P'))
            return 0;
        end--;
        digits = 6;
    }
    for (size_t i = 0; i < digits; i++)
        if (end == 0 || !is_digit(code[--end]))
            return 0;
    return end <= FT_RB_ROOT_MAX ? end : 0;
}

/* Tiers are bands of a contract's value, the last one the lowest. */
static uint8_t tier_of(const struct ft_rulebook *r, const struct ft_instrument *inst, uint8_t kind)
{
    ft_money value;
    const struct ft_instrument *under = ft_universe_at(r->u, inst->underlying);
    if (ft_notional_try(under->reference, ft_multiplier(inst), FT_ROUND_HALF_UP, &value) != 0)
        return 1;
    for (int tier = FT_RB_TIERS; tier > 0; tier--)
        if (r->tier_bound[kind][tier] && value <= r->tier_bound[kind][tier])
            return (uint8_t)tier;
    return 0;
}

static ft_rb_class class_of(const struct ft_rulebook *r, const struct ft_instrument *inst)
{
    ft_rb_class c = {.market = (uint8_t)ft_rb_market_of(inst), .word = ft_rb_kind_of(r->u, inst)};
    inst = month_of(r->u, inst);
    if (c.word == FT_RB_STOCK && c.market == FT_RB_CN)
        c.board = inst->exch == 16 /* ExchType_CN_STIB */ ? FT_RB_STAR
                  : inst->daily_limit == 20               ? FT_RB_CHINEXT
                                                          : FT_RB_ANY_BOARD;
    if (c.word >= FT_RB_OPTION_STOCK && c.word < FT_RB_WORDS)
        c.root = find_root(r, inst->code, root_len(inst));
    if (c.word == FT_RB_OPTION_STOCK || c.word == FT_RB_FUTURE_STOCK)
        c.tier = tier_of(r, inst, c.word);
    return c;
}

static int classify(struct ft_rb_loader *l, struct ft_map64 *known)
{
    struct ft_rulebook *r = l->r;
    for (size_t i = 0; i < r->count; i++) {
        ft_rb_class c = class_of(r, ft_universe_at(r->u, (ft_inst)i));
        uint64_t key = ((uint64_t)c.market << 48 | (uint64_t)c.word << 40 | (uint64_t)c.tier << 32 |
                        (uint64_t)c.board << 24 | c.root) +
                       1;
        uintptr_t at = (uintptr_t)ft_map64_get(known, key);
        if (at == 0) {
            void *grown =
                ft_rb_room(l, r->classes, r->class_count, &r->class_cap, sizeof *r->classes);
            if (!grown)
                return -1;
            r->classes = grown;
            r->classes[r->class_count++] = c;
            at = r->class_count;
            if (ft_map64_put(known, key, (void *)at) != 0)
                return ft_err_set(l->err, FT_ENOMEM, "no memory for the rulebook");
        }
        r->inst[i].class = (uint16_t)(at - 1);
    }
    return 0;
}

int64_t ft_multiplier(const struct ft_instrument *inst)
{
    if (inst->type == FT_SEC_FUTURE)
        return inst->ratio;
    return inst->type == FT_SEC_OPTION ? inst->lot * FT_QTY_SCALE : FT_QTY_SCALE;
}

/* ---- All together -------------------------------------------------------------------------- */

static int load(struct ft_rb_loader *l)
{
    struct ft_rulebook *r = l->r;
    r->inst = calloc(r->count + 1, sizeof *r->inst);
    r->root = calloc(64, sizeof *r->root);
    if (!r->inst || !r->root)
        return ft_err_set(l->err, FT_ENOMEM, "no memory for the rulebook");
    r->root_cap = 64;
    r->roots = 1;
    if (ft_rb_load_fees(l) != 0 || ft_rb_load_margins(l) != 0 ||
        ft_rb_load_contract_margins(l) != 0 || ft_rb_load_rates(l) != 0 ||
        ft_rb_load_order_types(l) != 0 || ft_rb_load_order_limits(l) != 0 ||
        ft_rb_load_settlement(l) != 0)
        return -1;
    struct ft_map64 known;
    ft_map64_init(&known);
    int rc = classify(l, &known);
    ft_map64_free(&known);
    if (rc != 0)
        return -1;
    return ft_rb_link_fees(l) != 0 || ft_rb_link_margins(l) != 0 ? -1
                                                                 : ft_rb_link_contract_margins(l);
}

struct ft_rulebook *ft_rulebook_load(ft_read_data *read, void *user, const struct ft_universe *u,
                                     struct ft_err *err)
{
    struct ft_rulebook *r = calloc(1, sizeof *r);
    struct ft_rb_loader *l = calloc(1, sizeof *l);
    if (!r || !l) {
        ft_err_set(err, FT_ENOMEM, "no memory for the rulebook");
        free(r);
        free(l);
        return NULL;
    }
    r->u = u;
    r->count = ft_universe_count(u);
    *l = (struct ft_rb_loader){.r = r, .read = read, .user = user, .err = err};
    if (load(l) != 0) {
        ft_rulebook_free(r);
        r = NULL;
    }
    free(l);
    return r;
}

void ft_rulebook_free(struct ft_rulebook *r)
{
    if (!r)
        return;
    free(r->inst);
    free(r->classes);
    free(r->root);
    free(r->fee);
    free(r->schedule);
    free(r->fee_list);
    free(r->margin);
    free(r->margin_run);
    free(r->contract);
    free(r->contract_run);
    free(r->rate);
    free(r->limit);
    free(r->lag);
    free(r);
}
