/*
 * Without arguments: the fixture holds what its tables plant.
 * `fixture DIR [SAMPLES]` writes the made-up run into DIR, for
 * acceptance_14_report.sh and for looking at a report; SAMPLES: interrupted
 * after so many.
 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats.h"

/* The spread has median exactly 1, so that planted ratios are exact. */
static void
test_fixture_spread(void **state)
{
	(void)state;
	for (int a = 0; a < FIXTURE_ARMS; a++) {
		double x[FIXTURE_BLOCKS];
		for (int b = 0; b < FIXTURE_BLOCKS; b++)
			x[b] = log(fixture_spread(1, a, b));
		assert_true(fabs(stats_median(x, FIXTURE_BLOCKS)) < 1e-12);
	}
}

static void
test_fixture_lines_complete(void **state)
{
	(void)state;
	json_t *line = fixture_gbench_sample(3, DECAY, 2);
	assert_string_equal(
	    json_string_value(json_object_get(line, "id")), "s000003");
	assert_non_null(json_object_get(line, "metrics"));
	json_decref(line);
	json_t *plan = fixture_plan();
	assert_non_null(plan);
	json_decref(plan);
}

int
main(int argc, char **argv)
{
	if (argc > 1) {
		fixture_write(argv[1],
		    argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : SIZE_MAX);
		return 0;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fixture_spread),
	    cmocka_unit_test(test_fixture_lines_complete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
