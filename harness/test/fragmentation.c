/* The four measures of fragmentation, and the ideal. */
#include "fragmentation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
add(series_t *series, uint64_t t_ns, int64_t rss, int64_t live)
{
	point_t point;
	point_init(&point, t_ns);
	point.v[SERIES_RSS] = rss;
	point.v[SERIES_LIVE] = live;
	series_add(series, &point);
}

static bool
near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void
test_fragmentation_four_measures(void **state)
{
	(void)state;
	series_t series;
	fragmentation_t f;
	series_init(&series, 16);
	add(&series, 0, 9999999, 1); /* before the window */
	add(&series, 10, 8192, 4096);
	add(&series, 20, 12288, 8000); /* live peaks */
	add(&series, 30, 16384, 2000); /* RSS peaks */
	assert_false(fragmentation_measure(&series, 10, 50, 4096, &f));
	/* Each holds 10 ns, the last one 20. */
	assert_true(near(
	    f.mean, (8192. + 12288 + 2 * 16384) / (4096 + 8000 + 2 * 2000)));
	assert_true(near(f.at_live, 12288. / 8000));
	assert_true(near(f.at_rss, 16384. / 2000));
	assert_true(near(f.peaks, 16384. / 8000));
	/* 1, 2 and 1 pages. */
	assert_true(near(f.ideal, 4096. * (1 + 2 + 2) / 4));
	assert_true(
	    near(f.over_ideal, (8192. + 12288 + 2 * 16384) / (4096. * 5)));
	series_release(&series);
}

/* Measures 3 and 4 are apart exactly where the peaks are; a steady program
 * has the same for all. */
static void
test_fragmentation_of_steady_memory(void **state)
{
	(void)state;
	series_t series;
	fragmentation_t f;
	series_init(&series, 16);
	for (uint64_t t = 0; t < 5; t++)
		add(&series, t * 10, 3 * 8192, 8192);
	assert_false(fragmentation_measure(&series, 0, 50, 4096, &f));
	assert_true(near(f.mean, 3) && near(f.at_live, 3) &&
		    near(f.at_rss, 3) && near(f.peaks, 3) &&
		    near(f.over_ideal, 3));
	series_release(&series);
}

/* A peak that ended just as the window began is of it. */
static void
test_fragmentation_of_what_stood(void **state)
{
	(void)state;
	series_t series;
	fragmentation_t f;
	series_init(&series, 16);
	add(&series, 5, 40960, 40960);
	add(&series, 20, 20480, 10240);
	assert_false(fragmentation_measure(&series, 10, 40, 4096, &f));
	assert_true(near(f.at_live, 1) && near(f.at_rss, 1));
	/* 10 ns of the first, 20 of the second. */
	assert_true(near(f.mean, (40960. + 2 * 20480) / (40960 + 2 * 10240)));
	series_release(&series);
}

static void
test_fragmentation_of_nothing(void **state)
{
	(void)state;
	series_t series;
	fragmentation_t f = {.mean = 7};
	series_init(&series, 16);
	assert_true(fragmentation_measure(&series, 0, 50, 4096, &f));
	add(&series, 10, 4096, 0);
	add(&series, 20, 4096, 0);
	assert_true(fragmentation_measure(&series, 0, 50, 4096, &f));
	/* A moment at which one thread's counter was read before another's. */
	add(&series, 30, 4096, -64);
	add(&series, 40, 4096, SERIES_NONE);
	assert_true(fragmentation_measure(&series, 0, 50, 4096, &f));
	assert_true(f.mean == 7);
	series_release(&series);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fragmentation_four_measures),
	    cmocka_unit_test(test_fragmentation_of_steady_memory),
	    cmocka_unit_test(test_fragmentation_of_what_stood),
	    cmocka_unit_test(test_fragmentation_of_nothing),
	};
	return cmocka_run_group_tests_name("fragmentation", tests, NULL, NULL);
}
