/* Latency figures of the running gateway, for GetDelayStatistics (spec platform.md 5.6) and the
 * console's report: one record, read by both. Times are monotonic nanoseconds and handed in; figures
 * are cleared daily at 06:00 Beijing time. docs/console.md tells people what each stage means.
 *
 * A push passes four points:
 *   SR  its oldest event happened in the simulated world, at its own time stamp
 *   SS  the step that brought this event had run: it was out of the exchange
 *   CR  the gateway took the turn's changes up to make pushes of them
 *   CS  the frames had been handed to the sockets
 * SR comes with the instrument, SS and CR are taken once a turn, CS once a round of writing: nothing is
 * measured per subscriber.
 *
 * A request passes: arrived (or the one before it on the way was answered), answered (its reply was
 * made), durable (trading: the disk has what the reply tells), written (handed to the socket). */
#ifndef FT_GATEWAY_DELAY_H
#define FT_GATEWAY_DELAY_H

#include "wire/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_delay_row {
    uint64_t count;    /* answered */
    uint64_t written;  /* of these; the sums are over them */
    uint64_t total_ns; /* arrived -> written */
    uint64_t wait_ns;  /* answered -> durable */
};

enum { FT_DELAY_ORDERS = 100 };
struct ft_delay_order {
    uint64_t id;
    uint64_t arrived_ns, answered_ns;
    uint64_t acked_ns;    /* the exchange's answer was taken in; 0: not yet */
    uint64_t durable_ns, written_ns; /* 0: not yet */
};

/* The pushes whose latency is kept: basic quote, ticker, order book, broker queue, in the order of
 * QotPushType less one. */
enum { FT_DELAY_PUSHES = 4, FT_DELAY_MS_MAX = 5000 };
/* In the order of QotPushStage less one. */
enum ft_delay_stage_kind { FT_DELAY_SR2SS, FT_DELAY_SS2CR, FT_DELAY_CR2CS, FT_DELAY_SS2CS,
                           FT_DELAY_SR2CS, FT_DELAY_STAGES };

struct ft_delay_stage {
    uint64_t total_ns;
    uint32_t by_ms[FT_DELAY_MS_MAX + 1]; /* of how many whole milliseconds; the last: that or more */
};

struct ft_delay_push {
    uint64_t count; /* deliveries to a connection */
    struct ft_delay_stage stage[FT_DELAY_STAGES];
};

enum {
    FT_DELAY_STEPS = 16,    /* of the world in one turn that are told apart */
    FT_DELAY_PENDING = 512, /* pushes, and replies, that wait for the next write */
    FT_DELAY_HELD = 4096,   /* replies that wait for the disk */
};

struct ft_delay_reply {
    uint64_t arrived_ns, answered_ns, durable_ns;
    uint64_t turn;  /* of the durability gate */
    uint64_t order; /* it has placed: place in the count of orders, + 1; 0: none */
    size_t row;
    struct ft_delay *own; /* where it is counted too, and its order kept; NULL: in the gateway's */
};

struct ft_delay {
    struct ft_delay_row *rows; /* one a protocol, in the order of ft_protocols */
    uint64_t mark_ns;          /* when the bytes under work arrived, or the last reply was made */

    struct ft_delay_order order[FT_DELAY_ORDERS]; /* the last ones that were placed, as a ring */
    uint64_t orders;           /* ever placed */
    uint64_t orders_from;      /* those before were cleared */
    unsigned unacked;          /* in the ring, without the exchange's answer */

    struct ft_delay_push *pushes; /* FT_DELAY_PUSHES */
    uint64_t stepped_ns;       /* first step of the world since its events were pushed; 0: none */
    struct { uint64_t to_ns, done_ns; } step[FT_DELAY_STEPS]; /* since then, ascending */
    unsigned steps;
    uint64_t taken_ns;         /* CR of the turn */

    struct ft_delay_sent {
        unsigned kind, count;
        uint64_t sr_ns, ss_ns, cr_ns;
    } *sent;                   /* FT_DELAY_PENDING: not yet written */
    unsigned sent_count;
    struct ft_delay_reply *answered; /* FT_DELAY_PENDING: likewise */
    unsigned answered_count;
    struct ft_delay_reply *held;     /* a ring of FT_DELAY_HELD, turns ascending */
    unsigned held_first, held_count;

