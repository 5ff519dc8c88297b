/* Combinations: 2227 place, 2112 what one would change (trade.md 4.7, 4.12). */
#include "gateway/handlers.h"
#include "gateway/trade_write.h"

#include "Trd_GetComboMaxTrdQtys.pb-c.h"
#include "Trd_PlaceComboOrder.pb-c.h"

#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))

/* The net price of a combination may be negative, and has the finest digits of its legs. */
static bool net_price_in(struct ft_gateway *gw, struct ft_request *req, bool given, double v,
                         struct ft_combo_ticket *t)
{
    t->has_price = given && t->type != FT_ORDER_MARKET;
    return !t->has_price || ft_trade_ratio_in(gw, req, "price", v, FT_PRICE_SCALE, &t->price);
}

void ft_handle_place_combo(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdPlaceComboOrder__C2S *c2s = ((const TrdPlaceComboOrder__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_writer(gw, req, c2s->header, c2s->packetid);
    if (!a)
        return;
    struct ft_combo_ticket t = {.account = a->index, .remark = c2s->remark};
    if (!ft_trade_enum_in(gw, req, "orderType", c2s->ordertype, FT_ORDER_NORMAL, FT_ORDER_TYPES - 1,
                          &t.type) ||
        !ft_trade_enum_in(gw, req, "timeInForce", c2s->has_timeinforce ? c2s->timeinforce : 0,
                          FT_TIF_DAY, FT_TIF_GTD, &t.tif) ||
        !ft_trade_legs_in(gw, req, c2s->combolegs, c2s->n_combolegs, &t) ||
        !ft_trade_qty_in(gw, req, "qty", c2s->qty, &t.qty) ||
        !net_price_in(gw, req, c2s->has_price, c2s->price, &t) ||
        !ft_trade_remark_ok(gw, req, c2s->remark) ||
        !ft_trade_expiry_in(gw, req, c2s->expiretime, &t.expire_day))
        return;
    uint64_t id;
    struct ft_err err = {0};
    if (ft_brk_place_combo(gw->trade->brk, &t, &id, &err)) {
        ft_trade_refuse(gw, req, &err);
        return;
    }
    req->placed = id;
    TrdPlaceComboOrder__S2C s2c = TRD__PLACE_COMBO_ORDER__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.orderidex = ft_trade_id_text(gw, id);
    TrdPlaceComboOrder__Response r = TRD__PLACE_COMBO_ORDER__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_combo_max_qtys(struct ft_gateway *gw, struct ft_request *req)
{
    const TrdGetComboMaxTrdQtys__C2S *c2s =
        ((const TrdGetComboMaxTrdQtys__Request *)req->msg)->c2s;
    const struct ft_account *a = ft_trade_account(gw, req, c2s->header, FT_USE_TRADE);
    if (!a)
        return;
    struct ft_combo_ticket t = {.account = a->index, .expire_day = FT_NO_DAY};
    uint64_t order = 0;
    if (!ft_trade_enum_in(gw, req, "orderType", c2s->ordertype, FT_ORDER_NORMAL, FT_ORDER_TYPES - 1,
                          &t.type) ||
        !ft_trade_legs_in(gw, req, c2s->combolegs, c2s->n_combolegs, &t) ||
        !ft_trade_qty_in(gw, req, "qty", c2s->qty, &t.qty) ||
        !net_price_in(gw, req, c2s->has_price, c2s->price, &t))
        return;
    if (c2s->orderidex && *c2s->orderidex) {
        const struct ft_order *o = ft_trade_find_order(gw, req, a, c2s->orderidex, 0);
        if (!o)
            return;
        order = o->id;
    }
    struct ft_combo_impact i = {0};
    struct ft_err err = {0};
    if (ft_brk_combo_impact(gw->trade->brk, &t, order, &i, &err)) {
        ft_trade_refuse(gw, req, &err);
        return;
    }
    TrdCommon__ComboMaxTrdQtys m = TRD__COMMON__COMBO_MAX_TRD_QTYS__INIT;
    SET(&m, nlvchange, ft_money_to_double(i.nlv));
    SET(&m, initialmarginchange, ft_money_to_double(i.initial));
    SET(&m, maintenancemarginchange, ft_money_to_double(i.maintenance));
    SET(&m, optionbuypower, ft_money_to_double(i.option_power));
    SET(&m, maxwithdrawchange, ft_money_to_double(i.withdraw));
    SET(&m, buypowerdecrease, ft_money_to_double(i.power_decrease));
    TrdGetComboMaxTrdQtys__S2C s2c = TRD__GET_COMBO_MAX_TRD_QTYS__S2_C__INIT;
    s2c.header = c2s->header;
    s2c.maxtrdqtys = &m;
    TrdGetComboMaxTrdQtys__Response r = TRD__GET_COMBO_MAX_TRD_QTYS__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
