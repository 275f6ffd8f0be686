/* capability.c and event_table.c: what a run could see, and what it saw. */
#include "capability.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "event_table.h"

typedef struct subject_s subject_t;
struct subject_s {
	char *dir;
	dataset_t data;
	summary_t summary;
	table_t table;
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
	table_release(&s->table);
	summary_release(&s->summary);
	dataset_release(&s->data);
	fixture_remove(s->dir);
	free(s);
	return 0;
}

/* The text of a column of the row that begins with name. */
static const char *
field(const table_t *table, const char *name, const char *column)
{
	for (size_t r = 0; r < table->nrows; r++)
		for (size_t c = 0; c < table->ncolumns; c++)
			if (strcmp(table->rows[r].fields[0].text, name) == 0 &&
			    strcmp(table->columns[c].head, column) == 0)
				return table->rows[r].fields[c].text;
	fail_msg("no field %s, %s", name, column);
	return NULL;
}

static const char how[] = "how, or why not";

static void
test_capability_rows(void **state)
{
	subject_t *s = *state;
	words_t troubles = {0};
	static const struct {
		const char *row, *here, *how;
	} rows[] = {
	    {"system calls of the allocators (census)", "yes",
		"by notification; no tracepoints: tracepoints need "
		"CAP_PERFMON"},
	    {"hardware counters", "no",
		"no counter of this CPU; machine.json does not state it"},
	    {"software counters", "partly",
		"page_faults; the rest: machine.json does not state it"},
	    {"functions (perf record)", "yes",
		"glibc, tcmalloc, decay, ratio, decay-notcache, fill-full"},
	    {"LazyFree (smaps_rollup)", "yes",
		"readings in the median sample: 11"},
	    {"other allocators to compare with", "yes",
		"tcmalloc; jemalloc: it is not installed (apt-get install "
		"libjemalloc2)"},
	    {"figures (gnuplot)", "yes", "drawn"},
	    {"noise of the machine, in each sample", "no",
		"no time sample states it"},
	    {"pinning to CPUs", "no",
		"samples run on any of the 2 CPUs allowed, as programs do; the "
		"scheduler places them"},
	    {"memory bound to a node", "no", "not asked for (ebb run --bind)"},
	    {"control groups (quota, limits)", "no",
		"none with a cpu or memory controller is shown here"},
	};
	capability_table(&s->table, &s->summary, &troubles);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(
		    field(&s->table, rows[i].row, "here"), rows[i].here);
		assert_string_equal(
		    field(&s->table, rows[i].row, how), rows[i].how);
	}
}

/* What a run of now states of placement and noise. */
static void
test_capability_of_placement(void **state)
{
	subject_t *s = *state;
	json_object_set_new(s->data.store.plan, "pin",
	    json_pack("{s:s,s:s,s:s}", "cpus", "cpus", "bind", "auto", "thp",
		"never"));
	json_object_set_new(s->data.store.machine, "cgroup",
	    json_pack("{s:[s],s:b}", "controllers", "memory", "writable", 0));
	for (size_t i = 0; i < s->data.nsamples; i++)
		json_object_set_new(
		    (json_t *)(uintptr_t)s->data.samples[i].line, "noise",
		    json_pack("{s:i,s:{s:s},s:{s:s}}", "steal_ns", 0,
			"psi_cpu_ns", "unsupported", "no pressure", "psi_io_ns",
			"unsupported", "no pressure"));
	capability_table(&s->table, &s->summary, NULL);
	assert_string_equal(field(&s->table, "pinning to CPUs", "here"), "yes");
	assert_string_equal(field(&s->table, "memory bound to a node", how),
	    "node auto; policy read back in each sample");
	assert_string_equal(
	    field(&s->table, "huge pages set for the samples", how),
	    "never, by prctl; read back in each sample");
	assert_string_equal(
	    field(&s->table, "noise of the machine, in each sample", how),
	    "steal_ns; not the rest: no pressure");
	assert_string_equal(
	    field(&s->table, "control groups (quota, limits)", how),
	    "read; not writable, so no limit can be set");
}

/* No reading is no proof that there is no permission. */
static void
test_capability_of_short_samples(void **state)
{
	subject_t *s = *state;
	for (size_t i = 0; i < s->data.nsamples; i++)
		json_object_set_new(
		    json_object_get(s->data.samples[i].line, "observer"),
		    "rollups", json_integer(0));
	capability_table(&s->table, &s->summary, NULL);
	assert_string_equal(field(&s->table, "LazyFree (smaps_rollup)", how),
	    "readings in the median sample: 0, they are too short or it "
	    "cannot be read");
}

