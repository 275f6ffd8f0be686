#include "chunk_mmap.h"

#include <stdbool.h>
#include <stdint.h>

#include "bits.h"
#include "chunk_map.h"
#include "pages.h"
#include "sz.h"

static bool
chunk_in_range(const void *addr, size_t size)
{
	return (((uintptr_t)addr + size - 1) >> LG_VADDR) == 0;
}

/* Maps enough to contain an aligned range, and cuts off both ends. */
static void *
chunk_alloc_mmap_slow(size_t size, size_t alignment)
{
	size_t alloc_size = size + alignment - PAGE;
	if (alloc_size < size)
		return NULL;
	char *pages = pages_map(NULL, alloc_size);
	if (pages == NULL)
		return NULL;
	char *ret = (char *)ALIGN_UP((uintptr_t)pages, (uintptr_t)alignment);
	size_t lead = (size_t)(ret - pages);
	size_t trail = alloc_size - lead - size;
	/* A cut that the kernel refuses (too many mappings) strands address
	 * space, never memory. */
	if (lead != 0)
		pages_unmap(pages, lead);
	if (trail != 0)
		pages_unmap(ret + size, trail);
	return ret;
}

/* Optimistically map precisely the right amount: recent kernels align large
 * anonymous mappings to huge pages, and neighbours of aligned chunks are
 * aligned, so that the slow method is the exception. */
void *
chunk_alloc_mmap(void *new_addr, size_t size, size_t alignment)
{
	void *ret = pages_map(new_addr, size);
	if (ret == NULL)
		return NULL;
	if (new_addr == NULL &&
	    ((uintptr_t)ret & ((uintptr_t)alignment - 1)) != 0) {
		pages_unmap(ret, size);
		ret = chunk_alloc_mmap_slow(size, alignment);
		if (ret == NULL)
			return NULL;
	}
	if (!chunk_in_range(ret, size)) {
		pages_unmap(ret, size);
		return NULL;
	}
	return ret;
}