    int64_t day;               /* days since the epoch, in the zone and hour of the daily reset */
};

int ft_delay_init(struct ft_delay *d);
void ft_delay_free(struct ft_delay *d);

/* ---- Requests --------------------------------------------------------------------------------- */

/* Bytes arrived at `now_ns`. */
void ft_delay_turn_begins(struct ft_delay *d, uint64_t now_ns);
/* A request was answered; NULL: of an unknown protocol, not counted. For the second of two requests
 * that arrived together, the time begins when the first was answered. `order`: the order that it has
 * placed, 0: none. `turn`: the reply waits for this turn of the durability gate, 0: for none. `own`: the
 * figures of its login, where it is counted too and its order is kept; NULL: the gateway has one login. */
void ft_delay_request(struct ft_delay *d, struct ft_delay *own, const struct ft_protocol *p,
                      uint64_t now_ns, uint64_t order, uint64_t turn);
/* What all turns up to this one tell is on disk. */
void ft_delay_durable(struct ft_delay *d, uint64_t turn, uint64_t now_ns);
/* The exchange has answered an order: accepted, filled or refused it. `d`: the figures that have it. */
void ft_delay_acked(struct ft_delay *d, uint64_t order, uint64_t now_ns);
/* How many of the last orders are kept; the k-th of them, oldest first. */
size_t ft_delay_order_count(const struct ft_delay *d);
const struct ft_delay_order *ft_delay_order_at(const struct ft_delay *d, size_t k);

/* ---- Pushes ----------------------------------------------------------------------------------- */

/* The world was stepped to what had happened by to_ns; this was done at done_ns. */
void ft_delay_stepped(struct ft_delay *d, uint64_t to_ns, uint64_t done_ns);
/* The gateway takes up what changed in the world. */
void ft_delay_taken(struct ft_delay *d, uint64_t now_ns);
/* Everything that the world brought has been handed to the connections. */
void ft_delay_pushed_all(struct ft_delay *d);
/* Which of the four this push is, or -1. */
int ft_delay_push_kind(uint32_t proto_id);
/* A push whose oldest event happened at happened_ns goes to so many connections with the next write. */
void ft_delay_push(struct ft_delay *d, int kind, uint64_t happened_ns, unsigned connections);
/* The same for a state that was at hand when it was asked for: its time begins now. */
void ft_delay_push_at_hand(struct ft_delay *d, int kind, uint64_t now_ns);
/* Of one connection's push, in the figures of its login: they end here, before the write. `happened_ns` 0: it
 * was at hand. */
void ft_delay_push_own(const struct ft_delay *d, struct ft_delay *own, int kind,
                       uint64_t happened_ns, uint64_t now_ns);
/* Not enough room for `n` more kinds of pushes: write first. */
static inline bool ft_delay_is_full(const struct ft_delay *d, unsigned n)
{
    return d->sent_count + n > FT_DELAY_PENDING;
}

/* Whether something waits to be told that it was written. */
static inline bool ft_delay_waits_for_write(const struct ft_delay *d)
{
    return d->sent_count || d->answered_count;
}
/* Everything that was ready has been handed to the sockets. */
void ft_delay_written(struct ft_delay *d, uint64_t now_ns);

/* ---- Reading ---------------------------------------------------------------------------------- */

/* Deliveries that took from `from_ms` to less than `to_ms` (-1: without end). */
uint64_t ft_delay_between(const struct ft_delay_stage *s, int32_t from_ms, int32_t to_ms);
/* Clears everything when 06:00 Beijing time has passed since the last call. */
void ft_delay_daily_reset(struct ft_delay *d, int64_t unix_seconds);

/* Whether the bucket borders keep the allowed granularity: ascending, at least 1 ms apart below
 * 100, 50 below 1000, 500 below 5000, nothing above but -1 for infinity at the end. */
bool ft_delay_segments_ok(const int32_t *ms, size_t n);
/* Borders where nobody names any: every 2 ms to 100, then 500, 1000, 2000 and the rest. Returns how
 * many. */
enum { FT_DELAY_BORDERS = 54 };
size_t ft_delay_default_borders(int32_t ms[FT_DELAY_BORDERS]);

#endif
