/*
 * Pseudo-random numbers that need no more state than a word: a linear
 * congruential generator modulo 2^64 of which only the top bits are used
 * (allocator.md D.11). Good enough for jitter and offsets, for nothing else.
 */
#ifndef EBB_PRNG_H
#define EBB_PRNG_H

#include <stdint.h>

#include "assert.h"
#include "bits.h"

#define PRNG_MULTIPLIER UINT64_C(6364136223846793005)
#define PRNG_INCREMENT UINT64_C(1442695040888963407)

/* A number in [0, 2^lg); lg is 0..64. */
EBB_INLINE uint64_t
prng_lg_range(uint64_t *state, unsigned lg)
{
	assert(lg <= 64);
	*state = *state * PRNG_MULTIPLIER + PRNG_INCREMENT;
	return lg == 0 ? 0 : *state >> (64 - lg);
}

/* A number in [0, n), each equally likely; n > 0. */
EBB_INLINE uint64_t
prng_range(uint64_t *state, uint64_t n)
{
	assert(n != 0);
	unsigned lg = n == 1 ? 0 : lg_floor(n - 1) + 1;
	uint64_t x;
	do {
		x = prng_lg_range(state, lg);
	} while (x >= n);
	return x;
}

#endif /* EBB_PRNG_H */
