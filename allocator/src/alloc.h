/*
 * The body of every entry point: allocation, release and resizing once the
 * thread record is at hand. malloc.c and mallocx.c are thin over it.
 */
#ifndef EBB_ALLOC_H
#define EBB_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "tsd.h"

/* How an object is to be allocated or freed. */
typedef struct alloc_how_s {
	size_t alignment; /* a power of two; 0: any */
	arena_t *arena;   /* NULL: the thread's */
	bool zero;
	bool no_tcache;
} alloc_how_t;

/* size: 0 counts as 1. NULL: no memory, or the size is not possible. */
void *ialloc(tsd_t *tsd, size_t size, const alloc_how_t *how);
/* ptr: not NULL. Stops the program if it is not an allocated object. */
void idalloc(tsd_t *tsd, void *ptr, bool no_tcache);
/* Usable size. Stops the program as above. */
size_t isalloc(const void *ptr);
/* Changes the size to at least size and at most what size + extra rounds up
 * to, without moving. Result: the usable size afterwards. */
size_t ixalloc(
    tsd_t *tsd, void *ptr, size_t size, size_t extra, const alloc_how_t *how);
/* size > 0. NULL: the object is as it was. */
void *iralloc(tsd_t *tsd, void *ptr, size_t size, const alloc_how_t *how);

#endif /* EBB_ALLOC_H */
