/*
 * A binary: what can be known of a shared library from its file alone,
 * without loading it (loading an allocator into the harness would run it).
 */
#ifndef EBB_HARNESS_BINARY_H
#define EBB_HARNESS_BINARY_H

#include <stdbool.h>

#include "fault.h"

typedef struct binary_s binary_t;
struct binary_s {
	char build_id[130];   /* hex, "" when the file has none */
	bool defines_malloc;  /* a dynamic symbol malloc, defined here */
	bool defines_mallctl; /* ... mallctl: options can be read back */
	bool defines_stats;   /* ... ebb_stats_page: one of ours */
	bool wants_operators; /* calls an operator new or delete of C++ */
};

/*
 * Reads an ELF shared library for this machine.
 * Errors: no such file, not readable, not such a library; each with its
 * reason.
 */
bool binary_read(binary_t *binary, const char *path, fault_t *fault);

#endif
