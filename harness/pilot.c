#include "pilot.h"

#include <stdlib.h>

#include "judge.h"
#include "rng.h"
#include "sample.h"
#include "trial.h"

/* The first sample of a cell may take so long, in seconds. */
#define FIRST_TIMEOUT_S 120
/* Between two samples: reading, hashing and writing results, in seconds. */
#define OVERHEAD_S 0.02
/* What kinds of samples take longer than a time sample, in seconds: by the
 * empty run of a census, by perf's start and its listing. */
static const double longer_s[PLAN_KINDS] = {
    [PLAN_CENSUS] = 0.03, [PLAN_HOTSPOTS] = 0.8};
/* Samples that take longer are of workloads that wait: about as long under
 * every arm. */
#define SHORT_S 1.0
/* Where only the first arm was tried, others may be slower. */
#define MARGIN 1.15
#define MARGIN_WAITING 1.03
/* The workload's exit code for arguments that it refuses. */
#define EXIT_USAGE 2

/* What the pilot knows while it runs. */
typedef struct pilot_s pilot_t;
struct pilot_s {
	plan_t *plan;
	const place_t *place;
	bool *hung; /* by arm: not to be tried again */
	unsigned timeout_ms;
};

/* One sample; its wall time, 0 when it did not end by itself. */
static bool
pilot_trial(pilot_t *pilot, unsigned c, unsigned a, plan_kind_t kind,
    double *seconds, fault_t *fault)
{
	const plan_t *plan = pilot->plan;
	const cell_t *cell = &plan->cells[c];
	const arm_t *arm = &plan->arms.v[a];
	slot_t slot = {
	    .cell = c,
	    .arm = a,
	    .kind = kind,
	    .seed = rng_derive(plan->seed, "pilot", c),
	};
	char *conf = trial_conf(arm, cell->conf);
	trial_t trial = {
	    .place = pilot->place,
	    .arm = arm,
	    .conf = conf,
	    .program_id = sample_program_id(plan, &slot),
	    .guest = cell->guest,
	    .timeout_ms = pilot->timeout_ms,
	    .watch = TRIAL_COARSE,
	};
	fault_t why = {""};
	if (pin_resolve(&plan->pin, cell->threads, &trial.binding, fault)) {
		free(conf);
		return true;
	}
	sample_argv(&trial.argv, pilot->place, plan, cell, &slot);
	bool failed = trial_run(&trial, fault);
	if (!failed && trial.end == LAUNCH_INTERRUPTED)
		failed = fault_set(fault, "interrupted");
	if (!failed) {
		status_t status = judge(&trial, kind, NULL, &why);
		*seconds =
		    trial.end == LAUNCH_ENDED ? trial_seconds(&trial) : 0;
		if (status == STATUS_ERROR && trial.ending.code == EXIT_USAGE &&
		    cell->guest == NULL)
			failed = fault_set(fault,
			    "%s cannot be measured: %s\nnothing was "
			    "measured; see 'workload %s --help' for keys and "
			    "values",
			    cell->name, why.text, cell->workload);
	}
	trial_release(&trial);
	free(conf);
	return failed;
}

/* One cell and kind: the mean over the arms that are tried. */
static bool
pilot_cell(
    pilot_t *pilot, unsigned c, plan_kind_t kind, bool thorough, fault_t *fault)
{
	cell_t *cell = &pilot->plan->cells[c];
	double sum = 0, seconds = 0;
	unsigned tried = 0;
	pilot->timeout_ms =
	    1000 *
	    (pilot->plan->timeout_s ? pilot->plan->timeout_s : FIRST_TIMEOUT_S);
	for (unsigned i = 0; i < cell->narms; i++) {
		unsigned a = cell->arms[i];
		if (pilot->hung[a])
			continue;
		if (pilot_trial(pilot, c, a, kind, &seconds, fault))
			return true;
		pilot->hung[a] = seconds == 0;
		if (seconds == 0)
			continue;
		sum += seconds;
		tried++;
		cell->seconds[kind] = seconds;
		pilot->timeout_ms = sample_timeout_ms(pilot->plan, cell, kind);
		if (!thorough || seconds > SHORT_S)
			break;
	}
	double margin = tried == cell->narms ? 1.0
			: seconds > SHORT_S  ? MARGIN_WAITING
					     : MARGIN;
	if (tried > 0)
		cell->seconds[kind] = margin * sum / tried + OVERHEAD_S;
	return false;
}

bool
pilot(plan_t *plan, const place_t *place, bool thorough, progress_t *progress,
    fault_t *fault)
{
	pilot_t state = {
	    .plan = plan,
	    .place = place,
	    .hung = text_memory(plan->arms.n, sizeof(bool)),
	};
	bool failed = false;
	for (unsigned c = 0; c < plan->ncells && !failed; c++) {
		cell_t *cell = &plan->cells[c];
		progress_show(progress, "  pilot: %s (%u of %zu)", cell->name,
		    c + 1, plan->ncells);
		for (int k = 0; k < PLAN_KINDS && !failed; k++) {
			/* The other kinds do the same work: about as long
			 * as a time sample. */
			if (k != PLAN_TIME && k != PLAN_GBENCH &&
			    cell->blocks[PLAN_TIME] > 0)
				cell->seconds[k] =
				    cell->seconds[PLAN_TIME] + longer_s[k];
			else if (cell->blocks[k] > 0 && cell->seconds[k] == 0)
				failed = pilot_cell(
				    &state, c, (plan_kind_t)k, thorough, fault);
		}
	}
	free(state.hung);
	return failed;
}
