/*
 * Initialization: at the first call of any entry point, which may come before
 * every constructor, and from a constructor at the latest, so that the fork
 * handlers are in place before a program has threads.
 */
#ifndef EBB_INIT_H
#define EBB_INIT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "compiler.h"

extern _Atomic bool malloc_initialized;

bool malloc_init_hard(void);

/* true: the allocator cannot be used. While this thread is initializing it,
 * calls that come from the libc functions used for it are served. */
EBB_INLINE bool
malloc_init(void)
{
	return unlikely(!atomic_load_explicit(
		   &malloc_initialized, memory_order_acquire)) &&
	       malloc_init_hard();
}

#endif /* EBB_INIT_H */
