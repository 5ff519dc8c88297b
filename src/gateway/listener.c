#include "gateway/listener.h"

#include "base/log.h"

#include <string.h>

enum { BACKLOG = 128 };

static void on_connection(uv_stream_t *server, int status)
{
    struct ft_listener *l = server->data;
    if (status < 0) {
        ft_warn("event=accept outcome=\"%s\"", uv_strerror(status));
        return;
    }
    if (l->open)
        l->accept(l);
}

bool ft_ip_is_loopback(const char *ip)
{
    return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0;
}

static int resolve(struct ft_listener *l, struct sockaddr_storage *addr, struct ft_err *err)
{
    if (uv_ip4_addr(l->ip, l->port, (struct sockaddr_in *)addr) &&
        uv_ip6_addr(l->ip, l->port, (struct sockaddr_in6 *)addr))
        return ft_err_set(err, FT_EINVAL, "%s_ip=%s: an IP address is needed", l->what, l->ip);
    return 0;
}

static int learn_port(struct ft_listener *l)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    if (uv_tcp_getsockname(&l->handle, (struct sockaddr *)&addr, &len))
        return -1;
    l->port = ntohs(addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&addr)->sin6_port
                                               : ((struct sockaddr_in *)&addr)->sin_port);
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct ft_listener *l = handle->data;
    l->closing = false;
    ft_listener_want(l, l->wanted); /* room may have come back while the handle was closing */
}

int ft_listener_open(struct ft_listener *l, uv_loop_t *loop, struct ft_err *err)
{
    struct sockaddr_storage addr;
    if (resolve(l, &addr, err))
        return -1;
    l->local = ft_ip_is_loopback(l->ip);
    uv_tcp_init(loop, &l->handle);
    l->handle.data = l;
    l->open = l->wanted = true;
    int rc = uv_tcp_bind(&l->handle, (struct sockaddr *)&addr, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&l->handle, BACKLOG, on_connection);
    if (rc == 0 && learn_port(l))
        rc = UV_EINVAL;
    if (rc) {
        ft_listener_close(l);
        return ft_err_set(err, FT_EIO, "cannot listen on %s_ip=%s %s_port=%d: %s", l->what, l->ip,
                          l->what, l->port, uv_strerror(rc));
    }
    ft_info("event=listen service=%s address=%s:%d", l->what, l->ip, l->port);
    return 0;
}

void ft_listener_close(struct ft_listener *l)
{
    l->wanted = false;
    if (!l->open)
        return;
    l->open = false;
    l->closing = true;
    uv_close((uv_handle_t *)&l->handle, on_closed);
}

void ft_listener_want(struct ft_listener *l, bool open)
{
    if (l->open && !open) {
        ft_info("event=unlisten service=%s", l->what);
        ft_listener_close(l);
    }
    l->wanted = open;
    if (l->open || !open || l->closing || !l->port)
        return;
    struct ft_err err = {0};
    if (ft_listener_open(l, l->handle.loop, &err))
        ft_error("event=listen outcome=\"%s\", tried again every second", err.text);
    l->wanted = true;
}
