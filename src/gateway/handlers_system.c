/* The protocols about the gateway itself: 1002, 1004 to 1008 (spec platform.md 5). */
#include "gateway/backend.h"
#include "gateway/handlers.h"
#include "gateway/operations.h"

#include "GetDelayStatistics.pb-c.h"
#include "GetGlobalState.pb-c.h"
#include "GetUserInfo.pb-c.h"
#include "KeepAlive.pb-c.h"
#include "Qot_Common.pb-c.h"
#include "TestCmd.pb-c.h"
#include "Verification.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct timespec wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now;
}

void ft_handle_keep_alive(struct ft_gateway *gw, struct ft_request *req)
{
    KeepAlive__S2C s2c = KEEP_ALIVE__S2_C__INIT;
    s2c.time = wall_clock().tv_sec;
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

static int32_t state_of_instrument(struct ft_gateway *gw, const struct ft_instrument *inst)
{
    struct ft_moment m;
    ft_moment_at(ft_universe_timetables(gw->universe), inst->profile,
                 ft_model_hours(ft_world_model(gw->world)), ft_market_now(gw), &m);
    return m.span.state;
}

/* State of a market's products: of its best known instrument of the type, else of its first one; None
 * when it has none. */
static int32_t state_of(struct ft_gateway *gw, int market, int type, const char *code)
{
    const struct ft_instrument *known = code ? ft_universe_find(gw->universe, market, code) : NULL;
    if (known)
        return state_of_instrument(gw, known);
    size_t n = ft_universe_count(gw->universe);
    for (size_t k = 0; k < n; k++) {
        const struct ft_instrument *inst = ft_universe_at(gw->universe, (ft_inst)k);
        if (inst->market != market || inst->type != type)
            continue;
        return state_of_instrument(gw, inst);
    }
    return QOT__COMMON__QOT_MARKET_STATE__QotMarketState_None;
}

void ft_handle_global_state(struct ft_gateway *gw, struct ft_request *req)
{
    struct timespec now = wall_clock();
    Common__ProgramStatus status = COMMON__PROGRAM_STATUS__INIT;
    status.type = (Common__ProgramStatusType)gw->backend.program_status;
    status.strextdesc = (char *)FT_TEXT(gw, "simulated market", "模拟市场");

    GetGlobalState__S2C s2c = GET_GLOBAL_STATE__S2_C__INIT;
    s2c.markethk = state_of(gw, FT_MARKET_HK, FT_SEC_STOCK, "00700");
    s2c.marketus = state_of(gw, FT_MARKET_US, FT_SEC_STOCK, "AAPL");
    s2c.marketsh = state_of(gw, FT_MARKET_SH, FT_SEC_STOCK, "600519");
    s2c.marketsz = state_of(gw, FT_MARKET_SZ, FT_SEC_STOCK, NULL);
    s2c.markethkfuture = state_of(gw, FT_MARKET_HK, FT_SEC_FUTURE, "HSImain");
    s2c.has_marketusfuture = s2c.has_marketsgfuture = s2c.has_marketjpfuture = 1;
    s2c.marketusfuture = state_of(gw, FT_MARKET_US, FT_SEC_FUTURE, "NQmain");
    s2c.marketsgfuture = state_of(gw, FT_MARKET_SG, FT_SEC_FUTURE, "CNmain");
    s2c.marketjpfuture = state_of(gw, FT_MARKET_JP, FT_SEC_FUTURE, "NK225main");
    s2c.has_marketsg = s2c.has_marketmy = s2c.has_marketjp = 1;
    s2c.marketsg = state_of(gw, FT_MARKET_SG, FT_SEC_STOCK, NULL);
    s2c.marketjp = state_of(gw, FT_MARKET_JP, FT_SEC_STOCK, NULL); /* Malaysia has no stocks here: None */
    s2c.qotlogined = ft_backend_has_quotes(gw);
    s2c.trdlogined = ft_backend_has_trade(gw);
    s2c.serverver = FT_SERVER_VER;
    s2c.serverbuildno = FT_SERVER_BUILD;
    s2c.time = ft_market_now(gw) / FT_NS_PER_SEC;
    s2c.has_localtime = 1;
    s2c.localtime = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    s2c.programstatus = &status;
    s2c.qotsvripaddr = s2c.trdsvripaddr = (char *)"127.0.0.1"; /* the backend is this process */
    s2c.has_connid = 1;
    s2c.connid = req->conn->id;
    GetGlobalState__Response r = GET_GLOBAL_STATE__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* The first login's is the program's name. */
static char *nickname(struct ft_gateway *gw, const struct ft_login *l)
{
    char text[FT_NAME_MAX + 32];
    int n = snprintf(text, sizeof text, FT_TEXT(gw, "%s (simulated)", "%s（模拟）"),
                     l->number ? l->name : "opend");
    char *kept = ft_arena_strndup(&gw->arena, text, (size_t)n);
    return kept ? kept : (char *)"";
}

void ft_handle_user_info(struct ft_gateway *gw, struct ft_request *req)
{
    const GetUserInfo__C2S *c2s = ((const GetUserInfo__Request *)req->msg)->c2s;
    int32_t flag = c2s->has_flag ? c2s->flag : 0;
    if (flag == 0) /* Python's default; it means everything, as an absent flag does */
        flag = INT32_MAX;
    GetUserInfo__S2C s2c = GET_USER_INFO__S2_C__INIT;
    if (flag & GET_USER_INFO__USER_INFO_FIELD__UserInfoField_Basic) {
        s2c.nickname = nickname(gw, req->conn->login);
        s2c.avatarurl = (char *)"";
        s2c.has_userid = 1;
        s2c.userid = (int64_t)req->conn->login->user_id;
        s2c.has_userattribution = s2c.userattribution = 1;
        s2c.has_isappnnormm = s2c.isappnnormm = 1;
    }
    if (flag & GET_USER_INFO__USER_INFO_FIELD__UserInfoField_API) {
        s2c.apilevel = (char *)"";
        s2c.has_subquota = s2c.has_historyklquota = 1;
        s2c.subquota = (int32_t)req->conn->login->sub_quota;
        s2c.historyklquota = (int32_t)req->conn->login->history_quota;
    }
    if (flag & GET_USER_INFO__USER_INFO_FIELD__UserInfoField_QotRight)
        ft_rights_user_info(&req->conn->login->rights, &s2c);
    if (flag & GET_USER_INFO__USER_INFO_FIELD__UserInfoField_Disclaimer)
        s2c.has_isneedagreedisclaimer = 1;
    if (flag & GET_USER_INFO__USER_INFO_FIELD__UserInfoField_Update) {
        s2c.has_updatetype = 1;
        s2c.updatewhatsnew = (char *)"";
    }
    if (flag & GET_USER_INFO__USER_INFO_FIELD__UserInfoField_WebKey)
        s2c.webkey = s2c.webjumpurlhead = (char *)"";
    GetUserInfo__Response r = GET_USER_INFO__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

/* There is no login elsewhere and so never a code to ask for or to enter. */
void ft_handle_verification(struct ft_gateway *gw, struct ft_request *req)
{
    const Verification__C2S *c2s = ((const Verification__Request *)req->msg)->c2s;
    if (c2s->type != VERIFICATION__VERIFICATION_TYPE__VerificationType_Picture &&
        c2s->type != VERIFICATION__VERIFICATION_TYPE__VerificationType_Phone) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "type %d: allowed are 1 picture and 2 phone",
                               "type %d 无效：可用 1 图形验证码、2 手机验证码"), c2s->type);
        return;
    }
    switch (c2s->op) {
    case VERIFICATION__VERIFICATION_OP__VerificationOp_Request:
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "no verification code is needed: the gateway is logged in",
                               "无需验证码：网关已登录"));
        return;
    case VERIFICATION__VERIFICATION_OP__VerificationOp_InputAndLogin:
        if (!c2s->code || !*c2s->code) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "code is missing: op 2 needs it", "缺少 code：op 2 需要验证码"));
            return;
        }
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "no verification code was requested: the gateway is logged in",
                               "未请求验证码：网关已登录"));
        return;
    default:
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "op %d: allowed are 1 request and 2 input and log in",
                               "op %d 无效：可用 1 请求、2 输入并登录"), c2s->op);
    }
}

