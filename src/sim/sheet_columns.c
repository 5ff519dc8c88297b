/* Columns of the sheet: closes, highs and lows, series of bars, sums. */
#include "sim/sheet_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int range_max[KINDS] = {RANGE_DAYS, RANGE_WEEKS, RANGE_MONTHS};

/* ---- Closes --------------------------------------------------------------------------------- */

/* Forgets what was of another trading day. */
static void columns_of(struct row *r, const struct clock *c)
{
    if (r->built_for == c->path.day)
        return;
    r->built_for = c->path.day;
    for (int k = 0; k < KINDS; k++) {
        free(r->columns[k].close);
        r->columns[k].close = NULL;
        r->columns[k].range_from = INT32_MAX;
    }
    r->volume_from = r->turnover_from = INT32_MAX;
    r->year_close_known = r->year_range_known = false;
}

static size_t events_of(struct ft_sheet *s, const struct row *r, ft_day after, ft_day until,
                        struct ft_rehab *out)
{
    return ft_model_recent_rehab(s->model, r->inst->index, after, until, out, EVENTS);
}

const double *ft_sheet_closes(struct ft_sheet *s, struct row *r, struct clock *c, int kind)
{
    columns_of(r, c);
    struct column *col = &r->columns[kind];
    if (col->close)
        return col->close;
    if (!ft_sheet_days(s, r->inst, c, kind))
        return NULL;
    int n = c->count[kind];
    ft_price raw[FT_SERIES_MAX];
    struct ft_rehab events[EVENTS];
    double *close = calloc((size_t)n + 1, sizeof *close);
    if (!close)
        return NULL;
    ft_model_closes_with(s->model, r->inst, c->days[kind], (size_t)n, c->motion[kind], raw);
    size_t event_count = n ? events_of(s, r, c->days[kind][0], c->path.day, events) : 0;
    for (int k = 0; k < n; k++)
        close[k] = raw[k] ? ft_adjust_price(raw[k], c->days[kind][k], events, event_count,
                                            FT_ADJUST_FORWARD) : NAN;
    for (col->first = 0; col->first < n && isnan(close[col->first]);)
        col->first++;
    return col->close = close;
}

/* ---- Highs and lows ------------------------------------------------------------------------- */

static bool period_range(struct ft_sheet *s, const struct row *r, ft_day from, ft_day to,
                         const struct ft_rehab *events, size_t event_count, double *low,
                         double *high)
{
    bool any = false;
    *low = *high = NAN;
    for (ft_day day = to; day >= from;
         day = ft_prev_trading_day(s->world->timetables, r->inst->profile,
                                   &s->world->options.hours, day)) {
        ft_price l = 0, h = 0;
        if (!ft_model_day_range(s->model, r->inst, day, &l, &h))
            continue;
        double dl = ft_adjust_price(l, day, events, event_count, FT_ADJUST_FORWARD);
        double dh = ft_adjust_price(h, day, events, event_count, FT_ADJUST_FORWARD);
        *low = any && *low < dl ? *low : dl;
        *high = any && *high > dh ? *high : dh;
        any = true;
    }
    return any;
}

/* Makes highs and lows known from place `from` on. */
static bool ranges(struct ft_sheet *s, struct row *r, struct clock *c, int kind, int from)
{
    if (!ft_sheet_closes(s, r, c, kind))
        return false;
    struct column *col = &r->columns[kind];
    int n = c->count[kind];
    size_t size = (size_t)kind_max[kind] * sizeof *col->high;
    if (!col->high)
        col->high = calloc(1, size);
    if (!col->low)
        col->low = calloc(1, size);
    if (!col->high || !col->low)
        return false;
    int until = col->range_from < n ? col->range_from : n;
    if (from >= until)
        return true;
    struct ft_rehab events[EVENTS];
    const ft_day *days = c->days[kind];
    size_t event_count = events_of(s, r, from ? days[from - 1] : days[0] - 40, c->path.day, events);
    for (int k = from; k < until; k++) {
        ft_day begin = days[k];
        while (kind != BY_DAY && ft_bar_same_period(bar_kinds[kind], begin - 1, days[k]))
            begin--;
        if (isnan(col->close[k]) ||
            !period_range(s, r, begin, days[k], events, event_count, &col->low[k], &col->high[k]))
            col->low[k] = col->high[k] = NAN;
    }
    col->range_from = from;
    return true;
}

