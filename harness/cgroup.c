#include "cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sysfile.h"
#include "text.h"

#define MOUNT "/sys/fs/cgroup"
/* A limit of version 1 that is none: the greatest number of pages. */
#define UNLIMITED (INT64_MAX / 2)

static const char *const kind_names[CGROUP_KINDS] = {"cpu", "memory"};

/* True when the list "cpu,cpuacct" has the name. */
static bool
list_has(const char *list, size_t length, const char *name)
{
	size_t n = strlen(name);
	for (const char *at = list; at < list + length;) {
		size_t part = strcspn(at, ",:");
		if (part == n && memcmp(at, name, n) == 0)
			return true;
		at += part + 1;
	}
	return false;
}

/*
 * The path in /proc/self/cgroup: of the line that names the controller
 * (version 1), or of the one that names none, "0::/path" (2). A new string,
 * or NULL.
 */
static char *
own_path(const char *controller)
{
	char *text = sysfile_text("/proc/self/cgroup");
	char *path = NULL;
	for (char *line = text; line != NULL && path == NULL;) {
		char *next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		char *list = strchr(line, ':');
		char *rest = list == NULL ? NULL : strchr(list + 1, ':');
		if (rest != NULL &&
		    (controller == NULL
			    ? rest == list + 1
			    : list_has(list + 1, (size_t)(rest - list - 1),
				  controller)))
			path = text_copy(
			    strcmp(rest + 1, "/") == 0 ? "" : rest + 1);
		line = next;
	}
	free(text);
	return path;
}

static bool
file_is_there(const char *mount, const char *path, const char *name)
{
	char *file = text_format("%s%s/%s", mount, path, name);
	char *text = sysfile_text(file);
	bool there = text != NULL || errno == ENODATA;
	free(file);
	free(text);
	return there;
}

void
cgroup_find(cgroup_t *group, cgroup_kind_t kind)
{
	static const char *const proof1[CGROUP_KINDS] = {
	    "cpu.cfs_quota_us", "memory.limit_in_bytes"};
	static const char *const mounts2[] = {MOUNT, MOUNT "/unified"};
	char *path = own_path(kind_names[kind]);
	char *mount = text_format(MOUNT "/%s", kind_names[kind]);
	*group = (cgroup_t){0};
	/* In a container the path may be the host's, and the mount the group
	 * itself. */
	for (int i = 0; i < 2 && path != NULL && group->version == 0; i++) {
		if (i == 1)
			text_assign(&path, "%s", "");
		if (file_is_there(mount, path, proof1[kind]))
			*group =
			    (cgroup_t){1, text_copy(mount), text_copy(path)};
	}
	free(path);
	free(mount);
	path = group->version == 0 ? own_path(NULL) : NULL;
	for (int i = 0; i < 2 && path != NULL && group->version == 0; i++)
		if (file_is_there(mounts2[i], path, "cgroup.controllers"))
			*group = (cgroup_t){
			    2, text_copy(mounts2[i]), text_copy(path)};
	free(path);
}

void
cgroup_release(cgroup_t *group)
{
	free(group->mount);
	free(group->path);
	*group = (cgroup_t){0};
}

char *
cgroup_file(const cgroup_t *group, const char *name)
{
	return text_format("%s%s/%s", group->mount, group->path, name);
}

