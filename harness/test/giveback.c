/* Giving back: half-life and floor after a step down. */
#include "giveback.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)
#define MIB (INT64_C(1) << 20)

static void
add(series_t *series, uint64_t t_ms, int64_t rss_mib, int64_t live_mib)
{
	point_t point;
	point_init(&point, t_ms * MS);
	point.v[SERIES_RSS] = rss_mib * MIB;
	point.v[SERIES_LIVE] = live_mib * MIB;
	point.v[SERIES_PACTIVE] = live_mib * 256;
	series_add(series, &point);
}

static void
phase(struct ebb_live *live, uint64_t t_ms, enum ebb_live_kind kind)
{
	live->phases[live->nphases] =
	    (struct ebb_live_phase){.t_ns = t_ms * MS, .kind = kind};
	live->nphases++;
}

static struct ebb_live the_live;

static struct ebb_live *
live_new(void)
{
	memset(&the_live, 0, sizeof(the_live));
	return &the_live;
}

/* 200 MiB, 100 of them freed at 100 ms; RSS follows in two steps. */
static void
test_giveback_of_a_step(void **state)
{
	(void)state;
	struct ebb_live *live = live_new();
	series_t series;
	giveback_t back;
	series_init(&series, 16);
	phase(live, 0, EBB_PHASE_SETUP);
	phase(live, 100, EBB_PHASE_FREE);
	phase(live, 110, EBB_PHASE_HOLD);
	phase(live, 500, EBB_PHASE_DRAIN);
	add(&series, 50, 210, 200);
	add(&series, 99, 210, 200);
	add(&series, 120, 210, 100);
	add(&series, 220, 130, 100);
	add(&series, 320, 115, 100);
	add(&series, 490, 112, 100);
	add(&series, 600, 3, 0); /* not of the work */
	assert_false(
	    giveback_measure(&series, live, 100 * MS, 500 * MS, &back));
	assert_true(back.freed == 100. * MIB);
	/* 160 MiB lies at 5/8 of the way from 120 to 220 ms. */
	assert_true(fabs(back.t50_ns - 82.5 * MS) < 1);
	/* 120 MiB lies at 2/3 of the way from 220 to 320 ms. */
	assert_true(fabs(back.t90_ns - (120 + 200 / 3.) * MS) < 10);
	assert_true(back.floor == 112. * MIB);
	assert_true(fabs(back.share - 0.98) < 1e-9);
	series_release(&series);
}

/* Who gives back at once has no delay; who keeps all has none, either. */
static void
test_giveback_at_once_and_never(void **state)
{
	(void)state;
	for (int never = 0; never < 2; never++) {
		struct ebb_live *live = live_new();
		series_t series;
		giveback_t back;
		series_init(&series, 16);
		phase(live, 100, EBB_PHASE_FREE);
		phase(live, 101, EBB_PHASE_IDLE);
		add(&series, 100, 200, 200);
		add(&series, 110, never ? 200 : 99, 100);
		add(&series, 300, never ? 200 : 99, 100);
		assert_false(
		    giveback_measure(&series, live, 100 * MS, 400 * MS, &back));
		assert_int_equal(isnan(back.t50_ns) != 0, never);
		assert_int_equal(isnan(back.t90_ns) != 0, never);
		assert_true(never ? back.share == 0 : back.t90_ns < 10. * MS);
		assert_true(back.watched_ns == 200. * MS);
		series_release(&series);
	}
}

/* What is taken again ends the watching: RSS may fall then for other reasons,
 * and cannot be expected to. */
static void
test_giveback_ends_with_the_refill(void **state)
{
	(void)state;
	struct ebb_live *live = live_new();
	series_t series;
	giveback_t back;
	series_init(&series, 16);
	phase(live, 100, EBB_PHASE_FREE);
	phase(live, 110, EBB_PHASE_HOLD);
	phase(live, 200, EBB_PHASE_REFILL);
	add(&series, 100, 200, 200);
	add(&series, 120, 180, 100);
	add(&series, 190, 160, 100);
	add(&series, 210, 140, 200);
	assert_false(
	    giveback_measure(&series, live, 100 * MS, 400 * MS, &back));
	assert_true(back.watched_ns == 90. * MS);
	assert_true(isnan(back.t50_ns));
	assert_true(back.floor == 160. * MIB);
	series_release(&series);
}

static void
test_giveback_without_a_step(void **state)
{
	(void)state;
	struct ebb_live *live = live_new();
	series_t series;
	giveback_t back;
	double pages;
	series_init(&series, 16);
	phase(live, 0, EBB_PHASE_WORK);
	add(&series, 10, 200, 200);
	add(&series, 20, 200, 100);
	assert_true(giveback_measure(&series, live, 0, 400 * MS, &back));
	assert_true(giveback_measure(&series, NULL, 0, 400 * MS, &back));
	assert_true(giveback_freed_pages(&series, live, 0, 400 * MS, &pages));
	assert_true(giveback_freed_pages(&series, NULL, 0, 400 * MS, &pages));
	/* One before the window is not of it. */
	live = live_new();
	phase(live, 5, EBB_PHASE_FREE);
	phase(live, 15, EBB_PHASE_WORK);
	assert_true(giveback_measure(&series, live, 17 * MS, 400 * MS, &back));
	assert_true(
	    giveback_freed_pages(&series, live, 17 * MS, 400 * MS, &pages));
	series_release(&series);
}

/* Every trough counts, what goes on while it waits does not. */
static void
test_giveback_freed_pages_of_a_swing(void **state)
{
	(void)state;
	struct ebb_live *live = live_new();
	series_t series;
	double pages;
	series_init(&series, 32);
	for (uint64_t cycle = 0; cycle < 2; cycle++) {
		uint64_t t = 100 + cycle * 100;
		phase(live, t, EBB_PHASE_FREE);
		phase(live, t + 10, EBB_PHASE_HOLD);
		phase(live, t + 50, EBB_PHASE_REFILL);
		phase(live, t + 60, EBB_PHASE_HOLD);
		add(&series, t - 5, 200, 200);
		add(&series, t + 15, 200, 150);
		/* Being purged, then not: not in use. */
		add(&series, t + 30, 200, 170);
		add(&series, t + 70, 200, 200);
		add(&series, t + 80, 200, 198);
	}
	assert_false(
	    giveback_freed_pages(&series, live, 100 * MS, 300 * MS, &pages));
	assert_true(pages == 2 * 50 * 256);
	/* A trough between two readings is no number. */
	phase(live, 300, EBB_PHASE_FREE);
	phase(live, 301, EBB_PHASE_HOLD);
	phase(live, 302, EBB_PHASE_REFILL);
	add(&series, 310, 200, 200);
	assert_true(
	    giveback_freed_pages(&series, live, 100 * MS, 400 * MS, &pages));
	series_release(&series);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_giveback_of_a_step),
	    cmocka_unit_test(test_giveback_at_once_and_never),
	    cmocka_unit_test(test_giveback_ends_with_the_refill),
	    cmocka_unit_test(test_giveback_without_a_step),
	    cmocka_unit_test(test_giveback_freed_pages_of_a_swing),
	};
	return cmocka_run_group_tests_name("giveback", tests, NULL, NULL);
}
