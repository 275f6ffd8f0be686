/*
 * Tables of a cell for who wants more than its verdicts: effect sizes,
 * percentiles of latency with their intervals, and how the processes' rates
 * developed.
 */
#ifndef EBB_HARNESS_DETAIL_TABLE_H
#define EBB_HARNESS_DETAIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "curve.h"
#include "summary.h"
#include "table.h"

/*
 * Each fills a table. curves: of the cell's time samples, or NULL. Returns
 * false when there is nothing to say. table_release() afterwards, in either
 * case.
 */
typedef bool detail_table_t(table_t *table, const summary_t *summary,
    const curves_t *curves, size_t cell);

/* Of each judged metric and arm: median ratio, Hodges-Lehmann, Cliff's delta,
 * and what the tests say. */
detail_table_t detail_table_effects;
/* Of each percentile and arm: value and ratio to the baseline. */
detail_table_t detail_table_percentiles;
/* Of each arm: how many processes were steady. */
detail_table_t detail_table_pace;

/* All of them, in the order of a report. */
#define DETAIL_TABLES 3
extern detail_table_t *const detail_tables[DETAIL_TABLES];

#endif
