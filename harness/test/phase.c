/*
 * phase.c: points from a sample's line and series, with planted counts.
 */
#include "phase.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define CYCLES 5
#define DISCARD 2
#define BASE_BLOCKS 1000
#define BLOCKS 250
#define PAGES (BLOCKS * MODEL_BLOCK_PAGES)
#define SECOND INT64_C(1000000000)

/* What each cycle of the planted sample does, T = 1 s. */
typedef struct planted_s planted_t;
struct planted_s {
	double purged; /* share of the transients */
	double late;   /* seconds by which the trough ends late */
	bool unread;   /* no reading while all is in use */
};

typedef struct folder_s folder_t;
struct folder_s {
	char dir[64];
	dataset_t data;
	dataset_cell_t cell;
	dataset_arm_t arm;
	dataset_sample_t sample;
	json_t *line;
};

static void
phase_append(json_t *phases, const char *name, int cycle, double t_s)
{
	json_array_append_new(
	    phases, json_pack("{s:s,s:i,s:I}", "name", name, "cycle", cycle,
			"t_ns", (json_int_t)(t_s * 1e9) + SECOND));
}

/* A reading every 10 ms: t, dirty pages, pages purged so far. */
static void
series_put(FILE *series, double t_s, double dirty, double purged)
{
	fprintf(series, "%.0f,0,%.0f,%.0f\n", t_s * 1e9, dirty, purged);
}

/* Writes a sample whose trough begins at each whole second. */
static json_t *
swing_plant(FILE *series, const planted_t *planted)
{
	json_t *phases = json_array(), *rows = json_array();
	double t = 0, purged = 0;
	for (int c = 0; c < CYCLES; c++) {
		double refill = t + 0.5 + planted[c].late;
		double given = planted[c].purged * PAGES;
		phase_append(phases, "free", c, t);
		phase_append(phases, "hold", c, t + 0.002);
		phase_append(phases, "refill", c, refill);
		phase_append(phases, "hold", c, refill + 0.01);
		for (; t < refill + 0.5; t += 0.01)
			if (t < refill || !planted[c].unread)
				series_put(series, t, 0,
				    purged + (t < refill ? 0 : given));
		t = refill + 0.5;
		purged += given;
		if (c >= DISCARD)
			json_array_append_new(
			    rows, json_pack("{s:f}", "minflt", given));
	}
	/* The drain gives back what is left. */
	series_put(series, t + 0.1, 0, purged + PAGES);
	phase_append(phases, "drain", 0, t);
	json_t *record =
	    json_pack("{s:{s:f,s:i,s:f,s:i,s:i,s:i,s:i},s:{s:i,s:i},s:o}",
		"params", "f", 0.2, "period-ms", 1000, "duty", 0.5, "base",
		65536 * BASE_BLOCKS, "cycles", CYCLES, "discard", DISCARD,
		"tick-pairs", 256, "extra", "base_blocks", BASE_BLOCKS,
		"transient_blocks", BLOCKS, "cycles", rows);
	return json_pack("{s:s,s:s,s:I,s:o,s:o}", "id", "s000000", "conf",
	    "narenas:1,dirty_decay_ms:1000,purge:decay", "t_begin_ns",
	    (json_int_t)SECOND, "phases", phases, "record", record);
}

static FILE *
folder_begin(folder_t *folder, const char *workload)
{
	*folder = (folder_t){.dir = "/tmp/ebb-phase-XXXXXX"};
	assert_non_null(mkdtemp(folder->dir));
	char *path = text_format("%s/series", folder->dir);
	FILE *series = fopen(path, "w");
	assert_non_null(series);
	fputs("t_ns,rss,pdirty,purged\n", series);
	free(path);
	folder->cell = (dataset_cell_t){.name = "cell", .workload = workload};
	folder->arm = (dataset_arm_t){.name = "decay"};
	return series;
}

static void
folder_end(folder_t *folder, FILE *series, json_t *line)
{
	fclose(series);
	json_object_set_new(
	    line, "raw", json_pack("{s:{s:s}}", "series", "file", "series"));
	folder->line = line;
	folder->sample = (dataset_sample_t){
	    .line = line, .source = FROM_TIME, .ok = true, .intact = true};
	folder->data = (dataset_t){.dir = folder->dir,
	    .arms = &folder->arm,
	    .narms = 1,
	    .cells = &folder->cell,
	    .ncells = 1,
	    .samples = &folder->sample,
	    .nsamples = 1};
}

static void
folder_release(folder_t *folder)
{
	char *path = text_format("%s/series", folder->dir);
	unlink(path);
	rmdir(folder->dir);
	free(path);
	json_decref(folder->line);
}

static void
swing_read(phase_t *phase, folder_t *folder, const planted_t *planted)
{
	FILE *series = folder_begin(folder, "oscillate");
	folder_end(folder, series, swing_plant(series, planted));
	phase_init(phase, &folder->data);
}

