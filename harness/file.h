/*
 * Small files as strings.
 */
#ifndef EBB_HARNESS_FILE_H
#define EBB_HARNESS_FILE_H

#include <stdbool.h>

#include "fault.h"

/* The file's text as a new string, which the caller frees; NULL and errno
 * when it cannot be read or is empty. */
char *file_read(const char *path);

/*
 * Makes text what the file holds; a file that holds it already keeps its
 * time. Errors: it cannot be written.
 */
bool file_write(const char *path, const char *text, fault_t *fault);

#endif
