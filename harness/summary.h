/*
 * The summary: every cell x arm x metric as one value with its spread, its
 * ratio to the baseline with an interval over blocks, and, for the primary
 * metrics, the verdict. All tables and figures are read from it.
 *
 * The process is the unit: a block gives one value, a value is the median over
 * blocks, a ratio is the median of the blocks' paired log ratios. Percentiles
 * of latency come from the merged histograms of all samples; their intervals
 * and ratios from blocks drawn again (percentile.h).
 * The primary comparisons of a cell are one family for Holm's correction; in
 * a cell of Google Benchmark, those of each case.
 *
 * An arm with a sample that failed is failed in that cell: what its other
 * samples say is kept, but it gets no ratio and no verdict.
 */
#ifndef EBB_HARNESS_SUMMARY_H
#define EBB_HARNESS_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset.h"
#include "dip.h"
#include "drift.h"
#include "fault.h"
#include "hist.h"
#include "metric.h"
#include "stats.h"
#include "text.h"
#include "verdict.h"

typedef struct summary_value_s summary_value_t;
struct summary_value_s {
	const metric_t *metric;
	size_t n;                /* blocks; for a percentile: samples merged */
	stats_interval_t middle; /* the median and its interval; NaN: none */
	double mad;
	const char *reason; /* why there is no value; NULL when there is */

	const char *no_interval; /* why a value or ratio has none, or NULL */

	size_t pairs;           /* blocks with both arm and baseline */
	stats_interval_t ratio; /* to the baseline; NaN: none */
	const char *no_ratio;   /* why there is none; NULL when there is */
	bool raised;            /* counts of which some are 0: it is that of
				 * each plus 1 */
	stats_interval_t shift; /* Hodges-Lehmann, as a ratio */
	double cliffs_delta;
	double p, p_holm; /* of the sign test; p_holm where judged */
	double p_rank;    /* of the signed-rank test */

	/* Of a primary metric: what stability.h found, with p corrected over
	 * the run; NaN: not tested. */
	drift_t drift, ratio_drift;
	double dip, dip_p;
	dip_modes_t modes;

	bool judged;   /* a primary comparison: has a verdict */
	size_t family; /* comparisons corrected together with it */
	verdict_t verdict;
};

/* An arm in a cell. */
typedef struct summary_row_s summary_row_t;
struct summary_row_s {
	bool present; /* the cell has that arm */
	size_t planned, done, failed;
	const char *failure;     /* in words; NULL when nothing failed */
	summary_value_t *values; /* one a metric, as in summary_t.metrics */
	hist_t *latency;         /* merged; NULL when there is none */
	double clock_ns; /* cost of reading the clock, in latency; or 0 */
};

typedef struct summary_s summary_t;
struct summary_s {
	const dataset_t *data;
	verdict_rule_t rule;
	metric_t *metrics; /* the table's, the programs' own, then Google
			    * Benchmark's */
	size_t nmetrics;
	summary_row_t *rows;    /* of cell c and arm a: summary_row() */
	size_t comparisons;     /* that carry a verdict */
	size_t stability_tests; /* that stability.h corrected together */
	words_t words;          /* owner of composed texts */
};

/* Computes everything. The dataset must outlive the summary. */
void summary_init(
    summary_t *summary, const dataset_t *data, const verdict_rule_t *rule);
void summary_release(summary_t *summary);

summary_row_t *summary_row(const summary_t *summary, size_t cell, size_t arm);

/* The value of metric m (an index into summary->metrics). */
const summary_value_t *
summary_value(const summary_t *summary, size_t cell, size_t arm, size_t m);

/*
 * The rule that a cell is judged by: the summary's, or, where a run was to be
 * looked at several times, with the error rate that its look may spend.
 */
verdict_rule_t summary_rule(const summary_t *summary, size_t cell);

/* The value of a metric by its name; NULL when this run knows none such. */
const summary_value_t *summary_find(
    const summary_t *summary, size_t cell, size_t arm, const char *name);

/* ------------------------------------------- what the summary's files share */

/* Keeps a composed text for the life of the summary. */
#define SUMMARY_COMPOSE(summary, ...)               \
	(words_add(&(summary)->words, __VA_ARGS__), \
	    (summary)->words.v[(summary)->words.n - 1])

/* Why a row has no value of the metric although nothing failed. */
const char *summary_absence(
    summary_t *summary, size_t cell, size_t arm, const metric_t *metric);

/* Why the arm's metric m is not compared with the baseline's; NULL: it is. */
const char *
summary_barred(const summary_t *summary, size_t cell, size_t arm, size_t m);

/* Writes summary.csv into the run's folder; the rows of the controls' summary
 * (NULL: there is none) behind those of the allocators. */
bool summary_write(
    const summary_t *summary, const summary_t *controls, fault_t *fault);

#endif
