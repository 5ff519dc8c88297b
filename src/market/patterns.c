/* Chart patterns (quote-derivatives-screening.md 3.1, "Patterns"). "Today" is a bar of the series,
 * "before" the one before it. */
#include "market/indicators.h"

#include "base/check.h"

#include <math.h>


/* LOOKBACK: bars after which the averages of RSI and MACD have forgotten their beginning to one
 * part in ten million. */
enum { RUN_MAX = 12, TAIL = RUN_MAX + 2, AVERAGES = 5, SHORT_RSI = 6, LONG_RSI = 12,
       LOOKBACK = 240 };

bool ft_pattern_needs_range(int pattern)
{
    return pattern >= 9 && pattern <= 12;
}

/* ---- Alignment ------------------------------------------------------------------------------ */

static const int average_periods[AVERAGES] = {5, 10, 20, 30, 60};

/* The five exponential averages side by side: their chains of additions do not wait for each
 * other. Values of the last TAIL bars. */
static void ema_tails(const double *x, size_t n, double out[AVERAGES][TAIL])
{
    double value[AVERAGES] = {0}, weight[AVERAGES];
    for (int a = 0; a < AVERAGES; a++) {
        weight[a] = 2.0 / (average_periods[a] + 1);
        for (size_t i = 0; i < (size_t)average_periods[a]; i++)
            value[a] += x[i];
        value[a] /= average_periods[a];
        /* Up to where the longest is known, each alone. */
        for (size_t i = (size_t)average_periods[a]; i < 60; i++)
            value[a] += (x[i] - value[a]) * weight[a];
    }
    for (size_t i = 60; i < n; i++) {
        for (int a = 0; a < AVERAGES; a++)
            value[a] += (x[i] - value[a]) * weight[a];
        if (i + TAIL >= n)
            for (int a = 0; a < AVERAGES; a++)
                out[a][i + TAIL - n] = value[a];
    }
}

static void ma_tails(const double *x, size_t n, double out[AVERAGES][TAIL])
{
    for (int a = 0; a < AVERAGES; a++) {
        size_t p = (size_t)average_periods[a];
        double sum = 0;
        for (size_t i = n - TAIL + 1 - p; i < n - TAIL + 1; i++)
            sum += x[i];
        out[a][0] = sum / (double)p;
        for (size_t t = 1; t < TAIL; t++) {
            sum += x[n - TAIL + t] - x[n - TAIL + t - p];
            out[a][t] = sum / (double)p;
        }
    }
}

static bool aligned(double v[AVERAGES][TAIL], size_t at, bool rising)
{
    for (int a = 1; a < AVERAGES; a++)
        if (rising ? v[a - 1][at] <= v[a][at] : v[a - 1][at] >= v[a][at])
            return false;
    return true;
}

/* In order on two bars running, and the close further than the one before. */
static bool alignment(const struct ft_series *s, bool exponential, bool rising, int run)
{
    double v[AVERAGES][TAIL] = {{0}};
    size_t n = s->n;
    if (n < 60 + TAIL + 1)
        return false;
    if (rising ? s->close[n - 1] <= s->close[n - 2] : s->close[n - 1] >= s->close[n - 2])
        return false; /* half of all stocks, before any average */
    if (exponential)
        ema_tails(s->close, n, v);
    else
        ma_tails(s->close, n, v);
    for (int k = 0; k < run; k++) {
        size_t at = (size_t)(TAIL - 1 - k), i = n - 1 - (size_t)k;
        bool further = rising ? s->close[i] > s->close[i - 1] : s->close[i] < s->close[i - 1];
        if (!further || !aligned(v, at, rising) || !aligned(v, at - 1, rising))
            return false;
    }
    return true;
}

/* ---- Crossings ------------------------------------------------------------------------------ */

/* first crosses second at bar i. */
static bool crosses(const double *first, const double *second, size_t i, bool up)
{
    return up ? first[i - 1] < second[i - 1] && first[i] > second[i]
              : first[i - 1] > second[i - 1] && first[i] < second[i];
}

enum { FAST, SLOW, LINES };

