/*
 * A sample's raw files: what is too much for its line, each tied to it by its
 * hash.
 */
#ifndef EBB_HARNESS_SAMPLE_RAW_H
#define EBB_HARNESS_SAMPLE_RAW_H

#include <jansson.h>
#include <stdbool.h>

#include "fault.h"
#include "plan.h"
#include "sample.h"
#include "trial.h"

/*
 * Writes what the trial left, and adds "raw" to the line. gbench: what Google
 * Benchmark wrote, NULL for none. Errors: a file cannot be written.
 */
bool sample_raw_write(sampler_t *sampler, const slot_t *slot,
    const trial_t *trial, const json_t *gbench, json_t *line, fault_t *fault);

#endif
