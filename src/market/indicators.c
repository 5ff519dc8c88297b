#include "market/indicators.h"

#include "base/check.h"

#include <math.h>

static void unknown(double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = NAN;
}

void ft_ma(const double *x, size_t n, int period, double *out)
{
    size_t p = (size_t)period;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        if (i >= p)
            sum -= x[i - p];
        out[i] = i + 1 >= p ? sum / period : NAN;
    }
}

/* From `first` on, where it is the average of the `period` values up to there. */
static void ema_from(const double *x, size_t n, int period, size_t first, double *out)
{
    if (first >= n) {
        unknown(out, n);
        return;
    }
    unknown(out, first);
    double value = 0, weight = 2.0 / (period + 1);
    for (size_t i = first + 1 - (size_t)period; i <= first; i++)
        value += x[i];
    value /= period;
    out[first] = value;
    for (size_t i = first + 1; i < n; i++) {
        value += (x[i] - value) * weight;
        out[i] = value;
    }
}

void ft_ema(const double *x, size_t n, int period, double *out)
{
    ema_from(x, n, period, (size_t)period - 1, out);
}

void ft_rsi(const double *x, size_t n, int period, double *out)
{
    double gain = 0, loss = 0, part = 1.0 / period;
    for (size_t i = 0; i < n; i++) {
        double change = i ? x[i] - x[i - 1] : 0;
        double up = change > 0 ? change : 0, down = change < 0 ? -change : 0;
        if (i <= (size_t)period) { /* Wilder begins with the plain average of the first changes */
            gain += up * part;
            loss += down * part;
        } else {
            gain += (up - gain) * part;
            loss += (down - loss) * part;
        }
        double sum = gain + loss;
        out[i] = i < (size_t)period ? NAN : sum > 0 ? 100 * gain / sum : 0; /* TA-Lib: flat is 0 */
    }
}

void ft_macd(const double *x, size_t n, int fast, int slow, int signal, double *diff, double *dea,
             double *macd)
{
    FT_CHECK(fast < slow && n <= FT_SERIES_MAX);
    size_t first = (size_t)slow - 1;
    ema_from(x, n, fast, first, dea);
    ema_from(x, n, slow, first, macd);
    for (size_t i = 0; i < n; i++)
        diff[i] = dea[i] - macd[i];
    if (first < n) {
        ema_from(diff + first, n - first, signal, (size_t)signal - 1, dea + first);
        for (size_t i = 0; i < first; i++)
            dea[i] = NAN;
    }
    for (size_t i = 0; i < n; i++)
        macd[i] = 2 * (diff[i] - dea[i]);
}

void ft_boll(const double *x, size_t n, int period, double deviations, double *upper,
             double *middle, double *lower)
{
    for (size_t i = 0; i < n; i++) {
        upper[i] = middle[i] = lower[i] = NAN;
        if (i + 1 < (size_t)period)
            continue;
        double mean = 0, square = 0;
        for (size_t k = i + 1 - (size_t)period; k <= i; k++)
            mean += x[k];
        mean /= period;
        for (size_t k = i + 1 - (size_t)period; k <= i; k++)
            square += (x[k] - mean) * (x[k] - mean);
        double width = deviations * sqrt(square / period);
        middle[i] = mean;
        upper[i] = mean + width;
        lower[i] = mean - width;
    }
}

void ft_kdj(const double *high, const double *low, const double *close, size_t n, int rsv, int k,
            int d, double *out_k, double *out_d, double *out_j)
{
    double at_k = 50, at_d = 50;
    for (size_t i = 0; i < n; i++) {
        out_k[i] = out_d[i] = out_j[i] = NAN;
        if (i + 1 < (size_t)rsv)
            continue;
        double top = high[i], bottom = low[i];
        for (size_t b = i + 1 - (size_t)rsv; b < i; b++) {
            top = high[b] > top ? high[b] : top;
            bottom = low[b] < bottom ? low[b] : bottom;
        }
        double raw = top > bottom ? (close[i] - bottom) / (top - bottom) * 100 : 50;
        at_k += (raw - at_k) / k;
        at_d += (at_k - at_d) / d;
        out_k[i] = at_k;
        out_d[i] = at_d;
        out_j[i] = 3 * at_k - 2 * at_d;
    }
}

/* ---- Indicators by number ------------------------------------------------------------------- */

enum ft_indicator_class ft_indicator_class(int field)
{
    if (field == FT_IND_PRICE)
        return FT_CLASS_PRICE;
    if ((field >= FT_IND_MA5 && field <= FT_IND_MA250) || field == FT_IND_MA)
        return FT_CLASS_MA;
    if ((field >= FT_IND_EMA5 && field <= FT_IND_EMA250) || field == FT_IND_EMA)
        return FT_CLASS_EMA;
    if (field == FT_IND_RSI)
        return FT_CLASS_RSI;
    if (field >= FT_IND_KDJ_K && field <= FT_IND_KDJ_J)
        return FT_CLASS_KDJ;
    if (field >= FT_IND_MACD_DIFF && field <= FT_IND_MACD)
        return FT_CLASS_MACD;
    if (field >= FT_IND_BOLL_UPPER && field <= FT_IND_BOLL_LOWER)
        return FT_CLASS_BOLL;
    return field == FT_IND_VALUE ? FT_CLASS_VALUE : FT_CLASS_NONE;
}

