/* What has been counted since the start, for /metrics: only ever growing, while the figures of delay.h are
 * cleared each day. */
#ifndef FT_GATEWAY_COUNTERS_H
#define FT_GATEWAY_COUNTERS_H

#include "wire/protocol.h"

#include <stdint.h>

/* Upper borders of the buckets of request times, in us; beyond the last: one more bucket. */
#define FT_COUNT_BORDERS_US                                                                        \
    {50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 1000000}
enum { FT_COUNT_BORDERS = 11, FT_COUNT_BUCKETS = FT_COUNT_BORDERS + 1 };
extern const uint32_t ft_count_borders_us[FT_COUNT_BORDERS];

struct ft_request_counter {
    uint64_t ok, failed;
    uint64_t total_ns; /* received by the process -> reply made */
    uint64_t bucket[FT_COUNT_BUCKETS];
};

struct ft_counters {
    struct ft_request_counter *requests; /* by place in ft_protocols; the last: of unknown protocols */
    uint64_t *pushes;                    /* deliveries to a connection, likewise */
    uint64_t connections;                /* ever accepted */
    uint64_t slow_readers;               /* closed since their output was full */
    uint64_t orders_placed, order_events, fills;
    int64_t started_s; /* unix time */
};

/* -1 without memory. */
int ft_counters_init(struct ft_counters *c, int64_t now_s);
void ft_counters_free(struct ft_counters *c);
/* A request was answered; `p` NULL: of no known protocol. */
void ft_counters_request(struct ft_counters *c, const struct ft_protocol *p, bool ok, uint64_t ns);

/* Where pushes of this protocol are counted. */
static inline size_t ft_counters_row(uint32_t proto_id)
{
    const struct ft_protocol *p = ft_protocol_find(proto_id);
    return p ? ft_protocol_index(p) : ft_protocols_count;
}

#endif
