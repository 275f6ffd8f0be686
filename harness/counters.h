/*
 * Counters: the metrics of a sample. Each is a number, or
 * {"unsupported":"reason"}: never a 0 for something that was not measured.
 * The names are fixed (results/README.md) and carry their unit.
 */
#ifndef EBB_HARNESS_COUNTERS_H
#define EBB_HARNESS_COUNTERS_H

#include <jansson.h>
#include <stdint.h>
#include <sys/resource.h>

#include "allocators.h"
#include "ebb/stats_page.h"
#include "live.h"
#include "series.h"
#include "trial.h"

/* Sets a metric. */
void metric_set_integer(json_t *metrics, const char *name, int64_t value);
void metric_set_real(json_t *metrics, const char *name, double value);
void metric_set_unsupported(json_t *metrics, const char *name,
    const char *reason, ...) __attribute__((format(printf, 3, 4)));

/* What the workload counted itself: ops, time, CPU, faults, switches. */
void counters_of_record(json_t *metrics, const json_t *record);

/*
 * Memory over the work window [begin, end] of the series, and the kernel's
 * own peak for the whole process.
 */
void counters_of_memory(json_t *metrics, const series_t *series, uint64_t begin,
    uint64_t end, const json_t *record, const struct rusage *usage);

/* RSS - LazyFree, huge pages, swap and page tables over the window: of a
 * process that is watched closely, as they are dear to read. */
void counters_of_rollup(
    json_t *metrics, const series_t *series, uint64_t begin, uint64_t end);

/* By how much blocks are larger than what was asked for, as the workload found
 * when told to (--usable=1). */
void counters_of_usable(json_t *metrics, const json_t *record);

/* What is known of a process when it has ended. */
typedef struct causes_s causes_t;
struct causes_s {
	const arm_t *arm;
	const json_t *probe;               /* its line, or NULL */
	const struct ebb_stats_page *page; /* the final one, or NULL */
	const uint64_t *requests;          /* by class of the page, or NULL */
	const struct ebb_live *live;       /* NULL: it showed none */
	const series_t *series;
	uint64_t begin, end; /* the work window */
};

/*
 * What lies behind time and memory: what became of freed pages, how often the
 * policy and the caches were asked, fragmentation, and how soon memory was
 * given back.
 */
void counters_of_causes(json_t *metrics, const causes_t *causes);

/*
 * The allocator's purge and cache counts: from the final statistics page
 * (NULL: the process showed none), pages at the window's end from the series.
 */
void counters_of_page(json_t *metrics, const arm_t *arm,
    const struct ebb_stats_page *page, const series_t *series, uint64_t begin,
    uint64_t end);

/* True when the final page cannot say what the allocator counted; reason
 * (COUNTERS_REASON bytes) is why. */
#define COUNTERS_REASON 128
bool counters_page_lacks(
    const arm_t *arm, const struct ebb_stats_page *page, char *reason);

/*
 * What is different for a program of the user's (behind counters_of_page): its
 * own metrics, and purge counts that are those of the window's end, as a
 * server's end is not part of what it did, and as others may end without
 * writing the final page.
 */
void counters_of_guest(
    json_t *metrics, const trial_t *trial, uint64_t begin, uint64_t end);

/*
 * Percentiles of the record's latency histogram; one with fewer than
 * 10/(1-q) calls is unsupported.
 */
void counters_of_latency(json_t *metrics, const json_t *record);

/* The names and times of Google Benchmark's JSON output: "gb:<name>" in ns
 * per iteration, the median where a benchmark was repeated. */
void counters_of_gbench(json_t *metrics, const json_t *output);

#endif
