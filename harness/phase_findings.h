/*
 * What a sweep found, in sentences: where a policy does what its formula says,
 * where not, and which other formula it would be.
 */
#ifndef EBB_HARNESS_PHASE_FINDINGS_H
#define EBB_HARNESS_PHASE_FINDINGS_H

#include "phase.h"
#include "text.h"

typedef struct phase_findings_s phase_findings_t;
struct phase_findings_s {
	words_t findings; /* what differs from the prediction */
	words_t notes;    /* what agrees, and what limits it */
};

/* A page is purged twice as often as it should be from here on. */
#define AMPLIFICATION_MOST 1.5
/* Greatest distance of a curve of decay from its formula: a busy machine makes
 * it late by 0.1, a wrong one is off by half and more. */
#define DISTANCE_MOST 0.2

/* Composes them. phase_findings_release() afterwards. */
void phase_findings_init(phase_findings_t *found, const phase_t *phase);
void phase_findings_release(phase_findings_t *found);

/*
 * A sentence when the base is so small that ratio keeps the floor and not a
 * share; NULL else. The caller frees it.
 */
char *phase_regime(double base_bytes, int lg_dirty_mult);

#endif
