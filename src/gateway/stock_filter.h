/* Inside of the stock filter, 3215: its conditions as one list, whatever message they came in
 * (quote-derivatives-screening.md 3.1). */
#ifndef FT_GATEWAY_STOCK_FILTER_H
#define FT_GATEWAY_STOCK_FILTER_H

#include "gateway/bounds.h"
#include "gateway/edge.h"
#include "sim/sheet.h"

#include "Qot_StockFilter.pb-c.h"

/* Advised is at most 250 conditions; more are refused. */
enum { FT_CONDITIONS_MAX = 250, FT_SAME_FIELD_MAX = 10, FT_RUN_MAX = 12 };

enum ft_condition_kind { FT_COND_BASE, FT_COND_ACCUMULATE, FT_COND_FINANCIAL, FT_COND_INDICATOR,
                         FT_COND_PATTERN };

/* What a condition needs of a row, cheapest first; rows meet them in this order. */
enum ft_cost { FT_COST_FACT, FT_COST_PRICE, FT_COST_CLOSES, FT_COST_LONG_CLOSES, FT_COST_QUOTE,
               FT_COST_RANGES, FT_COST_HOURS };

struct ft_condition {
    enum ft_condition_kind kind;
    enum ft_cost cost;
    int field;
    bool filters;          /* false: only tells the value */
    struct ft_bound bound;
    int sort;              /* SortDir: 0 none, 1 ascending, 2 descending */
    int days, quarter;
    enum ft_bar_kind bars; /* indicators and patterns */
    int run;               /* bars running that it must hold on */
    bool range;            /* needs highs and lows */
    int second;            /* indicators: the other side, */
    enum ft_relative_position position;
    double value;          /* FT_IND_VALUE */
    int params[2][FT_IND_PARAMS_MAX];
    /* The parameters that the answer repeats: with KDJ, MACD and BOLL the defaults too, with RSI,
     * MA and EMA what was asked, else none; the client looks values up by them. */
    int32_t told[2][FT_IND_PARAMS_MAX];
    size_t told_count[2];
};

struct ft_conditions {
    struct ft_condition *list;
    size_t count;
    const struct ft_condition **by_cost; /* those that filter */
    size_t filter_count;
};

/* Reads and checks all five lists; false: an error is answered. Arena. */
bool ft_conditions_read(struct ft_gateway *gw, struct ft_request *req,
                        const QotStockFilter__C2S *c2s, struct ft_conditions *out);

/* Value of a simple, accumulated or financial condition; NAN: not known. */
double ft_condition_value(struct ft_gateway *gw, struct ft_sheet *s, size_t row,
                          const struct ft_condition *c);
/* Both sides of an indicator condition at the newest bar. */
void ft_condition_sides(struct ft_sheet *s, size_t row, const struct ft_condition *c,
                        double out[2]);
/* Whether a row meets a condition that filters. */
bool ft_condition_holds(struct ft_gateway *gw, struct ft_sheet *s, size_t row,
                        const struct ft_condition *c);

#endif
