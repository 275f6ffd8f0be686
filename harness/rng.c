#include "rng.h"

#include <sys/random.h>
#include <time.h>

void
rng_init(rng_t *rng, uint64_t seed)
{
	rng->state = seed;
}

uint64_t
rng_next(rng_t *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
rng_below(rng_t *rng, uint64_t bound)
{
	/* Numbers above the last whole multiple of bound are drawn again. */
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
	uint64_t drawn;
	do
		drawn = rng_next(rng);
	while (drawn >= limit);
	return drawn % bound;
}

void
rng_shuffle(rng_t *rng, unsigned *v, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)rng_below(rng, i);
		unsigned swap = v[i - 1];
		v[i - 1] = v[j];
		v[j] = swap;
	}
}

uint64_t
rng_derive(uint64_t seed, const char *name, uint64_t number)
{
	/* FNV-1a over the name, then mixed by the generator. */
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;
	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	rng_t rng = {hash};
	rng.state = rng_next(&rng) ^ number;
	return rng_next(&rng) % RNG_SEED_BOUND;
}

uint64_t
rng_fresh_seed(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		seed = (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
	return seed % RNG_SEED_BOUND;
}
