/*
 * The budget: the time that a run may take, and the plan that fits into it.
 *
 * Pure.
 */
#ifndef EBB_HARNESS_BUDGET_H
#define EBB_HARNESS_BUDGET_H

#include <stdbool.h>

#include "fault.h"
#include "plan.h"

/*
 * Reads "90s", "20m", "1.5h" or "1h30m" as seconds. Errors: it is of another
 * form, without a unit, not above 0, or longer than a month.
 */
bool budget_parse(const char *text, double *seconds, fault_t *fault);

/* What is left of the seconds of a run for pilot and samples: without the
 * report, which takes some seconds. */
double budget_of_samples(double seconds);

/*
 * Chooses the blocks of time samples of every cell so that the plan takes at
 * most so many seconds: as many whole Williams squares as fit, about as many
 * blocks in each cell; what is left over goes to the cells with fewest. Where
 * one square of each does not fit, the same number of blocks in each, an even
 * one if it can be (a row and its mirror balance mean positions). Other kinds
 * of samples are cut to one block each if that is needed, and left out, the
 * dearest first, while they take more than a third of the time; a cell that has
 * nothing else is forgotten, and arms that only it has. The controls keep their
 * blocks, but for those beyond a sixth of the time: without one they are left
 * out. Hotspots come on top.
 * Adds warnings for what it had to do.
 */
void budget_fit(plan_t *plan, double seconds);

#endif
