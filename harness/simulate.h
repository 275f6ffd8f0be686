/*
 * `ebb simulate`: what purge settings do to a heap that swings, computed.
 */
#ifndef EBB_HARNESS_SIMULATE_H
#define EBB_HARNESS_SIMULATE_H

/* The command; argv[0] is "ebb simulate". Returns the exit code: 0, 1 a file
 * cannot be written, 2 refused. */
int cmd_simulate(int argc, char **argv);

#endif
