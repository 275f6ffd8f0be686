#include "stats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Beyond this many values the signed-rank distribution is normal enough. */
#define EXACT_SIGNED_RANK 400
/* The test's, whose table is twice as long for ranks shared by ties. */
#define EXACT_SIGNED_RANK_TEST 200

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

void
stats_sort(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), compare_doubles);
}

static double *
sorted_copy(const double *x, size_t n)
{
	double *copy = text_memory(n, sizeof(*copy));
	if (n > 0)
		memcpy(copy, x, n * sizeof(*copy));
	stats_sort(copy, n);
	return copy;
}

static double
quantile_sorted(const double *x, size_t n, double q)
{
	if (n == 0)
		return NAN;
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;
	if (i + 1 >= n)
		return x[n - 1];
	return x[i] + (at - (double)i) * (x[i + 1] - x[i]);
}

double
stats_quantile(const double *x, size_t n, double q)
{
	double *sorted = sorted_copy(x, n);
	double value = quantile_sorted(sorted, n, q);
	free(sorted);
	return value;
}

double
stats_median(const double *x, size_t n)
{
	return stats_quantile(x, n, 0.5);
}

double
stats_mad(const double *x, size_t n)
{
	double median = stats_median(x, n);
	double *away = text_memory(n, sizeof(*away));
	for (size_t i = 0; i < n; i++)
		away[i] = fabs(x[i] - median);
	double mad = stats_median(away, n);
	free(away);
	return mad;
}

size_t
stats_log_ratios(const double *a, const double *base, size_t n, double *out)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(a[i]) && isfinite(base[i]) && a[i] > 0 &&
		    base[i] > 0)
			out[k++] = log(a[i] / base[i]);
	return k;
}

double
stats_binomial_half_cdf(size_t k, size_t n)
{
	double sum = 0;
	double lg_n = lgamma((double)n + 1);
	for (size_t i = 0; i <= k && i <= n; i++)
		sum += exp(lg_n - lgamma((double)i + 1) -
			   lgamma((double)(n - i) + 1) - (double)n * M_LN2);
	return sum < 1 ? sum : 1;
}

stats_interval_t
stats_median_interval(const double *x, size_t n, double confidence)
{
	stats_interval_t out = {NAN, NAN, NAN, 0};
	if (n == 0)
		return out;
	/*
	 * Cutting off k values at each end leaves out the median with
	 * probability 2 * P(X <= k), and that end's value itself is rank k.
	 */
	size_t k = 0;
	while (k + 1 < (n + 1) / 2 &&
	       1 - 2 * stats_binomial_half_cdf(k + 1, n) >= confidence)
		k++;
	double *sorted = sorted_copy(x, n);
	out.estimate = quantile_sorted(sorted, n, 0.5);
	out.lo = sorted[k];
	out.hi = sorted[n - 1 - k];
	out.confidence = 1 - 2 * stats_binomial_half_cdf(k, n);
	if (out.confidence < 0) /* n = 1: one value bounds nothing */
		out.confidence = 0;
	free(sorted);
	return out;
}

double
stats_sign_test(const double *x, size_t n)
{
	size_t above = 0;
	size_t below = 0;
	for (size_t i = 0; i < n; i++) {
		above += x[i] > 0;
		below += x[i] < 0;
	}
	if (above + below == 0)
		return 1;
	size_t fewer = above < below ? above : below;
	double p = 2 * stats_binomial_half_cdf(fewer, above + below);
	return p < 1 ? p : 1;
}

/* All (x[i] + x[j]) / 2 with i <= j, sorted: n * (n + 1) / 2 of them. */
static double *
walsh_averages(const double *x, size_t n)
{
	double *walsh = text_memory(n * (n + 1) / 2, sizeof(*walsh));
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			walsh[k++] = (x[i] + x[j]) / 2;
	stats_sort(walsh, k);
	return walsh;
}

/*
 * How many of the sorted Walsh averages to cut off at each end for this
 * confidence, and the confidence that this leaves in *attained.
 */
static size_t
signed_rank_cut(size_t n, double confidence, double *attained)
{
	size_t sums = n * (n + 1) / 2 + 1;
	double *p = text_memory(sums, sizeof(*p));
	p[0] = 1;
	/* Each rank is in the sum, or not, with probability 1/2. */
	for (size_t rank = 1; rank <= n; rank++)
		for (size_t s = sums; s-- > 0;)
			p[s] = (p[s] + (s >= rank ? p[s - rank] : 0)) / 2;
	size_t cut = 0;
	double below = p[0];
	while (cut + 1 < sums / 2 && 1 - 2 * (below + p[cut + 1]) >= confidence)
		below += p[++cut];
	*attained = 1 - 2 * below;
	free(p);
	return cut;
}

static size_t
signed_rank_cut_normal(size_t n, double confidence, double *attained)
{
	double m = (double)n;
	double mean = m * (m + 1) / 4;
	double sigma = sqrt(m * (m + 1) * (2 * m + 1) / 24);
	double z = stats_normal_two_sided(1 - confidence);
	double cut = floor(mean - z * sigma);
	*attained = confidence;
	return cut > 0 ? (size_t)cut : 0;
}

stats_interval_t
stats_hodges_lehmann(const double *x, size_t n, double confidence)
{
	stats_interval_t out = {NAN, NAN, NAN, 0};
	if (n == 0)
		return out;
	size_t count = n * (n + 1) / 2;
	double *walsh = walsh_averages(x, n);
	size_t cut =
	    n <= EXACT_SIGNED_RANK
		? signed_rank_cut(n, confidence, &out.confidence)
		: signed_rank_cut_normal(n, confidence, &out.confidence);
	out.estimate = quantile_sorted(walsh, count, 0.5);
	out.lo = walsh[cut];
	out.hi = walsh[count - 1 - cut];
	if (out.confidence < 0)
		out.confidence = 0;
	free(walsh);
	return out;
}

