#include "base/map64.h"

#include "base/check.h"

#include <stdlib.h>

static size_t place(uint64_t key, size_t cap)
{
    key ^= key >> 32;
    key *= 0x9E3779B97F4A7C15u; /* Fibonacci hashing spreads sequential keys */
    return (size_t)(key >> 20) & (cap - 1);
}

void ft_map64_init(struct ft_map64 *m)
{
    *m = (struct ft_map64){0};
}

void ft_map64_free(struct ft_map64 *m)
{
    free(m->slots);
    *m = (struct ft_map64){0};
}

static struct ft_map64_slot *find(const struct ft_map64 *m, uint64_t key)
{
    size_t i = place(key, m->cap);
    while (m->slots[i].key && m->slots[i].key != key)
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

void *ft_map64_get(const struct ft_map64 *m, uint64_t key)
{
    if (!m->cap || !key)
        return NULL;
    const struct ft_map64_slot *s = find(m, key);
    return s->key ? s->value : NULL;
}

static int grow(struct ft_map64 *m)
{
    struct ft_map64 bigger = {.cap = m->cap ? m->cap * 2 : 16, .count = m->count};
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return -1;
    for (size_t i = 0; i < m->cap; i++)
        if (m->slots[i].key)
            *find(&bigger, m->slots[i].key) = m->slots[i];
    free(m->slots);
    *m = bigger;
    return 0;
}

int ft_map64_put(struct ft_map64 *m, uint64_t key, void *value)
{
    FT_CHECK(key != 0);
    if (m->count + 1 > m->cap / 4 * 3 && grow(m))
        return -1;
    struct ft_map64_slot *s = find(m, key);
    m->count += s->key == 0;
    *s = (struct ft_map64_slot){key, value};
    return 0;
}

void *ft_map64_take(struct ft_map64 *m, uint64_t key)
{
    if (!m->cap || !key)
        return NULL;
    struct ft_map64_slot *s = find(m, key);
    if (!s->key)
        return NULL;
    void *value = s->value;
    size_t hole = (size_t)(s - m->slots), i = hole;
    for (;;) {
        i = (i + 1) & (m->cap - 1);
        if (!m->slots[i].key)
            break;
        size_t home = place(m->slots[i].key, m->cap);
        if (((i - home) & (m->cap - 1)) >= ((i - hole) & (m->cap - 1))) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct ft_map64_slot){0};
    m->count--;
    return value;
}
