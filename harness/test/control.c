/*
 * Controls on made-up runs: they are kept apart from the allocators, and
 * judged by what their samples say.
 */
#include "control_report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define BLOCKS 20

/* What the samples of a made-up run say, as ratios to "decay/itself". */
typedef struct made_s made_t;
struct made_s {
	double again, time, pages; /* medians */
	double spread;             /* of the log ratios: +- so much */
	unsigned blocks;
	int refused; /* the wrong library: 1, 0, or -1 for not tried */
	bool none;   /* no controls at all */
};

static const made_t fine = {.again = 1,
    .time = 1.02,
    .pages = 1.05,
    .spread = 0.002,
    .blocks = BLOCKS,
    .refused = 1};

static const char *const arm_names[] = {"glibc", "decay", "decay/itself",
    "decay/again", "decay/time", "decay/pages"};

/* Symmetric around 1, and another order for each arm. */
static double
scatter(const made_t *made, int arm, unsigned block)
{
	unsigned place = (block * 7 + (unsigned)arm * 3) % made->blocks;
	double part = (place + 0.5) / made->blocks * 2 - 1;
	return arm == 2 ? 1 : exp(made->spread * part);
}

static json_t *
plan_make(const made_t *made)
{
	json_t *arms = json_array();
	for (int a = 0; a < (made->none ? 2 : 6); a++) {
		json_t *row = json_pack("{s:s,s:s}", "name", arm_names[a],
		    "kind", a == 0 ? "glibc" : "ebb");
		if (a >= 2)
			json_object_set_new(row, "control",
			    json_string(
				control_role_name((control_role_t)(a - 2))));
		json_array_append_new(arms, row);
	}
	json_t *cells =
	    json_pack("[{s:s,s:s,s:[ss],s:b}]", "cell", "micro.pair-64.t1",
		"workload", "micro", "arms", "glibc", "decay", "control", 0);
	json_t *plan = json_pack("{s:i,s:o,s:o,s:[s],s:[]}", "schema", 1,
	    "arms", arms, "cells", cells, "argv",
	    made->none ? "--no-controls" : "--plan=smoke", "order");
	if (made->none)
		return plan;
	json_array_append_new(cells,
	    json_pack("{s:s,s:s,s:[ssss],s:b}", "cell", "control.planted.t1",
		"workload", "control", "arms", arm_names[2], arm_names[3],
		arm_names[4], arm_names[5], "control", 1));
	json_object_set_new(plan, "refusals",
	    json_pack("[{s:s,s:s,s:s,s:o,s:s}]", "control", "wrong library",
		"claimed", "decay", "given", "libother.so", "refused",
		made->refused < 0 ? json_null() : json_boolean(made->refused),
		"reason", "because"));
	return plan;
}

static json_t *
sample_make(const made_t *made, int a, unsigned block, int order)
{
	bool control = a >= 2;
	double time = a == 4 ? made->time : a == 3 ? made->again : 1;
	double pages = a == 5 ? made->pages : 1;
	double part = scatter(made, a, block);
	char id[16];
	snprintf(id, sizeof(id), "s%06d", order);
	json_t *line =
	    json_pack("{s:i,s:s,s:i,s:i,s:s,s:s,s:s,s:s,s:{s:f,s:f}}", "schema",
		1, "id", id, "order", order, "block", (int)block, "cell",
		control ? "control.planted.t1" : "micro.pair-64.t1", "arm",
		arm_names[a], "kind", "time", "status", "ok", "metrics",
		"work_ns", 4e7 * time * part, "rss_mean", 4e7 * pages * part);
	if (control)
		json_object_set_new(line, "control",
		    json_string(control_role_name((control_role_t)(a - 2))));
	json_object_set_new(line, "record",
	    json_pack("{s:{s:f,s:f,s:f,s:f}}", "extra", "worked_ns", 4e7,
		"planted_ns", a == 4 ? 8e5 : 0, "resident_pages", 1e4,
		"planted_pages", a == 5 ? 500. : 0));
	return line;
}

typedef struct subject_s subject_t;
struct subject_s {
	char *dir;
	dataset_t data;
	controls_t controls;
};

static void
subject_init(subject_t *s, const made_t *made)
{
	fault_t fault;
	s->dir = fixture_folder();
	char *path = text_format("%s/plan.json", s->dir);
	json_t *plan = plan_make(made);
	assert_int_equal(json_dump_file(plan, path, 0), 0);
	json_decref(plan);
	text_assign(&path, "%s/samples.jsonl", s->dir);
	FILE *lines = fopen(path, "we");
	int order = 0;
	for (unsigned b = 0; b < made->blocks; b++)
		for (int a = 0; a < (made->none ? 2 : 6); a++) {
			json_t *line = sample_make(made, a, b, order++);
			json_dumpf(line, lines, JSON_COMPACT);
			fputc('\n', lines);
			json_decref(line);
		}
	fclose(lines);
	free(path);
	assert_false(dataset_read(&s->data, s->dir, &fault));
	controls_init(&s->controls, &s->data);
}

