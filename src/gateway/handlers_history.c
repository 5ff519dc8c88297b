/* History: 3103 bars, 3104 their quota, 3105 adjustment factors, 3219 trading days
 * (quote-realtime.md 4.16 to 4.19). */
#include "gateway/build_quote.h"
#include "gateway/handlers.h"
#include "gateway/history_quota.h"

#include "Qot_RequestHistoryKL.pb-c.h"
#include "Qot_RequestHistoryKLQuota.pb-c.h"
#include "Qot_RequestRehab.pb-c.h"
#include "Qot_RequestTradeDate.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BARS_MAX = 20000, PYTHON_PAGE = 1000, ALL_FIELDS = 1023, MINUTES = 1440, KEY_SHOWN = 24 };
/* How far back history reaches (quote-realtime.md 4.16); longer bars have no bound. */

/* A range of local days and minutes; a date without time means its first or last minute. */
struct range {
    ft_day from_day, to_day;
    int32_t from_minute, to_minute;
};

static bool read_range(struct ft_gateway *gw, struct ft_request *req, const char *begin,
                       const char *end, struct range *out)
{
    int64_t from_ns, to_ns;
    int has_time;
    if (!ft_edge_datetime(gw, req, "beginTime", begin, &out->from_day, &from_ns, &has_time) ||
        !ft_edge_datetime(gw, req, "endTime", end, &out->to_day, &to_ns, &has_time))
        return false;
    if (!has_time)
        to_ns = (int64_t)FT_SEC_PER_DAY * FT_NS_PER_SEC - 1;
    out->from_minute = (int32_t)(from_ns / FT_NS_PER_SEC / 60);
    out->to_minute = (int32_t)(to_ns / FT_NS_PER_SEC / 60);
    if (out->from_day > out->to_day ||
        (out->from_day == out->to_day && from_ns > to_ns)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "beginTime %s is after endTime %s",
                               "beginTime %s 晚于 endTime %s"), begin, end);
        return false;
    }
    return true;
}

/* ---- 3103 ----------------------------------------------------------------------------------- */

/* The page key: where the next page begins, and a check over what it belongs to. */
struct page_key {
    int32_t day, minute;
    uint64_t check;
};

static uint64_t key_check(const struct ft_instrument *inst, const QotRequestHistoryKL__C2S *c2s,
                          const struct range *r, int32_t day, int32_t minute)
{
    uint64_t what = ft_instrument_key(inst) ^ ((uint64_t)c2s->kltype << 8 | (uint64_t)c2s->rehabtype);
    uint64_t until = (uint64_t)(uint32_t)r->to_day << 16 | (uint64_t)r->to_minute;
    uint64_t from = (uint64_t)(uint32_t)day << 16 | (uint64_t)minute;
    return what ^ until * UINT64_C(0x9E3779B97F4A7C15) ^ from * UINT64_C(0xD1B54A32D192ED03);
}

static bool read_key(struct ft_gateway *gw, struct ft_request *req,
                     const QotRequestHistoryKL__C2S *c2s, const struct ft_instrument *inst,
                     struct range *r)
{
    if (!c2s->has_nextreqkey || c2s->nextreqkey.len == 0)
        return true;
    struct page_key key;
    if (c2s->nextreqkey.len == sizeof key) {
        memcpy(&key, c2s->nextreqkey.data, sizeof key);
        if (key.check == key_check(inst, c2s, r, key.day, key.minute)) {
            r->from_day = key.day;
            r->from_minute = key.minute;
            return true;
        }
    }
    char hex[2 * KEY_SHOWN + 1] = "";
    for (size_t k = 0; k < c2s->nextreqkey.len && k < KEY_SHOWN; k++)
        snprintf(hex + 2 * k, 3, "%02x", c2s->nextreqkey.data[k]);
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "nextReqKey %s%s is not one that this request was given",
                           "nextReqKey %s%s 无效：不属于此请求"), hex,
                   c2s->nextreqkey.len > KEY_SHOWN ? "..." : "");
    return false;
}

