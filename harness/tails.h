/*
 * Tails: what the latency samples of an arm in an open-loop cell say of the
 * slowest of what they timed, all samples together. The samples' raw/<id>.tail
 * have the slowest of each with its cause (workloads/tail.h, cause.h).
 *
 * What is above p99.9 is counted by rank, over all samples, so it is one in a
 * thousand exactly; p99.9 itself is that of the merged histograms.
 */
#ifndef EBB_HARNESS_TAILS_H
#define EBB_HARNESS_TAILS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cause.h"
#include "summary.h"
#include "text.h"

/* Halves of requests above p99.9 with one cause; times in ns. */
typedef struct tails_cause_s tails_cause_t;
struct tails_cause_s {
	uint64_t n, queued;   /* of these, because of others before them */
	double beyond_ns;     /* the sum of what each took beyond p99.9 */
	double most_ns;       /* the longest response */
	uint64_t ran[CAUSES]; /* in how many of them that ran (CAUSE_FLAGS) */
	/* Of the slowest that did not only queue: the kind and the size band
	 * of its slowest call, and how long that took; "" when all queued. */
	char half[16], band[16];
	double call_ns;
};

/* Calls of one kind, and those slower than the workload's limit by cause. */
typedef struct tails_calls_s tails_calls_t;
struct tails_calls_s {
	uint64_t n;
	struct {
		uint64_t n;
		double sum_ns, least_ns, most_ns; /* least_ns 0: unknown */
	} slow[CAUSES];
};

typedef struct tails_s tails_t;
struct tails_s {
	size_t samples; /* that have a tail */
	uint64_t halves;
	uint64_t above;  /* of them, above p99.9 */
	uint64_t missed; /* of these, without a row: no room was left */
	size_t cut;      /* samples that may have more than they kept */
	double p999_ns;  /* of the merged histograms */
	double control_p50_ns, control_p999_ns; /* merged too; NaN: none */
	double glance_ns; /* the cost of reading all counters once */
	tails_cause_t cause[CAUSES];
	tails_calls_t calls[2]; /* mallocs, frees */
	char reason[160]; /* why calls for memory were not counted, or "" */
};

/*
 * Reads all tails of an arm in a cell. Returns false when no ok sample of it
 * has one that can be read: of another workload, or from before there were
 * any. summary: p99.9 is its row's.
 */
bool
tails_read(tails_t *tails, const summary_t *summary, size_t cell, size_t arm);

/* All arms of a cell together. */
#define TAILS_ALL_ARMS ((size_t)-1)

/*
 * Merges what the clock-only controls of the cell's latency samples took, of
 * an arm or of all. Returns how many samples had one.
 */
size_t
tails_control(hist_t *control, const dataset_t *data, size_t cell, size_t arm);

/*
 * What tails_read() reads, from n documents of *.tail files, of which one that
 * is none counts for nothing, and p99.9 of all that was timed. What the control
 * took stays unknown.
 */
void tails_gather(
    tails_t *tails, json_t *const *documents, size_t n, double p999_ns);

/*
 * Says, a sentence each, which causes an arm's tail has, and whether calls of
 * the allocator slept. arm, cell: names; threads: of the cell, as with one
 * thread there is no lock to wait for.
 */
void tails_say(words_t *lines, const tails_t *tails, const char *arm,
    const char *cell, int threads);

#endif
