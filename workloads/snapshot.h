/*
 * What may have delayed a thread, as counters: faults and context switches of
 * the thread from the kernel; purges, refills and flushes of thread caches
 * from the statistics page, where the allocator has one. The difference of
 * two snapshots says what happened between them.
 */
#ifndef EBB_WORKLOADS_SNAPSHOT_H
#define EBB_WORKLOADS_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

/* Counters: X(name). The last three are of the whole process, and 0 where
 * there is no page. */
#define SNAPSHOT_TABLE(X) \
	X(minflt)         \
	X(nivcsw)         \
	X(nvcsw)          \
	X(npurge)         \
	X(nfills)         \
	X(nflushes)

typedef struct snapshot_s snapshot_t;
struct snapshot_s {
#define X(name) uint64_t name;
	SNAPSHOT_TABLE(X)
#undef X
};

/* True when this process' allocator has a statistics page. */
bool snapshot_has_page(void);

/* Reads all counters of the calling thread: a system call, and with a page
 * some hundred loads. */
void snapshot_take(snapshot_t *snapshot);

/* The median cost of snapshot_take(), ns. */
uint64_t snapshot_cost(void);

#endif
