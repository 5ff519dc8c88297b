/* Conditional orders: stop, market or limit if touched, trailing stop; fired by the last price.
 *
 * Two directions, with prices signed so that both read alike: falling (x = last) and rising
 * (x = -last); a condition fires when x <= its stop. Fixed conditions wait in one heap per
 * direction, greatest stop first. A trailing stop moves with the best price since its entry, its
 * peak: all orders of one peak form a group with a heap by amount and one by ratio, and groups
 * stand in a chain of falling peaks, newest last. A price above some peaks melts those groups into
 * one, so a print costs no more than the groups it melts, and each group was made by an entry.
 * `stop_max` of the newest group tells whether any trailing order can fire at all.
 *
 * Entry O(1), firing O(log n) each, a print that fires nothing amortised O(1) (once after a
 * cancellation it may look at every group). Heaps are pairing heaps (Fredman et al. 1986). */
#ifndef FT_EXCHANGE_TRIGGERS_H
#define FT_EXCHANGE_TRIGGERS_H

#include "exchange/state.h"

/* Room for one more. -1 at the limit or without memory. */
int ft_triggers_reserve(struct ft_exch *ex);

/* A command that passed ft_rules_condition; side, type, owner and broker are the order's. A
 * trailing order starts at the last price, or at the next one if there is none, or at `trigger` where that is
 * better: what it had seen before it came here. */
uint32_t ft_triggers_add(struct ft_exch *ex, const struct ft_ex_cmd *cmd, uint64_t no);
void ft_triggers_remove(struct ft_exch *ex, uint32_t i);

/* A trade price: conditions that it fulfils leave their heaps and queue up, those of fixed
 * triggers first, nearest first, older before younger; falling before rising. */
void ft_triggers_note(struct ft_exch *ex, uint32_t inst_i, ft_price last);

/* Takes the next fired order out of the queue and out of the venue. False when there is none.
 * `out->price` is the limit that it turns into. */
bool ft_triggers_fired(struct ft_exch *ex, struct ft_trigger *out);

/* Some waiting order of the instrument, 0 when there is none; the same one for equal states. */
uint32_t ft_triggers_any(const struct ft_exch *ex, uint32_t inst_i);

/* Where the condition stands: its trigger price, for a trailing one the present stop (0 before
 * the first price). */
ft_price ft_triggers_stop(const struct ft_exch *ex, uint32_t i);
/* The best price that a trailing order has seen; 0: none yet, or of another type. */
ft_price ft_triggers_peak(const struct ft_exch *ex, uint32_t i);

static inline bool ft_triggers_wait(const struct ft_inst *inst)
{
    return (inst->waiting[0] | inst->waiting[1] | inst->trailing[0] | inst->trailing[1]) != 0;
}

/* Stop on broken heaps and chains; how many wait, and a digest of them. O(waiting). */
uint32_t ft_triggers_verify(const struct ft_exch *ex, uint32_t inst_i);
uint64_t ft_triggers_hash(const struct ft_exch *ex, uint32_t inst_i);

#endif
