/*
 * When a thread's cache is collected: by bytes allocated or freed (E-9), or in
 * the variant `classic` by events, every 229th call. The two tests stand on the
 * fast paths of malloc and free, so they are chosen when they are compiled.
 */
#ifndef EBB_GC_EVENT_H
#define EBB_GC_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "sz.h"
#include "tsd.h"

/* Bytes that a thread allocates, or frees, between two collections. A class in
 * steady use swings by the square root of its live objects, and a collection in
 * mid-swing costs a flush and a fill. With 1000 live objects of 1 to 1024 bytes
 * 64 KiB make ten fills per 1000 mallocs, 256 KiB two. */
#define TCACHE_GC_INCR (256u << 10)
/* Events for a look at every bin, and for a look at one. */
#define TCACHE_GC_SWEEP 8192
#define TCACHE_GC_EVENTS ((TCACHE_GC_SWEEP + NBINS - 1) / NBINS)

#ifdef EBB_CLASSIC

/* On a fast path that has found its object or slot. after: what tsd->allocated,
 * or deallocated, is going to be; event: the value at which something is due, 0
 * for always. true: leave for the slow path. */
EBB_INLINE bool
gc_event_pending(tsd_t *tsd, uint64_t after, uint64_t event)
{
	(void)after;
	if (unlikely(event == 0 || tsd->gc_ticker.tick == 0))
		return true;
	tsd->gc_ticker.tick--;
	return false;
}

/* On the slow path, once the count is as told. true: collect. */
EBB_INLINE bool
gc_event_due(tsd_t *tsd, uint64_t after, uint64_t event)
{
	(void)after;
	(void)event;
	return ticker_tick(&tsd->gc_ticker);
}

#else

EBB_INLINE bool
gc_event_pending(tsd_t *tsd, uint64_t after, uint64_t event)
{
	(void)tsd;
	return unlikely(after >= event);
}

EBB_INLINE bool
gc_event_due(tsd_t *tsd, uint64_t after, uint64_t event)
{
	(void)tsd;
	return after >= event;
}

#endif

#endif /* EBB_GC_EVENT_H */
