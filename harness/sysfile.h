/*
 * The kernel's small files, /proc and /sys: their first line, all of them, a
 * number.
 *
 * Tests put a folder of their own in front of every path by the environment
 * variable EBB_SYSROOT, so that what reads and sets a machine is proven
 * without touching one. What is read of a sample's own process (/proc/PID) is
 * always the kernel's.
 */
#ifndef EBB_HARNESS_SYSFILE_H
#define EBB_HARNESS_SYSFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"

#define SYSFILE_ROOT "EBB_SYSROOT"

/* The path with the tests' folder in front, if there is one; the caller frees
 * it. */
char *sysfile_path(const char *path);

/* The first line, without its newline, as a new string; NULL and errno when
 * the file cannot be read or is empty. */
char *sysfile_line(const char *path);

/* All of it, the same way. */
char *sysfile_text(const char *path);

/* Of "always [madvise] never", the word in brackets; the line where there are
 * none. A new string, or NULL when the file cannot be read. */
char *sysfile_chosen(const char *path);

/* Reads one decimal number. Returns true, with errno, when there is none. */
bool sysfile_number(const char *path, int64_t *number);

/* The number behind "name" in a file of "name number" or "name: number kB"
 * lines. Returns true when there is none. */
bool sysfile_field(const char *path, const char *name, int64_t *number);

/* The first line as a JSON string, the word in brackets, or the number; null
 * for what cannot be had. */
json_t *sysfile_line_json(const char *path);
json_t *sysfile_chosen_json(const char *path);
json_t *sysfile_number_json(const char *path);

/* Writes a line into an existing file. Errors: it cannot be written. */
bool sysfile_write(const char *path, const char *text, fault_t *fault);

/* True when this user may write the file. */
bool sysfile_may_write(const char *path);

#endif
