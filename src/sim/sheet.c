#include "sim/sheet_state.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

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

struct clock *ft_sheet_clock(struct ft_sheet *s, const struct row *r)
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
bool ft_sheet_days(struct ft_sheet *s, const struct ft_instrument *inst, struct clock *c, int kind)
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

const struct ft_tape *ft_sheet_live(const struct ft_sheet *s, const struct row *r,
                                    const struct clock *c)
{
    const struct ft_tape *tape = ft_world_live(s->world, r->inst->index);
    return tape && tape->day == c->path.day ? tape : NULL;
}

/* Whether the running day has a bar, and its price. */
bool ft_sheet_price_now(struct ft_sheet *s, struct row *r, ft_price *last)
{
    if (s->moment_ns != s->world->now_ns) {
        s->moment_ns = s->world->now_ns;
        s->moment++;
    }
    if (r->priced != s->moment) {
        const struct clock *c = ft_sheet_clock(s, r);
        if (r->at.minute != c->minute)
            refresh(s, r, c);
        const struct ft_tape *tape = ft_sheet_live(s, r, c);
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
    ft_day day = ft_sheet_clock(s, r)->path.day;
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
    ft_day day = ft_sheet_clock(s, &s->rows[0])->path.day;
    if (s->warm_day != day) { /* another day: all anew */
        s->warm_day = day;
        s->warm = 0;
    }
    ft_price last;
    for (; rows > 0 && s->warm < s->count; rows--, s->warm++) {
        struct row *r = &s->rows[s->warm];
        ft_sheet_price_now(s, r, &last);
        ft_sheet_facts(s, s->warm);
        ft_sheet_closes(s, r, ft_sheet_clock(s, r), BY_DAY);
    }
    return s->warm < s->count;
}

ft_price ft_sheet_last(struct ft_sheet *s, size_t row)
{
    ft_price last;
    ft_sheet_price_now(s, &s->rows[row], &last);
    return last;
}

ft_day ft_sheet_day(struct ft_sheet *s, size_t row)
{
    return ft_sheet_clock(s, &s->rows[row])->path.day;
}
