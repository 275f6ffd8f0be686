/*
 * The palette: one colour and one marker an allocator, in every figure and
 * table. It is the datablock $palette of plots/common.gp, which gnuplot reads
 * too, so that there is one list. An arm without a row of its own gets one of
 * the rows named spare1, spare2, ...
 */
#ifndef EBB_HARNESS_PALETTE_H
#define EBB_HARNESS_PALETTE_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset.h"
#include "fault.h"

#define PALETTE_MAX 40

typedef struct palette_row_s palette_row_t;
struct palette_row_s {
	char name[40];
	char light[8], dark[8]; /* "#rrggbb", on white and on black */
};

typedef struct palette_s palette_t;
struct palette_s {
	palette_row_t rows[PALETTE_MAX];
	size_t n;
	/* Row of each arm of the dataset. */
	size_t *of_arm;
};

/*
 * Reads the datablock from a script and gives each arm its row.
 * Errors: the file cannot be read, or has no rows of the right form; the
 * palette then gives every arm the same grey.
 * palette_release() afterwards, also after an error.
 */
bool palette_read(palette_t *palette, const char *path, const dataset_t *data,
    fault_t *fault);
void palette_release(palette_t *palette);

const palette_row_t *palette_of(const palette_t *palette, size_t arm);

#endif
