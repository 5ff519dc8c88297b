/* The world's time and commands: watching, stepping, phases, and what the exchange says. */
#include "sim/world_state.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVENTS_CAP = 4096,
    USER_EVENTS_CAP = 1024,
    MARK_INTERVAL_MS = 1000, /* indices and plates */
    SEED_MAX = 512,
};

/* ---- Changes, hash, log ------------------------------------------------------------------- */

static void touch(struct ft_world *w, struct ft_active *a)
{
    if (a->in_changed)
        return;
    FT_CHECK(w->changed_count < w->changed_cap);
    a->in_changed = true;
    a->tape->changed_ns = w->now_ns;
    w->changed[w->changed_count++] = a->inst;
}

static void fold(struct ft_world *w, uint64_t v)
{
    w->hash = (w->hash ^ v) * UINT64_C(0x100000001b3);
    w->hash ^= w->hash >> 29;
}

static void record(struct ft_world *w, const struct ft_active *a, const struct ft_ex_event *e)
{
    fold(w, (uint64_t)e->time_ns);
    fold(w, (uint64_t)e->kind << 32 | a->inst);
    fold(w, e->id ^ e->taker_id * 3);
    fold(w, (uint64_t)e->price);
    fold(w, (uint64_t)e->qty ^ (uint64_t)e->left << 20);
    if (!w->sink)
        return;
    char line[256];
    const struct ft_instrument *inst = ft_universe_at(w->universe, a->inst);
    int n = snprintf(line, sizeof line,
                     "%" PRId64 " %d.%s kind=%d why=%d side=%d id=%" PRIu64 " taker=%" PRIu64
                     " no=%" PRIu64 " price=%" PRId64 " qty=%" PRId64 " left=%" PRId64 "\n",
                     e->time_ns, inst->market, inst->code, e->kind, e->why, e->side, e->id,
                     e->taker_id, e->no, e->price, e->qty, e->left);
    w->sink(w->sink_user, line, (size_t)n);
}

/* ---- From exchange events to the tape ------------------------------------------------------ */

static void keep_for_user(struct ft_world *w, ft_inst inst, const struct ft_ex_event *e)
{
    if (w->user_tail - w->user_head == w->user_cap) {
        uint32_t cap = w->user_cap * 2;
        struct ft_ex_event *ring = malloc(cap * sizeof *ring);
        FT_CHECK(ring != NULL); /* an order's event must not be lost */
        for (uint32_t i = 0; i < w->user_cap; i++)
            ring[i] = w->user[(w->user_head + i) & (w->user_cap - 1)];
        free(w->user);
        w->user = ring;
        w->user_tail -= w->user_head;
        w->user_head = 0;
        w->user_cap = cap;
    }
    struct ft_ex_event *kept = &w->user[w->user_tail++ & (w->user_cap - 1)];
    *kept = *e;
    kept->inst = inst;
}

/* Label of the minute that a moment lies in: its end (quote-realtime.md 4.8). */
static int32_t label_minute(const struct ft_world *w, const struct ft_active *a, int64_t time_ns,
                            ft_day *label_day)
{
    int32_t second;
    ft_tz_to_local(ft_profile_tz(w->timetables, a->tape->inst->profile), time_ns / FT_NS_PER_SEC,
                   label_day, &second);
    return second / 60 + 1;
}

static void on_fill(struct ft_world *w, struct ft_active *a, const struct ft_ex_event *e)
{
    ft_day label_day;
    int32_t minute;
    bool opening = false;
    enum ft_session session = a->moment.span.session;
    if (e->auction) {
        ft_world_auction_label(w, a, &label_day, &minute, &opening);
        session = FT_SES_REGULAR; /* auctions belong to the bars beside them */
    } else {
        minute = label_minute(w, a, e->time_ns, &label_day);
        ft_flow_traded(&a->flow, e->qty);
    }
    struct ft_tick t = {.time_ns = e->time_ns, .price = e->price, .volume = e->qty,
                        .dir = e->auction ? FT_DIR_NEUTRAL
                               : e->side == FT_EX_BUY ? FT_DIR_BUY : FT_DIR_SELL,
                        .session = (uint8_t)session, .opening = opening};
    t.type = ft_world_tick_type(a->tape->inst, session, e->qty, e->auction);
    ft_tape_trade(a->tape, &t, label_day, minute);
    touch(w, a);
}

