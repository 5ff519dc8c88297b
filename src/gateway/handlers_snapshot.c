/* 3203: snapshots of up to 400 securities, without subscription (quote-realtime.md 4.7, 5.13). */
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/warrant_figures.h"

#include "Qot_GetSecuritySnapshot.pb-c.h"

#include <string.h>

typedef QotGetSecuritySnapshot__Snapshot Snapshot;
typedef QotGetSecuritySnapshot__SnapshotBasicData Basic;

static double price(ft_price p)
{
    return ft_price_to_double(p);
}

/* Order imbalance over the shown levels, percent; the vendor's formula is not known. */
static double bid_ask_ratio(struct ft_gateway *gw, const struct ft_instrument *inst,
                            const struct ft_quote *q)
{
    struct ft_world_level levels[10];
    double bid = ft_qty_to_double(q->bid_qty), ask = ft_qty_to_double(q->ask_qty);
    size_t n = ft_world_book(gw->world, inst->index, true, levels, 10);
    for (size_t k = 1; k < n; k++)
        bid += ft_qty_to_double(levels[k].qty);
    n = ft_world_book(gw->world, inst->index, false, levels, 10);
    for (size_t k = 1; k < n; k++)
        ask += ft_qty_to_double(levels[k].qty);
    return bid + ask > 0 ? ft_edge_round((bid - ask) / (bid + ask) * 100, 3) : 0;
}

/* Highest and lowest of the year and of all history: closes, and today's range. */
static void set_extremes(struct ft_gateway *gw, const struct ft_instrument *inst,
                         const struct ft_quote *q, Basic *b)
{
    double high = price(q->high > q->last ? q->high : q->last);
    double low = price(q->low && q->low < q->last ? q->low : q->last);
    struct ft_extremes x = {.high_year = high, .low_year = low, .high_ever = high, .low_ever = low};
    (void)ft_model_extremes(ft_world_model(gw->world), inst->index, q->day, &x);
    b->has_highest52weeksprice = b->has_lowest52weeksprice = 1;
    b->has_highesthistoryprice = b->has_lowesthistoryprice = 1;
    b->highest52weeksprice = ft_edge_round(x.high_year > high ? x.high_year : high, 6);
    b->lowest52weeksprice = ft_edge_round(x.low_year < low ? x.low_year : low, 6);
    b->highesthistoryprice = ft_edge_round(x.high_ever > high ? x.high_ever : high, 6);
    b->lowesthistoryprice = ft_edge_round(x.low_ever < low ? x.low_ever : low, 6);
}

