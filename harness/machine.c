#include "machine.h"

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
#include "perf_counters.h"
#include "store.h"
#include "version.h"
#include "warn.h"

#define TOOL_TIMEOUT_MS 5000

/* What this program, and in one build with it the others, came from. */
#ifdef __clang__
#	define COMPILER __VERSION__
#else
#	define COMPILER "gcc " __VERSION__
#endif

/* The first line of a small file as a new string, or NULL. */
static char *
file_line(const char *path)
{
	char text[512];
	FILE *stream = fopen(path, "re");
	bool got = stream != NULL && fgets(text, sizeof(text), stream) != NULL;
	if (stream != NULL)
		fclose(stream);
	if (!got)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text_copy(text);
}

static json_t *
file_json(const char *path)
{
	char *line = file_line(path);
	json_t *json = line == NULL ? json_null() : json_string(line);
	free(line);
	return json;
}

/* Of "always [madvise] never", the word in brackets. */
static json_t *
chosen_json(const char *path)
{
	char *line = file_line(path);
	char *begin = line == NULL ? NULL : strchr(line, '[');
	json_t *json = json_null();
	if (begin != NULL) {
		begin[strcspn(begin, "]")] = '\0';
		json = json_string(begin + 1);
	}
	free(line);
	return json;
}

/* The number behind "name" in a file of "name: number unit" lines. */
static uint64_t
field_number(const char *path, const char *name)
{
	char text[256];
	uint64_t number = 0;
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return 0;
	while (fgets(text, sizeof(text), stream) != NULL)
		if (strncmp(text, name, strlen(name)) == 0)
			number = strtoull(text + strlen(name), NULL, 10);
	fclose(stream);
	return number;
}

static json_t *
cpu_model(void)
{
	char text[256], *colon;
	json_t *model = NULL;
	FILE *stream = fopen("/proc/cpuinfo", "re");
	while (stream != NULL && model == NULL &&
	       fgets(text, sizeof(text), stream) != NULL)
		if (strncmp(text, "model name", 10) == 0 &&
		    (colon = strchr(text, ':')) != NULL) {
			text[strcspn(text, "\n")] = '\0';
			model = json_string(colon + 2);
		}
	if (stream != NULL)
		fclose(stream);
	return model == NULL ? json_null() : model;
}

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
	ssize_t n = readlink(path, target, sizeof(target) - 1);
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
	uint64_t least = field_number("/proc/meminfo", "MemAvailable:") * 1024;
	uint64_t limit = cgroup_memory_limit();
	if (limit > 0 && (least == 0 || limit < least))
		least = limit;
	return least / 4;
}

json_t *
machine_describe(const place_t *place)
{
	struct utsname name = {0};
	double load[1] = {0};
	uname(&name);
	int loads = getloadavg(load, 1);
	uint64_t limit = cgroup_memory_limit();
	uint64_t swap = field_number("/proc/meminfo", "SwapTotal:") -
			field_number("/proc/meminfo", "SwapFree:");
	json_t *machine = json_pack("{s:i,s:s,s:s,s:s,s:o,s:i,s:I}", "schema",
	    STORE_SCHEMA, "host", name.nodename, "kernel", name.release,
	    "architecture", name.machine, "cpu_model", cpu_model(), "ncpu",
	    (int)machine_cpus(), "memory_bytes",
	    (json_int_t)field_number("/proc/meminfo", "MemTotal:") * 1024);
	const struct {
		const char *key;
		json_t *value;
	} rest[] = {
	    {"memory_available_bytes",
		json_integer(
		    (json_int_t)field_number("/proc/meminfo", "MemAvailable:") *
		    1024)},
	    {"kernel_version", json_string(name.version)},
	    {"lscpu", lscpu_json()},
	    {"thp", chosen_json("/sys/kernel/mm/transparent_hugepage/enabled")},
	    {"overcommit", file_json("/proc/sys/vm/overcommit_memory")},
	    {"max_map_count", file_json("/proc/sys/vm/max_map_count")},
	    {"governor",
		file_json(
		    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
	    {"clocksource",
		file_json("/sys/devices/system/clocksource/clocksource0/"
			  "current_clocksource")},
	    {"perf_paranoid",
		file_json("/proc/sys/kernel/perf_event_paranoid")},
	    {"counters", perf_counters_available()},
	    {"census", census_method_json(place)},
	    {"cgroup_memory_max",
		limit > 0 ? json_integer((json_int_t)limit) : json_null()},
	    {"swap_used_bytes", json_integer((json_int_t)swap * 1024)},
	    {"load", loads == 1 ? json_real(load[0]) : json_null()},
	    {"malloc_conf_symlink", symlink_json("/etc/malloc.conf")},
	    {"compiler", json_string(COMPILER)},
	    {"glibc", json_string(gnu_get_libc_version())},
	    {"page_size", json_integer(sysconf(_SC_PAGESIZE))},
	    {"ebb_commit", json_string(ebb_commit)},
	};
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		json_object_set_new(machine, rest[i].key, rest[i].value);
	return machine;
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
	if (load > 0.5 * machine_cpus())
		warn_add(warnings, WARN_LOAD, "load %.2f on %u CPUs", load,
		    machine_cpus());
}
