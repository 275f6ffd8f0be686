/*
 * The observer: a thread that looks at one running process from outside.
 *
 * Every tick it reads /proc/PID/statm, the faults of /proc/PID/stat, the live
 * page, and ebb's statistics page by process_vm_readv; smaps_rollup, which
 * walks page tables under the process's memory lock, and with it the size of
 * these, far less than 1 % of the time, and never in a latency sample. All on
 * CLOCK_MONOTONIC. Ticks come as often as its own use of a CPU stays below 1 %;
 * that use is part of the result.
 */
#ifndef EBB_HARNESS_OBSERVER_H
#define EBB_HARNESS_OBSERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "binding.h"
#include "fault.h"
#include "live.h"
#include "series.h"
#include "stats_reader.h"

typedef struct observer_s observer_t;
struct observer_s {
	/* Set by the caller before observer_start(). */
	pid_t pid;
	const struct ebb_live *live; /* NULL: the process has none */
	int probe_fd;                /* where the probe writes; 0: no probe */
	uint64_t tick_ns;     /* between readings, at least; doubles in long
			       * samples */
	bool rollup;          /* smaps_rollup may be read */
	unsigned rollup_duty; /* ... for 1/rollup_duty of the time; 0: so
			       * seldom that all observing stays below 1 % */

	placement_t *placement; /* gets where the pages are, once, when the
				 * work has begun; NULL: nobody asks */

	/* Results, after observer_stop(). */
	series_t series;
	uint64_t cpu_ns;  /* used by the thread */
	uint64_t ticks;   /* readings */
	uint64_t rollups; /* ... of smaps_rollup */
	double rss_error; /* greatest share by which statm is beside it */

	/* Private. */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond, read;
	/* guarded by mutex: the end, or a reading now, is asked for; that
	 * reading is being taken */
	bool stop, asked, reading;
	int statm_fd, stat_fd, status_fd, rollup_fd;
	uint64_t rollup_next_ns, rollup_cpu_ns;
	stats_reader_t reader;
};

/* Starts the thread. Errors: no thread can be made. */
bool observer_start(observer_t *observer, fault_t *fault);

/* Returns when a reading was taken that began after the call. */
void observer_read(observer_t *observer);

/*
 * Ends the thread. To be called while the process, ended or not, still has
 * its number. The caller releases observer->series.
 */
void observer_stop(observer_t *observer);

#endif
