/* The stable key of an instrument. */
#include "market/instrument.h"

uint64_t ft_instrument_key(const struct ft_instrument *inst)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ inst->market; /* FNV-1a over market and code */
    for (const char *c = inst->code; *c; c++)
        h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}
