#include "sim/sheet.h"

#include "sim/model_state.h"
#include "sim/world_state.h"

#include "base/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLOCKS_MAX = 128,          /* timetables of stocks: a handful */
    DAYS = FT_SERIES_MAX - 1,  /* past bars of each kind */
    WEEKS = 299,
    MONTHS = 199,
    RANGE_DAYS = 120,          /* bars with highs and lows: KDJ has forgotten what lies before */
    RANGE_WEEKS = 80,
    RANGE_MONTHS = 60,
    HOUR_BARS = 150,
    EVENTS = 96,
    BACKTRACK = 64,            /* minutes in which even a quiet stock trades */
    YEAR_DAYS = 365,
};
enum { BY_DAY, BY_WEEK, BY_MONTH, KINDS };

static const int kind_max[KINDS] = {DAYS, WEEKS, MONTHS};
static const int range_max[KINDS] = {RANGE_DAYS, RANGE_WEEKS, RANGE_MONTHS};
static const enum ft_bar_kind bar_kinds[KINDS] = {FT_BAR_DAY, FT_BAR_WEEK, FT_BAR_MONTH};

/* Where a timetable stands: what all stocks of it have in common. */
struct clock {
    int8_t profile;
    int market;           /* Shenzhen with Shanghai */
    int64_t minute;       /* world minute that `done` is of, + 1; 0: never */
    struct day_path path; /* layout of the running day, or of the last one that ran */
    int first, done;      /* borders of the path: regular session's start, minutes finished */
    int64_t auction_ns;   /* when the opening auction prints (HK) */
    bool opened, printed; /* the regular session; that auction */
    bool listed[KINDS];
    int count[KINDS];
    ft_day *days[KINDS];  /* last trading days of past periods, ascending, */
    double *motion[KINDS]; /* and the market's motion at their ends */
};

/* A stock's way along the running day. */
struct cursor {
    ft_day day;
    int64_t minute; /* world minute that `last` is of, + 1 */
    int k, last_k;  /* border reached; border of the last trade, -1: none */
    double sum, last_sum;
    struct day_noise noise;
    struct volume_rule volume;
    ft_price low, high; /* daily limits */
    ft_price prev_close, last;
};

/* Columns of one kind of bar, by place in clock.days; NAN: not listed yet. */
struct column {
    double *close; /* and a place more, for the running bar */
    int first;     /* first one that is known */
    double *high, *low; /* known from `range_from` on */
    int range_from;
};

struct row {
    const struct ft_instrument *inst;
    struct clock *clock; /* of its timetable and market */
    struct cursor at;
    uint64_t priced;  /* moment that `price` is of */
    ft_price price;
    bool traded;
    ft_day facts_of;  /* day that the facts are of */
    struct ft_sheet_facts facts;
    ft_day built_for; /* running day that the columns below are of */
    struct column columns[KINDS];
    double *volume, *turnover;  /* by day; known from these places on */
    int volume_from, turnover_from;
    double year_close, year_low, year_high;
    bool year_close_known, year_range_known;
    int64_t today_minute; /* world minute + 1 that `today` is of */
    struct ft_bar today;
    bool has_today;
};

struct ft_sheet {
    struct ft_world *world;
    struct ft_model *model;
    struct row *rows;
    size_t count;
    struct ft_map64 places; /* ft_inst + 1 -> struct row */
    struct clock *clocks[CLOCKS_MAX];
    size_t clock_count;
    uint64_t moment;    /* counts moments of world time: a price holds for one */
    int64_t moment_ns;
    size_t warm;        /* rows that ft_sheet_warm has been at today */
    ft_day warm_day;
    double close[FT_SERIES_MAX], high[FT_SERIES_MAX], low[FT_SERIES_MAX];
    struct ft_bar bars[HOUR_BARS];
};

/* ---- Rows ----------------------------------------------------------------------------------- */

static int market_of(const struct ft_instrument *inst)
{
    return inst->market == FT_MARKET_SZ ? FT_MARKET_SH : inst->market;
}

