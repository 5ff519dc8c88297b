/* 3206: warrants of a stock, contracts behind a continuous future; 3218: facts of futures
 * (quote-derivatives-screening.md 2.4, 2.5). */
#include "gateway/bounds.h"
#include "gateway/build_quote.h"
#include "gateway/handlers.h"

#include "Qot_GetFutureInfo.pb-c.h"
#include "Qot_GetReference.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { ROOT_MONTHS_MAX = 64, MINUTES = 1440 };

/* ---- 3206 ----------------------------------------------------------------------------------- */

static size_t warrants_of(struct ft_gateway *gw, const struct ft_instrument *owner, ft_day today,
                          ft_inst *out)
{
    const ft_inst *list;
    size_t n = ft_derivatives_of(gw->universe, owner->index, &list), kept = 0;
    for (size_t k = 0; k < n; k++) {
        const struct ft_instrument *w = ft_universe_at(gw->universe, list[k]);
        if (w->type == FT_SEC_WARRANT && w->expiry_day >= today)
            out[kept++] = list[k];
    }
    return kept;
}

/* Length of a futures code's root: what its month has before YYMM. */
static size_t root_len(const struct ft_gateway *gw, const struct ft_instrument *inst)
{
    const struct ft_instrument *month =
        inst->is_continuous && inst->underlying != FT_NO_INST
            ? ft_universe_at(gw->universe, inst->underlying) : inst;
    size_t n = strlen(month->code);
    return n > 4 ? n - 4 : n;
}

static int by_expiry(const void *a, const void *b)
{
    const struct ft_instrument *x = *(const struct ft_instrument *const *)a;
    const struct ft_instrument *y = *(const struct ft_instrument *const *)b;
    return (x->expiry_day > y->expiry_day) - (x->expiry_day < y->expiry_day);
}

/* The continuous contract first, which belongs to the answer, then its months, nearest first. */
static size_t contracts_of(struct ft_gateway *gw, const struct ft_instrument *main, ft_day today,
                           ft_inst *out)
{
    const struct ft_instrument *months[ROOT_MONTHS_MAX];
    size_t n = 0, root = root_len(gw, main), count = ft_universe_count(gw->universe);
    for (size_t k = 0; k < count && n < ROOT_MONTHS_MAX; k++) {
        const struct ft_instrument *f = ft_universe_at(gw->universe, (ft_inst)k);
        if (f->type == FT_SEC_FUTURE && !f->is_continuous && f->market == main->market &&
            strlen(f->code) == root + 4 && strncmp(f->code, main->code, root) == 0 &&
            f->expiry_day >= today)
            months[n++] = f;
    }
    qsort(months, n, sizeof *months, by_expiry);
    out[0] = main->index;
    for (size_t k = 0; k < n; k++)
        out[k + 1] = months[k]->index;
    return n + 1;
}

static bool reference_fits(struct ft_gateway *gw, struct ft_request *req,
                           const struct ft_instrument *inst, int32_t type)
{
    bool fits = type == 2 ? inst->type == FT_SEC_FUTURE && inst->is_continuous
                          : inst->type == FT_SEC_STOCK || inst->type == FT_SEC_ETF ||
                                inst->type == FT_SEC_INDEX;
    if (fits)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "referenceType %d does not fit %s: 1 takes a stock, fund or index, "
                               "2 a continuous future",
                           "referenceType %d 不适用于 %s：1 用于正股、基金或指数，2 用于期货主连"),
                   type, ft_edge_label(gw, inst->market, inst->code));
    return false;
}

