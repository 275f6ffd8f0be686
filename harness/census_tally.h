/*
 * The tally of a census: memory system calls of a process and what it starts,
 * added up by call and by time. How the calls are seen is not its business.
 */
#ifndef EBB_HARNESS_CENSUS_TALLY_H
#define EBB_HARNESS_CENSUS_TALLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fault.h"

/* What is told apart: X(enumerator's end, name in the raw file). */
#define CENSUS_TABLE(X)                           \
	X(MADVISE_DONTNEED, "madvise_dontneed")   \
	X(MADVISE_FREE, "madvise_free")           \
	X(MADVISE_OTHER, "madvise_other")         \
	X(PROCESS_MADVISE, "process_madvise")     \
	X(MUNMAP, "munmap")                       \
	X(MMAP, "mmap")                           \
	X(MREMAP, "mremap") /* grown or shrunk */ \
	X(BRK, "brk")       /* moved */

typedef enum census_call_e {
#define X(end, name) CENSUS_##end,
	CENSUS_TABLE(X)
#undef X
	    CENSUS_CALLS
} census_call_t;

/* The raw file has a row for each so long a time, in ns. */
#define CENSUS_BIN_NS UINT64_C(5000000)

/* Of an event: the ranges' bytes could not be read. */
#define CENSUS_UNKNOWN UINT64_MAX

/* A call, as it was entered. It may have failed. */
typedef struct census_event_s census_event_t;
struct census_event_s {
	uint64_t t_ns; /* CLOCK_MONOTONIC */
	pid_t pid;     /* the process, not the thread */
	long number;   /* SYS_... */
	uint64_t args[6];
	uint64_t ranges_bytes; /* of process_madvise, or CENSUS_UNKNOWN */
};

typedef struct census_sum_s census_sum_t;
struct census_sum_s {
	uint64_t count, bytes;
};

typedef struct census_tally_s census_tally_t;
struct census_tally_s {
	census_sum_t sum[CENSUS_CALLS];
	uint64_t ranges;     /* of process_madvise */
	bool ranges_unknown; /* ... the bytes of some are */
	uint64_t shrunk;     /* bytes that brk gave back */

	/* Private. */
	uint64_t begin_ns;
	census_sum_t (*bins)[CENSUS_CALLS];
	size_t nbins, bins_room;
	struct census_move_s *moves; /* of brk, as they were seen */
	size_t nmoves, moves_room;
};

/* An empty tally of a process that was started at begin_ns. */
void census_tally_init(census_tally_t *tally, uint64_t begin_ns);
void census_tally_release(census_tally_t *tally);

/* Adds an event; those with other numbers are none. */
void census_tally_add(census_tally_t *tally, const census_event_t *event);

/*
 * To be called once, after the last event: brk's bytes come from the distance
 * to the call before in the same process, so its events have to be in order.
 * The first call of a process moves from an unknown place and adds none.
 */
void census_tally_finish(census_tally_t *tally);

/* All numbers under the metrics' names; null for one that is not known. */
json_t *census_tally_json(const census_tally_t *tally);

/*
 * Sets the metrics kernel_...: run less empty, never below 0. With a reason
 * (not ""), there is none, and all are unsupported for it.
 */
void census_tally_metrics(json_t *metrics, const census_tally_t *run,
    const census_tally_t *empty, const char *reason);

/*
 * Writes the raw file: t_ns,call,count,bytes, a row for each bin and call
 * that has events, times from the process's start on.
 */
bool census_tally_write(
    const census_tally_t *tally, const char *path, fault_t *fault);

#endif
