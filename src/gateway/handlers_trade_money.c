/* What trading cost and moved: 2225 fees of orders, 2226 cash flow of a day (trade.md 4.9, 4.10). */
#include "gateway/handlers.h"
#include "gateway/trade_read.h"

#include "Trd_FlowSummary.pb-c.h"
#include "Trd_GetOrderFee.pb-c.h"

#include <string.h>

enum { FEE_ROWS_MAX = 256, FLOW_ROWS_MAX = 50000 };

#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))

/* ---- 2225 ------------------------------------------------------------------------------------ */

/* Fees of an order of this account, from memory or the store: their number, -1 with an answered
 * error. */
static int fees_of(struct ft_gateway *gw, struct ft_request *req, const struct ft_account *a,
                   const char *id_ex, const struct ft_fee_row **rows, struct ft_fee_row *room)
{
    struct ft_trade *t = gw->trade;
    struct ft_err err = {0};
    uint64_t id = ft_trade_id(id_ex);
    const struct ft_order *o = id ? ft_brk_order(t->brk, id) : NULL;
    if (o && o->account == a->index && !o->parent)
        return (int)ft_brk_order_fees(t->brk, id, rows);
    struct ft_store_order old;
    int found = o || !id ? 0 : ft_store_order(t->store, gw->universe, id, &old, &err);
    if (found > 0 && old.order.account == a->index && !old.order.parent) {
        *rows = room;
        int n = ft_store_fees(t->store, id, room, FEE_ROWS_MAX, &err);
        if (n >= 0)
            return n;
        found = -1;
    }
    if (found < 0)
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "fees cannot be read: %s", "无法读取费用：%s"), err.text);
    else
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "unknown order %.64s in orderIdExList: account %llu has none with "
                                   "this ID",
                               "orderIdExList 中的订单 %.64s 未知：账户 %llu 中没有此 ID 的订单"),
                       id_ex, (unsigned long long)a->id);
    return -1;
}

static TrdCommon__OrderFee *fee_row(struct ft_gateway *gw, const char *id_ex,
                                    const struct ft_fee_row *rows, size_t n)
{
    TrdCommon__OrderFee *m = FT_NEW(gw, TrdCommon__OrderFee, trd__common__order_fee__init);
    if (!m || !(m->feelist = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *m->feelist)))
        return NULL;
    m->orderidex = (char *)id_ex;
    ft_money sum = 0;
    for (size_t k = 0; k < n; k++) {
        TrdCommon__OrderFeeItem *item =
            FT_NEW(gw, TrdCommon__OrderFeeItem, trd__common__order_fee_item__init);
        if (!item)
            return NULL;
        item->title =
            (char *)ft_fee_item_name(rows[k].item, gw->config.lang == FT_LANG_CHS);
        SET(item, value, ft_money_to_double(rows[k].amount));
        sum += rows[k].amount;
        m->feelist[m->n_feelist++] = item;
    }
    SET(m, feeamount, ft_money_to_double(sum));
    return m;
}

