/* Reads of subscribed data: 3004, 3006, 3008, 3010, 3012, 3014 (quote-realtime.md 4.5 to 4.11). The
 * vendor waits up to 3 s for the backend's first data; the world is this process, so that at a
 * subscription everything that exists is there, and an empty list means that nothing has traded. */
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/subs.h"

#include "Qot_GetBasicQot.pb-c.h"
#include "Qot_GetBroker.pb-c.h"
#include "Qot_GetKL.pb-c.h"
#include "Qot_GetOrderBook.pb-c.h"
#include "Qot_GetRT.pb-c.h"
#include "Qot_GetTicker.pb-c.h"

enum { BOOK_ROWS_MAX = 1000, ALL_FIELDS = 1023 };

/* The connection's entry for a known security; an error is answered when there is none. */
static const struct ft_sub_entry *need_sub(struct ft_gateway *gw, struct ft_request *req,
                                           const QotCommon__Security *security, int type)
{
    const struct ft_instrument *inst = ft_edge_need(gw, req, security);
    if (!inst)
        return NULL;
    const struct ft_sub_entry *e = ft_subs_find(req->conn, inst->index, type);
    if (e && !ft_rights_need_read(gw, req, inst, type))
        return NULL;
    if (!e)
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s is not subscribed to %s: subscribe first",
                               "%s 未订阅 %s：请先订阅"),
                       ft_edge_label(gw, inst->market, inst->code), ft_sub_type_name(type));
    return e;
}

/* A count of rows, 1 and more; beyond `most` it is taken as that. 0: an error was answered. */
static size_t need_count(struct ft_gateway *gw, struct ft_request *req, const char *field,
                         int32_t count, unsigned most)
{
    if (count <= 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s %d: allowed are 1 to %u", "%s %d 无效：可用 1 至 %u"), field,
                       count, most);
        return 0;
    }
    return (size_t)count > most ? most : (size_t)count;
}

void ft_handle_basic_qot(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetBasicQot__C2S *c2s = ((const QotGetBasicQot__Request *)req->msg)->c2s;
    QotGetBasicQot__S2C s2c = QOT__GET_BASIC_QOT__S2_C__INIT;
    if (!c2s->n_securitylist) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "securityList is empty", "securityList 为空"));
        return;
    }
    s2c.basicqotlist =
        ft_arena_alloc(&gw->arena, (c2s->n_securitylist + 1) * sizeof *s2c.basicqotlist);
    for (size_t k = 0; k < c2s->n_securitylist && s2c.basicqotlist; k++) {
        const struct ft_sub_entry *e =
            need_sub(gw, req, c2s->securitylist[k], FT_SUB_QUOTE);
        if (!e)
            return;
        QotCommon__BasicQot *b = ft_build_basic_qot(gw, e->topic->inst);
        if (!b)
            break;
        s2c.basicqotlist[s2c.n_basicqotlist++] = b;
    }
    if (s2c.n_basicqotlist < c2s->n_securitylist) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetBasicQot__Response r = QOT__GET_BASIC_QOT__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* SubType of a bar kind, 0 if there is none. */
static int sub_type_of(int kind)
{
    for (int type = 1; type <= FT_SUB_TYPE_MAX; type++)
        if (kind && ft_sub_bar_kind(type) == kind)
            return type;
    return 0;
}

