/* Rows of the trade protocols: orders, fills, positions, funds (trade.md 4.4, 4.5, 4.14, 4.16).
 * What does not apply is left out, never zeroed: clients show its absence (trade.md 7, point 8). */
#include "gateway/trade_edge.h"

#include <string.h>

#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))

void ft_trade_row_of(const struct ft_gateway *gw, ft_inst i, int market, const char *code,
                     struct ft_trade_row *out)
{
    const struct ft_instrument *inst = i == FT_NO_INST ? NULL : ft_universe_at(gw->universe, i);
    *out = (struct ft_trade_row){inst, inst ? inst->market : market, inst ? inst->code : code, NULL};
}

static char *row_name(struct ft_gateway *gw, const struct ft_trade_row *row)
{
    return (char *)(row->inst ? ft_edge_name(gw, row->inst) : row->code);
}

static double timestamp(int64_t utc_ns)
{
    int64_t ms = utc_ns / 1000000;
    return (double)ms / 1000;
}

static bool has_limit_price(const struct ft_order *o)
{
    switch (o->type) {
    case FT_ORDER_MARKET: case FT_ORDER_AUCTION: case FT_ORDER_STOP: case FT_ORDER_MIT:
    case FT_ORDER_TRAILING_STOP: case FT_ORDER_TWAP: case FT_ORDER_VWAP:
        return false;
    case FT_ORDER_TRAILING_STOP_LIMIT: return o->price != 0; /* known once it has fired */
    }
    return true;
}

/* ---- Combos ---------------------------------------------------------------------------------- */

/* OptionStrategyType (trade.md 5.3). */
static const char *strategy_name(const struct ft_gateway *gw, int strategy)
{
    switch (strategy) {
    case 1: return FT_TEXT(gw, "Single Leg", "单腿");
    case 2: return FT_TEXT(gw, "Covered Stock", "备兑");
    case 4: return FT_TEXT(gw, "Vertical Spread", "垂直价差");
    case 6: return FT_TEXT(gw, "Straddle", "跨式");
    case 7: return FT_TEXT(gw, "Strangle", "宽跨式");
    case 8: return FT_TEXT(gw, "Collar", "领口");
    case 9: return FT_TEXT(gw, "Butterfly", "蝶式");
    case 11: return FT_TEXT(gw, "Condor", "鹰式");
    case 13: return FT_TEXT(gw, "Iron Butterfly", "铁蝶式");
    case 14: return FT_TEXT(gw, "Iron Condor", "铁鹰式");
    case 15: return FT_TEXT(gw, "Calendar Spread", "日历价差");
    case 16: return FT_TEXT(gw, "Diagonal Spread", "对角价差");
    }
    return FT_TEXT(gw, "Custom Combo", "自定义组合");
}

/* Legs, the code made of theirs, and the strategy. -1 without memory. */
static int fill_combo(struct ft_gateway *gw, const struct ft_combo *c, TrdCommon__Order *m)
{
    char code[FT_LEGS_MAX * (FT_CODE_MAX + 1)];
    size_t n = 0;
    m->combolegs = ft_arena_alloc(&gw->arena, c->count * sizeof *m->combolegs);
    if (!m->combolegs)
        return -1;
    for (size_t k = 0; k < c->count; k++) {
        const struct ft_instrument *inst = ft_universe_at(gw->universe, c->leg[k].inst);
        QotCommon__ComboLeg *leg =
            FT_NEW(gw, QotCommon__ComboLeg, qot__common__combo_leg__init);
        if (!leg || !(leg->security = ft_edge_new_security(gw, inst)))
            return -1;
        SET(leg, side, c->leg[k].side);
        SET(leg, qtyratio, ft_qty_to_double(c->leg[k].ratio));
        m->combolegs[m->n_combolegs++] = leg;
        n += (size_t)snprintf(code + n, sizeof code - n, "%s%s", k ? "/" : "", inst->code);
    }
    m->code = ft_arena_strndup(&gw->arena, code, n);
    m->name = (char *)strategy_name(gw, c->strategy);
    SET(m, strategytype, c->strategy);
    return m->code ? 0 : -1;
}

/* ---- Orders and fills ------------------------------------------------------------------------ */

