/* A hash index: from a 32-bit hash to the 32-bit index of an element that the caller compares.
 *
 * Open addressing with linear probing at a load of at most one half, deletion by backward shift
 * (no tombstones, so the cost does not creep up with use). A slot is 8 bytes, hash above element;
 * the hash alone tells nearly every stranger apart, so that a miss touches one cache line and no
 * element. Element 0 does not exist: a zero slot is empty. */
#ifndef FT_EXCHANGE_INDEX_H
#define FT_EXCHANGE_INDEX_H

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

struct ft_index {
    uint64_t *slot; /* owned; NULL before the first reservation */
    uint32_t mask;
    uint32_t count;
};

void ft_index_free(struct ft_index *ix);

/* Room for `more` further entries. -1 without memory. */
int ft_index_grow(struct ft_index *ix, uint32_t more);

static inline int ft_index_reserve(struct ft_index *ix, uint32_t more)
{
    if (ix->slot && ((uint64_t)ix->count + more) * 2 <= (uint64_t)ix->mask + 1)
        return 0;
    return ft_index_grow(ix, more);
}

static inline uint32_t ft_hash64(uint64_t key)
{
    key ^= key >> 32;
    key *= UINT64_C(0x9E3779B97F4A7C15);
    key ^= key >> 29;
    key *= UINT64_C(0xBF58476D1CE4E5B9);
    return (uint32_t)(key >> 32);
}

/* Walks the elements with this hash: start with *at = hash, go on with *at + 1. At the end it
 * returns 0 and *at is where ft_index_put_at may put a new one. */
static inline uint32_t ft_index_probe(const struct ft_index *ix, uint32_t hash, uint32_t *at)
{
    for (uint32_t i = *at;; i++) {
        uint64_t slot = ix->slot[i & ix->mask];
        if (slot == 0 || (uint32_t)(slot >> 32) == hash) {
            *at = i;
            return (uint32_t)slot;
        }
    }
}

/* Room was reserved, `at` comes from a walk over `hash` that found nothing. */
static inline void ft_index_put_at(struct ft_index *ix, uint32_t hash, uint32_t at,
                                   uint32_t element)
{
    FT_CHECK(element != 0 && (uint64_t)ix->count * 2 <= ix->mask);
    FT_CHECK(ix->slot[at & ix->mask] == 0);
    ix->slot[at & ix->mask] = (uint64_t)hash << 32 | element;
    ix->count++;
}

/* Room was reserved; the caller knows that it is not there. */
static inline void ft_index_put(struct ft_index *ix, uint32_t hash, uint32_t element)
{
    uint32_t at = hash;
    while (ix->slot[at & ix->mask])
        at++;
    ft_index_put_at(ix, hash, at, element);
}

/* Where an element that is there is. */
static inline uint32_t ft_index_place(const struct ft_index *ix, uint32_t hash, uint32_t element)
{
    uint64_t wanted = (uint64_t)hash << 32 | element;
    uint32_t i = hash & ix->mask;
    while (ix->slot[i] != wanted) {
        FT_CHECK(ix->slot[i] != 0);
        i = (i + 1) & ix->mask;
    }
    return i;
}

static inline void ft_index_remove(struct ft_index *ix, uint32_t hash, uint32_t element)
{
    uint32_t hole = ft_index_place(ix, hash, element);
    for (uint32_t i = (hole + 1) & ix->mask; ix->slot[i]; i = (i + 1) & ix->mask) {
        uint32_t home = (uint32_t)(ix->slot[i] >> 32) & ix->mask;
        /* It may move into the hole if its home is not after the hole, cyclically. */
        if (((i - home) & ix->mask) >= ((i - hole) & ix->mask)) {
            ix->slot[hole] = ix->slot[i];
            hole = i;
        }
    }
    ix->slot[hole] = 0;
    ix->count--;
}

static inline void ft_index_swap(struct ft_index *ix, uint32_t hash, uint32_t old, uint32_t element)
{
    ix->slot[ft_index_place(ix, hash, old)] = (uint64_t)hash << 32 | element;
}

#endif
