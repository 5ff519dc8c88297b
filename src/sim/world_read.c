/* Questions to the world: figures, books and bars of any instrument, watched or not. */
#include "sim/world_state.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

enum { HISTORY_SPAN_DAYS = 40 * 366 };

static int64_t minute_utc(const struct ft_world *w, const struct ft_instrument *inst, ft_day day,
                          int32_t minute)
{
    return ft_tz_to_utc(ft_profile_tz(w->timetables, inst->profile), day, minute * 60) *
           FT_NS_PER_SEC;
}

enum ft_session ft_world_session_of(const struct ft_span *spans, int n, ft_day day,
                                    const struct ft_bar *bar)
{
    /* The minute that a label ends lies just before it; an opening auction's label is its own. */
    int32_t at = (bar->label_day - day) * 1440 + bar->minute - !bar->opening_auction;
    for (int k = 0; k < n; k++)
        if (at >= spans[k].start && at < spans[k].end && spans[k].session != FT_SES_NONE)
            return spans[k].session == FT_SES_AUCTION ? FT_SES_REGULAR : spans[k].session;
    return FT_SES_REGULAR; /* auctions whose trades are labelled with the session beside them */
}

/* When the opening auction matches: its print is there before its bar's label. */
static int64_t auction_match_ns(const struct ft_world *w, const struct ft_instrument *inst,
                                ft_day day, const struct ft_span *spans, int n, int64_t otherwise)
{
    for (int k = 0; k < n; k++)
        if (spans[k].phase == FT_PHASE_MATCH)
            return ft_minute_to_utc(w->timetables, inst->profile, day, spans[k].start);
    return otherwise;
}

size_t ft_world_model_minutes(const struct ft_world *w, ft_inst i, ft_day day, int64_t until_ns,
                              struct ft_bar *out, uint8_t *sessions)
{
    const struct ft_instrument *inst = ft_universe_at(w->universe, i);
    size_t n = ft_model_minutes(w->model, i, day, FT_IN_ALL, out, FT_DAY_BARS_MAX);
    struct ft_span spans[FT_SPANS_MAX];
    int span_count = ft_day_spans(w->timetables, inst->profile, &w->options.hours, day, spans);
    size_t kept = 0;
    for (size_t k = 0; k < n; k++) {
        int64_t end = minute_utc(w, inst, out[k].label_day, out[k].minute);
        int64_t start = end - 60 * FT_NS_PER_SEC;
        if (out[k].opening_auction)
            start = auction_match_ns(w, inst, day, spans, span_count, start);
        if (start >= until_ns)
            break;
        out[kept] = out[k];
        if (end > until_ns && !out[k].opening_auction) {
            /* The minute under way: what of it has passed. */
            struct ft_bar *b = &out[kept];
            ft_price fair = ft_tick_round(w->universe, inst, day,
                                          ft_model_fair(w->model, i, until_ns));
            int64_t passed = (until_ns - start) / 1000000;
            b->close = fair < b->low ? b->low : fair > b->high ? b->high : fair;
            b->high = b->open > b->close ? b->open : b->close;
            b->low = b->open < b->close ? b->open : b->close;
            ft_qty lot = (inst->lot > 0 ? inst->lot : 1) * FT_QTY_SCALE;
            ft_qty volume = b->volume / 60000 * passed / lot * lot;
            if (volume == 0)
                break; /* nothing has traded in it yet */
            if (ft_muldiv(b->turnover, volume, b->volume, FT_ROUND_HALF_UP, &b->turnover))
                break;
            b->volume = volume;
        }
        sessions[kept] = (uint8_t)ft_world_session_of(spans, span_count, day, &out[kept]);
        kept++;
    }
    return kept;
}

/* ---- Minutes of a day, live or model ------------------------------------------------------- */

