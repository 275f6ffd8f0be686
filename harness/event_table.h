/*
 * Tables of what was watched from outside the programs of a cell: system
 * calls (census), counters of the CPU and the kernel, functions (hotspots).
 */
#ifndef EBB_HARNESS_EVENT_TABLE_H
#define EBB_HARNESS_EVENT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "summary.h"
#include "table.h"

/*
 * Each fills a table, a row an arm. When the samples were taken but nothing
 * could be counted, the table has no rows and its detail says why.
 * Returns false when there is nothing to say: no such sample was asked for.
 * table_release() afterwards, in either case.
 */
typedef bool
event_table_t(table_t *table, const summary_t *summary, size_t cell);

event_table_t event_table_census;
event_table_t event_table_counters;
event_table_t event_table_hotspots;
/* Causes of what is above p99.9 in an open loop (tails_table.c). */
event_table_t event_table_tails;

/* All of them, and those of causes (cause_table.h), in the order of a report.
 */
#define EVENT_TABLES 8
extern event_table_t *const event_tables[EVENT_TABLES];

#endif
