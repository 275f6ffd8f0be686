#include "preflight.h"

#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "identity.h"
#include "judge.h"
#include "trial.h"
#include "warn.h"

#define TIMEOUT_MS 20000

static bool
refuse(const trial_t *trial, const char *why, fault_t *fault)
{
	const arm_t *arm = trial->arm;
	return fault_set(fault,
	    "allocator %s%s%s%s%s: %s\n"
	    "nothing was measured; %s, or leave this arm out",
	    arm->name, arm->path ? " = " : "", arm->path ? arm->path : "",
	    trial->conf[0] ? " with MALLOC_CONF=" : "", trial->conf, why,
	    trial->conf[0] ? "correct or remove the option, check the library"
			   : "check the library and its path");
}

/* One arm with one option string. */
static bool
arm_prove(plan_t *plan, const place_t *place, arm_t *arm, const char *conf,
    fault_t *fault)
{
	trial_t trial = {
	    .place = place,
	    .arm = arm,
	    .conf = conf,
	    .timeout_ms = TIMEOUT_MS,
	    .watch = TRIAL_BLIND,
	};
	fault_t why = {""};
	words_t warnings = {0};
	const program_t *program =
	    programs_lookup(&plan->programs, arm->link, arm->variant, 0);
	words_add(&trial.argv, "%s", program ? program->path : place->workload);
	words_add(&trial.argv, "--list=json");
	trial.program_id = program ? program->build_id : NULL;
	bool failed = trial_run(&trial, fault);
	if (!failed && trial.end == LAUNCH_INTERRUPTED)
		failed = fault_set(fault, "interrupted");
	if (!failed) {
		status_t status = judge(&trial, PLAN_GBENCH, &warnings, &why);
		if (status == STATUS_CRASH || status == STATUS_TIMEOUT)
			warn_add(&plan->warnings, WARN_ARM_FAILS, "%s: %s",
			    arm->name, why.text);
		else if (status != STATUS_OK)
			failed = refuse(&trial, why.text, fault);
		else if (arm->kind == ARM_GLIBC)
			text_assign(&arm->build_id, "%s",
			    identity_build_id(trial.probe));
	}
	for (size_t i = 0; i < warnings.n; i++)
		if (!words_contain(&plan->warnings, warnings.v[i]))
			words_add(&plan->warnings, "%s", warnings.v[i]);
	words_release(&warnings);
	trial_release(&trial);
	return failed;
}

static bool
cell_uses(const cell_t *cell, unsigned arm)
{
	for (unsigned i = 0; i < cell->narms; i++)
		if (cell->arms[i] == arm)
			return true;
	return false;
}

bool
preflight(plan_t *plan, const place_t *place, fault_t *fault)
{
	bool failed = false;
	for (size_t c = 0; c < plan->ncells && !failed; c++)
		failed = plan->cells[c].guest != NULL &&
			 guest_resolve(plan->cells[c].guest, place, fault);
	for (unsigned a = 0; a < plan->arms.n && !failed; a++) {
		arm_t *arm = &plan->arms.v[a];
		words_t proven = {0};
		for (size_t c = 0; c < plan->ncells && !failed; c++) {
			if (!cell_uses(&plan->cells[c], a))
				continue;
			char *conf = trial_conf(arm, plan->cells[c].conf);
			if (!words_contain(&proven, conf)) {
				words_add(&proven, "%s", conf);
				failed =
				    arm_prove(plan, place, arm, conf, fault);
			}
			free(conf);
		}
		words_release(&proven);
	}
	return failed || control_refusals(plan, place, fault);
}
