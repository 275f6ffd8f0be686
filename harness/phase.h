/*
 * Phases: what a sweep measured, point by point, beside what the purge
 * policies' formulas predict for it.
 *
 * All is read from the samples: how many pages the allocator says it gave back
 * in each cycle (its statistics page, in raw/<id>.series), how many came back
 * as page faults, and when the phases really began. Freeing and refilling take
 * time of their own, so the prediction is made for the times that were
 * measured, not for those that were asked for.
 */
#ifndef EBB_HARNESS_PHASE_H
#define EBB_HARNESS_PHASE_H

#include "dataset.h"
#include "fault.h"
#include "purge_model.h"
#include "text.h"

/* plan.json's name of the profile of a sweep. */
#define SWEEP_PROFILE "sweep"

/* A point: one arm's swing with one f and T; means over its samples. */
typedef struct phase_point_s phase_point_t;
struct phase_point_s {
	size_t cell, arm;
	size_t samples;
	unsigned stalled; /* cycles left out: the machine stalled in them */
	setting_t setting;
	double f, period_s, duty; /* as asked for */
	double base_bytes;        /* as used */
	swing_t swing; /* as it was: pages, mean period; trough as asked for */
	double late_s; /* from the end of that trough to the refill's end */
	double share;  /* of the freed pages that were given back */
	double refaults;  /* page faults over freed pages */
	double work_ns;   /* of freeing and refilling, a sample */
	double rss_mean;  /* bytes */
	double predicted; /* share, by the closed form */
	double latest;    /* ... for the trough that was late */
	double simulated; /* share, by the model played at the same times */
	double tolerance; /* of the share: what is a finding lies beyond */
};

/* Readings of a curve of decay. */
#define STEP_POINTS 60

/* A release, watched: one arm with decay, one placement. */
typedef struct phase_step_s phase_step_t;
struct phase_step_s {
	size_t cell, arm;
	size_t samples;
	const char *placement;
	setting_t setting;
	double amplification;     /* pages given back / pages freed */
	double distance;          /* greatest, of the curve from its formula */
	double at;                /* ... where, in decay times */
	double left[STEP_POINTS]; /* share still dirty; NaN: not read */
	unsigned read[STEP_POINTS]; /* in so many samples */
};

/* Decay times at reading i of a step. */
#define STEP_AT(i) ((double)(i) / 50)

typedef struct phase_s phase_t;
struct phase_s {
	const dataset_t *data;
	phase_point_t *points; /* by arm, setting, f, T */
	size_t npoints;
	phase_step_t *steps;
	size_t nsteps;
	words_t damage; /* samples without a point, and why: a sentence each */
};

/* Reads the points from a sweep's samples. phase_release() afterwards. */
void phase_init(phase_t *phase, const dataset_t *data);
void phase_release(phase_t *phase);

/* True when the share is outside of predicted to latest by more than the
 * tolerance. */
bool phase_differs(const phase_point_t *point);

/*
 * Predicts the share that a setting gives back in the point's swing: for a
 * trough that ends when it should, and for one that ends with the refill. The
 * refill takes the pages that were given back first; if the clock is looked at
 * meanwhile, the others go on decaying. A machine that stalls ends a trough
 * late, with a look at the clock or without.
 */
void phase_predict(phase_point_t *point, const setting_t *setting);

/* Points that belong to one figure and table: same arm, same setting. Returns
 * the first place behind them. */
size_t phase_group_end(const phase_t *phase, size_t first);

#endif
