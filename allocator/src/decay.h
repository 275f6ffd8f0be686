/*
 * How many unused dirty pages an arena may keep, given when they became dirty:
 * all of a batch at first, half after half the decay time, none after all of
 * it (allocator.md D.9). Pure: it is told the time and the number of dirty
 * pages, and answers with a limit; it neither reads a clock nor purges.
 *
 * The decay time is cut into SMOOTHSTEP_NSTEPS epochs. The owner of a decay_t
 * serializes all calls on it.
 *
 * One use:
 *	if (decay_deadline_reached(d, now)) {
 *		decay_epoch_advance(d, now, ndirty);
 *		if (ndirty > decay_npages_limit(d))
 *			... purge down to the limit ...
 *		decay_ndirty_set(d, ndirty);
 *	}
 * and only then add pages that become dirty now.
 */
#ifndef EBB_DECAY_H
#define EBB_DECAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smoothstep.h"

typedef struct decay_s {
	int64_t time; /* ns a page may stay dirty; 0 at once, -1 for ever */
	uint64_t interval; /* ns of an epoch; at least 1 */
	uint64_t epoch;    /* when the current epoch began */
	uint64_t deadline; /* when to look again: epoch + interval + jitter */
	uint64_t jitter_state; /* prng.h; keeps arenas out of lockstep */
	size_t ndirty;         /* dirty pages at the last look */
	size_t backlog[SMOOTHSTEP_NSTEPS]; /* pages that became dirty in each
					    * past epoch, the last one newest */
} decay_t;

/*
 * Sets up an arena without dirty pages. time_ns >= -1; now is the clock; seed
 * tells the arenas apart.
 */
void decay_init(decay_t *d, int64_t time_ns, uint64_t now, uint64_t seed);

/*
 * Starts again with another decay time: the backlog is empty, so that whatever
 * is dirty has decayed. The caller follows with decay_ndirty_set().
 */
void decay_restart(decay_t *d, int64_t time_ns, uint64_t now);

/*
 * Whether decay_epoch_advance() has something to do: the deadline has come, or
 * the clock went back behind the epoch. Never with a decay time of 0 or -1.
 */
bool decay_deadline_reached(const decay_t *d, uint64_t now);

/*
 * Ages the backlog by the epochs that ended, and books what became dirty since
 * the last look. Call it when the deadline is reached, before pages that become
 * dirty now are counted in ndirty_now: then all the pages to book became dirty
 * in the first of the epochs that ended (or the allocator would have been
 * called, and looked), and silence ages them too. Does nothing before the first
 * epoch has ended.
 */
void decay_epoch_advance(decay_t *d, uint64_t now, size_t ndirty_now);

/* The clock went backwards: the epoch begins now; nothing ages. */
void decay_clock_rewind(decay_t *d, uint64_t now);

/*
 * The number of dirty pages that may stay as of the last advance. 0 with a
 * decay time of 0, SIZE_MAX with -1.
 */
size_t decay_npages_limit(const decay_t *d);

/* Tells the number of dirty pages after a purge. */
void decay_ndirty_set(decay_t *d, size_t ndirty);

#endif /* EBB_DECAY_H */
