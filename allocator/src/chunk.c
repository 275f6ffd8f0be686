#include "chunk.h"

#include <stdint.h>

#include "assert.h"
#include "base.h"
#include "bits.h"
#include "chunk_mmap.h"
#include "pages.h"
#include "rtree.h"
#include "sz.h"

/* One of the two sets of a space. */
typedef struct chunk_set_s {
	extent_szad_t *szad;
	extent_ad_t *ad;
	bool cache;
} chunk_set_t;

static chunk_set_t
chunk_set_cached(chunk_space_t *space)
{
	return (chunk_set_t){&space->szad_cached, &space->ad_cached, true};
}

static chunk_set_t
chunk_set_retained(chunk_space_t *space)
{
	return (chunk_set_t){&space->szad_retained, &space->ad_retained, false};
}

void
chunk_space_init(chunk_space_t *space, struct arena_s *arena)
{
	space->arena = arena;
	qr_init(&space->runs_dirty);
	qr_init(&space->chunks_cache);
	RB_INIT(&space->szad_cached);
	RB_INIT(&space->ad_cached);
	RB_INIT(&space->szad_retained);
	RB_INIT(&space->ad_retained);
	malloc_mutex_init(
	    &space->chunks_mtx, "chunks", WITNESS_RANK_ARENA_CHUNKS);
	malloc_mutex_init(&space->node_cache_mtx, "node_cache",
	    WITNESS_RANK_ARENA_NODE_CACHE);
	qr_init(&space->node_cache);
}

/* ---------------------------------------------------------------- nodes -- */

extent_node_t *
chunk_node_take(chunk_space_t *space)
{
	extent_node_t *node = NULL;
	malloc_mutex_lock(&space->node_cache_mtx);
	if (!qr_empty(&space->node_cache)) {
		node =
		    container_of(space->node_cache.prev, extent_node_t, link);
		qr_remove(&node->link);
		atomic_fetch_sub_explicit(
		    &space->nnodes, 1, memory_order_relaxed);
	}
	malloc_mutex_unlock(&space->node_cache_mtx);
	return node;
}

extent_node_t *
chunk_node_alloc(chunk_space_t *space)
{
	extent_node_t *node = chunk_node_take(space);
	return node != NULL ? node : base_alloc(sizeof(*node));
}

void
chunk_node_dalloc(chunk_space_t *space, extent_node_t *node)
{
	malloc_mutex_lock(&space->node_cache_mtx);
	qr_before_insert(&space->node_cache, &node->link);
	atomic_fetch_add_explicit(&space->nnodes, 1, memory_order_relaxed);
	malloc_mutex_unlock(&space->node_cache_mtx);
}

void
chunk_nodes_reserve_hard(chunk_space_t *space)
{
	extent_node_t *slab =
	    base_alloc(CHUNK_NODES_SLAB * sizeof(extent_node_t));
	if (slab == NULL)
		return;
	for (unsigned i = 0; i < CHUNK_NODES_SLAB; i++) {
		qr_init(&slab[i].link);
		chunk_node_dalloc(space, &slab[i]);
	}
}

/* ----------------------------------------------------------------- sets -- */

/* The ring side of a cached node. The arena lock is held. */
static void
arena_chunk_cache_maybe_insert(
    chunk_space_t *space, extent_node_t *node, bool cache)
{
	if (!cache)
		return;
	qr_before_insert(&space->runs_dirty, &node->rd);
	qr_before_insert(&space->chunks_cache, &node->cc);
	space->ndirty += node->size >> LG_PAGE;
}

static void
arena_chunk_cache_maybe_remove(
    chunk_space_t *space, extent_node_t *node, bool cache)
{
	if (!cache)
		return;
	qr_remove(&node->rd);
	qr_remove(&node->cc);
	assert(space->ndirty >= node->size >> LG_PAGE);
	space->ndirty -= node->size >> LG_PAGE;
}

static void
chunk_set_insert(chunk_space_t *space, chunk_set_t set, extent_node_t *node)
{
	extent_szad_insert(set.szad, node);
	extent_ad_insert(set.ad, node);
	arena_chunk_cache_maybe_insert(space, node, set.cache);
}

static void
chunk_set_remove(chunk_space_t *space, chunk_set_t set, extent_node_t *node)
{
	extent_szad_remove(set.szad, node);
	extent_ad_remove(set.ad, node);
	arena_chunk_cache_maybe_remove(space, node, set.cache);
}

