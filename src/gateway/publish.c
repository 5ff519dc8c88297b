/* Pushes: built once, framed once per form, appended to everyone who registered (DESIGN.md 2.3).
 *
 * Entries of one topic that see the same data (sessions, adjustment, order detail) share the same
 * bytes; only encrypted connections cost their own pass. A connection whose output has backed up
 * gets the newest quote, book and broker queue once it has room again, instead of every one; bars
 * and ticks are never left out: past the output bound the connection is closed. */
#include "gateway/subs.h"

#include "Qot_UpdateBasicQot.pb-c.h"
#include "Qot_UpdateBroker.pb-c.h"
#include "Qot_UpdateKL.pb-c.h"
#include "Qot_UpdateOrderBook.pb-c.h"
#include "Qot_UpdateRT.pb-c.h"
#include "Qot_UpdateTicker.pb-c.h"
#include "base/check.h"
#include "gateway/build_quote.h"
#include "gateway/forms.h"


enum { ALL_FIELDS = 1023, BARS_A_PUSH = 64 };

/* What some entries of a topic have in common. */
struct variant {
    unsigned sessions;
    enum ft_adjust adjust;
    bool detail;
    bool first; /* the cached state, to one entry that has just registered */
};

static void set_response(void *response, void *s2c)
{
    /* Every push's Response has the layout of KeepAlive's: retType 0, no retMsg, no errCode. */
    QotUpdateBasicQot__Response *r = response;
    r->rettype = FT_RET_SUCCEED;
    r->s2c = s2c;
}
_Static_assert(sizeof(QotUpdateBasicQot__Response) == sizeof(QotUpdateTicker__Response) &&
               offsetof(QotUpdateBasicQot__Response, s2c) ==
                   offsetof(QotUpdateTicker__Response, s2c), "Response layouts");

#define NEW_PUSH(gw, name, init_response, init_s2c, r, s)                                          \
    name##__Response *r = ft_arena_alloc(&(gw)->arena, sizeof *r);                                 \
    name##__S2C *s = ft_arena_alloc(&(gw)->arena, sizeof *s);                                      \
    if (!r || !s)                                                                                  \
        return NULL;                                                                               \
    init_response(r);                                                                              \
    init_s2c(s);                                                                                   \
    set_response(r, s)

static ProtobufCMessage *build_quote(struct ft_gateway *gw, const struct ft_topic *t)
{
    NEW_PUSH(gw, QotUpdateBasicQot, qot__update_basic_qot__response__init,
             qot__update_basic_qot__s2_c__init, r, s);
    QotCommon__BasicQot **list = ft_arena_alloc(&gw->arena, sizeof *list);
    QotCommon__BasicQot *one = ft_build_basic_qot(gw, t->inst);
    if (!list || !one)
        return NULL;
    list[0] = one;
    s->basicqotlist = list;
    s->n_basicqotlist = 1;
    return &r->base;
}

static ProtobufCMessage *build_book(struct ft_gateway *gw, const struct ft_topic *t, bool detail)
{
    NEW_PUSH(gw, QotUpdateOrderBook, qot__update_order_book__response__init,
             qot__update_order_book__s2_c__init, r, s);
    struct ft_built_book book;
    if (!ft_build_book(gw, t->inst, ft_book_depth(t->inst), detail, &book))
        return NULL;
    s->security = ft_edge_new_security(gw, t->inst);
    s->name = (char *)ft_edge_name(gw, t->inst);
    s->orderbookbidlist = book.bids;
    s->n_orderbookbidlist = book.bid_count;
    s->orderbookasklist = book.asks;
    s->n_orderbookasklist = book.ask_count;
    s->svrrecvtimebid = book.bid_time;
    s->svrrecvtimeask = book.ask_time;
    s->has_svrrecvtimebidtimestamp = s->has_svrrecvtimeasktimestamp = 1;
    s->svrrecvtimebidtimestamp = book.bid_timestamp;
    s->svrrecvtimeasktimestamp = book.ask_timestamp;
    return s->security ? &r->base : NULL;
}

