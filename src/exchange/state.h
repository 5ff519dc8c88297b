/* The exchange's state as its own modules see it. Not for callers: they have exchange.h.
 *
 * Everything is named by 32-bit pool indexes, 0 = none. An order's index with FT_TRIGGER_TAG set
 * names a waiting conditional order; such a "handle" is what the id index and owner rings hold. */
#ifndef FT_EXCHANGE_STATE_H
#define FT_EXCHANGE_STATE_H

#include "exchange/exchange.h"
#include "exchange/index.h"
#include "exchange/ladder.h"
#include "exchange/pool.h"
#include "exchange/ticks.h"

#define FT_TRIGGER_TAG UINT32_C(0x80000000)

/* Neighbours in the ring of an owner's live orders, in order of entry; 0 when owner is 0. */
struct ft_ring {
    uint32_t prev;
    uint32_t next;
};

/* A resting order. One cache line. */
struct ft_order {
    uint64_t id;
    uint64_t no; /* ascending: time priority */
    ft_qty left;
    ft_qty filled;
    uint32_t prev, next; /* queue of its level, oldest first */
    uint32_t level;
    uint32_t owner;
    struct ft_ring ring;
    uint16_t broker;
    uint8_t type;
    uint8_t unused[5];
};
_Static_assert(sizeof(struct ft_order) == 64, "one cache line");

/* A price level, or the queue of a side's auction orders (price 0, not in ladder and index). */
struct ft_level {
    ft_price price;
    ft_qty qty;
    uint32_t head, tail;
    uint32_t orders;
    uint32_t book; /* instrument << 1 | side */
};
_Static_assert(sizeof(struct ft_level) == 32, "two to a cache line");

struct ft_trigger {
    uint64_t id;
    uint64_t no;
    ft_qty qty;
    ft_price price;
    ft_price trigger;
    int64_t trail_value;
    ft_price trail_spread;
    ft_price fired_at;       /* once fired: the trailing trigger where it stood, else `trigger` */
    int64_t key;             /* greatest first in its heap, see triggers.h */
    uint32_t child, sibling; /* pairing heap */
    uint32_t prev;           /* left sibling or parent; of a root: FT_TRIGGER_TAG | group */
    uint32_t inst;
    uint32_t owner;
    struct ft_ring ring;
    uint16_t broker;
    uint8_t side, type, tif, trail;
};

/* Trailing orders of one instrument and direction that have seen the same best price. */
struct ft_trail_group {
    int64_t peak;     /* best price since entry, in the direction's sign; INT64_MIN = none yet */
    int64_t stop_max; /* highest stop of this and all older groups, or higher after a cancel */
    uint32_t heap[2]; /* by amount, by ratio */
    uint32_t older, newer;
};

struct ft_book_side {
    struct ft_ladder ladder;
    uint32_t best; /* level, 0 = none */
    uint32_t levels;
    uint32_t orders;  /* auction orders included */
    uint32_t auction; /* level of orders without a price, 0 = none */
    ft_qty qty;       /* auction orders included */
};

struct ft_inst {
    struct ft_book_side side[2];
    struct ft_divisor lot;
    ft_qty min_qty, max_qty;
    ft_price low, high;             /* 0 = none */
    ft_price range_low, range_high; /* of the no-cancel period, 0 = none */
    ft_price last, reference;
    ft_price near[2];     /* changed price nearest to the touch, see ft_ex_change */
    ft_price shown_price; /* last INDICATIVE */
    ft_qty shown_qty;
    uint32_t waiting[2];  /* heap of stop and touched orders by direction */
    uint32_t trailing[2]; /* newest trail group by direction */
    uint16_t profile;
    uint8_t phase;
    uint8_t changed;       /* bit per side; bit 2: in the list of changed books */
    uint32_t changed_next; /* instrument + 1 */
    bool suspended;
    bool odd_sell;
    bool fallback;
    bool uncross_due; /* an auction ended while suspended: match at resumption */
};
_Static_assert(sizeof(struct ft_inst) <= 224, "50,000 instruments with empty books stay small");

struct ft_profile {
    struct ft_ex_profile rules;
    const struct ft_ticks *ticks; /* owned by ft_exch */
    bool guarded;                 /* it has a rule that compares a price with the market */
};

enum { FT_EX_PROFILES = 256, FT_EX_TICK_TABLES = 64 };

