/*
 * A table as a model: columns, rows, fields with a tone and a footnote. The
 * terminal, Markdown and HTML print the same table.
 *
 * A field without a value says why: it carries a note, and equal notes share
 * a letter.
 */
#ifndef EBB_HARNESS_TABLE_H
#define EBB_HARNESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "text.h"

typedef enum table_align_e { TABLE_LEFT, TABLE_RIGHT } table_align_t;

/* How a field is meant; the printers choose colours or weight for it. */
typedef enum table_tone_e {
	TONE_PLAIN,
	TONE_GOOD,   /* faster, smaller */
	TONE_BAD,    /* slower, larger */
	TONE_QUIET,  /* nothing to see: equivalent, undecided, no value */
	TONE_FAILED, /* the arm failed */
	TONES
} table_tone_t;

#define TABLE_NO_ARM ((size_t)-1)
#define TABLE_NO_NOTE ((size_t)-1)

typedef struct table_column_s table_column_t;
struct table_column_s {
	char *head;
	table_align_t align;
};

typedef struct table_field_s table_field_t;
struct table_field_s {
	char *text;
	table_tone_t tone;
	size_t note; /* index into notes, or TABLE_NO_NOTE */
};

typedef struct table_row_s table_row_t;
struct table_row_s {
	size_t arm;            /* whose colour marks the row; TABLE_NO_ARM */
	table_field_t *fields; /* one a column */
	size_t n;              /* filled so far */
};

typedef struct table_s table_t;
struct table_s {
	char *caption;
	char *detail; /* what goes with the caption; NULL: nothing */
	table_column_t *columns;
	size_t ncolumns;
	table_row_t *rows;
	size_t nrows;
	words_t notes;
};

void table_init(table_t *table, const char *caption, ...)
    __attribute__((format(printf, 2, 3)));
void table_release(table_t *table);

void table_detail(table_t *table, const char *detail, ...)
    __attribute__((format(printf, 2, 3)));

/* All columns come before the first row. */
void table_column(table_t *table, table_align_t align, const char *head, ...)
    __attribute__((format(printf, 3, 4)));

void table_row(table_t *table, size_t arm);

/* Fills the row's next field. */
void table_field(table_t *table, table_tone_t tone, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Gives the field that was filled last a note; equal texts share one. */
void table_note(table_t *table, const char *text);

/* A field without a value: a dash, and why. */
void table_blank(table_t *table, const char *why);

/* The letters of a note: "a" ... "z", "aa" ...; out has room for 8. */
char *table_note_letters(char *out, size_t note);

/*
 * Prints it for a terminal, notes below. colour: with escape sequences.
 */
void table_print(const table_t *table, FILE *stream, bool colour);

/* Columns that a UTF-8 text takes on a terminal. */
size_t table_width(const char *text);

#endif
