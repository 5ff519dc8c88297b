/* A hash map from 64-bit keys to pointers: open addressing, linear probing, deletion by backward
 * shift. Key 0 is not allowed. Grows by doubling; never shrinks. */
#ifndef FT_BASE_MAP64_H
#define FT_BASE_MAP64_H

#include <stddef.h>
#include <stdint.h>

struct ft_map64_slot {
    uint64_t key; /* 0: empty */
    void *value;
};

struct ft_map64 {
    struct ft_map64_slot *slots;
    size_t cap; /* power of two, or 0 */
    size_t count;
};

void ft_map64_init(struct ft_map64 *m);
void ft_map64_free(struct ft_map64 *m);
/* The value, or NULL. */
void *ft_map64_get(const struct ft_map64 *m, uint64_t key);
/* Sets or replaces. 0, or -1 without memory (unchanged then). */
int ft_map64_put(struct ft_map64 *m, uint64_t key, void *value);
/* Removes and returns the value, or NULL. */
void *ft_map64_take(struct ft_map64 *m, uint64_t key);

#endif
