#include "counters.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "text.h"
#include "window.h"

void
metric_set_integer(json_t *metrics, const char *name, int64_t value)
{
	json_object_set_new(metrics, name, json_integer(value));
}

void
metric_set_real(json_t *metrics, const char *name, double value)
{
	json_object_set_new(metrics, name, json_real(value));
}

void
metric_set_unsupported(
    json_t *metrics, const char *name, const char *reason, ...)
{
	char text[256];
	va_list args;
	va_start(args, reason);
	vsnprintf(text, sizeof(text), reason, args);
	va_end(args);
	json_object_set_new(
	    metrics, name, json_pack("{s:s}", "unsupported", text));
}

/* ------------------------------------------------------------ the record -- */

/* Metrics that are the record's fields of the same name. */
static const char *const record_fields[] = {"ops", "work_ns", "wall_ns",
    "cpu_user_ns", "cpu_sys_ns", "minflt", "majflt", "nvcsw", "nivcsw"};

static void
copy_field(json_t *metrics, const json_t *record, const char *name)
{
	const json_t *value = json_object_get(record, name);
	if (json_is_number(value))
		json_object_set_new(metrics, name, json_deep_copy(value));
	else
		metric_set_unsupported(
		    metrics, name, "the workload's record does not have it");
}

void
counters_of_record(json_t *metrics, const json_t *record)
{
	for (size_t i = 0; i < sizeof(record_fields) / sizeof(*record_fields);
	     i++)
		copy_field(metrics, record, record_fields[i]);
	double ops = json_number_value(json_object_get(record, "ops"));
	double ns = json_number_value(json_object_get(record, "work_ns"));
	if (ops > 0 && ns > 0)
		metric_set_real(metrics, "ops_per_s", ops / ns * 1e9);
	else
		metric_set_unsupported(
		    metrics, "ops_per_s", "the record has no ops or no time");
}

/* ---------------------------------------------------------------- memory -- */

void
counters_of_memory(json_t *metrics, const series_t *series, uint64_t begin,
    uint64_t end, const json_t *record, const struct rusage *usage)
{
	double value;
	window_mean_set(metrics, "rss_mean", series, SERIES_RSS, SERIES_COLUMNS,
	    begin, end);
	const json_t *mean = json_object_get(metrics, "rss_mean");
	if (json_is_number(mean))
		metric_set_real(metrics, "rss_byte_s",
		    json_number_value(mean) * (double)(end - begin) / 1e9);
	else
		json_object_set_new(
		    metrics, "rss_byte_s", json_deep_copy(mean));
	window_mean_set(metrics, "live_mean", series, SERIES_LIVE,
	    SERIES_COLUMNS, begin, end);
	if (!window_lacks(
		metrics, "rss_peak", series, SERIES_RSS, begin, end) &&
	    !series_peak(series, begin, end, &value))
		metric_set_integer(metrics, "rss_peak", (int64_t)value);
	window_end_set(metrics, "rss_end", series, SERIES_RSS, begin, end);
	copy_field(metrics, record, "live_peak");
	metric_set_integer(
	    metrics, "max_rss", (int64_t)usage->ru_maxrss * 1024);
}

/* --------------------------------------------------- the statistics page -- */

static const char *const page_metrics[] = {"npurge", "nmadvise", "purged_pages",
    "nfills", "nflushes", "pdirty_end", "pactive_end"};

static void
page_unsupported(json_t *metrics, const char *reason)
{
	for (size_t i = 0; i < sizeof(page_metrics) / sizeof(*page_metrics);
	     i++)
		metric_set_unsupported(metrics, page_metrics[i], "%s", reason);
}

bool
counters_page_lacks(
    const arm_t *arm, const struct ebb_stats_page *page, char *reason)
{
	if (arm->kind != ARM_EBB)
		snprintf(reason, COUNTERS_REASON, "%s exports no purge counter",
		    arm->name);
	else if (page == NULL)
		snprintf(reason, COUNTERS_REASON,
		    "the process ended without its statistics page");
	else if (page->narenas > EBB_STATS_PAGE_ARENAS)
		snprintf(reason, COUNTERS_REASON,
		    "%u arenas, the statistics page shows %u", page->narenas,
		    EBB_STATS_PAGE_ARENAS);
	else
		return false;
	return true;
}

void
counters_of_page(json_t *metrics, const arm_t *arm,
    const struct ebb_stats_page *page, const series_t *series, uint64_t begin,
    uint64_t end)
{
	char reason[COUNTERS_REASON];
	if (counters_page_lacks(arm, page, reason)) {
		page_unsupported(metrics, reason);
		return;
	}
	struct ebb_stats_arena sum = {0};
	uint64_t nfills = 0, nflushes = 0;
	for (unsigned i = 0; i < page->narenas; i++) {
		const struct ebb_stats_arena *arena = &page->arenas[i];
		sum.npurge += arena->npurge;
		sum.nmadvise += arena->nmadvise;
		sum.purged += arena->purged;
		for (unsigned b = 0; b < EBB_STATS_PAGE_BINS; b++) {
			nfills += arena->nfills[b];
			nflushes += arena->nflushes[b];
		}
	}
	metric_set_integer(metrics, "npurge", (int64_t)sum.npurge);
	metric_set_integer(metrics, "nmadvise", (int64_t)sum.nmadvise);
	metric_set_integer(metrics, "purged_pages", (int64_t)sum.purged);
	metric_set_integer(metrics, "nfills", (int64_t)nfills);
	metric_set_integer(metrics, "nflushes", (int64_t)nflushes);
	window_end_set(
	    metrics, "pdirty_end", series, SERIES_PDIRTY, begin, end);
	window_end_set(
	    metrics, "pactive_end", series, SERIES_PACTIVE, begin, end);
}

