/*
 * Stability: whether the values that verdicts stand on are what the statistics
 * take them for. Each value of a primary metric is tested for drift over the
 * run, for neighbours that are alike, and for two modes; its ratio to the
 * baseline for drift and neighbours. All p of a run are corrected together
 * (Benjamini and Hochberg). A part of the summary.
 */
#ifndef EBB_HARNESS_STABILITY_H
#define EBB_HARNESS_STABILITY_H

#include "summary.h"

/* Named when its corrected p is at most this. */
#define STABILITY_LEVEL 0.05

/* Tests all values, and corrects. The summary's values and ratios are there. */
void stability_init(summary_t *summary);

/* Adds what failed, in a sentence for each kind of failure, or that nothing
 * did; and the run's typical autocorrelation. */
void stability_notes(words_t *notes, const summary_t *summary);

#endif
