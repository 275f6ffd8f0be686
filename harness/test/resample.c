/*
 * Comparisons in which there is nothing to find: tables of a baseline and five
 * arms, all of whose samples are drawn from one set, go through dataset.c,
 * summary.c and verdict.c as a run's do. A verdict that claims a difference is
 * false; how often that happens must stay below the error rate.
 *
 * Without arguments: on made-up samples of three shapes. `resample RUN [TABLES
 * [SEED]]`: on the stored samples of a run with one arm, cell by cell; prints
 * the rates, and ends with 1 when one is above 5 %. Samples are drawn without
 * replacement and blocks mix all times of the run: whatever the machine did,
 * the arms of a table differ by chance only.
 */
#include "summary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "rng.h"

/* As the default plan has it: 10 blocks at least, whole squares of 6 arms. */
#define ARMS 6
#define BLOCKS 12
#define DRAWN (ARMS * BLOCKS)
#define RATE_MOST 0.05

/* The primary metrics of a sample. */
typedef struct value_s value_t;
struct value_s {
	double work, rss;
};

typedef struct tallied_s tallied_t;
struct tallied_s {
	size_t comparisons, false_ones, tables, tables_with_any;
	size_t kinds[VERDICT_KINDS];
};

/* n different numbers below m, in random order, into first n of place. */
static void
draw(rng_t *rng, unsigned *place, size_t m)
{
	for (unsigned i = 0; i < m; i++)
		place[i] = i;
	rng_shuffle(rng, place, m);
}

/* Writes a run whose samples have these values. */
static void
table_write(const char *dir, const value_t *values, const unsigned *place)
{
	char *path = text_format("%s/samples.jsonl", dir);
	FILE *lines = fopen(path, "we");
	assert_non_null(lines);
	for (unsigned i = 0; i < DRAWN; i++)
		fprintf(lines,
		    "{\"schema\":1,\"id\":\"s%06u\",\"order\":%u,\"block\":%u,"
		    "\"cell\":\"c.t1\",\"workload\":\"c\",\"arm\":\"arm%u\","
		    "\"kind\":\"time\",\"status\":\"ok\",\"metrics\":{"
		    "\"work_ns\":%.17g,\"rss_mean\":%.17g}}\n",
		    i, i, i / ARMS, i % ARMS, values[place[i]].work,
		    values[place[i]].rss);
	fclose(lines);
	free(path);
}

/* Reads it as a report does, and counts its verdicts. */
static void
table_count(const char *dir, tallied_t *t)
{
	dataset_t data;
	summary_t summary;
	fault_t fault;
	size_t before = t->false_ones;
	assert_false(dataset_read(&data, dir, &fault));
	summary_init(&summary, &data, &verdict_rule_default);
	for (size_t a = 0; a < data.narms; a++)
		for (size_t m = 0; m < summary.nmetrics; m++) {
			const summary_value_t *v =
			    summary_value(&summary, 0, a, m);
			if (!v->judged)
				continue;
			assert_int_equal(v->family, 2 * (ARMS - 1));
			t->comparisons++;
			t->kinds[v->verdict.kind]++;
			t->false_ones += v->verdict.kind == VERDICT_BETTER ||
					 v->verdict.kind == VERDICT_WORSE;
		}
	t->tables++;
	t->tables_with_any += t->false_ones > before;
	summary_release(&summary);
	dataset_release(&data);
}

static void
tables_count(const value_t *values, size_t n, size_t tables, rng_t *rng,
    tallied_t *tallied)
{
	char *dir = fixture_folder();
	unsigned *place = text_memory(n, sizeof(*place));
	for (size_t i = 0; i < tables; i++) {
		draw(rng, place, n);
		table_write(dir, values, place);
		table_count(dir, tallied);
	}
	free(place);
	fixture_remove(dir);
}

/* ----------------------------------------------------------------- tests -- */

/* A made-up sample: normal noise, two modes, or now and then twice as much. */
static double
made(rng_t *rng, int shape)
{
	double x = 0;
	for (int i = 0; i < 12; i++)
		x += (double)(rng_next(rng) >> 11) * 0x1p-53;
	x = exp(0.03 * (x - 6));
	double chance = (double)(rng_next(rng) >> 11) * 0x1p-53;
	if (shape == 1)
		return chance < 0.4 ? 1.3 * x : x;
	return shape == 2 && chance < 0.1 ? 2 * x : x;
}

