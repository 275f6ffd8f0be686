/* The budget: times as they are typed, and the blocks that fit. */
#include "budget.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void
test_budget_parse(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double seconds;
	} good[] = {{"90s", 90}, {"20m", 1200}, {"1h", 3600}, {"1h30m", 5400},
	    {"0.5m", 30}, {"1h0m5s", 3605}};
	static const char *const bad[] = {"", "20", "m", "20x", "-5m", "0s",
	    "nans", "0x10s", "20 m", "20m5", "800h", "1e3s", "1.2.3s"};
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		double seconds = 0;
		fault_t fault;
		assert_false(budget_parse(good[i].text, &seconds, &fault));
		assert_float_equal(seconds, good[i].seconds, 1e-9);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		double seconds = -1;
		fault_t fault = {""};
		assert_true(budget_parse(bad[i], &seconds, &fault));
		assert_float_equal(seconds, -1, 0);
		assert_non_null(strstr(fault.text, "--budget"));
	}
}

/* Seven arms. */
static void
arms_make(plan_t *plan)
{
	fault_t fault;
	json_t *list = json_array();
	for (int i = 0; i < 7; i++) {
		char *name = text_format("arm%d", i);
		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", name, "kind",
			"ebb", "conf", "", "defaults", "", "build_id", ""));
		free(name);
	}
	assert_false(arms_from_json(&plan->arms, list, &fault));
	json_decref(list);
}

/* A cell of so many arms, a sample of which takes so long. */
static cell_t *
cell_make(plan_t *plan, const char *name, unsigned narms, double seconds)
{
	if (plan->arms.n == 0)
		arms_make(plan);
	cell_t *cell = plan_add_cell(plan, name, "", 1);
	cell->narms = narms;
	for (unsigned i = 0; i < narms; i++)
		cell->arms[i] = i;
	cell->blocks[PLAN_TIME] = 10;
	cell->seconds[PLAN_TIME] = seconds;
	return cell;
}

static void
test_budget_whole_squares(void **state)
{
	(void)state;
	plan_t plan = {0};
	cell_make(&plan, "six", 6, 0.5);
	cell_make(&plan, "five", 5, 0.2);
	cell_make(&plan, "pair", 2, 1);
	for (double seconds = 40; seconds < 4000; seconds *= 1.3) {
		budget_fit(&plan, seconds);
		assert_true(plan_seconds(&plan) <= seconds);
		for (size_t c = 0; c < 3; c++) {
			const cell_t *cell = &plan.cells[c];
			unsigned rows = williams_rows(cell->narms);
			assert_true(cell->blocks[PLAN_TIME] > 0);
			assert_int_equal(cell->blocks[PLAN_TIME] % rows, 0);
			/* No further square of any cell fits. */
			assert_true(
			    plan_seconds(&plan) +
				rows * cell->narms * cell->seconds[PLAN_TIME] >
			    seconds);
		}
		assert_int_equal(plan.warnings.n, 0);
	}
	/* About as many blocks in each: within a square. */
	assert_in_range(plan.cells[0].blocks[PLAN_TIME],
	    plan.cells[1].blocks[PLAN_TIME] - 10,
	    plan.cells[1].blocks[PLAN_TIME] + 10);
	plan_release(&plan);
}

/* Blocks go up with the time, and down. */
static void
test_budget_more_and_less(void **state)
{
	(void)state;
	plan_t plan = {0};
	cell_t *cell = cell_make(&plan, "pair", 2, 1);
	budget_fit(&plan, 100);
	assert_int_equal(cell->blocks[PLAN_TIME], 50);
	budget_fit(&plan, 10);
	assert_int_equal(cell->blocks[PLAN_TIME], 4);
	plan_release(&plan);
}

