/*
 * spending.c and detectable.c against published values:
 *  L&D   the function alpha_2* of Lan & DeMets (1983) at fifths of the data,
 *        two-sided 0.05; one-sided 0.025 prints half of it: .00738 .01307
 *        .01771 .02163 .02500 (Reboussin, DeMets, Kim & Lan, Controlled
 *        Clinical Trials 21, 2000).
 * The power of the sign test is compared with its definition: a sum of
 * binomial probabilities, computed by hand.
 */
#include "detectable.h"
#include "spending.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

static void
test_spending_total(void **state)
{
	(void)state;
	static const double half[] = {.00738, .01307, .01771, .02163, .02500};
	for (int i = 0; i < 5; i++)
		close_to(spending_total(.05, (i + 1) / 5.0) / 2, half[i], 1e-5);
	close_to(spending_total(.05, 0), 0, 0);
}

static void
test_spending_looks_add_up(void **state)
{
	(void)state;
	for (unsigned looks = 1; looks <= 10; looks++) {
		double sum = 0;
		for (unsigned i = 0; i < looks; i++)
			sum += spending_between(
			    .05, (double)i / looks, (i + 1.0) / looks);
		close_to(sum, .05, 1e-12);
	}
}

static void
test_detectable_power(void **state)
{
	(void)state;
	/* n = 10, alpha = .05: at most 1 of the other sign. With an effect of
	 * one deviation that sign has the probability .1586553. */
	close_to(detectable_power(1, 1, 10, .05), .5128569, 1e-6);
	close_to(detectable_power(.02, -.02, 10, .05), .5128569, 1e-6);
	/* No effect: what is left is the level itself, one side: 11/1024. */
	close_to(detectable_power(1, 0, 10, .05), .01074219, 1e-7);
	/* Five of five say p = .0625: nothing can be found. */
	close_to(detectable_power(1, 9, 5, .05), 0, 0);
}

static void
test_detectable_inverts(void **state)
{
	(void)state;
	for (unsigned n = 6; n <= 60; n += 6) {
		double effect = detectable_effect(.01, n, .05);
		close_to(detectable_power(.01, effect, n, .05),
		    DETECTABLE_POWER, 1e-6);
		assert_true(
		    detectable_blocks(.01, effect * 1.001, .05, 100) <= n);
	}
	assert_true(isinf(detectable_effect(.01, 5, .05)));
	assert_int_equal(detectable_blocks(.01, .0001, .05, 50), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_spending_total),
	    cmocka_unit_test(test_spending_looks_add_up),
	    cmocka_unit_test(test_detectable_power),
	    cmocka_unit_test(test_detectable_inverts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