/* Minute bars of a trading day in the wanted sessions, up to now. */
static size_t day_minutes(struct ft_world *w, ft_inst i, ft_day day, unsigned sessions,
                          struct ft_bar *out)
{
    const struct ft_active *a = ft_world_active(w, i);
    if (a && a->watchers && a->tape->day == day)
        return ft_tape_bars(a->tape, FT_BAR_1M, sessions, out, FT_DAY_BARS_MAX);
    uint8_t kinds[FT_DAY_BARS_MAX];
    size_t n = ft_world_model_minutes(w, i, day, w->now_ns, out, kinds), kept = 0;
    for (size_t k = 0; k < n; k++)
        if (sessions & FT_IN(kinds[k]))
            out[kept++] = out[k];
    for (size_t k = 1; k < kept; k++)
        out[k].prev_close = out[k - 1].close;
    return kept;
}

static bool sum_minutes(const struct ft_bar *bars, size_t n, ft_day day, struct ft_bar *out)
{
    if (n == 0)
        return false;
    *out = bars[0];
    for (size_t k = 1; k < n; k++)
        ft_bar_extend(out, &bars[k]);
    out->day = out->label_day = day;
    out->minute = 0;
    out->opening_auction = false;
    return true;
}

/* Bar of a trading day; today's is what has happened so far. */
static bool day_bar(struct ft_world *w, ft_inst i, ft_day day, ft_day today, struct ft_bar *out)
{
    if (day < today)
        return ft_model_day(w->model, i, day, out);
    const struct ft_active *a = ft_world_active(w, i);
    if (a && a->watchers && a->tape->day == day)
        return ft_tape_day_bar(a->tape, out);
    size_t n = day_minutes(w, i, day, FT_IN_RTH, w->scratch);
    if (!sum_minutes(w->scratch, n, day, out))
        return false;
    out->prev_close = ft_model_prev_close(w->model, i, day);
    return true;
}

/* ---- Bars ----------------------------------------------------------------------------------- */

static ft_day today_of(const struct ft_world *w, ft_inst i)
{
    struct ft_moment m;
    ft_world_moment(w, i, w->now_ns, &m);
    return m.trading_day;
}

static ft_day prev_day(const struct ft_world *w, ft_inst i, ft_day day)
{
    return ft_prev_trading_day(w->timetables, ft_universe_at(w->universe, i)->profile,
                               &w->options.hours, day);
}

static ft_day next_day(const struct ft_world *w, ft_inst i, ft_day day)
{
    return ft_next_trading_day(w->timetables, ft_universe_at(w->universe, i)->profile,
                               &w->options.hours, day);
}

static void reverse(struct ft_bar *bars, size_t n)
{
    for (size_t k = 0; k < n / 2; k++) {
        struct ft_bar t = bars[k];
        bars[k] = bars[n - 1 - k];
        bars[n - 1 - k] = t;
    }
}

/* The newest `max` periods of day and longer, newest first while walking back. */
static size_t recent_days(struct ft_world *w, ft_inst i, enum ft_bar_kind kind, struct ft_bar *out,
                          size_t max)
{
    ft_day today = today_of(w, i), first = ft_model_first_day(w->model, i);
    size_t n = 0;
    bool had = false;
    ft_day had_day = 0;
    for (ft_day day = today; day >= first; day = prev_day(w, i, day)) {
        struct ft_bar b;
        if (!day_bar(w, i, day, today, &b))
            continue;
        if (had && ft_bar_same_period(kind, day, had_day)) {
            ft_bar_extend(&b, &out[n - 1]);
            out[n - 1] = b;
        } else {
            if (n == max)
                break;
            out[n++] = b;
        }
        had = true;
        had_day = day;
        if (day == FT_NO_DAY)
            break;
    }
    reverse(out, n);
    for (size_t k = 1; k < n; k++)
        out[k].prev_close = out[k - 1].close;
    return n;
}

