/* 3215: the stock filter (quote-derivatives-screening.md 3.1). Rows are ordinary shares; they come
 * in the order of the sort keys as they stand in the request, then of market and code. */
#include "gateway/handlers.h"
#include "gateway/stock_filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A request holds up everybody: past this the answer is an error (the manuals know it as "business
 * processing timed out"), and what was worked out is kept for the next. */
#define BUDGET_NS UINT64_C(3000000000)

struct match {
    size_t row;
    const double *keys;
};

struct order {
    const struct ft_sheet *sheet;
    size_t keys;
    const struct ft_condition *const *conditions;
};

/* ---- Which rows ----------------------------------------------------------------------------- */

/* Shanghai and Shenzhen are one market here. */
static int market_group(int32_t market)
{
    switch (market) {
    case 2: /* HK_Future, obsolete */
    case FT_MARKET_HK: return FT_MARKET_HK;
    case FT_MARKET_US: return FT_MARKET_US;
    case FT_MARKET_SH:
    case FT_MARKET_SZ: return FT_MARKET_SH;
    }
    return 0;
}

static bool need_market(struct ft_gateway *gw, struct ft_request *req,
                        const QotStockFilter__C2S *c2s, const struct ft_instrument **plate)
{
    int group = market_group(c2s->market);
    *plate = NULL;
    if (!group) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "market %d: allowed are 1 HK, 11 US, 21 or 22 A-shares",
                               "market %d 无效：可用 1 港股、11 美股、21 或 22 A 股"), c2s->market);
        return false;
    }
    if (!c2s->plate)
        return true;
    *plate = ft_edge_need(gw, req, c2s->plate);
    if (!*plate)
        return false;
    const ft_inst *members;
    if (((*plate)->type != FT_SEC_PLATE && (*plate)->type != FT_SEC_INDEX) ||
        ((*plate)->type == FT_SEC_INDEX &&
         ft_plate_members(gw->universe, (*plate)->index, &members) == 0)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "plate %s is no plate", "plate %s 不是板块"),
                       ft_edge_label(gw, (*plate)->market, (*plate)->code));
        return false;
    }
    if (market_group((*plate)->market) != group) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "plate %s contradicts market %d", "plate %s 与 market %d 矛盾"),
                       ft_edge_label(gw, (*plate)->market, (*plate)->code), c2s->market);
        return false;
    }
    return true;
}

static int by_row(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Rows of the market or plate, in the sheet's order; arena. NULL without memory. */
static size_t *candidates(struct ft_gateway *gw, struct ft_sheet *s, int group,
                          const struct ft_instrument *plate, size_t *count)
{
    const ft_inst *members = NULL;
    size_t n = plate ? ft_plate_members(gw->universe, plate->index, &members) : ft_sheet_rows(s);
    size_t *rows = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *rows);
    *count = 0;
    for (size_t k = 0; rows && k < n; k++) {
        size_t row = members ? ft_sheet_find(s, members[k]) : k;
        if (row != SIZE_MAX && market_group(ft_sheet_instrument(s, row)->market) == group)
            rows[(*count)++] = row;
    }
    if (rows && members)
        qsort(rows, *count, sizeof *rows, by_row);
    return rows;
}

/* ---- Sorting -------------------------------------------------------------------------------- */

/* By the sort keys in turn; what has no value comes last either way. */
static int compare(const void *a, const void *b, void *user)
{
    const struct match *x = a, *y = b;
    const struct order *o = user;
    for (size_t k = 0; k < o->keys; k++) {
        const struct ft_condition *c = o->conditions[k];
        int sign = c->sort == QOT__STOCK_FILTER__SORT_DIR__SortDir_Descend ? -1 : 1, order;
        if (isnan(x->keys[k]) || isnan(y->keys[k]))
            order = isnan(x->keys[k]) - isnan(y->keys[k]);
        else
            order = sign * ((x->keys[k] > y->keys[k]) - (x->keys[k] < y->keys[k]));
        if (order)
            return order;
    }
    return (x->row > y->row) - (x->row < y->row);
}

