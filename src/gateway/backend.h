/* The links behind the gateway, as the vendor's OpenD has them: to the quote servers and to the trade
 * servers. Here both are this process. The trade link is down once the store has failed, since nothing
 * can be traded then; the quote link goes down by the operation disconnect_backend, so that a strategy
 * can be tried against it: no pushes, what has to be asked of the servers fails, and afterwards up to 50
 * missed ticks come as ByDisConn (platform.md 8.10). What OpenD answers from its own cache (subscribed
 * data, orders, funds) it still answers. Notify ConnStatus tells of every change. */
#ifndef FT_GATEWAY_BACKEND_H
#define FT_GATEWAY_BACKEND_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_gateway;
struct ft_request;

enum { FT_BACKEND_TICKS = 50, FT_BACKEND_DOWN_MAX_S = 3600 };

struct ft_backend {
    bool quotes_down;
    uint64_t until_ms;          /* loop time of the end */
    bool told_quotes, told_trade;
    int program_status;         /* Common.ProgramStatusType */
};

void ft_backend_init(struct ft_gateway *gw);
bool ft_backend_has_quotes(const struct ft_gateway *gw);
bool ft_backend_has_trade(const struct ft_gateway *gw);
/* Cuts the quote link for some seconds. -1 with a reason. */
int ft_backend_disconnect(struct ft_gateway *gw, int64_t seconds, struct ft_err *err);
/* Another program status (a word of the Python client, as READY), told with Notify ProgramStatus. */
int ft_backend_set_program(struct ft_gateway *gw, const char *word, struct ft_err *err);
/* Whether the quote link is up; else an error is answered. */
bool ft_backend_need_quotes(struct ft_gateway *gw, struct ft_request *req);
/* Whether the request can be answered now; else an error is answered. */
bool ft_backend_serves(struct ft_gateway *gw, struct ft_request *req);
/* Once a second, and when a status may have changed: ends what is over, tells of changes. */
void ft_backend_tick(struct ft_gateway *gw);

#endif
