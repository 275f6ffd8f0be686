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

/* What the figures of one page have in common. */
typedef struct svg_page_s svg_page_t;
struct svg_page_s {
	const palette_t *palette;
	size_t narms;

	/* Private. */
	char *defs;   /* markers, as the first figure defines them */
	size_t owner; /* its number */
};

/*
 * Writes the file's drawing to out as an <svg> element: without prolog,
 * comments, background, fonts, empty groups and namespace declarations;
 * coordinates in tenths of a pixel, without points that lie on a line anyway;
 * with ids made unique by number, and markers defined once a page; colours of
 * the palette as var(--armN) (N: place of the arm in the dataset) and those of
 * the page (plots/common.gp: ink, faint, band, area) as var(--ink),
 * var(--grid), var(--band), var(--area); and label as its accessible name
 * (plain text, escaped here).
 * page: the same for all figures of a page, with the first two fields set and
 * the others 0 before the first; svg_page_release() afterwards.
 * Errors: the file cannot be read or is no SVG; nothing is written then.
 */
bool svg_inline(FILE *out, const char *path, svg_page_t *page, size_t number,
    const char *label, fault_t *fault);
void svg_page_release(svg_page_t *page);

#endif
