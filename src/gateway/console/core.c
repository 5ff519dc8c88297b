#include "gateway/console/core.h"

#include "base/check.h"
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAY_MAX = 4096, /* bytes of one ft_console_say */
    CUT_TEXT = 256, /* room that is kept for saying that an answer was cut */
};

/* ---- The console ------------------------------------------------------------------------------ */

void ft_console_init(struct ft_console *c, void *host, bool english, bool limits)
{
    *c = (struct ft_console){.host = host, .english = english, .limits = limits};
}

void ft_console_done(struct ft_console *c)
{
    for (size_t k = 0; k < c->count; k++)
        free(c->window[k]);
    ft_gb2312_close(&c->gb2312);
    c->count = 0;
}

int ft_console_add(struct ft_console *c, const struct ft_console_command *command)
{
    FT_CHECK(c->count < FT_CONSOLE_COMMANDS);
    struct ft_window *w = NULL;
    if (command->limit &&
        !(w = ft_window_new(command->limit, command->span_s * UINT64_C(1000000000))))
        return -1;
    c->command[c->count] = *command;
    c->window[c->count++] = w;
    return 0;
}

const struct ft_console_command *ft_console_find(const struct ft_console *c, const char *name)
{
    for (size_t k = 0; k < c->count; k++)
        if (strcmp(c->command[k].name, name) == 0)
            return &c->command[k];
    return NULL;
}

/* ---- Output ----------------------------------------------------------------------------------- */

static void say_line(struct ft_console_session *s, const char *text, size_t len)
{
    if (s->cut)
        return;
    if (ft_buf_len(&s->out) - s->answer_at + 2 * len + 2 > FT_CONSOLE_OUT_MAX - CUT_TEXT) {
        s->cut = true;
        return;
    }
    if (ft_charset_write(&s->console->gb2312, s->charset, text, len, &s->out) ||
        ft_buf_append(&s->out, "\r\n", 2))
        s->cut = true;
}

void ft_console_say(struct ft_console_session *s, const char *fmt, ...)
{
    char text[SAY_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof text) {
        n = (int)ft_utf8_prefix(text, sizeof text, sizeof text - 1);
        text[n] = '\0';
    }
    for (int k = 0; k < n; k++) /* what a client named itself cannot make a line of its own */
        if ((unsigned char)text[k] < ' ' && text[k] != '\n')
            text[k] = '?';
    for (const char *line = text;;) {
        size_t len = strcspn(line, "\n");
        say_line(s, line, len);
        if (!line[len] || !line[len + 1])
            return;
        line += len + 1;
    }
}

/* The answer is complete. */
static void seal(struct ft_console_session *s)
{
    if (!s->cut)
        return;
    s->cut = false;
    char text[CUT_TEXT / 2];
    int n = snprintf(text, sizeof text,
                     FT_CONSOLE_TEXT(s, "... the answer is cut at %d bytes", "……回复超过 %d 字节，已截断"),
                     FT_CONSOLE_OUT_MAX);
    ft_charset_write(&s->console->gb2312, s->charset, text, (size_t)n, &s->out);
    ft_buf_append(&s->out, "\r\n", 2);
}

/* ---- Parsing ---------------------------------------------------------------------------------- */

/* The next word of a line, cut out in place; NULL: none. `quoted` values are cut by the caller. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " ");
    if (!*word)
        return NULL;
    char *end = word + strcspn(word, " ");
    *at = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static int unknown_param(struct ft_console_call *call, const char *name)
{
    struct ft_console_session *s = call->session;
    ft_console_say(s, FT_CONSOLE_TEXT(s, "%s has no parameter %.64s: \"help -cmd=%s\" lists them",
                                      "%s 没有参数 %.64s：help -cmd=%s 列出全部"),
                   call->command->name, name, call->command->name);
    return -1;
}

/* Takes `-name=value` or `-name="a value"` at *at into the call. 0; -1 with the reason said. */
static int take_param(struct ft_console_call *call, char **at)
{
    struct ft_console_session *s = call->session;
    char *name = *at, *eq = name + strcspn(name, "= ");
    if (name[0] != '-' || *eq != '=') {
        *(name + strcspn(name, " ")) = '\0';
        ft_console_say(s, FT_CONSOLE_TEXT(s, "%.64s is not a parameter: the form is -name=value",
                                          "%.64s 不是参数：格式为 -名称=值"), name);
        return -1;
    }
    *eq = '\0';
    name++;
    char *value = eq + 1, *end;
    if (*value == '"') {
        end = strchr(++value, '"');
        if (!end || (end[1] && end[1] != ' ')) {
            ft_console_say(s, FT_CONSOLE_TEXT(s, "-%.64s: a quote is not closed before a blank or the end",
                                              "-%.64s：引号未正确结束"), name);
            return -1;
        }
    } else {
        end = value + strcspn(value, " ");
    }
    *at = *end ? end + 1 : end;
    *end = '\0';
    size_t k = 0;
    while (k < FT_CONSOLE_PARAMS && call->command->param[k].name &&
           strcmp(call->command->param[k].name, name) != 0)
        k++;
    if (k == FT_CONSOLE_PARAMS || !call->command->param[k].name)
        return unknown_param(call, name);
    if (call->value[k]) {
        ft_console_say(s, FT_CONSOLE_TEXT(s, "-%s is given twice", "参数 -%s 重复"), name);
        return -1;
    }
    call->value[k] = value;
    return 0;
}

