/*
 * Pieces of HTML.
 */
#ifndef EBB_HARNESS_HTML_H
#define EBB_HARNESS_HTML_H

#include <stdio.h>

#include "palette.h"
#include "table.h"

/* Writes text with the characters that HTML reserves escaped. */
void html_text(FILE *out, const char *text);

/* Writes text as an anchor's name: letters, digits, dashes. */
void html_anchor(FILE *out, const char *text);

/* Writes the table with its notes; of one without rows, caption and detail.
 * Rows of an arm get its colour's dot. */
void html_table(FILE *out, const table_t *table);

/* A dot in the colour of an arm. */
void html_dot(FILE *out, size_t arm);

/* The style sheet's text, with the arms' colours as variables. */
void html_style(FILE *out, const palette_t *palette, size_t narms);

#endif
