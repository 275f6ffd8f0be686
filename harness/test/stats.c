/*
 * stats.c against published values. Each table names its source:
 *  H&W   Hollander & Wolfe, Nonparametric Statistical Methods (1973), p. 29
 *        and p. 68; the data sets of R's help page of wilcox.test.
 *  BSDA  R package BSDA, help page of SIGN.test (the 11 reaction times).
 *  R     results that R's help pages of quantile, mad and p.adjust define.
 */
#include "stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

/* H&W p. 29: Hamilton depression scale of nine patients, two visits. */
static const double hw_x[] = {
    1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
static const double hw_y[] = {
    0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
/* H&W p. 68: permeability of the membrane at term and at 12-26 weeks. */
static const double term[] = {
    0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double weeks[] = {1.15, 0.88, 0.90, 0.74, 1.21};
static const double reaction[] = {
    7.8, 6.6, 6.5, 7.4, 7.3, 7.0, 6.4, 7.1, 6.7, 7.6, 6.8};

static void
test_stats_quantile(void **state)
{
	(void)state;
	static const double ten[] = {10, 1, 9, 2, 8, 3, 7, 4, 6, 5};
	/* R: quantile(1:10) is 1.00 3.25 5.50 7.75 10.00 */
	static const double r[] = {1, 3.25, 5.5, 7.75, 10};
	for (size_t i = 0; i < COUNT(r); i++)
		close_to(stats_quantile(ten, 10, (double)i / 4), r[i], 1e-12);
	close_to(stats_median(reaction, 11), 7.0, 0);
	close_to(stats_median(ten, 2), 5.5, 0);
	assert_true(isnan(stats_median(ten, 0)));
}

static void
test_stats_mad(void **state)
{
	(void)state;
	static const double nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	/* R: mad(1:9) is 2.965204 */
	close_to(1.4826 * stats_mad(nine, 9), 2.965204, 1e-4);
	static const double wild[] = {1, 2, 3, 4, 1e9};
	close_to(stats_mad(wild, 5), 1, 0);
	assert_true(isnan(stats_mad(nine, 0)));
}

static void
test_stats_log_ratios_pair_blocks(void **state)
{
	(void)state;
	static const double a[] = {2, NAN, 3, 5, 0, 7};
	static const double base[] = {1, 1, NAN, 10, 1, 7};
	double out[6];
	assert_int_equal(stats_log_ratios(a, base, 6, out), 3);
	close_to(out[0], M_LN2, 1e-12);
	close_to(out[1], -M_LN2, 1e-12);
	close_to(out[2], 0, 0);
}

/*
 * Ranks of the interval at confidence >= 0.95 and what it holds: the table of
 * the sign test, e.g. R: 1 - 2 * pbinom(k, n, .5).
 */
static void
test_stats_median_interval_ranks(void **state)
{
	(void)state;
	static const struct {
		size_t n, lo, hi;
		double confidence;
	} rows[] = {
	    {6, 1, 6, 0.96875},
	    {8, 1, 8, 0.9921875},
	    {9, 2, 8, 0.9609375},
	    {10, 2, 9, 0.978515625},
	    {15, 4, 12, 0.964844},
	    {20, 6, 15, 0.958611},
	    {25, 8, 18, 0.956715},
	    /* Too few for 0.95: the widest, with what it holds. */
	    {5, 1, 5, 0.9375},
	    {3, 1, 3, 0.75},
	    {2, 1, 2, 0.5},
	    {1, 1, 1, 0},
	};
	double x[25];
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t k = 0; k < rows[i].n; k++)
			x[k] = (double)(rows[i].n - k);
		stats_interval_t s = stats_median_interval(x, rows[i].n, 0.95);
		close_to(s.lo, (double)rows[i].lo, 0);
		close_to(s.hi, (double)rows[i].hi, 0);
		close_to(s.confidence, rows[i].confidence, 1e-6);
	}
	assert_true(isnan(stats_median_interval(x, 0, 0.95).estimate));
}

static void
test_stats_median_interval_bsda(void **state)
{
	(void)state;
	/* BSDA: "Upper Achieved CI 0.9883 6.5000 7.6000" */
	stats_interval_t s = stats_median_interval(reaction, 11, 0.95);
	close_to(s.lo, 6.5, 0);
	close_to(s.hi, 7.6, 0);
	close_to(s.confidence, 0.9883, 5e-5);
	/* BSDA: "Lower Achieved CI 0.9346 6.6000 7.4000" */
	s = stats_median_interval(reaction, 11, 0.93);
	close_to(s.lo, 6.6, 0);
	close_to(s.hi, 7.4, 0);
	close_to(s.confidence, 0.9346, 5e-5);
}

static void
test_stats_sign_test(void **state)
{
	(void)state;
	double x[11];
	for (size_t i = 0; i < 11; i++)
		x[i] = reaction[i] - 6.5;
	/* BSDA: md = 6.5, one value equals it: p-value = 0.02148 */
	close_to(stats_sign_test(x, 11), 0.02148, 5e-6);
	static const double zeros[] = {0, 0};
	close_to(stats_sign_test(zeros, 2), 1, 0);
	static const double ten[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	close_to(stats_sign_test(ten, 10), 2.0 / 1024, 1e-12);
}

static void
test_stats_hodges_lehmann(void **state)
{
	(void)state;
	double d[9];
	for (size_t i = 0; i < 9; i++)
		d[i] = hw_x[i] - hw_y[i];
	/* H&W: estimate .46; interval (.010, .786) at 96 % */
	stats_interval_t s = stats_hodges_lehmann(d, 9, 0.95);
	close_to(s.estimate, 0.46, 1e-12);
	close_to(s.lo, 0.010, 1e-12);
	close_to(s.hi, 0.786, 1e-12);
	close_to(s.confidence, 0.9609375, 1e-12);
	/* R: psignrank(8, 10) is 0.02441, psignrank(9, 10) is 0.03223 */
	double ten[10];
	for (size_t i = 0; i < 10; i++)
		ten[i] = (double)(1u << i);
	s = stats_hodges_lehmann(ten, 10, 0.95);
	close_to(s.confidence, 1 - 2 * 0.0244140625, 1e-12);
	s = stats_hodges_lehmann(ten, 1, 0.95);
	close_to(s.estimate, 1, 0);
	close_to(s.confidence, 0, 0);
}

/* The normal distribution takes over where the exact one grows long. */
static void
test_stats_hodges_lehmann_large(void **state)
{
	(void)state;
	static double x[401];
	for (size_t i = 0; i < 401; i++)
		x[i] = (double)((i * 7919) % 401);
	stats_interval_t exact = stats_hodges_lehmann(x, 400, 0.95);
	stats_interval_t normal = stats_hodges_lehmann(x, 401, 0.95);
	close_to(exact.lo, normal.lo, 1.5);
	close_to(exact.hi, normal.hi, 1.5);
}

static void
test_stats_cliffs_delta(void **state)
{
	(void)state;
	/* R: wilcox.test(term, weeks) gives W = 35; delta = 2W/50 - 1 */
	close_to(stats_cliffs_delta(term, 10, weeks, 5), 0.4, 1e-12);
	close_to(stats_cliffs_delta(weeks, 5, term, 10), -0.4, 1e-12);
	static const double low[] = {1, 2};
	static const double high[] = {3, 4, 5};
	close_to(stats_cliffs_delta(low, 2, high, 3), -1, 0);
	close_to(stats_cliffs_delta(low, 2, low, 2), 0, 0);
	assert_true(isnan(stats_cliffs_delta(low, 0, high, 3)));
}

static void
test_stats_holm(void **state)
{
	(void)state;
	/* R: p.adjust(c(.01, .04, .03, .005), "holm") */
	static const double p[] = {0.01, 0.04, 0.03, 0.005};
	static const double r[] = {0.03, 0.06, 0.06, 0.02};
	double q[4];
	stats_holm(p, 4, q);
	for (size_t i = 0; i < 4; i++)
		close_to(q[i], r[i], 1e-12);
	/* R: p.adjust(1:5 / 100, "holm") */
	double five[] = {0.01, 0.02, 0.03, 0.04, 0.05};
	static const double r5[] = {0.05, 0.08, 0.09, 0.09, 0.09};
	stats_holm(five, 5, five);
	for (size_t i = 0; i < 5; i++)
		close_to(five[i], r5[i], 1e-12);
	double ones[] = {0.9, 0.8};
	stats_holm(ones, 2, ones);
	close_to(ones[0], 1, 0);
}

static void
test_stats_distributions(void **state)
{
	(void)state;
	/* R: pbinom(c(0, 2, 10), 10, .5) */
	close_to(stats_binomial_half_cdf(0, 10), 0.0009765625, 1e-12);
	close_to(stats_binomial_half_cdf(2, 10), 0.0546875, 1e-12);
	close_to(stats_binomial_half_cdf(10, 10), 1, 1e-12);
	/* R: qnorm(c(.975, .995)) */
	close_to(stats_normal_two_sided(0.05), 1.959964, 1e-6);
	close_to(stats_normal_two_sided(0.01), 2.575829, 1e-6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stats_quantile),
	    cmocka_unit_test(test_stats_mad),
	    cmocka_unit_test(test_stats_log_ratios_pair_blocks),
	    cmocka_unit_test(test_stats_median_interval_ranks),
	    cmocka_unit_test(test_stats_median_interval_bsda),
	    cmocka_unit_test(test_stats_sign_test),
	    cmocka_unit_test(test_stats_hodges_lehmann),
	    cmocka_unit_test(test_stats_hodges_lehmann_large),
	    cmocka_unit_test(test_stats_cliffs_delta),
	    cmocka_unit_test(test_stats_holm),
	    cmocka_unit_test(test_stats_distributions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