static bool read_sessions(struct ft_gateway *gw, struct ft_request *req,
                          const QotRequestHistoryKL__C2S *c2s, const struct ft_instrument *inst,
                          unsigned *sessions)
{
    int32_t session = c2s->has_session ? c2s->session : 0;
    if (session < 0 || session > 3) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "session %d: history takes 1 RTH, 2 ETH or 3 ALL",
                               "session %d 无效：历史 K 线可用 1 RTH、2 ETH、3 ALL"), session);
        return false;
    }
    static const unsigned masks[] = {FT_IN_RTH, FT_IN_RTH, FT_IN_ETH, FT_IN_ALL};
    *sessions = session == 0 && c2s->has_extendedtime && c2s->extendedtime ? FT_IN_ETH
                                                                          : masks[session];
    if (inst->market != FT_MARKET_US || ft_bar_minutes((enum ft_bar_kind)c2s->kltype) > 60)
        *sessions = FT_IN_RTH;
    return true;
}

static bool bars_fit(struct ft_gateway *gw, struct ft_request *req,
                     const struct ft_instrument *inst, int kind, int rehab)
{
    bool option_kind = kind == FT_BAR_DAY || kind == FT_BAR_1M || kind == FT_BAR_5M ||
                       kind == FT_BAR_15M || kind == FT_BAR_60M;
    if (!ft_bar_kind_known(kind) || (inst->type == FT_SEC_OPTION && !option_kind)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "klType %d: not available for %s", "klType %d 不适用于 %s"), kind,
                       ft_edge_label(gw, inst->market, inst->code));
        return false;
    }
    if (rehab < FT_ADJUST_NONE || rehab > FT_ADJUST_BACKWARD) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "rehabType %d: allowed are 0 none, 1 forward, 2 backward",
                               "rehabType %d 无效：可用 0 不复权、1 前复权、2 后复权"), rehab);
        return false;
    }
    return true;
}

static ft_day oldest_day(const struct ft_gateway *gw, const struct ft_request *req,
                         enum ft_bar_kind kind)
{
    int years = ft_bar_minutes(kind)  ? (int)ft_request_max(req, FT_MAX_KL_MINUTE_YEARS)
                : kind == FT_BAR_DAY ? (int)ft_request_max(req, FT_MAX_KL_DAY_YEARS) : 100;
    struct ft_date today =
        ft_date_of((ft_day)(ft_world_now(gw->world) / FT_NS_PER_SEC / FT_SEC_PER_DAY));
    return ft_day_of(today.year - years, today.month, today.month == 2 && today.mday == 29 ? 28 : today.mday);
}

