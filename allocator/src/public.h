/*
 * The public entry points, under the names of this build (JE).
 */
#ifndef EBB_PUBLIC_H
#define EBB_PUBLIC_H

#include <stddef.h>

#include "compiler.h"
#include "ebb/ebb.h"

void *JE(malloc)(size_t size);
void *JE(calloc)(size_t num, size_t size);
void *JE(realloc)(void *ptr, size_t size);
void JE(free)(void *ptr);
int JE(posix_memalign)(void **memptr, size_t alignment, size_t size);
void *JE(aligned_alloc)(size_t alignment, size_t size);
void *JE(memalign)(size_t alignment, size_t size);
void *JE(valloc)(size_t size);
void *JE(pvalloc)(size_t size);
void JE(cfree)(void *ptr);
size_t JE(malloc_usable_size)(void *ptr);

#endif /* EBB_PUBLIC_H */
