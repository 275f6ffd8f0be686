/*
 * The machine: what a number depends on besides the program.
 */
#ifndef EBB_HARNESS_MACHINE_H
#define EBB_HARNESS_MACHINE_H

#include <jansson.h>
#include <stdint.h>

#include "allocators.h"
#include "place.h"
#include "text.h"

/*
 * machine.json. What cannot be had is null. Runs lscpu and ebb-census,
 * briefly.
 * The caller owns the object.
 */
json_t *machine_describe(const place_t *place);

/*
 * Adds what runs on it: SHA-256 of the workload programs, ebb itself, and each
 * arm's library (glibc's is the C library).
 */
void machine_describe_programs(
    json_t *machine, const place_t *place, const arms_t *arms);

/* Adds warnings about a machine, as described, that makes numbers worse. */
void machine_warn(const json_t *machine, words_t *warnings);

/* CPUs this process may run on, at least 1. */
unsigned machine_cpus(void);

/* A quarter of min(available memory, the cgroup's limit), in bytes; 0 when
 * neither is known. */
uint64_t machine_mem_limit(void);

#endif
