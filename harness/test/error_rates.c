/*
 * verdict.c and Holm's correction: that the error rates hold which the report
 * states. Families have the default plan's shape: ten blocks, five arms
 * against one baseline, two primary metrics, the baseline and the block's
 * disturbance in all of them; noise has heavy tails.
 */
#include "verdict.h"

#include "rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define BLOCKS 10
#define ARMS 5
#define METRICS 2
#define FAMILY (ARMS * METRICS)

static double
uniform(rng_t *rng)
{
	return ldexp((double)(rng_next(rng) >> 11) + 0.5, -53);
}

static double
normal(rng_t *rng)
{
	return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

/* What one process's logarithm of time is off by. */
typedef double noise_fn(rng_t *rng);

/* Student's t of two degrees of freedom: no variance at all. */
static double
heavy(rng_t *rng)
{
	return 0.02 * normal(rng) / sqrt(-log(uniform(rng)));
}

/* Mostly quiet; one process in ten is disturbed, always for the worse. */
static double
skewed(rng_t *rng)
{
	double x = 0.01 * normal(rng);
	return uniform(rng) < 0.1 ? x - 0.3 * log(uniform(rng)) : x;
}

/* Whole pages: many ratios are exactly 1. */
static double
ties(rng_t *rng)
{
	return log1p(0.01 * (double)rng_below(rng, 3));
}

static double
quiet(rng_t *rng)
{
	return 0.001 * normal(rng);
}

/* Judges one family whose true log ratio is shift everywhere. count[k] is
 * how many got verdict k. */
static void
family_run(rng_t *rng, noise_fn *noise, double shift, size_t blocks,
    size_t count[VERDICT_KINDS])
{
	double x[FAMILY][2 * BLOCKS];
	double p[FAMILY];
	for (size_t m = 0; m < METRICS; m++)
		for (size_t b = 0; b < blocks; b++) {
			double base = noise(rng);
			for (size_t a = 0; a < ARMS; a++)
				x[m * ARMS + a][b] = shift + noise(rng) - base;
		}
	for (size_t i = 0; i < FAMILY; i++)
		p[i] = stats_sign_test(x[i], blocks);
	stats_holm(p, FAMILY, p);
	for (size_t k = 0; k < VERDICT_KINDS; k++)
		count[k] = 0;
	for (size_t i = 0; i < FAMILY; i++) {
		stats_interval_t interval =
		    stats_median_interval(x[i], blocks, 0.95);
		count[verdict_judge(&verdict_rule_default, x[i], blocks,
		    &interval, p[i], FAMILY)
			  .kind]++;
	}
}

/* 10 000 families in which nothing differs: at most 5 % may claim anything,
 * and at most 5 % of the verdicts. Equivalent is true here. */
static void
test_error_rates_nothing_differs(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		noise_fn *noise;
		size_t blocks, families;
	} rows[] = {
	    {"heavy tails, 10 blocks", heavy, 10, 10000},
	    {"heavy tails, 20 blocks", heavy, 20, 2000},
	    {"heavy tails, 6 blocks", heavy, 6, 1000},
	    {"disturbed for the worse", skewed, 10, 2000},
	    {"ties and zeros", ties, 10, 2000},
	    {"quiet", quiet, 10, 1000},
	};
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		size_t families = 0;
		size_t verdicts = 0;
		rng_t rng;
		rng_init(&rng, 100 + r);
		for (size_t f = 0; f < rows[r].families; f++) {
			size_t count[VERDICT_KINDS];
			family_run(
			    &rng, rows[r].noise, 0, rows[r].blocks, count);
			size_t wrong =
			    count[VERDICT_BETTER] + count[VERDICT_WORSE];
			families += wrong > 0;
			verdicts += wrong;
		}
		print_message(
		    "# %s: %zu of %zu families, %zu of %zu verdicts\n",
		    rows[r].name, families, rows[r].families, verdicts,
		    rows[r].families * FAMILY);
		assert_true(families <= rows[r].families / 20);
		assert_true(verdicts <= rows[r].families * FAMILY / 20);
	}
}

/* All true ratios are just outside the region of equivalence, which is when
 * "equivalent" is wrong most often: each at most once in 40, as verdict.h
 * says; the difference has its right sign. */
static void
test_error_rates_on_the_border(void **state)
{
	(void)state;
	enum { FAMILIES = 2000 };
	rng_t rng;
	rng_init(&rng, 7);
	double border = log1p(verdict_rule_default.delta);
	size_t all[VERDICT_KINDS] = {0};
	for (size_t f = 0; f < FAMILIES; f++) {
		size_t count[VERDICT_KINDS];
		double sign = f % 2 == 0 ? 1 : -1;
		family_run(&rng, quiet, sign * border, BLOCKS, count);
		all[VERDICT_EQUIVALENT] += count[VERDICT_EQUIVALENT];
		/* The wrong sign. */
		all[VERDICT_BETTER] +=
		    count[f % 2 == 0 ? VERDICT_BETTER : VERDICT_WORSE];
	}
	print_message("# on the border: %zu of %d are called equivalent\n",
	    all[VERDICT_EQUIVALENT], FAMILIES * FAMILY);
	assert_true(all[VERDICT_EQUIVALENT] <= FAMILIES * FAMILY / 40);
	assert_int_equal(all[VERDICT_BETTER], 0);
}

/* A difference of five sigma is seen: these rates are not bought with
 * blindness. */
static void
test_error_rates_differences_are_found(void **state)
{
	(void)state;
	enum { FAMILIES = 500 };
	rng_t rng;
	rng_init(&rng, 8);
	size_t worse = 0;
	for (size_t f = 0; f < FAMILIES; f++) {
		size_t count[VERDICT_KINDS];
		family_run(&rng, heavy, 0.3, BLOCKS, count);
		worse += count[VERDICT_WORSE];
		assert_int_equal(count[VERDICT_BETTER], 0);
	}
	print_message(
	    "# %zu of %d differences found\n", worse, FAMILIES * FAMILY);
	assert_true(worse >= FAMILIES * FAMILY * 8 / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_error_rates_nothing_differs),
	    cmocka_unit_test(test_error_rates_on_the_border),
	    cmocka_unit_test(test_error_rates_differences_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
