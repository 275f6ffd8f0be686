/*
 * Provenance: where the numbers come from. Machine, arms with what they
 * proved to be, what could not be measured and why, warnings.
 */
#ifndef EBB_HARNESS_PROVENANCE_H
#define EBB_HARNESS_PROVENANCE_H

#include <stddef.h>

#include "summary.h"
#include "table.h"
#include "text.h"

/* Each fills a table; table_release() afterwards. */
void provenance_machine(table_t *table, const dataset_t *data);
void provenance_arms(table_t *table, const dataset_t *data);
void provenance_gaps(table_t *table, const summary_t *summary);
void provenance_warnings(table_t *table, const dataset_t *data);

/* One line: when, with which commit, on what machine. The caller frees. */
char *provenance_age(const dataset_t *data);

#endif
