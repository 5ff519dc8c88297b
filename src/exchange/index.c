#include "exchange/index.h"

#include "exchange/pool.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

void ft_index_free(struct ft_index *ix)
{
    free(ix->slot);
    *ix = (struct ft_index){0};
}

int ft_index_grow(struct ft_index *ix, uint32_t more)
{
    uint64_t slots = ix->slot ? (uint64_t)ix->mask + 1 : FIRST_SLOTS;
    while (slots < ((uint64_t)ix->count + more) * 2)
        slots *= 2;
    if (slots > (uint64_t)1 << 31)
        return -1;
    if (ix->slot && slots == (uint64_t)ix->mask + 1)
        return 0;
    struct ft_index bigger = {
        .slot = ft_pages_alloc((size_t)slots * sizeof(uint64_t)),
        .mask = (uint32_t)(slots - 1),
    };
    if (!bigger.slot)
        return -1;
    for (uint64_t i = 0; ix->slot && i <= ix->mask; i++) {
        if (ix->slot[i])
            ft_index_put(&bigger, (uint32_t)(ix->slot[i] >> 32), (uint32_t)ix->slot[i]);
    }
    FT_CHECK(bigger.count == ix->count);
    free(ix->slot);
    *ix = bigger;
    return 0;
}
