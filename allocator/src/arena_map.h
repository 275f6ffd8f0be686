/*
 * The page map of an arena chunk: the only decoder of mapbits and kinds, and
 * the gate from an address to what describes it.
 *
 * mapbits of a page:
 *   bit 0  A  allocated             bit 2  D  dirty (free and large runs)
 *   bit 1  L  large (with A)        bit 3  U  not known to be zero
 *   bits 4.. payload: first and last page of a free run and first page of a
 *   large one: size of the run in pages; other pages of a large run: 0; page
 *   of a small run: its number in the run.
 *
 * U means something only where D is clear. For a one-page large run the last
 * entry is written before the first, so that the size survives.
 */
#ifndef EBB_ARENA_MAP_H
#define EBB_ARENA_MAP_H

#include "arena.h"
#include "assert.h"
#include "chunk_map.h"

#define MAP_ALLOCATED 0x1u
#define MAP_LARGE 0x2u
#define MAP_DIRTY 0x4u
#define MAP_UNZEROED 0x8u
#define MAP_FLAGS 0xfu
#define MAP_PAYLOAD_SHIFT 4

/* kind: below NBINS + NLCLASSES the class of objects that start in the page. */
#define KIND_NONE 0xffu   /* free, or the header */
#define KIND_INSIDE 0xfeu /* inside a large run: no object starts here */
_Static_assert(NBINS + NLCLASSES == TSD_NBINS, "a cache bin for each kind");

EBB_INLINE arena_chunk_t *
arena_chunk_of(const void *ptr)
{
	return (arena_chunk_t *)((uintptr_t)ptr & ~(uintptr_t)CHUNKSIZE_MASK);
}

EBB_INLINE unsigned
arena_pageind(const void *ptr)
{
	return (unsigned)(((uintptr_t)ptr & CHUNKSIZE_MASK) >> LG_PAGE);
}

EBB_INLINE void *
arena_page_addr(arena_chunk_t *chunk, unsigned pageind)
{
	return (char *)chunk + ((size_t)pageind << LG_PAGE);
}

EBB_INLINE arena_run_t *
arena_run_at(arena_chunk_t *chunk, unsigned pageind)
{
	return &chunk->runs[pageind];
}

EBB_INLINE unsigned
arena_run_pageind(const arena_run_t *run)
{
	return (unsigned)(run - arena_chunk_of(run)->runs);
}

EBB_INLINE void *
arena_run_addr(const arena_run_t *run)
{
	return arena_page_addr(arena_chunk_of(run), arena_run_pageind(run));
}

EBB_INLINE uint32_t
arena_mapbits_get(const arena_chunk_t *chunk, unsigned pageind)
{
	assert(pageind >= ARENA_MAP_BIAS && pageind < ARENA_CHUNK_NPAGES);
	return chunk->mapbits[pageind];
}

EBB_INLINE void
arena_mapbits_set(
    arena_chunk_t *chunk, unsigned pageind, unsigned payload, uint32_t flags)
{
	assert(pageind >= ARENA_MAP_BIAS && pageind < ARENA_CHUNK_NPAGES);
	chunk->mapbits[pageind] = payload << MAP_PAYLOAD_SHIFT | flags;
}

/* Pages of the run: first or last page if free, first page if large. */
EBB_INLINE unsigned
arena_mapbits_npages(const arena_chunk_t *chunk, unsigned pageind)
{
	return arena_mapbits_get(chunk, pageind) >> MAP_PAYLOAD_SHIFT;
}

/* Number of the page in its small run. */
EBB_INLINE unsigned
arena_mapbits_small_offset(const arena_chunk_t *chunk, unsigned pageind)
{
	return arena_mapbits_get(chunk, pageind) >> MAP_PAYLOAD_SHIFT;
}

/* The flags of a page's entry that survive a change of its run: dirty is the
 * run's; U the page's own, where the run is clean. */
EBB_INLINE uint32_t
arena_mapbits_kept(const arena_chunk_t *chunk, unsigned pageind, bool dirty)
{
	return dirty ? MAP_DIRTY
		     : arena_mapbits_get(chunk, pageind) & MAP_UNZEROED;
}

/* The first and last entry of a free run. */
EBB_INLINE void
arena_mapbits_unallocated_set(
    arena_chunk_t *chunk, unsigned pageind, unsigned npages, bool dirty)
{
	unsigned last = pageind + npages - 1;
	arena_mapbits_set(
	    chunk, last, npages, arena_mapbits_kept(chunk, last, dirty));
	arena_mapbits_set(
	    chunk, pageind, npages, arena_mapbits_kept(chunk, pageind, dirty));
}

/* The first and last entry of a large run; its inner entries keep their U. */
EBB_INLINE void
arena_mapbits_large_set(
    arena_chunk_t *chunk, unsigned pageind, unsigned npages, bool dirty)
{
	const uint32_t flags = MAP_ALLOCATED | MAP_LARGE;
	unsigned last = pageind + npages - 1;
	arena_mapbits_set(
	    chunk, last, 0, flags | arena_mapbits_kept(chunk, last, dirty));
	arena_mapbits_set(chunk, pageind, npages,
	    flags | arena_mapbits_kept(chunk, pageind, dirty));
}

/* The small run that a page of it belongs to. */
EBB_INLINE arena_run_t *
arena_run_of_small(arena_chunk_t *chunk, unsigned pageind)
{
	return arena_run_at(
	    chunk, pageind - arena_mapbits_small_offset(chunk, pageind));
}

/* Usable size of the object at ptr, which lies in an arena chunk; 0 if no
 * object can start there. */
EBB_INLINE size_t
arena_salloc(const void *ptr)
{
	uint8_t kind = arena_chunk_of(ptr)->kind[arena_pageind(ptr)];
	return likely(kind < TSD_NBINS) ? index2size(kind) : 0;
}

/* The arena of an object that waited to be freed: its chunk, header and all, is
 * gone if the object had been freed before. */
EBB_INLINE arena_t *
arena_of_cached(const void *ptr)
{
	if (unlikely(!chunk_map_is_arena(ptr)))
		safety_check_fail("free(%p): the object was freed before, "
				  "and its chunk given up",
		    ptr);
	return arena_chunk_of(ptr)->node.arena;
}

#endif /* EBB_ARENA_MAP_H */
