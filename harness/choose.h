/*
 * The choices that are made of a plan's size once it is known how long its
 * samples take: what the pilot learns beside, blocks, looks.
 */
#ifndef EBB_HARNESS_CHOOSE_H
#define EBB_HARNESS_CHOOSE_H

#include <jansson.h>
#include <stdbool.h>

#include "options.h"
#include "place.h"
#include "plan.h"
#include "profile.h"
#include "progress.h"
#include "run.h"

/*
 * Learns how much the ratios of each cell deviate: from a few samples
 * (study.h), and, where these would take too long, from runs before
 * (lastrun.h). Of other commands only when a budget is asked for.
 * Errors: as study().
 */
bool choose_spreads(plan_t *plan, const options_t *options,
    const run_kind_t *kind, const profile_t *profile, const place_t *place,
    const json_t *machine, progress_t *progress, fault_t *fault);

/* The blocks of every cell; spent: seconds since the command began. */
void choose_blocks(plan_t *plan, const options_t *options,
    const run_kind_t *kind, const profile_t *profile, double spent);

/* The points at which cells may end before all of their blocks are done. */
void choose_looks(plan_t *plan, const run_kind_t *kind);

#endif
