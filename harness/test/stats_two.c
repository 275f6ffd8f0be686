/*
 * stats_two.c and student.c against published values. Each names its source:
 *  H&W   Hollander & Wolfe, Nonparametric Statistical Methods (1973), p. 68:
 *        permeability of the membrane at term and at 12 to 26 weeks; the data
 *        of R's help page of wilcox.test, which prints W = 35, p = 0.1272
 *        (one-sided).
 *  MW    critical values of U, two-sided 0.05 and 0.01: the table printed
 *        after Mann & Whitney (1947), e.g. Siegel, Nonparametric Statistics
 *        (1956), table K.
 *  t     the table of Student's distribution, e.g. Abramowitz & Stegun, table
 *        26.10.
 * With ties the reference is the definition: all divisions of the pooled
 * values are counted out here, one by one.
 */
#include "stats_two.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>

#include "rng.h"
#include "student.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

static const double term[] = {
    0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double weeks[] = {1.15, 0.88, 0.90, 0.74, 1.21};

static void
test_stats_two_permeability(void **state)
{
	(void)state;
	close_to(stats_rank_sum_test(term, 10, weeks, 5), 2 * 0.1272, 1e-4);
	close_to(stats_rank_sum_test(weeks, 5, term, 10), 2 * 0.1272, 1e-4);
	/* H&W: estimate .305, interval (-.15, .76) */
	stats_interval_t s = stats_shift(term, 10, weeks, 5, 0.95);
	close_to(s.estimate, 0.305, 1e-9);
	close_to(s.lo, -0.15, 1e-9);
	close_to(s.hi, 0.76, 1e-9);
	assert_true(s.confidence >= 0.95 && s.confidence < 0.97);
	s = stats_shift(weeks, 5, term, 10, 0.95);
	close_to(s.estimate, -0.305, 1e-9);
	close_to(s.hi, 0.15, 1e-9);
}

/* The greatest U that is significant: none below it is not. */
static void
test_stats_two_critical_values(void **state)
{
	(void)state;
	static const struct {
		size_t na, nb;
		double alpha;
		size_t u;
	} rows[] = {{5, 5, 0.05, 2}, {5, 10, 0.05, 8}, {8, 8, 0.05, 13},
	    {9, 20, 0.05, 48}, {10, 10, 0.05, 23}, {12, 15, 0.05, 49},
	    {20, 20, 0.05, 127}, {10, 10, 0.01, 16}, {20, 20, 0.01, 105}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t na = rows[i].na;
		size_t nb = rows[i].nb;
		for (size_t more = 0; more < 2; more++) {
			/* Each of a's values is above as many of b's as
			 * are left of U. */
			double a[20], b[20];
			size_t left = rows[i].u + more;
			for (size_t k = 0; k < nb; k++)
				b[k] = (double)(k + 1);
			for (size_t k = 0; k < na; k++) {
				size_t above = left < nb ? left : nb;
				a[k] = (double)above + 0.5 + 1e-3 * (double)k;
				left -= above;
			}
			double p = stats_rank_sum_test(a, na, b, nb);
			assert_int_equal(p <= rows[i].alpha, more == 0);
		}
	}
}

/* P over all ways to call na of the values a's: the definition. */
static double
p_counted_out(const double *all, size_t n, size_t na)
{
	double twice[16];
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		double rank = 0;
		for (size_t j = 0; j < n; j++)
			rank += all[j] < all[i] ? 2 : all[j] == all[i] ? 1 : 0;
		twice[i] = rank + 1;
		sum += i < na ? twice[i] : 0;
	}
	double below = 0;
	double above = 0;
	double ways = 0;
	for (unsigned set = 0; set < 1u << n; set++) {
		double of_set = 0;
		if ((size_t)__builtin_popcount(set) != na)
			continue;
		for (size_t i = 0; i < n; i++)
			of_set += set >> i & 1 ? twice[i] : 0;
		ways++;
		below += of_set <= sum;
		above += of_set >= sum;
	}
	double p = 2 * fmin(below, above) / ways;
	return p < 1 ? p : 1;
}

