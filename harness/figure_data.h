/*
 * The data of the figures: one CSV a figure, in RUN/plots, with everything
 * that is drawn and nothing else. Columns are described in plots/README.md.
 */
#ifndef EBB_HARNESS_FIGURE_DATA_H
#define EBB_HARNESS_FIGURE_DATA_H

#include <stdbool.h>
#include <stddef.h>

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
};

/*
 * Each writes the CSV to path and adds to shown what is in it. When that is
 * nothing, no file is left. Errors: the file cannot be written.
 */
typedef bool figure_data_t(const summary_t *summary, size_t cell,
    const char *path, figure_shown_t *shown, fault_t *fault);

figure_data_t figure_data_throughput;
figure_data_t figure_data_latency;
figure_data_t figure_data_purge;

/* RSS over time; and a second file, path with ".phases" before ".csv". */
bool figure_data_rss(const curves_t *curves, const summary_t *summary,
    size_t cell, const char *path, figure_shown_t *shown, fault_t *fault);

/*
 * The forest of ratios. metric: an index of summary->metrics, or SIZE_MAX for
 * all of Google Benchmark's, each a row of its own.
 */
bool figure_data_ratio(const summary_t *summary, size_t metric,
    const char *path, figure_shown_t *shown, fault_t *fault);

#endif
