/*
 * Tables of the causes of a cell's numbers: what became of freed pages,
 * fragmentation and giving back, thread caches, and single arenas.
 */
#ifndef EBB_HARNESS_CAUSE_TABLE_H
#define EBB_HARNESS_CAUSE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "summary.h"
#include "table.h"

/*
 * Each fills a table, a row an arm (cause_table_arenas: an arena of an arm).
 * Returns false when the run has nothing to say, as one of before these were
 * measured. table_release() afterwards, in either case.
 */
bool cause_table_pages(table_t *table, const summary_t *summary, size_t cell);
bool cause_table_memory(table_t *table, const summary_t *summary, size_t cell);
bool cause_table_caches(table_t *table, const summary_t *summary, size_t cell);
bool cause_table_arenas(table_t *table, const summary_t *summary, size_t cell);

#endif