/* A value's distance from 0, and on which side it is. */
struct ranked_distance {
	double distance;
	bool positive;
};

static int
compare_distances(const void *a, const void *b)
{
	const struct ranked_distance *x = a;
	const struct ranked_distance *y = b;
	return (x->distance > y->distance) - (x->distance < y->distance);
}

/* How many follow the first with its distance, itself included. */
static size_t
ties_of(const struct ranked_distance *first, const struct ranked_distance *end)
{
	size_t ties = 1;
	while (first + ties < end && first[ties].distance == first->distance)
		ties++;
	return ties;
}

/*
 * Fills double_ranks[i] with twice the mean rank of d[i], which are sorted: a
 * whole number, with ties too. Returns the sum of t^3 - t over ties of t.
 */
static double
double_ranks_fill(
    const struct ranked_distance *d, size_t n, size_t *double_ranks)
{
	double correction = 0;
	for (size_t i = 0; i < n;) {
		size_t ties = ties_of(&d[i], d + n);
		double t = (double)ties;
		for (size_t k = 0; k < ties; k++)
			double_ranks[i + k] = 2 * i + ties + 1;
		correction += t * t * t - t;
		i += ties;
	}
	return correction;
}

/* P(W <= w) of the sum W of those ranks that a fair coin picks. */
static double
signed_rank_below(const size_t *ranks, size_t n, size_t w)
{
	size_t most = 0;
	double *p = text_memory(w + 1, sizeof(*p));
	p[0] = 1;
	for (size_t i = 0; i < n; i++) {
		most += ranks[i];
		for (size_t s = most < w ? most + 1 : w + 1; s-- > 0;)
			p[s] =
			    (p[s] + (s >= ranks[i] ? p[s - ranks[i]] : 0)) / 2;
	}
	double sum = 0;
	for (size_t s = 0; s <= w; s++)
		sum += p[s];
	free(p);
	return sum;
}

/* The same as a normal, two-sided. */
static double
signed_rank_normal(double v, double n, double correction)
{
	double away = fabs(v - n * (n + 1) / 4) - 0.5;
	double variance = n * (n + 1) * (2 * n + 1) / 24 - correction / 48;
	return away > 0 ? erfc(away / sqrt(2 * variance)) : 1;
}

stats_signed_rank_t
stats_signed_rank_test(const double *x, size_t n)
{
	struct ranked_distance *d = text_memory(n, sizeof(*d));
	size_t *ranks = text_memory(n, sizeof(*ranks));
	size_t left = 0;
	for (size_t i = 0; i < n; i++)
		if (x[i] != 0)
			d[left++] =
			    (struct ranked_distance){fabs(x[i]), x[i] > 0};
	qsort(d, left, sizeof(*d), compare_distances);
	double correction = double_ranks_fill(d, left, ranks);
	size_t above = 0;
	for (size_t i = 0; i < left; i++)
		above += d[i].positive ? ranks[i] : 0;
	size_t below = left * (left + 1) - above;
	stats_signed_rank_t out = {(double)above / 2, 1};
	if (left > EXACT_SIGNED_RANK_TEST)
		out.p = signed_rank_normal(out.v, (double)left, correction);
	else if (left > 0)
		out.p = fmin(2 * signed_rank_below(ranks, left,
				     above < below ? above : below),
		    1);
	free(ranks);
	free(d);
	return out;
}

double
stats_cliffs_delta(const double *a, size_t na, const double *b, size_t nb)
{
	if (na == 0 || nb == 0)
		return NAN;
	double sum = 0;
	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++)
			sum += (a[i] > b[j]) - (a[i] < b[j]);
	return sum / ((double)na * (double)nb);
}

struct ranked_p {
	double p;
	size_t index;
};

static int
compare_ranked_p(const void *a, const void *b)
{
	const struct ranked_p *x = a;
	const struct ranked_p *y = b;
	return (x->p > y->p) - (x->p < y->p);
}

/* The p in ascending order; the caller frees it. */
static struct ranked_p *
ranked_p_new(const double *p, size_t n)
{
	struct ranked_p *order = text_memory(n, sizeof(*order));
	for (size_t i = 0; i < n; i++)
		order[i] = (struct ranked_p){p[i], i};
	qsort(order, n, sizeof(*order), compare_ranked_p);
	return order;
}

void
stats_holm(const double *p, size_t n, double *adjusted)
{
	struct ranked_p *order = ranked_p_new(p, n);
	double worst = 0;
	for (size_t i = 0; i < n; i++) {
		double q = order[i].p * (double)(n - i);
		if (q > worst)
			worst = q;
		adjusted[order[i].index] = worst < 1 ? worst : 1;
	}
	free(order);
}

void
stats_false_discovery(const double *p, size_t n, double *adjusted)
{
	struct ranked_p *order = ranked_p_new(p, n);
	double least = 1;
	for (size_t i = n; i-- > 0;) {
		least = fmin(least, order[i].p * (double)n / (double)(i + 1));
		adjusted[order[i].index] = least;
	}
	free(order);
}

double
stats_normal_two_sided(double alpha)
{
	double lo = 0;
	double hi = 40;
	for (int i = 0; i < 100; i++) {
		double mid = (lo + hi) / 2;
		if (erfc(mid / M_SQRT2) > alpha)
			lo = mid;
		else
			hi = mid;
	}
	return (lo + hi) / 2;
}
