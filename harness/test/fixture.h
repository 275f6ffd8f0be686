/*
 * A made-up run with planted values, for the tests of the reporting half.
 *
 * Everything is computed from the tables below: the work time of cell c under
 * arm a in block b is base[c] * time[c][a] * wobble[b] * spread, where the
 * wobble is common to a block and the spread has median exactly 1. So the
 * median ratio to glibc is the planted factor to the last digit, and a report
 * that mixes arms, cells or kinds shows another number.
 */
#ifndef EBB_HARNESS_TEST_FIXTURE_H
#define EBB_HARNESS_TEST_FIXTURE_H

#include <ftw.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hist.h"
#include "sha256.h"
#include "text.h"

#define FIXTURE_BLOCKS 10
#define FIXTURE_ARMS 6
#define FIXTURE_MIB 1048576.0

enum { GLIBC, TCMALLOC, DECAY, RATIO, NOTCACHE, FILLFULL };

static const struct {
	const char *name, *kind, *path, *conf, *build_id;
} fixture_arms[FIXTURE_ARMS] = {
    {"glibc", "glibc", NULL, "", "a0a0a0a0"},
    {"tcmalloc", "peer", "/usr/lib/libtcmalloc_minimal.so.4", "", "b1b1b1b1"},
    {"decay", "ebb", "build/variants/decay/libebb.so", "", "c2c2c2c2"},
    {"ratio", "ebb", "build/variants/ratio/libebb.so", "", "d3d3d3d3"},
    {"decay-notcache", "ebb", "build/variants/decay-notcache/libebb.so", "",
	"e4e4e4e4"},
    {"fill-full", "ebb", "build/variants/fill-full/libebb.so", "", "f5f5f5f5"},
};

/* How an arm's RSS follows the live bytes once they fall. */
enum fixture_shape { FLAT, SAW, STEP };

static const struct {
	const char *name, *workload, *case_name, *op, *conf;
	int threads;
	bool latency;
	enum fixture_shape shape;
	double ops, work_s; /* of glibc; the median over blocks */
	double live_mib;
	double time[FIXTURE_ARMS]; /* ratio to glibc; 0: not an arm here */
	double rss[FIXTURE_ARMS];
} fixture_cells[] = {
    {"oscillate.interleaved.t1", "oscillate", "interleaved", "malloc+free pair",
	"decay_time:1", 1, true, SAW, 400e3, 0.80, 96,
	{1, 1.2, 0.9, 1.25, 0.905, 1.01}, {1, 1.1, 0.8, 0.6, 0.79, 0.8}},
    {"step-down.t1", "step-down", "", "malloc+free pair", "decay_time:1", 1,
	true, STEP, 200e3, 0.40, 160, {1, 1.1, 1.001, 1.03, 0, 0},
	{1, 1.15, 0.7, 0.5, 0, 0}},
    {"server-slots.t2", "server-slots", "", "request", "", 2, true, FLAT, 5e6,
	0.50, 24, {1, 0.7, 0.72, 0.74, 1.9, 0.71},
	{1, 1.6, 1.1, 1.05, 1.02, 1.2}},
    {"micro.pair-64.t1", "micro", "pair-64", "malloc+free pair", "", 1, false,
	FLAT, 50e6, 0.30, 1, {1, 0.8, 0.85, 0.86, 3.5, 0.84},
	{1, 2, 1.3, 1.3, 1.2, 1.35}},
};
#define FIXTURE_CELLS (sizeof(fixture_cells) / sizeof(fixture_cells[0]))

static const char *const fixture_gbench[] = {"pair/64", "ring/1000"};
static const double fixture_gbench_ns[2][FIXTURE_ARMS] = {
    {20, 16, 17, 17.2, 70, 16.8}, {40, 38, 36, 36.4, 150, 35}};

/* The planted failures. */
#define FIXTURE_CRASHED(c, a, b, latency) \
	((c) == 2 && (a) == FILLFULL && !(latency) && ((b) == 3 || (b) == 7))
