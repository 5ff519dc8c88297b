/* Tick tables: which prices are on the grid, and steps along it. Data in, no market inside.
 * A price that equals a band's upper bound belongs to both bands (spec section 1). */
#ifndef FT_EXCHANGE_TICKS_H
#define FT_EXCHANGE_TICKS_H

#include "exchange/exchange.h"

/* d divides n, without a division: n * inverse(odd part) rotated is small exactly then
 * (Warren, Hacker's Delight 10-17). */
struct ft_divisor {
    uint64_t inverse;
    uint64_t limit;
    uint32_t shift;
};
static inline bool ft_divides(const struct ft_divisor *d, int64_t n)
{
    uint64_t q = (uint64_t)n * d->inverse;
    return (q >> d->shift | q << (-d->shift & 63)) <= d->limit;
}

struct ft_ticks {
    uint32_t count;
    struct {
        ft_price upper;
        ft_price tick;
        struct ft_divisor divisor;
    } band[FT_EX_TICK_BANDS];
};

struct ft_ticks *ft_ticks_new(const struct ft_ex_tick *bands, size_t count, struct ft_err *err);
void ft_ticks_free(struct ft_ticks *t);

/* d > 0 */
void ft_divisor_set(struct ft_divisor *d, int64_t value);

/* First band whose upper bound is at or above the price; count when there is none. */
static inline uint32_t ft_ticks_band(const struct ft_ticks *t, ft_price price)
{
    uint32_t i = 0;
    while (i < t->count && price > t->band[i].upper)
        i++;
    return i;
}

static inline bool ft_ticks_on_grid(const struct ft_ticks *t, ft_price price)
{
    uint32_t i = ft_ticks_band(t, price);
    /* Bounds are multiples of both ticks, so the lower band's answer is right for a bound. */
    return price > 0 && i < t->count && ft_divides(&t->band[i].divisor, price);
}

/* 0 below the first price of the table; ceil gives 0 above the last. */
ft_price ft_ticks_floor(const struct ft_ticks *t, ft_price price);
ft_price ft_ticks_ceil(const struct ft_ticks *t, ft_price price);
/* `steps` ticks from a price on the grid: up crosses a bound with the upper band's tick, down
 * with the lower band's. 0 when it leaves the table. */
ft_price ft_ticks_step(const struct ft_ticks *t, ft_price price, int steps);

#endif
