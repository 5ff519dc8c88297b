#include "gateway/build_quote.h"

#include "gateway/warrant_figures.h"

#include <string.h>

enum { BROKER_ROWS = 40, DETAIL_MAX = 1000 };

static double price(ft_price p)
{
    return ft_price_to_double(p);
}

static double money(ft_money m)
{
    return ft_money_to_double(m);
}

static bool has_extended_hours(const struct ft_instrument *inst)
{
    return inst->market == FT_MARKET_US &&
           (inst->type == FT_SEC_STOCK || inst->type == FT_SEC_ETF);
}

QotCommon__PreAfterMarketData *ft_build_extended(struct ft_gateway *gw,
                                                 const struct ft_session_figures *f, ft_price last)
{
    if (!f->open || last <= 0)
        return NULL;
    QotCommon__PreAfterMarketData *d = ft_arena_alloc(&gw->arena, sizeof *d);
    if (!d)
        return NULL;
    qot__common__pre_after_market_data__init(d);
    d->has_price = d->has_highprice = d->has_lowprice = d->has_volume = d->has_turnover = 1;
    d->has_changeval = d->has_changerate = d->has_amplitude = 1;
    d->price = price(f->last);
    d->highprice = price(f->high);
    d->lowprice = price(f->low);
    d->volume = ft_edge_shares(f->volume);
    d->turnover = money(f->turnover);
    d->changeval = price(f->last - last);
    d->changerate = ft_edge_cut((double)(f->last - last) / (double)last * 100, 3);
    d->amplitude = ft_edge_cut((double)(f->high - f->low) / (double)last * 100, 4);
    return d;
}

static int days_to_expiry(const struct ft_gateway *gw, const struct ft_instrument *inst)
{
    return inst->expiry_day == FT_NO_DAY ? 0 : inst->expiry_day - ft_edge_today(gw, inst);
}

/* Greeks have no limit at the expiry itself: the last half hour counts as that. */
static const double LEAST_YEARS = 0.5 / 24 / 365;

double ft_underlying_now(struct ft_gateway *gw, const struct ft_instrument *inst)
{
    const struct ft_instrument *under = ft_universe_at(gw->universe, inst->underlying);
    ft_price fair = ft_model_fair(ft_world_model(gw->world), under->index, ft_world_now(gw->world));
    return price(ft_tick_round(gw->universe, under, ft_edge_today(gw, under), fair));
}

void ft_option_figures(struct ft_gateway *gw, const struct ft_instrument *inst, ft_price last,
                       double spot, struct ft_option_figures *out)
{
    const struct ft_model *model = ft_world_model(gw->world);
    if (spot <= 0)
        spot = ft_underlying_now(gw, inst);
    struct ft_dynamics dyn = ft_model_dynamics(model, inst->underlying);
    double years = ft_model_years_left(model, inst->index, ft_world_now(gw->world));
    double strike = price(inst->strike);
    if (years < LEAST_YEARS)
        years = LEAST_YEARS;
    bool call = inst->right == FT_CALL;
    out->spot = spot;
    out->volatility = ft_implied_volatility(call, inst->american, price(last), spot, strike, years,
                                            dyn.rate, dyn.yield);
    if (out->volatility <= 0) /* at or below what it is worth when exercised */
        out->volatility = dyn.volatility;
    ft_price_option(call, inst->american, spot, strike, years, out->volatility, dyn.rate, dyn.yield,
                    &out->greeks);
    double parity = call ? strike + price(last) - spot : spot - strike + price(last);
    out->premium = parity / spot * 100;
}