/* The running day's bar as the world has it, kept for the minute; false: nothing has traded. */
static bool today(struct ft_sheet *s, struct row *r, struct ft_bar *out)
{
    const struct clock *c = ft_sheet_clock(s, r);
    bool watched = ft_sheet_live(s, r, c) != NULL;
    if (r->today_minute != c->minute || watched) {
        r->has_today = ft_world_recent_bars(s->world, r->inst->index, FT_BAR_DAY, FT_IN_RTH,
                                            &r->today, 1) == 1 && r->today.day == c->path.day;
        r->today_minute = c->minute;
    }
    *out = r->today;
    return r->has_today;
}

/* Whether the running period has a bar, and its price. */
static bool running(struct ft_sheet *s, struct row *r, const struct clock *c, int kind, ft_price *last)
{
    bool traded = ft_sheet_price_now(s, r, last);
    ft_day prev = ft_prev_trading_day(s->world->timetables, r->inst->profile,
                                      &s->world->options.hours, c->path.day);
    return traded || (kind != BY_DAY && *last > 0 &&
                      ft_bar_same_period(bar_kinds[kind], prev, c->path.day));
}

/* High and low of the running period: its past days and today. */
static void running_range(struct ft_sheet *s, struct row *r, struct clock *c, int kind, double *low,
                          double *high)
{
    struct ft_bar b = {0};
    double l = NAN, h = NAN;
    if (today(s, r, &b)) {
        l = ft_price_to_double(b.low);
        h = ft_price_to_double(b.high);
    }
    if (kind != BY_DAY && ft_sheet_days(s, r->inst, c, BY_DAY)) {
        int first = c->count[BY_DAY];
        while (first > 0 && ft_bar_same_period(bar_kinds[kind], c->days[BY_DAY][first - 1],
                                               c->path.day))
            first--;
        if (ranges(s, r, c, BY_DAY, first))
            for (int k = first; k < c->count[BY_DAY]; k++) {
                const struct column *col = &r->columns[BY_DAY];
                l = isnan(l) || col->low[k] < l ? col->low[k] : l;
                h = isnan(h) || col->high[k] > h ? col->high[k] : h;
            }
    }
    *low = l;
    *high = h;
}

/* ---- Series --------------------------------------------------------------------------------- */

static void hours(struct ft_sheet *s, struct row *r, struct ft_series *out)
{
    size_t n = ft_world_recent_bars(s->world, r->inst->index, FT_BAR_60M, FT_IN_RTH, s->bars,
                                    HOUR_BARS);
    struct ft_rehab events[EVENTS];
    ft_day day = ft_sheet_clock(s, r)->path.day;
    size_t event_count = n ? events_of(s, r, s->bars[0].day, day, events) : 0;
    for (size_t k = 0; k < n; k++) {
        const struct ft_bar *b = &s->bars[k];
        s->close[k] = ft_adjust_price(b->close, b->day, events, event_count, FT_ADJUST_FORWARD);
        s->high[k] = ft_adjust_price(b->high, b->day, events, event_count, FT_ADJUST_FORWARD);
        s->low[k] = ft_adjust_price(b->low, b->day, events, event_count, FT_ADJUST_FORWARD);
    }
    *out = (struct ft_series){s->close, s->high, s->low, n};
}

