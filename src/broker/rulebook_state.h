/* Inside of rulebook.h: rows as they are loaded, and what is found for each instrument at the load,
 * so that nothing searches a table later. For the rulebook's files only.
 *
 * A row names a product: a word, perhaps with a root, a tier or a board behind a colon
 * (data/README.md). Instruments that no row can tell apart are one class. */
#ifndef FT_BROKER_RULEBOOK_STATE_H
#define FT_BROKER_RULEBOOK_STATE_H

#include "base/csv.h"
#include "broker/rulebook.h"

/* The fee tables' markets: Shanghai and Shenzhen are one. */
enum ft_rb_market { FT_RB_HK, FT_RB_US, FT_RB_CN, FT_RB_SG, FT_RB_JP, FT_RB_MARKETS };

enum ft_rb_word {
    FT_RB_STOCK, FT_RB_ETF, FT_RB_REIT, FT_RB_WARRANT, FT_RB_CBBC, FT_RB_INLINE,
    FT_RB_OPTION_STOCK, FT_RB_OPTION_INDEX, FT_RB_OPTION, FT_RB_FUTURE_STOCK, FT_RB_FUTURE,
    FT_RB_WORDS, /* as an instrument's kind: nothing that trades */
};
enum ft_rb_board { FT_RB_ANY_BOARD, FT_RB_STAR, FT_RB_CHINEXT };

enum { FT_RB_TIERS = 3, FT_RB_ROOT_MAX = 11, FT_RB_ROOTS_MAX = 1024, FT_RB_ROWS_MAX = 60000 };

struct ft_rb_product { uint8_t market, word, tier, board; uint16_t root; }; /* 0: not named */
/* `word` is the instrument's kind: never FT_RB_OPTION. */
typedef struct ft_rb_product ft_rb_class;

enum ft_rb_basis {
    FT_RB_NOTIONAL, FT_RB_SHARE, FT_RB_CONTRACT, FT_RB_FLAT_ORDER, FT_RB_FLAT_TRADE, FT_RB_YEAR,
    FT_RB_DIVIDEND,
};
enum ft_rb_rounding { FT_RB_CENT, FT_RB_WHOLE, FT_RB_UP_TO_1 };
enum ft_rb_side {
    FT_RB_BOTH, FT_RB_BUY, FT_RB_SELL, FT_RB_HOLD, FT_RB_SETTLE, FT_RB_EXERCISE,
};

struct ft_rb_fee {
    struct ft_rb_product product;
    uint8_t firm, item, basis, rounding, side;
    bool per_order, has_max, max_is_share; /* share: of the notional */
    int64_t rate;      /* 1e-9 */
    ft_money min, max;
    int64_t max_share; /* 1e-9 */
    ft_day from, to;   /* both inclusive */
    int line;
};

struct ft_rb_margin {
    ft_inst inst; /* FT_NO_INST: of a market, kind and liquidity (0: any) */
    uint8_t market, word, liquidity;
    ft_day from;
    int line;
    struct ft_margin m;
};

enum ft_rb_contract_basis { FT_RB_PER_CONTRACT, FT_RB_OF_NOTIONAL, FT_RB_WRITING };
struct ft_rb_contract {
    struct ft_rb_product product;
    uint8_t basis;
    int64_t initial, maintenance;         /* ft_money a contract, else ratios 1e-6 */
    int64_t initial_min, maintenance_min; /* writing: ratios 1e-6 */
    ft_day from;
    int line;
};

struct ft_rb_rate { uint8_t currency; ft_day from; int64_t hkd; int line; }; /* HKD a unit, 1e-8 */
struct ft_rb_lag { uint8_t product; ft_day from; int lag; int line; };

enum ft_rb_order_kind { FT_RB_ORDER_ANY, FT_RB_ORDER_LIMIT, FT_RB_ORDER_MARKET };
enum ft_rb_unit { FT_RB_UNITS, FT_RB_LOTS };
struct ft_rb_limit {
    uint8_t firm; /* FT_FIRM_NONE: the exchange */
    struct ft_rb_product product;
    uint8_t order, unit;
    int64_t max_qty; /* whole units; 0: none */
    ft_money max_amount;
    ft_day from;
    int line;
};

/* Rows first to first + count - 1 of a table or list. */
struct ft_rb_run { uint32_t first, count; };

/* Places in the tables below. */
struct ft_rb_inst { uint16_t class, margin; };

struct ft_rulebook {
    const struct ft_universe *u;
    size_t count; /* instruments */
    struct ft_rb_inst *inst;
    ft_rb_class *classes;
    size_t class_count, class_cap;
    char (*root)[FT_RB_ROOT_MAX + 1]; /* [0] is "" */
    size_t roots, root_cap;

