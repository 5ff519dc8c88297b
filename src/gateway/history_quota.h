/* The use of the history quota (quote-realtime.md 2.4): one unit for each distinct security in 30 days,
 * kept in the store. Times are the world's. */
#ifndef FT_GATEWAY_HISTORY_QUOTA_H
#define FT_GATEWAY_HISTORY_QUOTA_H

#include "gateway/dispatch.h"
#include "market/instrument.h"

/* Reads what is used. -1 with a reason. */
int ft_history_quota_start(struct ft_gateway *gw, struct ft_err *err);
/* Takes a unit if the security has none, on disk before the reply. False: an error was answered. */
bool ft_history_quota_use(struct ft_gateway *gw, struct ft_request *req,
                          const struct ft_instrument *inst);
/* What is used now: units that are over are given back. */
const struct ft_history_quota *ft_history_quota_now(struct ft_gateway *gw);
/* Once a second; at a stop: writes the times of last uses, which may be some seconds behind after a
 * kill, since not every page of history is worth a sync. */
void ft_history_quota_tick(struct ft_gateway *gw);
void ft_history_quota_save(struct ft_gateway *gw);

#endif
