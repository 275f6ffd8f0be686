/*
 * Comma-separated values (RFC 4180), as gnuplot and spreadsheets read them.
 * A row is a chain of csv_* calls, ended by csv_end().
 */
#ifndef EBB_HARNESS_CSV_H
#define EBB_HARNESS_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "fault.h"

typedef struct csv_s csv_t;
struct csv_s {
	FILE *stream;
	char *path;
	bool begun; /* the row has a field */
};

/* Creates the file and writes its head: names with commas between.
 * Errors: it cannot be created; csv_close() then does nothing. */
bool csv_open(csv_t *csv, const char *path, const char *head, fault_t *fault);

/* A field of text, quoted where it must be. */
void csv_text(csv_t *csv, const char *text);

/* A number to nine digits; an empty field when it is not finite. */
void csv_number(csv_t *csv, double value);

void csv_end(csv_t *csv);

/* Errors: something could not be written (a full disk). */
bool csv_close(csv_t *csv, fault_t *fault);

#endif