    struct ft_rb_fee *fee; /* by item, then line */
    size_t fees, fee_cap;
    ft_money tier_bound[FT_RB_WORDS][FT_RB_TIERS + 1]; /* value of a contract; 0: no such tier */
    struct ft_rb_run *schedule; /* class * FT_FIRMS + firm: a run of fee_list */
    uint16_t *fee_list;         /* places in `fee`, by item */

    struct ft_rb_margin *margin; /* by whom it is for, then date */
    size_t margins, margin_cap;
    struct ft_rb_run *margin_run; /* [0] is empty: not marginable */
    size_t margin_runs;

    struct ft_rb_contract *contract; /* by product, then date */
    size_t contracts, contract_cap;
    struct ft_rb_run *contract_run; /* by class */

    struct ft_rb_rate *rate; /* by currency, then date */
    size_t rates, rate_cap;
    struct ft_rb_run rate_run[FT_CURRENCIES];

    uint32_t order_types[FT_PRODUCTS];
    uint8_t tifs[FT_PRODUCTS][FT_ORDER_TYPES];
    struct ft_rb_limit *limit;
    size_t limits, limit_cap;
    struct ft_rb_lag *lag; /* by product, then date */
    size_t lags, lag_cap;
    struct ft_rb_run lag_run[FT_PRODUCTS];
};

struct ft_rb_loader {
    struct ft_rulebook *r;
    ft_read_data *read;
    void *user;
    struct ft_err *err;
    struct ft_csv csv; /* of the file under way */
};

/* All return 0, or -1 with the loader's err set. */
int ft_rb_load_fees(struct ft_rb_loader *l);
int ft_rb_load_margins(struct ft_rb_loader *l);
int ft_rb_load_contract_margins(struct ft_rb_loader *l);
int ft_rb_load_rates(struct ft_rb_loader *l);
int ft_rb_load_order_types(struct ft_rb_loader *l);
int ft_rb_load_order_limits(struct ft_rb_loader *l);
int ft_rb_load_settlement(struct ft_rb_loader *l);
/* Once every instrument has its class: what holds for which. */
int ft_rb_link_fees(struct ft_rb_loader *l);
int ft_rb_link_margins(struct ft_rb_loader *l);
int ft_rb_link_contract_margins(struct ft_rb_loader *l);

int ft_rb_open(struct ft_rb_loader *l, const char *file, const char *const *columns);
/* Room for one more row: the array, grown when `count` has reached *cap; NULL with err set. */
void *ft_rb_room(struct ft_rb_loader *l, void *array, size_t count, size_t *cap, size_t size);
int ft_rb_read_market(struct ft_rb_loader *l, int column, uint8_t *out);
/* An enum ft_firm by its word; `none` is the word of 0, NULL: 0 is not allowed. */
int ft_rb_read_firm(struct ft_rb_loader *l, int column, const char *none, uint8_t *out);
/* WORD[:ROOT|:tierN|:star|:chinext] of a market; the market must have been read. */
int ft_rb_read_product(struct ft_rb_loader *l, int column, struct ft_rb_product *out);
/* A word of enum ft_product ("hk_sec"). */
int ft_rb_read_class(struct ft_rb_loader *l, int column, uint8_t *out);
/* Decimal from 0 to `max` (whole units). */
int ft_rb_read_amount(struct ft_rb_loader *l, int column, int decimals, int64_t max, int64_t *out);
/* A percent number as a ratio of 1e-6, 0 to 1000 %. */
int ft_rb_read_percent(struct ft_rb_loader *l, int column, int64_t *out);
/* Checks that a rule's source is named. */
int ft_rb_read_mark(struct ft_rb_loader *l, int column);

/* How closely a row's product fits a class: 0 not at all, more is closer. */
int ft_rb_fit(const struct ft_rb_product *p, const ft_rb_class *c);
int ft_rb_market_of(const struct ft_instrument *inst);
/* Kind of an instrument; FT_RB_WORDS: nothing that trades. */
uint8_t ft_rb_kind_of(const struct ft_universe *u, const struct ft_instrument *inst);

static inline const struct ft_rb_inst *ft_rb_at(const struct ft_rulebook *r,
                                                const struct ft_instrument *inst)
{
    FT_CHECK(inst->index < r->count);
    return &r->inst[inst->index];
}

/* Place of the row that holds on a day in a run of rows that ascend by date: the newest that has
 * begun, before all of them the first. `from` is the field of row 0, rows are `size` bytes apart. */
static inline size_t ft_rb_newest(const ft_day *from, size_t size, struct ft_rb_run run, ft_day day)
{
    size_t at = run.first, end = at + run.count;
    while (at + 1 < end && *(const ft_day *)((const char *)from + (at + 1) * size) <= day)
        at++;
    return at;
}

#endif
