/* What the conditions of 3215 look at in a row. */
#include "gateway/build_quote.h"
#include "gateway/quote_cache.h"
#include "gateway/stock_filter.h"

#include <math.h>

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static double percent_from(double now, double then)
{
    return then > 0 ? (now / then - 1) * 100 : NAN;
}

/* Fields 4 to 7: against the year's extremes. */
static double extreme_value(struct ft_sheet *s, size_t row, int field, double last)
{
    double low, high, day_low = last, day_high = last;
    if (!ft_sheet_year_range(s, row, &low, &high))
        return NAN;
    if (field >= 6 && !ft_sheet_range(s, row, 1, &day_low, &day_high))
        return NAN;
    switch (field) {
    case 4: return percent_from(last, high);
    case 5: return percent_from(last, low);
    case 6: return percent_from(day_high, high);
    }
    return percent_from(day_low, low);
}

/* Price over a figure per share. */
static double price_ratio(struct ft_sheet *s, size_t row, int field, double last)
{
    const struct ft_sheet_facts *f = ft_sheet_facts(s, row);
    switch (field) {
    case 12: return ratio(last, f->eps);
    case 13: return ratio(last, f->eps_ttm);
    case 14: return ratio(last, f->nav);
    case 17: return ratio(last, f->sales) * 100; /* in percent, as the samples of the wire say */
    }
    return ratio(last, f->cash) * 100;
}

static double base_value(struct ft_gateway *gw, struct ft_sheet *s, size_t row, int field)
{
    const struct ft_instrument *inst = ft_sheet_instrument(s, row);
    if (field <= 2)
        return 0; /* code and name are in every row anyway */
    if (field == 19)
        return (double)inst->issued;
    if (field == 20)
        return (double)inst->outstanding;
    ft_price price = ft_sheet_last(s, row);
    if (price <= 0)
        return NAN; /* none that anybody knows */
    double last = ft_price_to_double(price);
    const struct ft_quote *q;
    switch (field) {
    case 3: return last;
    case 8: return ft_volume_ratio(gw, inst, ft_quote_cached(gw, inst->index));
    case 9:
        q = ft_quote_cached(gw, inst->index);
        return ratio((double)(q->bid_qty - q->ask_qty), (double)(q->bid_qty + q->ask_qty)) * 100;
    case 10: return last * inst->lot;
    case 11: return last * (double)inst->issued;
    case 15:
        q = ft_quote_cached(gw, inst->index);
        return percent_from((double)q->last, (double)q->price_5min_ago);
    case 16: return percent_from(last, ft_sheet_close_of_last_year(s, row));
    case 21: return last * (double)inst->outstanding;
    }
    return field <= 7 ? extreme_value(s, row, field, last) : price_ratio(s, row, field, last);
}

static double accumulate_value(struct ft_sheet *s, size_t row, int field, int days)
{
    double last = ft_price_to_double(ft_sheet_last(s, row)), low, high, sum;
    int n;
    if (last <= 0)
        return NAN;
    switch (field) {
    case 1: return percent_from(last, ft_sheet_close_before(s, row, days));
    case 2:
        if (!ft_sheet_range(s, row, days, &low, &high))
            return NAN;
        return ratio(high - low, ft_sheet_close_before(s, row, days)) * 100;
    case 3:
        n = ft_sheet_volume(s, row, days, &sum);
        return n ? sum / n : NAN;
    case 4:
        n = ft_sheet_turnover(s, row, days, &sum);
        return n ? sum / n : NAN;
    }
    n = ft_sheet_volume(s, row, days, &sum);
    return n ? ratio(sum, (double)ft_sheet_instrument(s, row)->outstanding) * 100 : NAN;
}

double ft_condition_value(struct ft_gateway *gw, struct ft_sheet *s, size_t row,
                          const struct ft_condition *c)
{
    if (c->kind == FT_COND_BASE)
        return base_value(gw, s, row, c->field);
    if (c->kind == FT_COND_ACCUMULATE)
        return accumulate_value(s, row, c->field, c->days);
    return ft_model_financial(ft_world_model(gw->world), ft_sheet_instrument(s, row)->index,
                              ft_sheet_day(s, row), c->field, c->quarter);
}

static void tails(struct ft_sheet *s, size_t row, const struct ft_condition *c, size_t tail,
                  double out[2][FT_TAIL_MAX])
{
    struct ft_series series;
    ft_sheet_series(s, row, c->bars, c->range, &series);
    ft_indicator_tail(c->field, c->params[0], &series, tail, out[0]);
    if (c->second != FT_IND_VALUE) {
        ft_indicator_tail(c->second, c->params[1], &series, tail, out[1]);
        return;
    }
    for (size_t k = 0; k < tail; k++)
        out[1][k] = c->value;
}

void ft_condition_sides(struct ft_sheet *s, size_t row, const struct ft_condition *c, double out[2])
{
    double v[2][FT_TAIL_MAX];
    tails(s, row, c, 1, v);
    out[0] = v[0][0];
    out[1] = v[1][0];
}

bool ft_condition_holds(struct ft_gateway *gw, struct ft_sheet *s, size_t row,
                        const struct ft_condition *c)
{
    if (c->kind == FT_COND_PATTERN) {
        struct ft_series series;
        ft_sheet_series(s, row, c->bars, c->range, &series);
        return ft_pattern_holds(c->field, &series, c->run);
    }
    if (c->kind == FT_COND_INDICATOR) {
        double v[2][FT_TAIL_MAX];
        size_t tail = (size_t)c->run + 1;
        tails(s, row, c, tail, v);
        return ft_position_holds(c->position, v[0], v[1], tail, (size_t)c->run);
    }
    double v = ft_condition_value(gw, s, row, c);
    return !isnan(v) && ft_bound_holds(&c->bound, v);
}
