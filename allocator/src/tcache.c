#include "tcache.h"

#include <string.h>

#include "arena_map.h"
#include "arenas.h"
#include "assert.h"
#include "bits.h"
#include "policy.h"
#include "tcache_stack.h"
#include "thread.h"

bool opt_tcache = true;
ssize_t opt_lg_tcache_max = 15;
fill_t opt_fill = FILL_ADAPTIVE;

size_t tcache_maxclass;
unsigned nhbins;

void
tcache_boot(void)
{
	ssize_t lg = opt_lg_tcache_max;
	tcache_maxclass = SMALL_MAXCLASS;
	if (lg >= 0 && lg < LG_CHUNK && ((size_t)1 << lg) > SMALL_MAXCLASS)
		tcache_maxclass = s2u((size_t)1 << lg);
	else if (lg >= LG_CHUNK)
		tcache_maxclass = LARGE_MAXCLASS;
	nhbins = size2index(tcache_maxclass) + 1;
}

/* --------------------------------------------------------------- stacks -- */

/* Slots of the stack that a bin with nslots has. */
static unsigned
tcache_stack_capacity(unsigned nslots)
{
	const unsigned least = 1u << TCACHE_STACK_LG_MIN;
	return nslots <= least ? least : (unsigned)pow2_ceil_u64(nslots);
}

/* A stack of nslots, which hold what is cached. false: no memory. */
static bool
tcache_bin_resize(tbin_t *tbin, unsigned nslots)
{
	void **stack = tcache_stack_alloc(tcache_stack_capacity(nslots));
	if (stack == NULL)
		return false;
	unsigned old = tbin->nslots;
	unsigned ncached = tbin_ncached(tbin);
	unsigned low = (unsigned)(tbin_empty(tbin) - tbin->low);
	void **empty = stack + nslots;
	if (ncached != 0)
		memcpy(empty - ncached, tbin->head, ncached * sizeof(void *));
	if (old != 0)
		tcache_stack_dalloc(tbin->full, tcache_stack_capacity(old));
	tbin->full = stack;
	tbin->nslots = (uint16_t)nslots;
	tbin->head = empty - ncached;
	tbin->low = empty - low;
	return true;
}

/* Twice the slots, up to max: a class that is used now and then costs a cache
 * line, not a page. false: there are as many as may be, or no memory. */
static bool
tcache_bin_grow(tbin_t *tbin, unsigned max)
{
	unsigned old = tbin->nslots;
	if (old >= max)
		return false;
	unsigned capacity = tcache_stack_capacity(old + 1);
	if (!tcache_bin_resize(tbin, capacity < max ? capacity : max))
		return false;
	if (old == 0)
		tbin->lg_fill_div = fill_first(opt_fill, max);
	return true;
}

/* Takes half of the slots back, but leaves max, as long as they hold what is
 * cached. */
static void
tcache_bin_shrink(tbin_t *tbin, unsigned max)
{
	unsigned nslots = tbin->nslots / 2u;
	if (nslots < max)
		nslots = max;
	if (nslots < tbin->nslots && tbin_ncached(tbin) <= nslots)
		tcache_bin_resize(tbin, nslots);
}

/* ---------------------------------------------------------------- flush -- */

typedef unsigned(arena_flush_t)(void **ptrs, unsigned n, szind_t ind,
    arena_t *mine, uint32_t *nrequests, arena_t **freed_to);

/* Evicts the objects that would be handed out last, until rem are left: an
 * arena at a time, so that each lock is taken once. */
static void
tcache_bin_flush(
    tsd_t *tsd, tbin_t *tbin, szind_t ind, unsigned rem, arena_flush_t *flush)
{
	unsigned ncached = tbin_ncached(tbin);
	assert(rem <= ncached);
	void **empty = tbin_empty(tbin);
	unsigned left = ncached - rem;
	void **victims = empty - left;
	while (left != 0) {
		arena_t *arena;
		unsigned before = left;
		left = flush(
		    victims, left, ind, tsd->arena, &tbin->nrequests, &arena);
		arena_decay_ticks(tsd, arena, before - left);
	}
	memmove(empty - rem, tbin->head, rem * sizeof(void *));
	tbin->head = empty - rem;
	if (tbin->low < tbin->head)
		tbin->low = tbin->head;
}

