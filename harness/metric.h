/*
 * The metrics that a sample has: name, unit, direction, and which carry a
 * verdict. A new metric is one row of the table in metric.c.
 */
#ifndef EBB_HARNESS_METRIC_H
#define EBB_HARNESS_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "units.h"
#include "verdict.h"

typedef enum metric_direction_e {
	LOWER_IS_BETTER,
	HIGHER_IS_BETTER,
	NO_DIRECTION
} metric_direction_t;

/* Which kind of sample yields it. */
typedef enum metric_source_e {
	FROM_TIME,
	FROM_LATENCY,
	FROM_GBENCH,
	FROM_CENSUS,
	FROM_HOTSPOTS,
	METRIC_SOURCES
} metric_source_t;

typedef struct metric_s metric_t;
struct metric_s {
	const char *name;  /* as in samples.jsonl */
	const char *title; /* a column's head */
	unit_t unit;
	metric_direction_t direction;
	metric_source_t source;
	bool primary;              /* carries a verdict */
	verdict_subject_t subject; /* of that verdict */
	double quantile;           /* FROM_LATENCY: of the merged histogram */
};

/* Indices of the rows that the reports name. */
enum metric_id {
	METRIC_OPS_PER_S,
	METRIC_WORK_NS,
	METRIC_RSS_MEAN,
	METRIC_RSS_PEAK,
	METRIC_P50_NS,
	METRIC_P99_NS,
	METRIC_NPURGE,
	METRIC_NMADVISE,
	METRIC_PURGED_PAGES,
	METRIC_OTHERS /* the first that only summary.csv and --metric show */
};

extern const metric_t metrics[];
extern const size_t metrics_count;

/* Names of Google Benchmark's metrics begin with this. */
#define METRIC_GBENCH_PREFIX "gb:"

/*
 * The metric of this name; NULL when there is none. For a name with
 * METRIC_GBENCH_PREFIX, *gbench is filled in (it keeps the pointer to name)
 * and returned.
 */
const metric_t *metric_lookup(const char *name, metric_t *gbench);

/* What a verdict on it is called, by its unit: of the table's that carry none
 * by themselves. */
verdict_subject_t metric_subject(const metric_t *metric);

/* "lower", "higher" or "none". */
const char *metric_direction_name(metric_direction_t direction);

#endif