void ft_sheet_series(struct ft_sheet *s, size_t row, enum ft_bar_kind bar_kind, bool range,
                     struct ft_series *out)
{
    struct row *r = &s->rows[row];
    struct clock *c = ft_sheet_clock(s, r);
    *out = (struct ft_series){s->close, s->high, s->low, 0};
    if (bar_kind == FT_BAR_60M) {
        hours(s, r, out);
        return;
    }
    int kind = bar_kind == FT_BAR_WEEK ? BY_WEEK : bar_kind == FT_BAR_MONTH ? BY_MONTH : BY_DAY;
    if (!ft_sheet_closes(s, r, c, kind))
        return;
    struct column *col = &r->columns[kind];
    int n = c->count[kind], from = range && n > range_max[kind] ? n - range_max[kind] : 0;
    from = from > col->first ? from : col->first;
    if (range && !ranges(s, r, c, kind, from))
        return;
    size_t count = (size_t)(n - from);
    ft_price last;
    bool runs = running(s, r, c, kind, &last);
    col->close[n] = ft_price_to_double(last);
    *out = (struct ft_series){col->close + from, s->high, s->low, count + runs};
    if (!range)
        return;
    memcpy(s->high, col->high + from, count * sizeof *s->high);
    memcpy(s->low, col->low + from, count * sizeof *s->low);
    if (!runs)
        return;
    running_range(s, r, c, kind, &s->low[count], &s->high[count]);
    /* The price is of the last full minute, or newer than the bar's. */
    if (isnan(s->low[count]) || col->close[n] < s->low[count])
        s->low[count] = col->close[n];
    if (isnan(s->high[count]) || col->close[n] > s->high[count])
        s->high[count] = col->close[n];
}

/* ---- Accumulated figures -------------------------------------------------------------------- */

double ft_sheet_close_before(struct ft_sheet *s, size_t row, int days)
{
    struct row *r = &s->rows[row];
    struct clock *c = ft_sheet_clock(s, r);
    const double *close = ft_sheet_closes(s, r, c, BY_DAY);
    ft_price last;
    int newest = c->count[BY_DAY] - !ft_sheet_price_now(s, r, &last);
    return close && newest - days >= 0 ? close[newest - days] : NAN;
}

double ft_sheet_close_of_last_year(struct ft_sheet *s, size_t row)
{
    struct row *r = &s->rows[row];
    struct clock *c = ft_sheet_clock(s, r);
    columns_of(r, c);
    if (r->year_close_known)
        return r->year_close;
    ft_day begin = ft_day_of(ft_date_of(c->path.day).year, 1, 1);
    ft_day day = ft_prev_trading_day(s->world->timetables, r->inst->profile,
                                     &s->world->options.hours, begin);
    ft_price close;
    struct ft_rehab events[EVENTS];
    ft_model_closes(s->model, r->inst->index, &day, 1, &close);
    size_t n = events_of(s, r, day, c->path.day, events);
    r->year_close = close ? ft_adjust_price(close, day, events, n, FT_ADJUST_FORWARD) : NAN;
    r->year_close_known = true;
    return r->year_close;
}

/* Places of the last `days` days among the past ones: from *first on; true: and today. */
static bool last_days(struct ft_sheet *s, struct row *r, struct clock *c, int days, int *first)
{
    ft_price last;
    bool traded = ft_sheet_price_now(s, r, &last);
    if (!ft_sheet_days(s, r->inst, c, BY_DAY))
        return false;
    int n = c->count[BY_DAY];
    *first = n - days + traded > 0 ? n - days + traded : 0;
    return traded;
}

