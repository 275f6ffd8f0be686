/*
 * The chunk layer: what is recycled, split, merged and kept.
 */
#include "arena_unit.h"

#include "chunk_mmap.h"
#include "rtree.h"

static arena_t *arena;
static chunk_space_t *space;

static int
setup(void **state)
{
	clock_is_fake(state);
	arena = arena_make(PURGE_DECAY, -1);
	space = &arena->space;
	return 0;
}

static char *
from_kernel(unsigned chunks)
{
	size_t sn;
	bool zeroed;
	char *p = chunk_alloc_wrapper(
	    space, NULL, chunks * CHUNKSIZE, CHUNKSIZE, &sn, &zeroed);
	assert_non_null(p);
	return p;
}

static void
cache(void *p, unsigned chunks, size_t sn)
{
	malloc_mutex_lock(&arena->lock);
	chunk_dalloc_cache(
	    space, chunk_node_take(space), p, chunks * CHUNKSIZE, sn);
	malloc_mutex_unlock(&arena->lock);
}

static char *
recycle(void *new_addr, unsigned chunks, size_t alignment, size_t *sn)
{
	malloc_mutex_lock(&arena->lock);
	char *p = chunk_alloc_cache(
	    space, new_addr, chunks * CHUNKSIZE, alignment, sn);
	malloc_mutex_unlock(&arena->lock);
	return p;
}

static void
test_chunk_cache_splits_and_merges(void **state)
{
	(void)state;
	size_t sn;
	char *p = from_kernel(8);
	cache(p, 8, 3);
	assert_int_equal(ndirty(arena), 8 * 512);
	assert_valid(arena);
	/* The least that is large enough, from the front. */
	assert_ptr_equal(recycle(NULL, 3, CHUNKSIZE, &sn), p);
	assert_int_equal(sn, 3);
	assert_ptr_equal(recycle(p + 4 * CHUNKSIZE, 2, CHUNKSIZE, &sn), NULL);
	assert_ptr_equal(
	    recycle(p + 3 * CHUNKSIZE, 2, CHUNKSIZE, &sn), p + 3 * CHUNKSIZE);
	assert_valid(arena);
	cache(p, 3, 7);
	assert_int_equal(ndirty(arena), 6 * 512);
	assert_valid(arena); /* apart */
	cache(p + 3 * CHUNKSIZE, 2, 9);
	assert_valid(arena); /* one again */
	assert_ptr_equal(recycle(p, 8, CHUNKSIZE, &sn), p);
	assert_int_equal(sn, 3);
	assert_int_equal(ndirty(arena), 0);
	chunk_dalloc_wrapper(space, p, 8 * CHUNKSIZE, sn, false);
	assert_valid(arena);
}

static void
test_chunk_recycle_aligned(void **state)
{
	(void)state;
	size_t sn;
	char *p = from_kernel(31);
	memset(p, 1, 31 * CHUNKSIZE);
	cache(p, 31, 0);
	char *q = recycle(NULL, 3, 8 * CHUNKSIZE, &sn);
	assert_non_null(q);
	assert_int_equal((uintptr_t)q & (8 * CHUNKSIZE - 1), 0);
	assert_true(q >= p && q + 3 * CHUNKSIZE <= p + 31 * CHUNKSIZE);
	assert_valid(arena);
	cache(q, 3, 0);
	assert_valid(arena);
	assert_null(recycle(NULL, 31, 16 * CHUNKSIZE, &sn));
	assert_null(recycle(NULL, 1, (size_t)1 << 62, &sn));
	/* By size it is looked for in the next class; by address it is. */
	assert_null(recycle(NULL, 31, CHUNKSIZE, &sn));
	assert_ptr_equal(recycle(p, 31, CHUNKSIZE, &sn), p);
	chunk_dalloc_wrapper(space, p, 31 * CHUNKSIZE, sn, false);
	assert_valid(arena);
}

