#include "gateway/dispatch.h"

#include "KeepAlive.pb-c.h"
#include "base/check.h"
#include "base/log.h"
#include "gateway/handlers.h"
#include "gateway/session.h"
#include "gateway/trade.h"

#include <stdarg.h>
#include <string.h>

enum { TRADE_FIRST = 2000, TRADE_LAST = 2999, PLATFORM_LAST = 1999 };

/* Protocols of trading, and others that write: test commands are operations on accounts (operations.h). */
static bool is_trade(const struct ft_request *req)
{
    uint32_t id = req->head.proto_id;
    return (id >= TRADE_FIRST && id <= TRADE_LAST) || (req->proto && req->proto->writes);
}

/* The fields that every Response begins with, read back for log and statistics. */
static int32_t ret_type_of(const ProtobufCMessage *response)
{
    const ProtobufCFieldDescriptor *f = &response->descriptor->fields[0];
    FT_CHECK(f->id == 1 && f->type == PROTOBUF_C_TYPE_INT32);
    int32_t v;
    memcpy(&v, (const char *)response + f->offset, sizeof v);
    return v;
}

/* The second one, for the audit log. */
static const char *ret_msg_of(const ProtobufCMessage *response)
{
    const ProtobufCFieldDescriptor *f = &response->descriptor->fields[1];
    FT_CHECK(f->id == 2 && f->type == PROTOBUF_C_TYPE_STRING);
    const char *v;
    memcpy(&v, (const char *)response + f->offset, sizeof v);
    return v;
}

static void audit(struct ft_gateway *gw, const struct ft_request *req,
                  const ProtobufCMessage *response)
{
    const struct ft_conn *c = req->conn;
    struct ft_audit_entry e = {
        .user = c->login->user_id, .conn = c->id, .peer = c->peer, .client = c->client_id,
        .proto = req->proto, .serial = req->head.serial, .request = req->msg,
        .ret = req->ret_type, .order = req->placed, .reason = ret_msg_of(response),
    };
    ft_audit_add(gw->trade->audit, &e);
}

/* One line a request: what a person looks for when a program complains. Served ones are details. */
#define LOG_REQUEST(write, gw, req, fmt, ...)                                                      \
    write("event=request conn=%llu proto=%u name=%s serial=%llu us=%llu outcome=" fmt,               \
          (unsigned long long)(req)->conn->id, (req)->head.proto_id,                               \
          (req)->proto ? (req)->proto->name : "unknown", (unsigned long long)(req)->head.serial,                       \
          (unsigned long long)((uv_hrtime() - (gw)->delay.mark_ns) / 1000), __VA_ARGS__)

void ft_reply(struct ft_gateway *gw, struct ft_request *req, const ProtobufCMessage *response)
{
    FT_CHECK(!req->replied);
    req->replied = true;
    req->ret_type = ret_type_of(response);
    if (req->proto && req->proto->writes)
        audit(gw, req, response);
    if (is_trade(req)) /* what it tells must be on disk first (DESIGN.md 5) */
        ft_trade_reply(gw, req->conn, &req->head, response);
    else
        ft_conn_send(req->conn, &req->head, response, req->cover);
}

/* Any Response type does for a reply without data: all have the same three first fields. */
static void reply_head(struct ft_gateway *gw, struct ft_request *req, int32_t ret, const char *msg)
{
    KeepAlive__Response r = KEEP_ALIVE__RESPONSE__INIT;
    r.rettype = ret;
    r.retmsg = (char *)msg;
    r.has_errcode = 1;
    ft_reply(gw, req, &r.base);
}

void ft_reply_ok(struct ft_gateway *gw, struct ft_request *req)
{
    reply_head(gw, req, FT_RET_SUCCEED, "");
}

void ft_reply_error(struct ft_gateway *gw, struct ft_request *req, enum ft_ret ret,
                    const char *fmt, ...)
{
    char text[FT_ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof text)
        text[ft_utf8_prefix(text, sizeof text, sizeof text - 1)] = '\0';
    char words[FT_ERR_TEXT_MAX];
    LOG_REQUEST(ft_info, gw, req, "refused ret=%d reason=\"%s\"", (int)ret,
                ft_log_words(text, words, sizeof words));
    req->logged = true;
    reply_head(gw, req, ret, text);
}

void ft_reply_no_memory(struct ft_gateway *gw, struct ft_request *req)
{
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "the reply exceeds the gateway's memory for one request",
                           "应答超出网关单个请求的内存限制"));
}

