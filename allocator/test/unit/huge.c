/*
 * Huge objects: found, resized in place, and counted.
 */
#include "arena_unit.h"

#include "rtree.h"

static size_t
size_of(void *p)
{
	return huge_salloc(huge_lookup(p));
}

static void
test_huge_lookup(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	char *p = huge(arena, 5 * CHUNKSIZE);
	assert_non_null(huge_lookup(p));
	assert_ptr_equal(huge_lookup(p)->addr, p);
	assert_null(huge_lookup(p + 64));
	assert_null(huge_lookup(p + CHUNKSIZE));
	assert_null(huge_lookup((void *)UINTPTR_MAX));
	assert_null(huge_lookup((void *)(UINTPTR_MAX & ~CHUNKSIZE_MASK)));
	assert_null(huge_lookup(NULL));
	huge_free(p);
	assert_null(huge_lookup(p));
	assert_valid(arena);
}

/* E-47: where the largest size wanted does not fit, the least one does. */
static void
test_huge_grows_to_least_size(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	char *p = huge(arena, 8 * CHUNKSIZE);
	assert_false(huge_ralloc_no_move(
	    huge_lookup(p), 6 * CHUNKSIZE, 6 * CHUNKSIZE, false));
	/* Behind p: two chunks, of which the second one is taken. */
	size_t sn;
	malloc_mutex_lock(&arena->lock);
	char *last = chunk_alloc_cache(
	    &arena->space, p + 6 * CHUNKSIZE, 2 * CHUNKSIZE, CHUNKSIZE, &sn);
	chunk_dalloc_cache(
	    &arena->space, chunk_node_take(&arena->space), last, CHUNKSIZE, sn);
	last += CHUNKSIZE;
	malloc_mutex_unlock(&arena->lock);
	assert_ptr_equal(last, p + 7 * CHUNKSIZE);
	assert_false(huge_ralloc_no_move(
	    huge_lookup(p), 7 * CHUNKSIZE, 8 * CHUNKSIZE, false));
	assert_int_equal(size_of(p), 7 * CHUNKSIZE);
	memset(p, 1, 7 * CHUNKSIZE);
	assert_true(huge_ralloc_no_move(
	    huge_lookup(p), 8 * CHUNKSIZE, 10 * CHUNKSIZE, false));
	assert_int_equal(size_of(p), 7 * CHUNKSIZE);
	malloc_mutex_lock(&arena->lock);
	chunk_dalloc_cache(
	    &arena->space, chunk_node_take(&arena->space), last, CHUNKSIZE, sn);
	malloc_mutex_unlock(&arena->lock);
	assert_valid(arena);
	huge_free(p);
	assert_valid(arena);
}

/* E-49: what is mapped comes back to where it was. */
static void
test_huge_mapped_returns(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	uint64_t random = 7;
	for (unsigned round = 0; round < 200; round++) {
		char *p =
		    huge(arena, CHUNKSIZE + random_next(&random) % (20 << 20));
		for (unsigned i = 0; i < 5; i++) {
			size_t to =
			    s2u(CHUNKSIZE + random_next(&random) % (20 << 20));
			huge_ralloc_no_move(huge_lookup(p), to, to, round & 1);
			p[0] = 1;
			p[size_of(p) - 1] = 1;
			assert_valid(arena);
		}
		huge_free(p);
		assert_int_equal(arena->stats.mapped, 0);
		assert_int_equal(arena->nactive, 0);
	}
	for (unsigned i = 0; i < COUNT(arena->stats.hchunks); i++) {
		assert_int_equal(arena->stats.hchunks[i].cur, 0);
		assert_int_equal(arena->stats.hchunks[i].nmalloc,
		    arena->stats.hchunks[i].ndalloc);
	}
	assert_int_equal(arena->stats.nmalloc_huge, arena->stats.ndalloc_huge);
}

static void
test_huge_grows_with_zeros(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	for (unsigned round = 0; round < 3; round++) {
		char *dirt = huge(arena, 8 * CHUNKSIZE);
		memset(dirt, 0xee, 8 * CHUNKSIZE);
		huge_free(dirt);
		char *p = huge(arena, CHUNKSIZE * 5 / 4);
		memset(p, 0xdd, size_of(p));
		for (size_t to = CHUNKSIZE * 3 / 2; to <= 8 * CHUNKSIZE;) {
			size_t old = size_of(p);
			if (huge_ralloc_no_move(huge_lookup(p), to, to, true))
				break;
			for (size_t i = 0; i < to; i++)
				assert_int_equal(
				    p[i], i < old ? (char)0xdd : 0);
			memset(p, 0xdd, to);
			to = index2size(size2index(to) + 1);
		}
		huge_free(p);
		if (round == 1)
			arena_purge(arena, true);
	}
	assert_valid(arena);
}

static void
test_huge_alignments(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	for (unsigned round = 0; round < 2; round++) {
		char *p[6];
		for (unsigned i = 0; i < COUNT(p); i++) {
			size_t align = CHUNKSIZE << i;
			p[i] = huge_palloc(arena, 3 * CHUNKSIZE, align, true);
			assert_non_null(p[i]);
			assert_int_equal((uintptr_t)p[i] & (align - 1), 0);
			assert_int_equal(p[i][3 * CHUNKSIZE - 1], 0);
			memset(p[i], 1, 3 * CHUNKSIZE);
			assert_valid(arena);
		}
		for (unsigned i = 0; i < COUNT(p); i++)
			huge_free(p[i]);
		assert_valid(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_huge_lookup),
	    cmocka_unit_test(test_huge_grows_to_least_size),
	    cmocka_unit_test(test_huge_mapped_returns),
	    cmocka_unit_test(test_huge_grows_with_zeros),
	    cmocka_unit_test(test_huge_alignments),
	};
	return cmocka_run_group_tests(tests, clock_is_fake, NULL);
}
