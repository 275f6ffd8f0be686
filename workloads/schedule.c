#include "schedule.h"

#include <math.h>

/* -------------------------------------- a heap of ends, the earliest first */

static bool
ends_before(const schedule_event_t *a, const schedule_event_t *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns
				      : a->request < b->request;
}

static void
heap_push(schedule_work_t *heap, uint32_t n, schedule_event_t event)
{
	while (n != 0 && ends_before(&event, &heap[(n - 1) / 2].held)) {
		heap[n].held = heap[(n - 1) / 2].held;
		n = (n - 1) / 2;
	}
	heap[n].held = event;
}

/* Takes the earliest of n + 1 events; n remain. */
static schedule_event_t
heap_pop(schedule_work_t *heap, uint32_t n)
{
	schedule_event_t first = heap[0].held, last = heap[n].held;
	size_t at = 0, child;
	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n &&
		    ends_before(&heap[child + 1].held, &heap[child].held))
			child++;
		if (!ends_before(&heap[child].held, &last))
			break;
		heap[at].held = heap[child].held;
		at = child;
	}
	heap[at].held = last;
	return first;
}

/* ------------------------------------------------------------------ build */

/* An exponential gap of mean 1. */
static double
gap(prng_t *rng)
{
	return -log(((double)(prng_next(rng) >> 11) + 1) * 0x1p-53);
}

void
schedule_build(schedule_t *schedule, uint32_t requests, double rate,
    const lognormal_t *hold, prng_t *rng, schedule_work_t *work)
{
	schedule_event_t *event = schedule->event;
	uint32_t nheld = 0, nfree = 0;
	double now = 0;
	schedule->nslots = 0;
	for (uint32_t i = 0; i <= requests; i++) {
		now += gap(rng) * 1e9 / rate;
		uint64_t due = i < requests ? (uint64_t)now : UINT64_MAX;
		while (nheld != 0 && work[0].held.due_ns <= due) {
			*event = heap_pop(work, --nheld);
			work[nfree++].free = event++->slot;
		}
		if (i == requests)
			break;
		uint32_t slot =
		    nfree != 0 ? work[--nfree].free : schedule->nslots++;
		*event = (schedule_event_t){due, i, slot, false};
		schedule_event_t end = *event++;
		end.due_ns += lognormal_next(hold, rng);
		end.ends = true;
		heap_push(work, nheld++, end);
	}
	schedule->nevents = (size_t)(event - schedule->event);
}
