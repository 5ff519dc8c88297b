/* Fixed-point prices, quantities and money.
 *
 * Inside the product every amount is a 64-bit integer of a stated unit; products and quotients go
 * through 128 bits and name their rounding. `double` appears only in the conversions at the end
 * of this file, which are for the wire's edge (DESIGN.md section 4). Rounding modes are
 * symmetrical about zero, so that a debit and a credit of the same size stay equal. */
#ifndef FT_BASE_FIXED_H
#define FT_BASE_FIXED_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t ft_price; /* 1e-6 of the currency (or of an index point) */
typedef int64_t ft_qty;   /* 1e-4 of a share or contract */
typedef int64_t ft_money; /* 1e-4 of the currency */

__extension__ typedef __int128 ft_i128;
__extension__ typedef unsigned __int128 ft_u128;

#define FT_PRICE_SCALE INT64_C(1000000)
#define FT_QTY_SCALE   INT64_C(10000)
#define FT_MONEY_SCALE INT64_C(10000)
enum { FT_PRICE_DECIMALS = 6, FT_QTY_DECIMALS = 4, FT_MONEY_DECIMALS = 4 };

/* Longest text of ft_fixed_print with its NUL: sign, 19 digits, point, leading zero. */
enum { FT_FIXED_TEXT_MAX = 24 };

enum ft_round {
    FT_ROUND_DOWN,    /* toward zero */
    FT_ROUND_UP,      /* away from zero */
    FT_ROUND_HALF_UP, /* to the nearest, halves away from zero */
};

/* a + b and a - b: 0, or -1 when the sum does not fit (`out` is untouched then). */
static inline int ft_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return -1;
    *out = sum;
    return 0;
}

static inline int ft_sub(int64_t a, int64_t b, int64_t *out)
{
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference))
        return -1;
    *out = difference;
    return 0;
}

/* a * b / c with the product in 128 bits: 0, or -1 when c is 0 or the result is beyond
 * +-INT64_MAX (`out` is untouched then). */
int ft_muldiv(int64_t a, int64_t b, int64_t c, enum ft_round mode, int64_t *out);

/* price x quantity in money's unit: 0, or -1 past the range of money. */
int ft_notional_try(ft_price price, ft_qty qty, enum ft_round mode, ft_money *out);

/* The same for operands whose product the caller has bounded already; stops the process past the
 * range, so never call it on unchecked input. */
ft_money ft_notional(ft_price price, ft_qty qty, enum ft_round mode);

/* `value` (of a scale of 10^decimals) rounded to a multiple of 10^(decimals - keep). For fees to
 * the cent: ft_fixed_round(m, FT_MONEY_DECIMALS, 2, FT_ROUND_HALF_UP, &m). 0, or -1 past the
 * range. 0 <= keep <= decimals <= 18. */
int ft_fixed_round(int64_t value, int decimals, int keep, enum ft_round mode, int64_t *out);

/* Decimal text to fixed point, without double: [+-]digits[.digits], nothing around it. More
 * digits after the point than `decimals` are refused unless they are zeros. 0, or -1 with `err`
 * (FT_EINVAL for the form, FT_ELIMIT for the range); `name` is the field's name for the words. */
int ft_fixed_parse(const char *text, size_t len, int decimals, const char *name, int64_t *out,
                   struct ft_err *err);

/* Fixed point to decimal text, at least `min_decimals` and at most `decimals` digits after the
 * point, zeros at the end dropped. Returns the length; `out` is NUL-terminated. */
size_t ft_fixed_print(int64_t value, int decimals, int min_decimals, char out[FT_FIXED_TEXT_MAX]);

/* For the wire's edge only. v * 10^decimals rounded half away from zero; the product is the
 * nearest double, so that 1.0000005 counts as a half although its binary form is below it.
 * -1 with `err` (FT_EINVAL) for NaN, infinities and values out of range. */
int ft_fixed_from_double(double v, int decimals, const char *name, int64_t *out,
                         struct ft_err *err);

static inline int ft_price_from_double(double v, const char *name, ft_price *out,
                                       struct ft_err *err)
{
    return ft_fixed_from_double(v, FT_PRICE_DECIMALS, name, out, err);
}
static inline int ft_qty_from_double(double v, const char *name, ft_qty *out, struct ft_err *err)
{
    return ft_fixed_from_double(v, FT_QTY_DECIMALS, name, out, err);
}
static inline int ft_money_from_double(double v, const char *name, ft_money *out,
                                       struct ft_err *err)
{
    return ft_fixed_from_double(v, FT_MONEY_DECIMALS, name, out, err);
}

/* The double nearest to the decimal value, for values below 2^53 units. */
static inline double ft_price_to_double(ft_price p)
{
    return (double)p / (double)FT_PRICE_SCALE;
}
static inline double ft_qty_to_double(ft_qty q)
{
    return (double)q / (double)FT_QTY_SCALE;
}
static inline double ft_money_to_double(ft_money m)
{
    return (double)m / (double)FT_MONEY_SCALE;
}

#endif
