/*
 * The machine: what a number depends on besides the program.
 */
#ifndef EBB_HARNESS_MACHINE_H
#define EBB_HARNESS_MACHINE_H

#include <jansson.h>
#include <stdint.h>

#include "place.h"
#include "text.h"

/*
 * machine.json. What cannot be had is null. Runs lscpu and ebb-census,
 * briefly.
 * The caller owns the object.
 */
json_t *machine_describe(const place_t *place);

/* Adds warnings about a machine, as described, that makes numbers worse. */
void machine_warn(const json_t *machine, words_t *warnings);

/* CPUs this process may run on, at least 1. */
unsigned machine_cpus(void);

/* A quarter of min(available memory, the cgroup's limit), in bytes; 0 when
 * neither is known. */
uint64_t machine_mem_limit(void);

#endif
