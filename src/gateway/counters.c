#include "gateway/counters.h"

#include <stdlib.h>

const uint32_t ft_count_borders_us[FT_COUNT_BORDERS] = FT_COUNT_BORDERS_US;

int ft_counters_init(struct ft_counters *c, int64_t now_s)
{
    *c = (struct ft_counters){
        .requests = calloc(ft_protocols_count + 1, sizeof *c->requests),
        .pushes = calloc(ft_protocols_count + 1, sizeof *c->pushes),
        .started_s = now_s,
    };
    return c->requests && c->pushes ? 0 : -1;
}

void ft_counters_free(struct ft_counters *c)
{
    free(c->requests);
    free(c->pushes);
    c->requests = NULL;
    c->pushes = NULL;
}

void ft_counters_request(struct ft_counters *c, const struct ft_protocol *p, bool ok, uint64_t ns)
{
    struct ft_request_counter *r = &c->requests[p ? ft_protocol_index(p) : ft_protocols_count];
    size_t k = 0;
    while (k < FT_COUNT_BORDERS && ns > ft_count_borders_us[k] * UINT64_C(1000))
        k++;
    *(ok ? &r->ok : &r->failed) += 1;
    r->total_ns += ns;
    r->bucket[k]++;
}