static void fill_order_terms(struct ft_gateway *gw, const struct ft_order *o, TrdCommon__Order *m)
{
    if (has_limit_price(o))
        SET(m, price, ft_price_to_double(o->price));
    SET(m, timeinforce, o->tif);
    SET(m, filloutsiderth, o->outside_rth);
    if (o->has_aux)
        SET(m, auxprice, ft_price_to_double(o->aux_price));
    if (o->trail_type != FT_TRAIL_NONE) {
        SET(m, trailtype, o->trail_type);
        SET(m, trailvalue, o->trail_type == FT_TRAIL_RATIO
                               ? (double)o->trail_value / 10000 /* 1e-6 to percent */
                               : ft_price_to_double(o->trail_value));
        if (o->type == FT_ORDER_TRAILING_STOP_LIMIT)
            SET(m, trailspread, ft_price_to_double(o->trail_spread));
    }
    if (o->tif == FT_TIF_GTD && o->expire_day != FT_NO_DAY) {
        char date[11];
        ft_day_print(o->expire_day, date);
        m->expiretime = ft_arena_strndup(&gw->arena, date, 10);
    }
}

TrdCommon__Order *ft_trade_order(struct ft_gateway *gw, const struct ft_account *a,
                                 const struct ft_order *o, const struct ft_trade_row *row)
{
    TrdCommon__Order *m = FT_NEW(gw, TrdCommon__Order, trd__common__order__init);
    if (!m)
        return NULL;
    m->trdside = o->side;
    m->ordertype = o->type;
    m->orderstatus = o->status;
    m->orderid = o->id;
    m->orderidex = ft_trade_id_text(gw, o->id);
    m->code = (char *)row->code;
    m->name = row_name(gw, row);
    const struct ft_combo *combo = ft_brk_combo(gw->trade->brk, o->id);
    if (!combo)
        combo = row->combo;
    if (combo && fill_combo(gw, combo, m))
        return NULL;
    m->qty = ft_qty_to_double(o->qty);
    m->createtime = ft_trade_time(gw, ft_trade_local_ms(gw, a, row->inst, row->market,
                                                        o->created_ns));
    m->updatetime = ft_trade_time(gw, ft_trade_local_ms(gw, a, row->inst, row->market,
                                                        o->updated_ns));
    SET(m, createtimestamp, timestamp(o->created_ns));
    SET(m, updatetimestamp, timestamp(o->updated_ns));
    SET(m, fillqty, ft_qty_to_double(o->filled));
    /* Sum of price x whole units, in 1e-6: the mean has no limit of precision (trade.md 4.14). */
    SET(m, fillavgprice, o->filled ? (double)o->fill_value / FT_PRICE_SCALE /
                                         ft_qty_to_double(o->filled)
                                   : 0);
    m->lasterrmsg = ft_arena_strndup(&gw->arena, o->last_err, strlen(o->last_err));
    m->remark = ft_arena_strndup(&gw->arena, o->remark, strlen(o->remark));
    SET(m, secmarket, ft_trade_sec_market(row->market));
    fill_order_terms(gw, o, m);
    if (row->inst)
        SET(m, currency, row->inst->currency + 1);
    SET(m, trdmarket, row->inst ? ft_trade_market_of(a, row->inst) : o->trd_market);
    if (row->market == FT_MARKET_US && !a->futures)
        SET(m, session, o->session);
    return m;
}

static const char *broker_name(const struct ft_gateway *gw, int32_t id)
{
    const struct ft_broker *brokers;
    size_t n = ft_brokers(gw->universe, &brokers);
    for (size_t k = 0; k < n; k++)
        if (brokers[k].id == id)
            return brokers[k].name[gw->config.lang == FT_LANG_EN ? FT_NAME_EN : FT_NAME_SC];
    return "";
}

TrdCommon__OrderFill *ft_trade_fill(struct ft_gateway *gw, const struct ft_account *a,
                                    const struct ft_fill *f, const struct ft_trade_row *row)
{
    TrdCommon__OrderFill *m = FT_NEW(gw, TrdCommon__OrderFill, trd__common__order_fill__init);
    if (!m)
        return NULL;
    m->trdside = f->side;
    m->fillid = f->id;
    m->fillidex = ft_trade_id_text(gw, f->id);
    SET(m, orderid, f->order);
    m->orderidex = ft_trade_id_text(gw, f->order);
    m->code = (char *)row->code;
    m->name = row_name(gw, row);
    m->qty = ft_qty_to_double(f->qty);
    m->price = ft_price_to_double(f->price);
    m->createtime = ft_trade_time(gw, ft_trade_local_ms(gw, a, row->inst, row->market, f->time_ns));
    SET(m, createtimestamp, timestamp(f->time_ns));
    SET(m, updatetimestamp, timestamp(f->time_ns));
    if (row->market == FT_MARKET_HK && f->counter_broker) {
        SET(m, counterbrokerid, f->counter_broker);
        m->counterbrokername = (char *)broker_name(gw, f->counter_broker);
    }
    SET(m, secmarket, ft_trade_sec_market(row->market));
    SET(m, status, f->status);
    if (row->inst)
        SET(m, trdmarket, ft_trade_market_of(a, row->inst));
    return m;
}

