/* The commands of the operation console (spec platform.md 3.2), and those of this gateway's own. */
#include "gateway/console/commands.h"

#include "base/log.h"
#include "gateway/conn.h"
#include "gateway/operations.h"
#include "gateway/trade.h"
#include "gateway/verification.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ft_operator *operator_of(const struct ft_console_call *call)
{
    return call->session->user;
}

struct ft_gateway *ft_command_gateway(const struct ft_console_call *call)
{
    struct ft_operator_desk *d = call->session->console->host;
    return d->gw;
}

bool ft_command_number(struct ft_console_call *call, const char *name, const char *text, uint64_t min,
                       uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !errno && !*end && v >= min && v <= max) {
        *out = v;
        return true;
    }
    ft_console_say(call->session,
                   FT_CONSOLE_TEXT(call->session, "%s %.64s: allowed is a whole number from %llu to %llu",
                                   "%s %.64s 无效：可用 %llu 至 %llu 的整数"),
                   name, text, (unsigned long long)min, (unsigned long long)max);
    return false;
}

/* What the command changed must be on disk before its answer (DESIGN.md 5). */
static void answer_when_stored(struct ft_console_call *call)
{
    struct ft_operator *o = operator_of(call);
    o->turn = ft_trade_awaits(ft_command_gateway(call));
    if (!o->turn)
        return;
    o->wait = FT_WAIT_DISK;
    ft_console_defer(call->session);
}

/* ---- The program ------------------------------------------------------------------------------ */

static void run_exit(struct ft_console_call *call)
{
    struct ft_operator_desk *d = call->session->console->host;
    ft_console_say(call->session, "%s", FT_CONSOLE_TEXT(call->session, "opend ends", "opend 即将退出"));
    d->exit = true;
}

static void run_update(struct ft_console_call *call)
{
    ft_console_say(call->session, "%s",
                   FT_CONSOLE_TEXT(call->session,
                                   "opend does not update itself: stop it, install the new version, start it "
                                   "with the same data directory; older data is migrated at the start",
                                   "opend 不支持自动更新：请停止后安装新版本，用同一数据目录启动，旧数据会自动升级"));
}

static void run_set_log_level(struct ft_console_call *call)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    const char *level = ft_console_value(call, "level");
    if (ft_log_level_parse(level, &gw->config.log_level)) {
        ft_console_say(call->session,
                       FT_CONSOLE_TEXT(call->session, "level %.64s: allowed are no, debug, info, warning, "
                                                      "error and fatal",
                                       "level %.64s 无效：可用 no、debug、info、warning、error、fatal"), level);
        return;
    }
    ft_log_set_level(gw->config.log_level);
    ft_console_say(call->session, FT_CONSOLE_TEXT(call->session, "log level %s", "日志级别 %s"), level);
}

static void run_ping(struct ft_console_call *call)
{
    struct ft_operator *o = operator_of(call);
    o->began_ns = uv_hrtime();
    ft_market_sync(ft_command_gateway(call));
    o->wait = FT_WAIT_TURN;
    ft_console_defer(call->session);
}

/* ---- The login -------------------------------------------------------------------------------- */

static void run_request_code(struct ft_console_call *call)
{
    ft_console_say(call->session, "%s", ft_verification_requested(ft_command_gateway(call)));
}

static void run_input_code(struct ft_console_call *call)
{
    ft_console_say(call->session, "%s",
                   ft_verification_entered(ft_command_gateway(call), ft_console_value(call, "code")));
}

static void run_relogin(struct ft_console_call *call)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    const char *md5 = ft_console_value(call, "login_pwd_md5"), *pwd = ft_console_value(call, "login_pwd");
    if (ft_command_password_fits(gw, pwd, md5))
        ft_console_say(call->session, "%s", FT_CONSOLE_TEXT(call->session, "Login successful", "登录成功"));
    else
        ft_console_say(call->session, "%s",
                       FT_CONSOLE_TEXT(call->session, "login failed: the password is not that of login_pwd",
                                       "登录失败：密码错误"));
}

static void run_operation(struct ft_console_call *call);

/* The operation's line in the audit log, its parameters as they were given. */
static void audit(struct ft_console_call *call, const struct ft_operation *op, int ret, const char *reason)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    char params[512] = "";
    for (size_t k = 0, len = 0; k < FT_OPERATION_PARAMS && op->param[k].name && len + 1 < sizeof params; k++)
        len += (size_t)snprintf(params + len, sizeof params - len, "%s%s", k ? " " : "", call->value[k]);
    ft_audit_operation(gw->trade->audit, gw->logins.all[0].user_id, operator_of(call)->name, op->name, params,
                       ret, reason);
}