static struct clock *find_clock(struct ft_sheet *s, const struct ft_instrument *inst)
{
    for (size_t k = 0; k < s->clock_count; k++)
        if (s->clocks[k]->profile == inst->profile && s->clocks[k]->market == market_of(inst))
            return s->clocks[k];
    FT_CHECK(s->clock_count < CLOCKS_MAX);
    struct clock *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->profile = inst->profile;
    c->market = market_of(inst);
    return s->clocks[s->clock_count++] = c;
}

/* Rows are in order of market, Shenzhen with Shanghai, and code. */
static int by_code(const void *a, const void *b)
{
    const struct ft_instrument *x = ((const struct row *)a)->inst, *y = ((const struct row *)b)->inst;
    int mx = market_of(x), my = market_of(y);
    int order = mx != my ? mx - my : strcmp(x->code, y->code);
    return order ? order : x->market - y->market;
}

struct ft_sheet *ft_sheet_new(struct ft_world *w)
{
    struct ft_sheet *s = calloc(1, sizeof *s);
    size_t n = ft_universe_count(w->universe), stocks = 0;
    if (!s)
        return NULL;
    s->world = w;
    s->model = w->model;
    s->warm_day = FT_NO_DAY;
    for (size_t k = 0; k < n; k++)
        stocks += ft_universe_at(w->universe, (ft_inst)k)->type == FT_SEC_STOCK;
    s->rows = calloc(stocks + 1, sizeof *s->rows);
    bool fits = s->rows != NULL;
    for (size_t k = 0; fits && k < n; k++) {
        const struct ft_instrument *inst = ft_universe_at(w->universe, (ft_inst)k);
        if (inst->type != FT_SEC_STOCK)
            continue;
        struct row *r = &s->rows[s->count++];
        r->inst = inst;
        r->built_for = r->facts_of = r->at.day = FT_NO_DAY;
    }
    if (fits)
        qsort(s->rows, s->count, sizeof *s->rows, by_code);
    for (size_t k = 0; fits && k < s->count; k++)
        fits = ft_map64_put(&s->places, (uint64_t)s->rows[k].inst->index + 1, &s->rows[k]) == 0;
    for (size_t k = 0; fits && k < s->count; k++)
        fits = (s->rows[k].clock = find_clock(s, s->rows[k].inst)) != NULL;
    if (fits)
        return s;
    ft_sheet_free(s);
    return NULL;
}

static void row_free(struct row *r)
{
    for (int k = 0; k < KINDS; k++) {
        free(r->columns[k].close);
        free(r->columns[k].high);
        free(r->columns[k].low);
    }
    free(r->volume);
    free(r->turnover);
}

void ft_sheet_free(struct ft_sheet *s)
{
    if (!s)
        return;
    for (size_t k = 0; k < s->count; k++)
        row_free(&s->rows[k]);
    for (size_t k = 0; k < s->clock_count; k++) {
        for (int d = 0; d < KINDS; d++) {
            free(s->clocks[k]->days[d]);
            free(s->clocks[k]->motion[d]);
        }
        free(s->clocks[k]);
    }
    ft_map64_free(&s->places);
    free(s->rows);
    free(s);
}

size_t ft_sheet_rows(const struct ft_sheet *s)
{
    return s->count;
}

const struct ft_instrument *ft_sheet_instrument(const struct ft_sheet *s, size_t row)
{
    return s->rows[row].inst;
}

size_t ft_sheet_find(const struct ft_sheet *s, ft_inst i)
{
    const struct row *r = ft_map64_get(&s->places, (uint64_t)i + 1);
    return r ? (size_t)(r - s->rows) : SIZE_MAX;
}

/* ---- Clocks --------------------------------------------------------------------------------- */

static int64_t world_minute(const struct ft_sheet *s)
{
    return s->world->now_ns / (60 * FT_NS_PER_SEC) + 1;
}

