/*
 * The most that was ever live in all threads together. Where objects change
 * hands, the sum of each thread's own peak says next to nothing: a thread
 * that only frees ends far below zero, one that only allocates far above.
 */
#ifndef EBB_WORKLOADS_PEAK_H
#define EBB_WORKLOADS_PEAK_H

#include "live.h"

/*
 * Raises the peak to what is live now, in all slots of the page; called by
 * any thread after thread_count(). Other threads' counters are as old as
 * their last thread_count().
 */
static inline void
peak_note(_Atomic uint64_t *peak, const struct ebb_live *live)
{
	uint64_t now = ebb_live_bytes(live);
	uint64_t most = atomic_load_explicit(peak, memory_order_relaxed);
	while ((int64_t)now > (int64_t)most &&
	       !atomic_compare_exchange_weak(peak, &most, now))
		;
}

#endif
