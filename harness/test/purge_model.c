/*
 * purge_model.c and predict.c: the model follows the closed forms, and both
 * follow what was measured of jemalloc 4.5 on the same heap.
 */
#include "predict.h"
#include "purge_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
#define MIB 1048576.0

static const setting_t ratio3 = {PURGE_BY_RATIO, 3, 512, 0};

static void
assert_near(double value, double wanted, double tolerance)
{
	if (!(fabs(value - wanted) <= tolerance))
		fail_msg("%.4f is not within %.4f of %.4f", value, tolerance,
		    wanted);
}

/* The share given back in the steady state of a swinging heap. */
static double
steady_share_late(setting_t setting, double base_mib, double f, double period_s,
    double duty, double jitter)
{
	swing_t swing = {.period_s = period_s, .duty = duty};
	script_t script;
	model_result_t result;
	swing_size(&swing, base_mib * MIB, f);
	unsigned warmup = swing_warmup(&swing, &setting);
	swing.cycles = warmup + 20;
	script_oscillate(&script, &swing);
	script.jitter = jitter;
	model_run(&result, &setting, &script);
	assert_int_equal(result.ncycles, swing.cycles);
	double share = model_steady(&result, warmup).share;
	script_release(&script);
	model_result_release(&result);
	return share;
}

static double
steady_share(
    setting_t setting, double base_mib, double f, double period_s, double duty)
{
	return steady_share_late(
	    setting, base_mib, f, period_s, duty, MODEL_JITTER);
}

/* Steps and shares of ratio: B = 512 MiB of 64 KiB blocks, interleaved. */
static void
test_ratio_as_measured(void **state)
{
	(void)state;
	static const struct {
		int m;
		double none, first, share; /* up to f, from f, at f = 0.30 */
	} rows[] = {
	    {2, 0.200, 0.205, 0.417},
	    {3, 0.109, 0.113, 0.708},
	    {4, 0.058, 0.061, 0.854},
	    {5, 0.028, 0.031, 0.927},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		setting_t setting = ratio3;
		setting.lg_dirty_mult = rows[i].m;
		assert_near(
		    predict_ratio_share(0.30, rows[i].m), rows[i].share, 6e-4);
		assert_near(steady_share(setting, 512, 0.30, 1, 0.5),
		    rows[i].share, 2e-3);
		assert_true(
		    steady_share(setting, 512, rows[i].none, 1, 0.5) == 0);
		assert_true(
		    steady_share(setting, 512, rows[i].first, 1, 0.5) > 0);
		assert_true(
		    rows[i].none <= predict_ratio_onset(rows[i].m) + 1e-9 &&
		    rows[i].first > predict_ratio_onset(rows[i].m));
	}
}

/* Purged share of decay: D = 2 s, duty 1/2, B = 256 MiB, f = 0.2. */
static void
test_decay_as_measured(void **state)
{
	(void)state;
	static const struct {
		double period_s, share;
	} rows[] = {{0.4, 0}, {0.8, 0}, {1.2, 0.134}, {1.6, 0.298},
	    {2.0, 0.469}, {2.4, 0.672}, {3.2, 0.933}, {4.0, 1}};
	const setting_t setting = {PURGE_BY_DECAY, .decay_s = 2};
	for (size_t i = 0; i < COUNT(rows); i++) {
		double p = predict_decay_share(rows[i].period_s, 0.5, 2);
		assert_near(p, rows[i].share, 0.035);
		assert_near(
		    steady_share(setting, 256, 0.2, rows[i].period_s, 0.5),
		    rows[i].share, 0.035);
	}
}

/* 30 cells: T/D from 0.2 to 4, duty from 1/4 to 3/4; no multiples of an epoch,
 * so that cycles begin anywhere in one. A look is an epoch late in the mean,
 * and by the jitter. */
static void
test_decay_follows_closed_form(void **state)
{
	(void)state;
	static const double periods[] = {0.2017, 0.3017, 0.4017, 0.5017, 0.7517,
	    1.0017, 1.5017, 2.0017, 3.0017, 4.0017};
	static const double duties[] = {0.25, 0.5, 0.75};
	const setting_t setting = {PURGE_BY_DECAY, .decay_s = 4};
	for (size_t i = 0; i < COUNT(periods); i++)
		for (size_t k = 0; k < COUNT(duties); k++) {
			double t = periods[i], duty = duties[k];
			double p = predict_decay_share(t, duty, 1);
			assert_near(steady_share_late(
					setting, 256, 0.2, 4 * t, duty, 0),
			    p, 0.012);
			assert_near(
			    steady_share(setting, 256, 0.2, 4 * t, duty), p,
			    0.017);
		}
}

