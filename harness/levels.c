#include "levels.h"

#include <math.h>
#include <stdlib.h>

#include "text.h"

const char *
level_name(level_t level)
{
	static const char *const names[LEVELS] = {
	    [LEVEL_SLICE] = "slice",
	    [LEVEL_PROCESS] = "process",
	    [LEVEL_LINK] = "link",
	};
	return names[level];
}

/*
 * Replaces each group of `size` values by its mean. Returns the mean, over the
 * groups, of the variance within them: the paper's S squared. NaN when groups
 * have one value.
 */
static double
groups_merge(double *values, size_t groups, size_t size)
{
	double squares = 0;
	for (size_t g = 0; g < groups; g++) {
		const double *v = values + g * size;
		double mean = 0;
		for (size_t i = 0; i < size; i++)
			mean += v[i] / (double)size;
		for (size_t i = 0; i < size; i++)
			squares += (v[i] - mean) * (v[i] - mean);
		values[g] = mean;
	}
	return size > 1 ? squares / (double)(groups * (size - 1)) : NAN;
}

void
levels_estimate(levels_t *levels, const double *values, const size_t n[LEVELS])
{
	size_t left = n[LEVEL_SLICE] * n[LEVEL_PROCESS] * n[LEVEL_LINK];
	double *means = text_memory(left, sizeof(*means));
	/* What the levels below add to the variance of a mean at this one. */
	double below = 0;
	for (size_t i = 0; i < left; i++)
		means[i] = values[i];
	for (int l = 0; l < LEVELS; l++) {
		left /= n[l];
		double within = groups_merge(means, left, n[l]);
		levels->n[l] = n[l];
		levels->variance[l] = within - below;
		if (!isnan(within))
			below = within / (double)n[l];
	}
	levels->mean = means[0];
	free(means);
}

/* What a level adds, as far as that is known. */
static double
level_adds(const levels_t *levels, int level)
{
	double variance = levels->variance[level];
	return variance > 0 ? variance : 0;
}

void
levels_choose(const levels_t *levels, const double cost[LEVELS], size_t most,
    size_t best[LEVELS])
{
	for (int l = 0; l + 1 < LEVELS; l++) {
		double own = level_adds(levels, l);
		double above = level_adds(levels, l + 1);
		best[l] = 0;
		if (isnan(levels->variance[l]) ||
		    isnan(levels->variance[l + 1]))
			continue;
		double root = own == 0 ? 0
			      : above == 0
				  ? INFINITY
				  : sqrt(cost[l + 1] / cost[l] * own / above);
		best[l] = root >= (double)most ? most
			  : root <= 1          ? 1
					       : (size_t)ceil(root);
	}
	best[LEVELS - 1] = 0;
}

double
levels_variance(const levels_t *levels, const size_t n[LEVELS])
{
	double variance = 0, repeated = 1;
	for (int l = LEVELS - 1; l >= 0; l--) {
		repeated *= (double)n[l];
		variance += level_adds(levels, l) / repeated;
	}
	return variance;
}

double
levels_share(const levels_t *levels, level_t level)
{
	static const size_t once[LEVELS] = {1, 1, 1};
	if (isnan(levels->variance[level]))
		return NAN;
	return level_adds(levels, level) / levels_variance(levels, once);
}
