#include "exchange/rules.h"

#include "exchange/book.h"

/* The sum over a side stays within 64 bits whatever is added one order at a time. */
#define SUM_MAX (INT64_MAX - FT_EX_QTY_MAX)

static ft_price best_price(const struct ft_exch *ex, const struct ft_inst *inst, int side)
{
    uint32_t best = inst->side[side].best;
    return best ? ft_level_at(ex, best)->price : 0;
}

ft_price ft_rules_nominal(const struct ft_exch *ex, const struct ft_inst *inst)
{
    ft_price nominal = inst->last ? inst->last : inst->reference;
    if (!nominal || inst->phase != FT_EX_CONTINUOUS)
        return nominal;
    ft_price bid = best_price(ex, inst, FT_EX_BUY), ask = best_price(ex, inst, FT_EX_SELL);
    if (bid > nominal)
        return bid;
    return ask && ask < nominal ? ask : nominal;
}

bool ft_rules_near_nominal(const struct ft_exch *ex, const struct ft_inst *inst, ft_price nominal,
                           ft_price price)
{
    ft_i128 multiple = ft_profile_of(ex, inst)->rules.nominal_multiple;
    if (!multiple || !nominal)
        return true;
    return price < multiple * nominal && multiple * price > nominal;
}

static enum ft_ex_why check_qty(const struct ft_inst *inst, int side, ft_qty qty)
{
    if (qty <= 0 || qty > FT_EX_QTY_MAX)
        return FT_EX_BAD_QTY;
    if (qty > inst->max_qty)
        return FT_EX_QTY_HIGH;
    if (side == FT_EX_SELL && inst->odd_sell)
        return FT_EX_OK; /* an odd remainder is sold at once, spec section 5 */
    if (!ft_divides(&inst->lot, qty))
        return FT_EX_ODD_LOT;
    return qty < inst->min_qty ? FT_EX_QTY_LOW : FT_EX_OK;
}

static inline enum ft_ex_why check_grid(const struct ft_profile *profile, ft_price price)
{
    if (price <= 0 || price > FT_EX_PRICE_MAX)
        return FT_EX_BAD_PRICE;
    return ft_ticks_on_grid(profile->ticks, price) ? FT_EX_OK : FT_EX_OFF_TICK;
}

/* How far `guard` reaches from `base` upwards (direction 1) or downwards (-1). */
static ft_price guard_end(const struct ft_ticks *ticks, const struct ft_ex_guard *guard,
                          ft_price base, int direction)
{
    ft_price by_spread = 0, by_ratio = 0;
    if (guard->spreads) {
        ft_price on_grid = ft_ticks_floor(ticks, base);
        if (on_grid)
            by_spread = ft_ticks_step(ticks, on_grid, direction * guard->spreads);
        if (!by_spread)
            by_spread = direction > 0 ? FT_EX_PRICE_MAX : 1;
    }
    if (guard->bp)
        by_ratio = base + direction * (ft_price)((ft_i128)base * guard->bp / 10000);
    if (!by_spread || !by_ratio)
        return by_spread ? by_spread : by_ratio;
    bool spread_is_farther = direction > 0 ? by_spread > by_ratio : by_spread < by_ratio;
    return spread_is_farther == guard->wider ? by_spread : by_ratio;
}

/* Base price of a guard that starts at the best price of `side`. */
static ft_price guard_base(const struct ft_exch *ex, const struct ft_inst *inst,
                           const struct ft_ex_guard *guard, int side)
{
    ft_price base = best_price(ex, inst, side);
    if (base || !guard->any_base)
        return base;
    base = best_price(ex, inst, !side);
    if (!base)
        base = inst->last ? inst->last : inst->reference;
    return base;
}

static bool within_guard(const struct ft_exch *ex, const struct ft_inst *inst,
                         const struct ft_ex_guard *guard, int base_side, int direction,
                         ft_price price)
{
    if (!guard->spreads && !guard->bp)
        return true;
    ft_price base = guard_base(ex, inst, guard, base_side);
    if (!base)
        return true;
    ft_price end = guard_end(ft_profile_of(ex, inst)->ticks, guard, base, direction);
    return direction > 0 ? price <= end : price >= end;
}

/* Rules that compare the price with where the market is. */
static enum ft_ex_why check_market(const struct ft_exch *ex, const struct ft_inst *inst,
                                   const struct ft_taker *t)
{
    const struct ft_ex_profile *rules = &ft_profile_of(ex, inst)->rules;
    int up = t->side == FT_EX_BUY ? 1 : -1; /* toward the other side */
    if (!ft_rules_near_nominal(ex, inst, ft_rules_nominal(ex, inst), t->price))
        return FT_EX_TOO_FAR;
    if (inst->phase != FT_EX_CONTINUOUS)
        return FT_EX_OK;
    if (t->type == FT_EX_LIMIT &&
        !within_guard(ex, inst, &rules->aggressive, !t->side, up, t->price))
        return FT_EX_TOO_AGGRESSIVE;
    if ((t->type == FT_EX_LIMIT || t->type == FT_EX_ABSOLUTE) &&
        !within_guard(ex, inst, &rules->passive, t->side, -up, t->price))
        return FT_EX_TOO_FAR;
    return FT_EX_OK;
}

