#include "sim/pricing.h"

#include "base/rng.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* 2^k times the Taylor series of e^r with |r| <= ln 2 / 2: relative error below 1e-15. */
double ft_exp(double x)
{
    static const double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
    static const double taylor[13] = {1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720,
                                      1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
                                      1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0};
    if (x > 700)
        x = 700;
    if (x < -700)
        return 0;
    double scaled = x * 1.44269504088896338700;
    int64_t k = (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
    double r = (x - (double)k * ln2_hi) - (double)k * ln2_lo;
    double sum = taylor[12];
    for (int i = 11; i >= 0; i--) /* Horner's scheme: no division, which paths feel */
        sum = sum * r + taylor[i];
    sum = sum * r + 1;
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

/* Exponent taken off, then the series of 2 atanh((m - 1) / (m + 1)). */
double ft_log_natural(double x)
{
    if (!(x > 0))
        return -DBL_MAX;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t k = (int64_t)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0xFFFFFFFFFFFFF)) | UINT64_C(1023) << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.41421356237309504880) {
        m /= 2;
        k++;
    }
    double t = (m - 1) / (m + 1), t2 = t * t, term = t, sum = 0;
    for (int i = 1; i <= 25; i += 2) {
        sum += term / i;
        term *= t2;
    }
    return 2 * sum + (double)k * 6.93147180559945309417e-01;
}

/* Abramowitz and Stegun, 26.2.17: absolute error below 7.5e-8. */
double ft_normal_cdf(double x)
{
    double a = x < 0 ? -x : x, t = 1 / (1 + 0.2316419 * a);
    double poly = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 +
                  t * (-1.821255978 + t * 1.330274429))));
    double tail = 0.39894228040143267794 * ft_exp(-a * a / 2) * poly;
    return x < 0 ? tail : 1 - tail;
}

static double density(double x)
{
    return 0.39894228040143267794 * ft_exp(-x * x / 2);
}

struct inputs { bool call; double s, k, t, v, r, q; };

static double european(const struct inputs *p)
{
    double root = p->v * sqrt(p->t);
    double d1 = (ft_log_natural(p->s / p->k) + (p->r - p->q + p->v * p->v / 2) * p->t) / root;
    double d2 = d1 - root, df = ft_exp(-p->r * p->t), dq = ft_exp(-p->q * p->t);
    return p->call ? p->s * dq * ft_normal_cdf(d1) - p->k * df * ft_normal_cdf(d2)
                   : p->k * df * ft_normal_cdf(-d2) - p->s * dq * ft_normal_cdf(-d1);
}

static double d1_at(const struct inputs *p, double s)
{
    return (ft_log_natural(s / p->k) + (p->r - p->q + p->v * p->v / 2) * p->t) /
           (p->v * sqrt(p->t));
}

/* Barone-Adesi and Whaley (1987): European value plus a quadratic early-exercise premium that
 * begins at the critical price, found by Newton's method. */
static double american(const struct inputs *p)
{
    double euro = european(p);
    if (p->call && p->q <= 0)
        return euro; /* never exercised early */
    double sign = p->call ? 1 : -1, intrinsic = sign * (p->s - p->k);
    if (p->r <= 0)
        return euro > intrinsic ? euro : intrinsic;
    double m = 2 * p->r / (p->v * p->v), n = 2 * (p->r - p->q) / (p->v * p->v);
    double x = 1 - ft_exp(-p->r * p->t), root = sqrt((n - 1) * (n - 1) + 4 * m / x);
    double power = (-(n - 1) + sign * root) / 2, dq = ft_exp(-p->q * p->t);
    double critical = p->k * (1 + sign * 0.1);
    struct inputs at = *p;
    for (int i = 0; i < 30; i++) {
        at.s = critical;
        double nd = ft_normal_cdf(sign * d1_at(p, critical));
        double left = sign * (critical - p->k);
        double right = european(&at) + sign * (1 - dq * nd) * critical / power;
        double slope = dq * nd * (1 - 1 / power) +
                       (1 - sign * dq * density(d1_at(p, critical)) / (p->v * sqrt(p->t))) / power;
        double error = right - left;
        if (error < 1e-7 * p->k && error > -1e-7 * p->k)
            break;
        double next = (p->k + sign * (right - sign * slope * critical)) / (1 - slope);
        if (!(next > p->k * 0.01) || next > p->k * 100)
            break;
        critical = next;
    }
    if (sign * (p->s - critical) >= 0)
        return intrinsic;
    double a = sign * critical / power * (1 - dq * ft_normal_cdf(sign * d1_at(p, critical)));
    double value = euro + a * ft_exp(power * ft_log_natural(p->s / critical));
    return value > intrinsic ? value : intrinsic;
}

