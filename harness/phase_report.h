/*
 * The report of a sweep: tables and findings in the terminal, phase.csv,
 * summary.csv, the figures, and one self-contained report.html. Like any
 * run's, it is derived from the samples and can be built again at any time.
 */
#ifndef EBB_HARNESS_PHASE_REPORT_H
#define EBB_HARNESS_PHASE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

/* True when the folder's plan is that of a sweep. */
bool phase_report_fits(const char *run_dir);

/* As report_build(), of a sweep's folder. */
int phase_report_build(const char *run_dir, FILE *terminal);

#endif