/* A run that stopped before anything was measured can say little. */
static void
test_capability_without_samples(void **state)
{
	subject_t *s = *state;
	words_t troubles = {0};
	words_add(&troubles, "gnuplot is not installed");
	s->data.nsamples = 0;
	json_object_del(s->data.store.machine, "census");
	capability_table(&s->table, &s->summary, &troubles);
	assert_string_equal(
	    field(&s->table, "system calls of the allocators (census)", how),
	    "no census in the plan");
	assert_string_equal(field(&s->table, "functions (perf record)", how),
	    "no such sample gave numbers");
	assert_string_equal(
	    field(&s->table, "LazyFree (smaps_rollup)", "here"), "no");
	assert_string_equal(field(&s->table, "figures (gnuplot)", how),
	    "gnuplot is not installed");
	s->data.nplanned = 0;
	table_release(&s->table);
	capability_table(&s->table, &s->summary, &troubles);
	assert_string_equal(field(&s->table, "functions (perf record)", how),
	    "not asked for (ebb run --profile)");
	char *cost = capability_cost(&s->data);
	assert_non_null(strstr(cost, "not stated"));
	free(cost);
	words_release(&troubles);
}

/* 4 ms of each second, 12 ms of a few. */
static void
test_capability_cost(void **state)
{
	subject_t *s = *state;
	char *cost = capability_cost(&s->data);
	assert_memory_equal(
	    cost, "Sampling used 0.41 % of the time samples' time", 45);
	assert_non_null(strstr(cost, "(at most 1.20 %, in s"));
	free(cost);
}

static void
test_event_table_census(void **state)
{
	subject_t *s = *state;
	assert_true(event_table_census(&s->table, &s->summary, 1));
	assert_int_equal(s->table.nrows, 4);
	assert_string_equal(
	    field(&s->table, "decay", "madvise DONTNEED"), "480, 120 MiB");
	assert_string_equal(
	    field(&s->table, "tcmalloc", "madvise FREE"), "512, 128 MiB");
	assert_string_equal(
	    field(&s->table, "glibc", "munmap"), "64, 16.0 MiB");
	assert_string_equal(field(&s->table, "glibc", "madvise FREE"), "0");
	assert_string_equal(field(&s->table, "ratio", "given back"), "180 MiB");
	assert_non_null(strstr(s->table.detail, "counted by notification"));
	assert_non_null(strstr(s->table.detail, "nobody called"));
	assert_non_null(strstr(s->table.detail, "mremap"));
}

/* No census in that cell: no table. One that saw nothing: why. */
static void
test_event_table_census_missing(void **state)
{
	subject_t *s = *state;
	assert_false(event_table_census(&s->table, &s->summary, 3));
	table_release(&s->table);
	for (size_t i = 0; i < s->data.nsamples; i++) {
		const dataset_sample_t *sample = &s->data.samples[i];
		json_t *metrics = json_object_get(sample->line, "metrics");
		const char *name;
		json_t *value;
		if (sample->source == FROM_CENSUS)
			json_object_foreach(metrics, name, value)
			{
				json_object_set_new(metrics, name,
				    fixture_unsupported("42 events lost"));
			}
	}
	summary_release(&s->summary);
	summary_init(&s->summary, &s->data, &verdict_rule_default);
	assert_true(event_table_census(&s->table, &s->summary, 1));
	assert_int_equal(s->table.nrows, 0);
	assert_string_equal(s->table.detail, "unsupported (42 events lost)");
}

/* What no arm can count is one line, not columns of dashes. */
static void
test_event_table_counters(void **state)
{
	subject_t *s = *state;
	assert_true(event_table_counters(&s->table, &s->summary, 1));
	for (size_t c = 0; c < s->table.ncolumns; c++)
		assert_null(strstr(s->table.columns[c].head, "cycles"));
	assert_non_null(strstr(s->table.detail,
	    "cycles, instructions, branch misses, cache misses, data TLB "
	    "misses: unsupported (no counter of this CPU)"));
	assert_string_equal(
	    field(&s->table, "ratio", "page faults"), "4.00 k | 73");
	assert_string_equal(
	    field(&s->table, "glibc", "minor faults"), "5.00 k");
}

static void
test_event_table_hotspots(void **state)
{
	subject_t *s = *state;
	assert_true(event_table_hotspots(&s->table, &s->summary, 1));
	assert_string_equal(
	    field(&s->table, "ratio", "in the allocator"), "50.0 %");
	assert_string_equal(
	    field(&s->table, "ratio", "functions that took most"),
	    "25.0 % malloc (libx.so), 12.5 % free (libx.so)");
	table_release(&s->table);
	assert_false(event_table_hotspots(&s->table, &s->summary, 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_capability_rows),
	    TEST(test_capability_of_placement),
	    TEST(test_capability_of_short_samples),
	    TEST(test_capability_without_samples),
	    TEST(test_capability_cost),
	    TEST(test_event_table_census),
	    TEST(test_event_table_census_missing),
	    TEST(test_event_table_counters),
	    TEST(test_event_table_hotspots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
