/*
 * numbers.c: lists, ranges and sizes as options take them.
 */
#include "numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static void
assert_numbers(const char *text, const double *wanted, size_t n)
{
	numbers_t numbers = {0};
	fault_t fault;
	assert_false(numbers_parse(&numbers, text, 0, 10, &fault));
	assert_int_equal(numbers.n, n);
	for (size_t i = 0; i < n; i++)
		assert_float_equal(numbers.v[i], wanted[i], 1e-9);
	numbers_release(&numbers);
}

static void
test_numbers_parse(void **state)
{
	(void)state;
	assert_numbers("0.25", (double[]){0.25}, 1);
	assert_numbers("3,1,2", (double[]){3, 1, 2}, 3);
	assert_numbers("0.1:0.5:0.1", (double[]){.1, .2, .3, .4, .5}, 5);
	assert_numbers("1:2:3,7", (double[]){1, 7}, 2);
	/* Up to the end and not beyond it. */
	assert_numbers("1:2:0.4", (double[]){1, 1.4, 1.8}, 3);
}

static void
test_numbers_parse_refuses(void **state)
{
	(void)state;
	static const char *const texts[] = {"", ",", "x", "1x", "0.1:0.2",
	    "2:1:0.1", "1:2:0", "1:2:-1", "0:1:1e-9", "1:2:3:4", "nan", "inf",
	    "11", "-1", "1:11:1", "1,,x"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		numbers_t numbers = {0};
		fault_t fault = {""};
		if (!numbers_parse(&numbers, texts[i], 0, 10, &fault))
			fail_msg("'%s' is taken", texts[i]);
		assert_true(fault.text[0] != '\0');
		numbers_release(&numbers);
	}
}

static void
test_numbers_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double bytes;
	} rows[] = {{"4096", 4096}, {"64k", 65536}, {"64K", 65536},
	    {"1.5M", 1572864}, {"2g", 2147483648.0}};
	static const char *const wrong[] = {
	    "", "k", "0", "-1M", "1T", "1Mi", "1e300", "nan"};
	double bytes;
	fault_t fault;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(numbers_bytes(&bytes, rows[i].text, &fault));
		assert_float_equal(bytes, rows[i].bytes, 0);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (!numbers_bytes(&bytes, wrong[i], &fault))
			fail_msg("'%s' is taken", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers_parse),
	    cmocka_unit_test(test_numbers_parse_refuses),
	    cmocka_unit_test(test_numbers_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
