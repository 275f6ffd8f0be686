/*
 * Base memory is zero, aligned, disjoint, and counted.
 */
#include "unit.h"

#include "base.h"
#include "compiler.h"
#include "sz.h"

#define N 3000

static void
test_base_alloc(void **state)
{
	(void)state;
	static unsigned char *p[N];
	static size_t sizes[N];
	size_t allocated, resident, mapped, before;
	base_stats_get(&before, &resident, &mapped);
	size_t sum = 0;
	for (unsigned i = 0; i < N; i++) {
		sizes[i] = 1 + (size_t)i * 7919 % (i % 50 == 0 ? 300000 : 3000);
		p[i] = base_alloc(sizes[i]);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % CACHELINE, 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(p[i][j], 0);
		memset(p[i], (int)i, sizes[i]);
		sum += (sizes[i] + CACHELINE - 1) / CACHELINE * CACHELINE;
	}
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(p[i][0], (unsigned char)i);
		assert_int_equal(p[i][sizes[i] - 1], (unsigned char)i);
	}
	base_stats_get(&allocated, &resident, &mapped);
	assert_int_equal(allocated - before, sum);
	assert_true(allocated <= resident && resident <= mapped);
	/* Little is lost at the ends of blocks. */
	assert_true(mapped <= allocated + allocated / 4 + 2 * CHUNKSIZE);
}

static void
test_base_alloc_beyond_block(void **state)
{
	(void)state;
	unsigned char *p = base_alloc(3 * CHUNKSIZE + 1);
	assert_non_null(p);
	memset(p, 1, 3 * CHUNKSIZE + 1);
	unsigned char *q = base_alloc(64);
	assert_int_equal(q[0], 0);
	assert_null(base_alloc((size_t)1 << 60));
	assert_non_null(base_alloc(64));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_base_alloc),
	    cmocka_unit_test(test_base_alloc_beyond_block),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
