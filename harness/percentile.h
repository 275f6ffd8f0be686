/*
 * Percentiles of latency: from merged histograms, with intervals and ratios to
 * the baseline from whole blocks drawn again (bootstrap.h). A part of the
 * summary.
 */
#ifndef EBB_HARNESS_PERCENTILE_H
#define EBB_HARNESS_PERCENTILE_H

#include "summary.h"

/*
 * Fills the rows' latency and clock_ns, and the values of all metrics from
 * latency samples, of all arms of a cell. The rows' failures are known. The
 * draws follow from the plan's seed and the cell, so that all arms draw the
 * same blocks and a report that is built again is the same.
 */
void percentiles_init(summary_t *summary, size_t cell);

#endif
