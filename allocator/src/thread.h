/*
 * Threads: where their records come from and what happens when they end; and
 * the ticks by which each of them keeps its arenas' clocks going.
 */
#ifndef EBB_THREAD_H
#define EBB_THREAD_H

#include <stdbool.h>

#include "arena.h"
#include "arenas.h"
#include "ticker.h"
#include "tsd.h"

/* Units of arena activity between two looks at the clock (D.9). */
#define DECAY_NTICKS_PER_UPDATE 1000

tsd_t *tsd_fetch_hard(void);

/* This thread's record; made at the first call. NULL: it has none (before the
 * allocator is ready, without memory, or after the thread's cleanup): the
 * caller works on arenas directly. */
EBB_INLINE tsd_t *
tsd_fetch(void)
{
	tsd_t *tsd = tsd_get();
	return likely(tsd_is_nominal(tsd)) ? tsd : tsd_fetch_hard();
}

/* NULL: no memory for it. */
ticker_t *arena_tdata_get_hard(tsd_t *tsd, unsigned ind);

EBB_INLINE ticker_t *
arena_tdata_get(tsd_t *tsd, unsigned ind)
{
	return likely(ind < tsd->narenas_tdata)
		   ? &tsd->arenas_tdata[ind]
		   : arena_tdata_get_hard(tsd, ind);
}

EBB_INLINE ticker_t *
decay_ticker_get(tsd_t *tsd, unsigned ind)
{
	return arena_tdata_get(tsd, ind);
}

/* n units of activity in the arena; no lock may be held. */
EBB_INLINE void
arena_decay_ticks(tsd_t *tsd, arena_t *arena, unsigned n)
{
	chunk_nodes_reserve(&arena->space);
	if (unlikely(tsd == NULL))
		return;
	ticker_t *ticker = decay_ticker_get(tsd, arena->ind);
	if (ticker != NULL && unlikely(ticker_ticks(ticker, (int32_t)n)))
		arena_decay_fired(arena);
}

EBB_INLINE void
arena_decay_tick(tsd_t *tsd, arena_t *arena)
{
	arena_decay_ticks(tsd, arena, 1);
}

/* Takes the thread's record out of use, as its end does. */
void tsd_cleanup(void *record);

/* Once, early: the key by which the end of a thread is noticed should be among
 * the first 32, for which pthread_setspecific does not allocate. true: there
 * is no key left. */
bool thread_boot(void);
/* From now on threads get records. */
void thread_boot_done(void);
/* Events of a record: when its fast paths turn aside next. */
void thread_events_set(tsd_t *tsd);
/* All calls take the slow path: for options that it alone honours. */
extern bool malloc_slow;

void thread_prefork(void);
void thread_postfork_parent(void);
void thread_postfork_child(void);

#endif /* EBB_THREAD_H */
