/*
 * Running a command on a tuned system.
 */
#ifndef EBB_HARNESS_TUNE_RUN_H
#define EBB_HARNESS_TUNE_RUN_H

/*
 * Tunes, runs the command (NULL-terminated; found on PATH), sets back, and
 * says on stdout what was done. Signals that would end this process go to the
 * command, and are waited out: the setting back always happens; after a kill
 * -9, by the journal. thp: see tune_find().
 * Returns the command's exit code, 128 and the signal when one ended it; 2
 * when nothing was run; 3 when something cannot be set back.
 */
int tune_run(char **command, const char *thp, const char *name);

/* Sets back what a process left that has ended; says so. Returns 0, or 3 with
 * words on stderr when it cannot. name: how the command calls itself. */
int tune_mend(const char *name);

#endif
