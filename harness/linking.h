/*
 * Linking: the arms of a cell in the ways of linking that a request asks for
 * (--link).
 */
#ifndef EBB_HARNESS_LINKING_H
#define EBB_HARNESS_LINKING_H

#include <stdbool.h>

#include "fault.h"
#include "plan.h"
#include "profile.h"

/* True when the request names any. */
bool linking_asked(const request_t *request);

/*
 * Puts each arm of the cell in each of the ways of linking that are asked for,
 * in place of itself. One that no program is linked with in any of them is left
 * out, which is said in plan->warnings.
 */
void linking_apply(cell_t *cell, const request_t *request, plan_t *plan);

/* Errors: an arm that the request names would be left out so. */
bool
linking_check(const request_t *request, const plan_t *plan, fault_t *fault);

#endif