static Basic *basic_data(struct ft_gateway *gw, const struct ft_instrument *inst,
                         const struct ft_quote *q)
{
    Basic *b = ft_arena_alloc(&gw->arena, sizeof *b);
    if (!b)
        return NULL;
    qot__get_security_snapshot__snapshot_basic_data__init(b);
    b->security = ft_edge_new_security(gw, inst);
    b->name = (char *)ft_edge_name(gw, inst);
    b->type = inst->type;
    b->issuspend = inst->suspended;
    b->listtime = ft_edge_day(gw, inst, inst->listing_day, &b->listtimestamp);
    b->has_listtimestamp = inst->listing_day != FT_NO_DAY;
    b->lotsize = inst->lot;
    b->pricespread = price(ft_tick_size(gw->universe, inst, q->day, q->last, true));
    b->updatetime = ft_edge_time(gw, inst, q->update_ns, inst->market == FT_MARKET_US,
                                 &b->updatetimestamp);
    b->has_updatetimestamp = q->update_ns != 0;
    b->highprice = price(q->high);
    b->openprice = price(q->open);
    b->lowprice = price(q->low);
    b->lastcloseprice = price(q->prev_close);
    b->curprice = price(q->last);
    b->volume = ft_edge_shares(q->volume);
    b->turnover = ft_money_to_double(q->turnover);
    if (inst->outstanding > 0)
        b->turnoverrate = ft_edge_round((double)b->volume / (double)inst->outstanding * 100, 3);
    b->has_askprice = b->has_askvol = q->ask > 0;
    b->askprice = price(q->ask);
    b->askvol = ft_edge_shares(q->ask_qty);
    b->has_bidprice = b->has_bidvol = q->bid > 0;
    b->bidprice = price(q->bid);
    b->bidvol = ft_edge_shares(q->bid_qty);
    b->has_amplitude = b->has_avgprice = b->has_bidaskratio = b->has_volumeratio = 1;
    if (q->prev_close > 0)
        b->amplitude = ft_edge_round((double)(q->high - q->low) / (double)q->prev_close * 100, 3);
    bool pool = inst->type == FT_SEC_INDEX || inst->type == FT_SEC_PLATE;
    b->has_avgprice = !pool; /* an index has no price a share */
    if (q->volume > 0 && !pool)
        b->avgprice = ft_edge_cut(b->turnover / ft_qty_to_double(q->volume), 3);
    b->bidaskratio = bid_ask_ratio(gw, inst, q);
    b->volumeratio = ft_volume_ratio(gw, inst, q);
    set_extremes(gw, inst, q, b);
    b->has_secstatus = 1;
    b->secstatus = ft_edge_status(inst, q->day);
    b->has_closeprice5minute = q->price_5min_ago > 0;
    b->closeprice5minute = price(q->price_5min_ago);
    if (inst->market == FT_MARKET_US) {
        b->premarket = ft_build_extended(gw, &q->pre, q->last);
        b->aftermarket = ft_build_extended(gw, &q->after, q->last);
        b->overnight = ft_build_extended(gw, &q->overnight, q->last);
    } else {
        b->aftermarket = ft_build_after_hours(gw, inst, &q->after);
    }
    return b;
}

static void set_equity(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_quote *q, Snapshot *s)
{
    QotGetSecuritySnapshot__EquitySnapshotExData *e = ft_arena_alloc(&gw->arena, sizeof *e);
    if (!e)
        return;
    qot__get_security_snapshot__equity_snapshot_ex_data__init(e);
    struct ft_fundamentals f;
    ft_model_fundamentals(ft_world_model(gw->world), inst->index, q->day, &f);
    double cur = price(q->last);
    e->issuedshares = inst->issued;
    e->issuedmarketval = ft_edge_round((double)inst->issued * cur, 3);
    e->outstandingshares = inst->outstanding;
    e->outstandingmarketval = ft_edge_round((double)inst->outstanding * cur, 3);
    e->netasset = ft_edge_round(f.net_asset, 3);
    e->netprofit = ft_edge_round(f.net_profit, 3);
    e->earningspershare = ft_edge_round(f.eps, 3);
    e->netassetpershare = ft_edge_round(f.nav_per_share, 3);
    /* A ratio, as the samples (quote-realtime.md 4.7, "Formulas"). */
    e->eyrate = f.net_asset > 0 ? ft_edge_cut(f.net_profit / f.net_asset, 3) : 0;
    e->perate = e->earningspershare > 0 ? ft_edge_cut(cur / e->earningspershare, 3) : 0;
    e->pbrate = e->netassetpershare > 0 ? ft_edge_cut(cur / e->netassetpershare, 3) : 0;
    e->pettmrate = f.eps_ttm > 0 ? ft_edge_cut(cur / f.eps_ttm, 3) : 0;
    e->has_dividendttm = e->has_dividendratiottm = e->has_dividendlfy = e->has_dividendlfyratio = 1;
    e->dividendttm = ft_edge_round(f.dividend_ttm, 3);
    e->dividendratiottm = cur > 0 ? ft_edge_round(f.dividend_ttm / cur * 100, 2) : 0;
    e->dividendlfy = ft_edge_round(f.dividend_lfy, 3);
    e->dividendlfyratio = cur > 0 ? ft_edge_round(f.dividend_lfy / cur * 100, 3) : 0;
    s->equityexdata = e;
}