/* Lays out the newest day whose trading has begun, extended hours included. */
static void set_day(struct ft_sheet *s, const struct ft_instrument *inst, struct clock *c)
{
    struct ft_moment m;
    ft_world_moment(s->world, inst->index, s->world->now_ns, &m);
    ft_day day = m.trading_day;
    if (c->minute && c->path.day == day)
        return;
    c->path.day = day;
    ft_model_lay_out(s->model, inst, &c->path);
    c->first = c->path.minutes;
    for (int k = c->path.span_count - 1; k >= 0; k--)
        if (c->path.spans[k].session == FT_SES_REGULAR)
            c->first = c->path.spans[k].first;
    memset(c->listed, 0, sizeof c->listed);
    c->auction_ns = INT64_MAX;
    if (!c->path.opening_auction || c->path.span_count == 0)
        return;
    /* Its print is there from the match on, before its bar's label (ft_world_model_minutes). */
    c->auction_ns = c->path.spans[0].start_ns - 60 * FT_NS_PER_SEC;
    struct ft_span spans[FT_SPANS_MAX];
    int n = ft_day_spans(s->world->timetables, inst->profile, &s->world->options.hours, day, spans);
    for (int k = n - 1; k >= 0; k--)
        if (spans[k].phase == FT_PHASE_MATCH)
            c->auction_ns = ft_minute_to_utc(s->world->timetables, inst->profile, day, spans[k].start);
}

static struct clock *clock_of(struct ft_sheet *s, const struct row *r)
{
    struct clock *c = r->clock;
    if (c->minute == world_minute(s))
        return c;
    set_day(s, r->inst, c);
    c->minute = world_minute(s);
    c->done = c->first;
    c->opened = false;
    int64_t now = (c->minute - 1) * 60 * FT_NS_PER_SEC;
    c->printed = now > c->auction_ns;
    for (int k = 0; k < c->path.span_count; k++) {
        const struct path_span *span = &c->path.spans[k];
        if (span->session != FT_SES_REGULAR || now < span->start_ns)
            continue;
        int end = k + 1 < c->path.span_count ? c->path.spans[k + 1].first : c->path.minutes;
        int64_t passed = (now - span->start_ns) / (60 * FT_NS_PER_SEC);
        c->done = passed < end - span->first ? span->first + (int)passed : end;
        c->opened = true;
    }
    return c;
}

/* Past periods' last trading days, ascending, the newest kind_max of them. */
static bool list_days(struct ft_sheet *s, const struct ft_instrument *inst, struct clock *c, int kind)
{
    if (c->listed[kind])
        return true;
    int max = kind_max[kind], n = max;
    if (!c->days[kind] && !(c->days[kind] = malloc((size_t)max * sizeof(ft_day))))
        return false;
    if (!c->motion[kind] && !(c->motion[kind] = malloc((size_t)max * sizeof(double))))
        return false;
    ft_day day = c->path.day, earliest = ft_universe_as_of(s->world->universe) - 31 * 366;
    while (n > 0 && day > earliest) {
        /* The first day of the period, of which the day before is in an earlier one. */
        ft_day begin = day;
        while (kind != BY_DAY && ft_bar_same_period(bar_kinds[kind], begin - 1, day))
            begin--;
        day = ft_prev_trading_day(s->world->timetables, inst->profile, &s->world->options.hours,
                                  begin);
        c->days[kind][--n] = day;
    }
    c->count[kind] = max - n;
    memmove(c->days[kind], c->days[kind] + n, (size_t)c->count[kind] * sizeof(ft_day));
    ft_model_brownian(s->model->seed, ft_model_market_stream(inst), c->days[kind],
                      (size_t)c->count[kind], c->motion[kind]);
    return c->listed[kind] = true;
}

static const double *closes(struct ft_sheet *s, struct row *r, struct clock *c, int kind);

/* ---- Prices --------------------------------------------------------------------------------- */

static void begin_day(struct ft_sheet *s, struct row *r, const struct clock *c)
{
    struct cursor *at = &r->at;
    ft_day prev = ft_prev_trading_day(s->world->timetables, r->inst->profile,
                                      &s->world->options.hours, c->path.day);
    *at = (struct cursor){.day = c->path.day, .k = 0, .last_k = -1};
    ft_model_closes(s->model, r->inst->index, &prev, 1, &at->prev_close);
    if (!at->prev_close) /* suspended, or not listed before: the price that is known */
        at->prev_close = ft_model_on_grid(s->model, r->inst, prev,
                                          ft_model_close(s->model, r->inst, prev), 0, 0);
    if (!ft_model_noise(s->model, r->inst, &c->path, &at->noise))
        return;
    double start = ft_model_at_border(s->model, r->inst, at->day, &at->noise, 0, 0);
    at->volume = ft_model_volume_rule(s->model, r->inst, &c->path, start);
    if (r->inst->daily_limit) {
        double before = ft_model_close(s->model, r->inst, prev);
        ft_model_limits(s->model, r->inst, at->day,
                        ft_model_on_grid(s->model, r->inst, prev, before, 0, 0), &at->low, &at->high);
    }
    for (; at->k < c->first; at->k++)
        at->sum += ft_noise_of_minute(&at->noise, at->k);
}