QotCommon__OptionBasicQotExData *ft_build_option(struct ft_gateway *gw,
                                                 const struct ft_instrument *inst,
                                                 const struct ft_quote *q)
{
    if (inst->type != FT_SEC_OPTION)
        return NULL;
    QotCommon__OptionBasicQotExData *o = ft_arena_alloc(&gw->arena, sizeof *o);
    if (!o)
        return NULL;
    qot__common__option_basic_qot_ex_data__init(o);
    struct ft_option_figures f;
    ft_option_figures(gw, inst, q->last, 0, &f);
    o->strikeprice = price(inst->strike);
    o->contractsize = inst->lot;
    o->has_contractsizefloat = 1;
    o->contractsizefloat = inst->lot;
    o->openinterest = (int32_t)ft_edge_shares(q->open_interest);
    o->impliedvolatility = ft_edge_round(f.volatility * 100, 3);
    o->premium = ft_edge_round(f.premium, 3);
    o->delta = ft_edge_round(f.greeks.delta, 5);
    o->gamma = ft_edge_round(f.greeks.gamma, 5);
    o->vega = ft_edge_round(f.greeks.vega, 5);
    o->theta = ft_edge_round(f.greeks.theta, 5);
    o->rho = ft_edge_round(f.greeks.rho, 5);
    o->has_expirydatedistance = 1;
    o->expirydatedistance = days_to_expiry(gw, inst);
    if (inst->market == FT_MARKET_HK) {
        o->has_netopeninterest = o->has_contractnominalvalue = 1;
        o->netopeninterest = o->openinterest;
        o->contractnominalvalue = ft_edge_round(f.spot * inst->lot, 3);
        const struct ft_instrument *u = ft_universe_at(gw->universe, inst->underlying);
        if (u->type == FT_SEC_STOCK || u->type == FT_SEC_ETF) {
            o->has_ownerlotmultiplier = 1;
            o->ownerlotmultiplier = u->lot > 0 ? (double)inst->lot / u->lot : 1;
        }
    }
    o->has_optionareatype = 1;
    o->optionareatype = inst->american ? 1 : 2; /* OptionAreaType: American, European */
    if (inst->index_option) {
        o->has_indexoptiontype = 1;
        o->indexoptiontype = inst->index_option;
    }
    o->has_contractmultiplier = 1;
    o->contractmultiplier = inst->lot;
    return o;
}

QotCommon__FutureBasicQotExData *ft_build_future(struct ft_gateway *gw,
                                                 const struct ft_instrument *inst,
                                                 const struct ft_quote *q)
{
    if (inst->type != FT_SEC_FUTURE)
        return NULL;
    QotCommon__FutureBasicQotExData *f = ft_arena_alloc(&gw->arena, sizeof *f);
    if (!f)
        return NULL;
    qot__common__future_basic_qot_ex_data__init(f);
    f->lastsettleprice = price(q->prev_settle);
    f->position = (int32_t)ft_edge_shares(q->open_interest);
    f->positionchange = (int32_t)ft_edge_shares(q->open_interest_change);
    if (inst->expiry_day != FT_NO_DAY) {
        f->has_expirydatedistance = 1;
        f->expirydatedistance = days_to_expiry(gw, inst);
    }
    return f;
}

/* Warrants and their like; NULL for other types (quote-realtime.md 5.2). */
static QotCommon__WarrantBasicQotExData *build_warrant(struct ft_gateway *gw,
                                                       const struct ft_instrument *inst,
                                                       ft_price last)
{
    if (inst->type != FT_SEC_WARRANT)
        return NULL;
    QotCommon__WarrantBasicQotExData *w = FT_NEW(gw, QotCommon__WarrantBasicQotExData,
                                                 qot__common__warrant_basic_qot_ex_data__init);
    if (!w)
        return NULL;
    struct ft_warrant_figures f;
    ft_warrant_figures(gw, inst, last, &f);
    w->premium = f.premium;
    w->has_delta = w->has_impliedvolatility = f.is_option;
    w->delta = f.delta;
    w->impliedvolatility = f.volatility;
    return w;
}

QotCommon__BasicQot *ft_build_basic_qot(struct ft_gateway *gw, const struct ft_instrument *inst)
{
    QotCommon__BasicQot *b = ft_arena_alloc(&gw->arena, sizeof *b);
    if (!b)
        return NULL;
    qot__common__basic_qot__init(b);
    struct ft_quote q;
    ft_world_quote(gw->world, inst->index, &q);
    b->security = ft_edge_new_security(gw, inst);
    if (!b->security)
        return NULL;
    b->name = (char *)ft_edge_name(gw, inst);
    b->issuspended = inst->suspended;
    b->listtime = ft_edge_day(gw, inst, inst->listing_day, &b->listtimestamp);
    b->has_listtimestamp = inst->listing_day != FT_NO_DAY;
    b->pricespread = price(ft_tick_size(gw->universe, inst, q.day, q.last, true));
    /* US updates show milliseconds, others whole seconds (quote-realtime.md 1.3). */
    b->updatetime = ft_edge_time(gw, inst, q.update_ns, inst->market == FT_MARKET_US,
                                 &b->updatetimestamp);
    b->has_updatetimestamp = q.update_ns != 0;
    b->highprice = price(q.high);
    b->openprice = price(q.open);
    b->lowprice = price(q.low);
    b->curprice = price(q.last);
    b->lastcloseprice = price(q.prev_close);
    b->volume = ft_edge_shares(q.volume);
    b->turnover = money(q.turnover);
    if (inst->outstanding > 0)
        b->turnoverrate = ft_edge_round((double)b->volume / (double)inst->outstanding * 100, 3);
    if (q.prev_close > 0)
        b->amplitude = ft_edge_round((double)(q.high - q.low) / (double)q.prev_close * 100, 3);
    if (inst->market == FT_MARKET_HK)
        b->has_darkstatus = 1;
    b->has_secstatus = 1;
    b->secstatus = ft_edge_status(inst, q.day);
    b->optionexdata = ft_build_option(gw, inst, &q);
    b->futureexdata = ft_build_future(gw, inst, &q);
    b->warrantexdata = build_warrant(gw, inst, q.last);
    if (has_extended_hours(inst)) {
        b->premarket = ft_build_extended(gw, &q.pre, q.last);
        b->aftermarket = ft_build_extended(gw, &q.after, q.last);
        b->overnight = ft_build_extended(gw, &q.overnight, q.last);
    } else {
        b->aftermarket = ft_build_after_hours(gw, inst, &q.after);
    }
    return b;
}

