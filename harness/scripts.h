/*
 * The gnuplot scripts of plots/, copied beside the data that they draw.
 */
#ifndef EBB_HARNESS_SCRIPTS_H
#define EBB_HARNESS_SCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

/*
 * Copies n scripts into the folder, from plots/ here or beside ebb. Those that
 * are there stay when the originals are not found: a run's folder can be moved
 * anywhere.
 * Errors: a script is in none of the places, or cannot be written.
 */
bool scripts_copy(
    const char *folder, const char *const *names, size_t n, fault_t *fault);

#endif
