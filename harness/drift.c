#include "drift.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "stats.h"
#include "text.h"

/* Beyond this many values the normal is within 0.002 of the exact p. */
#define EXACT_TREND 10
/* Orders drawn for the autocorrelation at most; its least p is 2 in this. */
#define ORDERS 20000
/* Enough of them beyond what was seen to know p to a quarter of itself. */
#define ORDERS_BEYOND 20

/* ---------------------------------------------------------------- trend -- */

static double
kendall_s(const double *x, size_t n)
{
	double s = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			s += (x[j] > x[i]) - (x[j] < x[i]);
	return s;
}

/* The sum of t(t - 1)(2t + 5) over groups of t equal values; 0: no ties. */
static double
tie_correction(const double *x, size_t n)
{
	double *sorted = text_memory(n, sizeof(*sorted));
	memcpy(sorted, x, n * sizeof(*x));
	stats_sort(sorted, n);
	double sum = 0;
	for (size_t i = 0; i < n;) {
		size_t ties = 1;
		while (i + ties < n && sorted[i + ties] == sorted[i])
			ties++;
		double t = (double)ties;
		sum += t * (t - 1) * (2 * t + 5);
		i += ties;
	}
	free(sorted);
	return sum;
}

/*
 * P(|S| >= |s|) for n values without ties: p[k] is the probability of k
 * inversions, built up a value at a time; the new one is ahead of 0 to i - 1
 * others with equal chances. S = n(n-1)/2 - 2k.
 */
static double
trend_exact(double s, size_t n)
{
	double p[EXACT_TREND * (EXACT_TREND - 1) / 2 + 1] = {1};
	size_t most = 0;
	for (size_t i = 2; i <= n; i++) {
		most += i - 1;
		for (size_t k = most + 1; k-- > 0;) {
			double sum = 0;
			for (size_t ahead = 0; ahead < i && ahead <= k; ahead++)
				sum += p[k - ahead];
			p[k] = sum / (double)i;
		}
	}
	double tail = 0;
	for (size_t k = 0; k <= most; k++)
		if (fabs((double)most - 2 * (double)k) >= fabs(s))
			tail += p[k];
	return fmin(tail, 1);
}

static double
trend_normal(double s, double n, double ties)
{
	double variance = (n * (n - 1) * (2 * n + 5) - ties) / 18;
	double away = fabs(s) - 1; /* S moves in steps of 2 */
	if (variance <= 0 || away <= 0)
		return 1;
	return erfc(away / sqrt(2 * variance));
}

static double
theil_sen(const double *x, size_t n)
{
	double *slopes = text_memory(n * (n - 1) / 2, sizeof(*slopes));
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slopes[k++] = (x[j] - x[i]) / (double)(j - i);
	double slope = stats_median(slopes, k);
	free(slopes);
	return slope;
}

/* ------------------------------------------------------ autocorrelation -- */

double
drift_lag1(const double *x, size_t n)
{
	double mean = 0;
	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	double all = 0;
	double next = 0;
	for (size_t i = 0; i < n; i++) {
		all += (x[i] - mean) * (x[i] - mean);
		if (i + 1 < n)
			next += (x[i] - mean) * (x[i + 1] - mean);
	}
	return all > 0 ? next / all : NAN;
}

/* Ranks 1 to n less their mean; equal values share a mean rank. */
static void
centred_ranks(const double *x, size_t n, double *ranks)
{
	for (size_t i = 0; i < n; i++) {
		double below = 0;
		double same = 0;
		for (size_t j = 0; j < n; j++) {
			below += x[j] < x[i];
			same += x[j] == x[i];
		}
		ranks[i] = below + (same + 1) / 2 - ((double)n + 1) / 2;
	}
}

/* Sum of products of neighbours: what differs between orders of one set. */
static double
neighbours(const double *x, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i + 1 < n; i++)
		sum += x[i] * x[i + 1];
	return sum;
}

/*
 * Two-sided p of the order of these ranks, which it shuffles. It stops when
 * enough orders lie beyond (Besag and Clifford, Biometrika 78, 1991): most
 * orders are soon known to be nothing special. Ranks are halves and their
 * products quarters: the sums are exact.
 */
static double
order_p(double *ranks, size_t n, uint64_t seed)
{
	double seen = neighbours(ranks, n);
	size_t above = 0;
	size_t below = 0;
	size_t drawn = 0;
	rng_t rng;
	rng_init(&rng, seed);
	while (drawn < ORDERS &&
	       (above < ORDERS_BEYOND || below < ORDERS_BEYOND)) {
		for (size_t i = n; i > 1; i--) {
			size_t j = (size_t)rng_below(&rng, i);
			double swap = ranks[i - 1];
			ranks[i - 1] = ranks[j];
			ranks[j] = swap;
		}
		double sum = neighbours(ranks, n);
		above += sum >= seen;
		below += sum <= seen;
		drawn++;
	}
	double fewer = (double)(above < below ? above : below);
	/* The order that was seen is one of those drawn, unless it stopped. */
	double p =
	    drawn < ORDERS ? fewer / (double)drawn : (fewer + 1) / (ORDERS + 1);
	return fmin(2 * p, 1);
}

drift_t
drift_test(const double *x, size_t n, uint64_t seed)
{
	drift_t out = {NAN, NAN, NAN, NAN, NAN};
	if (n < DRIFT_VALUES_LEAST)
		return out;
	double ties = tie_correction(x, n);
	out.s = kendall_s(x, n);
	out.trend_p = n <= EXACT_TREND && ties == 0
			  ? trend_exact(out.s, n)
			  : trend_normal(out.s, (double)n, ties);
	out.change = theil_sen(x, n) * (double)(n - 1);
	double *ranks = text_memory(n, sizeof(*ranks));
	centred_ranks(x, n, ranks);
	out.lag1 = drift_lag1(ranks, n);
	out.lag1_p = isnan(out.lag1) ? 1 : order_p(ranks, n, seed);
	free(ranks);
	return out;
}
