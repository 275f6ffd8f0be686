#include "bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "text.h"

/* Fewer values have no blocks worth the name. */
#define MEDIAN_VALUES_LEAST 6

/* --------------------------------------------------------------- blocks -- */

static bool
is_used(const hist_t *const *hists, size_t nblocks, size_t bucket)
{
	for (size_t b = 0; b < nblocks; b++)
		if (hists[b] != NULL && hists[b]->bucket[bucket] > 0)
			return true;
	return false;
}

void
bootstrap_init(bootstrap_t *arm, const hist_t *const *hists, size_t nblocks)
{
	*arm = (bootstrap_t){.nblocks = nblocks};
	arm->present = text_memory(nblocks, sizeof(*arm->present));
	for (size_t b = 0; b < nblocks; b++)
		arm->present[b] = hists[b] != NULL && hists[b]->count > 0;
	arm->bucket = text_memory(HIST_BUCKETS, sizeof(*arm->bucket));
	for (size_t k = 0; k < HIST_BUCKETS; k++)
		if (is_used(hists, nblocks, k))
			arm->bucket[arm->nbuckets++] = (uint32_t)k;
	arm->upto = text_memory(arm->nbuckets * nblocks, sizeof(*arm->upto));
	for (size_t b = 0; b < nblocks; b++) {
		uint64_t sum = 0;
		for (size_t i = 0; arm->present[b] && i < arm->nbuckets; i++) {
			sum += hists[b]->bucket[arm->bucket[i]];
			arm->upto[i * nblocks + b] = sum;
		}
	}
}

void
bootstrap_release(bootstrap_t *arm)
{
	free(arm->present);
	free(arm->bucket);
	free(arm->upto);
	*arm = (bootstrap_t){0};
}

/* The values up to a bucket, each block taken as often as it was drawn. */
static uint64_t
values_upto(const bootstrap_t *arm, size_t i, const unsigned *drawn)
{
	const uint64_t *upto = &arm->upto[i * arm->nblocks];
	uint64_t sum = 0;
	for (size_t b = 0; b < arm->nblocks; b++)
		sum += drawn[b] * upto[b];
	return sum;
}

/* As hist_quantile() of the drawn blocks merged; NaN when these are empty. */
static double
drawn_quantile(const bootstrap_t *arm, const unsigned *drawn, double q)
{
	if (arm->nbuckets == 0)
		return NAN;
	uint64_t all = values_upto(arm, arm->nbuckets - 1, drawn);
	double rank = fmax(ceil(q * (double)all), 1);
	size_t lo = 0;
	size_t hi = arm->nbuckets - 1;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if ((double)values_upto(arm, mid, drawn) >= rank)
			hi = mid;
		else
			lo = mid + 1;
	}
	return all > 0 ? (double)hist_bucket_mid(arm->bucket[lo]) : NAN;
}

/* ------------------------------------------------------------ intervals -- */

/*
 * What one end leaves out so that few blocks hold the confidence: the tail of
 * a normal beyond sqrt(n / (n - 1)) times Student's t.
 */
static double
expanded_tail(size_t n, double confidence)
{
	double m = (double)n;
	double t = stats_t_two_sided(1 - confidence, (unsigned)n - 1);
	return erfc(sqrt(m / (m - 1)) * t / M_SQRT2) / 2;
}

/* The interval of draws of n blocks, which it sorts; none when one of them
 * has no value (a ratio to 0). */
static void
interval_of_draws(
    stats_interval_t *out, double *draws, size_t n, double confidence)
{
	for (size_t k = 0; k < BOOTSTRAP_DRAWS; k++)
		if (!isfinite(draws[k]))
			return;
	double tail = expanded_tail(n, confidence);
	stats_sort(draws, BOOTSTRAP_DRAWS);
	/* Outwards to a draw: never narrower than asked for. */
	size_t cut = (size_t)(tail * BOOTSTRAP_DRAWS);
	out->lo = draws[cut];
	out->hi = draws[BOOTSTRAP_DRAWS - 1 - cut];
	out->confidence = fmin(confidence, 1 - ldexp(1, 1 - (int)n));
}

