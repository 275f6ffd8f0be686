/*
 * The chunk layer: where an arena's 2 MiB-aligned ranges come from and go to.
 *
 * A free range is either cached (its pages are dirty: memory that can be used
 * again at once; it counts in ndirty and lies on the rings of dirty memory) or
 * retained (address space without memory). Requests look in the cached set,
 * then in the retained one, then ask the kernel. Nothing is unmapped: holes
 * cost the kernel mappings, of which there are few (vm.max_map_count).
 *
 * Memory is always committed: there is no PROT_NONE state (ecosystem.md B7),
 * so the commit and decommit steps of the call tree have no counterpart here.
 *
 * Locks: `arena lock` below is the lock of the arena that owns the space. No
 * function here makes a system call with a lock held.
 */
#ifndef EBB_CHUNK_H
#define EBB_CHUNK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "extent.h"
#include "mutex.h"
#include "ql.h"
#include "stats_page.h"

struct arena_s;

typedef struct chunk_space_s {
	struct arena_s *arena;
	struct ebb_stats_arena *page;
	_Atomic size_t retained; /* bytes in the retained trees */
	_Atomic size_t sn_next;

	/* Guarded by the arena lock. The rings hold dirty memory, least
	 * recently used first: rd both free dirty runs and cached ranges, cc
	 * cached ranges alone in the same order (A.6). */
	qr_t runs_dirty;
	qr_t chunks_cache;
	size_t ndirty; /* pages of all elements of runs_dirty */

	malloc_mutex_t chunks_mtx; /* guards the four trees; changes of the
				    * cached pair need the arena lock too */
	extent_szad_t szad_cached;
	extent_ad_t ad_cached;
	extent_szad_t szad_retained;
	extent_ad_t ad_retained;

	malloc_mutex_t node_cache_mtx; /* guards the two below */
	qr_t node_cache;               /* unused nodes */
	_Atomic unsigned nnodes;       /* how many; read without the lock */
} chunk_space_t;

/* page is the caller's to set before the space is used. */
void chunk_space_init(chunk_space_t *space, struct arena_s *arena);

/* A cached range of exactly size bytes, at new_addr if that is not NULL. Its
 * content is dirty. NULL if none fits. The arena lock is held. */
void *chunk_alloc_cache(chunk_space_t *space, void *new_addr, size_t size,
    size_t alignment, size_t *sn);

/* A retained range, else a new one from the kernel. *zeroed tells whether it
 * reads as zero. NULL if there is no memory. No lock is held. */
void *chunk_alloc_wrapper(chunk_space_t *space, void *new_addr, size_t size,
    size_t alignment, size_t *sn, bool *zeroed);

/* Puts a range into the cached set; all of it counts as dirty. node: an unused
 * one, from now on the set's; NULL, if there was no memory for one: the range
 * is lost. The arena lock is held. The caller asks the purge policy afterwards.
 */
void chunk_dalloc_cache(chunk_space_t *space, extent_node_t *node, void *chunk,
    size_t size, size_t sn);

/* Gives the memory of a range back and keeps its addresses. No lock is held. */
void chunk_dalloc_wrapper(
    chunk_space_t *space, void *chunk, size_t size, size_t sn, bool zeroed);

/* The second half of it: the memory has been given back already. zeroed: the
 * range reads as zero. No lock is held. */
void chunk_retain(
    chunk_space_t *space, void *chunk, size_t size, size_t sn, bool zeroed);

/* Takes the first size bytes of a cached node out of the cached set. Result: a
 * node that describes them and is the caller's: the same one if it was taken
 * whole; otherwise the rest keeps its place on the rings. NULL: no unused node
 * is at hand. The arena lock is held. */
extent_node_t *
chunk_cache_claim(chunk_space_t *space, extent_node_t *node, size_t size);

/* After chunk_cache_claim: gives back the memory of the range (purge), and
 * then keeps its addresses and releases the node (retain). No lock is held. */
void chunk_claimed_purge(extent_node_t *node);
void chunk_claimed_retain(chunk_space_t *space, extent_node_t *node);

/* An unused node. NULL: none is at hand. Any lock may be held. */
extent_node_t *chunk_node_take(chunk_space_t *space);
/* The same, or a new one. NULL: no memory. No lock is held. */
extent_node_t *chunk_node_alloc(chunk_space_t *space);
void chunk_node_dalloc(chunk_space_t *space, extent_node_t *node);

#define CHUNK_NODES_LOW 24
#define CHUNK_NODES_SLAB 32

void chunk_nodes_reserve_hard(chunk_space_t *space);

/* Cheap. Called wherever a path that used nodes has dropped its locks. */
EBB_INLINE void
chunk_nodes_reserve(chunk_space_t *space)
{
	if (unlikely(atomic_load_explicit(&space->nnodes,
			 memory_order_relaxed) < CHUNK_NODES_LOW))
		chunk_nodes_reserve_hard(space);
}

/* Makes rtree_get find the node at its address. true: no memory. */
bool chunk_register(extent_node_t *node);
void chunk_deregister(extent_node_t *node);

void chunk_space_prefork1(chunk_space_t *space); /* chunks_mtx */
void chunk_space_prefork2(chunk_space_t *space); /* node_cache_mtx */
void chunk_space_postfork_parent(chunk_space_t *space);
void chunk_space_postfork_child(chunk_space_t *space);

#endif /* EBB_CHUNK_H */
