/*
 * dataset.c and summary.c on the made-up run of fixture.h: what was planted
 * in an arm, a cell and a kind of sample is found there and nowhere else.
 */
#include "summary.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "findings.h"

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

typedef struct subject_s subject_t;
struct subject_s {
	char *dir;
	dataset_t data;
	summary_t summary;
};

static void
subject_read(subject_t *s)
{
	fault_t fault;
	assert_false(dataset_read(&s->data, s->dir, &fault));
	summary_init(&s->summary, &s->data, &verdict_rule_default);
}

static void
subject_release(subject_t *s)
{
	summary_release(&s->summary);
	dataset_release(&s->data);
}

static int
setup(void **state)
{
	subject_t *s = text_memory(1, sizeof(*s));
	s->dir = fixture_folder();
	fixture_write(s->dir, SIZE_MAX);
	subject_read(s);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	subject_t *s = *state;
	subject_release(s);
	fixture_remove(s->dir);
	free(s);
	return 0;
}

static bool
planted_failure(size_t c, size_t a)
{
	return (c == 2 && a == FILLFULL) || FIXTURE_TIMED_OUT(c, a);
}

/* Every planted ratio, to the last digit, with the interval it must have. */
static void
test_summary_ratios_are_planted(void **state)
{
	subject_t *s = *state;
	static const struct {
		size_t metric;
		double share; /* of the spread that the metric has */
	} rows[] = {{METRIC_WORK_NS, 1}, {METRIC_RSS_MEAN, 0.2}};
	for (size_t k = 0; k < 2; k++)
		for (size_t c = 0; c < FIXTURE_CELLS; c++)
			for (size_t a = TCMALLOC; a < FIXTURE_ARMS; a++) {
				double planted = k == 0
						     ? fixture_cells[c].time[a]
						     : fixture_cells[c].rss[a];
				const summary_value_t *v = summary_value(
				    &s->summary, c, a, rows[k].metric);
				if (fixture_cells[c].time[a] == 0 ||
				    planted_failure(c, a)) {
					assert_true(isnan(v->ratio.estimate));
					assert_false(v->judged);
					continue;
				}
				/* Bytes are whole: hence the tolerance. */
				close_to(v->ratio.estimate / planted, 1, 1e-5);
				close_to(log(v->ratio.hi / planted),
				    0.007 * rows[k].share, 1e-5);
				assert_int_equal(v->pairs, FIXTURE_BLOCKS);
			}
}

static void
test_summary_medians_are_planted(void **state)
{
	subject_t *s = *state;
	double x[FIXTURE_BLOCKS];
	for (int b = 0; b < FIXTURE_BLOCKS; b++)
		x[b] = fixture_work_ns(1, RATIO, b);
	const summary_value_t *v =
	    summary_value(&s->summary, 1, RATIO, METRIC_WORK_NS);
	close_to(v->middle.estimate, stats_median(x, FIXTURE_BLOCKS), 1);
	assert_int_equal(v->n, FIXTURE_BLOCKS);
	v = summary_value(&s->summary, 0, RATIO, METRIC_NPURGE);
	close_to(v->middle.estimate, fixture_npurge(0, RATIO), 0);
}

