/*
 * A binding: what a process inherits from the thread that starts it: the CPUs
 * it may use, the memory node, huge pages or not. And what the kernel says
 * that it got.
 *
 * The starting thread takes the binding on, starts the process, and lays it
 * off again; so the process has it from its first instruction, through every
 * exec, and no wrapper is needed. posix_spawn returns when the exec was done.
 */
#ifndef EBB_HARNESS_BINDING_H
#define EBB_HARNESS_BINDING_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fault.h"

/* Huge pages of a process, by prctl(PR_SET_THP_DISABLE). */
typedef enum binding_thp_e {
	BINDING_THP_AS_IS,
	BINDING_THP_OFF,     /* none at all */
	BINDING_THP_ADVISED, /* only where it advises them; Linux 6.18 */
} binding_thp_t;

/* All 0: nothing. */
typedef struct binding_s binding_t;
struct binding_s {
	bool pinned; /* to cpus */
	cpu_set_t cpus;
	bool bound; /* to node */
	unsigned node;
	binding_thp_t thp;
};

/* What the thread was before. */
typedef struct binding_before_s binding_before_t;
struct binding_before_s {
	cpu_set_t cpus;
	int policy;
	unsigned long nodes[16]; /* a mask: the kernel's 1024 nodes at most */
	int thp;
};

/*
 * The calling thread takes it on. Errors: the kernel or this user cannot;
 * then the thread is as it was. binding_lay_off() afterwards unless it failed.
 */
bool binding_take_on(
    const binding_t *binding, binding_before_t *before, fault_t *fault);

/* Aborts if the kernel does not give back what the thread had. */
void binding_lay_off(const binding_t *binding, const binding_before_t *before);

/* As the kernel states it of a process. */
typedef struct placement_s placement_t;
struct placement_s {
	char cpus[256];     /* Cpus_allowed_list, "" unknown */
	char cpus_end[256]; /* ... when it had ended: a program may move */
	char mems[256];     /* Mems_allowed_list */
	int thp;            /* THP_enabled: 0, 1; -1: the kernel does not say */
	char policy[64];    /* numa_maps: of its first mapping; "" not read */
	json_t *nodes;      /* pages by node, once it works; NULL: not read */
	uint64_t nodes_t_ns; /* CLOCK_MONOTONIC of that; 0: not read */
};

/*
 * Reads it of a process that was just started and not yet reaped. numa: its
 * memory policy too.
 */
void placement_read(placement_t *placement, pid_t pid, bool numa);

/* Adds what holds when it has ended and is not yet reaped. */
void placement_read_end(placement_t *placement, pid_t pid);

/* Adds where its pages are now. Walks its page tables: once a sample. */
void placement_read_nodes(placement_t *placement, pid_t pid);

/*
 * Compares what the process got with what it should have.
 * Errors: it differs, or cannot be proven.
 */
bool placement_check(
    const placement_t *placement, const binding_t *binding, fault_t *fault);

/* For a sample's line. */
json_t *placement_json(const placement_t *placement);
void placement_release(placement_t *placement);

#endif
