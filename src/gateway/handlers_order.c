/* Orders: 2202 place, 2205 modify and cancel, 2111 largest quantities (trade.md 4.6, 4.11, 4.13). */
#include "gateway/handlers.h"
#include "gateway/trade_write.h"

#include "Trd_GetMaxTrdQtys.pb-c.h"
#include "Trd_ModifyOrder.pb-c.h"
#include "Trd_PlaceOrder.pb-c.h"

#include <string.h>

#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))

static bool adjust_in(struct ft_gateway *gw, struct ft_request *req, bool on, double limit,
                      bool *adjust, int64_t *out)
{
    *adjust = on && limit != 0; /* both are needed (trade.md 6.3) */
    return !*adjust || ft_trade_ratio_in(gw, req, "adjustSideAndLimit", limit, FT_RATIO_SCALE, out);
}

/* ---- 2202 ------------------------------------------------------------------------------------ */

static bool place_prices(struct ft_gateway *gw, struct ft_request *req,
                         const TrdPlaceOrder__C2S *c2s, const struct ft_instrument *inst,
                         struct ft_ticket *t)
{
    t->has_price = ft_trade_takes_price(t->type) && c2s->has_price;
    t->has_aux = c2s->has_auxprice;
    if (!ft_trade_enum_in(gw, req, "trailType", c2s->has_trailtype ? c2s->trailtype : 0, 0,
                          FT_TRAIL_AMOUNT, &t->trail_type))
        return false;
    return (!t->has_price || ft_trade_price_in(gw, req, inst, "price", c2s->price,
                                               FT_EXCESS_ROUND, &t->price)) &&
           (!t->has_aux || ft_trade_price_in(gw, req, inst, "auxPrice", c2s->auxprice,
                                             FT_EXCESS_ROUND, &t->aux_price)) &&
           (!c2s->has_trailvalue || ft_trade_trail_in(gw, req, inst, t->trail_type,
                                                      c2s->trailvalue, &t->trail_value)) &&
           (!c2s->has_trailspread || ft_trade_price_in(gw, req, inst, "trailSpread",
                                                       c2s->trailspread, FT_EXCESS_ROUND,
                                                       &t->trail_spread)) &&
           adjust_in(gw, req, c2s->has_adjustprice && c2s->adjustprice,
                     c2s->has_adjustsideandlimit ? c2s->adjustsideandlimit : 0, &t->adjust,
                     &t->adjust_limit);
}

static bool place_ticket(struct ft_gateway *gw, struct ft_request *req,
                         const TrdPlaceOrder__C2S *c2s, const struct ft_account *a,
                         struct ft_ticket *t)
{
    const struct ft_instrument *inst = ft_trade_instrument(
        gw, req, c2s->header, c2s->has_secmarket ? c2s->secmarket : 0, c2s->code);
    if (!inst)
        return false;
    *t = (struct ft_ticket){
        .account = a->index,
        .inst = inst->index,
        .trd_market = (uint8_t)ft_trade_market_of(a, inst),
        .outside_rth = c2s->has_filloutsiderth && c2s->filloutsiderth,
        .remark = c2s->remark,
    };
    return ft_trade_enum_in(gw, req, "trdSide", c2s->trdside, FT_SIDE_BUY, FT_SIDE_BUY_BACK,
                            &t->side) &&
           ft_trade_enum_in(gw, req, "orderType", c2s->ordertype, FT_ORDER_NORMAL,
                            FT_ORDER_TYPES - 1, &t->type) &&
           ft_trade_enum_in(gw, req, "timeInForce", c2s->has_timeinforce ? c2s->timeinforce : 0,
                            FT_TIF_DAY, FT_TIF_GTD, &t->tif) &&
           ft_trade_enum_in(gw, req, "session", c2s->has_session ? c2s->session : 0, FT_TS_NONE,
                            FT_TS_OVERNIGHT, &t->session) &&
           ft_trade_qty_in(gw, req, "qty", c2s->qty, &t->qty) &&
           ft_trade_remark_ok(gw, req, c2s->remark) &&
           ft_trade_expiry_in(gw, req, c2s->expiretime, &t->expire_day) &&
           place_prices(gw, req, c2s, inst, t);
}