struct ft_exch {
    struct ft_pool orders;
    struct ft_pool levels;
    struct ft_pool nodes;
    struct ft_pool triggers;
    struct ft_pool groups;
    struct ft_index ids;    /* order id -> handle */
    struct ft_index prices; /* (book, price) -> level */
    struct ft_index owners; /* owner -> handle of its oldest order */
    struct ft_inst *inst;
    uint32_t inst_count, inst_cap, inst_max;
    uint64_t order_no; /* last given */
    uint64_t trade_no;
    uint32_t fired_head, fired_tail;     /* fired conditional orders on their way to the book */
    uint32_t changed_head, changed_tail; /* list of changed books, instrument + 1 */
    struct ft_profile profiles[FT_EX_PROFILES];
    uint32_t profile_count;
    struct ft_ticks *ticks[FT_EX_TICK_TABLES]; /* owned */
    uint32_t ticks_count;
};

/* What a command is carried through with. */
struct ft_step {
    int64_t now_ns;
    struct ft_ex_events *q;
    ft_price first, last; /* first and last trade price since they were noted, 0 = none */
};

/* An order on its way to the book. */
struct ft_taker {
    uint64_t id;
    uint64_t no;
    ft_price price;
    ft_qty left;
    ft_qty filled;
    uint32_t inst;
    uint32_t owner;
    uint16_t broker;
    uint8_t side, type, tif;
};

static inline struct ft_order *ft_order_at(const struct ft_exch *ex, uint32_t i)
{
    FT_CHECK(ft_pool_has(&ex->orders, i));
    return (struct ft_order *)ex->orders.mem + i;
}
static inline struct ft_level *ft_level_at(const struct ft_exch *ex, uint32_t i)
{
    FT_CHECK(ft_pool_has(&ex->levels, i));
    return (struct ft_level *)ex->levels.mem + i;
}
static inline struct ft_trigger *ft_trigger_at(const struct ft_exch *ex, uint32_t i)
{
    FT_CHECK(ft_pool_has(&ex->triggers, i));
    return (struct ft_trigger *)ex->triggers.mem + i;
}
static inline struct ft_trail_group *ft_group_at(const struct ft_exch *ex, uint32_t i)
{
    FT_CHECK(ft_pool_has(&ex->groups, i));
    return (struct ft_trail_group *)ex->groups.mem + i;
}
static inline struct ft_inst *ft_inst_at(const struct ft_exch *ex, uint32_t i)
{
    FT_CHECK(i < ex->inst_count);
    return &ex->inst[i];
}
static inline const struct ft_profile *ft_profile_of(const struct ft_exch *ex,
                                                     const struct ft_inst *inst)
{
    return &ex->profiles[inst->profile];
}

static inline bool ft_phase_is_auction(uint8_t phase)
{
    return phase == FT_EX_INPUT || phase == FT_EX_NO_CANCEL || phase == FT_EX_RANDOM;
}

/* Price as merit for its side: greater is better. Its own inverse. */
static inline int64_t ft_merit(int side, ft_price price)
{
    return side == FT_EX_BUY ? price : -price;
}

/* Appends an event with kind, instrument and time set and the rest zero; never fails (without
 * memory for it no consistent answer is left, so the process stops). */
void ft_event_grow(struct ft_ex_events *q);
static inline struct ft_ex_event *ft_event(struct ft_step *step, enum ft_ex_event_kind kind,
                                           uint32_t inst)
{
    struct ft_ex_events *q = step->q;
    if (q->tail - q->head == q->cap)
        ft_event_grow(q);
    struct ft_ex_event *e = &q->at[q->tail++ & (q->cap - 1)];
    /* Field by field: compilers clear the whole with an instruction that takes longer to start
     * than all these stores, which they merge. */
    e->kind = (uint8_t)kind;
    e->why = 0;
    e->side = 0;
    e->phase = 0;
    e->cmd = 0;
    e->kept = false;
    e->auction = false;
    e->unused = 0;
    e->unused2 = 0;
    e->inst = inst;
    e->time_ns = step->now_ns;
    e->id = 0;
    e->taker_id = 0;
    e->no = 0;
    e->price = 0;
    e->qty = 0;
    e->left = 0;
    e->taker_left = 0;
    e->owner = 0;
    e->taker_owner = 0;
    e->broker = 0;
    e->taker_broker = 0;
    e->unused3 = 0;
    return e;
}

#endif
