/*
 * smoothstep_table: every entry by another road, the values that allocator.md
 * D.9 prints, and the shape.
 */
#include "unit.h"

#include "smoothstep.h"

static void
test_smoothstep_every_entry(void **state)
{
	(void)state;
	/*
	 * S(x) = x^3 (x (6x - 15) + 10) with x = (k + 1) / 200; 200^5 times
	 * that is an integer; 6x - 15 is negative but the whole is not.
	 */
	for (int k = 0; k < SMOOTHSTEP_NSTEPS; k++) {
		__int128 x = k + 1, n = SMOOTHSTEP_NSTEPS;
		__int128 inner = x * (6 * x - 15 * n) + 10 * n * n;
		__int128 scaled = x * x * x * inner;
		__int128 entry = (scaled << 24) / (n * n * n * n * n);
		assert_int_equal(smoothstep_table[k], (uint32_t)entry);
	}
}

static void
test_smoothstep_printed_values(void **state)
{
	(void)state;
	assert_int_equal(smoothstep_table[0], 0x14);
	assert_int_equal(smoothstep_table[1], 0xa5);
	assert_int_equal(smoothstep_table[99], 0x800000);
	assert_int_equal(smoothstep_table[198], 0xffffeb);
	assert_int_equal(smoothstep_table[199], 0x1000000);
	assert_int_equal(1u << SMOOTHSTEP_BFP, 0x1000000);
}

static void
test_smoothstep_shape(void **state)
{
	(void)state;
	for (int k = 1; k < SMOOTHSTEP_NSTEPS; k++)
		assert_true(smoothstep_table[k] > smoothstep_table[k - 1]);
	/* S(x) + S(1 - x) = 1, but for the two roundings. */
	for (int k = 0; k < SMOOTHSTEP_NSTEPS - 1; k++)
		assert_in_range(smoothstep_table[k] +
				    smoothstep_table[SMOOTHSTEP_NSTEPS - 2 - k],
		    0xffffff, 0x1000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_smoothstep_every_entry),
	    cmocka_unit_test(test_smoothstep_printed_values),
	    cmocka_unit_test(test_smoothstep_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
