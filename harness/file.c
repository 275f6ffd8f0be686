#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
file_read(const char *path)
{
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t size = getdelim(&text, &room, '\0', stream);
	fclose(stream);
	if (size >= 0)
		return text;
	free(text);
	return NULL;
}

bool
file_write(const char *path, const char *text, fault_t *fault)
{
	char *there = file_read(path);
	bool same = there != NULL && strcmp(there, text) == 0;
	free(there);
	if (same)
		return false;
	FILE *stream = fopen(path, "we");
	bool failed = stream == NULL || fputs(text, stream) < 0;
	if (stream != NULL)
		failed |= fclose(stream) != 0;
	return failed ? fault_set_errno(fault, "cannot write '%s'", path)
		      : false;
}
