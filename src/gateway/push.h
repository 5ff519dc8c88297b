/* Messages of the quote pushes, built from the world. Who gets them is publish.c's matter. */
#ifndef FT_GATEWAY_PUSH_H
#define FT_GATEWAY_PUSH_H

#include "gateway/gateway.h"
#include "gateway/subs.h"
#include "market/tape.h"

/* What some entries of a topic have in common, so that they get the same bytes. */
struct ft_push_variant {
    unsigned sessions;
    enum ft_adjust adjust;
    bool detail;
    bool first; /* the cached state, to one entry that has just registered */
    uint64_t ticks_from; /* else, of trades: the first that is wanted, counted as tape->tick_count */
};

/* What changed in the topic since the last drain of its tape (or the cached state), in gw->arena.
 * NULL: nothing that the variant sees, or the arena is full. */
ProtobufCMessage *ft_push_build(struct ft_gateway *gw, const struct ft_topic *t,
                                const struct ft_tape *tape, const struct ft_push_variant *v);

#endif
