#include "choose.h"

#include "budget.h"
#include "lastrun.h"
#include "primary.h"
#include "study.h"
#include "verdict.h"
#include "williams.h"

/* Of the time of a run, for learning how much ratios deviate. */
#define STUDY_SHARE 0.03

bool
choose_spreads(plan_t *plan, const options_t *options, const run_kind_t *kind,
    const profile_t *profile, const place_t *place, const json_t *machine,
    progress_t *progress, fault_t *fault)
{
	bool asked = options->budget_s > 0;
	double whole = plan_seconds(plan);
	if (kind->plan != NULL && !asked)
		return false;
	if (asked)
		whole = options->budget_s;
	else if (options->request.blocks == 0 && profile->budget < whole)
		whole = profile->budget;
	if (study(plan, place, STUDY_SHARE * whole, progress, fault))
		return true;
	lastrun_spread(plan, options->out, machine);
	return false;
}

void
choose_blocks(plan_t *plan, const options_t *options, const run_kind_t *kind,
    const profile_t *profile, double spent)
{
	const request_t *request = &options->request;
	bool fixed = request->blocks > 0;
	if (kind->fit != NULL)
		kind->fit(plan, request, kind->budget_s - spent, kind->context);
	else if (options->budget_s > 0)
		budget_fit(plan, budget_of_samples(options->budget_s) - spent);
	else
		plan_fit(plan, fixed ? 1e12 : profile->budget,
		    fixed ? request->blocks : profile->blocks);
	if (fixed || profile->balanced)
		plan_warn_balance(plan);
}

void
choose_looks(plan_t *plan, const run_kind_t *kind)
{
	for (size_t c = 0; c < plan->ncells && kind->looks > 0; c++) {
		cell_t *cell = &plan->cells[c];
		if (cell->blocks[PLAN_TIME] > 0 && cell->narms > 1 &&
		    !plan_is_control(plan, cell))
			looks_plan(&cell->looks, kind->looks,
			    cell->blocks[PLAN_TIME], williams_rows(cell->narms),
			    1 - verdict_rule_default.confidence,
			    (cell->narms - 1) * primary_count(plan));
	}
}
