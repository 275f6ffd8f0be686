/*
 * The writer's side of the statistics page (ebb/stats_page.h). Stores are
 * relaxed atomics: the reader is another process.
 */
#ifndef EBB_STATS_PAGE_INTERNAL_H
#define EBB_STATS_PAGE_INTERNAL_H

#include <stdint.h>

#include "compiler.h"

/* The object, and in our own files the structure too. */
#define ebb_stats_page JE(ebb_stats_page)
#include "ebb/stats_page.h"

extern EBB_EXPORT struct ebb_stats_page ebb_stats_page;

/* The arena's slot; arenas without one share a slot that nobody reads. */
struct ebb_stats_arena *stats_page_arena(unsigned ind);

/* The caller holds the lock of what it counts: a plain store suffices. */
EBB_INLINE void
stats_page_set(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

EBB_INLINE void
stats_page_inc(uint64_t *counter, uint64_t by)
{
	__atomic_store_n(counter,
	    __atomic_load_n(counter, __ATOMIC_RELAXED) + by, __ATOMIC_RELAXED);
}

/* For counters that no single lock guards. */
EBB_INLINE void
stats_page_add_shared(uint64_t *counter, uint64_t by)
{
	__atomic_fetch_add(counter, by, __ATOMIC_RELAXED);
}

#endif /* EBB_STATS_PAGE_INTERNAL_H */
