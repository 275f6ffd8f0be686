/*
 * bootstrap.c: the estimates are those of merged histograms, intervals hold
 * what they state when processes differ, ratios keep their pairing.
 */
#include "bootstrap.h"

#include "rng.h"
#include "text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

#define BLOCKS 10
#define CALLS 1500

static hist_t room[2][BLOCKS];

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

/* Calls of a process: exponential around its own scale. */
static void
block_fill(hist_t *hist, rng_t *rng, double scale)
{
	hist_init(hist);
	for (size_t i = 0; i < CALLS; i++)
		hist_record(hist, (uint64_t)(-log(uniform(rng)) * scale + 0.5));
}

static void
take(bootstrap_t *arm, size_t side, size_t n)
{
	const hist_t *hists[BLOCKS];
	for (size_t b = 0; b < n; b++)
		hists[b] = &room[side][b];
	bootstrap_init(arm, hists, n);
}

static void
test_bootstrap_estimates_are_of_merged(void **state)
{
	(void)state;
	static const double q[] = {0.5, 0.9, 0.99};
	rng_t rng;
	rng_init(&rng, 1);
	static hist_t all;
	hist_init(&all);
	for (size_t b = 0; b < 4; b++) {
		block_fill(&room[0][b], &rng, 1000 + 3000 * (double)b);
		hist_merge(&all, &room[0][b]);
	}
	bootstrap_t arm;
	take(&arm, 0, 4);
	stats_interval_t out[3];
	assert_int_equal(
	    bootstrap_quantiles(&arm, NULL, q, 3, 0.95, 7, out), 4);
	for (size_t i = 0; i < 3; i++) {
		close_to(out[i].estimate, (double)hist_quantile(&all, q[i]), 0);
		/* Never beyond the blocks that there are. */
		assert_true(
		    out[i].lo >= (double)hist_quantile(&room[0][0], q[i]) - 1);
		assert_true(
		    out[i].hi <= (double)hist_quantile(&room[0][3], q[i]) + 1);
		assert_true(out[i].lo < out[i].estimate);
		assert_true(out[i].hi > out[i].estimate);
		close_to(out[i].confidence, 1 - 0.125, 1e-12);
	}
	bootstrap_release(&arm);
}

static void
test_bootstrap_few_blocks(void **state)
{
	(void)state;
	static const double q = 0.5;
	rng_t rng;
	rng_init(&rng, 2);
	for (size_t b = 0; b < 3; b++)
		block_fill(&room[0][b], &rng, 1000);
	stats_interval_t out;
	bootstrap_t arm;
	take(&arm, 0, 2);
	assert_int_equal(
	    bootstrap_quantiles(&arm, NULL, &q, 1, 0.95, 7, &out), 2);
	assert_true(isfinite(out.estimate));
	assert_true(isnan(out.lo) && isnan(out.hi));
	close_to(out.confidence, 0, 0);
	bootstrap_release(&arm);
	/* Three blocks: from the least to the greatest, and it says so. */
	take(&arm, 0, 3);
	assert_int_equal(
	    bootstrap_quantiles(&arm, NULL, &q, 1, 0.95, 7, &out), 3);
	close_to(out.confidence, 0.75, 1e-12);
	double least = INFINITY;
	double most = 0;
	for (size_t b = 0; b < 3; b++) {
		double x = (double)hist_quantile(&room[0][b], q);
		least = fmin(least, x);
		most = fmax(most, x);
	}
	close_to(out.lo, least, 1);
	close_to(out.hi, most, 1);
	bootstrap_release(&arm);
	bootstrap_init(&arm, NULL, 0);
	assert_int_equal(
	    bootstrap_quantiles(&arm, NULL, &q, 1, 0.95, 7, &out), 0);
	assert_true(isnan(out.estimate));
	bootstrap_release(&arm);
}

