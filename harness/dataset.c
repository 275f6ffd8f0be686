#include "dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hist_json.h"
#include "stats.h"
#include "text.h"

static const char *const source_names[] = {[FROM_TIME] = "time",
    [FROM_LATENCY] = "latency",
    [FROM_GBENCH] = "gbench",
    [FROM_CENSUS] = "census",
    [FROM_HOTSPOTS] = "hotspots"};

static metric_source_t
source_of(const json_t *object)
{
	const char *kind = sample_text(object, "kind");
	for (size_t i = 0; i < sizeof(source_names) / sizeof(*source_names);
	     i++)
		if (strcmp(source_names[i], kind) == 0)
			return (metric_source_t)i;
	return FROM_TIME;
}

/* Grows an array by one zeroed element. Returns the index of it. */
#define GROW(array, n)                                   \
	((array) = grow((array), (n), sizeof(*(array))), \
	    memset(&(array)[n], 0, sizeof(*(array))), (n)++)

static void *
grow(void *array, size_t n, size_t size)
{
	void *more = reallocarray(array, n + 1, size);
	if (more == NULL)
		abort();
	return more;
}

/* ------------------------------------------------------ arms and cells -- */

static size_t
arm_index(dataset_t *data, const char *name)
{
	for (size_t i = 0; i < data->narms; i++)
		if (strcmp(data->arms[i].name, name) == 0)
			return i;
	size_t i = GROW(data->arms, data->narms);
	data->arms[i] = (dataset_arm_t){
	    .name = name, .kind = "", .path = "", .conf = "", .build_id = ""};
	return i;
}

static size_t
cell_index(dataset_t *data, const char *name)
{
	for (size_t i = 0; i < data->ncells; i++)
		if (strcmp(data->cells[i].name, name) == 0)
			return i;
	size_t i = GROW(data->cells, data->ncells);
	data->cells[i] = (dataset_cell_t){.name = name,
	    .workload = "",
	    .case_name = "",
	    .conf = "",
	    .op = ""};
	return i;
}

bool
dataset_cell_has(const dataset_cell_t *cell, size_t arm)
{
	for (size_t i = 0; i < cell->narms; i++)
		if (cell->arms[i] == arm)
			return true;
	return false;
}

static void
cell_add_arm(dataset_cell_t *cell, size_t arm)
{
	if (!dataset_cell_has(cell, arm)) {
		size_t i = GROW(cell->arms, cell->narms);
		cell->arms[i] = arm;
	}
}

static void
cell_describe(dataset_cell_t *cell, const json_t *from)
{
	cell->workload = sample_text(from, "workload");
	cell->case_name = sample_text(from, "case");
	cell->threads = (int)sample_number(from, "threads");
}

/* Blocks of the kind that gives the verdicts. */
static size_t
blocks_planned(const json_t *row)
{
	const json_t *kinds = json_object_get(row, "blocks_by_kind");
	int64_t blocks = sample_number(kinds, source_names[FROM_TIME]);
	if (blocks <= 0)
		blocks = sample_number(row, "blocks");
	return blocks > 0 ? (size_t)blocks : 0;
}

/* ----------------------------------------------------------- controls -- */

/* The dataset that is meant: the controls', or all the rest. */
static dataset_t *
part_of(dataset_t *data, bool control)
{
	if (!control)
		return data;
	if (data->controls == NULL) {
		data->controls = text_memory(1, sizeof(*data->controls));
		data->controls->dir = text_copy(data->dir);
		/* Theirs to read, not to release. */
		data->controls->store = data->store;
		data->controls->is_controls = true;
	}
	return data->controls;
}

/* True for a line or an arm of the plan that is the controls'. */
static bool
is_control(const json_t *object)
{
	return sample_text(object, "control")[0] != '\0';
}

static bool
has_cell(const dataset_t *data, const char *name)
{
	for (size_t i = 0; data != NULL && i < data->ncells; i++)
		if (strcmp(data->cells[i].name, name) == 0)
			return true;
	return false;
}

/* ---------------------------------------------------------------- plan -- */

/* What the plan orders, without what was left out as its cell ended early. */
static void
order_take(dataset_t *data, const json_t *row)
{
	size_t cell = cell_index(data, sample_text(row, "cell"));
	metric_source_t source = source_of(row);
	unsigned stopped =
	    looks_stopped(data->store.stop, data->cells[cell].name);
	if (source == FROM_TIME && stopped > 0 &&
	    sample_number(row, "block") >= stopped)
		return;
	size_t n = GROW(data->planned, data->nplanned);
	data->planned[n] = (dataset_order_t){
	    .cell = cell,
	    .arm = arm_index(data, sample_text(row, "arm")),
	    .source = source,
	};
	if (source == FROM_GBENCH)
		data->cells[cell].gbench = true;
}