/* Goes one group up. Returns false at the top. */
static bool
group_up(cgroup_t *group)
{
	char *slash = strrchr(group->path, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

static int64_t
group_number(const cgroup_t *group, const char *name)
{
	char *file = cgroup_file(group, name);
	int64_t number = 0;
	if (sysfile_number(file, &number))
		number = 0;
	free(file);
	return number;
}

/* The least positive value of a file in the group and those above; 0: none. */
static int64_t
least_of(cgroup_kind_t kind, const char *const names[2])
{
	cgroup_t group;
	int64_t least = 0;
	cgroup_find(&group, kind);
	if (group.version != 0)
		do {
			int64_t value =
			    group_number(&group, names[group.version - 1]);
			if (value > 0 && value < UNLIMITED &&
			    (least == 0 || value < least))
				least = value;
		} while (group_up(&group));
	cgroup_release(&group);
	return least;
}

uint64_t
cgroup_memory_limit(void)
{
	static const char *const names[2] = {
	    "memory.limit_in_bytes", "memory.max"};
	return (uint64_t)least_of(CGROUP_MEMORY, names);
}

/* CPUs of one group's quota; 0: none. */
static double
group_cpus(const cgroup_t *group)
{
	long long quota = 0;
	long long period = 0;
	if (group->version == 1) {
		quota = group_number(group, "cpu.cfs_quota_us");
		period = group_number(group, "cpu.cfs_period_us");
	} else {
		char *file = cgroup_file(group, "cpu.max");
		char *line = sysfile_line(file);
		if (line == NULL ||
		    sscanf(line, "%lld %lld", &quota, &period) != 2)
			quota = 0;
		free(line);
		free(file);
	}
	return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

double
cgroup_cpus(void)
{
	cgroup_t group;
	double least = 0;
	cgroup_find(&group, CGROUP_CPU);
	if (group.version != 0)
		do {
			double cpus = group_cpus(&group);
			if (cpus > 0 && (least == 0 || cpus < least))
				least = cpus;
		} while (group_up(&group));
	cgroup_release(&group);
	return least;
}

bool
cgroup_throttled_ns(int64_t *ns, const char **why)
{
	static const struct {
		const char *field;
		int64_t scale;
	} rows[] = {{"throttled_time", 1}, {"throttled_usec", 1000}};
	cgroup_t group;
	cgroup_find(&group, CGROUP_CPU);
	*why = "there is no cpu controller of control groups here";
	bool failed = group.version == 0;
	if (!failed) {
		char *file = cgroup_file(&group, "cpu.stat");
		failed = sysfile_field(file, rows[group.version - 1].field, ns);
		*ns *= rows[group.version - 1].scale;
		*why = "the control group has no cpu controller";
		free(file);
	}
	cgroup_release(&group);
	return failed;
}

bool
cgroup_limit_events(int64_t *events, const char **why)
{
	cgroup_t group;
	int64_t high = 0;
	int64_t max = 0;
	cgroup_find(&group, CGROUP_MEMORY);
	*why = "there is no memory controller of control groups here";
	bool failed = group.version == 0;
	if (!failed && group.version == 1) {
		char *file = cgroup_file(&group, "memory.failcnt");
		failed = sysfile_number(file, &max);
		free(file);
	} else if (!failed) {
		char *file = cgroup_file(&group, "memory.events");
		failed = sysfile_field(file, "high", &high) ||
			 sysfile_field(file, "max", &max);
		free(file);
	}
	if (failed && group.version != 0)
		*why = "the control group has no memory controller, or is the "
		       "top one";
	*events = high + max;
	cgroup_release(&group);
	return failed;
}

/* ------------------------------------------------------------ describing -- */

/* The controllers that can be used: those of the group, or of all mounts. */
static json_t *
controllers_json(const cgroup_t *group)
{
	words_t words = {0};
	json_t *list = json_array();
	if (group->version == 2) {
		char *file = cgroup_file(group, "cgroup.controllers");
		char *line = sysfile_line(file);
		if (line != NULL)
			words_split(&words, line, ' ');
		free(line);
		free(file);
	}
	for (int k = 0; k < CGROUP_KINDS && group->version == 1; k++) {
		cgroup_t one;
		cgroup_find(&one, (cgroup_kind_t)k);
		if (one.version == 1)
			words_add(&words, "%s", kind_names[k]);
		cgroup_release(&one);
	}
	for (size_t i = 0; i < words.n; i++)
		json_array_append_new(list, json_string(words.v[i]));
	words_release(&words);
	return list;
}

static void
file_put(
    json_t *object, const cgroup_t *group, const char *key, const char *name)
{
	char *file = name == NULL || group->version == 0
			 ? NULL
			 : cgroup_file(group, name);
	json_object_set_new(
	    object, key, file == NULL ? json_null() : sysfile_line_json(file));
	free(file);
}

json_t *
cgroup_describe(void)
{
	/* By version. */
	static const struct {
		const char *key, *names[2];
	} rows[] = {
	    {"memory_max", {"memory.limit_in_bytes", "memory.max"}},
	    {"memory_high", {"memory.soft_limit_in_bytes", "memory.high"}},
	    {"memory_swap_max",
		{"memory.memsw.limit_in_bytes", "memory.swap.max"}},
	};
	cgroup_t memory;
	cgroup_t cpu;
	cgroup_find(&memory, CGROUP_MEMORY);
	cgroup_find(&cpu, CGROUP_CPU);
	const cgroup_t *any = memory.version != 0 ? &memory : &cpu;
	json_t *json = json_object();
	json_object_set_new(json, "version",
	    any->version == 0 ? json_null() : json_integer(any->version));
	json_object_set_new(json, "path",
	    any->version == 0
		? json_null()
		: json_string(any->path[0] == '\0' ? "/" : any->path));
	json_object_set_new(json, "controllers", controllers_json(any));
	file_put(json, &cpu, "cpu_max",
	    cpu.version == 1 ? "cpu.cfs_quota_us" : "cpu.max");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		file_put(json, &memory, rows[i].key,
		    memory.version == 0 ? NULL
					: rows[i].names[memory.version - 1]);
	char *procs =
	    any->version == 0 ? NULL : cgroup_file(any, "cgroup.procs");
	json_object_set_new(json, "writable",
	    json_boolean(procs != NULL && sysfile_may_write(procs)));
	free(procs);
	double cpus = cgroup_cpus();
	json_object_set_new(
	    json, "cpus", cpus > 0 ? json_real(cpus) : json_null());
	cgroup_release(&memory);
	cgroup_release(&cpu);
	return json;
}