void ft_handle_reference(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetReference__C2S *c2s = ((const QotGetReference__Request *)req->msg)->c2s;
    const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->security);
    int32_t type = c2s->referencetype;
    if (!inst || !ft_need_number(gw, req, "referenceType", type, 1, 2) ||
        !reference_fits(gw, req, inst, type))
        return;
    const ft_inst *derivatives;
    size_t room = ft_derivatives_of(gw->universe, inst->index, &derivatives) + ROOT_MONTHS_MAX + 1;
    ft_inst *list = ft_arena_alloc(&gw->arena, room * sizeof *list);
    QotGetReference__S2C s2c = QOT__GET_REFERENCE__S2_C__INIT;
    s2c.staticinfolist = ft_arena_alloc(&gw->arena, room * sizeof *s2c.staticinfolist);
    if (list && s2c.staticinfolist) {
        ft_day today = ft_edge_today(gw, inst);
        s2c.n_staticinfolist = type == 1 ? warrants_of(gw, inst, today, list)
                                         : contracts_of(gw, inst, today, list);
        for (size_t k = 0; k < s2c.n_staticinfolist; k++)
            s2c.staticinfolist[k] = ft_build_static_info(gw, ft_universe_at(gw->universe, list[k]));
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetReference__Response r = QOT__GET_REFERENCE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3218 ----------------------------------------------------------------------------------- */

struct words { const char *en, *sc; };

/* By enum ft_future_kind: the contract's type, the unit of its size, the unit of its price. */
static const struct words kind_words[FT_FUTURE_KINDS] = {
    {"Stock index futures", "股指期货"}, {"Stock futures", "股票期货"},
    {"Fund futures", "基金期货"},        {"Currency futures", "外汇期货"},
    {"Crypto futures", "加密货币期货"},  {"Interest rate futures", "利率期货"},
    {"Energy futures", "能源期货"},      {"Metal futures", "金属期货"},
    {"Agricultural futures", "农产品期货"}};
static const struct words size_words[FT_FUTURE_KINDS] = {
    {"index points x", "指数点×"}, {"shares", "股"}, {"units", "份"}, {"currency units", "货币单位"},
    {"coins", "枚"}, {"points x", "点×"}, {"units", "单位"}, {"units", "单位"}, {"units", "单位"}};
static const struct words price_words[FT_FUTURE_KINDS] = {
    {"index points", "指数点"}, {"per share", "每股"}, {"per unit", "每份"},
    {"per currency unit", "每货币单位"}, {"per coin", "每枚"}, {"points", "点"},
    {"per unit", "每单位"}, {"per unit", "每单位"}, {"per unit", "每单位"}};
static const struct words currency_words[] = {
    [FT_HKD] = {"HKD", "港元"}, [FT_USD] = {"USD", "美元"}, [FT_CNY] = {"CNH", "人民币"},
    [FT_JPY] = {"JPY", "日元"}, [FT_SGD] = {"SGD", "新加坡元"}};

/* By Qot_Common.ExchType number. */
static const struct words exchange_words[] = {
    [3] = {"HKEX", "港交所"},           [9] = {"NYMEX", "纽约商业交易所"},
    [10] = {"COMEX", "纽约商品交易所"}, [11] = {"CBOT", "芝加哥期货交易所"},
    [12] = {"CME", "芝加哥商业交易所"}, [13] = {"CBOE", "芝加哥期权交易所"},
    [17] = {"SGX", "新加坡交易所"},     [18] = {"OSE", "大阪交易所"}};

static char *word(struct ft_gateway *gw, struct words w)
{
    return (char *)(w.en ? FT_TEXT(gw, w.en, w.sc) : "");
}

static char *joined(struct ft_gateway *gw, const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    char *s = ft_arena_alloc(&gw->arena, la + lb + 1);
    if (!s)
        return (char *)"";
    memcpy(s, a, la);
    memcpy(s + la, b, lb);
    s[la + lb] = '\0';
    return s;
}

static const char *time_zone(int market)
{
    switch (market) {
    case FT_MARKET_US: return "ET";
    case FT_MARKET_JP: return "JST";
    case FT_MARKET_SG: return "SGT";
    }
    return "CCT";
}

/* Periods of a whole trading day by the exchange's own timetable: facts of the contract, whatever
 * hours the simulated market keeps. Spans that touch are one. */
static void fill_hours(struct ft_gateway *gw, const struct ft_instrument *inst,
                       QotGetFutureInfo__FutureInfo *f)
{
    const struct ft_timetables *t = ft_universe_timetables(gw->universe);
    struct ft_hours real = {.mode = FT_CLOCK_EXCHANGE};
    struct ft_span spans[FT_SPANS_MAX];
    const struct ft_calendars *c = ft_universe_calendars(gw->universe);
    enum ft_calendar_id cal = ft_profile_calendar(t, inst->profile);
    ft_day day = ft_edge_today(gw, inst) + 1;
    while (ft_calendar_day(c, cal, day) != FT_DAY_FULL ||
           ft_calendar_day(c, cal, day - 1) != FT_DAY_FULL)
        day++; /* a whole day whose night before is that of the day before */
    int n = ft_day_spans(t, inst->profile, &real, day, spans);
    f->tradetime = ft_arena_alloc(&gw->arena, FT_SPANS_MAX * sizeof *f->tradetime);
    for (int k = 0; f->tradetime && k < n; k++) {
        if (spans[k].phase != FT_PHASE_CONTINUOUS)
            continue; /* auctions do not count */
        int32_t begin = spans[k].start, end = spans[k].end;
        while (k + 1 < n && spans[k + 1].phase == FT_PHASE_CONTINUOUS && spans[k + 1].start == end)
            end = spans[++k].end;
        QotGetFutureInfo__TradeTime *t2 =
            FT_NEW(gw, QotGetFutureInfo__TradeTime, qot__get_future_info__trade_time__init);
        if (!t2)
            return;
        int32_t shift = end < 0 ? MINUTES : 0; /* an end is never negative (2.5) */
        t2->has_begin = t2->has_end = 1;
        t2->begin = begin + shift;
        t2->end = end + shift;
        f->tradetime[f->n_tradetime++] = t2;
    }
}

/* Product's name: that of a month without its month. */
static char *product_name(struct ft_gateway *gw, const struct ft_instrument *month)
{
    const char *name = ft_edge_name(gw, month);
    size_t n = strlen(name);
    n = n > 4 ? n - 4 : n;
    while (n > 0 && name[n - 1] == ' ')
        n--;
    char *s = ft_arena_strndup(&gw->arena, name, n);
    return s ? s : (char *)"";
}

static QotGetFutureInfo__FutureInfo *future_info(struct ft_gateway *gw,
                                                 const struct ft_instrument *inst)
{
    QotGetFutureInfo__FutureInfo *f =
        FT_NEW(gw, QotGetFutureInfo__FutureInfo, qot__get_future_info__future_info__init);
    if (!f)
        return NULL;
    const struct ft_instrument *month =
        inst->is_continuous && inst->underlying != FT_NO_INST
            ? ft_universe_at(gw->universe, inst->underlying) : inst;
    int kind = inst->future_kind;
    f->name = (char *)ft_edge_name(gw, inst);
    f->security = ft_edge_new_security(gw, inst);
    f->lasttradetime = ft_edge_day(gw, inst, inst->is_continuous ? FT_NO_DAY : inst->expiry_day,
                                   &f->lasttradetimestamp);
    f->has_lasttradetimestamp = !inst->is_continuous && inst->expiry_day != FT_NO_DAY;
    if (month->underlying != FT_NO_INST)
        f->owner = ft_edge_new_security(gw, ft_universe_at(gw->universe, month->underlying));
    f->ownerother = f->owner ? (char *)"" : product_name(gw, month);
    f->exchange = word(gw, inst->exch < sizeof exchange_words / sizeof exchange_words[0]
                               ? exchange_words[inst->exch] : (struct words){0});
    f->contracttype = word(gw, kind_words[kind]);
    f->contractsize = (double)inst->ratio / FT_QTY_SCALE;
    f->quotecurrency = word(gw, currency_words[inst->currency]);
    bool points = kind == FT_FUTURE_INDEX || kind == FT_FUTURE_RATE;
    f->contractsizeunit = points ? joined(gw, word(gw, size_words[kind]), f->quotecurrency)
                                 : word(gw, size_words[kind]);
    f->quoteunit = points ? word(gw, price_words[kind])
                          : joined(gw, joined(gw, f->quotecurrency, FT_TEXT(gw, " ", "/")),
                                   word(gw, price_words[kind]));
    ft_day today = ft_edge_today(gw, inst);
    f->minvar = ft_price_to_double(ft_tick_size(gw->universe, inst, today, inst->reference, true));
    f->minvarunit = (char *)""; /* no longer maintained (2.5) */
    fill_hours(gw, inst, f);
    f->timezone = (char *)time_zone(inst->market);
    f->exchangeformaturl = (char *)""; /* no links are kept: they would rot */
    f->origin = ft_edge_new_security(gw, month);
    return f;
}

void ft_handle_future_info(struct ft_gateway *gw, struct ft_request *req)
{
    const QotGetFutureInfo__C2S *c2s = ((const QotGetFutureInfo__Request *)req->msg)->c2s;
    size_t n = c2s->n_securitylist;
    if (!ft_need_number(gw, req, "securityList", (int64_t)n, 1,
                        ft_request_max(req, FT_MAX_FUTURE_INFO_CODES)))
        return;
    for (size_t k = 0; k < n; k++) {
        const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->securitylist[k]);
        if (!inst)
            return;
        if (inst->type != FT_SEC_FUTURE) {
            ft_reply_error(gw, req, FT_RET_FAILED, FT_TEXT(gw, "%s is no future", "%s 不是期货"),
                           ft_edge_label(gw, inst->market, inst->code));
            return;
        }
    }
    QotGetFutureInfo__S2C s2c = QOT__GET_FUTURE_INFO__S2_C__INIT;
    s2c.futureinfolist = ft_arena_alloc(&gw->arena, n * sizeof *s2c.futureinfolist);
    for (size_t k = 0; k < n && s2c.futureinfolist; k++)
        s2c.futureinfolist[s2c.n_futureinfolist++] =
            future_info(gw, ft_edge_find(gw, c2s->securitylist[k]));
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotGetFutureInfo__Response r = QOT__GET_FUTURE_INFO__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
