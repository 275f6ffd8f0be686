#include "phase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "curve.h"
#include "grid.h"
#include "predict.h"

/* Calls of the arena between two looks at the clock. */
#define CALLS_PER_LOOK 1000.0
/* What is a finding lies beyond: a share of the prediction for ratio, whose
 * limit is a count, but no less than the size of so many blocks; an absolute
 * share for decay, whose limit is a matter of time. */
#define RATIO_TOLERANCE 0.05
#define RATIO_BLOCKS 2.0
#define DECAY_TOLERANCE 0.05
/* A curve has no point where readings lie further apart, in decay times: the
 * machine had no CPU for the observer, nor then for the program. */
#define GAP_MOST 0.1
/* A trough that ends later than that, in decay times, is one in which the
 * machine stalled: the program may not have been able to call. */
#define STALL_MOST 0.04

/* ------------------------------------------------------- sample's fields -- */

static double
line_number(const json_t *line, const char *part, const char *key)
{
	const json_t *record = json_object_get(line, "record");
	return json_number_value(
	    json_object_get(json_object_get(record, part), key));
}

static double
conf_number(const char *conf, const char *key, double otherwise)
{
	char *value = conf_value(conf, key);
	double number = value == NULL ? otherwise : strtod(value, NULL);
	free(value);
	return number;
}

/* The policy that ran. Returns true when the line does not say. */
static bool
setting_read(setting_t *setting, const json_t *line)
{
	const char *conf = sample_text(line, "conf");
	char *purge = conf_value(conf, "purge");
	*setting = (setting_t){.policy = PURGE_POLICIES,
	    .lg_dirty_mult = (int)conf_number(conf, "lg_dirty_mult", 3),
	    .floor_pages = (int64_t)PREDICT_FLOOR_PAGES,
	    .decay_s = conf_number(conf, "dirty_decay_ms",
			   conf_number(conf, "decay_time", 10) * 1000) /
		       1000};
	for (int p = 0; p < PURGE_POLICIES; p++)
		if (purge != NULL && strcmp(purge, purge_policy_names[p]) == 0)
			setting->policy = (purge_policy_t)p;
	/* What does not apply is the same in all, so that settings compare. */
	if (setting->policy == PURGE_BY_RATIO)
		setting->decay_s = 0;
	else
		setting->lg_dirty_mult = 0;
	free(purge);
	return setting->policy == PURGE_POLICIES;
}

static bool
setting_same(const setting_t *a, const setting_t *b)
{
	return a->policy == b->policy && a->lg_dirty_mult == b->lg_dirty_mult &&
	       a->decay_s == b->decay_s;
}

/* When the phases of a cycle began, in seconds from the process's start. */
typedef struct cycle_times_s cycle_times_t;
struct cycle_times_s {
	double free, freed, refill, held, end;
};

/* Finds the phase `name` of that cycle, and the next n - 1. Returns true when
 * there are not as many. */
static bool
phases_read(
    const json_t *line, const char *name, int cycle, double *t, size_t n)
{
	const json_t *phases = json_object_get(line, "phases");
	int64_t begin = sample_number(line, "t_begin_ns");
	size_t i = 0;
	while (i < json_array_size(phases) &&
	       (strcmp(sample_text(json_array_get(phases, i), "name"), name) ||
		   sample_number(json_array_get(phases, i), "cycle") != cycle))
		i++;
	for (size_t k = 0; k < n; k++) {
		const json_t *phase = json_array_get(phases, i + k);
		if (phase == NULL)
			return true;
		t[k] = (double)(sample_number(phase, "t_ns") - begin) / 1e9;
	}
	return false;
}

static bool
cycle_read(cycle_times_t *times, const json_t *line, int cycle)
{
	double t[5];
	if (phases_read(line, "free", cycle, t, 5))
		return true;
	*times = (cycle_times_t){t[0], t[1], t[2], t[3], t[4]};
	return false;
}

/* Blocks are freed one after the other: the mean one at this time. */
static double
cycle_freed(const cycle_times_t *times)
{
	return (times->free + times->freed) / 2;
}

/*
 * What was given back so far, by the last reading while all is in use and
 * nothing is given back; NaN when nothing was read then: a line to the next
 * reading would have part of the next cycle in it, or of the drain.
 */
static double
cycle_purged(const cycle_times_t *times, const track_t *track)
{
	const double *v = track->v[CURVE_PURGED];
	double purged = NAN;
	for (size_t i = 0; i < track->n && track->t_s[i] < times->end; i++)
		if (track->t_s[i] > times->held && isfinite(v[i]))
			purged = v[i];
	return purged;
}

/* ---------------------------------------------------------------- points -- */

