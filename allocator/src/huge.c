#include "huge.h"

#include <string.h>

#include "assert.h"
#include "pages.h"
#include "rtree.h"

/* The descriptor comes from the arena's cache of nodes, which base feeds: the
 * reference takes it from the thread's internal arena, where an arena reset
 * could destroy it (E-54). */
void *
huge_palloc(arena_t *arena, size_t usize, size_t alignment, bool zero)
{
	if (alignment < CHUNKSIZE)
		alignment = CHUNKSIZE;
	extent_node_t *node = chunk_node_alloc(&arena->space);
	if (node == NULL)
		return NULL;
	size_t sn;
	bool zeroed;
	void *ret =
	    arena_chunk_alloc_huge(arena, usize, alignment, &sn, &zeroed);
	if (ret == NULL) {
		chunk_node_dalloc(&arena->space, node);
		return NULL;
	}
	extent_node_init(node, arena, ret, usize, sn, zeroed);
	if (chunk_register(node)) {
		arena_chunk_dalloc_huge(arena, ret, usize, sn);
		chunk_node_dalloc(&arena->space, node);
		return NULL;
	}
	malloc_mutex_lock(&arena->huge_mtx);
	qr_before_insert(&arena->huge, &node->link);
	malloc_mutex_unlock(&arena->huge_mtx);
	if (zero && !zeroed)
		memset(ret, 0, usize);
	return ret;
}

void *
huge_malloc(arena_t *arena, size_t usize, bool zero)
{
	return huge_palloc(arena, usize, CHUNKSIZE, zero);
}

extent_node_t *
huge_lookup(const void *ptr)
{
	if (((uintptr_t)ptr & CHUNKSIZE_MASK) != 0)
		return NULL;
	extent_node_t *node = rtree_get(ptr);
	return node != NULL && !node->achunk ? node : NULL;
}

size_t
huge_salloc(extent_node_t *node)
{
	arena_t *arena = node->arena;
	malloc_mutex_lock(&arena->huge_mtx);
	size_t size = node->size;
	malloc_mutex_unlock(&arena->huge_mtx);
	return size;
}

arena_t *
huge_dalloc(extent_node_t *node)
{
	arena_t *arena = node->arena;
	chunk_deregister(node);
	malloc_mutex_lock(&arena->huge_mtx);
	qr_remove(&node->link);
	malloc_mutex_unlock(&arena->huge_mtx);
	arena_chunk_dalloc_huge(arena, node->addr, node->size, node->sn);
	chunk_node_dalloc(&arena->space, node);
	return arena;
}

static void
huge_size_set(extent_node_t *node, size_t usize)
{
	malloc_mutex_lock(&node->arena->huge_mtx);
	node->size = usize;
	malloc_mutex_unlock(&node->arena->huge_mtx);
}

static void
huge_ralloc_no_move_similar(extent_node_t *node, size_t usize, bool zero)
{
	size_t oldsize = node->size;
	char *addr = node->addr;
	if (usize < oldsize)
		pages_purge(addr + usize, oldsize - usize);
	arena_chunk_ralloc_huge_similar(node->arena, oldsize, usize);
	huge_size_set(node, usize);
	/* Growth into what once was the object's own tail: anything. */
	if (zero && usize > oldsize)
		memset(addr + oldsize, 0, usize - oldsize);
}

static void
huge_ralloc_no_move_shrink(extent_node_t *node, size_t usize)
{
	size_t oldsize = node->size;
	size_t csize = ALIGN_UP(usize, CHUNKSIZE);
	huge_size_set(node, usize);
	if (usize < csize)
		pages_purge((char *)node->addr + usize, csize - usize);
	arena_chunk_ralloc_huge_shrink(node->arena, node, oldsize, usize);
}

static bool
huge_ralloc_no_move_expand(extent_node_t *node, size_t usize, bool zero)
{
	size_t oldsize = node->size;
	bool zeroed;
	if (arena_chunk_ralloc_huge_expand(
		node->arena, node->addr, oldsize, usize, &zeroed))
		return true;
	huge_size_set(node, usize);
	if (zero) {
		size_t old_csize = ALIGN_UP(oldsize, CHUNKSIZE);
		char *addr = node->addr;
		memset(addr + oldsize, 0, old_csize - oldsize);
		if (!zeroed)
			memset(addr + old_csize, 0, usize - old_csize);
	}
	return false;
}

bool
huge_ralloc_no_move(
    extent_node_t *node, size_t usize_min, size_t usize_max, bool zero)
{
	size_t oldsize = node->size;
	size_t old_csize = ALIGN_UP(oldsize, CHUNKSIZE);
	if (usize_max < CHUNKSIZE)
		return true;
	if (usize_min <= oldsize && oldsize <= usize_max)
		return false;
	if (usize_max < oldsize) {
		if (ALIGN_UP(usize_max, CHUNKSIZE) < old_csize)
			huge_ralloc_no_move_shrink(node, usize_max);
		else
			huge_ralloc_no_move_similar(node, usize_max, zero);
		return false;
	}
	/* Grow: as far as wanted, else as far as needed (E-47). */
	if (ALIGN_UP(usize_max, CHUNKSIZE) > old_csize) {
		if (!huge_ralloc_no_move_expand(node, usize_max, zero))
			return false;
		if (usize_min == usize_max)
			return true;
		if (ALIGN_UP(usize_min, CHUNKSIZE) > old_csize)
			return huge_ralloc_no_move_expand(
			    node, usize_min, zero);
		usize_max = usize_min;
	}
	huge_ralloc_no_move_similar(node, usize_max, zero);
	return false;
}
