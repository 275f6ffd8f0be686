/*
 * The figures of a sweep, in RUN/plots: a phase diagram for each arm and
 * setting (phase.gp), and the curves after a release (decay.gp).
 */
#ifndef EBB_HARNESS_PHASE_FIGURES_H
#define EBB_HARNESS_PHASE_FIGURES_H

#include "figures.h"
#include "phase.h"

/*
 * Writes data and scripts and runs gnuplot. What cannot be drawn is missing
 * and named in troubles. figures_release() afterwards.
 */
void phase_figures_build(figures_t *figures, const phase_t *phase);

#endif
