/*
 * `ebb run`: plan, prove, measure, report.
 */
#ifndef EBB_HARNESS_RUN_H
#define EBB_HARNESS_RUN_H

/* The command; argv[0] is "ebb run". Returns the exit code: 0 all samples are
 * numbers, 1 some are not, 2 refused before measuring, 130 interrupted. */
int cmd_run(int argc, char **argv);

#endif
