#include "arena_run.h"

#include <string.h>

#include "arena_map.h"
#include "assert.h"

/* Takes the first `need` pages of a free run out of it; the rest is a free run
 * again. The map entries of the part taken are the caller's to write. */
static void
arena_run_split_remove(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned need)
{
	unsigned total = arena_mapbits_npages(chunk, pageind);
	bool dirty = arena_mapbits_get(chunk, pageind) & MAP_DIRTY;
	assert(need != 0 && need <= total);
	arena_avail_remove(arena, chunk, pageind, total);
	if (dirty)
		arena_run_dirty_remove(arena, chunk, pageind, total);
	arena->nactive += need;
	unsigned rest = total - need;
	if (rest == 0)
		return;
	arena_mapbits_unallocated_set(chunk, pageind + need, rest, dirty);
	if (dirty)
		arena_run_dirty_insert(arena, chunk, pageind + need, rest);
	arena_avail_insert(arena, chunk, pageind + need, rest);
}

void
arena_run_split_large(arena_t *arena, arena_run_t *run, size_t size)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	unsigned need = (unsigned)(size >> LG_PAGE);
	bool dirty = arena_mapbits_get(chunk, pageind) & MAP_DIRTY;
	arena_run_split_remove(arena, chunk, pageind, need);
	arena_mapbits_large_set(chunk, pageind, need, dirty);
}

static void
arena_run_split_small(
    arena_t *arena, arena_run_t *run, size_t size, szind_t binind)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	unsigned need = (unsigned)(size >> LG_PAGE);
	arena_run_split_remove(arena, chunk, pageind, need);
	/* A small run is always freed as dirty: no flag has to survive. */
	for (unsigned i = 0; i < need; i++)
		arena_mapbits_set(chunk, pageind + i, i, MAP_ALLOCATED);
	memset(&chunk->kind[pageind], (int)binind, need);
}

static arena_run_t *
arena_run_alloc_large_helper(arena_t *arena, size_t size)
{
	arena_run_t *run = arena_run_first_best_fit(arena, size);
	if (run != NULL)
		arena_run_split_large(arena, run, size);
	return run;
}

arena_run_t *
arena_run_alloc_large(arena_t *arena, size_t size)
{
	assert(size <= ARENA_MAXRUN && (size & PAGE_MASK) == 0);
	arena_run_t *run = arena_run_alloc_large_helper(arena, size);
	if (run != NULL)
		return run;
	arena_chunk_t *chunk = arena_chunk_alloc(arena);
	if (chunk != NULL) {
		run = arena_run_at(chunk, ARENA_MAP_BIAS);
		arena_run_split_large(arena, run, size);
		return run;
	}
	/* The lock was dropped: another thread may have freed a run. */
	return arena_run_alloc_large_helper(arena, size);
}

static arena_run_t *
arena_run_alloc_small_helper(arena_t *arena, size_t size, szind_t binind)
{
	arena_run_t *run = arena_run_first_best_fit(arena, size);
	if (run != NULL)
		arena_run_split_small(arena, run, size, binind);
	return run;
}

arena_run_t *
arena_run_alloc_small(arena_t *arena, size_t size, szind_t binind)
{
	arena_run_t *run = arena_run_alloc_small_helper(arena, size, binind);
	if (run != NULL)
		return run;
	arena_chunk_t *chunk = arena_chunk_alloc(arena);
	if (chunk != NULL) {
		run = arena_run_at(chunk, ARENA_MAP_BIAS);
		arena_run_split_small(arena, run, size, binind);
		return run;
	}
	return arena_run_alloc_small_helper(arena, size, binind);
}

/* ---------------------------------------------------------------- free --- */

/* Whether the entry at a run's border is that of a free run it can become one
 * with: free runs that differ in dirtiness stay apart. */
static bool
arena_run_mergeable(arena_chunk_t *chunk, unsigned border, bool dirty)
{
	if (border < ARENA_MAP_BIAS || border >= ARENA_CHUNK_NPAGES)
		return false;
	uint32_t bits = arena_mapbits_get(chunk, border);
	return (bits & MAP_ALLOCATED) == 0 && (bool)(bits & MAP_DIRTY) == dirty;
}

static void
arena_run_merged_remove(arena_t *arena, arena_chunk_t *chunk, unsigned pageind,
    unsigned npages, bool dirty)
{
	arena_avail_remove(arena, chunk, pageind, npages);
	if (dirty)
		arena_run_dirty_remove(arena, chunk, pageind, npages);
}

