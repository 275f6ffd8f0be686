/*
 * ticker.h: fires on the (nticks + 1)-th event, and starts again in full.
 */
#include "unit.h"

#include "ticker.h"

static void
test_ticker_tick_period(void **state)
{
	static const int32_t periods[] = {0, 1, 2, 228, 1000};
	ticker_t t;
	(void)state;
	for (size_t p = 0; p < COUNT(periods); p++) {
		ticker_init(&t, periods[p]);
		for (int round = 0; round < 3; round++) {
			for (int32_t i = 0; i < periods[p]; i++)
				assert_false(ticker_tick(&t));
			assert_true(ticker_tick(&t));
		}
	}
}

static void
test_ticker_ticks_bulk(void **state)
{
	ticker_t t;
	(void)state;
	ticker_init(&t, 10);
	assert_false(ticker_ticks(&t, 0));
	assert_false(ticker_ticks(&t, 10));
	assert_int_equal(t.tick, 0);
	assert_false(ticker_ticks(&t, 0));
	assert_true(ticker_tick(&t));
	assert_int_equal(t.tick, 10);
	/* What is beyond the end is not carried over. */
	assert_true(ticker_ticks(&t, 11));
	assert_int_equal(t.tick, 10);
	assert_true(ticker_ticks(&t, INT32_MAX));
	assert_false(ticker_ticks(&t, 10));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ticker_tick_period),
	    cmocka_unit_test(test_ticker_ticks_bulk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
