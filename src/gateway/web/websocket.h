/* The WebSocket API (platform.md 9): relay messages in WebSocket frames (RFC 6455, by wslay). */
#ifndef FT_GATEWAY_WEB_WEBSOCKET_H
#define FT_GATEWAY_WEB_WEBSOCKET_H

#include "gateway/conn.h"

extern const struct ft_framing ft_relay_framing;

/* A connection whose upgrade has just been answered goes on as a WebSocket. -1: no memory. */
int ft_ws_begin(struct ft_conn *c);

#endif
