/* Taking orders out with the event that says why. */
#ifndef FT_EXCHANGE_CANCEL_H
#define FT_EXCHANGE_CANCEL_H

#include "exchange/state.h"

/* Only the event, for an order that is not in the book (any more, or not yet). */
void ft_cancelled(struct ft_step *step, const struct ft_taker *t, enum ft_ex_why why);

/* A resting order, or a waiting conditional one, named by its handle. */
void ft_cancel(struct ft_exch *ex, struct ft_step *step, uint32_t handle, enum ft_ex_why why);

/* Every order of an owner in one instrument or in all, oldest first, where the phase allows. */
void ft_cancel_owner(struct ft_exch *ex, struct ft_step *step, uint32_t owner, uint32_t inst);

/* Every order of an instrument: the book in priority, then what waits. */
void ft_cancel_all(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i, enum ft_ex_why why);

/* Resting bids above `high` and asks below `low` (0 = no limit). */
void ft_cancel_beyond(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i, ft_price low,
                      ft_price high);

#endif
