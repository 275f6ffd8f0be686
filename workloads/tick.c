#include "tick.h"

#include "op.h"

#include <errno.h>

static const size_t tick_size[] = {
    [TICK_ARENA] = 40 << 10,
    [TICK_TCACHE] = 64,
    [TICK_NONE] = 0,
};

void
tick_init(tick_t *tick, thread_t *t, tick_kind_t kind, uint64_t pairs)
{
	*tick = (tick_t){.size = tick_size[kind], .pairs = pairs};
	if (tick->size == 0)
		return;
	tick->companion = op_malloc(t, tick->size, 0);
	thread_count(t, (int64_t)tick->size, 1);
}

static void
tick_group(tick_t *tick, thread_t *t)
{
	if (tick->size == 0)
		return;
	for (uint64_t i = 0; i < tick->pairs; i++)
		op_free(t, op_malloc(t, tick->size, 0), 0);
	tick->calls += 2 * tick->pairs;
	thread_count(t, 0, 2 * tick->pairs);
}

static void
tick_sleep(uint64_t until_ns)
{
	struct timespec until = {
	    .tv_sec = (time_t)(until_ns / 1000000000u),
	    .tv_nsec = (long)(until_ns % 1000000000u),
	};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	       EINTR)
		;
}

void
tick_hold(tick_t *tick, thread_t *t, uint64_t until_ns)
{
	uint64_t now = ebb_live_clock();
	do {
		tick_group(tick, t);
		uint64_t next = now + TICK_PERIOD_NS;
		if (tick->size == 0 || next > until_ns)
			next = until_ns;
		tick_sleep(next);
		now = ebb_live_clock();
	} while (now < until_ns);
}

void
tick_release(tick_t *tick, thread_t *t)
{
	if (tick->size == 0)
		return;
	op_free(t, tick->companion, 0);
	thread_count(t, -(int64_t)tick->size, 1);
}
