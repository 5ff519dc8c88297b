/* The participants: a seeded order-flow model of the zero-intelligence kind with Poisson arrivals
 * (Cont, Stoikov and Talreja, "A stochastic model for order book dynamics", Operations Research
 * 58(3), 2010), anchored to the model's fair value.
 *
 * Limit orders arrive at geometric distances from the fair value, resting orders are cancelled at a
 * rate proportional to their number, market orders carry the volume that the model expects of the
 * minute and lean towards the fair value; when the fair value passes the other side's best price an
 * informed order takes what lies between as far as the expected volume goes, and the quotes that it
 * leaves are moved by those who gave them. Rates, depths and spreads follow the liquidity class
 * (table in flow.c). Pure: time, fair value and volume are handed in. Simulated: nobody is real. */
#ifndef FT_SIM_FLOW_H
#define FT_SIM_FLOW_H

#include "base/rng.h"
#include "exchange/exchange.h"
#include "market/instrument.h"

enum { FT_FLOW_ORDERS_MAX = 512 };

struct ft_flow {
    struct ft_rng rng;
    uint32_t ex_inst;
    uint8_t liquidity; /* 1 to 5 */
    ft_qty lot;        /* board lot */
    uint64_t next_id;  /* of its next order */
    uint32_t count;    /* of `ids`, gone ones included */
    uint64_t ids[FT_FLOW_ORDERS_MAX];
    const int32_t *brokers; /* tags to draw from, or NULL */
    size_t broker_count;
    double credit;     /* lots that the model has expected to trade and that have not */
};

/* First ID of participants' orders; users' are below (world.h). Each instrument has its own range. */
#define FT_FLOW_IDS (UINT64_C(1) << 62)

/* `epoch` distinguishes one activation of an instrument from the next. */
void ft_flow_init(struct ft_flow *f, uint64_t seed, uint64_t stream, uint64_t epoch,
                  uint32_t ex_inst, const struct ft_instrument *inst);

/* What the participants see. */
struct ft_flow_view {
    const struct ft_exch *ex;
    ft_price fair;         /* > 0 */
    ft_qty minute_volume;  /* expected to trade per minute now */
    bool auction;          /* orders are collected, not matched */
};

/* Orders of a book in the flow's steady state around the fair value, in commands to apply; returns
 * how many (at most max). */
size_t ft_flow_seed(struct ft_flow *f, const struct ft_flow_view *v, struct ft_ex_cmd *out,
                    size_t max);
/* The commands of one arrival (`out` has room for FT_FLOW_STEP_MAX). */
enum { FT_FLOW_STEP_MAX = 16 };
size_t ft_flow_step(struct ft_flow *f, const struct ft_flow_view *v, struct ft_ex_cmd *out);
/* Nanoseconds to the next arrival. */
int64_t ft_flow_wait(struct ft_flow *f, const struct ft_flow_view *v);

/* A trade in continuous trading: the participants trade that much less of what is expected. */
void ft_flow_traded(struct ft_flow *f, ft_qty qty);

/* Orders of both sides that trade a volume with each other at an auction's end, near the fair value;
 * returns how many (`out` has room for FT_FLOW_AUCTION_MAX). */
enum { FT_FLOW_AUCTION_MAX = 4 };
size_t ft_flow_at_auction(struct ft_flow *f, const struct ft_flow_view *v, ft_qty volume,
                          struct ft_ex_cmd *out);

/* Orders that a class holds in its steady state, both sides. */
uint32_t ft_flow_depth(uint8_t liquidity);

#endif
