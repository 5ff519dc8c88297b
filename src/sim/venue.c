#include "sim/venue.h"

#include "base/check.h"
#include "sim/world_state.h"

#include <stdlib.h>
#include <string.h>

#define LINGER_NS (INT64_C(600) * FT_NS_PER_SEC)

/* An instrument that the broker has to do with. */
struct seat {
    ft_inst inst;
    uint32_t users;      /* live orders, and whoever watches */
    int64_t idle_since;  /* no users since; watched still */
};

/* What was said of an instrument that nobody watches: good for a second of the world's time. Asked for
 * every holding at every order, and the model takes its time. */
struct said {
    int64_t second_ns;
    struct ft_venue_quote quote;
};

struct ft_sim_venue {
    struct ft_world *w;
    struct ft_map64 seats; /* inst + 1 -> struct seat */
    struct ft_map64 said;  /* inst + 1 -> struct said */
    int64_t next_idle_ns;  /* when the first seat without users goes; INT64_MAX: none */
    struct ft_venue_event second; /* a fill has two sides */
    bool has_second;
};

/* ---- Watching ------------------------------------------------------------------------------- */

static int seat_take(void *self, ft_inst inst, struct ft_err *err)
{
    struct ft_sim_venue *v = self;
    struct seat *s = ft_map64_get(&v->seats, (uint64_t)inst + 1);
    if (s) {
        s->users++;
        return 0;
    }
    s = calloc(1, sizeof *s);
    if (!s || ft_map64_put(&v->seats, (uint64_t)inst + 1, s)) {
        free(s);
        return ft_err_set(err, FT_ENOMEM, "no memory for an instrument that is traded");
    }
    if (ft_world_watch(v->w, inst, err)) {
        ft_map64_take(&v->seats, (uint64_t)inst + 1);
        free(s);
        return -1;
    }
    *s = (struct seat){.inst = inst, .users = 1};
    return 0;
}

static void seat_leave(void *self, ft_inst inst)
{
    struct ft_sim_venue *v = self;
    struct seat *s = ft_map64_get(&v->seats, (uint64_t)inst + 1);
    FT_CHECK(s && s->users > 0);
    if (--s->users)
        return;
    s->idle_since = v->w->now_ns;
    if (s->idle_since + LINGER_NS < v->next_idle_ns)
        v->next_idle_ns = s->idle_since + LINGER_NS;
}

static void sweep(struct ft_sim_venue *v)
{
    if (v->w->now_ns < v->next_idle_ns)
        return;
    v->next_idle_ns = INT64_MAX;
    for (size_t k = 0; k < v->seats.cap;) {
        struct seat *s = v->seats.slots[k].value;
        if (v->seats.slots[k].key && s->users == 0 && s->idle_since + LINGER_NS <= v->w->now_ns) {
            ft_world_unwatch(v->w, s->inst);
            ft_map64_take(&v->seats, (uint64_t)s->inst + 1); /* moves another one to this place */
            free(s);
            continue;
        }
        if (v->seats.slots[k].key && s->users == 0 && s->idle_since + LINGER_NS < v->next_idle_ns)
            v->next_idle_ns = s->idle_since + LINGER_NS;
        k++;
    }
}

/* ---- Questions ---------------------------------------------------------------------------------- */

static void from_moment(const struct ft_instrument *inst, const struct ft_moment *m,
                        struct ft_venue_quote *out)
{
    memset(out, 0, sizeof *out);
    out->trading_day = m->trading_day;
    out->session = m->span.session;
    out->suspended = inst->suspended;
    enum ft_phase p = m->span.phase; /* as phases.c opens the exchange */
    out->auction = p == FT_PHASE_INPUT || p == FT_PHASE_NO_CANCEL || p == FT_PHASE_CLOSING_CALL;
    out->accepts = !inst->suspended && m->span.session != FT_SES_NONE &&
                   (out->auction || p == FT_PHASE_CONTINUOUS || p == FT_PHASE_FIXED_PRICE);
    out->change_ns = m->span_end_ns;
}