/* The vendor's test commands are told nowhere; this gateway's are operations on its accounts. */
void ft_handle_test_cmd(struct ft_gateway *gw, struct ft_request *req)
{
    const TestCmd__C2S *c2s = ((const TestCmd__Request *)req->msg)->c2s;
    char text[FT_OPERATION_TEXT_MAX];
    struct ft_err err = {0};
    if (ft_operation_run(gw, req->conn->login, c2s->cmd, c2s->paramstr, text, &err)) {
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", err.text);
        return;
    }
    TestCmd__S2C s2c = TEST_CMD__S2_C__INIT;
    s2c.cmd = c2s->cmd;
    s2c.resultstr = text;
    TestCmd__Response r = TEST_CMD__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}

static float milliseconds(uint64_t total_ns, uint64_t count)
{
    return count ? (float)((double)total_ns / (double)count / 1e6) : 0;
}

/* Rows of ReqReplyStatistics for the protocols that were answered; arena memory. */
static int fill_replies(struct ft_gateway *gw, const struct ft_delay *d, GetDelayStatistics__S2C *s2c)
{
    s2c->reqreplystatisticslist =
        ft_arena_alloc(&gw->arena, ft_protocols_count * sizeof *s2c->reqreplystatisticslist);
    if (!s2c->reqreplystatisticslist)
        return -1;
    for (size_t i = 0; i < ft_protocols_count; i++) {
        const struct ft_delay_row *row = &d->rows[i];
        if (!row->count)
            continue;
        GetDelayStatistics__ReqReplyStatisticsItem *item = ft_arena_alloc(&gw->arena, sizeof *item);
        if (!item)
            return -1;
        get_delay_statistics__req_reply_statistics_item__init(item);
        item->protoid = (int32_t)ft_protocols[i].id;
        item->count = row->count > INT32_MAX ? INT32_MAX : (int32_t)row->count;
        item->opendcostavg = item->totalcostavg = milliseconds(row->total_ns, row->count);
        item->netdelayavg = 0; /* the backend is this process */
        item->islocalreply = 1;
        s2c->reqreplystatisticslist[s2c->n_reqreplystatisticslist++] = item;
    }
    return 0;
}

