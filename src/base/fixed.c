#include "base/fixed.h"

#include <string.h>

enum { MAX_DECIMALS = 18 };

static int64_t power_of_ten(int n)
{
    FT_CHECK(n >= 0 && n <= MAX_DECIMALS);
    int64_t p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

static ft_u128 magnitude(ft_i128 v)
{
    return v < 0 ? -(ft_u128)v : (ft_u128)v;
}

static int divide(ft_i128 n, int64_t d, enum ft_round mode, int64_t *out)
{
    if (d == 0)
        return -1;
    bool negative = (n < 0) != (d < 0);
    ft_u128 top = magnitude(n), bottom = magnitude(d);
    ft_u128 q = top / bottom, rest = top % bottom;
    if (mode == FT_ROUND_UP)
        q += rest != 0;
    else if (mode == FT_ROUND_HALF_UP)
        q += rest >= bottom - rest; /* rest * 2 >= bottom without overflow */
    else
        FT_CHECK(mode == FT_ROUND_DOWN);
    if (q > (ft_u128)INT64_MAX)
        return -1;
    *out = negative ? -(int64_t)q : (int64_t)q;
    return 0;
}

int ft_muldiv(int64_t a, int64_t b, int64_t c, enum ft_round mode, int64_t *out)
{
    return divide((ft_i128)a * b, c, mode, out);
}

int ft_notional_try(ft_price price, ft_qty qty, enum ft_round mode, ft_money *out)
{
    const int64_t unit = FT_PRICE_SCALE * FT_QTY_SCALE / FT_MONEY_SCALE;
    return divide((ft_i128)price * qty, unit, mode, out);
}

ft_money ft_notional(ft_price price, ft_qty qty, enum ft_round mode)
{
    ft_money money = 0;
    int fits = ft_notional_try(price, qty, mode, &money);
    FT_CHECK(fits == 0);
    return money;
}

int ft_fixed_round(int64_t value, int decimals, int keep, enum ft_round mode, int64_t *out)
{
    FT_CHECK(keep >= 0 && keep <= decimals);
    int64_t unit = power_of_ten(decimals - keep);
    int64_t units, result;
    if (divide(value, unit, mode, &units) || __builtin_mul_overflow(units, unit, &result))
        return -1;
    *out = result;
    return 0;
}

static int bad_text(const char *text, size_t len, const char *name, const char *why,
                    enum ft_err_code code, struct ft_err *err)
{
    return ft_err_set(err, code, "%s: '%.*s' %s", name, (int)(len < 40 ? len : 40), text, why);
}

int ft_fixed_parse(const char *text, size_t len, int decimals, const char *name, int64_t *out,
                   struct ft_err *err)
{
    FT_CHECK(decimals >= 0 && decimals <= MAX_DECIMALS);
    size_t i = 0;
    bool negative = false, point = false, digits = false, overflow = false;
    int after = 0;
    int64_t v = 0;
    if (i < len && (text[i] == '-' || text[i] == '+'))
        negative = text[i++] == '-';
    for (; i < len; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9')
            return bad_text(text, len, name, "is not a decimal number", FT_EINVAL, err);
        digits = true;
        if (point && after == decimals) {
            if (text[i] != '0')
                return bad_text(text, len, name, "has too many digits after the point", FT_EINVAL,
                                err);
            continue;
        }
        after += point;
        overflow |=
            __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, text[i] - '0', &v);
    }
    if (!digits)
        return bad_text(text, len, name, "is not a decimal number", FT_EINVAL, err);
    overflow |= __builtin_mul_overflow(v, power_of_ten(decimals - after), &v);
    if (overflow)
        return bad_text(text, len, name, "is out of range", FT_ELIMIT, err);
    *out = negative ? -v : v;
    return 0;
}

size_t ft_fixed_print(int64_t value, int decimals, int min_decimals, char out[FT_FIXED_TEXT_MAX])
{
    FT_CHECK(decimals >= 0 && decimals <= MAX_DECIMALS);
    FT_CHECK(min_decimals >= 0 && min_decimals <= decimals);
    uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int shown = decimals;
    while (shown > min_decimals && v % 10 == 0) {
        v /= 10;
        shown--;
    }
    char reversed[FT_FIXED_TEXT_MAX];
    size_t n = 0;
    for (int d = 0; v > 0 || d <= shown; d++) {
        if (d == shown && shown > 0)
            reversed[n++] = '.';
        reversed[n++] = (char)('0' + v % 10);
        v /= 10;
    }
    if (value < 0)
        reversed[n++] = '-';
    FT_CHECK(n < FT_FIXED_TEXT_MAX);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = '\0';
    return n;
}

int ft_fixed_from_double(double v, int decimals, const char *name, int64_t *out, struct ft_err *err)
{
    double scaled = v * (double)power_of_ten(decimals);
    /* Below 2^63, whose double is exact; the comparison is false for NaN. */
    if (!(scaled > -9223372036854775808.0 && scaled < 9223372036854775808.0))
        return ft_err_set(err, FT_EINVAL, "%s: %g is not a number that fits", name, v);
    int64_t whole = (int64_t)scaled;
    double rest = scaled - (double)whole;
    if (rest >= 0.5)
        whole++;
    else if (rest <= -0.5)
        whole--;
    *out = whole;
    return 0;
}