/* By the model, at the whole second: spans begin at whole minutes. */
static void quote_unwatched(struct ft_sim_venue *v, const struct ft_instrument *inst,
                            struct ft_venue_quote *out)
{
    struct ft_world *w = v->w;
    int64_t second_ns = w->now_ns / FT_NS_PER_SEC * FT_NS_PER_SEC;
    struct said *s = ft_map64_get(&v->said, (uint64_t)inst->index + 1);
    if (s && s->second_ns == second_ns) {
        *out = s->quote;
        return;
    }
    struct ft_moment m;
    ft_world_moment(w, inst->index, second_ns, &m);
    from_moment(inst, &m, out);
    out->prev_close = out->prev_settle = ft_model_prev_close(w->model, inst->index, m.trading_day);
    out->last = ft_tick_round(w->universe, inst, m.trading_day,
                              ft_model_fair(w->model, inst->index, second_ns));
    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s || ft_map64_put(&v->said, (uint64_t)inst->index + 1, s)) {
            free(s); /* without memory it is worked out each time */
            return;
        }
    }
    s->second_ns = second_ns;
    s->quote = *out;
}

static void quote(void *self, ft_inst i, struct ft_venue_quote *out)
{
    struct ft_sim_venue *v = self;
    struct ft_world *w = v->w;
    const struct ft_instrument *inst = ft_universe_at(w->universe, i);
    const struct ft_active *a = ft_world_active(w, i);
    if (!a || !a->watchers) {
        quote_unwatched(v, inst, out);
        return;
    }
    from_moment(inst, &a->moment, out);
    const struct ft_tape *t = a->tape;
    out->prev_close = out->prev_settle = t->prev_close;
    out->last = t->last > 0 ? t->last : t->prev_close;
    struct ft_ex_level level;
    if (!a->has_book)
        return;
    if (ft_exch_best(w->exch, a->ex_inst, FT_EX_BUY, &level)) {
        out->bid = level.price;
        out->bid_qty = level.qty;
    }
    if (ft_exch_best(w->exch, a->ex_inst, FT_EX_SELL, &level)) {
        out->ask = level.price;
        out->ask_qty = level.qty;
    }
}

static ft_price close_of(void *self, ft_inst i, ft_day day)
{
    struct ft_sim_venue *v = self;
    struct ft_bar bar;
    return ft_model_day(v->w->model, i, day, &bar) ? bar.close : 0;
}

static int profile_of(const struct ft_sim_venue *v, ft_inst i)
{
    return ft_universe_at(v->w->universe, i)->profile;
}

static ft_day day_of(void *self, ft_inst i, int64_t utc_ns)
{
    struct ft_sim_venue *v = self;
    struct ft_moment m;
    ft_world_moment(v->w, i, utc_ns, &m);
    return m.trading_day;
}

static ft_day day_after(void *self, ft_inst i, ft_day day)
{
    struct ft_sim_venue *v = self;
    return ft_next_trading_day(v->w->timetables, profile_of(v, i), &v->w->options.hours, day);
}

static int64_t session_end(void *self, ft_inst i, ft_day day, unsigned sessions)
{
    struct ft_sim_venue *v = self;
    struct ft_span spans[FT_SPANS_MAX];
    int n = ft_day_spans(v->w->timetables, profile_of(v, i), &v->w->options.hours, day, spans);
    for (int k = n; k-- > 0;)
        if (spans[k].session != FT_SES_NONE && (sessions & FT_IN(spans[k].session)))
            return ft_minute_to_utc(v->w->timetables, profile_of(v, i), day, spans[k].end);
    return 0;
}

static ft_qty minute_volume(void *self, ft_inst i, int64_t utc_ns)
{
    struct ft_sim_venue *v = self;
    return ft_model_minute_volume(v->w->model, i, utc_ns);
}

