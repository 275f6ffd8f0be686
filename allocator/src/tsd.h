/*
 * The thread record: what one thread knows of the allocator.
 *
 * TLS holds one pointer, never NULL. At first it points to tsd_boot, a static
 * record whose bins are empty and full at once, so that the fast paths need
 * no test: they fall through to the slow path, which finds the thread a record
 * of its own (tsd_fetch, thread.c). After a thread's cleanup the pointer shows
 * tsd_exited, and late calls work on arenas directly. Neither static record is
 * ever written.
 *
 * Upper layers own the meaning of most fields; this file owns the layout.
 * Only its own thread touches a record, but for `link` (the arena's lock) and
 * the request counters, which statistics read racily.
 */
#ifndef EBB_TSD_H
#define EBB_TSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "ql.h"
#include "ticker.h"

struct arena_s;

/* Classes a thread cache can hold at most: every small and large one. */
#define TSD_NBINS 64

/*
 * A cache bin: a stack of pointers that grows down from `full + nslots`.
 *
 *   full <= head <= low <= full + nslots
 *   head == full            no room        (free goes slow)
 *   head == full + nslots   nothing cached (malloc goes slow)
 *   low                     the highest head since the last collection: the
 *                           objects from low to the end were not needed
 *
 * One compare of head with low tells the malloc fast path both that there is
 * an object and that the low water mark stays where it is (E-2).
 */
typedef struct tbin_s {
	void **head;
	void **low;
	void **full;
	uint32_t nrequests; /* since the last merge into the arena's count */
	uint16_t nslots;
	uint8_t lg_fill_div; /* a miss fetches max(ncached_max, nslots) >> it */
	uint8_t ran_dry : 1; /* a miss happened since the last collection */
	uint8_t flushed : 1; /* since then it was full, and no miss followed */
} tbin_t;

typedef struct tsd_s {
	/* Bytes ever allocated and freed by this thread, and the values at
	 * which the fast paths turn aside for tcache_event_hard. */
	uint64_t allocated;
	uint64_t alloc_event;
	uint64_t deallocated;
	uint64_t free_event;

	tbin_t tbins[TSD_NBINS];

	struct arena_s *arena;  /* where its memory comes from */
	ticker_t *arenas_tdata; /* a decay ticker for each arena */
	unsigned narenas_tdata;
	unsigned next_gc_bin;
	ticker_t gc_ticker;    /* collections by events (gc_event.h) */
	uint64_t cached_bytes; /* as last reported to the statistics page */
	bool tcache_enabled;
	qr_t link; /* the arena's list of caches; guard: arena.lock */
	struct tsd_s *next_free; /* pool; guard: its lock */
} EBB_ALIGNED(CACHELINE) tsd_t;

extern EBB_HIDDEN tsd_t tsd_boot_record;
extern EBB_HIDDEN tsd_t tsd_exited_record;
extern EBB_HIDDEN __thread tsd_t *tsd_tls;

/* Result: this thread's record, or one of the two static ones. */
EBB_INLINE tsd_t *
tsd_get(void)
{
	return tsd_tls;
}

EBB_INLINE bool
tsd_is_nominal(const tsd_t *tsd)
{
	return tsd != &tsd_boot_record && tsd != &tsd_exited_record;
}

EBB_INLINE void **
tbin_empty(const tbin_t *tbin)
{
	return tbin->full + tbin->nslots;
}

/* Result: objects in the bin. */
EBB_INLINE unsigned
tbin_ncached(const tbin_t *tbin)
{
	return (unsigned)(tbin_empty(tbin) - tbin->head);
}

#endif /* EBB_TSD_H */
