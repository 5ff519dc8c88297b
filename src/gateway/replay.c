#include "gateway/replay.h"

#include <string.h>

static uint64_t bit(uint32_t serial)
{
    return UINT64_C(1) << (serial % 64);
}

static uint64_t *word(struct ft_replay *r, uint32_t serial)
{
    return &r->seen[serial % FT_REPLAY_WINDOW / 64];
}

enum ft_replay_verdict ft_replay_take(struct ft_replay *r, uint32_t serial)
{
    if (!r->any) {
        r->any = true;
        r->top = serial;
        *word(r, serial) |= bit(serial);
        return FT_REPLAY_FRESH;
    }
    if (serial > r->top) {
        if (serial - r->top >= FT_REPLAY_WINDOW)
            memset(r->seen, 0, sizeof r->seen);
        else
            for (uint32_t s = r->top + 1; s != serial; s++)
                *word(r, s) &= ~bit(s); /* what stood there has left the window */
        r->top = serial;
        *word(r, serial) |= bit(serial);
        return FT_REPLAY_FRESH;
    }
    if (r->top - serial >= FT_REPLAY_WINDOW)
        return FT_REPLAY_OLD;
    if (*word(r, serial) & bit(serial))
        return FT_REPLAY_REPEATED;
    *word(r, serial) |= bit(serial);
    return FT_REPLAY_FRESH;
}