static void
test_phase_point(void **state)
{
	(void)state;
	const planted_t planted[CYCLES] = {{0.9, 0, false}, {0.8, 0, false},
	    {0.4, 0, false}, {0.5, 0, false}, {0.6, 0, false}};
	phase_t phase;
	folder_t folder;
	swing_read(&phase, &folder, planted);
	assert_int_equal(phase.npoints, 1);
	assert_int_equal(phase.damage.n, 0);
	const phase_point_t *p = &phase.points[0];
	assert_int_equal(p->setting.policy, PURGE_BY_DECAY);
	assert_float_equal(p->setting.decay_s, 1, 0);
	assert_int_equal(p->swing.transient_pages, PAGES);
	/* Cycles that are discarded do not count. */
	assert_float_equal(p->share, 0.5, 1e-3);
	assert_float_equal(p->refaults, 0.5, 1e-3);
	assert_float_equal(p->swing.period_s, 1, 1e-6);
	assert_float_equal(p->predicted, 0.5, 1e-6);
	assert_float_equal(p->simulated, 0.5, 0.03);
	assert_float_equal(p->late_s, 0.009, 1e-6);
	assert_false(phase_differs(p));
	phase_release(&phase);
	folder_release(&folder);
}

static void
test_phase_leaves_out_stalls(void **state)
{
	(void)state;
	const planted_t planted[CYCLES] = {{0.5, 0, false}, {0.5, 0, false},
	    {0.5, 0, false}, {0, 0.3, false}, {0.5, 0, false}};
	phase_t phase;
	folder_t folder;
	swing_read(&phase, &folder, planted);
	assert_int_equal(phase.npoints, 1);
	assert_int_equal(phase.points[0].stalled, 1);
	assert_float_equal(phase.points[0].share, 0.5, 1e-3);
	assert_float_equal(phase.points[0].swing.period_s, 1, 1e-6);
	phase_release(&phase);
	folder_release(&folder);
}

/* Of a cycle, and of the one after it, nothing is known but by guessing. */
static void
test_phase_leaves_out_what_was_not_read(void **state)
{
	(void)state;
	const planted_t planted[CYCLES] = {{0.5, 0, false}, {0.5, 0, false},
	    {0.25, 0, false}, {0.75, 0, false}, {0.75, 0, true}};
	phase_t phase;
	folder_t folder;
	swing_read(&phase, &folder, planted);
	assert_int_equal(phase.npoints, 1);
	assert_int_equal(phase.points[0].stalled, 0);
	assert_float_equal(phase.points[0].share, 0.5, 1e-3);
	phase_release(&phase);
	folder_release(&folder);

	const planted_t none[CYCLES] = {{0.5, 0, true}, {0.5, 0, true},
	    {0.5, 0, true}, {0.5, 0, true}, {0.5, 0, true}};
	swing_read(&phase, &folder, none);
	assert_int_equal(phase.npoints, 0);
	assert_non_null(strstr(phase.damage.v[0], "not read in time"));
	phase_release(&phase);
	folder_release(&folder);
}

static void
test_phase_names_what_it_cannot_use(void **state)
{
	(void)state;
	const planted_t planted[CYCLES] = {{0, 0.3, false}, {0, 0.3, false},
	    {0, 0.3, false}, {0, 0.3, false}, {0, 0.3, false}};
	phase_t phase;
	folder_t folder;
	swing_read(&phase, &folder, planted);
	assert_int_equal(phase.npoints, 0);
	assert_int_equal(phase.damage.n, 1);
	assert_non_null(strstr(phase.damage.v[0], "stalled in each"));
	phase_release(&phase);
	json_object_del(folder.line, "phases");
	phase_init(&phase, &folder.data);
	assert_int_equal(phase.npoints, 0);
	assert_non_null(strstr(phase.damage.v[0], "phases"));
	phase_release(&phase);
	folder_release(&folder);
}

/* A release of all pages at 1 s; half of them twice. D = 1 s. */
static void
test_phase_step(void **state)
{
	(void)state;
	folder_t folder;
	phase_t phase;
	FILE *series = folder_begin(&folder, "step-down");
	json_t *phases = json_array();
	for (double t = 0; t < 3.5; t += 0.01) {
		double x = t < 1 ? 0 : t - 1 > 1 ? 1 : t - 1;
		/* A line and not a curve; no readings for a while. */
		if (t > 1.6 && t < 1.8)
			continue;
		series_put(
		    series, t, t < 1 ? 0 : PAGES * (1 - x), PAGES * 1.5 * x);
	}
	phase_append(phases, "free", 0, 1);
	phase_append(phases, "hold", 1, 1.001);
	phase_append(phases, "drain", 0, 3.4);
	folder_end(&folder, series,
	    json_pack("{s:s,s:s,s:I,s:o,s:{s:{s:s},s:{s:i}}}", "id", "s000000",
		"conf", "purge:decay,decay_time:1", "t_begin_ns",
		(json_int_t)SECOND, "phases", phases, "record", "params",
		"placement", "segregated", "extra", "freed_blocks", BLOCKS));
	phase_init(&phase, &folder.data);
	assert_int_equal(phase.nsteps, 1);
	const phase_step_t *step = &phase.steps[0];
	assert_string_equal(step->placement, "segregated");
	assert_float_equal(step->amplification, 1.5, 1e-3);
	assert_float_equal(step->left[25], 0.5, 0.01);
	/* Not made up where nothing was read. */
	assert_true(isnan(step->left[35]));
	assert_float_equal(step->distance, 0.147, 0.01);
	phase_release(&phase);
	folder_release(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_phase_point),
	    cmocka_unit_test(test_phase_leaves_out_stalls),
	    cmocka_unit_test(test_phase_leaves_out_what_was_not_read),
	    cmocka_unit_test(test_phase_names_what_it_cannot_use),
	    cmocka_unit_test(test_phase_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
