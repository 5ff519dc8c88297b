/* A TCP listener that is up only while what connects can be served: real clients retry a refused TCP
 * connection for ever, but are ruined by a refused InitConnect (platform.md 4.6).
 *
 * Life: ft_listener_open -> close and open again, by ft_listener_want -> ft_listener_close; the struct
 * belongs to the caller and stays until the loop has run the close callback. */
#ifndef FT_GATEWAY_LISTENER_H
#define FT_GATEWAY_LISTENER_H

#include "base/err.h"

#include <stdbool.h>
#include <uv.h>

struct ft_listener;
struct ft_login;
struct ft_rsa;
/* One connection is there: uv_accept it from l->handle. */
typedef void ft_listener_accept(struct ft_listener *l);

struct ft_listener {
    uv_tcp_t handle;
    const char *what; /* for messages, as "api" of the keys api_ip and api_port */
    const char *ip;   /* lives as long as the listener */
    int port;         /* 0 before the first opening: any free one; then the actual one, kept */
    bool local;       /* ip is a loopback address */
    struct ft_login *login; /* whose connections come through it; NULL: the client ID tells */
    struct ft_rsa *rsa;     /* a key of its own; NULL: the gateway's */
    ft_listener_accept *accept;
    void *user;
    bool open;
    bool wanted;  /* open again once the close callback has come */
    bool closing; /* the close callback is still to come */
};

bool ft_ip_is_loopback(const char *ip);

/* Opens it on the loop; on the first call the port is chosen and told. -1 with a reason that names the
 * keys. */
int ft_listener_open(struct ft_listener *l, uv_loop_t *loop, struct ft_err *err);
/* Takes it down; idempotent. */
void ft_listener_close(struct ft_listener *l);
/* Opens or closes one that was open once; a failure to open is told and tried again with the next call. */
void ft_listener_want(struct ft_listener *l, bool open);

#endif