static enum ft_ex_why check_price(const struct ft_exch *ex, const struct ft_inst *inst,
                                  const struct ft_taker *t)
{
    const struct ft_profile *profile = ft_profile_of(ex, inst);
    enum ft_ex_why why = check_grid(profile, t->price);
    if (why)
        return why;
    if ((inst->low && t->price < inst->low) || (inst->high && t->price > inst->high))
        return FT_EX_OUTSIDE_BAND;
    if (inst->phase != FT_EX_CONTINUOUS && ((inst->range_low && t->price < inst->range_low) ||
                                            (inst->range_high && t->price > inst->range_high)))
        return FT_EX_AUCTION_RANGE;
    if (t->type == FT_EX_ABSOLUTE && inst->phase == FT_EX_CONTINUOUS) {
        ft_price other = best_price(ex, inst, !t->side);
        if (other && ft_merit(t->side, t->price) > ft_merit(t->side, other))
            return FT_EX_WOULD_CROSS;
    }
    return profile->guarded ? check_market(ex, inst, t) : FT_EX_OK;
}

enum ft_ex_why ft_rules_enter(const struct ft_exch *ex, const struct ft_taker *t)
{
    const struct ft_inst *inst = ft_inst_at(ex, t->inst);
    const struct ft_ex_profile *rules = &ft_profile_of(ex, inst)->rules;
    bool auction = ft_phase_is_auction(inst->phase);
    FT_CHECK(!ft_type_is_conditional(t->type) && t->filled == 0);
    if (inst->suspended)
        return FT_EX_SUSPENDED;
    if (!auction && inst->phase != FT_EX_CONTINUOUS)
        return FT_EX_WRONG_PHASE;
    if (!((auction ? rules->types_auction : rules->types_continuous) & FT_EX_BIT(t->type)))
        return FT_EX_WRONG_TYPE;
    if (auction && t->tif != FT_EX_DAY)
        return FT_EX_WRONG_TIF;
    enum ft_ex_why why = check_qty(inst, t->side, t->left);
    if (!why && ft_type_has_price(t->type))
        why = check_price(ex, inst, t);
    if (!why && inst->side[t->side].qty > SUM_MAX)
        why = FT_EX_FULL;
    return why;
}

enum ft_ex_why ft_rules_amend(const struct ft_exch *ex, const struct ft_taker *t,
                              bool price_changes)
{
    const struct ft_inst *inst = ft_inst_at(ex, t->inst);
    if (inst->suspended)
        return FT_EX_SUSPENDED;
    if (inst->phase != FT_EX_CONTINUOUS && inst->phase != FT_EX_INPUT)
        return FT_EX_WRONG_PHASE;
    enum ft_ex_why why = check_qty(inst, t->side, t->left + t->filled);
    if (!why && price_changes)
        why = check_price(ex, inst, t);
    if (!why && inst->side[t->side].qty > SUM_MAX)
        why = FT_EX_FULL;
    return why;
}

enum ft_ex_why ft_rules_condition(const struct ft_exch *ex, const struct ft_ex_cmd *cmd,
                                  uint8_t side, uint8_t type)
{
    const struct ft_inst *inst = ft_inst_at(ex, cmd->inst);
    FT_CHECK(ft_type_is_conditional(type));
    if (inst->suspended)
        return FT_EX_SUSPENDED;
    if (inst->phase == FT_EX_CLOSED)
        return FT_EX_WRONG_PHASE;
    if (!(ft_profile_of(ex, inst)->rules.types_continuous & FT_EX_BIT(type)))
        return FT_EX_WRONG_TYPE;
    enum ft_ex_why why = check_qty(inst, side, cmd->qty);
    if (!why && ft_type_has_price(type))
        why = check_grid(ft_profile_of(ex, inst), cmd->price);
    if (why)
        return why;
    if (type != FT_EX_TRAILING && type != FT_EX_TRAILING_LIMIT)
        return cmd->trigger > 0 && cmd->trigger <= FT_EX_PRICE_MAX ? FT_EX_OK : FT_EX_BAD_TRIGGER;
    int64_t most = cmd->trail == FT_EX_BY_RATIO ? FT_EX_RATIO_SCALE - 1 : FT_EX_PRICE_MAX;
    bool good = cmd->trail <= FT_EX_BY_RATIO && cmd->trail_value > 0 && cmd->trail_value <= most &&
                cmd->trail_spread >= 0 && cmd->trail_spread <= FT_EX_PRICE_MAX &&
                cmd->trigger >= 0 && cmd->trigger <= FT_EX_PRICE_MAX;
    return good ? FT_EX_OK : FT_EX_BAD_TRIGGER;
}