static void drain_exchange(struct ft_world *w)
{
    const struct ft_ex_event *e;
    while ((e = ft_ex_events_next(&w->events))) {
        if (e->inst >= w->by_ex_cap || !w->by_ex[e->inst])
            continue;
        struct ft_active *a = w->by_ex[e->inst];
        record(w, a, e);
        if (e->kind == FT_EX_FILL)
            on_fill(w, a, e);
        if (e->owner || e->taker_owner)
            keep_for_user(w, a->inst, e);
    }
    struct ft_ex_change change;
    while (ft_exch_next_change(w->exch, &change)) {
        if (change.inst >= w->by_ex_cap || !w->by_ex[change.inst])
            continue;
        struct ft_active *a = w->by_ex[change.inst];
        ft_tape_book_changed(a->tape, change.changed[FT_EX_BUY], change.changed[FT_EX_SELL],
                             w->now_ns);
        touch(w, a);
    }
}

void ft_world_apply(struct ft_world *w, const struct ft_ex_cmd *cmd)
{
    ft_exch_apply(w->exch, w->now_ns, cmd, &w->events);
    drain_exchange(w);
}

/* ---- Phases and days ----------------------------------------------------------------------- */

ft_inst ft_world_resolve(const struct ft_world *w, ft_inst i)
{
    const struct ft_instrument *inst = ft_universe_at(w->universe, i);
    return inst->is_continuous && inst->underlying != FT_NO_INST ? inst->underlying : i;
}

struct ft_active *ft_world_active(const struct ft_world *w, ft_inst i)
{
    return ft_map64_get(&w->active, (uint64_t)ft_world_resolve(w, i) + 1);
}

void ft_world_moment(const struct ft_world *w, ft_inst i, int64_t utc_ns, struct ft_moment *out)
{
    ft_moment_at(w->timetables, ft_universe_at(w->universe, i)->profile, &w->options.hours, utc_ns,
                 out);
}

/* Whether its participants act now, or its figure moves. */
static bool trades(const struct ft_active *a)
{
    if (a->tape->inst->suspended)
        return false;
    return a->has_book ? a->phase == FT_EX_INPUT || a->phase == FT_EX_CONTINUOUS
                       : a->moment.span.session != FT_SES_NONE &&
                             a->moment.span.session != FT_SES_AUCTION; /* an index moves with trades */
}

static void open_book(struct ft_world *w, struct ft_active *a)
{
    struct ft_ex_cmd cmds[SEED_MAX];
    struct ft_flow_view v = ft_world_view(w, a);
    size_t n = ft_flow_seed(&a->flow, &v, cmds, SEED_MAX);
    for (size_t k = 0; k < n; k++)
        ft_world_apply(w, &cmds[k]);
    a->book_open = true;
}

static void schedule(struct ft_world *w, struct ft_active *a)
{
    int64_t next = a->moment.span_end_ns;
    if (trades(a)) {
        int64_t wait = MARK_INTERVAL_MS * INT64_C(1000000);
        if (a->has_book) {
            struct ft_flow_view v = ft_world_view(w, a);
            wait = ft_flow_wait(&a->flow, &v);
        }
        if (w->now_ns + wait < next)
            next = w->now_ns + wait;
    }
    ft_due_set(&w->due, &a->due, next);
}

/* The instrument's own clock reached a new span: day, phase, book. */
static void enter_span(struct ft_world *w, struct ft_active *a)
{
    ft_world_moment(w, a->inst, w->now_ns, &a->moment);
    bool new_day = a->moment.trading_day != a->tape->day;
    if (new_day) {
        if (a->has_book && a->book_open)
            ft_world_send_phase(w, a, FT_EX_CLOSED); /* day orders end with their day */
        a->book_open = false;
        a->flow.count = 0;
        ft_tape_begin_day(a->tape, a->moment.trading_day,
                          ft_model_prev_close(w->model, a->inst, a->moment.trading_day));
    }
    a->tape->changed |= FT_CHANGED_STATE;
    touch(w, a);
    if (!a->has_book)
        return;
    if (a->moment.span.phase == FT_PHASE_FIXED_PRICE && a->book_open) {
        ft_world_send_phase(w, a, FT_EX_CLOSED); /* orders of the day do not take part after hours */
        a->book_open = false;
        a->flow.count = 0;
    }
    enum ft_ex_phase phase = ft_world_phase_of(w, a);
    ft_world_send_phase(w, a, phase);
    if (phase == FT_EX_CLOSED)
        a->book_open = false;
    if (trades(a) && !a->book_open)
        open_book(w, a);
}

