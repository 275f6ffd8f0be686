/*
 * The tables of a cell: what its arms did, against the baseline.
 */
#ifndef EBB_HARNESS_VERDICT_TABLE_H
#define EBB_HARNESS_VERDICT_TABLE_H

#include <stddef.h>

#include "summary.h"
#include "table.h"

/*
 * The verdict table: a row an arm with throughput, work time against the
 * baseline, latency, memory, purging. For a cell of Google Benchmark: a row
 * a case and arm. table_release() afterwards.
 */
void verdict_table(table_t *table, const summary_t *summary, size_t cell);

/*
 * Single fields, for other tables of the same: a metric's value in a row, its
 * ratio to the baseline with its interval, its verdict. What is not there says
 * why.
 */
void verdict_put_value(table_t *table, const summary_row_t *row, size_t metric);
void verdict_put_ratio(table_t *table, const summary_t *summary, size_t cell,
    size_t arm, const summary_value_t *value);
void verdict_put_verdict(table_t *table, const summary_t *summary, size_t cell,
    size_t arm, const summary_value_t *value);

/* One metric in full: n, median, interval, MAD, ratio, effect size, p. */
void
metric_table(table_t *table, const summary_t *summary, size_t cell, size_t m);

/* How to read the columns of a verdict table, in a few sentences. */
char *verdict_table_legend(const summary_t *summary);

#endif
