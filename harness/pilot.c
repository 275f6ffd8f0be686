#include "pilot.h"

#include <stdlib.h>

#include "judge.h"
#include "rng.h"
#include "sample.h"
#include "trial.h"

#define TIMEOUT_MS 120000
/* Between two samples: reading, hashing and writing results. */
#define OVERHEAD_S 0.02
/* Other arms than the pilot's may be slower. */
#define MARGIN 1.1

static bool
cell_pilot(plan_t *plan, const place_t *place, unsigned c, plan_kind_t kind,
    fault_t *fault)
{
	cell_t *cell = &plan->cells[c];
	const arm_t *arm = &plan->arms.v[cell->arms[0]];
	slot_t slot = {
	    .cell = c,
	    .arm = cell->arms[0],
	    .kind = kind,
	    .seed = rng_derive(plan->seed, "pilot", c),
	};
	char *conf = trial_conf(arm, cell->conf);
	trial_t trial = {
	    .place = place,
	    .arm = arm,
	    .conf = conf,
	    .timeout_ms = TIMEOUT_MS,
	    .watch = TRIAL_COARSE,
	};
	fault_t why = {""};
	words_t warnings = {0};
	sample_argv(&trial.argv, place, plan, cell, &slot, "/dev/null");
	bool failed = trial_run(&trial, fault);
	if (!failed && trial.end == LAUNCH_INTERRUPTED)
		failed = fault_set(fault, "interrupted");
	if (!failed) {
		status_t status = judge(&trial, kind, &warnings, &why);
		cell->seconds[kind] =
		    MARGIN * trial_seconds(&trial) + OVERHEAD_S;
		if (status == STATUS_ERROR || status == STATUS_BAD_RECORD)
			failed = fault_set(fault,
			    "%s cannot be measured: %s\nnothing was "
			    "measured; see '%s --help' for keys and values",
			    cell->name, why.text, cell->workload);
	}
	words_release(&warnings);
	trial_release(&trial);
	free(conf);
	return failed;
}

bool
pilot(plan_t *plan, const place_t *place, progress_t *progress, fault_t *fault)
{
	bool failed = false;
	for (unsigned c = 0; c < plan->ncells && !failed; c++) {
		cell_t *cell = &plan->cells[c];
		progress_show(progress, "pilot: %s (%u of %zu)", cell->name,
		    c + 1, plan->ncells);
		for (int k = 0; k < PLAN_KINDS && !failed; k++) {
			/* A latency sample does the same work: about as long
			 * as a time sample. */
			if (k == PLAN_LATENCY && cell->blocks[PLAN_TIME] > 0)
				cell->seconds[k] = cell->seconds[PLAN_TIME];
			else if (cell->blocks[k] > 0)
				failed = cell_pilot(
				    plan, place, c, (plan_kind_t)k, fault);
		}
	}
	return failed;
}
