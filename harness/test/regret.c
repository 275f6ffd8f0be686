/* Regret: which faults bring purged pages back, and which do not. */
#include "regret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A reading at second t: pages purged and faults so far, pages in use and
 * dirty now. */
typedef struct reading_s reading_t;
struct reading_s {
	unsigned t_s;
	int64_t purged, minflt, pactive, pdirty;
};

#define S UINT64_C(1000000000)

static bool
count(const reading_t *readings, size_t n, unsigned begin_s, unsigned end_s,
    unsigned tau_s, regret_t *regret)
{
	series_t series;
	series_init(&series, 64);
	for (size_t i = 0; i < n; i++) {
		point_t point;
		point_init(&point, readings[i].t_s * S);
		point.v[SERIES_PURGED] = readings[i].purged;
		point.v[SERIES_MINFLT] = readings[i].minflt;
		point.v[SERIES_PACTIVE] = readings[i].pactive;
		point.v[SERIES_PDIRTY] = readings[i].pdirty;
		series_add(&series, &point);
	}
	bool none =
	    regret_count(&series, begin_s * S, end_s * S, tau_s * S, regret);
	series_release(&series);
	return none;
}

#define COUNT(readings, begin, end, tau, regret)                             \
	assert_false(count((readings), sizeof(readings) / sizeof(*readings), \
	    (begin), (end), (tau), (regret)))

static void
test_regret_needs_two_readings(void **state)
{
	(void)state;
	const reading_t one[] = {{1, 0, 0, 0, 0}};
	regret_t regret = {.purged = 7};
	assert_true(count(one, 1, 0, 10, 1, &regret));
	assert_true(regret.purged == 7);
}

/* A swing: 100 pages are purged in the trough and all faulted back. */
static void
test_regret_of_a_swing(void **state)
{
	(void)state;
	const reading_t swing[] = {
	    {0, 0, 1000, 400, 0},
	    {1, 100, 1000, 300, 0},
	    {2, 100, 1100, 400, 0},
	    {9, 100, 1100, 400, 0},
	};
	regret_t regret;
	COUNT(swing, 0, 9, 1, &regret);
	assert_true(regret.purged == 100 && regret.watched == 100);
	assert_true(regret.returned == 100);
	assert_true(regret.first == 0);
}

/* The same refill when it comes later than tau. */
static void
test_regret_ends_after_tau(void **state)
{
	(void)state;
	const reading_t late[] = {
	    {0, 0, 1000, 400, 0},
	    {1, 100, 1000, 300, 0},
	    {5, 100, 1100, 400, 0},
	    {19, 100, 1100, 400, 0},
	};
	regret_t regret;
	COUNT(late, 0, 19, 3, &regret);
	assert_true(regret.returned == 0);
	COUNT(late, 0, 19, 4, &regret);
	assert_true(regret.returned == 100);
}

/* Faults of a heap that grows beyond what it ever was are first touches. */
static void
test_regret_knows_new_memory(void **state)
{
	(void)state;
	const reading_t growth[] = {
	    {0, 0, 1000, 400, 0},
	    {1, 50, 1000, 350, 0},
	    {2, 50, 1300, 650, 0},
	    {9, 50, 1300, 650, 0},
	};
	regret_t regret;
	COUNT(growth, 0, 9, 5, &regret);
	/* 300 faults, 250 of them for 650 pages instead of 400. */
	assert_true(regret.first == 250);
	assert_true(regret.returned == 50);
	/* What the heap was before the window counts, too. */
	const reading_t before[] = {
	    {0, 0, 0, 900, 0},
	    {1, 0, 1000, 400, 0},
	    {2, 50, 1000, 350, 0},
	    {3, 50, 1020, 650, 0},
	    {9, 50, 1020, 650, 0},
	};
	COUNT(before, 1, 9, 5, &regret);
	assert_true(regret.first == 0);
	assert_true(regret.returned == 20);
}

/* Purges that nobody watched for tau are in no share. */
static void
test_regret_of_late_purges(void **state)
{
	(void)state;
	const reading_t purges[] = {
	    {0, 0, 0, 400, 0},
	    {1, 10, 0, 390, 0},
	    {8, 110, 0, 290, 0},
	    {9, 110, 60, 350, 0},
	};
	regret_t regret;
	COUNT(purges, 0, 10, 5, &regret);
	assert_true(regret.purged == 110);
	assert_true(regret.watched == 10);
	/* The old purge is out of reach; the late one has returned, but is not
	 * of the watched. */
	assert_true(regret.returned == 0);
}

/* The one purged first returns first; each page at most once; and a longer tau
 * never sees less. */
static void
test_regret_is_first_in_first_out(void **state)
{
	(void)state;
	const reading_t two[] = {
	    {0, 0, 0, 400, 0},
	    {1, 10, 0, 390, 0},
	    {3, 30, 0, 370, 0},
	    {4, 30, 15, 385, 0},
	    {5, 30, 900, 400, 0},
	    {30, 30, 900, 400, 0},
	};
	regret_t regret;
	double last = 0;
	COUNT(two, 0, 30, 1, &regret);
	assert_true(regret.returned == 15);
	for (unsigned tau = 1; tau < 10; tau++) {
		COUNT(two, 0, 30, tau, &regret);
		assert_true(regret.returned >= last);
		last = regret.returned;
	}
	assert_true(last == 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_regret_needs_two_readings),
	    cmocka_unit_test(test_regret_of_a_swing),
	    cmocka_unit_test(test_regret_ends_after_tau),
	    cmocka_unit_test(test_regret_knows_new_memory),
	    cmocka_unit_test(test_regret_of_late_purges),
	    cmocka_unit_test(test_regret_is_first_in_first_out),
	};
	return cmocka_run_group_tests_name("regret", tests, NULL, NULL);
}