static void
test_resample_false_rate(void **state)
{
	(void)state;
	value_t values[240];
	for (int shape = 0; shape < 3; shape++) {
		tallied_t tallied = {0};
		rng_t rng;
		rng_init(&rng, 11 + (uint64_t)shape);
		for (size_t i = 0; i < 240; i++)
			values[i] = (value_t){
			    1e7 * made(&rng, shape), 1e8 * made(&rng, shape)};
		tables_count(values, 240, 100, &rng, &tallied);
		assert_int_equal(tallied.comparisons, 1000);
		assert_true((double)tallied.false_ones <= RATE_MOST * 1000);
		assert_true((double)tallied.tables_with_any <= RATE_MOST * 100);
	}
}

/* The same machinery finds what is there: else it proves nothing. */
static void
test_resample_finds(void **state)
{
	(void)state;
	value_t values[DRAWN];
	unsigned place[DRAWN];
	tallied_t tallied = {0};
	rng_t rng;
	char *dir = fixture_folder();
	rng_init(&rng, 5);
	for (unsigned i = 0; i < DRAWN; i++) {
		double planted = i % ARMS == 3 ? 1.2 : 1;
		values[i] = (value_t){
		    1e7 * planted * made(&rng, 0), 1e8 * made(&rng, 0)};
		place[i] = i;
	}
	table_write(dir, values, place);
	table_count(dir, &tallied);
	assert_int_equal(tallied.kinds[VERDICT_WORSE], 1);
	assert_int_equal(tallied.kinds[VERDICT_BETTER], 0);
	fixture_remove(dir);
}

/* ----------------------------------------------------------- stored runs -- */

/* The values of all samples of a cell that have both. The caller frees them. */
static value_t *
values_of(const dataset_t *data, size_t cell, size_t *n)
{
	value_t *values = text_memory(data->nsamples, sizeof(*values));
	*n = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		value_t *v = &values[*n];
		if (s->cell == cell && s->ok && s->source == FROM_TIME &&
		    sample_metric(s->line, "work_ns", &v->work, NULL) &&
		    sample_metric(s->line, "rss_mean", &v->rss, NULL))
			++*n;
	}
	return values;
}

/* Prints a test's line. Returns true when the rate is too high. */
static bool
rate_print(int number, const char *what, size_t n, size_t of)
{
	double rate = (double)n / (double)of;
	bool high = of == 0 || rate > RATE_MOST;
	printf("%s %d - %zu of %zu %s: %.2f %% (at most %.0f %%)\n",
	    high ? "not ok" : "ok", number, n, of, what, 100 * rate,
	    100 * RATE_MOST);
	return high;
}

static int
resample_run(const char *run, size_t tables, uint64_t seed)
{
	dataset_t data;
	fault_t fault;
	tallied_t all = {0};
	rng_t rng;
	if (dataset_read(&data, run, &fault)) {
		printf("not ok 1 - %s\n1..1\n", fault.text);
		return 1;
	}
	rng_init(&rng, seed);
	for (size_t c = 0; c < data.ncells; c++) {
		tallied_t of = {0};
		size_t n;
		value_t *values = values_of(&data, c, &n);
		size_t share =
		    tables * (c + 1) / data.ncells - tables * c / data.ncells;
		if (n >= DRAWN)
			tables_count(values, n, share, &rng, &of);
		printf("# %s: %zu samples; %zu comparisons: %zu equivalent, "
		       "%zu undecided, %zu false\n",
		    data.cells[c].name, n, of.comparisons,
		    of.kinds[VERDICT_EQUIVALENT], of.kinds[VERDICT_UNDECIDED],
		    of.false_ones);
		all.comparisons += of.comparisons;
		all.false_ones += of.false_ones;
		all.tables += of.tables;
		all.tables_with_any += of.tables_with_any;
		free(values);
	}
	bool enough = all.tables == tables;
	printf("%s 1 - %zu tables of %d arms and %d blocks, %zu comparisons\n",
	    enough ? "ok" : "not ok", all.tables, ARMS, BLOCKS,
	    all.comparisons);
	bool high = rate_print(
	    2, "comparisons are false", all.false_ones, all.comparisons);
	high |= rate_print(3, "whole tables have a false one",
	    all.tables_with_any, all.tables);
	puts("1..3");
	dataset_release(&data);
	return high || !enough;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return resample_run(argv[1],
		    argc > 2 ? strtoul(argv[2], NULL, 10) : 1000,
		    argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resample_false_rate),
	    cmocka_unit_test(test_resample_finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