/* Walks to border `to`, noting the last minute that traded, if it is to look. */
static void walk(struct cursor *at, const struct clock *c, int to, bool look)
{
    for (; at->k < to; at->k++) {
        at->sum += ft_noise_of_minute(&at->noise, at->k);
        if (look && ft_volume_of_minute(&at->volume, at->k, at->k - c->first) > 0) {
            at->last_k = at->k + 1;
            at->last_sum = at->sum;
        }
    }
}

static void find_last(struct cursor *at, const struct clock *c)
{
    int k = at->k, last_k = at->last_k;
    double sum = at->sum;
    if (c->done - at->k > BACKTRACK) { /* far to go: only the newest minutes matter */
        walk(at, c, c->done - BACKTRACK, false);
        walk(at, c, c->done, true);
        if (at->last_k > last_k)
            return;
        at->k = k;
        at->sum = sum;
    }
    walk(at, c, c->done, true);
}

static void refresh(struct ft_sheet *s, struct row *r, const struct clock *c)
{
    struct cursor *at = &r->at;
    if (at->day != c->path.day || at->k > c->done)
        begin_day(s, r, c);
    at->minute = c->minute;
    at->last = at->prev_close;
    if (r->inst->suspended || !(c->opened || c->printed) || !c->path.minutes)
        return;
    if (at->last_k < 0 && at->k == c->first && c->printed &&
        at->volume.shares * 0.01 / (double)at->volume.lot >= 1) {
        at->last_k = at->k; /* the opening auction's price */
        at->last_sum = at->sum;
    }
    find_last(at, c);
    if (at->last_k < 0)
        return;
    double value = ft_model_at_border(s->model, r->inst, at->day, &at->noise, at->last_k,
                                      at->last_sum);
    at->last = ft_model_on_grid(s->model, r->inst, at->day, value, at->low, at->high);
}

static const struct ft_tape *live(const struct ft_sheet *s, const struct row *r, const struct clock *c)
{
    const struct ft_tape *tape = ft_world_live(s->world, r->inst->index);
    return tape && tape->day == c->path.day ? tape : NULL;
}

/* Whether the running day has a bar, and its price. */
static bool price_now(struct ft_sheet *s, struct row *r, ft_price *last)
{
    if (s->moment_ns != s->world->now_ns) {
        s->moment_ns = s->world->now_ns;
        s->moment++;
    }
    if (r->priced != s->moment) {
        const struct clock *c = clock_of(s, r);
        if (r->at.minute != c->minute)
            refresh(s, r, c);
        const struct ft_tape *tape = live(s, r, c);
        r->price = !tape ? r->at.last : tape->regular.last ? tape->regular.last : tape->prev_close;
        r->traded = tape ? tape->regular.last > 0 : r->at.last_k >= 0;
        r->priced = s->moment;
    }
    *last = r->price;
    return r->traded;
}

const struct ft_sheet_facts *ft_sheet_facts(struct ft_sheet *s, size_t row)
{
    struct row *r = &s->rows[row];
    ft_day day = clock_of(s, r)->path.day;
    if (r->facts_of != day) {
        struct ft_fundamentals f;
        ft_inst i = r->inst->index;
        ft_model_earnings(s->model, i, day, &f);
        r->facts = (struct ft_sheet_facts){.eps = f.eps, .eps_ttm = f.eps_ttm,
                                           .nav = f.nav_per_share};
        ft_model_flows_per_share(s->model, i, day, &r->facts.sales, &r->facts.cash);
        r->facts_of = day;
    }
    return &r->facts;
}

