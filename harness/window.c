#include "window.h"

#include "counters.h"

/* With fewer readings in the work window the mean is that of moments before
 * it: a process that has just begun has 4 KiB. */
#define READINGS_LEAST 3

bool
window_lacks(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end)
{
	unsigned n = 0;
	for (size_t i = 0; i < series->n; i++)
		n += series->v[i].t_ns >= begin && series->v[i].t_ns <= end &&
		     series->v[i].v[column] != SERIES_NONE;
	if (end <= begin)
		metric_set_unsupported(
		    metrics, name, "the workload marked no work window");
	else if (n < READINGS_LEAST)
		metric_set_unsupported(metrics, name,
		    "%u readings in %.1f ms of work, %u are needed", n,
		    (double)(end - begin) / 1e6, READINGS_LEAST);
	return end <= begin || n < READINGS_LEAST;
}

void
window_mean_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, series_column_t less, uint64_t begin, uint64_t end)
{
	double mean;
	series_column_t rarer = less == SERIES_COLUMNS ? column : less;
	if (window_lacks(metrics, name, series, rarer, begin, end))
		return;
	if (!series_mean(series, column, less, begin, end, &mean))
		metric_set_integer(metrics, name, (int64_t)(mean + 0.5));
}

void
window_end_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end)
{
	double value;
	if (!series_last(series, column, begin, end, &value))
		metric_set_integer(metrics, name, (int64_t)value);
	else
		metric_set_unsupported(
		    metrics, name, "no reading during the work");
}

/* Sets the greatest reading of sign times the column, times sign. */
static void
extreme_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, const uint64_t *window, int64_t sign)
{
	int64_t most = SERIES_NONE;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		if (p->t_ns >= window[0] && p->t_ns <= window[1] &&
		    p->v[column] != SERIES_NONE && sign * p->v[column] > most)
			most = sign * p->v[column];
	}
	if (most != SERIES_NONE)
		metric_set_integer(metrics, name, sign * most);
	else
		metric_set_unsupported(
		    metrics, name, "no reading during the work");
}

void
window_most_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end)
{
	const uint64_t window[] = {begin, end};
	extreme_set(metrics, name, series, column, window, 1);
}

void
window_least_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end)
{
	const uint64_t window[] = {begin, end};
	extreme_set(metrics, name, series, column, window, -1);
}

bool
window_growth(const series_t *series, series_column_t column, uint64_t begin,
    uint64_t end, double *growth)
{
	const point_t *first = NULL;
	const point_t *last = NULL;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		if (p->v[column] == SERIES_NONE || p->t_ns > end)
			continue;
		if (first == NULL || p->t_ns <= begin)
			first = p;
		last = p;
	}
	if (last == NULL || last->t_ns <= begin || first == last)
		return true;
	*growth = (double)(last->v[column] - first->v[column]);
	return false;
}
