/*
 * Thread caches: the bins of a thread record, and what fills and empties them.
 * The fast paths, which touch nothing else, are in malloc.c.
 *
 * A bin's stack begins with a few slots and grows with use up to the class's
 * ncached_max (sz.h); stacks come from a pool of their own (tcache_stack.h).
 */
#ifndef EBB_TCACHE_H
#define EBB_TCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "fill.h"
#include "tsd.h"

/* Builds without thread caches compile every use of them away. */
#ifdef EBB_NO_TCACHE
static const bool config_tcache = false;
#else
static const bool config_tcache = true;
#endif

extern bool opt_tcache;
extern ssize_t opt_lg_tcache_max; /* -1: small classes only */
extern fill_t opt_fill;

/* Set by tcache_boot. */
extern size_t tcache_maxclass; /* the largest class that is cached */
extern unsigned nhbins;        /* classes that are cached: 0..nhbins - 1 */

void tcache_boot(void);

/* Whether objects of the class may be cached by this thread. */
EBB_INLINE bool
tcache_caches(const tsd_t *tsd, szind_t ind)
{
	return config_tcache && tsd != NULL && tsd->tcache_enabled &&
	       ind < nhbins;
}

/* For classes that tcache_caches. NULL: no memory. */
void *tcache_alloc_small(tsd_t *tsd, szind_t ind, bool zero);
void *tcache_alloc_large(tsd_t *tsd, szind_t ind, bool zero);
void tcache_dalloc(tsd_t *tsd, void *ptr, szind_t ind);

/* Collects one bin, and sets the next events. */
void tcache_event_hard(tsd_t *tsd);
/* Empties all bins. */
void tcache_flush(tsd_t *tsd);
/* Empties the bins and gives up their stacks: at the thread's end, or when its
 * cache is switched off. */
void tcache_destroy(tsd_t *tsd);
/* Adds the thread's request counters to its arena's. */
void tcache_stats_merge(tsd_t *tsd);

#endif /* EBB_TCACHE_H */
