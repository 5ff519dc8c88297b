#include "market/tape.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

/* Bounds of super, big and mid trades in the instrument's currency. The vendor's are unknown
 * (quote-realtime.md 10, point 13); these are simulated. */
static const ft_money size_bounds[FT_FLOW_SMALL] = {
    1000000 * FT_MONEY_SCALE, 200000 * FT_MONEY_SCALE, 40000 * FT_MONEY_SCALE,
};

struct ft_tape *ft_tape_new(const struct ft_instrument *inst)
{
    struct ft_tape *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->inst = inst;
    l->day = FT_NO_DAY;
    l->bars = malloc(FT_DAY_BARS_MAX * sizeof *l->bars);
    l->ticks = malloc(FT_TICKS_KEPT * sizeof *l->ticks);
    if (!l->bars || !l->ticks) {
        ft_tape_free(l);
        return NULL;
    }
    return l;
}

void ft_tape_free(struct ft_tape *l)
{
    if (!l)
        return;
    free(l->bars);
    free(l->ticks);
    free(l);
}

void ft_tape_begin_day(struct ft_tape *l, ft_day day, ft_price prev_close)
{
    l->day = day;
    l->prev_close = l->last = prev_close;
    l->update_ns = 0;
    memset(&l->regular, 0, sizeof l->regular);
    memset(&l->pre, 0, sizeof l->pre);
    memset(&l->after, 0, sizeof l->after);
    memset(&l->overnight, 0, sizeof l->overnight);
    memset(&l->flow, 0, sizeof l->flow);
    l->bar_count = 0;
    l->first_bar_changed = 0;
    l->changed |= FT_CHANGED_QUOTE | FT_CHANGED_STATE;
}

static struct ft_session_figures *figures_of(struct ft_tape *l, enum ft_session session)
{
    switch (session) {
    case FT_SES_PRE: return &l->pre;
    case FT_SES_AFTER: return &l->after;
    case FT_SES_OVERNIGHT: return &l->overnight;
    default: return &l->regular;
    }
}

static void add_to_figures(struct ft_tape *l, enum ft_session session, const struct ft_bar *b)
{
    struct ft_session_figures *f = figures_of(l, session);
    if (!f->open) {
        f->open = b->open;
        f->high = b->high;
        f->low = b->low;
    }
    if (b->high > f->high)
        f->high = b->high;
    if (b->low < f->low)
        f->low = b->low;
    f->last = b->close;
    f->volume += b->volume;
    f->turnover += b->turnover;
    if (f == &l->regular)
        l->last = b->close;
}

static int flow_size(ft_money turnover)
{
    int size = FT_FLOW_SUPER;
    while (size < FT_FLOW_SMALL && turnover < size_bounds[size])
        size++;
    return size;
}

static void add_to_flow(struct ft_tape *l, struct ft_tape_bar *bar, int dir, ft_money turnover,
                        int64_t time_ns)
{
    int size = flow_size(turnover);
    l->flow.update_ns = time_ns;
    if (dir == FT_DIR_BUY) {
        l->flow.in[size] += turnover;
        bar->net[size] += turnover;
    } else if (dir == FT_DIR_SELL) {
        l->flow.out[size] += turnover;
        bar->net[size] -= turnover;
    }
}

const int ft_flow_share[FT_FLOW_SIZES] = {12, 25, 30, 33};

static void add_past_flow(struct ft_tape *l, struct ft_tape_bar *bar, int64_t time_ns)
{
    bool up = bar->bar.close >= bar->bar.open;
    l->flow.update_ns = time_ns;
    for (int s = 0; s < FT_FLOW_SIZES; s++) {
        ft_money part = bar->bar.turnover / 100 * ft_flow_share[s];
        ft_money with = part / 100 * FT_FLOW_WITH, against = part - with;
        l->flow.in[s] += up ? with : against;
        l->flow.out[s] += up ? against : with;
        bar->net[s] += up ? with - against : against - with;
    }
}

