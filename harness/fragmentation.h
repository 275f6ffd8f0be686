/*
 * The four measures of fragmentation of Johnstone and Wilson (The Memory
 * Fragmentation Problem: Solved?, ISMM 1998, section 4), of what is resident
 * and what the program has asked for and not freed: one ratio alone hides
 * either spikes or what lies between them.
 */
#ifndef EBB_HARNESS_FRAGMENTATION_H
#define EBB_HARNESS_FRAGMENTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "series.h"

typedef struct fragmentation_s fragmentation_t;
struct fragmentation_s {
	double mean;       /* 1: mean RSS / mean live bytes, by time */
	double at_live;    /* 2: RSS / live bytes when live bytes peak */
	double at_rss;     /* 3: RSS / live bytes when RSS peaks */
	double peaks;      /* 4: peak RSS / peak live bytes */
	double ideal;      /* mean of live bytes in whole pages */
	double over_ideal; /* mean RSS / ideal */
};

/*
 * Over [begin, end] of the series, with what stood when it began; page_size in
 * bytes, a power of two. Returns true, and leaves *result alone, when fewer
 * than two readings have both, or nothing was live.
 */
bool fragmentation_measure(const series_t *series, uint64_t begin, uint64_t end,
    uint64_t page_size, fragmentation_t *result);

#endif
