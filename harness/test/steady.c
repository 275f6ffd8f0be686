/*
 * steady.c: planted rates are classified as what they are, noise is not split.
 */
#include "steady.h"

#include "rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define N 60

static rng_t rng;

static double
uniform(void)
{
	return ldexp((double)(rng_next(&rng) >> 11) + 0.5, -53);
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Rates around levels of equal length, with this noise. */
static void
fill(double *x, const double *levels, size_t n, double noise)
{
	for (size_t i = 0; i < N; i++)
		x[i] = 1e6 * levels[i * n / N] * (1 + noise * normal());
}

static void
test_steady_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double levels[10];
		steady_kind_t kind;
	} rows[] = {
	    {"one rate", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, STEADY_FLAT},
	    {"warms up", {.5, .8, 1, 1, 1, 1, 1, 1, 1, 1}, STEADY_WARM_UP},
	    {"warms up late", {.5, .5, .5, .5, .5, .5, 1, 1, 1, 1},
		STEADY_WARM_UP},
	    {"slows down", {1, 1, 1, 1, 1, .8, .8, .8, .8, .8},
		STEADY_SLOWDOWN},
	    {"a peak at first", {.6, 1, 1, .7, .7, .7, .7, .7, .7, .7},
		STEADY_SLOWDOWN},
	    {"ever slower", {1, .9, .8, .7, .6, .5, .4, .3, .2, .1},
		STEADY_NONE},
	    {"breaks at the end", {1, 1, 1, 1, 1, 1, 1, 1, 1, .5}, STEADY_NONE},
	    {"to and fro", {1, .5, 1, .5, 1, .5, 1, .5, 1, .5}, STEADY_NONE},
	    /* Too small to be told from one rate. */
	    {"alike", {1, 1, 1, 1, 1, .98, .98, .98, .98, .98}, STEADY_FLAT},
	};
	rng_init(&rng, 1);
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		for (int again = 0; again < 20; again++) {
			double x[N];
			fill(x, rows[r].levels, 10, 0.01);
			steady_t s = steady_classify(x, N);
			if (s.kind != rows[r].kind)
				print_message("# %s: %s, %zu segments\n",
				    rows[r].name, steady_names[s.kind],
				    s.segments);
			assert_int_equal(s.kind, rows[r].kind);
		}
	}
}

static void
test_steady_says_when(void **state)
{
	(void)state;
	static const double levels[] = {.5, .5, 1, 1, 1, 1, 1, 1, 1, 1};
	double x[N];
	rng_init(&rng, 2);
	fill(x, levels, 10, 0.01);
	steady_t s = steady_classify(x, N);
	assert_int_equal(s.segments, 2);
	assert_true(fabs(s.begins - 0.2) < 0.04);
	assert_true(fabs(s.rates[0] / 0.5e6 - 1) < 0.03);
	assert_true(fabs(s.rates[1] / 1e6 - 1) < 0.03);
}

static void
test_steady_short(void **state)
{
	(void)state;
	double x[STEADY_RATES_LEAST] = {0};
	for (size_t n = 0; n < STEADY_RATES_LEAST; n++)
		assert_int_equal(steady_classify(x, n).kind, STEADY_SHORT);
	/* Idle all the time is one rate, too. */
	assert_int_equal(
	    steady_classify(x, STEADY_RATES_LEAST).kind, STEADY_FLAT);
	for (size_t i = 0; i < STEADY_RATES_LEAST; i++)
		x[i] = 7;
	assert_int_equal(
	    steady_classify(x, STEADY_RATES_LEAST).kind, STEADY_FLAT);
}

/* Noise alone, light and heavy of tail and of any size, is one rate. */
static void
test_steady_noise_is_flat(void **state)
{
	(void)state;
	enum { RUNS = 1000 };
	size_t split[3] = {0};
	rng_init(&rng, 3);
	for (size_t r = 0; r < RUNS; r++) {
		double x[3][N];
		double before = 0;
		for (size_t i = 0; i < N; i++) {
			before = 0.3 * before + 0.95 * normal();
			x[0][i] = 100 * (1 + 0.1 * normal());
			/* t with three degrees: a stall in every process. */
			x[1][i] = 100 * (1 + 0.1 * normal() /
						 sqrt((-2 * log(uniform()) +
							  pow(normal(), 2)) /
						      3));
			x[2][i] = 100 * (1 + 0.1 * before);
		}
		for (size_t k = 0; k < 3; k++)
			split[k] +=
			    steady_classify(x[k], N).kind != STEADY_FLAT;
	}
	print_message("# of %d split: %zu normal, %zu heavy, %zu dependent\n",
	    RUNS, split[0], split[1], split[2]);
	assert_true(split[0] <= RUNS / 100);
	assert_true(split[1] <= RUNS / 20);
	assert_true(split[2] <= RUNS / 100);
}