/* The last orders that were placed, oldest first; arena memory. */
static int fill_orders(struct ft_gateway *gw, const struct ft_delay *d, GetDelayStatistics__S2C *s2c)
{
    size_t n = d->orders < FT_DELAY_ORDERS ? d->orders : FT_DELAY_ORDERS;
    s2c->placeorderstatisticslist =
        ft_arena_alloc(&gw->arena, (n + 1) * sizeof *s2c->placeorderstatisticslist);
    if (!s2c->placeorderstatisticslist)
        return -1;
    for (size_t k = d->orders - n; k < d->orders; k++) {
        const struct ft_delay_order *o = &d->order[k % FT_DELAY_ORDERS];
        char id[24];
        int len = snprintf(id, sizeof id, "%llu", (unsigned long long)o->id);
        GetDelayStatistics__PlaceOrderStatisticsItem *item =
            ft_arena_alloc(&gw->arena, sizeof *item);
        if (!item)
            return -1;
        get_delay_statistics__place_order_statistics_item__init(item);
        item->orderid = ft_arena_strndup(&gw->arena, id, (size_t)len);
        if (!item->orderid)
            return -1;
        item->totalcost = item->opendcost = milliseconds(o->ns, 1);
        item->netdelay = item->updatecost = 0; /* broker and exchange are this process */
        s2c->placeorderstatisticslist[s2c->n_placeorderstatisticslist++] = item;
    }
    return 0;
}

/* Bucket borders where the client names none: every 2 ms to 100, then 500, 1000, 2000 and the rest
 * (platform.md 5.6). */
static size_t default_borders(int32_t *ms)
{
    static const int32_t last[] = {500, 1000, 2000, -1};
    size_t n = 0;
    for (int32_t at = 2; at <= 100; at += 2)
        ms[n++] = at;
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        ms[n++] = last[i];
    return n;
}

static int fill_buckets(struct ft_gateway *gw, const struct ft_delay_push *p, const int32_t *ms,
                        size_t n, GetDelayStatistics__DelayStatistics *out)
{
    out->itemlist = ft_arena_alloc(&gw->arena, n * sizeof *out->itemlist);
    if (n && !out->itemlist)
        return -1;
    int32_t from = 0;
    uint64_t below = 0;
    for (size_t i = 0; i < n; from = ms[i++]) {
        if (ms[i] == from)
            continue; /* a first border of 0 has nothing below it */
        GetDelayStatistics__DelayStatisticsItem *item = ft_arena_alloc(&gw->arena, sizeof *item);
        if (!item)
            return -1;
        get_delay_statistics__delay_statistics_item__init(item);
        uint64_t here = ft_delay_pushes_between(p, from, ms[i]);
        below += here;
        item->begin = from;
        item->end = ms[i];
        item->count = here > INT32_MAX ? INT32_MAX : (int32_t)here;
        item->proportion = (float)(100.0 * (double)here / (double)p->count);
        item->cumulativeratio = (float)(100.0 * (double)below / (double)p->count);
        out->itemlist[out->n_itemlist++] = item;
    }
    return 0;
}

/* Rows of DelayStatistics for the kinds of quotes that were pushed; arena memory. The backend is
 * this process, so that a server's own time and the network's are nothing, and each longer stage
 * is the gateway's part of it: from the step of the world to the connection. */
