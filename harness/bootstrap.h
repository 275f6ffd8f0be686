/*
 * Intervals of quantiles by resampling whole blocks.
 *
 * The calls timed in one process are not independent, so that a quantile of a
 * million of them is no surer than its processes are many. The block is drawn
 * again, with replacement and with all its calls: the histograms of the drawn
 * blocks are merged, then the quantile is taken; never a mean of quantiles.
 * Both sides of a ratio draw the same blocks, which keeps the pairing.
 *
 * The interval is the expanded percentile interval (T. Hesterberg, What
 * Teachers Should Know About the Bootstrap, The American Statistician 69,
 * 2015, section 4.3): plain percentiles of few blocks are too narrow by
 * sqrt((n - 1) / n) and by the normal in the place of Student's t.
 *
 * Pure: told its seed; the same seed gives the same interval.
 */
#ifndef EBB_HARNESS_BOOTSTRAP_H
#define EBB_HARNESS_BOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hist.h"
#include "stats.h"

/* Fewer blocks have no interval. */
#define BOOTSTRAP_BLOCKS_LEAST 3

/* Draws for an interval: the ends for three to five blocks are those of all
 * draws, for ten the 9th of 1000 from the end. */
#define BOOTSTRAP_DRAWS 1000

/* What the blocks of one arm recorded, on the buckets that any of them used. */
typedef struct bootstrap_s bootstrap_t;
struct bootstrap_s {
	size_t room;    /* block numbers are below this */
	size_t nblocks; /* that recorded something */
	size_t *block;  /* their numbers, ascending */
	size_t nbuckets;
	uint32_t *bucket; /* indices of hist.h, ascending */
	/* [bucket * nblocks + block]: the block's values up to that bucket */
	uint64_t *upto;
};

/*
 * Takes a copy of the blocks' histograms: hists[b] is that of block b < n,
 * NULL or empty when it recorded nothing. bootstrap_release() afterwards.
 */
void bootstrap_init(bootstrap_t *arm, const hist_t *const *hists, size_t n);
void bootstrap_release(bootstrap_t *arm);

/*
 * The q-quantiles (out[i] of q[i], i < n) of an arm, or, when base is not
 * NULL, their ratios to the base's, over the blocks that both have.
 * The estimates are of those blocks merged; NaN without any block, or for a
 * ratio to 0. lo and hi are NaN, and confidence 0, for fewer than
 * BOOTSTRAP_BLOCKS_LEAST blocks; confidence is never more than
 * 1 - 2^(1 - blocks), the most that any interval holds which does not reach
 * beyond the blocks that there are.
 * Returns the number of blocks.
 */
size_t bootstrap_quantiles(const bootstrap_t *arm, const bootstrap_t *base,
    const double *q, size_t n, double confidence, uint64_t seed,
    stats_interval_t *out);

/*
 * The median of values that follow one another and may depend on their
 * neighbours, with an interval by the moving block bootstrap (Kuensch, Annals
 * of Statistics 17, 1989) with blocks of about n^(1/3) values. It holds its
 * confidence only nearly: of 60 values with autocorrelation 0.6, 88 % for 95,
 * where the interval of independent values holds 80 %. The interval is NaN,
 * and its confidence 0, for fewer than 6 values.
 */
stats_interval_t
bootstrap_median(const double *x, size_t n, double confidence, uint64_t seed);

#endif
