#include "linking.h"

#include <string.h>

#include "warn.h"

bool
linking_asked(const request_t *request)
{
	for (int m = 0; m < LINK_MODES; m++)
		if (request->links[m])
			return true;
	return false;
}

/* The arm in each way of linking that is asked for. Returns how many that
 * are; cell NULL: they are only counted. */
static unsigned
arm_link(cell_t *cell, const request_t *request, const plan_t *plan,
    const arm_t *arm)
{
	unsigned n = 0;
	/* One that is named with its mode is what was asked for. */
	if (!linking_asked(request) || arm->link != LINK_PRELOAD) {
		if (cell != NULL)
			cell_add_arm(cell, plan, arm->name);
		return 1;
	}
	for (int m = 0; m < LINK_MODES; m++) {
		const arm_t *linked =
		    request->links[m]
			? arms_linked(&plan->arms, arm, (link_mode_t)m)
			: NULL;
		if (linked == NULL)
			continue;
		n++;
		if (cell != NULL)
			cell_add_arm(cell, plan, linked->name);
	}
	return n;
}

void
linking_apply(cell_t *cell, const request_t *request, plan_t *plan)
{
	unsigned n = cell->narms, arms[PLAN_ARMS_MAX];
	memcpy(arms, cell->arms, sizeof(arms));
	cell->narms = 0;
	for (unsigned i = 0; i < n; i++) {
		const arm_t *arm = &plan->arms.v[arms[i]];
		if (arm_link(cell, request, plan, arm) > 0)
			continue;
		words_t warning = {0};
		warn_add(&warning, WARN_LINK_MISSING, "%s", arm->name);
		if (!words_contain(&plan->warnings, warning.v[0]))
			words_append(&plan->warnings, &warning);
		words_release(&warning);
	}
}

bool
linking_check(const request_t *request, const plan_t *plan, fault_t *fault)
{
	const words_t *lists[] = {&request->arms, &request->added};
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			const char *name = lists[k]->v[i];
			const arm_t *arm = arms_lookup(&plan->arms, name);
			if (arm == NULL ||
			    arm_link(NULL, request, plan, arm) > 0)
				continue;
			return fault_set(fault,
			    "--link: no program is linked with '%s' in that "
			    "way ('ebb list' shows those there are, as "
			    "decay@static; LINK_VARIANTS in SConstruct says "
			    "which are built); add preload to --link, or leave "
			    "this arm out",
			    name);
		}
	return false;
}
