/* Who is live: the index from order id to handle, and the ring of each owner's orders.
 *
 * Both hold resting orders and waiting conditional ones alike. Owner 0 is nobody and has no ring,
 * which spares simulated participants the upkeep. */
#ifndef FT_EXCHANGE_LIVE_H
#define FT_EXCHANGE_LIVE_H

#include "exchange/state.h"

/* Eight consecutive ids share a cache line of the index: callers count upwards, so that seven of
 * eight entries find their line already there. */
static inline uint32_t ft_live_hash(uint64_t id)
{
    return (ft_hash64(id >> 3) & ~UINT32_C(7)) | (id & 7);
}

static inline uint64_t ft_live_id(const struct ft_exch *ex, uint32_t handle)
{
    return handle & FT_TRIGGER_TAG ? ft_trigger_at(ex, handle & ~FT_TRIGGER_TAG)->id
                                   : ft_order_at(ex, handle)->id;
}

/* Handle of a live order, 0 when there is none. */
static inline uint32_t ft_live_find(const struct ft_exch *ex, uint64_t id)
{
    uint32_t hash = ft_live_hash(id), at = hash, handle;
    while ((handle = ft_index_probe(&ex->ids, hash, &at)) != 0) {
        if (ft_live_id(ex, handle) == id)
            return handle;
        at++;
    }
    return 0;
}

/* Ring upkeep; owner != 0. */
void ft_live_join(struct ft_exch *ex, uint32_t owner, uint32_t handle);
void ft_live_part(struct ft_exch *ex, uint32_t owner, uint32_t handle);

/* The element exists with id, owner and an empty ring; room in the indexes was reserved. */
static inline void ft_live_add(struct ft_exch *ex, uint64_t id, uint32_t owner, uint32_t handle)
{
    ft_index_put(&ex->ids, ft_live_hash(id), handle);
    if (owner)
        ft_live_join(ex, owner, handle);
}

static inline void ft_live_remove(struct ft_exch *ex, uint64_t id, uint32_t owner, uint32_t handle)
{
    ft_index_remove(&ex->ids, ft_live_hash(id), handle);
    if (owner)
        ft_live_part(ex, owner, handle);
}

/* The owner's oldest live order, 0 when there is none. */
uint32_t ft_live_first(const struct ft_exch *ex, uint32_t owner);
struct ft_ring *ft_live_ring(const struct ft_exch *ex, uint32_t handle);

#endif