static size_t actions(void *self, ft_inst i, ft_day until, const struct ft_rehab **out)
{
    struct ft_sim_venue *v = self;
    return ft_model_rehab(v->w->model, i, until, out);
}

static ft_price trail_peak(void *self, ft_inst inst, uint64_t id)
{
    struct ft_sim_venue *v = self;
    struct ft_ex_order there;
    (void)inst;
    return ft_exch_order(v->w->exch, id, &there) ? there.peak : 0;
}

/* ---- Commands ------------------------------------------------------------------------------------ */

static uint8_t ex_type(uint8_t type)
{
    switch (type) {
    case FT_ORDER_MARKET: return FT_EX_MARKET;
    case FT_ORDER_ABSOLUTE_LIMIT: return FT_EX_ABSOLUTE;
    case FT_ORDER_AUCTION: return FT_EX_AUCTION;
    case FT_ORDER_AUCTION_LIMIT: return FT_EX_AUCTION_LIMIT;
    case FT_ORDER_SPECIAL_LIMIT: return FT_EX_SPECIAL;
    case FT_ORDER_SPECIAL_LIMIT_ALL: return FT_EX_SPECIAL_ALL;
    case FT_ORDER_STOP: return FT_EX_STOP;
    case FT_ORDER_STOP_LIMIT: return FT_EX_STOP_LIMIT;
    case FT_ORDER_MIT: return FT_EX_TOUCHED;
    case FT_ORDER_LIT: return FT_EX_TOUCHED_LIMIT;
    case FT_ORDER_TRAILING_STOP: return FT_EX_TRAILING;
    case FT_ORDER_TRAILING_STOP_LIMIT: return FT_EX_TRAILING_LIMIT;
    }
    return FT_EX_LIMIT;
}

static struct ft_ex_cmd command(const struct ft_venue_order *o, uint8_t kind)
{
    return (struct ft_ex_cmd){
        .kind = kind, .side = o->buy ? FT_EX_BUY : FT_EX_SELL, .type = ex_type(o->type),
        .tif = o->ioc ? FT_EX_IOC : FT_EX_DAY, .id = o->id, .price = o->price, .qty = o->qty,
        .owner = o->account + 1,
        .trail = o->trail_type == FT_TRAIL_RATIO ? FT_EX_BY_RATIO : FT_EX_BY_AMOUNT,
        .trigger = o->trail_type ? o->peak : o->trigger, .trail_value = o->trail_value, .trail_spread = o->trail_spread,
    };
}

static int enter(void *self, const struct ft_venue_order *o, struct ft_err *err)
{
    struct ft_sim_venue *v = self;
    if (seat_take(v, o->inst, err))
        return -1;
    struct ft_ex_cmd cmd = command(o, FT_EX_ADD);
    if (ft_world_command(v->w, o->inst, &cmd, err)) {
        seat_leave(v, o->inst);
        return -1;
    }
    return 0;
}

static int amend(void *self, const struct ft_venue_order *o, struct ft_err *err)
{
    struct ft_sim_venue *v = self;
    struct ft_ex_cmd cmd = command(o, FT_EX_REPLACE);
    struct ft_ex_order there;
    if (ft_exch_order(v->w->exch, o->id, &there))
        cmd.qty += there.filled; /* the exchange counts the whole order */
    return ft_world_command(v->w, o->inst, &cmd, err);
}

static int cancel(void *self, ft_inst inst, uint64_t id, struct ft_err *err)
{
    struct ft_sim_venue *v = self;
    struct ft_ex_order there;
    struct ft_ex_cmd cmd = {.kind = FT_EX_CANCEL, .id = id, .owner = 1};
    if (ft_exch_order(v->w->exch, id, &there))
        cmd.owner = there.owner;
    return ft_world_command(v->w, inst, &cmd, err);
}

/* ---- Events ---------------------------------------------------------------------------------------- */