static size_t recent_minutes(struct ft_world *w, ft_inst i, enum ft_bar_kind kind,
                             unsigned sessions, struct ft_bar *out, size_t max)
{
    ft_day first = ft_model_first_day(w->model, i);
    size_t n = 0; /* filled from the back of `out` */
    struct ft_bar *bars = malloc(FT_DAY_BARS_MAX * sizeof *bars);
    if (!bars)
        return 0;
    for (ft_day day = today_of(w, i); day >= first && n < max; day = prev_day(w, i, day)) {
        size_t got = ft_bars_group(kind, bars, day_minutes(w, i, day, sessions, bars), bars);
        size_t take = got < max - n ? got : max - n;
        memcpy(out + (max - n - take), bars + (got - take), take * sizeof *out);
        n += take;
    }
    free(bars);
    memmove(out, out + (max - n), n * sizeof *out);
    for (size_t k = 1; k < n; k++)
        out[k].prev_close = out[k - 1].close;
    return n;
}

size_t ft_world_recent_bars(struct ft_world *w, ft_inst i, enum ft_bar_kind kind, unsigned sessions,
                            struct ft_bar *out, size_t max)
{
    return ft_bar_minutes(kind) ? recent_minutes(w, i, kind, sessions, out, max)
                                : recent_days(w, i, kind, out, max);
}

/* Collects bars whose labels lie in the wanted range. */
struct collector {
    struct ft_bar *out;
    size_t n, max;
    bool more;
    int64_t from, to; /* labels, minutes since the epoch, both inclusive */
    ft_price prev_close;
};

/* False when no further bar can be taken. */
static bool collect(struct collector *c, const struct ft_bar *b)
{
    int64_t label = (int64_t)b->label_day * 1440 + b->minute;
    ft_price prev = c->prev_close ? c->prev_close : b->prev_close;
    c->prev_close = b->close;
    if (label < c->from)
        return true;
    if (label > c->to)
        return false;
    if (c->n == c->max) {
        c->more = true;
        return false;
    }
    c->out[c->n] = *b;
    c->out[c->n++].prev_close = prev;
    return true;
}

static void history_minutes(struct ft_world *w, ft_inst i, enum ft_bar_kind kind, unsigned sessions,
                            ft_day from, ft_day last, struct collector *c)
{
    struct ft_bar *bars = malloc(FT_DAY_BARS_MAX * sizeof *bars);
    if (!bars)
        return;
    /* A trading day may begin on the evening before, and end after midnight. */
    ft_day day = prev_day(w, i, from);
    bool going = true;
    for (day = day < ft_model_first_day(w->model, i) ? next_day(w, i, from - 1) : day;
         going && day <= last; day = next_day(w, i, day)) {
        size_t n = ft_bars_group(kind, bars, day_minutes(w, i, day, sessions, bars), bars);
        if (n && !c->prev_close)
            c->prev_close = bars[0].prev_close;
        for (size_t k = 0; k < n && going; k++)
            going = collect(c, &bars[k]);
    }
    free(bars);
}

static void history_days(struct ft_world *w, ft_inst i, enum ft_bar_kind kind, ft_day from,
                         ft_day today, struct collector *c)
{
    /* Periods that begin before `from` count whole: their label is their last day. */
    ft_day first = ft_model_first_day(w->model, i), day = from;
    while (day > first && ft_bar_same_period(kind, day - 1, from))
        day--;
    if (day < first)
        day = first;
    struct ft_bar period = {0};
    bool open = false;
    for (day = next_day(w, i, day - 1); day <= today; day = next_day(w, i, day)) {
        struct ft_bar b;
        if (!day_bar(w, i, day, today, &b))
            continue;
        if (open && ft_bar_same_period(kind, day, period.day)) {
            ft_bar_extend(&period, &b);
            period.day = period.label_day = day;
            continue;
        }
        if (open && !collect(c, &period))
            return;
        period = b;
        open = true;
    }
    if (open)
        collect(c, &period);
}