/* What a sample says of its cycles. */
typedef struct cycles_s cycles_t;
struct cycles_s {
	int first, n; /* those that count are first to n - 1 */
	cycle_times_t *times;
	double *purged; /* pages, in this cycle; NaN: not read in time */
	bool *stalled;  /* the trough ended late: no calls, or not in time */
	unsigned nstalled, known; /* that stalled; of which all is known */
};

/* One of those that count, with nothing missing. */
static bool
cycle_is_known(const cycles_t *cycles, int c)
{
	return c >= cycles->first && !cycles->stalled[c] &&
	       isfinite(cycles->purged[c]);
}

static bool
cycles_read(cycles_t *cycles, const phase_point_t *point, const json_t *line,
    const track_t *track)
{
	double trough = point->period_s * (1 - point->duty);
	double before = NAN;
	double limit = STALL_MOST * point->setting.decay_s;
	*cycles =
	    (cycles_t){.first = (int)line_number(line, "params", "discard"),
		.n = (int)line_number(line, "params", "cycles")};
	if (cycles->first < 1 || cycles->n <= cycles->first)
		return true;
	size_t n = (size_t)cycles->n;
	cycles->times = text_memory(n, sizeof(*cycles->times));
	cycles->purged = text_memory(n, sizeof(*cycles->purged));
	cycles->stalled = text_memory(n, sizeof(*cycles->stalled));
	for (int c = 0; c < cycles->n; c++) {
		cycle_times_t *t = &cycles->times[c];
		if (cycle_read(t, line, c))
			return true;
		/* Ratio does not look at the clock. */
		cycles->stalled[c] =
		    point->setting.policy == PURGE_BY_DECAY &&
		    t->refill - cycle_freed(t) - trough > limit;
		double purged = cycle_purged(t, track);
		cycles->purged[c] = purged - before;
		before = purged;
		cycles->nstalled += c >= cycles->first && cycles->stalled[c];
		cycles->known += cycle_is_known(cycles, c);
	}
	return false;
}

static void
cycles_release(cycles_t *cycles)
{
	free(cycles->times);
	free(cycles->purged);
	free(cycles->stalled);
}

/* The model, played with the times that the sample had: the mean share. */
static double
cycles_simulate(
    const cycles_t *cycles, const phase_point_t *point, const json_t *line)
{
	double pairs = line_number(line, "params", "tick-pairs");
	int64_t transient = point->swing.transient_pages;
	size_t n = (size_t)cycles->n;
	event_t *events = text_memory(3 * n + 2, sizeof(*events));
	script_t script = {.v = events,
	    .tick_s = fmax(1, CALLS_PER_LOOK / (2 * pairs)) / 1000,
	    .jitter = MODEL_JITTER,
	    .block_pages = MODEL_BLOCK_PAGES};
	events[script.n++] =
	    (event_t){0, EVENT_ALLOC, point->swing.base_pages + transient};
	for (size_t c = 0; c < n; c++) {
		double freed = cycle_freed(&cycles->times[c]);
		events[script.n++] = (event_t){freed, EVENT_CYCLE, 0};
		events[script.n++] = (event_t){freed, EVENT_FREE, transient};
		events[script.n++] =
		    (event_t){cycles->times[c].refill, EVENT_ALLOC, transient};
	}
	events[script.n++] = (event_t){cycles->times[n - 1].end, EVENT_END, 0};
	model_result_t result;
	model_run(&result, &point->setting, &script);
	double purged = 0;
	for (int c = cycles->first; c < cycles->n; c++)
		if (cycle_is_known(cycles, c))
			purged += (double)result.cycles[c].purged;
	model_result_release(&result);
	script_release(&script);
	return purged / (double)transient / cycles->known;
}

/* Adds what the allocator and the kernel counted, and when; means over the
 * cycles that are known. */
static void
cycles_count(const cycles_t *cycles, phase_point_t *point, const json_t *line)
{
	const json_t *rows =
	    json_object_get(json_object_get(line, "record"), "cycles");
	double trough = point->period_s * (1 - point->duty);
	double late = 0, faults = 0, purged = 0, period = 0;
	for (int c = cycles->first; c < cycles->n; c++) {
		const cycle_times_t *t = &cycles->times[c];
		const json_t *row =
		    json_array_get(rows, (size_t)(c - cycles->first));
		if (!cycle_is_known(cycles, c))
			continue;
		purged += cycles->purged[c];
		faults += json_number_value(json_object_get(row, "minflt"));
		late += t->held - cycle_freed(t) - trough;
		period += t->end - t->free;
	}
	double n = cycles->known;
	double freed = n * (double)point->swing.transient_pages;
	point->share += purged / freed;
	point->refaults += faults / freed;
	point->late_s += late / n;
	point->swing.period_s += period / n;
	point->swing.duty += 1 - trough * n / period;
}

