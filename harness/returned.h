/*
 * What the kernel got back: bytes over time, by call, from the raw files of
 * census samples, on the grid of the cell's curves.
 */
#ifndef EBB_HARNESS_RETURNED_H
#define EBB_HARNESS_RETURNED_H

#include <stdbool.h>
#include <stddef.h>

#include "curve.h"
#include "dataset.h"
#include "fault.h"

typedef enum returned_call_e {
	RETURNED_DONTNEED,
	RETURNED_FREE,
	RETURNED_PROCESS_MADVISE,
	RETURNED_MUNMAP,
	RETURNED_CALLS
} returned_call_t;

/* As in the column "call" of raw/<id>.census. */
extern const char *const returned_call_names[RETURNED_CALLS];

typedef struct returned_s returned_t;
struct returned_s {
	size_t samples; /* 0: the rest is empty */
	/* Bytes from the start of the process until then; the median of the
	 * samples. */
	double bytes[RETURNED_CALLS][CURVE_POINTS];
};

/*
 * Reads the census of all ok samples of the arm in the cell. step_s: of the
 * grid, as in curves_t.
 * Errors: a file cannot be read or is none of a census; what could be read is
 * in *returned.
 */
bool returned_read(returned_t *returned, const dataset_t *data, size_t cell,
    size_t arm, double step_s, fault_t *fault);

#endif