/* Where no square of each fits: the same even number of blocks. */
static void
test_budget_short(void **state)
{
	(void)state;
	plan_t plan = {0};
	cell_make(&plan, "six", 6, 1);
	cell_make(&plan, "five", 5, 1);
	budget_fit(&plan, 60);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 4);
	assert_int_equal(plan.cells[1].blocks[PLAN_TIME], 4);
	assert_int_equal(plan.warnings.n, 0);
	budget_fit(&plan, 15);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 1);
	assert_int_equal(plan.warnings.n, 0);
	/* Nothing fits: it says so, and takes one block. */
	budget_fit(&plan, 5);
	assert_int_equal(plan.cells[1].blocks[PLAN_TIME], 1);
	assert_int_equal(plan.warnings.n, 1);
	assert_non_null(strstr(plan.warnings.v[0], "over-budget"));
	plan_release(&plan);
}

/* Other kinds give way first, but for one block; hotspots cost nothing. */
static void
test_budget_other_kinds(void **state)
{
	(void)state;
	plan_t plan = {0};
	cell_t *cell = cell_make(&plan, "pair", 2, 1);
	cell->blocks[PLAN_LATENCY] = 2;
	cell->seconds[PLAN_LATENCY] = 1;
	budget_fit(&plan, 20);
	assert_int_equal(cell->blocks[PLAN_LATENCY], 2);
	assert_int_equal(cell->blocks[PLAN_TIME], 8);
	budget_fit(&plan, 6);
	assert_int_equal(cell->blocks[PLAN_LATENCY], 1);
	assert_int_equal(cell->blocks[PLAN_TIME], 2);
	cell->blocks[PLAN_HOTSPOTS] = 1;
	cell->seconds[PLAN_HOTSPOTS] = 50;
	budget_fit(&plan, 20);
	assert_int_equal(cell->blocks[PLAN_TIME], 8);
	assert_int_equal(plan.warnings.n, 0);
	/* They never take more than a third of the time: the dearest goes. */
	cell_make(&plan, "gbench", 2, 0)->blocks[PLAN_TIME] = 0;
	plan.cells[1].blocks[PLAN_GBENCH] = 1;
	plan.cells[1].seconds[PLAN_GBENCH] = 10;
	cell = &plan.cells[0];
	budget_fit(&plan, 20);
	assert_int_equal(plan.ncells, 1);
	assert_int_equal(cell->blocks[PLAN_LATENCY], 1);
	assert_int_equal(cell->blocks[PLAN_TIME], 8);
	assert_int_equal(plan.warnings.n, 1);
	assert_non_null(strstr(plan.warnings.v[0], "kinds-cut"));
	assert_non_null(strstr(plan.warnings.v[0], "gbench"));
	/* A cell without time samples gets none. */
	cell->blocks[PLAN_TIME] = 0;
	budget_fit(&plan, 20);
	assert_int_equal(cell->blocks[PLAN_TIME], 0);
	assert_int_equal(cell->blocks[PLAN_LATENCY], 1);
	plan_release(&plan);
}

/* The controls are as many as they are, up to a sixth of the time. */
static void
test_budget_controls(void **state)
{
	(void)state;
	plan_t plan = {0};
	cell_make(&plan, "pair", 2, 1);
	cell_make(&plan, "control", 2, 0.1)->blocks[PLAN_TIME] = 32;
	text_assign(&plan.arms.v[6].control, "same");
	plan.cells[1].arms[0] = 6;
	assert_true(plan_is_control(&plan, &plan.cells[1]));
	budget_fit(&plan, 100);
	assert_int_equal(plan.cells[1].blocks[PLAN_TIME], 32);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 46);
	budget_fit(&plan, 12);
	assert_int_equal(plan.cells[1].blocks[PLAN_TIME], 10);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 4);
	assert_int_equal(plan.warnings.n, 0);
	budget_fit(&plan, 1);
	assert_int_equal(plan.ncells, 1);
	assert_non_null(strstr(plan.warnings.v[0], "the controls"));
	plan_release(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_budget_parse),
	    cmocka_unit_test(test_budget_whole_squares),
	    cmocka_unit_test(test_budget_more_and_less),
	    cmocka_unit_test(test_budget_short),
	    cmocka_unit_test(test_budget_other_kinds),
	    cmocka_unit_test(test_budget_controls),
	};
	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