bool ft_sheet_range(struct ft_sheet *s, size_t row, int days, double *low, double *high)
{
    struct row *r = &s->rows[row];
    struct clock *c = ft_sheet_clock(s, r);
    int first = 0;
    bool any = false, with_today = last_days(s, r, c, days, &first);
    *low = *high = 0;
    struct ft_bar b = {0};
    if (with_today && today(s, r, &b)) {
        *low = ft_price_to_double(b.low);
        *high = ft_price_to_double(b.high);
        any = true;
    }
    if (!ranges(s, r, c, BY_DAY, first))
        return any;
    const struct column *col = &r->columns[BY_DAY];
    for (int k = first; k < c->count[BY_DAY]; k++) {
        if (isnan(col->low[k]))
            continue;
        *low = any && *low < col->low[k] ? *low : col->low[k];
        *high = any && *high > col->high[k] ? *high : col->high[k];
        any = true;
    }
    return any;
}

bool ft_sheet_year_range(struct ft_sheet *s, size_t row, double *low, double *high)
{
    struct row *r = &s->rows[row];
    struct clock *c = ft_sheet_clock(s, r);
    if (!ft_sheet_closes(s, r, c, BY_DAY))
        return false;
    if (!r->year_range_known) {
        const double *close = r->columns[BY_DAY].close;
        r->year_low = r->year_high = NAN;
        for (int k = r->columns[BY_DAY].first; k < c->count[BY_DAY]; k++) {
            if (c->days[BY_DAY][k] < c->path.day - YEAR_DAYS || isnan(close[k]))
                continue;
            r->year_high = isnan(r->year_high) || close[k] > r->year_high ? close[k] : r->year_high;
            r->year_low = isnan(r->year_low) || close[k] < r->year_low ? close[k] : r->year_low;
        }
        r->year_range_known = true;
    }
    struct ft_bar b = {0};
    *low = r->year_low;
    *high = r->year_high;
    if (today(s, r, &b)) {
        double l = ft_price_to_double(b.low), h = ft_price_to_double(b.high);
        *low = isnan(*low) || l < *low ? l : *low;
        *high = isnan(*high) || h > *high ? h : *high;
    }
    return !isnan(*low);
}

int ft_sheet_volume(struct ft_sheet *s, size_t row, int days, double *shares)
{
    struct row *r = &s->rows[row];
    struct clock *c = ft_sheet_clock(s, r);
    struct ft_bar b = {0};
    int first = 0, count = 0;
    bool with_today = last_days(s, r, c, days, &first) && today(s, r, &b);
    *shares = with_today ? ft_qty_to_double(b.volume) : 0;
    count += with_today;
    columns_of(r, c);
    if (!r->volume && !(r->volume = calloc(DAYS, sizeof *r->volume)))
        return count;
    for (int k = first; k < c->count[BY_DAY]; k++) {
        if (k < r->volume_from) {
            r->volume[k] =
                ft_qty_to_double(ft_model_day_volume(s->model, r->inst, c->days[BY_DAY][k]));
        }
        *shares += r->volume[k];
        count += r->volume[k] > 0;
    }
    r->volume_from = first < r->volume_from ? first : r->volume_from;
    return count;
}

int ft_sheet_turnover(struct ft_sheet *s, size_t row, int days, double *money)
{
    struct row *r = &s->rows[row];
    struct clock *c = ft_sheet_clock(s, r);
    struct ft_bar b = {0};
    int first = 0, count = 0;
    bool with_today = last_days(s, r, c, days, &first) && today(s, r, &b);
    *money = with_today ? ft_money_to_double(b.turnover) : 0;
    count += with_today;
    columns_of(r, c);
    if (!r->turnover && !(r->turnover = calloc(DAYS, sizeof *r->turnover)))
        return count;
    for (int k = first; k < c->count[BY_DAY]; k++) {
        if (k < r->turnover_from) {
            bool has = ft_model_day(s->model, r->inst->index, c->days[BY_DAY][k], &b);
            r->turnover[k] = has ? ft_money_to_double(b.turnover) : 0;
        }
        *money += r->turnover[k];
        count += r->turnover[k] > 0;
    }
    r->turnover_from = first < r->turnover_from ? first : r->turnover_from;
    return count;
}
