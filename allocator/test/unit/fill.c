#include "unit.h"

#include "fill.h"

static void
test_first(void **state)
{
	(void)state;
	assert_int_equal(fill_first(FILL_ADAPTIVE, 200), 1);
	assert_int_equal(fill_first(FILL_FIXED0, 200), 0);
	assert_int_equal(fill_first(FILL_FIXED3, 200), 3);
	assert_int_equal(fill_first(FILL_BURST, 200), 3);
	/* A miss always fetches something. */
	for (unsigned max = 1; max <= 200; max++) {
		for (fill_t f = FILL_ADAPTIVE; f <= FILL_BURST; f++)
			assert_true(max >> fill_first(f, max) >= 1);
	}
}

static void
test_adaptive_follows_the_low_water_mark(void **state)
{
	(void)state;
	/* Over-full: fetch less, but never nothing. */
	assert_int_equal(fill_collected(FILL_ADAPTIVE, 1, 200, 5, false), 2);
	assert_int_equal(fill_collected(FILL_ADAPTIVE, 7, 200, 5, false), 7);
	/* Ran dry: fetch more, up to half. */
	assert_int_equal(fill_collected(FILL_ADAPTIVE, 3, 200, 0, true), 2);
	assert_int_equal(fill_collected(FILL_ADAPTIVE, 1, 200, 0, true), 1);
	/* Neither. */
	assert_int_equal(fill_collected(FILL_ADAPTIVE, 3, 200, 0, false), 3);
	/* A miss changes nothing before the collection. */
	assert_int_equal(fill_missed(FILL_ADAPTIVE, 3, true), 3);
}

static void
test_fixed_is_frozen(void **state)
{
	(void)state;
	for (fill_t f = FILL_FIXED0; f <= FILL_FIXED3; f++) {
		uint8_t div = (uint8_t)(f - FILL_FIXED0);
		assert_int_equal(fill_missed(f, div, true), div);
		assert_int_equal(fill_collected(f, div, 200, 9, false), div);
		assert_int_equal(fill_collected(f, div, 200, 0, true), div);
	}
}

static void
test_burst_doubles_with_consecutive_misses(void **state)
{
	(void)state;
	uint8_t div = fill_first(FILL_BURST, 200);
	div = fill_missed(FILL_BURST, div, false);
	assert_int_equal(div, 3);
	for (int expected = 2; expected >= 0; expected--) {
		div = fill_missed(FILL_BURST, div, true);
		assert_int_equal(div, expected);
	}
	assert_int_equal(fill_missed(FILL_BURST, 0, true), 0);
	assert_int_equal(fill_collected(FILL_BURST, 0, 200, 4, false), 1);
	assert_int_equal(fill_collected(FILL_BURST, 1, 200, 0, true), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first),
	    cmocka_unit_test(test_adaptive_follows_the_low_water_mark),
	    cmocka_unit_test(test_fixed_is_frozen),
	    cmocka_unit_test(test_burst_doubles_with_consecutive_misses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
