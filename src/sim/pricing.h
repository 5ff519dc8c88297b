/* Values of derivatives: Black-Scholes-Merton for European, Barone-Adesi and Whaley (1987) for
 * American exercise; bull and bear contracts at intrinsic plus funding; inline warrants as digital
 * ranges. Doubles: these are model values, which become prices on the tick grid. */
#ifndef FT_SIM_PRICING_H
#define FT_SIM_PRICING_H

#include <stdbool.h>

struct ft_greeks { double value, delta, gamma, vega, theta, rho; };

/* spot, strike > 0; years >= 0; volatility > 0; rate and yield as fractions a year. vega and rho
 * per one percentage point, theta per calendar day. */
void ft_price_option(bool call, bool american, double spot, double strike, double years,
                     double volatility, double rate, double yield, struct ft_greeks *out);
/* The value alone, a tenth of the work. */
double ft_option_value(bool call, bool american, double spot, double strike, double years,
                       double volatility, double rate, double yield);
/* Volatility at which the option is worth `value`; 0 when none is (below intrinsic). */
double ft_implied_volatility(bool call, bool american, double value, double spot, double strike,
                             double years, double rate, double yield);
/* exp and log made of + - * / only, the same bits on every platform. */
double ft_exp(double x);
double ft_log_natural(double x);
/* Standard normal distribution function, error below 1e-7. */
double ft_normal_cdf(double x);

#endif