/* Short and long RSI over the last TAIL bars in one pass, without quotients that nobody looks at. */
static void rsi_tails(const double *x, size_t n, double out[LINES][TAIL])
{
    static const double part[LINES] = {1.0 / SHORT_RSI, 1.0 / LONG_RSI};
    double gain[LINES] = {0}, loss[LINES] = {0};
    for (size_t i = 1; i < n; i++) {
        double change = x[i] - x[i - 1];
        double up = change > 0 ? change : 0, down = up - change;
        for (int l = 0; l < LINES; l++) {
            bool first = i <= (l ? LONG_RSI : SHORT_RSI);
            gain[l] += (up - (first ? 0 : gain[l])) * part[l];
            loss[l] += (down - (first ? 0 : loss[l])) * part[l];
        }
        if (i + TAIL >= n)
            for (int l = 0; l < LINES; l++) {
                double sum = gain[l] + loss[l];
                out[l][i + TAIL - n] = sum > 0 ? 100 * gain[l] / sum : 0;
            }
    }
}

static bool rsi_cross(const struct ft_series *s, bool up, int run)
{
    double v[LINES][TAIL] = {{0}};
    size_t skip = s->n > LOOKBACK ? s->n - LOOKBACK : 0;
    rsi_tails(s->close + skip, s->n - skip, v);
    for (int k = 0; k < run; k++) {
        size_t i = (size_t)(TAIL - 1 - k);
        bool zone = up ? v[FAST][i] < 50 && v[SLOW][i] < 50 : v[FAST][i] > 50 && v[SLOW][i] > 50;
        if (!zone || !crosses(v[FAST], v[SLOW], i, up))
            return false;
    }
    return true;
}

/* K and J cross D together, all three at the edge (the wire's words; the manuals leave out J). */
static bool kdj_cross(const struct ft_series *s, bool up, int run)
{
    double vk[FT_SERIES_MAX], vd[FT_SERIES_MAX], vj[FT_SERIES_MAX];
    ft_kdj(s->high, s->low, s->close, s->n, 9, 3, 3, vk, vd, vj);
    for (int k = 0; k < run; k++) {
        size_t i = s->n - 1 - (size_t)k;
        bool zone = up ? vk[i] <= 30 && vd[i] <= 30 && vj[i] <= 30
                       : vk[i] >= 70 && vd[i] >= 70 && vj[i] >= 70;
        if (!zone || !crosses(vk, vd, i, up) || !crosses(vj, vd, i, up))
            return false;
    }
    return true;
}

/* DIFF and DEA over the last TAIL bars in one pass. */
static void macd_tails(const double *x, size_t n, double diff[TAIL], double dea[TAIL])
{
    double fast = 0, slow = 0, signal = 0;
    for (size_t i = 0; i < 26; i++) {
        slow += x[i] / 26;
        fast += i >= 14 ? x[i] / 12 : 0;
    }
    for (size_t i = 25; i < n; i++) {
        if (i > 25) {
            fast += (x[i] - fast) * (2.0 / 13);
            slow += (x[i] - slow) * (2.0 / 27);
        }
        double d = fast - slow;
        signal += i < 34 ? d / 9 : (d - signal) * 0.2;
        if (i + TAIL >= n) {
            diff[i + TAIL - n] = d;
            dea[i + TAIL - n] = i >= 33 ? signal : NAN;
        }
    }
}

static bool macd_cross(const struct ft_series *s, bool up, int run)
{
    double diff[TAIL] = {0}, dea[TAIL] = {0};
    size_t skip = s->n > LOOKBACK ? s->n - LOOKBACK : 0;
    if (s->n < 26 + TAIL)
        return false;
    macd_tails(s->close + skip, s->n - skip, diff, dea);
    for (int k = 0; k < run; k++)
        if (!crosses(diff, dea, (size_t)(TAIL - 1 - k), up))
            return false;
    return true;
}

enum line { UPPER, MIDDLE, LOWER };

