/*
 * The record of a run: one line of JSON, schema 1. README.md lists its keys.
 */
#ifndef EBB_WORKLOADS_RECORD_H
#define EBB_WORKLOADS_RECORD_H

#include "jsonline.h"
#include "run.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The descriptor for records: EBB_RECORD_FD of the environment, else 1.
 * Returns -1, with a reason in err, when it does not name an open descriptor.
 */
int record_fd(char *err, size_t err_size);

/* Appends the record of an executed run, as one object. */
void record_build(jsonline_t *json, const run_t *run);

/*
 * Builds the record of an executed run and writes it to fd.
 * Returns 0 or an errno value.
 */
int record_write(const run_t *run, int fd);

#endif
