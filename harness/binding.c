#include "binding.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "text.h"
#include "topology.h"

#ifndef PR_THP_DISABLE_EXCEPT_ADVISED
#	define PR_THP_DISABLE_EXCEPT_ADVISED (1 << 1)
#endif

/* Bits of a node mask as set_mempolicy and get_mempolicy take it. */
#define NODE_BITS (8 * sizeof(((binding_before_t *)0)->nodes))

/* ------------------------------------------------------------ taking it on --
 */

static int
policy_set(int policy, const unsigned long *nodes)
{
	return (int)syscall(SYS_set_mempolicy, policy,
	    policy == MPOL_DEFAULT ? NULL : nodes,
	    policy == MPOL_DEFAULT ? 0 : NODE_BITS);
}

static bool
cpus_take_on(const binding_t *binding, binding_before_t *before, fault_t *fault)
{
	if (!binding->pinned)
		return false;
	if (sched_getaffinity(0, sizeof(before->cpus), &before->cpus) == 0 &&
	    sched_setaffinity(0, sizeof(binding->cpus), &binding->cpus) == 0)
		return false;
	char list[128];
	topology_list_write(&binding->cpus, list, sizeof(list));
	return fault_set_errno(fault,
	    "cannot pin to CPUs %s (sched_setaffinity); leave out --pin", list);
}

static bool
node_take_on(const binding_t *binding, binding_before_t *before, fault_t *fault)
{
	unsigned long nodes[16] = {0};
	unsigned bits = 8 * sizeof(*nodes);
	if (!binding->bound)
		return false;
	nodes[binding->node / bits] |= 1ul << binding->node % bits;
	if (syscall(SYS_get_mempolicy, &before->policy, before->nodes,
		NODE_BITS, NULL, 0) == 0 &&
	    policy_set(MPOL_BIND, nodes) == 0)
		return false;
	return fault_set_errno(fault,
	    "cannot bind memory to node %u (set_mempolicy%s); leave out --bind",
	    binding->node,
	    errno == EPERM ? ": containers often forbid it" : "");
}

static bool
thp_take_on(const binding_t *binding, binding_before_t *before, fault_t *fault)
{
	static const unsigned long flags[] = {
	    [BINDING_THP_ADVISED] = PR_THP_DISABLE_EXCEPT_ADVISED,
	    [BINDING_THP_OFF] = 0};
	if (binding->thp == BINDING_THP_AS_IS)
		return false;
	before->thp = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	int want = 1 | (int)flags[binding->thp];
	if (before->thp >= 0 &&
	    prctl(PR_SET_THP_DISABLE, 1, flags[binding->thp], 0, 0) == 0 &&
	    prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == want)
		return false;
	return fault_set_errno(fault, "cannot set the huge pages of a process "
				      "(PR_SET_THP_DISABLE); leave out --thp");
}

static void
thp_lay_off(const binding_t *binding, const binding_before_t *before)
{
	if (binding->thp != BINDING_THP_AS_IS &&
	    prctl(PR_SET_THP_DISABLE, before->thp & 1, before->thp & ~1, 0,
		0) != 0)
		abort();
}

static void
node_lay_off(const binding_t *binding, const binding_before_t *before)
{
	if (binding->bound && policy_set(before->policy, before->nodes) != 0)
		abort();
}

static void
cpus_lay_off(const binding_t *binding, const binding_before_t *before)
{
	/* Fails when those CPUs went offline meanwhile: then all that there
	 * are is what the kernel gives anyway. */
	if (binding->pinned &&
	    sched_setaffinity(0, sizeof(before->cpus), &before->cpus) != 0 &&
	    errno != EINVAL)
		abort();
}

bool
binding_take_on(
    const binding_t *binding, binding_before_t *before, fault_t *fault)
{
	*before = (binding_before_t){0};
	if (cpus_take_on(binding, before, fault))
		return true;
	if (node_take_on(binding, before, fault)) {
		cpus_lay_off(binding, before);
		return true;
	}
	if (thp_take_on(binding, before, fault)) {
		node_lay_off(binding, before);
		cpus_lay_off(binding, before);
		return true;
	}
	return false;
}

void
binding_lay_off(const binding_t *binding, const binding_before_t *before)
{
	thp_lay_off(binding, before);
	node_lay_off(binding, before);
	cpus_lay_off(binding, before);
}

/* -------------------------------------------------------- reading it back --
 */

/* Copies the rest of the line that begins with name, without white space. */
static void
status_field(const char *line, const char *name, char *out, size_t room)
{
	size_t length = strlen(name);
	if (strncmp(line, name, length) != 0)
		return;
	const char *value = line + length + strspn(line + length, " \t");
	snprintf(out, room, "%.*s", (int)strcspn(value, "\n"), value);
}

static void
status_read(placement_t *placement, pid_t pid)
{
	char path[64];
	char thp[16] = "";
	char *line = NULL;
	size_t room = 0;
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	FILE *stream = fopen(path, "re");
	while (stream != NULL && getline(&line, &room, stream) > 0) {
		status_field(line, "Cpus_allowed_list:", placement->cpus,
		    sizeof(placement->cpus));
		status_field(line, "Mems_allowed_list:", placement->mems,
		    sizeof(placement->mems));
		status_field(line, "THP_enabled:", thp, sizeof(thp));
	}
	placement->thp = thp[0] == '\0' ? -1 : atoi(thp);
	free(line);
	if (stream != NULL)
		fclose(stream);
}

