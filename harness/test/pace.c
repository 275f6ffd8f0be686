/*
 * pace.c: the work phase is found, what is outside of it is no part of the
 * pace, and what cannot be classified is counted as that.
 */
#include "pace.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define READINGS 200

static double t_s[READINGS], calls[READINGS];

/* 1 s of set-up, 2 s of work, the last three quarters at twice the rate, then
 * tidying up; a reading each 20 ms. */
static void
fill(bool warms)
{
	double made = 500;
	for (size_t i = 0; i < READINGS; i++) {
		t_s[i] = 0.02 * (double)i;
		calls[i] = made;
		if (t_s[i] >= 1 && t_s[i] < 3)
			made += warms && t_s[i] < 1.5 ? 1e4 : 2e4;
	}
}

static json_t *
line_new(const char *first, const char *second)
{
	/* The clock itself, as the live page has it. */
	return json_pack("{s:I,s:[{s:s,s:I},{s:s,s:I},{s:s,s:I}]}",
	    "t_begin_ns", (json_int_t)5000000000, "phases", "name", "setup",
	    "t_ns", (json_int_t)5000000000, "name", first, "t_ns",
	    (json_int_t)6000000000, "name", second, "t_ns",
	    (json_int_t)8000000000);
}

static pace_t
pace_of(const char *first, const char *second, const double *counter)
{
	pace_t pace = {{0}, 0, 0, 0};
	json_t *line = line_new(first, second);
	pace_add(&pace, t_s, counter, READINGS, line);
	json_decref(line);
	return pace;
}

static void
test_pace_of_work(void **state)
{
	(void)state;
	fill(false);
	pace_t pace = pace_of("work", "drain", calls);
	assert_int_equal(pace.kinds[STEADY_FLAT], 1);
	assert_int_equal(pace_classified(&pace), 1);
	/* Without a phase behind it the work ends with its last call. */
	pace = pace_of("setup", "work", calls);
	assert_int_equal(pace.without, 0);
	fill(true);
	pace = pace_of("work", "drain", calls);
	assert_int_equal(pace.kinds[STEADY_WARM_UP], 1);
	assert_true(fabs(pace.begins - 0.25) < 0.05);
	assert_true(fabs(exp(pace.log_rise) - 2) < 0.05);
}

static void
test_pace_not_classified(void **state)
{
	(void)state;
	fill(false);
	/* Old runs did not read the calls. */
	pace_t pace = pace_of("work", "drain", NULL);
	assert_int_equal(pace.without, 1);
	assert_int_equal(pace_classified(&pace), 0);
	static double none[READINGS];
	for (size_t i = 0; i < READINGS; i++)
		none[i] = NAN;
	assert_int_equal(pace_of("work", "drain", none).without, 1);
	/* Cycles, and work in turns, are not one activity. */
	assert_int_equal(pace_of("free", "refill", calls).without, 1);
	assert_int_equal(pace_of("work", "work", calls).without, 1);
	/* Too short is said, not left out. */
	for (size_t i = 0; i < READINGS; i++)
		t_s[i] *= 10;
	pace = pace_of("work", "drain", calls);
	assert_int_equal(pace.kinds[STEADY_SHORT], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pace_of_work),
	    cmocka_unit_test(test_pace_not_classified),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
