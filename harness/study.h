/*
 * The study: the second half of the pilot. It takes a few pairs of samples of
 * a cell's baseline and one other arm, in every order of linking, to learn how
 * much ratios deviate from block to block and at which level of repetition
 * that arises (levels.h). Nothing of it is recorded as a sample.
 */
#ifndef EBB_HARNESS_STUDY_H
#define EBB_HARNESS_STUDY_H

#include <stdbool.h>

#include "fault.h"
#include "place.h"
#include "plan.h"
#include "progress.h"

/*
 * Fills in spread and levels of cells whose seconds are known, the cheapest
 * first, as long as all of it takes at most so many seconds: the levels of at
 * most three workloads, the spread of as many cells as fit. What does not fit
 * stays unknown.
 * Errors: interrupted; no process can be made. A sample that fails is none.
 */
bool study(plan_t *plan, const place_t *place, double seconds,
    progress_t *progress, fault_t *fault);

/* Adds a sentence on each cell whose levels were found. */
void study_words(const plan_t *plan, words_t *lines);

#endif
