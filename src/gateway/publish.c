/* Pushes: built once, framed once per form, appended to everyone who registered (DESIGN.md 2.3).
 *
 * Entries of one topic that see the same data (sessions, adjustment, order detail) share the same
 * bytes; only encrypted connections cost their own pass. A connection whose output has backed up
 * gets the newest quote, book and broker queue once it has room again, instead of every one; bars
 * and ticks are never left out: past the output bound the connection is closed.
 *
 * With qot_push_frequency (platform.md 2.2) a topic's pushes are that far apart, bars and RT excepted:
 * what changes in between is owed, and when the interval is over its newest state goes out, of trades
 * all since the last push. The cached push of a registration is not part of that cadence. */
#include "gateway/subs.h"

#include "base/check.h"
#include "base/log.h"
#include "gateway/forms.h"
#include "gateway/push.h"

static const struct {
    uint32_t proto_id;
    unsigned changes; /* FT_CHANGED_... that make a push */
    bool newest_will_do;
} kinds[FT_SUB_TYPE_MAX + 1] = {
    [FT_SUB_QUOTE] = {FT_PROTO_Qot_UpdateBasicQot, FT_CHANGED_QUOTE, true},
    [FT_SUB_BOOK] = {FT_PROTO_Qot_UpdateOrderBook, FT_CHANGED_BOOK, true},
    [FT_SUB_TICK] = {FT_PROTO_Qot_UpdateTicker, FT_CHANGED_TICK, false},
    [FT_SUB_RT] = {FT_PROTO_Qot_UpdateRT, FT_CHANGED_RT, false},
    [FT_SUB_BROKER] = {FT_PROTO_Qot_UpdateBroker, FT_CHANGED_BROKER, true},
};

static uint32_t proto_of(int type)
{
    return ft_sub_bar_kind(type) ? FT_PROTO_Qot_UpdateKL : kinds[type].proto_id;
}

static unsigned changes_of(int type)
{
    return ft_sub_bar_kind(type) ? FT_CHANGED_BAR : kinds[type].changes;
}

/* ---- Delivery ------------------------------------------------------------------------------- */

/* A push on its way: its forms, and how they are handed over. */
struct made {
    struct ft_forms forms;
    bool shared;        /* stays in gw->push_frames until the flush at the end of the round */
    unsigned delivered; /* to how many connections */
    int kind;             /* of delay.h, -1: none of them */
    uint64_t happened_ns; /* its oldest event, monotonic; 0: a state that was at hand */
};

static void owe(struct ft_gateway *gw, struct ft_sub_entry *e)
{
    e->stale = true;
    if (ft_list_empty(&e->conn->by_stale))
        ft_list_push(&gw->subs->stale_conns, &e->conn->by_stale);
}

static void deliver(struct ft_gateway *gw, struct made *m, struct ft_sub_entry *e)
{
    struct ft_conn *c = e->conn;
    if (!c)
        return; /* it ended with an earlier push of this round */
    if (kinds[e->topic->type].newest_will_do && ft_conn_backed_up(c)) {
        owe(gw, e);
        return;
    }
    e->stale = false;
    size_t len;
    const uint8_t *frame = ft_forms_get(gw, &m->forms, c->push_format, &len);
    if (!frame)
        return;
    int bad = m->shared ? ft_conn_send_shared(c, (size_t)m->forms.at[c->push_format], len)
                        : ft_conn_send_frame(c, frame, len);
    m->delivered += !bad;
    if (!bad && m->kind >= 0 && e->login->delay)
        ft_delay_push_own(&gw->delay, e->login->delay, m->kind, m->happened_ns, uv_hrtime());
}

/* `tape`: with its changes, NULL: a state that was at hand. */
static struct made make(struct ft_gateway *gw, const ProtobufCMessage *msg, int type, bool shared,
                        const struct ft_tape *tape)
{
    struct made m = {.shared = shared, .kind = ft_delay_push_kind(proto_of(type))};
    if (m.kind >= 0 && tape)
        m.happened_ns = ft_market_mono_of(gw, tape->changed_ns);
    ft_forms_begin(gw, &m.forms, proto_of(type), msg);
    return m;
}

