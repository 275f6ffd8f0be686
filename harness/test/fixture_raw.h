/*
 * The made-up run's planted values, and the raw files that hold them.
 */
#ifndef EBB_HARNESS_TEST_FIXTURE_RAW_H
#define EBB_HARNESS_TEST_FIXTURE_RAW_H

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* tcmalloc gives back lazily what decay takes out of RSS: LazyFree. */
static inline double
fixture_lazyfree(int c, int a, int b, double part)
{
	if (a != TCMALLOC || fixture_cells[c].shape != STEP || part < 0.4)
		return 0;
	double live = fixture_live(c, part) * 1.05 + 2 * FIXTURE_MIB * (1 + a);
	return (fixture_rss(c, a, b, part) - live) *
	       fixture_ramp((part - 0.4) / 0.45);
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
		fprintf(stream, "%.0f,%.0f,,", part * wall, rss);
		if (i % 10 == 0)
			fprintf(
			    stream, "%.0f", fixture_lazyfree(c, a, b, part));
		fprintf(stream, ",%.0f,work", fixture_live(c, part));
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

/* What an arm had given back until then by one call, in MiB; in all cells
 * with a shape. The others give nothing back. */
static const struct {
	const char *call, *metric;
	double mib[FIXTURE_ARMS]; /* in all */
} fixture_returns[] = {
    {"madvise_dontneed", "kernel_madvise_dontneed", {0, 0, 120, 180, 120, 120}},
    {"madvise_free", "kernel_madvise_free", {0, 128, 0, 0, 0, 0}},
    {"munmap", "kernel_munmap", {16, 0, 0, 0, 0, 0}},
};
#define FIXTURE_CALLS (sizeof(fixture_returns) / sizeof(fixture_returns[0]))
/* Each gives back so often, a quarter of a MiB at a time, evenly. */
#define FIXTURE_RETURNS(k, a) (fixture_returns[k].mib[a] * 4)

/* In the second half of the process, a row for each call. */
static inline json_t *
fixture_census(const char *dir, const char *id, int c, int a, int b)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	double wall = fixture_work_ns(c, a, b) * 1.25;
	fputs("t_ns,call,count,bytes\n", stream);
	for (size_t k = 0; k < FIXTURE_CALLS; k++) {
		int n = (int)FIXTURE_RETURNS(k, a);
		for (int i = 0; i < n; i++)
			fprintf(stream, "%.0f,%s,1,%.0f\n",
			    wall * (0.5 + 0.4 * i / n), fixture_returns[k].call,
			    FIXTURE_MIB / 4);
	}
	fputs("1000000,mmap,3,6291456\n", stream);
	fclose(stream);
	char *name = text_format("raw/%s.census", id);
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

#endif
