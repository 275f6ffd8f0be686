/*
 * The last run: how much ratios deviated when these cells were measured
 * before, for a plan whose pilot could not find out.
 */
#ifndef EBB_HARNESS_LASTRUN_H
#define EBB_HARNESS_LASTRUN_H

#include <jansson.h>

#include "plan.h"
#include "store.h"

/*
 * Fills in the spread of cells that have none from the newest runs below the
 * folder `parent` that may be compared with this one (key.h) and did the same
 * work in the cell: pooled over the arms that both have. Runs that cannot be
 * read are passed over.
 * machine: machine.json of this run.
 */
void lastrun_spread(plan_t *plan, const char *parent, const json_t *machine);

/*
 * The same from one run. folder: how it is called in the spread's source.
 */
void lastrun_take(plan_t *plan, const samples_t *run, const char *folder);

#endif