static const struct ft_operation *find_operation(const char *name)
{
    const struct ft_operation *op;
    for (size_t k = 0; (op = ft_operation_at(k)) && strcmp(op->name, name) != 0;)
        k++;
    return op;
}

/* ---- Connections ------------------------------------------------------------------------------ */

/* The connection of -conn_id; *all: none was given. NULL without *all: the reason was said. */
static struct ft_conn *need_conn(struct ft_console_call *call, bool *all)
{
    const char *text = ft_console_value(call, "conn_id");
    uint64_t id;
    *all = !text || !*text;
    if (*all || !ft_command_number(call, "conn_id", text, 1, UINT64_MAX, &id))
        return NULL;
    struct ft_conn *c = ft_map64_get(&ft_command_gateway(call)->conn_by_id, id);
    if (!c)
        ft_console_say(call->session,
                       FT_CONSOLE_TEXT(call->session, "there is no connection %llu", "没有连接 %llu"),
                       (unsigned long long)id);
    return c;
}

static void run_close_api_conn(struct ft_console_call *call)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    bool all;
    size_t closed = 0;
    struct ft_conn *only = need_conn(call, &all);
    if (!only && !all)
        return;
    for (struct ft_list *n = gw->conns.next; n != &gw->conns;) {
        struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        n = n->next;
        if ((!all && c != only) || c->state == FT_CONN_CLOSING)
            continue;
        ft_conn_close(c, false, "closed at the console");
        closed++;
    }
    ft_console_say(call->session, FT_CONSOLE_TEXT(call->session, "%zu connections closed", "已关闭 %zu 个连接"),
                   closed);
}

static void run_show_sub_info(struct ft_console_call *call)
{
    const char *path = ft_console_value(call, "sub_info_path");
    bool all;
    const struct ft_conn *only = need_conn(call, &all);
    struct ft_report r;
    if ((!only && !all) || ft_report_begin(&r, call->session, path))
        return;
    ft_report_subscriptions(&r, only);
    ft_report_end(&r, path);
}

static void run_show_delay_report(struct ft_console_call *call)
{
    const char *path = ft_console_value(call, "detail_report_path");
    const char *wanted = ft_console_value(call, "push_count_type");
    int stage = FT_DELAY_SR2CS;
    if (wanted && *wanted)
        for (stage = 0; ft_report_stage_name(stage) && strcmp(ft_report_stage_name(stage), wanted) != 0;)
            stage++;
    if (stage == FT_DELAY_STAGES) {
        ft_console_say(call->session,
                       FT_CONSOLE_TEXT(call->session, "push_count_type %.64s: allowed are sr2ss, ss2cr, "
                                                      "cr2cs, ss2cs and sr2cs",
                                       "push_count_type %.64s 无效：可用 sr2ss、ss2cr、cr2cs、ss2cs、sr2cs"), wanted);
        return;
    }
    struct ft_report r;
    if (ft_report_begin(&r, call->session, path))
        return;
    ft_report_delays(&r, (enum ft_delay_stage_kind)stage, path && *path);
    ft_report_end(&r, path);
}

static void run_status(struct ft_console_call *call)
{
    struct ft_report r;
    if (ft_report_begin(&r, call->session, NULL))
        return;
    ft_report_status(&r);
    ft_report_end(&r, NULL);
}

/* ---- Operations ------------------------------------------------------------------------------- */

static void run_operation(struct ft_console_call *call)
{
    struct ft_gateway *gw = ft_command_gateway(call);
    char text[FT_OPERATION_TEXT_MAX];
    struct ft_err err = {0};
    const struct ft_operation *op = find_operation(call->command->name);
    if (gw->trade->failed) { /* what it does could not be kept, or not be audited */
        ft_console_say(call->session, FT_CONSOLE_TEXT(call->session, "%s is refused: %s", "%s 被拒绝：%s"), op->name,
                       gw->trade->failure);
        return;
    }
    ft_market_sync(gw); /* as with requests: it happens now */
    int ret = ft_operation_call(gw, NULL, op, call->value, text, &err) ? FT_RET_FAILED : FT_RET_SUCCEED;
    audit(call, op, ret, err.text);
    ft_console_say(call->session, "%s", ret ? err.text : text);
    answer_when_stored(call);
}

