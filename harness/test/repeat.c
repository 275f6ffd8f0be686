/*
 * repeat.c, provenance.c, findings.c, gbench_json.c: what a reader needs to
 * argue with a number, on the made-up run of fixture.h.
 */
#include "repeat.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "findings.h"
#include "gbench_json.h"
#include "provenance.h"

typedef struct subject_s subject_t;
struct subject_s {
	char *dir;
	dataset_t data;
	summary_t summary;
};

static int
setup(void **state)
{
	fault_t fault;
	subject_t *s = text_memory(1, sizeof(*s));
	s->dir = fixture_folder();
	fixture_write(s->dir, SIZE_MAX);
	assert_false(dataset_read(&s->data, s->dir, &fault));
	summary_init(&s->summary, &s->data, &verdict_rule_default);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	subject_t *s = *state;
	summary_release(&s->summary);
	dataset_release(&s->data);
	fixture_remove(s->dir);
	free(s);
	return 0;
}

static void
test_repeat_commands(void **state)
{
	subject_t *s = *state;
	char *run = repeat_cell(&s->data, 0);
	assert_string_equal(run,
	    "build/ebb run --plan default --seed 42 --workloads "
	    "oscillate.interleaved --threads 1 --arms "
	    "glibc,tcmalloc,decay,ratio,decay-notcache,fill-full "
	    "--blocks 10");
	char *sample = repeat_sample(&s->data, 0);
	assert_string_equal(
	    sample, "env MALLOC_CONF=decay_time:1 build/workload oscillate");
	free(run);
	free(sample);
}

/* An arm of the user's own is named by its file. */
static void
test_repeat_names_unknown_arms(void **state)
{
	subject_t *s = *state;
	dataset_arm_t kept = s->data.arms[DECAY];
	s->data.arms[DECAY].path = "lib/mine.so";
	s->data.arms[DECAY].conf = "decay_time:3";
	char *run = repeat_cell(&s->data, 1);
	assert_string_equal(run,
	    "build/ebb run --plan default --seed 42 --workloads step-down "
	    "--threads 1 --arms glibc,tcmalloc,ratio "
	    "--allocator decay=lib/mine.so:decay_time:3 --blocks 10");
	s->data.arms[DECAY] = kept;
	free(run);
}

/* What the run was asked for, as far as it is about the cell. */
static void
test_repeat_keeps_options(void **state)
{
	subject_t *s = *state;
	json_t *plan = s->data.store.plan;
	json_object_set_new(plan, "argv",
	    json_pack("[s,s,s,s,s,s,s]", "--plan=default", "--blocks=10",
		"--set=step-down.f=0.3", "--set=oscillate.f=0.9",
		"--conf=decay_time:1", "--peers=all", "--ops-scale=2"));
	char *run = repeat_cell(&s->data, 1);
	assert_non_null(strstr(run,
	    " --blocks 10 --set=step-down.f=0.3 --conf=decay_time:1 "
	    "--peers=all --ops-scale=2"));
	assert_null(strstr(run, "oscillate"));
	assert_null(strstr(run, "--plan="));
	json_object_del(plan, "argv");
	free(run);
}

static void
test_repeat_quotes_for_the_shell(void **state)
{
	subject_t *s = *state;
	json_t *words = json_pack("[s,s,s]", "a b", "it's", "");
	json_t *line = json_copy((json_t *)s->data.samples[0].line);
	json_object_set_new(line, "command", words);
	dataset_sample_t sample = s->data.samples[0];
	sample.line = line;
	dataset_t data = s->data;
	data.samples = &sample;
	data.nsamples = 1;
	char *command = repeat_sample(&data, sample.cell);
	assert_string_equal(command, "'a b' 'it'\\''s' ''");
	free(command);
	json_decref(line);
}

static const table_field_t *
field_of(const table_t *table, const char *first, size_t column)
{
	for (size_t r = 0; r < table->nrows; r++)
		if (strcmp(table->rows[r].fields[0].text, first) == 0)
			return &table->rows[r].fields[column];
	fail_msg("no row '%s'", first);
	return NULL;
}

static void
test_provenance_tables(void **state)
{
	subject_t *s = *state;
	table_t table;
	provenance_machine(&table, &s->data);
	assert_string_equal(field_of(&table, "memory", 1)->text, "24.0 GiB");
	assert_string_equal(
	    field_of(&table, "frequency governor", 1)->text, "unknown");
	table_release(&table);
	provenance_arms(&table, &s->data);
	assert_string_equal(field_of(&table, "ratio", 3)->text, "d3d3d3d3");
	assert_string_equal(field_of(&table, "ratio", 5)->text,
	    "purge:ratio decay_time:1 tcache:true");
	assert_true(field_of(&table, "glibc", 5)->note != TABLE_NO_NOTE);
	table_release(&table);
	provenance_warnings(&table, &s->data);
	assert_int_equal(table.nrows, 2);
	assert_non_null(strstr(
	    table.rows[1].fields[0].text, "4 of 332 samples, in 4 cells"));
	table_release(&table);
}