static ProtobufCMessage *build_brokers(struct ft_gateway *gw, const struct ft_topic *t)
{
    NEW_PUSH(gw, QotUpdateBroker, qot__update_broker__response__init,
             qot__update_broker__s2_c__init, r, s);
    struct ft_built_brokers b;
    if (!ft_build_brokers(gw, t->inst, &b))
        return NULL;
    s->security = ft_edge_new_security(gw, t->inst);
    s->name = (char *)ft_edge_name(gw, t->inst);
    s->brokerasklist = b.asks;
    s->n_brokerasklist = b.ask_count;
    s->brokerbidlist = b.bids;
    s->n_brokerbidlist = b.bid_count;
    return s->security ? &r->base : NULL;
}

static ProtobufCMessage *build_ticks(struct ft_gateway *gw, const struct ft_topic *t,
                                     const struct ft_tape *tape, const struct variant *v)
{
    NEW_PUSH(gw, QotUpdateTicker, qot__update_ticker__response__init,
             qot__update_ticker__s2_c__init, r, s);
    uint64_t to = tape->tick_count;
    uint64_t from = !v->first ? tape->ticks_drained : to ? to - 1 : 0;
    s->n_tickerlist = ft_build_ticks(gw, t->inst, tape, from, to, v->sessions,
                                     v->first ? QOT__COMMON__PUSH_DATA_TYPE__PushDataType_Cache
                                              : QOT__COMMON__PUSH_DATA_TYPE__PushDataType_Realtime,
                                     &s->tickerlist);
    s->security = ft_edge_new_security(gw, t->inst);
    s->name = (char *)ft_edge_name(gw, t->inst);
    return s->n_tickerlist && s->security ? &r->base : NULL;
}

static ProtobufCMessage *build_points(struct ft_gateway *gw, const struct ft_topic *t,
                                      const struct ft_tape *tape, const struct variant *v)
{
    NEW_PUSH(gw, QotUpdateRT, qot__update_rt__response__init, qot__update_rt__s2_c__init, r, s);
    struct ft_bar bars[FT_DAY_BARS_MAX];
    size_t n = ft_tape_bars(tape, FT_BAR_1M, v->sessions, bars, FT_DAY_BARS_MAX);
    if (n == 0)
        return NULL;
    size_t changed = v->first ? 1 : tape->bar_count - tape->first_bar_changed;
    size_t from = changed < n ? n - changed : 0;
    s->n_rtlist =
        ft_build_points(gw, t->inst, bars, from, n, tape->prev_close, &s->rtlist);
    s->security = ft_edge_new_security(gw, t->inst);
    s->name = (char *)ft_edge_name(gw, t->inst);
    return s->n_rtlist && s->security ? &r->base : NULL;
}

static ProtobufCMessage *build_bars(struct ft_gateway *gw, const struct ft_topic *t,
                                    const struct ft_tape *tape, const struct variant *v)
{
    NEW_PUSH(gw, QotUpdateKL, qot__update_kl__response__init, qot__update_kl__s2_c__init, r, s);
    enum ft_bar_kind kind = (enum ft_bar_kind)ft_sub_bar_kind(t->type);
    struct ft_bar bars[BARS_A_PUSH];
    size_t n;
    if (ft_bar_minutes(kind))
        n = ft_tape_changed_bars(tape, kind, v->sessions,
                                 v->first ? tape->bar_count - !!tape->bar_count
                                          : tape->first_bar_changed, bars, BARS_A_PUSH);
    else if (kind == FT_BAR_DAY)
        n = ft_tape_day_bar(tape, bars);
    else
        n = ft_world_recent_bars(gw->world, t->inst->index, kind, FT_IN_RTH, bars, 1);
    if (n == 0)
        return NULL;
    s->n_kllist = ft_build_bars(gw, t->inst, kind, bars, n, v->adjust, ALL_FIELDS, false,
                                &s->kllist);
    s->rehabtype = v->adjust;
    s->kltype = kind;
    s->security = ft_edge_new_security(gw, t->inst);
    s->name = (char *)ft_edge_name(gw, t->inst);
    return s->n_kllist && s->security ? &r->base : NULL;
}

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

static ProtobufCMessage *build(struct ft_gateway *gw, const struct ft_topic *t,
                               const struct ft_tape *tape, const struct variant *v)
{
    switch (t->type) {
    case FT_SUB_QUOTE: return build_quote(gw, t);
    case FT_SUB_BOOK: return build_book(gw, t, v->detail);
    case FT_SUB_BROKER: return build_brokers(gw, t);
    case FT_SUB_TICK: return build_ticks(gw, t, tape, v);
    case FT_SUB_RT: return build_points(gw, t, tape, v);
    }
    return build_bars(gw, t, tape, v);
}

