/*
 * Which metrics carry verdicts: --primary METRIC,...
 */
#ifndef EBB_HARNESS_PRIMARY_H
#define EBB_HARNESS_PRIMARY_H

#include <stdbool.h>

#include "fault.h"
#include "plan.h"

/*
 * Checks that each of plan->primary can carry a verdict: it is a metric of
 * time samples, of which every block has one, or one of a program's own.
 * Errors: one is unknown, with the names there are, or of another kind.
 */
bool primary_check(const plan_t *plan, fault_t *fault);

/* How many metrics carry a verdict in each comparison. */
size_t primary_count(const plan_t *plan);

#endif
