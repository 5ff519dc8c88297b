/* A sliding window: at most so many acceptances in any span of time. Acceptance n + 1 comes a whole
 * span or more after the first of the n before it; what was refused does not count. Times are handed
 * in and never run backwards. */
#ifndef FT_BASE_WINDOW_H
#define FT_BASE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct ft_window {
    unsigned limit;
    uint64_t span_ns;
    uint64_t last_ns;     /* the newest one */
    unsigned count, next; /* a ring of the last `limit` ones */
    uint64_t at_ns[];
};

/* limit > 0. NULL without memory; free() ends it. */
struct ft_window *ft_window_new(unsigned limit, uint64_t span_ns);
/* Whether one more is accepted now; changes nothing. */
static inline bool ft_window_has_room(const struct ft_window *w, uint64_t now_ns)
{
    return w->count < w->limit || now_ns - w->at_ns[w->next] >= w->span_ns;
}
/* One was accepted. */
void ft_window_take(struct ft_window *w, uint64_t now_ns);

#endif
