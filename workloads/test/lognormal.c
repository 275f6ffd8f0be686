/* Unit test of lognormal: the quantiles are the law's, clipped; draws. */
#include "lognormal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static lognormal_t law;

/* 97.725 % of a normal law are below two standard deviations. */
static void
test_lognormal_quantiles(void **state)
{
	(void)state;
	lognormal_init(&law, 1000, 1, 1, UINT32_MAX);
	assert_in_range(law.value[LOGNORMAL_N / 2], 1000, 1002);
	assert_in_range(law.value[LOGNORMAL_N / 2 - 1], 998, 1000);
	size_t two = (size_t)(0.97725 * LOGNORMAL_N);
	assert_in_range(law.value[two], 7389 * 0.98, 7389 * 1.02);
	assert_in_range(
	    law.value[LOGNORMAL_N - 1 - two], 135 * 0.98, 135 * 1.02);
	for (size_t i = 1; i < LOGNORMAL_N; i++)
		assert_true(law.value[i - 1] <= law.value[i]);
}

static void
test_lognormal_mean(void **state)
{
	(void)state;
	lognormal_init(&law, 1e6, 0.5, 1, UINT64_MAX);
	/* median * exp(sigma^2 / 2), a little less for the missing tail */
	double mean = 1e6 * exp(0.125);
	assert_true(lognormal_mean(&law) > 0.995 * mean);
	assert_true(lognormal_mean(&law) < mean);
}

static void
test_lognormal_clips(void **state)
{
	(void)state;
	lognormal_init(&law, 50, 3, 16, 64);
	assert_int_equal(law.value[0], 16);
	assert_int_equal(law.value[LOGNORMAL_N - 1], 64);
	lognormal_init(&law, 50, 0, 1, 1000);
	assert_int_equal(law.value[0], 50);
	assert_int_equal(law.value[LOGNORMAL_N - 1], 50);
}

static void
test_lognormal_draws_every_part(void **state)
{
	(void)state;
	prng_t rng;
	prng_seed(&rng, 1, 2);
	lognormal_init(&law, 1000, 1, 1, UINT32_MAX);
	unsigned below = 0, last = 0;
	for (int i = 0; i < 100000; i++) {
		uint64_t drawn = lognormal_next(&law, &rng);
		below += drawn < 1000;
		last += drawn == law.value[LOGNORMAL_N - 1];
	}
	assert_in_range(below, 49000, 51000);
	assert_in_range(last, 50, 150);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lognormal_quantiles),
	    cmocka_unit_test(test_lognormal_mean),
	    cmocka_unit_test(test_lognormal_clips),
	    cmocka_unit_test(test_lognormal_draws_every_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
