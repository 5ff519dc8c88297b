/* Figures of the gateway for Prometheus: text format 0.0.4. The names are told in docs/observability.md and
 * stay. */
#ifndef FT_GATEWAY_WEB_METRICS_H
#define FT_GATEWAY_WEB_METRICS_H

#include "gateway/gateway.h"

#define FT_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends all of them. -1: no room. */
int ft_metrics_write(struct ft_gateway *gw, struct ft_buf *out);

#endif
