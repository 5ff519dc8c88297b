/* An exchange: order books with price-time priority, auctions and conditional orders.
 *
 * One `struct ft_exch` is a venue of many instruments that share their pools. It is a state
 * machine: ft_exch_apply(state, time, command) changes the state and appends events to a queue
 * that the caller owns and pulls. It reads no clock, file or global, calls nobody back and never
 * logs; the same commands give the same events. What it leaves to others: sessions and
 * calendars (the caller sends phases), accounts and risk (broker), good-till-cancelled orders
 * (broker; every order here lives at most until the phase CLOSED), market data beyond the book.
 *
 * Costs: cancel and best price O(1); a new price level O(log levels); nothing depends on the
 * width of the price range. Once warm (ft_exch_reserve) nothing allocates.
 *
 * Not thread-safe; one owner. Units: base/fixed.h. Rules are cited as "spec" =
 * spec/market-rules.md. */
#ifndef FT_EXCHANGE_EXCHANGE_H
#define FT_EXCHANGE_EXCHANGE_H

#include "base/err.h"
#include "base/fixed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_ex_side { FT_EX_BUY, FT_EX_SELL };

/* What each matches, spec section 2; trade.md 5.4 has the names on the wire. */
enum ft_ex_type {
    FT_EX_LIMIT,    /* HK: enhanced limit; takes up to profile.limit_queues, rest stays */
    FT_EX_MARKET,   /* takes what is there, rest cancelled; in an auction the same as AUCTION */
    FT_EX_ABSOLUTE, /* HK limit order: matches at its own price only, may not cross */
    FT_EX_AUCTION,  /* AO: no price, before every limit in the auction, cancelled after it */
    FT_EX_AUCTION_LIMIT, /* ALO: becomes a limit order after the auction */
    FT_EX_SPECIAL,       /* takes up to profile.special_queues, rest cancelled */
    FT_EX_SPECIAL_ALL,   /* the same, whole or not at all */
    /* Conditional: held outside the book until the last price triggers them (triggers.h). */
    FT_EX_STOP,           /* -> market; sell at last <= trigger, buy at last >= trigger */
    FT_EX_STOP_LIMIT,     /* -> limit at `price` */
    FT_EX_TOUCHED,        /* market if touched: buy at last <= trigger, sell at >= */
    FT_EX_TOUCHED_LIMIT,  /* -> limit at `price` */
    FT_EX_TRAILING,       /* -> market, trigger follows the best price since entry */
    FT_EX_TRAILING_LIMIT, /* -> limit, `trail_spread` beyond the trailing trigger */
    FT_EX_TYPES
};
#define FT_EX_BIT(type) (UINT32_C(1) << (type))

enum ft_ex_tif {
    FT_EX_DAY, /* until the phase CLOSED */
    FT_EX_IOC, /* what does not match at once is cancelled */
    FT_EX_FOK, /* matches whole at once or is cancelled */
    FT_EX_TIFS
};

enum ft_ex_trail { FT_EX_BY_AMOUNT, FT_EX_BY_RATIO };
#define FT_EX_RATIO_SCALE INT64_C(1000000) /* trail_value by ratio: 1e-6, so 20 % = 200000 */

/* Phases and what they allow; spec section 2 (HK) and 5 (mainland). Leaving the auction phases
 * for another one matches the auction at a single price. */
enum ft_ex_phase {
    FT_EX_CLOSED,      /* nothing; entering it cancels every order (end of day) */
    FT_EX_INPUT,       /* auction: enter, amend, cancel */
    FT_EX_NO_CANCEL,   /* auction: enter only */
    FT_EX_RANDOM,      /* auction, random end: enter only */
    FT_EX_BLOCKED,     /* nothing; the book stays (blocking, reference fixing, lunch) */
    FT_EX_CANCEL_ONLY, /* cancel only (extended morning from 12:30, halts) */
    FT_EX_CONTINUOUS,  /* enter, amend, cancel; matching at once */
    FT_EX_PHASES
};