static int take_params(struct ft_console_call *call, char *at)
{
    struct ft_console_session *s = call->session;
    while (*(at += strspn(at, " ")))
        if (take_param(call, &at))
            return -1;
    for (size_t k = 0; k < FT_CONSOLE_PARAMS && call->command->param[k].name; k++) {
        const struct ft_console_param *p = &call->command->param[k];
        if (p->needed && (!call->value[k] || !*call->value[k])) {
            ft_console_say(s, FT_CONSOLE_TEXT(s, "%s needs -%s=VALUE", "%s 缺少参数 -%s="),
                           call->command->name, p->name);
            return -1;
        }
    }
    return 0;
}

/* Counts the call. -1: there were too many, said. */
static int within_limit(struct ft_console_call *call)
{
    struct ft_console_session *s = call->session;
    const struct ft_console *c = s->console;
    struct ft_window *w = c->window[call->command - c->command];
    if (!w || !c->limits)
        return 0;
    if (ft_window_has_room(w, s->now_ns)) {
        ft_window_take(w, s->now_ns);
        return 0;
    }
    unsigned long long wait_s = (w->at_ns[w->next] + w->span_ns - s->now_ns) / 1000000000 + 1;
    ft_console_say(s, FT_CONSOLE_TEXT(s, "%s is limited to %u in %u seconds: try again in %llu seconds",
                                      "%1$s 频率限制：%3$u 秒内最多 %2$u 次，请 %4$llu 秒后再试"),
                   call->command->name, call->command->limit, call->command->span_s,
                   wait_s);
    return -1;
}

static void run_line(struct ft_console_session *s, char *text)
{
    char *at = text, *name = next_word(&at);
    if (!name)
        return;
    struct ft_console_call call = {.session = s, .command = ft_console_find(s->console, name)};
    if (!call.command) {
        ft_console_say(s, FT_CONSOLE_TEXT(s, "%.64s is no command: \"help\" lists them",
                                          "没有命令 %.64s：help 列出全部命令"), name);
        return;
    }
    if (take_params(&call, at) || within_limit(&call))
        return;
    if (s->console->about_to_run)
        s->console->about_to_run(&call);
    call.command->run(&call);
}

static void on_line(struct ft_console_session *s)
{
    enum { UTF8_MAX = FT_LINE_MAX * 3 / 2 + 1 }; /* two bytes of GB2312 are three of UTF-8 */
    const struct ft_line_reader *r = &s->lines;
    char text[UTF8_MAX];
    s->answer_at = ft_buf_len(&s->out);
    if (r->overlong)
        ft_console_say(s, FT_CONSOLE_TEXT(s, "the line is longer than %d bytes", "命令超过 %d 字节"),
                       FT_LINE_MAX);
    else if (ft_charset_read(&s->console->gb2312, s->charset, r->text, r->len, text, sizeof text))
        ft_console_say(s, FT_CONSOLE_TEXT(s, "the line is not text in %s", "命令不是 %s 编码的文本"),
                       s->charset == FT_CHARSET_UTF8 ? "UTF-8" : "GB2312");
    else
        run_line(s, text);
    if (!s->deferred)
        seal(s);
}

/* ---- Sessions --------------------------------------------------------------------------------- */

void ft_console_session_init(struct ft_console_session *s, struct ft_console *c,
                             enum ft_charset charset, bool telnet)
{
    *s = (struct ft_console_session){.console = c, .charset = charset};
    ft_line_reader_init(&s->lines, telnet);
    ft_buf_init(&s->in, FT_CONSOLE_READ);
    /* What commands before it have left, and one whole answer. */
    ft_buf_init(&s->out, FT_CONSOLE_OUT_WAIT + FT_CONSOLE_OUT_MAX);
}

