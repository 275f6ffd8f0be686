/*
 * Regret: pages given back to the kernel that were needed again soon.
 *
 * A series shows how many pages were purged and how many faults there were
 * between readings, not which pages. So this is the greatest number that fits
 * what was seen: each fault that new memory does not explain brings back one
 * page purged within tau before it, the longest purged one first. No other
 * order matches more (earliest deadline first), so it errs to one side only.
 * New memory explains as many faults as active and dirty pages together grow
 * beyond the most they ever were.
 */
#ifndef EBB_HARNESS_REGRET_H
#define EBB_HARNESS_REGRET_H

#include <stdbool.h>
#include <stdint.h>

#include "series.h"

typedef struct regret_s regret_t;
struct regret_s {
	double purged;   /* pages, in the window */
	double watched;  /* of them: tau or more before its end */
	double returned; /* of the watched: faulted again within tau */
	double faults;   /* in the window */
	double first;    /* of them: explained by new memory */
};

/*
 * Over [begin, end] of the series. A purge and a fault between the same two
 * readings count as in this order.
 * Returns true, and leaves *regret alone, when the window has no two readings
 * of purged pages, faults, active and dirty pages.
 */
bool regret_count(const series_t *series, uint64_t begin, uint64_t end,
    uint64_t tau_ns, regret_t *regret);

#endif