static const char *const why_chs[FT_EX_WHYS] = {
    [FT_EX_NO_INSTRUMENT] = "标的不存在", [FT_EX_BAD_FIELD] = "参数无效",
    [FT_EX_SUSPENDED] = "停牌", [FT_EX_WRONG_PHASE] = "当前时段不允许该操作",
    [FT_EX_WRONG_TYPE] = "当前时段不支持该订单类型", [FT_EX_WRONG_TIF] = "当前时段不支持该有效期",
    [FT_EX_DUPLICATE_ID] = "订单号重复", [FT_EX_UNKNOWN_ID] = "订单不存在",
    [FT_EX_BAD_QTY] = "数量无效", [FT_EX_QTY_LOW] = "低于最小数量", [FT_EX_QTY_HIGH] = "超过最大数量",
    [FT_EX_ODD_LOT] = "数量不是每手股数的整数倍", [FT_EX_QTY_FILLED] = "低于已成交数量",
    [FT_EX_BAD_PRICE] = "价格无效", [FT_EX_OFF_TICK] = "订单价格不在价位上",
    [FT_EX_OUTSIDE_BAND] = "价格超出限制范围", [FT_EX_AUCTION_RANGE] = "价格超出竞价限制范围",
    [FT_EX_TOO_FAR] = "价格偏离现价过远", [FT_EX_TOO_AGGRESSIVE] = "价格过于激进",
    [FT_EX_WOULD_CROSS] = "绝对限价单不可越过对手最优价", [FT_EX_BAD_TRIGGER] = "触发条件无效",
    [FT_EX_FULL] = "交易所订单已满", [FT_EX_BY_USER] = "用户撤单", [FT_EX_BY_OWNER] = "全部撤单",
    [FT_EX_DAY_ENDED] = "交易日结束", [FT_EX_IOC_REST] = "即时成交剩余撤销",
    [FT_EX_FOK_SHORT] = "无法全部成交", [FT_EX_NO_LIQUIDITY] = "无对手盘，剩余撤销",
    [FT_EX_SPECIAL_REST] = "特别限价单剩余撤销", [FT_EX_ALL_SHORT] = "无法全部成交",
    [FT_EX_QUEUE_LIMIT] = "超过可成交价位数，剩余撤销", [FT_EX_AUCTION_OVER] = "竞价结束未成交",
};

static void say_why(const struct ft_ex_event *e, struct ft_venue_event *out)
{
    out->text_en = ft_ex_why_text((enum ft_ex_why)e->why);
    out->text_chs = e->why < FT_EX_WHYS && why_chs[e->why] ? why_chs[e->why] : out->text_en;
}

static uint8_t rejected_kind(uint8_t cmd)
{
    return cmd == FT_EX_REPLACE  ? FT_VE_REPLACE_REJECTED
           : cmd == FT_EX_CANCEL ? FT_VE_CANCEL_REJECTED : FT_VE_REJECTED;
}

/* The sides of a fill that are users'. */
static bool on_fill(struct ft_sim_venue *v, const struct ft_ex_event *e, struct ft_venue_event *out)
{
    struct ft_venue_event both = {.kind = FT_VE_FILL, .trade = e->no, .time_ns = e->time_ns,
                                  .price = e->price, .qty = e->qty};
    struct ft_venue_event maker = both, taker = both;
    maker.id = e->id;
    maker.counter_broker = e->taker_broker;
    taker.id = e->taker_id;
    taker.taker = true;
    taker.counter_broker = e->broker;
    if (e->owner && e->left == 0)
        seat_leave(v, e->inst);
    if (e->taker_owner && e->taker_left == 0)
        seat_leave(v, e->inst);
    *out = e->owner ? maker : taker;
    v->has_second = e->owner && e->taker_owner;
    v->second = taker;
    return true;
}