static void
subject_release(subject_t *s)
{
	controls_release(&s->controls);
	dataset_release(&s->data);
	fixture_remove(s->dir);
}

/* The state of the line that begins so. */
static control_state_t
state_of(const controls_t *controls, const char *begin)
{
	for (size_t i = 0; i < controls->lines.n; i++)
		if (strncmp(controls->lines.v[i], begin, strlen(begin)) == 0)
			return controls->states[i];
	fail_msg("no line begins with '%s'", begin);
	return CONTROL_STATES;
}

static bool
says(const controls_t *controls, const char *text)
{
	for (size_t i = 0; i < controls->lines.n; i++)
		if (strstr(controls->lines.v[i], text) != NULL)
			return true;
	return false;
}

static const char pair[] = "A/A pair, decay measured against itself";

static void
test_control_apart(void **state)
{
	(void)state;
	subject_t s;
	subject_init(&s, &fine);
	assert_int_equal(s.data.narms, 2);
	assert_int_equal(s.data.ncells, 1);
	assert_int_equal(s.data.nsamples, 2 * BLOCKS);
	assert_int_equal(s.data.controls->narms, CONTROL_ROLES);
	assert_int_equal(s.data.controls->nsamples, 4 * BLOCKS);
	assert_int_equal(s.data.controls->baseline, 0);
	/* Their rows are in summary.csv, behind the others. */
	summary_t summary;
	fault_t fault;
	summary_init(&summary, &s.data, &verdict_rule_default);
	assert_int_equal(summary.comparisons, 2);
	assert_false(summary_write(&summary, s.controls.summary, &fault));
	summary_release(&summary);
	char *path = text_format("%s/summary.csv", s.dir);
	FILE *csv = fopen(path, "re");
	char line[1024];
	bool found = false;
	while (fgets(line, sizeof(line), csv) != NULL)
		found |= strstr(line, "decay/time,work_ns,") != NULL &&
			 strstr(line, ",slower,") != NULL;
	fclose(csv);
	free(path);
	assert_true(found);
	subject_release(&s);
}

static void
test_control_passes(void **state)
{
	(void)state;
	subject_t s;
	subject_init(&s, &fine);
	assert_false(s.controls.failed);
	assert_string_equal(s.controls.lines.v[0], "Controls: 4 of 4 passed.");
	assert_int_equal(state_of(&s.controls, pair), CONTROL_PASSED);
	assert_true(says(&s.controls, "work time equivalent, 1.00"));
	assert_true(
	    says(&s.controls, "Planted time, +2.000 %: passed: slower"));
	assert_true(
	    says(&s.controls, "Planted pages, +5.000 %: passed: larger"));
	assert_true(says(&s.controls, "decay with libother.so was refused"));
	subject_release(&s);
}

