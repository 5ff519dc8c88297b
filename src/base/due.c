#include "base/due.h"

#include "base/check.h"

#include <stdbool.h>
#include <stdlib.h>

static bool before(const struct ft_due *a, const struct ft_due *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->tie < b->tie;
}

static void put(struct ft_due_heap *h, size_t at, struct ft_due *d)
{
    h->node[at] = d;
    d->place = (int32_t)at;
}

/* Moves the node at a place to where it belongs. */
static void settle(struct ft_due_heap *h, size_t at)
{
    struct ft_due *d = h->node[at];
    while (at > 0 && before(d, h->node[(at - 1) / 2])) {
        put(h, at, h->node[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= h->count)
            break;
        if (child + 1 < h->count && before(h->node[child + 1], h->node[child]))
            child++;
        if (!before(h->node[child], d))
            break;
        put(h, at, h->node[child]);
        at = child;
    }
    put(h, at, d);
}

int ft_due_add(struct ft_due_heap *h, struct ft_due *d)
{
    FT_CHECK(d->place == FT_DUE_OUT && h->count < INT32_MAX);
    if (h->count == h->cap) {
        size_t cap = h->cap ? h->cap * 2 : 64;
        struct ft_due **node = realloc(h->node, cap * sizeof(struct ft_due *));
        if (!node)
            return -1;
        h->node = node;
        h->cap = cap;
    }
    h->node[h->count] = d;
    settle(h, h->count++);
    return 0;
}

void ft_due_remove(struct ft_due_heap *h, struct ft_due *d)
{
    if (d->place == FT_DUE_OUT)
        return;
    size_t at = (size_t)d->place;
    d->place = FT_DUE_OUT;
    struct ft_due *last = h->node[--h->count];
    if (last != d) {
        put(h, at, last);
        settle(h, at);
    }
}

void ft_due_set(struct ft_due_heap *h, struct ft_due *d, int64_t at_ns)
{
    d->at_ns = at_ns;
    if (d->place != FT_DUE_OUT)
        settle(h, (size_t)d->place);
}

void ft_due_free(struct ft_due_heap *h)
{
    free(h->node);
    *h = (struct ft_due_heap){0};
}
