/* The price model: what every instrument is worth at every moment, past and present, as a pure
 * function of seed, instrument and time. Nothing is stored.
 *
 * A counter-based Brownian motion by midpoint displacement (Levy's construction) gives the log
 * price at day ends, anchored so that the data's reference price holds on its date; a bridge of the
 * same kind gives the minutes between. Minutes make the day: a day's open, high, low, close, volume
 * and turnover are those of its minutes, and weeks to years those of their days. Derivatives follow
 * from their underlying (pricing.h). Simulated: none of it is market data. */
#ifndef FT_SIM_MODEL_H
#define FT_SIM_MODEL_H

#include "market/bar.h"
#include "market/instrument.h"

struct ft_model; /* caches inside: not thread-safe, but a cache never changes an answer */

/* The universe must outlive the model. NULL without memory. */
struct ft_model *ft_model_new(const struct ft_universe *u, uint64_t seed,
                              const struct ft_hours *hours);
void ft_model_free(struct ft_model *m);
const struct ft_hours *ft_model_hours(const struct ft_model *m);

/* First day of history that the model gives: listing day, at most 30 years back. */
ft_day ft_model_first_day(const struct ft_model *m, ft_inst i);

/* Fair value at a moment, unrounded to the tick; > 0. Outside trading: the last value inside. */
ft_price ft_model_fair(const struct ft_model *m, ft_inst i, int64_t utc_ns);
/* The same for a derivative, straight from its underlying, without the minutes of its day: `at` is a
 * moment inside trading, or what ft_model_trading_moment gives. On the tick grid. */
ft_price ft_model_derived(const struct ft_model *m, ft_inst i, int64_t at);
/* Years that an option or warrant has left, >= 0: what its model price counts with. */
double ft_model_years_left(const struct ft_model *m, ft_inst i, int64_t utc_ns);
/* utc_ns when the instrument trades then, else the last moment before at which it did. */
int64_t ft_model_trading_moment(const struct ft_model *m, ft_inst i, int64_t utc_ns);
/* Closes of past trading days of anything that is not derived: what ft_model_day tells, straight
 * from the model. `days` ascend; 0 for one without a bar. */
void ft_model_closes(const struct ft_model *m, ft_inst i, const ft_day *days, size_t n,
                     ft_price *out);
/* Contracts or shares traded on the running day up to a moment, without its prices; exact for
 * contracts. */
ft_qty ft_model_volume_until(const struct ft_model *m, ft_inst i, int64_t utc_ns);
/* Shares (fixed point) expected to trade per minute at a moment; 0 outside trading. */
ft_qty ft_model_minute_volume(const struct ft_model *m, ft_inst i, int64_t utc_ns);

/* Contracts (fixed point) that an option or future trades on a day, about. */
ft_qty ft_model_contracts_a_day(const struct ft_model *m, ft_inst i, ft_day day);
/* Shares that the day's opening or closing auction is expected to trade; 0: it has none. */
ft_qty ft_model_auction_volume(const struct ft_model *m, ft_inst i, ft_day day, bool closing);

/* Minute bars of a trading day in the wanted sessions (FT_IN_...), ascending, prev_close filled; no
 * bar for minutes without trade. At most `max` (1441 suffices). Returns the count. */
size_t ft_model_minutes(const struct ft_model *m, ft_inst i, ft_day day, unsigned sessions,
                        struct ft_bar *out, size_t max);
/* The day's bar (regular session), false when the day has none. prev_close is the close of the
 * trading day before. Cached. */
bool ft_model_day(const struct ft_model *m, ft_inst i, ft_day day, struct ft_bar *out);
/* Unadjusted close of the last trading day before `day`. */
ft_price ft_model_prev_close(const struct ft_model *m, ft_inst i, ft_day day);

/* Shares that are traded on a usual day. */
ft_qty ft_model_usual_volume(const struct ft_model *m, ft_inst i);

/* Highest and lowest closes, forward adjusted: of the year before `day`, and of all history by its
 * months. Kept for the day, since a snapshot of many asks for them all. */
struct ft_extremes {
    ft_day day;
    double high_year, low_year, high_ever, low_ever;
};
bool ft_model_extremes(const struct ft_model *m, ft_inst i, ft_day day, struct ft_extremes *out);

/* Corporate actions up to and including `until`, ascending; *out is owned by the model. */
size_t ft_model_rehab(const struct ft_model *m, ft_inst i, ft_day until,
                      const struct ft_rehab **out);

/* Fundamentals of a stock or fund on a day, deterministic: what the snapshot shows. */
struct ft_fundamentals {
    double net_asset, net_profit, net_profit_ttm; /* currency */
    double eps, eps_ttm, nav_per_share, dividend_ttm, dividend_lfy; /* per share */
};
void ft_model_fundamentals(const struct ft_model *m, ft_inst i, ft_day day,
                           struct ft_fundamentals *out);

/* The same without the dividends, which cost most of the work. */
void ft_model_earnings(const struct ft_model *m, ft_inst i, ft_day day,
                       struct ft_fundamentals *out);
/* Corporate actions with ex-days in (after, until], ascending, at most `max`: those of
 * ft_model_rehab, without making all of history. */
size_t ft_model_recent_rehab(const struct ft_model *m, ft_inst i, ft_day after, ft_day until,
                             struct ft_rehab *out, size_t max);

/* Reported figures (financials.c): `field` is a Qot_StockFilter.FinancialField number (1 to
 * FT_FINANCIAL_FIELDS), `quarter` a FinancialQuarter one (1 annual, 2 first quarter, 3 interim, 4
 * third quarter, 5 the latest on `day`); percents are numbers before the sign. Quarters count from
 * the start of the year. Simulated, and consistent with the fundamentals above. */
enum { FT_FINANCIAL_FIELDS = 46, FT_FINANCIAL_QUARTERS = 5 };
double ft_model_financial(const struct ft_model *m, ft_inst i, ft_day day, int field, int quarter);
/* Whether the figure is in annual reports only. */
bool ft_financial_is_annual(int field);
/* Revenue and operating cash flow of the last twelve months, per share. */
void ft_model_flows_per_share(const struct ft_model *m, ft_inst i, ft_day day, double *sales,
                              double *cash);

/* Annual volatility that the model moves the instrument by, and its interest and dividend yield
 * (fractions): inputs of option prices. */
struct ft_dynamics { double volatility, rate, yield; };
struct ft_dynamics ft_model_dynamics(const struct ft_model *m, ft_inst i);

#endif
