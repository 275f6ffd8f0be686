/*
 * What became of a run's controls (control.h), judged as the allocators are:
 * by the summary and the verdicts of their own cell.
 */
#ifndef EBB_HARNESS_CONTROL_REPORT_H
#define EBB_HARNESS_CONTROL_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "control.h"
#include "dataset.h"
#include "fault.h"
#include "summary.h"
#include "text.h"

/* The outcome of one control. */
typedef enum control_state_e {
	CONTROL_PASSED,
	CONTROL_BELOW,  /* the effect is too small to be found with so many
			 * blocks on this machine */
	CONTROL_MISSED, /* it is not, and was not found: this happens once in
			 * five times to an effect that just can be found */
	CONTROL_OPEN,   /* not measured, or not to the end */
	CONTROL_FAILED, /* a difference where there is none, the wrong sign,
			 * "equivalent" in spite of it, or a false arm taken
			 * for a true one */
	CONTROL_STATES
} control_state_t;

/* "passed", "not detectable here", "missed", "open", "FAILED". */
const char *control_state_name(control_state_t state);

typedef struct controls_s controls_t;
struct controls_s {
	summary_t *summary; /* of the controls' cell; NULL: there is none */
	/* Lines to read: the first says how it stands, one a control follows.
	 * A state each; the first line's is the worst. */
	words_t lines;
	control_state_t *states;
	bool failed; /* a control did: the run's numbers are not to be
		      * trusted */
};

/* Judges the controls of a run. controls_release() afterwards. */
void controls_init(controls_t *controls, const dataset_t *data);
void controls_release(controls_t *controls);

/*
 * The outcome of a planted effect: share, e.g. 0.02, of what value measures;
 * detectable: the least share that is found here, INFINITY for none.
 */
control_state_t control_judge_planted(const summary_value_t *value,
    double share, double delta, double detectable);

/* The outcome of one metric of the A/A pair. */
control_state_t control_judge_pair(const summary_value_t *value);

/*
 * The least share that the comparison of an arm with the baseline finds, 4
 * times in 5, when it scatters as value's arm does: the power of the sign test
 * corrected over the whole family (detectable.h). INFINITY when so few blocks
 * find nothing, NaN when there are none.
 */
double control_detectable(
    const summary_t *summary, size_t cell, size_t arm, size_t metric);

/*
 * Judges the controls of the run in that folder and prints their lines; for
 * runs of which no report is made. Returns 0, 1 when one failed or the run
 * cannot be read (the reason is then on stderr).
 */
int control_report(const char *run_dir, FILE *out);

#endif