static void mark(struct ft_world *w, struct ft_active *a)
{
    ft_price fair = ft_tick_round(w->universe, a->tape->inst, a->moment.trading_day,
                                  ft_model_fair(w->model, a->inst, w->now_ns));
    ft_qty volume = ft_model_minute_volume(w->model, a->inst, w->now_ns) / 60 * MARK_INTERVAL_MS /
                    1000 / FT_QTY_SCALE * FT_QTY_SCALE;
    ft_money turnover = (ft_money)((double)volume / FT_QTY_SCALE * a->mark_turnover_per_share) *
                        FT_MONEY_SCALE;
    ft_day label_day;
    int32_t minute = label_minute(w, a, w->now_ns, &label_day);
    ft_tape_mark(a->tape, w->now_ns, fair, volume, turnover, label_day, minute,
                 a->moment.span.session);
    fold(w, (uint64_t)fair ^ (uint64_t)a->inst << 40);
    touch(w, a);
}

static void arrival(struct ft_world *w, struct ft_active *a)
{
    if (w->now_ns >= a->moment.span_end_ns)
        enter_span(w, a);
    else if (trades(a) && a->has_book) {
        struct ft_ex_cmd cmds[FT_FLOW_STEP_MAX];
        struct ft_flow_view v = ft_world_view(w, a);
        size_t n = ft_flow_step(&a->flow, &v, cmds);
        for (size_t k = 0; k < n; k++)
            ft_world_apply(w, &cmds[k]);
    } else if (trades(a)) {
        mark(w, a);
    }
    schedule(w, a);
}

size_t ft_world_step_to_event(struct ft_world *w, int64_t now_ns)
{
    size_t done = 0;
    while (ft_due_next(&w->due) <= now_ns) {
        w->now_ns = ft_due_next(&w->due);
        arrival(w, ft_container_of(ft_due_first(&w->due), struct ft_active, due));
        done++;
        if (ft_world_has_event(w))
            return done;
    }
    if (now_ns > w->now_ns)
        w->now_ns = now_ns;
    return done;
}

size_t ft_world_step(struct ft_world *w, int64_t now_ns)
{
    size_t done = 0;
    while (ft_due_next(&w->due) <= now_ns) {
        w->now_ns = ft_due_next(&w->due);
        arrival(w, ft_container_of(ft_due_first(&w->due), struct ft_active, due));
        done++;
    }
    if (now_ns > w->now_ns)
        w->now_ns = now_ns;
    return done;
}

int64_t ft_world_next(const struct ft_world *w)
{
    return ft_due_next(&w->due);
}

/* ---- Watching ------------------------------------------------------------------------------ */

static int make_profile(struct ft_world *w, const struct ft_instrument *inst, uint32_t *profile,
                        struct ft_err *err)
{
    size_t key = (size_t)inst->tick_table * 2 + (inst->market == FT_MARKET_HK);
    if (key >= w->profile_count) {
        uint32_t *more = realloc(w->profile_of_table, (key + 1) * sizeof *more);
        if (!more)
            return ft_err_set(err, FT_ENOMEM, "no memory for a market profile");
        memset(more + w->profile_count, 0, (key + 1 - w->profile_count) * sizeof *more);
        w->profile_of_table = more;
        w->profile_count = key + 1;
    }
    if (w->profile_of_table[key]) {
        *profile = w->profile_of_table[key] - 1;
        return 0;
    }
    const ft_price *bounds, *ticks;
    ft_day day = (ft_day)(w->now_ns / FT_NS_PER_SEC / FT_SEC_PER_DAY);
    size_t n = ft_tick_bands(w->universe, inst->tick_table, day, &bounds, &ticks);
    struct ft_ex_tick bands[FT_EX_TICK_BANDS];
    FT_CHECK(n > 0 && n <= FT_EX_TICK_BANDS);
    for (size_t k = 0; k < n; k++)
        bands[k] = (struct ft_ex_tick){bounds[k] > FT_EX_PRICE_MAX ? FT_EX_PRICE_MAX : bounds[k],
                                       ticks[k]};
    uint16_t table;
    if (ft_exch_add_ticks(w->exch, bands, n, &table, err))
        return -1;
    bool hk = inst->market == FT_MARKET_HK;
    bool china = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    uint32_t conditional = FT_EX_BIT(FT_EX_STOP) | FT_EX_BIT(FT_EX_STOP_LIMIT) |
                           FT_EX_BIT(FT_EX_TOUCHED) | FT_EX_BIT(FT_EX_TOUCHED_LIMIT) |
                           FT_EX_BIT(FT_EX_TRAILING) | FT_EX_BIT(FT_EX_TRAILING_LIMIT);
    struct ft_ex_profile p = {
        .ticks = table,
        .limit_queues = hk ? 10 : 0,   /* market-rules.md 2: best and nine further queues */
        .special_queues = hk ? 10 : 0,
        .nominal_multiple = hk ? 9 : 0,
        .types_continuous = FT_EX_BIT(FT_EX_LIMIT) | FT_EX_BIT(FT_EX_MARKET) |
                            FT_EX_BIT(FT_EX_ABSOLUTE) | FT_EX_BIT(FT_EX_SPECIAL) |
                            FT_EX_BIT(FT_EX_SPECIAL_ALL) | conditional,
        .types_auction = FT_EX_BIT(FT_EX_AUCTION) | FT_EX_BIT(FT_EX_AUCTION_LIMIT) |
                         FT_EX_BIT(FT_EX_LIMIT) | FT_EX_BIT(FT_EX_MARKET),
        .auction = hk ? FT_EX_TIE_SIDE
                   : china && inst->market == FT_MARKET_SH ? FT_EX_TIE_MIDDLE
                                                           : FT_EX_TIE_REFERENCE,
        .no_cancel_range = hk,
    };
    if (ft_exch_add_profile(w->exch, &p, profile, err))
        return -1;
    w->profile_of_table[key] = *profile + 1;
    return 0;
}

