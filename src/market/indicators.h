/* Technical indicators over a series of bars, oldest first.
 *
 * They follow TA-Lib's published semantics where it has the indicator: MA is the simple average;
 * EMA is seeded with the simple average of its first values; RSI smooths as Wilder does; the two
 * averages of MACD both begin at the slow one's first value, its signal at the ninth value of their
 * difference; BOLL takes the deviation of the population. Two things are those of the vendor's
 * charts: the MACD value is twice the difference of DIFF and DEA, and KDJ, which TA-Lib does not
 * have, smooths the stochastic with K = ((k - 1) K' + RSV) / k from 50 on.
 *
 * Values that need more bars than there are are NAN. Doubles: these are statistics, not prices. */
#ifndef FT_MARKET_INDICATORS_H
#define FT_MARKET_INDICATORS_H

#include <stdbool.h>
#include <stddef.h>

/* Bars that a screen looks back on, the running one included: more than the longest average
 * (250) and the crossings and runs on top of it need, and enough for the shorter exponential ones
 * to forget where they began. */
enum { FT_SERIES_MAX = 400 };

/* `out` has n places, and may be x itself in none of them. 0 < period. */
void ft_ma(const double *x, size_t n, int period, double *out);
void ft_ema(const double *x, size_t n, int period, double *out);
void ft_rsi(const double *x, size_t n, int period, double *out);
/* fast < slow. DIFF is known from the slow period on, DEA and MACD `signal` - 1 bars later. */
void ft_macd(const double *x, size_t n, int fast, int slow, int signal, double *diff, double *dea,
             double *macd);
void ft_boll(const double *x, size_t n, int period, double deviations, double *upper,
             double *middle, double *lower);
void ft_kdj(const double *high, const double *low, const double *close, size_t n, int rsv, int k,
            int d, double *out_k, double *out_d, double *out_j);

/* A series to be screened. high and low may be NULL for what does not need them. */
struct ft_series {
    const double *close, *high, *low;
    size_t n; /* <= FT_SERIES_MAX */
};

/* Values of Qot_StockFilter.CustomIndicatorField. */
enum ft_indicator {
    FT_IND_PRICE = 1, FT_IND_MA5 = 2, FT_IND_MA10, FT_IND_MA20, FT_IND_MA30, FT_IND_MA60,
    FT_IND_MA120, FT_IND_MA250, FT_IND_RSI = 9, FT_IND_EMA5 = 10, FT_IND_EMA10, FT_IND_EMA20,
    FT_IND_EMA30, FT_IND_EMA60, FT_IND_EMA120, FT_IND_EMA250, FT_IND_VALUE = 17, FT_IND_MA = 30,
    FT_IND_EMA = 40, FT_IND_KDJ_K = 50, FT_IND_KDJ_D, FT_IND_KDJ_J, FT_IND_MACD_DIFF = 60,
    FT_IND_MACD_DEA, FT_IND_MACD, FT_IND_BOLL_UPPER = 70, FT_IND_BOLL_MIDDLE, FT_IND_BOLL_LOWER,
};
/* Those that can be compared with each other; the price goes with averages and BOLL lines too. */
enum ft_indicator_class {
    FT_CLASS_NONE, FT_CLASS_PRICE, FT_CLASS_MA, FT_CLASS_EMA, FT_CLASS_RSI, FT_CLASS_KDJ,
    FT_CLASS_MACD, FT_CLASS_BOLL, FT_CLASS_VALUE,
};
enum ft_indicator_class ft_indicator_class(int field);

enum { FT_IND_PARAMS_MAX = 3, FT_TAIL_MAX = 16 };
/* Parameters with defaults filled in: KDJ 9,3,3; MACD 12,26,9; BOLL 20,2; RSI 12; fixed averages
 * and the price have none; MA and EMA must name theirs. Returns how many there are, or -1 when
 * `given` does not fit the field. */
int ft_indicator_params(int field, const int *given, size_t n, int out[FT_IND_PARAMS_MAX]);
/* Values of the last `tail` (1 to FT_TAIL_MAX) bars, oldest first; NAN where not known. */
void ft_indicator_tail(int field, const int params[FT_IND_PARAMS_MAX], const struct ft_series *s,
                       size_t tail, double *out);

/* Values of Qot_StockFilter.RelativePosition. Whether it held on each of the last `run` bars. */
enum ft_relative_position { FT_POS_MORE = 1, FT_POS_LESS, FT_POS_CROSS_UP, FT_POS_CROSS_DOWN };
bool ft_position_holds(enum ft_relative_position p, const double *first, const double *second, size_t tail,
                       size_t run);

/* Patterns: values of Qot_StockFilter.PatternField, 1 to FT_PATTERNS. */
enum { FT_PATTERNS = 20 };
bool ft_pattern_needs_range(int pattern); /* highs and lows */
/* Whether it held on each of the last `run` (1 to 12) bars. */
bool ft_pattern_holds(int pattern, const struct ft_series *s, int run);

#endif