#define FIXTURE_TIMED_OUT(c, a) ((c) == 3 && (a) == NOTCACHE)

/* Common to a block; cancels in paired ratios. */
static inline double
fixture_wobble(int block)
{
	return 1 + 0.04 * sin(block * 2.1);
}

/* exp of -0.9 % to 0.9 % in another order for each arm; glibc has none. */
static inline double
fixture_spread(int cell, int arm, int block)
{
	if (arm == GLIBC)
		return 1;
	int step = (block * 3 + arm * 7 + cell) % FIXTURE_BLOCKS;
	return exp(0.001 * (2 * step - 9));
}

static inline double
fixture_work_ns(int c, int a, int b)
{
	return fixture_cells[c].work_s * 1e9 * fixture_cells[c].time[a] *
	       fixture_wobble(b) * fixture_spread(c, a, b);
}

static inline double
fixture_rss_mean(int c, int a, int b)
{
	return floor(fixture_cells[c].live_mib * 1.05 * FIXTURE_MIB *
		     fixture_cells[c].rss[a] *
		     (1 + 0.2 * (fixture_spread(c, a, b + 1) - 1)));
}

/* Pages purged and passes in one sample of our arms. */
static inline double
fixture_purged(int c, int a)
{
	return fixture_cells[c].shape == FLAT ? 0 : a == RATIO ? 48000 : 21000;
}

static inline double
fixture_npurge(int c, int a)
{
	return fixture_cells[c].shape == FLAT ? 0 : a == RATIO ? 2486 : 136;
}

/* ------------------------------------------------------------ raw files -- */

static inline double
fixture_ramp(double x)
{
	x = x < 0 ? 0 : x > 1 ? 1 : x;
	return x * x * x * (6 * x * x - 15 * x + 10);
}

/* Live bytes at a part (0 to 1) of the sample. */
static inline double
fixture_live(int c, double part)
{
	double all = fixture_cells[c].live_mib * FIXTURE_MIB;
	if (part < 0.1)
		return all * part * 10;
	if (fixture_cells[c].shape == STEP)
		return part < 0.4 ? all : all / 5;
	if (fixture_cells[c].shape == SAW)
		return fmod(part * 5, 1) < 0.5 ? all : all * 0.7;
	return all;
}

static inline double
fixture_rss(int c, int a, int b, double part)
{
	double all =
	    fixture_cells[c].live_mib * 1.05 * FIXTURE_MIB * (1 + 0.002 * b) +
	    2 * FIXTURE_MIB * (1 + a);
	double live = fixture_live(c, part) * 1.05 + 2 * FIXTURE_MIB * (1 + a);
	if (part < 0.1)
		return live;
	if (fixture_cells[c].shape == STEP && part >= 0.4) {
		if (a == DECAY)
			return all -
			       (all - live) * fixture_ramp((part - 0.4) / 0.45);
		return a == RATIO ? live + 0.1 * (all - live) : all;
	}
	return fixture_cells[c].shape == SAW && a == RATIO
		   ? live + 0.2 * (all - live)
		   : all;
}

static const struct {
	const char *name;
	double part;
} fixture_phases[] = {
    {"setup", 0}, {"work", 0.1}, {"hold", 0.4}, {"refill", 0.85}};

static inline json_t *
fixture_raw(const char *dir, const char *name, const char *text)
{
	char *path = text_format("%s/%s", dir, name);
	FILE *stream = fopen(path, "we");
	free(path);
	if (stream == NULL)
		abort();
	fputs(text, stream);
	fclose(stream);
	sha256_t sha;
	char hex[SHA256_HEX];
	sha256_init(&sha);
	sha256_update(&sha, text, strlen(text));
	sha256_final(&sha, hex);
	return json_pack("{s:s,s:s}", "file", name, "sha256", hex);
}

