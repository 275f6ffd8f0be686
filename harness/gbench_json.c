#include "gbench_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "text.h"

/* "20261122T170000Z" as "2026-11-22T17:00:00+00:00"; the caller frees it. */
static char *
date_text(const char *utc)
{
	int d[6];
	if (sscanf(utc, "%4d%2d%2dT%2d%2d%2dZ", &d[0], &d[1], &d[2], &d[3],
		&d[4], &d[5]) != 6)
		return text_copy(utc);
	return text_format("%04d-%02d-%02dT%02d:%02d:%02d+00:00", d[0], d[1],
	    d[2], d[3], d[4], d[5]);
}

static json_t *
context_json(const dataset_t *data)
{
	const json_t *machine = data->store.machine;
	const char *governor = sample_text(machine, "governor");
	char *date = date_text(sample_text(data->store.plan, "created_utc"));
	json_t *context = json_pack(
	    "{s:s,s:s,s:s,s:I,s:i,s:b,s:[],s:[],s:s,s:i,s:s,s:s,s:s}", "date",
	    date, "host_name", sample_text(machine, "host"), "executable",
	    "ebb", "num_cpus", (json_int_t)sample_number(machine, "ncpu"),
	    "mhz_per_cpu", 0, "cpu_scaling_enabled",
	    governor[0] != '\0' && strcmp(governor, "performance") != 0,
	    "caches", "load_avg", "library_build_type", "release",
	    "json_schema_version", 1, "cpu_model",
	    sample_text(machine, "cpu_model"), "kernel",
	    sample_text(machine, "kernel"), "ebb_commit",
	    sample_text(machine, "ebb_commit"));
	free(date);
	return context;
}

/* ---------------------------------------------------------- benchmarks -- */

/* The repetitions of one benchmark. */
typedef struct family_s family_t;
struct family_s {
	char *name;
	size_t index;
	int threads;
	const metric_t *metric; /* of Google Benchmark, or NULL */
	double *real, *cpu;     /* ns an iteration; cpu may be NaN */
	size_t n;
};

static double
metric_of(const json_t *line, const char *name)
{
	double value;
	return sample_metric(line, name, &value, NULL) ? value : NAN;
}

/* Real and CPU time of an iteration in ns. Returns false when it has none. */
static bool
sample_times(
    const family_t *family, const json_t *line, double *real, double *cpu)
{
	if (family->metric != NULL) {
		*real = metric_of(line, family->metric->name);
		*cpu = *real;
		return isfinite(*real);
	}
	double ops = metric_of(line, "ops");
	*real = metric_of(line, "work_ns") / ops;
	*cpu =
	    (metric_of(line, "cpu_user_ns") + metric_of(line, "cpu_sys_ns")) /
	    ops;
	return isfinite(*real);
}

static json_t *
row_json(const family_t *family, const char *type, double real, double cpu)
{
	return json_pack("{s:s,s:I,s:i,s:s,s:s,s:I,s:i,s:f,s:f,s:s}", "name",
	    family->name, "family_index", (json_int_t)family->index,
	    "per_family_instance_index", 0, "run_name", family->name,
	    "run_type", type, "repetitions", (json_int_t)family->n, "threads",
	    family->threads, "real_time", real, "cpu_time",
	    isfinite(cpu) ? cpu : real, "time_unit", "ns");
}

/* Counters: every other number of the sample. */
static void
counters_add(json_t *row, const json_t *line)
{
	static const struct {
		const char *metric, *counter;
	} counters[] = {
	    {"ops_per_s", "items_per_second"},
	    {"rss_mean", "rss_mean"},
	    {"rss_peak", "rss_peak"},
	    {"minflt", "minflt"},
	    {"npurge", "npurge"},
	    {"nmadvise", "nmadvise"},
	    {"purged_pages", "purged_pages"},
	};
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
		double value = metric_of(line, counters[i].metric);
		if (isfinite(value))
			json_object_set_new(
			    row, counters[i].counter, json_real(value));
	}
}

static void
repetition_add(
    json_t *rows, family_t *family, const json_t *line, size_t repetition)
{
	double ops = metric_of(line, "ops");
	json_t *row = row_json(family, "iteration", family->real[repetition],
	    family->cpu[repetition]);
	json_object_set_new(
	    row, "repetition_index", json_integer((json_int_t)repetition));
	json_object_set_new(row, "iterations",
	    json_integer(isfinite(ops) ? (json_int_t)ops : 1));
	if (family->metric == NULL)
		counters_add(row, line);
	json_array_append_new(rows, row);
}

