#include "identity.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "warn.h"

/* Entry points of C. An optional one may be another's in a peer: it is old,
 * and programs of ours do not call it. */
static const struct {
	const char *name;
	bool optional;
} entries[] = {
    {"malloc"},
    {"calloc"},
    {"realloc"},
    {"free"},
    {"posix_memalign"},
    {"aligned_alloc"},
    {"memalign"},
    {"malloc_usable_size"},
    {"valloc", true},
    {"pvalloc", true},
};

/* C++'s own libraries: their operators call malloc, so they may stay. */
static const char *const runtimes[] = {
    "libstdc++.so", "libc++.so", "libc++abi.so", "libsupc++.so"};

/* How allocators, and the loader, begin a complaint. */
#define COMPLAINT_JEMALLOC "<jemalloc>"
static const char *const complaints[] = {
    "ebb:", "<ebb>", COMPLAINT_JEMALLOC, "ERROR: ld.so:"};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

static bool
begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* True when the two paths are the same file. */
static bool
file_same(const char *a, const char *b)
{
	char real_a[PATH_MAX], real_b[PATH_MAX];
	if (realpath(a, real_a) == NULL || realpath(b, real_b) == NULL)
		return strcmp(a, b) == 0;
	return strcmp(real_a, real_b) == 0;
}

static const char *
owner_field(const json_t *probe, const char *entry, const char *field)
{
	const char *value = json_string_value(json_object_get(
	    json_object_get(json_object_get(probe, "owners"), entry), field));
	return value == NULL ? "" : value;
}

const char *
identity_owner(const json_t *probe)
{
	return owner_field(probe, "malloc", "file");
}

const char *
identity_build_id(const json_t *probe)
{
	return owner_field(probe, "malloc", "build_id");
}

const char *
identity_program(const json_t *probe)
{
	const char *id = json_string_value(
	    json_object_get(json_object_get(probe, "program"), "build_id"));
	return id == NULL ? "" : id;
}

/* A program that holds its allocator is the owner, in whichever order it was
 * linked: known by the build-id of what runs. */
static bool
owner_is_program(const json_t *probe, const char *entry)
{
	const char *id = identity_program(probe);
	return id[0] != '\0' &&
	       strcmp(owner_field(probe, entry, "build_id"), id) == 0;
}

static bool
owner_is_expected(const arm_t *arm, const json_t *probe, const char *entry)
{
	const char *file = owner_field(probe, entry, "file");
	if (arm->kind == ARM_GLIBC)
		return begins(base_name(file), "libc.so") ||
		       begins(base_name(file), "libc-");
	if (arm->link == LINK_STATIC)
		return owner_is_program(probe, entry);
	return file_same(file, arm->path);
}

static bool
entry_check(
    const arm_t *arm, const json_t *probe, const char *entry, fault_t *fault)
{
	const char *file = owner_field(probe, entry, "file");
	const char *build_id = owner_field(probe, entry, "build_id");
	/* The other orders of a static program have other build-ids: theirs
	 * are compared with the one that was launched (judge.c). */
	bool known = arm->build_id[0] != '\0' && arm->link != LINK_STATIC;
	if (file[0] == '\0')
		return fault_set(fault, "nobody defines '%s'", entry);
	if (!owner_is_expected(arm, probe, entry))
		return fault_set(fault, "'%s' is served by %s, not by %s",
		    entry, file, arm->path == NULL ? "glibc" : arm->path);
	if (known && strcmp(build_id, arm->build_id) != 0)
		return fault_set(fault,
		    "%s has build-id %s, expected is %s: it was rebuilt since "
		    "it was looked up; start again",
		    file, build_id, arm->build_id);
	return false;
}

/* Every entry point of C, then whatever operators of C++ are there. */
static bool
owners_check(
    const arm_t *arm, const json_t *probe, words_t *warnings, fault_t *fault)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		fault_t why;
		if (!entry_check(arm, probe, entries[i].name, &why))
			continue;
		if (!entries[i].optional || arm->kind == ARM_EBB)
			return fault_set(fault, "%s", why.text);
		warn_add(warnings, WARN_MIXED_ENTRY, "%s", why.text);
	}
	const char *name;
	json_t *owner;
	json_object_foreach(json_object_get(probe, "owners"), name, owner)
	{
		if (!begins(name, "_Z"))
			continue;
		const char *file = owner_field(probe, name, "file");
		bool fine = owner_is_expected(arm, probe, name);
		for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes);
		     i++)
			fine = fine || begins(base_name(file), runtimes[i]);
		if (!fine)
			return fault_set(fault,
			    "the C++ operator '%s' is served by %s", name,
			    file);
	}
	return false;
}

/* It came into the program in the way that is compared. */
static bool
link_check(const arm_t *arm, const json_t *probe, fault_t *fault)
{
	const char *asked = link_mode_name(arm->link);
	const char *found = json_string_value(json_object_get(probe, "link"));
	if (arm->kind == ARM_GLIBC)
		return false;
	if (found == NULL)
		return fault_set(fault,
		    "the probe does not say how malloc came into the program");
	if (strcmp(found, asked) == 0)
		return false;
	return fault_set(fault,
	    "malloc came into the program another way: it is '%s', not '%s'",
	    found, asked);
}

/* A program may be linked with jemalloc, which then reads the options of an
 * arm of ours, and serves nothing: whoever serves is proven by itself. */
static bool
concerns(const arm_t *arm, const char *complaint)
{
	return arm->kind != ARM_EBB ||
	       strcmp(complaint, COMPLAINT_JEMALLOC) != 0;
}

static bool
errors_check(const arm_t *arm, const char *errors, fault_t *fault)
{
	for (const char *line = errors; *line != '\0';) {
		size_t length = strcspn(line, "\n");
		for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints);
		     i++)
			if (begins(line, complaints[i]) &&
			    concerns(arm, complaints[i]))
				return fault_set(fault,
				    "complaint on stderr: %.*s", (int)length,
				    line);
		line += length + (line[length] == '\n');
	}
	return false;
}

/* What was asked for, over what is compiled in, reads back equal. */
static bool
options_check(
    const arm_t *arm, const char *conf, const json_t *probe, fault_t *fault)
{
	const json_t *opt = json_object_get(probe, "opt");
	if (arm->kind == ARM_GLIBC)
		return false;
	if (json_object_size(opt) == 0) {
		if (conf[0] == '\0' && arm->kind == ARM_PEER)
			return false;
		return fault_set(
		    fault, "no option can be read back (there is no mallctl)");
	}
	char *all = conf_merge(arm->defaults, conf);
	bool failed = conf_compare(all, opt, fault);
	free(all);
	return failed;
}

bool
identity_check(const arm_t *arm, const char *conf, const json_t *probe,
    const char *errors, words_t *warnings, fault_t *fault)
{
	if (errors_check(arm, errors, fault))
		return true;
	if (probe == NULL)
		return fault_set(fault,
		    "the probe did not answer: the program is static or "
		    "set-id, or the loader ignored LD_PRELOAD");
	if (owners_check(arm, probe, warnings, fault) ||
	    link_check(arm, probe, fault) ||
	    options_check(arm, conf, probe, fault))
		return true;
	const json_t *config = json_object_get(probe, "config");
	if (json_is_true(json_object_get(config, "debug")))
		warn_add(warnings, WARN_DEBUG_BUILD, "%s", arm->name);
	return false;
}
