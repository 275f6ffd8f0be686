/* lazyfree.c: when RSS says less than it seems to. */
#include "lazyfree.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define MIB FIXTURE_MIB

/* 100 MiB of RSS; LazyFree rises from `from` to 60 MiB between two points,
 * and was read that often. */
static curve_t *
curve_make(double from, size_t begin, size_t end, size_t readings)
{
	curve_t *curve = text_memory(1, sizeof(*curve));
	curve->samples = 1;
	curve->lazyfree_readings = readings;
	for (size_t i = 0; i < CURVE_POINTS; i++) {
		double part = i <= begin ? 0
			      : i >= end
				  ? 1
				  : (double)(i - begin) / (double)(end - begin);
		curve->median[CURVE_RSS][i] = 100 * MIB;
		curve->median[CURVE_LAZYFREE][i] =
		    i < 5 ? NAN : (from + part * (60 - from)) * MIB;
	}
	return curve;
}

static void
test_lazyfree_rise(void **state)
{
	(void)state;
	curve_t *curve = curve_make(0, 100, 200, 5);
	lazyfree_t rise;
	assert_true(lazyfree_find(curve, 0.01, &rise));
	assert_true(rise.curve);
	assert_true(fabs(rise.part - 0.6) < 1e-9);
	/* 5 % and 95 % of the way. */
	assert_true(fabs(rise.begin_s - 1.05) < 1e-9);
	assert_true(fabs(rise.end_s - 1.95) < 1e-9);
	assert_true(fabs(rise.rss[0] - 100 * MIB) < 1);
	assert_true(fabs(rise.rss_less[0] - 97 * MIB) < 1);
	assert_true(fabs(rise.rss_less[1] - 43 * MIB) < 1);
	free(curve);
}

static void
test_lazyfree_that_began_earlier(void **state)
{
	(void)state;
	curve_t *curve = curve_make(30, 100, 200, 2);
	lazyfree_t rise;
	assert_true(lazyfree_find(curve, 0.01, &rise));
	assert_false(rise.curve); /* two readings are none */
	assert_true(fabs(rise.begin_s - 0.05) < 1e-9); /* its first value */
	free(curve);
}

static void
test_lazyfree_none(void **state)
{
	(void)state;
	lazyfree_t rise;
	curve_t *curve = curve_make(0, 100, 200, 5);
	curve->samples = 0;
	assert_false(lazyfree_find(curve, 0.01, &rise));
	curve->samples = 1;
	for (size_t i = 0; i < CURVE_POINTS; i++)
		curve->median[CURVE_LAZYFREE][i] = i % 2 == 0 ? 0 : NAN;
	assert_false(lazyfree_find(curve, 0.01, &rise));
	free(curve);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lazyfree_rise),
	    cmocka_unit_test(test_lazyfree_that_began_earlier),
	    cmocka_unit_test(test_lazyfree_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
