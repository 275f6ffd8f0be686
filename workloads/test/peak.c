/* Unit test of peak: the highest sum of all threads, some of them negative. */
#include "peak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct ebb_live page;

static void
test_peak_is_of_the_sum(void **state)
{
	(void)state;
	_Atomic uint64_t peak = 0;
	live_add(&page.slots[0], 1000, 1);
	peak_note(&peak, &page);
	assert_int_equal(peak, 1000);
	/* Another thread frees most of it: its own counter is negative. */
	live_add(&page.slots[1], -900, 1);
	peak_note(&peak, &page);
	assert_int_equal(peak, 1000);
	live_add(&page.slots[0], 901, 1);
	peak_note(&peak, &page);
	assert_int_equal(peak, 1001);
}

/* A free that is counted before its malloc makes the sum negative. */
static void
test_peak_ignores_sums_below_zero(void **state)
{
	(void)state;
	_Atomic uint64_t peak = 10;
	page = (struct ebb_live){0};
	live_add(&page.slots[63], -1, 1);
	peak_note(&peak, &page);
	assert_int_equal(peak, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_peak_is_of_the_sum),
	    cmocka_unit_test(test_peak_ignores_sums_below_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