void ft_console_session_done(struct ft_console_session *s)
{
    ft_buf_free(&s->in);
    ft_buf_free(&s->out);
}

static bool waits(const struct ft_console_session *s)
{
    return s->deferred || ft_buf_len(&s->out) >= FT_CONSOLE_OUT_WAIT;
}

bool ft_console_wants_input(const struct ft_console_session *s)
{
    return !waits(s) && ft_buf_len(&s->in) == 0;
}

/* Serves the lines in the bytes; returns how many bytes were taken. */
static size_t serve(struct ft_console_session *s, const uint8_t *bytes, size_t n)
{
    size_t at = 0;
    while (at < n && !waits(s)) {
        bool whole;
        at += ft_line_read(&s->lines, bytes + at, n - at, &whole);
        if (whole)
            on_line(s);
    }
    return at;
}

int ft_console_feed(struct ft_console_session *s, const uint8_t *bytes, size_t n, uint64_t now_ns)
{
    FT_CHECK(n <= FT_CONSOLE_READ && ft_console_wants_input(s));
    s->now_ns = now_ns;
    size_t used = serve(s, bytes, n);
    return used < n ? ft_buf_append(&s->in, bytes + used, n - used) : 0;
}

void ft_console_pump(struct ft_console_session *s, uint64_t now_ns)
{
    s->now_ns = now_ns;
    if (ft_buf_len(&s->in))
        ft_buf_consume(&s->in, serve(s, ft_buf_head(&s->in), ft_buf_len(&s->in)));
    ft_buf_trim(&s->in, 0);
}

const char *ft_console_value(const struct ft_console_call *call, const char *name)
{
    for (size_t k = 0; k < FT_CONSOLE_PARAMS && call->command->param[k].name; k++)
        if (strcmp(call->command->param[k].name, name) == 0)
            return call->value[k];
    FT_CHECK(!"a parameter that the command does not declare");
    return NULL;
}

void ft_console_defer(struct ft_console_session *s)
{
    FT_CHECK(!s->deferred);
    s->deferred = true;
}

void ft_console_finish(struct ft_console_session *s, uint64_t now_ns)
{
    FT_CHECK(s->deferred);
    s->deferred = false;
    seal(s);
    ft_console_pump(s, now_ns);
}

void ft_console_take_back(struct ft_console_session *s)
{
    FT_CHECK(s->deferred);
    s->out.tail = s->out.head + s->answer_at;
    s->cut = false;
}

/* ---- help ------------------------------------------------------------------------------------- */

static void help_on(struct ft_console_session *s, const struct ft_console_command *command)
{
    char usage[256];
    size_t len = (size_t)snprintf(usage, sizeof usage, "%s", command->name);
    for (size_t k = 0; k < FT_CONSOLE_PARAMS && command->param[k].name && len < sizeof usage; k++)
        len += (size_t)snprintf(usage + len, sizeof usage - len,
                                command->param[k].needed ? " -%s=VALUE" : " [-%s=VALUE]",
                                command->param[k].name);
    ft_console_say(s, "%s", usage);
    ft_console_say(s, "  %s", FT_CONSOLE_TEXT(s, command->en, command->chs));
    for (size_t k = 0; k < FT_CONSOLE_PARAMS && command->param[k].name; k++)
        ft_console_say(s, "  -%s: %s", command->param[k].name,
                       FT_CONSOLE_TEXT(s, command->param[k].en, command->param[k].chs));
    if (command->limit)
        ft_console_say(s, FT_CONSOLE_TEXT(s, "  at most %u times in %u seconds",
                                          "  %2$u 秒内最多 %1$u 次"),
                       command->limit, command->span_s);
}

void ft_console_help(struct ft_console_call *call)
{
    struct ft_console_session *s = call->session;
    const struct ft_console *c = s->console;
    const char *name = ft_console_value(call, "cmd");
    if (!name || !*name) {
        for (size_t k = 0; k < c->count; k++)
            ft_console_say(s, "%-28s %s", c->command[k].name,
                           FT_CONSOLE_TEXT(s, c->command[k].en, c->command[k].chs));
        return;
    }
    const struct ft_console_command *command = ft_console_find(c, name);
    if (command)
        help_on(s, command);
    else
        ft_console_say(s, FT_CONSOLE_TEXT(s, "%.64s is no command: \"help\" lists them",
                                          "没有命令 %.64s：help 列出全部命令"), name);
}