/* Why a command was rejected or an order cancelled. */
enum ft_ex_why {
    FT_EX_OK,
    /* rejections */
    FT_EX_NO_INSTRUMENT,
    FT_EX_BAD_FIELD, /* a field has no such value: kind, side, type, tif, trail, phase */
    FT_EX_SUSPENDED,
    FT_EX_WRONG_PHASE, /* the phase does not allow the action */
    FT_EX_WRONG_TYPE,  /* the profile does not allow the order type in this phase */
    FT_EX_WRONG_TIF,   /* IOC and FOK outside continuous trading */
    FT_EX_DUPLICATE_ID,
    FT_EX_UNKNOWN_ID,
    FT_EX_BAD_QTY,  /* not positive, or beyond FT_EX_QTY_MAX */
    FT_EX_QTY_LOW,  /* below the least order size */
    FT_EX_QTY_HIGH, /* above the greatest order size */
    FT_EX_ODD_LOT,
    FT_EX_QTY_FILLED, /* replace: less than what is filled already */
    FT_EX_BAD_PRICE,  /* not positive, or beyond FT_EX_PRICE_MAX */
    FT_EX_OFF_TICK,
    FT_EX_OUTSIDE_BAND,   /* daily price limit or auction limit; also cancels on entering one */
    FT_EX_AUCTION_RANGE,  /* no-cancel period: outside lowest ask to highest bid */
    FT_EX_TOO_FAR,        /* passive guard, or profile.nominal_multiple */
    FT_EX_TOO_AGGRESSIVE, /* aggressive guard */
    FT_EX_WOULD_CROSS,    /* ABSOLUTE beyond the other side's best price */
    FT_EX_BAD_TRIGGER,
    FT_EX_FULL, /* a limit of the venue, or memory */
    /* cancellations */
    FT_EX_BY_USER,
    FT_EX_BY_OWNER, /* mass cancel */
    FT_EX_DAY_ENDED,
    FT_EX_IOC_REST,
    FT_EX_FOK_SHORT,
    FT_EX_NO_LIQUIDITY, /* rest of a market order */
    FT_EX_SPECIAL_REST,
    FT_EX_ALL_SHORT,    /* SPECIAL_ALL: not enough in its queues */
    FT_EX_QUEUE_LIMIT,  /* LIMIT: the rest would still cross after profile.limit_queues */
    FT_EX_AUCTION_OVER, /* AO without a match */
    FT_EX_WHYS
};
const char *ft_ex_why_text(enum ft_ex_why why);

/* Bounds that keep every sum within 64 bits (1e9 currency, 1e9 shares). */
#define FT_EX_PRICE_MAX INT64_C(1000000000000000)
#define FT_EX_QTY_MAX   INT64_C(10000000000000)

/* ---- Rules as data ------------------------------------------------------------------------ */

/* Band of a tick table: prices over the previous bound up to and including `upper` move in
 * `tick`; a price equal to a bound is on the grid of both bands (spec section 1). */
struct ft_ex_tick {
    ft_price upper;
    ft_price tick;
};
enum { FT_EX_TICK_BANDS = 24 };

/* How far from a base price a limit may be: `spreads` ticks, `bp` basis points of it, 0 = not
 * set; with both set, the nearer one counts, or the farther one when `wider`. */
struct ft_ex_guard {
    uint16_t spreads;
    uint16_t bp;
    bool wider;
    bool any_base; /* without a quote, fall back on the other side, last price, reference */
};

/* How prices of equal volume and equal imbalance are told apart. */
enum ft_ex_auction_rule {
    FT_EX_TIE_SIDE,      /* HK: side of the imbalance, then closest to the reference, the higher */
    FT_EX_TIE_REFERENCE, /* SZSE: closest to the reference, the higher */
    FT_EX_TIE_MIDDLE,    /* SSE: middle of the lowest and the highest, on the grid, upwards */
};

