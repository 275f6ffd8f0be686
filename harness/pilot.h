/*
 * The pilot: one unrecorded sample of each cell and kind, under the cell's
 * first arm, to learn how long samples take before the plan is fixed.
 */
#ifndef EBB_HARNESS_PILOT_H
#define EBB_HARNESS_PILOT_H

#include <stdbool.h>

#include "fault.h"
#include "place.h"
#include "plan.h"
#include "progress.h"

/*
 * Fills in the seconds of every cell. Errors: a workload refuses its
 * arguments (named); interrupted. A crash is none: its samples will tell.
 */
bool
pilot(plan_t *plan, const place_t *place, progress_t *progress, fault_t *fault);

#endif