void ft_handle_history_kl(struct ft_gateway *gw, struct ft_request *req)
{
    const QotRequestHistoryKL__C2S *c2s = ((const QotRequestHistoryKL__Request *)req->msg)->c2s;
    const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->security);
    struct range r;
    unsigned sessions;
    if (!inst || !ft_rights_need_get(gw, req, inst) || !bars_fit(gw, req, inst, c2s->kltype, c2s->rehabtype) ||
        !read_range(gw, req, c2s->begintime, c2s->endtime, &r))
        return;
    if (!read_key(gw, req, c2s, inst, &r) || !read_sessions(gw, req, c2s, inst, &sessions))
        return;
    if (c2s->has_maxackklnum && c2s->maxackklnum <= 0) { /* absent means unlimited */
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "maxAckKLNum %d: allowed are 1 and more",
                               "maxAckKLNum %d 无效：至少为 1"), c2s->maxackklnum);
        return;
    }
    if (!ft_history_quota_use(gw, req, inst))
        return;
    enum ft_bar_kind kind = (enum ft_bar_kind)c2s->kltype;
    size_t max = c2s->has_maxackklnum ? (size_t)c2s->maxackklnum : BARS_MAX;
    /* The Python client cannot read bytes in JSON: to it a key is a reply that never comes. What it asks
     * for in pages of its usual size comes as one page (platform.md 4.5). */
    bool without_key = req->conn->is_python && req->head.format == FT_BODY_JSON;
    if (max > BARS_MAX || (without_key && max >= PYTHON_PAGE))
        max = BARS_MAX;
    struct ft_bar *bars = malloc((max + 1) * sizeof *bars);
    if (!bars) {
        ft_reply_no_memory(gw, req);
        return;
    }
    ft_day oldest = oldest_day(gw, req, kind);
    if (r.from_day < oldest) {
        r.from_day = oldest;
        r.from_minute = 0;
    }
    bool more;
    size_t n = ft_world_history_bars(gw->world, inst->index, kind, sessions, r.from_day,
                                     r.from_minute, r.to_day, r.to_minute, bars, max, &more);
    QotRequestHistoryKL__S2C s2c = QOT__REQUEST_HISTORY_KL__S2_C__INIT;
    s2c.security = ft_edge_new_security(gw, inst);
    s2c.name = (char *)ft_edge_name(gw, inst);
    s2c.n_kllist = ft_build_bars(gw, inst, kind, bars, n, (enum ft_adjust)c2s->rehabtype,
                                 c2s->has_needklfieldsflag ? c2s->needklfieldsflag : ALL_FIELDS,
                                 true, &s2c.kllist);
    struct page_key key;
    if (more && n && !without_key) { /* present only when more follows: Python loops while there is one */
        memset(&key, 0, sizeof key);
        int64_t next = (int64_t)bars[n - 1].label_day * MINUTES + bars[n - 1].minute + 1;
        key.day = (int32_t)(next / MINUTES);
        key.minute = (int32_t)(next % MINUTES);
        key.check = key_check(inst, c2s, &r, key.day, key.minute);
        s2c.has_nextreqkey = 1;
        s2c.nextreqkey = (ProtobufCBinaryData){sizeof key, (uint8_t *)&key};
    }
    free(bars);
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotRequestHistoryKL__Response reply = QOT__REQUEST_HISTORY_KL__RESPONSE__INIT;
    FT_SUCCEED(reply);
    reply.s2c = &s2c;
    ft_reply(gw, req, &reply.base);
}

/* ---- 3104 ----------------------------------------------------------------------------------- */

