#include "scripts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

/* A script from where the scripts are kept: here, or beside ebb. */
static char *
script_find(const char *name)
{
	char own[PATH_MAX] = "";
	char *path = text_format("plots/%s", name);
	char *text = file_read(path);
	if (text == NULL &&
	    readlink("/proc/self/exe", own, sizeof(own) - 1) > 0) {
		*strrchr(own, '/') = '\0';
		text_assign(&path, "%s/../plots/%s", own, name);
		text = file_read(path);
	}
	free(path);
	return text;
}

bool
scripts_copy(
    const char *folder, const char *const *names, size_t n, fault_t *fault)
{
	bool failed = false;
	for (size_t i = 0; !failed && i < n; i++) {
		char *path = text_format("%s/%s", folder, names[i]);
		char *text = script_find(names[i]);
		if (text != NULL)
			failed = file_write(path, text, fault);
		else if (access(path, R_OK) != 0)
			failed = fault_set(fault,
			    "the script plots/%s is not found: run ebb in the "
			    "folder that holds plots/",
			    names[i]);
		free(text);
		free(path);
	}
	return failed;
}
