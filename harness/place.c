#include "place.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* What ends a path within a sentence, a list or an assignment. */
#define PATH_ENDS " \t\n'\"`:,;=()"

static bool
program_check(const char *path, const char *target, fault_t *fault)
{
	if (access(path, R_OK) == 0)
		return false;
	return fault_set_errno(
	    fault, "cannot read '%s'; build it with 'make %s'", path, target);
}

/* Files are found by these two; "/" would make every path relative. */
static void
roots_find(place_t *place)
{
	char here[PATH_MAX];
	size_t parent = (size_t)(strrchr(place->dir, '/') - place->dir);
	place->roots[0] = text_format("%.*s", (int)parent, place->dir);
	if (getcwd(here, sizeof(here)) == NULL || strcmp(here, "/") == 0)
		*here = '\0';
	place->roots[1] = text_copy(here);
}

bool
place_find(place_t *place, const char *dir, fault_t *fault)
{
	char own[PATH_MAX] = "";
	*place = (place_t){0};
	if (dir == NULL) {
		if (realpath("/proc/self/exe", own) == NULL)
			return fault_set_errno(
			    fault, "cannot find out where ebb lies (/proc)");
		*strrchr(own, '/') = '\0';
	} else if (realpath(dir, own) == NULL) {
		return fault_set_errno(fault, "no folder '%s'", dir);
	}
	place->dir = text_copy(own);
	roots_find(place);
	if (strpbrk(own, ": ") != NULL)
		return fault_set(fault,
		    "the build folder '%s' has a space or a colon in its path, "
		    "so nothing in it can be preloaded; choose another with "
		    "BUILD=",
		    own);
	place->workload = text_format("%s/workload", own);
	place->gbench = text_format("%s/workload-gbench", own);
	place->probe = text_format("%s/libebb-probe.so", own);
	place->census = text_format("%s/ebb-census", own);
	place->variants = text_format("%s/variants.json", own);
	return program_check(place->workload, "workloads", fault) ||
	       program_check(place->probe, "harness", fault);
}

void
place_release(place_t *place)
{
	free(place->dir);
	free(place->roots[0]);
	free(place->roots[1]);
	free(place->workload);
	free(place->gbench);
	free(place->probe);
	free(place->census);
	free(place->variants);
	*place = (place_t){0};
}

/* True for what may stand in a path: there none begins. */
static bool
in_path(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("/._-", c));
}

/* Where the next path below root begins in text, or NULL. */
static const char *
path_below(const char *text, const char *root)
{
	size_t n = strlen(root);
	if (n == 0)
		return NULL;
	for (const char *at = text; (at = strstr(at, root)) != NULL; at++)
		if (at[n] == '/' && (at == text || !in_path(at[-1])))
			return at;
	return NULL;
}

/* Makes the paths below root relative, within *text. */
static void
text_relate(char **text, const char *root)
{
	const char *at;
	while ((at = path_below(*text, root)) != NULL) {
		const char *rest = at + strlen(root) + 1;
		/* A name without '/' would be searched for. */
		bool plain =
		    memchr(rest, '/', strcspn(rest, PATH_ENDS)) == NULL;
		text_assign(text, "%.*s%s%s", (int)(at - *text), *text,
		    plain ? "./" : "", rest);
	}
}

static json_t *
string_relative(const place_t *place, const json_t *string)
{
	char *text = text_copy(json_string_value(string));
	for (int i = 0; i < 2; i++)
		text_relate(&text, place->roots[i]);
	json_t *relative = json_string(text);
	free(text);
	return relative;
}

json_t *
place_relative(const place_t *place, const json_t *document)
{
	size_t i;
	const char *key;
	json_t *value;
	json_t *copy;
	switch (json_typeof(document)) {
	case JSON_STRING:
		return string_relative(place, document);
	case JSON_ARRAY:
		copy = json_array();
		json_array_foreach((json_t *)document, i, value)
		    json_array_append_new(copy, place_relative(place, value));
		return copy;
	case JSON_OBJECT:
		copy = json_object();
		json_object_foreach((json_t *)document, key, value)
		    json_object_set_new(
			copy, key, place_relative(place, value));
		return copy;
	default:
		return json_deep_copy(document);
	}
}

char *
place_resolve(const place_t *place, const char *path)
{
	char *found = path[0] == '/' ? realpath(path, NULL) : NULL;
	for (int i = 0; i < 2 && path[0] != '/' && found == NULL; i++) {
		char *full = text_format("%s/%s", place->roots[i], path);
		found = realpath(full, NULL);
		free(full);
	}
	return found;
}

char *
place_typed(const char *path)
{
	char here[PATH_MAX];
	if (getcwd(here, sizeof(here)) == NULL)
		return text_copy(path);
	size_t n = strlen(here);
	if (strncmp(path, here, n) != 0 || path[n] != '/')
		return text_copy(path);
	/* A name without '/' would be searched in PATH. */
	return text_format("%s%s",
	    strchr(path + n + 1, '/') == NULL ? "./" : "", path + n + 1);
}
