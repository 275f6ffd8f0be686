/*
 * Seeing memory system calls at a tracepoint (perf_event_open): an event on
 * every CPU, inherited by what this thread starts, and silent until that
 * executes its program.
 */
#ifndef EBB_HARNESS_CENSUS_PERF_H
#define EBB_HARNESS_CENSUS_PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "census_tally.h"
#include "fault.h"

/* Of a ring's data: the records of some 20 000 calls. */
#define CENSUS_PERF_RING ((size_t)2 << 20)

/* The tracepoint, and where its fields lie in a raw record. */
typedef struct census_point_s census_point_t;
struct census_point_s {
	uint64_t id;
	size_t number_at, args_at;
};

typedef struct census_ring_s census_ring_t;
struct census_ring_s {
	int fd;
	void *page; /* struct perf_event_mmap_page, the data behind it */
};

typedef struct census_perf_s census_perf_t;
struct census_perf_s {
	census_ring_t *rings;
	size_t n;
	size_t size; /* of a ring's data */
	census_point_t point;
	uint64_t seen; /* events read so far */
};

/*
 * Reads the numbers out of the text of the tracepoint's file `format`.
 * Errors: it does not describe raw_syscalls:sys_enter as we know it.
 */
bool
census_point_parse(census_point_t *point, const char *format, fault_t *fault);

/*
 * Opens the events of the calling thread: the next process that it starts is
 * counted from its exec on. size: of each ring's data, a power of two of at
 * least a page. Errors: tracepoints are not permitted, or not there; then
 * nothing is left open.
 */
bool census_perf_open(census_perf_t *perf, size_t size, fault_t *fault);
void census_perf_close(census_perf_t *perf);

/* Moves what the rings hold into the tally. */
void census_perf_drain(census_perf_t *perf, census_tally_t *tally);

/*
 * Waits until a ring is half full or other_fd can be read. Returns true for
 * the latter.
 */
bool census_perf_wait(const census_perf_t *perf, int other_fd);

/*
 * Events that the kernel counted and no ring holds. Exact once the processes
 * have ended and the rings are drained.
 */
uint64_t census_perf_lost(const census_perf_t *perf);

#endif
