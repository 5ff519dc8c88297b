#include "gateway/quote_cache.h"

#include <stdlib.h>

struct entry {
    int64_t minute; /* of world time, + 1; 0: nothing */
    struct ft_quote quote;
};

struct ft_quote_cache {
    struct ft_quote now; /* of a watched instrument */
    struct ft_map64 entries; /* ft_inst + 1 -> struct entry */
};

static int64_t minute_of(const struct ft_gateway *gw)
{
    return ft_world_now(gw->world) / (60 * FT_NS_PER_SEC) + 1;
}

const struct ft_quote *ft_quote_cached(struct ft_gateway *gw, ft_inst i)
{
    static struct ft_quote without_memory;
    struct ft_quote_cache *c = gw->quote_cache;
    if (!c && !(c = gw->quote_cache = calloc(1, sizeof *c))) {
        ft_world_quote(gw->world, i, &without_memory);
        return &without_memory;
    }
    if (ft_world_live(gw->world, i)) {
        ft_world_quote(gw->world, i, &c->now);
        return &c->now;
    }
    struct entry *e = ft_map64_get(&c->entries, (uint64_t)i + 1);
    if (!e) {
        e = calloc(1, sizeof *e);
        if (!e || ft_map64_put(&c->entries, (uint64_t)i + 1, e)) {
            free(e);
            ft_world_quote(gw->world, i, &c->now);
            return &c->now;
        }
    }
    if (e->minute != minute_of(gw)) {
        ft_world_quote(gw->world, i, &e->quote);
        e->minute = minute_of(gw);
    }
    return &e->quote;
}

void ft_quote_cache_free(struct ft_quote_cache *c)
{
    if (!c)
        return;
    for (size_t k = 0; k < c->entries.cap; k++)
        if (c->entries.slots[k].key)
            free(c->entries.slots[k].value);
    ft_map64_free(&c->entries);
    free(c);
}
