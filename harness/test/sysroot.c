#include "sysroot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "sysfile.h"
#include "text.h"

static char root[64];

void
sysroot_make(void)
{
	snprintf(root, sizeof(root), "/tmp/ebb-sysroot-XXXXXX");
	if (mkdtemp(root) == NULL)
		abort();
	setenv(SYSFILE_ROOT, root, 1);
}

void
sysroot_put(const char *path, const char *format, ...)
{
	char *full = text_format("%s%s", root, path);
	for (char *slash = strchr(full + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	FILE *stream = fopen(full, "w");
	va_list args;
	va_start(args, format);
	if (stream == NULL || vfprintf(stream, format, args) < 0 ||
	    fclose(stream) != 0)
		abort();
	va_end(args);
	free(full);
}

char *
sysroot_get(const char *path)
{
	char *full = text_format("%s%s", root, path);
	char *text = file_read(full);
	free(full);
	return text;
}

void
sysroot_remove(void)
{
	char *command = text_format("rm -rf '%s'", root);
	int status = system(command);
	free(command);
	unsetenv(SYSFILE_ROOT);
	if (status != 0)
		abort();
}
