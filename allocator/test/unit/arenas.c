/* MALLOC_CONF: narenas:4 */
/*
 * The choice of arenas for threads.
 */
#include "arena_unit.h"

#include <pthread.h>

#include "public.h"
#include "thread.h"

enum { THREADS = 9 };
static pthread_barrier_t barrier;
static arena_t *chosen[THREADS];

static void *
choose(void *arg)
{
	je_free(je_malloc(10));
	chosen[(uintptr_t)arg] = tsd_fetch()->arena;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* An idle arena before a new one, a new one before the least loaded. */
static void
test_arenas_are_shared_evenly(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	unsigned n = narenas_auto_get();
	assert_false(malloc_init());
	n = narenas_auto_get();
	assert_true(n >= 2);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, choose, (void *)i), 0);
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < n && i < THREADS; i++) {
		unsigned bound = atomic_load(&arena_get(i, false)->nthreads);
		assert_true(bound >= THREADS / n && bound <= THREADS / n + 1);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_non_null(chosen[i]);
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < n && i < THREADS; i++)
		assert_int_equal(
		    atomic_load(&arena_get(i, false)->nthreads), 0);
}

static void
test_arenas_get_and_extend(void **state)
{
	(void)state;
	unsigned total = narenas_total_get(), ind;
	assert_null(arena_get(total, true));
	assert_null(arena_get(ARENAS_MAX + 1, true));
	assert_false(arenas_extend(&ind));
	assert_int_equal(ind, total);
	assert_int_equal(narenas_total_get(), total + 1);
	arena_t *arena = arena_get(ind, false);
	assert_int_equal(arena->ind, ind);
	assert_ptr_equal(arena_get(ind, true), arena);
	void *p = je_mallocx(100, MALLOCX_ARENA(ind) | MALLOCX_TCACHE_NONE);
	assert_int_equal(arena->bins[size2index(100)].stats.curregs, 1);
	je_dallocx(p, MALLOCX_TCACHE_NONE);
	assert_valid(arena);
}

static void
test_arena_migrate(void **state)
{
	(void)state;
	je_free(je_malloc(10));
	tsd_t *tsd = tsd_fetch();
	arena_t *from = arena_choose(tsd);
	arena_t *to = arena_make(PURGE_DECAY, -1);
	arena_migrate(tsd, to);
	assert_ptr_equal(arena_choose(tsd), to);
	assert_int_equal(atomic_load(&to->nthreads), 1);
	void *p = je_malloc(100000);
	assert_int_equal(to->nactive, (114688 + 4096) / 4096);
	arena_migrate(tsd, from);
	assert_int_equal(atomic_load(&to->nthreads), 0);
	je_free(p);
	assert_int_equal(to->nactive, 0);
}

/* Dirty pages of an arena that no thread is left to tick for go all the same:
 * others visit it (E-23). */
static void
test_arenas_abandoned_are_visited(void **state)
{
	(void)state;
	clock_is_fake(state);
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	huge_free(huge(arena, 8 * CHUNKSIZE));
	assert_int_equal(ndirty(arena), 8 * 512);
	fake_time += 2 * NSTIME_SECOND;
	arena_t *mine = arena_choose(tsd_fetch());
	for (unsigned i = 0; i < narenas_total_get(); i++)
		arena_decay_fired(mine);
	assert_int_equal(ndirty(arena), 0);
	nstime_now = nstime_coarse;
}

static void
test_arenas_ncpus(void **state)
{
	(void)state;
	assert_true(arenas_ncpus() >= 1);
	assert_true(arenas_ncpus() <= (unsigned)sysconf(_SC_NPROCESSORS_CONF));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arenas_are_shared_evenly),
	    cmocka_unit_test(test_arenas_get_and_extend),
	    cmocka_unit_test(test_arena_migrate),
	    cmocka_unit_test(test_arenas_abandoned_are_visited),
	    cmocka_unit_test(test_arenas_ncpus),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
