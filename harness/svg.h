/*
 * Figures inside a page: gnuplot's SVG made part of an HTML document.
 */
#ifndef EBB_HARNESS_SVG_H
#define EBB_HARNESS_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fault.h"
#include "palette.h"

/*
 * Writes the file's drawing to out as an <svg> element: without prolog,
 * comments, background, fonts and namespace declarations; with ids made
 * unique by number; colours of the palette as var(--armN) (N: place of the
 * arm in the dataset) and those of the page (plots/common.gp: ink, faint,
 * band, area) as var(--ink), var(--grid), var(--band), var(--area); and
 * label as its accessible name (plain text, escaped here).
 * Errors: the file cannot be read or is no SVG; nothing is written then.
 */
bool svg_inline(FILE *out, const char *path, const palette_t *palette,
    size_t narms, size_t number, const char *label, fault_t *fault);

#endif
