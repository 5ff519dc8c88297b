#include "gateway/quote_cache.h"

#include <stdlib.h>

struct entry {
    int64_t minute; /* of world time, + 1; 0: nothing */
    struct ft_quote quote;
};

struct option {
    int64_t minute;
    struct ft_option_figures figures;
};

struct ft_quote_cache {
    struct ft_quote now;     /* of a watched instrument */
    struct ft_map64 entries; /* ft_inst + 1 -> struct entry */
    struct ft_map64 options; /* ft_inst + 1 -> struct option */
};

static int64_t minute_of(const struct ft_gateway *gw)
{
    return ft_world_now(gw->world) / (60 * FT_NS_PER_SEC) + 1;
}

static struct ft_quote_cache *cache_of(struct ft_gateway *gw)
{
    if (!gw->quote_cache)
        gw->quote_cache = calloc(1, sizeof *gw->quote_cache);
    return gw->quote_cache;
}

/* The entry of an instrument, all zero at first; NULL without memory. */
static void *entry_of(struct ft_map64 *map, ft_inst i, size_t size)
{
    void *e = ft_map64_get(map, (uint64_t)i + 1);
    if (!e && (e = calloc(1, size)) && ft_map64_put(map, (uint64_t)i + 1, e)) {
        free(e);
        e = NULL;
    }
    return e;
}

const struct ft_quote *ft_quote_cached(struct ft_gateway *gw, ft_inst i)
{
    static struct ft_quote without_memory;
    struct ft_quote_cache *c = cache_of(gw);
    struct ft_quote *out = c ? &c->now : &without_memory;
    struct entry *e = c && !ft_world_live(gw->world, i)
                          ? entry_of(&c->entries, i, sizeof(struct entry)) : NULL;
    if (!e) {
        ft_world_quote(gw->world, i, out);
        return out;
    }
    if (e->minute != minute_of(gw)) {
        ft_world_quote(gw->world, i, &e->quote);
        e->minute = minute_of(gw);
    }
    return &e->quote;
}

struct ft_option_figures *ft_option_cached(struct ft_gateway *gw, ft_inst i, bool *known)
{
    struct ft_quote_cache *c = cache_of(gw);
    struct option *o = c && !ft_world_live(gw->world, i)
                           ? entry_of(&c->options, i, sizeof(struct option)) : NULL;
    *known = o && o->minute == minute_of(gw);
    if (o)
        o->minute = minute_of(gw);
    return o ? &o->figures : NULL;
}

static void free_all(struct ft_map64 *map)
{
    for (size_t k = 0; k < map->cap; k++)
        if (map->slots[k].key)
            free(map->slots[k].value);
    ft_map64_free(map);
}

void ft_quote_cache_free(struct ft_quote_cache *c)
{
    if (!c)
        return;
    free_all(&c->entries);
    free_all(&c->options);
    free(c);
}
