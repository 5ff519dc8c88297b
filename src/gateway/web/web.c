#include "gateway/web/web.h"

#include "base/log.h"
#include "gateway/web/http.h"
#include "gateway/web/tls.h"

enum { HTTP_CONNECTIONS_MAX = 64 };

/* Records that wait: what one flush seals (conn_out.c), which is at most all output, and their overhead. */
static size_t sealed_max(const struct ft_gateway *gw)
{
    return (size_t)gw->config.output_limit + (size_t)gw->config.output_limit / 64 + (512 << 10);
}

static void accept_websocket(struct ft_listener *l)
{
    struct ft_gateway *gw = l->user;
    struct ft_conn *c = ft_conn_accept(gw, l, &ft_http_framing, true);
    if (!c)
        return;
    if (gw->web.tls)
        c->tls = ft_tls_new(gw->web.tls, sealed_max(gw));
    if ((gw->web.tls && !c->tls) || ft_http_begin(c))
        ft_conn_close(c, true, "no memory");
}

static void accept_http(struct ft_listener *l)
{
    struct ft_gateway *gw = l->user;
    struct ft_conn *c = ft_conn_accept(gw, l, &ft_http_framing, false);
    if (c && ft_http_begin(c))
        ft_conn_close(c, true, "no memory");
    ft_gateway_adjust_listeners(gw);
}

static int start_websocket(struct ft_gateway *gw, struct ft_err *err)
{
    struct ft_web *w = &gw->web;
    const struct ft_config *k = &gw->config;
    if (!k->websocket_cert[0] != !k->websocket_private_key[0])
        return ft_err_set(err, FT_EINVAL, "%s is missing: websocket_cert and websocket_private_key go "
                                          "together, or neither",
                          k->websocket_cert[0] ? "websocket_private_key" : "websocket_cert");
    if (k->websocket_cert[0]) {
        w->tls = ft_tls_context_new(k->websocket_cert, k->websocket_private_key, err);
        if (!w->tls)
            return -1;
    }
    w->websocket = (struct ft_listener){.what = "websocket", .ip = k->websocket_ip,
                                        .port = (int)k->websocket_port,
                                        .accept = accept_websocket, .user = gw};
    if (!w->tls && !ft_ip_is_loopback(k->websocket_ip)) {
        snprintf(w->websocket_off, sizeof w->websocket_off,
                 FT_TEXT(gw, "websocket_ip=%s is not local, so that websocket_cert and "
                             "websocket_private_key are needed",
                         "websocket_ip=%s 不是本地地址，需要配置 websocket_cert 和 websocket_private_key"),
                 k->websocket_ip);
        ft_error("event=listen service=websocket outcome=\"not started: %s\"", w->websocket_off);
        return 0;
    }
    w->websocket_on = true;
    return ft_listener_open(&w->websocket, gw->loop, err);
}

int ft_web_start(struct ft_gateway *gw, struct ft_err *err)
{
    struct ft_web *w = &gw->web;
    if (gw->config.websocket_port >= 0 && start_websocket(gw, err))
        return -1;
    if (gw->config.http_port < 0)
        return 0;
    w->http = (struct ft_listener){.what = "http", .ip = gw->config.http_ip,
                                   .port = (int)gw->config.http_port, .accept = accept_http,
                                   .user = gw};
    w->http_on = true;
    return ft_listener_open(&w->http, gw->loop, err);
}

void ft_web_adjust_listeners(struct ft_gateway *gw, bool room)
{
    struct ft_web *w = &gw->web;
    if (w->websocket_on)
        ft_listener_want(&w->websocket, room);
    if (w->http_on)
        ft_listener_want(&w->http, !gw->stopping && w->http_count < HTTP_CONNECTIONS_MAX);
}

void ft_web_close(struct ft_gateway *gw)
{
    struct ft_web *w = &gw->web;
    if (w->websocket_on)
        ft_listener_close(&w->websocket);
    if (w->http_on)
        ft_listener_close(&w->http);
}

void ft_web_free(struct ft_gateway *gw)
{
    ft_tls_context_free(gw->web.tls);
    gw->web.tls = NULL;
}

void ft_web_banner(const struct ft_gateway *gw, FILE *out)
{
    const struct ft_web *w = &gw->web;
    if (w->websocket_on)
        fprintf(out, "listening on %s:%d (WebSocket%s)\n", w->websocket.ip, w->websocket.port,
                w->tls ? ", TLS" : "");
    else if (w->websocket_off[0])
        fprintf(out, FT_TEXT(gw, "WebSocket is not started: %s\n", "WebSocket 未启动：%s\n"),
                w->websocket_off);
    if (w->http_on)
        fprintf(out, "listening on %s:%d (HTTP)\n", w->http.ip, w->http.port);
}
