#include "alarm.h"

#include <math.h>
#include <stdlib.h>

#include "newest.h"
#include "stats_two.h"
#include "text.h"

#define SHARE_LASTING 0.4
#define SHARE_NEWEST 0.2

const alarm_rule_t alarm_rule_default = {
    .rate = 0.05, .confidence = 0.95, .orders = 999, .seed = 1};

bool
alarm_counts(const alarm_t *alarm)
{
	return !alarm->noise && (!alarm->lone || alarm->unusual);
}

static alarm_t *
alarm_add(alarm_t **alarms, size_t *n)
{
	*alarms = reallocarray(*alarms, *n + 1, sizeof(**alarms));
	if (*alarms == NULL)
		abort();
	alarm_t *alarm = &(*alarms)[(*n)++];
	*alarm = (alarm_t){0};
	return alarm;
}

/* The values of runs from..to-1 into out. Returns how many there are. */
static size_t
values_between(const double *x, size_t from, size_t to, double *out)
{
	size_t n = 0;
	for (size_t r = from; r < to; r++)
		if (isfinite(x[r]))
			out[n++] = x[r];
	return n;
}

static void
alarm_measure(alarm_t *alarm, const change_history_t *history, size_t from,
    size_t to, const alarm_noise_t *noise, double confidence)
{
	const double *x = history->x + alarm->series * history->nruns;
	double *room = text_memory(2 * history->nruns, sizeof(*room));
	double *after = room + history->nruns;
	alarm->before = values_between(x, from, alarm->run, room);
	alarm->after = values_between(x, alarm->run, to, after);
	alarm->shift =
	    stats_shift(after, alarm->after, room, alarm->before, confidence);
	alarm->noise =
	    fabs(alarm->shift.estimate) <= noise[alarm->series].floor;
	free(room);
}

/* Takes the change points over. from[s] becomes the first run of the level
 * that series s has at the end. */
static void
take_points(const change_history_t *history, const change_point_t *points,
    size_t npoints, const alarm_noise_t *noise, const alarm_rule_t *rule,
    size_t *from, alarm_t **alarms, size_t *n)
{
	for (size_t i = 0; i < npoints; i++) {
		const change_point_t *point = &points[i];
		bool last =
		    i + 1 == npoints || points[i + 1].series != point->series;
		alarm_t *alarm = alarm_add(alarms, n);
		alarm->series = point->series;
		alarm->run = point->run;
		alarm->p = point->p;
		alarm_measure(alarm, history, from[point->series],
		    last ? history->nruns : points[i + 1].run, noise,
		    rule->confidence);
		from[point->series] = point->run;
	}
}

static void
take_newest(const change_history_t *history, const newest_t *newest,
    const alarm_noise_t *noise, double rate, alarm_t **alarms, size_t *n)
{
	for (size_t s = 0; s < history->nseries; s++) {
		if (newest[s].n == 0 || newest[s].p_holm > rate)
			continue;
		alarm_t *alarm = alarm_add(alarms, n);
		*alarm = (alarm_t){.series = s,
		    .run = history->nruns - 1,
		    .lone = true,
		    .unusual = newest[s].oddest,
		    .noise = fabs(newest[s].shift.estimate) <= noise[s].floor,
		    .p = newest[s].p_holm,
		    .before = newest[s].n,
		    .after = 1,
		    .shift = newest[s].shift};
	}
}

static int
compare_alarms(const void *a, const void *b)
{
	const alarm_t *x = a;
	const alarm_t *y = b;
	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	return (x->run > y->run) - (x->run < y->run);
}

size_t
alarm_find(const change_history_t *history, const alarm_noise_t *noise,
    const alarm_rule_t *rule, alarm_t **alarms, size_t *judged)
{
	size_t n = 0;
	size_t nseries = history->nseries;
	change_point_t *points;
	change_rule_t lasting = {
	    rule->rate * SHARE_LASTING, rule->orders, rule->seed};
	size_t npoints = change_find(history, &lasting, &points);
	size_t *from = text_memory(nseries, sizeof(*from));
	double *inside = text_memory(nseries, sizeof(*inside));
	newest_t *newest = text_memory(nseries, sizeof(*newest));
	for (size_t s = 0; s < nseries; s++)
		inside[s] = noise[s].inside;
	*alarms = NULL;
	take_points(history, points, npoints, noise, rule, from, alarms, &n);
	*judged = newest_judge(history, from, inside, rule->confidence, newest);
	take_newest(
	    history, newest, noise, rule->rate * SHARE_NEWEST, alarms, &n);
	if (n > 0)
		qsort(*alarms, n, sizeof(**alarms), compare_alarms);
	free(newest);
	free(inside);
	free(from);
	free(points);
	return n;
}

size_t
alarm_least_runs(double rate)
{
	size_t lasting = change_least_runs(rate * SHARE_LASTING);
	return lasting > NEWEST_LEAST + 1 ? lasting : NEWEST_LEAST + 1;
}