/* The bar with this label: the newest, or a new one after it. NULL when the day is full. */
static struct ft_tape_bar *bar_at(struct ft_tape *l, ft_day label_day, int32_t minute,
                                  enum ft_session session, ft_price price)
{
    struct ft_tape_bar *last = l->bar_count ? &l->bars[l->bar_count - 1] : NULL;
    if (last && last->bar.label_day == label_day && last->bar.minute == minute &&
        last->session == session)
        return last;
    FT_CHECK(!last || last->bar.label_day < label_day ||
             (last->bar.label_day == label_day && last->bar.minute <= minute));
    if (l->bar_count == FT_DAY_BARS_MAX)
        return NULL;
    FT_CHECK(l->bars != NULL);
    struct ft_tape_bar *b = &l->bars[l->bar_count++];
    *b = (struct ft_tape_bar){
        .bar = {.day = l->day, .minute = minute, .label_day = label_day, .open = price,
                .high = price, .low = price, .close = price,
                .prev_close = last ? last->bar.close : l->prev_close},
        .session = (uint8_t)session,
    };
    return b;
}

void ft_tape_backfill(struct ft_tape *l, const struct ft_bar *bars, const uint8_t *sessions,
                      size_t n, int64_t last_ns)
{
    for (size_t i = 0; i < n; i++) {
        const struct ft_bar *from = &bars[i];
        struct ft_tape_bar *b =
            bar_at(l, from->label_day, from->minute, (enum ft_session)sessions[i], from->open);
        if (!b)
            break;
        ft_price prev = b->bar.prev_close;
        b->bar = *from;
        b->bar.prev_close = prev;
        add_to_figures(l, (enum ft_session)sessions[i], from);
        add_past_flow(l, b, last_ns);
        l->update_ns = last_ns;
    }
    l->first_bar_changed = l->bar_count ? l->bar_count - 1 : 0;
}

static void mark_bar_changed(struct ft_tape *l)
{
    size_t at = l->bar_count - 1;
    if (!(l->changed & FT_CHANGED_BAR) || at < l->first_bar_changed)
        l->first_bar_changed = at;
    l->changed |= FT_CHANGED_BAR | FT_CHANGED_RT;
}

static void append_tick(struct ft_tape *l, const struct ft_tick *tick)
{
    struct ft_tick *t = &l->ticks[l->tick_count % FT_TICKS_KEPT];
    uint64_t prev = l->tick_count ? l->ticks[(l->tick_count - 1) % FT_TICKS_KEPT].sequence : 0;
    *t = *tick;
    uint64_t first = (uint64_t)(tick->time_ns / FT_NS_PER_SEC) << 32;
    t->sequence = prev >= first ? prev + 1 : first;
    l->tick_count++;
}

void ft_tape_past_tick(struct ft_tape *l, const struct ft_tick *tick)
{
    FT_CHECK(tick->price > 0 && tick->volume > 0);
    append_tick(l, tick);
    l->ticks_drained = l->tick_count; /* known before anybody listened: no push of its own */
}

void ft_tape_trade(struct ft_tape *l, const struct ft_tick *tick, ft_day label_day, int32_t minute)
{
    FT_CHECK(tick->price > 0 && tick->volume > 0);
    enum ft_session session = (enum ft_session)tick->session;
    ft_money turnover = ft_notional(tick->price, tick->volume, FT_ROUND_HALF_UP);
    struct ft_bar one = {.open = tick->price, .high = tick->price, .low = tick->price,
                         .close = tick->price, .volume = tick->volume, .turnover = turnover,
                         .day = l->day, .minute = minute, .label_day = label_day};
    struct ft_tape_bar *b = bar_at(l, label_day, minute, session, tick->price);
    if (b) {
        ft_bar_extend(&b->bar, &one);
        b->bar.opening_auction = tick->opening;
        add_to_flow(l, b, tick->dir, turnover, tick->time_ns);
        mark_bar_changed(l);
    }
    add_to_figures(l, session, &one);
    l->update_ns = tick->time_ns;
    append_tick(l, tick);
    l->changed |= FT_CHANGED_QUOTE | FT_CHANGED_TICK;
}

void ft_tape_mark(struct ft_tape *l, int64_t time_ns, ft_price price, ft_qty volume,
                  ft_money turnover, ft_day label_day, int32_t minute, enum ft_session session)
{
    struct ft_bar one = {.open = price, .high = price, .low = price, .close = price,
                         .volume = volume, .turnover = turnover, .day = l->day, .minute = minute,
                         .label_day = label_day};
    struct ft_tape_bar *b = bar_at(l, label_day, minute, session, price);
    if (b) {
        ft_bar_extend(&b->bar, &one);
        mark_bar_changed(l);
    }
    add_to_figures(l, session, &one);
    l->update_ns = time_ns;
    l->changed |= FT_CHANGED_QUOTE;
}

