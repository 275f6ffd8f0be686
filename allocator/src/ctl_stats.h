/*
 * The snapshot of statistics that mallctl reads: a copy of every arena's
 * counters, and their sums. Meanings: allocator.md C.18.
 */
#ifndef EBB_CTL_STATS_H
#define EBB_CTL_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "mutex.h"

/* Objects of one of the three kinds of size. */
typedef struct ctl_total_s {
	size_t allocated;
	uint64_t nmalloc;
	uint64_t ndalloc;
	uint64_t nrequests;
} ctl_total_t;

#define CTL_NHCHUNKS (NSIZES - NBINS - NLCLASSES)

typedef struct ctl_arena_s {
	unsigned nthreads;
	ssize_t lg_dirty_mult;
	int64_t decay_time; /* ns; -1: never */
	size_t pactive;
	size_t pdirty;
	size_t mapped;
	size_t retained;
	size_t metadata_mapped;
	uint64_t npurge;
	uint64_t nmadvise;
	uint64_t purged;
	ctl_total_t small;
	ctl_total_t large;
	ctl_total_t huge;
	arena_bin_stats_t bins[NBINS];
	arena_class_stats_t lruns[NLCLASSES];
	arena_class_stats_t hchunks[CTL_NHCHUNKS];
} ctl_arena_t;

typedef struct ctl_stats_s {
	uint64_t epoch; /* snapshots taken so far */
	size_t allocated;
	size_t active;
	size_t metadata;
	size_t resident;
	size_t mapped;
	size_t retained;
	ctl_arena_t all; /* sums over the arenas; for new arenas' settings */
} ctl_stats_t;

/* Guards the snapshot. */
extern EBB_HIDDEN malloc_mutex_t ctl_mtx;
extern EBB_HIDDEN ctl_stats_t ctl_stats; /* guard: ctl_mtx */

/*
 * The current ceiling of `active`: pages in use, each arena's rounded up to
 * chunks. mallctl hands out its address. As of the last snapshot: a counter
 * that is always exact would be one cache line that all arenas write.
 */
extern EBB_HIDDEN size_t ctl_cactive;

/* Takes a snapshot; needs no lock and may hold none. true: no memory, and
 * nothing changed. */
bool ctl_stats_refresh(void);
/* Likewise, if there is none yet. */
bool ctl_stats_need(void);

/* An arena's part, or the sums if ind is the number of arenas or
 * CTL_ARENAS_ALL. NULL: it is not in the snapshot. ctl_mtx is held. */
const ctl_arena_t *ctl_stats_arena(size_t ind);

#endif /* EBB_CTL_STATS_H */
