/* Spreads, and the smallest effects that plans find with them. */
#include "effect.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detectable.h"
#include "lastrun.h"
#include "stats.h"
#include "rng.h"

static void
test_spread_estimate(void **state)
{
	(void)state;
	static const double ratios[] = {0.1, 0.3, 0.2, 0.4};
	spread_t spread = {0};
	spread_estimate(&spread, ratios, 2, "pilot");
	assert_int_equal(spread.pairs, 0);
	assert_null(spread.source);
	spread_estimate(&spread, ratios, 4, "pilot");
	assert_int_equal(spread.pairs, 4);
	assert_float_equal(spread.sd, sqrt(0.05 / 3), 1e-12);
	json_t *json = spread_to_json(&spread);
	spread_t again;
	spread_from_json(&again, json);
	assert_float_equal(again.sd, spread.sd, 1e-12);
	assert_string_equal(again.source, "pilot");
	spread_release(&again);
	spread_from_json(&again, NULL);
	assert_int_equal(again.pairs, 0);
	json_decref(json);
	spread_release(&spread);
}

static void
arms_make(plan_t *plan)
{
	static const char list[] =
	    "[{\"name\":\"a\",\"conf\":\"\",\"kind\":\"ebb\",\"defaults\":\"\","
	    "\"build_id\":\"\"},"
	    "{\"name\":\"glibc\",\"conf\":\"\",\"kind\":\"glibc\","
	    "\"defaults\":\"\",\"build_id\":\"\"},"
	    "{\"name\":\"b\",\"conf\":\"\",\"kind\":\"ebb\",\"defaults\":\"\","
	    "\"build_id\":\"\"}]";
	fault_t fault;
	json_t *json = json_loads(list, 0, NULL);
	plan->profile = text_copy("default");
	plan->name = text_copy("x");
	plan->created_utc = text_copy("20260101T000000Z");
	plan->workload_id = text_copy("");
	assert_false(arms_from_json(&plan->arms, json, &fault));
	json_decref(json);
}

/* A cell of the three arms. */
static cell_t *
cell_make(plan_t *plan, const char *name, unsigned blocks, double sd)
{
	cell_t *cell = plan_add_cell(plan, name, "", 1);
	for (unsigned i = 0; i < 3; i++)
		cell->arms[cell->narms++] = i;
	cell->blocks[PLAN_TIME] = blocks;
	words_add(&cell->args, "--size=8");
	if (sd > 0) {
		cell->spread[JUDGED_TIME].sd = sd;
		cell->spread[JUDGED_TIME].pairs = 8;
		cell->spread[JUDGED_TIME].source = text_copy("pilot");
	}
	return cell;
}

static void
test_effect_smallest(void **state)
{
	(void)state;
	plan_t plan = {0};
	arms_make(&plan);
	cell_t *cell = cell_make(&plan, "one", 12, 0.02);
	/* Two arms beside the baseline, two metrics. */
	assert_int_equal(effect_family(&plan, cell), 4);
	double effect = effect_smallest(&plan, cell, JUDGED_TIME);
	assert_float_equal(effect, detectable_effect(0.02, 12, 0.05 / 4), 1e-9);
	assert_float_equal(detectable_power(0.02, effect, 12, 0.05 / 4),
	    DETECTABLE_POWER, 1e-6);
	assert_true(isnan(effect_smallest(&plan, cell, JUDGED_MEMORY)));
	/* 2 * 2^-7 is above 0.0125: seven blocks prove nothing. */
	cell->blocks[PLAN_TIME] = 7;
	assert_true(isinf(effect_smallest(&plan, cell, JUDGED_TIME)));
	assert_int_equal(effect_blocks_least(&plan, cell), 8);
	cell->blocks[PLAN_TIME] = 8;
	assert_true(isfinite(effect_smallest(&plan, cell, JUDGED_TIME)));
	/* With less to correct for, less is found. */
	cell->blocks[PLAN_TIME] = 17;
	effect = effect_smallest(&plan, cell, JUDGED_TIME);
	words_add(&plan.primary, "work_ns");
	assert_true(effect_smallest(&plan, cell, JUDGED_TIME) < effect);
	words_release(&plan.primary);
	/* Looks spend a part of the error before the end. */
	looks_plan(&cell->looks, 3, 48, 6, 0.05, 4);
	cell->blocks[PLAN_TIME] = 48;
	assert_true(cell->looks.n > 1);
	assert_true(effect_smallest(&plan, cell, JUDGED_TIME) >
		    detectable_effect(0.02, 48, 0.05 / 4));
	plan_release(&plan);
}

static void
test_effect_summary(void **state)
{
	(void)state;
	plan_t plan = {0};
	words_t lines = {0};
	arms_make(&plan);
	cell_make(&plan, "quiet", 12, 0.01);
	cell_make(&plan, "usual", 12, 0.02);
	cell_make(&plan, "noisy", 12, 0.2);
	cell_make(&plan, "short", 4, 0.02);
	cell_make(&plan, "dark", 12, 0);
	effect_summary_t s;
	effect_summarise(&plan, JUDGED_TIME, &s);
	assert_int_equal(s.known, 3);
	assert_int_equal(s.none, 1);
	assert_int_equal(s.unknown, 1);
	assert_float_equal(s.median,
	    effect_smallest(&plan, &plan.cells[1], JUDGED_TIME), 1e-12);
	assert_string_equal(plan.cells[s.worst_cell].name, "noisy.t1");
	effect_words(&plan, &lines);
	char *all = words_join(&lines, "\n");
	assert_non_null(strstr(all, "noisy.t1"));
	assert_non_null(strstr(all, "1 cell has too few blocks"));
	assert_non_null(strstr(all, "mean RSS: not known for 5 cells"));
	free(all);
	words_release(&lines);
	/* In plan.json: a number, or a reason. */
	json_t *json = effect_to_json(&plan, &plan.cells[1]);
	assert_float_equal(json_number_value(json_object_get(json, "work_ns")),
	    expm1(s.median), 1e-12);
	assert_non_null(
	    json_object_get(json_object_get(json, "rss_mean"), "unsupported"));
	json_decref(json);
	plan_release(&plan);
}

