/* The exchange's day: from the spans of the timetable to phases, price limits and auctions
 * (market-rules.md 2 and 5; quote-realtime.md 4.8 for the bars that auctions print into). */
#include "sim/world_state.h"

#include "base/check.h"

static bool is_auction(enum ft_ex_phase phase)
{
    return phase == FT_EX_INPUT || phase == FT_EX_NO_CANCEL;
}

static int spans_of(const struct ft_world *w, const struct ft_active *a, struct ft_span *spans)
{
    return ft_day_spans(w->timetables, a->tape->inst->profile, &w->options.hours,
                        a->moment.trading_day, spans);
}

/* The day's next span of regular trading after the moment's, or NULL. */
static const struct ft_span *next_regular(const struct ft_active *a, const struct ft_span *spans,
                                          int n)
{
    for (int k = 0; k < n; k++)
        if (spans[k].session == FT_SES_REGULAR && spans[k].start >= a->moment.span.end)
            return &spans[k];
    return NULL;
}

static const struct ft_span *last_regular(const struct ft_active *a, const struct ft_span *spans,
                                          int n)
{
    const struct ft_span *last = NULL;
    for (int k = 0; k < n && spans[k].end <= a->moment.span.start; k++)
        if (spans[k].session == FT_SES_REGULAR)
            last = &spans[k];
    return last;
}

/* Whether something of the day is still to come; else its orders have ended. */
static bool goes_on(const struct ft_world *w, const struct ft_active *a)
{
    struct ft_span spans[FT_SPANS_MAX];
    int n = spans_of(w, a, spans);
    for (int k = 0; k < n; k++)
        if (spans[k].session != FT_SES_NONE && spans[k].start >= a->moment.span.end &&
            ft_minute_to_utc(w->timetables, a->tape->inst->profile, a->moment.trading_day,
                             spans[k].start) >= w->now_ns)
            return true;
    return false;
}

enum ft_ex_phase ft_world_phase_of(const struct ft_world *w, const struct ft_active *a)
{
    if (a->tape->inst->suspended)
        return FT_EX_BLOCKED;
    switch (a->moment.span.phase) {
    case FT_PHASE_INPUT: return FT_EX_INPUT;
    case FT_PHASE_NO_CANCEL:
    case FT_PHASE_CLOSING_CALL: return FT_EX_NO_CANCEL;
    case FT_PHASE_CONTINUOUS:
    case FT_PHASE_FIXED_PRICE: return FT_EX_CONTINUOUS;
    case FT_PHASE_BREAK_CANCEL: return FT_EX_CANCEL_ONLY;
    /* The auction matched when its order input ended; what follows is waiting. */
    case FT_PHASE_MATCH:
    case FT_PHASE_BLOCKING:
    case FT_PHASE_REFERENCE:
    case FT_PHASE_BREAK:
    case FT_PHASE_NONE: break;
    }
    return goes_on(w, a) || a->moment.span.phase == FT_PHASE_MATCH ? FT_EX_BLOCKED : FT_EX_CLOSED;
}

bool ft_world_in_pause(const struct ft_world *w, const struct ft_active *a)
{
    struct ft_span spans[FT_SPANS_MAX];
    if (a->tape->inst->suspended || !next_regular(a, spans, spans_of(w, a, spans)))
        return false;
    enum ft_phase p = a->moment.span.phase;
    return p == FT_PHASE_MATCH || p == FT_PHASE_BLOCKING || p == FT_PHASE_BREAK ||
           p == FT_PHASE_BREAK_CANCEL;
}

/* Price limits: China's daily ones by the data's board (market-rules.md 5); in Hong Kong's auctions
 * 15 % around the close before, at the close 5 % around the reference (market-rules.md 2). */
static void set_limits(const struct ft_world *w, const struct ft_active *a, struct ft_ex_cmd *cmd)
{
    const struct ft_instrument *inst = a->tape->inst;
    bool securities = inst->type != FT_SEC_FUTURE && inst->type != FT_SEC_OPTION;
    ft_price base = a->tape->prev_close, move, tick = 10000; /* limits are rounded to 0.01 */
    int bp = inst->daily_limit * 100;
    cmd->reference = base;
    if (a->moment.span.phase == FT_PHASE_FIXED_PRICE) { /* after hours at the close alone */
        cmd->low = cmd->high = a->tape->last;
        return;
    }
    if (inst->market == FT_MARKET_HK && securities && is_auction((enum ft_ex_phase)cmd->phase)) {
        struct ft_span spans[FT_SPANS_MAX];
        bool closing = last_regular(a, spans, spans_of(w, a, spans)) != NULL;
        if (closing) {
            base = cmd->reference = a->tape->last;
            cmd->fallback = true; /* without a price the close is the reference */
        }
        bp = closing ? 500 : 1500;
        tick = 1;
    }
    if (!bp || base <= 0)
        return;
    FT_CHECK(ft_muldiv(base, bp, 10000, FT_ROUND_HALF_UP, &move) == 0);
    cmd->low = (base - move + tick / 2) / tick * tick;
    cmd->high = (base + move + tick / 2) / tick * tick;
}

