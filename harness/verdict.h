/*
 * The verdict on one comparison: an arm's metric against the baseline's.
 *
 * Four verdicts, for a metric where less is better (time, memory):
 * - better: the whole interval of the ratio is below 1, and the corrected p
 *   agrees;
 * - worse: the same above 1;
 * - equivalent: the whole interval lies inside the region of equivalence, so
 *   that any difference is proved to be too small to matter;
 * - undecided: none of these, with the blocks that it should take in addition.
 * "Not significant" is never read as "the same". An interval that is inside
 * the region and excludes 1 is equivalent: real, and too small to matter.
 * Better and worse are corrected over their family. Equivalent stands by its
 * own interval: where the true ratio is on the region's border, it is said
 * wrongly with at most (1 - confidence) / 2. harness/test/error_rates.c
 * measures both.
 *
 * Pure: no I/O, no state.
 */
#ifndef EBB_HARNESS_VERDICT_H
#define EBB_HARNESS_VERDICT_H

#include <stddef.h>

#include "stats.h"

typedef enum verdict_kind_e {
	VERDICT_BETTER,
	VERDICT_WORSE,
	VERDICT_EQUIVALENT,
	VERDICT_UNDECIDED,
	VERDICT_KINDS
} verdict_kind_t;

/* What "better" is called. */
typedef enum verdict_subject_e {
	VERDICT_OF_TIME,
	VERDICT_OF_MEMORY,
	VERDICT_OF_COUNT, /* of a kind of event */
	VERDICT_OF_VALUE, /* of any number that better be low */
	VERDICT_OF_YIELD, /* ... high */
	VERDICT_SUBJECTS
} verdict_subject_t;

typedef struct verdict_rule_s verdict_rule_t;
struct verdict_rule_s {
	double delta;      /* half width of the region: 0.015 is +-1.5 % */
	double confidence; /* of every interval, e.g. 0.95; the error rate of
			    * a family of comparisons is 1 - confidence */
};

/* delta 1.5 %, confidence 0.95. */
extern const verdict_rule_t verdict_rule_default;

/* More blocks than anybody will run. */
#define VERDICT_BLOCKS_MAX 9999

typedef struct verdict_s verdict_t;
struct verdict_s {
	verdict_kind_t kind;
	/* Undecided: further blocks that should decide it, 1 to
	 * VERDICT_BLOCKS_MAX, where the maximum says "or more". Else 0. */
	unsigned blocks_more;
};

/*
 * Judges n paired log ratios (arm over baseline, less is better).
 * interval: stats_median_interval of the same values at rule->confidence.
 * p: their sign test, corrected over the family of `family` comparisons.
 */
verdict_t verdict_judge(const verdict_rule_t *rule, const double *log_ratio,
    size_t n, const stats_interval_t *interval, double p, size_t family);

/* "faster", "slower", "smaller", "larger", "equivalent", "undecided". */
const char *verdict_word(verdict_kind_t kind, verdict_subject_t subject);

#endif