/* What was given back and kept reads as zero, and is known to. */
static void
test_chunk_retained_is_zero(void **state)
{
	(void)state;
	size_t sn;
	bool zeroed;
	char *p = from_kernel(2);
	memset(p, 0xee, 2 * CHUNKSIZE);
	size_t before = atomic_load(&space->retained);
	chunk_dalloc_wrapper(space, p, 2 * CHUNKSIZE, 0, false);
	assert_int_equal(atomic_load(&space->retained), before + 2 * CHUNKSIZE);
	char *q = chunk_alloc_wrapper(
	    space, p, 2 * CHUNKSIZE, CHUNKSIZE, &sn, &zeroed);
	assert_ptr_equal(q, p);
	assert_true(zeroed);
	for (size_t i = 0; i < 2 * CHUNKSIZE; i += PAGE)
		assert_int_equal(q[i], 0);
	/* One that is not zero takes the knowledge from its neighbour. */
	chunk_retain(space, p, CHUNKSIZE, 0, true);
	chunk_retain(space, p + CHUNKSIZE, CHUNKSIZE, 0, false);
	q = chunk_alloc_wrapper(space, p, CHUNKSIZE, CHUNKSIZE, &sn, &zeroed);
	assert_ptr_equal(q, p);
	assert_false(zeroed);
	chunk_retain(space, p, CHUNKSIZE, 0, true);
	assert_valid(arena);
}

static void
test_chunk_claim_part(void **state)
{
	(void)state;
	char *p = from_kernel(6);
	cache(p, 6, 0);
	malloc_mutex_lock(&arena->lock);
	extent_node_t *node = RB_ROOT(&space->ad_cached);
	extent_node_t *claimed = chunk_cache_claim(space, node, 2 * CHUNKSIZE);
	malloc_mutex_unlock(&arena->lock);
	assert_ptr_equal(claimed->addr, p);
	assert_int_equal(claimed->size, 2 * CHUNKSIZE);
	assert_int_equal(ndirty(arena), 4 * 512);
	chunk_claimed_purge(claimed);
	chunk_claimed_retain(space, claimed);
	assert_valid(arena);
	arena_purge(arena, true);
	assert_int_equal(ndirty(arena), 0);
	assert_valid(arena);
}

/* With a lock held a node comes from those at hand or not at all. */
static void
test_chunk_nodes(void **state)
{
	(void)state;
	enum { N = 2 * CHUNK_NODES_SLAB };
	extent_node_t *nodes[N];
	unsigned n = 0;
	while ((nodes[n] = chunk_node_take(space)) != NULL)
		n++;
	assert_true(n < N);
	assert_int_equal(atomic_load(&space->nnodes), 0);
	nodes[n] = chunk_node_alloc(space);
	assert_non_null(nodes[n++]);
	while (n != 0)
		chunk_node_dalloc(space, nodes[--n]);
	char *p = from_kernel(1);
	cache(p, 1, 0);
	assert_valid(arena);
	arena_purge(arena, true);
}

static void
test_chunk_mmap_alignments(void **state)
{
	(void)state;
	for (size_t align = CHUNKSIZE; align <= 64 * CHUNKSIZE; align *= 2) {
		for (unsigned chunks = 1; chunks < 6; chunks++) {
			char *p =
			    chunk_alloc_mmap(NULL, chunks * CHUNKSIZE, align);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p & (align - 1), 0);
			p[0] = p[chunks * CHUNKSIZE - 1] = 1;
			chunk_retain(space, p, chunks * CHUNKSIZE, 0, false);
		}
	}
	assert_null(chunk_alloc_mmap(NULL, (size_t)1 << 62, CHUNKSIZE));
	assert_null(chunk_alloc_mmap(NULL, CHUNKSIZE, (size_t)1 << 62));
	assert_valid(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chunk_cache_splits_and_merges),
	    cmocka_unit_test(test_chunk_recycle_aligned),
	    cmocka_unit_test(test_chunk_retained_is_zero),
	    cmocka_unit_test(test_chunk_claim_part),
	    cmocka_unit_test(test_chunk_nodes),
	    cmocka_unit_test(test_chunk_mmap_alignments),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