/* Codes have the sheet's order; names are compared once here and become numbers. */
static int by_name(const void *a, const void *b, void *user)
{
    struct ft_gateway *gw = user;
    const struct match *x = a, *y = b;
    int order = strcmp(ft_edge_name(gw, ft_sheet_instrument(gw->sheet, x->row)),
                       ft_edge_name(gw, ft_sheet_instrument(gw->sheet, y->row)));
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static bool in_budget(struct ft_gateway *gw, struct ft_request *req, uint64_t began_ns, size_t done,
                      size_t of)
{
    if (done % 16 || uv_hrtime() - began_ns < BUDGET_NS)
        return true;
    ft_reply_error(gw, req, FT_RET_TIMEOUT,
                   FT_TEXT(gw, "business processing timed out after %zu of %zu stocks: ask again "
                               "(what was worked out is kept), or narrow it by plate or simple "
                               "conditions",
                           "业务处理超时（%zu/%zu 只）：请重试（已算部分保留），或用板块、简单条件缩小范围"),
                   done, of);
    return false;
}

/* Sorts the matches; false: an error is answered. */
static bool sort(struct ft_gateway *gw, struct ft_request *req, struct ft_sheet *s,
                 const struct ft_conditions *conditions, struct match *list, size_t n,
                 uint64_t began_ns)
{
    const struct ft_condition **keys =
        ft_arena_alloc(&gw->arena, (conditions->count + 1) * sizeof *keys);
    struct order o = {.sheet = s, .conditions = keys};
    for (size_t k = 0; keys && k < conditions->count; k++)
        if (conditions->list[k].sort)
            keys[o.keys++] = &conditions->list[k];
    double *values = keys && o.keys ? ft_arena_alloc(&gw->arena, (n * o.keys + 1) * sizeof *values)
                                    : NULL;
    if (!keys || (o.keys && !values)) {
        ft_reply_no_memory(gw, req);
        return false;
    }
    if (!o.keys)
        return true;
    for (size_t k = 0; k < o.keys; k++)
        if (keys[k]->kind == FT_COND_BASE && keys[k]->field == 2)
            qsort_r(list, n, sizeof *list, by_name, gw);
    for (size_t i = 0; i < n; i++) {
        double *at = values + i * o.keys;
        for (size_t k = 0; k < o.keys; k++) {
            bool text = keys[k]->kind == FT_COND_BASE && keys[k]->field <= 2;
            at[k] = !text                 ? ft_condition_value(gw, s, list[i].row, keys[k])
                    : keys[k]->field == 1 ? (double)list[i].row
                                          : (double)i;
        }
        list[i].keys = at;
        if (!in_budget(gw, req, began_ns, i + 1, n))
            return false;
    }
    qsort_r(list, n, sizeof *list, compare, &o);
    return true;
}

/* ---- The answer ----------------------------------------------------------------------------- */

/* A value that is not known is told as 0: the field is required, and clients look it up. */
static double told(double v)
{
    return isnan(v) ? 0 : ft_edge_round(v, 6);
}

static void add_indicator(struct ft_gateway *gw, const struct ft_condition *c, int side,
                          double value, QotStockFilter__StockData *d)
{
    QotStockFilter__CustomIndicatorData *v =
        FT_NEW(gw, QotStockFilter__CustomIndicatorData,
               qot__stock_filter__custom_indicator_data__init);
    if (!v)
        return;
    v->fieldname = side ? c->second : c->field;
    v->value = told(value);
    v->kltype = c->bars;
    v->n_fieldparalist = c->told_count[side];
    v->fieldparalist = (int32_t *)c->told[side];
    d->customindicatordatalist[d->n_customindicatordatalist++] = v;
}

static void add_value(struct ft_gateway *gw, struct ft_sheet *s, size_t row,
                      const struct ft_condition *c, QotStockFilter__StockData *d)
{
    double sides[2];
    switch (c->kind) {
    case FT_COND_BASE: {
        if (c->field <= 2)
            return; /* code and name are the row's own */
        QotStockFilter__BaseData *v =
            FT_NEW(gw, QotStockFilter__BaseData, qot__stock_filter__base_data__init);
        if (!v)
            return;
        v->fieldname = c->field;
        v->value = told(ft_condition_value(gw, s, row, c));
        d->basedatalist[d->n_basedatalist++] = v;
        return;
    }
    case FT_COND_ACCUMULATE: {
        QotStockFilter__AccumulateData *v =
            FT_NEW(gw, QotStockFilter__AccumulateData, qot__stock_filter__accumulate_data__init);
        if (!v)
            return;
        v->fieldname = c->field;
        v->value = told(ft_condition_value(gw, s, row, c));
        v->days = c->days;
        d->accumulatedatalist[d->n_accumulatedatalist++] = v;
        return;
    }
    case FT_COND_FINANCIAL: {
        QotStockFilter__FinancialData *v =
            FT_NEW(gw, QotStockFilter__FinancialData, qot__stock_filter__financial_data__init);
        if (!v)
            return;
        v->fieldname = c->field;
        v->value = told(ft_condition_value(gw, s, row, c));
        v->quarter = c->quarter;
        d->financialdatalist[d->n_financialdatalist++] = v;
        return;
    }
    case FT_COND_INDICATOR:
        ft_condition_sides(s, row, c, sides);
        add_indicator(gw, c, 0, sides[0], d);
        if (c->second != FT_IND_VALUE)
            add_indicator(gw, c, 1, sides[1], d);
        return;
    case FT_COND_PATTERN: return; /* patterns have no value */
    }
}

static QotStockFilter__StockData *stock_data(struct ft_gateway *gw, struct ft_sheet *s, size_t row,
                                             const struct ft_conditions *conditions)
{
    QotStockFilter__StockData *d =
        FT_NEW(gw, QotStockFilter__StockData, qot__stock_filter__stock_data__init);
    size_t room = (2 * conditions->count + 1) * sizeof(void *);
    if (!d || !(d->basedatalist = ft_arena_alloc(&gw->arena, room)) ||
        !(d->accumulatedatalist = ft_arena_alloc(&gw->arena, room)) ||
        !(d->financialdatalist = ft_arena_alloc(&gw->arena, room)) ||
        !(d->customindicatordatalist = ft_arena_alloc(&gw->arena, room)))
        return NULL;
    const struct ft_instrument *inst = ft_sheet_instrument(s, row);
    d->security = ft_edge_new_security(gw, inst);
    d->name = (char *)ft_edge_name(gw, inst);
    for (size_t k = 0; k < conditions->count; k++)
        add_value(gw, s, row, &conditions->list[k], d);
    return d;
}

/* Rows that meet every condition; false: an error is answered. */
static bool filter(struct ft_gateway *gw, struct ft_request *req, struct ft_sheet *s,
                   const struct ft_conditions *conditions, const size_t *rows, size_t n,
                   struct match *out, size_t *count, uint64_t began_ns)
{
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        bool holds = true;
        for (size_t k = 0; holds && k < conditions->filter_count; k++)
            holds = ft_condition_holds(gw, s, rows[i], conditions->by_cost[k]);
        if (holds)
            out[(*count)++].row = rows[i];
        if (!in_budget(gw, req, began_ns, i + 1, n))
            return false;
    }
    return true;
}