static inline json_t *
fixture_series(const char *dir, const char *id, int c, int a, int b)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	double wall = fixture_work_ns(c, a, b) * 1.25;
	fputs("t_ns,rss,anon,lazyfree,live,phase,pactive,pdirty,npurge,"
	      "nmadvise,purged,mapped,retained\n",
	    stream);
	for (int i = 0; i <= 100; i++) {
		double part = i / 100.0;
		double rss = fixture_rss(c, a, b, part);
		fprintf(stream, "%.0f,%.0f,,%s,%.0f,work", part * wall, rss,
		    i % 25 == 0 ? "0" : "", fixture_live(c, part));
		if (a < DECAY)
			fputs(",,,,,,,\n", stream);
		else
			fprintf(stream, ",%.0f,%.0f,%.0f,%.0f,%.0f,%.0f,0\n",
			    fixture_live(c, part) / 4096,
			    (rss - fixture_live(c, part)) / 4096,
			    fixture_npurge(c, a) * fixture_ramp(part),
			    fixture_npurge(c, a) * 2 * fixture_ramp(part),
			    fixture_purged(c, a) * fixture_ramp(part), rss);
	}
	fclose(stream);
	char *name = text_format("raw/%s.series", id);
	json_t *raw = fixture_raw(dir, name, text);
	free(name);
	free(text);
	return raw;
}

/* The q-quantile of a sample's latencies in ns: log-normal with a tail. */
static inline double
fixture_latency_ns(int c, int a, double q)
{
	double scale = c == 2 ? 1.8 : 1;
	double tail = a == RATIO ? 40 : a == DECAY ? 8 : 15;
	double body = 18 + 2 * a + 14 * q * q;
	return scale * (body + tail * (1 / (1 - q) - 1) / 12);
}

/* Calls timed in a sample; fill-full is too few for p99 everywhere. */
static inline int
fixture_calls(int a)
{
	return a == FILLFULL ? 20 : 4000;
}

static inline json_t *
fixture_hist(const char *dir, const char *id, int c, int a)
{
	hist_t *h = text_memory(1, sizeof(*h));
	hist_init(h);
	int n = fixture_calls(a);
	for (int i = 0; i < n; i++)
		hist_record(
		    h, (uint64_t)fixture_latency_ns(c, a, (i + 0.5) / n));
	json_t *buckets = json_array();
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		if (h->bucket[i] > 0)
			json_array_append_new(
			    buckets, json_pack("[i,I]", (int)i,
					 (json_int_t)h->bucket[i]));
	json_t *stored = json_pack("{s:i,s:I,s:I,s:I,s:o}", "lg_sub",
	    HIST_LG_SUB, "count", (json_int_t)h->count, "min",
	    (json_int_t)h->min, "max", (json_int_t)h->max, "buckets", buckets);
	char *text = json_dumps(stored, JSON_COMPACT);
	char *name = text_format("raw/%s.hist", id);
	json_t *raw = fixture_raw(dir, name, text);
	free(name);
	free(text);
	free(h);
	json_decref(stored);
	return raw;
}

/* ----------------------------------------------------------------
 * lines -- */

static inline json_t *
fixture_unsupported(const char *reason)
{
	return json_pack("{s:s}", "unsupported", reason);
}

static inline json_t *
fixture_metrics(int c, int a, int b)
{
	double work = fixture_work_ns(c, a, b);
	double rss = fixture_rss_mean(c, a, b);
	double ops = fixture_cells[c].ops;
	json_t *m = json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f}",
	    "ops", ops, "ops_per_s", ops / work * 1e9, "work_ns", work,
	    "wall_ns", work * 1.25, "cpu_user_ns", work * 0.9, "cpu_sys_ns",
	    work * 0.08, "minflt", 5000.0 + 10 * a, "rss_mean", rss, "rss_peak",
	    rss * 1.3, "rss_end", rss / 2);
	json_object_set_new(m, "rss_less_lazyfree_mean", json_real(rss * 0.99));
	static const char *const counters[] = {
	    "npurge", "nmadvise", "purged_pages", "pdirty_end"};
	double values[] = {fixture_npurge(c, a), 2 * fixture_npurge(c, a),
	    fixture_purged(c, a), 100};
	static const char *const why[] = {"glibc exports no purge counter",
	    "tcmalloc exports no purge counter"};
	for (int i = 0; i < 4; i++)
		json_object_set_new(m, counters[i],
		    a < DECAY ? fixture_unsupported(why[a])
			      : json_real(values[i]));
	return m;
}

