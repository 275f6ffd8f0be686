/*
 * A history: runs of one machine in order of time, and of each what the gate
 * looks at: for every cell, arm and metric of the newest run a value in every
 * run. Runs with another comparison key (key.h) are left out, by name.
 *
 * A run's value is the median over blocks of the logarithm, relative to
 * glibc's allocator in the same block where the newest run has that arm
 * (relative.h).
 */
#ifndef EBB_HARNESS_HISTORY_H
#define EBB_HARNESS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "metric.h"
#include "text.h"

typedef struct history_run_s history_run_t;
struct history_run_s {
	char *dir;
	const char *name; /* the last part of dir */
	char *utc;        /* as in plan.json: "20261122T170000Z"; or "" */
	char *commit;     /* of the ebb that ran it, "" unknown */
};

typedef struct history_series_s history_series_t;
struct history_series_s {
	char *cell, *arm;
	metric_t metric;
	/* What metric.name and metric.title point to. */
	char *metric_name, *metric_title;
	bool relative; /* to glibc's allocator */
	char *failure; /* of the newest run, when the arm did not fail in
			* the run before it; else NULL */
	char **arm_is; /* in each run: the library's build id and options, in
			* words; NULL where it was not measured */
	double inside; /* standard error of a run's value by its own
			* blocks, the median over runs; 0: unknown */
};

/* What the A/A pairs of the runs say of a metric. */
typedef struct history_floor_s history_floor_t;
struct history_floor_s {
	const char *metric;
	double *apart; /* |log ratio| of the two equal arms, one a run */
	size_t n;
};

typedef struct history_s history_t;
struct history_s {
	history_run_t *runs; /* the newest, which is judged, last */
	size_t nruns;
	history_series_t *series;
	size_t nseries;
	double *x; /* of series s in run r: x[s * nruns + r]; NaN: none */
	history_floor_t *floors;
	size_t nfloors;
	words_t left_out; /* runs and cells, and why */
	words_t forced;   /* differences that were passed over */
};

/* Which runs and what of them. */
typedef struct history_wish_s history_wish_t;
struct history_wish_s {
	const words_t *paths;   /* runs, or folders that hold runs */
	const char *newest;     /* the run to judge; NULL: the latest of them */
	const char *since;      /* name of the run the history begins with */
	size_t most;            /* runs at most, the latest of them */
	const words_t *arms;    /* only these; none: builds of ebb, or where
				 * there is none all but glibc */
	const words_t *metrics; /* beside the primary ones */
	bool force;             /* runs with another key too */
};

/*
 * Reads it; progress on stderr when it takes long.
 * Errors: a path is not there or holds no run; the newest run cannot be read,
 * or is none of the paths' and no run. A run of the history that cannot be
 * read is left out, by name. history_release() afterwards, always.
 */
bool
history_read(history_t *history, const history_wish_t *wish, fault_t *fault);
void history_release(history_t *history);

/* Up to how much two equal arms differ in that metric in 19 of 20 runs, as a
 * log ratio, by the A/A pairs; 0 when no run has such a pair. */
double history_floor(const history_t *history, const char *metric);

#endif