void ft_handle_stock_filter(struct ft_gateway *gw, struct ft_request *req)
{
    const QotStockFilter__C2S *c2s = ((const QotStockFilter__Request *)req->msg)->c2s;
    const struct ft_instrument *plate;
    struct ft_conditions conditions;
    if (!ft_need_number(gw, req, "begin", c2s->begin, 0, INT32_MAX) ||
        !ft_need_number(gw, req, "num", c2s->num, 1,
                        ft_request_max(req, FT_MAX_FILTER_ROWS)) ||
        !need_market(gw, req, c2s, &plate) || !ft_rights_need_screen(gw, req, c2s->market) || !ft_conditions_read(gw, req, c2s, &conditions))
        return;
    struct ft_sheet *s = ft_market_sheet(gw);
    size_t n = 0, found;
    size_t *rows = s ? candidates(gw, s, market_group(c2s->market), plate, &n) : NULL;
    struct match *matches = rows ? ft_arena_alloc(&gw->arena, (n + 1) * sizeof *matches) : NULL;
    if (!matches) {
        ft_reply_no_memory(gw, req);
        return;
    }
    uint64_t began_ns = uv_hrtime();
    if (!filter(gw, req, s, &conditions, rows, n, matches, &found, began_ns) ||
        !sort(gw, req, s, &conditions, matches, found, began_ns))
        return;
    QotStockFilter__S2C s2c = QOT__STOCK_FILTER__S2_C__INIT;
    size_t begin = (size_t)c2s->begin < found ? (size_t)c2s->begin : found;
    size_t end = found - begin > (size_t)c2s->num ? begin + (size_t)c2s->num : found;
    s2c.lastpage = end == found;
    s2c.allcount = (int32_t)found;
    s2c.datalist = ft_arena_alloc(&gw->arena, (end - begin + 1) * sizeof *s2c.datalist);
    for (size_t k = begin; s2c.datalist && k < end; k++)
        s2c.datalist[s2c.n_datalist++] = stock_data(gw, s, matches[k].row, &conditions);
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotStockFilter__Response r = QOT__STOCK_FILTER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