/* What was delivered of a push, for the latency figures. */
static void note(struct ft_gateway *gw, const struct made *m)
{
    if (!m->delivered || m->kind < 0)
        return;
    if (m->happened_ns)
        ft_delay_push(&gw->delay, m->kind, m->happened_ns, m->delivered);
    else
        ft_delay_push_at_hand(&gw->delay, m->kind, uv_hrtime());
}

/* Writes what the connections share, so that its place is free again. */
static void end_round(struct ft_gateway *gw)
{
    ft_gateway_flush(gw);
    ft_buf_consume(&gw->push_frames, ft_buf_len(&gw->push_frames));
}

enum {
    /* Books: rights, order detail or not. Else sessions, adjustments. */
    VARIANTS = FT_QOT_RIGHTS * 2 > 3 * 3 ? FT_QOT_RIGHTS * 2 : 3 * 3,
    ROUND_BYTES = 4 << 20, /* of shared frames before they are written out */
};

static unsigned variant_index(int type, const struct ft_push_variant *v)
{
    if (type == FT_SUB_BOOK)
        return (unsigned)v->right * 2 + v->detail;
    unsigned sessions = v->sessions == FT_IN_RTH ? 0 : v->sessions == FT_IN_ETH ? 1 : 2;
    return sessions * 3 + (unsigned)v->adjust;
}

/* Entries and connections lie all over the memory: while one is served, the connection of the next
 * and the entry behind that are fetched. */
static inline void look_ahead(const struct ft_topic *t, const struct ft_list *n)
{
    if (n->next == &t->entries)
        return;
    const struct ft_conn *c = ft_container_of(n->next, struct ft_sub_entry, by_topic)->conn;
    __builtin_prefetch(n->next->next);
    if (c) {
        __builtin_prefetch(c);
        __builtin_prefetch((const char *)c + 64);
    }
}

/* ---- The least interval ------------------------------------------------------------------------- */

static void on_interval_over(uv_timer_t *timer)
{
    (void)timer; /* the turn that it begins looks at what is due */
}

static void wake_at(struct ft_gateway *gw, uint64_t due_ms)
{
    uint64_t now = uv_now(gw->loop);
    gw->subs->held_due_ms = due_ms;
    uv_timer_start(&gw->held_pushes, on_interval_over, due_ms > now ? due_ms - now : 0, 0);
}

/* Whether the topic's last push is too recent for another; it is owed then. Called before its push. */
static bool hold_back(struct ft_gateway *gw, struct ft_topic *t, const struct ft_tape *tape)
{
    uint64_t now = uv_now(gw->loop);
    bool held = !ft_list_empty(&t->by_held);
    if (!held)
        t->ticks_from = tape->ticks_drained;
    if (!gw->config.qot_push_frequency || ft_sub_bar_kind(t->type) || t->type == FT_SUB_RT)
        return false;
    if (now >= t->due_ms) {
        t->due_ms = now + (uint64_t)gw->config.qot_push_frequency;
        ft_list_del(&t->by_held);
        return false;
    }
    if (held)
        return true;
    bool first = ft_list_empty(&gw->subs->held);
    ft_list_push(&gw->subs->held, &t->by_held);
    if (first || t->due_ms < gw->subs->held_due_ms)
        wake_at(gw, t->due_ms);
    return true;
}

/* Trades to an entry that registered while they were held back: without those that came before. */
static void publish_late_ticks(struct ft_gateway *gw, const struct ft_tape *tape,
                               struct ft_sub_entry *e, struct ft_push_variant *v)
{
    v->ticks_from = e->ticks_from;
    const ProtobufCMessage *msg = ft_push_build(gw, e->topic, tape, v);
    if (msg) {
        struct made m = make(gw, msg, e->topic->type, true, NULL);
        deliver(gw, &m, e);
        note(gw, &m);
    }
}

