/*
 * The arenas of one sample, read back from raw/<id>.arenas: a line each.
 */
#ifndef EBB_HARNESS_ARENA_ROWS_H
#define EBB_HARNESS_ARENA_ROWS_H

#include <stddef.h>

#include "series.h"

typedef struct arena_row_s arena_row_t;
struct arena_row_s {
	unsigned arena;
	double pactive_most, pdirty_most; /* pages, of all readings */
	double pdirty_end;                /* pages, at the last one */
	double npurge, nmadvise, purged;  /* by the last one */
};

/*
 * Fills rows (SERIES_ARENAS) in the order of the arenas' numbers. Returns how
 * many: 0 when the file cannot be read or is of another form; a torn last line
 * is left out.
 */
size_t arena_rows_read(arena_row_t *rows, const char *path);

#endif
