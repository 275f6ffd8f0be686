/*
 * The control groups this process is in: where their files are, in version 1
 * (a hierarchy for each controller) and 2 (one for all), and the limits that
 * hold, which are the least of the group's own and those above it.
 */
#ifndef EBB_HARNESS_CGROUP_H
#define EBB_HARNESS_CGROUP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The controllers asked for. */
typedef enum cgroup_kind_e {
	CGROUP_CPU,
	CGROUP_MEMORY,
	CGROUP_KINDS
} cgroup_kind_t;

typedef struct cgroup_s cgroup_t;
struct cgroup_s {
	int version; /* 1 or 2; 0: this controller is not there */
	char *mount; /* "/sys/fs/cgroup", or that of the controller */
	char *path;  /* below it, "" for the top */
};

/* Finds the group of a controller. cgroup_release() afterwards, always. */
void cgroup_find(cgroup_t *group, cgroup_kind_t kind);
void cgroup_release(cgroup_t *group);

/* A file of the group, as a path for sysfile.h; the caller frees it. */
char *cgroup_file(const cgroup_t *group, const char *name);

/* The least memory limit that holds, in bytes; 0: none. */
uint64_t cgroup_memory_limit(void);

/* CPUs that the quota is worth, as 1.5; 0: no quota. */
double cgroup_cpus(void);

/*
 * Counts of the CPU group: time for which it was held back, in ns. Returns
 * true, and *why, when there is none.
 */
bool cgroup_throttled_ns(int64_t *ns, const char **why);

/* How often the memory limit was met (memory.events' high and max, or
 * failcnt). Returns true, and *why, when there is none. */
bool cgroup_limit_events(int64_t *events, const char **why);

/*
 * For machine.json: {"version":..., "path":..., "controllers":[...],
 * "cpu_max":..., "memory_max":..., "memory_high":..., "memory_swap_max":...,
 * "writable":...}; what cannot be had is null.
 */
json_t *cgroup_describe(void);

#endif
