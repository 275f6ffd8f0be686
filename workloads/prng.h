/*
 * Pseudo-random numbers for op streams: xorshift64*, seeded by splitmix64.
 *
 * Small enough to be inlined into a measured loop (the state stays in a
 * register), and the same on every machine: a stream depends on (seed, id)
 * and on nothing else. Not for secrets.
 */
#ifndef EBB_WORKLOADS_PRNG_H
#define EBB_WORKLOADS_PRNG_H

#include <stdint.h>

#define PRNG_GOLDEN 0x9e3779b97f4a7c15u

typedef struct prng_s prng_t;
struct prng_s {
	uint64_t state; /* never 0 */
};

/* The finaliser of splitmix64: a bijection that spreads every bit. */
static inline uint64_t
prng_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* Starts the stream of one thread: other ids give unrelated streams. */
static inline void
prng_seed(prng_t *rng, uint64_t seed, uint64_t id)
{
	uint64_t x = prng_mix(prng_mix(seed + PRNG_GOLDEN) + id * PRNG_GOLDEN);
	rng->state = x != 0 ? x : PRNG_GOLDEN;
}

/* The next 64 bits. The upper half is the better one. */
static inline uint64_t
prng_next(prng_t *rng)
{
	uint64_t x = rng->state;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	rng->state = x;
	return x * 0x2545f4914f6cdd1du;
}

/* Maps 32 random bits to 0 .. n - 1 without a division. */
static inline uint32_t
prng_scale(uint32_t bits, uint32_t n)
{
	return (uint32_t)(((uint64_t)bits * n) >> 32);
}

/* A random number in 0 .. n - 1. */
static inline uint32_t
prng_below(prng_t *rng, uint32_t n)
{
	return prng_scale((uint32_t)(prng_next(rng) >> 32), n);
}

#endif
