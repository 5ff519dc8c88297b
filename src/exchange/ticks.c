#include "exchange/ticks.h"

#include "base/check.h"

#include <stdlib.h>

void ft_divisor_set(struct ft_divisor *d, int64_t value)
{
    FT_CHECK(value > 0);
    uint64_t odd = (uint64_t)value;
    d->shift = (uint32_t)__builtin_ctzll(odd);
    odd >>= d->shift;
    uint64_t inverse = odd; /* right in 3 bits; each step doubles them */
    for (int i = 0; i < 5; i++)
        inverse *= 2 - odd * inverse;
    FT_CHECK(inverse * odd == 1);
    d->inverse = inverse;
    d->limit = UINT64_MAX / (uint64_t)value;
}

struct ft_ticks *ft_ticks_new(const struct ft_ex_tick *bands, size_t count, struct ft_err *err)
{
    if (count == 0 || count > FT_EX_TICK_BANDS) {
        ft_err_set(err, FT_ELIMIT, "tick table: %zu bands, 1 to %d are allowed", count,
                   FT_EX_TICK_BANDS);
        return NULL;
    }
    ft_price lower = 0;
    for (size_t i = 0; i < count; i++) {
        ft_price tick = bands[i].tick, upper = bands[i].upper;
        bool last = i + 1 == count;
        if (tick <= 0 || upper <= lower || upper > FT_EX_PRICE_MAX || lower % tick != 0 ||
            (upper % tick != 0 && !last)) {
            ft_err_set(err, FT_EINVAL,
                       "tick table: band %zu (upper %lld, tick %lld): bounds must ascend to at "
                       "most %lld and be multiples of the positive ticks beside them",
                       i, (long long)upper, (long long)tick, (long long)FT_EX_PRICE_MAX);
            return NULL;
        }
        lower = upper;
    }
    struct ft_ticks *t = calloc(1, sizeof *t);
    if (!t) {
        ft_err_set(err, FT_ENOMEM, "tick table: no memory");
        return NULL;
    }
    t->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        t->band[i].tick = bands[i].tick;
        t->band[i].upper = bands[i].upper - bands[i].upper % bands[i].tick;
        ft_divisor_set(&t->band[i].divisor, bands[i].tick);
    }
    return t;
}

void ft_ticks_free(struct ft_ticks *t)
{
    free(t);
}

ft_price ft_ticks_floor(const struct ft_ticks *t, ft_price price)
{
    if (price <= 0)
        return 0;
    uint32_t i = ft_ticks_band(t, price);
    if (i == t->count)
        return t->band[i - 1].upper;
    return price - price % t->band[i].tick;
}

ft_price ft_ticks_ceil(const struct ft_ticks *t, ft_price price)
{
    if (price <= 0)
        return t->band[0].tick;
    uint32_t i = ft_ticks_band(t, price);
    if (i == t->count)
        return 0;
    ft_price rest = price % t->band[i].tick;
    return rest ? price - rest + t->band[i].tick : price;
}

static ft_price step_up(const struct ft_ticks *t, ft_price price, int steps)
{
    uint32_t i = ft_ticks_band(t, price);
    while (steps > 0 && i < t->count) {
        ft_price room = (t->band[i].upper - price) / t->band[i].tick;
        if (room >= steps)
            return price + steps * t->band[i].tick;
        price = t->band[i].upper;
        steps -= (int)room;
        i++;
    }
    return steps > 0 ? 0 : price;
}

static ft_price step_down(const struct ft_ticks *t, ft_price price, int steps)
{
    uint32_t i = ft_ticks_band(t, price);
    if (i == t->count)
        return 0;
    for (;; i--) {
        ft_price lower = i ? t->band[i - 1].upper : 0;
        ft_price room = (price - lower) / t->band[i].tick;
        if (room > steps)
            return price - steps * t->band[i].tick;
        if (i == 0)
            return 0;
        price = lower;
        steps -= (int)room;
    }
}

ft_price ft_ticks_step(const struct ft_ticks *t, ft_price price, int steps)
{
    FT_CHECK(ft_ticks_on_grid(t, price));
    FT_CHECK(steps > -1000000 && steps < 1000000);
    return steps < 0 ? step_down(t, price, -steps) : step_up(t, price, steps);
}
