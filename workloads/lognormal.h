/*
 * Log-normal numbers: most are near the median, a few are many times that.
 *
 * A draw costs an exponential, a logarithm and a cosine, several times what a
 * malloc takes; so the quantiles are tabulated once, and a draw is a look at
 * one of them.
 */
#ifndef EBB_WORKLOADS_LOGNORMAL_H
#define EBB_WORKLOADS_LOGNORMAL_H

#include "prng.h"

#include <stdint.h>

#define LOGNORMAL_LG 10
#define LOGNORMAL_N (1u << LOGNORMAL_LG)

/* Ascending: value i is the quantile (i + 1/2) / LOGNORMAL_N. */
typedef struct lognormal_s lognormal_t;
struct lognormal_s {
	uint64_t value[LOGNORMAL_N];
};

/*
 * Tabulates the law with this median and this standard deviation of the
 * logarithm. Values are rounded; what is below least or above most is moved
 * there.
 */
void lognormal_init(lognormal_t *law, double median, double sigma,
    uint64_t least, uint64_t most);

/* The mean of the tabulated values. */
double lognormal_mean(const lognormal_t *law);

/* One draw. */
static inline uint64_t
lognormal_next(const lognormal_t *law, prng_t *rng)
{
	return law->value[prng_next(rng) >> (64 - LOGNORMAL_LG)];
}

#endif
