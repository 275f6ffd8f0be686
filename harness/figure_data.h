/*
 * The data of the figures: one CSV a figure, in RUN/plots, with everything
 * that is drawn and nothing else. Columns are described in plots/README.md.
 */
#ifndef EBB_HARNESS_FIGURE_DATA_H
#define EBB_HARNESS_FIGURE_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "csv.h"
#include "curve.h"
#include "fault.h"
#include "metric.h"
#include "summary.h"
#include "text.h"

/* What a figure shows. */
typedef struct figure_shown_s figure_shown_t;
struct figure_shown_s {
	words_t arms; /* names, in the dataset's order */
	size_t rows;  /* of a forest: its lines; else as many as arms */
	size_t parts; /* figures that share these rows; 0 is 1 */
	bool timed;   /* time is its horizontal axis; with that: */
	bool phased;  /* phases are shaded */
	bool cut;     /* an arm goes on beyond the right edge */
};

/* What one figure is made of. */
typedef struct figure_job_s figure_job_t;
struct figure_job_s {
	const summary_t *summary;
	size_t cell; /* ignored by a forest */
	const cell_curves_t *curves;
	size_t metric;    /* of a forest: an index of summary->metrics, or
			   * FIGURE_GBENCH for each of Google Benchmark's */
	size_t part;      /* of a forest: which of its parts */
	const char *path; /* of the CSV */
	figure_shown_t *shown;
	fault_t *fault;
};

/* The last "arm" of a latency figure: the clock-only control. */
#define FIGURE_CONTROL "clock-only"

#define FIGURE_GBENCH ((size_t)-1)
/* A forest of more lines than this becomes several, equally high. */
#define FIGURE_LINES_MOST 10

/*
 * Each writes the CSV to job->path and adds to job->shown what is in it. When
 * that is nothing, no file is left. Errors: the file cannot be written.
 */
typedef bool figure_data_t(const figure_job_t *job);

figure_data_t figure_data_throughput;
figure_data_t figure_data_latency;
figure_data_t figure_data_purge;

/* Causes of what is above p99.9 (figure_tail.c). */
figure_data_t figure_data_tail;

/* The forest of ratios. */
figure_data_t figure_data_ratio;

/* Time against memory, both as ratios; who is on the front of the best. */
figure_data_t figure_data_pareto;

/* Over time; each with a second file, ".phases" before the path's ".csv".
 * RSS; RSS and what of it is not LazyFree; what the kernel got back. */
figure_data_t figure_data_rss;
figure_data_t figure_data_lazyfree;
figure_data_t figure_data_census;

/* ------------------------------------------- what the writers share */

/* Adds an arm, and a row for it. */
void figure_show(figure_shown_t *shown, const char *arm);

/* A failed arm is in no figure: it would look fast, or small. */
bool figure_drawn(const summary_t *summary, size_t cell, size_t arm);

/* Ends a file; takes it away again when it shows nothing. */
bool figure_close(csv_t *csv, const figure_job_t *job);

#endif
