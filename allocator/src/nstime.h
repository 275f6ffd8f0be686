/*
 * The allocator's clock: nanoseconds since some moment, cheap and a few
 * milliseconds coarse.
 */
#ifndef EBB_NSTIME_H
#define EBB_NSTIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "compiler.h"

#define NSTIME_SECOND UINT64_C(1000000000)

/* Whether the clock never goes backwards. */
#ifdef CLOCK_MONOTONIC
static const bool nstime_monotonic = true;
#else
static const bool nstime_monotonic = false;
#endif

/*
 * Reads CLOCK_MONOTONIC_COARSE, or the next better clock that the system has.
 */
uint64_t nstime_coarse(void);

/*
 * The clock in use, nstime_coarse by default. A test puts its own here before
 * it starts threads.
 */
extern EBB_HIDDEN uint64_t (*nstime_now)(void);

#endif /* EBB_NSTIME_H */
