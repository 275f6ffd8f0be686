/*
 * Findings: what the tables say, in sentences, for the top of the report.
 */
#ifndef EBB_HARNESS_FINDINGS_H
#define EBB_HARNESS_FINDINGS_H

#include "curve.h"
#include "summary.h"
#include "table.h"
#include "text.h"

typedef struct findings_s findings_t;
struct findings_s {
	words_t verdicts; /* one line an arm */
	size_t *arms;     /* of each line; nobody: TABLE_NO_ARM */
	words_t failures; /* what failed, and where */
	words_t memory;   /* where RSS says less than it seems to, and
			   * what a policy did wrong */
	words_t tails;    /* why the slowest requests were slow */
	words_t notes;    /* completeness, corrections, damage */
};

/* Composes them. curves: of each cell, or NULL when nothing is to be said of
 * them. findings_release() afterwards. */
void findings_init(findings_t *findings, const summary_t *summary,
    const cell_curves_t *curves);
void findings_release(findings_t *findings);

#endif
