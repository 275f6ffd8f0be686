/* The plan: balance of its blocks, reproducibility, fitting, JSON. */
#include "plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"
#include "williams.h"

#define ARMS_MOST 9

/*
 * Counts, over blocks, how often each arm stands in each position and follows
 * each other; all counts of each sort must be equal to times.
 */
static void
balance_check(unsigned n, const unsigned (*blocks)[WILLIAMS_MAX],
    unsigned nblocks, unsigned times)
{
	unsigned at[ARMS_MOST][ARMS_MOST] = {{0}};
	unsigned after[ARMS_MOST][ARMS_MOST] = {{0}};
	for (unsigned b = 0; b < nblocks; b++)
		for (unsigned i = 0; i < n; i++) {
			at[blocks[b][i]][i]++;
			if (i > 0)
				after[blocks[b][i - 1]][blocks[b][i]]++;
		}
	for (unsigned a = 0; a < n; a++)
		for (unsigned i = 0; i < n; i++) {
			assert_int_equal(at[a][i], times);
			assert_int_equal(after[a][i], a == i ? 0 : times);
		}
}

static void
test_williams_balanced(void **state)
{
	(void)state;
	unsigned blocks[4 * ARMS_MOST][WILLIAMS_MAX];
	for (unsigned n = 1; n <= ARMS_MOST; n++) {
		unsigned rows = williams_rows(n);
		for (unsigned seed = 1; seed <= 20; seed++) {
			/* Two cycles through all rows. */
			for (unsigned b = 0; b < 2 * rows; b++)
				williams_block(seed, n, b, blocks[b]);
			balance_check(n,
			    (const unsigned(*)[WILLIAMS_MAX])blocks, rows,
			    rows / n);
			balance_check(n,
			    (const unsigned(*)[WILLIAMS_MAX])blocks, 2 * rows,
			    2 * rows / n);
		}
	}
}

/* A row and its mirror come as a pair: two blocks balance mean positions. */
static void
test_williams_pairs_mirror(void **state)
{
	(void)state;
	for (unsigned n = 2; n <= ARMS_MOST; n++)
		for (unsigned b = 0; b < williams_rows(n); b += 2) {
			unsigned one[WILLIAMS_MAX], two[WILLIAMS_MAX];
			williams_block(5, n, b, one);
			williams_block(5, n, b + 1, two);
			for (unsigned i = 0; i < n; i++)
				assert_int_equal(one[i], two[n - 1 - i]);
		}
}

static void
test_rng_below_is_even(void **state)
{
	(void)state;
	rng_t rng;
	unsigned count[6] = {0};
	rng_init(&rng, 1);
	for (int i = 0; i < 60000; i++)
		count[rng_below(&rng, 6)]++;
	for (int i = 0; i < 6; i++) {
		assert_true(count[i] > 9500);
		assert_true(count[i] < 10500);
	}
}

/* Two cells, of three and of two arms, from variants of one list. */
static void
plan_make(plan_t *plan, uint64_t seed)
{
	static const char list[] =
	    "[{\"name\":\"glibc\",\"path\":null,\"conf\":\"\",\"kind\":"
	    "\"glibc\",\"defaults\":\"\",\"build_id\":\"\"},"
	    "{\"name\":\"a\",\"path\":\"/a.so\",\"conf\":\"x:1\",\"kind\":"
	    "\"ebb\",\"defaults\":\"purge:decay\",\"build_id\":\"0a\"},"
	    "{\"name\":\"b\",\"path\":\"/b.so\",\"conf\":\"\",\"kind\":"
	    "\"peer\",\"defaults\":\"\",\"build_id\":\"0b\"}]";
	static const char links[] =
	    "[{\"file\":\"workload\",\"link\":\"preload\",\"link_order\":0},"
	    "{\"file\":\"1\",\"link\":\"preload\",\"link_order\":1},"
	    "{\"file\":\"2\",\"link\":\"preload\",\"link_order\":2}]";
	json_t *arms = json_loads(list, 0, NULL);
	json_t *programs = json_loads(links, 0, NULL);
	fault_t fault;
	*plan = (plan_t){
	    .profile = strdup("smoke"),
	    .name = strdup("test"),
	    .created_utc = strdup("20260101T000000Z"),
	    .workload_id = strdup("0c"),
	    .seed = seed,
	    .mem_limit = 1 << 30,
	};
	words_add(&plan->argv, "--plan=smoke");
	assert_false(arms_from_json(&plan->arms, arms, &fault));
	assert_false(programs_from_json(&plan->programs, programs, &fault));
	json_decref(arms);
	json_decref(programs);
	cell_t *cell = plan_add_cell(plan, "alpha", "one", 2);
	for (unsigned i = 0; i < 3; i++)
		cell->arms[cell->narms++] = i;
	words_add(&cell->args, "--key=1");
	cell->blocks[PLAN_TIME] = 6;
	cell->blocks[PLAN_LATENCY] = 2;
	cell->seconds[PLAN_TIME] = cell->seconds[PLAN_LATENCY] = 1.0;
	cell = plan_add_cell(plan, "beta", "", 1);
	cell->arms[cell->narms++] = 0;
	cell->arms[cell->narms++] = 2;
	cell->blocks[PLAN_TIME] = 4;
	cell->seconds[PLAN_TIME] = 0.5;
	text_assign(&cell->conf, "decay_time:1");
	plan_lay_out(plan);
}

