/* The market as a table for screens: a row for every stock, columns of what screens ask, each
 * worked out when it is first needed and kept for as long as it holds.
 *
 * Prices of stocks that nobody watches are those of the last full minute of the running session
 * (a watched one's is its last trade). Closes are forward adjusted, as charts show them; those of
 * past days, weeks and months are kept for the trading day. All of it is what the same questions to
 * the world, one by one, answer. */
#ifndef FT_SIM_SHEET_H
#define FT_SIM_SHEET_H

#include "market/indicators.h"
#include "sim/world.h"

struct ft_sheet;

/* The world must outlive it. NULL without memory. */
struct ft_sheet *ft_sheet_new(struct ft_world *w);
void ft_sheet_free(struct ft_sheet *s);

size_t ft_sheet_rows(const struct ft_sheet *s);
const struct ft_instrument *ft_sheet_instrument(const struct ft_sheet *s, size_t row);
/* The row of a stock, or SIZE_MAX. */
size_t ft_sheet_find(const struct ft_sheet *s, ft_inst i);

/* What stands in reports, per share. */
struct ft_sheet_facts { double eps, eps_ttm, nav, sales, cash; };
const struct ft_sheet_facts *ft_sheet_facts(struct ft_sheet *s, size_t row);

/* Works on what most screens need, `rows` rows at a time, so that the first screen of a day over
 * very many stocks need not; true: more is to do. */
bool ft_sheet_warm(struct ft_sheet *s, size_t rows);

/* Last price of the regular session; of a suspended stock the one that is known. */
ft_price ft_sheet_last(struct ft_sheet *s, size_t row);
/* Trading day that the price is of. */
ft_day ft_sheet_day(struct ft_sheet *s, size_t row);

/* Bars of FT_BAR_DAY, WEEK, MONTH or 60M up to now, the running one last; with highs and lows if
 * `range`. Good until the next call. n is 0 without memory. */
void ft_sheet_series(struct ft_sheet *s, size_t row, enum ft_bar_kind kind, bool range,
                     struct ft_series *out);

/* Days of accumulated figures, the running one included. */
enum { FT_SHEET_DAYS_MAX = 250 };
/* Close of `days` days before the newest; NAN: listed later. */
double ft_sheet_close_before(struct ft_sheet *s, size_t row, int days);
/* Close of the last day of the year before; NAN: listed later. */
double ft_sheet_close_of_last_year(struct ft_sheet *s, size_t row);
/* Highest and lowest over the last `days` days; false: none. */
bool ft_sheet_range(struct ft_sheet *s, size_t row, int days, double *low, double *high);
/* Of the closes of a year, and of the running day's bar, as snapshots have it. */
bool ft_sheet_year_range(struct ft_sheet *s, size_t row, double *low, double *high);
/* Sum of shares, and of money, over the last `days` days, and how many of them there were. */
int ft_sheet_volume(struct ft_sheet *s, size_t row, int days, double *shares);
int ft_sheet_turnover(struct ft_sheet *s, size_t row, int days, double *money);

#endif