/* The printed effect is the one that is found: planted at its size, the exact
 * sign test sees it in about DETECTABLE_POWER of the runs. */
static void
test_effect_is_found(void **state)
{
	(void)state;
	plan_t plan = {0};
	arms_make(&plan);
	const cell_t *cell = cell_make(&plan, "one", 12, 0.02);
	double effect = effect_smallest(&plan, cell, JUDGED_TIME);
	unsigned found = 0;
	rng_t rng;
	rng_init(&rng, 3);
	for (int run = 0; run < 4000; run++) {
		double ratios[12];
		for (int b = 0; b < 12; b++) {
			double u = ((double)(rng_next(&rng) >> 11) + 1) /
				   9007199254740993.0;
			double v =
			    (double)(rng_next(&rng) >> 11) / 9007199254740992.0;
			ratios[b] = effect + 0.02 * sqrt(-2 * log(u)) *
						 cos(2 * M_PI * v);
		}
		found += stats_sign_test(ratios, 12) <= 0.05 / 4;
	}
	assert_float_equal(found / 4000.0, DETECTABLE_POWER, 0.03);
	plan_release(&plan);
}

static void
line_add(json_t *lines, const char *arm, int block, double work)
{
	json_array_append_new(
	    lines, json_pack("{s:s,s:s,s:s,s:s,s:i,s:{s:f}}", "cell", "one.t1",
		       "kind", "time", "status", "ok", "arm", arm, "block",
		       block, "metrics", "work_ns", work));
}

/* What an earlier run says of the same work. */
static void
test_lastrun(void **state)
{
	(void)state;
	static const double up[] = {1.0, 1.1, 0.9, 1.05};
	plan_t plan = {0};
	samples_t run = {.lines = json_array()};
	double a[4], b[4];
	arms_make(&plan);
	cell_t *cell = cell_make(&plan, "one", 10, 0);
	run.plan = plan_to_json(&plan);
	for (int i = 0; i < 4; i++) {
		/* The block's own wobble is in both, and goes. */
		double wobble = 1 + i;
		line_add(run.lines, "glibc", i, 100 * wobble);
		line_add(run.lines, "a", i, 200 * wobble * up[i]);
		line_add(run.lines, "b", i, 50 * wobble * up[3 - i]);
		a[i] = log(2 * up[i]);
		b[i] = log(up[3 - i] / 2);
	}
	lastrun_take(&plan, &run, "2026-run");
	spread_t one = {0}, two = {0};
	spread_estimate(&one, a, 4, "");
	spread_estimate(&two, b, 4, "");
	assert_int_equal(cell->spread[JUDGED_TIME].pairs, 8);
	assert_float_equal(cell->spread[JUDGED_TIME].sd,
	    sqrt((one.sd * one.sd + two.sd * two.sd) / 2), 1e-9);
	assert_string_equal(cell->spread[JUDGED_TIME].source, "2026-run");
	assert_int_equal(cell->spread[JUDGED_MEMORY].pairs, 0);
	spread_release(&one);
	spread_release(&two);
	/* Of other work it says nothing. */
	spread_release(&cell->spread[JUDGED_TIME]);
	words_add(&cell->args, "--size=16");
	lastrun_take(&plan, &run, "2026-run");
	assert_int_equal(cell->spread[JUDGED_TIME].pairs, 0);
	samples_release(&run);
	plan_release(&plan);
}

/* A plan with all of it reads back as it was. */
static void
test_effect_round_trip(void **state)
{
	(void)state;
	plan_t plan = {.seed = 1, .budget_s = 1200}, again;
	fault_t fault = {""};
	arms_make(&plan);
	cell_t *cell = cell_make(&plan, "one", 12, 0.02);
	spread_levels_t *levels = text_memory(1, sizeof(*levels));
	*levels = (spread_levels_t){.arm = text_copy("a"),
	    .baseline = text_copy("glibc"),
	    .slices = 4,
	    .cost = {0.01, 0.02, 0},
	    .best = {3, 1, 0},
	    .levels = {.n = {4, 2, 4}, .variance = {0.1, NAN, -0.2}}};
	cell->levels = levels;
	plan_lay_out(&plan);
	json_t *one = plan_to_json(&plan);
	assert_false(plan_from_json(&again, one, &fault));
	json_t *two = plan_to_json(&again);
	assert_true(json_equal(one, two));
	assert_float_equal(again.budget_s, 1200, 0);
	assert_true(
	    isnan(again.cells[0].levels->levels.variance[LEVEL_PROCESS]));
	assert_int_equal(again.cells[0].levels->best[LEVEL_SLICE], 3);
	json_decref(one);
	json_decref(two);
	plan_release(&plan);
	plan_release(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_spread_estimate),
	    cmocka_unit_test(test_effect_smallest),
	    cmocka_unit_test(test_effect_summary),
	    cmocka_unit_test(test_effect_is_found),
	    cmocka_unit_test(test_lastrun),
	    cmocka_unit_test(test_effect_round_trip),
	};
	return cmocka_run_group_tests_name("effect", tests, NULL, NULL);
}
