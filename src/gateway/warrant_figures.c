#include "gateway/warrant_figures.h"

#include "base/rng.h"
#include "gateway/build_quote.h"
#include "sim/pricing.h"

#include <math.h>

/* Toward zero; a hair keeps 9.4, of which doubles have the one just below, at 9.4. */
static double cut3(double v)
{
    return trunc(v * 1000 + (v < 0 ? -1e-6 : 1e-6)) / 1000;
}

/* Share of the issue that is with the public: invented, constant for a product. */
static void set_street(const struct ft_instrument *inst, struct ft_warrant_figures *f)
{
    double u = ft_rng_to_unit(ft_rng_at(ft_instrument_key(inst), 0x737472656574, 0));
    int64_t lot = inst->lot > 0 ? inst->lot : 1;
    f->street_volume = (int64_t)((double)inst->issued * 0.6 * u * u * u) / lot * lot;
    f->street_rate =
        inst->issued > 0 ? cut3((double)f->street_volume / (double)inst->issued * 100) : 0;
}

static int32_t status_of(const struct ft_gateway *gw, const struct ft_instrument *inst, double spot,
                         double recovery)
{
    ft_day today = ft_edge_today(gw, inst);
    if (inst->listing_day != FT_NO_DAY && inst->listing_day > today)
        return QOT__COMMON__WARRANT_STATUS__WarrantStatus_PendingListing;
    bool called = (inst->right == FT_BULL && spot <= recovery) ||
                  (inst->right == FT_BEAR && spot >= recovery);
    if (called || inst->expiry_day < today)
        return QOT__COMMON__WARRANT_STATUS__WarrantStatus_StopTrade;
    return inst->suspended ? QOT__COMMON__WARRANT_STATUS__WarrantStatus_Suspend
                           : QOT__COMMON__WARRANT_STATUS__WarrantStatus_Normal;
}

static void set_option(struct ft_gateway *gw, const struct ft_instrument *inst, double value,
                       struct ft_warrant_figures *f)
{
    const struct ft_model *model = ft_world_model(gw->world);
    struct ft_dynamics d = ft_model_dynamics(model, inst->underlying);
    double years = ft_model_years_left(model, inst->index, ft_world_now(gw->world));
    if (years < 0.5 / 24 / 365)
        years = 0.5 / 24 / 365;
    bool call = inst->right == FT_CALL;
    double vol = ft_implied_volatility(call, inst->american, value, f->spot, f->strike, years,
                                       d.rate, d.yield);
    double at = vol > 0 ? vol : d.volatility; /* at or below what it is worth when exercised */
    double up = ft_option_value(call, inst->american, f->spot * 1.001, f->strike, years, at, d.rate,
                                d.yield);
    double down = ft_option_value(call, inst->american, f->spot * 0.999, f->strike, years, at,
                                  d.rate, d.yield);
    f->delta = cut3((up - down) / (f->spot * 0.002));
    f->volatility = cut3(at * 100);
}

void ft_warrant_figures(struct ft_gateway *gw, const struct ft_instrument *inst, ft_price last,
                        struct ft_warrant_figures *out)
{
    struct ft_warrant_figures *f = out;
    *f = (struct ft_warrant_figures){0};
    f->spot = ft_underlying_now(gw, inst);
    f->ratio = inst->ratio > 0 ? (double)inst->ratio / FT_QTY_SCALE : 1;
    f->strike = ft_price_to_double(inst->strike);
    f->is_option = inst->right == FT_CALL || inst->right == FT_PUT;
    f->is_cbbc = inst->right == FT_BULL || inst->right == FT_BEAR;
    double barrier = ft_price_to_double(inst->barrier);
    double value = ft_price_to_double(last) * f->ratio;
    set_street(inst, f);
    f->status = status_of(gw, inst, f->spot, barrier);
    f->conversion_price = cut3(value);
    f->leverage = value > 0 ? cut3(f->spot / value) : 0;
    f->effective_leverage = f->leverage;
    if (inst->right == FT_INLINE) {
        f->upper = barrier;
        f->price_type = f->spot >= f->strike && f->spot <= barrier ? 2 : 1;
    } else {
        double sign = inst->right == FT_CALL || inst->right == FT_BULL ? 1 : -1;
        double even = f->strike + sign * value;
        f->break_even = cut3(even);
        f->moneyness = f->strike > 0 ? cut3(sign * (f->spot - f->strike) / f->strike * 100) : 0;
        f->premium = cut3(sign * (even - f->spot) / f->spot * 100);
        f->price_type = sign * (f->spot - f->strike) > 0 ? 2 : 1;
        if (f->is_cbbc) {
            f->recovery = barrier;
            f->recovery_ratio = barrier > 0 ? sign * (f->spot - barrier) / barrier * 100 : 0;
        }
    }
    if (f->is_option) {
        set_option(gw, inst, value, f);
        f->effective_leverage = cut3(f->leverage * f->delta);
    }
    /* Cheap, and not yet with many: what a holder would rather have. */
    double score = 100 - fabs(f->premium) - f->street_rate / 2;
    f->score = cut3(score < 0 ? 0 : score);
}
