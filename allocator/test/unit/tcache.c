/*
 * A thread's cache: stacks that grow, what a fill brings, what a collection
 * takes, and that nothing is lost.
 */
#include "arena_unit.h"

#include "arena_map.h"
#include "policy.h"
#include "public.h"
#include "tcache.h"
#include "thread.h"

static tsd_t *tsd;
static arena_t *arena;

static int
setup(void **state)
{
	(void)state;
	je_free(je_malloc(1));
	tsd = tsd_fetch();
	arena = arena_choose(tsd);
	return 0;
}

static int
flush(void **state)
{
	(void)state;
	tcache_flush(tsd);
	opt_fill = FILL_ADAPTIVE;
	return 0;
}

static size_t
curregs(szind_t ind)
{
	return arena->bins[ind].stats.curregs;
}

static void
assert_bin_sound(const tbin_t *tbin, szind_t ind)
{
	assert_true(tbin->full <= tbin->head);
	assert_true(tbin->head <= tbin->low);
	assert_true(tbin->low <= tbin_empty(tbin));
	assert_true(tbin->nslots <= policy_ncached_peak(ind));
}

static void
test_tcache_fill_and_flush(void **state)
{
	(void)state;
	for (szind_t ind = 0; ind < nhbins; ind++) {
		enum { N = 500 };
		static void *p[N];
		tbin_t *tbin = &tsd->tbins[ind];
		for (unsigned i = 0; i < N; i++) {
			p[i] = ind < NBINS
				   ? tcache_alloc_small(tsd, ind, i & 1)
				   : tcache_alloc_large(tsd, ind, i & 1);
			assert_non_null(p[i]);
			assert_int_equal(arena_salloc(p[i]), index2size(ind));
			assert_bin_sound(tbin, ind);
			memset(p[i], (int)i, 8);
		}
		if (ind < NBINS)
			assert_int_equal(curregs(ind), N + tbin_ncached(tbin));
		for (unsigned i = 0; i < N; i++) {
			assert_int_equal(
			    *(unsigned char *)p[i], (unsigned char)i);
			tcache_dalloc(tsd, p[i], ind);
			assert_bin_sound(tbin, ind);
		}
		assert_int_equal(tbin->nslots, policy_ncached_max(ind));
		tcache_flush(tsd);
		assert_int_equal(tbin_ncached(tbin), 0);
		assert_bin_sound(tbin, ind);
		if (ind < NBINS)
			assert_int_equal(curregs(ind), 0);
		else
			assert_int_equal(
			    arena->stats.lruns[ind - NBINS].cur, 0);
		assert_valid(arena);
	}
}

/* The object freed last is handed out first. */
static void
test_tcache_is_a_stack(void **state)
{
	(void)state;
	void *p = je_malloc(200), *q = je_malloc(200);
	je_free(p);
	je_free(q);
	assert_ptr_equal(je_malloc(200), q);
	assert_ptr_equal(je_malloc(200), p);
	je_free(p);
	je_free(q);
}

/* A fill hands out ascending addresses. */
static void
test_tcache_fill_ascends(void **state)
{
	(void)state;
	enum { N = 4 };
	char *p[N];
	tcache_flush(tsd);
	for (unsigned i = 0; i < N; i++) {
		p[i] = je_malloc(1024);
		assert_true(i == 0 || p[i] > p[i - 1]);
	}
	for (unsigned i = 0; i < N; i++)
		je_free(p[i]);
}

/* Of what lay unused, a collection takes three quarters. */
static void
test_tcache_collection(void **state)
{
	(void)state;
	enum { N = 64 };
	void *p[N];
	szind_t ind = size2index(320);
	tbin_t *tbin = &tsd->tbins[ind];
	for (unsigned i = 0; i < N; i++)
		p[i] = tcache_alloc_small(tsd, ind, false);
	for (unsigned i = 0; i < N; i++)
		tcache_dalloc(tsd, p[i], ind);
	tsd->next_gc_bin = ind;
	tcache_event_hard(tsd); /* begins the count */
	unsigned ncached = tbin_ncached(tbin);
	assert_ptr_equal(tbin->low, tbin->head);
	tsd->next_gc_bin = ind;
	tcache_event_hard(tsd);
	assert_int_equal(tbin_ncached(tbin), ncached >> 2);
	assert_bin_sound(tbin, ind);
	assert_valid(arena);
}

/* A heap in steady use lives on the cache: few mallocs in a thousand go to the
 * arena, although the number of objects of each class swings. */
static void
test_tcache_steady_ring(void **state)
{
	(void)state;
	enum { LIVE = 1000, ROUNDS = 100 };
	static void *p[LIVE];
	uint64_t random = 1, fills = 0, before = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < LIVE; i++) {
			je_free(p[i]);
			p[i] = je_malloc(random_next(&random) % 1024 + 1);
			assert_non_null(p[i]);
		}
		fills = 0;
		for (szind_t ind = 0; ind < NBINS; ind++)
			fills += arena->bins[ind].stats.nfills;
		if (round == ROUNDS / 5)
			before = fills;
	}
	fills -= before;
	assert_in_range(fills, 1, (ROUNDS - ROUNDS / 5) * LIVE * 4 / 1000);
	for (unsigned i = 0; i < LIVE; i++) {
		je_free(p[i]);
		p[i] = NULL;
	}
}

