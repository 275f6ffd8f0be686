/*
 * `ebb compare RUN1 RUN2`: is the new run worse than the old one?
 */
#ifndef EBB_HARNESS_COMPARE_H
#define EBB_HARNESS_COMPARE_H

int cmd_compare(int argc, char **argv);

#endif