static void set_trust(struct ft_gateway *gw, const struct ft_instrument *inst,
                      const struct ft_quote *q, Snapshot *s)
{
    QotGetSecuritySnapshot__TrustSnapshotExData *t = ft_arena_alloc(&gw->arena, sizeof *t);
    if (!t)
        return;
    qot__get_security_snapshot__trust_snapshot_ex_data__init(t);
    t->outstandingunits = inst->outstanding;
    t->netassetvalue = ft_edge_round(price(q->prev_close), 3);
    t->aum = ft_edge_round(t->netassetvalue * (double)inst->outstanding, 3);
    t->premium = t->netassetvalue > 0
                     ? ft_edge_round((price(q->last) / t->netassetvalue - 1) * 100, 3) : 0;
    t->assetclass = QOT__COMMON__ASSET_CLASS__AssetClass_Stock;
    s->trustexdata = t;
}

/* The code of an issuer: the name of its number in Qot_Common.Issuer, as "SG" of Issuer_SG. */
static const char *issuer_code(int number)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value(&qot__common__issuer__descriptor, number);
    const char *code = v && number ? strchr(v->name, '_') : NULL;
    return code ? code + 1 : "";
}

static void set_warrant(struct ft_gateway *gw, const struct ft_instrument *inst,
                        const struct ft_quote *q, Snapshot *s)
{
    QotGetSecuritySnapshot__WarrantSnapshotExData *w = ft_arena_alloc(&gw->arena, sizeof *w);
    if (!w)
        return;
    qot__get_security_snapshot__warrant_snapshot_ex_data__init(w);
    struct ft_warrant_figures f;
    ft_warrant_figures(gw, inst, q->last, &f);
    w->conversionrate = f.ratio;
    w->warranttype = inst->right;
    w->strikeprice = f.strike;
    w->maturitytime = ft_edge_day(gw, inst, inst->maturity_day, &w->maturitytimestamp);
    w->endtradetime = ft_edge_day(gw, inst, inst->expiry_day, &w->endtradetimestamp);
    w->has_maturitytimestamp = w->has_endtradetimestamp = 1;
    w->issuercode = (char *)issuer_code(inst->issuer);
    w->owner = ft_edge_new_security(gw, ft_universe_at(gw->universe, inst->underlying));
    w->issuevolumn = inst->issued;
    w->streetvolumn = f.street_volume;
    w->streetrate = f.street_rate;
    w->premium = f.premium;
    /* What an inline warrant pays does not grow with its underlying: it has none of these. */
    w->has_leverage = w->has_breakevenpoint = w->has_conversionprice = w->has_ipop =
        inst->right != FT_INLINE;
    w->leverage = f.leverage;
    w->breakevenpoint = f.break_even;
    w->conversionprice = f.conversion_price;
    w->ipop = f.moneyness;
    if (f.is_option) {
        w->delta = f.delta;
        w->impliedvolatility = f.volatility;
    } else if (f.is_cbbc) {
        w->recoveryprice = f.recovery;
        w->has_pricerecoveryratio = 1;
        w->pricerecoveryratio = f.recovery_ratio;
    } else if (inst->right == FT_INLINE) {
        w->has_upperstrikeprice = w->has_lowerstrikeprice = w->has_inlinepricestatus = 1;
        w->upperstrikeprice = f.upper;
        w->lowerstrikeprice = f.strike;
        w->inlinepricestatus = f.price_type;
    }
    s->warrantexdata = w;
}

