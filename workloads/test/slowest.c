/* Unit test of slowest: of any order of rows, the greatest are kept. */
#include "slowest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ROWS 10
#define VALUES 1000
#define COLUMNS 16

static uint64_t room[2][ROWS][COLUMNS];

/* Adds value v with its double in the last column. */
static void
add(slowest_t *s, uint64_t v)
{
	if (v > slowest_limit(s)) {
		uint64_t row[COLUMNS] = {v};
		row[COLUMNS - 1] = 2 * v;
		slowest_add(s, row);
	}
}

static void
check_sorted(const slowest_t *s, uint64_t first)
{
	for (unsigned i = 0; i < s->n; i++) {
		assert_int_equal(slowest_key(s, i), first - i);
		assert_int_equal(((uint64_t *)slowest_row(s, i))[COLUMNS - 1],
		    2 * (first - i));
	}
}

/* Strides that are prime to the number of values make orders of all kinds. */
static void
test_slowest_keeps_the_greatest(void **state)
{
	(void)state;
	static const unsigned strides[] = {1, VALUES - 1, 7, 333, 501};
	for (size_t k = 0; k < sizeof(strides) / sizeof(*strides); k++) {
		slowest_t s = {.row = room[0],
		    .size = sizeof(room[0][0]),
		    .capacity = ROWS};
		for (unsigned i = 0; i < VALUES; i++)
			add(&s, 1 + (uint64_t)i * strides[k] % VALUES);
		assert_int_equal(s.n, ROWS);
		assert_int_equal(slowest_limit(&s), VALUES - ROWS + 1);
		slowest_sort(&s);
		check_sorted(&s, VALUES);
	}
}

static void
test_slowest_not_full(void **state)
{
	(void)state;
	slowest_t s = {
	    .row = room[0], .size = sizeof(room[0][0]), .capacity = ROWS};
	slowest_sort(&s);
	assert_int_equal(s.n, 0);
	add(&s, 2);
	add(&s, 3);
	add(&s, 1);
	assert_int_equal(slowest_limit(&s), 0);
	slowest_sort(&s);
	assert_int_equal(s.n, 3);
	check_sorted(&s, 3);
}

static void
test_slowest_merge(void **state)
{
	(void)state;
	slowest_t even = {
	    .row = room[0], .size = sizeof(room[0][0]), .capacity = ROWS};
	slowest_t odd = {
	    .row = room[1], .size = sizeof(room[1][0]), .capacity = ROWS};
	for (uint64_t v = 1; v <= VALUES; v++)
		add(v % 2 == 0 ? &even : &odd, v);
	slowest_merge(&even, &odd);
	slowest_sort(&even);
	assert_int_equal(even.n, ROWS);
	check_sorted(&even, VALUES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slowest_keeps_the_greatest),
	    cmocka_unit_test(test_slowest_not_full),
	    cmocka_unit_test(test_slowest_merge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
