/*
 * percentile.c on the made-up run of fixture.h, with more latency samples:
 * intervals where there are blocks enough, ratios that keep the pairing, and
 * reasons for the rest.
 */
#include "percentile.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

/* Beyond the orders of the made-up run. */
#define ORDER_FREE 5000
#define P50 METRIC_P50_NS
#define P99 METRIC_P99_NS

/*
 * Adds latency samples of cell 0 in blocks 2 to 5. In odd blocks all calls
 * take 1.8 times as long, as cell 2's do: a slow time of the machine, common
 * to all arms.
 */
static void
latency_add(const char *dir, const int *arms, size_t n)
{
	char *path = text_format("%s/samples.jsonl", dir);
	FILE *lines = fopen(path, "ae");
	assert_non_null(lines);
	int order = ORDER_FREE;
	for (int b = 2; b < 6; b++)
		for (size_t i = 0; i < n; i++) {
			json_t *line = fixture_sample(
			    dir, order++, b % 2 != 0 ? 2 : 0, arms[i], b, true);
			json_object_set_new(
			    line, "cell", json_string(fixture_cells[0].name));
			json_dumpf(line, lines, JSON_COMPACT);
			fputc('\n', lines);
			json_decref(line);
		}
	fclose(lines);
	free(path);
}

static void
values_copy(summary_value_t *out, const char *dir, size_t arm, size_t m)
{
	fault_t fault;
	dataset_t data;
	summary_t summary;
	assert_false(dataset_read(&data, dir, &fault));
	summary_init(&summary, &data, &verdict_rule_default);
	*out = *summary_value(&summary, 0, arm, m);
	/* Texts go with the summary: whether there is one is enough. */
	if (out->no_interval != NULL)
		out->no_interval = "blocks";
	summary_release(&summary);
	dataset_release(&data);
}

static void
test_percentile_intervals(void **state)
{
	(void)state;
	static const int arms[] = {GLIBC, DECAY};
	char *dir = fixture_folder();
	fixture_write(dir, SIZE_MAX);
	latency_add(dir, arms, 2);
	summary_value_t v;
	values_copy(&v, dir, DECAY, P50);
	assert_int_equal(v.n, 6);
	assert_null(v.no_interval);
	double fast = fixture_latency_ns(0, DECAY, 0.5);
	close_to(v.middle.lo, fast, 1);
	/* Two of six blocks are slow: nearly all draws have a fast one. */
	assert_true(v.middle.hi > 1.5 * fast && v.middle.hi < 1.8 * fast + 2);
	close_to(v.middle.confidence, 0.95, 1e-12);
	/* The slow blocks are slow on both sides: the ratio is narrow. */
	assert_int_equal(v.pairs, 6);
	double planted = fixture_latency_ns(0, DECAY, 0.99) /
			 fixture_latency_ns(0, GLIBC, 0.99);
	values_copy(&v, dir, DECAY, P99);
	assert_true(v.middle.hi / v.middle.lo > 1.5);
	assert_true(v.ratio.hi / v.ratio.lo < 1.1);
	close_to(v.ratio.estimate, planted, 0.03);
	assert_true(v.ratio.lo <= planted + 0.03);
	assert_true(v.ratio.hi >= planted - 0.03);
	assert_false(v.judged);
	/* Built again, the same. */
	summary_value_t again;
	values_copy(&again, dir, DECAY, P99);
	assert_memory_equal(&v.middle, &again.middle, sizeof(v.middle));
	assert_memory_equal(&v.ratio, &again.ratio, sizeof(v.ratio));
	fixture_remove(dir);
}

static void
test_percentile_too_few_blocks(void **state)
{
	(void)state;
	static const int arms[] = {DECAY};
	char *dir = fixture_folder();
	fixture_write(dir, SIZE_MAX);
	summary_value_t v;
	values_copy(&v, dir, DECAY, P50);
	assert_string_equal(v.no_interval, "blocks");
	assert_true(isnan(v.middle.lo) && isnan(v.ratio.lo));
	close_to(v.ratio.estimate,
	    floor(fixture_latency_ns(0, DECAY, 0.5)) /
		floor(fixture_latency_ns(0, GLIBC, 0.5)),
	    0.04);
	assert_int_equal(v.pairs, 2);
	/* The arm has six blocks, the baseline two: no interval of a ratio. */
	latency_add(dir, arms, 1);
	values_copy(&v, dir, DECAY, P50);
	assert_true(isfinite(v.middle.lo));
	assert_true(isnan(v.ratio.lo));
	assert_int_equal(v.pairs, 2);
	assert_string_equal(v.no_interval, "blocks");
	/* The rule of the least count goes first. */
	values_copy(&v, dir, FILLFULL, P99);
	assert_non_null(v.reason);
	assert_true(isnan(v.middle.estimate) && isnan(v.ratio.estimate));
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_percentile_intervals),
	    cmocka_unit_test(test_percentile_too_few_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