static void
test_plan_order_is_whole(void **state)
{
	(void)state;
	plan_t plan;
	plan_make(&plan, 7);
	assert_int_equal(plan.norder, 6 * 3 + 2 * 3 + 4 * 2);
	unsigned blocks[6][WILLIAMS_MAX];
	for (size_t i = 0; i < plan.norder; i++) {
		const slot_t *slot = &plan.order[i];
		assert_int_equal(strtoul(slot->id + 1, NULL, 10), i);
		if (slot->cell == 0 && slot->kind == PLAN_TIME)
			blocks[slot->block][slot->position] = slot->arm;
		/* A block is taken without a pause, in its positions. */
		if (slot->position > 0) {
			assert_int_equal(slot->cell, slot[-1].cell);
			assert_int_equal(slot->block, slot[-1].block);
			assert_int_equal(slot->position, slot[-1].position + 1);
			assert_int_equal(slot->seed, slot[-1].seed);
			assert_int_equal(slot->link, slot[-1].link);
		}
	}
	balance_check(3, (const unsigned(*)[WILLIAMS_MAX])blocks, 6, 2);
	plan_release(&plan);
}

/* Each order of linking has as many blocks of a cell as the others. */
static void
test_plan_links_in_turn(void **state)
{
	(void)state;
	unsigned first[3] = {0};
	for (uint64_t seed = 1; seed <= 60; seed++) {
		plan_t plan;
		unsigned count[3] = {0};
		plan_make(&plan, seed);
		for (size_t i = 0; i < plan.norder; i++) {
			const slot_t *slot = &plan.order[i];
			assert_int_equal(
			    plan_program(&plan, slot)->order, slot->link);
			if (slot->cell == 0 && slot->kind == PLAN_TIME)
				count[slot->link]++;
			if (slot->cell == 0 && slot->kind == PLAN_TIME &&
			    slot->block == 0 && slot->position == 0)
				first[slot->link]++;
		}
		for (int k = 0; k < 3; k++)
			assert_int_equal(count[k], 2 * 3);
		plan_release(&plan);
	}
	/* Which comes first is drawn. */
	for (int k = 0; k < 3; k++)
		assert_in_range(first[k], 5, 40);
}

/* Programs that nothing runs are no part of the plan. */
static void
test_plan_prunes_programs(void **state)
{
	(void)state;
	plan_t plan;
	plan_make(&plan, 7);
	plan.cells[0].blocks[PLAN_TIME] = 1;
	plan.cells[0].blocks[PLAN_LATENCY] = 0;
	plan.cells[1].blocks[PLAN_TIME] = 0;
	plan_lay_out(&plan);
	unsigned link = plan.order[0].link;
	plan_prune_programs(&plan);
	assert_int_equal(plan.programs.n, link == 0 ? 1 : 2);
	assert_int_equal(plan_program(&plan, &plan.order[0])->order, link);
	plan_release(&plan);
}

/* Plans of before there were orders and ways of linking. */
static void
test_plan_reads_old(void **state)
{
	(void)state;
	plan_t plan, again;
	fault_t fault;
	size_t i;
	json_t *row;
	plan_make(&plan, 7);
	json_t *json = plan_to_json(&plan);
	json_object_del(json, "programs");
	json_array_foreach(json_object_get(json, "order"), i, row)
	    json_object_del(row, "link");
	assert_false(plan_from_json(&again, json, &fault));
	assert_int_equal(again.programs.n, 0);
	assert_string_equal(again.workload_id, "0c");
	for (size_t k = 0; k < again.norder; k++)
		assert_int_equal(again.order[k].link, 0);
	plan_release(&again);
	/* One that runs a program which it does not list is damaged. */
	json_decref(json);
	json = plan_to_json(&plan);
	json_array_remove(json_object_get(json, "programs"), 2);
	assert_true(plan_from_json(&again, json, &fault));
	plan_release(&again);
	json_decref(json);
	plan_release(&plan);
}

static char *
plan_text(uint64_t seed)
{
	plan_t plan;
	plan_make(&plan, seed);
	json_t *json = plan_to_json(&plan);
	char *text = json_dumps(json_object_get(json, "order"), 0);
	json_decref(json);
	plan_release(&plan);
	return text;
}

