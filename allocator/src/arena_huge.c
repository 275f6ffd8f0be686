/*
 * The arena's side of huge allocations: chunks and accounting. What is mapped
 * is counted in whole chunks throughout (E-49).
 */
#include "arena.h"

#include "arena_run.h"
#include "assert.h"
#include "bits.h"

static size_t
arena_huge_csize(size_t usize)
{
	return ALIGN_UP(usize, CHUNKSIZE);
}

static arena_class_stats_t *
arena_huge_class(arena_t *arena, size_t usize)
{
	return &arena->stats.hchunks[size2index(usize) - NBINS - NLCLASSES];
}

/* arena.lock is held for the four below. */
static void
arena_huge_malloc_stats_update(arena_t *arena, size_t usize)
{
	arena_class_stats_t *class = arena_huge_class(arena, usize);
	class->nmalloc++;
	class->cur++;
	arena->stats.nmalloc_huge++;
	arena->stats.allocated_huge += usize;
	arena->stats.mapped += arena_huge_csize(usize);
	arena->nactive += usize >> LG_PAGE;
}

static void
arena_huge_malloc_stats_update_undo(arena_t *arena, size_t usize)
{
	arena_class_stats_t *class = arena_huge_class(arena, usize);
	class->nmalloc--;
	class->cur--;
	arena->stats.nmalloc_huge--;
	arena->stats.allocated_huge -= usize;
	arena->stats.mapped -= arena_huge_csize(usize);
	arena->nactive -= usize >> LG_PAGE;
}

static void
arena_huge_dalloc_stats_update(arena_t *arena, size_t usize)
{
	arena_class_stats_t *class = arena_huge_class(arena, usize);
	class->ndalloc++;
	class->cur--;
	arena->stats.ndalloc_huge++;
	arena->stats.allocated_huge -= usize;
	arena->stats.mapped -= arena_huge_csize(usize);
	arena->nactive -= usize >> LG_PAGE;
}

/* Puts a range that was in use into the cached set, and asks the policy. */
static void
arena_huge_chunks_free(arena_t *arena, void *chunk, size_t size, size_t sn)
{
	arena_decay_note(arena);
	stats_page_inc(&arena->page->dirtied, size >> LG_PAGE);
	chunk_dalloc_cache(
	    &arena->space, arena_node_alloc(arena), chunk, size, sn);
	arena_maybe_purge(arena);
}

void *
arena_chunk_alloc_huge(
    arena_t *arena, size_t usize, size_t alignment, size_t *sn, bool *zeroed)
{
	size_t csize = arena_huge_csize(usize);
	*zeroed = false;
	chunk_nodes_reserve(&arena->space);
	malloc_mutex_lock(&arena->lock);
	/* Optimistically, so that the lock is taken once. */
	arena_huge_malloc_stats_update(arena, usize);
	void *ret =
	    chunk_alloc_cache(&arena->space, NULL, csize, alignment, sn);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	if (ret != NULL)
		return ret;
	ret = chunk_alloc_wrapper(
	    &arena->space, NULL, csize, alignment, sn, zeroed);
	if (ret == NULL) {
		malloc_mutex_lock(&arena->lock);
		arena_huge_malloc_stats_update_undo(arena, usize);
		arena_page_publish(arena);
		malloc_mutex_unlock(&arena->lock);
	}
	return ret;
}

void
arena_chunk_dalloc_huge(arena_t *arena, void *chunk, size_t usize, size_t sn)
{
	malloc_mutex_lock(&arena->lock);
	arena_huge_dalloc_stats_update(arena, usize);
	arena_huge_chunks_free(arena, chunk, arena_huge_csize(usize), sn);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	chunk_nodes_reserve(&arena->space);
}

void
arena_chunk_ralloc_huge_similar(arena_t *arena, size_t oldsize, size_t usize)
{
	assert(arena_huge_csize(oldsize) == arena_huge_csize(usize));
	malloc_mutex_lock(&arena->lock);
	arena_huge_dalloc_stats_update(arena, oldsize);
	arena_huge_malloc_stats_update(arena, usize);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
}

void
arena_chunk_ralloc_huge_shrink(
    arena_t *arena, extent_node_t *node, size_t oldsize, size_t usize)
{
	size_t csize = arena_huge_csize(usize);
	size_t excess = arena_huge_csize(oldsize) - csize;
	assert(excess != 0);
	malloc_mutex_lock(&arena->lock);
	arena_huge_dalloc_stats_update(arena, oldsize);
	arena_huge_malloc_stats_update(arena, usize);
	arena_huge_chunks_free(
	    arena, (char *)node->addr + csize, excess, node->sn);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	chunk_nodes_reserve(&arena->space);
}

bool
arena_chunk_ralloc_huge_expand(
    arena_t *arena, void *chunk, size_t oldsize, size_t usize, bool *zeroed)
{
	void *next = (char *)chunk + arena_huge_csize(oldsize);
	size_t more = arena_huge_csize(usize) - arena_huge_csize(oldsize);
	size_t sn;
	*zeroed = false;
	chunk_nodes_reserve(&arena->space);
	malloc_mutex_lock(&arena->lock);
	void *got =
	    chunk_alloc_cache(&arena->space, next, more, CHUNKSIZE, &sn);
	malloc_mutex_unlock(&arena->lock);
	if (got == NULL)
		got = chunk_alloc_wrapper(
		    &arena->space, next, more, CHUNKSIZE, &sn, zeroed);
	if (got == NULL)
		return true;
	malloc_mutex_lock(&arena->lock);
	arena_huge_dalloc_stats_update(arena, oldsize);
	arena_huge_malloc_stats_update(arena, usize);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	return false;
}
