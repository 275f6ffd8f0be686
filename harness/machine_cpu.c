#include "machine_parts.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"
#include "sysfile.h"
#include "text.h"
#include "topology.h"

#define CPU_FOLDER "/sys/devices/system/cpu"

static json_t *
cpu_model(void)
{
	char *text = sysfile_text("/proc/cpuinfo");
	char *at = text == NULL ? NULL : strstr(text, "model name");
	char *colon = at == NULL ? NULL : strchr(at, ':');
	json_t *model = json_null();
	if (colon != NULL) {
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = '\0';
		model = json_string(colon);
	}
	free(text);
	return model;
}

/* A file of every CPU that ebb may use: its line where all have the same,
 * "mixed: performance, powersave" else; null where none has it. */
static json_t *
of_each_cpu(const cpu_set_t *cpus, const char *name)
{
	words_t seen = {0};
	for (unsigned i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, cpus))
			continue;
		char *path = text_format(CPU_FOLDER "/cpu%u/%s", i, name);
		char *line = sysfile_line(path);
		if (line != NULL && !words_contain(&seen, line))
			words_add(&seen, "%s", line);
		free(line);
		free(path);
	}
	char *all = words_join(&seen, ", ");
	json_t *json = seen.n == 0   ? json_null()
		       : seen.n == 1 ? json_string(all)
				     : json_sprintf("mixed: %s", all);
	free(all);
	words_release(&seen);
	return json;
}

/* Two kernels' ways to say it, one the other way round. */
static json_t *
turbo(void)
{
	static const struct {
		const char *path;
		int64_t on;
	} rows[] = {
	    {CPU_FOLDER "/intel_pstate/no_turbo", 0},
	    {CPU_FOLDER "/cpufreq/boost", 1},
	};
	int64_t value;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!sysfile_number(rows[i].path, &value))
			return json_boolean(value == rows[i].on);
	return json_null();
}

/* Whether a second hardware thread of a core runs, of the whole machine. */
static json_t *
smt(void)
{
	int64_t active;
	return sysfile_number(CPU_FOLDER "/smt/active", &active)
		   ? json_null()
		   : json_boolean(active != 0);
}

/* {"meltdown":"Not affected", ...} */
static json_t *
mitigations(void)
{
	char *folder = sysfile_path(CPU_FOLDER "/vulnerabilities");
	DIR *dir = opendir(folder);
	struct dirent *entry;
	json_t *json = dir == NULL ? json_null() : json_object();
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *path = text_format(
		    CPU_FOLDER "/vulnerabilities/%s", entry->d_name);
		if (entry->d_name[0] != '.')
			json_object_set_new(
			    json, entry->d_name, sysfile_line_json(path));
		free(path);
	}
	if (dir != NULL)
		closedir(dir);
	free(folder);
	return json;
}

/* Physical cores among the CPUs that ebb may use. */
static json_t *
cores(const cpu_set_t *cpus)
{
	topology_t *topology = text_memory(1, sizeof(*topology));
	int n = 0;
	topology_read(topology, cpus);
	for (size_t i = 0; i < topology->n; i++)
		n += topology->v[i].sibling == 0;
	json_t *json = topology->known ? json_integer(n) : json_null();
	free(topology);
	return json;
}

void
machine_describe_cpu(json_t *machine)
{
	static const char clock[] =
	    "/sys/devices/system/clocksource/clocksource0/";
	cpu_set_t cpus;
	char list[256];
	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		CPU_ZERO(&cpus);
	topology_list_write(&cpus, list, sizeof(list));
	char *current = text_format("%scurrent_clocksource", clock);
	char *available = text_format("%savailable_clocksource", clock);
	const struct {
		const char *key;
		json_t *value;
	} rows[] = {
	    {"cpu_model", cpu_model()},
	    {"cpus_allowed", json_string(list)},
	    {"cores", cores(&cpus)},
	    {"smt", smt()},
	    {"smt_control", sysfile_line_json(CPU_FOLDER "/smt/control")},
	    {"governor", of_each_cpu(&cpus, "cpufreq/scaling_governor")},
	    {"frequency_driver", of_each_cpu(&cpus, "cpufreq/scaling_driver")},
	    {"frequency_min_khz",
		of_each_cpu(&cpus, "cpufreq/scaling_min_freq")},
	    {"frequency_max_khz",
		of_each_cpu(&cpus, "cpufreq/scaling_max_freq")},
	    {"turbo", turbo()},
	    {"cpus_isolated", sysfile_line_json(CPU_FOLDER "/isolated")},
	    {"cpus_tickless", sysfile_line_json(CPU_FOLDER "/nohz_full")},
	    {"clocksource", sysfile_line_json(current)},
	    {"clocksources", sysfile_line_json(available)},
	    {"mitigations", mitigations()},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_object_set_new(machine, rows[i].key, rows[i].value);
	free(current);
	free(available);
}