/* Of processes with few readings, too, few are split; a warm-up that halves the
 * rate in the first third is seen. */
static void
test_steady_few_readings(void **state)
{
	(void)state;
	enum { RUNS = 1000, READINGS = 19 };
	size_t split = 0;
	size_t seen = 0;
	rng_init(&rng, 5);
	for (size_t r = 0; r < RUNS; r++)
		for (int warms = 0; warms < 2; warms++) {
			double t[READINGS], calls[READINGS], rates[64];
			t[0] = calls[0] = 0;
			for (size_t i = 1; i < READINGS; i++) {
				double rate = warms && i <= 6 ? 0.5 : 1;
				double stall = uniform() < 0.03 ? 0.1 : 1;
				t[i] = t[i - 1] + 0.03;
				calls[i] =
				    calls[i - 1] +
				    3e4 * rate * stall * (1 + 0.05 * normal());
			}
			size_t n = steady_rates(t, calls, READINGS, rates, 64);
			assert_int_equal(n, READINGS - 3);
			steady_kind_t kind = steady_classify(rates, n).kind;
			split += !warms && kind != STEADY_FLAT;
			seen += warms && kind == STEADY_WARM_UP;
		}
	print_message(
	    "# of %d: %zu split, %zu warm-ups seen\n", RUNS, split, seen);
	assert_true(split <= RUNS / 20);
	assert_true(seen >= RUNS * 8 / 10);
}

/* Readings become rates of spans; one stalled reading is in no rate. */
static void
test_steady_rates(void **state)
{
	(void)state;
	double t[301], calls[301], rates[64];
	for (size_t i = 0; i < 301; i++) {
		t[i] = 0.005 * (double)i;
		calls[i] = 1000 * (double)i;
	}
	for (size_t i = 100; i < 301; i++)
		t[i] += 0.1; /* stalled once */
	size_t n = steady_rates(t, calls, 301, rates, 64);
	assert_int_equal(n, 60);
	for (size_t i = 0; i < n; i++)
		assert_true(fabs(rates[i] / 200000 - 1) < 1e-9);
	assert_int_equal(steady_classify(rates, n).kind, STEADY_FLAT);
	/* Few readings: each with its neighbours, the stall in none. */
	n = steady_rates(t + 90, calls + 90, 20, rates, 64);
	assert_int_equal(n, 17);
	for (size_t i = 0; i < n; i++)
		assert_true(fabs(rates[i] / 200000 - 1) < 1e-9);
	assert_int_equal(steady_rates(t, calls, 3, rates, 64), 0);
	assert_int_equal(steady_rates(t, calls, 0, rates, 64), 0);
}

/* The segmentation is the best there is: against all splits in two. */
static void
test_steady_segments_are_optimal(void **state)
{
	(void)state;
	rng_init(&rng, 4);
	for (int again = 0; again < 50; again++) {
		double x[N];
		size_t ends[N];
		size_t at = 6 + (size_t)rng_below(&rng, N - 12);
		for (size_t i = 0; i < N; i++)
			x[i] = (i < at ? 100 : 110) + normal();
		assert_int_equal(steady_segments(x, N, ends), 2);
		size_t best = 0;
		double least = INFINITY;
		for (size_t cut = 3; cut + 3 <= N; cut++) {
			double mean[2] = {0, 0};
			double cost = 0;
			for (size_t i = 0; i < N; i++)
				mean[i >= cut] +=
				    x[i] / (double)(i < cut ? cut : N - cut);
			for (size_t i = 0; i < N; i++)
				cost += pow(x[i] - mean[i >= cut], 2);
			if (cost < least) {
				least = cost;
				best = cut;
			}
		}
		assert_int_equal(ends[0], best);
		assert_int_equal(ends[1], N);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_steady_kinds),
	    cmocka_unit_test(test_steady_says_when),
	    cmocka_unit_test(test_steady_short),
	    cmocka_unit_test(test_steady_noise_is_flat),
	    cmocka_unit_test(test_steady_few_readings),
	    cmocka_unit_test(test_steady_rates),
	    cmocka_unit_test(test_steady_segments_are_optimal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