static void
test_stats_two_ties(void **state)
{
	(void)state;
	rng_t rng;
	rng_init(&rng, 1);
	for (int again = 0; again < 60; again++) {
		double all[11];
		size_t na = 2 + rng_below(&rng, 8);
		for (size_t i = 0; i < COUNT(all); i++)
			all[i] = (double)rng_below(&rng, 5);
		close_to(
		    stats_rank_sum_test(all, na, all + na, COUNT(all) - na),
		    p_counted_out(all, COUNT(all), na), 1e-12);
	}
	static const double same[] = {3, 3, 3};
	close_to(stats_rank_sum_test(same, 3, same, 3), 1, 0);
	close_to(stats_rank_sum_test(same, 0, same, 3), 1, 0);
}

/* Where the normal distribution takes over, it says about the same. */
static void
test_stats_two_large(void **state)
{
	(void)state;
	double a[51], b[50];
	for (size_t i = 0; i < 51; i++)
		a[i] = (double)(i * 37 % 101) + 8.25;
	for (size_t i = 0; i < 50; i++)
		b[i] = (double)(i * 53 % 101);
	double exact = stats_rank_sum_test(a, 50, b, 50);
	double normal = stats_rank_sum_test(a, 51, b, 50);
	assert_true(exact > 0.001 && exact < 0.9);
	close_to(exact, normal, 0.03);
	stats_interval_t x = stats_shift(a, 50, b, 50, 0.95);
	stats_interval_t y = stats_shift(a, 51, b, 50, 0.95);
	close_to(x.lo, y.lo, 1.5);
	close_to(x.hi, y.hi, 1.5);
	assert_true(x.confidence >= 0.95 && x.confidence < 0.951);
}

/* Too few for the confidence: the widest interval, and what it holds. */
static void
test_stats_two_few(void **state)
{
	(void)state;
	static const double three[] = {5, 6, 7};
	static const double two[] = {1, 2};
	stats_interval_t s = stats_shift(three, 3, two, 2, 0.95);
	close_to(s.lo, 3, 0);
	close_to(s.hi, 6, 0);
	close_to(s.estimate, 4.5, 0);
	close_to(s.confidence, 1 - 2.0 / 10, 1e-12);
	s = stats_shift(three, 1, two, 1, 0.95);
	close_to(s.confidence, 0, 0);
	assert_true(isnan(stats_shift(three, 0, two, 2, 0.95).estimate));
}

/* The interval holds what it says: simulated, with a shift. */
static void
test_stats_two_coverage(void **state)
{
	(void)state;
	rng_t rng;
	rng_init(&rng, 2);
	int inside = 0;
	for (int i = 0; i < 2000; i++) {
		double a[8], b[7];
		for (size_t k = 0; k < 8; k++)
			a[k] = 3 + log((double)(1 + rng_below(&rng, 1 << 20)));
		for (size_t k = 0; k < 7; k++)
			b[k] = log((double)(1 + rng_below(&rng, 1 << 20)));
		stats_interval_t s = stats_shift(a, 8, b, 7, 0.95);
		inside += s.lo <= 3 && 3 <= s.hi;
	}
	/* 0.95 to 0.97, less three standard errors of 2000. */
	assert_true(inside >= 1870 && inside <= 1970);
}

static void
test_student(void **state)
{
	(void)state;
	static const struct {
		size_t df;
		double alpha, t;
	} rows[] = {{1, 0.05, 12.706}, {2, 0.05, 4.303}, {5, 0.05, 2.571},
	    {10, 0.05, 2.228}, {29, 0.05, 2.045}, {120, 0.05, 1.980},
	    {1, 0.01, 63.657}, {4, 0.01, 4.604}, {9, 0.01, 3.250},
	    {30, 0.01, 2.750}, {8, 0.001, 5.041}, {15, 0.001, 4.073}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		close_to(student_two_sided(rows[i].t, rows[i].df),
		    rows[i].alpha, rows[i].alpha * 2e-3);
		close_to(student_quantile(rows[i].alpha, rows[i].df), rows[i].t,
		    6e-4);
	}
	close_to(student_two_sided(-2.228, 10), 0.05, 1e-4);
	close_to(student_two_sided(0, 7), 1, 0);
	close_to(student_two_sided(INFINITY, 7), 0, 0);
	assert_true(isnan(student_two_sided(NAN, 7)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stats_two_permeability),
	    cmocka_unit_test(test_stats_two_critical_values),
	    cmocka_unit_test(test_stats_two_ties),
	    cmocka_unit_test(test_stats_two_large),
	    cmocka_unit_test(test_stats_two_few),
	    cmocka_unit_test(test_stats_two_coverage),
	    cmocka_unit_test(test_student),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