void ft_handle_kl(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetKL__C2S *c2s = ((const QotGetKL__Request *)req->msg)->c2s;
    int type = sub_type_of(c2s->kltype);
    if (!type || c2s->rehabtype < FT_ADJUST_NONE || c2s->rehabtype > FT_ADJUST_BACKWARD) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "klType %d, rehabType %d: no such K-line",
                               "klType %d、rehabType %d 无效"), c2s->kltype, c2s->rehabtype);
        return;
    }
    size_t count = need_count(gw, req, "reqNum", c2s->reqnum, ft_request_max(req, FT_MAX_KL_ROWS));
    const struct ft_sub_entry *e =
        count ? need_sub(gw, req, c2s->security, type) : NULL;
    if (!e)
        return;
    const struct ft_instrument *inst = e->topic->inst;
    enum ft_bar_kind kind = (enum ft_bar_kind)c2s->kltype;
    struct ft_bar *bars = ft_arena_alloc(&gw->arena, count * sizeof *bars);
    QotGetKL__S2C s2c = QOT__GET_KL__S2_C__INIT;
    s2c.security = ft_edge_new_security(gw, inst);
    s2c.name = (char *)ft_edge_name(gw, inst);
    if (bars) {
        size_t n = ft_world_recent_bars(gw->world, inst->index, kind, e->sessions, bars, count);
        s2c.n_kllist = ft_build_bars(gw, inst, kind, bars, n, (enum ft_adjust)c2s->rehabtype,
                                     ALL_FIELDS, true, &s2c.kllist);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetKL__Response r = QOT__GET_KL__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_rt(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetRT__C2S *c2s = ((const QotGetRT__Request *)req->msg)->c2s;
    const struct ft_sub_entry *e = need_sub(gw, req, c2s->security, FT_SUB_RT);
    if (!e)
        return;
    const struct ft_instrument *inst = e->topic->inst;
    const struct ft_tape *tape = ft_world_live(gw->world, inst->index);
    struct ft_bar *bars = ft_arena_alloc(&gw->arena, FT_DAY_BARS_MAX * sizeof *bars);
    QotGetRT__S2C s2c = QOT__GET_RT__S2_C__INIT;
    s2c.security = ft_edge_new_security(gw, inst);
    s2c.name = (char *)ft_edge_name(gw, inst);
    if (bars && tape) {
        size_t n = ft_world_day_points(gw->world, inst->index, e->sessions, bars, FT_DAY_BARS_MAX);
        s2c.n_rtlist = ft_build_points(gw, inst, (struct ft_line_sums){0}, bars, n,
                                       tape->prev_close, &s2c.rtlist);
        for (size_t k = 0; k < s2c.n_rtlist; k++)
            s2c.rtlist[k]->isblank = bars[k].volume == 0;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetRT__Response r = QOT__GET_RT__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_ticker(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetTicker__C2S *c2s = ((const QotGetTicker__Request *)req->msg)->c2s;
    size_t count = need_count(gw, req, "maxRetNum", c2s->maxretnum, ft_request_max(req, FT_MAX_TICKER_ROWS));
    const struct ft_sub_entry *e =
        count ? need_sub(gw, req, c2s->security, FT_SUB_TICK) : NULL;
    if (!e)
        return;
    const struct ft_instrument *inst = e->topic->inst;
    const struct ft_tape *tape = ft_world_live(gw->world, inst->index);
    QotGetTicker__S2C s2c = QOT__GET_TICKER__S2_C__INIT;
    s2c.security = ft_edge_new_security(gw, inst);
    s2c.name = (char *)ft_edge_name(gw, inst);
    if (tape) {
        /* The newest `count` among those that the session setting shows. */
        s2c.n_tickerlist = ft_build_ticks(gw, inst, tape,
                                          tape->tick_count > FT_TICKS_KEPT
                                              ? tape->tick_count - FT_TICKS_KEPT : 0,
                                          tape->tick_count, e->sessions, 0, &s2c.tickerlist);
        if (s2c.n_tickerlist > count) {
            s2c.tickerlist += s2c.n_tickerlist - count;
            s2c.n_tickerlist = count;
        }
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetTicker__Response r = QOT__GET_TICKER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_order_book(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetOrderBook__C2S *c2s = ((const QotGetOrderBook__Request *)req->msg)->c2s;
    size_t count = need_count(gw, req, "num", c2s->num, BOOK_ROWS_MAX);
    const struct ft_sub_entry *e =
        count ? need_sub(gw, req, c2s->security, FT_SUB_BOOK) : NULL;
    if (!e)
        return;
    const struct ft_instrument *inst = e->topic->inst;
    struct ft_built_book book;
    QotGetOrderBook__S2C s2c = QOT__GET_ORDER_BOOK__S2_C__INIT;
    s2c.security = ft_edge_new_security(gw, inst);
    s2c.name = (char *)ft_edge_name(gw, inst);
    if (!s2c.security || !ft_build_book(gw, inst, (int)count,
                                         ft_rights_of(&req->conn->login->rights, inst), e->detail,
                                         &book)) {
        ft_reply_no_memory(gw, req);
        return;
    }
    s2c.orderbookbidlist = book.bids;
    s2c.n_orderbookbidlist = book.bid_count;
    s2c.orderbookasklist = book.asks;
    s2c.n_orderbookasklist = book.ask_count;
    s2c.svrrecvtimebid = book.bid_time;
    s2c.svrrecvtimeask = book.ask_time;
    s2c.has_svrrecvtimebidtimestamp = s2c.has_svrrecvtimeasktimestamp = 1;
    s2c.svrrecvtimebidtimestamp = book.bid_timestamp;
    s2c.svrrecvtimeasktimestamp = book.ask_timestamp;
    QotGetOrderBook__Response r = QOT__GET_ORDER_BOOK__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_broker(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetBroker__C2S *c2s = ((const QotGetBroker__Request *)req->msg)->c2s;
    const struct ft_sub_entry *e = need_sub(gw, req, c2s->security, FT_SUB_BROKER);
    if (!e)
        return;
    const struct ft_instrument *inst = e->topic->inst;
    struct ft_built_brokers b;
    QotGetBroker__S2C s2c = QOT__GET_BROKER__S2_C__INIT;
    s2c.security = ft_edge_new_security(gw, inst);
    s2c.name = (char *)ft_edge_name(gw, inst);
    if (!s2c.security || !ft_build_brokers(gw, inst, &b)) {
        ft_reply_no_memory(gw, req);
        return;
    }
    s2c.brokerasklist = b.asks;
    s2c.n_brokerasklist = b.ask_count;
    s2c.brokerbidlist = b.bids;
    s2c.n_brokerbidlist = b.bid_count;
    QotGetBroker__Response r = QOT__GET_BROKER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
