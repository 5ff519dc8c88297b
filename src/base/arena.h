/* A bump allocator with a byte limit: many small allocations, one reset.
 *
 * Used for decoding what strangers send, so the limit is the point: past it every allocation
 * fails and the decoder gives up. Blocks are kept over a reset (up to `keep` bytes), so that a
 * warm arena does not touch malloc. Not thread-safe. */
#ifndef FT_BASE_ARENA_H
#define FT_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct ft_arena_block;

struct ft_arena {
    struct ft_arena_block *first; /* owned chain */
    struct ft_arena_block *cur;
    size_t used;   /* bytes handed out since the last reset, padding included */
    size_t limit;  /* most bytes that may be handed out between two resets */
    bool refused;  /* an allocation failed since the last reset */
};

void ft_arena_init(struct ft_arena *a, size_t limit);
void ft_arena_free(struct ft_arena *a);

/* 16-byte aligned, uninitialised; NULL past the limit or without memory. Lives until the reset. */
void *ft_arena_alloc(struct ft_arena *a, size_t n);
void *ft_arena_zalloc(struct ft_arena *a, size_t n);
char *ft_arena_strndup(struct ft_arena *a, const char *s, size_t n);

/* Everything handed out becomes invalid. */
void ft_arena_reset(struct ft_arena *a);

#endif
