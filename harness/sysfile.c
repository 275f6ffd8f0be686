#include "sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define TEXT_MAX ((size_t)1 << 20)

char *
sysfile_path(const char *path)
{
	const char *root = getenv(SYSFILE_ROOT);
	return text_format("%s%s", root == NULL ? "" : root, path);
}

char *
sysfile_text(const char *path)
{
	char *full = sysfile_path(path);
	int fd = open(full, O_RDONLY | O_CLOEXEC);
	int error = errno;
	free(full);
	errno = error;
	if (fd < 0)
		return NULL;
	/* These files have no size that stat knows. */
	size_t used = 0;
	size_t room = 4096;
	char *text = text_memory(room, 1);
	for (;;) {
		ssize_t n = read(fd, text + used, room - used - 1);
		if (n <= 0) {
			error = n < 0 ? errno : ENODATA;
			break;
		}
		used += (size_t)n;
		if (room - used - 1 > 0)
			continue;
		char *more = room < TEXT_MAX ? realloc(text, room * 2) : NULL;
		if (more == NULL) {
			error = EFBIG;
			break;
		}
		text = more;
		room *= 2;
	}
	close(fd);
	text[used] = '\0';
	if (used > 0)
		return text;
	free(text);
	errno = error;
	return NULL;
}

char *
sysfile_line(const char *path)
{
	char *text = sysfile_text(path);
	if (text != NULL)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

char *
sysfile_chosen(const char *path)
{
	char *line = sysfile_line(path);
	char *begin = line == NULL ? NULL : strchr(line, '[');
	if (begin != NULL) {
		begin[strcspn(begin, "]")] = '\0';
		text_assign(&line, "%s", begin + 1);
	}
	return line;
}

bool
sysfile_number(const char *path, int64_t *number)
{
	char *line = sysfile_line(path);
	if (line == NULL)
		return true;
	char *end;
	errno = 0;
	*number = strtoll(line, &end, 10);
	bool failed = end == line || errno != 0;
	free(line);
	if (failed)
		errno = ENODATA;
	return failed;
}

bool
sysfile_field(const char *path, const char *name, int64_t *number)
{
	char *text = sysfile_text(path);
	size_t length = strlen(name);
	bool found = false;
	for (const char *at = text; at != NULL && !found;) {
		if (strncmp(at, name, length) == 0 &&
		    strchr(" \t:", at[length]) != NULL && at[length] != '\0') {
			*number = strtoll(at + length + 1, NULL, 10);
			found = true;
		}
		at = strchr(at, '\n');
		at += at != NULL;
	}
	free(text);
	return !found;
}

static json_t *
string_json(char *text)
{
	json_t *json = text == NULL ? NULL : json_string(text);
	free(text);
	return json == NULL ? json_null() : json;
}

json_t *
sysfile_line_json(const char *path)
{
	return string_json(sysfile_line(path));
}

json_t *
sysfile_chosen_json(const char *path)
{
	return string_json(sysfile_chosen(path));
}

json_t *
sysfile_number_json(const char *path)
{
	int64_t number;
	return sysfile_number(path, &number) ? json_null()
					     : json_integer(number);
}

bool
sysfile_write(const char *path, const char *text, fault_t *fault)
{
	char *full = sysfile_path(path);
	int fd = open(full, O_WRONLY | O_TRUNC | O_CLOEXEC);
	char *line = text_format("%s\n", text);
	ssize_t size = (ssize_t)strlen(line);
	bool failed = fd < 0 || write(fd, line, (size_t)size) != size;
	free(line);
	if (failed)
		fault_set_errno(fault, "cannot write '%s' to %s", text, full);
	if (fd >= 0)
		close(fd);
	free(full);
	return failed;
}

bool
sysfile_may_write(const char *path)
{
	char *full = sysfile_path(path);
	bool may = access(full, W_OK) == 0;
	free(full);
	return may;
}
