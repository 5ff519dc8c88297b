/* Ranges that screens take: closed at both ends, open where a bound is missing, and cut to the
 * field's decimals (quote-derivatives-screening.md 0.3). */
#ifndef FT_GATEWAY_BOUNDS_H
#define FT_GATEWAY_BOUNDS_H

#include "gateway/dispatch.h"

struct ft_bound {
    const char *min_name, *max_name; /* of the fields, for messages */
    bool has_min, has_max;
    double min, max;
};
/* From a message's fields: FT_BOUND(c2s, deltamin, deltamax, "deltaMin", "deltaMax"). */
#define FT_BOUND(m, lo, hi, lo_name, hi_name)                                                      \
    ((struct ft_bound){lo_name, hi_name, (m)->has_##lo, (m)->has_##hi, (double)(m)->lo,            \
                       (double)(m)->hi})

/* Cuts both to `decimals`; false, with an error answered, when they contradict each other or are
 * no numbers. */
bool ft_bound_settle(struct ft_gateway *gw, struct ft_request *req, struct ft_bound *b,
                     int decimals);

/* Whether low <= value <= high; an error that names field and value is answered otherwise. */
bool ft_need_number(struct ft_gateway *gw, struct ft_request *req, const char *name, int64_t value,
                    int64_t low, int64_t high);

static inline bool ft_bound_used(const struct ft_bound *b)
{
    return b->has_min || b->has_max;
}
static inline bool ft_bound_holds(const struct ft_bound *b, double v)
{
    return (!b->has_min || v >= b->min) && (!b->has_max || v <= b->max);
}

#endif
