/*
 * The pre-flight: before anything is measured, each arm runs once with each
 * option string that the plan gives it, and must prove what it is. A mistyped
 * option or path is refused here, and no number is written.
 */
#ifndef EBB_HARNESS_PREFLIGHT_H
#define EBB_HARNESS_PREFLIGHT_H

#include <stdbool.h>

#include "fault.h"
#include "place.h"
#include "plan.h"

/*
 * Runs it for every arm that a cell uses. Learns the build-id of glibc's
 * arm. An arm that crashes or hangs is no error, its samples will say so;
 * plan->warnings gets a word about it. A plan with controls has false arms
 * tried too (control_refusals()).
 * Errors: an arm is not what it should be; interrupted.
 */
bool preflight(plan_t *plan, const place_t *place, fault_t *fault);

#endif
