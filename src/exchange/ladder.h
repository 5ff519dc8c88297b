/* The price levels of one side of a book in order: a B+ tree with linked leaves.
 *
 * Keys are "merit": the price of a bid, the negated price of an ask, so that the best level is
 * always the last entry of the last leaf, where insertions and removals near the touch move the
 * fewest entries and need no descent. Nodes hold 41 entries and come from a pool that all books
 * share; a book of 41 levels a side is two nodes, one of a million levels is four deep. */
#ifndef FT_EXCHANGE_LADDER_H
#define FT_EXCHANGE_LADDER_H

#include "exchange/pool.h"

enum {
    FT_LADDER_CAP = 41,
    FT_LADDER_DEPTH = 8, /* ten entries a node at least: 10^8 levels */
};

struct ft_ladder {
    uint32_t root;
    uint32_t top; /* last leaf */
};

/* Inner nodes: key[i] is at most the least key below ref[i] and above every key below ref[i-1].
 * 256 bytes. */
struct ft_ladder_node {
    uint16_t count;
    uint16_t height;     /* 0: leaf */
    uint32_t prev, next; /* leaves: neighbours of lower and higher merit */
    uint32_t unused;
    int64_t key[FT_LADDER_CAP];
    uint32_t ref[FT_LADDER_CAP]; /* node, or the level in a leaf */
    uint32_t unused2;
};

/* Position of an entry; slot counts from the worst entry of the leaf. leaf 0: past the end. */
struct ft_rung {
    uint32_t leaf;
    uint32_t slot;
};

static inline struct ft_ladder_node *ft_ladder_at(const struct ft_pool *nodes, uint32_t i)
{
    FT_CHECK(ft_pool_has(nodes, i));
    return (struct ft_ladder_node *)nodes->mem + i;
}

/* Insertion takes at most this many nodes; the caller reserves them. */
enum { FT_LADDER_NODES = FT_LADDER_DEPTH + 1 };

/* The key is not in the ladder yet. */
void ft_ladder_insert(struct ft_pool *nodes, struct ft_ladder *l, int64_t key, uint32_t level);
/* The key is in the ladder. */
void ft_ladder_remove(struct ft_pool *nodes, struct ft_ladder *l, int64_t key);

/* Level of the best and of the worst entry, 0 when empty. */
static inline uint32_t ft_ladder_best(const struct ft_pool *nodes, const struct ft_ladder *l)
{
    if (!l->top)
        return 0;
    const struct ft_ladder_node *leaf = ft_ladder_at(nodes, l->top);
    return leaf->ref[leaf->count - 1];
}
uint32_t ft_ladder_worst(const struct ft_pool *nodes, const struct ft_ladder *l);

/* Walking: first the best entry, then worse ones, or back. ft_rung_level gives 0 past an end. */
struct ft_rung ft_ladder_first(const struct ft_pool *nodes, const struct ft_ladder *l);
uint32_t ft_rung_level(const struct ft_pool *nodes, struct ft_rung at);
void ft_rung_worse(const struct ft_pool *nodes, struct ft_rung *at);
void ft_rung_better(const struct ft_pool *nodes, struct ft_rung *at);

/* Asks for the leaf that an insertion or removal of `key` will touch. Changes nothing. */
void ft_ladder_prefetch(const struct ft_pool *nodes, const struct ft_ladder *l, int64_t key);

/* Stops on a broken tree; returns the number of entries. For tests. */
uint32_t ft_ladder_verify(const struct ft_pool *nodes, const struct ft_ladder *l);

#endif
