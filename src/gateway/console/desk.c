#include "gateway/console/desk.h"

#include "base/log.h"
#include "gateway/trade.h"

#include <stdio.h>
#include <stdlib.h>

void ft_operator_begin(struct ft_operator *o, struct ft_operator_desk *d, enum ft_charset charset,
                       bool telnet, void (*kick)(struct ft_operator *o))
{
    ft_console_session_init(&o->session, &d->console, charset, telnet);
    o->session.user = o;
    o->kick = kick;
    o->wait = FT_WAIT_NONE;
    ft_list_init(&o->by_desk);
    ft_list_push(&d->operators, &o->by_desk);
}

void ft_operator_end(struct ft_operator *o)
{
    ft_list_del(&o->by_desk);
    ft_console_session_done(&o->session);
}

/* The vendor's encoding must be there when Chinese is to be told in it. */
static int need_gb2312(struct ft_operator_desk *d, struct ft_err *err)
{
    const struct ft_config *c = &d->gw->config;
    if (ft_gb2312_open(&d->console.gb2312) || c->telnet_port == FT_PORT_OFF || c->console_utf8 ||
        c->lang == FT_LANG_EN)
        return 0;
    return ft_err_set(err, FT_EUNSUPPORTED,
                      "console_encoding=gb2312: this system cannot convert to GB2312 (glibc's gconv "
                      "modules are missing); console_encoding=utf-8 or lang=en does without");
}

/* Without values: there are passwords among them. */
static void log_command(struct ft_console_call *call)
{
    const struct ft_operator *o = call->session->user;
    ft_info("event=command operator=%s name=%s", o->name, call->command->name);
}

int ft_desk_start(struct ft_gateway *gw, struct ft_err *err)
{
    struct ft_operator_desk *d = gw->desk = calloc(1, sizeof *d);
    if (!d)
        return ft_err_set(err, FT_ENOMEM, "no memory for the operation console");
    d->gw = gw;
    ft_list_init(&d->operators);
    ft_console_init(&d->console, d, gw->config.lang == FT_LANG_EN, gw->config.limits);
    d->console.about_to_run = log_command;
    if (ft_commands_add(&d->console))
        return ft_err_set(err, FT_ENOMEM, "no memory for the operation console");
    if (need_gb2312(d, err))
        return -1;
    if (gw->config.telnet_port != FT_PORT_OFF && ft_telnet_start(d, err))
        return -1;
    if (gw->config.console)
        ft_stdio_start(d);
    return 0;
}

void ft_desk_banner(const struct ft_gateway *gw)
{
    if (gw->desk->telnet)
        printf("listening on %s:%d (console)\n", gw->config.telnet_ip,
               ft_telnet_port(gw->desk->telnet));
}

/* Whether what the operator waits for has come; the rest of his answer is said. */
static bool settle(struct ft_operator_desk *d, struct ft_operator *o)
{
    struct ft_gateway *gw = d->gw;
    struct ft_console_session *s = &o->session;
    switch (o->wait) {
    case FT_WAIT_NONE: return false;
    case FT_WAIT_DISK:
        if (gw->trade->failed) {
            ft_console_take_back(s);
            ft_console_say(s, FT_TEXT(gw, "not stored, so that nothing can be promised: %s",
                                      "数据未能落盘，结果不作保证：%s"), gw->trade->failure);
            return true;
        }
        return ft_gate_passes(&gw->trade->gate, o->turn);
    case FT_WAIT_TURN:
        ft_console_say(s, FT_TEXT(gw, "latency %.3f ms: the backend is this process, so that a whole "
                                      "turn of its loop was measured",
                                  "延迟 %.3f 毫秒：后端即本进程，所测为事件循环的完整一轮"),
                       (double)(uv_hrtime() - o->began_ns) / 1e6);
        return true;
    case FT_WAIT_CLOCK: return !ft_market_is_jumping(gw);
    }
    return false;
}

bool ft_desk_turn(struct ft_gateway *gw)
{
    struct ft_operator_desk *d = gw->desk;
    bool some = false;
    if (!d)
        return false;
    for (struct ft_list *n = d->operators.next, *next; n != &d->operators; n = next) {
        struct ft_operator *o = ft_container_of(n, struct ft_operator, by_desk);
        next = n->next; /* a kick can end this operator, no other one */
        if (!settle(d, o))
            continue;
        some = true;
        o->wait = FT_WAIT_NONE;
        ft_console_finish(&o->session, uv_hrtime());
        o->kick(o);
    }
    if (d->exit) {
        d->exit = false;
        ft_info("event=exit reason=\"asked for at the console\"");
        ft_gateway_stop(gw);
    }
    return some;
}

void ft_desk_tick(struct ft_gateway *gw)
{
    struct ft_operator_desk *d = gw->desk;
    if (d && d->telnet)
        ft_telnet_tick(d->telnet);
    if (d && d->stdio)
        ft_stdio_tick(d->stdio);
}

void ft_desk_stop(struct ft_gateway *gw)
{
    struct ft_operator_desk *d = gw->desk;
    if (d && d->telnet)
        ft_telnet_stop(d->telnet);
    if (d && d->stdio)
        ft_stdio_stop(d->stdio);
}

void ft_desk_free(struct ft_gateway *gw)
{
    struct ft_operator_desk *d = gw->desk;
    if (!d)
        return;
    if (d->telnet)
        ft_telnet_free(d->telnet);
    if (d->stdio)
        ft_stdio_free(d->stdio);
    ft_console_done(&d->console);
    free(d);
    gw->desk = NULL;
}
