#include "machine.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "census.h"
#include "cgroup.h"
#include "launch.h"
#include "machine_parts.h"
#include "perf_counters.h"
#include "sha256.h"
#include "store.h"
#include "sysfile.h"
#include "version.h"
#include "warn.h"

#define TOOL_TIMEOUT_MS 5000
/* The kernel's default; 64 KiB mappings of 4 GiB are as many. */
#define MAPS_LEAST 65530

/* What this program, and in one build with it the others, came from. */
#ifdef __clang__
#	define COMPILER __VERSION__
#else
#	define COMPILER "gcc " __VERSION__
#endif

static json_t *
lscpu_json(void)
{
	words_t argv = {0};
	fault_t fault;
	words_add(&argv, "lscpu");
	words_add(&argv, "--json");
	char *text = launch_output(&argv, TOOL_TIMEOUT_MS, &fault);
	json_t *json = text == NULL ? NULL : json_loads(text, 0, NULL);
	free(text);
	return json == NULL ? json_null() : json;
}

static json_t *
symlink_json(const char *path)
{
	char target[1024];
	char *full = sysfile_path(path);
	ssize_t n = readlink(full, target, sizeof(target) - 1);
	free(full);
	if (n < 0)
		return json_null();
	target[n] = '\0';
	return json_string(target);
}

unsigned
machine_cpus(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	int n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}

uint64_t
machine_mem_limit(void)
{
	int64_t available = 0;
	uint64_t limit = cgroup_memory_limit();
	if (sysfile_field("/proc/meminfo", "MemAvailable", &available))
		available = 0;
	uint64_t least = (uint64_t)available * 1024;
	if (limit > 0 && (least == 0 || limit < least))
		least = limit;
	return least / 4;
}

/* The load of the last minute. */
static json_t *
load_json(void)
{
	char *line = sysfile_line("/proc/loadavg");
	json_t *json = line == NULL ? json_null() : json_real(atof(line));
	free(line);
	return json;
}

json_t *
machine_describe(const place_t *place)
{
	struct utsname name = {0};
	uname(&name);
	json_t *machine = json_pack("{s:i,s:s,s:s,s:s,s:s,s:i}", "schema",
	    STORE_SCHEMA, "host", name.nodename, "kernel", name.release,
	    "kernel_version", name.version, "architecture", name.machine,
	    "ncpu", (int)machine_cpus());
	const struct {
		const char *key;
		json_t *value;
	} rest[] = {
	    {"lscpu", lscpu_json()},
	    {"perf_paranoid",
		sysfile_line_json("/proc/sys/kernel/perf_event_paranoid")},
	    {"counters", perf_counters_available()},
	    {"census", census_method_json(place)},
	    {"load", load_json()},
	    {"malloc_conf_symlink", symlink_json("/etc/malloc.conf")},
	    {"compiler", json_string(COMPILER)},
	    {"glibc", json_string(gnu_get_libc_version())},
	    {"page_size", json_integer(sysconf(_SC_PAGESIZE))},
	    {"ebb_commit", json_string(ebb_commit)},
	    {"source",
		json_pack("{s:s,s:b,s:s}", "commit", ebb_commit, "dirty",
		    strchr(ebb_commit, '+') != NULL, "tree_sha256", ebb_tree)},
	};
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		json_object_set_new(machine, rest[i].key, rest[i].value);
	machine_describe_cpu(machine);
	machine_describe_memory(machine);
	return machine;
}

/* {"file":...,"sha256":...}; null without a file that can be read. */
static json_t *
hash_json(const char *path)
{
	char hex[SHA256_HEX];
	if (path == NULL || sha256_file(path, hex))
		return json_null();
	return json_pack("{s:s,s:s}", "file", path, "sha256", hex);
}

void
machine_describe_programs(
    json_t *machine, const place_t *place, const arms_t *arms)
{
	Dl_info libc;
	json_t *programs = json_object();
	json_t *libraries = json_object();
	const char *own =
	    dladdr((void *)(uintptr_t)gnu_get_libc_version, &libc) != 0
		? libc.dli_fname
		: NULL;
	const struct {
		const char *key, *path;
	} rows[] = {
	    {"workload", place->workload},
	    {"workload-gbench", place->gbench},
	    {"ebb", "/proc/self/exe"},
	    {"probe", place->probe},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_object_set_new(
		    programs, rows[i].key, hash_json(rows[i].path));
	/* glibc's malloc is in the C library, ours and the workloads'. */
	for (size_t i = 0; i < arms->n; i++) {
		const arm_t *arm = &arms->v[i];
		if (arm->control[0] == '\0')
			json_object_set_new(libraries, arm->name,
			    hash_json(
				arm->kind == ARM_GLIBC ? own : arm->path));
	}
	json_object_set_new(machine, "programs", programs);
	json_object_set_new(machine, "libraries", libraries);
}

/* Settings under which the kernel refuses memory that it has. */
static void
limits_warn(const json_t *machine, words_t *warnings)
{
	long maps = atol(sample_text(machine, "max_map_count"));
	json_int_t space = sample_number(machine, "address_space_limit");
	if (strcmp(sample_text(machine, "overcommit"), "2") == 0)
		warn_add(warnings, WARN_LIMITS,
		    "vm.overcommit_memory is 2: address space counts");
	if (maps > 0 && maps < MAPS_LEAST)
		warn_add(warnings, WARN_LIMITS,
		    "vm.max_map_count is %ld, the default is %d", maps,
		    MAPS_LEAST);
	if (space > 0)
		warn_add(warnings, WARN_LIMITS,
		    "the address space is limited to %lld bytes (ulimit -v)",
		    (long long)space);
}

void
machine_warn(const json_t *machine, words_t *warnings)
{
	const char *governor = sample_text(machine, "governor");
	const char *clock = sample_text(machine, "clocksource");
	double load = json_number_value(json_object_get(machine, "load"));
	if (sample_text(machine, "malloc_conf_symlink")[0] != '\0')
		warn_add(warnings, WARN_CONF_SYMLINK, "%s",
		    sample_text(machine, "malloc_conf_symlink"));
	if (governor[0] != '\0' && strcmp(governor, "performance") != 0)
		warn_add(warnings, WARN_GOVERNOR, "%s", governor);
	if (clock[0] != '\0' && strcmp(clock, "tsc") != 0 &&
	    strcmp(clock, "kvm-clock") != 0 &&
	    strcmp(clock, "arch_sys_counter") != 0)
		warn_add(warnings, WARN_CLOCK, "%s", clock);
	if (strcmp(sample_text(machine, "thp"), "always") == 0)
		warn_add(warnings, WARN_THP, NULL);
	if (sample_number(machine, "swap_used_bytes") > 0)
		warn_add(warnings, WARN_SWAP, "%lld bytes",
		    (long long)sample_number(machine, "swap_used_bytes"));
	if (strcmp(sample_text(machine, "aslr"), "0") == 0)
		warn_add(warnings, WARN_ASLR, NULL);
	limits_warn(machine, warnings);
	if (load > 0.5 * machine_cpus())
		warn_add(warnings, WARN_LOAD, "load %.2f on %u CPUs", load,
		    machine_cpus());
}
