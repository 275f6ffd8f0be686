/*
 * A workload: one row of the registry, defined in the workload's own file.
 *
 * The driver parses the keys, calls prepare() and setup() on the main thread,
 * then body() on every thread of the run, then release(). body() does
 * everything from building its blocks to freeing them, and marks the measured
 * window by run_window_begin() and run_window_end() (run.h).
 */
#ifndef EBB_WORKLOADS_WORKLOAD_H
#define EBB_WORKLOADS_WORKLOAD_H

#include "params.h"

#include <stdbool.h>

typedef struct run_s run_t;
typedef struct thread_s thread_t;

/* Which numbers of threads make sense. */
typedef enum workload_threads {
	WORKLOAD_THREADS_ANY,
	WORKLOAD_THREADS_ONE,
	WORKLOAD_THREADS_EVEN
} workload_threads_t;

/* A named configuration of the default plan; a row with name NULL ends the
 * table. */
typedef struct workload_case_s workload_case_t;
struct workload_case_s {
	const char *name;
	const char *args; /* "--key=value --key=value" */
	bool more;        /* not in the default plan; for workload-gbench */
};

typedef struct workload_s workload_t;
struct workload_s {
	const char *name;
	const char *summary; /* one line: what it does */
	const char *shows;   /* one sentence: what its numbers tell apart */
	const char *op;      /* what one of its ops is */
	const char *arms;    /* variants it tells apart: "decay ratio" */
	workload_threads_t threads;
	bool latency; /* single calls can be timed (--latency=1) */
	/* What is timed in every run, in place of single calls with
	 * --latency=1: "half of a request"; else NULL. */
	const char *timed;
	const param_t *params;        /* its own keys */
	const workload_case_t *cases; /* at least one */
	const char *smoke;            /* keys that make a sample of <= 0.3 s */
	const char *defaults; /* keys for the default plan: <= 1 s of work */

	/*
	 * Checks what the table of keys cannot say, scales sizes down to the
	 * memory limit (params_set), maps bookkeeping into run->state; makes
	 * no allocator call. Returns false after run_error().
	 */
	bool (*prepare)(run_t *run);
	/* Allocates on the main thread before the others exist; may be NULL. */
	void (*setup)(run_t *run);
	void (*body)(thread_t *thread);
	/* Unmaps what prepare() mapped, also when that failed half-way. */
	void (*release)(run_t *run);
};

#endif
