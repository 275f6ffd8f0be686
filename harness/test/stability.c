/*
 * stability.c on the made-up run of fixture.h: nothing is found where nothing
 * was planted; planted drift, modes and ratios that drift are named.
 */
#include "stability.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

typedef double plant_fn(size_t cell, size_t arm, size_t block);

/* The notes of the made-up run, with its work times multiplied. */
static words_t
notes_of(plant_fn *plant, size_t *tests)
{
	fault_t fault;
	dataset_t data;
	summary_t summary;
	words_t notes = {0};
	char *dir = fixture_folder();
	fixture_write(dir, SIZE_MAX);
	assert_false(dataset_read(&data, dir, &fault));
	for (size_t i = 0; i < data.nsamples; i++) {
		const dataset_sample_t *s = &data.samples[i];
		json_t *work = json_object_get(
		    json_object_get(s->line, "metrics"), "work_ns");
		if (s->source == FROM_TIME && json_is_real(work))
			json_real_set(
			    work, json_real_value(work) *
				      plant(s->cell, s->arm, s->block));
	}
	summary_init(&summary, &data, &verdict_rule_default);
	stability_notes(&notes, &summary);
	*tests = summary.stability_tests;
	summary_release(&summary);
	dataset_release(&data);
	fixture_remove(dir);
	return notes;
}

static const char *
note_with(const words_t *notes, const char *text)
{
	for (size_t i = 0; i < notes->n; i++)
		if (strstr(notes->v[i], text) != NULL)
			return notes->v[i];
	return NULL;
}

#define DRIFT "Drifted over the run"
#define MODES "Two modes"
#define RATIO_DRIFT "Ratios to the baseline drift"

static double
nothing(size_t cell, size_t arm, size_t block)
{
	(void)cell, (void)arm, (void)block;
	return 1;
}

static void
test_stability_nothing_planted(void **state)
{
	(void)state;
	size_t tests;
	words_t notes = notes_of(nothing, &tests);
	assert_int_equal(notes.n, 1);
	assert_non_null(note_with(&notes, "What fails is named here."));
	assert_in_range(tests, 100, 250);
	words_release(&notes);
}

/* The machine grows slower while it measures cell 1: by 27 %, all arms. */
static double
machine_drifts(size_t cell, size_t arm, size_t block)
{
	(void)arm;
	return cell == 1 ? 1 + 0.03 * (double)block : 1;
}

static void
test_stability_drift_is_named(void **state)
{
	(void)state;
	size_t tests;
	words_t notes = notes_of(machine_drifts, &tests);
	const char *note = note_with(&notes, DRIFT);
	assert_non_null(note);
	assert_non_null(strstr(note, "work time of "));
	assert_non_null(strstr(note, " in step-down.t1 (by +2"));
	assert_null(strstr(note, "oscillate"));
	/* The arms drift together: their ratios do not. */
	assert_null(note_with(&notes, RATIO_DRIFT));
	words_release(&notes);
}

/* One arm alone grows slower: its ratio does too. */
static double
arm_drifts(size_t cell, size_t arm, size_t block)
{
	return cell == 0 && arm == DECAY ? 1 + 0.03 * (double)block : 1;
}

static void
test_stability_ratio_drift_is_named(void **state)
{
	(void)state;
	size_t tests;
	words_t notes = notes_of(arm_drifts, &tests);
	const char *note = note_with(&notes, RATIO_DRIFT);
	assert_non_null(note);
	assert_non_null(strstr(
	    note, "work time of decay in oscillate.interleaved.t1 ([0."));
	assert_non_null(strstr(note, "by moving blocks ["));
	assert_null(strstr(note, "ratio in"));
	words_release(&notes);
}

/* Half of an arm's processes are 30 % slower. */
static double
arm_has_modes(size_t cell, size_t arm, size_t block)
{
	return cell == 3 && arm == TCMALLOC && block * 7 % 10 < 5 ? 1.3 : 1;
}

static void
test_stability_modes_are_named(void **state)
{
	(void)state;
	size_t tests;
	words_t notes = notes_of(arm_has_modes, &tests);
	const char *note = note_with(&notes, MODES);
	assert_non_null(note);
	assert_non_null(strstr(note,
	    "work time of tcmalloc in micro.pair-64.t1 (5 samples about "));
	assert_null(strstr(note, "ratio in"));
	words_release(&notes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stability_nothing_planted),
	    cmocka_unit_test(test_stability_drift_is_named),
	    cmocka_unit_test(test_stability_ratio_drift_is_named),
	    cmocka_unit_test(test_stability_modes_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