static bool
plan_take(dataset_t *all, const json_t *plan, fault_t *fault)
{
	size_t i, k;
	json_t *row, *name;
	json_array_foreach(json_object_get(plan, "arms"), i, row)
	{
		dataset_t *data = part_of(all, is_control(row));
		size_t a = arm_index(data, sample_text(row, "name"));
		data->arms[a].kind = sample_text(row, "kind");
		data->arms[a].path = sample_text(row, "path");
		data->arms[a].conf = sample_text(row, "conf");
		data->arms[a].build_id = sample_text(row, "build_id");
	}
	json_array_foreach(json_object_get(plan, "cells"), i, row)
	{
		dataset_t *data =
		    part_of(all, json_is_true(json_object_get(row, "control")));
		size_t c = cell_index(data, sample_text(row, "cell"));
		cell_describe(&data->cells[c], row);
		data->cells[c].conf = sample_text(row, "conf");
		data->cells[c].blocks = blocks_planned(row);
		unsigned stopped =
		    looks_stopped(data->store.stop, data->cells[c].name);
		if (stopped > 0)
			data->cells[c].blocks = stopped;
		looks_from_json(
		    &data->cells[c].looks, json_object_get(row, "looks"));
		if (guest_from_json(&data->cells[c].guest,
			json_object_get(row, "program"), fault))
			return true;
		data->cells[c].latency =
		    json_is_true(json_object_get(row, "latency"));
		json_array_foreach(json_object_get(row, "arms"), k, name)
		{
			if (json_is_string(name))
				cell_add_arm(&data->cells[c],
				    arm_index(data, json_string_value(name)));
		}
	}
	json_array_foreach(json_object_get(plan, "order"), i, row)
	{
		order_take(part_of(all, has_cell(all->controls,
					    sample_text(row, "cell"))),
		    row);
	}
	return false;
}

static void
line_take(dataset_t *all, const json_t *line)
{
	dataset_t *data = part_of(all, is_control(line));
	size_t i = GROW(data->samples, data->nsamples);
	dataset_sample_t *s = &data->samples[i];
	int64_t block = sample_number(line, "block");
	s->line = line;
	s->cell = cell_index(data, sample_text(line, "cell"));
	s->arm = arm_index(data, sample_text(line, "arm"));
	s->block = block > 0 && block < 1 << 20 ? (size_t)block : 0;
	s->source = source_of(line);
	s->ok = sample_ok(line);
	s->intact = sample_intact(data->dir, line);
	if (s->block >= data->nblocks)
		data->nblocks = s->block + 1;
	if (data->cells[s->cell].workload[0] == '\0')
		cell_describe(&data->cells[s->cell], line);
	if (s->source == FROM_GBENCH)
		data->cells[s->cell].gbench = true;
	if (data->cells[s->cell].op[0] == '\0')
		data->cells[s->cell].op =
		    sample_text(json_object_get(line, "record"), "op");
	cell_add_arm(&data->cells[s->cell], s->arm);
	const json_t *identity = json_object_get(line, "identity");
	if (data->arms[s->arm].identity == NULL && s->ok &&
	    json_object_size(identity) > 0)
		data->arms[s->arm].identity = identity;
}

static size_t
baseline_find(const dataset_t *data)
{
	const char *named = sample_text(data->store.plan, "baseline");
	size_t baseline = 0;
	for (size_t a = data->narms; a-- > 0;)
		if (strcmp(data->arms[a].kind, "glibc") == 0 ||
		    strcmp(data->arms[a].name, "glibc") == 0)
			baseline = a;
	for (size_t a = 0; a < data->narms; a++)
		if (strcmp(data->arms[a].name, named) == 0)
			baseline = a;
	return baseline;
}

/* What follows from all of it: words for what is unknown, the baseline. */
static void
dataset_complete(dataset_t *data)
{
	for (size_t c = 0; c < data->ncells; c++)
		if (data->cells[c].op[0] == '\0')
			data->cells[c].op = "operation";
	data->baseline = baseline_find(data);
}

bool
dataset_read(dataset_t *data, const char *dir, fault_t *fault)
{
	*data = (dataset_t){.dir = text_copy(dir)};
	if (samples_read(&data->store, dir, fault) ||
	    plan_take(data, data->store.plan, fault))
		return true;
	size_t i;
	json_t *line;
	json_array_foreach(data->store.lines, i, line)
	{
		line_take(data, line);
	}
	if (data->controls != NULL)
		dataset_complete(data->controls);
	/* Controls alone, and no plan that names what they ran under. */
	if (data->controls != NULL && data->narms == 0)
		arm_index(data, "unknown");
	if (data->ncells == 0 && data->controls == NULL)
		return fault_set(fault,
		    "'%s' holds no plan.json and no samples: it is not the "
		    "folder of a run (those are results/<utc>-<host>-<name>)",
		    dir);
	dataset_complete(data);
	return false;
}

