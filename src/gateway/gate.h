/* The durability gate: which turn of the loop a reply waits for, and which turns are on disk
 * (DESIGN.md 5).
 *
 * Each turn that changed something is handed to the store, which answers with the number of the
 * commit that will hold it; several turns may share one commit. A reply waits for the turn that
 * hands over everything known when it was made. No sockets and no store here: trade_hold.c has the
 * connections. */
#ifndef FT_GATEWAY_GATE_H
#define FT_GATEWAY_GATE_H

#include "base/buf.h"

#include <stdbool.h>

enum { FT_GATE_FLIGHT_MAX = 256 };

struct ft_gate {
    bool on;          /* off: everything counts as durable at once */
    uint64_t turn;    /* of the last hand-over */
    uint64_t durable; /* all turns up to this one are on disk */
    struct { uint64_t turn, commit; } flight[FT_GATE_FLIGHT_MAX]; /* a ring, both ascending */
    size_t first, count;
};

void ft_gate_init(struct ft_gate *g, bool on);
/* The turn that a reply waits for, made now; `changes`: something is still to be handed over. */
uint64_t ft_gate_turn_of_now(const struct ft_gate *g, bool changes);
static inline bool ft_gate_passes(const struct ft_gate *g, uint64_t turn)
{
    return !g->on || turn <= g->durable;
}
/* Too many commits are under way: keep the changes, hand them over later with what follows. */
bool ft_gate_is_full(const struct ft_gate *g);
/* The turn's changes were handed over; not while it is full. Commits are ascending from 1. */
void ft_gate_handed_over(struct ft_gate *g, uint64_t commit);
/* Everything up to this commit is on disk. True when replies became due by it. */
bool ft_gate_committed(struct ft_gate *g, uint64_t commit);

/* ---- What waits: frames in order, each with its turn ------------------------------------------ */

struct ft_held {
    uint64_t turn;
    const uint8_t *frame; /* inside the buffer */
    size_t len;
};
/* Appends a frame. -1: the buffer's bound is reached (nothing appended then). */
int ft_held_push(struct ft_buf *held, uint64_t turn, const uint8_t *frame, size_t len);
/* The oldest one. False: none. */
bool ft_held_first(const struct ft_buf *held, struct ft_held *out);
void ft_held_drop_first(struct ft_buf *held);

#endif
