#include "change.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "text.h"

/* A part of a series between two change points. */
typedef struct segment_s segment_t;
struct segment_s {
	size_t series;
	size_t *runs; /* those with a value, in order of time */
	size_t n;
	double mean;     /* mean distance of two of its values */
	size_t cut;      /* place in runs of its best cut */
	double strength; /* of that cut; 0: none possible */
	size_t stronger; /* orders that had a stronger one anywhere */
};

typedef struct search_s search_t;
struct search_s {
	const change_history_t *history;
	segment_t *open; /* segments that are still looked at */
	size_t nopen, room;
	double *sums;   /* room for (nruns + 1)^2 */
	double *values; /* room for nruns */
};

/* ------------------------------------------------------------- strength -- */

/*
 * sums[i * (n + 1) + j]: of the distances between the first i and the first j
 * values. All that E-divisive asks for follows from it.
 */
static void
distance_sums(const double *values, size_t n, double *sums)
{
	memset(sums, 0, (n + 1) * sizeof(*sums));
	for (size_t i = 0; i < n; i++) {
		const double *above = sums + i * (n + 1);
		double *row = sums + (i + 1) * (n + 1);
		double along = 0;
		row[0] = 0;
		for (size_t j = 0; j < n; j++) {
			along += fabs(values[i] - values[j]);
			row[j + 1] = above[j + 1] + along;
		}
	}
}

/*
 * The greatest energy statistic of the values in this order: over cuts after
 * `cut` of them and ends after `end`. *best: the place of the cut.
 */
static double
strongest_cut(const double *values, size_t n, double *sums, size_t *best)
{
	double most = 0;
	distance_sums(values, n, sums);
	for (size_t cut = CHANGE_LEAST; cut + CHANGE_LEAST <= n; cut++) {
		const double *row = sums + cut * (n + 1);
		double a = (double)cut;
		double first = row[cut] / (a * (a - 1));
		for (size_t end = cut + CHANGE_LEAST; end <= n; end++) {
			double b = (double)(end - cut);
			double whole = sums[end * (n + 1) + end];
			double across = row[end] - row[cut];
			double second =
			    (whole - 2 * row[end] + row[cut]) / (b * (b - 1));
			double q = a * b / (a + b) *
				   (2 * across / (a * b) - first - second);
			if (q > most) {
				most = q;
				*best = cut;
			}
		}
	}
	return most;
}

/*
 * How strong the best cut of the segment is when its values stand in this
 * order. It is divided by their mean distance, which no order changes, so
 * that series of different spread can be compared.
 */
static double
segment_strength(search_t *search, const segment_t *segment,
    const double *values, size_t *at)
{
	if (segment->mean <= 0 || segment->n < 2 * CHANGE_LEAST)
		return 0;
	return strongest_cut(values, segment->n, search->sums, at) /
	       segment->mean;
}

static const double *
series_values(const search_t *search, size_t series)
{
	return search->history->x + series * search->history->nruns;
}

/* The segment's values as they stand when the runs are in this order. */
static void
segment_shuffle(
    search_t *search, const segment_t *segment, const unsigned *order)
{
	const double *x = series_values(search, segment->series);
	size_t first = segment->runs[0];
	size_t last = segment->runs[segment->n - 1];
	size_t k = 0;
	for (size_t i = 0; i < search->history->nruns; i++)
		if (order[i] >= first && order[i] <= last &&
		    isfinite(x[order[i]]))
			search->values[k++] = x[order[i]];
}

/* ------------------------------------------------------------- segments -- */

/* Opens a segment of these runs, which it takes over. */
static void
segment_open(search_t *search, size_t series, size_t *runs, size_t n)
{
	if (search->nopen == search->room) {
		search->room = search->room * 2 + 16;
		search->open = reallocarray(
		    search->open, search->room, sizeof(*search->open));
		if (search->open == NULL)
			abort();
	}
	segment_t *segment = &search->open[search->nopen++];
	*segment = (segment_t){.series = series, .runs = runs, .n = n};
	const double *x = series_values(search, series);
	for (size_t i = 0; i < n; i++) {
		search->values[i] = x[runs[i]];
		for (size_t j = 0; j < i; j++)
			segment->mean += fabs(x[runs[i]] - x[runs[j]]);
	}
	if (n > 1)
		segment->mean /= (double)(n * (n - 1)) / 2;
	segment->strength =
	    segment_strength(search, segment, search->values, &segment->cut);
}

static void
segments_open_whole(search_t *search)
{
	const change_history_t *history = search->history;
	for (size_t s = 0; s < history->nseries; s++) {
		const double *x = series_values(search, s);
		size_t *runs = text_memory(history->nruns, sizeof(*runs));
		size_t n = 0;
		for (size_t r = 0; r < history->nruns; r++)
			if (isfinite(x[r]))
				runs[n++] = r;
		segment_open(search, s, runs, n);
	}
}

