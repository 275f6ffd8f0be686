/*
 * How many objects a miss of a thread cache fetches: ncached_max >>
 * lg_fill_div. Pure: what the policies know is what they are told here.
 *
 *   adaptive  the reference's: starts at half; halves when objects lay unused
 *             between two collections, doubles (up to half) when the bin ran
 *             dry between them
 *   0 1 2 3   lg_fill_div frozen
 *   burst     starts at an eighth; doubles, up to everything, with each further
 *             miss between two collections; halves when objects lay unused
 *             (E-13: a burst is over before the next collection)
 */
#ifndef EBB_FILL_H
#define EBB_FILL_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
	FILL_ADAPTIVE,
	FILL_FIXED0,
	FILL_FIXED1,
	FILL_FIXED2,
	FILL_FIXED3,
	FILL_BURST
} fill_t;

extern const char *const fill_names[]; /* by value, NULL at the end */

/* lg_fill_div of a bin that was not used before; max: its ncached_max, >= 1. */
uint8_t fill_first(fill_t fill, unsigned max);
/* ... after a miss. again: not the first one since the last collection. */
uint8_t fill_missed(fill_t fill, uint8_t lg_fill_div, bool again);
/* ... after a collection. low_water: objects that were not used since the one
 * before; ran_dry: there was a miss. */
uint8_t fill_collected(fill_t fill, uint8_t lg_fill_div, unsigned max,
    unsigned low_water, bool ran_dry);

#endif /* EBB_FILL_H */