static void
tcache_bin_flush_small(tsd_t *tsd, tbin_t *tbin, szind_t ind, unsigned rem)
{
	tcache_bin_flush(tsd, tbin, ind, rem, arena_flush_small);
}

static void
tcache_bin_flush_large(tsd_t *tsd, tbin_t *tbin, szind_t ind, unsigned rem)
{
	tcache_bin_flush(tsd, tbin, ind, rem, arena_flush_large);
}

static void
tcache_bin_flush_any(tsd_t *tsd, tbin_t *tbin, szind_t ind, unsigned rem)
{
	if (ind < NBINS)
		tcache_bin_flush_small(tsd, tbin, ind, rem);
	else
		tcache_bin_flush_large(tsd, tbin, ind, rem);
}

/* ---------------------------------------------------------------- alloc -- */

/* Also the fast path of malloc.c, where it is written out. */
static void *
tcache_alloc_easy(tbin_t *tbin)
{
	if (tbin->head == tbin_empty(tbin))
		return NULL;
	void *ret = *tbin->head++;
	if (tbin->low < tbin->head)
		tbin->low = tbin->head;
	return ret;
}

static void
tcache_miss(tbin_t *tbin, szind_t ind)
{
	tbin->lg_fill_div =
	    fill_missed(opt_fill, tbin->lg_fill_div, tbin->ran_dry);
	tbin->ran_dry = true;
	/* What was flushed would have done for this miss. */
	tcache_bin_grow(tbin,
	    tbin->flushed ? policy_ncached_peak(ind) : policy_ncached_max(ind));
	tbin->flushed = false;
	tbin->low = tbin_empty(tbin);
}

static void *
tcache_alloc_small_hard(tsd_t *tsd, tbin_t *tbin, szind_t ind)
{
	arena_t *arena = arena_choose(tsd);
	if (unlikely(arena == NULL))
		return NULL;
	tcache_miss(tbin, ind);
	unsigned max = policy_ncached_max(ind);
	if (max < tbin->nslots)
		max = tbin->nslots;
	unsigned n = max >> tbin->lg_fill_div;
	if (n > tbin->nslots)
		n = tbin->nslots;
	if (unlikely(n == 0)) {
		void *ret = arena_malloc_small(arena, ind, false);
		arena_decay_tick(tsd, arena);
		return ret;
	}
	arena_tcache_fill_small(arena, tbin, ind, n);
	arena_decay_tick(tsd, arena);
	return tcache_alloc_easy(tbin);
}

void *
tcache_alloc_small(tsd_t *tsd, szind_t ind, bool zero)
{
	tbin_t *tbin = &tsd->tbins[ind];
	void *ret = tcache_alloc_easy(tbin);
	if (unlikely(ret == NULL)) {
		ret = tcache_alloc_small_hard(tsd, tbin, ind);
		if (unlikely(ret == NULL))
			return NULL;
	}
	tbin->nrequests++;
	if (zero)
		memset(ret, 0, index2size(ind));
	return ret;
}

/* A miss allocates one object: an unused large one is expensive. */
void *
tcache_alloc_large(tsd_t *tsd, szind_t ind, bool zero)
{
	tbin_t *tbin = &tsd->tbins[ind];
	void *ret = tcache_alloc_easy(tbin);
	if (unlikely(ret == NULL)) {
		arena_t *arena = arena_choose(tsd);
		if (unlikely(arena == NULL))
			return NULL;
		tbin->ran_dry = true;
		ret = arena_malloc_large(arena, ind, zero);
		arena_decay_tick(tsd, arena);
		return ret; /* the arena counted the request (E-51) */
	}
	tbin->nrequests++;
	if (zero)
		memset(ret, 0, index2size(ind));
	return ret;
}

