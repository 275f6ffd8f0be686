/*
 * change.c, newest.c and alarm.c: what is planted is found where it was
 * planted, and of 1000 histories without a change no more raise an alarm than
 * the gate's rate says.
 *
 * A history is made as a run makes it: a value is the median over blocks of
 * log-normal ratios; one sample in twenty is an outlier, as on a machine that
 * others use too; every run has an offset of its own. That a run resembles the
 * one before is the known limit: the rate is printed for it, and not judged.
 */
#include "alarm.h"
#include "newest.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "rng.h"
#include "text.h"

#define BLOCKS 10
#define SERIES 24
#define RUNS 20
#define HISTORIES 1000

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

/* ------------------------------------------------------------ histories -- */

static double
uniform(rng_t *rng)
{
	return ((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0;
}

static double
normal(rng_t *rng)
{
	return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

/* One run's value: the median over blocks of a log ratio. */
static double
run_value(rng_t *rng, double spread)
{
	double x[BLOCKS];
	for (int b = 0; b < BLOCKS; b++) {
		x[b] = spread * normal(rng);
		if (rng_below(rng, 20) == 0)
			x[b] += 0.4 * uniform(rng);
	}
	return stats_median(x, BLOCKS);
}

/* resemble: how much of a run's offset is that of the run before. */
static void
history_make(
    double *x, size_t nseries, size_t nruns, rng_t *rng, double resemble)
{
	for (size_t s = 0; s < nseries; s++) {
		double spread = 0.005 * (1 + (double)(s % 6));
		double offset = 0;
		for (size_t r = 0; r < nruns; r++) {
			offset =
			    resemble * offset + sqrt(1 - resemble * resemble) *
						    spread / 3 * normal(rng);
			x[s * nruns + r] = offset + run_value(rng, spread);
		}
	}
}

static const alarm_noise_t no_noise[64];

static size_t
gate(const double *x, size_t nseries, size_t nruns, alarm_t **alarms)
{
	change_history_t history = {x, nseries, nruns};
	alarm_rule_t rule = alarm_rule_default;
	size_t judged;
	rule.orders = 399;
	size_t n = alarm_find(&history, no_noise, &rule, alarms, &judged);
	assert_true(judged <= nseries);
	return n;
}

/* Of so many histories without a change, those that raise an alarm. */
static size_t
histories_alarming(double resemble, size_t histories, uint64_t seed)
{
	static double x[SERIES * RUNS];
	size_t alarming = 0;
	rng_t rng;
	rng_init(&rng, seed);
	for (size_t i = 0; i < histories; i++) {
		alarm_t *alarms;
		bool any = false;
		history_make(x, SERIES, RUNS, &rng, resemble);
		size_t n = gate(x, SERIES, RUNS, &alarms);
		for (size_t k = 0; k < n; k++)
			any |= alarm_counts(&alarms[k]);
		alarming += any;
		free(alarms);
	}
	return alarming;
}

static void
test_alarm_rate_without_a_change(void **state)
{
	(void)state;
	size_t alarming = histories_alarming(0, HISTORIES, 1);
	printf("# %zu of %d histories without a change raise an alarm "
	       "(stated: 5 %%)\n",
	    alarming, HISTORIES);
	assert_true(alarming <= HISTORIES * 5 / 100);
	/* A gate that never alarms would pass that too. */
	assert_true(alarming >= HISTORIES / 100);
	printf("# where a run resembles the one before (0.3): %zu of %d\n",
	    histories_alarming(0.3, HISTORIES / 4, 1), HISTORIES / 4);
}

/* --------------------------------------------------------------- planted -- */

/*
 * A planted change of five standard deviations of a run's value, in one of 24
 * series: found in that series, at that run or beside it, and nowhere else.
 */
static void
test_alarm_planted_change(void **state)
{
	(void)state;
	static double x[SERIES * RUNS];
	size_t found = 0;
	size_t elsewhere = 0;
	size_t tries = 0;
	rng_t rng;
	rng_init(&rng, 7);
	for (size_t at = 4; at <= RUNS - 3; at++)
		for (int again = 0; again < 10; again++, tries++) {
			alarm_t *alarms;
			bool here = false;
			size_t s = rng_below(&rng, SERIES);
			double sigma = 0.005 * (1 + (double)(s % 6)) * 0.52;
			history_make(x, SERIES, RUNS, &rng, 0);
			for (size_t r = at; r < RUNS; r++)
				x[s * RUNS + r] += 5 * sigma;
			size_t n = gate(x, SERIES, RUNS, &alarms);
			for (size_t k = 0; k < n; k++) {
				const alarm_t *a = &alarms[k];
				bool right = a->series == s && !a->lone &&
					     a->run + 1 >= at &&
					     a->run <= at + 1;
				here |= right && a->shift.lo > 0;
				elsewhere += !right && alarm_counts(a);
			}
			found += here;
			free(alarms);
		}
	printf("# planted: %zu of %zu found within a run, %zu other alarms\n",
	    found, tries, elsewhere);
	assert_true(found * 10 >= tries * 9);
	assert_true(elsewhere * 10 <= tries);
}

/* Up, and later down again: both, each with its own size. */
static void
test_alarm_two_changes(void **state)
{
	(void)state;
	double x[30];
	rng_t rng;
	rng_init(&rng, 3);
	for (size_t r = 0; r < 30; r++)
		x[r] = 0.01 * normal(&rng) + (r >= 10 && r < 20 ? 0.2 : 0);
	alarm_t *alarms;
	size_t n = gate(x, 1, 30, &alarms);
	assert_int_equal(n, 2);
	assert_int_equal(alarms[0].run, 10);
	assert_int_equal(alarms[1].run, 20);
	assert_int_equal(alarms[0].before, 10);
	assert_int_equal(alarms[0].after, 10);
	close_to(alarms[0].shift.estimate, 0.2, 0.02);
	close_to(alarms[1].shift.estimate, -0.2, 0.02);
	assert_true(alarms[0].shift.confidence >= 0.95);
	free(alarms);
}

/* The newest run alone, and that an earlier lone one takes it back. */
static void
test_alarm_newest_run(void **state)
{
	(void)state;
	double x[2 * RUNS];
	rng_t rng;
	rng_init(&rng, 5);
	for (size_t i = 0; i < 2 * RUNS; i++)
		x[i] = 0.01 * normal(&rng);
	x[2 * RUNS - 1] += 0.2;
	alarm_t *alarms;
	size_t n = gate(x, 2, RUNS, &alarms);
	assert_int_equal(n, 1);
	assert_true(alarms[0].lone && alarm_counts(&alarms[0]));
	assert_int_equal(alarms[0].series, 1);
	assert_int_equal(alarms[0].run, RUNS - 1);
	assert_int_equal(alarms[0].before, RUNS - 1);
	close_to(alarms[0].shift.estimate, 0.2, 0.03);
	assert_true(alarms[0].shift.lo < 0.2 && alarms[0].shift.hi > 0.2);
	free(alarms);
	x[4] += 5; /* the other series had an odd run once */
	n = gate(x, 2, RUNS, &alarms);
	assert_int_equal(n, 1);
	assert_false(alarm_counts(&alarms[0]));
	free(alarms);
}

static void
test_alarm_below_the_floor(void **state)
{
	(void)state;
	double x[RUNS];
	rng_t rng;
	rng_init(&rng, 9);
	for (size_t r = 0; r < RUNS; r++)
		x[r] = 0.001 * normal(&rng) + (r >= 10 ? 0.02 : 0);
	change_history_t history = {x, 1, RUNS};
	for (int large = 0; large < 2; large++) {
		alarm_noise_t noise = {large ? 0.03 : 0.01, 0};
		alarm_t *alarms;
		size_t judged;
		assert_int_equal(alarm_find(&history, &noise,
				     &alarm_rule_default, &alarms, &judged),
		    1);
		assert_int_equal(alarms[0].run, 10);
		assert_int_equal(alarm_counts(&alarms[0]), !large);
		free(alarms);
	}
}

/* Runs without a value are no values, and the place is that of the run. */
static void
test_change_gaps(void **state)
{
	(void)state;
	double x[RUNS];
	for (size_t r = 0; r < RUNS; r++)
		x[r] = r % 3 == 1 ? NAN
				  : (r >= 12 ? 1 : 0) + 0.01 * (double)(r % 2);
	change_history_t history = {x, 1, RUNS};
	change_rule_t rule = {0.025, 999, 1};
	change_point_t *points;
	assert_int_equal(change_find(&history, &rule, &points), 1);
	assert_int_equal(points[0].run, 12);
	assert_true(points[0].p <= 0.025);
	free(points);
	for (size_t r = 0; r < RUNS; r++)
		x[r] = 7; /* all equal: nothing to find, nothing to divide by */
	assert_int_equal(change_find(&history, &rule, &points), 0);
	assert_null(points);
	change_history_t none = {x, 0, RUNS};
	assert_int_equal(change_find(&none, &rule, &points), 0);
}

/* The same history and seed give the same, to the last digit of p. */
static void
test_change_deterministic(void **state)
{
	(void)state;
	static double x[SERIES * RUNS];
	rng_t rng;
	rng_init(&rng, 21);
	history_make(x, SERIES, RUNS, &rng, 0);
	for (size_t r = 11; r < RUNS; r++)
		x[r] += 0.5;
	alarm_t *first, *second;
	size_t n = gate(x, SERIES, RUNS, &first);
	assert_int_equal(n, gate(x, SERIES, RUNS, &second));
	assert_true(n >= 1);
	for (size_t i = 0; i < n; i++)
		close_to(first[i].p, second[i].p, 0);
	free(first);
	free(second);
}

static void
test_change_least_runs(void **state)
{
	(void)state;
	/* 2 / (9 over 4) = 2/126 = 0.0159; 2 / (8 over 4) = 2/70 = 0.0286 */
	assert_int_equal(change_least_runs(0.02), 9);
	assert_int_equal(change_least_runs(0.03), 8);
	assert_int_equal(change_least_runs(1), 4);
	assert_int_equal(alarm_least_runs(0.05), 9);
	assert_int_equal(alarm_least_runs(0.9), NEWEST_LEAST + 1);
	/* With so few it is found indeed, and with one less it cannot be. */
	double x[9] = {0.1, 0, 0.05, 0.02, 9, 9.1, 9.05, 9.02, 9.04};
	change_history_t history = {x, 1, 9};
	change_rule_t rule = {0.02, 9999, 1};
	change_point_t *points;
	assert_int_equal(change_find(&history, &rule, &points), 1);
	assert_int_equal(points[0].run, 4);
	free(points);
	history.nruns = 8;
	assert_int_equal(change_find(&history, &rule, &points), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alarm_rate_without_a_change),
	    cmocka_unit_test(test_alarm_planted_change),
	    cmocka_unit_test(test_alarm_two_changes),
	    cmocka_unit_test(test_alarm_newest_run),
	    cmocka_unit_test(test_alarm_below_the_floor),
	    cmocka_unit_test(test_change_gaps),
	    cmocka_unit_test(test_change_deterministic),
	    cmocka_unit_test(test_change_least_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
