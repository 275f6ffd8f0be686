/*
 * What `ebb ab` found: a table of every metric, one line that answers, and a
 * code for scripts.
 */
#ifndef EBB_HARNESS_AB_TABLE_H
#define EBB_HARNESS_AB_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "summary.h"
#include "table.h"

/* Exit codes that say how B is. */
enum { AB_NOT_WORSE = 0, AB_FAILED = 1, AB_WORSE = 3, AB_UNDECIDED = 4 };

/* True for a run that compares one arm against another, named one. */
bool ab_fits(const dataset_t *data);

/* The cell's table: a row a metric, those with verdicts first.
 * table_release() afterwards. */
void ab_table(table_t *table, const summary_t *summary, size_t cell);

/* How B is in the cell, in one sentence; the caller frees it. */
char *ab_answer(const summary_t *summary, size_t cell);

/* The code for all cells. */
int ab_code(const summary_t *summary);

/* Prints tables and answers of all cells. */
void ab_print(const summary_t *summary, FILE *out);

/* Reads the run, prints it, returns its code; AB_FAILED when it cannot be
 * read, which is printed on stderr. */
int ab_conclude(const char *run_dir, FILE *out);

#endif
