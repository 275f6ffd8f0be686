/*
 * A made-up run with planted values, for the tests of the reporting half.
 *
 * Everything is computed from the tables of fixture_raw.h: the work time of
 * cell c under arm a in block b is base[c] * time[c][a] * wobble[b] * spread,
 * where the wobble is common to a block and the spread has median exactly 1. So
 * the median ratio to glibc is the planted factor to the last digit, and a
 * report that mixes arms, cells or kinds shows another number.
 */
#ifndef EBB_HARNESS_TEST_FIXTURE_H
#define EBB_HARNESS_TEST_FIXTURE_H

#include "fixture_raw.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------- lines -- */

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
	json_object_set_new(line, "t_end_ns",
	    json_integer(
		(json_int_t)1e12 + order * (json_int_t)2e9 + (json_int_t)1e9));
	/* Of a second: 0.4 %, and the baseline's once 1.2 %. */
	json_object_set_new(line, "observer",
	    json_pack("{s:i,s:i,s:i}", "cpu_ns",
		a == GLIBC && b == 5 ? 12000000 : 4000000, "ticks", 101,
		"rollups", 11));
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

/* What the CPU and the kernel counted in a census sample. */
static inline void
fixture_counters(json_t *m, int a)
{
	static const char *const hardware[] = {"cycles", "instructions",
	    "branch_misses", "cache_misses", "dtlb_misses"};
	for (int i = 0; i < 5; i++)
		for (int kernel = 0; kernel < 2; kernel++) {
			char name[32];
			snprintf(name, sizeof(name), "%s_%s", hardware[i],
			    kernel ? "kernel" : "user");
			json_object_set_new(m, name,
			    fixture_unsupported("no counter of this CPU"));
		}
	json_object_set_new(m, "page_faults_user", json_real(4000.0 + a));
	json_object_set_new(m, "page_faults_kernel", json_real(70.0 + a));
}

/* A census or hotspots sample: no time, no memory. */
static inline json_t *
fixture_watched(const char *dir, int order, int c, int a, bool census)
{
	json_t *line = fixture_line(order, fixture_cells[c].name, c, a, 0,
	    census ? "census" : "hotspots");
	const char *id = json_string_value(json_object_get(line, "id"));
	double begin = json_number_value(json_object_get(line, "t_begin_ns"));
	json_t *m = json_object();
	json_object_set_new(line, "metrics", m);
	json_object_set_new(line, "phases",
	    fixture_phase_list(begin, fixture_work_ns(c, a, 0) * 1.25));
	if (!census) {
		json_object_set_new(
		    m, "allocator_share", json_real(0.125 * (1 + a)));
		json_object_set_new(m, "kernel_share", json_real(0.0625));
		json_object_set_new(line, "hotspots",
		    json_pack("[{s:f,s:s,s:s},{s:f,s:s,s:s}]", "share", 0.25,
			"object", "libx.so", "symbol", "malloc", "share", 0.125,
			"object", "libx.so", "symbol", "free"));
		return line;
	}
	double returned = 0;
	for (size_t k = 0; k < FIXTURE_CALLS; k++) {
		char name[64];
		double bytes = fixture_returns[k].mib[a] * FIXTURE_MIB;
		snprintf(
		    name, sizeof(name), "%s_bytes", fixture_returns[k].metric);
		json_object_set_new(m, name, json_real(bytes));
		json_object_set_new(m, fixture_returns[k].metric,
		    json_real(FIXTURE_RETURNS(k, a)));
		returned += bytes;
	}
	json_object_set_new(m, "kernel_mmap", json_real(3));
	json_object_set_new(m, "kernel_mmap_bytes", json_real(6 * FIXTURE_MIB));
	json_object_set_new(m, "kernel_mremap", json_real(0));
	json_object_set_new(m, "kernel_mremap_bytes", json_real(0));
	json_object_set_new(m, "kernel_returned_bytes", json_real(returned));
	fixture_counters(m, a);
	json_object_set_new(line, "census",
	    json_pack("{s:s,s:s,s:i}", "method", "notification", "why",
		"tracepoints need CAP_PERFMON", "lost", 0));
	json_object_set_new(line, "raw",
	    json_pack("{s:o,s:o}", "series", fixture_series(dir, id, c, a, 0),
		"census", fixture_census(dir, id, c, a, 0)));
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
	    "arm-missing: an allocator was left out (jemalloc: it is not "
	    "installed (apt-get install libjemalloc2)); install or build it, "
	    "then run again",
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
	json_object_set_new(machine, "census",
	    json_pack("{s:s,s:s}", "method", "notification", "why",
		"tracepoints need CAP_PERFMON"));
	json_object_set_new(machine, "counters",
	    json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s}]", "event",
		"cycles", "user", "no counter of this CPU", "kernel",
		"no counter of this CPU", "event", "instructions", "user",
		"no counter of this CPU", "kernel", "no counter of this CPU",
		"event", "page_faults", "user", "yes", "kernel", "yes"));
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
	for (int c = 0; c < (int)FIXTURE_CELLS; c++)
		for (int a = 0; a < FIXTURE_ARMS; a++)
			for (int census = 1;
			     fixture_cells[c].shape != FLAT && census >= 0 &&
			     fixture_cells[c].time[a] > 0;
			     census--)
				fixture_emit(lines, plan,
				    fixture_watched(
					dir, order++, c, a, census != 0),
				    keep);
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