static double
mean_of(const double *x, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

static double
stddev_of(const double *x, size_t n)
{
	double mean = mean_of(x, n);
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return n > 1 ? sqrt(sum / (double)(n - 1)) : 0;
}

static double
cv_of(const double *x, size_t n)
{
	double mean = mean_of(x, n);
	return mean > 0 ? stddev_of(x, n) / mean : 0;
}

static void
aggregates_add(json_t *rows, const family_t *family)
{
	static const struct {
		const char *name, *unit;
		double (*of)(const double *x, size_t n);
	} aggregates[] = {
	    {"mean", "time", mean_of},
	    {"median", "time", stats_median},
	    {"stddev", "time", stddev_of},
	    {"cv", "percentage", cv_of},
	};
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(*aggregates); i++) {
		double cpu = aggregates[i].of(family->cpu, family->n);
		json_t *row = row_json(family, "aggregate",
		    aggregates[i].of(family->real, family->n), cpu);
		char *name =
		    text_format("%s_%s", family->name, aggregates[i].name);
		json_object_set_new(row, "name", json_string(name));
		json_object_set_new(
		    row, "aggregate_name", json_string(aggregates[i].name));
		json_object_set_new(
		    row, "aggregate_unit", json_string(aggregates[i].unit));
		json_object_set_new(
		    row, "iterations", json_integer((json_int_t)family->n));
		json_array_append_new(rows, row);
		free(name);
	}
}

/* Adds all repetitions of the family, then its aggregates. */
static void
family_add(json_t *rows, const dataset_t *data, size_t cell, size_t arm,
    family_t *family)
{
	metric_source_t source =
	    family->metric != NULL ? FROM_GBENCH : FROM_TIME;
	const json_t **lines = text_memory(data->nsamples, sizeof(*lines));
	family->real = text_memory(data->nsamples, sizeof(double));
	family->cpu = text_memory(data->nsamples, sizeof(double));
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (s->ok && s->cell == cell && s->arm == arm &&
		    s->source == source &&
		    sample_times(family, s->line, &family->real[family->n],
			&family->cpu[family->n]))
			lines[family->n++] = s->line;
	}
	for (size_t i = 0; i < family->n; i++)
		repetition_add(rows, family, lines[i], i);
	if (family->n > 1)
		aggregates_add(rows, family);
	free(family->real);
	free(family->cpu);
	free(lines);
}

static void
cell_add(json_t *rows, const summary_t *summary, size_t cell, size_t *index)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	size_t first = c->gbench ? metrics_count : 0;
	size_t last = c->gbench ? summary->nmetrics : 1;
	size_t prefix = strlen(METRIC_GBENCH_PREFIX);
	for (size_t m = first; m < last; m++)
		for (size_t i = 0; i < c->narms; i++) {
			const metric_t *metric = &summary->metrics[m];
			const char *arm = data->arms[c->arms[i]].name;
			family_t family = {.index = (*index)++,
			    .threads = c->threads,
			    .metric = c->gbench ? metric : NULL,
			    .name = text_format("%s%s%s/%s", c->name,
				c->gbench ? "/" : "",
				c->gbench ? metric->name + prefix : "", arm)};
			family_add(rows, data, cell, c->arms[i], &family);
			free(family.name);
		}
}

bool
gbench_json_write(const summary_t *summary, fault_t *fault)
{
	const dataset_t *data = summary->data;
	json_t *rows = json_array();
	size_t index = 0;
	for (size_t c = 0; c < data->ncells; c++)
		cell_add(rows, summary, c, &index);
	json_t *all = json_pack(
	    "{s:o,s:o}", "context", context_json(data), "benchmarks", rows);
	char *path = text_format("%s/gbench.json", data->dir);
	bool failed = json_dump_file(all, path,
			  JSON_INDENT(1) | JSON_REAL_PRECISION(9)) != 0;
	if (failed)
		fault_set_errno(fault, "cannot write '%s'", path);
	json_decref(all);
	free(path);
	return failed;
}
