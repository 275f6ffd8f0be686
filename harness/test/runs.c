/*
 * Small made-up runs for compare.sh and gate.sh:
 *     runs DIR [KEY=VALUE...]
 * writes one: two cells of a workload and one of Google Benchmark, under glibc,
 * tcmalloc and two builds of ebb, with log-normal noise, an outlier here and
 * there and a drift that all arms of a block share. The keys are below.
 *
 * Without arguments: what it writes can be read, and is as planted.
 */
#include "dataset.h"

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "rng.h"
#include "stats.h"
#include "text.h"

#define MIB 1048576.0

enum { GLIBC, TCMALLOC, DECAY, RATIO, ARMS };
static const struct {
	const char *name, *kind;
} arms[ARMS] = {{"glibc", "glibc"}, {"tcmalloc", "peer"}, {"decay", "ebb"},
    {"ratio", "ebb"}};

static const char *const cells[] = {"slots.t1", "swing.t2", "gbench.micro.t1"};
#define CELLS 3
#define GBENCH 2

/* What a run is like; those that are no numbers last. */
static struct {
	const char *key;
	double value;
} numbers[] = {
    {"seed", 1},     /* of the noise and of the workloads */
    {"day", 1},      /* of the month in which it was made */
    {"blocks", 10},  /* of each cell */
    {"noise", 0.02}, /* deviation of a sample */
    {"drift", 0},    /* log factor of everything, as of a slower machine */
    {"time", 1},     /* factor of decay's time in slots.t1 */
    {"rss", 1},      /* of ratio's memory in swing.t2 */
    {"bench", 1},    /* of decay's benchmark */
    {"fail", 0},     /* samples of decay in slots.t1 that crash */
    {"pair", 0},     /* A/A pair: deviation of a sample of it; 0: none */
    {"ncpu", 2},     /* the machine's */
    {"n", 5},        /* a parameter of the workload */
};
enum {
	SEED,
	DAY,
	BLOCKS,
	NOISE,
	DRIFT,
	TIME,
	RSS,
	BENCH,
	FAIL,
	PAIR,
	NCPU,
	N,
	NUMBERS
};
static struct {
	const char *key, *value;
} texts[] = {
    {"kernel", "6.1.0"},
    {"program", "7ca7418099e204cc"}, /* build id of the workload program */
    {"commit", "0123456789abcdef"},
    {"build", "1940871b6dc6"}, /* build id of decay's library */
    {"arms", "glibc,tcmalloc,decay,ratio"},
};
enum { KERNEL, PROGRAM, COMMIT, BUILD, ARM_NAMES, TEXTS };

static void
key_set(const char *word)
{
	for (size_t i = 0; i < NUMBERS; i++) {
		size_t n = strlen(numbers[i].key);
		if (strncmp(word, numbers[i].key, n) == 0 && word[n] == '=') {
			numbers[i].value = strtod(word + n + 1, NULL);
			return;
		}
	}
	for (size_t i = 0; i < TEXTS; i++) {
		size_t n = strlen(texts[i].key);
		if (strncmp(word, texts[i].key, n) == 0 && word[n] == '=') {
			texts[i].value = word + n + 1;
			return;
		}
	}
	fprintf(stderr, "runs: no key '%s'\n", word);
	exit(2);
}

static bool
has_arm(int a)
{
	words_t names = {0};
	words_split(&names, texts[ARM_NAMES].value, ',');
	bool has = words_contain(&names, arms[a].name);
	words_release(&names);
	return has;
}

/* --------------------------------------------------------------- samples -- */

