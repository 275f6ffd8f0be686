/*
 * Base: memory for the allocator's own records. It is zero when first handed
 * out, aligned to a cache line, and never returned; who frees such a record
 * keeps it on a list of its own.
 */
#ifndef EBB_BASE_H
#define EBB_BASE_H

#include <stddef.h>

#include "mutex.h"

/* size: bytes, > 0. NULL if the kernel gives no memory. Takes base_mtx, but
 * maps with no lock held: callers may hold none either. */
void *base_alloc(size_t size);

/* allocated: bytes handed out (rounded to 64); mapped: bytes of blocks;
 * resident: an upper bound of what was touched of them. */
void base_stats_get(size_t *allocated, size_t *resident, size_t *mapped);

void base_prefork(void);
void base_postfork_parent(void);
void base_postfork_child(void);

#endif /* EBB_BASE_H */
