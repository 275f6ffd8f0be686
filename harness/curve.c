#include "curve.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "csv.h"
#include "stats.h"
#include "text.h"

const char *const curve_column_names[CURVE_COLUMNS] = {
    [CURVE_RSS] = "rss",
    [CURVE_LAZYFREE] = "lazyfree",
    [CURVE_LIVE] = "live",
    [CURVE_PACTIVE] = "pactive",
    [CURVE_PDIRTY] = "pdirty",
    [CURVE_NPURGE] = "npurge",
    [CURVE_NMADVISE] = "nmadvise",
    [CURVE_PURGED] = "purged",
    [CURVE_MAPPED] = "mapped",
    [CURVE_CALLS] = "calls",
    [CURVE_RSS_LESS_LAZYFREE] = "rss_less_lazyfree",
};

/* --------------------------------------------------------------- tracks -- */

#define FIELDS_MAX 32
#define FIELD_TIME (-1)
#define FIELD_OTHER (-2)

/* What each field of a line is: a column, the time, or nothing of ours. */
static size_t
head_parse(char *head, int *fields)
{
	size_t n = 0;
	char *rest = head;
	for (char *name; n < FIELDS_MAX && (name = strsep(&rest, ",\r\n"));
	     n++) {
		fields[n] =
		    strcmp(name, "t_ns") == 0 ? FIELD_TIME : FIELD_OTHER;
		for (int c = 0; c < CURVE_RSS_LESS_LAZYFREE; c++)
			if (strcmp(name, curve_column_names[c]) == 0)
				fields[n] = c;
	}
	return n;
}

static double
field_number(const char *text)
{
	char *end;
	double value = strtod(text, &end);
	return end == text || *end != '\0' ? NAN : value;
}

static void
track_grow(track_t *track, size_t room)
{
	double **columns[CURVE_COLUMNS + 1] = {&track->t_s};
	for (int c = 0; c < CURVE_COLUMNS; c++)
		columns[c + 1] = &track->v[c];
	for (int c = 0; c <= CURVE_COLUMNS; c++) {
		*columns[c] = reallocarray(*columns[c], room, sizeof(double));
		if (*columns[c] == NULL)
			abort();
	}
}

/* Adds a line's readings; a line without a time is left out. */
static void
track_add(track_t *track, char *line, const int *fields, size_t nfields)
{
	double row[CURVE_COLUMNS];
	double t = NAN;
	char *rest = line;
	for (int c = 0; c < CURVE_COLUMNS; c++)
		row[c] = NAN;
	for (size_t f = 0; f < nfields; f++) {
		char *text = strsep(&rest, ",\r\n");
		if (text == NULL)
			return; /* torn */
		if (fields[f] == FIELD_TIME)
			t = field_number(text) / 1e9;
		else if (fields[f] != FIELD_OTHER)
			row[fields[f]] = field_number(text);
	}
	if (!isfinite(t) || (track->n > 0 && t < track->t_s[track->n - 1]))
		return;
	size_t n = track->n++;
	if ((n & (n + 1)) == 0)
		track_grow(track, 2 * n + 2);
	track->t_s[n] = t;
	for (int c = 0; c < CURVE_COLUMNS; c++)
		track->v[c][n] = row[c];
}

bool
track_read(track_t *track, const char *path, fault_t *fault)
{
	*track = (track_t){0};
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return fault_set_errno(fault, "cannot read '%s'", path);
	char *line = NULL;
	size_t room = 0;
	int fields[FIELDS_MAX];
	size_t nfields = 0;
	bool timed = false;
	if (getline(&line, &room, stream) > 0)
		nfields = head_parse(line, fields);
	for (size_t f = 0; f < nfields; f++)
		timed |= fields[f] == FIELD_TIME;
	ssize_t size;
	while (timed && (size = getline(&line, &room, stream)) > 0)
		if (line[size - 1] == '\n')
			track_add(track, line, fields, nfields);
	free(line);
	fclose(stream);
	return timed ? false
		     : fault_set(fault, "'%s' has no column t_ns", path);
}

void
track_release(track_t *track)
{
	free(track->t_s);
	for (int c = 0; c < CURVE_COLUMNS; c++)
		free(track->v[c]);
	*track = (track_t){0};
}