bool ft_sheet_warm(struct ft_sheet *s, size_t rows)
{
    if (s->count == 0)
        return false;
    ft_day day = clock_of(s, &s->rows[0])->path.day;
    if (s->warm_day != day) { /* another day: all anew */
        s->warm_day = day;
        s->warm = 0;
    }
    ft_price last;
    for (; rows > 0 && s->warm < s->count; rows--, s->warm++) {
        struct row *r = &s->rows[s->warm];
        price_now(s, r, &last);
        ft_sheet_facts(s, s->warm);
        closes(s, r, clock_of(s, r), BY_DAY);
    }
    return s->warm < s->count;
}

ft_price ft_sheet_last(struct ft_sheet *s, size_t row)
{
    ft_price last;
    price_now(s, &s->rows[row], &last);
    return last;
}

ft_day ft_sheet_day(struct ft_sheet *s, size_t row)
{
    return clock_of(s, &s->rows[row])->path.day;
}

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

static const double *closes(struct ft_sheet *s, struct row *r, struct clock *c, int kind)
{
    columns_of(r, c);
    struct column *col = &r->columns[kind];
    if (col->close)
        return col->close;
    if (!list_days(s, r->inst, c, kind))
        return NULL;
    int n = c->count[kind];
    ft_price raw[FT_SERIES_MAX];
    struct ft_rehab events[EVENTS];
    double *close = malloc((size_t)(n + 1) * sizeof *close);
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
    if (!closes(s, r, c, kind))
        return false;
    struct column *col = &r->columns[kind];
    int n = c->count[kind];
    size_t size = (size_t)kind_max[kind] * sizeof *col->high;
    if (!col->high)
        col->high = malloc(size);
    if (!col->low)
        col->low = malloc(size);
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
    const struct clock *c = clock_of(s, r);
    bool watched = live(s, r, c) != NULL;
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
    bool traded = price_now(s, r, last);
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
    if (kind != BY_DAY && list_days(s, r->inst, c, BY_DAY)) {
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
    ft_day day = clock_of(s, r)->path.day;
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
    struct clock *c = clock_of(s, r);
    *out = (struct ft_series){s->close, s->high, s->low, 0};
    if (bar_kind == FT_BAR_60M) {
        hours(s, r, out);
        return;
    }
    int kind = bar_kind == FT_BAR_WEEK ? BY_WEEK : bar_kind == FT_BAR_MONTH ? BY_MONTH : BY_DAY;
    if (!closes(s, r, c, kind))
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
    struct clock *c = clock_of(s, r);
    const double *close = closes(s, r, c, BY_DAY);
    ft_price last;
    int newest = c->count[BY_DAY] - !price_now(s, r, &last);
    return close && newest - days >= 0 ? close[newest - days] : NAN;
}

double ft_sheet_close_of_last_year(struct ft_sheet *s, size_t row)
{
    struct row *r = &s->rows[row];
    struct clock *c = clock_of(s, r);
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
    bool traded = price_now(s, r, &last);
    if (!list_days(s, r->inst, c, BY_DAY))
        return false;
    int n = c->count[BY_DAY];
    *first = n - days + traded > 0 ? n - days + traded : 0;
    return traded;
}

bool ft_sheet_range(struct ft_sheet *s, size_t row, int days, double *low, double *high)
{
    struct row *r = &s->rows[row];
    struct clock *c = clock_of(s, r);
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
    struct clock *c = clock_of(s, r);
    if (!closes(s, r, c, BY_DAY))
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
    struct clock *c = clock_of(s, r);
    struct ft_bar b = {0};
    int first = 0, count = 0;
    bool with_today = last_days(s, r, c, days, &first) && today(s, r, &b);
    *shares = with_today ? ft_qty_to_double(b.volume) : 0;
    count += with_today;
    columns_of(r, c);
    if (!r->volume && !(r->volume = malloc(DAYS * sizeof *r->volume)))
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
    struct clock *c = clock_of(s, r);
    struct ft_bar b = {0};
    int first = 0, count = 0;
    bool with_today = last_days(s, r, c, days, &first) && today(s, r, &b);
    *money = with_today ? ft_money_to_double(b.turnover) : 0;
    count += with_today;
    columns_of(r, c);
    if (!r->turnover && !(r->turnover = malloc(DAYS * sizeof *r->turnover)))
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