/* Time of which the fair value is asked: before the open the open's own. */
static int64_t fair_time(const struct ft_world *w, const struct ft_active *a)
{
    if (a->moment.span.session != FT_SES_AUCTION && a->moment.span.phase != FT_PHASE_BLOCKING)
        return w->now_ns;
    struct ft_span spans[FT_SPANS_MAX];
    const struct ft_span *next = next_regular(a, spans, spans_of(w, a, spans));
    return next ? ft_minute_to_utc(w->timetables, a->tape->inst->profile, a->moment.trading_day,
                                   next->start)
                : w->now_ns;
}

struct ft_flow_view ft_world_view(const struct ft_world *w, const struct ft_active *a)
{
    bool fixed = a->moment.span.phase == FT_PHASE_FIXED_PRICE;
    return (struct ft_flow_view){
        .ex = w->exch,
        .fair = fixed ? a->tape->last : ft_model_fair(w->model, a->inst, fair_time(w, a)),
        .minute_volume = ft_model_minute_volume(w->model, a->inst, w->now_ns),
        .auction = a->phase == FT_EX_INPUT,
    };
}

/* What the model expects of the auction, as one at-auction order a side. */
static void at_auction_orders(struct ft_world *w, struct ft_active *a)
{
    struct ft_span spans[FT_SPANS_MAX];
    int n = spans_of(w, a, spans);
    bool closing = !next_regular(a, spans, n);
    struct ft_ex_cmd cmds[FT_FLOW_AUCTION_MAX];
    struct ft_flow_view v = ft_world_view(w, a);
    ft_qty volume = ft_model_auction_volume(w->model, a->inst, a->moment.trading_day, closing);
    size_t count = ft_flow_at_auction(&a->flow, &v, volume, cmds);
    for (size_t k = 0; k < count; k++)
        ft_world_apply(w, &cmds[k]);
}

void ft_world_send_phase(struct ft_world *w, struct ft_active *a, enum ft_ex_phase phase)
{
    if (is_auction(a->phase) && !is_auction(phase) && a->book_open)
        at_auction_orders(w, a);
    a->phase = phase;
    struct ft_ex_cmd cmd = {.kind = FT_EX_PHASE, .inst = a->ex_inst, .phase = (uint8_t)phase};
    set_limits(w, a, &cmd);
    ft_world_apply(w, &cmd);
}

void ft_world_auction_label(const struct ft_world *w, const struct ft_active *a, ft_day *label_day,
                            int32_t *minute, bool *opening)
{
    struct ft_span spans[FT_SPANS_MAX];
    int n = spans_of(w, a, spans);
    const struct ft_instrument *inst = a->tape->inst;
    const struct ft_span *next = next_regular(a, spans, n), *last = last_regular(a, spans, n);
    int32_t label = a->moment.span.start;
    *opening = false;
    if (a->moment.span.session == FT_SES_REGULAR) { /* the auction ended as trading began */
        next = &a->moment.span;
        last = NULL;
    }
    if (next) {
        /* Hong Kong's opening auction has a bar of its own, others print into the first one. */
        *opening = inst->market == FT_MARKET_HK && inst->type != FT_SEC_FUTURE && !last;
        label = next->start + !*opening;
    } else if (last && inst->market == FT_MARKET_HK) {
        label = last->end; /* the bar of 16:00 holds the closing auction */
    }
    int32_t days = label > 0 ? (label - 1) / 1440 : -((1440 - label) / 1440);
    *label_day = a->moment.trading_day + days;
    *minute = label - days * 1440;
}

/* ---- Points of the day ----------------------------------------------------------------------- */

size_t ft_world_day_points(const struct ft_world *w, ft_inst i, unsigned sessions,
                           struct ft_bar *out, size_t max)
{
    const struct ft_active *a = ft_world_active(w, i);
    if (!a || !a->watchers)
        return 0;
    const struct ft_tape *t = a->tape;
    struct ft_span spans[FT_SPANS_MAX];
    int span_count =
        ft_day_spans(w->timetables, t->inst->profile, &w->options.hours, t->day, spans);
    size_t n = 0, next = 0;
    ft_price price = t->prev_close;
    for (int k = 0; k < span_count; k++) {
        const struct ft_span *s = &spans[k];
        for (int32_t label = s->start + 1; label <= s->end; label++) {
            ft_day day = t->day + (label > 0 ? (label - 1) / 1440 : -((1440 - label) / 1440));
            int32_t minute = label - (day - t->day) * 1440;
            int64_t start = ft_minute_to_utc(w->timetables, t->inst->profile, t->day, label - 1);
            if (start > w->now_ns)
                return n;
            bool wanted = (sessions & FT_IN(s->session)) && s->session != FT_SES_AUCTION;
            bool traded = false;
            for (; next < t->bar_count &&
                   (t->bars[next].bar.label_day < day ||
                    (t->bars[next].bar.label_day == day && t->bars[next].bar.minute <= minute));
                 next++) {
                if (!(sessions & FT_IN(t->bars[next].session)) || n == max)
                    continue;
                out[n++] = t->bars[next].bar;
                price = t->bars[next].bar.close;
                traded |= t->bars[next].bar.minute == minute && t->bars[next].bar.label_day == day;
            }
            if (wanted && !traded && n < max)
                out[n++] = (struct ft_bar){.day = t->day,
                                           .label_day = day,
                                           .minute = minute,
                                           .open = price,
                                           .high = price,
                                           .low = price,
                                           .close = price};
        }
    }
    return n;
}