void ft_push(struct ft_conn *c, uint32_t proto_id, const ProtobufCMessage *response)
{
    struct ft_frame_head head = {proto_id, ++c->push_serial, c->push_format};
    c->gw->counters.pushes[ft_counters_row(proto_id)]++;
    if (c->relay) /* a section that no request has (platform.md 9.4) */
        head = (struct ft_frame_head){proto_id, 0, FT_BODY_PROTOBUF};
    ft_conn_send(c, &head, response, FT_COVER_SESSION);
}

/* Trading needs encryption beyond loopback (platform.md 2.5), and on a gateway that has a key a
 * client without it may not trade, nor beyond loopback do any business (platform.md 6.1). */
static bool permitted(struct ft_gateway *gw, struct ft_request *req)
{
    uint32_t id = req->head.proto_id;
    bool trade = is_trade(req);
    if (req->conn->relay)
        return true; /* it has no RSA, and beyond loopback no listener without TLS (2.5, 9.2) */
    const struct ft_listener *l = req->conn->listener;
    const struct ft_rsa *rsa = ft_conn_rsa(req->conn);
    if (trade && !l->local && !rsa) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s is refused: api_ip is not local and no rsa_private_key is "
                                   "configured",
                               "%s 被拒绝：监听地址不是本地，且未配置 rsa_private_key"),
                       req->proto->name);
        return false;
    }
    /* A login's own key is also who may be that login: without it there is no business at all. */
    if (rsa && !req->conn->knows_key && (trade || ((!l->local || l->rsa) && id > PLATFORM_LAST))) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s is refused: this gateway has an RSA key, and this connection "
                                   "was opened without encryption",
                               "%s 被拒绝：网关已配置 RSA 密钥，而此连接未加密"),
                       req->proto->name);
        return false;
    }
    return true;
}

/* Whether a limit applies to this request, and by which key it counts. An account that does not
 * exist has no limit: its handler refuses it, and it must not cost memory. */
static bool limited(struct ft_gateway *gw, const struct ft_request *req, uint64_t *key)
{
    if (!gw->config.limits ||
        !ft_limits_key(req->conn->login->limits, req->proto, req->msg, key))
        return false;
    bool by_account = req->proto->scope == FT_SCOPE_ACCOUNT ||
                      req->proto->scope == FT_SCOPE_ACCOUNT_REFRESH;
    return !by_account || ft_login_account(gw, req->conn->login, *key);
}

static bool within_limit(struct ft_gateway *gw, struct ft_request *req, uint64_t key)
{
    const struct ft_protocol *p = req->proto;
    const struct ft_limits *l = req->conn->login->limits;
    const struct ft_limit *limit = ft_limits_of(l, p);
    const char *title = ft_limits_title(p, gw->config.lang != FT_LANG_EN);
    switch (ft_limits_check(l, p, key, uv_hrtime())) {
    case FT_LIMIT_OK: return true;
    case FT_LIMIT_COUNT: /* the vendor's words (trade.md 1), in Chinese as its users report them */
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s request failed due to high frequency. Maximum %u times per %u "
                                   "seconds.",
                               "%1$s频率太高，请求失败，每%3$u秒最多%2$u次。"),
                       title, limit->count, limit->window_s);
        return false;
    case FT_LIMIT_GAP:
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s request failed due to high frequency. Minimum %.2f seconds "
                                   "between two requests.",
                               "%s频率太高，请求失败，两次请求至少间隔%.2f秒。"),
                       title, limit->gap_ms / 1000.0);
        return false;
    }
    return false;
}

unsigned ft_request_max(const struct ft_request *req, enum ft_maximum m)
{
    return ft_limits_max(req->conn->login->limits, m);
}

/* What a login that only looks may not do. Test commands are told apart in operations.c; watch lists and
 * reminders are no trading. */
static bool may_write(struct ft_gateway *gw, struct ft_request *req)
{
    if (!req->conn->login->read_only || !req->proto->writes || req->proto->id == FT_PROTO_TestCmd)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s is refused: the login %s is read-only",
                           "%s 被拒绝：登录账号 %s 为只读"), req->proto->name,
                   req->conn->login->name);
    return false;
}

/* Nothing is written any more once it cannot be kept, or not be audited. */
static bool storable(struct ft_gateway *gw, struct ft_request *req)
{
    if (!req->proto->writes || !gw->trade->failed)
        return true;
    if (gw->trade->audit_failed)
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s is refused: the audit log has failed: %s",
                               "%s 被拒绝：审计日志故障：%s"), req->proto->name, gw->trade->failure);
    else
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s is refused: the store has failed: %s",
                               "%s 被拒绝：存储故障：%s"), req->proto->name, gw->trade->failure);
    return false;
}

