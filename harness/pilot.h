/*
 * The pilot: unrecorded samples of each cell and kind, to learn how long they
 * take before the plan is fixed.
 */
#ifndef EBB_HARNESS_PILOT_H
#define EBB_HARNESS_PILOT_H

#include <stdbool.h>

#include "fault.h"
#include "place.h"
#include "plan.h"
#include "progress.h"

/*
 * Fills in the seconds of every cell: from its first arm, or, when thorough
 * and samples are short, from one sample of every arm.
 * Errors: a workload refuses its arguments (named); interrupted. An arm that
 * crashes or hangs is none: its samples will tell.
 */
bool pilot(plan_t *plan, const place_t *place, bool thorough,
    progress_t *progress, fault_t *fault);

#endif
