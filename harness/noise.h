/*
 * Noise: what else the machine did while a sample ran. Each number stands in
 * the sample's line, or why there is none; those beyond a threshold are
 * warnings.
 */
#ifndef EBB_HARNESS_NOISE_H
#define EBB_HARNESS_NOISE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "text.h"

/* What is counted; the rows of noise.c. */
typedef enum noise_id_e {
	NOISE_MACHINE_NS, /* CPU time of all CPUs, idle too */
	NOISE_BUSY_NS,    /* ... that was used, by whomever */
	NOISE_STEAL_NS,   /* ... that the hypervisor took */
	NOISE_PSI_CPU_NS, /* some task waited for a CPU */
	NOISE_PSI_MEMORY_NS,
	NOISE_PSI_IO_NS,
	NOISE_THROTTLED_NS, /* the control group's CPU quota was used up */
	NOISE_LIMIT_EVENTS, /* ... its memory limit was met */
	NOISE_SWAP_PAGES,   /* in and out, of the whole machine */
	NOISE_THERMAL,      /* times a CPU slowed down because of heat */
	NOISE_COUNTS
} noise_id_t;

/* One count: a number, or why there is none. */
typedef struct noise_count_s noise_count_t;
struct noise_count_s {
	int64_t value;
	const char *why; /* NULL: value counts. A literal. */
};

/* The counts at one moment. */
typedef struct noise_s noise_t;
struct noise_s {
	uint64_t t_ns; /* CLOCK_MONOTONIC */
	noise_count_t v[NOISE_COUNTS];
	noise_count_t frequency_khz; /* mean of the first CPUs, now */
	int64_t own_ns; /* CPU time of ebb and all processes it reaped */
};

/* What the sample's process did itself. */
typedef struct noise_own_s noise_own_t;
struct noise_own_s {
	const struct rusage *usage; /* of the process, when it was reaped */
	unsigned threads, cpus;     /* that it had */
	int64_t migrations;         /* -1: not counted */
};

/* Notes the counts of now. */
void noise_read(noise_t *noise);

/*
 * What happened from begin to end beside the sample: {"steal_ns":..., ...},
 * each a number or {"unsupported": reason}. Adds warnings. Pure: reads
 * nothing. The caller owns the object.
 */
json_t *noise_judge(const noise_t *begin, const noise_t *end,
    const noise_own_t *own, words_t *warnings);

#endif