/* Extends the free run that is in no heap over its free neighbours. */
static void
arena_run_coalesce(arena_t *arena, arena_chunk_t *chunk, unsigned *pageind,
    unsigned *npages, bool dirty)
{
	unsigned next = *pageind + *npages;
	if (arena_run_mergeable(chunk, next, dirty)) {
		unsigned n = arena_mapbits_npages(chunk, next);
		arena_run_merged_remove(arena, chunk, next, n, dirty);
		*npages += n;
	}
	if (arena_run_mergeable(chunk, *pageind - 1, dirty)) {
		unsigned n = arena_mapbits_npages(chunk, *pageind - 1);
		*pageind -= n;
		*npages += n;
		arena_run_merged_remove(arena, chunk, *pageind, n, dirty);
	}
	arena_mapbits_unallocated_set(chunk, *pageind, *npages, dirty);
}

void
arena_run_dalloc(
    arena_t *arena, arena_run_t *run, unsigned npages, bool dirty, bool cleaned)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	assert(npages != 0 && arena->nactive >= npages);
	dirty = dirty ||
		(!cleaned && arena_mapbits_get(chunk, pageind) & MAP_DIRTY);
	if (dirty) {
		arena_decay_note(arena);
		stats_page_inc(&arena->page->dirtied, npages);
	}
	arena->nactive -= npages;
	memset(&chunk->kind[pageind], KIND_NONE, npages);
	arena_mapbits_unallocated_set(chunk, pageind, npages, dirty);
	arena_run_coalesce(arena, chunk, &pageind, &npages, dirty);
	arena_avail_insert(arena, chunk, pageind, npages);
	if (dirty)
		arena_run_dirty_insert(arena, chunk, pageind, npages);
	if (npages == ARENA_CHUNK_NDATA)
		arena_chunk_dalloc(arena, chunk);
	/* After the chunk, so that the discarding of an old spare lowers the
	 * number of dirty pages first. */
	if (dirty)
		arena_maybe_purge(arena);
}

arena_run_t *
arena_run_trim_head(
    arena_t *arena, arena_run_t *run, unsigned oldpages, unsigned newpages)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	unsigned head = oldpages - newpages;
	bool dirty = arena_mapbits_get(chunk, pageind) & MAP_DIRTY;
	arena_mapbits_large_set(chunk, pageind + head, newpages, dirty);
	arena_mapbits_large_set(chunk, pageind, head, dirty);
	arena_run_dalloc(arena, run, head, false, false);
	return arena_run_at(chunk, pageind + head);
}

void
arena_run_trim_tail(arena_t *arena, arena_run_t *run, unsigned oldpages,
    unsigned newpages, bool dirty)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	bool wasdirty = arena_mapbits_get(chunk, pageind) & MAP_DIRTY;
	arena_mapbits_large_set(
	    chunk, pageind + newpages, oldpages - newpages, wasdirty);
	arena_mapbits_large_set(chunk, pageind, newpages, wasdirty);
	arena_run_dalloc(arena, arena_run_at(chunk, pageind + newpages),
	    oldpages - newpages, dirty, false);
}

bool
arena_run_extend(
    arena_t *arena, arena_run_t *run, unsigned oldpages, unsigned npages)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	unsigned next = pageind + oldpages;
	if (next >= ARENA_CHUNK_NPAGES ||
	    arena_mapbits_get(chunk, next) & MAP_ALLOCATED ||
	    arena_mapbits_npages(chunk, next) < npages)
		return true;
	arena_run_split_large(
	    arena, arena_run_at(chunk, next), (size_t)npages << LG_PAGE);
	/* One run now, of pages that may differ in dirtiness: all of it is
	 * dirty, as it is anyway when its user frees it. */
	arena_mapbits_large_set(chunk, pageind, oldpages + npages, true);
	return false;
}

void
arena_run_zero(arena_chunk_t *chunk, unsigned first, unsigned npages)
{
	bool dirty = arena_mapbits_get(chunk, first) & MAP_DIRTY;
	if (dirty) {
		memset(arena_page_addr(chunk, first), 0,
		    (size_t)npages << LG_PAGE);
		return;
	}
	for (unsigned i = first; i < first + npages; i++) {
		if (arena_mapbits_get(chunk, i) & MAP_UNZEROED)
			memset(arena_page_addr(chunk, i), 0, PAGE);
	}
}

static uint32_t
arena_run_clean_flags(bool zeroed)
{
	return MAP_ALLOCATED | MAP_LARGE | (zeroed ? 0 : MAP_UNZEROED);
}

void
arena_run_mark_clean_inside(
    arena_chunk_t *chunk, unsigned pageind, unsigned npages, bool zeroed)
{
	for (unsigned i = 1; i + 1 < npages; i++)
		arena_mapbits_set(
		    chunk, pageind + i, 0, arena_run_clean_flags(zeroed));
}

void
arena_run_mark_clean_ends(
    arena_chunk_t *chunk, unsigned pageind, unsigned npages, bool zeroed)
{
	const uint32_t flags = arena_run_clean_flags(zeroed);
	arena_mapbits_set(chunk, pageind + npages - 1, 0, flags);
	arena_mapbits_set(chunk, pageind, npages, flags);
}
