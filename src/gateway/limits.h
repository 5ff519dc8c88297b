/* Rate limits of the protocol table: n accepted requests in any 30 seconds (platform.md 12.5).
 * A request that fails does not count; one beyond the limit is refused, nothing is queued. */
#ifndef FT_GATEWAY_LIMITS_H
#define FT_GATEWAY_LIMITS_H

#include "wire/protocol.h"

#include <stdint.h>

struct ft_limits {
    struct ft_limit_ring **rings; /* by ft_protocol_index; NULL until the first request */
};

int ft_limits_init(struct ft_limits *l);
void ft_limits_free(struct ft_limits *l);

/* Milliseconds until the next request is accepted; 0: now. Rows without a limit, and rows that are
 * counted by trading account (the broker's), always are. */
uint64_t ft_limits_wait_ms(const struct ft_limits *l, const struct ft_protocol *p, uint64_t now_ms);
/* Counts one. Without memory for a ring nothing is counted. */
void ft_limits_count(struct ft_limits *l, const struct ft_protocol *p, uint64_t now_ms);

#endif
