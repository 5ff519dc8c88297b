/* Basic data: 3202 static info, 3207 owner plates, 3211 and 3212 capital flow, 3223 market state
 * (quote-realtime.md 4.12 to 4.15, 4.20). */
#include "gateway/build_quote.h"
#include "gateway/handlers.h"

#include "Qot_GetCapitalDistribution.pb-c.h"
#include "Qot_GetCapitalFlow.pb-c.h"
#include "Qot_GetMarketState.pb-c.h"
#include "Qot_GetOwnerPlate.pb-c.h"
#include "Qot_GetStaticInfo.pb-c.h"

#include <string.h>

enum { FLOW_DAYS = 366 }; /* of memory; how many are told: FT_MAX_FLOW_DAYS */

/* Between 1 and `max` codes; an error is answered otherwise. */
static bool need_codes(struct ft_gateway *gw, struct ft_request *req, size_t n, size_t max)
{
    if (n >= 1 && n <= max)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "securityList has %zu codes: allowed are 1 to %zu",
                           "securityList 含 %zu 个代码：可用 1 至 %zu 个"), n, max);
    return false;
}

/* ---- 3202 ----------------------------------------------------------------------------------- */

/* What the vendor answers for a code that it does not know: a row that says so. */
static QotCommon__SecurityStaticInfo *unknown_info(struct ft_gateway *gw,
                                                   const QotCommon__Security *asked)
{
    QotCommon__SecurityStaticInfo *info = ft_arena_alloc(&gw->arena, sizeof *info);
    QotCommon__SecurityStaticBasic *b = ft_arena_alloc(&gw->arena, sizeof *b);
    if (!info || !b)
        return NULL;
    qot__common__security_static_info__init(info);
    qot__common__security_static_basic__init(b);
    info->basic = b;
    b->security = (QotCommon__Security *)asked;
    b->name = (char *)FT_TEXT(gw, "unknown stock", "未知股票");
    b->listtime = (char *)"";
    b->has_delisting = b->delisting = 1;
    return info;
}

/* A market or type that has no instruments here gives an empty list; one that is no market or type
 * at all is an error. */
static bool market_and_type_known(struct ft_gateway *gw, struct ft_request *req,
                                  const QotGetStaticInfo__C2S *c2s)
{
    if (!protobuf_c_enum_descriptor_get_value(&qot__common__qot_market__descriptor, c2s->market) ||
        c2s->market == 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "market %d: no such QotMarket", "market %d 无效：没有此 QotMarket"),
                       c2s->market);
        return false;
    }
    if (!protobuf_c_enum_descriptor_get_value(&qot__common__security_type__descriptor, c2s->sectype) ||
        c2s->sectype == 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "secType %d: no such SecurityType",
                               "secType %d 无效：没有此 SecurityType"), c2s->sectype);
        return false;
    }
    return true;
}

