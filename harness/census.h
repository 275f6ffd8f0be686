/*
 * The census: what memory a process asks of the kernel and gives back, by
 * counting its system calls in the kernel, the same way for every allocator.
 *
 * Order of use: census_open() before launch_start() in the same thread,
 * census_start() behind it, census_end() before launch_reap().
 */
#ifndef EBB_HARNESS_CENSUS_H
#define EBB_HARNESS_CENSUS_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "census_notify.h"
#include "census_perf.h"
#include "census_tally.h"
#include "fault.h"
#include "launch.h"
#include "place.h"

typedef enum census_method_e {
	CENSUS_NONE,         /* neither is permitted */
	CENSUS_TRACEPOINTS,  /* the process does not notice */
	CENSUS_NOTIFICATION, /* each call waits 8 to 55 us for us */
	CENSUS_METHODS
} census_method_t;

/*
 * Which method there is here, tried out once. *why: why not the one before
 * it, "" for tracepoints; it stays valid.
 */
census_method_t census_method(const place_t *place, const char **why);

/* The same as {"method":"tracepoints"|"notification"|"none","why":...}. */
json_t *census_method_json(const place_t *place);

typedef struct census_s census_t;
struct census_s {
	const place_t *place;

	/* Results, after census_end(). */
	census_method_t method;
	census_tally_t tally;
	uint64_t lost;   /* calls that were seen but not read */
	fault_t failure; /* why it is no count, or "" */

	/* Private. */
	census_perf_t perf;
	census_notify_t notify;
	int stop_fd; /* an eventfd */
	bool running;
	pthread_t thread;
};

/*
 * Makes ready to count the next process; launch may be changed, and what it
 * names has to stay until census_end(). Where there is no method, or it fails,
 * that is the failure, and the process runs uncounted.
 */
void census_open(census_t *census, const place_t *place, launch_t *launch);

/* Counts from now on; no census (NULL): nothing. Errors: no thread can be
 * made; the process may not get on. */
bool census_start(census_t *census, const process_t *process, fault_t *fault);

/*
 * To be called when the process has ended and is not yet reaped, or when it
 * could not be started. Completes the results and gives back all else.
 */
void census_end(census_t *census);

/* Frees the results. */
void census_release(census_t *census);

#endif
