#include "lazyfree.h"

#include <math.h>

#define NONE CURVE_POINTS

/* The point of the greatest LazyFree, or NONE when it is never above 0. */
static size_t
peak_find(const double *lazy)
{
	size_t peak = NONE;
	for (size_t i = 0; i < CURVE_POINTS; i++)
		if (lazy[i] > 0 && (peak == NONE || lazy[i] > lazy[peak]))
			peak = i;
	return peak;
}

/* The last point up to the peak that is not above limit; else the first that
 * has a value. */
static size_t
begin_find(const double *lazy, size_t peak, double limit)
{
	size_t i = peak;
	while (i > 0 && lazy[i] > limit && !isnan(lazy[i - 1]))
		i--;
	return i;
}

bool
lazyfree_find(const curve_t *curve, double step_s, lazyfree_t *rise)
{
	const double *lazy = curve->median[CURVE_LAZYFREE];
	const double *rss = curve->median[CURVE_RSS];
	size_t peak = curve->samples > 0 ? peak_find(lazy) : NONE;
	if (peak == NONE)
		return false;
	size_t begin = begin_find(lazy, peak, 0.05 * lazy[peak]);
	size_t end = begin;
	while (lazy[end] < 0.95 * lazy[peak])
		end++;
	*rise = (lazyfree_t){.begin_s = (double)begin * step_s,
	    .end_s = (double)end * step_s,
	    .rss = {rss[begin], rss[end]},
	    .rss_less = {rss[begin] - lazy[begin], rss[end] - lazy[end]},
	    .curve = curve->lazyfree_readings >= LAZYFREE_READINGS_LEAST};
	for (size_t i = 0; i < CURVE_POINTS; i++)
		if (lazy[i] > rise->part * rss[i])
			rise->part = lazy[i] / rss[i];
	return true;
}

static size_t
readings_most(const curves_t *curves)
{
	size_t most = 0;
	for (size_t i = 0; i < curves->narms; i++)
		if (curves->arms[i].lazyfree_readings > most)
			most = curves->arms[i].lazyfree_readings;
	return most;
}

const curves_t *
lazyfree_curves(const cell_curves_t *cell)
{
	return readings_most(&cell->census) > readings_most(&cell->time)
		   ? &cell->census
		   : &cell->time;
}
