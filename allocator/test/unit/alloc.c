/*
 * The body of the entry points, with and without a thread record.
 */
#include "arena_unit.h"

#include "alloc.h"
#include "public.h"
#include "thread.h"

static const size_t sizes[] = {1, 8, 9, 100, 4096, 4097, 14336, 14337, 32768,
    32769, 100000, 1835008, 1835009, 5 << 20};

static void
every_size(tsd_t *tsd, const alloc_how_t *how)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		char *p = ialloc(tsd, sizes[i], how);
		assert_non_null(p);
		size_t usize = isalloc(p);
		assert_true(usize >= sizes[i]);
		for (size_t j = 0; how->zero && j < usize; j++)
			assert_int_equal(p[j], 0);
		if (how->alignment != 0)
			assert_int_equal(
			    (uintptr_t)p & (how->alignment - 1), 0);
		memset(p, 0x21, usize);
		p = iralloc(tsd, p, 3 * sizes[i], how);
		assert_non_null(p);
		assert_int_equal(p[sizes[i] - 1], 0x21);
		memset(p, 0x22, isalloc(p));
		assert_true(
		    ixalloc(tsd, p, 3 * sizes[i], 100, how) >= 3 * sizes[i]);
		idalloc(tsd, p, how->no_tcache);
	}
}

static void
test_alloc_every_way(void **state)
{
	(void)state;
	assert_false(malloc_init());
	tsd_t *tsds[] = {NULL, tsd_fetch()};
	for (unsigned i = 0; i < 2 * 2 * 2 * 4; i++) {
		alloc_how_t how = {
		    .zero = i & 1,
		    .no_tcache = i & 2,
		    .alignment = (const size_t[]){0, 64, 8192, 4 << 20}[i >> 3],
		};
		for (unsigned round = 0; round < 2; round++)
			every_size(tsds[i >> 2 & 1], &how);
	}
	assert_string_equal(arenas_validate() ? arenas_validate() : "", "");
}

static void
test_alloc_named_arena(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, -1);
	alloc_how_t how = {.arena = arena, .no_tcache = true};
	void *p[COUNT(sizes)];
	for (unsigned i = 0; i < COUNT(sizes); i++)
		p[i] = ialloc(tsd_fetch(), sizes[i], &how);
	assert_valid(arena);
	assert_true(arena->nactive > 0);
	for (unsigned i = 0; i < COUNT(sizes); i++)
		idalloc(tsd_fetch(), p[i], true);
	arena_bins_trim(arena, true);
	assert_int_equal(arena->nactive, 0);
	assert_valid(arena);
}

static void
test_alloc_counts_bytes(void **state)
{
	(void)state;
	tsd_t *tsd = tsd_fetch();
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		uint64_t allocated = tsd->allocated;
		uint64_t deallocated = tsd->deallocated;
		void *p = je_malloc(sizes[i]);
		assert_int_equal(tsd->allocated - allocated, isalloc(p));
		size_t usize = isalloc(p);
		je_free(p);
		assert_int_equal(tsd->deallocated - deallocated, usize);
	}
}

static void
test_alloc_junk_and_zero(void **state)
{
	(void)state;
	tsd_t *tsd = tsd_fetch();
	static const alloc_how_t plain;
	opt_junk_alloc = opt_junk_free = true;
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		unsigned char *p = ialloc(tsd, sizes[i], &plain);
		size_t usize = isalloc(p);
		assert_int_equal(p[0], 0xa5);
		assert_int_equal(p[usize - 1], 0xa5);
		idalloc(tsd, p, false);
	}
	opt_junk_alloc = opt_junk_free = false;
	opt_zero = true;
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		unsigned char *p = ialloc(tsd, sizes[i], &plain);
		size_t usize = isalloc(p);
		for (size_t j = 0; j < usize; j++)
			assert_int_equal(p[j], 0);
		memset(p, 0xff, usize);
		idalloc(tsd, p, false);
	}
	opt_zero = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alloc_every_way),
	    cmocka_unit_test(test_alloc_named_arena),
	    cmocka_unit_test(test_alloc_counts_bytes),
	    cmocka_unit_test(test_alloc_junk_and_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