size_t ft_world_history_bars(struct ft_world *w, ft_inst i, enum ft_bar_kind kind,
                             unsigned sessions, ft_day from_day, int32_t from_minute,
                             ft_day to_day, int32_t to_minute, struct ft_bar *out, size_t max,
                             bool *more)
{
    struct collector c = {.out = out, .max = max,
                          .from = (int64_t)from_day * 1440 + from_minute,
                          .to = (int64_t)to_day * 1440 + to_minute};
    ft_day today = today_of(w, i), first = ft_model_first_day(w->model, i);
    if (from_day < first)
        from_day = first;
    if (today - from_day > HISTORY_SPAN_DAYS)
        from_day = today - HISTORY_SPAN_DAYS;
    ft_day last = to_day < today ? to_day + 4 : today; /* a Monday's session may begin on Friday */
    if (ft_bar_minutes(kind))
        history_minutes(w, i, kind, sessions, from_day, last < today ? last : today, &c);
    else
        history_days(w, i, kind, from_day, today, &c);
    *more = c.more;
    return c.n;
}

/* ---- Figures -------------------------------------------------------------------------------- */

static void add_session(struct ft_session_figures *f, const struct ft_bar *b)
{
    if (!f->open) {
        f->open = b->open;
        f->high = b->high;
        f->low = b->low;
    }
    f->high = b->high > f->high ? b->high : f->high;
    f->low = b->low < f->low ? b->low : f->low;
    f->last = b->close;
    f->volume += b->volume;
    f->turnover += b->turnover;
}

/* The regular session that figures are of before today's has begun: the last finished one
 * (quote-realtime.md 4.5, "Semantics"). */
static void last_regular(struct ft_world *w, ft_inst i, ft_day day, struct ft_quote *q)
{
    struct ft_bar b;
    ft_day before = prev_day(w, i, day);
    if (!ft_model_day(w->model, i, before, &b)) {
        q->last = q->prev_close; /* suspended, or not traded yet: the price that is known */
        return;
    }
    q->last = b.close;
    q->open = b.open;
    q->high = b.high;
    q->low = b.low;
    q->prev_close = b.prev_close;
    q->volume = b.volume;
    q->turnover = b.turnover;
    if (!q->update_ns) {
        struct ft_span spans[FT_SPANS_MAX];
        const struct ft_instrument *inst = ft_universe_at(w->universe, i);
        int n = ft_day_spans(w->timetables, inst->profile, &w->options.hours, before, spans);
        for (int k = 0; k < n; k++)
            if (spans[k].session == FT_SES_REGULAR)
                q->update_ns = ft_minute_to_utc(w->timetables, inst->profile, before, spans[k].end);
    }
}

static void quote_from_tape(struct ft_world *w, const struct ft_active *a, struct ft_quote *q)
{
    const struct ft_tape *t = a->tape;
    q->update_ns = t->update_ns;
    q->pre = t->pre;
    q->after = t->after;
    q->overnight = t->overnight;
    if (t->regular.open) {
        q->last = t->regular.last;
        q->open = t->regular.open;
        q->high = t->regular.high;
        q->low = t->regular.low;
        q->volume = t->regular.volume;
        q->turnover = t->regular.turnover;
    }
    for (size_t k = t->bar_count; k > 0; k--) {
        const struct ft_bar *b = &t->bars[k - 1].bar;
        if (minute_utc(w, t->inst, b->label_day, b->minute) <= w->now_ns - 300 * FT_NS_PER_SEC) {
            q->price_5min_ago = b->close;
            break;
        }
    }
    if (!a->has_book)
        return;
    struct ft_ex_level level;
    if (ft_exch_best(w->exch, a->ex_inst, FT_EX_BUY, &level)) {
        q->bid = level.price;
        q->bid_qty = level.qty;
    }
    if (ft_exch_best(w->exch, a->ex_inst, FT_EX_SELL, &level)) {
        q->ask = level.price;
        q->ask_qty = level.qty;
    }
}

