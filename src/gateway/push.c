#include "gateway/push.h"

#include "Qot_UpdateBasicQot.pb-c.h"
#include "Qot_UpdateBroker.pb-c.h"
#include "Qot_UpdateKL.pb-c.h"
#include "Qot_UpdateOrderBook.pb-c.h"
#include "Qot_UpdateRT.pb-c.h"
#include "Qot_UpdateTicker.pb-c.h"
#include "gateway/build_quote.h"

enum { ALL_FIELDS = 1023, BARS_A_PUSH = 64 };

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
                                     const struct ft_tape *tape, const struct ft_push_variant *v)
{
    NEW_PUSH(gw, QotUpdateTicker, qot__update_ticker__response__init,
             qot__update_ticker__s2_c__init, r, s);
    uint64_t to = tape->tick_count;
    uint64_t from = !v->first ? v->ticks_from : to ? to - 1 : 0;
    s->n_tickerlist = ft_build_ticks(gw, t->inst, tape, from, to, v->sessions,
                                     v->first ? QOT__COMMON__PUSH_DATA_TYPE__PushDataType_Cache
                                              : QOT__COMMON__PUSH_DATA_TYPE__PushDataType_Realtime,
                                     &s->tickerlist);
    s->security = ft_edge_new_security(gw, t->inst);
    s->name = (char *)ft_edge_name(gw, t->inst);
    return s->n_tickerlist && s->security ? &r->base : NULL;
}

static bool sees_minute(const struct ft_push_variant *v, const struct ft_tape_bar *b)
{
    return v->sessions & FT_IN(b->session);
}

static ProtobufCMessage *build_points(struct ft_gateway *gw, const struct ft_topic *t,
                                      const struct ft_tape *tape, const struct ft_push_variant *v)
{
    NEW_PUSH(gw, QotUpdateRT, qot__update_rt__response__init, qot__update_rt__s2_c__init, r, s);
    size_t first = tape->first_bar_changed;
    if (v->first) {
        for (first = tape->bar_count; first > 0 && !sees_minute(v, &tape->bars[first - 1]);)
            first--;
        first -= first > 0;
    }
    struct ft_bar bars[FT_DAY_BARS_MAX];
    struct ft_line_sums before = {0};
    size_t n = 0;
    for (size_t k = 0; k < tape->bar_count; k++) {
        if (!sees_minute(v, &tape->bars[k]))
            continue;
        if (k < first)
            ft_line_add(&before, &tape->bars[k].bar);
        else
            bars[n++] = tape->bars[k].bar;
    }
    if (n == 0)
        return NULL;
    s->n_rtlist =
        ft_build_points(gw, t->inst, before, bars, n, tape->prev_close, &s->rtlist);
    s->security = ft_edge_new_security(gw, t->inst);
    s->name = (char *)ft_edge_name(gw, t->inst);
    return s->n_rtlist && s->security ? &r->base : NULL;
}

static ProtobufCMessage *build_bars(struct ft_gateway *gw, const struct ft_topic *t,
                                    const struct ft_tape *tape, const struct ft_push_variant *v)
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

ProtobufCMessage *ft_push_build(struct ft_gateway *gw, const struct ft_topic *t,
                                const struct ft_tape *tape, const struct ft_push_variant *v)
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
