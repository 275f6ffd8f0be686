/*
 * Curves: what the samples of an arm show over time, as one median curve a
 * cell and arm on a grid of time that all arms of the cell share.
 *
 * Time 0 is the start of the process. Between two readings a value is
 * interpolated; a column that was never read stays empty. The median at a
 * moment is over the samples that are still running, and is empty where that
 * is less than half of them: the curve ends where the median sample ends.
 *
 * Work is frozen, so a slow arm takes longer. The grid ends with the slowest
 * arm, but at the latest after CURVE_REACH times the median arm, or one slow
 * arm would press all others against the left edge.
 */
#ifndef EBB_HARNESS_CURVE_H
#define EBB_HARNESS_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset.h"
#include "fault.h"
#include "pace.h"

/* Points of the grid: about the pixels of a figure's width. */
#define CURVE_POINTS 240
#define CURVE_REACH 3
/* Phases are common when they begin within this part of the grid. */
#define CURVE_PHASE_SPREAD 0.15

/* Columns of raw/<id>.series that a curve keeps, and one that follows. */
typedef enum curve_column_e {
	CURVE_RSS,
	CURVE_LAZYFREE,
	CURVE_LIVE,
	CURVE_PACTIVE,
	CURVE_PDIRTY,
	CURVE_NPURGE,
	CURVE_NMADVISE,
	CURVE_PURGED,
	CURVE_MAPPED,
	CURVE_CALLS,
	CURVE_RSS_LESS_LAZYFREE, /* the difference of two columns above */
	CURVE_COLUMNS
} curve_column_t;

extern const char *const curve_column_names[CURVE_COLUMNS];

/* One sample's readings. */
typedef struct track_s track_t;
struct track_s {
	size_t n;
	double *t_s;              /* ascending; seconds from the start */
	double *v[CURVE_COLUMNS]; /* NaN: not read at that moment */
};

/*
 * Reads a sample's raw series. Columns are found by their names in the head;
 * a torn last line is left out.
 * Errors: the file cannot be read, or has no column t_ns.
 * track_release() afterwards, also after an error.
 */
bool track_read(track_t *track, const char *path, fault_t *fault);
void track_release(track_t *track);

/*
 * The value at t, interpolated between the readings around it; after a
 * column's last reading, that one. NaN before its first and after the
 * series' end.
 */
double track_at(const track_t *track, curve_column_t column, double t_s);

/* The median curve of one arm in one cell. */
typedef struct curve_s curve_t;
struct curve_s {
	size_t samples; /* with a series; 0: the rest is empty */
	double end_s;   /* the median sample's last reading */
	double median[CURVE_COLUMNS][CURVE_POINTS];
	double lo[CURVE_POINTS], hi[CURVE_POINTS]; /* quartiles of RSS */
	size_t running[CURVE_POINTS];
	size_t lazyfree_readings; /* of LazyFree, in the median sample */
	pace_t pace;              /* of the processes */
};

/* A span of time in which the workload did one thing. */
typedef struct span_s span_t;
struct span_s {
	const char *name; /* the dataset's */
	double begin_s, end_s;
};

/* All arms of a cell. */
typedef struct curves_s curves_t;
struct curves_s {
	double step_s; /* the grid: point i is at i * step_s */
	curve_t *arms; /* one for each of data->cells[cell].arms */
	size_t narms;
	bool cut; /* an arm goes on beyond the grid */
	/*
	 * Phases at the median of their begins over the samples of all arms;
	 * none when the samples do not agree on the phases' order, or begin
	 * them at times too different to be one picture.
	 */
	span_t *spans;
	size_t nspans;
	const char *damage; /* a sentence when a series could not be read */
	char text[256];     /* room for it */
};

/* The curves of a cell by kind of sample: census samples take no time, and may
 * be looked at more closely. */
typedef struct cell_curves_s cell_curves_t;
struct cell_curves_s {
	curves_t time, census;
};

/* Computes them from the ok samples of that kind. */
void curves_init(curves_t *curves, const dataset_t *data, size_t cell,
    metric_source_t source);
void curves_release(curves_t *curves);

/*
 * Writes series/<cell>.<arm>.csv for each arm with a series, making the
 * folder. Errors: it cannot be written.
 */
bool curves_write(
    const curves_t *curves, const dataset_t *data, size_t cell, fault_t *fault);

#endif
