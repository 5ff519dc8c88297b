/* An array of equal elements named by 32-bit indexes, with a free list.
 *
 * Indexes survive growth, pointers do not: hold a pointer only between two reservations. Index 0
 * is never given out, so zero means "none" everywhere. A freed element keeps the free list's link
 * in its first four bytes. Elements are handed out uninitialised. */
#ifndef FT_EXCHANGE_POOL_H
#define FT_EXCHANGE_POOL_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ft_pool {
    char *mem;     /* owned, cache-line aligned */
    uint32_t elem; /* bytes of an element */
    uint32_t cap;  /* elements in `mem`, element 0 included */
    uint32_t used; /* elements ever handed out, element 0 included */
    uint32_t free; /* head of the free list */
    uint32_t live;
    uint32_t max; /* most live elements */
};

void ft_pool_init(struct ft_pool *p, uint32_t elem, uint32_t max);
void ft_pool_free(struct ft_pool *p);

/* Room for `more` elements beyond the live ones, growing in doubling steps. */
int ft_pool_grow(struct ft_pool *p, uint32_t more);

static inline int ft_pool_reserve(struct ft_pool *p, uint32_t more)
{
    return p->live + 1 + more <= p->cap ? 0 : ft_pool_grow(p, more);
}

/* The index has been handed out at some time: 0 < i < used, in one comparison. */
static inline bool ft_pool_has(const struct ft_pool *p, uint32_t i)
{
    return i - 1 < p->used - 1;
}

/* Room was reserved. */
static inline uint32_t ft_pool_take(struct ft_pool *p)
{
    uint32_t i = p->free;
    if (i) {
        memcpy(&p->free, p->mem + (size_t)i * p->elem, sizeof p->free);
    } else {
        i = p->used++;
        FT_CHECK(i < p->cap);
    }
    p->live++;
    return i;
}

static inline void ft_pool_give(struct ft_pool *p, uint32_t i)
{
    FT_CHECK(ft_pool_has(p, i));
    memcpy(p->mem + (size_t)i * p->elem, &p->free, sizeof p->free);
    p->free = i;
    p->live--;
}

/* Zeroed, cache-line aligned memory that asks for huge pages when it is large: a miss in a book
 * of a million orders should not be a miss of the address translation as well. */
void *ft_pages_alloc(size_t bytes);

#endif