static int make_ex_instrument(struct ft_world *w, struct ft_active *a, struct ft_err *err)
{
    const struct ft_instrument *inst = a->tape->inst;
    uint32_t profile;
    if (make_profile(w, inst, &profile, err))
        return -1;
    bool contracts = inst->type == FT_SEC_OPTION || inst->type == FT_SEC_FUTURE;
    ft_qty lot = (contracts || inst->lot < 1 ? 1 : inst->lot) * FT_QTY_SCALE;
    bool china = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    struct ft_ex_instrument x = {.profile = profile, .phase = FT_EX_CLOSED, .lot = lot,
                                 .max_qty = inst->market == FT_MARKET_HK && !contracts
                                                ? 3000 * lot : 0, /* market-rules.md 2 */
                                 .odd_sell = china, .reference = a->tape->prev_close};
    if (ft_exch_add_instrument(w->exch, &x, &a->ex_inst, err))
        return -1;
    if (a->ex_inst >= w->by_ex_cap) {
        size_t cap = w->by_ex_cap ? w->by_ex_cap * 2 : 256;
        while (cap <= a->ex_inst)
            cap *= 2;
        struct ft_active **more = realloc(w->by_ex, cap * sizeof *more);
        if (!more)
            return ft_err_set(err, FT_ENOMEM, "no memory for a watched instrument");
        memset(more + w->by_ex_cap, 0, (cap - w->by_ex_cap) * sizeof *more);
        w->by_ex = more;
        w->by_ex_cap = cap;
    }
    w->by_ex[a->ex_inst] = a;
    a->ex_made = true;
    return 0;
}

static struct ft_active *new_active(struct ft_world *w, ft_inst i, struct ft_err *err)
{
    const struct ft_instrument *inst = ft_universe_at(w->universe, i);
    if (w->changed_cap <= w->active.count) {
        size_t cap = w->changed_cap ? w->changed_cap * 2 : 256;
        ft_inst *more = realloc(w->changed, cap * sizeof *more);
        if (!more) {
            ft_err_set(err, FT_ENOMEM, "no memory to watch %s", inst->code);
            return NULL;
        }
        w->changed = more;
        w->changed_cap = cap;
    }
    struct ft_active *a = calloc(1, sizeof *a);
    if (a) {
        a->inst = i;
        ft_due_init(&a->due, i);
        a->has_book = inst->type != FT_SEC_INDEX && inst->type != FT_SEC_PLATE;
        a->tape = ft_tape_new(inst);
    }
    if (!a || !a->tape || ft_map64_put(&w->active, (uint64_t)i + 1, a)) {
        if (a)
            ft_tape_free(a->tape);
        free(a);
        ft_err_set(err, FT_ENOMEM, "no memory to watch %s", inst->code);
        return NULL;
    }
    return a;
}