/* Market rules that many instruments share. */
struct ft_ex_profile {
    uint16_t ticks;            /* from ft_exch_add_ticks */
    uint16_t limit_queues;     /* price queues a LIMIT may take: HK 10; 0 = any number */
    uint16_t special_queues;   /* the same for SPECIAL and SPECIAL_ALL */
    uint16_t nominal_multiple; /* HK 9: limits must be within 1/9 .. 9 of nominal; 0 = off */
    uint32_t types_continuous; /* FT_EX_BIT()s; conditional types belong here */
    uint32_t types_auction;
    enum ft_ex_auction_rule auction;
    bool no_cancel_range;          /* HK: NO_CANCEL keeps limits within best ask .. best bid */
    struct ft_ex_guard aggressive; /* from the other side's best price, LIMIT only */
    struct ft_ex_guard passive;    /* from the own side's best price, LIMIT and ABSOLUTE */
};

struct ft_ex_instrument {
    uint32_t profile; /* from ft_exch_add_profile */
    enum ft_ex_phase phase;
    ft_qty lot;         /* quantities are multiples of it */
    ft_qty min_qty;     /* 0: one lot */
    ft_qty max_qty;     /* 0: FT_EX_QTY_MAX */
    bool odd_sell;      /* a sale need not be a multiple nor reach min_qty (A-shares) */
    ft_price reference; /* previous close, or the auction's reference; 0 = none */
    ft_price low, high; /* price limits, 0 = none */
    ft_price last;      /* last trade price, 0 = none */
};

/* ---- Life --------------------------------------------------------------------------------- */

struct ft_ex_limits {
    uint32_t instruments; /* at most; 0: 1 << 20 */
    uint32_t orders;      /* resting at one time, at most; 0: 1 << 24 */
    uint32_t triggers;    /* waiting at one time, at most; 0: 1 << 22 */
};

struct ft_exch; /* opaque; life: new -> (add_*, reserve, apply, reads)* -> free */

struct ft_exch *ft_exch_new(const struct ft_ex_limits *limits, struct ft_err *err);
void ft_exch_free(struct ft_exch *ex);

/* Make room beforehand, so that nothing allocates until more than this many orders rest, on more
 * than this many price levels, or triggers wait. -1 with FT_ENOMEM or FT_ELIMIT. */
int ft_exch_reserve(struct ft_exch *ex, uint32_t orders, uint32_t levels, uint32_t triggers,
                    struct ft_err *err);

/* Bands ascending in `upper`, ticks positive, bounds multiples of the ticks beside them. The
 * table is copied. Ids count from 0. */
int ft_exch_add_ticks(struct ft_exch *ex, const struct ft_ex_tick *bands, size_t count,
                      uint16_t *id, struct ft_err *err);
int ft_exch_add_profile(struct ft_exch *ex, const struct ft_ex_profile *profile, uint32_t *id,
                        struct ft_err *err);
int ft_exch_add_instrument(struct ft_exch *ex, const struct ft_ex_instrument *instrument,
                           uint32_t *id, struct ft_err *err);

/* Next price on the grid at or below / above `price`, and `steps` ticks away from a price on the
 * grid (negative: down; 0 when it would leave the table). */
ft_price ft_exch_tick_floor(const struct ft_exch *ex, uint32_t inst, ft_price price);
ft_price ft_exch_tick_ceil(const struct ft_exch *ex, uint32_t inst, ft_price price);
ft_price ft_exch_tick_step(const struct ft_exch *ex, uint32_t inst, ft_price price, int steps);

/* ---- Commands ----------------------------------------------------------------------------- */

enum ft_ex_cmd_kind {
    FT_EX_ADD,         /* id type side tif price qty owner broker [trigger trail*] */
    FT_EX_CANCEL,      /* id */
    FT_EX_REPLACE,     /* id price qty (the new total, fills included) [trigger trail*] */
    FT_EX_MASS_CANCEL, /* owner; inst, or FT_EX_ALL_INSTRUMENTS; where the phase allows it */
    FT_EX_PHASE,       /* inst phase low high (both replace the band) [reference] fallback */
    FT_EX_BAND,        /* inst low high [reference]: VCM, LULD, a new day; resting orders stay */
    FT_EX_SUSPEND,     /* inst: no entries, amendments or matching; cancelling is allowed */
    FT_EX_RESUME,      /* inst */
    FT_EX_MARK,        /* inst price: a last price from outside; may fire triggers */
    FT_EX_INDICATE,    /* inst: an INDICATIVE event if the auction's price or volume changed */
    FT_EX_CMD_KINDS
};
#define FT_EX_ALL_INSTRUMENTS UINT32_MAX

