/* Random numbers that are addresses, not state: Philox4x32-10 (Salmon, Moraes, Dror, Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC11), a counter-based generator.
 *
 * A draw is a pure function of (seed, stream, position): any part of the world can have its own
 * stream, draws can be taken in any order, and a replay needs no saved generator. The sequential
 * wrapper walks the positions of one stream: its k-th draw is ft_rng_at(seed, stream, k).
 * Not for secrets.
 *
 * Results are the same bits on every platform with IEEE doubles: logarithm and square root are
 * computed here with + - * / only, since libms differ in the last digit. */
#ifndef FT_BASE_RNG_H
#define FT_BASE_RNG_H

#include <stdint.h>

/* One block: ten rounds over a 128-bit counter with a 64-bit key. */
void ft_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* 64 uniform bits; independent for different arguments. */
uint64_t ft_rng_at(uint64_t seed, uint64_t stream, uint64_t position);

/* Shapes: one draw of 64 bits in, one value out. */
double ft_rng_to_unit(uint64_t bits);        /* uniform, [0, 1), 53 bits */
double ft_rng_to_exponential(uint64_t bits); /* mean 1, [0, 36.8] */
double ft_rng_to_normal(uint64_t bits);      /* mean 0, deviation 1, within +-8.3 */

struct ft_rng {
    uint64_t seed;
    uint64_t stream;
    uint64_t position; /* of the next draw; may be set freely with ft_rng_seek */
    uint64_t spare;    /* second half of the last block */
    uint64_t spare_at; /* its position, UINT64_MAX when there is none */
};

void ft_rng_init(struct ft_rng *r, uint64_t seed, uint64_t stream);
void ft_rng_seek(struct ft_rng *r, uint64_t position);

uint64_t ft_rng_next(struct ft_rng *r);
/* Uniform in [0, n), n > 0, without modulo bias (Lemire 2019); mostly one draw. */
uint64_t ft_rng_below(struct ft_rng *r, uint64_t n);
/* Uniform in [low, high], low <= high. */
int64_t ft_rng_between(struct ft_rng *r, int64_t low, int64_t high);
double ft_rng_unit(struct ft_rng *r);
double ft_rng_exponential(struct ft_rng *r);
double ft_rng_normal(struct ft_rng *r);

#endif
