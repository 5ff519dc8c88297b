/* Watch-list groups: made and deleted by the vendor's apps, and here by test commands (operations.c),
 * since the API has no call for it. */
#ifndef FT_GATEWAY_WATCHLIST_H
#define FT_GATEWAY_WATCHLIST_H

#include "gateway/gateway.h"

/* A further custom group of the login, at the end. On disk when it returns 0; -1 with a reason in the gateway's
 * language. Names may come twice, but not those of system groups. */
int ft_watchlist_add_group(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                           struct ft_err *err);
/* The first custom group of this name. */
int ft_watchlist_delete_group(struct ft_gateway *gw, const struct ft_login *login, const char *name,
                           struct ft_err *err);

#endif
