/*
 * The newest run against the runs before it: which of its values stand out.
 *
 * One run has no permutations worth the name, so a value is compared with the
 * runs of the same level by Student's t of a single new value, corrected over
 * all series (Holm). Its tails trust that the values of runs, medians over
 * blocks, are near to normal; so there is a second condition that trusts
 * nothing: the value must stand out more than any value of any series in any
 * run before, each compared with all others. Without a change the newest run
 * is the oddest of n with probability 1/n.
 *
 * Pure.
 */
#ifndef EBB_HARNESS_NEWEST_H
#define EBB_HARNESS_NEWEST_H

#include <stdbool.h>
#include <stddef.h>

#include "change.h"
#include "stats.h"

/* Runs of the same level, before the newest, that a spread is taken from. */
#define NEWEST_LEAST 5

typedef struct newest_s newest_t;
struct newest_s {
	size_t n;               /* runs it is compared with; 0: too few */
	stats_interval_t shift; /* against their mean */
	double p, p_holm;       /* NaN when n is 0 */
	bool oddest;            /* more than anything in the runs before */
};

/*
 * Judges the last run of the history.
 * from[s]: the first run of series s that has the level of today.
 * floor[s]: the least standard deviation to believe, from inside of runs; a
 * series of equal values would see everything stand out. 0: none.
 * confidence: of the interval, e.g. 0.95.
 * out[s]: the judgement of series s.
 * Returns the number of series that could be judged.
 */
size_t newest_judge(const change_history_t *history, const size_t *from,
    const double *floor, double confidence, newest_t *out);

#endif
