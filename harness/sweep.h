/*
 * `ebb sweep`: measures a grid of swings under the purge policies and compares
 * it with what their formulas predict.
 */
#ifndef EBB_HARNESS_SWEEP_H
#define EBB_HARNESS_SWEEP_H

/* The command; argv[0] is "ebb sweep". Returns the exit code, as cmd_run(). */
int cmd_sweep(int argc, char **argv);

#endif
