/*
 * Slices: how long equal parts of a process's work took, from the allocator
 * calls that it had made at each reading of its series. They are the
 * iterations of a process that measures itself no clock in its loop.
 *
 * Pure.
 */
#ifndef EBB_HARNESS_SLICES_H
#define EBB_HARNESS_SLICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "series.h"

/*
 * Divides the calls made within [begin, end] into n equal parts and writes the
 * seconds of each to seconds[0..n), linear between readings.
 * Returns true, and writes nothing of use, when the readings are too few: less
 * than two for each part, or parts of no time.
 */
bool slices_read(const series_t *series, uint64_t begin, uint64_t end, size_t n,
    double *seconds);

#endif
