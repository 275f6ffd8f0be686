/*
 * Identity: proof that the allocator and the options that were asked for are
 * those that ran. Without proof there is no number.
 */
#ifndef EBB_HARNESS_IDENTITY_H
#define EBB_HARNESS_IDENTITY_H

#include <jansson.h>
#include <stdbool.h>

#include "allocators.h"
#include "fault.h"
#include "text.h"

/*
 * Decides whether a process ran under the arm with these options, and whether
 * the allocator came into it as the arm says: preloaded, linked or static.
 * conf: all that was in MALLOC_CONF, "" for none.
 * probe: the probe's line (probe.c), NULL when it gave none.
 * errors: what the process wrote to stderr, scanned for an allocator's
 * complaints about its options.
 * Adds to warnings what does not make the sample void.
 * Errors: the proof fails; the fault says in which point.
 */
bool identity_check(const arm_t *arm, const char *conf, const json_t *probe,
    const char *errors, words_t *warnings, fault_t *fault);

/* The file that owns malloc according to the line, or "". */
const char *identity_owner(const json_t *probe);

/* The build-id of the program that ran, or "". */
const char *identity_program(const json_t *probe);

/* The build-id of the file that owns malloc, or "". */
const char *identity_build_id(const json_t *probe);

#endif
