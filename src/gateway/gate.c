#include "gateway/gate.h"

#include "base/check.h"

#include <string.h>

void ft_gate_init(struct ft_gate *g, bool on)
{
    *g = (struct ft_gate){.on = on};
}

uint64_t ft_gate_turn_of_now(const struct ft_gate *g, bool changes)
{
    return g->turn + changes;
}

bool ft_gate_is_full(const struct ft_gate *g)
{
    return g->count == FT_GATE_FLIGHT_MAX;
}

void ft_gate_handed_over(struct ft_gate *g, uint64_t commit)
{
    FT_CHECK(commit != 0);
    g->turn++;
    size_t last = (g->first + g->count + FT_GATE_FLIGHT_MAX - 1) % FT_GATE_FLIGHT_MAX;
    if (g->count && g->flight[last].commit == commit) {
        g->flight[last].turn = g->turn;
        return;
    }
    FT_CHECK(!ft_gate_is_full(g) && (g->count == 0 || g->flight[last].commit < commit));
    size_t at = (g->first + g->count++) % FT_GATE_FLIGHT_MAX;
    g->flight[at].turn = g->turn;
    g->flight[at].commit = commit;
}

bool ft_gate_committed(struct ft_gate *g, uint64_t commit)
{
    uint64_t before = g->durable;
    while (g->count && g->flight[g->first].commit <= commit) {
        g->durable = g->flight[g->first].turn;
        g->first = (g->first + 1) % FT_GATE_FLIGHT_MAX;
        g->count--;
    }
    return g->durable != before;
}

/* A record in the buffer: turn and length, then the frame. */
struct record {
    uint64_t turn, len;
};

int ft_held_push(struct ft_buf *held, uint64_t turn, const uint8_t *frame, size_t len)
{
    struct record r = {turn, len};
    uint8_t *at = ft_buf_reserve(held, sizeof r + len);
    if (!at)
        return -1;
    memcpy(at, &r, sizeof r);
    memcpy(at + sizeof r, frame, len);
    ft_buf_commit(held, sizeof r + len);
    return 0;
}

bool ft_held_first(const struct ft_buf *held, struct ft_held *out)
{
    struct record r;
    if (ft_buf_len(held) == 0)
        return false;
    memcpy(&r, ft_buf_head(held), sizeof r);
    *out = (struct ft_held){r.turn, ft_buf_head(held) + sizeof r, (size_t)r.len};
    return true;
}

void ft_held_drop_first(struct ft_buf *held)
{
    struct record r;
    memcpy(&r, ft_buf_head(held), sizeof r);
    ft_buf_consume(held, sizeof r + (size_t)r.len);
}
