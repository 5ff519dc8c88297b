#include "exchange/phases.h"

#include "exchange/cancel.h"
#include "exchange/match_auction.h"

bool ft_phase_prices_good(ft_price low, ft_price high, ft_price reference)
{
    return low >= 0 && high >= 0 && reference >= 0 && low <= FT_EX_PRICE_MAX &&
           high <= FT_EX_PRICE_MAX && reference <= FT_EX_PRICE_MAX &&
           (low == 0 || high == 0 || low <= high);
}

static void set_prices(struct ft_inst *inst, const struct ft_ex_cmd *cmd)
{
    inst->low = cmd->low;
    inst->high = cmd->high;
    if (cmd->reference)
        inst->reference = cmd->reference;
}

static void report_phase(const struct ft_inst *inst, struct ft_step *step, uint32_t inst_i)
{
    struct ft_ex_event *e = ft_event(step, FT_EX_PHASED, inst_i);
    e->phase = inst->phase;
    e->why = inst->suspended ? FT_EX_SUSPENDED : FT_EX_OK;
}

static ft_price best_price(const struct ft_exch *ex, const struct ft_inst *inst, int side)
{
    uint32_t best = inst->side[side].best;
    return best ? ft_level_at(ex, best)->price : 0;
}

/* From the no-cancel period on, new limits stay between the lowest ask and the highest bid as
 * they were at its beginning (spec section 2), whichever of both is higher; a missing side leaves
 * that end to the band. */
static void record_range(const struct ft_exch *ex, struct ft_inst *inst)
{
    ft_price bid = best_price(ex, inst, FT_EX_BUY), ask = best_price(ex, inst, FT_EX_SELL);
    if (bid && ask) {
        inst->range_low = bid < ask ? bid : ask;
        inst->range_high = bid < ask ? ask : bid;
    } else {
        inst->range_low = bid;
        inst->range_high = ask;
    }
}

/* Continuous trading begins or goes on: what the last price fires has been waiting for it. */
static void begin_continuous(const struct ft_exch *ex, const struct ft_inst *inst,
                             struct ft_step *step)
{
    ft_price bid = best_price(ex, inst, FT_EX_BUY), ask = best_price(ex, inst, FT_EX_SELL);
    FT_CHECK(!bid || !ask || bid < ask);
    FT_CHECK(!inst->side[FT_EX_BUY].auction && !inst->side[FT_EX_SELL].auction);
    step->first = step->last = inst->last;
}

enum ft_ex_why ft_phase_set(struct ft_exch *ex, struct ft_step *step, const struct ft_ex_cmd *cmd)
{
    struct ft_inst *inst = ft_inst_at(ex, cmd->inst);
    if (cmd->phase >= FT_EX_PHASES || !ft_phase_prices_good(cmd->low, cmd->high, cmd->reference))
        return FT_EX_BAD_FIELD;
    bool was_auction = ft_phase_is_auction(inst->phase), auction = ft_phase_is_auction(cmd->phase);
    if (was_auction && !auction) {
        inst->uncross_due = inst->suspended;
        if (!inst->suspended)
            ft_auction_uncross(ex, step, cmd->inst, inst->fallback);
    } else if (auction) {
        inst->uncross_due = false; /* the new auction takes the old one's orders along */
    }
    inst->phase = cmd->phase;
    inst->fallback = cmd->fallback;
    set_prices(inst, cmd);
    if (cmd->phase == FT_EX_NO_CANCEL && ft_profile_of(ex, inst)->rules.no_cancel_range)
        record_range(ex, inst);
    else if (cmd->phase != FT_EX_RANDOM)
        inst->range_low = inst->range_high = 0;
    report_phase(inst, step, cmd->inst);
    if (cmd->phase == FT_EX_INPUT)
        ft_cancel_beyond(ex, step, cmd->inst, inst->low, inst->high); /* CAS: carried over within */
    if (cmd->phase == FT_EX_CLOSED) {
        inst->uncross_due = false;
        ft_cancel_all(ex, step, cmd->inst, FT_EX_DAY_ENDED);
    }
    if (cmd->phase == FT_EX_CONTINUOUS && !inst->suspended)
        begin_continuous(ex, inst, step);
    if (auction && !inst->suspended)
        ft_auction_indicate(ex, step, cmd->inst);
    return FT_EX_OK;
}

enum ft_ex_why ft_phase_band(struct ft_exch *ex, struct ft_step *step, const struct ft_ex_cmd *cmd)
{
    struct ft_inst *inst = ft_inst_at(ex, cmd->inst);
    if (!ft_phase_prices_good(cmd->low, cmd->high, cmd->reference))
        return FT_EX_BAD_FIELD;
    set_prices(inst, cmd);
    report_phase(inst, step, cmd->inst);
    return FT_EX_OK;
}

enum ft_ex_why ft_phase_suspend(struct ft_exch *ex, struct ft_step *step, uint32_t inst_i,
                                bool suspended)
{
    struct ft_inst *inst = ft_inst_at(ex, inst_i);
    bool resumes = inst->suspended && !suspended;
    inst->suspended = suspended;
    if (resumes && inst->uncross_due) {
        inst->uncross_due = false;
        FT_CHECK(!ft_phase_is_auction(inst->phase));
        ft_auction_uncross(ex, step, inst_i, false);
    }
    report_phase(inst, step, inst_i);
    if (resumes && inst->phase == FT_EX_CONTINUOUS)
        begin_continuous(ex, inst, step);
    return FT_EX_OK;
}