/* Replaces segment i by its two halves. Returns where it was cut. */
static size_t
segment_split(search_t *search, size_t i)
{
	segment_t whole = search->open[i];
	size_t rest = whole.n - whole.cut;
	size_t *behind = text_memory(rest, sizeof(*behind));
	memcpy(behind, whole.runs + whole.cut, rest * sizeof(*behind));
	size_t at = behind[0];
	search->open[i] = search->open[--search->nopen];
	segment_open(search, whole.series, whole.runs, whole.cut);
	segment_open(search, whole.series, behind, rest);
	return at;
}

/* --------------------------------------------------------------- search -- */

/*
 * Counts, for every open segment, the orders in which any segment is as
 * strong as it. Ends early when even the strongest can no longer be
 * significant: `most` orders may be stronger.
 */
static void
orders_count(search_t *search, const change_rule_t *rule, rng_t *rng,
    unsigned *order, size_t most)
{
	size_t nruns = search->history->nruns;
	for (size_t r = 0; r < nruns; r++)
		order[r] = (unsigned)r;
	for (unsigned k = 0; k < rule->orders; k++) {
		double greatest = 0;
		size_t fewest = SIZE_MAX;
		rng_shuffle(rng, order, nruns);
		for (size_t i = 0; i < search->nopen; i++) {
			const segment_t *segment = &search->open[i];
			size_t at;
			if (segment->strength <= 0)
				continue;
			segment_shuffle(search, segment, order);
			greatest =
			    fmax(greatest, segment_strength(search, segment,
					       search->values, &at));
		}
		for (size_t i = 0; i < search->nopen; i++) {
			segment_t *segment = &search->open[i];
			/* Sums in another order are not the same to the last
			 * digit. */
			segment->stronger +=
			    greatest >= segment->strength * (1 - 1e-9);
			if (segment->stronger < fewest)
				fewest = segment->stronger;
		}
		if (fewest > most)
			return;
	}
}

static int
compare_points(const void *a, const void *b)
{
	const change_point_t *x = a;
	const change_point_t *y = b;
	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	return (x->run > y->run) - (x->run < y->run);
}

static void
point_add(change_point_t **points, size_t *n, change_point_t point)
{
	*points = reallocarray(*points, *n + 1, sizeof(**points));
	if (*points == NULL)
		abort();
	(*points)[(*n)++] = point;
}

/* One round: tests every open segment and splits those that change. */
static bool
search_round(search_t *search, const change_rule_t *rule, rng_t *rng,
    unsigned *order, change_point_t **points, size_t *n)
{
	size_t before = *n;
	double all = rule->orders + 1.0;
	double most = floor(rule->rate * all) - 1;
	if (most < 0)
		return false;
	for (size_t i = 0; i < search->nopen; i++)
		search->open[i].stronger = 0;
	orders_count(search, rule, rng, order, (size_t)most);
	for (size_t i = search->nopen; i-- > 0;) {
		const segment_t *segment = &search->open[i];
		double p = (1 + (double)segment->stronger) / all;
		size_t series = segment->series;
		if (segment->strength > 0 && p <= rule->rate)
			point_add(points, n,
			    (change_point_t){
				series, segment_split(search, i), p});
	}
	return *n > before;
}

size_t
change_find(const change_history_t *history, const change_rule_t *rule,
    change_point_t **points)
{
	size_t nruns = history->nruns;
	size_t n = 0;
	rng_t rng;
	search_t search = {.history = history,
	    .sums = text_memory((nruns + 1) * (nruns + 1), sizeof(double)),
	    .values = text_memory(nruns, sizeof(double))};
	unsigned *order = text_memory(nruns, sizeof(*order));
	*points = NULL;
	rng_init(&rng, rule->seed);
	segments_open_whole(&search);
	while (search_round(&search, rule, &rng, order, points, &n))
		;
	if (n > 0)
		qsort(*points, n, sizeof(**points), compare_points);
	for (size_t i = 0; i < search.nopen; i++)
		free(search.open[i].runs);
	free(search.open);
	free(search.sums);
	free(search.values);
	free(order);
	return n;
}

size_t
change_least_runs(double rate)
{
	for (size_t n = 2 * CHANGE_LEAST;; n++) {
		double k = (double)(n / 2);
		double divisions = exp(lgamma((double)n + 1) - lgamma(k + 1) -
				       lgamma((double)n - k + 1));
		if (2 / divisions <= rate)
			return n;
	}
}
