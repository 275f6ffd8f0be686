#include "arena_run.h"

#include <string.h>

#include "arena_map.h"
#include "assert.h"
#include "chunk_map.h"
#include "pages.h"
#include "policy.h"

extent_node_t *
arena_node_alloc(arena_t *arena)
{
	extent_node_t *node = chunk_node_take(&arena->space);
	if (unlikely(node == NULL)) {
		malloc_mutex_unlock(&arena->lock);
		chunk_nodes_reserve(&arena->space);
		node = chunk_node_alloc(&arena->space);
		malloc_mutex_lock(&arena->lock);
	}
	return node;
}

/* Writes the header of a chunk that is one free run. flags: of its pages: 0 if
 * the whole chunk reads as zero, header included. */
static void
arena_chunk_init(
    arena_t *arena, arena_chunk_t *chunk, size_t sn, uint32_t flags)
{
	extent_node_init(&chunk->node, arena, chunk, CHUNKSIZE, sn, false);
	chunk->node.achunk = true;
	chunk->nohuge = false;
	memset(chunk->kind, KIND_NONE, sizeof(chunk->kind));
	arena_mapbits_set(chunk, ARENA_MAP_BIAS, ARENA_CHUNK_NDATA, flags);
	arena_mapbits_set(
	    chunk, ARENA_CHUNK_NPAGES - 1, ARENA_CHUNK_NDATA, flags);
	/* Entries inside a free run say only whether the page is zero. In
	 * memory that reads as zero they already say so. */
	for (unsigned i = ARENA_MAP_BIAS + 1;
	     flags != 0 && i < ARENA_CHUNK_NPAGES - 1; i++)
		arena_mapbits_set(chunk, i, 0, flags);
}

/* Makes the chunk known: to free (the chunk map) and to lookups (the radix
 * tree). true: no memory for the tree. */
static bool
arena_chunk_register(arena_chunk_t *chunk)
{
	if (chunk_register(&chunk->node))
		return true;
	chunk_map_set(chunk);
	return false;
}

static void
arena_chunk_deregister(arena_chunk_t *chunk)
{
	chunk_map_clear(chunk);
	chunk_deregister(&chunk->node);
}

/* The lock is dropped: everything known about the arena is stale after. */
static arena_chunk_t *
arena_chunk_alloc_internal_hard(arena_t *arena)
{
	malloc_mutex_unlock(&arena->lock);
	chunk_nodes_reserve(&arena->space);
	size_t sn;
	bool zeroed;
	arena_chunk_t *chunk = chunk_alloc_wrapper(
	    &arena->space, NULL, CHUNKSIZE, CHUNKSIZE, &sn, &zeroed);
	if (chunk != NULL) {
		arena_chunk_init(arena, chunk, sn, zeroed ? 0 : MAP_UNZEROED);
		if (arena_chunk_register(chunk)) {
			chunk_dalloc_wrapper(
			    &arena->space, chunk, CHUNKSIZE, sn, false);
			chunk = NULL;
		}
	}
	malloc_mutex_lock(&arena->lock);
	return chunk;
}

static arena_chunk_t *
arena_chunk_alloc_internal(arena_t *arena)
{
	size_t sn;
	arena_chunk_t *chunk =
	    chunk_alloc_cache(&arena->space, NULL, CHUNKSIZE, CHUNKSIZE, &sn);
	if (chunk != NULL) {
		arena_chunk_init(arena, chunk, sn, MAP_DIRTY);
		if (arena_chunk_register(chunk)) {
			chunk_dalloc_cache(&arena->space,
			    arena_node_alloc(arena), chunk, CHUNKSIZE, sn);
			return NULL;
		}
		/* Its pages hold memory as before, and stay counted as dirty
		 * until they are used: else nothing would ever purge them. */
		arena_run_dirty_insert(
		    arena, chunk, ARENA_MAP_BIAS, ARENA_CHUNK_NDATA);
	} else
		chunk = arena_chunk_alloc_internal_hard(arena);
	if (chunk != NULL) {
		arena->stats.mapped += CHUNKSIZE;
		arena->stats.metadata_mapped += (size_t)ARENA_MAP_BIAS
						<< LG_PAGE;
	}
	return chunk;
}

static arena_chunk_t *
arena_chunk_init_hard(arena_t *arena)
{
	return arena_chunk_alloc_internal(arena);
}

arena_chunk_t *
arena_chunk_init_spare(arena_t *arena)
{
	arena_chunk_t *chunk = arena->spare;
	assert(chunk != NULL);
	arena->spare = NULL;
	return chunk;
}

arena_chunk_t *
arena_chunk_alloc(arena_t *arena)
{
	arena_chunk_t *chunk = arena->spare != NULL
				   ? arena_chunk_init_spare(arena)
				   : arena_chunk_init_hard(arena);
	if (chunk == NULL)
		return NULL;
	qr_before_insert(&arena->achunks, &chunk->node.link);
	arena_avail_insert(arena, chunk, ARENA_MAP_BIAS, ARENA_CHUNK_NDATA);
	return chunk;
}

static bool
arena_chunk_is_zero(const arena_chunk_t *chunk)
{
	for (unsigned i = ARENA_MAP_BIAS; i < ARENA_CHUNK_NPAGES; i++) {
		if (arena_mapbits_get(chunk, i) & (MAP_UNZEROED | MAP_DIRTY))
			return false;
	}
	return true;
}

/* As it is: the pages of a dirty chunk were counted as dirty runs until now. */
static void
arena_chunk_discard_to_cache(arena_t *arena, arena_chunk_t *chunk, bool dirty)
{
	size_t sn = chunk->node.sn;
	arena_decay_note(arena);
	if (dirty)
		arena_run_dirty_remove(
		    arena, chunk, ARENA_MAP_BIAS, ARENA_CHUNK_NDATA);
	chunk_dalloc_cache(
	    &arena->space, arena_node_alloc(arena), chunk, CHUNKSIZE, sn);
}

static void
arena_chunk_discard_clean(arena_t *arena, arena_chunk_t *chunk)
{
	size_t sn = chunk->node.sn;
	bool zeroed = arena_chunk_is_zero(chunk);
	bool nohuge = chunk->nohuge;
	malloc_mutex_unlock(&arena->lock);
	if (nohuge)
		pages_huge(chunk, CHUNKSIZE);
	zeroed &= pages_purge(chunk, (size_t)ARENA_MAP_BIAS << LG_PAGE);
	chunk_retain(&arena->space, chunk, CHUNKSIZE, sn, zeroed);
	malloc_mutex_lock(&arena->lock);
}

static void
arena_chunk_discard(arena_t *arena, arena_chunk_t *chunk)
{
	arena_chunk_deregister(chunk);
	arena->stats.mapped -= CHUNKSIZE;
	arena->stats.metadata_mapped -= (size_t)ARENA_MAP_BIAS << LG_PAGE;
	bool dirty = arena_mapbits_get(chunk, ARENA_MAP_BIAS) & MAP_DIRTY;
	if (dirty || policy_clean_chunk_is_cached())
		arena_chunk_discard_to_cache(arena, chunk, dirty);
	else
		arena_chunk_discard_clean(arena, chunk);
}

void
arena_chunk_dalloc(arena_t *arena, arena_chunk_t *chunk)
{
	arena_avail_remove(arena, chunk, ARENA_MAP_BIAS, ARENA_CHUNK_NDATA);
	qr_remove(&chunk->node.link);
	arena_chunk_t *former = arena->spare;
	arena->spare = chunk;
	if (former != NULL)
		arena_chunk_discard(arena, former);
}
