/*
 * verdict.c: each of the four verdicts, and how many blocks more.
 */
#include "verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* n log ratios around centre, spread evenly over +-half. */
static void
spread(double *x, size_t n, double centre, double half)
{
	for (size_t i = 0; i < n; i++)
		x[i] =
		    centre +
		    (n > 1 ? half * (2 * (double)i / (double)(n - 1) - 1) : 0);
}

static verdict_t
judge(double centre, double half, size_t n, size_t family)
{
	static double x[20000];
	spread(x, n, centre, half);
	stats_interval_t s = stats_median_interval(x, n, 0.95);
	double p = stats_sign_test(x, n) * (double)family;
	return verdict_judge(
	    &verdict_rule_default, x, n, &s, p < 1 ? p : 1, family);
}

static void
test_verdict_four_kinds(void **state)
{
	(void)state;
	static const struct {
		double centre, half;
		size_t n, family;
		verdict_kind_t kind;
	} rows[] = {
	    {-0.10, 0.02, 10, 10, VERDICT_BETTER},
	    {0.10, 0.02, 10, 10, VERDICT_WORSE},
	    {0.00, 0.01, 10, 10, VERDICT_EQUIVALENT},
	    /* Excludes 1, and too small to matter. */
	    {0.01, 0.001, 10, 10, VERDICT_EQUIVALENT},
	    {0.00, 0.10, 10, 10, VERDICT_UNDECIDED},
	    {0.03, 0.10, 10, 10, VERDICT_UNDECIDED},
	    /* The correction of a family that ten blocks cannot reach. */
	    {-0.10, 0.02, 10, 100, VERDICT_UNDECIDED},
	    {-0.10, 0.02, 12, 100, VERDICT_BETTER},
	    /* No interval of 95 % exists for five blocks. */
	    {-0.50, 0.01, 5, 1, VERDICT_UNDECIDED},
	    {0.00, 0.00, 5, 1, VERDICT_UNDECIDED},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(judge(rows[i].centre, rows[i].half, rows[i].n,
				     rows[i].family)
				     .kind,
		    rows[i].kind);
}

static void
test_verdict_blocks_more(void **state)
{
	(void)state;
	verdict_t v = judge(-0.5, 0.01, 5, 1);
	assert_int_equal(v.blocks_more, 2); /* a quarter of 5, rounded up */
	v = judge(-0.5, 0.01, 3, 1);
	assert_int_equal(v.blocks_more, 3); /* six of one sign reach 0.05 */
	assert_int_equal(judge(-0.1, 0.02, 10, 10).blocks_more, 0);
	/* 12 of one sign are needed: 2^-11 <= 0.05 / 100. */
	v = judge(-0.1, 0.02, 10, 100);
	assert_in_range(v.blocks_more, 2, 3);
	/* On the border of the region, far from both sides. */
	v = judge(log1p(0.015), 3, 10, 10);
	assert_int_equal(v.blocks_more, VERDICT_BLOCKS_MAX);
	double none = 0;
	stats_interval_t empty = {NAN, NAN, NAN, 0};
	v = verdict_judge(&verdict_rule_default, &none, 0, &empty, 1, 1);
	assert_int_equal(v.kind, VERDICT_UNDECIDED);
	assert_int_equal(v.blocks_more, 6);
}

/* What was said to be enough is about enough. */
static void
test_verdict_blocks_more_suffice(void **state)
{
	(void)state;
	verdict_t v = judge(0.03, 0.1, 10, 10);
	assert_int_equal(v.kind, VERDICT_UNDECIDED);
	size_t n = 10 + 2 * (size_t)v.blocks_more;
	assert_int_equal(judge(0.03, 0.1, n, 10).kind, VERDICT_WORSE);
}

static void
test_verdict_words(void **state)
{
	(void)state;
	assert_string_equal(
	    verdict_word(VERDICT_BETTER, VERDICT_OF_TIME), "faster");
	assert_string_equal(
	    verdict_word(VERDICT_WORSE, VERDICT_OF_MEMORY), "larger");
	assert_string_equal(
	    verdict_word(VERDICT_UNDECIDED, VERDICT_OF_TIME), "undecided");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdict_four_kinds),
	    cmocka_unit_test(test_verdict_blocks_more),
	    cmocka_unit_test(test_verdict_blocks_more_suffice),
	    cmocka_unit_test(test_verdict_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