void ft_handle_place_order(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdPlaceOrder__C2S *c2s = ((const TrdPlaceOrder__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_writer(gw, req, c2s->header, c2s->packetid);
    struct ft_ticket t;
    uint64_t id;
    struct ft_err err = {0};
    if (!a || !place_ticket(gw, req, c2s, a, &t))
        return;
    if (ft_brk_place(gw->trade->brk, &t, &id, &err)) {
        ft_trade_refuse(gw, req, &err);
        return;
    }
    req->placed = id;
    TrdPlaceOrder__S2C s2c = TRD__PLACE_ORDER__S2_C__INIT;
    s2c.header = c2s->header;
    SET(&s2c, orderid, id);
    s2c.orderidex = ft_trade_id_text(gw, id);
    TrdPlaceOrder__Response r = TRD__PLACE_ORDER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 2205 ------------------------------------------------------------------------------------ */

static void modified(struct ft_gateway *gw, struct ft_request *req,
                     const TrdModifyOrder__C2S *c2s, uint64_t id)
{
    TrdModifyOrder__S2C s2c = TRD__MODIFY_ORDER__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.orderid = id;
    if (id)
        s2c.orderidex = ft_trade_id_text(gw, id);
    TrdModifyOrder__Response r = TRD__MODIFY_ORDER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

static void cancel_all(struct ft_gateway *gw, struct ft_request *req,
                       const TrdModifyOrder__C2S *c2s, const struct ft_account *a)
{
    if (c2s->modifyorderop != TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Cancel) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "modifyOrderOp %d with forAll: only 2 cancel works on all orders",
                               "modifyOrderOp %d 不支持 forAll：仅可用 2 撤单"), c2s->modifyorderop);
        return;
    }
    if (ft_trade_not_for_paper(gw, req, a))
        return;
    int32_t market = c2s->has_trdmarket ? c2s->trdmarket : 0;
    if (!protobuf_c_enum_descriptor_get_value(&trd__common__trd_market__descriptor, market)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "trdMarket %d is no TrdMarket: 0 stands for all",
                               "trdMarket %d 不是 TrdMarket：0 表示全部"), market);
        return;
    }
    struct ft_err err = {0};
    size_t count;
    if (ft_brk_cancel_all(gw->trade->brk, a->index, (uint8_t)market, &count, &err))
        ft_trade_refuse(gw, req, &err);
    else
        modified(gw, req, c2s, 0);
}

/* What is not given stays as it is. */
static bool change_in(struct ft_gateway *gw, struct ft_request *req,
                      const TrdModifyOrder__C2S *c2s, const struct ft_order *o,
                      struct ft_change *c)
{
    const struct ft_instrument *inst = ft_universe_at(gw->universe, o->inst);
    *c = (struct ft_change){
        .qty = o->qty,
        .has_price = c2s->has_price && ft_trade_takes_price(o->type),
        .has_aux = c2s->has_auxprice,
        .has_trail_value = c2s->has_trailvalue,
        .has_trail_spread = c2s->has_trailspread,
    };
    if (!ft_trade_enum_in(gw, req, "trailType", c2s->has_trailtype ? c2s->trailtype : 0, 0,
                          FT_TRAIL_AMOUNT, &c->trail_type))
        return false;
    int trail = c->trail_type ? c->trail_type : o->trail_type;
    return (!c2s->has_qty || ft_trade_qty_in(gw, req, "qty", c2s->qty, &c->qty)) &&
           (!c->has_price || ft_trade_price_in(gw, req, inst, "price", c2s->price, FT_EXCESS_CUT,
                                               &c->price)) &&
           (!c->has_aux || ft_trade_price_in(gw, req, inst, "auxPrice", c2s->auxprice,
                                             FT_EXCESS_ROUND, &c->aux_price)) &&
           (!c->has_trail_value ||
            ft_trade_trail_in(gw, req, inst, trail, c2s->trailvalue, &c->trail_value)) &&
           (!c->has_trail_spread || ft_trade_price_in(gw, req, inst, "trailSpread",
                                                      c2s->trailspread, FT_EXCESS_ROUND,
                                                      &c->trail_spread)) &&
           adjust_in(gw, req, c2s->has_adjustprice && c2s->adjustprice,
                     c2s->has_adjustsideandlimit ? c2s->adjustsideandlimit : 0, &c->adjust,
                     &c->adjust_limit);
}

/* One order. False: answered already. */
static bool apply(struct ft_gateway *gw, struct ft_request *req, const TrdModifyOrder__C2S *c2s,
                  const struct ft_account *a, const struct ft_order *o, struct ft_err *err)
{
    struct ft_brk *brk = gw->trade->brk;
    struct ft_change change;
    uint64_t id = o->id;
    int failed = -1;
    switch (c2s->modifyorderop) {
    case TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Normal:
        if (!change_in(gw, req, c2s, o, &change))
            return false;
        failed = ft_brk_modify(brk, a->index, id, &change, err);
        break;
    case TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Cancel:
        failed = ft_brk_cancel(brk, a->index, id, err);
        break;
    case TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Disable:
        failed = ft_brk_disable(brk, a->index, id, err);
        break;
    case TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Enable:
        failed = ft_brk_enable(brk, a->index, id, err);
        break;
    case TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Delete:
        failed = ft_brk_delete(brk, a->index, id, err);
        break;
    }
    if (failed)
        ft_trade_refuse(gw, req, err);
    return !failed;
}

