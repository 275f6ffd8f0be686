#include "place.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static bool
program_check(const char *path, const char *target, fault_t *fault)
{
	if (access(path, R_OK) == 0)
		return false;
	return fault_set_errno(
	    fault, "cannot read '%s'; build it with 'make %s'", path, target);
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
	if (strpbrk(own, ": ") != NULL)
		return fault_set(fault,
		    "the build folder '%s' has a space or a colon in its path, "
		    "so nothing in it can be preloaded; choose another with "
		    "BUILD=",
		    own);
	place->workload = text_format("%s/workload", own);
	place->gbench = text_format("%s/workload-gbench", own);
	place->probe = text_format("%s/libebb-probe.so", own);
	place->variants = text_format("%s/variants.json", own);
	return program_check(place->workload, "workloads", fault) ||
	       program_check(place->probe, "harness", fault);
}

void
place_release(place_t *place)
{
	free(place->dir);
	free(place->workload);
	free(place->gbench);
	free(place->probe);
	free(place->variants);
	*place = (place_t){0};
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
