/* From the five lists of 3215 to conditions that make sense. */
#include "gateway/stock_filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BASE_FIELDS = 21, ACCUMULATE_FIELDS = 5 };

/* A field that may come once only came again. */
static bool once(struct ft_gateway *gw, struct ft_request *req, const struct ft_conditions *out,
                 const struct ft_condition *c, const char *list)
{
    for (size_t k = 0; k < out->count; k++) {
        const struct ft_condition *o = &out->list[k];
        if (o->kind == c->kind && o->field == c->field && o->days == c->days) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           c->days ? FT_TEXT(gw, "%s: fieldName %d is there twice for days %d",
                                             "%s：fieldName %d 的 days %d 重复")
                                   : FT_TEXT(gw, "%s: fieldName %d is there twice",
                                             "%s：fieldName %d 重复"), list, c->field, c->days);
            return false;
        }
    }
    return true;
}

static size_t count_same(const struct ft_conditions *out, enum ft_condition_kind kind, int of,
                         int (*key)(const struct ft_condition *))
{
    size_t n = 0;
    for (size_t k = 0; k < out->count; k++)
        n += out->list[k].kind == kind && key(&out->list[k]) == of;
    return n;
}

static int field_of(const struct ft_condition *c)
{
    return c->field;
}

static int class_of(const struct ft_condition *c)
{
    return (int)ft_indicator_class(c->field);
}

static bool few_enough(struct ft_gateway *gw, struct ft_request *req, size_t same, const char *list,
                       int field)
{
    if (same < FT_SAME_FIELD_MAX)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s: more than %d conditions on fieldName %d or its class",
                           "%s：超过 %d 个条件的 fieldName %d（或其同类）"),
                   list, FT_SAME_FIELD_MAX, field);
    return false;
}

/* Bounds count only when isNoFilter is there and false: absent counts as true. */
static bool read_bound(struct ft_gateway *gw, struct ft_request *req, struct ft_condition *c,
                       bool has_min, double min, bool has_max, double max, int decimals)
{
    c->bound = (struct ft_bound){"filterMin", "filterMax", has_min, has_max, min, max};
    if (!c->filters)
        return true;
    if (!ft_bound_settle(gw, req, &c->bound, decimals))
        return false;
    c->filters = ft_bound_used(&c->bound);
    return true;
}

static enum ft_cost base_cost(int field)
{
    if (field <= 2 || field == 19 || field == 20)
        return FT_COST_FACT;
    if ((field >= 4 && field <= 7))
        return FT_COST_RANGES;
    if (field == 8 || field == 9 || field == 15)
        return FT_COST_QUOTE;
    return field == 16 ? FT_COST_CLOSES : FT_COST_PRICE;
}

static bool read_base(struct ft_gateway *gw, struct ft_request *req,
                      const QotStockFilter__BaseFilter *f, struct ft_conditions *out)
{
    static const char list[] = "baseFilterList";
    struct ft_condition *c = &out->list[out->count];
    *c = (struct ft_condition){.kind = FT_COND_BASE, .field = f->fieldname,
                               .sort = f->has_sortdir ? f->sortdir : 0,
                               .filters = f->has_isnofilter && !f->isnofilter,
                               .cost = base_cost(f->fieldname)};
    if (!ft_need_number(gw, req, "baseFilterList.fieldName", c->field, 1, BASE_FIELDS) ||
        !ft_need_number(gw, req, "baseFilterList.sortDir", c->sort, 0, 2) ||
        !once(gw, req, out, c, list))
        return false;
    if (c->field <= 2 && c->filters && (f->has_filtermin || f->has_filtermax)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "baseFilterList.fieldName %d: a code or name takes no bounds",
                               "baseFilterList.fieldName %d：代码和名称不支持区间"), c->field);
        return false;
    }
    int decimals = c->field == 19 || c->field == 20 ? 0 : 3;
    return read_bound(gw, req, c, f->has_filtermin, f->filtermin, f->has_filtermax, f->filtermax,
                      decimals);
}

static bool read_accumulate(struct ft_gateway *gw, struct ft_request *req,
                            const QotStockFilter__AccumulateFilter *f, struct ft_conditions *out)
{
    static const char list[] = "accumulateFilterList";
    struct ft_condition *c = &out->list[out->count];
    *c = (struct ft_condition){.kind = FT_COND_ACCUMULATE, .field = f->fieldname, .days = f->days,
                               .sort = f->has_sortdir ? f->sortdir : 0,
                               .filters = f->has_isnofilter && !f->isnofilter,
                               .cost = f->fieldname == 1 ? FT_COST_CLOSES : FT_COST_RANGES};
    return ft_need_number(gw, req, "accumulateFilterList.fieldName", c->field, 1,
                          ACCUMULATE_FIELDS) &&
           ft_need_number(gw, req, "accumulateFilterList.sortDir", c->sort, 0, 2) &&
           ft_need_number(gw, req, "accumulateFilterList.days", c->days, 1, FT_SHEET_DAYS_MAX) &&
           once(gw, req, out, c, list) &&
           few_enough(gw, req, count_same(out, c->kind, c->field, field_of), list, c->field) &&
           read_bound(gw, req, c, f->has_filtermin, f->filtermin, f->has_filtermax, f->filtermax,
                      c->field == 3 ? 0 : 3);
}