/* Idle bins fetch less and less, busy ones up to half of what they hold. */
static void
test_tcache_fill_adapts(void **state)
{
	(void)state;
	szind_t ind = size2index(48);
	tbin_t *tbin = &tsd->tbins[ind];
	tcache_dalloc(tsd, tcache_alloc_small(tsd, ind, false), ind);
	for (unsigned i = 0; i < 20; i++) {
		while (tbin_ncached(tbin) < 50) {
			void *p = arena_malloc_small(arena, ind, false);
			tcache_dalloc(tsd, p, ind);
		}
		tbin->low = tbin->head;
		tbin->ran_dry = false;
		tsd->next_gc_bin = ind;
		tcache_event_hard(tsd);
	}
	assert_int_equal(policy_ncached_max(ind) >> tbin->lg_fill_div, 1);
	for (unsigned i = 0; i < 20; i++) {
		tcache_flush(tsd);
		void *p = tcache_alloc_small(tsd, ind, false);
		tcache_dalloc(tsd, p, ind);
		tsd->next_gc_bin = ind;
		tbin->low = tbin_empty(tbin);
		tcache_event_hard(tsd);
	}
	assert_int_equal(tbin->lg_fill_div, 1);
	assert_valid(arena);
}

/* A class that is flushed and missed by turns may keep more, until that more
 * lies unused. */
static void
test_tcache_limit_follows_bursts(void **state)
{
	(void)state;
	enum { BURST = 200, ROUNDS = 8 };
	static void *p[BURST];
	szind_t ind = size2index(8192);
	tbin_t *tbin = &tsd->tbins[ind];
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < BURST; i++) {
			p[i] = tcache_alloc_small(tsd, ind, false);
			assert_non_null(p[i]);
		}
		for (unsigned i = 0; i < BURST; i++)
			tcache_dalloc(tsd, p[i], ind);
		assert_bin_sound(tbin, ind);
		if (round == 0)
			assert_int_equal(tbin->nslots, policy_ncached_max(ind));
	}
	assert_int_equal(tbin->nslots, policy_ncached_peak(ind));
	for (unsigned i = 0; i < ROUNDS; i++) {
		tsd->next_gc_bin = ind;
		tcache_event_hard(tsd);
		assert_bin_sound(tbin, ind);
	}
	assert_int_equal(tbin->nslots, policy_ncached_max(ind));
	assert_valid(arena);
}

/* Objects of other arenas go back to those. */
static void
test_tcache_flush_of_many_arenas(void **state)
{
	(void)state;
	enum { ARENAS = 4, N = 40 };
	arena_t *others[ARENAS];
	szind_t inds[] = {3, NBINS + 1};
	for (unsigned i = 0; i < ARENAS; i++)
		others[i] = arena_make(PURGE_DECAY, -1);
	for (unsigned k = 0; k < COUNT(inds); k++) {
		for (unsigned i = 0; i < N; i++) {
			arena_t *a = others[i % ARENAS];
			void *p = inds[k] < NBINS
				      ? arena_malloc_small(a, inds[k], false)
				      : arena_malloc_large(a, inds[k], false);
			tcache_dalloc(tsd, p, inds[k]);
		}
	}
	tcache_flush(tsd);
	for (unsigned i = 0; i < ARENAS; i++) {
		arena_bins_trim(others[i], true);
		assert_int_equal(others[i]->nactive, 0);
		assert_valid(others[i]);
	}
}

static void
test_tcache_destroy(void **state)
{
	(void)state;
	for (size_t size = 1; size <= tcache_maxclass; size = size * 2 + 1)
		je_free(je_malloc(size));
	tcache_destroy(tsd);
	for (szind_t i = 0; i < nhbins; i++) {
		assert_int_equal(tsd->tbins[i].nslots, 0);
		assert_null(tsd->tbins[i].head);
	}
	arena_bins_trim(arena, true);
	assert_int_equal(arena->nactive, 0);
	assert_valid(arena);
	je_free(je_malloc(100)); /* it begins again */
	assert_int_not_equal(tsd->tbins[size2index(100)].nslots, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_tcache_fill_and_flush, flush),
	    cmocka_unit_test_teardown(test_tcache_is_a_stack, flush),
	    cmocka_unit_test_teardown(test_tcache_fill_ascends, flush),
	    cmocka_unit_test_teardown(test_tcache_collection, flush),
	    cmocka_unit_test_teardown(test_tcache_steady_ring, flush),
	    cmocka_unit_test_teardown(test_tcache_fill_adapts, flush),
	    cmocka_unit_test_teardown(test_tcache_limit_follows_bursts, flush),
	    cmocka_unit_test_teardown(test_tcache_flush_of_many_arenas, flush),
	    cmocka_unit_test_teardown(test_tcache_destroy, flush),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