void ft_handle_static_info(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetStaticInfo__C2S *c2s = ((const QotGetStaticInfo__Request *)req->msg)->c2s;
    size_t count = ft_universe_count(gw->universe);
    size_t room = c2s->n_securitylist ? c2s->n_securitylist : count;
    QotGetStaticInfo__S2C s2c = QOT__GET_STATIC_INFO__S2_C__INIT;
    s2c.staticinfolist = ft_arena_alloc(&gw->arena, (room + 1) * sizeof *s2c.staticinfolist);
    if (!s2c.staticinfolist) {
        ft_reply_no_memory(gw, req);
        return;
    }
    if (!c2s->n_securitylist && c2s->sectype == FT_SEC_OPTION) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "secType 8: options are listed by the option chain",
                               "secType 8：期权请用期权链查询"));
        return;
    }
    if (!c2s->n_securitylist && !market_and_type_known(gw, req, c2s))
        return;
    for (size_t k = 0; k < c2s->n_securitylist; k++) {
        const struct ft_instrument *inst = ft_edge_find(gw, c2s->securitylist[k]);
        s2c.staticinfolist[s2c.n_staticinfolist++] =
            inst ? ft_build_static_info(gw, inst) : unknown_info(gw, c2s->securitylist[k]);
    }
    int market = c2s->market == 2 ? FT_MARKET_HK : c2s->market; /* HK_Future is obsolete */
    for (size_t k = 0; !c2s->n_securitylist && k < count; k++) {
        const struct ft_instrument *inst = ft_universe_at(gw->universe, (ft_inst)k);
        if (inst->market == market && inst->type == c2s->sectype)
            s2c.staticinfolist[s2c.n_staticinfolist++] = ft_build_static_info(gw, inst);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetStaticInfo__Response r = QOT__GET_STATIC_INFO__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3207 ----------------------------------------------------------------------------------- */

void ft_handle_owner_plate(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetOwnerPlate__C2S *c2s = ((const QotGetOwnerPlate__Request *)req->msg)->c2s;
    if (!need_codes(gw, req, c2s->n_securitylist, ft_request_max(req, FT_MAX_OWNER_PLATE_CODES)))
        return;
    QotGetOwnerPlate__S2C s2c = QOT__GET_OWNER_PLATE__S2_C__INIT;
    s2c.ownerplatelist =
        ft_arena_alloc(&gw->arena, c2s->n_securitylist * sizeof *s2c.ownerplatelist);
    for (size_t k = 0; k < c2s->n_securitylist && s2c.ownerplatelist; k++) {
        const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->securitylist[k]);
        if (!inst)
            return;
        if (inst->type != FT_SEC_STOCK && inst->type != FT_SEC_INDEX) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "%s has no plates: stocks and indices have",
                                   "%s 没有所属板块：仅支持正股和指数"),
                           ft_edge_label(gw, inst->market, inst->code));
            return;
        }
        const ft_inst *plates;
        size_t n = ft_plates_of(gw->universe, inst->index, &plates);
        QotGetOwnerPlate__SecurityOwnerPlate *row = ft_arena_alloc(&gw->arena, sizeof *row);
        QotCommon__PlateInfo **list = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *list);
        QotCommon__PlateInfo *infos = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *infos);
        if (!row || !list || !infos)
            break;
        qot__get_owner_plate__security_owner_plate__init(row);
        row->security = ft_edge_new_security(gw, inst);
        row->name = (char *)ft_edge_name(gw, inst);
        row->plateinfolist = list;
        for (size_t p = 0; p < n; p++) {
            const struct ft_instrument *plate = ft_universe_at(gw->universe, plates[p]);
            qot__common__plate_info__init(&infos[p]);
            infos[p].plate = ft_edge_new_security(gw, plate);
            infos[p].name = (char *)ft_edge_name(gw, plate);
            infos[p].has_platetype = 1;
            infos[p].platetype = plate->plate_kind;
            list[row->n_plateinfolist++] = &infos[p];
        }
        s2c.ownerplatelist[s2c.n_ownerplatelist++] = row;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetOwnerPlate__Response r = QOT__GET_OWNER_PLATE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3223 ----------------------------------------------------------------------------------- */

void ft_handle_market_state(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetMarketState__C2S *c2s = ((const QotGetMarketState__Request *)req->msg)->c2s;
    if (!need_codes(gw, req, c2s->n_securitylist, ft_request_max(req, FT_MAX_MARKET_STATE_CODES)))
        return;
    QotGetMarketState__S2C s2c = QOT__GET_MARKET_STATE__S2_C__INIT;
    s2c.marketinfolist =
        ft_arena_alloc(&gw->arena, c2s->n_securitylist * sizeof *s2c.marketinfolist);
    QotGetMarketState__MarketInfo *rows =
        ft_arena_alloc(&gw->arena, c2s->n_securitylist * sizeof *rows);
    for (size_t k = 0; k < c2s->n_securitylist && s2c.marketinfolist && rows; k++) {
        const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->securitylist[k]);
        if (!inst)
            return;
        struct ft_moment m;
        ft_moment_at(ft_universe_timetables(gw->universe), inst->profile,
                     ft_model_hours(ft_world_model(gw->world)), ft_world_now(gw->world), &m);
        qot__get_market_state__market_info__init(&rows[k]);
        rows[k].security = ft_edge_new_security(gw, inst);
        rows[k].name = (char *)ft_edge_name(gw, inst);
        rows[k].marketstate = m.span.state;
        s2c.marketinfolist[s2c.n_marketinfolist++] = &rows[k];
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetMarketState__Response r = QOT__GET_MARKET_STATE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3211, 3212 ------------------------------------------------------------------------------ */

static const struct ft_instrument *need_flow(struct ft_gateway *gw, struct ft_request *req,
                                             const QotCommon__Security *s)
{
    const struct ft_instrument *inst = ft_edge_need(gw, req, s);
    if (inst && !ft_rights_need_get(gw, req, inst))
        return NULL;
    if (inst && inst->type != FT_SEC_STOCK && inst->type != FT_SEC_ETF &&
        inst->type != FT_SEC_WARRANT) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s has no capital flow: stocks, warrants and funds have",
                               "%s 没有资金流向：仅支持正股、窝轮和基金"),
                       ft_edge_label(gw, inst->market, inst->code));
        return NULL;
    }
    return inst;
}

