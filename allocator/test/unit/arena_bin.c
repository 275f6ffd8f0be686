/*
 * Bins: runs of equal regions, how they fill and empty, and what a free of
 * something else leads to.
 */
#include "arena_unit.h"

#include "arena_map.h"
#include "arena_run.h"

static void *
small(arena_t *arena, szind_t ind)
{
	void *p = arena_malloc_small(arena, ind, false);
	assert_non_null(p);
	return p;
}

/* Every class: three runs and a bit, each region once, lowest first; freed in
 * an order of its own. */
static void
test_arena_bin_every_class(void **state)
{
	(void)state;
	static void *p[3 * 512 + 1];
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	for (szind_t ind = 0; ind < NBINS; ind++) {
		const bin_info_t *info = &arena_bin_info[ind];
		unsigned n = 3u * info->nregs + 1;
		for (unsigned i = 0; i < n; i++) {
			p[i] = small(arena, ind);
			memset(p[i], (int)i, info->reg_size);
			if (i % info->nregs != 0)
				assert_ptr_equal(
				    p[i], (char *)p[i - 1] + info->reg_size);
			assert_int_equal(arena_salloc(p[i]), info->reg_size);
		}
		assert_int_equal(arena->bins[ind].stats.curregs, n);
		assert_int_equal(arena->bins[ind].stats.curruns, 4);
		assert_valid(arena);
		for (unsigned i = 0; i < n; i++) {
			unsigned j = (unsigned)((i * 1009ul) % n);
			if (n % 1009 == 0)
				j = i;
			unsigned char *c = p[j];
			assert_int_equal(*c, (unsigned char)j);
			arena_dalloc_small(c);
			if (i % 97 == 0)
				assert_valid(arena);
		}
		assert_int_equal(arena->bins[ind].stats.curregs, 0);
		assert_int_equal(arena->bins[ind].stats.curruns, 1);
		assert_valid(arena);
		arena_bins_trim(arena, true);
		assert_int_equal(arena->bins[ind].stats.curruns, 0);
	}
	assert_int_equal(arena->nactive, 0);
}

/* A bin keeps the lower one of its free runs, serves the next object from it,
 * and gives it up when two purges have found it unused, or one of everything.
 */
static void
test_arena_bin_keeps_a_run(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	szind_t ind = size2index(2048);
	const arena_bin_t *bin = &arena->bins[ind];
	unsigned nregs = arena_bin_info[ind].nregs;
	void *low = small(arena, ind);
	for (unsigned i = 1; i < nregs; i++)
		(void)small(arena, ind);
	void *high = small(arena, ind);
	arena_dalloc_small(high);
	assert_int_equal(bin->stats.curruns, 2);
	for (unsigned i = 0; i < nregs; i++)
		arena_dalloc_small((char *)low + i * 2048);
	assert_int_equal(bin->stats.curruns, 1);
	assert_valid(arena);
	uint64_t nruns = bin->stats.nruns;
	for (unsigned i = 0; i < 10; i++) {
		assert_ptr_equal(small(arena, ind), low);
		arena_purge(arena, false);
		arena_dalloc_small(low);
	}
	assert_int_equal(bin->stats.nruns, nruns);
	arena_purge(arena, false);
	assert_int_equal(bin->stats.curruns, 1);
	arena_purge(arena, false);
	assert_int_equal(bin->stats.curruns, 0);
	assert_int_equal(arena->nactive, 0);
	arena_dalloc_small(small(arena, ind));
	assert_int_equal(arena->nactive, arena_bin_info[ind].run_pages);
	arena_purge(arena, true);
	assert_int_equal(arena->nactive, 0);
	assert_int_equal(ndirty(arena), 0);
	assert_valid(arena);
}

/* The oldest, lowest run with room serves first (E-25). */
static void
test_arena_bin_lowest_run_first(void **state)
{
	(void)state;
	static void *p[64 * 4];
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	szind_t ind = size2index(64);
	for (unsigned i = 0; i < COUNT(p); i++)
		p[i] = small(arena, ind);
	arena_dalloc_small(p[200]);
	arena_dalloc_small(p[70]);
	arena_dalloc_small(p[71]);
	arena_dalloc_small(p[10]);
	assert_valid(arena);
	assert_ptr_equal(small(arena, ind), p[10]);
	assert_ptr_equal(small(arena, ind), p[70]);
	assert_ptr_equal(small(arena, ind), p[71]);
	assert_ptr_equal(small(arena, ind), p[200]);
	assert_valid(arena);
}

/* A flush of objects of two arenas, in one run or many. */
static void
test_arena_bin_flush(void **state)
{
	(void)state;
	enum { N = 700 };
	static void *p[N];
	arena_t *a = arena_make(PURGE_DECAY, 1000 * SECOND);
	arena_t *b = arena_make(PURGE_DECAY, 1000 * SECOND);
	uint32_t nrequests = 5;
	arena_t *freed_to;
	for (unsigned i = 0; i < N; i++)
		p[i] = small(i % 3 ? a : b, 1);
	unsigned left = arena_flush_small(p, N, 1, b, &nrequests, &freed_to);
	assert_ptr_equal(freed_to, b);
	assert_int_equal(nrequests, 0);
	assert_int_equal(left, N - (N + 2) / 3);
	assert_int_equal(b->bins[1].stats.nrequests, (N + 2) / 3 + 5);
	assert_int_equal(b->bins[1].stats.curregs, 0);
	assert_int_equal(
	    arena_flush_small(p, left, 1, b, &nrequests, &freed_to), 0);
	assert_ptr_equal(freed_to, a);
	assert_int_equal(a->bins[1].stats.curregs, 0);
	assert_valid(a);
	assert_valid(b);
}

/* --------------------------------------------------------------- misuse -- */

static void
dalloc(void *p)
{
	arena_dalloc_small(p);
}

static void
flush(void *p)
{
	uint32_t nrequests = 0;
	arena_t *freed_to;
	arena_flush_small(&p, 1, 2, NULL, &nrequests, &freed_to);
}

static void
test_arena_bin_double_free(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	char *p = small(arena, 2), *keep = small(arena, 2);
	arena_dalloc_small(p);
	assert_true(dies_saying(dalloc, p, "was freed before"));
	assert_true(dies_saying(flush, p, "was freed before"));
	assert_true(dies_saying(dalloc, keep + 16, "inside an object of 32"));
	assert_true(dies_saying(flush, keep + 1, "inside an object of 32"));
	arena_dalloc_small(keep); /* its run is gone */
	assert_true(dies_saying(flush, p, "was freed before"));
}

/* The chunk of an object that was freed before is given up: its header is no
 * header any more. */
static void
test_arena_bin_double_free_without_chunk(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	void *p = small(arena, 2);
	arena_dalloc_small(p);
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
	    cmocka_unit_test(test_arena_bin_every_class),
	    cmocka_unit_test(test_arena_bin_keeps_a_run),
	    cmocka_unit_test(test_arena_bin_lowest_run_first),
	    cmocka_unit_test(test_arena_bin_flush),
	    cmocka_unit_test(test_arena_bin_double_free),
	    cmocka_unit_test(test_arena_bin_double_free_without_chunk),
	};
	return cmocka_run_group_tests(tests, clock_is_fake, NULL);
}
