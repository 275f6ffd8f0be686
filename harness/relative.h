/*
 * Values of one arm that can be put beside those of another run: logarithms,
 * block by block, relative to a reference arm where there is one. Reference
 * and arm ran in the same block, so what the machine did to both, on that day
 * or in that minute, is out of the ratio.
 */
#ifndef EBB_HARNESS_RELATIVE_H
#define EBB_HARNESS_RELATIVE_H

#include <stddef.h>

#include "dataset.h"
#include "metric.h"

#define RELATIVE_NONE ((size_t)-1)

/*
 * The arm that can be the reference of comparisons with other runs: the C
 * library's allocator, which is the same file as long as the comparison key
 * (key.h) is the same. RELATIVE_NONE when the run has no such arm.
 */
size_t relative_reference(const dataset_t *data);

/*
 * The logarithms of the arm's values, or of its ratios to the reference, one
 * for each block that has them; out has room for data->nblocks.
 * reference: RELATIVE_NONE for values as they are.
 * Returns how many there are: none when the arm has a 0 in any block, which
 * has no logarithm, and without which the others would say something else.
 */
size_t relative_logs(const dataset_t *data, size_t cell, size_t arm,
    size_t reference, const metric_t *metric, double *out);

/* The cell, or arm, of that name; RELATIVE_NONE when there is none. */
size_t relative_cell(const dataset_t *data, const char *name);
size_t relative_arm(const dataset_t *data, const char *name);

#endif
