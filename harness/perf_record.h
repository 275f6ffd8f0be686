/*
 * perf record: a program run under the sampling of Linux's perf, and what perf
 * script says of it. perf is looked for when it is first needed; a run without
 * it goes on.
 */
#ifndef EBB_HARNESS_PERF_RECORD_H
#define EBB_HARNESS_PERF_RECORD_H

#include <stdbool.h>
#include <stdio.h>

#include "fault.h"
#include "text.h"

typedef struct perf_record_s perf_record_t;
struct perf_record_s {
	bool tried;
	const char *event; /* that perf samples by; NULL: it cannot */
	char *reason;      /* why it cannot; NULL when it can */
};

/*
 * Finds out, at the first call only, whether perf can record here: it records
 * a program that ends at once. scratch: a path that it may write and delete.
 * Returns true when it cannot, with the reason; also when it was interrupted.
 */
bool perf_record_find(perf_record_t *perf, const char *scratch);

/*
 * Adds the command that records the program behind it into the file data, with
 * call graphs, timed by CLOCK_MONOTONIC. seconds: how long the program is
 * expected to take, which decides how often it is sampled.
 */
void perf_record_wrap(const perf_record_t *perf, const char *data,
    double seconds, words_t *command);

/*
 * The listing of a recording by perf script, to be read from the beginning;
 * the caller closes it. NULL and the fault when perf script fails.
 */
FILE *perf_record_listing(const char *data, fault_t *fault);

void perf_record_release(perf_record_t *perf);

#endif