/* One pass over the entries; each variant is made when the first one wants it. */
static void publish_topic(struct ft_gateway *gw, struct ft_topic *t, const struct ft_tape *tape)
{
    struct made made[VARIANTS];
    uint32_t tried = 0, there = 0; /* bits by variant_index */
    bool bars = ft_sub_bar_kind(t->type);
    int adjusts = bars ? FT_ADJUST_BACKWARD : FT_ADJUST_NONE;
    enum ft_qot_product product = ft_qot_product_of(t->inst);
    unsigned subscribers = ft_rights_subscribers(t->inst, t->type);
    ft_arena_reset(&gw->arena);
    if (ft_buf_len(&gw->push_frames) > ROUND_BYTES || ft_delay_is_full(&gw->delay, VARIANTS))
        end_round(gw);
    for (struct ft_list *n = t->entries.next; n != &t->entries; n = n->next) {
        struct ft_sub_entry *e = ft_container_of(n, struct ft_sub_entry, by_topic);
        look_ahead(t, n);
        if (!e->registered || !e->conn)
            continue;
        enum ft_qot_right right = (enum ft_qot_right)e->conn->login->rights.held[product];
        if (!(subscribers >> right & 1))
            continue; /* another terminal has it (platform.md 11.5) */
        for (int adjust = FT_ADJUST_NONE; e->conn && adjust <= adjusts; adjust++) {
            if (bars && !(e->rehabs & 1 << adjust))
                continue;
            struct ft_push_variant v = {.sessions = e->sessions, .adjust = (enum ft_adjust)adjust,
                                        .detail = e->detail, .right = right,
                                        .ticks_from = t->ticks_from};
            if (e->ticks_from > t->ticks_from) {
                publish_late_ticks(gw, tape, e, &v);
                continue;
            }
            unsigned k = variant_index(t->type, &v);
            if (!(tried >> k & 1)) {
                tried |= UINT32_C(1) << k;
                const ProtobufCMessage *msg = ft_push_build(gw, t, tape, &v);
                if (msg) {
                    there |= UINT32_C(1) << k;
                    made[k] = make(gw, msg, t->type, true, tape);
                }
            }
            if (there >> k & 1)
                deliver(gw, &made[k], e);
        }
    }
    for (unsigned k = 0; there >> k; k++)
        if (there >> k & 1)
            note(gw, &made[k]);
}

/* To one entry: what is cached, or the ticks that it missed. */
static void publish_one(struct ft_gateway *gw, struct ft_sub_entry *e, bool missed)
{
    const struct ft_instrument *inst = e->topic->inst;
    const struct ft_tape *tape = ft_world_live(gw->world, inst->index);
    enum ft_qot_right right = ft_rights_of(&e->conn->login->rights, inst);
    FT_CHECK(tape != NULL);
    if (!(ft_rights_subscribers(inst, e->topic->type) >> right & 1))
        return;
    for (int adjust = FT_ADJUST_NONE; adjust <= FT_ADJUST_BACKWARD; adjust++) {
        bool bars = ft_sub_bar_kind(e->topic->type);
        if (bars ? !(e->rehabs & 1 << adjust) : adjust > 0)
            continue;
        struct ft_push_variant v = {.sessions = e->sessions, .adjust = (enum ft_adjust)adjust,
                                    .detail = e->detail, .right = right, .first = !missed,
                                    .missed = missed};
        if (e->topic->type == FT_SUB_TICK)
            e->ticks_from = tape->tick_count;
        ft_forms_swap_arenas(gw);
        ft_arena_reset(&gw->arena);
        size_t before = ft_buf_len(&gw->push_frames);
        const ProtobufCMessage *msg = ft_push_build(gw, e->topic, tape, &v);
        if (msg) {
            struct made m = make(gw, msg, e->topic->type, false, NULL);
            deliver(gw, &m, e);
            note(gw, &m);
            ft_frame_cancel(&gw->push_frames, (ptrdiff_t)before);
        }
        ft_forms_swap_arenas(gw);
    }
}

void ft_publish_first(struct ft_gateway *gw, struct ft_sub_entry *e)
{
    publish_one(gw, e, false);
}

void ft_publish_cut(struct ft_gateway *gw)
{
    const struct ft_map64 *topics = &gw->subs->topics;
    for (size_t k = 0; k < topics->cap; k++) {
        struct ft_topic *t = topics->slots[k].value;
        const struct ft_tape *tape = t ? ft_world_live(gw->world, t->inst->index) : NULL;
        if (!tape)
            continue;
        /* What is held back by the push frequency comes with what is missed. */
        t->ticks_seen = ft_list_empty(&t->by_held) ? tape->tick_count : t->ticks_from;
        ft_list_del(&t->by_held);
    }
}

