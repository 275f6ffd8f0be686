/*
 * The smallest effect that a plan finds: before anything is measured, from the
 * spread of each cell, its blocks, and the error rate that is left to one
 * comparison when all of its cell are corrected together.
 *
 * Pure.
 */
#ifndef EBB_HARNESS_EFFECT_H
#define EBB_HARNESS_EFFECT_H

#include <jansson.h>
#include <stddef.h>

#include "plan.h"

/* Comparisons in the cell that are corrected together. */
size_t effect_family(const plan_t *plan, const cell_t *cell);

/*
 * The smallest difference, as a log ratio, that the cell's blocks find with
 * DETECTABLE_POWER, at Holm's first and strictest step. NaN: its spread is not
 * known, or the metric carries no verdict. INFINITY: of so few blocks no
 * effect is large enough.
 */
double effect_smallest(const plan_t *plan, const cell_t *cell, judged_t judged);

/* The least number of blocks in which a cell can prove anything. */
unsigned effect_blocks_least(const plan_t *plan, const cell_t *cell);

/* Over the cells that are compared at all, but the controls'. */
typedef struct effect_summary_s effect_summary_t;
struct effect_summary_s {
	size_t known;         /* cells with an effect */
	size_t none;          /* ... with too few blocks for any */
	size_t unknown;       /* ... without a spread */
	double median, worst; /* of the known, as log ratios */
	size_t worst_cell;    /* place in plan->cells */
};

void effect_summarise(
    const plan_t *plan, judged_t judged, effect_summary_t *summary);

/* For plan.json: a number by metric, as a ratio less 1 (0.021 is 2.1 %), or
 * {"unsupported": reason}. */
json_t *effect_to_json(const plan_t *plan, const cell_t *cell);

/* Adds sentences: what the plan finds, and where that is known from. */
void effect_words(const plan_t *plan, words_t *lines);

#endif
