/* Levels: variance components of synthetic values, and what is chosen. */
#include "levels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rng.h"
#include "text.h"

static double
normal(rng_t *rng)
{
	double u = ((double)(rng_next(rng) >> 11) + 1) / 9007199254740993.0;
	double v = (double)(rng_next(rng) >> 11) / 9007199254740992.0;
	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* Values around 3 with these deviations at each level. */
static double *
values_make(rng_t *rng, const size_t n[LEVELS], const double sd[LEVELS])
{
	double *values = text_memory(n[0] * n[1] * n[2], sizeof(*values));
	double *at = values;
	for (size_t k = 0; k < n[LEVEL_LINK]; k++) {
		double link = sd[LEVEL_LINK] * normal(rng);
		for (size_t p = 0; p < n[LEVEL_PROCESS]; p++) {
			double process = sd[LEVEL_PROCESS] * normal(rng);
			for (size_t i = 0; i < n[LEVEL_SLICE]; i++)
				*at++ = 3 + link + process +
					sd[LEVEL_SLICE] * normal(rng);
		}
	}
	return values;
}

/* By hand: two programs of two processes of two slices. */
static void
test_levels_by_hand(void **state)
{
	(void)state;
	static const double values[] = {1, 3, 5, 7, 10, 12, 10, 12};
	static const size_t n[LEVELS] = {2, 2, 2};
	levels_t levels;
	levels_estimate(&levels, values, n);
	/* Slices: each pair has a variance of 2. Processes: means 2, 6 and
	 * 11, 11: variances 8 and 0, less 2 / 2. Programs: means 4 and 11:
	 * variance 24.5, less 4 / 2. */
	assert_float_equal(levels.mean, 7.5, 1e-12);
	assert_float_equal(levels.variance[LEVEL_SLICE], 2, 1e-12);
	assert_float_equal(levels.variance[LEVEL_PROCESS], 4 - 1, 1e-12);
	assert_float_equal(levels.variance[LEVEL_LINK], 24.5 - 2, 1e-12);
	assert_float_equal(levels_share(&levels, LEVEL_SLICE), 2 / 27.5, 1e-12);
	/* The mean of these very repetitions: 24.5 / 2. */
	assert_float_equal(levels_variance(&levels, n), 12.25, 1e-12);
	static const size_t more[LEVELS] = {4, 3, 2};
	assert_float_equal(levels_variance(&levels, more),
	    22.5 / 2 + 3.0 / 6 + 2.0 / 24, 1e-12);
}

/* The estimates are unbiased: their mean over many pilots is what was planted,
 * whichever level has most of it. */
static void
test_levels_find_planted(void **state)
{
	(void)state;
	static const double planted[][LEVELS] = {
	    {1, 2, 4}, {4, 1, 2}, {2, 4, 1}, {1, 1, 1}};
	static const size_t n[LEVELS] = {4, 3, 6};
	for (size_t c = 0; c < 4; c++) {
		double sum[LEVELS] = {0};
		rng_t rng;
		rng_init(&rng, 100 + c);
		for (int pilot = 0; pilot < 4000; pilot++) {
			double *values = values_make(&rng, n, planted[c]);
			levels_t levels;
			levels_estimate(&levels, values, n);
			free(values);
			for (int l = 0; l < LEVELS; l++)
				sum[l] += levels.variance[l] / 4000;
		}
		for (int l = 0; l < LEVELS; l++) {
			double truth = planted[c][l] * planted[c][l];
			assert_float_equal(sum[l], truth, 0.07 * truth + 0.1);
		}
	}
}

/* A level that adds nothing is seen as such. */
static void
test_levels_absent(void **state)
{
	(void)state;
	static const double sd[LEVELS] = {1, 0, 5};
	static const size_t n[LEVELS] = {8, 4, 8};
	rng_t rng;
	levels_t levels;
	double share = 0;
	rng_init(&rng, 9);
	for (int i = 0; i < 200; i++) {
		double *values = values_make(&rng, n, sd);
		levels_estimate(&levels, values, n);
		share += levels_share(&levels, LEVEL_PROCESS) / 200;
		free(values);
	}
	assert_true(share < 0.01);
}

/* Without slices, or programs, that level is unknown and in the one below. */
static void
test_levels_not_repeated(void **state)
{
	(void)state;
	static const double values[] = {1, 3, 10, 12};
	static const size_t no_slices[LEVELS] = {1, 2, 2};
	static const size_t no_links[LEVELS] = {2, 2, 1};
	static const double cost[LEVELS] = {1, 1, 1};
	size_t best[LEVELS];
	levels_t levels;
	levels_estimate(&levels, values, no_slices);
	assert_true(isnan(levels.variance[LEVEL_SLICE]));
	assert_float_equal(levels.variance[LEVEL_PROCESS], 2, 1e-12);
	assert_float_equal(levels.variance[LEVEL_LINK], 40.5 - 1, 1e-12);
	levels_choose(&levels, cost, 100, best);
	assert_int_equal(best[LEVEL_SLICE], 0);
	assert_int_equal(best[LEVEL_PROCESS], 1);
	levels_estimate(&levels, values, no_links);
	assert_true(isnan(levels.variance[LEVEL_LINK]));
	assert_float_equal(levels.variance[LEVEL_PROCESS], 40.5 - 1, 1e-12);
	levels_choose(&levels, cost, 100, best);
	assert_int_equal(best[LEVEL_PROCESS], 0);
	assert_int_equal(best[LEVEL_SLICE], 1);
}

static void
test_levels_choose(void **state)
{
	(void)state;
	levels_t levels = {
	    .variance = {
		[LEVEL_SLICE] = 9, [LEVEL_PROCESS] = 1, [LEVEL_LINK] = 0.25}};
	/* A process costs four slices, a program a hundred processes. */
	static const double cost[LEVELS] = {1, 4, 400};
	size_t best[LEVELS];
	levels_choose(&levels, cost, 1000, best);
	assert_int_equal(best[LEVEL_SLICE], 6);
	assert_int_equal(best[LEVEL_PROCESS], 20);
	/* Programs that are there already cost nothing: another for each
	 * process. */
	static const double built[LEVELS] = {1, 4, 0};
	levels_choose(&levels, built, 1000, best);
	assert_int_equal(best[LEVEL_PROCESS], 1);
	/* Where order adds nothing, another program is a waste. */
	levels.variance[LEVEL_LINK] = 0;
	levels_choose(&levels, cost, 1000, best);
	assert_int_equal(best[LEVEL_PROCESS], 1000);
	/* No variance below: once is enough. */
	levels.variance[LEVEL_SLICE] = 0;
	levels_choose(&levels, cost, 1000, best);
	assert_int_equal(best[LEVEL_SLICE], 1);
}

/* For the same time, no neighbour of the choice has a smaller variance. */
static void
test_levels_choice_is_best(void **state)
{
	(void)state;
	static const double cost[LEVELS] = {0.01, 0.05, 2};
	levels_t levels = {.variance = {4e-4, 1e-4, 1e-5}};
	size_t best[LEVELS];
	levels_choose(&levels, cost, 1000, best);
	double least = INFINITY;
	size_t at[2] = {0};
	for (size_t s = 1; s < 60; s++)
		for (size_t p = 1; p < 200; p++) {
			/* Variance times the cost of a program with all. */
			size_t n[LEVELS] = {s, p, 1};
			double each =
			    cost[2] +
			    (double)p * (cost[1] + (double)s * cost[0]);
			double v = levels_variance(&levels, n) * each;
			if (v < least) {
				least = v;
				at[0] = s;
				at[1] = p;
			}
		}
	/* Rounded up. */
	assert_in_range(best[LEVEL_SLICE], at[0], at[0] + 1);
	assert_in_range(best[LEVEL_PROCESS], at[1], at[1] + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_levels_by_hand),
	    cmocka_unit_test(test_levels_find_planted),
	    cmocka_unit_test(test_levels_absent),
	    cmocka_unit_test(test_levels_not_repeated),
	    cmocka_unit_test(test_levels_choose),
	    cmocka_unit_test(test_levels_choice_is_best),
	};
	return cmocka_run_group_tests_name("levels", tests, NULL, NULL);
}
