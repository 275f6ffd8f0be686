/*
 * Statistics of two samples that are not paired: runs of different times.
 *
 * Pure, as stats.h; the values are finite. The test is that of Wilcoxon, Mann
 * and Whitney; the shift is that of Hodges and Lehmann, the median of all
 * differences, and its interval inverts the test (Hollander & Wolfe,
 * Nonparametric Statistical Methods, 4.1 to 4.3). Distributions are exact up
 * to STATS_TWO_EXACT pairs and normal beyond.
 */
#ifndef EBB_HARNESS_STATS_TWO_H
#define EBB_HARNESS_STATS_TWO_H

#include <stddef.h>

#include "stats.h"

/* Pairs (na * nb) up to which distributions are counted out. */
#define STATS_TWO_EXACT 2500

/*
 * p of the two-sided test of "a and b have one distribution". Exact with ties
 * too: the distribution is that of these values' own midranks. 1 when a sample
 * is empty.
 */
double
stats_rank_sum_test(const double *a, size_t na, const double *b, size_t nb);

/*
 * By how much a lies above b: the median of all a[i] - b[j], with its
 * interval. Few values have no interval of the confidence asked for: then it
 * is the widest there is, with the confidence that it has. With ties the
 * interval holds at least that.
 */
stats_interval_t stats_shift(
    const double *a, size_t na, const double *b, size_t nb, double confidence);

#endif
