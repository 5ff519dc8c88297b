/* The protocols about the gateway itself: 1002, 1004 to 1006, 1008 (spec platform.md 5). */
#include "gateway/backend.h"
#include "gateway/handlers.h"
#include "gateway/operations.h"
#include "gateway/verification.h"

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
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", ft_verification_requested(gw));
        return;
    case VERIFICATION__VERIFICATION_OP__VerificationOp_InputAndLogin:
        ft_reply_error(gw, req, FT_RET_FAILED, "%s", ft_verification_entered(gw, c2s->code));
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