static void quote_from_model(struct ft_world *w, ft_inst i, struct ft_quote *q)
{
    const struct ft_instrument *inst = ft_universe_at(w->universe, i);
    uint8_t kinds[FT_DAY_BARS_MAX];
    size_t n = ft_world_model_minutes(w, i, q->day, w->now_ns, w->scratch, kinds);
    struct ft_session_figures regular = {0};
    for (size_t k = 0; k < n; k++) {
        const struct ft_bar *b = &w->scratch[k];
        add_session(kinds[k] == FT_SES_PRE       ? &q->pre
                    : kinds[k] == FT_SES_AFTER   ? &q->after
                    : kinds[k] == FT_SES_OVERNIGHT ? &q->overnight : &regular, b);
        int64_t end = minute_utc(w, inst, b->label_day, b->minute);
        q->update_ns = end < w->now_ns ? end : w->now_ns;
        if (end <= w->now_ns - 300 * FT_NS_PER_SEC)
            q->price_5min_ago = b->close;
    }
    if (regular.open) {
        q->last = regular.last;
        q->open = regular.open;
        q->high = regular.high;
        q->low = regular.low;
        q->volume = regular.volume;
        q->turnover = regular.turnover;
    }
    if (inst->type == FT_SEC_INDEX || inst->type == FT_SEC_PLATE || inst->suspended)
        return;
    /* A touch around the last price, as the participants would quote it. */
    q->bid = q->last - ft_tick_size(w->universe, inst, q->day, q->last, false);
    q->ask = q->last + ft_tick_size(w->universe, inst, q->day, q->last, true);
    if (q->bid < 0)
        q->bid = 0;
    ft_qty lot = (inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE || inst->lot < 1
                      ? 1 : inst->lot) * FT_QTY_SCALE;
    uint64_t draw = ft_rng_at(w->options.seed, ft_instrument_key(inst),
                              (uint64_t)(w->now_ns / (60 * FT_NS_PER_SEC)));
    q->bid_qty = q->bid ? (ft_qty)(1 + draw % 50) * lot : 0;
    q->ask_qty = (ft_qty)(1 + (draw >> 32) % 50) * lot;
}

ft_qty ft_world_open_interest(const struct ft_world *w, ft_inst i, ft_day day)
{
    i = ft_world_resolve(w, i);
    uint64_t key = ft_instrument_key(ft_universe_at(w->universe, i));
    ft_qty base = ft_model_contracts_a_day(w->model, i, prev_day(w, i, day)) / 100;
    ft_qty held = base * (ft_qty)(200 + ft_rng_at(w->options.seed, key, (uint64_t)day) % 100);
    return held / FT_QTY_SCALE * FT_QTY_SCALE;
}

void ft_world_quote(struct ft_world *w, ft_inst i, struct ft_quote *q)
{
    i = ft_world_resolve(w, i);
    const struct ft_instrument *inst = ft_universe_at(w->universe, i);
    struct ft_moment m;
    ft_world_moment(w, i, w->now_ns, &m);
    *q = (struct ft_quote){.day = m.trading_day, .state = m.span.state};
    const struct ft_active *a = ft_world_active(w, i);
    bool live = a && a->watchers && a->tape->day == m.trading_day;
    q->prev_close = live ? a->tape->prev_close : ft_model_prev_close(w->model, i, m.trading_day);
    if (live)
        quote_from_tape(w, a, q);
    else
        quote_from_model(w, i, q);
    if (!q->open)
        last_regular(w, i, m.trading_day, q);
    if (inst->type == FT_SEC_FUTURE || inst->type == FT_SEC_OPTION) {
        q->open_interest = ft_world_open_interest(w, i, m.trading_day);
        q->open_interest_change =
            q->open_interest - ft_world_open_interest(w, i, prev_day(w, i, m.trading_day));
        q->prev_settle = q->prev_close;
    }
}

/* ---- Books ---------------------------------------------------------------------------------- */

size_t ft_world_book(const struct ft_world *w, ft_inst i, bool bid, struct ft_world_level *out,
                     size_t max)
{
    const struct ft_active *a = ft_world_active(w, i);
    if (!a || !a->watchers || !a->has_book)
        return 0;
    enum { CHUNK = 1000 }; /* a full book's levels (quote-realtime.md 2.2) */
    struct ft_ex_level levels[CHUNK];
    if (max > CHUNK)
        max = CHUNK;
    size_t n = ft_exch_depth(w->exch, a->ex_inst, bid ? FT_EX_BUY : FT_EX_SELL, levels, max);
    for (size_t k = 0; k < n && k < max; k++)
        out[k] = (struct ft_world_level){levels[k].price, levels[k].qty, (int32_t)levels[k].orders};
    return n < max ? n : max;
}