static void serve(struct ft_gateway *gw, struct ft_request *req, const uint8_t *body, size_t len)
{
    struct ft_conn *c = req->conn;
    if (req->proto && req->proto->kind == FT_KIND_PUSH) {
        /* Clients take any frame with this ID for a push, so that no reply can be given. */
        LOG_REQUEST(ft_info, gw, req, "ignored reason=\"%s\"", "a push cannot be asked for");
        req->replied = req->logged = true;
        return;
    }
    if (req->head.format > FT_BODY_JSON) {
        unsigned format = req->head.format;
        req->head.format = FT_BODY_PROTOBUF; /* clients choke on any other format byte (4.2) */
        ft_reply_error(gw, req, FT_RET_INVALID,
                       FT_TEXT(gw, "nProtoFmtType %u: allowed are 0 protobuf and 1 JSON",
                               "nProtoFmtType %u 无效：可用 0 protobuf 和 1 JSON"), format);
        return;
    }
    if (!req->proto) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "unknown protocol ID %u", "未知协议 ID %u"), req->head.proto_id);
        return;
    }
    bool init = req->head.proto_id == FT_PROTO_InitConnect;
    if (c->relay && (init || c->state == FT_CONN_FRESH)) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s: a WebSocket session begins with Init (command 1)",
                               "%s：WebSocket 会话以 Init（命令 1）开始"), req->proto->name);
        return;
    }
    if (c->state == FT_CONN_FRESH && !init) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s came before InitConnect had succeeded: send InitConnect first",
                               "%s 早于 InitConnect：请先发送 InitConnect"), req->proto->name);
        return;
    }
    if (!init)
        ft_session_push_ready(c);
    if (!permitted(gw, req))
        return;
    ft_handler *handler = ft_handler_of(req->proto);
    if (!handler) {
        ft_reply_error(gw, req, FT_RET_FAILED,
                       FT_TEXT(gw, "%s (%u) is not available in this gateway",
                               "%s（%u）在此网关中不可用"), req->proto->name, req->proto->id);
        return;
    }
    if (!may_write(gw, req))
        return;
    struct ft_err err = {0};
    req->msg = ft_body_read(req->proto->request, req->head.format, body, len, &gw->arena, &err);
    if (!req->msg) {
        ft_reply_error(gw, req, FT_RET_INVALID,
                       FT_TEXT(gw, "%s: body is not a valid request: %s", "%s：请求内容无效：%s"),
                       req->proto->name, err.text);
        return;
    }
    uint64_t key = 0;
    bool counts = limited(gw, req, &key);
    if ((counts && !within_limit(gw, req, key)) || !storable(gw, req) || !ft_backend_serves(gw, req))
        return;
    if (req->head.proto_id > PLATFORM_LAST || is_trade(req))
        ft_market_sync(gw); /* what is asked is asked of now */
    handler(gw, req);
    /* A refused request does not count (platform.md 12.5), but every guess at the password does. */
    if (counts && (req->ret_type == FT_RET_SUCCEED || req->head.proto_id == FT_PROTO_Trd_UnlockTrade))
        ft_limits_count(c->login->limits, req->proto, key, uv_hrtime());
}

void ft_dispatch(struct ft_conn *c, const struct ft_frame_head *head, const uint8_t *body, size_t len)
{
    struct ft_gateway *gw = c->gw;
    struct ft_request req = {
        .conn = c,
        .proto = ft_protocol_find(head->proto_id),
        .head = *head,
        .cover = FT_COVER_SESSION,
    };
    ft_arena_reset(&gw->arena);
    serve(gw, &req, body, len);
    FT_CHECK(req.replied);
    ft_counters_request(&gw->counters, req.proto, req.ret_type == FT_RET_SUCCEED,
                        uv_hrtime() - gw->delay.mark_ns);
    gw->counters.orders_placed += req.placed != 0;
    if (!req.logged)
        LOG_REQUEST(ft_debug, gw, &req, "%s ret=%d format=%u bytes=%zu",
                    req.ret_type == FT_RET_SUCCEED ? "ok" : "failed", req.ret_type, head->format,
                    len);
    ft_delay_request(&gw->delay, c->login->delay, req.proto, uv_hrtime(), req.placed,
                     is_trade(&req) ? ft_trade_awaits(gw) : 0);
}
