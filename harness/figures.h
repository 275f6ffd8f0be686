/*
 * The figures of a report, in RUN/plots: data as CSV, the gnuplot script that
 * draws it, and the SVG. `cd RUN/plots && gnuplot throughput.gp` redraws.
 */
#ifndef EBB_HARNESS_FIGURES_H
#define EBB_HARNESS_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#include "curve.h"
#include "fault.h"
#include "palette.h"
#include "summary.h"
#include "text.h"

#define FIGURE_OF_ALL ((size_t)-1)

typedef struct figure_s figure_t;
struct figure_s {
	size_t cell;        /* or FIGURE_OF_ALL */
	const char *title;  /* of its kind: "Throughput" */
	const char *script; /* "throughput.gp" */
	char *name;         /* "throughput-oscillate.t1": .csv, .svg */
	char *caption;      /* what is seen and how to read it: a sentence */
	bool low;           /* half as high as the others */
	bool missing;       /* gnuplot made no SVG of it */
};

typedef struct figures_s figures_t;
struct figures_s {
	figure_t *v;
	size_t n;
	palette_t palette;
	words_t troubles; /* what went wrong: a sentence each */
};

/*
 * Writes RUN/series and RUN/plots and runs gnuplot. What cannot be drawn is
 * missing and named in troubles; the report goes on without it. curves: one
 * for each cell. draw false: data and scripts only.
 * figures_release() afterwards.
 */
void figures_build(figures_t *figures, const summary_t *summary,
    const cell_curves_t *curves, bool draw);
void figures_release(figures_t *figures);

/* The path of the figure's file with that ending, relative to the run:
 * "plots/throughput-oscillate.t1.svg". The caller frees it. */
char *figure_path(const figure_t *figure, const char *ending);

#endif