static int add_operations(struct ft_console *c)
{
    const struct ft_operation *op;
    for (size_t k = 0; (op = ft_operation_at(k)); k++) {
        if (ft_console_find(c, op->name))
            continue; /* a row of the table below, for its limit */
        struct ft_console_command command = {op->name, run_operation, op->en, op->chs, FT_CONSOLE_NO_PARAMS, 0, 0};
        for (size_t p = 0; p < FT_OPERATION_PARAMS && op->param[p].name; p++)
            command.param[p] = (struct ft_console_param){op->param[p].name, true, op->param[p].en,
                                                         op->param[p].chs};
        if (ft_console_add(c, &command))
            return -1;
    }
    return 0;
}

/* ---- The table -------------------------------------------------------------------------------- */

#define CODE {"code", true, "the code that was sent", "收到的验证码"}
#define CONN {"conn_id", false, "one connection; all without it", "连接 ID，缺省为全部"}

static const struct ft_console_command commands[] = {
    {"help", ft_console_help, "the commands, or details of one", "命令列表，或某个命令的说明",
     {{"cmd", false, "name of a command", "命令名称"}}, 0, 0},
    {"exit", run_exit, "ends opend", "退出 opend", FT_CONSOLE_NO_PARAMS, 0, 0},
    {"req_phone_verify_code", run_request_code, "asks for a code by telephone (never needed here)",
     "请求手机验证码（无需使用）", FT_CONSOLE_NO_PARAMS, 1, 60},
    {"input_phone_verify_code", run_input_code, "enters that code", "输入手机验证码", {CODE}, 10, 60},
    {"req_pic_verify_code", run_request_code, "asks for a picture code (never needed here)",
     "请求图形验证码（无需使用）", FT_CONSOLE_NO_PARAMS, 10, 60},
    {"input_pic_verify_code", run_input_code, "enters that code", "输入图形验证码", {CODE}, 10, 60},
    {"relogin", run_relogin, "logs in again with the account of the start",
     "用当前账号重新登录",
     {{"login_pwd", false, "password; without it that of the start", "密码，缺省为启动时的密码"},
      {"login_pwd_md5", false, "its MD5 in 32 hex digits, in place of login_pwd",
       "密码的 32 位 MD5，优先于 login_pwd"}}, 10, 3600},
    {"ping", run_ping, "latency of the backend", "与后端的延迟", FT_CONSOLE_NO_PARAMS, 10, 60},
    {"show_delay_report", run_show_delay_report, "latency of pushes, requests and orders",
     "推送、请求和下单的延迟报告",
     {{"detail_report_path", false, "a file for the full report", "完整报告的文件路径"},
      {"push_count_type", false, "sr2ss, ss2cr, cr2cs, ss2cs or sr2cs (without it)",
       "sr2ss、ss2cr、cr2cs、ss2cs 或 sr2cs（缺省）"}}, 0, 0},
    {"close_api_conn", run_close_api_conn, "closes API connections", "关闭 API 连接", {CONN}, 0, 0},
    {"show_sub_info", run_show_sub_info, "subscriptions by connection", "各连接的订阅状态",
     {CONN, {"sub_info_path", false, "a file for them", "输出文件路径"}}, 0, 0},
    {"request_highest_quote_right", run_operation, "takes the highest quote right back",
     "请求最高行情权限", FT_CONSOLE_NO_PARAMS, 10, 60},
    {"update", run_update, "how to update opend", "如何更新 opend", FT_CONSOLE_NO_PARAMS, 0, 0},
    {"set_log_level", run_set_log_level, "changes log_level until the next start",
     "修改日志级别，重启后恢复",
     {{"level", true, "no, debug, info, warning, error or fatal",
       "no、debug、info、warning、error 或 fatal"}}, 0, 0},
    {"status", run_status, "version, clock, connections, store, memory",
     "版本、时钟、连接、存储和内存", FT_CONSOLE_NO_PARAMS, 0, 0},
    {"set_clock", ft_command_set_clock, "the clock of the simulated world; it never goes back",
     "设置模拟世界的时钟，不可倒退",
     {{"speed", false, "how many times faster than real time: 1 to 100000", "速度倍数：1 至 100000"},
      {"advance", false, "sets it ahead by so many seconds", "前进的秒数"},
      {"time", false, "sets it ahead to this time, UTC, \"yyyy-MM-dd HH:mm:ss\"",
       "前进到此 UTC 时间，\"yyyy-MM-dd HH:mm:ss\""},
      {"mode", false, "always or exchange: chosen at the start, told here", "always 或 exchange：启动时决定"}},
     0, 0},
};

int ft_commands_add(struct ft_console *c)
{
    for (size_t k = 0; k < sizeof commands / sizeof commands[0]; k++)
        if (ft_console_add(c, &commands[k]))
            return -1;
    return add_operations(c);
}