/* Adds a sample to its point. Returns true when it has not what it takes. */
static bool
point_add(phase_point_t *point, const json_t *line, const track_t *track,
    fault_t *fault)
{
	phase_point_t sum = *point;
	cycles_t cycles;
	double work = 0, rss = 0;
	bool failed = cycles_read(&cycles, point, line, track) ||
		      sum.swing.transient_pages == 0;
	if (failed)
		fault_set(fault, "its phases or counts are not there");
	else if (cycles.nstalled == (unsigned)(cycles.n - cycles.first))
		failed = fault_set(fault,
		    "the machine stalled in each of its cycles, so that they "
		    "were longer than they should");
	else if (cycles.known == 0)
		failed = fault_set(
		    fault, "the allocator's counts were not read in time");
	if (!failed) {
		cycles_count(&cycles, &sum, line);
		sum.simulated += cycles_simulate(&cycles, &sum, line);
		sum.stalled += cycles.nstalled;
		sample_metric(line, "work_ns", &work, NULL);
		sample_metric(line, "rss_mean", &rss, NULL);
		sum.work_ns += work;
		sum.rss_mean += rss;
		sum.samples++;
		*point = sum;
	}
	cycles_release(&cycles);
	return failed;
}

static void
point_finish(phase_point_t *point)
{
	double n = (double)point->samples;
	double *const means[] = {&point->share, &point->refaults,
	    &point->work_ns, &point->rss_mean, &point->simulated,
	    &point->swing.period_s, &point->swing.duty, &point->late_s};
	for (size_t i = 0; i < sizeof(means) / sizeof(*means); i++)
		*means[i] /= n;
	phase_predict(point, &point->setting);
	point->tolerance = DECAY_TOLERANCE;
	if (point->setting.policy == PURGE_BY_RATIO)
		point->tolerance = fmax(RATIO_TOLERANCE * point->predicted,
		    RATIO_BLOCKS * MODEL_BLOCK_PAGES /
			(double)point->swing.transient_pages);
}

/* A point without samples, for those that are like this one. */
static phase_point_t *
phase_point(phase_t *phase, const dataset_sample_t *s, const setting_t *setting)
{
	for (size_t i = 0; i < phase->npoints; i++)
		if (phase->points[i].cell == s->cell &&
		    phase->points[i].arm == s->arm)
			return &phase->points[i];
	phase->points = reallocarray(
	    phase->points, phase->npoints + 1, sizeof(*phase->points));
	if (phase->points == NULL)
		abort();
	phase_point_t *point = &phase->points[phase->npoints++];
	*point = (phase_point_t){.cell = s->cell,
	    .arm = s->arm,
	    .setting = *setting,
	    .f = line_number(s->line, "params", "f"),
	    .period_s = line_number(s->line, "params", "period-ms") / 1000,
	    .duty = line_number(s->line, "params", "duty"),
	    .base_bytes = line_number(s->line, "params", "base")};
	point->swing.base_pages =
	    (int64_t)line_number(s->line, "extra", "base_blocks") *
	    MODEL_BLOCK_PAGES;
	point->swing.transient_pages =
	    (int64_t)line_number(s->line, "extra", "transient_blocks") *
	    MODEL_BLOCK_PAGES;
	return point;
}

/* ----------------------------------------------------------------- steps -- */

static phase_step_t *
phase_step(phase_t *phase, const dataset_sample_t *s, const setting_t *setting)
{
	for (size_t i = 0; i < phase->nsteps; i++)
		if (phase->steps[i].cell == s->cell &&
		    phase->steps[i].arm == s->arm)
			return &phase->steps[i];
	phase->steps = reallocarray(
	    phase->steps, phase->nsteps + 1, sizeof(*phase->steps));
	if (phase->steps == NULL)
		abort();
	phase_step_t *step = &phase->steps[phase->nsteps++];
	const json_t *params =
	    json_object_get(json_object_get(s->line, "record"), "params");
	*step = (phase_step_t){.cell = s->cell,
	    .arm = s->arm,
	    .placement = sample_text(params, "placement"),
	    .setting = *setting};
	return step;
}

/* True when t_s lies between two readings that are close, and after since. */
static bool
track_is_dense(const track_t *track, double t_s, double since, double gap)
{
	size_t after = 0;
	while (after < track->n && track->t_s[after] < t_s)
		after++;
	return after > 0 && after < track->n &&
	       track->t_s[after - 1] >= since &&
	       track->t_s[after] - track->t_s[after - 1] <= gap;
}

