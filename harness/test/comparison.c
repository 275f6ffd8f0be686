/*
 * comparison.c: the four verdicts on two samples that are not paired, their
 * error rate over a table, and what is done with a whole run (that of
 * fixture.h) beside itself.
 */
#include "comparison.h"
#include "relative.h"
#include "stats_two.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "rng.h"

static verdict_t
judged(double estimate, double lo, double hi, double confidence, double p)
{
	static const size_t n[] = {10, 12};
	stats_interval_t shift = {estimate, lo, hi, confidence};
	return comparison_judge(&verdict_rule_default, n, &shift, p, 4);
}

static void
test_comparison_verdicts(void **state)
{
	(void)state;
	static const struct {
		double estimate, lo, hi, confidence, p;
		verdict_kind_t kind;
	} rows[] = {
	    {-0.1, -0.15, -0.05, 0.96, 0.01, VERDICT_BETTER},
	    {0.1, 0.05, 0.15, 0.96, 0.01, VERDICT_WORSE},
	    {0.001, -0.01, 0.012, 0.96, 0.9, VERDICT_EQUIVALENT},
	    /* Real, and too small to matter. */
	    {0.01, 0.008, 0.012, 0.96, 0.001, VERDICT_EQUIVALENT},
	    {0.05, -0.01, 0.11, 0.96, 0.2, VERDICT_UNDECIDED},
	    /* The interval excludes 1, the corrected p does not. */
	    {0.1, 0.05, 0.15, 0.96, 0.06, VERDICT_UNDECIDED},
	    /* Too few blocks for the confidence. */
	    {0.001, -0.01, 0.012, 0.9, 0.9, VERDICT_UNDECIDED},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		verdict_t v = judged(rows[i].estimate, rows[i].lo, rows[i].hi,
		    rows[i].confidence, rows[i].p);
		assert_int_equal(v.kind, rows[i].kind);
		assert_int_equal(
		    v.blocks_more > 0, rows[i].kind == VERDICT_UNDECIDED);
	}
	/* Half the interval to be clear of 1: four times the blocks. */
	assert_int_equal(judged(0.05, -0.05, 0.15, 0.96, 0.2).blocks_more, 30);
}

static double
uniform(rng_t *rng)
{
	return ((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0;
}

/* Log-normal noise with an outlier in twenty. */
static void
sample_make(double *x, size_t n, rng_t *rng)
{
	for (size_t i = 0; i < n; i++)
		x[i] = 0.03 * sqrt(-2 * log(uniform(rng))) *
			   cos(2 * M_PI * uniform(rng)) +
		       (rng_below(rng, 20) == 0 ? 0.5 * uniform(rng) : 0);
}

/* Of 500 tables of 20 comparisons of the same with itself, those in which any
 * is called better or worse. */
static void
test_comparison_rate(void **state)
{
	(void)state;
	enum { ROWS = 20, TABLES = 500, BLOCKS = 10 };
	static const size_t n[] = {BLOCKS, BLOCKS};
	size_t wrong = 0;
	rng_t rng;
	rng_init(&rng, 11);
	for (int t = 0; t < TABLES; t++) {
		stats_interval_t shift[ROWS];
		double p[ROWS];
		bool any = false;
		for (int r = 0; r < ROWS; r++) {
			double a[BLOCKS], b[BLOCKS];
			sample_make(a, BLOCKS, &rng);
			sample_make(b, BLOCKS, &rng);
			shift[r] = stats_shift(a, BLOCKS, b, BLOCKS, 0.95);
			p[r] = stats_rank_sum_test(a, BLOCKS, b, BLOCKS);
		}
		stats_holm(p, ROWS, p);
		for (int r = 0; r < ROWS; r++) {
			verdict_kind_t kind = comparison_judge(
			    &verdict_rule_default, n, &shift[r], p[r], ROWS)
						  .kind;
			any |= kind == VERDICT_BETTER || kind == VERDICT_WORSE;
		}
		wrong += any;
	}
	printf("# %zu of %d tables without a difference have a false verdict\n",
	    wrong, TABLES);
	assert_true(wrong <= TABLES * 5 / 100);
}

static const comparison_row_t *
row_of(const comparison_t *comparison, const char *cell, const char *arm,
    const char *metric)
{
	for (size_t i = 0; i < comparison->nrows; i++) {
		const comparison_row_t *row = &comparison->rows[i];
		if (strcmp(row->cell, cell) == 0 &&
		    strcmp(row->arm, arm) == 0 &&
		    strcmp(row->metric.name, metric) == 0)
			return row;
	}
	return NULL;
}

static void
test_comparison_of_a_run_with_itself(void **state)
{
	(void)state;
	static const char swing[] = "oscillate.interleaved.t1";
	words_t none = {0};
	words_t wanted = {0};
	words_add(&wanted, "npurge");
	comparison_wish_t wish = {&none, &wanted, false, verdict_rule_default};
	comparison_t comparison;
	dataset_t data;
	fault_t fault;
	char *dir = fixture_folder();
	fixture_write(dir, SIZE_MAX);
	assert_false(dataset_read(&data, dir, &fault));
	comparison_init(&comparison, &data, &data, &wish);
	const comparison_row_t *row =
	    row_of(&comparison, swing, "decay", "work_ns");
	assert_non_null(row);
	assert_true(row->relative && row->judged && row->reason == NULL);
	assert_true(fabs(row->ratio.estimate - 1) < 1e-9);
	assert_int_equal(row->n[COMPARISON_NEW], FIXTURE_BLOCKS);
	assert_int_equal(row->verdict.kind, VERDICT_EQUIVALENT);
	/* The reference itself is no row; npurge is one, and not judged. */
	assert_null(row_of(&comparison, swing, "glibc", "work_ns"));
	row = row_of(&comparison, swing, "ratio", "npurge");
	assert_true(row != NULL && !row->judged && !row->relative);
	/* No ratio of zeros, and none of an arm that fails in both. */
	row = row_of(&comparison, "server-slots.t2", "ratio", "npurge");
	assert_non_null(strstr(row->reason, "values of 0"));
	row = row_of(&comparison, "server-slots.t2", "fill-full", "work_ns");
	assert_non_null(strstr(row->reason, "2 samples of the new run failed"));
	assert_false(row->fails);
	assert_int_equal(comparison.failures, 0);
	assert_int_equal(comparison.count[VERDICT_WORSE], 0);
	assert_int_equal(comparison.count[VERDICT_BETTER], 0);
	assert_true(comparison.family > 20);
	comparison_release(&comparison);
	dataset_release(&data);
	words_release(&wanted);
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_comparison_verdicts),
	    cmocka_unit_test(test_comparison_rate),
	    cmocka_unit_test(test_comparison_of_a_run_with_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
