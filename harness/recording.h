/*
 * A recording: the trial of a hotspots sample runs under perf record; what perf
 * saw becomes its metrics, its list of hotspots and its raw file. Where perf
 * cannot record, the trial runs without it and its metrics say why.
 */
#ifndef EBB_HARNESS_RECORDING_H
#define EBB_HARNESS_RECORDING_H

#include <jansson.h>
#include <stdbool.h>

#include "fault.h"
#include "perf_record.h"
#include "trial.h"

/*
 * Prepares a trial that has not run yet. data: where perf writes; seconds: how
 * long the trial is expected to take.
 */
void recording_begin(
    perf_record_t *perf, const char *data, double seconds, trial_t *trial);

/*
 * After a trial that yielded numbers: sets its metrics, adds "hotspots" and
 * "hotspots_method" to its line, and writes the stacks to the file text, if
 * there is a recording. Errors: text cannot be written.
 */
bool recording_read(const perf_record_t *perf, const char *data,
    const trial_t *trial, json_t *metrics, json_t *line, const char *text,
    fault_t *fault);

#endif
