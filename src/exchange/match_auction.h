/* Auctions: one price for all, found over the whole book, then orders matched in the order of
 * type (AO first), price and time (spec section 2 for Hong Kong, 5 for the mainland). */
#ifndef FT_EXCHANGE_MATCH_AUCTION_H
#define FT_EXCHANGE_MATCH_AUCTION_H

#include "exchange/state.h"

/* Price, volume and imbalance of the auction as the book is. Without a price (no limit bid at or
 * above a limit ask) `fallback` takes the reference; false when there is none or nothing trades
 * at it; `out` is zero then. O(levels between lowest ask and highest bid). */
bool ft_auction_find(const struct ft_exch *ex, const struct ft_inst *inst, bool fallback,
                     struct ft_ex_auction *out);

/* Matches at that price, reports UNCROSSED (price 0 when nothing traded), and cancels what may
 * not go on: orders without a price, and limits too far from the nominal price. */
void ft_auction_uncross(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i, bool fallback);

/* INDICATIVE, if price or volume are others than last time. */
void ft_auction_indicate(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i);

#endif
