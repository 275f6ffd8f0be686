/*
 * bits.h against loops that shift one bit at a time.
 */
#include "unit.h"

#include "bits.h"
#include "prng.h"

static void
check_word(uint64_t x)
{
	unsigned top = 0, low = 64, set = 0;
	for (unsigned i = 0; i < 64; i++) {
		if ((x >> i & 1) == 0)
			continue;
		top = i;
		low = low == 64 ? i : low;
		set++;
	}
	assert_int_equal(lg_floor(x), top);
	assert_int_equal(ffs_u64(x), low);
	assert_int_equal(popcount_u64(x), set);
	uint64_t ceil = set == 1 ? x : top == 63 ? 0 : UINT64_C(2) << top;
	assert_int_equal(pow2_ceil_u64(x), ceil);
}

static void
test_bits_words(void **state)
{
	uint64_t seed = 1;
	(void)state;
	for (uint64_t x = 1; x < 5000; x++)
		check_word(x);
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		check_word(bit);
		check_word(bit | 1);
		check_word(bit + (bit - 1));
	}
	for (unsigned i = 0; i < 5000; i++)
		check_word(prng_lg_range(&seed, 1 + i % 64) | 1);
}

static void
test_bits_zero(void **state)
{
	(void)state;
	assert_int_equal(popcount_u64(0), 0);
	assert_int_equal(pow2_ceil_u64(0), 1);
}

static void
test_bits_align(void **state)
{
	(void)state;
	for (size_t a = 1; a <= 4096; a *= 2) {
		for (size_t x = 0; x < 9000; x += 7) {
			assert_int_equal(ALIGN_DOWN(x, a), x / a * a);
			assert_int_equal(ALIGN_UP(x, a), (x + a - 1) / a * a);
		}
	}
	/* A narrow alignment must not cut a wide value. */
	assert_int_equal(ALIGN_DOWN(UINT64_C(0x123456789abcdef0), 4096u),
	    UINT64_C(0x123456789abcd000));
	assert_int_equal(ALIGN_UP(UINT64_C(0x1234567800000001), 0x80000000u),
	    UINT64_C(0x1234567880000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bits_words),
	    cmocka_unit_test(test_bits_zero),
	    cmocka_unit_test(test_bits_align),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
