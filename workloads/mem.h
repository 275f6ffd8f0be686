/*
 * Memory for bookkeeping: straight from mmap, so that the allocator under
 * test serves nothing but what is measured.
 */
#ifndef EBB_WORKLOADS_MEM_H
#define EBB_WORKLOADS_MEM_H

#include <stddef.h>

/*
 * Maps count items of size bytes, zero and already faulted in.
 * Returns NULL (errno set) when there is no memory or the product overflows.
 */
void *mem_map(size_t count, size_t size);

/* Gives back what mem_map() returned for this count and size; NULL: no-op. */
void mem_unmap(void *memory, size_t count, size_t size);

/* Bytes mapped by mem_map() and not given back: part of the process' RSS. */
size_t mem_mapped(void);

#endif
