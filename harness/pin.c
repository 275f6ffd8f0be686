#include "pin.h"

#include <stdlib.h>
#include <string.h>

#include "launch.h"
#include "store.h"
#include "sysfile.h"
#include "text.h"
#include "topology.h"

#define THP_ENABLED "/sys/kernel/mm/transparent_hugepage/enabled"

static const char *const cpus_names[PIN_CPUS_KINDS] = {"none", "cpus"};
static const char *const thp_names[PIN_THP_KINDS] = {
    "inherit", "never", "madvise", "always"};

/* --------------------------------------------------------- words and JSON --
 */

static int
name_lookup(const char *const *names, int n, const char *text)
{
	int i = 0;
	while (i < n && strcmp(names[i], text) != 0)
		i++;
	return i;
}

bool
pin_parse_cpus(pin_t *pin, const char *text, fault_t *fault)
{
	int i = name_lookup(cpus_names, PIN_CPUS_KINDS, text);
	if (i == PIN_CPUS_KINDS)
		return fault_set(fault,
		    "'%s': none, or cpus: each sample on as many CPUs as it "
		    "has threads",
		    text);
	pin->cpus = (pin_cpus_t)i;
	return false;
}

bool
pin_parse_bind(pin_t *pin, const char *text, fault_t *fault)
{
	char *end;
	unsigned long node = strtoul(text, &end, 10);
	bool number = *text >= '0' && *text <= '9' && *end == '\0' &&
		      node < TOPOLOGY_NODES;
	if (strcmp(text, "none") == 0)
		pin->bind = PIN_BIND_NONE;
	else if (strcmp(text, "auto") == 0)
		pin->bind = PIN_BIND_AUTO;
	else if (number)
		pin->bind = PIN_BIND_NODE;
	else
		return fault_set(fault,
		    "'%s': none, auto, or the number of a node of memory from "
		    "0 to %d",
		    text, TOPOLOGY_NODES - 1);
	pin->node = number ? (unsigned)node : 0;
	return false;
}

bool
pin_parse_thp(pin_t *pin, const char *text, fault_t *fault)
{
	int i = name_lookup(thp_names, PIN_THP_KINDS, text);
	if (i == PIN_THP_KINDS)
		return fault_set(
		    fault, "'%s': inherit, never, madvise or always", text);
	pin->thp = (pin_thp_t)i;
	return false;
}

/* "none", "auto" or the number; the caller frees it. */
static char *
bind_text(const pin_t *pin)
{
	return pin->bind == PIN_BIND_NONE   ? text_copy("none")
	       : pin->bind == PIN_BIND_AUTO ? text_copy("auto")
					    : text_format("%u", pin->node);
}

json_t *
pin_to_json(const pin_t *pin)
{
	char *bind = bind_text(pin);
	json_t *json = json_pack("{s:s,s:s,s:s}", "cpus", cpus_names[pin->cpus],
	    "bind", bind, "thp", thp_names[pin->thp]);
	free(bind);
	return json;
}

void
pin_from_json(pin_t *pin, const json_t *json)
{
	fault_t none;
	*pin = (pin_t){0};
	if (!json_is_object(json))
		return;
	pin_parse_cpus(pin, sample_text(json, "cpus"), &none);
	pin_parse_bind(pin, sample_text(json, "bind"), &none);
	pin_parse_thp(pin, sample_text(json, "thp"), &none);
}

char *
pin_words(const pin_t *pin)
{
	static const char *const cpus[PIN_CPUS_KINDS] = {
	    [PIN_NONE] = "not pinned: allocators size themselves by the CPUs "
			 "they may use",
	    [PIN_CPUS] = "pinned to as many CPUs as threads, physical cores "
			 "first; that is also the number allocators see"};
	char *words = text_copy(cpus[pin->cpus]);
	char *bind = bind_text(pin);
	if (pin->bind != PIN_BIND_NONE)
		text_assign(&words, "%s; memory of node %s", words, bind);
	if (pin->thp != PIN_THP_INHERIT)
		text_assign(
		    &words, "%s; huge pages: %s", words, thp_names[pin->thp]);
	free(bind);
	return words;
}