static void set_option(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_quote *q, Snapshot *s)
{
    QotGetSecuritySnapshot__OptionSnapshotExData *o = ft_arena_alloc(&gw->arena, sizeof *o);
    QotCommon__OptionBasicQotExData *b = ft_build_option(gw, inst, q);
    if (!o || !b)
        return;
    qot__get_security_snapshot__option_snapshot_ex_data__init(o);
    o->type = inst->right;
    o->owner = ft_edge_new_security(gw, ft_universe_at(gw->universe, inst->underlying));
    o->striketime = ft_edge_day(gw, inst, inst->expiry_day, &o->striketimestamp);
    o->has_striketimestamp = 1;
    o->strikeprice = b->strikeprice;
    o->contractsize = b->contractsize;
    o->has_contractsizefloat = 1;
    o->contractsizefloat = b->contractsizefloat;
    o->openinterest = b->openinterest;
    o->impliedvolatility = b->impliedvolatility;
    o->premium = b->premium;
    o->delta = b->delta;
    o->gamma = b->gamma;
    o->vega = b->vega;
    o->theta = b->theta;
    o->rho = b->rho;
    o->has_netopeninterest = b->has_netopeninterest;
    o->netopeninterest = b->netopeninterest;
    o->has_expirydatedistance = b->has_expirydatedistance;
    o->expirydatedistance = b->expirydatedistance;
    o->has_contractnominalvalue = b->has_contractnominalvalue;
    o->contractnominalvalue = b->contractnominalvalue;
    o->has_ownerlotmultiplier = b->has_ownerlotmultiplier;
    o->ownerlotmultiplier = b->ownerlotmultiplier;
    o->has_optionareatype = b->has_optionareatype;
    o->optionareatype = b->optionareatype;
    o->has_indexoptiontype = b->has_indexoptiontype;
    o->indexoptiontype = b->indexoptiontype;
    o->has_contractmultiplier = b->has_contractmultiplier;
    o->contractmultiplier = b->contractmultiplier;
    s->optionexdata = o;
}

static void set_future(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_quote *q, Snapshot *s)
{
    QotGetSecuritySnapshot__FutureSnapshotExData *f = ft_arena_alloc(&gw->arena, sizeof *f);
    if (!f)
        return;
    qot__get_security_snapshot__future_snapshot_ex_data__init(f);
    f->lastsettleprice = price(q->prev_settle);
    f->position = (int32_t)ft_edge_shares(q->open_interest);
    f->positionchange = (int32_t)ft_edge_shares(q->open_interest_change);
    f->lasttradetime = ft_edge_day(gw, inst, inst->is_continuous ? FT_NO_DAY : inst->expiry_day,
                                   &f->lasttradetimestamp);
    f->has_lasttradetimestamp = !inst->is_continuous;
    f->ismaincontract = inst->is_main;
    s->futureexdata = f;
}

/* How many members rose, fell, stood still against their close before. */
static void count_members(struct ft_gateway *gw, const struct ft_instrument *inst, int32_t out[3])
{
    const ft_inst *members;
    size_t n = ft_plate_members(gw->universe, inst->index, &members);
    for (size_t k = 0; k < n; k++) {
        struct ft_quote q;
        ft_world_quote(gw->world, members[k], &q);
        out[q.last > q.prev_close ? 0 : q.last < q.prev_close ? 1 : 2]++;
    }
}

static void set_index_or_plate(struct ft_gateway *gw, const struct ft_instrument *inst, Snapshot *s)
{
    int32_t counts[3] = {0};
    count_members(gw, inst, counts);
    if (inst->type == FT_SEC_INDEX) {
        QotGetSecuritySnapshot__IndexSnapshotExData *x = ft_arena_alloc(&gw->arena, sizeof *x);
        if (!x)
            return;
        qot__get_security_snapshot__index_snapshot_ex_data__init(x);
        x->raisecount = counts[0];
        x->fallcount = counts[1];
        x->equalcount = counts[2];
        s->indexexdata = x;
        return;
    }
    QotGetSecuritySnapshot__PlateSnapshotExData *p = ft_arena_alloc(&gw->arena, sizeof *p);
    if (!p)
        return;
    qot__get_security_snapshot__plate_snapshot_ex_data__init(p);
    p->raisecount = counts[0];
    p->fallcount = counts[1];
    p->equalcount = counts[2];
    s->plateexdata = p;
}