/* The first reading at or after t, n when there is none. */
static size_t
track_find(const track_t *track, double t)
{
	size_t lo = 0;
	size_t hi = track->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (track->t_s[mid] < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

double
track_at(const track_t *track, curve_column_t column, double t_s)
{
	if (column == CURVE_RSS_LESS_LAZYFREE)
		return track_at(track, CURVE_RSS, t_s) -
		       track_at(track, CURVE_LAZYFREE, t_s);
	const double *v = track->v[column];
	size_t after = track_find(track, t_s);
	if (after == track->n)
		return NAN;
	size_t before = track->t_s[after] > t_s ? after : after + 1;
	while (before > 0 && isnan(v[before - 1]))
		before--;
	while (after < track->n && isnan(v[after]))
		after++;
	if (before-- == 0)
		return NAN;
	if (after == track->n || after <= before)
		return v[before];
	double span = track->t_s[after] - track->t_s[before];
	double part = span > 0 ? (t_s - track->t_s[before]) / span : 1;
	return v[before] + part * (v[after] - v[before]);
}

/* -------------------------------------------------------------- curves -- */

/* The tracks of all ok samples of an arm. */
typedef struct bundle_s bundle_t;
struct bundle_s {
	track_t *v;
	size_t n;
	pace_t pace;
};

static bool
sample_gives_curves(
    const dataset_sample_t *s, size_t cell, metric_source_t source)
{
	return s->ok && s->cell == cell && s->source == source;
}

static void
bundle_read(bundle_t *bundle, curves_t *curves, const dataset_t *data,
    size_t cell, size_t arm, metric_source_t source)
{
	bundle->v = text_memory(data->nsamples, sizeof(*bundle->v));
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		fault_t fault;
		if (!sample_gives_curves(s, cell, source) || s->arm != arm)
			continue;
		char *path = dataset_raw(data, s, "series");
		if (path == NULL)
			continue;
		track_t *track = &bundle->v[bundle->n];
		if (track_read(track, path, &fault)) {
			snprintf(curves->text, sizeof(curves->text), "%.240s",
			    fault.text);
			curves->damage = curves->text;
			track_release(track);
		} else if (track->n > 0) {
			bundle->n++;
			pace_add(&bundle->pace, track->t_s,
			    track->v[CURVE_CALLS], track->n, s->line);
		}
		free(path);
	}
}

static void
bundle_release(bundle_t *bundle)
{
	for (size_t i = 0; i < bundle->n; i++)
		track_release(&bundle->v[i]);
	free(bundle->v);
}

static double
bundle_end(const bundle_t *bundle)
{
	double *ends = text_memory(bundle->n, sizeof(*ends));
	for (size_t i = 0; i < bundle->n; i++)
		ends[i] = bundle->v[i].t_s[bundle->v[i].n - 1];
	double end = stats_median(ends, bundle->n);
	free(ends);
	return end;
}

/* How often the median sample's column was read. */
static size_t
bundle_readings(const bundle_t *bundle, curve_column_t column)
{
	double *counts = text_memory(bundle->n, sizeof(*counts));
	for (size_t i = 0; i < bundle->n; i++)
		for (size_t k = 0; k < bundle->v[i].n; k++)
			counts[i] += !isnan(bundle->v[i].v[column][k]);
	double median = stats_median(counts, bundle->n);
	free(counts);
	return isnan(median) ? 0 : (size_t)median;
}

/* All samples' values of one column at t. Returns how many have one. */
static size_t
bundle_at(const bundle_t *bundle, curve_column_t column, double t, double *x)
{
	size_t n = 0;
	for (size_t i = 0; i < bundle->n; i++) {
		double value = track_at(&bundle->v[i], column, t);
		if (isfinite(value))
			x[n++] = value;
	}
	return n;
}

static void
curve_point(
    curve_t *curve, const bundle_t *bundle, size_t i, double t, double *x)
{
	for (int c = 0; c < CURVE_COLUMNS; c++) {
		size_t n = bundle_at(bundle, (curve_column_t)c, t, x);
		bool enough = n > 0 && 2 * n >= bundle->n;
		curve->median[c][i] = enough ? stats_median(x, n) : NAN;
		if (c != CURVE_RSS)
			continue;
		curve->running[i] = n;
		curve->lo[i] = enough ? stats_quantile(x, n, 0.25) : NAN;
		curve->hi[i] = enough ? stats_quantile(x, n, 0.75) : NAN;
	}
}

/* Where the grid ends. */
static double
curves_end(curves_t *curves)
{
	double *ends = text_memory(curves->narms, sizeof(*ends));
	size_t n = 0;
	double most = 0;
	for (size_t a = 0; a < curves->narms; a++)
		if (curves->arms[a].samples > 0) {
			ends[n++] = curves->arms[a].end_s;
			most = fmax(most, curves->arms[a].end_s);
		}
	double reach = n > 0 ? CURVE_REACH * stats_median(ends, n) : 0;
	free(ends);
	curves->cut = most > reach;
	return fmin(most, reach);
}

static void
curves_resample(curves_t *curves, const bundle_t *bundles)
{
	for (size_t a = 0; a < curves->narms; a++) {
		curves->arms[a].samples = bundles[a].n;
		curves->arms[a].pace = bundles[a].pace;
		curves->arms[a].lazyfree_readings =
		    bundle_readings(&bundles[a], CURVE_LAZYFREE);
		if (bundles[a].n > 0)
			curves->arms[a].end_s = bundle_end(&bundles[a]);
	}
	curves->step_s = curves_end(curves) / (CURVE_POINTS - 1);
	for (size_t a = 0; a < curves->narms; a++) {
		double *x = text_memory(bundles[a].n, sizeof(*x));
		for (size_t i = 0; i < CURVE_POINTS; i++)
			curve_point(&curves->arms[a], &bundles[a], i,
			    (double)i * curves->step_s, x);
		free(x);
	}
}

/* -------------------------------------------------------------- phases -- */

/* True when both lines went through the same phases in the same order. */
static bool
phases_agree(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "phases");
	const json_t *y = json_object_get(b, "phases");
	size_t n = json_array_size(x);
	if (n != json_array_size(y))
		return false;
	for (size_t p = 0; p < n; p++)
		if (strcmp(sample_text(json_array_get(x, p), "name"),
			sample_text(json_array_get(y, p), "name")) != 0)
			return false;
	return true;
}