static QotGetCapitalFlow__CapitalFlowItem *flow_item(struct ft_gateway *gw, const ft_money *net)
{
    QotGetCapitalFlow__CapitalFlowItem *f = ft_arena_alloc(&gw->arena, sizeof *f);
    if (!f)
        return NULL;
    qot__get_capital_flow__capital_flow_item__init(f);
    f->has_superinflow = f->has_biginflow = f->has_midinflow = f->has_smlinflow = 1;
    f->superinflow = ft_money_to_double(net[FT_FLOW_SUPER]);
    f->biginflow = ft_money_to_double(net[FT_FLOW_BIG]);
    f->midinflow = ft_money_to_double(net[FT_FLOW_MID]);
    f->smlinflow = ft_money_to_double(net[FT_FLOW_SMALL]);
    f->inflow = f->superinflow + f->biginflow + f->midinflow + f->smlinflow;
    return f;
}

static void flow_intraday(struct ft_gateway *gw, const struct ft_instrument *inst,
                          QotGetCapitalFlow__S2C *s2c)
{
    struct ft_flow_point *points = ft_arena_alloc(&gw->arena, FT_DAY_BARS_MAX * sizeof *points);
    s2c->flowitemlist = ft_arena_alloc(&gw->arena, FT_DAY_BARS_MAX * sizeof *s2c->flowitemlist);
    if (!points || !s2c->flowitemlist)
        return;
    size_t n = ft_world_capital_flow(gw->world, inst->index, points, FT_DAY_BARS_MAX);
    for (size_t k = 0; k < n; k++) {
        QotGetCapitalFlow__CapitalFlowItem *f = flow_item(gw, points[k].net);
        if (!f)
            return;
        struct ft_bar label = {.label_day = points[k].label_day, .minute = points[k].minute};
        f->time = ft_edge_bar_time(gw, inst, &label, &f->timestamp);
        f->has_timestamp = 1;
        s2c->flowitemlist[s2c->n_flowitemlist++] = f;
        s2c->lastvalidtime = f->time;
        s2c->lastvalidtimestamp = f->timestamp;
        s2c->has_lastvalidtimestamp = 1;
    }
}

/* Net flow of a past period: a share of its turnover by the strength of its close. Simulated. */
static void flow_periods(struct ft_gateway *gw, const struct ft_instrument *inst,
                         enum ft_bar_kind kind, ft_day from, ft_day to, QotGetCapitalFlow__S2C *s2c)
{
    struct ft_bar *bars = ft_arena_alloc(&gw->arena, FLOW_DAYS * sizeof *bars);
    s2c->flowitemlist = ft_arena_alloc(&gw->arena, FLOW_DAYS * sizeof *s2c->flowitemlist);
    if (!bars || !s2c->flowitemlist)
        return;
    bool more;
    size_t n = ft_world_history_bars(gw->world, inst->index, kind, FT_IN_RTH, from, 0, to, 1440,
                                     bars, FLOW_DAYS, &more);
    static const int share[FT_FLOW_SIZES] = {12, 25, 30, 33};
    for (size_t k = 0; k < n; k++) {
        const struct ft_bar *b = &bars[k];
        ft_price range = b->high - b->low;
        int64_t strength = range > 0 ? (2 * b->close - b->high - b->low) * 100 / range : 0;
        ft_money net[FT_FLOW_SIZES];
        for (int s = 0; s < FT_FLOW_SIZES; s++)
            net[s] = b->turnover / 100 * share[s] / 1000 * strength;
        QotGetCapitalFlow__CapitalFlowItem *f = flow_item(gw, net);
        if (!f)
            return;
        f->has_maininflow = 1;
        f->maininflow = f->superinflow + f->biginflow;
        f->time = ft_edge_bar_time(gw, inst, b, &f->timestamp);
        f->has_timestamp = 1;
        s2c->flowitemlist[s2c->n_flowitemlist++] = f;
    }
}

