/*
 * nstime: the coarse clock follows the fine one, and can be replaced.
 */
#include "unit.h"

#include "nstime.h"

static uint64_t
fine(void)
{
	struct timespec ts;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return (uint64_t)ts.tv_sec * NSTIME_SECOND + (uint64_t)ts.tv_nsec;
}

static void
test_nstime_follows_the_clock(void **state)
{
	const uint64_t tick = NSTIME_SECOND / 20;
	(void)state;
	uint64_t before = fine(), ours = nstime_coarse(), after = fine();
	/* A tick is 10 ms at most; a virtual machine may miss some. */
	assert_true(ours + tick >= before);
	assert_true(ours <= after);
}

static void
test_nstime_advances(void **state)
{
	struct timespec nap = {0, 60 * 1000 * 1000};
	(void)state;
	assert_true(nstime_monotonic);
	uint64_t before = nstime_now();
	nanosleep(&nap, NULL);
	uint64_t after = nstime_now();
	assert_in_range(after - before, 20 * 1000 * 1000, 20 * NSTIME_SECOND);
}

static void
test_nstime_never_goes_back(void **state)
{
	uint64_t last = nstime_now();
	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t now = nstime_now();
		assert_true(now >= last);
		last = now;
	}
}

static uint64_t
stopped(void)
{
	return 4711;
}

static void
test_nstime_can_be_replaced(void **state)
{
	(void)state;
	assert_ptr_equal(nstime_now, nstime_coarse);
	nstime_now = stopped;
	assert_int_equal(nstime_now(), 4711);
	nstime_now = nstime_coarse;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nstime_follows_the_clock),
	    cmocka_unit_test(test_nstime_advances),
	    cmocka_unit_test(test_nstime_never_goes_back),
	    cmocka_unit_test(test_nstime_can_be_replaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
