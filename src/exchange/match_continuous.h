/* Continuous trading: an incoming order takes the best prices of the other side, the oldest order
 * first, at the resting order's price; what happens to its rest depends on its type. */
#ifndef FT_EXCHANGE_MATCH_CONTINUOUS_H
#define FT_EXCHANGE_MATCH_CONTINUOUS_H

#include "exchange/state.h"

/* `t` passed ft_rules_enter or ft_rules_amend, and ft_book_reserve gave room. Its event ACCEPTED,
 * REPLACED or TRIGGERED is written already; fills and the rest's cancellation follow here. */
void ft_match_continuous(struct ft_exch *ex, struct ft_step *step, struct ft_taker *t);

#endif