static size_t build_side(struct ft_gateway *gw, const struct ft_instrument *inst, bool bid, int num,
                         bool detail, QotCommon__OrderBook ***out)
{
    struct ft_world_level levels[FT_BOOK_DEPTH_MAX];
    size_t n = ft_world_book(gw->world, inst->index, bid, levels, (size_t)num);
    QotCommon__OrderBook **list = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *list);
    QotCommon__OrderBook *rows = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *rows);
    struct ft_world_order *orders = NULL;
    size_t order_count = 0, at = 0;
    if (detail) {
        orders = ft_arena_alloc(&gw->arena, DETAIL_MAX * sizeof *orders);
        if (orders)
            order_count = ft_world_orders(gw->world, inst->index, bid, orders, DETAIL_MAX);
    }
    if (!list || !rows)
        return 0;
    for (size_t k = 0; k < n; k++) {
        QotCommon__OrderBook *r = &rows[k];
        qot__common__order_book__init(r);
        r->price = price(levels[k].price);
        r->volume = ft_edge_shares(levels[k].qty);
        r->oredercount = levels[k].orders;
        list[k] = r;
        size_t first = at;
        while (at < order_count && orders[at].level == (int32_t)k + 1)
            at++;
        if (at == first)
            continue;
        QotCommon__OrderBookDetail *details =
            ft_arena_alloc(&gw->arena, (at - first) * sizeof *details);
        r->detaillist = ft_arena_alloc(&gw->arena, (at - first) * sizeof *r->detaillist);
        if (!details || !r->detaillist)
            continue;
        for (size_t d = first; d < at; d++) {
            QotCommon__OrderBookDetail *one = &details[d - first];
            qot__common__order_book_detail__init(one);
            one->orderid = (int64_t)orders[d].id;
            one->volume = ft_edge_shares(orders[d].qty);
            r->detaillist[r->n_detaillist++] = one;
        }
    }
    *out = list;
    return n;
}

bool ft_build_book(struct ft_gateway *gw, const struct ft_instrument *inst, int num,
                   enum ft_qot_right right, bool detail, struct ft_built_book *out)
{
    int depth = ft_rights_depth(inst, right);
    if (num > depth)
        num = depth;
    detail = detail && ft_rights_details(inst, right);
    *out = (struct ft_built_book){.bid_time = (char *)"", .ask_time = (char *)""};
    out->bid_count = build_side(gw, inst, true, num, detail, &out->bids);
    out->ask_count = build_side(gw, inst, false, num, detail, &out->asks);
    const struct ft_tape *tape = ft_world_live(gw->world, inst->index);
    if (tape) {
        out->bid_time = ft_edge_time(gw, inst, tape->bid_ns, true, &out->bid_timestamp);
        out->ask_time = ft_edge_time(gw, inst, tape->ask_ns, true, &out->ask_timestamp);
    }
    return !gw->arena.refused;
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

static size_t build_broker_side(struct ft_gateway *gw, const struct ft_instrument *inst, bool bid,
                                QotCommon__Broker ***out)
{
    struct ft_world_order orders[BROKER_ROWS];
    size_t n = ft_world_orders(gw->world, inst->index, bid, orders, BROKER_ROWS);
    QotCommon__Broker **list = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *list);
    QotCommon__Broker *rows = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *rows);
    if (!list || !rows)
        return 0;
    for (size_t k = 0; k < n; k++) {
        qot__common__broker__init(&rows[k]);
        rows[k].id = orders[k].broker;
        rows[k].name = (char *)broker_name(gw, orders[k].broker);
        rows[k].pos = orders[k].level;
        list[k] = &rows[k];
    }
    *out = list;
    return n;
}

