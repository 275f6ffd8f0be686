/*
 * Thread records: made at the first call, given back at the thread's end, and
 * not made again after it.
 */
#include "arena_unit.h"

#include <pthread.h>

#include "public.h"
#include "thread.h"

static void
in_thread(void *(*f)(void *), void *arg)
{
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, f, arg), 0);
	pthread_join(thread, NULL);
}

static void *
look_at_record(void *out)
{
	tsd_t *before = tsd_get();
	void *p = je_malloc(100);
	tsd_t *tsd = tsd_get();
	if (before == &tsd_boot_record && tsd_is_nominal(tsd) &&
	    tsd_fetch() == tsd && tsd->allocated == 112 && tsd->arena)
		*(tsd_t **)out = tsd;
	je_free(p);
	if (tsd->deallocated != 112)
		*(tsd_t **)out = NULL;
	return NULL;
}

/* The next thread takes the record of the one before. */
static void
test_tsd_is_pooled(void **state)
{
	(void)state;
	tsd_t *first = NULL, *second = NULL;
	in_thread(look_at_record, &first);
	in_thread(look_at_record, &second);
	assert_non_null(first);
	assert_ptr_equal(first, second);
}

static pthread_key_t key;
static unsigned after; /* calls after our own cleanup that went well */

static void
late(void *rounds)
{
	uintptr_t left = (uintptr_t)rounds - 1;
	/* Our destructor may be before or after this one in a round; by the
	 * second one it is before. */
	void *p = je_malloc(100), *q = je_calloc(1, 50000);
	if (p != NULL && q != NULL && tsd_get() == &tsd_exited_record &&
	    tsd_fetch() == NULL)
		after++;
	je_free(p);
	je_free(je_realloc(q, 10));
	je_free(je_malloc(3 << 20));
	if (left != 0)
		pthread_setspecific(key, (void *)left);
}

static void *
with_late_calls(void *arg)
{
	pthread_setspecific(key, (void *)(uintptr_t)3);
	je_free(je_malloc(8));
	return arg;
}

static void
test_tsd_is_not_made_again(void **state)
{
	(void)state;
	static const tsd_t zero;
	assert_int_equal(pthread_key_create(&key, late), 0);
	in_thread(with_late_calls, NULL);
	assert_true(after >= 2);
	pthread_key_delete(key);
	/* Nobody writes to the static records. */
	assert_memory_equal(&tsd_boot_record, &zero, sizeof(zero));
	assert_memory_equal(&tsd_exited_record, &zero, sizeof(zero));
	assert_string_equal(arenas_validate() ? arenas_validate() : "", "");
}

static void *
use_and_leave(void *arg)
{
	arena_t **arena = arg;
	for (size_t size = 1; size < 40000; size += size / 4 + 1)
		je_free(je_malloc(size));
	*arena = tsd_fetch()->arena;
	return NULL;
}

/* What it cached goes back when it ends. */
static void
test_thread_end_empties_cache(void **state)
{
	(void)state;
	arena_t *arena = NULL;
	in_thread(use_and_leave, &arena);
	assert_non_null(arena);
	assert_int_equal(atomic_load(&arena->nthreads), 0);
	arena_bins_trim(arena, true);
	assert_int_equal(arena->nactive, 0);
	assert_valid(arena);
}

/* One ticker an arena, however many there are. */
static void *
tick_many(void *ok)
{
	tsd_t *tsd = tsd_fetch();
	unsigned n = narenas_total_get();
	for (unsigned ind = 0; ind < n; ind++) {
		ticker_t *ticker = decay_ticker_get(tsd, ind);
		if (ticker == NULL || ticker->tick != DECAY_NTICKS_PER_UPDATE)
			return NULL;
		ticker_tick(ticker);
	}
	for (unsigned ind = 0; ind < n; ind++) {
		if (decay_ticker_get(tsd, ind)->tick !=
		    DECAY_NTICKS_PER_UPDATE - 1)
			return NULL;
	}
	*(bool *)ok = true;
	return NULL;
}

static void
test_thread_tickers(void **state)
{
	(void)state;
	unsigned ind;
	bool ok = false;
	for (unsigned i = 0; i < 100; i++)
		assert_false(arenas_extend(&ind));
	in_thread(tick_many, &ok);
	assert_true(ok);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tsd_is_pooled),
	    cmocka_unit_test(test_tsd_is_not_made_again),
	    cmocka_unit_test(test_thread_end_empties_cache),
	    cmocka_unit_test(test_thread_tickers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