struct ft_ex_cmd {
    uint8_t kind; /* enum ft_ex_cmd_kind */
    uint8_t side; /* enum ft_ex_side */
    uint8_t type; /* enum ft_ex_type */
    uint8_t tif;  /* enum ft_ex_tif */
    uint32_t inst;
    uint64_t id; /* the caller's; unique among live orders of the venue */
    ft_price price;
    ft_qty qty;
    uint32_t owner;  /* for mass cancel; 0 = nobody's */
    uint16_t broker; /* tag for the broker queue */
    uint8_t phase;   /* enum ft_ex_phase */
    uint8_t trail;   /* enum ft_ex_trail */
    bool fallback;   /* PHASE: this auction matches at the reference if it finds no price (CAS) */
    ft_price trigger;    /* trailing: best price that it saw earlier, to go on from; 0: none */
    int64_t trail_value; /* price, or 1e-6 */
    ft_price trail_spread;
    ft_price low, high, reference;
};

/* ---- Events ------------------------------------------------------------------------------- */

enum ft_ex_event_kind {
    FT_EX_ACCEPTED,   /* id no side price qty; left = qty */
    FT_EX_REJECTED,   /* id why cmd; an order to be replaced is as it was */
    FT_EX_FILL,       /* id = maker, taker_id; price qty left taker_left no = trade id;
                         side = the taker's; auction: id = the older of both, side = the other's */
    FT_EX_CANCELLED,  /* id why; qty = what was cancelled, left = 0; price: of a waiting trailing
                         order the best price that it has seen, else its limit */
    FT_EX_REPLACED,   /* id no price qty = new total, left, kept = priority kept */
    FT_EX_TRIGGERED,  /* id no price = the last price that fired it; fills or a cancel follow */
    FT_EX_PHASED,     /* of PHASE, BAND, SUSPEND, RESUME: phase; why = SUSPENDED while so */
    FT_EX_INDICATIVE, /* price qty = volume, left = imbalance, side of it; price 0 = none */
    FT_EX_UNCROSSED,  /* the auction's result: as INDICATIVE, after its fills */
};

struct ft_ex_event {
    uint8_t kind; /* enum ft_ex_event_kind */
    uint8_t why;  /* enum ft_ex_why */
    uint8_t side;
    uint8_t phase;
    uint8_t cmd; /* enum ft_ex_cmd_kind, of what was rejected */
    bool kept;
    bool auction; /* the fill is of an auction */
    uint8_t unused;
    uint32_t inst;
    uint32_t unused2;
    int64_t time_ns;
    uint64_t id;
    uint64_t taker_id;
    uint64_t no; /* the exchange's order number, ascending in time priority; trade id of a fill */
    ft_price price;
    ft_qty qty;
    ft_qty left;
    ft_qty taker_left;
    uint32_t owner;
    uint32_t taker_owner;
    uint16_t broker;
    uint16_t taker_broker;
    uint32_t unused3;
};

/* A ring that the caller owns: ft_exch_apply appends, the caller pulls. It doubles when one
 * command fills it (a command makes at most 2 events per resting order, and 4). */
struct ft_ex_events {
    struct ft_ex_event *at; /* owned */
    uint32_t head, tail;    /* running counters; index = counter & (cap - 1) */
    uint32_t cap;           /* power of two */
};

/* `cap` is rounded up to a power of two. -1 without memory. */
int ft_ex_events_init(struct ft_ex_events *q, uint32_t cap, struct ft_err *err);
void ft_ex_events_free(struct ft_ex_events *q);

/* The oldest event, or NULL. The pointer is good until the next ft_exch_apply. */
static inline const struct ft_ex_event *ft_ex_events_next(struct ft_ex_events *q)
{
    if (q->head == q->tail) {
        q->head = q->tail = 0; /* the next command writes where the cache is warm */
        return NULL;
    }
    return &q->at[q->head++ & (q->cap - 1)];
}

/* One command at `now_ns`; what happened is appended to `q`. Every command gets an answer, except
 * MARK, MASS_CANCEL and INDICATE when they change no order and no price. */
