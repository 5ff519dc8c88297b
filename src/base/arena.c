#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, BLOCK = 16 * 1024, KEEP_BLOCK_MAX = 256 * 1024 };

struct ft_arena_block {
    struct ft_arena_block *next;
    size_t cap;
    size_t used;
    size_t pad;
    unsigned char bytes[];
};

void ft_arena_init(struct ft_arena *a, size_t limit)
{
    *a = (struct ft_arena){.limit = limit};
}

static void free_chain(struct ft_arena_block *b)
{
    while (b) {
        struct ft_arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void ft_arena_free(struct ft_arena *a)
{
    free_chain(a->first);
    *a = (struct ft_arena){.limit = a->limit};
}

void *ft_arena_alloc(struct ft_arena *a, size_t n)
{
    if (n > a->limit || a->used > a->limit - n) {
        a->refused = true;
        return NULL;
    }
    size_t need = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (need == 0)
        need = ALIGN;
    while (a->cur && a->cur->cap - a->cur->used < need && a->cur->next)
        a->cur = a->cur->next;
    if (!a->cur || a->cur->cap - a->cur->used < need) {
        size_t cap = need > BLOCK ? need : BLOCK;
        struct ft_arena_block *b = malloc(sizeof *b + cap);
        if (!b) {
            a->refused = true;
            return NULL;
        }
        b->cap = cap;
        b->used = 0;
        b->next = NULL;
        if (a->cur)
            a->cur->next = b;
        else
            a->first = b;
        a->cur = b;
    }
    void *p = a->cur->bytes + a->cur->used;
    a->cur->used += need;
    a->used += need;
    return p;
}

void *ft_arena_zalloc(struct ft_arena *a, size_t n)
{
    void *p = ft_arena_alloc(a, n);
    if (p)
        memset(p, 0, n);
    return p;
}

char *ft_arena_strndup(struct ft_arena *a, const char *s, size_t n)
{
    char *p = ft_arena_alloc(a, n + 1);
    if (p) {
        memcpy(p, s, n);
        p[n] = '\0';
    }
    return p;
}

void ft_arena_reset(struct ft_arena *a)
{
    size_t kept = 0;
    struct ft_arena_block **link = &a->first;
    while (*link) {
        struct ft_arena_block *b = *link;
        if (kept + b->cap > KEEP_BLOCK_MAX) {
            *link = b->next;
            free(b);
            continue;
        }
        kept += b->cap;
        b->used = 0;
        link = &b->next;
    }
    a->cur = a->first;
    a->used = 0;
    a->refused = false;
}
