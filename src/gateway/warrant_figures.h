/* What a warrant, bull or bear contract or inline warrant is worth against its underlying: the
 * figures of the snapshot and of the warrant screen, by the formulas of
 * quote-derivatives-screening.md 2.3. */
#ifndef FT_GATEWAY_WARRANT_FIGURES_H
#define FT_GATEWAY_WARRANT_FIGURES_H

#include "gateway/edge.h"

/* Percents are numbers before the sign; results are cut to three decimals, but the distance to the
 * recovery price. What does not exist for a kind is 0. */
struct ft_warrant_figures {
    bool is_option;  /* call or put: volatility and delta exist */
    bool is_cbbc;    /* bull or bear: recovery exists */
    double spot, ratio, strike;
    double conversion_price, break_even, leverage, effective_leverage, moneyness, premium;
    double volatility, delta;
    double recovery, recovery_ratio;
    double upper;        /* inline: `strike` is the lower bound */
    int32_t price_type;  /* Qot_Common.PriceType, 1 out of the money, 2 in it */
    int32_t status;      /* Qot_Common.WarrantStatus */
    int64_t street_volume;
    double street_rate;
    double score;        /* 0 to 100, the project's own: nobody knows the vendor's */
};
void ft_warrant_figures(struct ft_gateway *gw, const struct ft_instrument *inst, ft_price last,
                        struct ft_warrant_figures *out);

#endif