static inline json_t *
fixture_phase_list(double begin, double wall)
{
	json_t *list = json_array();
	for (int i = 0; i < 4; i++)
		json_array_append_new(list,
		    json_pack("{s:s,s:i,s:I}", "name", fixture_phases[i].name,
			"cycle", 0, "t_ns",
			(json_int_t)(begin + fixture_phases[i].part * wall)));
	return list;
}

static inline json_t *
fixture_identity(int a)
{
	json_t *line = json_pack("{s:i,s:{s:{s:s,s:s}},s:o}", "schema", 1,
	    "owners", "malloc", "file",
	    fixture_arms[a].path ? fixture_arms[a].path : "/lib/libc.so.6",
	    "build_id", fixture_arms[a].build_id, "version",
	    a == GLIBC ? json_null() : json_string("0.1"));
	if (a >= DECAY)
		json_object_set_new(line, "opt",
		    json_pack("{s:s,s:i,s:b}", "purge",
			a == RATIO ? "ratio" : "decay", "decay_time", 1,
			"tcache", a != NOTCACHE));
	return line;
}

/* Everything of a line but metrics and raw files. */
static inline json_t *
fixture_line(int order, const char *cell, int c, int a, int b, const char *kind)
{
	char id[16];
	snprintf(id, sizeof(id), "s%06d", order);
	json_t *line = json_pack("{s:i,s:s,s:i,s:i,s:i,s:s,s:s,s:I}", "schema",
	    1, "id", id, "order", order, "block", b, "position", a, "cell",
	    cell, "arm", fixture_arms[a].name, "seed", (json_int_t)(42 + b));
	json_object_set_new(line, "kind", json_string(kind));
	json_object_set_new(line, "status", json_string("ok"));
	json_object_set_new(line, "reason", json_string(""));
	json_object_set_new(line, "t_begin_ns",
	    json_integer((json_int_t)1e12 + order * (json_int_t)2e9));
	json_object_set_new(line, "utc", json_string("2026-11-22T17:00:00Z"));
	json_object_set_new(line, "identity", fixture_identity(a));
	json_object_set_new(line, "command",
	    json_pack("[s,s,s,s]", "env", "MALLOC_CONF=decay_time:1",
		"build/workload",
		c < 0 ? "gbench" : fixture_cells[c].workload));
	json_object_set_new(line, "warnings", json_array());
	return line;
}

static inline void
fixture_fail(json_t *line, const char *status, const char *reason, int signal)
{
	json_object_set_new(line, "status", json_string(status));
	json_object_set_new(line, "reason", json_string(reason));
	json_object_set_new(
	    line, "exit", json_pack("{s:i,s:i}", "code", 0, "signal", signal));
	/* A fast time that nobody may believe. */
	json_object_set_new(line, "metrics",
	    json_pack("{s:f,s:f}", "work_ns", 1.0, "ops_per_s", 9e9));
}