static void
test_provenance_gaps(void **state)
{
	subject_t *s = *state;
	table_t table;
	bool glibc = false;
	provenance_gaps(&table, &s->summary);
	for (size_t r = 0; r < table.nrows; r++) {
		const table_field_t *f = table.rows[r].fields;
		if (strcmp(f[3].text,
			"unsupported (glibc exports no purge counter)") != 0)
			continue;
		glibc = true;
		assert_string_equal(f[0].text,
		    "npurge, nmadvise, purged pages, dirty pages at the end");
		assert_string_equal(f[1].text, "glibc");
	}
	assert_true(glibc);
	table_release(&table);
}

static void
test_findings_words(void **state)
{
	subject_t *s = *state;
	findings_t f;
	findings_init(&f, &s->summary, NULL);
	assert_int_equal(f.failures.n, 2);
	assert_non_null(strstr(
	    f.failures.v[0], "fill-full FAILED in server-slots.t2: 2 of 12"));
	assert_int_equal(f.verdicts.n, 5);
	assert_int_equal(f.arms[1], DECAY);
	assert_non_null(strstr(f.verdicts.v[1],
	    "decay against glibc: work time faster in 3 of 4 (best 0.720 "
	    "[0.715, 0.725] in server-slots.t2), equivalent in 1;"));
	assert_non_null(strstr(f.notes.v[1], "42 comparisons carry a verdict"));
	findings_release(&f);
}

/* What compare.py asks of a file: names, times, units, repetitions. */
static void
test_gbench_json_format(void **state)
{
	subject_t *s = *state;
	fault_t fault;
	assert_false(gbench_json_write(&s->summary, &fault));
	char *path = text_format("%s/gbench.json", s->dir);
	json_t *all = json_load_file(path, 0, NULL);
	assert_non_null(all);
	assert_string_equal(
	    sample_text(json_object_get(all, "context"), "date"),
	    "2026-11-22T17:00:00+00:00");
	json_t *rows = json_object_get(all, "benchmarks");
	size_t n = 0;
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		const char *name = sample_text(row, "run_name");
		assert_string_equal(sample_text(row, "time_unit"), "ns");
		assert_true(json_is_number(json_object_get(row, "real_time")));
		assert_true(json_is_number(json_object_get(row, "cpu_time")));
		/* A crashed sample is not in it. */
		assert_null(strstr(name, "micro.pair-64.t1/decay-notcache"));
		n += strcmp(name, "step-down.t1/ratio") == 0 &&
		     strcmp(sample_text(row, "run_type"), "iteration") == 0;
	}
	assert_int_equal(n, FIXTURE_BLOCKS);
	json_decref(all);
	free(path);
}

/* LazyFree by its curve; where that was read too rarely, by the census. */
static void
test_findings_of_memory(void **state)
{
	subject_t *s = *state;
	cell_curves_t *curves = text_memory(s->data.ncells, sizeof(*curves));
	for (size_t c = 0; c < s->data.ncells; c++) {
		curves_init(&curves[c].time, &s->data, c, FROM_TIME);
		curves_init(&curves[c].census, &s->data, c, FROM_CENSUS);
	}
	findings_t f;
	findings_init(&f, &s->summary, curves);
	assert_int_equal(f.memory.n, 1);
	assert_non_null(
	    strstr(f.memory.v[0], "tcmalloc in step-down.t1: RSS stays at 17"));
	assert_non_null(
	    strstr(f.memory.v[0], "while RSS - LazyFree goes from"));
	assert_non_null(strstr(f.memory.v[0], "up to 78 % of RSS"));
	findings_release(&f);
	for (size_t i = 0; i < curves[1].time.narms; i++) {
		curves[1].time.arms[i].lazyfree_readings = 1;
		curves[1].census.arms[i].lazyfree_readings = 1;
	}
	findings_init(&f, &s->summary, curves);
	assert_int_equal(f.memory.n, 1);
	assert_non_null(strstr(f.memory.v[0],
	    "tcmalloc in step-down.t1: 128 MiB were given back lazily"));
	findings_release(&f);
	for (size_t c = 0; c < s->data.ncells; c++) {
		curves_release(&curves[c].time);
		curves_release(&curves[c].census);
	}
	free(curves);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_repeat_commands),
	    cmocka_unit_test(test_repeat_names_unknown_arms),
	    cmocka_unit_test(test_repeat_keeps_options),
	    cmocka_unit_test(test_repeat_quotes_for_the_shell),
	    cmocka_unit_test(test_provenance_tables),
	    cmocka_unit_test(test_provenance_gaps),
	    cmocka_unit_test(test_findings_of_memory),
	    cmocka_unit_test(test_findings_words),
	    cmocka_unit_test(test_gbench_json_format),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