static double value_of(const struct inputs *p, bool is_american)
{
    double intrinsic = p->call ? p->s - p->k : p->k - p->s;
    if (p->t <= 0)
        return intrinsic > 0 ? intrinsic : 0;
    double v = is_american ? american(p) : european(p);
    return v > 0 ? v : 0;
}

double ft_option_value(bool call, bool is_american, double spot, double strike, double years,
                       double volatility, double rate, double yield)
{
    struct inputs p = {call, spot, strike, years, volatility, rate, yield};
    return value_of(&p, is_american);
}

void ft_price_option(bool call, bool is_american, double spot, double strike, double years,
                     double volatility, double rate, double yield, struct ft_greeks *out)
{
    struct inputs p = {call, spot, strike, years, volatility, rate, yield};
    out->value = value_of(&p, is_american);
    double ds = spot * 1e-3;
    struct inputs up = p, down = p;
    up.s += ds;
    down.s -= ds;
    double vu = value_of(&up, is_american), vd = value_of(&down, is_american);
    out->delta = (vu - vd) / (2 * ds);
    out->gamma = (vu - 2 * out->value + vd) / (ds * ds);
    up = down = p;
    up.v += 0.005;
    down.v = p.v > 0.006 ? p.v - 0.005 : 0.001;
    out->vega = (value_of(&up, is_american) - value_of(&down, is_american)) / (up.v - down.v) / 100;
    double day = years > 1 / 365.0 ? 1 / 365.0 : years;
    down = p;
    down.t -= day;
    out->theta = day > 0 ? (value_of(&down, is_american) - out->value) / (day * 365) : 0;
    up = down = p;
    up.r += 0.0005;
    down.r -= 0.0005;
    out->rho = (value_of(&up, is_american) - value_of(&down, is_american)) / 0.1;
}

double ft_implied_volatility(bool call, bool is_american, double value, double spot, double strike,
                             double years, double rate, double yield)
{
    struct inputs p = {call, spot, strike, years, 0, rate, yield};
    double low = 1e-3, high = 5;
    if (years <= 0 || value <= 0)
        return 0;
    p.v = low;
    double at_low = value_of(&p, is_american) - value;
    if (at_low >= 0)
        return 0;
    p.v = high;
    double at_high = value_of(&p, is_american) - value;
    if (at_high <= 0)
        return 0;
    /* Regula falsi with the Illinois rule (Dowell and Jarratt 1971): an end that stays twice counts
     * half, so that both close in; the middle now and then keeps it from creeping. */
    int stayed = 0;
    for (int i = 0; i < 60 && high - low > 1e-9; i++) {
        p.v = i % 4 == 3 ? (low + high) / 2 : low - at_low * (high - low) / (at_high - at_low);
        double at = value_of(&p, is_american) - value;
        if (at < 1e-12 * spot && at > -1e-12 * spot)
            return p.v;
        if (at < 0) {
            low = p.v;
            at_low = at;
            at_high = stayed < 0 ? at_high / 2 : at_high;
            stayed = -1;
        } else {
            high = p.v;
            at_high = at;
            at_low = stayed > 0 ? at_low / 2 : at_low;
            stayed = 1;
        }
    }
    return p.v;
}
