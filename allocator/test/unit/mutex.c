/*
 * mutex: exclusion, trylock, both ways to make one, and fork while another
 * thread holds it.
 */
#include "unit.h"

#include <pthread.h>
#include <sched.h>

#include "mutex.h"
#include "stats_page.h"

#define NTHREADS 4
#define ROUNDS 20000

static malloc_mutex_t fixed =
    MALLOC_MUTEX_INITIALIZER("fixed", WITNESS_RANK_ARENA);
static malloc_mutex_t made;
static long counter;

static void *
count(void *arg)
{
	malloc_mutex_t *m = arg;
	for (int i = 0; i < ROUNDS; i++) {
		malloc_mutex_lock(m);
		malloc_mutex_assert_owner(m);
		counter++;
		malloc_mutex_unlock(m);
		malloc_mutex_assert_not_owner(m);
	}
	return NULL;
}

static void
count_by_threads(malloc_mutex_t *m)
{
	pthread_t threads[NTHREADS];
	counter = 0;
	for (int i = 0; i < NTHREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, count, m), 0);
	for (int i = 0; i < NTHREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter, (long)NTHREADS * ROUNDS);
}

static void *
hold_wait(void *arg)
{
	malloc_mutex_lock(arg);
	malloc_mutex_unlock(arg);
	return NULL;
}

/* Only who finds the lock taken is counted. */
static void
test_mutex_counts_waits(void **state)
{
	(void)state;
	pthread_t waiter;
	uint64_t before = ebb_stats_page.lock_waits;
	malloc_mutex_lock(&fixed);
	malloc_mutex_unlock(&fixed);
	assert_int_equal(ebb_stats_page.lock_waits, before);
	malloc_mutex_lock(&fixed);
	assert_int_equal(pthread_create(&waiter, NULL, hold_wait, &fixed), 0);
	while (__atomic_load_n(&ebb_stats_page.lock_waits, __ATOMIC_RELAXED) ==
	       before)
		sched_yield();
	malloc_mutex_unlock(&fixed);
	pthread_join(waiter, NULL);
	assert_int_equal(ebb_stats_page.lock_waits, before + 1);
	assert_true(ebb_stats_page.features & EBB_STATS_HAS_LOCK_WAITS);
}

static int
mutex_make(void **state)
{
	(void)state;
	memset(&made, 0xa5, sizeof(made));
	return malloc_mutex_init(&made, "made", WITNESS_RANK_BASE);
}

static void
test_mutex_excludes(void **state)
{
	(void)state;
	count_by_threads(&fixed);
	count_by_threads(&made);
}

/* Returns its argument if the lock was not to be had. */
static void *
try(void *arg)
{
	if (malloc_mutex_trylock(arg))
		return arg;
	malloc_mutex_unlock(arg);
	return NULL;
}

static void *
try_elsewhere(malloc_mutex_t *m)
{
	pthread_t thread;
	void *result;
	assert_int_equal(pthread_create(&thread, NULL, try, m), 0);
	pthread_join(thread, &result);
	return result;
}

static void
test_mutex_trylock(void **state)
{
	(void)state;
	assert_null(try_elsewhere(&made));
	malloc_mutex_lock(&made);
	assert_ptr_equal(try_elsewhere(&made), &made);
	malloc_mutex_unlock(&made);
	assert_null(try_elsewhere(&made));
	/* Against the order, since it does not wait. */
	malloc_mutex_lock(&made);
	assert_false(malloc_mutex_trylock(&fixed));
	malloc_mutex_unlock(&fixed);
	malloc_mutex_unlock(&made);
}

static void
test_mutex_size(void **state)
{
	(void)state;
#ifdef EBB_DEBUG
	assert_string_equal(fixed.witness.name, "fixed");
	assert_int_equal(made.witness.rank, WITNESS_RANK_BASE);
#else
	assert_int_equal(sizeof(malloc_mutex_t), sizeof(pthread_mutex_t));
#endif
}

static void
test_mutex_fork(void **state)
{
	int status;
	(void)state;
	malloc_mutex_prefork(&fixed);
	malloc_mutex_prefork(&made);
	/* Without the handlers of the library that is linked in. */
	pid_t pid = _Fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		malloc_mutex_postfork_child(&made);
		malloc_mutex_postfork_child(&fixed);
		/* Free again, and of their old ranks. */
		malloc_mutex_lock(&fixed);
		malloc_mutex_lock(&made);
		malloc_mutex_unlock(&made);
		malloc_mutex_unlock(&fixed);
		_exit(7);
	}
	malloc_mutex_postfork_parent(&made);
	malloc_mutex_postfork_parent(&fixed);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	count_by_threads(&made);
}

#ifdef EBB_DEBUG

static void
lock_twice(void *m)
{
	malloc_mutex_lock(m);
	malloc_mutex_lock(m);
}

static void
lock_down(void *unused)
{
	(void)unused;
	malloc_mutex_lock(&made);
	malloc_mutex_lock(&fixed);
}

static void
unlock_free(void *m)
{
	malloc_mutex_unlock(m);
}

static void
test_mutex_misuse_stops(void **state)
{
	(void)state;
	assert_true(dies_saying(lock_twice, &made, "made (rank 120) wanted"));
	assert_true(dies_saying(
	    lock_down, NULL, "fixed (rank 90) wanted while made (rank 120)"));
	assert_true(dies_saying(unlock_free, &made, "made is not held"));
}

#endif /* EBB_DEBUG */

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mutex_excludes),
	    cmocka_unit_test(test_mutex_trylock),
	    cmocka_unit_test(test_mutex_counts_waits),
	    cmocka_unit_test(test_mutex_size),
	    cmocka_unit_test(test_mutex_fork),
#ifdef EBB_DEBUG
	    cmocka_unit_test(test_mutex_misuse_stops),
#endif
	};
	return cmocka_run_group_tests(tests, mutex_make, NULL);
}