static double
drawn_value(const bootstrap_t *arm, const bootstrap_t *base,
    const unsigned *drawn, double q)
{
	double value = drawn_quantile(arm, drawn, q);
	if (base == NULL)
		return value;
	double under = drawn_quantile(base, drawn, q);
	return under > 0 ? value / under : NAN;
}

/* Draws n of n blocks with replacement: how often each was drawn. */
static void
blocks_draw(rng_t *rng, const size_t *blocks, size_t n, unsigned *drawn)
{
	for (size_t i = 0; i < n; i++)
		drawn[blocks[i]] = 0;
	for (size_t i = 0; i < n; i++)
		drawn[blocks[rng_below(rng, n)]]++;
}

/* The draws of every quantile: draws[i * BOOTSTRAP_DRAWS + k]. */
static void
quantiles_draw(const bootstrap_t *arm, const bootstrap_t *base, const double *q,
    size_t n, const size_t *blocks, size_t nblocks, unsigned *drawn,
    uint64_t seed, double *draws)
{
	rng_t rng;
	rng_init(&rng, seed);
	for (size_t k = 0; k < BOOTSTRAP_DRAWS; k++) {
		blocks_draw(&rng, blocks, nblocks, drawn);
		for (size_t i = 0; i < n; i++)
			draws[i * BOOTSTRAP_DRAWS + k] =
			    drawn_value(arm, base, drawn, q[i]);
	}
}

size_t
bootstrap_quantiles(const bootstrap_t *arm, const bootstrap_t *base,
    const double *q, size_t n, double confidence, uint64_t seed,
    stats_interval_t *out)
{
	size_t *blocks = text_memory(arm->nblocks, sizeof(*blocks));
	unsigned *drawn = text_memory(arm->nblocks, sizeof(*drawn));
	size_t nblocks = 0;
	for (size_t b = 0; b < arm->nblocks; b++)
		if (arm->present[b] && (base == NULL || base->present[b])) {
			blocks[nblocks++] = b;
			drawn[b] = 1;
		}
	for (size_t i = 0; i < n; i++)
		out[i] = (stats_interval_t){
		    drawn_value(arm, base, drawn, q[i]), NAN, NAN, 0};
	if (nblocks >= BOOTSTRAP_BLOCKS_LEAST) {
		double *draws =
		    text_memory(n * BOOTSTRAP_DRAWS, sizeof(*draws));
		quantiles_draw(
		    arm, base, q, n, blocks, nblocks, drawn, seed, draws);
		for (size_t i = 0; i < n; i++)
			if (isfinite(out[i].estimate))
				interval_of_draws(&out[i],
				    &draws[i * BOOTSTRAP_DRAWS], nblocks,
				    confidence);
		free(draws);
	}
	free(drawn);
	free(blocks);
	return nblocks;
}

stats_interval_t
bootstrap_median(const double *x, size_t n, double confidence, uint64_t seed)
{
	stats_interval_t out = {stats_median(x, n), NAN, NAN, 0};
	if (n < MEDIAN_VALUES_LEAST)
		return out;
	size_t length = (size_t)ceil(cbrt((double)n));
	size_t nblocks = (n + length - 1) / length;
	double *drawn = text_memory(nblocks * length, sizeof(*drawn));
	double *draws = text_memory(BOOTSTRAP_DRAWS, sizeof(*draws));
	rng_t rng;
	rng_init(&rng, seed);
	for (size_t k = 0; k < BOOTSTRAP_DRAWS; k++) {
		for (size_t b = 0; b < nblocks; b++) {
			size_t from = (size_t)rng_below(&rng, n - length + 1);
			for (size_t i = 0; i < length; i++)
				drawn[b * length + i] = x[from + i];
		}
		draws[k] = stats_median(drawn, n);
	}
	interval_of_draws(&out, draws, nblocks, confidence);
	free(draws);
	free(drawn);
	return out;
}
