/*
 * units.c and metric.c: numbers as people read them; one table of metrics.
 */
#include "metric.h"
#include "units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static void
test_units_format(void **state)
{
	(void)state;
	static const struct {
		double value;
		unit_t unit;
		const char *text;
	} rows[] = {
	    {0, UNIT_COUNT, "0"},
	    {136, UNIT_COUNT, "136"},
	    {2486, UNIT_COUNT, "2.49 k"},
	    {999.6, UNIT_COUNT, "1.00 k"},
	    {12.34e6, UNIT_RATE, "12.3 M/s"},
	    {499500, UNIT_RATE, "500 k/s"},
	    {0, UNIT_BYTES, "0 B"},
	    {1023, UNIT_BYTES, "1023 B"},
	    {1048576, UNIT_BYTES, "1.00 MiB"},
	    {612.0 * 1048576, UNIT_BYTES, "612 MiB"},
	    {1023.9 * 1048576, UNIT_BYTES, "1.00 GiB"},
	    {22, UNIT_NS, "22 ns"},
	    {18.25, UNIT_NS, "18.2 ns"},
	    {1234, UNIT_NS, "1.23 \302\265s"},
	    {4.5e9, UNIT_NS, "4.50 s"},
	    {1230e9, UNIT_NS, "1230 s"},
	    {48000, UNIT_PAGES, "48.0 k"},
	};
	char text[UNITS_MAX];
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
		    unit_format(text, rows[i].value, rows[i].unit),
		    rows[i].text);
}

static void
test_units_ratio(void **state)
{
	(void)state;
	char text[UNITS_MAX];
	assert_string_equal(ratio_format(text, 0.9321), "0.932");
	assert_string_equal(ratio_format(text, 9.9990), "9.999");
	assert_string_equal(ratio_format(text, 12.345), "12.3");
	assert_string_equal(ratio_format(text, 140.4), "140");
}

static void
test_metric_lookup(void **state)
{
	(void)state;
	metric_t gbench;
	assert_ptr_equal(
	    metric_lookup("work_ns", &gbench), &metrics[METRIC_WORK_NS]);
	assert_null(metric_lookup("work", &gbench));
	const metric_t *m = metric_lookup("gb:pair/64", &gbench);
	assert_ptr_equal(m, &gbench);
	assert_string_equal(m->title, "pair/64");
	assert_true(m->primary);
	for (size_t i = 0; i < metrics_count; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    metrics[i].name, metrics[k].name);
}

/* Two primary metrics: work time and mean RSS. */
static void
test_metric_primary(void **state)
{
	(void)state;
	size_t n = 0;
	for (size_t i = 0; i < metrics_count; i++)
		n += metrics[i].primary;
	assert_int_equal(n, 2);
	assert_true(metrics[METRIC_WORK_NS].primary);
	assert_true(metrics[METRIC_RSS_MEAN].primary);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_units_format),
	    cmocka_unit_test(test_units_ratio),
	    cmocka_unit_test(test_metric_lookup),
	    cmocka_unit_test(test_metric_primary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
