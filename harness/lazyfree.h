/*
 * LazyFree: pages that the allocator gave back with MADV_FREE. The kernel
 * takes them only when it needs memory; until then they count as resident, so
 * RSS alone says that nothing was given back.
 */
#ifndef EBB_HARNESS_LAZYFREE_H
#define EBB_HARNESS_LAZYFREE_H

#include <stdbool.h>
#include <stddef.h>

#include "curve.h"

/* LazyFree is read rarely: fewer readings a sample are no curve. */
#define LAZYFREE_READINGS_LEAST 3
/* From this part of RSS on, RSS misleads and the report says so. */
#define LAZYFREE_LARGE 0.2

/* The greatest rise of LazyFree in an arm's median curve. */
typedef struct lazyfree_s lazyfree_t;
struct lazyfree_s {
	double part;           /* of RSS, at most */
	double begin_s, end_s; /* from 5 % to 95 % of the rise */
	double rss[2];         /* bytes, at its begin and end */
	double rss_less[2];    /* the same without LazyFree */
	bool curve;            /* readings enough for the above */
};

/* Of the two kinds of samples, the one in which LazyFree was read more often.
 */
const curves_t *lazyfree_curves(const cell_curves_t *cell);

/* Returns false, and leaves *rise alone, when there is no LazyFree. */
bool lazyfree_find(const curve_t *curve, double step_s, lazyfree_t *rise);

#endif
