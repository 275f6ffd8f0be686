/*
 * The spread of a cell: what is known, before it is measured, of how much its
 * ratios deviate from block to block, and of which level of repetition that
 * comes.
 */
#ifndef EBB_HARNESS_SPREAD_H
#define EBB_HARNESS_SPREAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "levels.h"

/* Metrics that usually carry verdicts. */
typedef enum judged_e {
	JUDGED_TIME,   /* work_ns */
	JUDGED_MEMORY, /* rss_mean */
	JUDGED
} judged_t;

/* "work_ns", "rss_mean". */
const char *judged_name(judged_t judged);

/* Fewer pairs than these say nothing of a deviation. */
#define SPREAD_PAIRS_LEAST 3

typedef struct spread_s spread_t;
struct spread_s {
	double sd;    /* deviation of the paired log ratios of blocks */
	size_t pairs; /* that it is from; 0: it is not known */
	char *source; /* "pilot", or the folder of the run; NULL: not known */
};

/*
 * Estimates it from log ratios; fewer than SPREAD_PAIRS_LEAST leave it as it
 * is. source is copied. spread_release() afterwards, always.
 */
void spread_estimate(
    spread_t *spread, const double *log_ratio, size_t n, const char *source);
void spread_release(spread_t *spread);

/* The levels of a cell, as a pilot found them. */
typedef struct spread_levels_s spread_levels_t;
struct spread_levels_s {
	levels_t levels;      /* of the log ratio of work times */
	double cost[LEVELS];  /* seconds of one more repetition, both arms */
	size_t best[LEVELS];  /* within the level above; 0: not known */
	size_t slices;        /* of such a length in a process as planned */
	char *arm, *baseline; /* that were compared */
};

void spread_levels_free(spread_levels_t *levels);

/* As in plan.json, and back: NULL, or what is no such object, reads as
 * nothing. */
json_t *spread_to_json(const spread_t *spread);
void spread_from_json(spread_t *spread, const json_t *json);
json_t *spread_levels_to_json(const spread_levels_t *levels);
spread_levels_t *spread_levels_from_json(const json_t *json);

#endif
