/* Filters of trade queries: codes, numbers, times, markets, states (trade.md 4.14). */
#ifndef FT_GATEWAY_TRADE_READ_H
#define FT_GATEWAY_TRADE_READ_H

#include "gateway/trade_edge.h"

enum ft_times { FT_TIMES_IGNORED, FT_TIMES_OPTIONAL, FT_TIMES_NEEDED };

struct ft_trade_filter {
    const TrdCommon__TrdFilterConditions *c; /* NULL: no conditions */
    int64_t begin_ms, end_ms; /* local time, inclusive; all there is by default */
    const int32_t *status;
    size_t status_count;
};

/* Reads and checks; an error that names the field and the value is answered on false. `c` may be
 * NULL. */
bool ft_trade_filter_read(struct ft_gateway *gw, struct ft_request *req,
                          const TrdCommon__TrdFilterConditions *c, const int32_t *status,
                          size_t status_count, enum ft_times times, struct ft_trade_filter *out);
bool ft_trade_filter_code(const struct ft_trade_filter *f, const char *code, int trd_market);
/* By idList and orderIDExList; either list may name it. */
bool ft_trade_filter_id(const struct ft_trade_filter *f, uint64_t id);
bool ft_trade_filter_time(const struct ft_trade_filter *f, int64_t local_ms);
/* Deleted orders are hidden unless they are asked for, by state or by ID. */
bool ft_trade_filter_status(const struct ft_trade_filter *f, int status);
/* UTC range that holds every local time of the filter, whatever the zone. */
void ft_trade_filter_utc(const struct ft_trade_filter *f, int64_t *from_ns, int64_t *to_ns);

#endif
