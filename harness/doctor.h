/*
 * `ebb doctor`: what is wrong with this machine for measuring, and what mends
 * it.
 */
#ifndef EBB_HARNESS_DOCTOR_H
#define EBB_HARNESS_DOCTOR_H

/*
 * The command; argv[0] is "ebb doctor". Returns the exit code: 0 fit for
 * measuring, 3 something is wrong that can be mended, 2 usage; with
 * --tune-system that of the command that was run.
 */
int cmd_doctor(int argc, char **argv);

#endif
