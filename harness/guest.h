/*
 * A guest: a program of the user's own, measured instead of a workload: any
 * command line, or a server that commands drive. It writes no record and has no
 * live page: all that is known of it is seen from outside.
 */
#ifndef EBB_HARNESS_GUEST_H
#define EBB_HARNESS_GUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "fault.h"
#include "metric.h"
#include "place.h"
#include "text.h"

/* The "workload" of their cells. */
#define GUEST_WORKLOAD "program"

/* A number that is read from output: --value '+rps=([0-9.]+) requests'. */
typedef struct guest_value_s guest_value_t;
struct guest_value_s {
	char *name;    /* letters, digits and '_' */
	char *pattern; /* POSIX extended; its first group is the number */
	bool more;     /* higher is better */
};

typedef struct guest_s guest_t;
struct guest_s {
	words_t argv;        /* the program first */
	bool plain_c;        /* its file calls no operator of C++ */
	words_t environment; /* "NAME=value" beside what all processes get */
	guest_value_t *values;
	size_t nvalues;

	/* A server; its commands are the shell's, in our environment and
	 * without the allocator. */
	char *ready;     /* polled until it succeeds; NULL: at once */
	double ready_s;  /* ... so long at most */
	words_t drives;  /* in this order, each timed */
	double settle_s; /* after the last, before memory is read */
	char *stop;      /* NULL: SIGTERM */

	metric_t *metrics; /* its own: of values and drives */
	size_t nmetrics;
	words_t names; /* that the metrics point to */
};

/* A new program without argv; guest_free() afterwards. */
guest_t *guest_new(void);
void guest_free(guest_t *guest);

/* True when it is started, driven and stopped; else it ends by itself. */
bool guest_is_server(const guest_t *guest);

/*
 * Adds a value from "NAME=REGEX" or "+NAME=REGEX". Errors: the form or the
 * expression is wrong, the name is taken by a metric or by another value.
 */
bool guest_add_value(guest_t *guest, const char *spec, fault_t *fault);

/*
 * The last place where the value's expression matches in text, as a number.
 * Errors: it matches nowhere, or its group is no number.
 */
bool guest_value_find(const guest_value_t *value, const char *text,
    double *number, fault_t *fault);

/*
 * Replaces the program's name by its absolute path, as a shell would find it.
 * Errors: there is no such program.
 */
bool guest_locate(guest_t *guest, fault_t *fault);

/*
 * Finds the program of a plan that was read. Errors: it is not there.
 */
bool guest_resolve(guest_t *guest, const place_t *place, fault_t *fault);

/* Fills in guest->metrics; to be called when all else is complete. */
void guest_describe(guest_t *guest);

/*
 * The record of a process seen from outside, as a workload's: wall_ns of its
 * life, work_ns of what was measured of it. own: its own metrics, number or
 * {"unsupported"}, or NULL; taken over.
 */
json_t *guest_record(const struct rusage *usage, uint64_t wall_ns,
    uint64_t work_ns, json_t *own);

/* Looks for the values in text, and sets them in `own`. */
void guest_values_set(const guest_t *guest, const char *text, json_t *own);

/* The program as in plan.json, and back (NULL from no object). Errors: it has
 * no command, or a value's expression is damaged. */
json_t *guest_to_json(const guest_t *guest);
bool guest_from_json(guest_t **guest, const json_t *json, fault_t *fault);

#endif
