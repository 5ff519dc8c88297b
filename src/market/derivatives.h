/* Inside of the universe: rules that say when contracts end and which are listed. The words are
 * those of data/README.md (futures.csv, options.csv). */
#ifndef FT_MARKET_DERIVATIVES_H
#define FT_MARKET_DERIVATIVES_H

#include "market/instrument.h"

/* A month is counted as year * 12 + (month - 1). */
int ft_month_of(ft_day day);
ft_day ft_month_first(int month);

/* The n-th trading day before `day`; n = 0: `day` itself if it is one, else the last before it. */
ft_day ft_trading_day_back(const struct ft_calendars *c, enum ft_calendar_id cal, ft_day day,
                           int n);

/* Last trading days by month: place of the rule's word ("bd_before_last_bd" ...), or -1, and the
 * day in a month. Days never go back from one month to the next. */
int ft_day_rule_find(const char *word);
ft_day ft_day_rule_at(const struct ft_calendars *c, enum ft_calendar_id cal, int rule, int month);
/* The nearest month whose day has not passed. */
int ft_spot_month(const struct ft_calendars *c, enum ft_calendar_id cal, int rule, ft_day today);

/* Listed months, ascending. */
enum { FT_MONTHS_MAX = 48 };
struct ft_months {
    int count;
    int month[FT_MONTHS_MAX];
    bool cycle[FT_MONTHS_MAX]; /* named by a cycle: part */
};
/* "spot+next+q2+dec3", "m3+cycle:HMUZ*5" ... from the spot month on: 0, or -1 for a bad rule. */
int ft_months_list(const char *rule, int spot, struct ft_months *out);

/* A rounded starting price of an option: intrinsic value and a share of time value that fades with
 * the distance from the strike. Not a model: the feed makes its own prices. */
ft_price ft_option_start_price(bool call, ft_price spot, ft_price strike, int days);

#endif