void ft_handle_history_quota(struct ft_gateway *gw, struct ft_request *req)
{
    const QotRequestHistoryKLQuota__C2S *c2s =
        ((const QotRequestHistoryKLQuota__Request *)req->msg)->c2s;
    struct ft_login *login = req->conn->login;
    const struct ft_history_uses *q = ft_history_quota_now(gw, login);
    QotRequestHistoryKLQuota__S2C s2c = QOT__REQUEST_HISTORY_KLQUOTA__S2_C__INIT;
    s2c.usedquota = (int32_t)q->count;
    s2c.remainquota = (int32_t)login->history_quota - s2c.usedquota;
    if (s2c.remainquota < 0) /* the quota has fallen since */
        s2c.remainquota = 0;
    if (c2s->has_bgetdetail && c2s->bgetdetail) {
        s2c.detaillist = ft_arena_alloc(&gw->arena, (q->count + 1) * sizeof *s2c.detaillist);
        QotRequestHistoryKLQuota__DetailItem *rows =
            ft_arena_alloc(&gw->arena, (q->count + 1) * sizeof *rows);
        for (size_t k = 0; k < q->count && s2c.detaillist && rows; k++) {
            const struct ft_instrument *inst = ft_universe_at(gw->universe, q->inst[k]);
            qot__request_history_klquota__detail_item__init(&rows[k]);
            rows[k].security = ft_edge_new_security(gw, inst);
            rows[k].name = (char *)ft_edge_name(gw, inst);
            rows[k].requesttime =
                ft_edge_time(gw, inst, q->last_s[k] * FT_NS_PER_SEC, false, NULL);
            rows[k].has_requesttimestamp = 1;
            rows[k].requesttimestamp = q->last_s[k];
            s2c.detaillist[s2c.n_detaillist++] = &rows[k];
        }
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotRequestHistoryKLQuota__Response r = QOT__REQUEST_HISTORY_KLQUOTA__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3105 ----------------------------------------------------------------------------------- */

static void fill_rehab(struct ft_gateway *gw, const struct ft_instrument *inst,
                       const struct ft_rehab *e, QotCommon__Rehab *r)
{
    qot__common__rehab__init(r);
    r->time = ft_edge_day(gw, inst, e->ex_day, &r->timestamp);
    r->has_timestamp = 1;
    r->companyactflag = e->act_flags;
    r->fwdfactora = (double)e->fwd_a / FT_FACTOR_SCALE;
    r->fwdfactorb = ft_price_to_double(e->fwd_b);
    r->bwdfactora = (double)e->bwd_a / FT_FACTOR_SCALE;
    r->bwdfactorb = ft_price_to_double(e->bwd_b);
    if (e->split_ert) {
        r->has_splitbase = r->has_splitert = 1;
        r->splitbase = e->split_base;
        r->splitert = e->split_ert;
    }
    if (e->join_ert) {
        r->has_joinbase = r->has_joinert = 1;
        r->joinbase = e->join_base;
        r->joinert = e->join_ert;
    }
    if (e->bonus_ert) {
        r->has_bonusbase = r->has_bonusert = 1;
        r->bonusbase = e->bonus_base;
        r->bonusert = e->bonus_ert;
    }
    if (e->dividend) {
        r->has_dividend = 1;
        r->dividend = ft_price_to_double(e->dividend);
    }
}

void ft_handle_rehab(struct ft_gateway *gw, struct ft_request *req)
{
    const QotRequestRehab__C2S *c2s = ((const QotRequestRehab__Request *)req->msg)->c2s;
    const struct ft_instrument *inst = ft_edge_need(gw, req, c2s->security);
    if (!inst)
        return;
    const struct ft_rehab *events;
    struct ft_moment m;
    ft_moment_at(ft_universe_timetables(gw->universe), inst->profile,
                 ft_model_hours(ft_world_model(gw->world)), ft_world_now(gw->world), &m);
    size_t n = ft_model_rehab(ft_world_model(gw->world), inst->index, m.local_day, &events);
    QotRequestRehab__S2C s2c = QOT__REQUEST_REHAB__S2_C__INIT;
    s2c.rehablist = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *s2c.rehablist);
    QotCommon__Rehab *rows = ft_arena_alloc(&gw->arena, (n + 1) * sizeof *rows);
    for (size_t k = 0; k < n && s2c.rehablist && rows; k++) {
        fill_rehab(gw, inst, &events[k], &rows[k]);
        s2c.rehablist[s2c.n_rehablist++] = &rows[k];
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotRequestRehab__Response r = QOT__REQUEST_REHAB__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* ---- 3219 ----------------------------------------------------------------------------------- */

/* Values of Qot_Common.TradeDateMarket. */
static int calendar_of_market(int32_t market)
{
    static const int8_t calendars[] = {-1, FT_CAL_HK, FT_CAL_US, FT_CAL_CN, FT_CAL_NORTH,
                                       FT_CAL_SOUTH, FT_CAL_JP, FT_CAL_SG, FT_CAL_SG, -1,
                                       FT_CAL_JP};
    return market > 0 && market < (int32_t)sizeof calendars ? calendars[market] : -1;
}

/* An instrument that keeps the calendar, for its zone; northbound and southbound days are China's. */
static const struct ft_instrument *sample_of(const struct ft_gateway *gw, int calendar)
{
    const struct ft_timetables *tt = ft_universe_timetables(gw->universe);
    size_t n = ft_universe_count(gw->universe);
    if (calendar == FT_CAL_NORTH || calendar == FT_CAL_SOUTH)
        calendar = FT_CAL_CN;
    for (size_t k = 0; k < n; k++) {
        const struct ft_instrument *inst = ft_universe_at(gw->universe, (ft_inst)k);
        if ((int)ft_profile_calendar(tt, inst->profile) == calendar)
            return inst;
    }
    return ft_universe_at(gw->universe, 0);
}

void ft_handle_trade_date(struct ft_gateway *gw, struct ft_request *req)
{
    const QotRequestTradeDate__C2S *c2s = ((const QotRequestTradeDate__Request *)req->msg)->c2s;
    struct range r;
    if (!read_range(gw, req, c2s->begintime, c2s->endtime, &r))
        return;
    const struct ft_timetables *tt = ft_universe_timetables(gw->universe);
    const struct ft_instrument *inst = NULL;
    int calendar;
    const struct ft_instrument *sample; /* of whose zone the timestamps are */
    if (c2s->security) {
        if (!(inst = ft_edge_need(gw, req, c2s->security)))
            return;
        calendar = (int)ft_profile_calendar(tt, inst->profile);
    } else {
        calendar = calendar_of_market(c2s->market);
        if (calendar < 0) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "market %d: no such TradeDateMarket",
                                   "market %d 无效：没有此 TradeDateMarket"), c2s->market);
            return;
        }
    }
    /* Ten years back, and to the end of the year (quote-realtime.md 4.19). */
    ft_day today = (ft_day)(ft_world_now(gw->world) / FT_NS_PER_SEC / FT_SEC_PER_DAY);
    ft_day first = today - 3653, last = ft_day_of(ft_date_of(today).year, 12, 31);
    ft_day from = r.from_day > first ? r.from_day : first, to = r.to_day < last ? r.to_day : last;
    size_t room = to >= from ? (size_t)(to - from) + 1 : 0;
    QotRequestTradeDate__S2C s2c = QOT__REQUEST_TRADE_DATE__S2_C__INIT;
    s2c.tradedatelist = ft_arena_alloc(&gw->arena, (room + 1) * sizeof *s2c.tradedatelist);
    const struct ft_hours *hours = ft_model_hours(ft_world_model(gw->world));
    sample = inst ? inst : sample_of(gw, calendar);
    for (ft_day day = from; room && day <= to && s2c.tradedatelist; day++) {
        bool live = hours->mode == FT_CLOCK_ALWAYS && day >= hours->first_live_day;
        enum ft_day_kind kind = live ? FT_DAY_FULL
                                     : ft_calendar_day(ft_universe_calendars(gw->universe),
                                                       (enum ft_calendar_id)calendar, day);
        if (kind == FT_DAY_CLOSED &&
            ft_calendar_adhoc(ft_universe_calendars(gw->universe), (enum ft_calendar_id)calendar, day))
            kind = FT_DAY_FULL; /* closures at short notice are not taken out (quote-realtime.md 4.19) */
        if (kind == FT_DAY_CLOSED)
            continue;
        QotRequestTradeDate__TradeDate *d = ft_arena_alloc(&gw->arena, sizeof *d);
        if (!d)
            break;
        qot__request_trade_date__trade_date__init(d);
        d->time = ft_edge_day(gw, sample, day, &d->timestamp);
        d->has_timestamp = 1;
        d->has_tradedatetype = 1;
        d->tradedatetype = kind == FT_DAY_HALF; /* whole day 0, morning only 1 */
        s2c.tradedatelist[s2c.n_tradedatelist++] = d;
    }
    if (gw->arena.refused) {
        ft_reply_no_memory(gw, req);
        return;
    }
    QotRequestTradeDate__Response reply = QOT__REQUEST_TRADE_DATE__RESPONSE__INIT;
    FT_SUCCEED(reply);
    reply.s2c = &s2c;
    ft_reply(gw, req, &reply.base);
}
