/*
 * A comparison of two runs, of different times: every cell, arm and metric
 * that both have, as the ratio of the new run to the old one.
 *
 * The samples are not paired, so the ratio is the Hodges-Lehmann shift of the
 * logarithms with the interval of Mann and Whitney (stats_two.h). Where both
 * runs have the reference arm (relative.h), what is compared is the ratio to
 * it, block by block; the row says which it was. The primary metrics carry
 * verdicts, corrected by Holm over all of them.
 */
#ifndef EBB_HARNESS_COMPARISON_H
#define EBB_HARNESS_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset.h"
#include "metric.h"
#include "stats.h"
#include "text.h"
#include "verdict.h"

enum { COMPARISON_OLD, COMPARISON_NEW, COMPARISON_RUNS };

typedef struct comparison_row_s comparison_row_t;
struct comparison_row_s {
	const char *cell, *arm; /* their names */
	metric_t metric;
	bool relative;                  /* to the reference arm */
	size_t n[COMPARISON_RUNS];      /* blocks */
	double middle[COMPARISON_RUNS]; /* medians of the values; NaN: none */
	stats_interval_t ratio;         /* new / old; NaN: none */
	double p, p_holm;               /* p_holm where it is judged */
	bool judged;
	verdict_t verdict;
	bool fails;   /* samples of the new run failed, and none of the old */
	char *reason; /* why there is no ratio; NULL when there is */
};

/* What is to be compared. */
typedef struct comparison_wish_s comparison_wish_t;
struct comparison_wish_s {
	const words_t *arms;    /* only these; none: all */
	const words_t *metrics; /* beside the primary ones */
	bool force;             /* also cells that did other work */
	verdict_rule_t rule;
};

typedef struct comparison_s comparison_t;
struct comparison_s {
	const dataset_t *run[COMPARISON_RUNS];
	comparison_wish_t wish;
	comparison_row_t *rows;
	size_t nrows;
	size_t family; /* comparisons that carry a verdict */
	size_t count[VERDICT_KINDS];
	size_t failures;
	words_t left_out; /* cells and arms that only one run has, or whose
			   * work differs, in words */
	words_t forced;   /* cells that were compared although their work
			   * differs, in words */
};

/*
 * Compares two datasets, which must outlive it.
 * comparison_release() afterwards.
 */
void comparison_init(comparison_t *comparison, const dataset_t *old,
    const dataset_t *new, const comparison_wish_t *wish);
void comparison_release(comparison_t *comparison);

/*
 * Judges one ratio of values where less is better. n: the blocks of either
 * run. shift: of the logarithms. p: corrected over so many comparisons.
 */
verdict_t comparison_judge(const verdict_rule_t *rule, const size_t *n,
    const stats_interval_t *shift, double p, size_t family);

#endif
