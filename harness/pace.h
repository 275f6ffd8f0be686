/*
 * Pace: how fast a process called the allocator in its work phase, and whether
 * that settled (steady.h). Read off the samples' raw series when a report is
 * built, so that old runs keep what they have.
 */
#ifndef EBB_HARNESS_PACE_H
#define EBB_HARNESS_PACE_H

#include <jansson.h>
#include <stddef.h>

#include "steady.h"

/* Spans that a work phase is divided into at most. */
#define PACE_SPANS 80

/* The processes of one arm in one cell. */
typedef struct pace_s pace_t;
struct pace_s {
	size_t kinds[STEADY_KINDS]; /* of each kind */
	size_t without; /* not classified: no calls were read, or the workload
			 * has no work phase of its own but cycles */
	/* Sums over those that warm up or slow down: divide by their number. */
	double begins;   /* part of the work before the steady state */
	double log_rise; /* of the last rate over the first */
};

/*
 * Adds a process: its readings of calls at t_s seconds from its start, NaN
 * where none were read (calls may be NULL), and its line of samples.jsonl, of
 * which the phases are taken.
 */
void pace_add(pace_t *pace, const double *t_s, const double *calls, size_t n,
    const json_t *line);

/* Those that were classified. */
size_t pace_classified(const pace_t *pace);

/* Seconds from the process's start to the beginning of its phase p. */
double pace_phase_begin(const json_t *line, size_t p);

#endif
