/*
 * A countdown that fires once in nticks + 1 unit events.
 */
#ifndef EBB_TICKER_H
#define EBB_TICKER_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"

typedef struct ticker_s {
	int32_t tick; /* what is left, 0..nticks */
	int32_t nticks;
} ticker_t;

EBB_INLINE void
ticker_init(ticker_t *t, int32_t nticks)
{
	t->tick = nticks;
	t->nticks = nticks;
}

/*
 * Counts n >= 0 events. Returns whether the ticker fired; it then starts
 * again from nticks, however many events were left over.
 */
EBB_INLINE bool
ticker_ticks(ticker_t *t, int32_t n)
{
	if (unlikely(t->tick < n)) {
		t->tick = t->nticks;
		return true;
	}
	t->tick -= n;
	return false;
}

EBB_INLINE bool
ticker_tick(ticker_t *t)
{
	return ticker_ticks(t, 1);
}

#endif /* EBB_TICKER_H */
