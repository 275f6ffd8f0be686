/*
 * The radix tree over the whole of the address space that it covers.
 */
#include "unit.h"

#include "chunk_map.h"
#include "rtree.h"
#include "sz.h"

static struct extent_node_s *
value(uintptr_t n)
{
	return (struct extent_node_s *)(n << 4);
}

static void *
chunk(uintptr_t n)
{
	return (void *)(n << LG_CHUNK);
}

#define LAST (((uintptr_t)1 << (LG_VADDR - LG_CHUNK)) - 1)

static void
test_rtree_set_and_get(void **state)
{
	(void)state;
	static const uintptr_t keys[] = {1, 2, 8191, 8192, 8193, 1000000,
	    LAST / 2, LAST - 8192, LAST - 1, LAST};
	for (unsigned i = 0; i < COUNT(keys); i++) {
		assert_null(rtree_get(chunk(keys[i])));
		assert_false(rtree_set(chunk(keys[i]), value(keys[i])));
	}
	for (unsigned i = 0; i < COUNT(keys); i++)
		assert_ptr_equal(rtree_get(chunk(keys[i])), value(keys[i]));
	assert_null(rtree_get(chunk(3)));
	assert_null(rtree_get(chunk(20000)));
	for (unsigned i = 0; i < COUNT(keys); i++) {
		assert_false(rtree_set(chunk(keys[i]), NULL));
		assert_null(rtree_get(chunk(keys[i])));
	}
}

static void
test_rtree_any_address(void **state)
{
	(void)state;
	for (unsigned lg = 0; lg < 64; lg++) {
		assert_null(rtree_get((void *)((uintptr_t)1 << lg)));
		assert_null(rtree_get((void *)-((uintptr_t)1 << lg)));
		assert_false(chunk_map_is_arena((void *)((uintptr_t)1 << lg)));
		assert_false(chunk_map_is_arena((void *)-((uintptr_t)1 << lg)));
	}
	/* Removing what lies beyond is no error worth an answer. */
	rtree_set(chunk(LAST + 1), NULL);
}

static void
test_chunk_map_bits(void **state)
{
	(void)state;
	static const uintptr_t keys[] = {0, 1, 63, 64, 65, 1000000, LAST};
	for (unsigned i = 0; i < COUNT(keys); i++) {
		uintptr_t p = (uintptr_t)chunk(keys[i]);
		assert_false(chunk_map_is_arena((void *)p));
		chunk_map_set((void *)p);
		assert_true(chunk_map_is_arena((void *)p));
		assert_true(chunk_map_is_arena((void *)(p + CHUNKSIZE - 1)));
		assert_false(chunk_map_is_arena((void *)(p + CHUNKSIZE)));
		assert_false(chunk_map_is_arena((void *)(p - 1)));
		chunk_map_clear((void *)p);
		assert_false(chunk_map_is_arena((void *)p));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rtree_set_and_get),
	    cmocka_unit_test(test_rtree_any_address),
	    cmocka_unit_test(test_chunk_map_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
