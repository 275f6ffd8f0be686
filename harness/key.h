/*
 * The comparison key: what two runs must share before their numbers may be
 * compared. Of the machine it is what changes what an allocator costs and
 * stays the same from one day to the next: processor, kernel, settings of
 * memory, C library, compiler; no frequency, load or free memory, which are
 * never the same twice. Of the plan it is how samples are bound, and of a cell
 * the work that is done.
 *
 * It is computed from machine.json, plan.json and the samples, so that any
 * run has one. What an earlier ebb did not write down is no difference; what
 * is written down as null is "none".
 */
#ifndef EBB_HARNESS_KEY_H
#define EBB_HARNESS_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "store.h"
#include "text.h"

/*
 * Adds each difference in words, as "kernel 6.1.0 against 6.18.2", a's first.
 * Returns how many there are: 0 when the runs may be compared.
 */
size_t
key_compare(const samples_t *a, const samples_t *b, words_t *differences);

/*
 * Compares what the cell of that name did in both runs: its arguments and
 * options, the parameters that its workload stated (sizes scaled down to the
 * memory there was are among them), and its operations. These are the same
 * when the workload program is, or when samples of the same seed state the
 * same checksum of their operations.
 * Returns NULL when it is the same work, else the difference in words, which
 * the caller frees.
 */
char *
key_work_compare(const samples_t *a, const samples_t *b, const char *cell);

#endif
