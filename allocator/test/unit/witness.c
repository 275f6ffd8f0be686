/*
 * witness: the ranks' order in every build; what stops the program, in debug
 * builds.
 */
#include "unit.h"

#include <pthread.h>

#include "witness.h"

static void
test_witness_ranks_ascend(void **state)
{
	static const witness_rank_t order[] = {WITNESS_RANK_OMIT,
	    WITNESS_RANK_INIT, WITNESS_RANK_TCACHES, WITNESS_RANK_ARENAS,
	    WITNESS_RANK_THREAD, WITNESS_RANK_ARENA, WITNESS_RANK_ARENA_CHUNKS,
	    WITNESS_RANK_ARENA_NODE_CACHE, WITNESS_RANK_RTREE,
	    WITNESS_RANK_BASE, WITNESS_RANK_TCACHE_STACK, WITNESS_RANK_LEAF};
	(void)state;
	for (size_t i = 1; i < COUNT(order); i++)
		assert_true(order[i - 1] < order[i]);
	assert_int_equal(WITNESS_RANK_INIT, WITNESS_RANK_CTL);
}

#ifdef EBB_DEBUG

static const witness_t arenas = {"arenas", WITNESS_RANK_ARENAS};
static const witness_t arena = {"arena", WITNESS_RANK_ARENA};
static const witness_t arena_2 = {"arena_2", WITNESS_RANK_ARENA};
static const witness_t base = {"base", WITNESS_RANK_BASE};
static const witness_t bin = {"bin", WITNESS_RANK_LEAF};
static const witness_t huge = {"huge", WITNESS_RANK_LEAF};
static const witness_t quiet = {"quiet", WITNESS_RANK_OMIT};

static void
lock(const witness_t *w)
{
	witness_lock_check(w);
	witness_lock(w);
}

/* Locks the witnesses of a NULL-terminated list in turn. */
static void
lock_all(void *list)
{
	for (const witness_t **w = list; *w != NULL; w++)
		lock(*w);
}

static void
prefork_all(void *list)
{
	for (const witness_t **w = list; *w != NULL; w++)
		witness_prefork(*w);
}

static void
unlock_one(void *w)
{
	witness_unlock(w);
}

static void
not_owner(void *w)
{
	lock(w);
	witness_assert_not_owner(w);
}

static void
owner(void *w)
{
	witness_assert_owner(w);
}

static void
lockless(void *w)
{
	lock(w);
	witness_assert_none_from(WITNESS_RANK_INIT);
}

static void
too_many(void *unused)
{
	witness_t many[WITNESS_HELD_MAX + 1];
	(void)unused;
	for (unsigned i = 0; i < COUNT(many); i++) {
		many[i] = (witness_t){"many", (witness_rank_t)(1 + i)};
		lock(&many[i]);
	}
}

#	define LIST(...) ((void *)(const witness_t *[]){__VA_ARGS__, NULL})

static void
test_witness_order_is_allowed(void **state)
{
	(void)state;
	lock_all(LIST(&arenas, &arena, &base, &bin));
	witness_assert_owner(&arena);
	witness_assert_not_owner(&arena_2);
	/* Released in any order; then a lower rank may come again. */
	witness_unlock(&arena);
	witness_assert_not_owner(&arena);
	witness_unlock(&bin);
	witness_unlock(&base);
	lock(&arena_2);
	witness_unlock(&arenas);
	witness_unlock(&arena_2);
	witness_assert_none_from(WITNESS_RANK_INIT);
}

static void
test_witness_disorder_stops(void **state)
{
	(void)state;
	assert_true(dies_saying(lock_all, LIST(&base, &arena),
	    "arena (rank 90) wanted while base (rank 120) is held"));
	assert_true(dies_saying(
	    lock_all, LIST(&arena, &arena_2), "arena_2 (rank 90) wanted"));
	assert_true(dies_saying(lock_all, LIST(&bin, &huge), "huge"));
	assert_true(dies_saying(lock_all, LIST(&bin, &bin), "bin"));
	/* A held lock counts wherever it is on the list. */
	assert_true(dies_saying(
	    lock_all, LIST(&arenas, &bin, &arena), "arena (rank 90)"));
}

static void
test_witness_owner_asserts_stop(void **state)
{
	(void)state;
	assert_true(
	    dies_saying(unlock_one, (void *)&arena, "arena is not held"));
	assert_true(dies_saying(owner, (void *)&arena, "arena is not held"));
	assert_true(dies_saying(not_owner, (void *)&arena, "arena is held"));
	assert_true(dies_saying(
	    lockless, (void *)&bin, "is held where none from rank 10 may be"));
	assert_true(dies_saying(too_many, NULL, "one lock too many"));
}

static void
test_witness_omit_is_not_watched(void **state)
{
	(void)state;
	lock_all(LIST(&bin, &quiet, &quiet));
	witness_assert_owner(&quiet);
	witness_unlock(&quiet);
	witness_unlock(&bin);
	witness_assert_none_from(WITNESS_RANK_INIT);
}

static void *
other_thread(void *done)
{
	witness_assert_none_from(WITNESS_RANK_INIT);
	lock(&arenas);
	witness_unlock(&arenas);
	*(bool *)done = true;
	return NULL;
}

static void
test_witness_is_per_thread(void **state)
{
	pthread_t thread;
	bool done = false;
	(void)state;
	lock(&bin);
	assert_int_equal(pthread_create(&thread, NULL, other_thread, &done), 0);
	pthread_join(thread, NULL);
	assert_true(done);
	witness_unlock(&bin);
}

static void
test_witness_fork(void **state)
{
	(void)state;
	/* Equal ranks may be locked for fork, many of them, but in order. */
	for (int i = 0; i < 100; i++)
		witness_prefork(&arena);
	witness_prefork(&bin);
	witness_prefork(&huge);
	witness_postfork_parent();
	witness_prefork(&arena);
	witness_postfork_parent();
	witness_assert_none_from(WITNESS_RANK_INIT);
	assert_true(dies_saying(prefork_all, LIST(&bin, &arena),
	    "arena (rank 90) wanted for fork"));
	lock(&arena);
	witness_postfork_child();
	witness_assert_none_from(WITNESS_RANK_INIT);
}

#endif /* EBB_DEBUG */

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_witness_ranks_ascend),
#ifdef EBB_DEBUG
	    cmocka_unit_test(test_witness_order_is_allowed),
	    cmocka_unit_test(test_witness_disorder_stops),
	    cmocka_unit_test(test_witness_owner_asserts_stop),
	    cmocka_unit_test(test_witness_omit_is_not_watched),
	    cmocka_unit_test(test_witness_is_per_thread),
	    cmocka_unit_test(test_witness_fork),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