size_t ft_world_orders(const struct ft_world *w, ft_inst i, bool bid, struct ft_world_order *out,
                       size_t max)
{
    const struct ft_active *a = ft_world_active(w, i);
    if (!a || !a->watchers || !a->has_book)
        return 0;
    struct ft_ex_walk walk;
    struct ft_ex_order o;
    size_t n = 0;
    int32_t level = 0;
    ft_price last = 0;
    for (ft_exch_walk(w->exch, a->ex_inst, bid ? FT_EX_BUY : FT_EX_SELL, &walk);
         n < max && ft_exch_walk_next(&walk, &o);) {
        if (o.price == 0)
            continue; /* auction orders without a price have no place in the queue display */
        if (o.price != last)
            level++;
        last = o.price;
        out[n++] = (struct ft_world_order){o.no, o.price, o.left, level, o.broker};
    }
    return n;
}

/* ---- Capital flow ---------------------------------------------------------------------------- */

size_t ft_world_capital_flow(struct ft_world *w, ft_inst i, struct ft_flow_point *out, size_t max)
{
    i = ft_world_resolve(w, i);
    const struct ft_active *a = ft_world_active(w, i);
    ft_day day = today_of(w, i);
    ft_money net[FT_FLOW_SIZES] = {0};
    size_t n = 0;
    if (a && a->watchers && a->tape->day == day) {
        for (size_t k = 0; k < a->tape->bar_count && n < max; k++) {
            const struct ft_tape_bar *b = &a->tape->bars[k];
            if (!(FT_IN_RTH & FT_IN(b->session)))
                continue;
            for (int s = 0; s < FT_FLOW_SIZES; s++)
                net[s] += b->net[s];
            out[n] = (struct ft_flow_point){.label_day = b->bar.label_day, .minute = b->bar.minute};
            memcpy(out[n++].net, net, sizeof net);
        }
        return n;
    }
    size_t bars = day_minutes(w, i, day, FT_IN_RTH, w->scratch);
    for (size_t k = 0; k < bars && n < max; k++) {
        const struct ft_bar *b = &w->scratch[k];
        int sign = b->close >= b->open ? 1 : -1;
        for (int s = 0; s < FT_FLOW_SIZES; s++) {
            ft_money part = b->turnover / 100 * ft_flow_share[s];
            net[s] += sign * (2 * (part / 100 * FT_FLOW_WITH) - part);
        }
        out[n] = (struct ft_flow_point){.label_day = b->label_day, .minute = b->minute};
        memcpy(out[n++].net, net, sizeof net);
    }
    return n;
}

void ft_world_capital_distribution(struct ft_world *w, ft_inst i, struct ft_capital_flow *out)
{
    i = ft_world_resolve(w, i);
    const struct ft_active *a = ft_world_active(w, i);
    *out = (struct ft_capital_flow){0};
    ft_day day = today_of(w, i);
    if (a && a->watchers && a->tape->day == day) {
        *out = a->tape->flow;
        return;
    }
    size_t n = day_minutes(w, i, day, FT_IN_RTH, w->scratch);
    for (size_t k = 0; k < n; k++) {
        const struct ft_bar *b = &w->scratch[k];
        bool up = b->close >= b->open;
        for (int s = 0; s < FT_FLOW_SIZES; s++) {
            ft_money part = b->turnover / 100 * ft_flow_share[s];
            ft_money with = part / 100 * FT_FLOW_WITH;
            out->in[s] += up ? with : part - with;
            out->out[s] += up ? part - with : with;
        }
        out->update_ns = minute_utc(w, ft_universe_at(w->universe, i), b->label_day, b->minute);
    }
    if (out->update_ns > w->now_ns)
        out->update_ns = w->now_ns;
}
