#include "gateway/limits.h"

#include "base/check.h"

#include <stdlib.h>

enum { WINDOW_MS = 30000 };

/* Times of the last `limit` accepted requests. */
struct ft_limit_ring {
    uint64_t count;
    uint64_t at_ms[];
};

int ft_limits_init(struct ft_limits *l)
{
    l->rings = calloc(ft_protocols_count, sizeof *l->rings);
    return l->rings ? 0 : -1;
}

void ft_limits_free(struct ft_limits *l)
{
    for (size_t k = 0; l->rings && k < ft_protocols_count; k++)
        free(l->rings[k]);
    free(l->rings);
    l->rings = NULL;
}

/* One gateway is one platform user. */
static bool counts_here(const struct ft_protocol *p)
{
    return p->limit && (p->scope == FT_SCOPE_GATEWAY || p->scope == FT_SCOPE_USER);
}

uint64_t ft_limits_wait_ms(const struct ft_limits *l, const struct ft_protocol *p, uint64_t now_ms)
{
    const struct ft_limit_ring *r = counts_here(p) ? l->rings[ft_protocol_index(p)] : NULL;
    if (!r || r->count < p->limit)
        return 0;
    /* The request `limit` before this one; exactly 30 s apart is accepted. */
    uint64_t oldest = r->at_ms[r->count % p->limit];
    FT_CHECK(now_ms >= oldest);
    return now_ms - oldest >= WINDOW_MS ? 0 : WINDOW_MS - (now_ms - oldest);
}

void ft_limits_count(struct ft_limits *l, const struct ft_protocol *p, uint64_t now_ms)
{
    if (!counts_here(p))
        return;
    struct ft_limit_ring **r = &l->rings[ft_protocol_index(p)];
    if (!*r && !(*r = calloc(1, sizeof **r + p->limit * sizeof(*r)->at_ms[0])))
        return;
    (*r)->at_ms[(*r)->count++ % p->limit] = now_ms;
}
