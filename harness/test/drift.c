/*
 * drift.c against R, and on orders with and without drift.
 */
#include "drift.h"

#include "reference.h"
#include "rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

static const double eight[] = {3, 1, 2, 5, 4, 8, 6, 7};
/* H&W p. 187, R's ?cor.test (nine lots of tuna), three more behind. */
static const double tuna[] = {
    44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1, 47.0, 55.5, 61.2};

/*
 * R: cor.test(1:n, x, method = "kendall", continuity = TRUE): p is exact for
 * eight and ten values, else normal; S is counted, change is the median of all
 * slopes times n - 1.
 */
static const struct {
	const char *name;
	const double *x;
	size_t n;
	double s, p, change, by;
} trends[] = {
    {"eight", eight, 8, 18, 0.03115079365, 7, 1e-9},
    {"tuna, ten", tuna, 10, 15, 0.2163734568, 5.94, 1e-9},
    /* Exact in R, p = 0.02098: the normal is near. */
    {"tuna, twelve", tuna, 12, 34, 0.02098035163, 11.64166667, 0.003},
    {"huron, twenty", huron, 20, -60, 0.05474, -1.364037433, 0.002},
    {"nhtemp", nhtemp, 60, 624, 6.956567055e-05, 2.034482759, 1e-9},
};

static void
test_drift_trend_references(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(trends); i++) {
		drift_t got = drift_test(trends[i].x, trends[i].n, 1);
		if (fabs(got.trend_p - trends[i].p) > trends[i].by)
			print_message("# %s: p = %.10g, wanted %.10g\n",
			    trends[i].name, got.trend_p, trends[i].p);
		close_to(got.s, trends[i].s, 0);
		close_to(got.trend_p, trends[i].p, trends[i].by);
		close_to(got.change, trends[i].change, 1e-6);
	}
}

/* Rare orders: of n! only two are sorted. */
static void
test_drift_trend_exact(void **state)
{
	(void)state;
	static const double up[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	double p = 2;
	for (size_t n = 2; n <= 10; n++) {
		p /= (double)n;
		if (n >= DRIFT_VALUES_LEAST)
			close_to(drift_test(up, n, 1).trend_p / p, 1, 1e-9);
	}
	assert_true(isnan(drift_test(up, DRIFT_VALUES_LEAST - 1, 1).trend_p));
	static const double same[] = {4, 4, 4, 4, 4, 4};
	drift_t got = drift_test(same, 6, 1);
	close_to(got.trend_p, 1, 0);
	close_to(got.lag1_p, 1, 0);
	assert_true(isnan(got.lag1));
}

/* R: acf(x, plot = FALSE)$acf[2] */
static void
test_drift_lag1_references(void **state)
{
	(void)state;
	close_to(drift_lag1(nhtemp, 60), 0.3148268856, 1e-9);
	/* R: cor(rank) of neighbours is strong here: p of the order. */
	drift_t got = drift_test(huron, 20, 1);
	assert_true(got.lag1 > 0.4 && got.lag1_p < 0.02);
}

static double
uniform(rng_t *rng)
{
	return ldexp((double)(rng_next(rng) >> 11) + 0.5, -53);
}

/* Random orders of heavy-tailed values: as many alarms as stated. */
static void
test_drift_false_alarms(void **state)
{
	(void)state;
	enum { RUNS = 400, N = 14 };
	size_t trend = 0;
	size_t lag1 = 0;
	rng_t rng;
	rng_init(&rng, 2);
	for (size_t r = 0; r < RUNS; r++) {
		double x[N];
		for (size_t i = 0; i < N; i++)
			x[i] = 1 / uniform(&rng);
		drift_t got = drift_test(x, N, r);
		trend += got.trend_p <= 0.05;
		lag1 += got.lag1_p <= 0.05;
	}
	print_message(
	    "# of %d: %zu trends, %zu neighbours\n", RUNS, trend, lag1);
	assert_true(trend <= 38 && lag1 <= 38);
}

/* A machine that grows 5 % slower under noise of 1 %; slow minutes. */
static void
test_drift_found(void **state)
{
	(void)state;
	enum { RUNS = 100, N = 16 };
	size_t trend = 0;
	size_t lag1 = 0;
	rng_t rng;
	rng_init(&rng, 3);
	for (size_t r = 0; r < RUNS; r++) {
		double x[N], y[N];
		for (size_t i = 0; i < N; i++) {
			double noise = 0.02 * (uniform(&rng) - 0.5);
			x[i] = 1 + 0.05 * (double)i / (N - 1) + noise;
			y[i] = 1 + ((i + 4) / 8 % 2 == 0 ? 0.1 : 0) + noise;
		}
		drift_t got = drift_test(x, N, r);
		trend += got.trend_p <= 0.001;
		close_to(got.change, 0.05, 0.03);
		lag1 += drift_test(y, N, r).lag1_p <= 0.05;
	}
	print_message(
	    "# found of %d: %zu trends, %zu neighbours\n", RUNS, trend, lag1);
	assert_true(trend >= 98 && lag1 >= 65);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_drift_trend_references),
	    cmocka_unit_test(test_drift_trend_exact),
	    cmocka_unit_test(test_drift_lag1_references),
	    cmocka_unit_test(test_drift_false_alarms),
	    cmocka_unit_test(test_drift_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