static int fill_pushes(struct ft_gateway *gw, const struct ft_delay *d,
                       const GetDelayStatistics__C2S *c2s,
                       GetDelayStatistics__S2C *s2c)
{
    static struct ft_delay_push at_once; /* of one kind at a time: one loop thread */
    int32_t by_default[64];
    const int32_t *ms = c2s->segmentlist;
    size_t n = c2s->n_segmentlist;
    if (!n) {
        ms = by_default;
        n = default_borders(by_default);
    }
    bool elsewhere =
        c2s->has_qotpushstage &&
        (c2s->qotpushstage == GET_DELAY_STATISTICS__QOT_PUSH_STAGE__QotPushStage_SR2SS ||
         c2s->qotpushstage == GET_DELAY_STATISTICS__QOT_PUSH_STAGE__QotPushStage_SS2CR);
    s2c->qotpushstatisticslist =
        ft_arena_alloc(&gw->arena, FT_DELAY_PUSHES * sizeof *s2c->qotpushstatisticslist);
    if (!s2c->qotpushstatisticslist)
        return -1;
    for (int k = 0; k < FT_DELAY_PUSHES; k++) {
        const struct ft_delay_push *p = &d->pushes[k];
        if (!p->count)
            continue;
        if (elsewhere) {
            at_once.count = p->count;
            at_once.by_ms[0] = (uint32_t)p->count;
            p = &at_once;
        }
        GetDelayStatistics__DelayStatistics *row = ft_arena_alloc(&gw->arena, sizeof *row);
        if (!row)
            return -1;
        get_delay_statistics__delay_statistics__init(row);
        row->qotpushtype = k + GET_DELAY_STATISTICS__QOT_PUSH_TYPE__QotPushType_Price;
        row->delayavg = milliseconds(p->total_ns, p->count);
        row->count = p->count > INT32_MAX ? INT32_MAX : (int32_t)p->count;
        if (fill_buckets(gw, p, ms, n, row))
            return -1;
        s2c->qotpushstatisticslist[s2c->n_qotpushstatisticslist++] = row;
    }
    return 0;
}

void ft_handle_delay_statistics(struct ft_gateway *gw, struct ft_request *req)
{
    const GetDelayStatistics__C2S *c2s = ((const GetDelayStatistics__Request *)req->msg)->c2s;
    const struct ft_delay *d = ft_login_delay(gw, req->conn->login);
    if (c2s->has_qotpushstage &&
        (c2s->qotpushstage < 0 ||
         c2s->qotpushstage > GET_DELAY_STATISTICS__QOT_PUSH_STAGE__QotPushStage_SR2CS)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "qotPushStage %d: allowed are 1 to 5", "qotPushStage %d 无效：可用 1 至 5"),
                       c2s->qotpushstage);
        return;
    }
    if (!ft_delay_segments_ok(c2s->segmentlist, c2s->n_segmentlist)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "segmentList: allowed are ascending borders at least 1 ms apart to "
                                   "100, 50 to 1000, 500 to 5000, and -1 last",
                               "segmentList 无效：须递增，100 以内间隔至少 1，1000 以内 50，5000 以内 500，"
                               "最后可为 -1"));
        return;
    }
    GetDelayStatistics__S2C s2c = GET_DELAY_STATISTICS__S2_C__INIT;
    for (size_t i = 0; i < c2s->n_typelist; i++) {
        int32_t type = c2s->typelist[i];
        if (type < GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_QotPush ||
            type > GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_PlaceOrder) {
            ft_reply_error(gw, req, FT_RET_FAILED,
                           FT_TEXT(gw, "typeList has %d: allowed are 1 to 3", "typeList 含 %d：可用 1 至 3"),
                           type);
            return;
        }
        bool pushes = type == GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_QotPush;
        bool replies =
            type == GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_ReqReply;
        if ((pushes && !s2c.qotpushstatisticslist && fill_pushes(gw, d, c2s, &s2c)) ||
            (replies && !s2c.reqreplystatisticslist && fill_replies(gw, d, &s2c))) {
            ft_reply_no_memory(gw, req);
            return;
        }
        if (type == GET_DELAY_STATISTICS__DELAY_STATISTICS_TYPE__DelayStatisticsType_PlaceOrder &&
            !s2c.placeorderstatisticslist && fill_orders(gw, d, &s2c)) {
            ft_reply_no_memory(gw, req);
            return;
        }
    }
    GetDelayStatistics__Response r = GET_DELAY_STATISTICS__RESPONSE__INIT;
    FT_SUCCEED(r);
    r.s2c = &s2c;
    ft_reply(gw, req, &r.base);
}
