/* The WebSocket handshake in the headers of a request (RFC 6455, 4.2). No I/O. */
#ifndef FT_GATEWAY_WEB_WS_OFFER_H
#define FT_GATEWAY_WEB_WS_OFFER_H

#include <stdbool.h>

enum { FT_WS_KEY_LEN = 24, FT_WS_ACCEPT_MAX = 32 };

/* Zeroed: nothing offered. */
struct ft_ws_offer {
    bool upgrade;    /* Upgrade: websocket */
    bool connection; /* Connection: Upgrade */
    bool version;    /* Sec-WebSocket-Version: 13 */
    char key[FT_WS_KEY_LEN + 1]; /* empty: none, or of another length */
};

/* Takes one header in; others than those of the handshake are passed over. */
void ft_ws_offer_header(struct ft_ws_offer *o, const char *name, const char *value);

enum ft_ws_verdict { FT_WS_GOOD, FT_WS_BAD, FT_WS_OTHER_VERSION };
/* Whether the handshake is complete; then `accept` has the value of Sec-WebSocket-Accept. */
enum ft_ws_verdict ft_ws_offer_check(const struct ft_ws_offer *o, bool is_get,
                                     char accept[FT_WS_ACCEPT_MAX]);

#endif
