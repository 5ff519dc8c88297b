#include "base/window.h"

#include "base/check.h"

#include <stdlib.h>

struct ft_window *ft_window_new(unsigned limit, uint64_t span_ns)
{
    FT_CHECK(limit > 0);
    struct ft_window *w = calloc(1, sizeof *w + limit * sizeof w->at_ns[0]);
    if (w) {
        w->limit = limit;
        w->span_ns = span_ns;
    }
    return w;
}

void ft_window_take(struct ft_window *w, uint64_t now_ns)
{
    w->at_ns[w->next] = w->last_ns = now_ns;
    w->next = (w->next + 1) % w->limit;
    if (w->count < w->limit)
        w->count++;
}
