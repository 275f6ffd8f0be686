#include "slices.h"

#include <stdlib.h>

#include "text.h"

#define READINGS_LEAST 2

/* When so many calls had been made: linear between the readings around; the
 * points from *at on are searched. */
static double
time_of_calls(const point_t *const *points, size_t n, size_t *at, double calls)
{
	while (*at + 2 < n && (double)points[*at + 1]->v[SERIES_CALLS] < calls)
		(*at)++;
	const point_t *a = points[*at], *b = points[*at + 1];
	double from = (double)a->v[SERIES_CALLS];
	double step = (double)b->v[SERIES_CALLS] - from;
	double part = step > 0 ? (calls - from) / step : 0;
	return (double)a->t_ns + part * (double)(b->t_ns - a->t_ns);
}

/* The readings of the window that have a count; how many there are. */
static size_t
readings_pick(const series_t *series, uint64_t begin, uint64_t end,
    const point_t **points)
{
	size_t have = 0;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		if (p->t_ns >= begin && p->t_ns <= end &&
		    p->v[SERIES_CALLS] != SERIES_NONE)
			points[have++] = p;
	}
	return have;
}

static bool
slices_of(const point_t *const *points, size_t have, size_t n, double *seconds)
{
	size_t at = 0;
	if (n == 0 || have < READINGS_LEAST * n || have < 2)
		return true;
	double first = (double)points[0]->v[SERIES_CALLS];
	double calls = (double)points[have - 1]->v[SERIES_CALLS] - first;
	double before = (double)points[0]->t_ns;
	for (size_t i = 0; i < n; i++) {
		double until = time_of_calls(points, have, &at,
		    first + calls * (double)(i + 1) / (double)n);
		seconds[i] = (until - before) / 1e9;
		before = until;
		if (!(seconds[i] > 0))
			return true;
	}
	return false;
}

bool
slices_read(const series_t *series, uint64_t begin, uint64_t end, size_t n,
    double *seconds)
{
	const point_t **points =
	    text_memory(series->n + 1, sizeof(const point_t *));
	size_t have = readings_pick(series, begin, end, points);
	bool failed = slices_of(points, have, n, seconds);
	free(points);
	return failed;
}