static bool boll_cross(const struct ft_series *s, enum line line, bool up, int run)
{
    double v[3][FT_SERIES_MAX];
    size_t skip = s->n - (20 + TAIL);
    const double *x = s->close + skip;
    size_t n = s->n - skip;
    ft_boll(x, n, 20, 2, v[UPPER], v[MIDDLE], v[LOWER]);
    for (int k = 0; k < run; k++)
        if (!crosses(x, v[line], n - 1 - (size_t)k, up))
            return false;
    return true;
}

/* ---- Divergence ----------------------------------------------------------------------------- */

static bool is_turn(const double *x, size_t i, bool peak)
{
    return peak ? x[i] > x[i - 1] && x[i] > x[i + 1] : x[i] < x[i - 1] && x[i] < x[i + 1];
}

/* Of the last two peaks (troughs) of the close that are complete at bar `end`, the later lies
 * higher (lower) and its indicator lower (higher). */
static bool diverges(const double *x, const double *v, size_t end, bool peak)
{
    size_t later = 0;
    for (size_t i = end - 1; i >= 1 && !isnan(v[i]); i--) {
        if (!is_turn(x, i, peak))
            continue;
        if (!later) {
            later = i;
            continue;
        }
        return peak ? x[later] > x[i] && v[later] < v[i] : x[later] < x[i] && v[later] > v[i];
    }
    return false;
}

static bool divergence(const struct ft_series *s, const double *v, bool peak, int run)
{
    for (int k = 0; k < run; k++)
        if (!diverges(s->close, v, s->n - 1 - (size_t)k, peak))
            return false;
    return true;
}

static struct ft_series newest(const struct ft_series *s)
{
    size_t skip = s->n > LOOKBACK ? s->n - LOOKBACK : 0;
    return (struct ft_series){s->close + skip, NULL, NULL, s->n - skip};
}

static bool rsi_divergence(const struct ft_series *all, bool peak, int run)
{
    double v[FT_SERIES_MAX];
    struct ft_series s = newest(all);
    ft_rsi(s.close, s.n, LONG_RSI, v);
    return divergence(&s, v, peak, run);
}

static bool kdj_divergence(const struct ft_series *s, bool peak, int run)
{
    double vk[FT_SERIES_MAX], vd[FT_SERIES_MAX], vj[FT_SERIES_MAX];
    ft_kdj(s->high, s->low, s->close, s->n, 9, 3, 3, vk, vd, vj);
    return divergence(s, vj, peak, run);
}

static bool macd_divergence(const struct ft_series *all, bool peak, int run)
{
    double diff[FT_SERIES_MAX], dea[FT_SERIES_MAX], macd[FT_SERIES_MAX];
    struct ft_series s = newest(all);
    ft_macd(s.close, s.n, 12, 26, 9, diff, dea, macd);
    return divergence(&s, macd, peak, run);
}

bool ft_pattern_holds(int pattern, const struct ft_series *s, int run)
{
    FT_CHECK(run >= 1 && run <= RUN_MAX && s->n <= FT_SERIES_MAX);
    if (s->n < 20 + TAIL + 1)
        return false; /* too young for any of them */
    switch (pattern) {
    case 1: return alignment(s, false, true, run);
    case 2: return alignment(s, false, false, run);
    case 3: return alignment(s, true, true, run);
    case 4: return alignment(s, true, false, run);
    case 5: return rsi_cross(s, true, run);
    case 6: return rsi_cross(s, false, run);
    case 7: return rsi_divergence(s, true, run);
    case 8: return rsi_divergence(s, false, run);
    case 9: return kdj_cross(s, true, run);
    case 10: return kdj_cross(s, false, run);
    case 11: return kdj_divergence(s, true, run);
    case 12: return kdj_divergence(s, false, run);
    case 13: return macd_cross(s, true, run);
    case 14: return macd_cross(s, false, run);
    case 15: return macd_divergence(s, true, run);
    case 16: return macd_divergence(s, false, run);
    case 17: return boll_cross(s, UPPER, true, run);
    case 18: return boll_cross(s, LOWER, false, run);
    case 19: return boll_cross(s, MIDDLE, true, run);
    case 20: return boll_cross(s, MIDDLE, false, run);
    }
    return false;
}
