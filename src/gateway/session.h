/* InitConnect: what a connection becomes by it (spec platform.md 4.6, 5.1, 6.1). */
#ifndef FT_GATEWAY_SESSION_H
#define FT_GATEWAY_SESSION_H

#include "gateway/dispatch.h"

/* Random, not in use, 1 to 2^63 - 1: the Python client keys its AES state by it across several
 * gateways in one process-wide map (platform.md 4.6). */
uint64_t ft_session_new_id(struct ft_gateway *gw);

/* Handler of protocol 1001. */
void ft_handle_init_connect(struct ft_gateway *gw, struct ft_request *req);

/* The same for a WebSocket client, whose Init was answered (platform.md 9.3). */
void ft_session_open_relay(struct ft_conn *c, const char *client_id, const char *language);

/* Lets held-back pushes go: the first request proves that the client is ready, else a delay. */
void ft_session_push_ready(struct ft_conn *c);
/* Timer: connections whose delay is over. */
void ft_session_first_push_due(struct ft_gateway *gw);

#endif
