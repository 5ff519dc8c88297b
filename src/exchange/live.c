#include "exchange/live.h"

struct ft_ring *ft_live_ring(const struct ft_exch *ex, uint32_t handle)
{
    return handle & FT_TRIGGER_TAG ? &ft_trigger_at(ex, handle & ~FT_TRIGGER_TAG)->ring
                                   : &ft_order_at(ex, handle)->ring;
}

static uint32_t owner_of(const struct ft_exch *ex, uint32_t handle)
{
    return handle & FT_TRIGGER_TAG ? ft_trigger_at(ex, handle & ~FT_TRIGGER_TAG)->owner
                                   : ft_order_at(ex, handle)->owner;
}

uint32_t ft_live_first(const struct ft_exch *ex, uint32_t owner)
{
    uint32_t hash = ft_hash64(owner), at = hash, handle;
    while (ex->owners.slot && (handle = ft_index_probe(&ex->owners, hash, &at)) != 0) {
        if (owner_of(ex, handle) == owner)
            return handle;
        at++;
    }
    return 0;
}

void ft_live_join(struct ft_exch *ex, uint32_t owner, uint32_t handle)
{
    FT_CHECK(owner != 0);
    uint32_t first = ft_live_first(ex, owner);
    struct ft_ring *ring = ft_live_ring(ex, handle);
    if (!first) {
        *ring = (struct ft_ring){handle, handle};
        ft_index_put(&ex->owners, ft_hash64(owner), handle);
        return;
    }
    struct ft_ring *head = ft_live_ring(ex, first);
    struct ft_ring *tail = ft_live_ring(ex, head->prev);
    *ring = (struct ft_ring){head->prev, first};
    tail->next = handle;
    head->prev = handle;
}

void ft_live_part(struct ft_exch *ex, uint32_t owner, uint32_t handle)
{
    FT_CHECK(owner_of(ex, handle) == owner);
    struct ft_ring *ring = ft_live_ring(ex, handle);
    FT_CHECK(ring->prev != 0 && ring->next != 0);
    uint32_t hash = ft_hash64(owner);
    if (ring->next == handle) {
        ft_index_remove(&ex->owners, hash, handle);
        return;
    }
    if (ft_live_first(ex, owner) == handle)
        ft_index_swap(&ex->owners, hash, handle, ring->next);
    ft_live_ring(ex, ring->prev)->next = ring->next;
    ft_live_ring(ex, ring->next)->prev = ring->prev;
}