static FILE *
numa_open(pid_t pid)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%ld/numa_maps", (long)pid);
	return fopen(path, "re");
}

static void
policy_read(placement_t *placement, pid_t pid)
{
	FILE *stream = numa_open(pid);
	if (stream != NULL &&
	    fscanf(stream, "%*s %63s", placement->policy) != 1)
		placement->policy[0] = '\0';
	if (stream != NULL)
		fclose(stream);
}

void
placement_read(placement_t *placement, pid_t pid, bool numa)
{
	*placement = (placement_t){.thp = -1};
	status_read(placement, pid);
	if (numa)
		policy_read(placement, pid);
}

void
placement_read_end(placement_t *placement, pid_t pid)
{
	placement_t end = {.thp = -1};
	status_read(&end, pid);
	snprintf(
	    placement->cpus_end, sizeof(placement->cpus_end), "%s", end.cpus);
}

/* Adds up words as "N0=123" of a mapping's line. */
static void
pages_add(json_t *nodes, char *line)
{
	char *rest = NULL;
	for (char *word = strtok_r(line, " \n", &rest); word != NULL;
	     word = strtok_r(NULL, " \n", &rest)) {
		char *equals = strchr(word, '=');
		if (word[0] != 'N' || equals == NULL || word[1] < '0' ||
		    word[1] > '9')
			continue;
		*equals = '\0';
		json_t *sum = json_object_get(nodes, word + 1);
		json_object_set_new(nodes, word + 1,
		    json_integer(json_integer_value(sum) + atoll(equals + 1)));
	}
}

void
placement_read_nodes(placement_t *placement, pid_t pid)
{
	char *line = NULL;
	size_t room = 0;
	struct timespec now;
	FILE *stream = numa_open(pid);
	if (stream == NULL)
		return;
	json_t *nodes = json_object();
	while (getline(&line, &room, stream) > 0)
		pages_add(nodes, line);
	free(line);
	fclose(stream);
	json_decref(placement->nodes);
	placement->nodes = nodes;
	clock_gettime(CLOCK_MONOTONIC, &now);
	placement->nodes_t_ns =
	    (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --------------------------------------------------------------- judging -- */

static bool
cpus_check(
    const placement_t *placement, const binding_t *binding, fault_t *fault)
{
	cpu_set_t got;
	char want[128];
	topology_list_write(&binding->cpus, want, sizeof(want));
	if (topology_list_read(&got, placement->cpus))
		return fault_set(fault,
		    "it was to run on CPUs %s, but /proc/PID/status does not "
		    "tell where it may",
		    want);
	if (!CPU_EQUAL(&got, &binding->cpus))
		return fault_set(fault,
		    "it was to run on CPUs %s, but may run on %s", want,
		    placement->cpus);
	return placement->cpus_end[0] != '\0' &&
	       strcmp(placement->cpus_end, placement->cpus) != 0 &&
	       fault_set(fault,
		   "it was to run on CPUs %s, but moved itself to %s", want,
		   placement->cpus_end);
}

static bool
node_check(
    const placement_t *placement, const binding_t *binding, fault_t *fault)
{
	char want[32];
	snprintf(want, sizeof(want), "bind:%u", binding->node);
	if (placement->policy[0] == '\0')
		return fault_set(fault,
		    "its memory was to come from node %u, but "
		    "/proc/PID/numa_maps does not tell its policy",
		    binding->node);
	return strcmp(placement->policy, want) != 0 &&
	       fault_set(fault,
		   "its memory was to come from node %u, but its policy is %s",
		   binding->node, placement->policy);
}

static bool
thp_check(
    const placement_t *placement, const binding_t *binding, fault_t *fault)
{
	if (binding->thp == BINDING_THP_OFF && placement->thp != 0)
		return fault_set(fault,
		    "it was to have no huge pages, but /proc/PID/status %s",
		    placement->thp < 0 ? "does not tell" : "says it may");
	return false;
}

bool
placement_check(
    const placement_t *placement, const binding_t *binding, fault_t *fault)
{
	return (binding->pinned && cpus_check(placement, binding, fault)) ||
	       (binding->bound && node_check(placement, binding, fault)) ||
	       thp_check(placement, binding, fault);
}

static json_t *
text_json(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}

json_t *
placement_json(const placement_t *placement)
{
	json_t *json = json_pack("{s:o,s:o,s:o}", "cpus",
	    text_json(placement->cpus), "mems", text_json(placement->mems),
	    "thp_enabled",
	    placement->thp < 0 ? json_null() : json_integer(placement->thp));
	if (placement->cpus_end[0] != '\0')
		json_object_set_new(
		    json, "cpus_end", json_string(placement->cpus_end));
	if (placement->policy[0] != '\0')
		json_object_set_new(
		    json, "policy", json_string(placement->policy));
	if (placement->nodes != NULL)
		json_object_set_new(
		    json, "pages_by_node", json_incref(placement->nodes));
	if (placement->nodes_t_ns != 0)
		json_object_set_new(json, "pages_t_ns",
		    json_integer((json_int_t)placement->nodes_t_ns));
	return json;
}

void
placement_release(placement_t *placement)
{
	json_decref(placement->nodes);
	*placement = (placement_t){.thp = -1};
}