void ft_handle_order_fee(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetOrderFee__C2S *c2s = ((const TrdGetOrderFee__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_HISTORY);
    if (!a || ft_trade_not_for_paper(gw, req, a))
        return;
    unsigned most = ft_request_max(req, FT_MAX_FEE_ORDERS);
    if (c2s->n_orderidexlist < 1 || c2s->n_orderidexlist > most) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "orderIdExList has %zu orders: allowed are 1 to %u",
                               "orderIdExList 含 %zu 个订单：可用 1 至 %u 个"), c2s->n_orderidexlist,
                       most);
        return;
    }
    TrdGetOrderFee__S2C s2c = TRD__GET_ORDER_FEE__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.orderfeelist = ft_arena_alloc(&gw->arena, c2s->n_orderidexlist * sizeof *s2c.orderfeelist);
    struct ft_fee_row *room = ft_arena_alloc(&gw->arena, FEE_ROWS_MAX * sizeof *room);
    for (size_t k = 0; k < c2s->n_orderidexlist && s2c.orderfeelist && room; k++) {
        const struct ft_fee_row *rows = NULL;
        int n = fees_of(gw, req, a, c2s->orderidexlist[k], &rows, room);
        if (n < 0)
            return;
        s2c.orderfeelist[s2c.n_orderfeelist++] =
            fee_row(gw, c2s->orderidexlist[k], rows, (size_t)n);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    TrdGetOrderFee__Response r = TRD__GET_ORDER_FEE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 2226 ------------------------------------------------------------------------------------ */

static const char *flow_type(const struct ft_gateway *gw, uint8_t kind)
{
    switch (kind) {
    case FT_TXN_OPEN: return FT_TEXT(gw, "Initial Fund", "初始资金");
    case FT_TXN_RESET: return FT_TEXT(gw, "Account Reset", "账户重置");
    case FT_TXN_TRADE: return FT_TEXT(gw, "Trade", "交易");
    case FT_TXN_FEE: return FT_TEXT(gw, "Fee", "费用");
    case FT_TXN_VARIATION: return FT_TEXT(gw, "Variation Margin", "盯市盈亏");
    case FT_TXN_EXPIRY: return FT_TEXT(gw, "Expiry Settlement", "到期结算");
    case FT_TXN_FX: return FT_TEXT(gw, "Currency Exchange", "货币兑换");
    case FT_TXN_DEPOSIT: return FT_TEXT(gw, "Fund Deposit", "入金");
    case FT_TXN_WITHDRAWAL: return FT_TEXT(gw, "Fund Withdrawal", "出金");
    case FT_TXN_ACTION: return FT_TEXT(gw, "Corporate Action", "公司行动");
    }
    return FT_TEXT(gw, "Others", "其他");
}

struct flows {
    struct ft_gateway *gw;
    int direction; /* 0: both */
    TrdFlowSummary__FlowSummaryInfo **list;
    size_t count, cap;
    uint64_t txn;  /* of the row before */
    unsigned line; /* rows of that transaction so far */
    bool overfull;
};

static char *day_text(struct ft_gateway *gw, ft_day day)
{
    char date[11];
    ft_day_print(day, date);
    return ft_arena_strndup(&gw->arena, date, 10);
}

static void each_flow(void *user, const struct ft_store_flow *row)
{
    struct flows *f = user;
    struct ft_gateway *gw = f->gw;
    f->line = row->txn.id == f->txn ? f->line + 1 : 0;
    f->txn = row->txn.id;
    int direction = row->amount > 0   ? TRD__FLOW_SUMMARY__TRD_CASH_FLOW_DIRECTION__TrdCashFlowDirection_In
                    : row->amount < 0 ? TRD__FLOW_SUMMARY__TRD_CASH_FLOW_DIRECTION__TrdCashFlowDirection_Out
                                      : 0;
    if (f->direction && direction != f->direction)
        return;
    if (f->count >= FLOW_ROWS_MAX) {
        f->overfull = true;
        return;
    }
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 64;
        TrdFlowSummary__FlowSummaryInfo **list = ft_arena_alloc(&gw->arena, cap * sizeof *list);
        if (!list)
            return; /* the arena remembers that it refused */
        if (f->count)
            memcpy(list, f->list, f->count * sizeof *list);
        f->list = list;
        f->cap = cap;
    }
    TrdFlowSummary__FlowSummaryInfo *m =
        FT_NEW(gw, TrdFlowSummary__FlowSummaryInfo, trd__flow_summary__flow_summary_info__init);
    if (!m)
        return;
    m->clearingdate = day_text(gw, row->txn.clearing_day);
    m->settlementdate = day_text(gw, row->txn.settle_day);
    SET(m, currency, row->currency + 1);
    m->cashflowtype = (char *)flow_type(gw, row->txn.kind);
    SET(m, cashflowdirection, direction);
    SET(m, cashflowamount, ft_money_to_double(row->amount));
    m->cashflowremark = ft_arena_strndup(&gw->arena, row->txn.remark, strlen(row->txn.remark));
    SET(m, cashflowid, row->txn.id * 16 + f->line); /* a transaction has few cash rows */
    f->list[f->count++] = m;
}

void ft_handle_flow_summary(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdFlowSummary__C2S *c2s = ((const TrdFlowSummary__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_HISTORY);
    if (!a || ft_trade_not_for_paper(gw, req, a))
        return;
    struct ft_err err = {0};
    ft_day day;
    int32_t direction = c2s->has_cashflowdirection ? c2s->cashflowdirection : 0;
    if (direction < 0 || direction > 2) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "cashFlowDirection %d: allowed are 0 both, 1 in and 2 out",
                               "cashFlowDirection %d 无效：可用 0 全部、1 流入、2 流出"), direction);
        return;
    }
    if (ft_day_parse(c2s->clearingdate, strlen(c2s->clearingdate), "clearingDate", &day, &err)) {
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
        return;
    }
    struct flows f = {.gw = gw, .direction = direction};
    if (ft_store_flows(gw->trade->store, a->index, day, each_flow, &f, &err) < 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "cash flow cannot be read: %s", "无法读取现金流水：%s"), err.text);
        return;
    }
    if (f.overfull) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "clearingDate %s has more than %d rows: ask for one "
                                   "cashFlowDirection",
                               "clearingDate %s 的流水超过 %d 行：请指定 cashFlowDirection"),
                       c2s->clearingdate, FLOW_ROWS_MAX);
        return;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    TrdFlowSummary__S2C s2c = TRD__FLOW_SUMMARY__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.flowsummaryinfolist = f.list;
    s2c.n_flowsummaryinfolist = f.count;
    TrdFlowSummary__Response r = TRD__FLOW_SUMMARY__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
