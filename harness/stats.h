/*
 * Statistics of small samples: what the verdicts stand on.
 *
 * Pure functions of arrays of doubles: no files, no globals, no clock. Unless
 * said otherwise an array may be in any order and is not changed, its values
 * are finite, and a function of an empty array returns NaN. Distributions are
 * exact, so that an interval of ten values holds its stated confidence.
 * harness/test/stats.c compares each function with published values.
 */
#ifndef EBB_HARNESS_STATS_H
#define EBB_HARNESS_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* An estimate and the interval around it. */
typedef struct stats_interval_s stats_interval_t;
struct stats_interval_s {
	double estimate;
	double lo, hi;
	/*
	 * The probability, 0 to 1, with which such an interval holds the true
	 * value. At least what was asked for; less only when the widest
	 * interval that n values have does not reach it (n = 5 reaches
	 * 0.9375): whoever shows the interval then says so.
	 */
	double confidence;
};

/* Sorts ascending, in place. */
void stats_sort(double *x, size_t n);

/* The q-quantile (0 <= q <= 1), linear between order statistics (R type 7). */
double stats_quantile(const double *x, size_t n, double q);

double stats_median(const double *x, size_t n);

/* Median of absolute deviations from the median; not scaled to a sigma. */
double stats_mad(const double *x, size_t n);

/*
 * Paired log ratios: out[k] = log(a[i] / base[i]) for each block i in which
 * both are finite and positive; other blocks are left out. out has room for n.
 * Returns the number of ratios.
 */
size_t
stats_log_ratios(const double *a, const double *base, size_t n, double *out);

/*
 * The median with its exact interval of order statistics, the inverse of the
 * sign test: it assumes nothing but independent values.
 * confidence: e.g. 0.95.
 */
stats_interval_t
stats_median_interval(const double *x, size_t n, double confidence);

/*
 * p of the two-sided exact sign test of "the median is 0". Zeros are left
 * out; 1 when nothing is left.
 */
double stats_sign_test(const double *x, size_t n);

/*
 * The Hodges-Lehmann estimate: the median of all Walsh averages
 * (x[i] + x[j]) / 2, i <= j; with the exact interval of the signed-rank
 * distribution (the normal one beyond 400 values). It assumes symmetry and is
 * narrower for it than stats_median_interval.
 */
stats_interval_t
stats_hodges_lehmann(const double *x, size_t n, double confidence);

/* What the signed-rank test found. */
typedef struct stats_signed_rank_s stats_signed_rank_t;
struct stats_signed_rank_s {
	double v; /* sum of the ranks of the positive values */
	double p; /* two-sided, of "symmetric about 0" */
};

/*
 * Wilcoxon's signed-rank test. Zeros are left out; equal distances from 0
 * share their mean rank, and the distribution is that of these very ranks, so
 * that p is exact with ties too (R's wilcox.test falls back to a normal
 * there). Beyond 200 values it is normal, with correction for continuity and
 * ties. p is 1 when nothing is left.
 */
stats_signed_rank_t stats_signed_rank_test(const double *x, size_t n);

/*
 * Cliff's delta: P(a > b) - P(a < b) over all pairs, -1 to 1. NaN when either
 * is empty.
 */
double
stats_cliffs_delta(const double *a, size_t na, const double *b, size_t nb);

/*
 * Holm's step-down correction: adjusted[i] is the p to compare with the error
 * rate of the whole family of n comparisons. adjusted may be p itself.
 */
void stats_holm(const double *p, size_t n, double *adjusted);

/*
 * Benjamini and Hochberg's correction: of all that is named at adjusted[i] <=
 * q, a share of q at most is named wrongly; where nothing is to be found, the
 * chance to name anything is q. adjusted may be p itself.
 */
void stats_false_discovery(const double *p, size_t n, double *adjusted);

/* P(X <= k) for X ~ Binomial(n, 1/2). */
double stats_binomial_half_cdf(size_t k, size_t n);

/* z with P(|Z| > z) = alpha for a standard normal Z; 0 < alpha < 1. */
double stats_normal_two_sided(double alpha);

#endif
