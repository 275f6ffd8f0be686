#include "control.h"

#include <string.h>

#include "judge.h"
#include "trial.h"

#define TIMEOUT_MS 20000
/* No allocator has an option of this name. */
#define MISSPELT "decay_tme:1"

/* A false arm, as plan.json keeps it. refused: -1 when it was not tried. */
static void
refusal_add(plan_t *plan, const char *control, const arm_t *claimed,
    const char *given, int refused, const char *reason)
{
	/* The allocator's name, without the role. */
	int name = (int)strcspn(claimed->name, "/");
	json_array_append_new(plan->refusals,
	    json_pack("{s:s,s:s#,s:s,s:o,s:s}", "control", control, "claimed",
		claimed->name, name, "given", given, "refused",
		refused < 0 ? json_null() : json_boolean(refused), "reason",
		reason));
}

/* Runs a process under the library and options of one arm, and has it judged
 * as another's: the one that it claims to be. */
static bool
false_arm_judge(plan_t *plan, const place_t *place, const char *control,
    const arm_t *claimed, const arm_t *given, const char *conf, fault_t *fault)
{
	trial_t trial = {
	    .place = place,
	    .arm = given,
	    .conf = conf,
	    .timeout_ms = TIMEOUT_MS,
	    .watch = TRIAL_BLIND,
	};
	fault_t why = {"it was taken for what it claims to be"};
	const program_t *program =
	    programs_lookup(&plan->programs, given->link, given->variant, 0);
	words_add(&trial.argv, "%s", program ? program->path : place->workload);
	words_add(&trial.argv, "--list=json");
	trial.program_id = program ? program->build_id : NULL;
	bool failed = trial_run(&trial, fault);
	if (!failed && trial.end == LAUNCH_INTERRUPTED)
		failed = fault_set(fault, "interrupted");
	if (!failed) {
		trial.arm = claimed;
		status_t status = judge(&trial, PLAN_GBENCH, NULL, &why);
		bool judged = status == STATUS_OK || status == STATUS_WRONG;
		refusal_add(plan, control, claimed,
		    conf[0] != '\0'       ? conf
		    : given->path != NULL ? given->path
					  : "no library",
		    judged ? status == STATUS_WRONG : -1, why.text);
	}
	trial_release(&trial);
	return failed;
}

/* Another library than the arm's: one of ours rather than any. */
static const arm_t *
other_choose(const arms_t *arms, const arm_t *arm)
{
	const arm_t *other = NULL;
	for (size_t i = 0; i < arms->n; i++) {
		const arm_t *a = &arms->v[i];
		bool same =
		    arm->path == NULL
			? a->path == NULL
			: a->path != NULL && strcmp(a->path, arm->path) == 0;
		if (same || a->link != LINK_PRELOAD ||
		    strcmp(a->build_id, arm->build_id) == 0)
			continue;
		if (other == NULL ||
		    (other->kind != ARM_EBB && a->kind == ARM_EBB))
			other = a;
	}
	return other;
}

static bool
wrong_library(
    plan_t *plan, const place_t *place, const arm_t *arm, fault_t *fault)
{
	arms_t all = {0};
	bool failed = arms_find(&all, place, false, fault);
	const arm_t *other = failed ? NULL : other_choose(&all, arm);
	if (other != NULL)
		failed = false_arm_judge(
		    plan, place, "wrong library", arm, other, "", fault);
	else if (!failed)
		refusal_add(plan, "wrong library", arm, "", -1,
		    "there is no other library here");
	arms_release(&all);
	return failed;
}

static bool
misspelt_option(
    plan_t *plan, const place_t *place, const arm_t *arm, fault_t *fault)
{
	if (arm->kind == ARM_EBB)
		return false_arm_judge(
		    plan, place, "misspelt option", arm, arm, MISSPELT, fault);
	refusal_add(plan, "misspelt option", arm, MISSPELT, -1,
	    "the controls run under no build of ebb, and options are proven "
	    "of these only");
	return false;
}

bool
control_refusals(plan_t *plan, const place_t *place, fault_t *fault)
{
	const arm_t *arm = NULL;
	for (size_t c = 0; c < plan->ncells; c++)
		if (plan_is_control(plan, &plan->cells[c]))
			arm = &plan->arms.v[plan->cells[c].arms[0]];
	if (arm == NULL || plan->refusals != NULL)
		return false;
	plan->refusals = json_array();
	return wrong_library(plan, place, arm, fault) ||
	       misspelt_option(plan, place, arm, fault);
}