bool ft_build_brokers(struct ft_gateway *gw, const struct ft_instrument *inst,
                      struct ft_built_brokers *out)
{
    *out = (struct ft_built_brokers){0};
    out->bid_count = build_broker_side(gw, inst, true, &out->bids);
    out->ask_count = build_broker_side(gw, inst, false, &out->asks);
    return !gw->arena.refused;
}

/* ASCII code of the exchange's symbol (quote-realtime.md 4.10): ' ' automatch, 'U' auction. */
static int32_t type_sign(uint8_t type)
{
    return type == FT_TICK_AUCTION ? 'U' : ' ';
}

size_t ft_build_ticks(struct ft_gateway *gw, const struct ft_instrument *inst,
                      const struct ft_tape *tape, uint64_t from, uint64_t to, unsigned sessions,
                      int push_type, QotCommon__Ticker ***out)
{
    if (to - from > FT_TICKS_KEPT)
        from = to - FT_TICKS_KEPT;
    size_t room = (size_t)(to - from), n = 0;
    QotCommon__Ticker **list = ft_arena_alloc(&gw->arena, (room + 1) * sizeof *list);
    QotCommon__Ticker *rows = ft_arena_alloc(&gw->arena, (room + 1) * sizeof *rows);
    if (!list || !rows)
        return 0;
    for (uint64_t k = from; k < to; k++) {
        const struct ft_tick *t = &tape->ticks[k % FT_TICKS_KEPT];
        if (!(sessions & FT_IN(t->session)))
            continue;
        QotCommon__Ticker *r = &rows[n];
        qot__common__ticker__init(r);
        r->time = ft_edge_time(gw, inst, t->time_ns, inst->market == FT_MARKET_US, &r->timestamp);
        r->has_timestamp = 1;
        r->sequence = (int64_t)t->sequence;
        r->dir = t->dir;
        r->price = price(t->price);
        r->volume = ft_edge_shares(t->volume);
        r->turnover = money(ft_notional(t->price, t->volume, FT_ROUND_HALF_UP));
        r->has_recvtime = r->has_type = r->has_typesign = 1;
        r->type = t->type;
        r->typesign = type_sign(t->type);
        if (push_type) {
            r->has_pushdatatype = 1;
            r->pushdatatype = push_type;
            if (push_type == QOT__COMMON__PUSH_DATA_TYPE__PushDataType_Realtime)
                r->recvtime = r->timestamp;
        }
        list[n++] = r;
    }
    *out = list;
    return n;
}

/* Flags of Qot_Common.KLFields. */
enum {
    F_HIGH = 1, F_OPEN = 2, F_LOW = 4, F_CLOSE = 8, F_LAST_CLOSE = 16, F_VOLUME = 32,
    F_TURNOVER = 64, F_TURNOVER_RATE = 128, F_PE = 256, F_CHANGE = 512,
};

static void fill_bar(QotCommon__KLine *r, const struct ft_instrument *inst, enum ft_bar_kind kind,
                     const struct ft_bar *b, ft_day before, const struct ft_rehab *events,
                     size_t event_count,
                     enum ft_adjust adjust, int64_t fields, double eps)
{
    ft_day day = b->day;
    double close = ft_adjust_price(b->close, day, events, event_count, adjust);
    double last = b->prev_close ? ft_adjust_price(b->prev_close, before, events, event_count, adjust) : 0;
    if ((r->has_highprice = (fields & F_HIGH) != 0))
        r->highprice = ft_adjust_price(b->high, day, events, event_count, adjust);
    if ((r->has_openprice = (fields & F_OPEN) != 0))
        r->openprice = ft_adjust_price(b->open, day, events, event_count, adjust);
    if ((r->has_lowprice = (fields & F_LOW) != 0))
        r->lowprice = ft_adjust_price(b->low, day, events, event_count, adjust);
    if ((r->has_closeprice = (fields & F_CLOSE) != 0))
        r->closeprice = close;
    if ((r->has_lastcloseprice = (fields & F_LAST_CLOSE) != 0))
        r->lastcloseprice = last;
    if ((r->has_volume = (fields & F_VOLUME) != 0))
        r->volume = (int64_t)((double)ft_edge_shares(b->volume) *
                                  ft_adjust_shares(day, events, event_count, adjust) + 0.5);
    if ((r->has_turnover = (fields & F_TURNOVER) != 0))
        r->turnover = money(b->turnover);
    /* Fractions, for stocks with day or longer bars only, else 0 (quote-realtime.md 5.2). */
    bool daily_stock = inst->type == FT_SEC_STOCK && !ft_bar_minutes(kind);
    if ((r->has_turnoverrate = (fields & F_TURNOVER_RATE) != 0) && daily_stock &&
        inst->outstanding > 0)
        r->turnoverrate = (double)ft_edge_shares(b->volume) / (double)inst->outstanding *
                          ft_adjust_shares(day, events, event_count, FT_ADJUST_FORWARD);
    if ((r->has_pe = (fields & F_PE) != 0) && daily_stock && eps > 0)
        r->pe = ft_edge_cut(price(b->close) / eps, 3);
    if ((r->has_changerate = (fields & F_CHANGE) != 0) && last != 0)
        r->changerate = (close / last - 1) * 100;
}