/* ---- Positions ------------------------------------------------------------------------------- */

static double money(ft_money v, int decimals)
{
    return ft_edge_round(ft_money_to_double(v), decimals);
}

/* Figures of today: real accounts (paper ones by full rules too); futures have the P/L only. */
static void fill_today(const struct ft_account *a, const struct ft_position_view *v, int decimals,
                       TrdCommon__Position *m)
{
    SET(m, td_plval, money(v->today_pl, decimals));
    if (a->futures)
        return;
    SET(m, td_trdval, money(v->today_trade_val, decimals));
    SET(m, td_buyval, money(v->p->td_buy_val, decimals));
    SET(m, td_buyqty, ft_qty_to_double(v->p->td_buy_qty));
    SET(m, td_sellval, money(v->p->td_sell_val, decimals));
    SET(m, td_sellqty, ft_qty_to_double(v->p->td_sell_qty));
}

TrdCommon__Position *ft_trade_position(struct ft_gateway *gw, const struct ft_account *a,
                                       const struct ft_position_view *v)
{
    TrdCommon__Position *m = FT_NEW(gw, TrdCommon__Position, trd__common__position__init);
    if (!m)
        return NULL;
    const struct ft_instrument *inst = ft_universe_at(gw->universe, v->p->inst);
    bool mainland = inst->market == FT_MARKET_SH || inst->market == FT_MARKET_SZ;
    int decimals = a->futures || mainland ? 2 : 3;
    /* Official paper trading of securities tells neither today's figures nor the average cost. */
    bool bare = a->env == FT_ENV_SIMULATE && gw->config.official_paper;
    m->positionid = v->p->id;
    m->positionside = v->p->qty < 0 ? TRD__COMMON__POSITION_SIDE__PositionSide_Short
                                    : TRD__COMMON__POSITION_SIDE__PositionSide_Long;
    m->code = (char *)inst->code;
    m->name = (char *)ft_edge_name(gw, inst);
    m->qty = ft_qty_to_double(v->p->qty);
    m->cansellqty = ft_qty_to_double(v->can_sell);
    m->price = ft_price_to_double(v->price);
    m->val = a->futures ? 0 : money(v->market_val, mainland ? 2 : 3);
    m->plval = money(v->pl, decimals);
    if (v->p->qty != 0)
        SET(m, costprice, ft_price_to_double(a->futures ? v->average_cost : v->diluted_cost));
    if (!a->futures && v->has_ratio)
        SET(m, plratio, (double)v->pl_ratio / FT_RATIO_SCALE);
    if (!bare)
        fill_today(a, v, decimals, m);
    if (!bare || a->futures) {
        SET(m, unrealizedpl, money(v->unrealized, decimals));
        SET(m, realizedpl, money(v->realized, decimals));
        if (v->p->qty != 0)
            SET(m, averagecostprice, ft_price_to_double(v->average_cost));
        if (v->has_ratio)
            SET(m, averageplratio, (double)v->average_pl_ratio / FT_RATIO_SCALE);
    }
    if (!a->futures && v->p->qty != 0)
        SET(m, dilutedcostprice, ft_price_to_double(v->diluted_cost));
    SET(m, secmarket, ft_trade_sec_market(inst->market));
    SET(m, currency, inst->currency + 1);
    SET(m, trdmarket, ft_trade_market_of(a, inst));
    SET(m, accid, a->id);
    return m;
}

/* ---- Funds ----------------------------------------------------------------------------------- */

static int fill_currencies(struct ft_gateway *gw, const struct ft_funds *f, TrdCommon__Funds *m)
{
    m->cashinfolist = ft_arena_alloc(&gw->arena, FT_CURRENCIES * sizeof *m->cashinfolist);
    if (!m->cashinfolist)
        return -1;
    for (int c = 0; c < FT_CURRENCIES; c++) {
        if (!f->currency_used[c])
            continue;
        TrdCommon__AccCashInfo *row =
            FT_NEW(gw, TrdCommon__AccCashInfo, trd__common__acc_cash_info__init);
        if (!row)
            return -1;
        SET(row, currency, c + 1);
        SET(row, cash, ft_money_to_double(f->by_currency_cash[c]));
        SET(row, availablebalance, ft_money_to_double(f->by_currency_available[c]));
        SET(row, netcashpower, ft_money_to_double(f->by_currency_power[c]));
        m->cashinfolist[m->n_cashinfolist++] = row;
    }
    return 0;
}

