/* Queries of orders and fills: 2201, 2211 what is open or recent, 2221, 2222 history (trade.md 4.14
 * to 4.16). History is the store's rows and, over them, what the broker has in memory: the newest
 * state wins. */
#include "gateway/handlers.h"
#include "gateway/trade_read.h"

#include "Trd_GetHistoryOrderFillList.pb-c.h"
#include "Trd_GetHistoryOrderList.pb-c.h"
#include "Trd_GetOrderFillList.pb-c.h"
#include "Trd_GetOrderList.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 10000,         /* of one reply: about 8 MB of JSON */
    STORE_ROWS_MAX = 1000000, /* looked at for one */
};

/* What a query collects; messages in gw->arena. */
struct found {
    struct ft_gateway *gw;
    const struct ft_account *a;
    const struct ft_trade_filter *filter;
    struct item {
        int64_t time_ns;
        uint64_t id;
        void *msg;
    } *item;
    size_t count, cap;
    bool overfull;
};

static void add(struct found *f, int64_t time_ns, uint64_t id, void *msg)
{
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 64;
        struct item *item = ft_arena_alloc(&f->gw->arena, cap * sizeof *item);
        if (!item)
            return; /* the arena remembers that it refused */
        if (f->count)
            memcpy(item, f->item, f->count * sizeof *item);
        f->item = item;
        f->cap = cap;
    }
    if (msg)
        f->item[f->count++] = (struct item){time_ns, id, msg};
}

static void consider_order(struct found *f, const struct ft_order *o, const struct ft_trade_row *row)
{
    int market = row->inst ? ft_trade_market_of(f->a, row->inst) : o->trd_market;
    if (o->parent || !ft_trade_filter_status(f->filter, o->status) ||
        !ft_trade_filter_id(f->filter, o->id) ||
        !ft_trade_filter_code(f->filter, row->code, market) ||
        !ft_trade_filter_time(f->filter, ft_trade_local_ms(f->gw, f->a, row->inst, row->market,
                                                           o->created_ns)))
        return;
    if (f->count >= ROWS_MAX)
        f->overfull = true;
    else
        add(f, o->created_ns, o->id, ft_trade_order(f->gw, f->a, o, row));
}

static void consider_fill(struct found *f, const struct ft_fill *x, const struct ft_trade_row *row)
{
    int market = row->inst ? ft_trade_market_of(f->a, row->inst) : 0;
    const struct ft_trade_filter *filter = f->filter;
    /* idList names fills here, orderIDExList their orders (trade.md 4.14). */
    bool by_order = filter->c && filter->c->n_orderidexlist;
    bool named = ft_trade_filter_id(filter, x->id) ||
                 (by_order && ft_trade_filter_id(filter, x->order));
    if (!named || !ft_trade_filter_code(filter, row->code, market) ||
        !ft_trade_filter_time(filter, ft_trade_local_ms(f->gw, f->a, row->inst, row->market,
                                                        x->time_ns)))
        return;
    if (f->count >= ROWS_MAX)
        f->overfull = true;
    else
        add(f, x->time_ns, x->id, ft_trade_fill(f->gw, f->a, x, row));
}

static void from_memory(struct found *f, bool fills)
{
    const struct ft_brk *brk = f->gw->trade->brk;
    uint64_t cursor = 0;
    struct ft_trade_row row;
    if (fills) {
        for (const struct ft_fill *x; (x = ft_brk_next_fill(brk, f->a->index, &cursor));) {
            ft_trade_row_of(f->gw, x->inst, 0, "", &row);
            consider_fill(f, x, &row);
        }
        return;
    }
    for (const struct ft_order *o; (o = ft_brk_next_order(brk, f->a->index, &cursor));) {
        ft_trade_row_of(f->gw, o->inst, 0, "", &row);
        consider_order(f, o, &row);
    }
}

/* Rows of orders in memory are passed over: they were taken from there. */
static void stored_order(void *user, const struct ft_store_order *s)
{
    struct found *f = user;
    if (ft_brk_order(f->gw->trade->brk, s->order.id))
        return;
    struct ft_trade_row row;
    const char *code = ft_arena_strndup(&f->gw->arena, s->code, strlen(s->code));
    ft_trade_row_of(f->gw, s->order.inst, s->market, code ? code : "", &row);
    struct ft_combo combo;
    if (ft_store_combo(f->gw->trade->store, f->gw->universe, s->order.id, &combo, NULL) > 0)
        row.combo = &combo;
    consider_order(f, &s->order, &row);
}

static void stored_fill(void *user, const struct ft_store_fill *s)
{
    struct found *f = user;
    if (ft_brk_order(f->gw->trade->brk, s->fill.order))
        return;
    struct ft_trade_row row;
    const char *code = ft_arena_strndup(&f->gw->arena, s->code, strlen(s->code));
    ft_trade_row_of(f->gw, s->fill.inst, s->market, code ? code : "", &row);
    consider_fill(f, &s->fill, &row);
}

