/*
 * `ebb list`: what can be measured here.
 */
#ifndef EBB_HARNESS_LIST_H
#define EBB_HARNESS_LIST_H

/* The command; argv[0] is "ebb list". Returns the exit code. */
int cmd_list(int argc, char **argv);

#endif