/* The smallest adequate class, and in it the oldest, lowest range. */
static extent_node_t *
chunk_first_best_fit(chunk_set_t set, size_t size)
{
	assert(size == ALIGN_UP(size, CHUNKSIZE));
	return extent_szad_best_fit(set.szad, size);
}

static extent_node_t *
chunk_recycle_search(
    chunk_set_t set, void *new_addr, size_t size, size_t alignment)
{
	size_t alloc_size = size + ALIGN_UP(alignment, CHUNKSIZE) - CHUNKSIZE;
	if (alloc_size < size || alloc_size > HUGE_MAXCLASS)
		return NULL; /* E-55 */
	if (new_addr == NULL)
		return chunk_first_best_fit(set, alloc_size);
	extent_node_t *node = extent_ad_search(set.ad, new_addr);
	return node != NULL && node->size >= size ? node : NULL;
}

/* chunks_mtx is held. NULL if nothing fits, or a split lacks a node. */
static void *
chunk_recycle_locked(chunk_space_t *space, chunk_set_t set, void *new_addr,
    size_t size, size_t alignment, size_t *sn, bool *zeroed)
{
	extent_node_t *node =
	    chunk_recycle_search(set, new_addr, size, alignment);
	if (node == NULL)
		return NULL;
	char *ret =
	    (char *)ALIGN_UP((uintptr_t)node->addr, (uintptr_t)alignment);
	if (new_addr != NULL)
		ret = new_addr;
	size_t lead = (size_t)(ret - (char *)node->addr);
	assert(node->size >= lead + size);
	size_t trail = node->size - lead - size;
	extent_node_t *tail = NULL;
	if (trail != 0 && lead != 0) {
		tail = chunk_node_take(space);
		if (tail == NULL)
			return NULL; /* before anything has changed */
	}
	*sn = node->sn;
	*zeroed = node->zeroed;
	chunk_set_remove(space, set, node);
	if (lead != 0) {
		node->size = lead;
		chunk_set_insert(space, set, node);
		node = tail;
	}
	if (trail != 0) {
		extent_node_init(
		    node, space->arena, ret + size, trail, *sn, *zeroed);
		chunk_set_insert(space, set, node);
		node = NULL;
	}
	if (node != NULL)
		chunk_node_dalloc(space, node);
	return ret;
}

static void *
chunk_recycle(chunk_space_t *space, chunk_set_t set, void *new_addr,
    size_t size, size_t alignment, size_t *sn, bool *zeroed)
{
	malloc_mutex_lock(&space->chunks_mtx);
	void *ret = chunk_recycle_locked(
	    space, set, new_addr, size, alignment, sn, zeroed);
	malloc_mutex_unlock(&space->chunks_mtx);
	return ret;
}

/* Makes `node`, which is in no set, one with the free range that begins where
 * it ends, and with the one that ends where it begins. chunks_mtx is held. */
static void
chunk_coalesce(chunk_space_t *space, chunk_set_t set, extent_node_t *node)
{
	extent_node_t *next =
	    extent_ad_search(set.ad, (char *)node->addr + node->size);
	if (next != NULL) {
		chunk_set_remove(space, set, next);
		node->size += next->size;
		node->sn = node->sn < next->sn ? node->sn : next->sn;
		node->zeroed &= next->zeroed;
		chunk_node_dalloc(space, next);
	}
	extent_node_t *prev = extent_ad_find_before(set.ad, node->addr);
	if (prev != NULL && (char *)prev->addr + prev->size == node->addr) {
		chunk_set_remove(space, set, prev);
		node->addr = prev->addr;
		node->size += prev->size;
		node->sn = node->sn < prev->sn ? node->sn : prev->sn;
		node->zeroed &= prev->zeroed;
		chunk_node_dalloc(space, prev);
	}
}

static void
chunk_record(chunk_space_t *space, chunk_set_t set, extent_node_t *node)
{
	malloc_mutex_lock(&space->chunks_mtx);
	chunk_coalesce(space, set, node);
	chunk_set_insert(space, set, node);
	malloc_mutex_unlock(&space->chunks_mtx);
}

static void
chunk_retained_add(chunk_space_t *space, size_t size)
{
	size_t now = atomic_fetch_add(&space->retained, size) + size;
	stats_page_set(&space->page->retained, now);
}

static void
chunk_retained_sub(chunk_space_t *space, size_t size)
{
	size_t now = atomic_fetch_sub(&space->retained, size) - size;
	stats_page_set(&space->page->retained, now);
}

/* ------------------------------------------------------------- requests -- */

