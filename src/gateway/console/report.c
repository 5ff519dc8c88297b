#include "gateway/console/report.h"

#include "base/log.h"
#include "gateway/conn.h"
#include "gateway/edge.h"
#include "gateway/subs.h"
#include "gateway/trade.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BUF = 1 << 20, WRITE_AT = 64 << 10 };

/* ---- Files ------------------------------------------------------------------------------------ */

/* Nobody else's file is written, no device, nothing behind a symbolic link; an existing file keeps its
 * content unless it is one that may be replaced. -1 with errno, or 0 when the words are said. */
static int open_file(struct ft_console_session *s, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        ft_console_say(s, "%.1024s: %s", path,
                       why == ELOOP ? FT_CONSOLE_TEXT(s, "a symbolic link is not followed", "不跟随符号链接")
                                    : strerror(why));
        return -1;
    }
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1) {
        close(fd);
        ft_console_say(s, FT_CONSOLE_TEXT(s, "%.1024s: not a regular file of this gateway's user with one "
                                             "name: left as it is",
                                          "%.1024s：不是网关用户自己的普通文件，未写入"), path);
        return -1;
    }
    if (fchmod(fd, 0600) || ftruncate(fd, 0)) {
        ft_console_say(s, "%.1024s: %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

static void flush_file(struct ft_report *r)
{
    while (ft_buf_len(&r->text) && !r->failed) {
        ssize_t n = write(r->fd, ft_buf_head(&r->text), ft_buf_len(&r->text));
        if (n > 0)
            ft_buf_consume(&r->text, (size_t)n);
        else if (n == 0 || errno != EINTR)
            r->failed = n == 0 ? ENOSPC : errno;
    }
    ft_buf_consume(&r->text, ft_buf_len(&r->text));
}

int ft_report_begin(struct ft_report *r, struct ft_console_session *s, const char *path)
{
    struct ft_operator_desk *d = s->console->host;
    *r = (struct ft_report){.gw = d->gw, .session = s, .fd = -1};
    ft_buf_init(&r->text, FILE_BUF);
    if (path && *path)
        r->fd = open_file(s, path);
    return path && *path && r->fd < 0 ? -1 : 0;
}

void ft_report_line(struct ft_report *r, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text - 1, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof text - 1)
        n = (int)ft_utf8_prefix(text, sizeof text, sizeof text - 2);
    text[n] = '\0';
    if (r->fd < 0) {
        ft_console_say(r->session, "%s", text);
        return;
    }
    text[n++] = '\n';
    if (ft_buf_append(&r->text, text, (size_t)n) && !r->failed)
        r->failed = ENOMEM;
    if (ft_buf_len(&r->text) >= WRITE_AT)
        flush_file(r);
}

void ft_report_end(struct ft_report *r, const char *path)
{
    if (r->fd >= 0) {
        flush_file(r);
        if (close(r->fd) && !r->failed)
            r->failed = errno;
        if (r->failed)
            ft_console_say(r->session, "%.1024s: %s", path, strerror(r->failed));
        else
            ft_console_say(r->session, FT_CONSOLE_TEXT(r->session, "written to %.1024s", "已写入 %.1024s"),
                           path);
    }
    ft_buf_free(&r->text);
}

/* ---- Subscriptions ---------------------------------------------------------------------------- */

static const char *sessions_name(unsigned sessions)
{
    return sessions == FT_IN_RTH ? "RTH" : sessions == FT_IN_ETH ? "ETH" : "ALL";
}

static void report_conn(struct ft_report *r, const struct ft_conn *c)
{
    struct ft_gateway *gw = r->gw;
    size_t count = 0;
    for (const struct ft_list *n = c->subs.next; n != &c->subs; n = n->next)
        count++;
    ft_report_line(r, FT_TEXT(gw, "connection %llu, %s, client \"%s\": %zu subscriptions",
                              "连接 %llu，%s，客户端 \"%s\"：%zu 项订阅"),
                   (unsigned long long)c->id, c->peer, c->client_id, count);
    for (int type = 0; type <= FT_SUB_TYPE_MAX; type++)
        for (const struct ft_list *n = c->subs.next; n != &c->subs; n = n->next) {
            const struct ft_sub_entry *e = ft_container_of(n, struct ft_sub_entry, by_conn);
            if (e->topic->type != type)
                continue;
            const struct ft_instrument *inst = e->topic->inst;
            ft_arena_reset(&gw->arena);
            ft_report_line(r, "  %-10s %-16s %s%s", ft_sub_type_name(type),
                           ft_edge_label(gw, inst->market, inst->code),
                           e->registered ? FT_TEXT(gw, "pushed, ", "推送，")
                                         : FT_TEXT(gw, "not pushed, ", "不推送，"),
                           sessions_name(e->sessions));
        }
}

/* Units of the subscription quota over all logins. */
static size_t quota_of_all(const struct ft_gateway *gw, int64_t *quota)
{
    size_t used = 0;
    *quota = 0;
    for (size_t k = 0; k < gw->logins.count; k++) {
        used += gw->logins.all[k].sub_used;
        *quota += gw->logins.all[k].sub_quota;
    }
    return used;
}

void ft_report_subscriptions(struct ft_report *r, const struct ft_conn *only)
{
    struct ft_gateway *gw = r->gw;
    size_t conns = 0;
    for (const struct ft_list *n = gw->conns.next; n != &gw->conns; n = n->next) {
        const struct ft_conn *c = ft_container_of(n, struct ft_conn, by_age);
        if (c->state != FT_CONN_READY || (only && c != only))
            continue;
        conns++;
        report_conn(r, c);
    }
    int64_t quota;
    size_t used = quota_of_all(gw, &quota);
    ft_report_line(r, FT_TEXT(gw, "%zu connections; %zu of %lld units of the subscription quota are used",
                              "%zu 个连接；订阅额度已用 %zu / %lld"),
                   conns, used, (long long)quota);
}

void ft_report_time(int64_t utc_ns, char out[FT_REPORT_TIME_MAX])
{
    time_t seconds = utc_ns / FT_NS_PER_SEC;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(out, FT_REPORT_TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm);
}

/* ---- Status ----------------------------------------------------------------------------------- */

static void report_store(struct ft_report *r)
{
    struct ft_gateway *gw = r->gw;
    const struct ft_trade *t = gw->trade;
    if (t->failed)
        ft_report_line(r, FT_TEXT(gw, "store        failed: %s", "存储         故障：%s"), t->failure);
    else
        ft_report_line(r, FT_TEXT(gw, "store        works, durability %s, %zu commits under way, %s",
                                  "存储         正常，durability %s，%zu 个提交进行中，%s"),
                       gw->config.durability ? "on" : "off", t->gate.count, gw->config.data_dir);
}

void ft_report_status(struct ft_report *r)
{
    struct ft_gateway *gw = r->gw;
    char clock[FT_REPORT_TIME_MAX];
    uint64_t up = (uv_hrtime() - gw->started_ns) / 1000000000;
    ft_report_line(r, "opend        %s, OpenAPI %d.%02d", FT_VERSION, FT_SERVER_VER / 100,
                   FT_SERVER_VER % 100);
    ft_report_line(r, FT_TEXT(gw, "up           %llu s, process %ld", "已运行       %llu 秒，进程 %ld"),
                   (unsigned long long)up, (long)getpid());
    ft_report_time(ft_market_now(gw), clock);
    ft_report_line(r, FT_TEXT(gw, "world        %s UTC, speed %lld, hours %s (simulated)",
                              "模拟世界     %s UTC，速度 %lld，时段 %s"),
                   clock, (long long)gw->clock.speed,
                   gw->config.sim_clock == FT_CLOCK_ALWAYS ? "always" : "exchange");
    ft_report_line(r, FT_TEXT(gw, "connections  %zu of %lld, API on %s:%d", "连接         %zu / %lld，API 监听 %s:%d"),
                   gw->place_count, (long long)gw->config.max_connections, gw->config.api_ip,
                   gw->api.port);
    if (gw->desk->telnet)
        ft_report_line(r, FT_TEXT(gw, "consoles     %zu, telnet on %s:%d", "控制台       %zu，telnet 监听 %s:%d"),
                       ft_telnet_count(gw->desk->telnet), gw->config.telnet_ip,
                       ft_telnet_port(gw->desk->telnet));
    int64_t quota;
    size_t used = quota_of_all(gw, &quota);
    ft_report_line(r, FT_TEXT(gw, "quota        %zu of %lld subscriptions", "订阅额度     已用 %zu / %lld"),
                   used, (long long)quota);
    report_store(r);
    size_t resident = 0;
    if (uv_resident_set_memory(&resident) == 0)
        ft_report_line(r, FT_TEXT(gw, "memory       %zu KiB", "内存         %zu KiB"), resident / 1024);
}
