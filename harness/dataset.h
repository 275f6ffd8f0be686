/*
 * A dataset: a run's folder as the report sees it. Arms and cells are those
 * of the plan, in its order, then those that only samples name (a run whose
 * plan.json is lost can still be reported). Nothing is judged here.
 */
#ifndef EBB_HARNESS_DATASET_H
#define EBB_HARNESS_DATASET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "hist.h"
#include "look.h"
#include "metric.h"
#include "guest.h"
#include "store.h"

/* Strings and JSON of the structs below belong to the dataset. */

typedef struct dataset_arm_s dataset_arm_t;
struct dataset_arm_s {
	const char *name;
	const char *kind; /* "glibc", "ebb", "peer"; "" when unknown */
	const char *path; /* "" for glibc */
	const char *conf; /* the arm's own MALLOC_CONF */
	const char *build_id;
	const json_t *identity; /* the first proof of what ran, or NULL */
};

typedef struct dataset_cell_s dataset_cell_t;
struct dataset_cell_s {
	const char *name; /* "oscillate.interleaved.t1" */
	const char *workload;
	const char *case_name;
	const char *conf; /* MALLOC_CONF common to its arms */
	const char *op;   /* what one of its operations is; "operation" */
	int threads;
	size_t blocks;  /* of time samples that are planned, or after which it
			 * ended early; 0: unknown */
	bool latency;   /* latency samples are planned */
	bool gbench;    /* its samples are Google Benchmark's */
	looks_t looks;  /* when it was looked at */
	guest_t *guest; /* what was run instead of a workload, or NULL */
	size_t *arms;   /* indices, in the order of the plan */
	size_t narms;
};

typedef struct dataset_sample_s dataset_sample_t;
struct dataset_sample_s {
	const json_t *line;
	size_t cell, arm;
	size_t block;
	metric_source_t source;
	bool ok;     /* its numbers count */
	bool intact; /* its raw files are those that were written */
};

/* A sample that the plan orders. */
typedef struct dataset_order_s dataset_order_t;
struct dataset_order_s {
	size_t cell, arm;
	metric_source_t source;
};

typedef struct dataset_s dataset_t;
struct dataset_s {
	char *dir; /* as it was given */
	samples_t store;
	dataset_arm_t *arms;
	size_t narms;
	dataset_cell_t *cells;
	size_t ncells;
	dataset_sample_t *samples;
	size_t nsamples;
	dataset_order_t *planned;
	size_t nplanned;  /* 0 when there is no plan */
	size_t nblocks;   /* greatest block + 1 */
	size_t baseline;  /* index of the arm that ratios refer to: the one that
			   * the plan names, else that of kind glibc, else the
			   * first */
	bool is_controls; /* it is another one's `controls` */
	/* The controls' arms, cells and samples, which are in none of the
	 * above: a dataset of its own over the same store; NULL: there are
	 * none. */
	dataset_t *controls;
};

/* What became of the samples of one arm in one cell, of one kind. */
typedef struct tally_s tally_t;
struct tally_s {
	size_t planned, done, ok, failed;
	const json_t *failure; /* the first line that is not ok, or NULL */
};

/*
 * Reads the run's folder.
 * Errors: it cannot be read, or holds neither a plan nor samples.
 * dataset_release() afterwards, also after an error.
 */
bool dataset_read(dataset_t *data, const char *dir, fault_t *fault);

/* True, with what to do about it, when the run has no samples: of nothing, no
 * worse would be true. */
bool dataset_is_empty(const dataset_t *data, fault_t *fault);

void dataset_release(dataset_t *data);

/* True when the cell has that arm. */
bool dataset_cell_has(const dataset_cell_t *cell, size_t arm);

tally_t dataset_tally(
    const dataset_t *data, size_t cell, size_t arm, metric_source_t source);

/* Blocks of the cell of which there is a time sample. */
size_t dataset_cell_blocks(const dataset_t *data, size_t cell);

/*
 * The values of a metric, a sample each, in the order of samples.jsonl, which
 * is that of measurement; blocks[i] is the block of values[i]. Both have room
 * for data->nsamples. reason may be NULL; else *reason becomes what a sample
 * without a value says, and is left alone when none does.
 * Returns their number.
 */
size_t dataset_measured(const dataset_t *data, size_t cell, size_t arm,
    const metric_t *metric, double *values, size_t *blocks,
    const char **reason);

/*
 * The values of a metric, by block: by_block[b] for b < data->nblocks is the
 * median of the block's ok samples, NaN when there is none.
 * Returns how many blocks have a value. When none has and *reason is not
 * NULL, *reason is what the samples say ("unsupported" in samples.jsonl), or
 * NULL when they say nothing.
 */
size_t dataset_values(const dataset_t *data, size_t cell, size_t arm,
    const metric_t *metric, double *by_block, const char **reason);

/*
 * Adds a latency sample's histogram to hist. Returns false, with hist as it
 * was, when it has none that can be trusted. *clock_ns becomes the cost of
 * reading the clock that it states, when that is more.
 */
bool dataset_latency(const dataset_t *data, const dataset_sample_t *sample,
    hist_t *hist, double *clock_ns);

/* True for an ok sample of that kind of the arm in the cell. */
bool dataset_sample_counts(const dataset_sample_t *sample, size_t cell,
    size_t arm, metric_source_t source);

/* The path of one of a sample's raw files ("series", "hist"), or NULL when it
 * has none that can be trusted; the caller frees it. */
char *dataset_raw(
    const dataset_t *data, const dataset_sample_t *sample, const char *which);

#endif