static bool
step_add(phase_step_t *step, const json_t *line, const track_t *track)
{
	double freed =
	    line_number(line, "extra", "freed_blocks") * MODEL_BLOCK_PAGES;
	double t[3], left[STEP_POINTS];
	for (int i = 0; i < STEP_POINTS; i++)
		left[i] = NAN;
	if (phases_read(line, "free", 0, t, 3) || !(freed > 0))
		return true;
	double begin = (t[0] + t[1]) / 2;
	for (int i = 0; i < STEP_POINTS; i++) {
		double at = begin + STEP_AT(i) * step->setting.decay_s;
		if (!track_is_dense(
			track, at, t[1], GAP_MOST * step->setting.decay_s))
			continue;
		left[i] = track_at(track, CURVE_PDIRTY, at) / freed;
	}
	/* At the end of the watch, which the drain ends. */
	double purged = track_at(track, CURVE_PURGED, (t[1] + 9 * t[2]) / 10) -
			track_at(track, CURVE_PURGED, t[0]);
	if (!isfinite(purged))
		return true;
	for (int i = 0; i < STEP_POINTS; i++) {
		if (!isfinite(left[i]))
			continue;
		step->left[i] += left[i];
		step->read[i]++;
	}
	step->amplification += purged / freed;
	step->samples++;
	return false;
}

static void
step_finish(phase_step_t *step)
{
	step->amplification /= (double)step->samples;
	for (int i = 0; i < STEP_POINTS; i++) {
		step->left[i] /= step->read[i]; /* NaN for none */
		/* While the blocks are being freed there is no curve yet. */
		double distance =
		    fabs(step->left[i] - predict_decay_left(STEP_AT(i)));
		if (STEP_AT(i) < 0.05 || !(distance > step->distance))
			continue;
		step->distance = distance;
		step->at = STEP_AT(i);
	}
}

/* ----------------------------------------------------------------- phase -- */

static int
compare_points(const void *left, const void *right)
{
	const phase_point_t *a = left, *b = right;
	const double keys[][2] = {
	    {(double)a->arm, (double)b->arm},
	    {a->setting.lg_dirty_mult, b->setting.lg_dirty_mult},
	    {a->setting.decay_s, b->setting.decay_s},
	    {a->f, b->f},
	    {a->period_s, b->period_s},
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

static void
sample_add(phase_t *phase, const dataset_sample_t *s)
{
	const char *workload = phase->data->cells[s->cell].workload;
	bool step = strcmp(workload, "step-down") == 0;
	setting_t setting;
	track_t track = {0};
	fault_t fault = {"it has no series that can be trusted"};
	char *path = dataset_raw(phase->data, s, "series");
	bool failed = path == NULL || track_read(&track, path, &fault);
	if (!failed) {
		fault_set(&fault, "its options or phases are not there");
		failed = setting_read(&setting, s->line) ||
			 (step ? step_add(phase_step(phase, s, &setting),
				     s->line, &track)
			       : point_add(phase_point(phase, s, &setting),
				     s->line, &track, &fault));
	}
	if (failed)
		words_add(&phase->damage, "Sample %s of %s is left out: %s.",
		    sample_text(s->line, "id"),
		    phase->data->cells[s->cell].name, fault.text);
	track_release(&track);
	free(path);
}

void
phase_init(phase_t *phase, const dataset_t *data)
{
	size_t points = 0, steps = 0;
	*phase = (phase_t){.data = data};
	for (size_t i = 0; i < data->nsamples; i++)
		if (data->samples[i].ok && data->samples[i].source == FROM_TIME)
			sample_add(phase, &data->samples[i]);
	for (size_t i = 0; i < phase->npoints; i++)
		if (phase->points[i].samples > 0)
			phase->points[points++] = phase->points[i];
	for (size_t i = 0; i < phase->nsteps; i++)
		if (phase->steps[i].samples > 0)
			phase->steps[steps++] = phase->steps[i];
	phase->npoints = points;
	phase->nsteps = steps;
	for (size_t i = 0; i < points; i++)
		point_finish(&phase->points[i]);
	for (size_t i = 0; i < steps; i++)
		step_finish(&phase->steps[i]);
	if (points > 0)
		qsort(phase->points, points, sizeof(*phase->points),
		    compare_points);
}

void
phase_release(phase_t *phase)
{
	free(phase->points);
	free(phase->steps);
	words_release(&phase->damage);
	*phase = (phase_t){0};
}

bool
phase_differs(const phase_point_t *point)
{
	return point->share < point->predicted - point->tolerance ||
	       point->share > point->latest + point->tolerance;
}

void
phase_predict(phase_point_t *point, const setting_t *setting)
{
	swing_t late = point->swing;
	late.duty -= point->late_s / point->swing.period_s;
	point->predicted = setting_predict(setting, &point->swing);
	point->latest = setting_predict(setting, &late);
}

size_t
phase_group_end(const phase_t *phase, size_t first)
{
	size_t end = first + 1;
	while (end < phase->npoints &&
	       phase->points[end].arm == phase->points[first].arm &&
	       setting_same(
		   &phase->points[end].setting, &phase->points[first].setting))
		end++;
	return end;
}