void
counters_of_guest(
    json_t *metrics, const trial_t *trial, uint64_t begin, uint64_t end)
{
	static const struct {
		const char *name;
		series_column_t column;
	} counts[] = {{"npurge", SERIES_NPURGE}, {"nmadvise", SERIES_NMADVISE},
	    {"purged_pages", SERIES_PURGED}, {"pdirty_end", SERIES_PDIRTY},
	    {"pactive_end", SERIES_PACTIVE}};
	const series_t *series = &trial->observer.series;
	bool at_end = trial->page != NULL && !trial->driven.stopping;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts) && !at_end;
	     i++) {
		double value;
		if (!series_last(series, counts[i].column, begin, end, &value))
			metric_set_integer(
			    metrics, counts[i].name, (int64_t)value);
	}
	json_object_update(metrics, json_object_get(trial->record, "own"));
}

/* --------------------------------------------------------------- latency -- */

static const struct {
	const char *name;
	double q;
} quantiles[] = {
    {"p50_ns", 0.5}, {"p90_ns", 0.9}, {"p99_ns", 0.99}, {"p999_ns", 0.999}};

/* Reads the record's histogram into h. True when there is none. */
static bool
hist_read(hist_t *h, const json_t *json)
{
	size_t i;
	json_t *pair;
	hist_init(h);
	if (json_integer_value(json_object_get(json, "lg_sub")) != HIST_LG_SUB)
		return true;
	json_array_foreach(json_object_get(json, "buckets"), i, pair)
	{
		json_int_t at = json_integer_value(json_array_get(pair, 0));
		json_int_t n = json_integer_value(json_array_get(pair, 1));
		if (at < 0 || n < 0 ||
		    !hist_record_bucket(h, (size_t)at, (uint64_t)n))
			return true;
	}
	if (h->count > 0) {
		h->min =
		    (uint64_t)json_integer_value(json_object_get(json, "min"));
		h->max =
		    (uint64_t)json_integer_value(json_object_get(json, "max"));
	}
	return false;
}

void
counters_of_latency(json_t *metrics, const json_t *record)
{
	hist_t *h = text_memory(1, sizeof(*h));
	const json_t *latency = json_object_get(record, "latency");
	bool none = hist_read(h, json_object_get(latency, "hist"));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		const char *name = quantiles[i].name;
		double q = quantiles[i].q;
		if (none)
			metric_set_unsupported(metrics, name,
			    "the record has no latency histogram");
		else if (!hist_quantile_supported(h, q))
			metric_set_unsupported(metrics, name,
			    "%llu calls were timed, it needs %.0f",
			    (unsigned long long)h->count, 10 / (1 - q));
		else
			metric_set_integer(
			    metrics, name, (int64_t)hist_quantile(h, q));
	}
	free(h);
}

/* ---------------------------------------------------------------- gbench -- */

static double
unit_ns(const json_t *benchmark)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	const char *unit =
	    json_string_value(json_object_get(benchmark, "time_unit"));
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (unit != NULL && strcmp(unit, units[i].unit) == 0)
			return units[i].ns;
	return 1;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The median real time over the repetitions of run name; 0 when none. */
static double
gbench_median(const json_t *benchmarks, const char *name)
{
	double *times =
	    text_memory(json_array_size(benchmarks), sizeof(*times));
	size_t i, n = 0;
	json_t *one;
	json_array_foreach(benchmarks, i, one)
	{
		const char *type =
		    json_string_value(json_object_get(one, "run_type"));
		const char *run =
		    json_string_value(json_object_get(one, "run_name"));
		const json_t *time = json_object_get(one, "real_time");
		if (type != NULL && strcmp(type, "iteration") == 0 &&
		    run != NULL && strcmp(run, name) == 0 &&
		    json_is_number(time))
			times[n++] = json_number_value(time) * unit_ns(one);
	}
	qsort(times, n, sizeof(*times), compare_doubles);
	double median = n == 0       ? 0
			: n % 2 == 1 ? times[n / 2]
				     : (times[n / 2 - 1] + times[n / 2]) / 2;
	free(times);
	return median;
}

void
counters_of_gbench(json_t *metrics, const json_t *output)
{
	const json_t *benchmarks = json_object_get(output, "benchmarks");
	size_t i;
	json_t *one;
	json_array_foreach(benchmarks, i, one)
	{
		const char *run =
		    json_string_value(json_object_get(one, "run_name"));
		const char *message =
		    json_string_value(json_object_get(one, "error_message"));
		if (run == NULL)
			continue;
		char *name = text_format("gb:%s", run);
		double median = gbench_median(benchmarks, run);
		if (json_is_true(json_object_get(one, "error_occurred")))
			metric_set_unsupported(metrics, name, "%s",
			    message == NULL ? "it failed" : message);
		else if (median > 0)
			metric_set_real(metrics, name, median);
		free(name);
	}
}