static void
test_summary_verdicts(void **state)
{
	subject_t *s = *state;
	static const struct {
		size_t cell, arm, metric;
		verdict_kind_t kind;
	} rows[] = {
	    {0, DECAY, METRIC_WORK_NS, VERDICT_BETTER},
	    {0, RATIO, METRIC_WORK_NS, VERDICT_WORSE},
	    {0, RATIO, METRIC_RSS_MEAN, VERDICT_BETTER},
	    {1, DECAY, METRIC_WORK_NS, VERDICT_EQUIVALENT},
	    {1, RATIO, METRIC_WORK_NS, VERDICT_WORSE},
	    {2, TCMALLOC, METRIC_RSS_MEAN, VERDICT_WORSE},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const summary_value_t *v = summary_value(
		    &s->summary, rows[i].cell, rows[i].arm, rows[i].metric);
		assert_true(v->judged);
		assert_int_equal(v->verdict.kind, rows[i].kind);
	}
	/* Five arms and two primary metrics are one family... */
	assert_int_equal(
	    summary_value(&s->summary, 0, DECAY, METRIC_WORK_NS)->family, 10);
	assert_int_equal(
	    summary_value(&s->summary, 2, DECAY, METRIC_WORK_NS)->family, 8);
	/* ...and five arms of one case of Google Benchmark. */
	assert_int_equal(
	    summary_value(&s->summary, FIXTURE_CELLS, DECAY, metrics_count)
		->family,
	    5);
	assert_int_equal(s->summary.comparisons, 42);
	/* Ten of one sign, corrected by ten. */
	close_to(summary_value(&s->summary, 0, DECAY, METRIC_WORK_NS)->p_holm,
	    10 * 2.0 / 1024, 1e-9);
}

static void
test_summary_failures(void **state)
{
	subject_t *s = *state;
	const summary_row_t *row = summary_row(&s->summary, 2, FILLFULL);
	assert_string_equal(row->failure,
	    "2 of 12 samples crashed (signal 11): segmentation fault");
	row = summary_row(&s->summary, 3, NOTCACHE);
	assert_string_equal(row->failure,
	    "10 of 10 samples ran out of time (signal 9): no end after 30 s");
	/* Not the planted 1 ns of a crashed sample. */
	assert_true(isnan(row->values[METRIC_WORK_NS].middle.estimate));
	assert_ptr_equal(row->values[METRIC_WORK_NS].reason, row->failure);
	assert_null(summary_row(&s->summary, 2, DECAY)->failure);
}

