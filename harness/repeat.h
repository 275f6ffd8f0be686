/*
 * Commands that repeat a number, as a shell takes them.
 */
#ifndef EBB_HARNESS_REPEAT_H
#define EBB_HARNESS_REPEAT_H

#include <stddef.h>

#include "dataset.h"

/*
 * The command of the cell's first sample that gave numbers, preferably of one
 * of our arms. The caller frees it; NULL when there is none.
 */
char *repeat_sample(const dataset_t *data, size_t cell);

/* The `ebb run` that measures the cell again. The caller frees it. */
char *repeat_cell(const dataset_t *data, size_t cell);

#endif
