#include "primary.h"

#include <stdlib.h>
#include <string.h>

#include "metric.h"

/* Adds every name that can carry a verdict. */
static void
names_add(words_t *names, const plan_t *plan)
{
	for (size_t i = 0; i < metrics_count; i++)
		if (metrics[i].source == FROM_TIME)
			words_add(names, "%s", metrics[i].name);
	for (size_t c = 0; c < plan->ncells; c++) {
		const guest_t *guest = plan->cells[c].guest;
		for (size_t i = 0; guest != NULL && i < guest->nmetrics; i++)
			words_add(names, "%s", guest->metrics[i].name);
	}
}

static bool
name_check(const char *name, const words_t *names, fault_t *fault)
{
	metric_t none;
	if (words_contain(names, name))
		return false;
	if (metric_lookup(name, &none) != NULL)
		return fault_set(fault,
		    "--primary '%s': it has no value for each block of time "
		    "samples, so it gets no verdict from a run's plan; it "
		    "is in the report all the same",
		    name);
	char *all = words_join(names, ", ");
	fault_set(fault,
	    "--primary '%s': there is no such metric. Those that can carry a "
	    "verdict: %s",
	    name, all);
	free(all);
	return true;
}

bool
primary_check(const plan_t *plan, fault_t *fault)
{
	words_t names = {0};
	bool failed = false;
	names_add(&names, plan);
	for (size_t i = 0; i < plan->primary.n && !failed; i++)
		failed = name_check(plan->primary.v[i], &names, fault);
	words_release(&names);
	return failed;
}

size_t
primary_count(const plan_t *plan)
{
	size_t n = plan->primary.n;
	for (size_t i = 0; i < metrics_count && plan->primary.n == 0; i++)
		n += metrics[i].primary;
	return n;
}
