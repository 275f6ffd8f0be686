/*
 * Large objects: each has a run of its own, a page longer than its class, so
 * that its start can vary by a multiple of the cache line within a page.
 */
#include "arena.h"

#include <string.h>

#include "arena_map.h"
#include "arena_run.h"
#include "assert.h"
#include "bits.h"
#include "prng.h"

static unsigned
arena_large_npages(size_t usize)
{
	return (unsigned)((usize + LARGE_PAD) >> LG_PAGE);
}

/* All large objects at page starts would share a few cache sets (D.11). */
static size_t
arena_large_offset(arena_t *arena)
{
	return (size_t)prng_lg_range(&arena->offset_state, LG_PAGE - 6) *
	       CACHELINE;
}

static void
arena_large_malloc_stats_update(arena_t *arena, szind_t ind, bool request)
{
	arena_class_stats_t *class = &arena->stats.lruns[ind - NBINS];
	arena->stats.nmalloc_large++;
	arena->stats.allocated_large += index2size(ind);
	class->nmalloc++;
	class->cur++;
	if (request) {
		arena->stats.nrequests_large++;
		class->nrequests++;
	}
}

static void
arena_large_dalloc_stats_update(arena_t *arena, szind_t ind)
{
	arena_class_stats_t *class = &arena->stats.lruns[ind - NBINS];
	arena->stats.ndalloc_large++;
	arena->stats.allocated_large -= index2size(ind);
	class->ndalloc++;
	class->cur--;
}

static void
arena_large_kind_set(arena_run_t *run, szind_t ind)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	memset(&chunk->kind[pageind], KIND_INSIDE,
	    arena_mapbits_npages(chunk, pageind));
	chunk->kind[pageind] = (uint8_t)ind;
}

void *
arena_malloc_large(arena_t *arena, szind_t ind, bool zero)
{
	size_t usize = index2size(ind);
	malloc_mutex_lock(&arena->lock);
	size_t offset = arena_large_offset(arena);
	arena_run_t *run = arena_run_alloc_large(arena, usize + LARGE_PAD);
	if (run == NULL) {
		malloc_mutex_unlock(&arena->lock);
		return NULL;
	}
	arena_large_kind_set(run, ind);
	arena_large_malloc_stats_update(arena, ind, true);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	if (zero)
		arena_run_zero(arena_chunk_of(run), arena_run_pageind(run),
		    arena_large_npages(usize));
	return (char *)arena_run_addr(run) + offset;
}

/* Finds a run with room to align, and cuts it to measure. */
static arena_run_t *
arena_palloc_large_run(arena_t *arena, size_t usize, size_t alignment)
{
	size_t alloc_size = usize + LARGE_PAD + alignment - PAGE;
	arena_run_t *run = arena_run_alloc_large(arena, alloc_size);
	if (run == NULL)
		return NULL;
	uintptr_t addr = (uintptr_t)arena_run_addr(run);
	unsigned npages = (unsigned)(alloc_size >> LG_PAGE);
	unsigned lead =
	    (unsigned)((ALIGN_UP(addr, alignment) - addr) >> LG_PAGE);
	unsigned want = arena_large_npages(usize);
	if (lead != 0) {
		run = arena_run_trim_head(arena, run, npages, npages - lead);
		npages -= lead;
	}
	if (npages != want)
		arena_run_trim_tail(arena, run, npages, want, false);
	return run;
}

void *
arena_palloc_large(arena_t *arena, size_t usize, size_t alignment, bool zero)
{
	szind_t ind = size2index(usize);
	alignment = ALIGN_UP(alignment, PAGE);
	malloc_mutex_lock(&arena->lock);
	arena_run_t *run = arena_palloc_large_run(arena, usize, alignment);
	if (run == NULL) {
		malloc_mutex_unlock(&arena->lock);
		return NULL;
	}
	arena_large_kind_set(run, ind);
	arena_large_malloc_stats_update(arena, ind, true);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	if (zero)
		arena_run_zero(arena_chunk_of(run), arena_run_pageind(run),
		    arena_large_npages(usize));
	return arena_run_addr(run);
}

/* The lock is held and may be dropped. */
static void
arena_dalloc_large_locked_impl(arena_t *arena, arena_chunk_t *chunk, void *ptr)
{
	unsigned pageind = arena_pageind(ptr);
	szind_t ind = chunk->kind[pageind];
	uint32_t bits = arena_mapbits_get(chunk, pageind);
	if (unlikely(
		ind < NBINS || ind >= TSD_NBINS || (bits & MAP_LARGE) == 0))
		safety_check_fail("free(%p): the object was freed before", ptr);
	arena_large_dalloc_stats_update(arena, ind);
	arena_run_dalloc(arena, arena_run_at(chunk, pageind),
	    arena_mapbits_npages(chunk, pageind), true, false);
}

