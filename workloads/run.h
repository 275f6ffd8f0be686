/*
 * One run of a workload in this process: its keys, its threads, its measured
 * window, and what is counted in it.
 */
#ifndef EBB_WORKLOADS_RUN_H
#define EBB_WORKLOADS_RUN_H

#include "hist.h"
#include "live.h"
#include "params.h"
#include "prng.h"
#include "workload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/* Exit codes of the driver; a run's functions return them. */
enum run_status {
	RUN_OK = 0,
	RUN_FAILED = 1,  /* the system said no: memory, threads, descriptors */
	RUN_USAGE = 2,   /* unknown name or key, bad value */
	RUN_DAMAGED = 3, /* check mode found damaged contents */
};

/* Modes of a body: each is compiled for all four combinations (op.h). */
#define RUN_LATENCY 1u
#define RUN_CHECK 2u

#define RUN_EXTRAS 24
#define RUN_COLUMNS 16
#define RUN_ROWS 1024

/* A number of the record's "extra". */
typedef struct run_extra_s run_extra_t;
struct run_extra_s {
	const char *name;
	double value;
};

/*
 * The record's "cycles": a table of whole numbers, filled by thread 0 or
 * after the threads have ended. Rows beyond RUN_ROWS are dropped.
 */
typedef struct run_table_s run_table_t;
struct run_table_s {
	unsigned ncolumns, nrows;
	const char *column[RUN_COLUMNS];
	uint64_t (*row)[RUN_COLUMNS];
};

/* A thread of the run. Written by that thread only. */
struct thread_s {
	run_t *run;
	unsigned id;
	prng_t rng;                 /* its op stream */
	struct ebb_live_slot *slot; /* its live bytes, for the sampler */
	int64_t live, peak;         /* requested bytes now, and at most */
	uint64_t ops;               /* done in the window, in the row's `op` */
	uint64_t sum;               /* checksum of the op stream so far */
	/* With --latency=1: */
	uint32_t countdown; /* calls until the next one is timed */
	bool odd;           /* the next period is 65, not 63 */
	hist_t *hist;
	/* With --usable=1, of the blocks that were asked about: */
	uint64_t sampled;           /* how many */
	uint64_t requested, usable; /* bytes: asked for, and had */
} __attribute__((aligned(128)));

struct run_s {
	const workload_t *workload;
	params_t params;
	unsigned nthreads;
	unsigned mode; /* RUN_LATENCY | RUN_CHECK */
	bool usable;   /* RUN_LATENCY is for malloc_usable_size, not time */
	bool opened;   /* prepare() was called */
	uint64_t seed;
	void *state; /* the workload's own */
	/* Set by prepare(): ops of each thread; 0: not a loop of equal ops. */
	uint64_t planned;
	thread_t *thread;
	struct ebb_live *live;
	pthread_barrier_t barrier;
	run_table_t cycles;
	run_extra_t extra[RUN_EXTRAS];
	unsigned nextra;
	_Atomic int status; /* enum run_status of the threads' work */
	char error[1024];   /* why the run did not happen, or what is damaged */
	/* The window. */
	uint64_t begin_ns, end_ns;
	uint64_t work_ns; /* set by a body whose work is not all of it */
	uint64_t calls;   /* allocator calls in the window */
	struct rusage usage_begin, usage_end;
	/* Sums over the threads, after run_execute(). */
	uint64_t ops, checksum, live_peak;
	hist_t *hist; /* NULL without --latency=1, or workload->timed */
	/* Set by a body: the same, timed while nothing was allocated. */
	const hist_t *control;
	/* Set by a body with --latency=1: the slowest, with causes, or NULL. */
	const struct tail_s *tail;
	uint64_t clock_ns; /* median cost of two readings of the clock */
};

/*
 * Prepares a run of a workload with arguments "--key=value": parses, scales,
 * maps everything that the window needs.
 * Returns RUN_OK, or another status with the reason in run->error. Call
 * run_close() in either case.
 */
int run_open(
    run_t *run, const workload_t *workload, unsigned argc, char *const *argv);

/*
 * Runs it and sums up.
 * Returns RUN_OK, RUN_DAMAGED or RUN_FAILED, the last two with a reason.
 */
int run_execute(run_t *run);
void run_close(run_t *run);

/* The name of the first case of the workload whose keys all hold, or "". */
const char *run_case(const run_t *run);

/* ------------------------------------------------ for prepare() and body -- */

/* Says why prepare() returns false: a bad value of the user's. */
void run_error(run_t *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Scales a size key down so that bytes, which grow in proportion to the key,
 * fit the memory limit. Returns false after run_error() when that would make
 * the key smaller than least.
 */
bool run_scale(run_t *run, unsigned key, uint64_t bytes, uint64_t least);

/* mem_map() that says why it failed: returns NULL after run_error(). */
void *run_map(run_t *run, size_t count, size_t size);

/* Adds a number to the record's "extra". The name is not copied. */
void run_extra(run_t *run, const char *name, double value);

/* Names the columns of the table of cycles: NULL ends the list. */
void run_columns(run_t *run, const char *const *names);

/* Appends a row to the table of cycles: one value a column. */
void run_row(run_t *run, const uint64_t *values);

/* Waits for all threads of the run. True in exactly one of them. */
bool run_barrier(thread_t *t);

/* Stamps the beginning of a phase: thread 0 does, others return at once. */
void run_phase(thread_t *t, enum ebb_live_kind kind, uint32_t cycle);

/*
 * The measured window: every thread calls both, after thread_count(). All
 * threads are waited for; clock and resource usage are read once.
 */
void run_window_begin(thread_t *t);
void run_window_end(thread_t *t);

/*
 * Accounts for what a thread did since the last call: bytes newly live
 * (negative: freed) and allocator calls made. Cheap, but not meant for every
 * operation: bodies gather a few hundred first.
 */
static inline void
thread_count(thread_t *t, int64_t bytes, uint64_t calls)
{
	t->live += bytes;
	if (t->live > t->peak)
		t->peak = t->live;
	live_add(t->slot, bytes, calls);
}

/*
 * Notes, from any thread, that the system refused something the work needs;
 * the run ends with RUN_FAILED and the first reason.
 */
void run_fail(thread_t *t, const char *what, int error);

/* Notes that a block did not verify; the run ends with RUN_DAMAGED. */
void run_damage(thread_t *t, const void *block, size_t size);

#endif