static void
test_summary_reasons(void **state)
{
	subject_t *s = *state;
	static const struct {
		size_t cell, arm, metric;
		const char *reason;
	} rows[] = {
	    {0, GLIBC, METRIC_NPURGE,
		"unsupported (glibc exports no purge counter)"},
	    {0, TCMALLOC, METRIC_PURGED_PAGES,
		"unsupported (tcmalloc exports no purge counter)"},
	    {3, GLIBC, METRIC_P50_NS, "no latency samples in this plan"},
	    {0, FILLFULL, METRIC_P99_NS,
		"fewer than 10/(1-q) = 1000 timed calls (40)"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const summary_value_t *v = summary_value(
		    &s->summary, rows[i].cell, rows[i].arm, rows[i].metric);
		assert_non_null(v->reason);
		assert_string_equal(v->reason, rows[i].reason);
		assert_true(isnan(v->middle.estimate));
	}
}

/* Percentiles are of the merged histograms. */
static void
test_summary_latency(void **state)
{
	subject_t *s = *state;
	static const struct {
		size_t metric;
		double q;
	} rows[] = {{METRIC_P50_NS, 0.5}, {METRIC_P99_NS, 0.99}};
	for (size_t a = GLIBC; a < FILLFULL; a++)
		for (size_t i = 0; i < 2; i++) {
			const summary_value_t *v =
			    summary_value(&s->summary, 0, a, rows[i].metric);
			/* The call whose rank is that of the quantile. */
			double n = fixture_calls((int)a);
			double planted = fixture_latency_ns(
			    0, (int)a, (rows[i].q * n - 0.5) / n);
			close_to(
			    v->middle.estimate, planted, planted / 256 + 1);
			assert_int_equal(v->n, 2); /* samples merged */
		}
	close_to(summary_row(&s->summary, 0, DECAY)->clock_ns, 17, 0);
	assert_int_equal(
	    summary_row(&s->summary, 0, DECAY)->latency->count, 8000);
}

static void
test_summary_gbench(void **state)
{
	subject_t *s = *state;
	size_t cell = FIXTURE_CELLS;
	assert_true(s->data.cells[cell].gbench);
	assert_int_equal(s->summary.nmetrics, metrics_count + 2);
	for (size_t i = 0; i < 2; i++)
		for (size_t a = TCMALLOC; a < FIXTURE_ARMS; a++) {
			const summary_value_t *v = summary_value(
			    &s->summary, cell, a, metrics_count + i);
			close_to(v->ratio.estimate,
			    fixture_gbench_ns[i][a] /
				fixture_gbench_ns[i][GLIBC],
			    1e-9);
			assert_true(v->judged);
		}
}

/* An interrupted run says how far it came, and judges what it has. */
static void
test_summary_interrupted(void **state)
{
	(void)state;
	subject_t s = {.dir = fixture_folder()};
	fixture_write(s.dir, 8); /* six arms of one cell, two of the next */
	subject_read(&s);
	assert_int_equal(s.data.nsamples, 8);
	assert_int_equal(s.data.nplanned, 332);
	const summary_value_t *v =
	    summary_value(&s.summary, 1, RATIO, METRIC_WORK_NS);
	assert_string_equal(v->reason,
	    "not measured yet: 8 of 332 samples of the run are done");
	v = summary_value(&s.summary, 0, RATIO, METRIC_WORK_NS);
	assert_int_equal(v->verdict.kind, VERDICT_UNDECIDED);
	assert_true(v->verdict.blocks_more > 0);
	findings_t findings;
	findings_init(&findings, &s.summary, NULL);
	assert_non_null(
	    strstr(findings.notes.v[0], "INCOMPLETE: 8 of 332 samples"));
	findings_release(&findings);
	subject_release(&s);
	fixture_remove(s.dir);
}

static void
file_append(const char *dir, const char *name, const char *text)
{
	char *path = text_format("%s/%s", dir, name);
	FILE *stream = fopen(path, "ae");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
	free(path);
}

/* A lost plan, a torn line and a changed raw file are survived and named. */
static void
test_summary_damage(void **state)
{
	(void)state;
	subject_t s = {.dir = fixture_folder()};
	fixture_write(s.dir, SIZE_MAX);
	char *plan = text_format("%s/plan.json", s.dir);
	unlink(plan);
	free(plan);
	file_append(s.dir, "samples.jsonl", "{\"schema\":1,\"id\":\"s0");
	file_append(s.dir, "raw/s000000.series", "1,2,3\n");
	subject_read(&s);
	assert_int_equal(s.data.store.damaged, 1);
	assert_int_equal(s.data.ncells, FIXTURE_CELLS + 1);
	assert_string_equal(s.data.arms[s.data.baseline].name, "glibc");
	assert_false(s.data.samples[0].intact);
	assert_null(dataset_raw(&s.data, &s.data.samples[0], "series"));
	const summary_value_t *v =
	    summary_value(&s.summary, 0, 2, METRIC_WORK_NS);
	close_to(v->ratio.estimate, fixture_cells[0].time[2], 1e-5);
	subject_release(&s);
	fixture_remove(s.dir);
}

static void
test_dataset_refuses_other_folders(void **state)
{
	(void)state;
	dataset_t data;
	fault_t fault;
	char *dir = fixture_folder();
	assert_true(dataset_read(&data, dir, &fault));
	assert_non_null(strstr(fault.text, "not the folder of a run"));
	dataset_release(&data);
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_summary_ratios_are_planted),
	    cmocka_unit_test(test_summary_medians_are_planted),
	    cmocka_unit_test(test_summary_verdicts),
	    cmocka_unit_test(test_summary_failures),
	    cmocka_unit_test(test_summary_reasons),
	    cmocka_unit_test(test_summary_latency),
	    cmocka_unit_test(test_summary_gbench),
	    cmocka_unit_test(test_summary_interrupted),
	    cmocka_unit_test(test_summary_damage),
	    cmocka_unit_test(test_dataset_refuses_other_folders),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
