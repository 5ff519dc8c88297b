/* What is due first: an intrusive binary heap by (moment, tie), so that what happens at one moment never
 * depends on the order in which it was entered. The node lives inside the thing. */
#ifndef FT_BASE_DUE_H
#define FT_BASE_DUE_H

#include <stddef.h>
#include <stdint.h>

enum { FT_DUE_OUT = -1 };

struct ft_due {
    int64_t at_ns;
    uint32_t tie;  /* different for each node of a heap */
    int32_t place; /* in the heap; FT_DUE_OUT: in none */
};

struct ft_due_heap {
    struct ft_due **node; /* owned; the nodes are not */
    size_t count, cap;
};

static inline void ft_due_init(struct ft_due *d, uint32_t tie)
{
    d->at_ns = INT64_MAX;
    d->tie = tie;
    d->place = FT_DUE_OUT;
}
/* Enters a node that is in no heap. -1 without memory. */
int ft_due_add(struct ft_due_heap *h, struct ft_due *d);
/* Takes it out; nothing happens when it is in none. */
void ft_due_remove(struct ft_due_heap *h, struct ft_due *d);
/* Another moment; the node may be in the heap or not. */
void ft_due_set(struct ft_due_heap *h, struct ft_due *d, int64_t at_ns);
/* The first one, or NULL. */
static inline struct ft_due *ft_due_first(const struct ft_due_heap *h)
{
    return h->count ? h->node[0] : NULL;
}
/* Its moment; INT64_MAX: there is none. */
static inline int64_t ft_due_next(const struct ft_due_heap *h)
{
    return h->count ? h->node[0]->at_ns : INT64_MAX;
}
void ft_due_free(struct ft_due_heap *h);

#endif
