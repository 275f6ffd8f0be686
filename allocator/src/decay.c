#include "decay.h"

#include <string.h>

#include "assert.h"
#include "prng.h"

#define NEPOCHS SMOOTHSTEP_NSTEPS

static void
decay_deadline_init(decay_t *d)
{
	d->deadline =
	    d->epoch + d->interval + prng_range(&d->jitter_state, d->interval);
}

/* Everything that depends on the decay time. */
static void
decay_time_init(decay_t *d, int64_t time_ns, uint64_t now)
{
	assert(time_ns >= -1);
	d->time = time_ns;
	d->interval = time_ns < NEPOCHS ? 1 : (uint64_t)time_ns / NEPOCHS;
	d->epoch = now;
	decay_deadline_init(d);
	memset(d->backlog, 0, sizeof(d->backlog));
}

void
decay_init(decay_t *d, int64_t time_ns, uint64_t now, uint64_t seed)
{
	d->jitter_state = seed;
	d->ndirty = 0;
	decay_time_init(d, time_ns, now);
}

void
decay_restart(decay_t *d, int64_t time_ns, uint64_t now)
{
	decay_time_init(d, time_ns, now);
}

bool
decay_deadline_reached(const decay_t *d, uint64_t now)
{
	return d->time > 0 && (now >= d->deadline || now < d->epoch);
}

void
decay_clock_rewind(decay_t *d, uint64_t now)
{
	d->epoch = now;
	decay_deadline_init(d);
}

/* Moves the backlog n >= 0 epochs into the past. */
static void
decay_backlog_shift(decay_t *d, uint64_t n)
{
	size_t *b = d->backlog;
	size_t gone = n < NEPOCHS ? (size_t)n : NEPOCHS;
	memmove(b, b + gone, (NEPOCHS - gone) * sizeof(*b));
	memset(b + NEPOCHS - gone, 0, gone * sizeof(*b));
}

/* Books what became dirty since the last look as the newest. */
static void
decay_backlog_book(decay_t *d, size_t ndirty_now)
{
	if (ndirty_now > d->ndirty)
		d->backlog[NEPOCHS - 1] += ndirty_now - d->ndirty;
	d->ndirty = ndirty_now;
}

void
decay_epoch_advance(decay_t *d, uint64_t now, size_t ndirty_now)
{
	if (now < d->epoch) {
		decay_clock_rewind(d, now);
		decay_backlog_book(d, ndirty_now);
		return;
	}
	uint64_t n = (now - d->epoch) / d->interval;
	if (n == 0)
		return;
	/*
	 * D.9 shifts by n and then books, which calls pages that were freed
	 * before a silence new after it. They belong to the first epoch.
	 */
	decay_backlog_shift(d, 1);
	decay_backlog_book(d, ndirty_now);
	decay_backlog_shift(d, n - 1);
	d->epoch += n * d->interval;
	decay_deadline_init(d);
}

size_t
decay_npages_limit(const decay_t *d)
{
	if (d->time < 0)
		return SIZE_MAX;
	/* 200 summands below 2^64 * 2^24: the sum needs 96 bits at most. */
	unsigned __int128 sum = 0;
	for (unsigned k = 0; k < NEPOCHS; k++)
		sum += (unsigned __int128)d->backlog[k] * smoothstep_table[k];
	sum >>= SMOOTHSTEP_BFP;
	return sum > SIZE_MAX ? SIZE_MAX : (size_t)sum;
}

void
decay_ndirty_set(decay_t *d, size_t ndirty)
{
	d->ndirty = ndirty;
}