bool
dataset_is_empty(const dataset_t *data, fault_t *fault)
{
	return data->nsamples == 0 &&
	       fault_set(fault,
		   "'%s' holds no samples (samples.jsonl); a run that was cut "
		   "off: ebb run --resume; one that is packed: tar xf "
		   "truth.tar.xz in a copy of it",
		   data->dir);
}

static void
part_release(dataset_t *data)
{
	for (size_t i = 0; i < data->ncells; i++) {
		free(data->cells[i].arms);
		guest_free(data->cells[i].guest);
	}
	free(data->cells);
	free(data->arms);
	free(data->samples);
	free(data->planned);
	free(data->dir);
}

void
dataset_release(dataset_t *data)
{
	if (data->controls != NULL)
		part_release(data->controls);
	free(data->controls);
	part_release(data);
	samples_release(&data->store);
	*data = (dataset_t){0};
}

/* ------------------------------------------------------------- samples -- */

static bool
sample_is(
    const dataset_sample_t *s, size_t cell, size_t arm, metric_source_t source)
{
	return s->cell == cell && s->arm == arm && s->source == source;
}

size_t
dataset_cell_blocks(const dataset_t *data, size_t cell)
{
	size_t blocks = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (s->cell == cell && s->source == FROM_TIME &&
		    s->block >= blocks)
			blocks = s->block + 1;
	}
	return blocks;
}

bool
dataset_sample_counts(const dataset_sample_t *sample, size_t cell, size_t arm,
    metric_source_t source)
{
	return sample->ok && sample_is(sample, cell, arm, source);
}

tally_t
dataset_tally(
    const dataset_t *data, size_t cell, size_t arm, metric_source_t source)
{
	tally_t tally = {0};
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (!sample_is(s, cell, arm, source))
			continue;
		tally.done++;
		tally.ok += s->ok;
		tally.failed += !s->ok;
		if (!s->ok && tally.failure == NULL)
			tally.failure = s->line;
	}
	for (size_t i = 0; i < data->nplanned; i++)
		tally.planned += data->planned[i].source == source &&
				 data->planned[i].cell == cell &&
				 data->planned[i].arm == arm;
	return tally;
}

size_t
dataset_measured(const dataset_t *data, size_t cell, size_t arm,
    const metric_t *metric, double *values, size_t *blocks, const char **reason)
{
	size_t n = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		const char *why = NULL;
		if (!dataset_sample_counts(s, cell, arm, metric->source))
			continue;
		if (sample_metric(s->line, metric->name, &values[n], &why))
			blocks[n++] = s->block;
		else if (why != NULL && reason != NULL)
			*reason = why;
	}
	return n;
}

size_t
dataset_values(const dataset_t *data, size_t cell, size_t arm,
    const metric_t *metric, double *by_block, const char **reason)
{
	double *values = text_memory(2 * data->nsamples, sizeof(*values));
	double *of_block = values + data->nsamples;
	size_t *blocks = text_memory(data->nsamples, sizeof(*blocks));
	size_t with_value = 0;
	if (reason != NULL)
		*reason = NULL;
	size_t n =
	    dataset_measured(data, cell, arm, metric, values, blocks, reason);
	for (size_t b = 0; b < data->nblocks; b++) {
		size_t k = 0;
		for (size_t i = 0; i < n; i++)
			if (blocks[i] == b)
				of_block[k++] = values[i];
		by_block[b] = stats_median(of_block, k);
		with_value += isfinite(by_block[b]) != 0;
	}
	if (with_value > 0 && reason != NULL)
		*reason = NULL;
	free(blocks);
	free(values);
	return with_value;
}

/* ----------------------------------------------------------- raw files -- */

char *
dataset_raw(
    const dataset_t *data, const dataset_sample_t *sample, const char *which)
{
	const json_t *entry =
	    json_object_get(json_object_get(sample->line, "raw"), which);
	const char *file = sample_text(entry, "file");
	if (!sample->intact || file[0] == '\0')
		return NULL;
	return text_format("%s/%s", data->dir, file);
}

static double
clock_cost(const json_t *line)
{
	const json_t *record = json_object_get(line, "record");
	const json_t *clock = json_object_get(record, "clock_ns");
	if (clock == NULL)
		clock = json_object_get(
		    json_object_get(record, "latency"), "clock_ns");
	return json_number_value(clock);
}

bool
dataset_latency(const dataset_t *data, const dataset_sample_t *sample,
    hist_t *hist, double *clock_ns)
{
	char *path = dataset_raw(data, sample, "hist");
	if (path == NULL)
		return false;
	json_t *stored = json_load_file(path, 0, NULL);
	bool added = stored != NULL && hist_json_add(hist, stored);
	if (added)
		*clock_ns = fmax(*clock_ns, clock_cost(sample->line));
	json_decref(stored);
	free(path);
	return added;
}
