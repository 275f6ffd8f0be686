/*
 * The parts of the machine's fingerprint, each in a file of its own. They add
 * keys to machine.json; what cannot be had is null.
 */
#ifndef EBB_HARNESS_MACHINE_PARTS_H
#define EBB_HARNESS_MACHINE_PARTS_H

#include <jansson.h>

/* CPUs, their clocks, mitigations (machine_cpu.c). */
void machine_describe_cpu(json_t *machine);

/* Memory, huge pages, swap, nodes, limits (machine_memory.c). */
void machine_describe_memory(json_t *machine);

#endif
