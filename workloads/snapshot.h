/*
 * What may have delayed a thread, as counters: faults and context switches of
 * the thread from the kernel; purges, refills and flushes of thread caches
 * from the statistics page, where the allocator has one; else the thread's
 * system calls for memory, where the kernel lets it count them. The
 * difference of two snapshots says what happened between them.
 */
#ifndef EBB_WORKLOADS_SNAPSHOT_H
#define EBB_WORKLOADS_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

/* Of the thread, by a system call: X(name). */
#define SNAPSHOT_USAGE(X) \
	X(minflt)         \
	X(majflt)         \
	X(nivcsw)         \
	X(nvcsw)
/* Of the page: of the whole process, or of the arena of a bound thread; 0
 * where there is no page. */
#define SNAPSHOT_PAGE(X) \
	X(npurge)        \
	X(nmadvise)      \
	X(purged)        \
	X(nfills)        \
	X(nflushes)
/* Of a bound thread where there is no page; else 0. */
#define SNAPSHOT_CALLS(X) X(memcalls)

#define SNAPSHOT_TABLE(X) \
	SNAPSHOT_USAGE(X) \
	SNAPSHOT_PAGE(X)  \
	SNAPSHOT_CALLS(X)

typedef struct snapshot_s snapshot_t;
struct snapshot_s {
#define X(name) uint64_t name;
	SNAPSHOT_TABLE(X)
#undef X
};

/* True when this process' allocator has a statistics page. */
bool snapshot_has_page(void);

/*
 * Makes the calling thread's snapshots its own: the page's counters are those
 * of its arena alone, and where there is no page its memory calls are
 * counted. Calls the allocator. Returns why these calls cannot be counted,
 * or NULL. Without it, snapshots are of the whole process.
 */
const char *snapshot_bind(void);
void snapshot_unbind(void);

/* Reads all counters of the calling thread: a system call, and with a page
 * some hundred loads. */
void snapshot_take(snapshot_t *snapshot);

/* Reads what takes no system call; the rest of *snapshot stays. */
void snapshot_glance(snapshot_t *snapshot);

/* What happened between a and the later b. */
snapshot_t snapshot_since(const snapshot_t *a, const snapshot_t *b);

/* Adds what happened in two stretches. */
snapshot_t snapshot_sum(const snapshot_t *a, const snapshot_t *b);

/* The median cost of snapshot_take(), ns. */
uint64_t snapshot_cost(void);

#endif