/* The day so far, from the model; what the tape already has stays. */
static void backfill(struct ft_world *w, struct ft_active *a)
{
    struct ft_bar *bars = w->scratch;
    uint8_t sessions[FT_DAY_BARS_MAX];
    size_t n = ft_world_model_minutes(w, a->inst, a->moment.trading_day, w->now_ns, bars, sessions);
    FT_CHECK(n <= FT_DAY_BARS_MAX);
    size_t from = 0;
    if (a->tape->bar_count) {
        const struct ft_bar *last = &a->tape->bars[a->tape->bar_count - 1].bar;
        while (from < n && (bars[from].label_day < last->label_day ||
                            (bars[from].label_day == last->label_day &&
                             bars[from].minute <= last->minute)))
            from++;
    }
    if (from == n)
        return;
    /* The last price is of the end of its minute, or of now (quote-realtime.md 5.4: updateTime is
     * the time of the last price only). */
    const struct ft_bar *newest = &bars[n - 1];
    int64_t end = ft_minute_to_utc(w->timetables, a->tape->inst->profile, newest->label_day,
                                   newest->minute);
    ft_tape_backfill(a->tape, bars + from, sessions + from, n - from,
                     end < w->now_ns ? end : w->now_ns);
    if (a->has_book) /* indices and plates have no trades of their own */
        ft_world_past_ticks(w, a, bars + from, sessions + from, n - from);
}

static void activate(struct ft_world *w, struct ft_active *a)
{
    const struct ft_instrument *inst = a->tape->inst;
    ft_world_moment(w, a->inst, w->now_ns, &a->moment);
    if (a->tape->day != a->moment.trading_day)
        ft_tape_begin_day(a->tape, a->moment.trading_day,
                          ft_model_prev_close(w->model, a->inst, a->moment.trading_day));
    backfill(w, a);
    struct ft_bar day;
    a->mark_turnover_per_share =
        ft_tape_day_bar(a->tape, &day) && day.volume
            ? (double)day.turnover / FT_MONEY_SCALE / ((double)day.volume / FT_QTY_SCALE) : 0;
    if (!a->has_book)
        return;
    ft_flow_init(&a->flow, w->options.seed, ft_instrument_key(inst), ++a->epoch, a->ex_inst, inst);
    /* Orders of an earlier activation may still be known by number: never the same again. */
    a->flow.next_id += a->epoch << 28;
    if (inst->market == FT_MARKET_HK) {
        a->flow.brokers = w->broker_ids;
        a->flow.broker_count = w->broker_count;
    }
    ft_world_send_phase(w, a, ft_world_phase_of(w, a));
    struct ft_ex_cmd halt = {.kind = inst->suspended ? FT_EX_SUSPEND : FT_EX_RESUME,
                             .inst = a->ex_inst};
    ft_world_apply(w, &halt);
    a->book_open = false;
    if (trades(a)) {
        open_book(w, a);
    } else if (ft_world_in_pause(w, a)) { /* what rests was entered before */
        enum ft_ex_phase now = a->phase;
        ft_world_send_phase(w, a, FT_EX_CONTINUOUS);
        open_book(w, a);
        ft_world_send_phase(w, a, now);
    }
}

int ft_world_watch(struct ft_world *w, ft_inst i, struct ft_err *err)
{
    i = ft_world_resolve(w, i);
    struct ft_active *a = ft_world_active(w, i);
    if (!a && !(a = new_active(w, i, err)))
        return -1;
    if (a->watchers) {
        a->watchers++;
        return 0;
    }
    if (a->has_book && !a->ex_made && make_ex_instrument(w, a, err))
        return -1;
    if (ft_due_add(&w->due, &a->due))
        return ft_err_set(err, FT_ENOMEM, "no memory to watch %s", a->tape->inst->code);
    a->watchers = 1;
    activate(w, a);
    schedule(w, a);
    drain_exchange(w);
    return 0;
}

void ft_world_unwatch(struct ft_world *w, ft_inst i)
{
    struct ft_active *a = ft_world_active(w, i);
    FT_CHECK(a && a->watchers > 0);
    if (--a->watchers)
        return;
    ft_due_remove(&w->due, &a->due);
    a->book_open = false;
    if (!a->has_book)
        return;
    /* Suspended meanwhile: an auction that nobody sees the end of must not match now. */
    struct ft_ex_cmd halt = {.kind = FT_EX_SUSPEND, .inst = a->ex_inst};
    ft_world_apply(w, &halt);
    ft_world_send_phase(w, a, FT_EX_CLOSED);
}

const struct ft_tape *ft_world_live(const struct ft_world *w, ft_inst i)
{
    const struct ft_active *a = ft_world_active(w, i);
    return a && a->watchers ? a->tape : NULL;
}

