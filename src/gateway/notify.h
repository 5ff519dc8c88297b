/* Protocol 1003: what the gateway tells its clients about itself (spec platform.md 5.7). */
#ifndef FT_GATEWAY_NOTIFY_H
#define FT_GATEWAY_NOTIFY_H

#include "gateway/conn.h"

/* State of the gateway as it is, to a connection that asked for notices and is ready for pushes:
 * program status, connection status, quote rights, quotas. Their order is not specified. */
void ft_notify_welcome(struct ft_conn *c);

#endif