/* Fills the spans. Returns false when the begins are too different. */
static bool
spans_fill(curves_t *curves, const json_t *const *lines, size_t n)
{
	const json_t *phases = json_object_get(lines[0], "phases");
	double end = curves->step_s * (CURVE_POINTS - 1);
	double *x = text_memory(n, sizeof(*x));
	bool common = true;
	for (size_t p = 0; p < curves->nspans; p++) {
		for (size_t i = 0; i < n; i++)
			x[i] = pace_phase_begin(lines[i], p);
		common &=
		    stats_quantile(x, n, 0.9) - stats_quantile(x, n, 0.1) <=
		    CURVE_PHASE_SPREAD * end;
		span_t *span = &curves->spans[p];
		span->name = sample_text(json_array_get(phases, p), "name");
		span->begin_s = fmin(stats_median(x, n), end);
		span->end_s = end;
		if (p > 0)
			curves->spans[p - 1].end_s = span->begin_s;
	}
	free(x);
	return common;
}

static void
curves_phases(curves_t *curves, const dataset_t *data, size_t cell,
    metric_source_t source)
{
	const json_t **lines = text_memory(data->nsamples, sizeof(*lines));
	size_t n = 0;
	bool agree = true;
	for (size_t i = 0; i < data->nsamples; i++)
		if (sample_gives_curves(&data->samples[i], cell, source))
			lines[n++] = data->samples[i].line;
	for (size_t i = 1; i < n; i++)
		agree = agree && phases_agree(lines[0], lines[i]);
	if (n > 0 && agree) {
		curves->nspans =
		    json_array_size(json_object_get(lines[0], "phases"));
		curves->spans =
		    text_memory(curves->nspans, sizeof(*curves->spans));
		if (!spans_fill(curves, lines, n))
			curves->nspans = 0;
	}
	free(lines);
}

void
curves_init(curves_t *curves, const dataset_t *data, size_t cell,
    metric_source_t source)
{
	const dataset_cell_t *c = &data->cells[cell];
	*curves = (curves_t){.narms = c->narms};
	curves->arms = text_memory(c->narms, sizeof(*curves->arms));
	bundle_t *bundles = text_memory(c->narms, sizeof(*bundles));
	for (size_t a = 0; a < c->narms; a++)
		bundle_read(
		    &bundles[a], curves, data, cell, c->arms[a], source);
	curves_resample(curves, bundles);
	curves_phases(curves, data, cell, source);
	for (size_t a = 0; a < c->narms; a++)
		bundle_release(&bundles[a]);
	free(bundles);
}

void
curves_release(curves_t *curves)
{
	free(curves->arms);
	free(curves->spans);
	*curves = (curves_t){0};
}

/* --------------------------------------------------------------- files -- */

static bool
curve_write(
    const curve_t *curve, double step_s, const char *path, fault_t *fault)
{
	char *head = text_copy("t_s");
	for (int c = 0; c < CURVE_COLUMNS; c++)
		text_assign(&head, "%s,%s", head, curve_column_names[c]);
	text_assign(&head, "%s,rss_q1,rss_q3,samples", head);
	csv_t csv;
	bool failed = csv_open(&csv, path, head, fault);
	free(head);
	if (failed)
		return true;
	for (size_t i = 0; i < CURVE_POINTS; i++) {
		if (curve->running[i] == 0)
			continue;
		csv_number(&csv, (double)i * step_s);
		for (int c = 0; c < CURVE_COLUMNS; c++)
			csv_number(&csv, curve->median[c][i]);
		csv_number(&csv, curve->lo[i]);
		csv_number(&csv, curve->hi[i]);
		csv_number(&csv, (double)curve->running[i]);
		csv_end(&csv);
	}
	return csv_close(&csv, fault);
}

bool
curves_write(
    const curves_t *curves, const dataset_t *data, size_t cell, fault_t *fault)
{
	const dataset_cell_t *c = &data->cells[cell];
	char *folder = text_format("%s/series", data->dir);
	bool failed = mkdir(folder, 0777) != 0 && errno != EEXIST;
	if (failed)
		fault_set_errno(fault, "cannot make the folder '%s'", folder);
	for (size_t a = 0; !failed && a < curves->narms; a++) {
		if (curves->arms[a].samples == 0)
			continue;
		char *path = text_format("%s/%s.%s.csv", folder, c->name,
		    data->arms[c->arms[a]].name);
		failed =
		    curve_write(&curves->arms[a], curves->step_s, path, fault);
		free(path);
	}
	free(folder);
	return failed;
}
