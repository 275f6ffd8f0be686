/*
 * A census sample: an empty run and then the cell's workload, both counted,
 * both fresh processes under the same arm. What loading and threads cost is
 * in both, so the difference is the workload's.
 */
#ifndef EBB_HARNESS_CENSUS_SAMPLE_H
#define EBB_HARNESS_CENSUS_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>

#include "census.h"
#include "fault.h"
#include "trial.h"

typedef struct census_sample_s census_sample_t;
struct census_sample_s {
	bool bare; /* of a program of the user's: no empty run of it is known */
	census_t run, empty;
	fault_t failure; /* why the empty run is no number, or "" */
	double seconds;  /* that it took */
};

/*
 * Makes the empty run with so many threads, under arm, options and seed of a
 * trial that is about to run, and has that one counted. Errors: no process
 * can be made. census_sample_release() afterwards, always.
 */
bool census_sample_begin(census_sample_t *sample, trial_t *trial,
    unsigned threads, uint64_t seed, fault_t *fault);
void census_sample_release(census_sample_t *sample);

/* Sets the metrics, and the line's "census". */
void
census_sample_add(const census_sample_t *sample, json_t *metrics, json_t *line);

/* True when the workload's run was counted completely. */
bool census_sample_counted(const census_sample_t *sample);

#endif
