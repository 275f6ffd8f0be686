/*
 * The calling thread's system calls for memory, counted by the kernel for the
 * thread itself: madvise, process_madvise, munmap, mmap, mremap, brk. For
 * allocators that do not tell what they give back.
 *
 * A tracepoint with a filter writes a record of 8 bytes for each into a ring
 * that the thread shares with the kernel, so a reading is a load and no
 * system call.
 */
#ifndef EBB_WORKLOADS_MEMCALLS_H
#define EBB_WORKLOADS_MEMCALLS_H

#include <stdint.h>

typedef struct memcalls_s memcalls_t;
struct memcalls_s {
	int fd;
	void *ring; /* a struct perf_event_mmap_page, then the records */
};

/*
 * Begins to count the calling thread's calls.
 * Returns NULL, or why that is not permitted or possible: a string that
 * stays. memcalls_close() only after success, by the same thread.
 */
const char *memcalls_open(memcalls_t *calls);
void memcalls_close(memcalls_t *calls);

/* Calls so far; those beyond 500 between two readings are not counted. */
uint64_t memcalls_count(memcalls_t *calls);

#endif