static int fixed_period(int field)
{
    static const int periods[] = {5, 10, 20, 30, 60, 120, 250};
    if (field >= FT_IND_MA5 && field <= FT_IND_MA250)
        return periods[field - FT_IND_MA5];
    if (field >= FT_IND_EMA5 && field <= FT_IND_EMA250)
        return periods[field - FT_IND_EMA5];
    return 0;
}

int ft_indicator_params(int field, const int *given, size_t n, int out[FT_IND_PARAMS_MAX])
{
    static const struct { int count, least, most, value[FT_IND_PARAMS_MAX]; } rules[] = {
        [FT_CLASS_MA] = {1, 1, 250, {0}},           [FT_CLASS_EMA] = {1, 1, 250, {0}},
        [FT_CLASS_RSI] = {1, 1, 120, {12}},         [FT_CLASS_KDJ] = {3, 1, 120, {9, 3, 3}},
        [FT_CLASS_MACD] = {3, 1, 120, {12, 26, 9}}, [FT_CLASS_BOLL] = {2, 1, 120, {20, 2}},
        [FT_CLASS_VALUE] = {0}};
    enum ft_indicator_class class = ft_indicator_class(field);
    int fixed = fixed_period(field);
    if (fixed || class <= FT_CLASS_PRICE || class == FT_CLASS_VALUE) {
        out[0] = fixed; /* the client ignores parameters here, so they do no harm */
        return class == FT_CLASS_NONE ? -1 : 0;
    }
    int count = rules[class].count;
    if (n == 0 && rules[class].value[0]) {
        for (int k = 0; k < count; k++)
            out[k] = rules[class].value[k];
        return count;
    }
    if (n != (size_t)count)
        return -1;
    for (int k = 0; k < count; k++) {
        if (given[k] < rules[class].least || given[k] > rules[class].most)
            return -1;
        out[k] = given[k];
    }
    if (class == FT_CLASS_MACD && out[0] >= out[1])
        return -1;
    return class == FT_CLASS_BOLL && (out[0] < 2 || out[1] > 20) ? -1 : count;
}

/* The newest bars alone, as many as a value that looks back `need` bars takes over the tail. */
static struct ft_series newest(const struct ft_series *s, size_t need)
{
    size_t skip = s->n > need ? s->n - need : 0;
    return (struct ft_series){s->close + skip, s->high ? s->high + skip : NULL,
                              s->low ? s->low + skip : NULL, s->n - skip};
}

void ft_indicator_tail(int field, const int params[FT_IND_PARAMS_MAX], const struct ft_series *s,
                       size_t tail, double *out)
{
    FT_CHECK(tail >= 1 && tail <= FT_TAIL_MAX && s->n <= FT_SERIES_MAX);
    double a[FT_SERIES_MAX], b[FT_SERIES_MAX], c[FT_SERIES_MAX];
    const double *from = s->close;
    struct ft_series part = *s;
    switch (ft_indicator_class(field)) {
    case FT_CLASS_MA:
        part = newest(s, (size_t)params[0] + tail);
        ft_ma(part.close, part.n, params[0], a);
        from = a;
        break;
    case FT_CLASS_EMA:
        ft_ema(s->close, s->n, params[0], a);
        from = a;
        break;
    case FT_CLASS_RSI:
        ft_rsi(s->close, s->n, params[0], a);
        from = a;
        break;
    case FT_CLASS_KDJ:
        ft_kdj(s->high, s->low, s->close, s->n, params[0], params[1], params[2], a, b, c);
        from = field == FT_IND_KDJ_K ? a : field == FT_IND_KDJ_D ? b : c;
        break;
    case FT_CLASS_MACD:
        ft_macd(s->close, s->n, params[0], params[1], params[2], a, b, c);
        from = field == FT_IND_MACD_DIFF ? a : field == FT_IND_MACD_DEA ? b : c;
        break;
    case FT_CLASS_BOLL:
        part = newest(s, (size_t)params[0] + tail);
        ft_boll(part.close, part.n, params[0], params[1], a, b, c);
        from = field == FT_IND_BOLL_UPPER ? a : field == FT_IND_BOLL_MIDDLE ? b : c;
        break;
    default: break;
    }
    for (size_t k = 0; k < tail; k++)
        out[k] = part.n + k >= tail ? from[part.n + k - tail] : NAN;
}

bool ft_position_holds(enum ft_relative_position p, const double *first, const double *second, size_t tail,
                       size_t run)
{
    FT_CHECK(run >= 1 && run < tail);
    for (size_t k = tail - run; k < tail; k++) {
        /* Comparisons with NAN are false: what is not known does not hold. */
        bool more = first[k] > second[k], less = first[k] < second[k];
        bool was_more = first[k - 1] > second[k - 1], was_less = first[k - 1] < second[k - 1];
        bool holds = p == FT_POS_MORE      ? more
                     : p == FT_POS_LESS    ? less
                     : p == FT_POS_CROSS_UP ? was_less && more
                                            : was_more && less;
        if (!holds)
            return false;
    }
    return true;
}
