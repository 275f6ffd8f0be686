/* Unit test of hist: error bound, quantile rule, merging, reading back. */
#include "hist.h"

#include "prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static hist_t one, two, both;

/* The bucket of a value holds it, and its middle is within 1 / 256. */
static void
check_value(uint64_t v)
{
	size_t i = hist_index(v);
	assert_true(i < HIST_BUCKETS);
	assert_true(hist_bucket_low(i) <= v);
	if (i + 1 < HIST_BUCKETS)
		assert_true(hist_bucket_low(i + 1) > v);
	uint64_t mid = hist_bucket_mid(i);
	uint64_t off = mid > v ? mid - v : v - mid;
	assert_true(off <= v / 256 + (v % 256 != 0));
	if (v < 256)
		assert_int_equal(mid, v);
	else
		assert_true((double)off <= (double)v / 256);
}

static void
test_hist_error_bound(void **state)
{
	(void)state;
	for (uint64_t v = 0; v < 70000; v++)
		check_value(v);
	for (unsigned bit = 8; bit < 64; bit++) {
		uint64_t v = (uint64_t)1 << bit;
		check_value(v - 1);
		check_value(v);
		check_value(v + 1);
		check_value(v + v / 2);
	}
	check_value(UINT64_MAX);
	prng_t rng;
	prng_seed(&rng, 7, 0);
	for (int i = 0; i < 200000; i++)
		check_value(prng_next(&rng) >> prng_below(&rng, 64));
}

static void
test_hist_buckets_ascend(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < HIST_BUCKETS; i++) {
		assert_true(hist_bucket_low(i) < hist_bucket_low(i + 1));
		assert_int_equal(hist_index(hist_bucket_low(i)), i);
		assert_int_equal(hist_index(hist_bucket_mid(i)), i);
	}
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void
test_hist_quantile_rule(void **state)
{
	(void)state;
	static uint64_t value[20011];
	prng_t rng;
	prng_seed(&rng, 9, 1);
	hist_init(&one);
	for (size_t i = 0; i < COUNT(value); i++) {
		value[i] = prng_next(&rng) >> (20 + prng_below(&rng, 40));
		hist_record(&one, value[i]);
	}
	qsort(value, COUNT(value), sizeof(value[0]), compare);
	static const double q[] = {0.001, 0.25, 0.5, 0.9, 0.99, 0.999};
	for (size_t i = 0; i < COUNT(q); i++) {
		double rank = q[i] * (double)COUNT(value);
		size_t at = (size_t)rank + ((double)(size_t)rank < rank) - 1;
		double exact = (double)value[at];
		double got = (double)hist_quantile(&one, q[i]);
		assert_true(got >= exact * (1 - 0.01) - 0.5);
		assert_true(got <= exact * (1 + 0.01) + 0.5);
	}
	assert_int_equal(hist_quantile(&one, 0), value[0]);
	assert_int_equal(hist_quantile(&one, 1), value[COUNT(value) - 1]);
}

static void
test_hist_empty_and_single(void **state)
{
	(void)state;
	hist_init(&one);
	assert_int_equal(hist_quantile(&one, 0.5), 0);
	assert_true(hist_mean(&one) == 0);
	hist_record(&one, 1000003);
	assert_int_equal(hist_quantile(&one, 0.01), 1000003);
	assert_int_equal(hist_quantile(&one, 0.99), 1000003);
	assert_true(hist_mean(&one) == 1000003);
}

static void
test_hist_merge_is_recording_all(void **state)
{
	(void)state;
	prng_t rng;
	prng_seed(&rng, 11, 2);
	hist_init(&one);
	hist_init(&two);
	hist_init(&both);
	for (int i = 0; i < 5000; i++) {
		uint64_t v = prng_next(&rng) >> 40;
		hist_record(i % 3 == 0 ? &one : &two, v);
		hist_record(&both, v);
	}
	hist_merge(&one, &two);
	assert_memory_equal(&one.bucket, &both.bucket, sizeof(one.bucket));
	assert_int_equal(one.count, both.count);
	assert_int_equal(one.min, both.min);
	assert_int_equal(one.max, both.max);
	assert_true(one.sum == both.sum);
	hist_t *empty = &two;
	hist_init(empty);
	hist_merge(&one, empty);
	assert_int_equal(one.min, both.min);
	assert_int_equal(one.count, both.count);
}

static void
test_hist_reads_back(void **state)
{
	(void)state;
	prng_t rng;
	prng_seed(&rng, 13, 3);
	hist_init(&one);
	hist_init(&two);
	for (int i = 0; i < 5000; i++)
		hist_record(&one, prng_next(&rng) >> 44);
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		assert_true(hist_record_bucket(&two, i, one.bucket[i]));
	assert_memory_equal(&one.bucket, &two.bucket, sizeof(one.bucket));
	assert_int_equal(two.count, one.count);
	assert_int_equal(hist_quantile(&two, 0.5), hist_quantile(&one, 0.5));
	assert_false(hist_record_bucket(&two, HIST_BUCKETS, 1));
	assert_int_equal(two.count, one.count);
}

static void
test_hist_supported_needs_ten_beyond(void **state)
{
	(void)state;
	static const struct {
		double q;
		uint64_t least;
	} rows[] = {{0.5, 20}, {0.9, 100}, {0.99, 1000}, {0.999, 10000}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		hist_init(&one);
		hist_record_bucket(&one, 5, rows[i].least - 1);
		assert_false(hist_quantile_supported(&one, rows[i].q));
		hist_record_bucket(&one, 5, 1);
		assert_true(hist_quantile_supported(&one, rows[i].q));
	}
	assert_false(hist_quantile_supported(&one, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hist_error_bound),
	    cmocka_unit_test(test_hist_buckets_ascend),
	    cmocka_unit_test(test_hist_quantile_rule),
	    cmocka_unit_test(test_hist_empty_and_single),
	    cmocka_unit_test(test_hist_merge_is_recording_all),
	    cmocka_unit_test(test_hist_reads_back),
	    cmocka_unit_test(test_hist_supported_needs_ten_beyond),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