/* False: nothing that the broker needs to hear. */
static bool translate(struct ft_sim_venue *v, const struct ft_ex_event *e, struct ft_venue_event *out)
{
    *out = (struct ft_venue_event){.id = e->id, .time_ns = e->time_ns, .price = e->price,
                                   .qty = e->qty};
    struct ft_ex_order there;
    switch (e->kind) {
    case FT_EX_ACCEPTED: out->kind = FT_VE_ACCEPTED; return true;
    case FT_EX_REPLACED: out->kind = FT_VE_REPLACED; return true;
    case FT_EX_TRIGGERED:
        out->kind = FT_VE_TRIGGERED;
        out->price = ft_exch_order(v->w->exch, e->id, &there) ? there.price : 0;
        return true;
    case FT_EX_FILL: return on_fill(v, e, out);
    case FT_EX_REJECTED:
        out->kind = rejected_kind(e->cmd);
        say_why(e, out);
        if (out->kind == FT_VE_REJECTED)
            seat_leave(v, e->inst);
        return true;
    case FT_EX_CANCELLED:
        out->kind = FT_VE_CANCELLED;
        out->day_ended = e->why == FT_EX_DAY_ENDED;
        out->by_user = e->why == FT_EX_BY_USER || e->why == FT_EX_BY_OWNER;
        say_why(e, out);
        seat_leave(v, e->inst);
        return true;
    }
    return false;
}

static bool next(void *self, struct ft_venue_event *out)
{
    struct ft_sim_venue *v = self;
    if (v->has_second) {
        v->has_second = false;
        *out = v->second;
        return true;
    }
    const struct ft_ex_event *e;
    while ((e = ft_world_next_event(v->w)))
        if (translate(v, e, out))
            return true;
    return false;
}

/* ---- Life ------------------------------------------------------------------------------------------- */

struct ft_venue ft_sim_venue_port(struct ft_sim_venue *v)
{
    static const struct ft_venue_ops ops = {
        .quote = quote, .enter = enter, .amend = amend, .cancel = cancel, .next = next,
        .close_of = close_of, .day_of = day_of, .day_after = day_after, .session_end = session_end,
        .minute_volume = minute_volume, .watch = seat_take, .unwatch = seat_leave,
        .actions = actions, .trail_peak = trail_peak,
    };
    return (struct ft_venue){&ops, v};
}

struct ft_sim_venue *ft_sim_venue_new(struct ft_world *w, struct ft_err *err)
{
    struct ft_sim_venue *v = calloc(1, sizeof *v);
    if (!v) {
        ft_err_set(err, FT_ENOMEM, "no memory for the venue");
        return NULL;
    }
    v->w = w;
    v->next_idle_ns = INT64_MAX;
    ft_map64_init(&v->seats);
    ft_map64_init(&v->said);
    return v;
}

void ft_sim_venue_free(struct ft_sim_venue *v)
{
    if (!v)
        return;
    for (size_t k = 0; k < v->seats.cap; k++)
        if (v->seats.slots[k].key)
            free(v->seats.slots[k].value);
    for (size_t k = 0; k < v->said.cap; k++)
        if (v->said.slots[k].key)
            free(v->said.slots[k].value);
    ft_map64_free(&v->said);
    ft_map64_free(&v->seats);
    free(v);
}

static int64_t next_own(const struct ft_sim_venue *v, const struct ft_brk *b)
{
    int64_t next = ft_brk_next(b);
    return v->next_idle_ns < next ? v->next_idle_ns : next;
}

/* From one moment to the next at which the broker has something to do or to hear. */
size_t ft_sim_advance(struct ft_sim_venue *v, struct ft_brk *b, int64_t now_ns)
{
    size_t done = 0;
    for (bool there = false; !there;) {
        int64_t at = next_own(v, b);
        done += ft_world_step_to_event(v->w, at < now_ns ? at : now_ns);
        there = !ft_world_has_event(v->w) && ft_world_now(v->w) >= now_ns;
        ft_brk_step(b, ft_world_now(v->w));
        sweep(v);
    }
    return done;
}

int64_t ft_sim_next(const struct ft_sim_venue *v, const struct ft_brk *b)
{
    int64_t world = ft_world_next(v->w), own = next_own(v, b);
    return world < own ? world : own;
}
