/*
 * Warnings: what a number's reader has to know. A closed list: each has a
 * cause and a remedy, and is written in full wherever it is kept, as
 * "id: cause [(detail)]; remedy".
 */
#ifndef EBB_HARNESS_WARN_H
#define EBB_HARNESS_WARN_H

#include "text.h"

typedef enum warn_e {
	/* of a run */
	WARN_ARM_MISSING,
	WARN_ARM_FAILS,
	WARN_LINK_MISSING,
	WARN_BLOCKS_CUT,
	WARN_KINDS_CUT,
	WARN_UNBALANCED,
	WARN_OVER_BUDGET,
	WARN_DEBUG_BUILD,
	WARN_CONF_SYMLINK,
	WARN_GOVERNOR,
	WARN_CLOCK,
	WARN_THP,
	WARN_LOAD,
	WARN_SWAP,
	WARN_LIMITS,
	WARN_ASLR,
	WARN_REGIME,
	/* of a sample */
	WARN_MIXED_ENTRY,
	WARN_STOP,
	WARN_SHORT_WORK,
	WARN_FEW_TICKS,
	WARN_RSS_ERROR,
	WARN_SAMPLER_COST,
	WARN_STEAL,
	WARN_OTHERS,
	WARN_PRESSURE,
	WARN_THROTTLED,
	WARN_MEMORY_LIMIT,
	WARN_PAGED,
	WARN_HEAT,
	WARN_SWITCHED,
	WARN_MULTIPLEXED,
	WARN_KINDS
} warn_t;

/* The short name, as in "blocks-cut". */
const char *warn_id(warn_t kind);

/* Adds a warning in full; detail NULL for none. No list: nobody asks. */
void warn_add(words_t *warnings, warn_t kind, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

#endif
