/*
 * Levels of repetition, after Kalibera & Jones, "Rigorous benchmarking in
 * reasonable time" (ISMM'13): a benchmark is repeated where its variance
 * arises. Ours has three levels: programs linked in several orders, processes
 * of each program, slices of the work in each process. From a pilot that
 * repeats at every level the variance that each adds is estimated, and from
 * these and the costs how often each is best repeated.
 *
 * Pure.
 */
#ifndef EBB_HARNESS_LEVELS_H
#define EBB_HARNESS_LEVELS_H

#include <stdbool.h>
#include <stddef.h>

/* From the lowest, which is repeated within the one above it. */
typedef enum level_e {
	LEVEL_SLICE,   /* of the work in a process */
	LEVEL_PROCESS, /* of a program */
	LEVEL_LINK,    /* orders of linking */
	LEVELS
} level_t;

/* "slice", "process", "link". */
const char *level_name(level_t level);

typedef struct levels_s levels_t;
struct levels_s {
	size_t n[LEVELS]; /* how often the pilot repeated at each level */
	double mean;
	/*
	 * What each level adds to the variance of a single value: the paper's
	 * T squared. Unbiased, so it may come out below 0 where a level adds
	 * less than the estimate's error; the functions below take 0 then.
	 * NaN: the pilot did not repeat there.
	 */
	double variance[LEVELS];
};

/*
 * Estimates from values[link][process][slice] (the last index varies fastest),
 * of n[] repetitions at each level. At least 2 values in all.
 */
void
levels_estimate(levels_t *levels, const double *values, const size_t n[LEVELS]);

/*
 * How often each level but the highest is best repeated within the one above
 * it (section 6.1 of the paper): the root of (cost above / own cost) * (own
 * variance / variance above), rounded up, at least 1.
 * cost[l]: seconds that one more repetition at l takes by itself; may be 0.
 * most: the largest number wanted; given where a level above adds nothing, so
 * that repeating it is a waste.
 * An entry is 0 where the pilot cannot tell.
 */
void levels_choose(const levels_t *levels, const double cost[LEVELS],
    size_t most, size_t best[LEVELS]);

/* The variance of a mean over n[] repetitions: of n[LEVEL_LINK] programs,
 * n[LEVEL_PROCESS] processes of each, n[LEVEL_SLICE] slices in each. */
double levels_variance(const levels_t *levels, const size_t n[LEVELS]);

/* The share of a single value's variance that the level adds; NaN: unknown. */
double levels_share(const levels_t *levels, level_t level);

#endif
