/*
 * Findings of causes: a purge policy that acts too early, too late, twice, or
 * is never asked, in sentences.
 */
#ifndef EBB_HARNESS_CAUSE_FINDINGS_H
#define EBB_HARNESS_CAUSE_FINDINGS_H

#include "summary.h"
#include "text.h"

/* From this share of regret on, purging was too early; below the second one,
 * it was not. */
#define CAUSE_REGRET_HIGH 0.5
#define CAUSE_REGRET_LOW 0.1
/* So many purged pages for a freed one are some of them twice: 1 is each once,
 * and counts of the readings may be off by some pages of small blocks. */
#define CAUSE_TWICE 1.2
/* From this part of mean RSS on, dirty pages that nobody needed are many. */
#define CAUSE_UNUSED_LARGE 0.2
/* Dirty pages that waited so long for the policy to be asked, in ns; a page of
 * less memory, in bytes, is not worth a sentence. */
#define CAUSE_WAIT_LONG 1e8
#define CAUSE_BYTES_LEAST (1 << 20)

/* Adds a sentence for each finding of each arm in each cell. */
void cause_findings(words_t *findings, const summary_t *summary);

#endif
