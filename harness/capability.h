/*
 * Capabilities: what this run could measure on its machine, and why not the
 * rest. And what looking at the programs cost.
 */
#ifndef EBB_HARNESS_CAPABILITY_H
#define EBB_HARNESS_CAPABILITY_H

#include "summary.h"
#include "table.h"
#include "text.h"

/*
 * Fills the table: each capability, yes or no, with how or why not.
 * troubles: of the figures; NULL when none were drawn.
 * table_release() afterwards.
 */
void capability_table(
    table_t *table, const summary_t *summary, const words_t *troubles);

/* "Sampling used 0.41 % of the time samples' time (at most 1.20 %, in
 * s000012).", or what is missing to say so. The caller frees it. */
char *capability_cost(const dataset_t *data);

#endif