/* A block that one side lacks is out of the ratio, and the seed decides. */
static void
test_bootstrap_pairs_blocks(void **state)
{
	(void)state;
	static const double q = 0.9;
	rng_t rng;
	rng_init(&rng, 3);
	const hist_t *a[5], *b[5];
	for (size_t i = 0; i < 5; i++) {
		double wobble = exp(normal(&rng));
		block_fill(&room[0][i], &rng, 20000 * wobble);
		block_fill(&room[1][i], &rng, 10000 * wobble);
		a[i] = &room[0][i];
		b[i] = &room[1][i];
	}
	a[1] = b[3] = NULL;
	bootstrap_t arm, base;
	bootstrap_init(&arm, a, 5);
	bootstrap_init(&base, b, 5);
	stats_interval_t out, again;
	assert_int_equal(
	    bootstrap_quantiles(&arm, &base, &q, 1, 0.95, 9, &out), 3);
	/* The blocks' wobble of e is in both sides: the ratio is narrow. */
	close_to(out.estimate, 2, 0.2);
	assert_true(out.lo > 1.7 && out.hi < 2.3);
	bootstrap_quantiles(&arm, &base, &q, 1, 0.95, 9, &again);
	assert_memory_equal(&out, &again, sizeof(out));
	bootstrap_quantiles(&arm, NULL, &q, 1, 0.95, 9, &out);
	assert_true(out.hi / out.lo > 1.5);
	bootstrap_release(&arm);
	bootstrap_release(&base);
}

/*
 * Processes that differ by a tenth, in 200 made-up runs: the interval of p50,
 * p90 and p99 holds the truth as often as it states, or misses it by no more
 * than chance (4 sigma) and the 2 % that few blocks are known to cost.
 */
static void
test_bootstrap_coverage(void **state)
{
	(void)state;
	enum { RUNS = 200 };
	static const double q[] = {0.5, 0.9, 0.99};
	size_t held[3] = {0};
	rng_t rng;
	rng_init(&rng, 4);
	/* The truth: the quantiles of very many processes. */
	static hist_t all;
	hist_init(&all);
	for (size_t i = 0; i < 500000; i++)
		hist_record(&all, (uint64_t)(-log(uniform(&rng)) * 20000 *
					     exp(0.1 * normal(&rng))));
	for (size_t r = 0; r < RUNS; r++) {
		for (size_t b = 0; b < BLOCKS; b++)
			block_fill(
			    &room[0][b], &rng, 20000 * exp(0.1 * normal(&rng)));
		bootstrap_t arm;
		stats_interval_t out[3];
		take(&arm, 0, BLOCKS);
		bootstrap_quantiles(&arm, NULL, q, 3, 0.95, r, out);
		for (size_t i = 0; i < 3; i++) {
			double truth = (double)hist_quantile(&all, q[i]);
			held[i] += out[i].lo <= truth && truth <= out[i].hi;
		}
		bootstrap_release(&arm);
	}
	double sigma = sqrt(RUNS * 0.95 * 0.05);
	for (size_t i = 0; i < 3; i++) {
		print_message(
		    "# p%g: held in %zu of %d\n", 100 * q[i], held[i], RUNS);
		assert_true((double)held[i] > RUNS * 0.93 - 4 * sigma);
	}
}

/*
 * Values that hang together: the plain interval of independent values misses
 * the truth far too often, that of moving blocks less.
 */
static void
test_bootstrap_median_of_dependent(void **state)
{
	(void)state;
	enum { RUNS = 300, N = 60 };
	size_t plain = 0;
	size_t moving = 0;
	rng_t rng;
	rng_init(&rng, 5);
	for (size_t r = 0; r < RUNS; r++) {
		double x[N];
		double level = normal(&rng);
		for (size_t i = 0; i < N; i++) {
			level = 0.6 * level + 0.8 * normal(&rng);
			x[i] = level;
		}
		stats_interval_t s = stats_median_interval(x, N, 0.95);
		plain += s.lo <= 0 && s.hi >= 0;
		s = bootstrap_median(x, N, 0.95, r);
		moving += s.lo <= 0 && s.hi >= 0;
	}
	print_message("# held: plain %zu, moving blocks %zu of %d\n", plain,
	    moving, RUNS);
	assert_true(plain < 262);
	assert_true(moving > 246 && moving > plain + 12);
	double few[] = {1, 2, 3, 4, 5};
	stats_interval_t s = bootstrap_median(few, 5, 0.95, 1);
	close_to(s.estimate, 3, 0);
	assert_true(isnan(s.lo) && s.confidence == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bootstrap_estimates_are_of_merged),
	    cmocka_unit_test(test_bootstrap_few_blocks),
	    cmocka_unit_test(test_bootstrap_pairs_blocks),
	    cmocka_unit_test(test_bootstrap_coverage),
	    cmocka_unit_test(test_bootstrap_median_of_dependent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
