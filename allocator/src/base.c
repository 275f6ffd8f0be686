#include "base.h"

#include <stdatomic.h>
#include <stdint.h>

#include "assert.h"
#include "bits.h"
#include "pages.h"
#include "stats_page.h"
#include "sz.h"

/* What is left of a block lies on a list, described by its own first bytes. */
typedef struct base_range_s {
	struct base_range_s *next;
	size_t size;
} base_range_t;

static struct {
	malloc_mutex_t mtx;
	/* Guarded by mtx. The first range is the newest block's rest. */
	base_range_t *ranges;
	size_t allocated;
	size_t mapped;
} base = {.mtx = MALLOC_MUTEX_INITIALIZER("base", WITNESS_RANK_BASE)};

/* Takes size bytes off the front of a range; NULL if none has them. A rest too
 * short for any record is dropped. mtx is held. */
static void *
base_take(size_t size)
{
	for (base_range_t **at = &base.ranges; *at != NULL; at = &(*at)->next) {
		base_range_t *range = *at;
		if (range->size < size)
			continue;
		base_range_t *next = range->next;
		size_t rest = range->size - size;
		if (rest >= CACHELINE) {
			base_range_t *tail =
			    (base_range_t *)((char *)range + size);
			tail->next = next;
			tail->size = rest;
			*at = tail;
		} else
			*at = next;
		range->next = NULL;
		range->size = 0;
		base.allocated += size;
		return range;
	}
	return NULL;
}

static void
base_block_insert(void *block, size_t size)
{
	base_range_t *range = block;
	range->size = size;
	range->next = base.ranges;
	base.ranges = range;
	base.mapped += size;
	stats_page_set(&ebb_stats_page.base_mapped, base.mapped);
}

void *
base_alloc(size_t size)
{
	assert(size != 0 && size <= SIZE_MAX - CHUNKSIZE);
	size = ALIGN_UP(size, (size_t)CACHELINE);
	for (;;) {
		malloc_mutex_lock(&base.mtx);
		void *ret = base_take(size);
		malloc_mutex_unlock(&base.mtx);
		if (ret != NULL)
			return ret;
		size_t block_size = ALIGN_UP(size, CHUNKSIZE);
		void *block = pages_map(NULL, block_size);
		if (block == NULL)
			return NULL;
		malloc_mutex_lock(&base.mtx);
		base_block_insert(block, block_size);
		malloc_mutex_unlock(&base.mtx);
	}
}

void
base_stats_get(size_t *allocated, size_t *resident, size_t *mapped)
{
	malloc_mutex_lock(&base.mtx);
	*allocated = base.allocated;
	*resident = ALIGN_UP(base.allocated, PAGE);
	*mapped = base.mapped;
	malloc_mutex_unlock(&base.mtx);
}

void
base_prefork(void)
{
	malloc_mutex_prefork(&base.mtx);
}

void
base_postfork_parent(void)
{
	malloc_mutex_postfork_parent(&base.mtx);
}

void
base_postfork_child(void)
{
	malloc_mutex_postfork_child(&base.mtx);
}
