/* What may enter a book: phase, order type, quantity, tick, price limits. Reads only.
 *
 * Each check answers with the first reason against the order. The rules themselves are data of
 * the profile and the instrument; nothing here knows a market by name. */
#ifndef FT_EXCHANGE_RULES_H
#define FT_EXCHANGE_RULES_H

#include "exchange/state.h"

static inline bool ft_type_is_conditional(uint8_t type)
{
    return type >= FT_EX_STOP;
}
static inline bool ft_type_has_price(uint8_t type)
{
    return type != FT_EX_MARKET && type != FT_EX_AUCTION && type != FT_EX_STOP &&
           type != FT_EX_TOUCHED && type != FT_EX_TRAILING && type != FT_EX_TRAILING_LIMIT;
}

static inline bool ft_phase_can_cancel(const struct ft_inst *inst)
{
    return inst->suspended || inst->phase == FT_EX_CONTINUOUS || inst->phase == FT_EX_INPUT ||
           inst->phase == FT_EX_CANCEL_ONLY;
}

/* A new order of quantity t->left, by a user or by a trigger. */
enum ft_ex_why ft_rules_enter(const struct ft_exch *ex, const struct ft_taker *t);

/* A resting order that is to have the price t->price and the quantity t->left + t->filled. */
enum ft_ex_why ft_rules_amend(const struct ft_exch *ex, const struct ft_taker *t,
                              bool price_changes);

/* A conditional order, new or amended; what it turns into is checked when it fires. */
enum ft_ex_why ft_rules_condition(const struct ft_exch *ex, const struct ft_ex_cmd *cmd,
                                  uint8_t side, uint8_t type);

/* HK nominal price: the last trade, or before one the reference, pulled up to a higher best bid
 * or down to a lower best ask in continuous trading. 0 when there is none. Source: moomoo
 * support topic 3_56, which restates the HKEX rule; spec section 2 uses the word. */
ft_price ft_rules_nominal(const struct ft_exch *ex, const struct ft_inst *inst);

/* Within the profile's multiple of the nominal price (spec section 2: 505A and what ALOs need to
 * be carried forward). */
bool ft_rules_near_nominal(const struct ft_exch *ex, const struct ft_inst *inst, ft_price nominal,
                           ft_price price);

#endif