/* Each way in which a control fails, and the words for it. */
static void
test_control_fails(void **state)
{
	(void)state;
	static const struct {
		double again, time, pages;
		int refused;
		const char *line, *words;
	} rows[] = {
	    {1.03, 1.02, 1.05, 1, pair, "a difference is claimed that is not"},
	    {0.97, 1.02, 1.05, 1, pair, "FAILED"},
	    {1, 0.96, 1.05, 1, "Planted time", "the verdict is faster"},
	    {1, 1, 1.05, 1, "Planted time", "the verdict is equivalent"},
	    {1, 1.02, 0.9, 1, "Planted pages", "the verdict is smaller"},
	    {1, 1.02, 1.05, 0, "False arm, wrong library", "was ACCEPTED"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		made_t made = fine;
		subject_t s;
		made.again = rows[i].again;
		made.time = rows[i].time;
		made.pages = rows[i].pages;
		made.refused = rows[i].refused;
		subject_init(&s, &made);
		assert_true(s.controls.failed);
		assert_int_equal(
		    state_of(&s.controls, rows[i].line), CONTROL_FAILED);
		assert_true(says(&s.controls, rows[i].words));
		assert_string_equal(s.controls.lines.v[0],
		    "A CONTROL FAILED: the numbers of this run are not to be "
		    "trusted.");
		subject_release(&s);
	}
}

/* Noise that hides the effect is no failure, and the least that is found here
 * is said. */
static void
test_control_too_small(void **state)
{
	(void)state;
	made_t made = fine;
	subject_t s;
	made.spread = 0.2;
	subject_init(&s, &made);
	assert_false(s.controls.failed);
	assert_int_equal(state_of(&s.controls, pair), CONTROL_PASSED);
	assert_int_equal(state_of(&s.controls, "Planted time"), CONTROL_BELOW);
	assert_true(says(&s.controls, "1 not detectable here") ||
		    says(&s.controls, "2 not detectable here"));
	/* A uniform spread of 0.2 has a MAD of 0.1; 20 blocks at a level of
	 * 0.05 / 6 allow 3 of the other sign: an effect of 1.1 deviations. */
	double least = control_detectable(
	    s.controls.summary, 0, CONTROL_AGAIN, METRIC_WORK_NS);
	assert_true(least > 0.1 && least < 0.25);
	subject_release(&s);
	made.blocks = 4;
	subject_init(&s, &made);
	assert_true(isinf(control_detectable(
	    s.controls.summary, 0, CONTROL_AGAIN, METRIC_WORK_NS)));
	assert_true(says(&s.controls, "none, however large, in 4 blocks"));
	subject_release(&s);
}

/* An effect inside the region is rightly called equivalent; one that could
 * have been found and was not is missed. */
static void
test_control_planted_outcomes(void **state)
{
	(void)state;
	static const struct {
		verdict_kind_t kind;
		double share, least;
		control_state_t state;
	} rows[] = {
	    {VERDICT_WORSE, 0.02, 0.03, CONTROL_PASSED},
	    {VERDICT_BETTER, 0.02, 0.03, CONTROL_FAILED},
	    {VERDICT_EQUIVALENT, 0.02, 0.01, CONTROL_FAILED},
	    {VERDICT_EQUIVALENT, 0.01, 0.01, CONTROL_PASSED},
	    {VERDICT_UNDECIDED, 0.02, 0.03, CONTROL_BELOW},
	    {VERDICT_UNDECIDED, 0.02, INFINITY, CONTROL_BELOW},
	    {VERDICT_UNDECIDED, 0.02, 0.01, CONTROL_MISSED},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		summary_value_t value = {
		    .judged = true, .verdict.kind = rows[i].kind};
		assert_int_equal(control_judge_planted(&value, rows[i].share,
				     0.015, rows[i].least),
		    rows[i].state);
		value.judged = false;
		assert_int_equal(control_judge_planted(&value, rows[i].share,
				     0.015, rows[i].least),
		    CONTROL_OPEN);
	}
}

static void
test_control_none(void **state)
{
	(void)state;
	made_t made = fine;
	subject_t s;
	made.none = true;
	subject_init(&s, &made);
	assert_false(s.controls.failed);
	assert_int_equal(s.controls.lines.n, 1);
	assert_true(says(&s.controls, "NONE in this run (--no-controls)"));
	assert_null(s.controls.summary);
	subject_release(&s);
	made = fine;
	made.refused = -1;
	subject_init(&s, &made);
	assert_int_equal(
	    state_of(&s.controls, "False arm, wrong library"), CONTROL_OPEN);
	assert_true(says(&s.controls, "3 of 4 passed, 1 open"));
	subject_release(&s);
}

/* -------------------------------------------------------------- planning -- */

static const char list[] =
    "{\"name\":\"micro\",\"arms\":[\"decay\"],\"threads\":\"any\",\"cases\":"
    "[{\"case\":\"pair-64\",\"args\":[]}],\"smoke\":[],\"default\":[],"
    "\"latency\":true,\"params\":[]}\n"
    "{\"name\":\"control\",\"arms\":[\"decay\"],\"threads\":\"1\",\"cases\":"
    "[],\"more_cases\":[{\"case\":\"frozen\",\"args\":[]}],\"smoke\":[],"
    "\"default\":[\"--batches=9\"],\"latency\":false,\"params\":[]}\n";

/* A plan with one cell of glibc and `other`, and the controls. */
static void
plan_fill(plan_t *plan, const char *other, const control_wish_t *wish)
{
	catalog_t catalog = {0};
	fault_t fault;
	json_t *arms =
	    json_pack("[{s:s,s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s,s:s}]", "name",
		"glibc", "kind", "glibc", "conf", "", "defaults", "",
		"build_id", "", "name", other, "kind", "ebb", "conf",
		"narenas:1", "defaults", "purge:decay", "build_id", "abc");
	*plan = (plan_t){.profile = text_copy("x"),
	    .name = text_copy("x"),
	    .created_utc = text_copy("x"),
	    .workload_id = text_copy("x"),
	    .seed = 3};
	assert_false(catalog_parse(&catalog, list, &fault));
	assert_false(arms_from_json(&plan->arms, arms, &fault));
	json_decref(arms);
	cell_t *cell = plan_add_cell(plan, "micro", "pair-64", 1);
	cell->arms[cell->narms++] = 0;
	cell->arms[cell->narms++] = 1;
	cell->blocks[PLAN_TIME] = 4;
	control_add(plan, &catalog, wish);
	catalog_release(&catalog);
	plan_lay_out(plan);
}

static void
test_control_plan(void **state)
{
	(void)state;
	plan_t plan, back;
	fault_t fault;
	control_wish_t wish = {
	    .conf = "decay_time:1", .blocks = 8, .time = 0.04};
	plan_fill(&plan, "decay", &wish);
	assert_true(control_planned(&plan));
	json_t *json = plan_to_json(&plan);
	assert_int_equal(
	    json_integer_value(json_object_get(json, "blocks")), 4);
	assert_false(plan_from_json(&back, json, &fault));
	json_decref(json);
	assert_int_equal(back.ncells, 2);
	assert_true(plan_is_control(&back, &back.cells[1]));
	assert_false(plan_is_control(&back, &back.cells[0]));
	const arm_t *time = arms_lookup(&back.arms, "decay/time");
	assert_string_equal(time->plant, "--plant-time=0.04");
	assert_string_equal(time->control, "time");
	assert_string_equal(time->conf, "narenas:1");
	assert_string_equal(time->build_id, "abc");
	assert_string_equal(arms_lookup(&back.arms, "decay/pages")->plant,
	    "--plant-pages=0.05");
	assert_string_equal(arms_lookup(&back.arms, "decay/again")->plant, "");
	assert_string_equal(back.cells[1].args.v[0], "--batches=9");
	/* Two of its blocks for each of the other's: spread over the run. */
	unsigned seen[2] = {0};
	for (size_t i = 0; i < back.norder; i++) {
		seen[back.order[i].cell]++;
		if (back.order[i].position == 0 && back.order[i].cell == 0)
			assert_in_range(
			    seen[1], seen[0] / 2 * 8, (seen[0] / 2 + 1) * 8);
	}
	assert_int_equal(seen[0], 8);
	assert_int_equal(seen[1], 32);
	/* A budget cuts the allocators' blocks, not the controls'. */
	for (size_t c = 0; c < back.ncells; c++)
		back.cells[c].seconds[PLAN_TIME] = 1;
	plan_fit(&back, 36, 4);
	assert_int_equal(back.cells[0].blocks[PLAN_TIME], 2);
	assert_int_equal(back.cells[1].blocks[PLAN_TIME], 8);
	plan_release(&plan);
	plan_release(&back);
}

static void
test_control_plan_choice(void **state)
{
	(void)state;
	plan_t plan;
	control_wish_t wish = {.conf = "", .blocks = 8};
	plan_fill(&plan, "mine", &wish);
	assert_non_null(arms_lookup(&plan.arms, "glibc/itself"));
	plan_release(&plan);
	wish.under = "mine";
	plan_fill(&plan, "mine", &wish);
	assert_non_null(arms_lookup(&plan.arms, "mine/itself"));
	plan_release(&plan);
	wish.none = true;
	plan_fill(&plan, "mine", &wish);
	assert_false(control_planned(&plan));
	assert_int_equal(plan.arms.n, 2);
	plan_release(&plan);
}

/* As `ebb run` asks for them. */
static void
test_control_request(void **state)
{
	(void)state;
	static const struct {
		unsigned asked, most, blocks;
	} rows[] = {{0, 32, 32}, {2, 32, 4}, {9, 32, 12}, {200, 32, 32}};
	catalog_t catalog = {0};
	fault_t fault;
	assert_false(catalog_parse(&catalog, list, &fault));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		plan_t plan;
		control_wish_t none = {.none = true};
		request_t request = {
		    .conf = "", .blocks = rows[i].asked, .no_controls = false};
		plan_fill(&plan, "decay", &none);
		control_apply(&plan, &catalog, &request, rows[i].most);
		assert_int_equal(
		    plan.cells[1].blocks[PLAN_TIME], rows[i].blocks);
		assert_int_equal(plan.cells[1].narms, CONTROL_ROLES);
		plan_release(&plan);
	}
	request_t request = {.conf = ""};
	assert_false(control_asked(&request));
	words_add(&request.workloads, "control");
	assert_true(control_asked(&request));
	request.no_controls = true;
	assert_false(control_asked(&request));
	words_release(&request.workloads);
	catalog_release(&catalog);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_control_apart),
	    cmocka_unit_test(test_control_passes),
	    cmocka_unit_test(test_control_fails),
	    cmocka_unit_test(test_control_too_small),
	    cmocka_unit_test(test_control_planted_outcomes),
	    cmocka_unit_test(test_control_none),
	    cmocka_unit_test(test_control_plan),
	    cmocka_unit_test(test_control_plan_choice),
	    cmocka_unit_test(test_control_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
