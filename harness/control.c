#include "control.h"

#include <stdlib.h>
#include <string.h>

/* Named apart from the workload's own cases, which a user may measure too. */
#define CONTROL_CASE "planted"

static const struct {
	const char *name;
	const char *plants; /* the key of the workload, or NULL */
} roles[CONTROL_ROLES] = {
    [CONTROL_ITSELF] = {"itself", NULL},
    [CONTROL_AGAIN] = {"again", NULL},
    [CONTROL_TIME] = {"time", "plant-time"},
    [CONTROL_PAGES] = {"pages", "plant-pages"},
};

const char *
control_role_name(control_role_t role)
{
	return roles[role].name;
}

bool
control_planned(const plan_t *plan)
{
	for (size_t c = 0; c < plan->ncells; c++)
		if (plan_is_control(plan, &plan->cells[c]))
			return true;
	return false;
}

/* The arm to run under: its place, or plan->arms.n when there is none. */
static size_t
under_choose(const plan_t *plan, const control_wish_t *wish)
{
	size_t first = plan->arms.n;
	const arm_t *decay = arms_lookup(&plan->arms, "decay");
	if (wish->under != NULL) {
		const arm_t *arm = arms_lookup(&plan->arms, wish->under);
		return arm == NULL ? first : (size_t)(arm - plan->arms.v);
	}
	for (size_t c = 0; c < plan->ncells; c++)
		for (unsigned i = 0; i < plan->cells[c].narms; i++) {
			size_t arm = plan->cells[c].arms[i];
			if (decay == &plan->arms.v[arm])
				return arm;
			if (arm < first)
				first = arm;
		}
	return first;
}

/* Multiplies how much work is in a sample. */
static void
batches_scale(cell_t *cell, const catalog_row_t *row, double scale)
{
	const char *batches = catalog_default(row, "batches");
	double n = batches == NULL ? 0 : strtod(batches, NULL) * scale;
	if (n > 0)
		words_add(&cell->args, "--batches=%.0f", n < 1 ? 1 : n);
}

void
control_add(plan_t *plan, const catalog_t *catalog, const control_wish_t *wish)
{
	const catalog_row_t *row = catalog_lookup(catalog, CONTROL_WORKLOAD);
	size_t under = under_choose(plan, wish);
	const double shares[CONTROL_ROLES] = {
	    [CONTROL_TIME] = wish->time > 0 ? wish->time : CONTROL_PLANT_TIME,
	    [CONTROL_PAGES] =
		wish->pages > 0 ? wish->pages : CONTROL_PLANT_PAGES,
	};
	if (wish->none || row == NULL || under == plan->arms.n)
		return;
	cell_t *cell = plan_add_cell(plan, row->name, CONTROL_CASE, 1);
	for (int r = 0; r < CONTROL_ROLES; r++) {
		char *plant =
		    roles[r].plants == NULL
			? text_copy("")
			: text_format("--%s=%g", roles[r].plants, shares[r]);
		cell->arms[cell->narms++] = (unsigned)plan->arms.n;
		arms_add_control(&plan->arms, under, roles[r].name, plant);
		free(plant);
	}
	words_append(&cell->args, &row->defaults);
	words_append(&cell->args, &row->cases[0].args);
	if (wish->scale > 0)
		batches_scale(cell, row, wish->scale);
	text_assign(&cell->conf, "%s", wish->conf);
	cell->blocks[PLAN_TIME] = wish->blocks;
}

void
control_apply(plan_t *plan, const catalog_t *catalog, const request_t *request,
    unsigned most)
{
	/* Beside others they have few; by name, as many as are asked for. */
	bool counted = request->blocks > 0 &&
		       (request->blocks < most || control_asked(request));
	const control_wish_t wish = {
	    .none = request->no_controls,
	    .time = request->plant_time,
	    .pages = request->plant_pages,
	    .conf = request->conf,
	    .blocks =
		counted ? plan_balanced(request->blocks, CONTROL_ROLES) : most,
	    .scale = request->ops_scale,
	    .under = plan->ncells > 0      ? NULL
		     : request->arms.n > 0 ? request->arms.v[0]
					   : "decay",
	};
	control_add(plan, catalog, &wish);
}

bool
control_asked(const request_t *request)
{
	return words_contain(&request->workloads, CONTROL_WORKLOAD) &&
	       !request->no_controls;
}
