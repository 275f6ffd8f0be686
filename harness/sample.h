/*
 * A sample: one slot of the plan, taken, judged and written down.
 */
#ifndef EBB_HARNESS_SAMPLE_H
#define EBB_HARNESS_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>

#include "census_sample.h"
#include "fault.h"
#include "judge.h"
#include "perf_record.h"
#include "place.h"
#include "plan.h"
#include "store.h"
#include "trial.h"

/* What all samples of a run share. */
typedef struct sampler_s sampler_t;
struct sampler_s {
	const place_t *place;
	const plan_t *plan;
	store_t *store;
	json_t *checksums;      /* of the op streams seen, by cell and block */
	perf_record_t perf;     /* of the hotspots samples */
	census_sample_t census; /* of the sample that is being taken */
};

void sampler_init(sampler_t *sampler, const place_t *place, const plan_t *plan,
    store_t *store);
void sampler_release(sampler_t *sampler);

/* Takes over what an earlier, cut-off run knows from this intact line. */
void sampler_remember(sampler_t *sampler, const json_t *line);

/* What became of a sample. */
typedef struct outcome_s outcome_t;
struct outcome_s {
	status_t status;
	char reason[512]; /* "" when ok */
	bool interrupted; /* ebb was asked to stop: nothing is written */
	double seconds;   /* wall time of the process */
	double observing; /* share of it that the observer used of a CPU */
};

/*
 * Takes the sample, writes its raw files and its line.
 * Errors: the results cannot be written, or no process can be made.
 */
bool sample_take(
    sampler_t *sampler, const slot_t *slot, outcome_t *outcome, fault_t *fault);

/* The program and its arguments for a slot, into argv. */
void sample_argv(words_t *argv, const place_t *place, const plan_t *plan,
    const cell_t *cell, const slot_t *slot);

/* The build-id of that program, or "" when the plan does not know it. */
const char *sample_program_id(const plan_t *plan, const slot_t *slot);

/*
 * Writes a line for a sample that is not taken, as its arm would only fail
 * again. Errors: the line cannot be written.
 */
bool sample_skip(sampler_t *sampler, const slot_t *slot, status_t status,
    const char *reason, fault_t *fault);

/* How long the watchdog waits for a sample of this kind in this cell. */
unsigned
sample_timeout_ms(const plan_t *plan, const cell_t *cell, plan_kind_t kind);

#endif