size_t ft_world_changed(struct ft_world *w, const ft_inst **out)
{
    *out = w->changed;
    return w->changed_count;
}

void ft_world_drained(struct ft_world *w)
{
    for (size_t k = 0; k < w->changed_count; k++) {
        struct ft_active *a = ft_map64_get(&w->active, (uint64_t)w->changed[k] + 1);
        a->in_changed = false;
        a->tape->changed = 0;
        a->tape->ticks_drained = a->tape->tick_count;
        a->tape->first_bar_changed = a->tape->bar_count ? a->tape->bar_count - 1 : 0;
    }
    w->changed_count = 0;
}

/* ---- Users ---------------------------------------------------------------------------------- */

int ft_world_command(struct ft_world *w, ft_inst i, const struct ft_ex_cmd *cmd, struct ft_err *err)
{
    struct ft_active *a = ft_world_active(w, i);
    if (!a || !a->watchers || !a->has_book)
        return ft_err_set(err, FT_ESTATE, "instrument has no live book");
    if (!cmd->owner || cmd->id >= FT_WORLD_USER_IDS)
        return ft_err_set(err, FT_EINVAL, "order %" PRIu64 " of owner %u: not a user's", cmd->id,
                          cmd->owner);
    struct ft_ex_cmd own = *cmd;
    own.inst = a->ex_inst;
    ft_world_apply(w, &own);
    return 0;
}

bool ft_world_has_event(const struct ft_world *w)
{
    return w->user_head != w->user_tail;
}

const struct ft_ex_event *ft_world_next_event(struct ft_world *w)
{
    return w->user_head == w->user_tail ? NULL : &w->user[w->user_head++ & (w->user_cap - 1)];
}

/* ---- Life ----------------------------------------------------------------------------------- */

struct ft_world *ft_world_new(const struct ft_universe *u, const struct ft_world_options *options,
                              struct ft_err *err)
{
    struct ft_world *w = calloc(1, sizeof *w);
    if (!w) {
        ft_err_set(err, FT_ENOMEM, "no memory for the world");
        return NULL;
    }
    w->universe = u;
    w->timetables = ft_universe_timetables(u);
    w->options = *options;
    w->now_ns = options->start_ns;
    w->hash = UINT64_C(0xcbf29ce484222325);
    w->user_cap = USER_EVENTS_CAP;
    w->user = malloc(w->user_cap * sizeof *w->user);
    w->scratch = malloc(FT_DAY_BARS_MAX * sizeof *w->scratch);
    w->model = ft_model_new(u, options->seed, &options->hours);
    const struct ft_broker *brokers;
    w->broker_count = ft_brokers(u, &brokers);
    w->broker_ids = malloc((w->broker_count + 1) * sizeof *w->broker_ids);
    if (!w->user || !w->scratch || !w->model || !w->broker_ids) {
        ft_err_set(err, FT_ENOMEM, "no memory for the world");
        ft_world_free(w);
        return NULL;
    }
    for (size_t k = 0; k < w->broker_count; k++)
        w->broker_ids[k] = brokers[k].id;
    w->exch = ft_exch_new(NULL, err);
    if (!w->exch || ft_ex_events_init(&w->events, EVENTS_CAP, err)) {
        ft_world_free(w);
        return NULL;
    }
    return w;
}

void ft_world_free(struct ft_world *w)
{
    if (!w)
        return;
    for (size_t k = 0; k < w->active.cap; k++) {
        struct ft_active *a = w->active.slots[k].value;
        if (a) {
            ft_tape_free(a->tape);
            free(a);
        }
    }
    ft_map64_free(&w->active);
    ft_ex_events_free(&w->events);
    ft_exch_free(w->exch);
    ft_model_free(w->model);
    free(w->by_ex);
    ft_due_free(&w->due);
    free(w->changed);
    free(w->profile_of_table);
    free(w->user);
    free(w->broker_ids);
    free(w->scratch);
    free(w);
}

const struct ft_universe *ft_world_universe(const struct ft_world *w)
{
    return w->universe;
}

const struct ft_model *ft_world_model(const struct ft_world *w)
{
    return w->model;
}

int64_t ft_world_now(const struct ft_world *w)
{
    return w->now_ns;
}

uint64_t ft_world_hash(const struct ft_world *w)
{
    return w->hash;
}

void ft_world_log_to(struct ft_world *w, ft_event_sink *sink, void *user)
{
    w->sink = sink;
    w->sink_user = user;
}