size_t ft_build_bars(struct ft_gateway *gw, const struct ft_instrument *inst, enum ft_bar_kind kind,
                     const struct ft_bar *bars, size_t n, enum ft_adjust adjust, int64_t fields,
                     bool with_change, QotCommon__KLine ***out)
{
    QotCommon__KLine **list = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *list);
    QotCommon__KLine *rows = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *rows);
    if (!list || !rows)
        return 0;
    const struct ft_rehab *events = NULL;
    size_t event_count = 0;
    ft_day today = (ft_day)(ft_world_now(gw->world) / FT_NS_PER_SEC / FT_SEC_PER_DAY) + 1;
    const struct ft_model *model = ft_world_model(gw->world);
    event_count = ft_model_rehab(model, inst->index, today, &events);
    struct ft_fundamentals f = {0};
    bool with_pe = inst->type == FT_SEC_STOCK && !ft_bar_minutes(kind) && (fields & F_PE);
    if (!with_change)
        fields &= ~(int64_t)F_CHANGE;
    for (size_t k = 0; k < n; k++) {
        QotCommon__KLine *r = &rows[k];
        qot__common__kline__init(r);
        r->time = ft_edge_bar_time(gw, inst, &bars[k], &r->timestamp);
        r->has_timestamp = 1;
        /* The close before is of an earlier day, whose adjustment it has. */
        ft_day before = k ? bars[k - 1].day
                        : ft_bar_minutes(kind) ? bars[k].day : ft_period_start(kind, bars[k].day) - 1;
        if (with_pe) /* of its own day: a split changes the earnings a share too */
            ft_model_fundamentals(model, inst->index, bars[k].day, &f);
        fill_bar(r, inst, kind, &bars[k], before, events, event_count, adjust, fields, f.eps);
        ft_adjust_period(gw, inst, kind, &bars[k], events, event_count, adjust, r);
        list[k] = r;
    }
    *out = list;
    return gw->arena.refused ? 0 : n;
}

void ft_line_add(struct ft_line_sums *sums, const struct ft_bar *minute)
{
    sums->volume += minute->volume;
    sums->turnover += minute->turnover;
}

size_t ft_build_points(struct ft_gateway *gw, const struct ft_instrument *inst,
                       struct ft_line_sums sums, const struct ft_bar *bars, size_t n,
                       ft_price prev_close, QotCommon__TimeShare ***out)
{
    QotCommon__TimeShare **list = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *list);
    QotCommon__TimeShare *rows = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *rows);
    if (!list || !rows)
        return 0;
    for (size_t k = 0; k < n; k++) {
        ft_line_add(&sums, &bars[k]);
        QotCommon__TimeShare *r = &rows[k];
        qot__common__time_share__init(r);
        r->time = ft_edge_bar_time(gw, inst, &bars[k], &r->timestamp);
        r->has_timestamp = 1;
        r->minute = bars[k].minute % 1440;
        r->has_price = r->has_lastcloseprice = r->has_volume = r->has_turnover = 1;
        r->price = price(bars[k].close);
        r->lastcloseprice = price(prev_close);
        if (inst->type != FT_SEC_OPTION) { /* absent for options (quote-realtime.md 5.3) */
            r->has_avgprice = 1;
            bool counts_shares = inst->type != FT_SEC_INDEX && inst->type != FT_SEC_PLATE;
            r->avgprice = sums.volume > 0 && counts_shares
                              ? money(sums.turnover) / ft_qty_to_double(sums.volume) : r->price;
        }
        r->volume = ft_edge_shares(bars[k].volume);
        r->turnover = money(bars[k].turnover);
        list[k] = r;
    }
    *out = list;
    return gw->arena.refused ? 0 : n;
}
