#include "base/rng.h"

#include "base/check.h"
#include "base/fixed.h"

#include <float.h>
#include <string.h>

/* A fused multiply-add would change last digits between compilers (gcc has it off in C17). */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

_Static_assert(FLT_EVAL_METHOD == 0, "excess precision would make draws differ");
_Static_assert(DBL_MANT_DIG == 53, "IEEE doubles are assumed");

enum { ROUNDS = 10 };

void ft_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* The two draws of the block that holds `position`. */
static void draw_pair(uint64_t seed, uint64_t stream, uint64_t position, uint64_t pair[2])
{
    uint64_t block = position >> 1;
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream,
                           (uint32_t)(stream >> 32)};
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t out[4];
    ft_philox(counter, key, out);
    pair[0] = (uint64_t)out[1] << 32 | out[0];
    pair[1] = (uint64_t)out[3] << 32 | out[2];
}

uint64_t ft_rng_at(uint64_t seed, uint64_t stream, uint64_t position)
{
    uint64_t pair[2];
    draw_pair(seed, stream, position, pair);
    return pair[position & 1];
}

/* Natural logarithm of a positive normal double: 2^e * m with m in [sqrt(1/2), sqrt(2)), then the
 * series of 2 artanh((m-1)/(m+1)), whose terms fall by at least 34 each; relative error below
 * 4e-16. */
static double log_own(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int e = (int)(bits >> 52 & 0x7FF) - 1023;
    FT_CHECK(x > 0 && e > -1023 && e < 1024);
    bits = (bits & 0xFFFFFFFFFFFFFu) | (uint64_t)1023 << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        e++;
    }
    double s = (m - 1) / (m + 1), z = s * s, sum = 0;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * z + 1.0 / k;
    /* ln 2 in two parts: the first has zeros at its end, so that e * part is exact. */
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    return e * ln2_high + (2 * s * sum + e * ln2_low);
}

/* Newton's square root of a number in [1e-3, 1e3]. */
static double sqrt_own(double x)
{
    FT_CHECK(x > 1e-3 && x < 1e3);
    double r = x > 1 ? x : 1;
    for (int i = 0; i < 12; i++)
        r = 0.5 * (r + x / r);
    return r;
}

double ft_rng_to_unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double ft_rng_to_exponential(uint64_t bits)
{
    return 0.0 - log_own((double)((bits >> 11) + 1) * 0x1p-53); /* +0, never -0 */
}

static double ratio(const double top[8], const double bottom[8], double x)
{
    double t = top[7], b = bottom[7];
    for (int i = 6; i >= 0; i--) {
        t = t * x + top[i];
        b = b * x + bottom[i];
    }
    return t / b;
}

/* The inverse of the normal distribution: algorithm AS 241, PPND16 (Wichura, Applied Statistics
 * 37, 1988); rational functions of p, about sixteen digits. */
static double normal_quantile(double p)
{
    static const double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[8] = {1.0,
                                4.2313330701600911252e+1,
                                6.8718700749205790830e+2,
                                5.3941960214247511077e+3,
                                2.1213794301586595867e+4,
                                3.9307895800092710610e+4,
                                2.8729085735721942674e+4,
                                5.2264952788528545610e+3};
    static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1.0,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15};
    double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425)
        return q * ratio(a, b, 0.180625 - q * q);
    double r = sqrt_own(-log_own(q < 0 ? p : 1 - p));
    double x = r <= 5 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5);
    return q < 0 ? -x : x;
}

double ft_rng_to_normal(uint64_t bits)
{
    /* The middle of one of 2^52 cells: never 0 or 1, and symmetrical. */
    return normal_quantile(((double)(bits >> 12) + 0.5) * 0x1p-52);
}

void ft_rng_init(struct ft_rng *r, uint64_t seed, uint64_t stream)
{
    *r = (struct ft_rng){.seed = seed, .stream = stream, .spare_at = UINT64_MAX};
}

void ft_rng_seek(struct ft_rng *r, uint64_t position)
{
    r->position = position;
    r->spare_at = UINT64_MAX;
}

uint64_t ft_rng_next(struct ft_rng *r)
{
    uint64_t at = r->position++;
    if (at == r->spare_at)
        return r->spare;
    uint64_t pair[2];
    draw_pair(r->seed, r->stream, at, pair);
    if (!(at & 1)) {
        r->spare = pair[1];
        r->spare_at = at + 1;
    }
    return pair[at & 1];
}

uint64_t ft_rng_below(struct ft_rng *r, uint64_t n)
{
    FT_CHECK(n > 0);
    ft_u128 product = (ft_u128)ft_rng_next(r) * n;
    if ((uint64_t)product < n) {
        uint64_t floor = (0 - n) % n;
        while ((uint64_t)product < floor)
            product = (ft_u128)ft_rng_next(r) * n;
    }
    return (uint64_t)(product >> 64);
}

int64_t ft_rng_between(struct ft_rng *r, int64_t low, int64_t high)
{
    FT_CHECK(low <= high);
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    uint64_t offset = span ? ft_rng_below(r, span) : ft_rng_next(r);
    return (int64_t)((uint64_t)low + offset);
}

double ft_rng_unit(struct ft_rng *r)
{
    return ft_rng_to_unit(ft_rng_next(r));
}

double ft_rng_exponential(struct ft_rng *r)
{
    return ft_rng_to_exponential(ft_rng_next(r));
}

double ft_rng_normal(struct ft_rng *r)
{
    return ft_rng_to_normal(ft_rng_next(r));
}
