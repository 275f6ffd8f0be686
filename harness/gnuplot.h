/*
 * Runs gnuplot, the only program that draws.
 */
#ifndef EBB_HARNESS_GNUPLOT_H
#define EBB_HARNESS_GNUPLOT_H

#include <stdbool.h>

#include "fault.h"

/*
 * Runs `gnuplot script` in the folder dir and waits for it.
 * Errors: gnuplot is not installed (the fault says how to get it), or the
 * script fails (the fault holds the beginning of what gnuplot said).
 */
bool gnuplot_run(const char *dir, const char *script, fault_t *fault);

#endif