void ft_tape_book_changed(struct ft_tape *l, bool bid, bool ask, int64_t time_ns)
{
    if (bid)
        l->bid_ns = time_ns;
    if (ask)
        l->ask_ns = time_ns;
    l->changed |= FT_CHANGED_BOOK | FT_CHANGED_BROKER;
}

size_t ft_bars_group(enum ft_bar_kind kind, const struct ft_bar *from, size_t n,
                     struct ft_bar *into)
{
    int32_t step = ft_bar_minutes(kind);
    FT_CHECK(step > 0);
    if (step == 1) {
        if (into != from)
            memmove(into, from, n * sizeof *into);
        return n;
    }
    size_t count = 0;
    int64_t open_label = INT64_MIN; /* end of the period under way, minutes since the epoch */
    for (size_t i = 0; i < n; i++) {
        struct ft_bar b = from[i];
        int64_t at = (int64_t)b.label_day * 1440 + b.minute;
        /* Labels are end minutes: 09:31 to 09:35 make 09:35. Periods are those of the clock; which
         * ones the vendor cuts across breaks is not known (quote-realtime.md 10, point 8). */
        int64_t label = (at + !!b.opening_auction + step - 1) / step * step;
        if (label != open_label || (i && b.day != from[i - 1].day)) {
            into[count] = b;
            into[count].prev_close = count ? into[count - 1].close : b.prev_close;
            count++;
            open_label = label;
        } else {
            ft_bar_extend(&into[count - 1], &b);
        }
        into[count - 1].label_day = (ft_day)(label / 1440);
        into[count - 1].minute = (int32_t)(label % 1440);
        into[count - 1].opening_auction = false;
    }
    return count;
}

size_t ft_tape_bars(const struct ft_tape *l, enum ft_bar_kind kind, unsigned sessions,
                    struct ft_bar *out, size_t max)
{
    struct ft_bar all[FT_DAY_BARS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < l->bar_count; i++)
        if (sessions & FT_IN(l->bars[i].session)) {
            all[n] = l->bars[i].bar;
            if (n)
                all[n].prev_close = all[n - 1].close;
            n++;
        }
    n = ft_bars_group(kind, all, n, all);
    size_t skip = n > max ? n - max : 0;
    memcpy(out, all + skip, (n - skip) * sizeof *out);
    return n - skip;
}

size_t ft_tape_changed_bars(const struct ft_tape *l, enum ft_bar_kind kind, unsigned sessions,
                            size_t first, struct ft_bar *out, size_t max)
{
    enum { CHUNK = 512 };
    int32_t step = ft_bar_minutes(kind);
    if (first >= l->bar_count)
        return 0;
    /* Back to the first minute of the period that the first changed minute lies in. */
    const struct ft_bar *b = &l->bars[first].bar;
    int64_t label = ((int64_t)b->label_day * 1440 + b->minute + step - 1) / step * step;
    size_t from = first;
    while (from > 0 && first - from < (size_t)step) {
        const struct ft_bar *p = &l->bars[from - 1].bar;
        if ((int64_t)p->label_day * 1440 + p->minute + !!p->opening_auction <= label - step)
            break;
        from--;
    }
    struct ft_bar some[CHUNK];
    size_t n = 0;
    if (l->bar_count - from > CHUNK)
        from = l->bar_count - CHUNK;
    for (size_t i = from; i < l->bar_count; i++)
        if (sessions & FT_IN(l->bars[i].session))
            some[n++] = l->bars[i].bar;
    n = ft_bars_group(kind, some, n, some);
    size_t skip = n > max ? n - max : 0;
    memcpy(out, some + skip, (n - skip) * sizeof *out);
    return n - skip;
}

bool ft_tape_day_bar(const struct ft_tape *l, struct ft_bar *out)
{
    const struct ft_session_figures *f = &l->regular;
    if (!f->open)
        return false;
    *out = (struct ft_bar){.day = l->day, .label_day = l->day, .open = f->open, .high = f->high,
                           .low = f->low, .close = f->last, .prev_close = l->prev_close,
                           .volume = f->volume, .turnover = f->turnover};
    return true;
}
