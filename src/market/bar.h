/* Bars (K-lines): what one is, and how short ones make long ones. */
#ifndef FT_MARKET_BAR_H
#define FT_MARKET_BAR_H

#include "base/date.h"
#include "base/fixed.h"

#include <stdbool.h>
#include <stddef.h>

/* Values of Qot_Common.KLType. */
enum ft_bar_kind {
    FT_BAR_1M = 1, FT_BAR_DAY = 2, FT_BAR_WEEK = 3, FT_BAR_MONTH = 4, FT_BAR_YEAR = 5,
    FT_BAR_5M = 6, FT_BAR_15M = 7, FT_BAR_30M = 8, FT_BAR_60M = 9, FT_BAR_3M = 10,
    FT_BAR_QUARTER = 11, FT_BAR_10M = 12, FT_BAR_120M = 13, FT_BAR_180M = 14, FT_BAR_240M = 15,
    FT_BAR_KINDS = 16,
};

struct ft_bar {
    ft_day day;       /* trading day it belongs to (of its last day, for week and longer) */
    int32_t minute;   /* label: END minute of the local calendar day `label_day`, 0 to 1440; day and
                       * longer: 0. quote-realtime.md 4.8: minute bars carry the end minute, an
                       * opening auction alone the minute of the open (09:30). */
    ft_day label_day; /* calendar day of the label; day and longer: = day */
    bool opening_auction; /* trades of the opening auction alone: its label is the open itself */
    ft_price open, high, low, close;
    ft_price prev_close; /* close of the bar before; 0: not known */
    ft_qty volume;
    ft_money turnover;
};

/* Minutes of an intraday kind (1, 3, 5 ...), 0 for day and longer and for unknown kinds. */
int ft_bar_minutes(enum ft_bar_kind kind);
bool ft_bar_kind_known(int kind);

/* Adds a later bar of the same period to *into (open stays, close and label follow). */
void ft_bar_extend(struct ft_bar *into, const struct ft_bar *later);

/* Whether two trading days fall into the same week (Monday to Sunday), month, quarter or year. */
bool ft_bar_same_period(enum ft_bar_kind kind, ft_day a, ft_day b);

/* A price adjustment step: adjusted = price * a + b (spec platform.md 14). a is fixed point 1e-9,
 * b a price. */
#define FT_FACTOR_SCALE INT64_C(1000000000)
struct ft_rehab {
    ft_day ex_day;
    int64_t act_flags; /* bits of Qot_Common.CompanyAct */
    int32_t split_base, split_ert; /* split 1 into 5: 1, 5 */
    int32_t join_base, join_ert;   /* join 50 into 1: 50, 1 */
    int32_t bonus_base, bonus_ert; /* bonus 3 per 10: 10, 3 */
    ft_price dividend;             /* cash per share */
    int64_t fwd_a, bwd_a;          /* FT_FACTOR_SCALE */
    ft_price fwd_b, bwd_b;
};

enum ft_adjust { FT_ADJUST_NONE = 0, FT_ADJUST_FORWARD = 1, FT_ADJUST_BACKWARD = 2 };

/* Adjusts a raw price of `day` by the events (ascending ex-days): forward takes those with
 * ex_day > day, earliest first; backward those with ex_day <= day, latest first. The result has
 * double precision because the vendor's has up to 8 decimals (quote-realtime.md 1.3). */
double ft_adjust_price(ft_price raw, ft_day day, const struct ft_rehab *events, size_t n,
                       enum ft_adjust how);
/* By what a volume of `day` is multiplied to count shares as the adjusted price does (platform.md 14,
 * "Volume is restated to the same share base"); cash changes no count. */
double ft_adjust_shares(ft_day day, const struct ft_rehab *events, size_t n, enum ft_adjust how);

#endif
