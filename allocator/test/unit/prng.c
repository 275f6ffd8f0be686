/*
 * prng.h: the generator's first values by 128-bit arithmetic, and ranges.
 */
#include "unit.h"

#include "prng.h"

static void
test_prng_recurrence(void **state)
{
	unsigned __int128 s = 42, modulus = (unsigned __int128)1 << 64;
	uint64_t ours = 42;
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		unsigned lg = 1 + i % 64;
		s = (s * 6364136223846793005u + 1442695040888963407u) % modulus;
		uint64_t top = (uint64_t)(s >> (64 - lg));
		assert_int_equal(prng_lg_range(&ours, lg), top);
		assert_int_equal(ours, (uint64_t)s);
	}
}

static void
test_prng_lg_range_0(void **state)
{
	uint64_t seed = 3;
	(void)state;
	assert_int_equal(prng_lg_range(&seed, 0), 0);
	assert_int_not_equal(seed, 3);
}

static void
test_prng_range_reaches_all(void **state)
{
	uint64_t seed = 5;
	(void)state;
	for (uint64_t n = 1; n <= 70; n++) {
		unsigned hits[70] = {0};
		for (unsigned i = 0; i < 200 * n; i++) {
			uint64_t x = prng_range(&seed, n);
			assert_true(x < n);
			hits[x]++;
		}
		/* 200 expected, standard deviation below 15. */
		for (unsigned x = 0; x < n; x++)
			assert_in_range(hits[x], 110, 290);
	}
}

static void
test_prng_range_large(void **state)
{
	uint64_t seed = 9, n = (UINT64_C(1) << 63) + 1, above = 0;
	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		uint64_t x = prng_range(&seed, n);
		assert_true(x < n);
		above += x > n / 2;
	}
	assert_in_range(above, 50, 150);
	assert_true(prng_range(&seed, UINT64_MAX) < UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_prng_recurrence),
	    cmocka_unit_test(test_prng_lg_range_0),
	    cmocka_unit_test(test_prng_range_reaches_all),
	    cmocka_unit_test(test_prng_range_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
