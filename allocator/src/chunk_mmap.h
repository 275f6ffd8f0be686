/*
 * Chunks from mmap.
 */
#ifndef EBB_CHUNK_MMAP_H
#define EBB_CHUNK_MMAP_H

#include <stddef.h>

/* size, alignment: multiples of CHUNKSIZE; new_addr: NULL or the only address
 * that will do. The memory reads as zero. NULL if there is none, or only
 * addresses beyond LG_VADDR. No lock may be held. */
void *chunk_alloc_mmap(void *new_addr, size_t size, size_t alignment);

#endif /* EBB_CHUNK_MMAP_H */
