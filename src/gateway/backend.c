#include "gateway/backend.h"

#include "Common.pb-c.h"
#include "base/log.h"
#include "gateway/notify.h"
#include "gateway/subs.h"
#include "gateway/trade.h"

#include <string.h>

void ft_backend_init(struct ft_gateway *gw)
{
    gw->backend = (struct ft_backend){
        .told_quotes = true,
        .told_trade = true,
        .program_status = COMMON__PROGRAM_STATUS_TYPE__ProgramStatusType_Ready,
    };
}

bool ft_backend_has_quotes(const struct ft_gateway *gw)
{
    return !gw->backend.quotes_down && !gw->stopping;
}

bool ft_backend_has_trade(const struct ft_gateway *gw)
{
    return !gw->stopping && !(gw->trade && gw->trade->failed);
}

int ft_backend_disconnect(struct ft_gateway *gw, int64_t seconds, struct ft_err *err)
{
    struct ft_backend *b = &gw->backend;
    if (seconds < 1 || seconds > FT_BACKEND_DOWN_MAX_S)
        return ft_err_set(err, FT_EINVAL,
                          FT_TEXT(gw, "seconds %lld: allowed are 1 to %d", "秒数 %lld 无效：可用 1 至 %d"),
                          (long long)seconds, FT_BACKEND_DOWN_MAX_S);
    b->until_ms = uv_now(gw->loop) + (uint64_t)seconds * 1000;
    if (!b->quotes_down) {
        b->quotes_down = true;
        ft_publish_cut(gw);
    }
    ft_backend_tick(gw);
    return 0;
}

int ft_backend_set_program(struct ft_gateway *gw, const char *word, struct ft_err *err)
{
    static const char *const words[] = {"LOADED", "LOGING", "NEED_PIC_VERIFY_CODE",
                                        "NEED_PHONE_VERIFY_CODE", "LOGIN_FAILED", "FORCE_UPDATE",
                                        "NESSARY_DATA_PREPARING", "NESSARY_DATA_MISSING",
                                        "UN_AGREE_DISCLAIMER", "READY", "FORCE_LOGOUT"};
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
        if (strcmp(words[k], word) == 0) {
            bool changed = gw->backend.program_status != (int)k + 1;
            gw->backend.program_status = (int)k + 1;
            if (changed)
                ft_notify_program(gw);
            return 0;
        }
    return ft_err_set(err, FT_EINVAL,
                      FT_TEXT(gw, "program status %s: allowed are LOADED, LOGING, NEED_PIC_VERIFY_CODE, "
                                  "NEED_PHONE_VERIFY_CODE, LOGIN_FAILED, FORCE_UPDATE, "
                                  "NESSARY_DATA_PREPARING, NESSARY_DATA_MISSING, UN_AGREE_DISCLAIMER, "
                                  "READY and FORCE_LOGOUT",
                              "程序状态 %s 无效：可用 LOADED、LOGING、NEED_PIC_VERIFY_CODE、"
                              "NEED_PHONE_VERIFY_CODE、LOGIN_FAILED、FORCE_UPDATE、"
                              "NESSARY_DATA_PREPARING、NESSARY_DATA_MISSING、UN_AGREE_DISCLAIMER、READY、"
                              "FORCE_LOGOUT"), word);
}

bool ft_backend_need_quotes(struct ft_gateway *gw, struct ft_request *req)
{
    if (!gw->backend.quotes_down)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s request failed: the connection to the quote servers is interrupted",
                           "%s失败：与行情服务器的连接已断开"),
                   ft_limits_title(req->proto, gw->config.lang != FT_LANG_EN));
    return false;
}

/* Quote protocols that OpenD answers from what it has: subscriptions and subscribed data. */
static bool is_cached(uint32_t id)
{
    switch (id) {
    case FT_PROTO_Qot_Sub: /* by itself: only what is new has to be asked for */
    case FT_PROTO_Qot_RegQotPush:
    case FT_PROTO_Qot_GetSubInfo:
    case FT_PROTO_Qot_GetBasicQot:
    case FT_PROTO_Qot_GetKL:
    case FT_PROTO_Qot_GetRT:
    case FT_PROTO_Qot_GetTicker:
    case FT_PROTO_Qot_GetOrderBook:
    case FT_PROTO_Qot_GetBroker: return true;
    }
    return false;
}

bool ft_backend_serves(struct ft_gateway *gw, struct ft_request *req)
{
    enum { QUOTES_FIRST = 3000 };
    return req->head.proto_id < QUOTES_FIRST || is_cached(req->head.proto_id) ||
           ft_backend_need_quotes(gw, req);
}

void ft_backend_tick(struct ft_gateway *gw)
{
    struct ft_backend *b = &gw->backend;
    bool back = b->quotes_down && uv_now(gw->loop) >= b->until_ms;
    if (back)
        b->quotes_down = false;
    bool quotes = ft_backend_has_quotes(gw), trade = ft_backend_has_trade(gw);
    if (quotes != b->told_quotes || trade != b->told_trade) {
        b->told_quotes = quotes;
        b->told_trade = trade;
        ft_info("event=backend quotes=%d trade=%d", quotes, trade);
        ft_notify_status(gw);
    }
    if (back && !gw->stopping)
        ft_publish_missed(gw);
}
