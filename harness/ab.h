/*
 * `ebb ab`: two settings, builds or allocators against each other, on a
 * workload or any program, until it is decided which is better.
 */
#ifndef EBB_HARNESS_AB_H
#define EBB_HARNESS_AB_H

/*
 * The command; argv[0] is "ebb ab". Returns the exit code: 0 B is nowhere
 * worse than A, 3 it is worse in a primary metric, 4 that is undecided, 1 some
 * samples are no numbers, 2 refused before measuring, 130 interrupted.
 */
int cmd_ab(int argc, char **argv);

#endif
