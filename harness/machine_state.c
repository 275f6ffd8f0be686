#include "machine_state.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "machine.h"
#include "machine_parts.h"
#include "sysfile.h"

/* 2 MiB are 512 pages of 4 KiB: the block of order 9. */
#define ORDER_HUGE 9

/* What must be the same when a run is completed. */
static const char *const settings[] = {"kernel", "cpu_model", "ncpu", "thp",
    "thp_defrag", "governor", "turbo", "smt", "clocksource", "overcommit",
    "cgroup_memory_max", "aslr"};
#define SETTINGS (sizeof(settings) / sizeof(*settings))

json_t *
machine_buddyinfo(void)
{
	char *text = sysfile_text("/proc/buddyinfo");
	json_t *json = text == NULL ? json_null() : json_object();
	char *rest = NULL;
	for (char *line = text == NULL ? NULL : strtok_r(text, "\n", &rest);
	     line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		char node[16];
		char zone[32];
		char name[64];
		int used = 0;
		if (sscanf(line, "Node %15[0-9], zone %31s%n", node, zone,
			&used) != 2)
			continue;
		json_t *counts = json_array();
		const char *at = line + used;
		char *end;
		for (;;) {
			long long n = strtoll(at, &end, 10);
			if (end == at)
				break;
			json_array_append_new(counts, json_integer(n));
			at = end;
		}
		snprintf(name, sizeof(name), "%s %s", node, zone);
		json_object_set_new(json, name, counts);
	}
	free(text);
	return json;
}

double
machine_unbroken(const json_t *buddyinfo)
{
	const char *zone;
	json_t *counts;
	double huge = 0;
	double all = 0;
	json_object_foreach((json_t *)(uintptr_t)buddyinfo, zone, counts)
	{
		size_t order;
		json_t *n;
		json_array_foreach(counts, order, n)
		{
			double pages = ldexp(json_number_value(n), (int)order);
			all += pages;
			huge += order >= ORDER_HUGE ? pages : 0;
		}
	}
	return all > 0 ? huge / all : NAN;
}

/* ---------------------------------------------------------------- writing --
 */

static void
field_add(json_t *line, const char *key, const char *path, const char *name)
{
	int64_t n;
	json_object_set_new(line, key,
	    sysfile_field(path, name, &n) ? json_null() : json_integer(n));
}

/* The settings as they are now. */
static json_t *
settings_now(void)
{
	struct utsname name = {0};
	uname(&name);
	json_t *now = json_pack(
	    "{s:s,s:i}", "kernel", name.release, "ncpu", (int)machine_cpus());
	json_t *kept = json_object();
	machine_describe_cpu(now);
	machine_describe_memory(now);
	for (size_t i = 0; i < SETTINGS; i++)
		json_object_set(
		    kept, settings[i], json_object_get(now, settings[i]));
	json_decref(now);
	return kept;
}

static json_t *
state_line(const char *when)
{
	char utc[32];
	time_t now = time(NULL);
	struct tm tm;
	struct timespec clock;
	int64_t events;
	const char *why;
	gmtime_r(&now, &tm);
	strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%SZ", &tm);
	clock_gettime(CLOCK_MONOTONIC, &clock);
	json_t *line = json_pack("{s:i,s:s,s:s,s:I}", "schema", STORE_SCHEMA,
	    "when", when, "utc", utc, "t_ns",
	    (json_int_t)clock.tv_sec * 1000000000 + clock.tv_nsec);
	json_object_set_new(line, "buddyinfo", machine_buddyinfo());
	json_object_set_new(line, "load", sysfile_line_json("/proc/loadavg"));
	field_add(line, "memory_free_kib", "/proc/meminfo", "MemFree");
	field_add(
	    line, "memory_available_kib", "/proc/meminfo", "MemAvailable");
	field_add(line, "swap_free_kib", "/proc/meminfo", "SwapFree");
	field_add(line, "swapped_out_pages", "/proc/vmstat", "pswpout");
	field_add(line, "oom_kills", "/proc/vmstat", "oom_kill");
	field_add(line, "compactions", "/proc/vmstat", "compact_success");
	json_object_set_new(line, "limit_events",
	    cgroup_limit_events(&events, &why)
		? json_pack("{s:s}", "unsupported", why)
		: json_integer(events));
	json_object_set_new(line, "settings", settings_now());
	return line;
}

bool
machine_state_append(const store_t *store, const char *when, fault_t *fault)
{
	json_t *line = state_line(when);
	char *path = store_path(store, MACHINE_STATES);
	char *dump = json_dumps(line, JSON_COMPACT);
	/* A line that a full disk tore stays by itself. */
	char *text = text_format("%s\n", dump);
	size_t size = strlen(text);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	off_t before = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n = fd < 0 ? -1 : write(fd, text, size);
	bool failed = n != (ssize_t)size;
	if (n >= 0 && failed)
		errno = ENOSPC;
	if (failed)
		fault_set_errno(fault, "cannot append to '%s'", path);
	if (n > 0 && failed && ftruncate(fd, before) != 0)
		fault_set(fault, "cannot mend '%s'", path);
	if (fd >= 0)
		close(fd);
	free(text);
	free(dump);
	free(path);
	json_decref(line);
	return failed;
}

/* ---------------------------------------------------------------- reading --
 */

json_t *
machine_states_read(const char *dir)
{
	char *path = text_format("%s/" MACHINE_STATES, dir);
	json_t *states = json_array();
	char *text = NULL;
	size_t room = 0;
	FILE *stream = fopen(path, "re");
	while (stream != NULL && getline(&text, &room, stream) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		if (json_is_object(line))
			json_array_append(states, line);
		json_decref(line);
	}
	free(text);
	if (stream != NULL)
		fclose(stream);
	free(path);
	return states;
}

/* A value as text; the caller frees it. */
static char *
value_text(const json_t *value)
{
	if (value == NULL || json_is_null(value))
		return text_copy("unknown");
	if (json_is_string(value))
		return text_copy(json_string_value(value));
	char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	char *text = text_copy(dump);
	free(dump);
	return text;
}

void
machine_states_differ(
    const json_t *machine, const json_t *states, words_t *differences)
{
	size_t i;
	json_t *state;
	json_array_foreach(states, i, state)
	{
		const json_t *kept = json_object_get(state, "settings");
		for (size_t s = 0; s < SETTINGS; s++) {
			const json_t *now = json_object_get(kept, settings[s]);
			const json_t *then =
			    json_object_get(machine, settings[s]);
			if (now == NULL || then == NULL ||
			    json_equal(now, then))
				continue;
			char *a = value_text(then);
			char *b = value_text(now);
			words_add(differences,
			    "the machine was set otherwise at the %s of "
			    "sampling (%s): %s was %s, then %s; the samples "
			    "are not of one machine",
			    sample_text(state, "when"),
			    sample_text(state, "utc"), settings[s], a, b);
			free(a);
			free(b);
		}
	}
}