static bool read_financial(struct ft_gateway *gw, struct ft_request *req,
                           const QotStockFilter__FinancialFilter *f, struct ft_conditions *out)
{
    static const char list[] = "financialFilterList";
    struct ft_condition *c = &out->list[out->count];
    *c = (struct ft_condition){.kind = FT_COND_FINANCIAL, .field = f->fieldname,
                               .quarter = f->quarter, .sort = f->has_sortdir ? f->sortdir : 0,
                               .filters = f->has_isnofilter && !f->isnofilter,
                               .cost = FT_COST_FACT};
    if (!ft_need_number(gw, req, "financialFilterList.fieldName", c->field, 1,
                        FT_FINANCIAL_FIELDS) ||
        !ft_need_number(gw, req, "financialFilterList.sortDir", c->sort, 0, 2) ||
        !ft_need_number(gw, req, "financialFilterList.quarter", c->quarter, 1,
                        FT_FINANCIAL_QUARTERS) ||
        !once(gw, req, out, c, list))
        return false;
    if (ft_financial_is_annual(c->field) && c->quarter >= 2 && c->quarter <= 4) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "financialFilterList.quarter %d: fieldName %d is in annual "
                                   "reports only",
                               "financialFilterList.quarter %d 无效：fieldName %d 仅适用于年报"),
                       c->quarter, c->field);
        return false;
    }
    return read_bound(gw, req, c, f->has_filtermin, f->filtermin, f->has_filtermax, f->filtermax, 3);
}

/* ---- Bars: indicators and patterns ---------------------------------------------------------- */

static bool read_bars(struct ft_gateway *gw, struct ft_request *req, const char *list,
                      int32_t kl_type, bool has_run, int32_t run, struct ft_condition *c)
{
    if (kl_type != FT_BAR_60M && kl_type != FT_BAR_DAY && kl_type != FT_BAR_WEEK &&
        kl_type != FT_BAR_MONTH) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s.klType %d: allowed are 9 (60 minutes), 2 day, 3 week, 4 month",
                               "%s.klType %d 无效：可用 9（60 分）、2 日、3 周、4 月"), list, kl_type);
        return false;
    }
    c->bars = (enum ft_bar_kind)kl_type;
    c->run = has_run ? run : 0;
    /* 0 is what clients send that do not want a run. */
    if (!ft_need_number(gw, req, "consecutivePeriod", c->run, 0, FT_RUN_MAX))
        return false;
    c->run = c->run ? c->run : 1;
    c->cost = c->bars == FT_BAR_60M ? FT_COST_HOURS
              : c->range            ? FT_COST_RANGES
              : c->bars == FT_BAR_DAY ? FT_COST_CLOSES
                                      : FT_COST_LONG_CLOSES;
    return true;
}

static bool read_pattern(struct ft_gateway *gw, struct ft_request *req,
                         const QotStockFilter__PatternFilter *f, struct ft_conditions *out)
{
    static const char list[] = "patternFilterList";
    struct ft_condition *c = &out->list[out->count];
    *c = (struct ft_condition){.kind = FT_COND_PATTERN, .field = f->fieldname,
                               .filters = f->has_isnofilter && !f->isnofilter,
                               .range = ft_pattern_needs_range(f->fieldname)};
    return ft_need_number(gw, req, "patternFilterList.fieldName", c->field, 1, FT_PATTERNS) &&
           once(gw, req, out, c, list) &&
           read_bars(gw, req, list, f->kltype, f->has_consecutiveperiod, f->consecutiveperiod, c);
}

static bool read_side(struct ft_gateway *gw, struct ft_request *req, const char *name,
                      const char *para_name, int32_t field, const int32_t *given, size_t n, int side,
                      struct ft_condition *c)
{
    enum ft_indicator_class class = ft_indicator_class(field);
    if (class == FT_CLASS_NONE || (side == 0 && class == FT_CLASS_VALUE)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s %d: no such indicator%s", "%s %d 无效：没有此指标%s"), name,
                       field, side == 0 && class == FT_CLASS_VALUE
                                  ? FT_TEXT(gw, " on the first side", "（不能作为第一个指标）") : "");
        return false;
    }
    int count = ft_indicator_params(field, given, n, c->params[side]);
    if (count < 0) {
        char shown[64] = "";
        int at = 0;
        for (size_t k = 0; k < n && k < 4; k++)
            at += snprintf(shown + at, sizeof shown - (size_t)at, "%s%d", k ? "," : "", given[k]);
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s [%s] does not fit %s %d: MA, EMA and RSI take a period, KDJ "
                                   "and MACD three numbers (fast below slow), BOLL two",
                               "%s [%s] 不适用于 %s %d：MA、EMA、RSI 一个周期，KDJ、MACD 三个参数"
                               "（快线小于慢线），BOLL 两个"),
                       para_name, shown, name, field);
        return false;
    }
    bool as_asked = class == FT_CLASS_MA || class == FT_CLASS_EMA || class == FT_CLASS_RSI;
    c->told_count[side] = as_asked && count ? n : (size_t)count;
    for (size_t k = 0; k < c->told_count[side]; k++)
        c->told[side][k] = c->params[side][k];
    c->range |= class == FT_CLASS_KDJ;
    return true;
}

