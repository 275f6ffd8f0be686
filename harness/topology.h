/*
 * The topology: which CPUs share a core, a package, a memory node, and in
 * which order to use them.
 */
#ifndef EBB_HARNESS_TOPOLOGY_H
#define EBB_HARNESS_TOPOLOGY_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* Most CPUs, those of a cpu_set_t; nodes of memory, as a mask of 64 bits. */
#define TOPOLOGY_CPUS CPU_SETSIZE
#define TOPOLOGY_NODES 64

typedef struct topology_cpu_s topology_cpu_t;
struct topology_cpu_s {
	unsigned cpu;
	unsigned sibling; /* which hardware thread of its core: 0 the first */
	unsigned node;    /* of memory; 0 when there is but one */
	long capacity;    /* of hybrid CPUs: greater is faster; else 0 */
};

typedef struct topology_s topology_t;
struct topology_s {
	topology_cpu_t v[TOPOLOGY_CPUS]; /* in the order of use */
	size_t n;
	bool known; /* /sys told who shares a core */
};

/*
 * The CPUs of a set, in the order in which to use them: one hardware thread of
 * each physical core first, faster cores before slower ones, cores of a node
 * together; then the second threads. What /sys does not tell is taken for a
 * core of its own.
 */
void topology_read(topology_t *topology, const cpu_set_t *allowed);

/* Puts the CPUs of a node before the others, otherwise in the same order. */
void topology_prefer_node(topology_t *topology, unsigned node);

/* Reads a list as "0-2,5" into a set. Returns true when it is none. */
bool topology_list_read(cpu_set_t *set, const char *list);

/* Writes "0-2,5" into text, cut to room. */
void topology_list_write(const cpu_set_t *set, char *text, size_t room);

/*
 * Nodes with memory: {"0":{"cpus":"0-3","memory_bytes":...,"free_bytes":...}}.
 * null where the kernel shows none.
 */
json_t *topology_nodes_json(void);

/* True when there is such a node of memory. */
bool topology_has_node(unsigned node);

#endif
