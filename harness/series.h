/*
 * A series: what was read of one process over time, in bounded memory.
 */
#ifndef EBB_HARNESS_SERIES_H
#define EBB_HARNESS_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

/* Columns of the raw file, in its order: X(enumerator's end, name). New ones
 * come last. */
#define SERIES_TABLE(X)                                                       \
	X(RSS, "rss")           /* bytes, /proc/PID/statm */                  \
	X(ANON, "anon")         /* bytes, smaps_rollup */                     \
	X(LAZYFREE, "lazyfree") /* bytes, smaps_rollup */                     \
	X(LIVE, "live")         /* bytes requested and not freed */           \
	X(PHASE, "phase")       /* enum ebb_live_kind; written as its name */ \
	X(PACTIVE, "pactive")   /* pages, statistics page, sum of arenas */   \
	X(PDIRTY, "pdirty")     /* pages */                                   \
	X(NPURGE, "npurge")     /* passes */                                  \
	X(NMADVISE, "nmadvise") /* ranges given back */                       \
	X(PURGED, "purged")     /* pages */                                   \
	X(MAPPED, "mapped")     /* bytes */                                   \
	X(RETAINED, "retained") /* bytes */                                   \
	X(CALLS, "calls")       /* allocator calls so far, live page */       \
	X(MINFLT, "minflt")     /* minor faults so far, /proc/PID/stat */     \
	X(DIRTIED, "dirtied")   /* pages that became dirty so far */          \
	X(NFILLS, "nfills")     /* of thread caches so far, all bins */       \
	X(NFLUSHES, "nflushes") /* ... and flushes */                         \
	X(CHANCE_AGE, "chance_age")   /* ns since the purge policy was last   \
				       * asked, of the arena with dirty pages \
				       * that waits longest */                \
	X(ANON_HUGE, "anon_huge")     /* bytes, smaps_rollup */               \
	X(SWAP, "swap")               /* bytes, smaps_rollup */               \
	X(PAGE_TABLES, "page_tables") /* bytes, VmPTE of /proc/PID/status,    \
				       * when smaps_rollup is read */         \
	X(NTICKS, "nticks")           /* units of activity so far that led to \
				       * a look at the purge policy */        \
	X(LOCK_WAITS, "lock_waits")   /* locks so far that were not free */

typedef enum series_column_e {
#define X(end, name) SERIES_##end,
	SERIES_TABLE(X)
#undef X
	    SERIES_COLUMNS
} series_column_t;

/* A value that was not read at that point. */
#define SERIES_NONE INT64_MIN

/* The first arenas are kept one by one, too. */
#define SERIES_ARENAS 8
/* Columns of their raw file behind time and arena: X(field, name). */
#define SERIES_ARENA_TABLE(X)                       \
	X(pactive, "pactive")   /* pages, now */    \
	X(pdirty, "pdirty")     /* pages, now */    \
	X(npurge, "npurge")     /* passes so far */ \
	X(nmadvise, "nmadvise") /* ranges so far */ \
	X(purged, "purged")     /* pages so far */

typedef struct arena_point_s arena_point_t;
struct arena_point_s {
#define X(field, name) uint64_t field;
	SERIES_ARENA_TABLE(X)
#undef X
};

typedef struct point_s point_t;
struct point_s {
	uint64_t t_ns;             /* CLOCK_MONOTONIC */
	int64_t v[SERIES_COLUMNS]; /* or SERIES_NONE */
	int64_t rss_most;          /* greatest rss of the points that this one
				    * stands for, after thinning */
	unsigned narenas;          /* filled below */
	arena_point_t arenas[SERIES_ARENAS];
};

typedef struct series_s series_t;
struct series_s {
	point_t *v;
	size_t n, room;
};

/* An empty series of at most room points (even, >= 2). */
void series_init(series_t *series, size_t room);
void series_release(series_t *series);

/* A point with no value yet. */
void point_init(point_t *point, uint64_t t_ns);

/*
 * Adds a point, later than all before. When the series is full, every two
 * neighbours become one first; returns true then: read half as often.
 */
bool series_add(series_t *series, const point_t *point);

/* The points in [begin, end]. */
size_t series_count(const series_t *series, uint64_t begin, uint64_t end);

/*
 * The time-weighted mean over [begin, end] of a column, less another one
 * (SERIES_COLUMNS: less nothing). A value holds from its point to the next
 * that has one; what is before the first has the first's.
 * Returns true, and leaves *mean alone, when there is no value to take, or
 * the window is empty.
 */
bool series_mean(const series_t *series, series_column_t column,
    series_column_t less, uint64_t begin, uint64_t end, double *mean);

/* The greatest rss within [begin, end]; true when there is none. */
bool
series_peak(const series_t *series, uint64_t begin, uint64_t end, double *peak);

/* The last value within [begin, end]; true when there is none. */
bool series_last(const series_t *series, series_column_t column, uint64_t begin,
    uint64_t end, double *value);

/*
 * Writes the raw file: CSV with a header line, t_ns relative to begin_ns,
 * empty cells for what was not read. Errors: the file cannot be written.
 */
bool series_write(const series_t *series, const char *path, uint64_t begin_ns,
    fault_t *fault);

/* How many arenas ever held pages, of those that are kept one by one. */
unsigned series_arenas_used(const series_t *series);

/*
 * Writes the raw file of the arenas: CSV with a header line, a row for an
 * arena whenever its numbers changed. Errors: the file cannot be written.
 */
bool series_write_arenas(const series_t *series, const char *path,
    uint64_t begin_ns, fault_t *fault);

#endif
