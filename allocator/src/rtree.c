#include "rtree.h"

#include <stdatomic.h>
#include <stdint.h>

#include "assert.h"
#include "base.h"
#include "chunk_map.h"
#include "sz.h"

#define RTREE_LG_LEAF 13
#define RTREE_LG_ROOT (LG_VADDR - LG_CHUNK - RTREE_LG_LEAF)

typedef _Atomic(struct extent_node_s *) rtree_elm_t;

static struct {
	_Atomic(rtree_elm_t *) root[1 << RTREE_LG_ROOT];
	/* A leaf that lost the race to be published; the next one to need a
	 * leaf takes it. */
	_Atomic(rtree_elm_t *) spare;
} rtree;

static rtree_elm_t *
rtree_leaf_get_hard(_Atomic(rtree_elm_t *) *slot)
{
	rtree_elm_t *leaf = atomic_exchange(&rtree.spare, NULL);
	if (leaf == NULL)
		leaf = base_alloc(sizeof(rtree_elm_t) << RTREE_LG_LEAF);
	if (leaf == NULL)
		return NULL;
	rtree_elm_t *there = NULL;
	if (atomic_compare_exchange_strong(slot, &there, leaf))
		return leaf;
	/* If a spare is there already, this one is lost: 64 KiB of address
	 * space that nobody touched. */
	rtree_elm_t *none = NULL;
	(void)atomic_compare_exchange_strong(&rtree.spare, &none, leaf);
	return there;
}

static rtree_elm_t *
rtree_elm_get(const void *chunk, bool create)
{
	uintptr_t key = (uintptr_t)chunk >> LG_CHUNK;
	if (key >> (RTREE_LG_ROOT + RTREE_LG_LEAF) != 0)
		return NULL;
	_Atomic(rtree_elm_t *) *slot = &rtree.root[key >> RTREE_LG_LEAF];
	rtree_elm_t *leaf = atomic_load_explicit(slot, memory_order_acquire);
	if (leaf == NULL) {
		if (!create)
			return NULL;
		leaf = rtree_leaf_get_hard(slot);
		if (leaf == NULL)
			return NULL;
	}
	return &leaf[key & (((uintptr_t)1 << RTREE_LG_LEAF) - 1)];
}

bool
rtree_set(const void *chunk, struct extent_node_s *node)
{
	assert(((uintptr_t)chunk & CHUNKSIZE_MASK) == 0);
	rtree_elm_t *elm = rtree_elm_get(chunk, node != NULL);
	if (elm == NULL)
		return true;
	atomic_store_explicit(elm, node, memory_order_release);
	return false;
}

struct extent_node_s *
rtree_get(const void *chunk)
{
	rtree_elm_t *elm = rtree_elm_get(chunk, false);
	if (elm == NULL)
		return NULL;
	return atomic_load_explicit(elm, memory_order_acquire);
}
