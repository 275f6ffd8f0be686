/* Slices: the time of equal parts of the calls that a series saw. */
#include "slices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)

/* A reading each 10 ms; before the tenth 100 calls in each, then 50. */
static void
series_make(series_t *series, bool calls)
{
	int64_t made = 7000;
	series_init(series, 64);
	for (unsigned i = 0; i <= 30; i++) {
		point_t point;
		point_init(&point, i * 10 * MS);
		if (calls)
			point.v[SERIES_CALLS] = made;
		made += i < 10 ? 100 : 50;
		series_add(series, &point);
	}
}

static void
test_slices_times(void **state)
{
	(void)state;
	series_t series;
	double s[4];
	series_make(&series, true);
	/* 2000 calls: 500 in 50 ms, 500 in 50 ms, then twice 100 ms. */
	assert_false(slices_read(&series, 0, 300 * MS, 4, s));
	assert_float_equal(s[0], 0.05, 1e-9);
	assert_float_equal(s[1], 0.05, 1e-9);
	assert_float_equal(s[2], 0.10, 1e-9);
	assert_float_equal(s[3], 0.10, 1e-9);
	/* Between readings: 1500 calls in the window from 50 ms on. */
	assert_false(slices_read(&series, 45 * MS, 300 * MS, 3, s));
	assert_float_equal(s[0], 0.05, 1e-9);
	assert_float_equal(s[1] + s[2], 0.2, 1e-9);
	series_release(&series);
}

static void
test_slices_too_few(void **state)
{
	(void)state;
	series_t series;
	double s[20];
	series_make(&series, true);
	assert_true(slices_read(&series, 0, 300 * MS, 20, s));
	assert_true(slices_read(&series, 0, 5 * MS, 1, s));
	assert_true(slices_read(&series, 300 * MS, 0, 2, s));
	assert_true(slices_read(&series, 0, 300 * MS, 0, s));
	series_release(&series);
	/* Nobody counts the calls, or none is made. */
	series_make(&series, false);
	assert_true(slices_read(&series, 0, 300 * MS, 2, s));
	for (size_t i = 0; i < series.n; i++)
		series.v[i].v[SERIES_CALLS] = 5;
	assert_true(slices_read(&series, 0, 300 * MS, 2, s));
	series_release(&series);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slices_times),
	    cmocka_unit_test(test_slices_too_few),
	};
	return cmocka_run_group_tests_name("slices", tests, NULL, NULL);
}