/* The line of a workload's sample, its raw files written. */
static inline json_t *
fixture_sample(const char *dir, int order, int c, int a, int b, bool latency)
{
	json_t *line = fixture_line(order, fixture_cells[c].name, c, a, b,
	    latency ? "latency" : "time");
	const char *id = json_string_value(json_object_get(line, "id"));
	double begin = json_number_value(json_object_get(line, "t_begin_ns"));
	if (FIXTURE_CRASHED(c, a, b, latency)) {
		fixture_fail(line, "crash", "segmentation fault", 11);
		return line;
	}
	if (FIXTURE_TIMED_OUT(c, a)) {
		fixture_fail(line, "timeout", "no end after 30 s", 9);
		return line;
	}
	json_object_set_new(line, "metrics", fixture_metrics(c, a, b));
	json_object_set_new(line, "phases",
	    fixture_phase_list(begin, fixture_work_ns(c, a, b) * 1.25));
	json_object_set_new(line, "record",
	    json_pack("{s:s,s:f,s:{s:f}}", "op", fixture_cells[c].op, "ops",
		fixture_cells[c].ops, "latency", "clock_ns", 17.0));
	if (b == 4 && a == DECAY)
		json_array_append_new(json_object_get(line, "warnings"),
		    json_string("steal: the hypervisor took more than 1 % of "
				"the time (3 %); run on a quieter host"));
	json_t *series = fixture_series(dir, id, c, a, b);
	json_t *hist = latency ? fixture_hist(dir, id, c, a) : json_null();
	json_object_set_new(line, "raw",
	    json_pack("{s:o,s:o}", "series", series, "hist", hist));
	return line;
}

static inline json_t *
fixture_gbench_sample(int order, int a, int b)
{
	json_t *line =
	    fixture_line(order, "gbench.micro.t1", -1, a, b, "gbench");
	json_t *m = json_object();
	for (int i = 0; i < 2; i++) {
		char name[64];
		snprintf(name, sizeof(name), "gb:%s", fixture_gbench[i]);
		json_object_set_new(m, name,
		    json_real(fixture_gbench_ns[i][a] * fixture_wobble(b) *
			      fixture_spread(i, a, b)));
	}
	json_object_set_new(line, "metrics", m);
	return line;
}

/* -----------------------------------------------------------------
 * plan -- */

static inline json_t *
fixture_cell_row(const char *name, const char *workload, const char *case_name,
    const char *conf, int threads, const double *time, bool latency)
{
	json_t *arms = json_array();
	for (int a = 0; a < FIXTURE_ARMS; a++)
		if (time == NULL || time[a] > 0)
			json_array_append_new(
			    arms, json_string(fixture_arms[a].name));
	return json_pack("{s:s,s:s,s:s,s:[],s:i,s:o,s:s,s:b,s:i}", "cell", name,
	    "workload", workload, "case", case_name, "args", "threads", threads,
	    "arms", arms, "conf", conf, "latency", latency, "blocks",
	    FIXTURE_BLOCKS);
}

static inline json_t *
fixture_plan(void)
{
	json_t *arms = json_array();
	json_t *cells = json_array();
	for (int a = 0; a < FIXTURE_ARMS; a++)
		json_array_append_new(arms,
		    json_pack("{s:s,s:s,s:s?,s:s,s:s}", "name",
			fixture_arms[a].name, "kind", fixture_arms[a].kind,
			"path", fixture_arms[a].path, "conf",
			fixture_arms[a].conf, "build_id",
			fixture_arms[a].build_id));
	for (size_t c = 0; c < FIXTURE_CELLS; c++)
		json_array_append_new(cells,
		    fixture_cell_row(fixture_cells[c].name,
			fixture_cells[c].workload, fixture_cells[c].case_name,
			fixture_cells[c].conf, fixture_cells[c].threads,
			fixture_cells[c].time, fixture_cells[c].latency));
	json_array_append_new(
	    cells, fixture_cell_row("gbench.micro.t1", "gbench", "micro", "", 1,
		       NULL, false));
	return json_pack("{s:i,s:s,s:i,s:s,s:s,s:i,s:o,s:o,s:[s],s:[]}",
	    "schema", 1, "profile", "default", "seed", 42, "created_utc",
	    "20261122T170000Z", "name", "fixture", "blocks", FIXTURE_BLOCKS,
	    "arms", arms, "cells", cells, "warnings",
	    "arm-missing: an allocator was left out (libfoo.so); "
	    "install or "
	    "build it, then run again",
	    "order");
}