static void
test_plan_follows_from_seed(void **state)
{
	(void)state;
	char *one = plan_text(7), *same = plan_text(7), *other = plan_text(8);
	assert_string_equal(one, same);
	assert_string_not_equal(one, other);
	free(one);
	free(same);
	free(other);
}

static void
test_plan_json_round_trip(void **state)
{
	(void)state;
	plan_t plan, again;
	fault_t fault;
	plan_make(&plan, 7);
	json_t *json = plan_to_json(&plan);
	assert_false(plan_from_json(&again, json, &fault));
	json_t *second = plan_to_json(&again);
	assert_true(json_equal(json, second));
	assert_int_equal(again.arms.v[1].kind, ARM_EBB);
	assert_string_equal(again.arms.v[1].path, "/a.so");
	assert_null(again.arms.v[0].path);
	assert_int_equal(again.programs.n, 3);
	assert_int_equal(again.order[0].link, plan.order[0].link);
	json_decref(second);
	plan_release(&again);
	/* A plan that names an arm it does not have is refused. */
	json_array_remove(json_object_get(json, "arms"), 2);
	assert_true(plan_from_json(&again, json, &fault));
	assert_non_null(strstr(fault.text, "'b'"));
	json_decref(json);
	plan_release(&again);
	plan_release(&plan);
}

static void
test_plan_prune_forgets_unused(void **state)
{
	(void)state;
	plan_t plan;
	plan_make(&plan, 7);
	plan.cells[0].narms = 1; /* glibc only; "a" is unused then */
	plan_prune(&plan);
	assert_int_equal(plan.arms.n, 2);
	assert_string_equal(plan.arms.v[1].name, "b");
	assert_int_equal(plan.cells[1].arms[1], 1);
	plan_release(&plan);
}

static void
test_plan_fit_cuts_blocks(void **state)
{
	(void)state;
	plan_t plan;
	plan_make(&plan, 7);
	/* 18 + 6 + 4 seconds. */
	assert_true(plan_seconds(&plan) == 28.0);
	plan_fit(&plan, 30, 4);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 6);
	assert_int_equal(plan.warnings.n, 0);
	/* What was asked for on top costs no block. */
	plan.cells[0].blocks[PLAN_HOTSPOTS] = 1;
	plan.cells[0].seconds[PLAN_HOTSPOTS] = 50;
	plan_fit(&plan, 30, 4);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 6);
	assert_int_equal(plan.cells[0].blocks[PLAN_HOTSPOTS], 1);
	plan.cells[0].blocks[PLAN_HOTSPOTS] = 0;
	/* First what only completes squares: 12 + 6 + 4. */
	plan_fit(&plan, 22, 4);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 4);
	assert_int_equal(plan.cells[0].blocks[PLAN_LATENCY], 2);
	assert_int_equal(plan.warnings.n, 0);
	/* Then latency, then all: 6 + 3 + 2. */
	plan_fit(&plan, 11, 4);
	assert_int_equal(plan.cells[0].blocks[PLAN_LATENCY], 1);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 2);
	assert_int_equal(plan.cells[1].blocks[PLAN_TIME], 2);
	assert_int_equal(plan.warnings.n, 1);
	plan.cells[0].blocks[PLAN_CENSUS] = 2;
	plan_fit(&plan, 1, 2);
	assert_int_equal(plan.cells[0].blocks[PLAN_TIME], 1);
	/* Each arm's system calls are counted once all the same. */
	assert_int_equal(plan.cells[0].blocks[PLAN_CENSUS], 1);
	assert_non_null(
	    strstr(plan.warnings.v[plan.warnings.n - 1], "over-budget"));
	plan_release(&plan);
}

static void
test_plan_balanced(void **state)
{
	(void)state;
	assert_int_equal(plan_balanced(10, 6), 12);
	assert_int_equal(plan_balanced(10, 5), 10);
	assert_int_equal(plan_balanced(10, 3), 12);
	assert_int_equal(plan_balanced(10, 2), 10);
	assert_int_equal(plan_balanced(10, 1), 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_williams_balanced),
	    cmocka_unit_test(test_williams_pairs_mirror),
	    cmocka_unit_test(test_rng_below_is_even),
	    cmocka_unit_test(test_plan_order_is_whole),
	    cmocka_unit_test(test_plan_links_in_turn),
	    cmocka_unit_test(test_plan_prunes_programs),
	    cmocka_unit_test(test_plan_reads_old),
	    cmocka_unit_test(test_plan_follows_from_seed),
	    cmocka_unit_test(test_plan_json_round_trip),
	    cmocka_unit_test(test_plan_prune_forgets_unused),
	    cmocka_unit_test(test_plan_fit_cuts_blocks),
	    cmocka_unit_test(test_plan_balanced),
	};
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