void ft_handle_modify_order(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdModifyOrder__C2S *c2s = ((const TrdModifyOrder__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_writer(gw, req, c2s->header, c2s->packetid);
    uint8_t op;
    if (!a || !ft_trade_enum_in(gw, req, "modifyOrderOp", c2s->modifyorderop,
                                TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Normal,
                                TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Delete, &op))
        return;
    if (c2s->has_forall && c2s->forall) {
        cancel_all(gw, req, c2s, a);
        return;
    }
    if (op > TRD__COMMON__MODIFY_ORDER_OP__ModifyOrderOp_Cancel &&
        ft_trade_not_for_paper(gw, req, a))
        return;
    const struct ft_order *o = ft_trade_find_order(gw, req, a, c2s->orderidex, c2s->orderid);
    struct ft_err err = {0};
    uint64_t id = o ? o->id : 0;
    if (o && apply(gw, req, c2s, a, o, &err))
        modified(gw, req, c2s, id);
}

/* ---- 2111 ------------------------------------------------------------------------------------ */

static void fill_max(const struct ft_max_qty *q, TrdCommon__MaxTrdQtys *m)
{
    m->maxcashbuy = ft_qty_to_double(q->cash_buy);
    m->maxpositionsell = ft_qty_to_double(q->position_sell);
    if (q->has_margin_buy)
        SET(m, maxcashandmarginbuy, ft_qty_to_double(q->margin_buy));
    if (q->has_sell_short)
        SET(m, maxsellshort, ft_qty_to_double(q->sell_short));
    if (q->has_buy_back)
        SET(m, maxbuyback, ft_qty_to_double(q->buy_back));
    if (q->has_im) {
        SET(m, longrequiredim, ft_money_to_double(q->long_im));
        SET(m, shortrequiredim, ft_money_to_double(q->short_im));
    }
}

void ft_handle_max_qtys(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetMaxTrdQtys__C2S *c2s = ((const TrdGetMaxTrdQtys__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_TRADE);
    const struct ft_instrument *inst =
        a ? ft_trade_instrument(gw, req, c2s->header, c2s->has_secmarket ? c2s->secmarket : 0,
                                c2s->code) : NULL;
    if (!inst)
        return;
    struct ft_ticket t = {
        .account = a->index, .inst = inst->index, .side = FT_SIDE_BUY, .has_price = true,
        .trd_market = (uint8_t)ft_trade_market_of(a, inst), .expire_day = FT_NO_DAY,
    };
    if (!ft_trade_enum_in(gw, req, "orderType", c2s->ordertype, FT_ORDER_NORMAL, FT_ORDER_TYPES - 1,
                          &t.type) ||
        !ft_trade_enum_in(gw, req, "session", c2s->has_session ? c2s->session : 0, FT_TS_NONE,
                          FT_TS_OVERNIGHT, &t.session) ||
        !ft_trade_price_in(gw, req, inst, "price", c2s->price, FT_EXCESS_CUT, &t.price) ||
        !adjust_in(gw, req, c2s->has_adjustprice && c2s->adjustprice,
                   c2s->has_adjustsideandlimit ? c2s->adjustsideandlimit : 0, &t.adjust,
                   &t.adjust_limit))
        return;
    uint64_t order = 0;
    if ((c2s->orderidex && *c2s->orderidex) || (c2s->has_orderid && c2s->orderid)) {
        const struct ft_order *o = ft_trade_find_order(gw, req, a, c2s->orderidex, c2s->orderid);
        if (!o)
            return;
        order = o->id;
    }
    struct ft_max_qty q = {0};
    struct ft_err err = {0};
    if (ft_brk_max_qty(gw->trade->brk, &t, order, &q, &err)) {
        ft_trade_refuse(gw, req, &err);
        return;
    }
    TrdCommon__MaxTrdQtys m = TRD__COMMON__MAX_TRD_QTYS__INIT;
    fill_max(&q, &m);
    if (inst->market == FT_MARKET_US && c2s->has_session)
        SET(&m, session, c2s->session);
    TrdGetMaxTrdQtys__S2C s2c = TRD__GET_MAX_TRD_QTYS__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.maxtrdqtys = &m;
    TrdGetMaxTrdQtys__Response r = TRD__GET_MAX_TRD_QTYS__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
