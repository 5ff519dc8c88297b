/* Latency figures of the running gateway, for GetDelayStatistics (spec platform.md 5.6) and the
 * console. Times are handed in; figures are cleared daily at 06:00 Beijing time. */
#ifndef FT_GATEWAY_DELAY_H
#define FT_GATEWAY_DELAY_H

#include "wire/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_delay_row {
    uint64_t count;
    uint64_t total_ns; /* received by the process -> reply handed to the connection */
};

enum { FT_DELAY_ORDERS = 100 };
struct ft_delay_order {
    uint64_t id;
    uint64_t ns; /* as total_ns, of the request that placed it */
};

/* The pushes whose latency is kept: basic quote, ticker, order book, broker queue, in the order of
 * QotPushType less one. */
enum { FT_DELAY_PUSHES = 4, FT_DELAY_MS_MAX = 5000 };

struct ft_delay_push {
    uint64_t count;
    uint64_t total_ns;                  /* the world had it -> handed to a connection */
    uint32_t by_ms[FT_DELAY_MS_MAX + 1]; /* of how many whole milliseconds; the last: that or more */
};

struct ft_delay {
    struct ft_delay_row *rows; /* one a protocol, in the order of ft_protocols */
    uint64_t mark_ns;          /* when the bytes under work arrived, or the last reply was ready */
    struct ft_delay_order order[FT_DELAY_ORDERS]; /* the last ones that were placed, as a ring */
    size_t orders;             /* placed since the reset; the ring has the last FT_DELAY_ORDERS */
    struct ft_delay_push *pushes; /* FT_DELAY_PUSHES */
    uint64_t stepped_ns;       /* first step of the world since its events were pushed; 0: none */
    int64_t day;               /* days since the epoch, in the zone and hour of the daily reset */
};

int ft_delay_init(struct ft_delay *d);
void ft_delay_free(struct ft_delay *d);

/* Bytes arrived at `now_ns` (monotonic). */
void ft_delay_turn_begins(struct ft_delay *d, uint64_t now_ns);
/* A request was answered; NULL: of an unknown protocol, not counted. Returns what it took: for the
 * second of two requests that arrived together, the time since the first was answered. */
uint64_t ft_delay_request(struct ft_delay *d, const struct ft_protocol *p, uint64_t now_ns);
/* Counts a request that took `ns` in the figures of its login. */
void ft_delay_count(struct ft_delay *d, const struct ft_protocol *p, uint64_t ns);
/* The request that took `ns` has placed an order. */
void ft_delay_order_placed(struct ft_delay *d, uint64_t id, uint64_t ns);
/* The world was stepped at `now_ns`: what it brought has yet to be pushed. */
void ft_delay_stepped(struct ft_delay *d, uint64_t now_ns);
/* Everything that the world brought has been handed to the connections. */
void ft_delay_pushed_all(struct ft_delay *d);
/* A push that was made at `now_ns` was handed to one connection; other protocols than the four are passed over.
 * `own`: figures of its login, where it is counted too; NULL: none. */
void ft_delay_push(struct ft_delay *d, struct ft_delay *own, uint32_t proto_id, uint64_t now_ns);
/* Pushes that took from `from_ms` to less than `to_ms` (-1: without end). */
uint64_t ft_delay_pushes_between(const struct ft_delay_push *p, int32_t from_ms, int32_t to_ms);
/* Clears everything when 06:00 Beijing time has passed since the last call. */
void ft_delay_daily_reset(struct ft_delay *d, int64_t unix_seconds);

/* Whether the bucket borders keep the allowed granularity: ascending, at least 1 ms apart below
 * 100, 50 below 1000, 500 below 5000, nothing above but -1 for infinity at the end. */
bool ft_delay_segments_ok(const int32_t *ms, size_t n);

#endif
