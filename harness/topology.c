#include "topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysfile.h"
#include "text.h"

#define CPU_FOLDER "/sys/devices/system/cpu/cpu"
#define NODE_FOLDER "/sys/devices/system/node/"

bool
topology_list_read(cpu_set_t *set, const char *list)
{
	CPU_ZERO(set);
	const char *at = list;
	while (*at >= '0' && *at <= '9') {
		char *end;
		unsigned long first = strtoul(at, &end, 10);
		unsigned long last = first;
		if (*end == '-' && end[1] >= '0' && end[1] <= '9')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last >= TOPOLOGY_CPUS)
			return true;
		for (unsigned long i = first; i <= last; i++)
			CPU_SET(i, set);
		at = end;
		if (*at == ',')
			at++;
	}
	return at == list || (*at != '\0' && *at != '\n');
}

void
topology_list_write(const cpu_set_t *set, char *text, size_t room)
{
	size_t used = 0;
	*text = '\0';
	for (unsigned i = 0; i < TOPOLOGY_CPUS && used < room; i++) {
		unsigned last = i;
		if (!CPU_ISSET(i, set))
			continue;
		while (last + 1 < TOPOLOGY_CPUS && CPU_ISSET(last + 1, set))
			last++;
		used += (size_t)snprintf(text + used, room - used,
		    last > i ? "%s%u-%u" : "%s%u", used > 0 ? "," : "", i,
		    last);
		i = last;
	}
}

/* ------------------------------------------------------------------ nodes --
 */

static bool
node_list(const char *name, cpu_set_t *set)
{
	char *path = text_format(NODE_FOLDER "%s", name);
	char *line = sysfile_line(path);
	bool failed = line == NULL || topology_list_read(set, line);
	free(line);
	free(path);
	return failed;
}

/* The nodes there are: a set of their numbers. */
static bool
nodes_with_memory(cpu_set_t *nodes)
{
	return node_list("has_memory", nodes) && node_list("online", nodes);
}

bool
topology_has_node(unsigned node)
{
	cpu_set_t nodes;
	return node < TOPOLOGY_NODES && !nodes_with_memory(&nodes) &&
	       CPU_ISSET(node, &nodes);
}

/* A line "Node 0 MemTotal:  123 kB" of a node's meminfo, in bytes. */
static json_t *
node_memory(unsigned node, const char *name)
{
	char *path = text_format(NODE_FOLDER "node%u/meminfo", node);
	char *text = sysfile_text(path);
	const char *at = text == NULL ? NULL : strstr(text, name);
	json_t *json =
	    at == NULL
		? json_null()
		: json_integer(
		      (json_int_t)strtoll(at + strlen(name), NULL, 10) * 1024);
	free(text);
	free(path);
	return json;
}

json_t *
topology_nodes_json(void)
{
	cpu_set_t nodes;
	if (nodes_with_memory(&nodes))
		return json_null();
	json_t *json = json_object();
	for (unsigned i = 0; i < TOPOLOGY_NODES; i++) {
		char name[16];
		char *path = text_format(NODE_FOLDER "node%u/cpulist", i);
		if (CPU_ISSET(i, &nodes)) {
			snprintf(name, sizeof(name), "%u", i);
			json_object_set_new(json, name,
			    json_pack("{s:o,s:o,s:o}", "cpus",
				sysfile_line_json(path), "memory_bytes",
				node_memory(i, "MemTotal:"), "free_bytes",
				node_memory(i, "MemFree:")));
		}
		free(path);
	}
	return json;
}

/* -------------------------------------------------------------- the order --
 */

/* Which of its core's hardware threads a CPU is. Returns true when /sys does
 * not tell. */
static bool
sibling_read(topology_cpu_t *cpu)
{
	cpu_set_t core;
	char *path = text_format(
	    CPU_FOLDER "%u/topology/thread_siblings_list", cpu->cpu);
	char *line = sysfile_line(path);
	bool unknown = line == NULL || topology_list_read(&core, line);
	for (unsigned i = 0; i < cpu->cpu && !unknown; i++)
		cpu->sibling += CPU_ISSET(i, &core) != 0;
	free(line);
	free(path);
	return unknown;
}

static void
capacity_read(topology_cpu_t *cpu)
{
	int64_t capacity = 0;
	char *path = text_format(CPU_FOLDER "%u/cpu_capacity", cpu->cpu);
	if (!sysfile_number(path, &capacity))
		cpu->capacity = (long)capacity;
	free(path);
}

static void
nodes_read(topology_t *topology)
{
	cpu_set_t nodes;
	if (node_list("online", &nodes))
		return;
	for (unsigned node = 0; node < TOPOLOGY_NODES; node++) {
		cpu_set_t cpus;
		char name[32];
		snprintf(name, sizeof(name), "node%u/cpulist", node);
		if (!CPU_ISSET(node, &nodes) || node_list(name, &cpus))
			continue;
		for (size_t i = 0; i < topology->n; i++)
			if (CPU_ISSET(topology->v[i].cpu, &cpus))
				topology->v[i].node = node;
	}
}

static int
cpu_compare(const void *a, const void *b)
{
	const topology_cpu_t *x = a;
	const topology_cpu_t *y = b;
	if (x->sibling != y->sibling)
		return x->sibling < y->sibling ? -1 : 1;
	if (x->capacity != y->capacity)
		return x->capacity > y->capacity ? -1 : 1;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

void
topology_read(topology_t *topology, const cpu_set_t *allowed)
{
	topology->n = 0;
	topology->known = true;
	for (unsigned i = 0; i < TOPOLOGY_CPUS; i++) {
		topology_cpu_t cpu = {.cpu = i};
		if (!CPU_ISSET(i, allowed))
			continue;
		topology->known &= !sibling_read(&cpu);
		capacity_read(&cpu);
		topology->v[topology->n++] = cpu;
	}
	nodes_read(topology);
	qsort(topology->v, topology->n, sizeof(*topology->v), cpu_compare);
}

void
topology_prefer_node(topology_t *topology, unsigned node)
{
	topology_cpu_t sorted[TOPOLOGY_CPUS];
	size_t n = 0;
	for (int other = 0; other < 2; other++)
		for (size_t i = 0; i < topology->n; i++)
			if ((topology->v[i].node != node) == other)
				sorted[n++] = topology->v[i];
	memcpy(topology->v, sorted, n * sizeof(*sorted));
}
