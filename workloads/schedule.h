/*
 * A schedule of an open loop: when each request begins and ends, whatever
 * the server does meanwhile.
 *
 * Requests arrive with exponential gaps, so that those of the past say
 * nothing about the next; each is held for a log-normal time and then ends.
 * The events are in order of time, and each names one of the slots, of which
 * there are as many as requests are ever held at once. All is computed
 * beforehand from a seed.
 */
#ifndef EBB_WORKLOADS_SCHEDULE_H
#define EBB_WORKLOADS_SCHEDULE_H

#include "lognormal.h"
#include "prng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct schedule_event_s schedule_event_t;
struct schedule_event_s {
	uint64_t due_ns;  /* after the schedule's beginning */
	uint32_t request; /* number of the request, from 0 */
	uint32_t slot;    /* that holds it: free before, and again after */
	bool ends;        /* the request ends; else it begins */
};

typedef struct schedule_s schedule_t;
struct schedule_s {
	schedule_event_t *event; /* ascending by due_ns; two a request */
	size_t nevents;
	uint32_t nslots;
};

/* What schedule_build() needs for each request, beside two events. */
typedef struct schedule_work_s schedule_work_t;
struct schedule_work_s {
	schedule_event_t held; /* a heap of those that have not ended */
	uint32_t free;         /* a stack of slots */
};

/*
 * Fills schedule->event, which the caller provides with room for 2 * requests
 * (at most 2^31 of them), and the numbers beside it. rate: requests a second;
 * hold: how long, ns. work: of as many items as requests, of any content.
 */
void schedule_build(schedule_t *schedule, uint32_t requests, double rate,
    const lognormal_t *hold, prng_t *rng, schedule_work_t *work);

#endif
