/*
 * Hotspots: which functions the work of a sample spent its time in, from a
 * listing of perf samples with call graphs.
 *
 * What counts as the allocator's is decided by the stack. Going outward from
 * the sampled instruction, the kernel and the C and C++ libraries are passed:
 * they work for whoever called them. If the allocator is met before the
 * program's own code, the sample is the allocator's. So its system calls, and
 * the faults of its own accesses, are the allocator's; the faults of the
 * program's first touches are not, whoever chose the pages.
 *
 * A preloaded allocator is the whole of its library. glibc's is the functions
 * of its malloc.c, known by name; its inner ones have names only where debug
 * symbols are installed (libc6-dbg), but the function that the program called
 * always has one, and is on the stack.
 */
#ifndef EBB_HARNESS_HOTSPOTS_H
#define EBB_HARNESS_HOTSPOTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fault.h"

/* Rows of the list in a sample's line. */
#define HOTSPOTS_TOP 12

typedef struct hotspots_s hotspots_t;
struct hotspots_s {
	/* All samples are of the work window. */
	uint64_t samples;
	uint64_t kernel;           /* taken in the kernel */
	uint64_t allocator;        /* the allocator's */
	uint64_t allocator_kernel; /* ... taken in the kernel */
	uint64_t unclear;          /* the stack ends too early to say whose */
	uint64_t lost;             /* of the whole recording, by perf */
	bool window;               /* false: the workload marked none */
	char event[32];            /* what was sampled: "cpu-clock:u" */
	char *allocator_name;      /* the library's name without folder */
	json_t *leaves;            /* "object`symbol": samples taken there */
	json_t *stacks;            /* "object`symbol;...": samples */
};

/*
 * Reads a listing as perf_record_listing() gives it.
 * owner: the file that malloc is in; whole: all of it is the allocator;
 * begin_ns, end_ns: the work window on CLOCK_MONOTONIC, 0 and 0 for none.
 * hotspots_release() afterwards.
 */
void hotspots_read(hotspots_t *hotspots, FILE *listing, const char *owner,
    bool whole, uint64_t begin_ns, uint64_t end_ns);

/* Sets allocator_share, allocator_kernel_share and kernel_share, 0 to 1. */
void hotspots_metrics(json_t *metrics, const hotspots_t *hotspots);

/* The same, for a sample without recording. */
void hotspots_unsupported(json_t *metrics, const char *reason);

/* Where most samples were taken: a list of {"share", "object", "symbol"}. */
json_t *hotspots_top(const hotspots_t *hotspots);

/* How it was sampled and what was counted, for the sample's line. */
json_t *hotspots_method(const hotspots_t *hotspots);

/*
 * Writes the stacks, a line each: functions from the outermost to the
 * innermost, ';' between, then a blank and the number of samples, as tools for
 * flame graphs read it. Errors: it cannot be written.
 */
bool
hotspots_write(const hotspots_t *hotspots, const char *path, fault_t *fault);

void hotspots_release(hotspots_t *hotspots);

#endif
