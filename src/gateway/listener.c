/* The TCP listener. It is up only while InitConnect can be answered: real clients retry a refused
 * TCP connection for ever, but are ruined by a refused InitConnect (spec platform.md 4.6). */
#include "gateway/conn.h"

#include "base/log.h"

#include <string.h>

enum { BACKLOG = 128 };

static void on_connection(uv_stream_t *server, int status)
{
    struct ft_gateway *gw = server->data;
    if (status < 0) {
        ft_warn("event=accept outcome=\"%s\"", uv_strerror(status));
        return;
    }
    if (gw->listening)
        ft_conn_accept(gw, server);
}

static int resolve(struct ft_gateway *gw, struct sockaddr_storage *addr, struct ft_err *err)
{
    const char *ip = gw->config.api_ip;
    if (uv_ip4_addr(ip, gw->port, (struct sockaddr_in *)addr) &&
        uv_ip6_addr(ip, gw->port, (struct sockaddr_in6 *)addr))
        return ft_err_set(err, FT_EINVAL, "api_ip=%s: an IP address is needed", ip);
    return 0;
}

static int learn_port(struct ft_gateway *gw)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    if (uv_tcp_getsockname(&gw->listener, (struct sockaddr *)&addr, &len))
        return -1;
    gw->port = ntohs(addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&addr)->sin6_port
                                                : ((struct sockaddr_in *)&addr)->sin_port);
    return 0;
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct ft_gateway *gw = handle->data;
    gw->listener_closing = false;
    ft_listener_adjust(gw); /* room may have come back while the handle was closing */
}

int ft_listener_open(struct ft_gateway *gw, struct ft_err *err)
{
    struct sockaddr_storage addr;
    if (resolve(gw, &addr, err))
        return -1;
    uv_tcp_init(gw->loop, &gw->listener);
    gw->listener.data = gw;
    gw->listening = true;
    int rc = uv_tcp_bind(&gw->listener, (struct sockaddr *)&addr, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&gw->listener, BACKLOG, on_connection);
    if (rc == 0 && learn_port(gw))
        rc = UV_EINVAL;
    if (rc) {
        ft_listener_close(gw);
        return ft_err_set(err, FT_EIO, "cannot listen on api_ip=%s api_port=%d: %s",
                          gw->config.api_ip, gw->port, uv_strerror(rc));
    }
    ft_info("event=listen address=%s:%d connections=%zu", gw->config.api_ip, gw->port,
            gw->place_count);
    return 0;
}

void ft_listener_close(struct ft_gateway *gw)
{
    if (!gw->listening)
        return;
    gw->listening = false;
    gw->listener_closing = true;
    uv_close((uv_handle_t *)&gw->listener, on_listener_closed);
}

void ft_listener_adjust(struct ft_gateway *gw)
{
    bool want = !gw->stopping && gw->place_count < (size_t)gw->config.max_connections;
    if (gw->listening && !want) {
        ft_info("event=unlisten connections=%zu reason=\"%s\"", gw->place_count,
                gw->stopping ? "stopping" : "full");
        ft_listener_close(gw);
    } else if (!gw->listening && want && !gw->listener_closing && gw->port) {
        struct ft_err err = {0};
        if (ft_listener_open(gw, &err))
            ft_error("event=listen outcome=\"%s\", tried again every second", err.text);
    }
}