/* -------------------------------------------------------------- resolving --
 */

static void
cpus_resolve(const topology_t *topology, unsigned threads, binding_t *binding)
{
	size_t n = threads < topology->n ? threads : topology->n;
	binding->pinned = true;
	CPU_ZERO(&binding->cpus);
	for (size_t i = 0; i < (n > 0 ? n : 1); i++)
		CPU_SET(topology->v[i].cpu, &binding->cpus);
}

static bool
node_resolve(const pin_t *pin, const topology_t *topology, binding_t *binding,
    fault_t *fault)
{
	binding->bound = true;
	binding->node =
	    pin->bind == PIN_BIND_AUTO ? topology->v[0].node : pin->node;
	return !topology_has_node(binding->node) &&
	       fault_set(fault,
		   "--bind: there is no memory node %u here ('lscpu' lists the "
		   "nodes)",
		   binding->node);
}

/* What a process must be told so that it has huge pages as asked for, given
 * how the machine is set. */
static bool
thp_resolve(const pin_t *pin, binding_t *binding, fault_t *fault)
{
	char *machine = sysfile_chosen(THP_ENABLED);
	const char *want = thp_names[pin->thp];
	bool same = machine != NULL && strcmp(machine, want) == 0;
	bool failed = false;
	if (pin->thp == PIN_THP_NEVER)
		binding->thp = BINDING_THP_OFF;
	else if (pin->thp == PIN_THP_MADVISE && !same && machine != NULL &&
		 strcmp(machine, "always") == 0)
		binding->thp = BINDING_THP_ADVISED;
	else if (pin->thp != PIN_THP_INHERIT && !same)
		failed = fault_set(fault,
		    "--thp %s: huge pages are %s on this machine, and a "
		    "process can only be given less; as root: ebb doctor "
		    "--thp %s --tune-system -- ebb run ...",
		    want, machine == NULL ? "not there" : machine, want);
	free(machine);
	return failed;
}

bool
pin_resolve(
    const pin_t *pin, unsigned threads, binding_t *binding, fault_t *fault)
{
	cpu_set_t allowed;
	*binding = (binding_t){0};
	if (thp_resolve(pin, binding, fault))
		return true;
	if (pin->cpus == PIN_NONE && pin->bind == PIN_BIND_NONE)
		return false;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return fault_set_errno(
		    fault, "--pin: cannot find out which CPUs may be used");
	topology_t *topology = text_memory(1, sizeof(*topology));
	topology_read(topology, &allowed);
	bool failed = false;
	if (pin->bind == PIN_BIND_NODE)
		topology_prefer_node(topology, pin->node);
	if (pin->cpus == PIN_CPUS && !topology->known)
		failed = fault_set(fault,
		    "--pin: /sys/devices/system/cpu does not tell which CPUs "
		    "share a core; leave it out");
	if (!failed && pin->bind != PIN_BIND_NONE)
		failed = node_resolve(pin, topology, binding, fault);
	if (!failed && pin->cpus == PIN_CPUS)
		cpus_resolve(topology, threads, binding);
	free(topology);
	return failed;
}

bool
pin_check(const pin_t *pin, fault_t *fault)
{
	binding_t binding;
	placement_t placement;
	process_t process;
	ending_t ending;
	launch_t launch = {.binding = &binding};
	if (pin_resolve(pin, 1, &binding, fault))
		return true;
	if (!binding.pinned && !binding.bound &&
	    binding.thp == BINDING_THP_AS_IS)
		return false;
	/* Waits until it is killed: it cannot end before it was read. */
	words_add(&launch.argv, "/bin/sleep");
	words_add(&launch.argv, "60");
	bool failed = launch_start(&process, &launch, fault);
	if (!failed) {
		placement_read(&placement, process.pid, binding.bound);
		failed = placement_check(&placement, &binding, fault);
		placement_release(&placement);
		launch_reap(&process, &ending);
	}
	words_release(&launch.argv);
	return failed;
}