void ft_publish_missed(struct ft_gateway *gw)
{
    const struct ft_map64 *topics = &gw->subs->topics;
    for (size_t k = 0; k < topics->cap; k++) {
        struct ft_topic *t = topics->slots[k].value;
        for (struct ft_list *n = t ? t->entries.next : NULL; n && n != &t->entries; n = n->next) {
            struct ft_sub_entry *e = ft_container_of(n, struct ft_sub_entry, by_topic);
            if (e->registered && e->conn)
                publish_one(gw, e, t->type == FT_SUB_TICK);
        }
    }
}

/* Connections that fell behind and have room again get the newest state of what they missed. */
static void pay_debts(struct ft_gateway *gw)
{
    struct ft_list *head = &gw->subs->stale_conns, *n = head->next;
    while (n != head) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_stale);
        n = n->next;
        if (ft_conn_backed_up(c))
            continue;
        ft_list_del(&c->by_stale);
        for (struct ft_list *k = c->subs.next; k != &c->subs; k = k->next) {
            struct ft_sub_entry *e = ft_container_of(k, struct ft_sub_entry, by_conn);
            if (e->stale && e->registered)
                ft_publish_first(gw, e);
            if (c->state == FT_CONN_CLOSING)
                break;
        }
        if (n != head && ft_list_empty(n)) /* the next one left the list meanwhile */
            n = head->next;
    }
}

/* Topics whose interval is over and that did not change in this turn, which would have pushed them. */
static void release_held(struct ft_gateway *gw)
{
    struct ft_list *head = &gw->subs->held, *n = head->next;
    uint64_t now = uv_now(gw->loop), next = UINT64_MAX;
    ft_forms_swap_arenas(gw);
    while (n != head) {
        struct ft_topic *t = ft_container_of(n, struct ft_topic, by_held);
        const struct ft_tape *tape = ft_world_live(gw->world, t->source);
        n = n->next;
        if (now < t->due_ms) {
            next = t->due_ms < next ? t->due_ms : next;
            continue;
        }
        if (tape && !hold_back(gw, t, tape))
            publish_topic(gw, t, tape);
        ft_list_del(&t->by_held);
    }
    ft_forms_swap_arenas(gw);
    end_round(gw);
    if (next != UINT64_MAX)
        wake_at(gw, next);
}

void ft_subs_publish(struct ft_gateway *gw)
{
    const ft_inst *changed;
    uint32_t serial_before = gw->push_serial;
    size_t n = ft_world_changed(gw->world, &changed);
    if (n) {
        ft_delay_taken(&gw->delay, uv_hrtime());
        ft_forms_swap_arenas(gw);
    }
    for (size_t k = 0; k < n && !gw->backend.quotes_down; k++) {
        const struct ft_tape *tape = ft_world_live(gw->world, changed[k]);
        struct ft_list *group = ft_map64_get(&gw->subs->groups, (uint64_t)changed[k] + 1);
        if (!tape || !group)
            continue;
        for (struct ft_list *g = group->next; g != group; g = g->next) {
            struct ft_topic *t = ft_container_of(g, struct ft_topic, by_source);
            if ((tape->changed & changes_of(t->type)) && !hold_back(gw, t, tape))
                publish_topic(gw, t, tape);
        }
    }
    if (n) {
        ft_world_drained(gw->world);
        ft_forms_swap_arenas(gw);
        end_round(gw);
    }
    bool up = !gw->backend.quotes_down;
    if (up && !ft_list_empty(&gw->subs->held) && uv_now(gw->loop) >= gw->subs->held_due_ms)
        release_held(gw);
    if (up && !ft_list_empty(&gw->subs->stale_conns))
        pay_debts(gw);
    /* From this line bench/bench_push.c knows when the world was stepped to what a push says. */
    if (gw->push_serial != serial_before)
        ft_debug("event=pushes first=%u last=%u stepped_ns=%llu", serial_before + 1,
                 gw->push_serial, (unsigned long long)gw->delay.stepped_ns);
}