static int from_store(struct found *f, bool fills, struct ft_err *err)
{
    struct ft_gateway *gw = f->gw;
    int64_t from, to;
    ft_trade_filter_utc(f->filter, &from, &to);
    return fills ? ft_store_fills(gw->trade->store, gw->universe, f->a->index, from, to,
                                  STORE_ROWS_MAX, stored_fill, f, err)
                 : ft_store_orders(gw->trade->store, gw->universe, f->a->index, from, to,
                                   STORE_ROWS_MAX, stored_order, f, err);
}

static int older_first(const void *x, const void *y)
{
    const struct item *a = x, *b = y;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static int newer_first(const void *x, const void *y)
{
    return older_first(y, x);
}

/* The messages that fit, sorted: an array in the arena with *n of them; NULL with an answered
 * error. */
static void *collect(struct ft_gateway *gw, struct ft_request *req, const struct ft_account *a,
                     const struct ft_trade_filter *filter, bool fills, bool history, size_t *n)
{
    struct found f = {.gw = gw, .a = a, .filter = filter};
    struct ft_err err = {0};
    from_memory(&f, fills);
    if (history && from_store(&f, fills, &err) < 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "history cannot be read: %s", "无法读取历史：%s"), err.text);
        return NULL;
    }
    if (f.overfull) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "more than %d rows fit: narrow filterConditions.beginTime and "
                                   "endTime",
                               "结果超过 %d 行：请缩小 filterConditions 的 beginTime 和 endTime"), ROWS_MAX);
        return NULL;
    }
    void **list = ft_arena_alloc(&gw->arena, (f.count + 1) * sizeof *list);
    if (!list || gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return NULL;
    }
    if (f.count)
        qsort(f.item, f.count, sizeof *f.item, history ? newer_first : older_first);
    for (size_t k = 0; k < f.count; k++)
        list[k] = f.item[k].msg;
    *n = f.count;
    return list;
}

void ft_handle_order_list(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetOrderList__C2S *c2s = ((const TrdGetOrderList__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_TRADE);
    struct ft_trade_filter filter;
    TrdGetOrderList__S2C s2c = TRD__GET_ORDER_LIST__S2_C__INIT;
    if (!a || !ft_trade_filter_read(gw, req, c2s->filterconditions, c2s->filterstatuslist,
                                    c2s->n_filterstatuslist, FT_TIMES_OPTIONAL, &filter) ||
        !(s2c.orderlist = collect(gw, req, a, &filter, false, false, &s2c.n_orderlist)))
        return;
    s2c.header = c2s->header;
    TrdGetOrderList__Response r = TRD__GET_ORDER_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_history_orders(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetHistoryOrderList__C2S *c2s =
        ((const TrdGetHistoryOrderList__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_HISTORY);
    struct ft_trade_filter filter;
    TrdGetHistoryOrderList__S2C s2c = TRD__GET_HISTORY_ORDER_LIST__S2_C__INIT;
    if (!a || !ft_trade_filter_read(gw, req, c2s->filterconditions, c2s->filterstatuslist,
                                    c2s->n_filterstatuslist, FT_TIMES_NEEDED, &filter) ||
        !(s2c.orderlist = collect(gw, req, a, &filter, false, true, &s2c.n_orderlist)))
        return;
    s2c.header = c2s->header;
    TrdGetHistoryOrderList__Response r = TRD__GET_HISTORY_ORDER_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_fill_list(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetOrderFillList__C2S *c2s = ((const TrdGetOrderFillList__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_TRADE);
    struct ft_trade_filter filter;
    TrdGetOrderFillList__S2C s2c = TRD__GET_ORDER_FILL_LIST__S2_C__INIT;
    if (!a || ft_trade_not_for_paper(gw, req, a) ||
        !ft_trade_filter_read(gw, req, c2s->filterconditions, NULL, 0, FT_TIMES_OPTIONAL, &filter) ||
        !(s2c.orderfilllist = collect(gw, req, a, &filter, true, false, &s2c.n_orderfilllist)))
        return;
    s2c.header = c2s->header;
    TrdGetOrderFillList__Response r = TRD__GET_ORDER_FILL_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_history_fills(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetHistoryOrderFillList__C2S *c2s =
        ((const TrdGetHistoryOrderFillList__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_HISTORY);
    struct ft_trade_filter filter;
    TrdGetHistoryOrderFillList__S2C s2c = TRD__GET_HISTORY_ORDER_FILL_LIST__S2_C__INIT;
    if (!a || ft_trade_not_for_paper(gw, req, a) ||
        !ft_trade_filter_read(gw, req, c2s->filterconditions, NULL, 0, FT_TIMES_NEEDED, &filter) ||
        !(s2c.orderfilllist = collect(gw, req, a, &filter, true, true, &s2c.n_orderfilllist)))
        return;
    s2c.header = c2s->header;
    TrdGetHistoryOrderFillList__Response r = TRD__GET_HISTORY_ORDER_FILL_LIST__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
