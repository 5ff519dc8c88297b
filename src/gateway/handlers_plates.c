/* 3204: plates of a market; 3205: members of a plate or index (quote-derivatives-screening.md 3.2,
 * 3.3). */
#include "gateway/bounds.h"
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/quote_cache.h"

#include "Qot_GetPlateSecurity.pb-c.h"
#include "Qot_GetPlateSet.pb-c.h"

#include <stdlib.h>
#include <string.h>

static int one_market(int market)
{
    return market == FT_MARKET_SZ ? FT_MARKET_SH : market == 2 ? FT_MARKET_HK : market;
}

/* ---- 3204 ----------------------------------------------------------------------------------- */

void ft_handle_plate_set(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetPlateSet__C2S *c2s = ((const QotGetPlateSet__Request *)req->msg)->c2s;
    int market = one_market(c2s->market);
    if (market != FT_MARKET_HK && market != FT_MARKET_US && market != FT_MARKET_SH &&
        market != FT_MARKET_SG && market != FT_MARKET_JP) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "market %d: no such market", "market %d 无效：没有此市场"),
                       c2s->market);
        return;
    }
    /* 4, other, is only ever told, not asked for. */
    if (!ft_need_number(gw, req, "plateSetType", c2s->platesettype, 0, 3))
        return;
    size_t n = ft_universe_count(gw->universe), plates = 0;
    for (size_t k = 0; k < n; k++)
        plates += ft_universe_at(gw->universe, (ft_inst)k)->type == FT_SEC_PLATE;
    QotGetPlateSet__S2C s2c = QOT__GET_PLATE_SET__S2_C__INIT;
    s2c.plateinfolist = ft_arena_alloc(&gw->arena, (plates + 1) * sizeof *s2c.plateinfolist);
    for (size_t k = 0; s2c.plateinfolist && k < n; k++) {
        const struct ft_instrument *p = ft_universe_at(gw->universe, (ft_inst)k);
        if (p->type != FT_SEC_PLATE || one_market(p->market) != market || p->plate_kind < 1 ||
            p->plate_kind > 3 || (c2s->platesettype && p->plate_kind != c2s->platesettype))
            continue;
        QotCommon__PlateInfo *info = FT_NEW(gw, QotCommon__PlateInfo, qot__common__plate_info__init);
        if (!info)
            break;
        info->plate = ft_edge_new_security(gw, p);
        info->name = (char *)ft_edge_name(gw, p);
        s2c.plateinfolist[s2c.n_plateinfolist++] = info;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetPlateSet__Response r = QOT__GET_PLATE_SET__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3205 ----------------------------------------------------------------------------------- */

struct member {
    const struct ft_instrument *inst;
    double key;
};

static double percent(ft_price part, ft_price whole)
{
    return whole > 0 ? (double)part / (double)whole * 100 : 0;
}

/* Figures of extended hours are against the regular session's last price. */
static double extended(const struct ft_session_figures *f, ft_price last, int32_t field)
{
    switch (field) {
    case 35: return (double)f->last;
    case 37: return f->open ? (double)(f->last - last) : 0;
    case 39: return f->open ? percent(f->last - last, last) : 0;
    case 41: return percent(f->high - f->low, last);
    }
    return (double)f->turnover;
}

/* By Qot_Common.SortField, the values for plates. */
static double member_key(const struct ft_instrument *inst, const struct ft_quote *q, int32_t field)
{
    switch (field) {
    case 2: return (double)q->last;
    case 3: return (double)(q->last - q->prev_close);
    case 4: return percent(q->last - q->prev_close, q->prev_close);
    case 5: return inst->suspended;
    case 6: return (double)q->bid;
    case 7: return (double)q->ask;
    case 8: return (double)q->bid_qty;
    case 9: return (double)q->ask_qty;
    case 10: return (double)q->volume;
    case 11: return (double)q->turnover;
    case 30: return percent(q->high - q->low, q->prev_close);
    case 35: case 37: case 39: case 41: case 43: return extended(&q->pre, q->last, field);
    case 36: case 38: case 40: case 42: case 44: return extended(&q->after, q->last, field - 1);
    case 48: return (double)q->prev_settle;
    case 49: return (double)q->open_interest;
    case 50: return (double)q->open_interest_change;
    }
    return 0; /* code */
}

static int compare(const void *a, const void *b, void *ascending)
{
    const struct member *x = a, *y = b;
    int sign = *(const bool *)ascending ? 1 : -1;
    if (x->key != y->key)
        return sign * (x->key > y->key ? 1 : -1);
    int order = strcmp(x->inst->code, y->inst->code);
    return sign * (order ? order : x->inst->market - y->inst->market);
}

/* Whether the plate's members have what is to be sorted by. */
static bool sort_fits(struct ft_gateway *gw, struct ft_request *req,
                      const struct ft_instrument *plate, bool futures, int32_t field)
{
    bool us = field >= 35 && field <= 44, future = field >= 48 && field <= 50;
    bool known = (field >= 1 && field <= 11) || field == 30 || us || future;
    if (known && (!us || plate->market == FT_MARKET_US) && (!future || futures))
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "sortField %d does not fit plate %s: allowed are 1 to 11 and 30, for "
                               "US plates 35 to 44, for futures 48 to 50",
                           "sortField %d 不适用于板块 %s：可用 1 至 11 和 30，美股另有 35 至 44，"
                           "期货另有 48 至 50"),
                   field, ft_edge_label(gw, plate->market, plate->code));
    return false;
}

void ft_handle_plate_security(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetPlateSecurity__C2S *c2s = ((const QotGetPlateSecurity__Request *)req->msg)->c2s;
    const struct ft_instrument *plate = ft_edge_need(gw, req, c2s->plate);
    if (!plate)
        return;
    const ft_inst *list;
    size_t n = ft_plate_members(gw->universe, plate->index, &list);
    if (plate->type != FT_SEC_PLATE && n == 0) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "plate %s has no members: it is no plate, nor an index with "
                                   "constituents",
                               "plate %s 没有成分：不是板块，也不是有成分股的指数"),
                       ft_edge_label(gw, plate->market, plate->code));
        return;
    }
    int32_t field = c2s->has_sortfield ? c2s->sortfield : 1;
    bool ascending = !c2s->has_ascend || c2s->ascend;
    bool futures = n && ft_universe_at(gw->universe, list[0])->type == FT_SEC_FUTURE;
    if (!sort_fits(gw, req, plate, futures, field))
        return;
    struct member *members = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *members);
    QotGetPlateSecurity__S2C s2c = QOT__GET_PLATE_SECURITY__S2_C__INIT;
    s2c.staticinfolist = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *s2c.staticinfolist);
    if (members && s2c.staticinfolist) {
        for (size_t k = 0; k < n; k++) {
            const struct ft_instrument *inst = ft_universe_at(gw->universe, list[k]);
            members[k] = (struct member){
                inst, field == 1 ? 0 : member_key(inst, ft_quote_cached(gw, list[k]), field)};
        }
        qsort_r(members, n, sizeof *members, compare, &ascending);
        for (size_t k = 0; k < n; k++)
            s2c.staticinfolist[s2c.n_staticinfolist++] = ft_build_static_info(gw, members[k].inst);
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetPlateSecurity__Response r = QOT__GET_PLATE_SECURITY__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
