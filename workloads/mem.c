#include "mem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

/* Changed by the main thread only: bookkeeping is mapped before threads. */
static size_t mapped;

void *
mem_map(size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes) || bytes == 0) {
		errno = ENOMEM;
		return NULL;
	}
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	mapped += bytes;
	return memory;
}

void
mem_unmap(void *memory, size_t count, size_t size)
{
	if (memory == NULL)
		return;
	munmap(memory, count * size);
	mapped -= count * size;
}

size_t
mem_mapped(void)
{
	return mapped;
}
