/* Causes in a report: sentences where a policy is wrong, tables, and nothing
 * of either in a run that does not state them. */
#include "cause_findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cause_table.h"
#include "event_table.h"
#include "fixture.h"

#define CELL "step-down.t1"

/* What a planted sample of that arm says in CELL. */
typedef struct plant_s plant_t;
struct plant_s {
	const char *arm, *metric;
	double value;
};

/* Rewrites the run's samples with these metrics in time samples. */
static void
run_plant(const char *dir, const plant_t *plants, size_t n)
{
	char *path = text_format("%s/samples.jsonl", dir);
	char *copy = text_format("%s/samples.new", dir);
	FILE *from = fopen(path, "re"), *to = fopen(copy, "we");
	char *text = NULL;
	size_t room = 0;
	assert_true(from != NULL && to != NULL);
	while (getline(&text, &room, from) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		json_t *metrics = json_object_get(line, "metrics");
		for (size_t i = 0; i < n; i++)
			if (strcmp(sample_text(line, "cell"), CELL) == 0 &&
			    strcmp(sample_text(line, "kind"), "time") == 0 &&
			    strcmp(sample_text(line, "arm"), plants[i].arm) ==
				0)
				json_object_set_new(metrics, plants[i].metric,
				    json_real(plants[i].value));
		json_dumpf(line, to, JSON_COMPACT);
		fputc('\n', to);
		json_decref(line);
	}
	fclose(from);
	fclose(to);
	assert_int_equal(rename(copy, path), 0);
	free(text);
	free(path);
	free(copy);
}

/* A run with these metrics planted, read and summed up. */
typedef struct run_s run_t;
struct run_s {
	char *dir;
	dataset_t data;
	summary_t summary;
	words_t findings;
	size_t cell;
};

static void
run_init(run_t *run, const plant_t *plants, size_t n)
{
	fault_t fault;
	*run = (run_t){.dir = fixture_folder()};
	fixture_write(run->dir, SIZE_MAX);
	run_plant(run->dir, plants, n);
	assert_false(dataset_read(&run->data, run->dir, &fault));
	summary_init(&run->summary, &run->data, &verdict_rule_default);
	cause_findings(&run->findings, &run->summary);
	while (strcmp(run->data.cells[run->cell].name, CELL) != 0)
		run->cell++;
}

static void
run_release(run_t *run)
{
	words_release(&run->findings);
	summary_release(&run->summary);
	dataset_release(&run->data);
	fixture_remove(run->dir);
}

static void
test_findings_of_an_older_run(void **state)
{
	(void)state;
	run_t run;
	run_init(&run, NULL, 0);
	assert_int_equal(run.findings.n, 0);
	bool (*const tables[])(table_t *, const summary_t *, size_t) = {
	    cause_table_pages, cause_table_memory, cause_table_caches,
	    cause_table_arenas};
	for (size_t i = 0; i < 4; i++) {
		table_t table;
		assert_false(tables[i](&table, &run.summary, run.cell));
		table_release(&table);
	}
	run_release(&run);
}

/* 48000 pages were purged by ratio, 21000 by decay (fixture_purged). */
static void
test_findings_name_each_fault(void **state)
{
	(void)state;
	static const plant_t plants[] = {
	    /* Too early, and some twice. */
	    {"ratio", "purge_regret_100ms", 0.93},
	    {"ratio", "purged_per_freed", 1.8},
	    /* Nobody asked decay; that it is late, too, is no news. */
	    {"decay", "chance_age_most_ns", 1.4e9},
	    {"decay", "pdirty_mean", 16384},
	    {"decay", "pdirty_unused", 16384},
	    {"decay", "purge_regret_100ms", 0.02},
	    {"decay", "purged_per_freed", 1.004},
	};
	run_t run;
	run_init(&run, plants, sizeof(plants) / sizeof(*plants));
	assert_int_equal(run.findings.n, 3);
	char *all = words_join(&run.findings, "\n");
	assert_non_null(strstr(
	    all, "ratio in step-down.t1 purged too early: 93 % of the pages"));
	assert_non_null(strstr(all, "188 MiB in all"));
	assert_non_null(strstr(all,
	    "ratio in step-down.t1 gave the same pages back more than once: "
	    "1.800 pages"));
	assert_non_null(strstr(all,
	    "decay in step-down.t1: nobody called, so nothing could be purged "
	    "for 1.40 s; 64.0 MiB"));
	free(all);
	run_release(&run);
}

static void
test_findings_of_late_purging(void **state)
{
	(void)state;
	static const plant_t plants[] = {
	    {"decay", "pdirty_unused", 16384},
	    {"decay", "live_mean", 1e7},
	    {"decay", "purge_regret_1s", 0.02},
	    {"decay", "chance_age_most_ns", 1e6},
	    {"decay", "pdirty_mean", 16384},
	    /* The same pages, but what it purged was needed. */
	    {"ratio", "pdirty_unused", 16384},
	    {"ratio", "live_mean", 1e7},
	    {"ratio", "purge_regret_1s", 0.3},
	};
	run_t run;
	run_init(&run, plants, sizeof(plants) / sizeof(*plants));
	assert_int_equal(run.findings.n, 1);
	assert_non_null(strstr(run.findings.v[0], "decay"));
	assert_non_null(strstr(run.findings.v[0], "purged too late"));
	assert_non_null(
	    strstr(run.findings.v[0], "64.0 MiB of dirty pages were not"));
	assert_non_null(strstr(run.findings.v[0], "only 2 %"));
	run_release(&run);
}

/* A column that nobody has is a reason below the table, not a column. */
static void
test_table_of_pages(void **state)
{
	(void)state;
	static const plant_t plants[] = {
	    {"decay", "purge_amplification", 0.5},
	    {"ratio", "purge_amplification", 1.25},
	    {"ratio", "purge_regret_100ms", 0.125},
	};
	run_t run;
	table_t table;
	run_init(&run, plants, sizeof(plants) / sizeof(*plants));
	assert_true(cause_table_pages(&table, &run.summary, run.cell));
	assert_int_equal(table.ncolumns, 3);
	assert_string_equal(table.columns[1].head, "purged / dirtied");
	assert_string_equal(table.columns[2].head, "regret 100 ms");
	bool found = false;
	for (size_t r = 0; r < table.nrows; r++)
		if (strcmp(table.rows[r].fields[0].text, "ratio") == 0) {
			found = true;
			assert_string_equal(
			    table.rows[r].fields[1].text, "1.250");
			assert_string_equal(
			    table.rows[r].fields[2].text, "12.5 %");
		}
	assert_true(found);
	table_release(&table);
	run_release(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_findings_of_an_older_run),
	    cmocka_unit_test(test_findings_name_each_fault),
	    cmocka_unit_test(test_findings_of_late_purging),
	    cmocka_unit_test(test_table_of_pages),
	};
	return cmocka_run_group_tests_name("cause_findings", tests, NULL, NULL);
}
