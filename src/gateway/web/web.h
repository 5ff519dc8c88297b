/* The services that begin with HTTP: the WebSocket API (platform.md 9), and plain HTTP on a port of its
 * own. Both are off unless configured. */
#ifndef FT_GATEWAY_WEB_WEB_H
#define FT_GATEWAY_WEB_WEB_H

#include "gateway/config.h"
#include "gateway/listener.h"

#include <stdio.h>

struct ft_gateway;
struct ft_tls_context;

struct ft_web {
    struct ft_listener websocket, http;
    bool websocket_on, http_on; /* listening, or down because they are full */
    struct ft_tls_context *tls; /* of the WebSocket; NULL: plain */
    char websocket_off[256];    /* why it was configured and does not run; empty: nothing is wrong */
    size_t http_count;          /* connections of the HTTP port: they take no places */
};

/* Opens what is configured. A WebSocket that may not run (beyond loopback without TLS, platform.md 2.5)
 * is told and left out; -1 with a reason for what is wrong in the configuration. */
int ft_web_start(struct ft_gateway *gw, struct ft_err *err);
/* Opens or closes the listeners; `room`: there are places left. */
void ft_web_adjust_listeners(struct ft_gateway *gw, bool room);
void ft_web_close(struct ft_gateway *gw);
void ft_web_free(struct ft_gateway *gw);
/* The banner's lines. */
void ft_web_banner(const struct ft_gateway *gw, FILE *out);

#endif
