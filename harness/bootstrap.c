#include "bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "student.h"
#include "text.h"

/* Fewer values have no blocks worth the name. */
#define MEDIAN_VALUES_LEAST 6

/* --------------------------------------------------------------- blocks -- */

static bool
is_used(const hist_t *const *hists, const bootstrap_t *arm, size_t bucket)
{
	for (size_t k = 0; k < arm->nblocks; k++)
		if (hists[arm->block[k]]->bucket[bucket] > 0)
			return true;
	return false;
}

void
bootstrap_init(bootstrap_t *arm, const hist_t *const *hists, size_t n)
{
	*arm = (bootstrap_t){.room = n};
	arm->block = text_memory(n, sizeof(*arm->block));
	for (size_t b = 0; b < n; b++)
		if (hists[b] != NULL && hists[b]->count > 0)
			arm->block[arm->nblocks++] = b;
	arm->bucket = text_memory(HIST_BUCKETS, sizeof(*arm->bucket));
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		if (is_used(hists, arm, i))
			arm->bucket[arm->nbuckets++] = (uint32_t)i;
	arm->upto =
	    text_memory(arm->nbuckets * arm->nblocks, sizeof(*arm->upto));
	for (size_t k = 0; k < arm->nblocks; k++) {
		const hist_t *hist = hists[arm->block[k]];
		uint64_t sum = 0;
		for (size_t i = 0; i < arm->nbuckets; i++) {
			sum += hist->bucket[arm->bucket[i]];
			arm->upto[i * arm->nblocks + k] = sum;
		}
	}
}

void
bootstrap_release(bootstrap_t *arm)
{
	free(arm->block);
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
	for (size_t k = 0; k < arm->nblocks; k++)
		sum += drawn[arm->block[k]] * upto[k];
	return sum;
}

/* Buckets between which a quantile is to be looked for, both included. */
typedef struct bracket_s bracket_t;
struct bracket_s {
	double q;
	size_t lo, hi;
};

/* The least bucket of the bracket that holds the quantile of what was drawn. */
static size_t
quantile_bucket(
    const bootstrap_t *arm, const unsigned *drawn, const bracket_t *within)
{
	uint64_t all = values_upto(arm, arm->nbuckets - 1, drawn);
	double rank = fmax(ceil(within->q * (double)all), 1);
	size_t lo = within->lo;
	size_t hi = within->hi;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if ((double)values_upto(arm, mid, drawn) >= rank)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* A quantile of merged blocks lies between those of the blocks. drawn is room
 * for all blocks, and all 0 before and afterwards. */
static bracket_t
bracket_of(const bootstrap_t *arm, unsigned *drawn, double q)
{
	bracket_t all = {q, 0, arm->nbuckets > 0 ? arm->nbuckets - 1 : 0};
	bracket_t out = {q, all.hi, 0};
	for (size_t k = 0; k < arm->nblocks; k++) {
		drawn[arm->block[k]] = 1;
		size_t i = quantile_bucket(arm, drawn, &all);
		drawn[arm->block[k]] = 0;
		out.lo = i < out.lo ? i : out.lo;
		out.hi = i > out.hi ? i : out.hi;
	}
	return out;
}

/* As hist_quantile() of the drawn blocks merged; NaN when these are empty. */
static double
drawn_quantile(
    const bootstrap_t *arm, const unsigned *drawn, const bracket_t *within)
{
	if (arm->nbuckets == 0 ||
	    values_upto(arm, arm->nbuckets - 1, drawn) == 0)
		return NAN;
	return (double)hist_bucket_mid(
	    arm->bucket[quantile_bucket(arm, drawn, within)]);
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
	double t = student_quantile(1 - confidence, n - 1);
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

/* What is drawn: quantiles of an arm, or their ratios to a base's. */
typedef struct drawing_s drawing_t;
struct drawing_s {
	const bootstrap_t *arm, *base; /* base: NULL for no ratio */
	bracket_t *of_arm, *of_base;   /* of each quantile */
	size_t *blocks;                /* that both have */
	size_t nblocks;
	unsigned *drawn; /* how often, by block number */
};

static bool
has_block(const bootstrap_t *arm, size_t block)
{
	for (size_t k = 0; k < arm->nblocks; k++)
		if (arm->block[k] == block)
			return true;
	return false;
}

static void
drawing_init(drawing_t *d, const bootstrap_t *arm, const bootstrap_t *base,
    const double *q, size_t n)
{
	size_t room =
	    base != NULL && base->room > arm->room ? base->room : arm->room;
	*d = (drawing_t){.arm = arm, .base = base};
	d->of_arm = text_memory(2 * n, sizeof(*d->of_arm));
	d->of_base = d->of_arm + n;
	d->blocks = text_memory(arm->nblocks, sizeof(*d->blocks));
	d->drawn = text_memory(room, sizeof(*d->drawn));
	for (size_t i = 0; i < n; i++) {
		d->of_arm[i] = bracket_of(arm, d->drawn, q[i]);
		if (base != NULL)
			d->of_base[i] = bracket_of(base, d->drawn, q[i]);
	}
	for (size_t k = 0; k < arm->nblocks; k++)
		if (base == NULL || has_block(base, arm->block[k])) {
			d->blocks[d->nblocks++] = arm->block[k];
			d->drawn[arm->block[k]] = 1;
		}
}

static void
drawing_release(drawing_t *d)
{
	free(d->of_arm);
	free(d->blocks);
	free(d->drawn);
}

/* Of quantile i. */
static double
drawing_value(const drawing_t *d, size_t i)
{
	double value = drawn_quantile(d->arm, d->drawn, &d->of_arm[i]);
	if (d->base == NULL)
		return value;
	double under = drawn_quantile(d->base, d->drawn, &d->of_base[i]);
	return under > 0 ? value / under : NAN;
}

/* Draws as many blocks as there are, with replacement. */
static void
drawing_draw(drawing_t *d, rng_t *rng)
{
	for (size_t i = 0; i < d->nblocks; i++)
		d->drawn[d->blocks[i]] = 0;
	for (size_t i = 0; i < d->nblocks; i++)
		d->drawn[d->blocks[rng_below(rng, d->nblocks)]]++;
}

size_t
bootstrap_quantiles(const bootstrap_t *arm, const bootstrap_t *base,
    const double *q, size_t n, double confidence, uint64_t seed,
    stats_interval_t *out)
{
	drawing_t d;
	drawing_init(&d, arm, base, q, n);
	for (size_t i = 0; i < n; i++)
		out[i] = (stats_interval_t){drawing_value(&d, i), NAN, NAN, 0};
	if (d.nblocks >= BOOTSTRAP_BLOCKS_LEAST) {
		double *draws =
		    text_memory(n * BOOTSTRAP_DRAWS, sizeof(*draws));
		rng_t rng;
		rng_init(&rng, seed);
		for (size_t k = 0; k < BOOTSTRAP_DRAWS; k++) {
			drawing_draw(&d, &rng);
			for (size_t i = 0; i < n; i++)
				draws[i * BOOTSTRAP_DRAWS + k] =
				    drawing_value(&d, i);
		}
		for (size_t i = 0; i < n; i++)
			interval_of_draws(&out[i], &draws[i * BOOTSTRAP_DRAWS],
			    d.nblocks, confidence);
		free(draws);
	}
	size_t nblocks = d.nblocks;
	drawing_release(&d);
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
