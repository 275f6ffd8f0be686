/*
 * gbench.json: the run in Google Benchmark's own format, so that its
 * compare.py and the gates of CI systems read it. A benchmark is called
 * "cell/allocator", those of Google Benchmark's driver
 * "cell/benchmark/allocator"; each sample is a repetition, then follow the
 * aggregates.
 */
#ifndef EBB_HARNESS_GBENCH_JSON_H
#define EBB_HARNESS_GBENCH_JSON_H

#include <stdbool.h>

#include "fault.h"
#include "summary.h"

/* Writes RUN/gbench.json. Samples that failed are not in it. */
bool gbench_json_write(const summary_t *summary, fault_t *fault);

#endif
