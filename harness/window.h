/*
 * Metrics of a series over the work window [begin, end]: a number, or why
 * there is none.
 */
#ifndef EBB_HARNESS_WINDOW_H
#define EBB_HARNESS_WINDOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "series.h"

/* Sets the metric to why, and returns true, when the window has too few
 * readings of the column. */
bool window_lacks(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end);

/* The time-weighted mean of a column less another one (SERIES_COLUMNS: less
 * nothing). */
void window_mean_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, series_column_t less, uint64_t begin, uint64_t end);

/* The last reading in the window; what was read before it began is that of
 * another moment, too. */
void window_end_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end);

/* The greatest reading in the window. */
void window_most_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end);

/* The least reading in the window. */
void window_least_set(json_t *metrics, const char *name, const series_t *series,
    series_column_t column, uint64_t begin, uint64_t end);

/*
 * By how much a count grew from the last reading before the window (or its
 * first) to its last. True, and *growth is left alone, without two readings.
 */
bool window_growth(const series_t *series, series_column_t column,
    uint64_t begin, uint64_t end, double *growth);

#endif
