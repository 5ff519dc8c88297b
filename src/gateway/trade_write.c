#include "gateway/trade_write.h"

#include <math.h>
#include <string.h>

/* connID is this connection's, serialNo has not come on it before (trade.md 2.3). */
static bool fresh_packet(struct ft_gateway *gw, struct ft_request *req, const Common__PacketID *p)
{
    if (req->conn->relay)
        return true; /* its clients send any: the relay fills it in (platform.md 9.5) */
    if (p->connid != req->conn->id) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "packetID.connID %llu is not this connection's, which is %llu",
                               "packetID.connID %llu 不是此连接的 ID（%llu）"),
                       (unsigned long long)p->connid, (unsigned long long)req->conn->id);
        return false;
    }
    switch (ft_replay_take(&req->conn->replay, p->serialno)) {
    case FT_REPLAY_FRESH: return true;
    case FT_REPLAY_REPEATED:
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "packetID.serialNo %u was used on this connection before: the "
                                   "request counts as a replay",
                               "packetID.serialNo %u 在此连接上已使用过，视为重放"), p->serialno);
        return false;
    case FT_REPLAY_OLD:
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "packetID.serialNo %u is more than %d below the newest, %u: the "
                                   "request counts as a replay",
                               "packetID.serialNo %1$u 比最新的 %3$u 小 %2$d 以上，视为重放"),
                       p->serialno, FT_REPLAY_WINDOW, req->conn->replay.top);
        return false;
    }
    return false;
}

const struct ft_account *ft_trade_writer(struct ft_gateway *gw, struct ft_request *req,
                                         const TrdCommon__TrdHeader *h,
                                         const Common__PacketID *packet)
{
    const struct ft_account *a = ft_trade_account(gw, req, h, FT_USE_TRADE);
    if (!a || !fresh_packet(gw, req, packet))
        return NULL;
    if (a->env != FT_ENV_REAL || (req->conn->login->unlocked & 1u << a->firm))
        return a;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "unlock needed: trading with account %llu is locked, call Unlock "
                               "Trading (2005) first",
                           "交易未解锁：请先对账户 %llu 解锁交易（2005）"), (unsigned long long)a->id);
    return NULL;
}

const struct ft_order *ft_trade_find_order(struct ft_gateway *gw, struct ft_request *req,
                                           const struct ft_account *a, const char *id_ex,
                                           uint64_t id)
{
    bool by_text = id_ex && *id_ex;
    uint64_t wanted = by_text ? ft_trade_id(id_ex) : id;
    const struct ft_order *o = wanted ? ft_brk_order(gw->trade->brk, wanted) : NULL;
    if (o && o->account == a->index && !o->parent)
        return o;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "unknown order %.64s: account %llu has none with this ID that is open "
                               "or ended in the last 24 hours",
                           "未知订单 %.64s：账户 %llu 中没有此 ID 的未完成或 24 小时内结束的订单"),
                   by_text ? id_ex : ft_trade_id_text(gw, id), (unsigned long long)a->id);
    return NULL;
}

bool ft_trade_takes_price(int type)
{
    switch (type) {
    case FT_ORDER_MARKET: case FT_ORDER_AUCTION: case FT_ORDER_STOP: case FT_ORDER_MIT:
    case FT_ORDER_TRAILING_STOP: case FT_ORDER_TRAILING_STOP_LIMIT: case FT_ORDER_TWAP:
    case FT_ORDER_VWAP:
        return false;
    }
    return true;
}

bool ft_trade_enum_in(struct ft_gateway *gw, struct ft_request *req, const char *field, int64_t v,
                      int min, int max, uint8_t *out)
{
    if (v < min || v > max) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s %lld: allowed are %d to %d", "%s %lld 无效：可用 %d 至 %d"),
                       field, (long long)v, min, max);
        return false;
    }
    *out = (uint8_t)v;
    return true;
}

bool ft_trade_trail_in(struct ft_gateway *gw, struct ft_request *req,
                       const struct ft_instrument *inst, int trail_type, double v, int64_t *out)
{
    if (trail_type == FT_TRAIL_RATIO) { /* percent, two decimals: 20 is 20 % */
        int64_t hundredths;
        if (!ft_trade_ratio_in(gw, req, "trailValue", v, 100, &hundredths))
            return false;
        *out = hundredths * 100;
        return true;
    }
    if (inst->market == FT_MARKET_US && inst->type != FT_SEC_FUTURE &&
        inst->type != FT_SEC_OPTION) {
        int64_t units; /* US stocks: four decimals, whatever the amount */
        if (!ft_trade_ratio_in(gw, req, "trailValue", v, 1e4, &units))
            return false;
        *out = units * 100;
        return true;
    }
    return ft_trade_price_in(gw, req, inst, "trailValue", v, FT_EXCESS_ROUND, out);
}

bool ft_trade_remark_ok(struct ft_gateway *gw, struct ft_request *req, const char *remark)
{
    size_t n = remark ? strlen(remark) : 0;
    if (n <= FT_REMARK_MAX)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "remark has %zu bytes: at most %d in UTF-8 are allowed",
                           "remark 为 %zu 字节：UTF-8 最多 %d 字节"), n, FT_REMARK_MAX);
    return false;
}

bool ft_trade_expiry_in(struct ft_gateway *gw, struct ft_request *req, const char *text, ft_day *out)
{
    *out = FT_NO_DAY;
    if (!text || !*text)
        return true;
    struct ft_err err = {0};
    if (ft_day_parse(text, strlen(text), "expireTime", out, &err)) {
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
        return false;
    }
    return true;
}

bool ft_trade_legs_in(struct ft_gateway *gw, struct ft_request *req, QotCommon__ComboLeg **legs,
                      size_t n, struct ft_combo_ticket *t)
{
    if (n < 2 || n > FT_LEGS_MAX) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "comboLegs has %zu legs: allowed are 2 to %d",
                               "comboLegs 含 %zu 腿：可用 2 至 %d 腿"), n, FT_LEGS_MAX);
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        const struct ft_instrument *inst = ft_edge_need(gw, req, legs[k]->security);
        struct ft_combo_leg *leg = &t->leg[k];
        if (!inst ||
            !ft_trade_enum_in(gw, req, "comboLegs.side", legs[k]->has_side ? legs[k]->side : 0,
                              FT_SIDE_BUY, FT_SIDE_SELL, &leg->side) ||
            !ft_trade_qty_in(gw, req, "comboLegs.qtyRatio",
                             legs[k]->has_qtyratio ? legs[k]->qtyratio : 1, &leg->ratio))
            return false;
        leg->inst = inst->index;
    }
    t->count = (uint8_t)n;
    return true;
}
