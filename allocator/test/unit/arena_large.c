/*
 * Large objects: where they lie, and how they change in place.
 */
#include "arena_unit.h"

#include "arena_map.h"
#include "arena_run.h"

static void
test_arena_large_every_class(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	for (szind_t ind = NBINS; ind < NBINS + NLCLASSES; ind++) {
		char *p[3];
		size_t size = index2size(ind);
		for (unsigned i = 0; i < COUNT(p); i++) {
			p[i] = large(arena, size);
			assert_int_equal((uintptr_t)p[i] % CACHELINE, 0);
			assert_int_equal(arena_salloc(p[i]), size);
		}
		assert_valid(arena);
		for (unsigned i = 0; i < COUNT(p); i++)
			arena_dalloc_large(p[i]);
		assert_valid(arena);
	}
	assert_int_equal(arena->nactive, 0);
	assert_int_equal(arena->stats.allocated_large, 0);
}

/* Starts spread over the cache lines of a page (D.11). */
static void
test_arena_large_offsets(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	uint64_t seen = 0;
	for (unsigned i = 0; i < 2000; i++) {
		void *p = large(arena, 16384);
		seen |= UINT64_C(1) << (((uintptr_t)p & PAGE_MASK) / CACHELINE);
		arena_dalloc_large(p);
	}
	assert_int_equal(seen, UINT64_MAX);
}

static void
test_arena_large_aligned(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	for (size_t align = PAGE; align < CHUNKSIZE; align *= 2) {
		for (size_t size = 16384; size <= LARGE_MAXCLASS; size *= 3) {
			size_t usize = sa2u(size, align);
			if (usize > LARGE_MAXCLASS)
				continue;
			char *p =
			    arena_palloc_large(arena, usize, align, false);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p & (align - 1), 0);
			memset(p, 1, usize);
			assert_valid(arena);
			arena_dalloc_large(p);
		}
	}
	assert_int_equal(arena->nactive, 0);
	assert_valid(arena);
}

/* Grows by what lies free behind, to the largest class that fits. */
static void
test_arena_large_grow(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	char *p = large(arena, 65536);
	char *q = large(arena, 131072);
	char *r = large(arena, 65536);
	assert_true(arena_ralloc_large_no_move(p, 65536, 81920, 81920, false));
	arena_dalloc_large(q); /* 33 pages: 192 KiB + 4 KiB in all */
	assert_true(
	    arena_ralloc_large_no_move(p, 65536, 229376, 262144, false));
	assert_int_equal(arena_salloc(p), 65536);
	assert_false(arena_ralloc_large_no_move(p, 65536, 81920, 262144, true));
	assert_int_equal(arena_salloc(p), 196608);
	assert_int_equal(p[65535], 1);
	for (size_t i = 65536; i < 196608; i++)
		assert_int_equal(p[i], 0);
	memset(p, 2, 196608);
	assert_int_equal(r[0], 1);
	assert_valid(arena);
	assert_false(
	    arena_ralloc_large_no_move(p, 196608, 16384, 16384, false));
	assert_int_equal(arena_salloc(p), 16384);
	assert_valid(arena);
	/* Neither small nor huge. */
	assert_true(arena_ralloc_large_no_move(p, 16384, 100, 14336, false));
	assert_true(arena_ralloc_large_no_move(
	    p, 16384, CHUNKSIZE, 2 * CHUNKSIZE, false));
	arena_dalloc_large(p);
	arena_dalloc_large(r);
	assert_int_equal(arena->nactive, 0);
	assert_int_equal(arena->stats.allocated_large, 0);
}

/* At the end of the chunk there is nothing to grow into. */
static void
test_arena_large_grow_at_end_of_chunk(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	char *p[40];
	for (unsigned i = 0; i < COUNT(p); i++)
		p[i] = large(arena, 65536);
	for (unsigned i = 0; i < COUNT(p); i++) {
		arena_ralloc_large_no_move(
		    p[i], 65536, 81920, LARGE_MAXCLASS, false);
		assert_valid(arena);
	}
	for (unsigned i = 0; i < COUNT(p); i++)
		arena_dalloc_large(p[i]);
	assert_int_equal(arena->nactive, 0);
	assert_valid(arena);
}

/* Many ranges that cannot merge go back to the chunk layer under one lock: more
 * than there are nodes for. Debug builds stop at a system call under it. */
static void
test_arena_large_mass_release(void **state)
{
	(void)state;
	enum { N = 3 * CHUNK_NODES_SLAB };
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	szind_t ind = size2index(LARGE_MAXCLASS);
	void *go[N], *stay[N];
	/* Chunks that are dirty throughout: they merge to one free run. */
	huge_free(huge(arena, 2 * N * CHUNKSIZE));
	for (unsigned i = 0; i < N; i++) {
		go[i] = arena_malloc_large(arena, ind, false);
		stay[i] = arena_malloc_large(arena, ind, false);
		assert_non_null(go[i]);
		assert_non_null(stay[i]);
	}
	uint32_t nrequests = 0;
	arena_t *freed_to;
	assert_int_equal(
	    arena_flush_large(go, N, ind, NULL, &nrequests, &freed_to), 0);
	assert_valid(arena);
	assert_true(ndirty(arena) >= (N - 1) * ARENA_CHUNK_NDATA);
	assert_int_equal(
	    arena_flush_large(stay, N, ind, NULL, &nrequests, &freed_to), 0);
	assert_valid(arena);
	arena_purge(arena, true);
	assert_int_equal(ndirty(arena), 0);
	assert_int_equal(arena->nactive, 0);
}

/* --------------------------------------------------------------- misuse -- */

static void
dalloc(void *p)
{
	arena_dalloc_large(p);
}

static void
flush(void *p)
{
	uint32_t nrequests = 0;
	arena_t *freed_to;
	arena_flush_large(
	    &p, 1, size2index(65536), NULL, &nrequests, &freed_to);
}

static void
test_arena_large_double_free(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	char *p = large(arena, 65536), *keep = large(arena, 65536);
	arena_dalloc_large(p);
	assert_true(dies_saying(dalloc, p, "was freed before"));
	assert_true(dies_saying(flush, p, "was freed before"));
	assert_true(dies_saying(dalloc, keep + 2 * PAGE, "freed before"));
	arena_dalloc_large(keep);
	/* The chunk goes, and becomes something else. */
	void *a = large(arena, LARGE_MAXCLASS);
	void *b = large(arena, LARGE_MAXCLASS);
	arena_dalloc_large(a);
	arena_dalloc_large(b);
	arena_purge(arena, true);
	assert_true(dies_saying(flush, p, "was freed before"));
	void *over = huge(arena, CHUNKSIZE);
	memset(over, 0x77, CHUNKSIZE);
	assert_true(dies_saying(flush, p, "was freed before"));
	huge_free(over);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena_large_every_class),
	    cmocka_unit_test(test_arena_large_offsets),
	    cmocka_unit_test(test_arena_large_aligned),
	    cmocka_unit_test(test_arena_large_grow),
	    cmocka_unit_test(test_arena_large_grow_at_end_of_chunk),
	    cmocka_unit_test(test_arena_large_mass_release),
	    cmocka_unit_test(test_arena_large_double_free),
	};
	return cmocka_run_group_tests(tests, clock_is_fake, NULL);
}