void
tcache_dalloc(tsd_t *tsd, void *ptr, szind_t ind)
{
	tbin_t *tbin = &tsd->tbins[ind];
	if (tbin->head == tbin->full &&
	    !tcache_bin_grow(tbin, policy_ncached_max(ind))) {
		if (tbin->nslots == 0) {
			/* No memory for a stack: go without. */
			arena_t *arena = arena_chunk_of(ptr)->node.arena;
			if (ind < NBINS)
				arena_dalloc_small(ptr);
			else
				arena_dalloc_large(ptr);
			arena_decay_tick(tsd, arena);
			return;
		}
		tcache_bin_flush_any(tsd, tbin, ind, tbin->nslots / 2u);
		tbin->flushed = true;
	}
	*--tbin->head = ptr;
}

/* ----------------------------------------------------------- collection -- */

static void
tcache_bin_gc(tsd_t *tsd, tbin_t *tbin, szind_t ind)
{
	unsigned low_water = (unsigned)(tbin_empty(tbin) - tbin->low);
	unsigned ncached = tbin_ncached(tbin);
	if (low_water > 0) {
		tcache_bin_flush_any(
		    tsd, tbin, ind, ncached - low_water + (low_water >> 2));
		tcache_bin_shrink(tbin, policy_ncached_max(ind));
	}
	if (ind < NBINS)
		tbin->lg_fill_div = fill_collected(opt_fill, tbin->lg_fill_div,
		    policy_ncached_max(ind), low_water, tbin->ran_dry);
	tbin->low = tbin->head;
	tbin->ran_dry = tbin->flushed = false;
	if (unlikely(tbin->nrequests > UINT32_MAX / 2) && tsd->arena != NULL)
		tcache_stats_merge(tsd);
}

/* What this thread caches, as of now, into the sum of all. */
static void
tcache_bytes_publish(tsd_t *tsd)
{
	uint64_t bytes = 0;
	for (szind_t i = 0; i < nhbins; i++)
		bytes += tbin_ncached(&tsd->tbins[i]) * index2size(i);
	stats_page_add_shared(
	    &ebb_stats_page.tcache_bytes, bytes - tsd->cached_bytes);
	tsd->cached_bytes = bytes;
}

/* Bins that one collection looks at for one that is in use: a program that uses
 * few classes, of large objects, has an event every few calls. */
#define TCACHE_GC_LOOKS 8

void
tcache_event_hard(tsd_t *tsd)
{
	thread_events_set(tsd);
	if (!config_tcache || !tsd->tcache_enabled)
		return;
	for (unsigned i = 0; i < TCACHE_GC_LOOKS; i++) {
		szind_t ind = tsd->next_gc_bin;
		tsd->next_gc_bin = (ind + 1) % nhbins;
		if (ind == 0)
			tcache_bytes_publish(tsd);
		if (tsd->tbins[ind].nslots != 0)
			tcache_bin_gc(tsd, &tsd->tbins[ind], ind);
		else if (policy_gc_skips_unused())
			continue;
		break;
	}
	unsigned ticks = policy_gc_ticks();
	if (tsd->arena != NULL && ticks != 0)
		arena_decay_ticks(tsd, tsd->arena, ticks);
}

void
tcache_flush(tsd_t *tsd)
{
	for (szind_t i = 0; i < nhbins; i++) {
		if (tsd->tbins[i].nslots != 0)
			tcache_bin_flush_any(tsd, &tsd->tbins[i], i, 0);
	}
	tcache_bytes_publish(tsd);
}

void
tcache_stats_merge(tsd_t *tsd)
{
	if (tsd->arena == NULL)
		return;
	for (szind_t i = 0; i < nhbins; i++) {
		tbin_t *tbin = &tsd->tbins[i];
		if (tbin->nrequests == 0)
			continue;
		if (i < NBINS)
			arena_bin_nrequests_merge(
			    tsd->arena, i, &tbin->nrequests);
		else
			arena_large_nrequests_merge(
			    tsd->arena, i, &tbin->nrequests);
	}
}

void
tcache_destroy(tsd_t *tsd)
{
	tcache_flush(tsd);
	tcache_stats_merge(tsd);
	for (szind_t i = 0; i < nhbins; i++) {
		tbin_t *tbin = &tsd->tbins[i];
		if (tbin->nslots == 0)
			continue;
		tcache_stack_dalloc(
		    tbin->full, tcache_stack_capacity(tbin->nslots));
		memset(tbin, 0, sizeof(*tbin));
	}
}
