/* Protocol 1003: what the gateway tells its clients about itself (spec platform.md 5.7). */
#ifndef FT_GATEWAY_NOTIFY_H
#define FT_GATEWAY_NOTIFY_H

#include "gateway/conn.h"

/* State of the gateway as it is, to a connection that asked for notices and is ready for pushes:
 * program status, connection status, quote rights, quotas. Their order is not specified. */
void ft_notify_welcome(struct ft_conn *c);

/* To everyone who has been welcomed: a connection that is not yet ready hears the newest state then. */

/* The program's or the backend's status has changed. */
void ft_notify_program(struct ft_gateway *gw);
void ft_notify_status(struct ft_gateway *gw);
/* What a login has has changed: to its own connections. */
void ft_notify_rights(struct ft_gateway *gw, const struct ft_login *login);
void ft_notify_quota(struct ft_gateway *gw, const struct ft_login *login);
void ft_notify_used(struct ft_gateway *gw, const struct ft_login *login);

#endif
