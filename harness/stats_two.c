#include "stats_two.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/*
 * The chances of each sum of `pick` of the n whole numbers in rank, each set
 * equally likely. The result has *sums elements, from sum 0; the caller frees
 * it.
 */
static double *
sum_chances(const size_t *rank, size_t n, size_t pick, size_t *sums)
{
	size_t all = 0;
	for (size_t i = 0; i < n; i++)
		all += rank[i];
	size_t width = *sums = all + 1;
	/* ways[k * width + s]: sets of k ranks with the sum s. */
	double *ways = text_memory((pick + 1) * width, sizeof(*ways));
	ways[0] = 1;
	size_t reached = 0;
	for (size_t i = 0; i < n; i++) {
		reached += rank[i];
		for (size_t k = i + 1 < pick ? i + 1 : pick; k > 0; k--) {
			double *to = ways + k * width;
			const double *from = ways + (k - 1) * width;
			for (size_t s = rank[i]; s <= reached; s++)
				to[s] += from[s - rank[i]];
		}
	}
	double *chances = text_memory(width, sizeof(*chances));
	double total = 0;
	for (size_t s = 0; s < width; s++)
		total += ways[pick * width + s];
	for (size_t s = 0; s < width; s++)
		chances[s] = ways[pick * width + s] / total;
	free(ways);
	return chances;
}

/* ----------------------------------------------------------------- test -- */

typedef struct pooled_s pooled_t;
struct pooled_s {
	double value;
	size_t twice; /* twice its midrank: whole also for ties */
	bool of_a;
};

static int
compare_pooled(const void *a, const void *b)
{
	double x = ((const pooled_t *)a)->value;
	double y = ((const pooled_t *)b)->value;
	return (x > y) - (x < y);
}

/* Sorts both samples together and ranks them. *ties: the sum of t^3 - t over
 * groups of t equal values. */
static pooled_t *
pool(const double *a, size_t na, const double *b, size_t nb, double *ties)
{
	size_t n = na + nb;
	pooled_t *all = text_memory(n, sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = (pooled_t){i < na ? a[i] : b[i - na], 0, i < na};
	qsort(all, n, sizeof(*all), compare_pooled);
	*ties = 0;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && all[end].value == all[i].value;)
			end++;
		for (size_t k = i; k < end; k++)
			all[k].twice = i + 1 + end;
		double t = (double)(end - i);
		*ties += t * t * t - t;
	}
	return all;
}

/* The two-sided p of a sum, of twice the midranks of a. */
static double
sum_exact(const pooled_t *all, size_t n, size_t na, size_t sum)
{
	size_t *rank = text_memory(n, sizeof(*rank));
	size_t sums;
	for (size_t i = 0; i < n; i++)
		rank[i] = all[i].twice;
	double *chances = sum_chances(rank, n, na, &sums);
	double below = 0;
	double above = 0;
	for (size_t s = 0; s < sums; s++) {
		below += s <= sum ? chances[s] : 0;
		above += s >= sum ? chances[s] : 0;
	}
	free(chances);
	free(rank);
	return 2 * fmin(below, above);
}

/* The same by the normal distribution, corrected for ties and continuity. */
static double
sum_normal(double sum, double na, double nb, double ties)
{
	double n = na + nb;
	double away = fabs(sum / 2 - na * (n + 1) / 2) - 0.5;
	double variance = na * nb / 12 * (n + 1 - ties / (n * (n - 1)));
	if (variance <= 0 || away <= 0)
		return 1;
	return erfc(away / sqrt(variance) / M_SQRT2);
}

double
stats_rank_sum_test(const double *a, size_t na, const double *b, size_t nb)
{
	if (na == 0 || nb == 0)
		return 1;
	if (na > nb) /* the fewer are picked */
		return stats_rank_sum_test(b, nb, a, na);
	double ties;
	pooled_t *all = pool(a, na, b, nb, &ties);
	size_t sum = 0;
	for (size_t i = 0; i < na + nb; i++)
		sum += all[i].of_a ? all[i].twice : 0;
	double p = na * nb <= STATS_TWO_EXACT
		       ? sum_exact(all, na + nb, na, sum)
		       : sum_normal((double)sum, (double)na, (double)nb, ties);
	free(all);
	return p < 1 ? p : 1;
}

/* ---------------------------------------------------------------- shift -- */

/*
 * How many of the sorted differences to cut off at each end for this
 * confidence, and the confidence that this leaves.
 */
static size_t
shift_cut(size_t na, size_t nb, double confidence, double *attained)
{
	size_t n = na + nb;
	size_t pick = na < nb ? na : nb;
	size_t least = pick * (pick + 1) / 2;
	size_t sums;
	size_t *rank = text_memory(n, sizeof(*rank));
	for (size_t i = 0; i < n; i++)
		rank[i] = i + 1;
	double *chances = sum_chances(rank, n, pick, &sums);
	size_t cut = 0;
	double below = chances[least];
	while (cut + 1 < (na * nb + 1) / 2 &&
	       1 - 2 * (below + chances[least + cut + 1]) >= confidence)
		below += chances[least + ++cut];
	*attained = 1 - 2 * below;
	free(chances);
	free(rank);
	return cut;
}

static size_t
shift_cut_normal(size_t na, size_t nb, double confidence, double *attained)
{
	double pairs = (double)na * (double)nb;
	double sigma = sqrt(pairs * (double)(na + nb + 1) / 12);
	double cut =
	    floor(pairs / 2 - stats_normal_two_sided(1 - confidence) * sigma);
	*attained = confidence;
	return cut > 0 ? (size_t)cut : 0;
}

stats_interval_t
stats_shift(
    const double *a, size_t na, const double *b, size_t nb, double confidence)
{
	stats_interval_t out = {NAN, NAN, NAN, 0};
	size_t n = na * nb;
	if (n == 0)
		return out;
	double *apart = text_memory(n, sizeof(*apart));
	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++)
			apart[i * nb + j] = a[i] - b[j];
	stats_sort(apart, n);
	size_t cut =
	    n <= STATS_TWO_EXACT
		? shift_cut(na, nb, confidence, &out.confidence)
		: shift_cut_normal(na, nb, confidence, &out.confidence);
	out.estimate = stats_median(apart, n);
	out.lo = apart[cut];
	out.hi = apart[n - 1 - cut];
	if (out.confidence < 0) /* one value a side bounds nothing */
		out.confidence = 0;
	free(apart);
	return out;
}
