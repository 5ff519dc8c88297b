/* `opend -healthcheck`: asks a running gateway whether it is well, for a container's health check. */
#ifndef FT_GATEWAY_HEALTHCHECK_H
#define FT_GATEWAY_HEALTHCHECK_H

#include "gateway/config.h"

/* GET /healthz of the configured http_ip and http_port, within five seconds; prints one line. Exit code: 0
 * well, 1 not. */
int ft_healthcheck(const struct ft_config *config);

#endif