/* Short cycles: the pages of earlier troughs still count. */
static void
test_decay_short_cycles(void **state)
{
	(void)state;
	assert_near(1 - predict_decay_left(0.3), 0.163, 1e-3);
	assert_true(predict_decay_share(0.4, 0.25, 1) == 0);
	assert_near(predict_decay_share(4, 0.5, 1), 1, 0);
	assert_near(predict_decay_left(-1), 1, 0);
	assert_near(predict_decay_left(0.5), 0.5, 1e-12);
	assert_near(predict_decay_left(1), 0, 0);
}

static void
step_down(model_result_t *result, setting_t setting, double tick_s)
{
	script_t script;
	script_step_down(&script, 34816, 17408, 5);
	script.tick_s = tick_s;
	model_run(result, &setting, &script);
	script_release(&script);
}

/* After a step: the measured curve of D = 4 s, and no page given back twice. */
static void
test_step_down_curve(void **state)
{
	(void)state;
	static const struct {
		double x, left;
	} rows[] = {{.2, .953}, {.3, .852}, {.4, .711}, {.5, .519}, {.6, .339},
	    {.7, .184}, {.8, .070}, {1.01, .000}};
	model_result_t result;
	step_down(&result, (setting_t){PURGE_BY_DECAY, .decay_s = 4}, 0.001);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ndirty = 0;
		for (size_t p = 0; p < result.npoints; p++)
			if (result.points[p].t_s <= rows[i].x * 4)
				ndirty = result.points[p].ndirty;
		assert_near((double)ndirty / 17408, rows[i].left, 0.03);
	}
	assert_int_equal(result.ncycles, 1);
	assert_int_equal(result.cycles[0].purged, 17408);
	assert_int_equal(result.cycles[0].peak_dirty, 17408);
	model_result_release(&result);
}

/* Who is not called gives nothing back; ratio acts inside free. */
static void
test_no_ticks(void **state)
{
	(void)state;
	model_result_t result;
	step_down(&result, (setting_t){PURGE_BY_DECAY, .decay_s = 1}, 0);
	assert_int_equal(result.cycles[0].purged, 0);
	assert_near(result.cycles[0].mean_dirty, 17408, 1e-6);
	model_result_release(&result);
	step_down(&result, ratio3, 0);
	assert_true(result.cycles[0].purged > 0);
	assert_in_range(
	    result.cycles[0].peak_dirty, (34816 >> 3) - 16, 34816 >> 3);
	model_result_release(&result);
}

/* At once, never, and the floor: a small heap keeps 2 MiB whatever m says. */
static void
test_limits(void **state)
{
	(void)state;
	setting_t at_once = {PURGE_BY_DECAY, .decay_s = 0};
	setting_t never = {PURGE_BY_DECAY, .decay_s = -1};
	setting_t ratio_never = ratio3;
	ratio_never.lg_dirty_mult = -1;
	assert_near(steady_share(at_once, 64, 0.3, 1, 0.5), 1, 0);
	assert_near(steady_share(never, 64, 0.3, 1, 0.5), 0, 0);
	assert_near(steady_share(ratio_never, 64, 0.3, 1, 0.5), 0, 0);
	/* 8 MiB < 2 MiB * 2^3: 128 base blocks, 128 transients of 17 pages. */
	double share = steady_share(ratio3, 8, 0.5, 1, 0.5);
	assert_near(share, predict_ratio_pages(2176, 2176, 3, 512), 0.008);
	assert_near(share, 1 - 512.0 / 2176, 0.008);
	assert_true(predict_ratio_share(0.5, 3) - share > 0.1);
}

/* Nearly each block that is freed past the threshold is a pass of its own (the
 * threshold falls with what is active); decay groups. */
static void
test_passes(void **state)
{
	(void)state;
	model_result_t result;
	step_down(&result, ratio3, 0.001);
	int64_t blocks = result.cycles[0].purged / MODEL_BLOCK_PAGES;
	assert_in_range(result.cycles[0].passes, blocks * 8 / 10, blocks);
	model_result_release(&result);
	step_down(&result, (setting_t){PURGE_BY_DECAY, .decay_s = 2}, 0.001);
	assert_in_range(result.cycles[0].passes, 50, 200);
	model_result_release(&result);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ratio_as_measured),
	    cmocka_unit_test(test_decay_as_measured),
	    cmocka_unit_test(test_decay_follows_closed_form),
	    cmocka_unit_test(test_decay_short_cycles),
	    cmocka_unit_test(test_step_down_curve),
	    cmocka_unit_test(test_no_ticks),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_passes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