static bool flow_range(struct ft_gateway *gw, struct ft_request *req,
                       const QotGetCapitalFlow__C2S *c2s, ft_day *from, ft_day *to)
{
    int64_t ns;
    int has_time;
    *to = (ft_day)(ft_world_now(gw->world) / FT_NS_PER_SEC / FT_SEC_PER_DAY) + 1;
    if (c2s->endtime && *c2s->endtime &&
        !ft_edge_datetime(gw, req, "endTime", c2s->endtime, to, &ns, &has_time))
        return false;
    ft_day oldest = *to - (ft_day)ft_request_max(req, FT_MAX_FLOW_DAYS); /* the last year (quote-realtime.md 4.13) */
    *from = *to - 365;
    if (c2s->begintime && *c2s->begintime &&
        !ft_edge_datetime(gw, req, "beginTime", c2s->begintime, from, &ns, &has_time))
        return false;
    if (*from <= *to) {
        *from = *from > oldest ? *from : oldest;
        return true;
    }
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "beginTime %s is after endTime %s", "beginTime %s 晚于 endTime %s"),
                   c2s->begintime, c2s->endtime ? c2s->endtime : "");
    return false;
}

void ft_handle_capital_flow(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetCapitalFlow__C2S *c2s = ((const QotGetCapitalFlow__Request *)req->msg)->c2s;
    const struct ft_instrument *inst = need_flow(gw, req, c2s->security);
    if (!inst)
        return;
    /* Values of Qot_Common.PeriodType: 1 intraday, 2 day, 3 week, 4 month. */
    static const uint8_t kinds[] = {0, 0, FT_BAR_DAY, FT_BAR_WEEK, FT_BAR_MONTH};
    int32_t period = c2s->has_periodtype ? c2s->periodtype : 1;
    if (period < 1 || period > 4) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "periodType %d: allowed are 1 intraday, 2 day, 3 week, 4 month",
                               "periodType %d 无效：可用 1 实时、2 日、3 周、4 月"), period);
        return;
    }
    QotGetCapitalFlow__S2C s2c = QOT__GET_CAPITAL_FLOW__S2_C__INIT;
    if (period == 1) {
        flow_intraday(gw, inst, &s2c);
    } else {
        ft_day from, to;
        if (!flow_range(gw, req, c2s, &from, &to))
            return;
        flow_periods(gw, inst, (enum ft_bar_kind)kinds[period], from, to, &s2c);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetCapitalFlow__Response r = QOT__GET_CAPITAL_FLOW__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

void ft_handle_capital_distribution(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetCapitalDistribution__C2S *c2s =
        ((const QotGetCapitalDistribution__Request *)req->msg)->c2s;
    const struct ft_instrument *inst = need_flow(gw, req, c2s->security);
    if (!inst)
        return;
    struct ft_capital_flow f;
    ft_world_capital_distribution(gw->world, inst->index, &f);
    QotGetCapitalDistribution__S2C s2c = QOT__GET_CAPITAL_DISTRIBUTION__S2_C__INIT;
    s2c.has_capitalinsuper = s2c.has_capitaloutsuper = 1;
    s2c.capitalinsuper = ft_money_to_double(f.in[FT_FLOW_SUPER]);
    s2c.capitalinbig = ft_money_to_double(f.in[FT_FLOW_BIG]);
    s2c.capitalinmid = ft_money_to_double(f.in[FT_FLOW_MID]);
    s2c.capitalinsmall = ft_money_to_double(f.in[FT_FLOW_SMALL]);
    s2c.capitaloutsuper = ft_money_to_double(f.out[FT_FLOW_SUPER]);
    s2c.capitaloutbig = ft_money_to_double(f.out[FT_FLOW_BIG]);
    s2c.capitaloutmid = ft_money_to_double(f.out[FT_FLOW_MID]);
    s2c.capitaloutsmall = ft_money_to_double(f.out[FT_FLOW_SMALL]);
    s2c.updatetime = ft_edge_time(gw, inst, f.update_ns, false, &s2c.updatetimestamp);
    s2c.has_updatetimestamp = 1;
    QotGetCapitalDistribution__Response r = QOT__GET_CAPITAL_DISTRIBUTION__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
