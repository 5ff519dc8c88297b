/* The simulated venue: the broker's orders on the world's exchange, beside the participants.
 *
 * An instrument is watched while orders of users are on it, and some minutes longer, so that a strategy
 * that trades again finds the same book. Simulated: nobody else is there. */
#ifndef FT_SIM_VENUE_H
#define FT_SIM_VENUE_H

#include "broker/broker.h"
#include "sim/world.h"

struct ft_sim_venue;

/* The world must outlive it. NULL without memory. */
struct ft_sim_venue *ft_sim_venue_new(struct ft_world *w, struct ft_err *err);
void ft_sim_venue_free(struct ft_sim_venue *v);
/* The port of the broker's (broker/venue.h). */
struct ft_venue ft_sim_venue_port(struct ft_sim_venue *v);

/* World and broker together up to now_ns: what the broker does by itself happens at its own time,
 * however the steps are cut. Returns the exchange's operations. */
size_t ft_sim_advance(struct ft_sim_venue *v, struct ft_brk *b, int64_t now_ns);
/* World time of the next thing that either does by itself; INT64_MAX: nothing. */
int64_t ft_sim_next(const struct ft_sim_venue *v, const struct ft_brk *b);

#endif