void ft_exch_apply(struct ft_exch *ex, int64_t now_ns, const struct ft_ex_cmd *cmd,
                   struct ft_ex_events *q);

/* The same for `count` commands in order, reading ahead so that their memory is on its way to the
 * cache when their turn comes; worth it on books that exceed the cache. The result is identical. */
void ft_exch_apply_many(struct ft_exch *ex, int64_t now_ns, const struct ft_ex_cmd *cmds,
                        size_t count, struct ft_ex_events *q);

/* ---- What to push ------------------------------------------------------------------------- */

/* Which books changed since they were last pulled, each once. `near[side]` is the price nearest
 * to the touch that changed, so that a display of N levels whose last level is better than it
 * has nothing to do; 0 = no price did (orders without a price may have). */
struct ft_ex_change {
    uint32_t inst;
    ft_price near[2];
    bool changed[2];
};
bool ft_exch_next_change(struct ft_exch *ex, struct ft_ex_change *change);

/* ---- Reads -------------------------------------------------------------------------------- */

struct ft_ex_level {
    ft_price price;
    ft_qty qty;
    uint32_t orders;
};

struct ft_ex_order {
    uint64_t id;
    uint64_t no;
    uint32_t inst;
    uint32_t owner;
    uint16_t broker;
    uint8_t side;
    uint8_t type;
    uint8_t tif;
    bool waiting;     /* a conditional order that has not fired */
    ft_price price;   /* 0 for AO and conditional orders without one */
    ft_price trigger; /* of a waiting order; trailing: where it stands now, 0 before a price */
    ft_price peak;    /* of a waiting trailing order: the best price that it has seen, else 0 */
    ft_qty left;
    ft_qty filled;
};

struct ft_ex_stat {
    enum ft_ex_phase phase;
    bool suspended;
    ft_price last, reference, low, high;
    ft_price nominal;
    uint32_t levels[2]; /* price levels, orders (AO included) and quantity by side */
    uint32_t orders[2];
    ft_qty qty[2];
    ft_qty auction_qty[2]; /* of it: orders without a price */
};

struct ft_ex_auction {
    ft_price price; /* 0: no price */
    ft_qty volume;
    ft_qty imbalance; /* what stays unmatched at that price, on `side` */
    enum ft_ex_side side;
};

uint32_t ft_exch_instruments(const struct ft_exch *ex);
void ft_exch_stat(const struct ft_exch *ex, uint32_t inst, struct ft_ex_stat *out);

/* Best level of a side. False on an empty side. */
bool ft_exch_best(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side,
                  struct ft_ex_level *out);
/* The best `max` levels, best first; returns how many there are. */
size_t ft_exch_depth(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side,
                     struct ft_ex_level *out, size_t max);
/* One level by its price; false if nothing rests there. */
bool ft_exch_level(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side, ft_price price,
                   struct ft_ex_level *out);
bool ft_exch_order(const struct ft_exch *ex, uint64_t id, struct ft_ex_order *out);
/* The auction that would be now, whatever the phase. False without a price. */
bool ft_exch_auction(const struct ft_exch *ex, uint32_t inst, struct ft_ex_auction *out);

/* Orders of a side in priority (AO first, then price, then time). A walk is over when the book
 * changes. for (ft_exch_walk(ex, inst, side, &w); ft_exch_walk_next(&w, &order);) ... */
struct ft_ex_walk {
    const struct ft_exch *ex;
    uint32_t leaf, slot, order;
};
void ft_exch_walk(const struct ft_exch *ex, uint32_t inst, enum ft_ex_side side,
                  struct ft_ex_walk *walk);
bool ft_exch_walk_next(struct ft_ex_walk *walk, struct ft_ex_order *out);

/* Digest of everything that later events can depend on: books, waiting orders, phases, prices,
 * counters. Equal states have equal hashes whatever memory they took. O(orders). */
uint64_t ft_exch_hash(const struct ft_exch *ex);

/* Walks everything and stops the process on a broken invariant. For tests; O(orders). */
void ft_exch_verify(const struct ft_exch *ex);

/* Bytes held by pools, indexes and instruments. */
size_t ft_exch_memory(const struct ft_exch *ex);

#endif
