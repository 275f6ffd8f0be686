/*
 * Change points in a history of runs: where the level of a series of values
 * became another one.
 *
 * E-divisive (Matteson & James, JASA 109, 2014, with exponent 1): a segment is
 * cut where the energy distance between the values before and behind is
 * greatest, over all ends of the part behind, and each half is looked at
 * again. Whether a cut is one is decided by permutation: the runs are put in
 * random orders, the same for all series, and a cut counts when few orders
 * have one as strong in any series (Westfall & Young's maxT). So the rate is
 * that of a false cut anywhere in the whole history, however many series there
 * are and however they depend on each other; nothing is assumed of the
 * values' distribution.
 *
 * What is assumed: without a change the order of the runs does not matter. A
 * machine that drifts over days, so that a run resembles the one before, makes
 * more false alarms than the rate says.
 *
 * Pure; the same seed finds the same.
 */
#ifndef EBB_HARNESS_CHANGE_H
#define EBB_HARNESS_CHANGE_H

#include <stddef.h>
#include <stdint.h>

/* A level lasts for so many runs at least: one odd run is no change. */
#define CHANGE_LEAST 2

/* Many series of one history. */
typedef struct change_history_s change_history_t;
struct change_history_s {
	const double *x; /* of series s in run r: x[s * nruns + r], the runs in
			  * order of time; NaN where there is no value */
	size_t nseries, nruns;
};

typedef struct change_rule_s change_rule_t;
struct change_rule_s {
	double rate;     /* of a false change point anywhere, e.g. 0.025 */
	unsigned orders; /* random orders to compare with, e.g. 999 */
	uint64_t seed;
};

typedef struct change_point_s change_point_t;
struct change_point_s {
	size_t series;
	size_t run; /* the first that has the new level */
	double p;   /* corrected over all series */
};

/*
 * Finds all change points, sorted by series and run. Returns their number;
 * the caller frees *points (NULL when there is none).
 */
size_t change_find(const change_history_t *history, const change_rule_t *rule,
    change_point_t **points);

/*
 * The runs that a history must have for a change in its middle to be found at
 * this rate at all: the sorted order of one series is one of (n over n/2)
 * divisions, upwards or downwards.
 */
size_t change_least_runs(double rate);

#endif