static int fill_markets(struct ft_gateway *gw, const struct ft_account *a, const struct ft_funds *f,
                        TrdCommon__Funds *m)
{
    static const int markets[] = {FT_TRD_HK, FT_TRD_US, FT_TRD_HKCC, FT_TRD_JP};
    m->marketinfolist = ft_arena_alloc(&gw->arena, sizeof markets / sizeof markets[0] *
                                                       sizeof *m->marketinfolist);
    if (!m->marketinfolist)
        return -1;
    for (size_t k = 0; k < sizeof markets / sizeof markets[0]; k++) {
        if (!memchr(a->auth, markets[k], a->auth_count))
            continue;
        TrdCommon__AccMarketInfo *row =
            FT_NEW(gw, TrdCommon__AccMarketInfo, trd__common__acc_market_info__init);
        if (!row)
            return -1;
        SET(row, trdmarket, markets[k]);
        SET(row, assets, ft_money_to_double(f->market_assets[k]));
        m->marketinfolist[m->n_marketinfolist++] = row;
    }
    return 0;
}

/* Day-trading figures: moomoo US only, most of them while marked (trade.md 4.4, 6.5). */
static void fill_day_trading(struct ft_gateway *gw, const struct ft_funds *f, TrdCommon__Funds *m)
{
    SET(m, ispdt, f->is_pdt);
    m->pdtseq = ft_trade_id_text(gw, (uint64_t)(f->day_trades_left > 0 ? f->day_trades_left : 0));
    if (!f->is_pdt)
        return;
    SET(m, beginningdtbp, ft_money_to_double(f->dtbp_start));
    SET(m, remainingdtbp, ft_money_to_double(f->dtbp_left));
    SET(m, dtcallamount, ft_money_to_double(f->dt_call));
    SET(m, dtstatus, f->dt_status);
}

TrdCommon__Funds *ft_trade_funds(struct ft_gateway *gw, const struct ft_account *a,
                                 const struct ft_funds *f)
{
    TrdCommon__Funds *m = FT_NEW(gw, TrdCommon__Funds, trd__common__funds__init);
    if (!m)
        return NULL;
    m->power = ft_money_to_double(f->power);
    m->totalassets = ft_money_to_double(f->total_assets);
    m->cash = ft_money_to_double(f->cash);
    m->marketval = a->futures ? 0 : ft_money_to_double(f->market_val);
    m->frozencash = ft_money_to_double(f->frozen_cash);
    m->debtcash = ft_money_to_double(f->debt_cash);
    m->avlwithdrawalcash = a->futures ? 0 : ft_money_to_double(f->withdrawal);
    if (a->universal || a->futures) {
        SET(m, currency, (int)f->currency + 1);
        if (fill_currencies(gw, f, m))
            return NULL;
    }
    if (a->futures) {
        SET(m, availablefunds, ft_money_to_double(f->available));
        SET(m, unrealizedpl, ft_money_to_double(f->unrealized));
        SET(m, realizedpl, ft_money_to_double(f->realized));
        SET(m, risklevel, f->risk_level);
    } else {
        SET(m, maxpowershort, ft_money_to_double(f->power_short));
        SET(m, netcashpower, ft_money_to_double(f->net_cash_power));
        SET(m, longmv, ft_money_to_double(f->long_mv));
        SET(m, shortmv, ft_money_to_double(f->short_mv));
        SET(m, pendingasset, ft_money_to_double(f->pending));
        SET(m, securitiesassets, ft_money_to_double(f->total_assets));
        SET(m, fundassets, 0);
        SET(m, bondassets, 0);
    }
    if (a->type != FT_ACC_CASH) {
        SET(m, initialmargin, ft_money_to_double(f->initial_margin));
        SET(m, maintenancemargin, ft_money_to_double(f->maintenance_margin));
        SET(m, margincallmargin, ft_money_to_double(f->margin_call_margin));
    }
    if (a->firm == FT_FIRM_FUTUHK && !a->futures)
        SET(m, maxwithdrawal, ft_money_to_double(f->withdrawal));
    SET(m, riskstatus, f->risk_status);
    if (a->universal && !a->futures && fill_markets(gw, a, f, m))
        return NULL;
    if (a->firm == FT_FIRM_FUTUINC && !a->futures)
        fill_day_trading(gw, f, m);
    return m;
}
