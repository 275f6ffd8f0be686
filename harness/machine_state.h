/*
 * The machine's state over a run: how broken up its free memory is, its load
 * and swap, when samples began to be taken and when that ended; and whether a
 * setting that numbers depend on changed meanwhile.
 *
 * machine_states.jsonl, append-only, in the run's folder: a line for each
 * begin and each end. A run that was killed has no end for that session, a
 * resumed one has several sessions. machine.json is never rewritten.
 */
#ifndef EBB_HARNESS_MACHINE_STATE_H
#define EBB_HARNESS_MACHINE_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "fault.h"
#include "store.h"
#include "text.h"

#define MACHINE_STATES "machine_states.jsonl"

/* Of /proc/buddyinfo: {"0 Normal":[free blocks of 1, 2, 4 ... pages]}; null
 * when it cannot be read. */
json_t *machine_buddyinfo(void);

/* Appends a line about now. when: "begin" or "end" of taking samples.
 * Errors: it cannot be written. */
bool
machine_state_append(const store_t *store, const char *when, fault_t *fault);

/* All lines of a run's folder, an empty array when there are none (as in runs
 * of before). The caller owns it. */
json_t *machine_states_read(const char *dir);

/* The share of free memory that lies in blocks of 2 MiB and more, 0 to 1; NaN
 * when buddyinfo does not tell. */
double machine_unbroken(const json_t *buddyinfo);

/* Adds a sentence for each setting that differs between machine.json and a
 * state. */
void machine_states_differ(
    const json_t *machine, const json_t *states, words_t *differences);

#endif