static Snapshot *snapshot(struct ft_gateway *gw, const struct ft_instrument *inst)
{
    Snapshot *s = ft_arena_alloc(&gw->arena, sizeof *s);
    if (!s)
        return NULL;
    qot__get_security_snapshot__snapshot__init(s);
    struct ft_quote q;
    ft_world_quote(gw->world, inst->index, &q);
    s->basic = basic_data(gw, inst, &q);
    if (!s->basic)
        return NULL;
    switch (inst->type) {
    case FT_SEC_STOCK: set_equity(gw, inst, &q, s); break;
    case FT_SEC_ETF: set_trust(gw, inst, &q, s); break;
    case FT_SEC_WARRANT:
        if (inst->underlying != FT_NO_INST)
            set_warrant(gw, inst, &q, s);
        break;
    case FT_SEC_OPTION: set_option(gw, inst, &q, s); break;
    case FT_SEC_FUTURE: set_future(gw, inst, &q, s); break;
    case FT_SEC_INDEX:
    case FT_SEC_PLATE: set_index_or_plate(gw, inst, s); break;
    }
    return s;
}

/* Under BMP a request takes few of Hong Kong: securities are counted apart from futures and options
 * (platform.md 11.4). */
struct bmp_count {
    unsigned securities, derivatives;
};

static bool within_bmp(struct ft_gateway *gw, struct ft_request *req,
                       const struct ft_instrument *inst, struct bmp_count *count)
{
    if (inst->market != FT_MARKET_HK ||
        ft_rights_of(&req->conn->login->rights, inst) != FT_QOT_BMP)
        return true;
    bool security = ft_qot_product_of(inst) == FT_QOTP_HK;
    unsigned most = ft_request_max(req, FT_MAX_SNAPSHOT_BMP_CODES);
    if (++*(security ? &count->securities : &count->derivatives) <= most)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   security ? FT_TEXT(gw, "securityList: the quote right BMP takes at most %u Hong Kong "
                                          "securities in a request",
                                      "securityList：BMP 权限下每次最多请求 %u 只港股")
                            : FT_TEXT(gw, "securityList: the quote right BMP takes at most %u Hong Kong "
                                          "options and futures in a request",
                                      "securityList：BMP 权限下每次最多请求 %u 只港股期权和期货"), most);
    return false;
}

void ft_handle_snapshot(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetSecuritySnapshot__C2S *c2s =
        ((const QotGetSecuritySnapshot__Request *)req->msg)->c2s;
    size_t n = c2s->n_securitylist;
    unsigned most = ft_request_max(req, FT_MAX_SNAPSHOT_CODES);
    if (n < 1 || n > most) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "securityList has %zu codes: allowed are 1 to %u",
                               "securityList 含 %zu 个代码：可用 1 至 %u 个"), n, most);
        return;
    }
    QotGetSecuritySnapshot__S2C s2c = QOT__GET_SECURITY_SNAPSHOT__S2_C__INIT;
    s2c.snapshotlist = ft_arena_alloc(&gw->arena, n * sizeof *s2c.snapshotlist);
    struct bmp_count bmp = {0};
    for (size_t k = 0; k < n; k++) { /* all known before any is worked out */
        const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->securitylist[k]);
        if (!inst || !ft_rights_need_get(gw, req, inst) || !within_bmp(gw, req, inst, &bmp))
            return;
    }
    for (size_t k = 0; k < n && s2c.snapshotlist; k++) {
        Snapshot *s = snapshot(gw, ft_edge_find(gw, c2s->securitylist[k]));
        if (!s)
            break;
        s2c.snapshotlist[s2c.n_snapshotlist++] = s;
    }
    if (s2c.n_snapshotlist < n) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetSecuritySnapshot__Response r = QOT__GET_SECURITY_SNAPSHOT__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
