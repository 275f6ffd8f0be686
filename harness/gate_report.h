/*
 * What `ebb gate` says: the answer in one line, each change with its run, and
 * what was left out.
 */
#ifndef EBB_HARNESS_GATE_REPORT_H
#define EBB_HARNESS_GATE_REPORT_H

#include <stdio.h>

#include "alarm.h"
#include "fault.h"
#include "history.h"

/* Exit codes of `ebb gate`. */
enum { GATE_FINE, GATE_UNREADABLE, GATE_REFUSED, GATE_ALARM };

/* Smaller changes do not show in what is printed: a thousandth. */
#define GATE_RESOLUTION 0.001

typedef struct gate_s gate_t;
struct gate_s {
	const history_t *history;
	alarm_rule_t rule;
	alarm_noise_t *noise; /* one a series */
	alarm_t *alarms;      /* changes of all kinds */
	size_t nalarms;
	size_t judged; /* series whose newest value could be judged */
};

/* GATE_ALARM when something changed for the worse or began to fail, else
 * GATE_FINE. */
int gate_code(const gate_t *gate);

void gate_print(const gate_t *gate, FILE *out);

/* Every series, with its changes, as CSV. Errors: it cannot be written. */
bool gate_write(const gate_t *gate, const char *path, fault_t *fault);

#endif
