/* The use of the history quota (quote-realtime.md 2.4): one unit for each distinct security in 30 days,
 * kept in the store. Times are the world's. */
#ifndef FT_GATEWAY_HISTORY_QUOTA_H
#define FT_GATEWAY_HISTORY_QUOTA_H

#include "base/err.h"
#include "market/instrument.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_gateway;
struct ft_login;
struct ft_request;

enum { FT_HISTORY_USES_MAX = 2000 }; /* the top tier of platform.md 12.1 */

/* Securities whose history a login asked for in the last 30 days. */
struct ft_history_uses {
    size_t count;
    ft_inst inst[FT_HISTORY_USES_MAX];
    int64_t first_s[FT_HISTORY_USES_MAX], last_s[FT_HISTORY_USES_MAX]; /* world time, seconds */
    bool changed; /* times of a last use that are not on disk yet */
};

/* Reads what every login has used. -1 with a reason. */
int ft_history_quota_start(struct ft_gateway *gw, struct ft_err *err);
/* Takes a unit if the security has none, on disk before the reply. False: an error was answered. */
bool ft_history_quota_use(struct ft_gateway *gw, struct ft_request *req,
                          const struct ft_instrument *inst);
/* What the login uses now: units that are over are given back. */
const struct ft_history_uses *ft_history_quota_now(struct ft_gateway *gw, struct ft_login *l);
/* Once a second; at a stop: writes the times of last uses, which may be some seconds behind after a
 * kill, since not every page of history is worth a sync. */
void ft_history_quota_tick(struct ft_gateway *gw);
void ft_history_quota_save(struct ft_gateway *gw);

#endif
