/*
 * Complaints: what `ebb doctor` found out about a machine, one by one: what
 * is so, why it matters for numbers, what mends it, and who may.
 */
#ifndef EBB_HARNESS_COMPLAINT_H
#define EBB_HARNESS_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum complaint_level_e {
	COMPLAINT_FINE,  /* looked at, nothing to say */
	COMPLAINT_NOTE,  /* worth knowing; cannot be mended here, or is a
			  * choice */
	COMPLAINT_WRONG, /* makes numbers worse, and can be mended */
	COMPLAINT_LEVELS
} complaint_level_t;

typedef struct complaint_s complaint_t;
struct complaint_s {
	const char *title; /* a literal */
	const char *why;   /* a literal: why it matters; not shown when fine */
	complaint_level_t level;
	char *what; /* what is so here; owned */
	char *mend; /* the command that mends it, or NULL; owned */
	bool may;   /* this user may run it */
};

typedef struct complaints_s complaints_t;
struct complaints_s {
	complaint_t *v;
	size_t n;
};

/* Adds one; its strings belong to the list from then on. */
void complaints_add(complaints_t *complaints, complaint_t complaint);
void complaints_release(complaints_t *complaints);

/* How many there are of that level. */
size_t
complaints_count(const complaints_t *complaints, complaint_level_t level);

/* Prints one, in one line when it is fine. */
void complaint_print(const complaint_t *complaint, FILE *stream);

/* Prints the last line: how many, and whether to measure here. */
void complaints_verdict(const complaints_t *complaints, FILE *stream);

#endif