/* ---- Delivery ------------------------------------------------------------------------------- */

static void owe(struct ft_gateway *gw, struct ft_sub_entry *e)
{
    e->stale = true;
    if (ft_list_empty(&e->conn->by_stale))
        ft_list_push(&gw->subs->stale_conns, &e->conn->by_stale);
}

static void deliver(struct ft_gateway *gw, struct ft_forms *f, struct ft_sub_entry *e)
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
    const uint8_t *frame = ft_forms_get(gw, f, c->push_format, &len);
    if (frame)
        ft_conn_send_frame(c, frame, len);
}

static bool sees(const struct ft_sub_entry *e, const struct variant *v)
{
    return e->registered && e->conn && e->sessions == v->sessions && e->detail == v->detail &&
           (!ft_sub_bar_kind(e->topic->type) || (e->rehabs & 1 << v->adjust));
}

static void publish_variant(struct ft_gateway *gw, struct ft_topic *t, const struct ft_tape *tape,
                            const struct variant *v)
{
    const ProtobufCMessage *msg = NULL;
    struct ft_forms f;
    for (struct ft_list *n = t->entries.next; n != &t->entries; n = n->next) {
        struct ft_sub_entry *e = ft_container_of(n, struct ft_sub_entry, by_topic);
        if (!sees(e, v))
            continue;
        if (!msg) {
            ft_arena_reset(&gw->arena);
            msg = build(gw, t, tape, v);
            if (!msg)
                return;
            ft_forms_begin(gw, &f, proto_of(t->type), msg);
        }
        deliver(gw, &f, e);
    }
}

static void publish_topic(struct ft_gateway *gw, struct ft_topic *t, const struct ft_tape *tape)
{
    static const unsigned sessions[] = {FT_IN_RTH, FT_IN_ETH, FT_IN_ALL};
    int adjusts = ft_sub_bar_kind(t->type) ? FT_ADJUST_BACKWARD : FT_ADJUST_NONE;
    for (size_t s = 0; s < sizeof sessions / sizeof sessions[0]; s++)
        for (int adjust = FT_ADJUST_NONE; adjust <= adjusts; adjust++)
            for (int detail = 0; detail <= 1; detail++) {
                struct variant v = {sessions[s], (enum ft_adjust)adjust, detail, false};
                publish_variant(gw, t, tape, &v);
            }
}

void ft_publish_first(struct ft_gateway *gw, struct ft_sub_entry *e)
{
    const struct ft_tape *tape = ft_world_live(gw->world, e->topic->inst->index);
    FT_CHECK(tape != NULL);
    for (int adjust = FT_ADJUST_NONE; adjust <= FT_ADJUST_BACKWARD; adjust++) {
        bool bars = ft_sub_bar_kind(e->topic->type);
        if (bars ? !(e->rehabs & 1 << adjust) : adjust > 0)
            continue;
        struct variant v = {e->sessions, (enum ft_adjust)adjust, e->detail, true};
        struct ft_forms f;
        ft_forms_swap_arenas(gw);
        ft_arena_reset(&gw->arena);
        const ProtobufCMessage *msg = build(gw, e->topic, tape, &v);
        if (msg) {
            ft_forms_begin(gw, &f, proto_of(e->topic->type), msg);
            deliver(gw, &f, e);
        }
        ft_forms_swap_arenas(gw);
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

void ft_subs_publish(struct ft_gateway *gw)
{
    const ft_inst *changed;
    size_t n = ft_world_changed(gw->world, &changed);
    if (n)
        ft_forms_swap_arenas(gw);
    for (size_t k = 0; k < n; k++) {
        const struct ft_tape *tape = ft_world_live(gw->world, changed[k]);
        struct ft_list *group = ft_map64_get(&gw->subs->groups, (uint64_t)changed[k] + 1);
        if (!tape || !group)
            continue;
        for (struct ft_list *g = group->next; g != group; g = g->next) {
            struct ft_topic *t = ft_container_of(g, struct ft_topic, by_source);
            if (tape->changed & changes_of(t->type))
                publish_topic(gw, t, tape);
        }
    }
    if (n) {
        ft_world_drained(gw->world);
        ft_forms_swap_arenas(gw);
    }
    if (!ft_list_empty(&gw->subs->stale_conns))
        pay_debts(gw);
}
