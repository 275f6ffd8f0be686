#include "sample_raw.h"

#include <stdio.h>
#include <stdlib.h>

#include "series.h"
#include "text.h"

static bool
json_write(store_t *store, const char *name, const json_t *json, fault_t *fault)
{
	char *path = store_path(store, name);
	FILE *stream = fopen(path, "we");
	bool failed = stream == NULL ||
		      json_dumpf(json, stream, JSON_COMPACT) != 0 ||
		      fputc('\n', stream) == EOF;
	if (stream != NULL)
		failed = fclose(stream) != 0 || failed;
	if (failed)
		fault_set_errno(fault, "cannot write '%s'", path);
	free(path);
	return failed;
}

/* Adds raw file `name` under `key`, or null when there is none. */
static bool
raw_add(store_t *store, json_t *raw, const char *key, const char *name,
    bool there, fault_t *fault)
{
	json_t *entry = there ? store_raw(store, name, fault) : json_null();
	return entry == NULL || json_object_set_new(raw, key, entry) != 0;
}

/* The slowest requests with their causes, if the workload kept them. */
static bool
tail_write(store_t *store, const slot_t *slot, const json_t *record,
    json_t *raw, fault_t *fault)
{
	const json_t *tail =
	    json_object_get(json_object_get(record, "latency"), "tail");
	if (tail == NULL)
		return false;
	char *name = text_format("raw/%s.tail", slot->id);
	bool failed = json_write(store, name, tail, fault) ||
		      raw_add(store, raw, "tail", name, true, fault);
	free(name);
	return failed;
}

/* The calls over time, if they were counted. */
static bool
census_write(
    sampler_t *sampler, const slot_t *slot, json_t *raw, fault_t *fault)
{
	const census_sample_t *census = &sampler->census;
	bool there = census_sample_counted(census);
	char *name = text_format("raw/%s.census", slot->id);
	char *path = store_path(sampler->store, name);
	bool failed =
	    (there && census_tally_write(&census->run.tally, path, fault)) ||
	    raw_add(sampler->store, raw, "census", name, there, fault);
	free(name);
	free(path);
	return failed;
}

/* The arenas one by one, when there is more than one to tell apart. */
static bool
arenas_write(store_t *store, const slot_t *slot, const trial_t *trial,
    json_t *raw, fault_t *fault)
{
	const series_t *series = &trial->observer.series;
	if (series_arenas_used(series) < 2)
		return false;
	char *name = text_format("raw/%s.arenas", slot->id);
	char *path = store_path(store, name);
	bool failed =
	    series_write_arenas(series, path, trial->t_begin_ns, fault) ||
	    raw_add(store, raw, "arenas", name, true, fault);
	free(name);
	free(path);
	return failed;
}

bool
sample_raw_write(sampler_t *sampler, const slot_t *slot, const trial_t *trial,
    const json_t *gbench, json_t *line, fault_t *fault)
{
	store_t *store = sampler->store;
	const series_t *series = &trial->observer.series;
	const json_t *hist =
	    json_object_get(json_object_get(trial->record, "latency"), "hist");
	char *series_name = text_format("raw/%s.series", slot->id);
	char *hist_name = text_format("raw/%s.hist", slot->id);
	char *gbench_name = text_format("raw/%s.gbench.json", slot->id);
	char *perf_name = text_format("raw/%s.perf.txt", slot->id);
	char *series_path = store_path(store, series_name);
	json_t *raw = json_object();
	bool failed =
	    tail_write(store, slot, trial->record, raw, fault) ||
	    (series->n > 0 &&
		series_write(series, series_path, trial->t_begin_ns, fault)) ||
	    (hist != NULL && json_write(store, hist_name, hist, fault)) ||
	    (gbench != NULL &&
		store_document_write(store, gbench_name, gbench, fault)) ||
	    raw_add(store, raw, "series", series_name, series->n > 0, fault) ||
	    arenas_write(store, slot, trial, raw, fault) ||
	    raw_add(store, raw, "hist", hist_name, hist != NULL, fault) ||
	    (slot->kind == PLAN_GBENCH &&
		raw_add(store, raw, "gbench", gbench_name, gbench != NULL,
		    fault)) ||
	    (slot->kind == PLAN_HOTSPOTS &&
		raw_add(store, raw, "perf", perf_name,
		    json_object_get(line, "hotspots") != NULL, fault)) ||
	    (slot->kind == PLAN_CENSUS &&
		census_write(sampler, slot, raw, fault));
	json_object_set_new(line, "raw", raw);
	free(series_name);
	free(hist_name);
	free(gbench_name);
	free(perf_name);
	free(series_path);
	return failed;
}
