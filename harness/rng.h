/*
 * The seeded random numbers of a plan (splitmix64): the same seed gives the
 * same plan on every machine. Not for secrets.
 */
#ifndef EBB_HARNESS_RNG_H
#define EBB_HARNESS_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct rng_s rng_t;
struct rng_s {
	uint64_t state;
};

void rng_init(rng_t *rng, uint64_t seed);
uint64_t rng_next(rng_t *rng);
/* A number in [0, bound), each equally likely; bound > 0. */
uint64_t rng_below(rng_t *rng, uint64_t bound);
/* Shuffles n numbers in place, each order equally likely. */
void rng_shuffle(rng_t *rng, unsigned *v, size_t n);
/* A seed that depends on seed, on name and on number only. */
uint64_t rng_derive(uint64_t seed, const char *name, uint64_t number);
/* A seed from the kernel, below 2^53 so that every JSON reader keeps it. */
uint64_t rng_fresh_seed(void);

/* Seeds are written as JSON numbers: kept below this bound. */
#define RNG_SEED_BOUND (UINT64_C(1) << 53)

#endif