void
arena_dalloc_large(void *ptr)
{
	arena_chunk_t *chunk = arena_chunk_of(ptr);
	arena_t *arena = chunk->node.arena;
	malloc_mutex_lock(&arena->lock);
	arena_dalloc_large_locked_impl(arena, chunk, ptr);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
}

unsigned
arena_flush_large(void **ptrs, unsigned n, szind_t ind, arena_t *mine,
    uint32_t *nrequests, arena_t **freed_to)
{
	arena_t *arena = arena_of_cached(ptrs[0]);
	unsigned left = 0;
	malloc_mutex_lock(&arena->lock);
	if (arena == mine) {
		arena->stats.nrequests_large += *nrequests;
		arena->stats.lruns[ind - NBINS].nrequests += *nrequests;
		*nrequests = 0;
	}
	for (unsigned i = 0; i < n; i++) {
		arena_chunk_t *chunk = arena_chunk_of(ptrs[i]);
		if (chunk->node.arena != arena)
			ptrs[left++] = ptrs[i];
		else
			arena_dalloc_large_locked_impl(arena, chunk, ptrs[i]);
	}
	stats_page_inc(&arena->page->nflushes[ind], 1);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	*freed_to = arena;
	return left;
}

void
arena_large_nrequests_merge(arena_t *arena, szind_t ind, uint32_t *nrequests)
{
	malloc_mutex_lock(&arena->lock);
	arena->stats.nrequests_large += *nrequests;
	arena->stats.lruns[ind - NBINS].nrequests += *nrequests;
	malloc_mutex_unlock(&arena->lock);
	*nrequests = 0;
}

/* ------------------------------------------------------------- in place -- */

static void
arena_large_resized(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, size_t usize)
{
	szind_t old = chunk->kind[pageind];
	szind_t new = size2index(usize);
	arena_large_dalloc_stats_update(arena, old);
	arena_large_malloc_stats_update(arena, new, true);
	memset(&chunk->kind[pageind], KIND_INSIDE, arena_large_npages(usize));
	chunk->kind[pageind] = (uint8_t) new;
	arena_page_publish(arena);
}

static void
arena_ralloc_large_shrink(
    arena_t *arena, void *ptr, size_t oldsize, size_t usize)
{
	arena_chunk_t *chunk = arena_chunk_of(ptr);
	unsigned pageind = arena_pageind(ptr);
	malloc_mutex_lock(&arena->lock);
	arena_large_resized(arena, chunk, pageind, usize);
	arena_run_trim_tail(arena, arena_run_at(chunk, pageind),
	    arena_large_npages(oldsize), arena_large_npages(usize), true);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
}

/* The largest class up to usize_max that the free run behind allows. */
static bool
arena_ralloc_large_grow(arena_t *arena, void *ptr, size_t oldsize,
    size_t usize_min, size_t usize_max, size_t *usize)
{
	arena_chunk_t *chunk = arena_chunk_of(ptr);
	unsigned pageind = arena_pageind(ptr);
	arena_run_t *run = arena_run_at(chunk, pageind);
	unsigned oldpages = arena_large_npages(oldsize);
	bool failed = true;
	malloc_mutex_lock(&arena->lock);
	for (*usize = usize_max;
	     failed && *usize >= usize_min && *usize > oldsize;) {
		failed = arena_run_extend(arena, run, oldpages,
		    arena_large_npages(*usize) - oldpages);
		if (failed)
			*usize = index2size(size2index(*usize) - 1);
	}
	if (!failed)
		arena_large_resized(arena, chunk, pageind, *usize);
	malloc_mutex_unlock(&arena->lock);
	return failed;
}

bool
arena_ralloc_large_no_move(
    void *ptr, size_t oldsize, size_t usize_min, size_t usize_max, bool zero)
{
	arena_t *arena = arena_chunk_of(ptr)->node.arena;
	if (usize_max < LARGE_MINCLASS || usize_max > LARGE_MAXCLASS)
		return true;
	if (usize_min <= oldsize && oldsize <= usize_max)
		return false;
	if (usize_max < oldsize) {
		arena_ralloc_large_shrink(arena, ptr, oldsize, usize_max);
		return false;
	}
	size_t usize;
	if (arena_ralloc_large_grow(
		arena, ptr, oldsize, usize_min, usize_max, &usize))
		return true;
	if (zero)
		memset((char *)ptr + oldsize, 0, usize - oldsize);
	return false;
}