static inline void
fixture_machine(const char *dir)
{
	json_t *machine = json_pack("{s:i,s:s,s:s,s:s,s:i,s:I,s:s,s:s,"
				    "s:s,s:n,s:s,s:n,s:s,s:s,s:s,"
				    "s:i}",
	    "schema", 1, "host", "fixture", "kernel", "6.1.0", "cpu_model",
	    "Example CPU @ 3 GHz", "ncpu", 2, "memory_bytes",
	    (json_int_t)25769803776, "lscpu", "", "thp", "madvise",
	    "overcommit", "0", "governor", "clocksource", "kvm-clock",
	    "cgroup_memory_max", "compiler", "gcc 12.2.0", "ebb_commit",
	    "0123456789abcdef", "glibc", "2.36", "perf_paranoid", 2);
	char *path = text_format("%s/machine.json", dir);
	json_dump_file(machine, path, JSON_INDENT(1));
	free(path);
	json_decref(machine);
}

/* Writes or plans one sample. */
static inline void
fixture_emit(FILE *lines, json_t *plan, json_t *line, size_t keep)
{
	json_t *order = json_object_get(plan, "order");
	json_t *row = json_object();
	static const char *const keys[] = {
	    "id", "block", "position", "cell", "arm", "kind"};
	for (int i = 0; i < 6; i++)
		json_object_set(row, keys[i], json_object_get(line, keys[i]));
	if (json_array_size(order) < keep) {
		json_dumpf(line, lines, JSON_COMPACT);
		fputc('\n', lines);
	}
	json_array_append_new(order, row);
	json_decref(line);
}

/*
 * Writes the run into dir, making it. keep: how many of its samples
 * were taken before it was interrupted (SIZE_MAX: all).
 */
static inline void
fixture_write(const char *dir, size_t keep)
{
	char *raw = text_format("%s/raw", dir);
	char *path = text_format("%s/samples.jsonl", dir);
	mkdir(dir, 0777);
	mkdir(raw, 0777);
	FILE *lines = fopen(path, "we");
	json_t *plan = fixture_plan();
	int order = 0;
	for (int kind = 0; kind < 2; kind++)
		for (int b = 0; b < FIXTURE_BLOCKS; b++)
			for (int c = 0; c < (int)FIXTURE_CELLS; c++)
				for (int a = 0; a < FIXTURE_ARMS; a++)
					if (fixture_cells[c].time[a] > 0 &&
					    (kind == 0 ||
						(b < 2 &&
						    fixture_cells[c].latency)))
						fixture_emit(lines, plan,
						    fixture_sample(dir, order++,
							c, a, b, kind == 1),
						    keep);
	for (int b = 0; b < FIXTURE_BLOCKS; b++)
		for (int a = 0; a < FIXTURE_ARMS; a++)
			fixture_emit(lines, plan,
			    fixture_gbench_sample(order++, a, b), keep);
	fclose(lines);
	free(path);
	path = text_format("%s/plan.json", dir);
	json_dump_file(plan, path, JSON_INDENT(1));
	fixture_machine(dir);
	json_decref(plan);
	free(path);
	free(raw);
}

/* ---------------------------------------------------------------- places -- */

/* A new folder of its own for a test; the caller frees the name. */
static inline char *
fixture_folder(void)
{
	const char *parent = getenv("TMPDIR");
	char *dir = text_format(
	    "%s/ebb-fixture-XXXXXX", parent != NULL ? parent : P_tmpdir);
	if (mkdtemp(dir) == NULL)
		abort();
	return dir;
}

static inline int
fixture_unlink(
    const char *path, const struct stat *info, int kind, struct FTW *where)
{
	(void)info, (void)kind, (void)where;
	return remove(path);
}

/* Removes the folder and frees its name. */
static inline void
fixture_remove(char *dir)
{
	nftw(dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

#endif