static double
uniform(rng_t *rng)
{
	return ((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0;
}

static double
noise(rng_t *rng, double deviation)
{
	double z = sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
	bool outlier = rng_below(rng, 40) == 0;
	return exp(deviation * z + (outlier ? 0.3 * uniform(rng) : 0));
}

/* Log factor common to a block. */
static double
wobble(int block)
{
	return numbers[DRIFT].value + 0.05 * sin(block * 1.7);
}

static json_t *
metrics_make(int c, int a, int block, rng_t *rng)
{
	double deviation = numbers[NOISE].value;
	double time =
	    1e8 * (1 + 0.1 * a) * exp(wobble(block)) * noise(rng, deviation);
	double rss = 64 * MIB * (1 + 0.2 * a) * noise(rng, deviation / 10);
	if (c == 0 && a == DECAY)
		time *= numbers[TIME].value;
	if (c == 1 && a == RATIO)
		rss *= numbers[RSS].value;
	if (c == GBENCH)
		return json_pack("{s:f}", "gb:micro/pair-64/t:1/iterations:100",
		    time * 1e-7 * (a == DECAY ? numbers[BENCH].value : 1));
	return json_pack("{s:f,s:f,s:f}", "work_ns", time, "rss_mean",
	    floor(rss / 4096) * 4096, "minflt", 5000.0 + (double)block);
}

static json_t *
line_make(int order, int c, const char *arm, int block)
{
	char id[16];
	snprintf(id, sizeof(id), "s%06d", order);
	json_t *line = json_pack("{s:i,s:s,s:i,s:i,s:s,s:s,s:s,s:s,s:s}",
	    "schema", 1, "id", id, "order", order, "block", block, "cell",
	    c < CELLS ? cells[c] : "control.planted.t1", "arm", arm, "kind",
	    c == GBENCH ? "gbench" : "time", "status", "ok", "reason", "");
	json_t *record = json_pack("{s:I,s:s,s:{s:I,s:i,s:I}}", "seed",
	    (json_int_t)(numbers[SEED].value * 1000 + block), "checksum",
	    "633149a4fa660d81", "params", "seed",
	    (json_int_t)(numbers[SEED].value * 1000 + block), "n",
	    (int)numbers[N].value, "mem-limit",
	    (json_int_t)(6e9 + 1e6 * numbers[DAY].value));
	if (c != GBENCH)
		json_object_set_new(line, "record", record);
	else
		json_decref(record);
	return line;
}

static void
line_write(FILE *lines, json_t *line)
{
	json_dumpf(line, lines, JSON_COMPACT);
	fputc('\n', lines);
	json_decref(line);
}

static void
samples_write(const char *dir)
{
	char *path = text_format("%s/samples.jsonl", dir);
	FILE *lines = fopen(path, "we");
	free(path);
	if (lines == NULL)
		exit(2);
	int order = 0;
	for (int block = 0; block < (int)numbers[BLOCKS].value; block++)
		for (int c = 0; c < CELLS; c++)
			for (int a = 0; a < ARMS; a++, order++) {
				/* Its own, so that what is planted in one
				 * sample changes no other. */
				rng_t rng;
				rng_init(&rng,
				    rng_derive((uint64_t)numbers[SEED].value,
					"sample", (uint64_t)order));
				json_t *line =
				    line_make(order, c, arms[a].name, block);
				json_t *metrics =
				    metrics_make(c, a, block, &rng);
				if (!has_arm(a)) {
					json_decref(line);
					json_decref(metrics);
					continue;
				}
				if (c == 0 && a == DECAY &&
				    block < (int)numbers[FAIL].value) {
					json_object_set_new(line, "status",
					    json_string("crash"));
					json_object_set_new(line, "reason",
					    json_string("segmentation fault"));
				}
				json_object_set_new(line, "metrics", metrics);
				line_write(lines, line);
			}
	static const char *const roles[] = {"itself", "again"};
	rng_t rng;
	rng_init(&rng, (uint64_t)numbers[SEED].value + 77);
	for (int block = 0;
	     numbers[PAIR].value > 0 && block < (int)numbers[BLOCKS].value;
	     block++)
		for (int r = 0; r < 2; r++, order++) {
			char *arm = text_format("decay/%s", roles[r]);
			json_t *line = line_make(order, CELLS, arm, block);
			json_object_set_new(
			    line, "control", json_string(roles[r]));
			json_object_set_new(line, "metrics",
			    json_pack("{s:f,s:f}", "work_ns",
				1e8 * noise(&rng, numbers[PAIR].value),
				"rss_mean",
				MIB * noise(&rng, numbers[PAIR].value)));
			line_write(lines, line);
			free(arm);
		}
	fclose(lines);
}

/* ------------------------------------------------------------- documents -- */

static void
document_write(const char *dir, const char *name, json_t *document)
{
	char *path = text_format("%s/%s", dir, name);
	if (json_dump_file(document, path, JSON_INDENT(1)) != 0)
		exit(2);
	free(path);
	json_decref(document);
}

static json_t *
plan_make(void)
{
	json_t *plan_arms = json_array();
	json_t *plan_cells = json_array();
	json_t *names = json_array();
	for (int a = 0; a < ARMS; a++) {
		if (!has_arm(a))
			continue;
		json_array_append_new(names, json_string(arms[a].name));
		json_array_append_new(plan_arms,
		    json_pack("{s:s,s:s,s:s,s:s}", "name", arms[a].name, "kind",
			arms[a].kind, "conf", "", "build_id",
			a == DECAY ? texts[BUILD].value : "93ac61ec5a8e"));
	}
	for (int c = 0; c < CELLS; c++)
		json_array_append_new(plan_cells,
		    json_pack("{s:s,s:s,s:s,s:[],s:i,s:O,s:s,s:i}", "cell",
			cells[c], "workload", cells[c], "case", "", "args",
			"threads", 1, "arms", names, "conf", "", "blocks",
			(int)numbers[BLOCKS].value));
	json_decref(names);
	char *utc = text_format("202611%02dT170000Z", (int)numbers[DAY].value);
	json_t *plan = json_pack("{s:i,s:s,s:s,s:s,s:I,s:o,s:o,s:[]}", "schema",
	    1, "profile", "default", "created_utc", utc, "workload_build_id",
	    texts[PROGRAM].value, "mem_limit",
	    (json_int_t)(6e9 + 1e6 * numbers[DAY].value), "arms", plan_arms,
	    "cells", plan_cells, "order");
	free(utc);
	return plan;
}

static void
run_write(const char *dir)
{
	mkdir(dir, 0777);
	samples_write(dir);
	document_write(dir, "plan.json", plan_make());
	document_write(dir, "machine.json",
	    json_pack("{s:i,s:s,s:s,s:s,s:i,s:I,s:f,s:s,s:n,s:s,s:s}", "schema",
		1, "host", "made-up", "kernel", texts[KERNEL].value,
		"cpu_model", "Example CPU", "ncpu", (int)numbers[NCPU].value,
		"memory_bytes", (json_int_t)25769803776, "load",
		0.1 * numbers[DAY].value, "thp", "madvise", "governor",
		"compiler", "gcc 12.2.0", "ebb_commit", texts[COMMIT].value));
}

/* ----------------------------------------------------------------- tests -- */

static int
remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	(void)info, (void)kind, (void)at;
	return remove(path);
}

static void
test_runs_are_as_planted(void **state)
{
	(void)state;
	const char *parent = getenv("TMPDIR");
	char *dir = text_format(
	    "%s/ebb-runs-XXXXXX", parent != NULL ? parent : P_tmpdir);
	assert_non_null(mkdtemp(dir));
	dataset_t data;
	fault_t fault;
	double x[10];
	run_write(dir);
	assert_false(dataset_read(&data, dir, &fault));
	assert_true(data.ncells >= CELLS);
	assert_string_equal(data.cells[0].name, "slots.t1");
	assert_string_equal(data.arms[DECAY].name, "decay");
	assert_int_equal(
	    dataset_values(&data, 0, DECAY, &metrics[METRIC_WORK_NS], x, NULL),
	    10);
	double time = stats_median(x, 10);
	dataset_release(&data);
	key_set("time=1.5");
	run_write(dir);
	assert_false(dataset_read(&data, dir, &fault));
	dataset_values(&data, 0, DECAY, &metrics[METRIC_WORK_NS], x, NULL);
	assert_true(fabs(stats_median(x, 10) / time - 1.5) < 1e-6);
	dataset_release(&data);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

int
main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		key_set(argv[i]);
	if (argc > 1) {
		run_write(argv[1]);
		return 0;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_runs_are_as_planted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
