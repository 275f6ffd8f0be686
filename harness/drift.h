/*
 * Drift and dependence of values in the order in which they were measured.
 *
 * The intervals and tests of stats.h take the blocks for independent. A
 * machine that grows slower over the run, or whose slow minutes last longer
 * than a block, breaks that. Two tests look for it: Mann and Kendall's for a
 * trend, and the lag-1 autocorrelation for neighbours that are alike.
 *
 * Pure functions of arrays, values in order of measurement; NaN for fewer
 * than DRIFT_VALUES_LEAST values.
 */
#ifndef EBB_HARNESS_DRIFT_H
#define EBB_HARNESS_DRIFT_H

#include <stddef.h>
#include <stdint.h>

/* With fewer, no order is rare enough to be called a trend at 0.05. */
#define DRIFT_VALUES_LEAST 5

typedef struct drift_s drift_t;
struct drift_s {
	double s;       /* Kendall's: pairs that rise less pairs that fall */
	double trend_p; /* two-sided, of "no trend" */
	/* Median of the slopes of all pairs (Theil and Sen) from the first
	 * value to the last: how far it went. */
	double change;
	double lag1;   /* autocorrelation of neighbours, -1 to 1 */
	double lag1_p; /* two-sided, of "the order is random" */
};

/*
 * Tests n values. The trend's p is exact up to 10 values without ties
 * (Kendall, Rank Correlation Methods, 1970: the recursion of the number of
 * inversions) and else normal, with correction for continuity and ties. The
 * autocorrelation is of the values' ranks, against random orders of these
 * drawn with the seed: no value so wild that it makes or hides a neighbour.
 */
drift_t drift_test(const double *x, size_t n, uint64_t seed);

/* Lag-1 autocorrelation: sum of (x[i] - m)(x[i+1] - m) over the sum of
 * squares, as R's acf(x)$acf[2]. NaN when all values are equal. */
double drift_lag1(const double *x, size_t n);

#endif
