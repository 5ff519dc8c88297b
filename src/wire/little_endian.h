/* Numbers of frames and of protobuf's fixed types: little-endian bytes, at any address, on any machine. */
#ifndef FT_WIRE_LITTLE_ENDIAN_H
#define FT_WIRE_LITTLE_ENDIAN_H

#include <stdint.h>

static inline uint32_t ft_get_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t ft_get_le64(const uint8_t *p)
{
    return ft_get_le32(p) | (uint64_t)ft_get_le32(p + 4) << 32;
}

static inline void ft_put_le32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

#endif