void *
chunk_alloc_cache(chunk_space_t *space, void *new_addr, size_t size,
    size_t alignment, size_t *sn)
{
	bool zeroed;
	return chunk_recycle(space, chunk_set_cached(space), new_addr, size,
	    alignment, sn, &zeroed);
}

static void *
chunk_alloc_retained(chunk_space_t *space, void *new_addr, size_t size,
    size_t alignment, size_t *sn, bool *zeroed)
{
	void *ret = chunk_recycle(space, chunk_set_retained(space), new_addr,
	    size, alignment, sn, zeroed);
	if (ret != NULL)
		chunk_retained_sub(space, size);
	return ret;
}

void *
chunk_alloc_wrapper(chunk_space_t *space, void *new_addr, size_t size,
    size_t alignment, size_t *sn, bool *zeroed)
{
	void *ret =
	    chunk_alloc_retained(space, new_addr, size, alignment, sn, zeroed);
	if (ret != NULL)
		return ret;
	ret = chunk_alloc_mmap(new_addr, size, alignment);
	if (ret != NULL) {
		*sn = atomic_fetch_add(&space->sn_next, 1);
		*zeroed = true;
	}
	return ret;
}

void
chunk_dalloc_cache(chunk_space_t *space, extent_node_t *node, void *chunk,
    size_t size, size_t sn)
{
	if (node == NULL)
		return;
	extent_node_init(node, space->arena, chunk, size, sn, false);
	chunk_record(space, chunk_set_cached(space), node);
}

void
chunk_retain(
    chunk_space_t *space, void *chunk, size_t size, size_t sn, bool zeroed)
{
	extent_node_t *node = chunk_node_alloc(space);
	if (node == NULL)
		return; /* the addresses are lost; the kernel has the memory */
	extent_node_init(node, space->arena, chunk, size, sn, zeroed);
	chunk_record(space, chunk_set_retained(space), node);
	chunk_retained_add(space, size);
}

void
chunk_dalloc_wrapper(
    chunk_space_t *space, void *chunk, size_t size, size_t sn, bool zeroed)
{
	if (!zeroed)
		zeroed = pages_purge(chunk, size);
	chunk_retain(space, chunk, size, sn, zeroed);
}

/* ---------------------------------------------------------------- purge -- */

extent_node_t *
chunk_cache_claim(chunk_space_t *space, extent_node_t *node, size_t size)
{
	assert(size != 0 && size <= node->size);
	assert((size & CHUNKSIZE_MASK) == 0);
	chunk_set_t set = chunk_set_cached(space);
	extent_node_t *claimed = node;
	if (size < node->size) {
		claimed = chunk_node_take(space);
		if (claimed == NULL)
			return NULL;
		extent_node_init(
		    claimed, space->arena, node->addr, size, node->sn, false);
	}
	malloc_mutex_lock(&space->chunks_mtx);
	if (claimed == node)
		chunk_set_remove(space, set, node);
	else {
		/* The order by address does not change; that by size may. The
		 * rings are left alone: the rest is as old as it was. */
		extent_szad_remove(set.szad, node);
		node->addr = (char *)node->addr + size;
		node->size -= size;
		extent_szad_insert(set.szad, node);
		space->ndirty -= size >> LG_PAGE;
	}
	malloc_mutex_unlock(&space->chunks_mtx);
	return claimed;
}

void
chunk_claimed_purge(extent_node_t *node)
{
	node->zeroed = pages_purge(node->addr, node->size);
}

void
chunk_claimed_retain(chunk_space_t *space, extent_node_t *node)
{
	size_t size = node->size;
	chunk_record(space, chunk_set_retained(space), node);
	chunk_retained_add(space, size);
}

/* --------------------------------------------------------- registration -- */

bool
chunk_register(extent_node_t *node)
{
	return rtree_set(node->addr, node);
}

void
chunk_deregister(extent_node_t *node)
{
	rtree_set(node->addr, NULL);
}

/* ----------------------------------------------------------------- fork -- */

void
chunk_space_prefork1(chunk_space_t *space)
{
	malloc_mutex_prefork(&space->chunks_mtx);
}

void
chunk_space_prefork2(chunk_space_t *space)
{
	malloc_mutex_prefork(&space->node_cache_mtx);
}

void
chunk_space_postfork_parent(chunk_space_t *space)
{
	malloc_mutex_postfork_parent(&space->node_cache_mtx);
	malloc_mutex_postfork_parent(&space->chunks_mtx);
}

void
chunk_space_postfork_child(chunk_space_t *space)
{
	malloc_mutex_postfork_child(&space->node_cache_mtx);
	malloc_mutex_postfork_child(&space->chunks_mtx);
}
