/*
 * Giving back: how soon RSS follows when a program frees a large part of its
 * memory at once. Of every allocator, as nothing but RSS and the program's
 * own live bytes is needed.
 */
#ifndef EBB_HARNESS_GIVEBACK_H
#define EBB_HARNESS_GIVEBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "live.h"
#include "series.h"

/* A smaller step is none, in bytes. */
#define GIVEBACK_LEAST (1 << 20)

typedef struct giveback_s giveback_t;
struct giveback_s {
	double freed;  /* bytes: by how much live bytes fell */
	double floor;  /* the lowest RSS while it was watched, in bytes */
	double share;  /* of freed, by which RSS fell at most */
	double t50_ns; /* from when freeing began until RSS was lower by half
			* of freed; NaN: that was not seen */
	double t90_ns; /* ... by nine tenths */
	double watched_ns; /* until the window's end, or live bytes rose again
			    * by a tenth of freed */
};

/*
 * Of the last phase FREE of the window [begin, end] and what followed. Between
 * two readings RSS is a straight line.
 * Returns true, and leaves *result alone, when there is no such phase, or it
 * freed less than GIVEBACK_LEAST, or too little was read.
 */
bool giveback_measure(const series_t *series, const struct ebb_live *live,
    uint64_t begin, uint64_t end, giveback_t *result);

/*
 * Pages that went out of use in the phases FREE of the window: by how much
 * active pages fell from the last reading in the phase before each to the
 * lowest one in the phase after it. What a program allocates and frees at once
 * while it waits, which makes the same pages dirty again and again, is not in
 * it. Returns true, and leaves *pages alone, when there is no such phase, or
 * one has no reading in the phases before and after it.
 */
bool giveback_freed_pages(const series_t *series, const struct ebb_live *live,
    uint64_t begin, uint64_t end, double *pages);

#endif
