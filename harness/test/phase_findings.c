/*
 * phase_findings.c: from points to sentences, with planted points.
 */
#include "phase_findings.h"

#include "grid.h"
#include "predict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define POINTS 5
#define MIB 1048576.0

static const double fs[POINTS] = {0.05, 0.1, 0.12, 0.2, 0.4};

static dataset_arm_t arm = {.name = "ratio"};
static dataset_t data = {.arms = &arm, .narms = 1};

/* Points of lg_dirty_mult:3 whose shares are those of another limit. */
static void
points_plant(phase_point_t *points, double base_mib, setting_t limit)
{
	for (int i = 0; i < POINTS; i++) {
		phase_point_t *p = &points[i];
		*p = (phase_point_t){.samples = 1,
		    .f = fs[i],
		    .period_s = 1,
		    .duty = 0.5,
		    .base_bytes = base_mib * MIB,
		    .swing = {.period_s = 1, .duty = 0.5},
		    .tolerance = 0.01,
		    .setting = {PURGE_BY_RATIO, 3, 512, 0}};
		swing_size(&p->swing, p->base_bytes, p->f);
		p->share = setting_predict(&limit, &p->swing);
		p->refaults = p->share;
		phase_predict(p, &p->setting);
	}
}

/* The findings of such points, or the notes; joined. */
static char *
lines_of(phase_t *phase, bool notes)
{
	phase_findings_t found;
	phase->data = &data;
	phase_findings_init(&found, phase);
	char *all = words_join(notes ? &found.notes : &found.findings, "\n");
	phase_findings_release(&found);
	return all;
}

static void
assert_says(char *lines, const char *text)
{
	if (strstr(lines, text) == NULL)
		fail_msg("'%s' is not in:\n%s", text, lines);
	free(lines);
}

static void
test_agreement(void **state)
{
	(void)state;
	phase_point_t points[POINTS];
	phase_t phase = {.points = points, .npoints = POINTS};
	points_plant(points, 64, (setting_t){PURGE_BY_RATIO, 3, 512, 0});
	char *findings = lines_of(&phase, false);
	assert_string_equal(findings, "");
	free(findings);
	assert_says(lines_of(&phase, true), "5 of 5 points are as predicted");
	assert_says(lines_of(&phase, true),
	    "begins to purge between f 0.1 and 0.12; predicted is "
	    "1/(2^3+1) = 0.1111");
}

/* Each planted threshold is named, and no other. */
static void
test_threshold_is_named(void **state)
{
	(void)state;
	static const struct {
		double base_mib;
		int m;
		int64_t floor;
		const char *text;
	} rows[] = {
	    {64, 4, 512, "behaves like nactive >> 4, not nactive >> 3"},
	    {64, 2, 512, "behaves like nactive >> 2, not nactive >> 3"},
	    {64, 5, 512, "behaves like nactive >> 5, not nactive >> 3"},
	    {8, 3, 0, "behaves like nactive >> 3 without its floor of 2 MiB"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		phase_point_t points[POINTS];
		phase_t phase = {.points = points, .npoints = POINTS};
		points_plant(points, rows[i].base_mib,
		    (setting_t){PURGE_BY_RATIO, rows[i].m, rows[i].floor, 0});
		assert_says(lines_of(&phase, false), rows[i].text);
	}
}

static void
test_no_threshold_explains(void **state)
{
	(void)state;
	phase_point_t points[POINTS];
	phase_t phase = {.points = points, .npoints = POINTS};
	points_plant(points, 64, (setting_t){PURGE_BY_RATIO, 3, 512, 0});
	points[3].share += 0.1;
	points[3].refaults += 0.1;
	assert_says(lines_of(&phase, false),
	    "no other threshold explains all 5 points");
	assert_says(lines_of(&phase, false), "f 0.2, T 1 s: ");
	assert_says(lines_of(&phase, true), "4 of 5 points");
}

/* The allocator's count and the kernel's must agree. */
static void
test_faults_disagree(void **state)
{
	(void)state;
	phase_point_t points[POINTS];
	phase_t phase = {.points = points, .npoints = POINTS};
	points_plant(points, 64, (setting_t){PURGE_BY_RATIO, 3, 512, 0});
	points[4].refaults = 0;
	assert_says(lines_of(&phase, false),
	    "at 1 of 5 points the page faults do not bear out");
}

/* A late trough widens what is right upwards, and nothing else. */
static void
test_late_trough(void **state)
{
	(void)state;
	phase_point_t p = {.swing = {.period_s = 1, .duty = 0.5},
	    .late_s = 0.2,
	    .tolerance = 0.05,
	    .setting = {PURGE_BY_DECAY, .decay_s = 1}};
	phase_predict(&p, &p.setting);
	assert_float_equal(p.predicted, 0.5, 1e-9);
	assert_float_equal(p.latest, 1 - predict_decay_left(0.7), 1e-9);
	p.share = 0.44;
	assert_true(phase_differs(&p));
	p.share = 0.46;
	assert_false(phase_differs(&p));
	p.share = p.latest + 0.04;
	assert_false(phase_differs(&p));
	p.share = p.latest + 0.06;
	assert_true(phase_differs(&p));
}

static void
test_steps(void **state)
{
	(void)state;
	phase_step_t steps[3] = {
	    {.placement = "interleaved", .amplification = 1, .distance = 0.03},
	    {.placement = "segregated", .amplification = 1.97},
	    {.placement = "segregated",
		.amplification = 1,
		.distance = 0.7,
		.at = 0.4},
	};
	steps[2].left[20] = 0.029;
	phase_t phase = {.steps = steps, .nsteps = 1};
	char *findings = lines_of(&phase, false);
	assert_string_equal(findings, "");
	free(findings);
	assert_says(lines_of(&phase, true), "within 0.030");
	phase = (phase_t){.steps = &steps[1], .nsteps = 1};
	assert_says(lines_of(&phase, false),
	    "segregated blocks: purge amplification 1.97");
	phase = (phase_t){.steps = &steps[2], .nsteps = 1};
	assert_says(lines_of(&phase, false),
	    "at t = 0.40 D 0.029 of the pages are dirty, predicted are 0.683");
}

static void
test_regime(void **state)
{
	(void)state;
	char *line = phase_regime(8 * MIB, 3);
	assert_non_null(line);
	assert_says(line, "2 MiB * 2^3 = 16.0 MiB");
	assert_null(phase_regime(16 * MIB, 3));
	assert_null(phase_regime(64 * MIB, 5));
	line = phase_regime(63 * MIB, 5);
	assert_non_null(line);
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agreement),
	    cmocka_unit_test(test_threshold_is_named),
	    cmocka_unit_test(test_no_threshold_explains),
	    cmocka_unit_test(test_faults_disagree),
	    cmocka_unit_test(test_late_trough),
	    cmocka_unit_test(test_steps),
	    cmocka_unit_test(test_regime),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