/* Within one class; the price beside averages and BOLL lines; a number beside anything. */
static bool comparable(enum ft_indicator_class a, enum ft_indicator_class b)
{
    bool lines[] = {[FT_CLASS_MA] = true, [FT_CLASS_EMA] = true, [FT_CLASS_BOLL] = true,
                    [FT_CLASS_VALUE] = false};
    return a == b || b == FT_CLASS_VALUE || (a == FT_CLASS_PRICE && lines[b]) ||
           (b == FT_CLASS_PRICE && lines[a]);
}

static bool read_indicator(struct ft_gateway *gw, struct ft_request *req,
                           const QotStockFilter__CustomIndicatorFilter *f, struct ft_conditions *out)
{
    static const char list[] = "customIndicatorFilterList";
    struct ft_condition *c = &out->list[out->count];
    *c = (struct ft_condition){.kind = FT_COND_INDICATOR, .field = f->firstfieldname,
                               .second = f->secondfieldname, .value = f->fieldvalue,
                               .filters = f->has_isnofilter && !f->isnofilter};
    if (!read_side(gw, req, "firstFieldName", "firstFieldParaList", c->field, f->firstfieldparalist,
                   f->n_firstfieldparalist, 0, c) ||
        !read_side(gw, req, "secondFieldName", "secondFieldParaList", c->second,
                   f->secondfieldparalist, f->n_secondfieldparalist, 1, c) ||
        !ft_need_number(gw, req, "relativePosition", f->relativeposition, 1, 4) ||
        !few_enough(gw, req, count_same(out, c->kind, class_of(c), class_of), list, c->field) ||
        !read_bars(gw, req, list, f->kltype, f->has_consecutiveperiod, f->consecutiveperiod, c))
        return false;
    c->position = (enum ft_relative_position)f->relativeposition;
    if (!comparable(ft_indicator_class(c->field), ft_indicator_class(c->second))) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "firstFieldName %d and secondFieldName %d: only indicators of one "
                                   "class can be compared",
                               "firstFieldName %d 与 secondFieldName %d：仅支持同类指标比较"),
                       c->field, c->second);
        return false;
    }
    if (c->second == FT_IND_VALUE && (!f->has_fieldvalue || isnan(f->fieldvalue))) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "fieldValue is missing: secondFieldName %d needs it",
                               "缺少 fieldValue：secondFieldName %d 需要该值"), c->second);
        return false;
    }
    return true;
}

static int by_cost(const void *a, const void *b)
{
    const struct ft_condition *x = *(const struct ft_condition *const *)a;
    const struct ft_condition *y = *(const struct ft_condition *const *)b;
    return x->cost != y->cost ? (int)x->cost - (int)y->cost : (x > y) - (x < y);
}

bool ft_conditions_read(struct ft_gateway *gw, struct ft_request *req,
                        const QotStockFilter__C2S *c2s, struct ft_conditions *out)
{
    size_t n = c2s->n_basefilterlist + c2s->n_accumulatefilterlist + c2s->n_financialfilterlist +
               c2s->n_patternfilterlist + c2s->n_customindicatorfilterlist;
    *out = (struct ft_conditions){0};
    if (n > FT_CONDITIONS_MAX) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%zu conditions: at most %d are allowed", "共 %zu 个条件：最多 %d 个"),
                       n, FT_CONDITIONS_MAX);
        return false;
    }
    out->list = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *out->list);
    out->by_cost = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *out->by_cost);
    if (!out->list || !out->by_cost) {
        ft_reply_no_memory(gw, req);
        return false;
    }
    for (size_t k = 0; k < c2s->n_basefilterlist; k++, out->count++)
        if (!read_base(gw, req, c2s->basefilterlist[k], out))
            return false;
    for (size_t k = 0; k < c2s->n_accumulatefilterlist; k++, out->count++)
        if (!read_accumulate(gw, req, c2s->accumulatefilterlist[k], out))
            return false;
    for (size_t k = 0; k < c2s->n_financialfilterlist; k++, out->count++)
        if (!read_financial(gw, req, c2s->financialfilterlist[k], out))
            return false;
    for (size_t k = 0; k < c2s->n_patternfilterlist; k++, out->count++)
        if (!read_pattern(gw, req, c2s->patternfilterlist[k], out))
            return false;
    for (size_t k = 0; k < c2s->n_customindicatorfilterlist; k++, out->count++)
        if (!read_indicator(gw, req, c2s->customindicatorfilterlist[k], out))
            return false;
    for (size_t k = 0; k < out->count; k++)
        if (out->list[k].filters)
            out->by_cost[out->filter_count++] = &out->list[k];
    qsort(out->by_cost, out->filter_count, sizeof *out->by_cost, by_cost);
    return true;
}
