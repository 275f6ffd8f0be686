#include "alloc.h"

#include <string.h>

#include "arena_map.h"
#include "arenas.h"
#include "assert.h"
#include "chunk_map.h"
#include "gc_event.h"
#include "huge.h"
#include "tcache.h"
#include "thread.h"

#define JUNK_ALLOC 0xa5
#define JUNK_FREE 0x5a

/* Adds to one of the thread's two counts. Objects that are never cached push
 * its event ahead of them: they say nothing about the cache. */
static void
thread_count(tsd_t *tsd, uint64_t *count, uint64_t *event, size_t usize)
{
	*count += usize;
	if (usize > tcache_maxclass) {
		if (*event != 0)
			*event += usize;
	} else if (gc_event_due(tsd, *count, *event))
		tcache_event_hard(tsd);
}

static void
thread_allocated(tsd_t *tsd, size_t usize)
{
	if (tsd != NULL)
		thread_count(tsd, &tsd->allocated, &tsd->alloc_event, usize);
}

static void
thread_deallocated(tsd_t *tsd, size_t usize)
{
	if (tsd != NULL)
		thread_count(tsd, &tsd->deallocated, &tsd->free_event, usize);
}

/* ---------------------------------------------------------------- alloc -- */

static arena_t *
alloc_arena(tsd_t *tsd, const alloc_how_t *how)
{
	return how->arena != NULL ? how->arena : arena_choose(tsd);
}

static void *
arena_malloc_hard(tsd_t *tsd, size_t usize, szind_t ind, const alloc_how_t *how)
{
	arena_t *arena = alloc_arena(tsd, how);
	if (unlikely(arena == NULL))
		return NULL;
	void *ret;
	if (ind < NBINS)
		ret = arena_malloc_small(arena, ind, how->zero);
	else if (usize <= LARGE_MAXCLASS)
		ret = arena_malloc_large(arena, ind, how->zero);
	else
		ret = huge_malloc(arena, usize, how->zero);
	arena_decay_tick(tsd, arena);
	return ret;
}

static void *
arena_malloc(tsd_t *tsd, size_t usize, szind_t ind, const alloc_how_t *how)
{
	if (unlikely(how->no_tcache) || !tcache_caches(tsd, ind))
		return arena_malloc_hard(tsd, usize, ind, how);
	return ind < NBINS ? tcache_alloc_small(tsd, ind, how->zero)
			   : tcache_alloc_large(tsd, ind, how->zero);
}

/* usize comes from sa2u. */
static void *
arena_palloc(tsd_t *tsd, size_t usize, const alloc_how_t *how)
{
	size_t alignment = how->alignment;
	if (usize <= SMALL_MAXCLASS &&
	    (alignment < PAGE ||
		(alignment == PAGE && (usize & PAGE_MASK) == 0)))
		return arena_malloc(tsd, usize, size2index(usize), how);
	if (usize <= LARGE_MAXCLASS && alignment <= PAGE) {
		/* Without the offset: freeing works from anywhere in the
		 * first page. A cached object was cleared from its offset. */
		char *ret = arena_malloc(tsd, usize, size2index(usize), how);
		size_t offset = (uintptr_t)ret & PAGE_MASK;
		if (how->zero && offset != 0)
			memset(ret - offset, 0, offset);
		return ret - offset;
	}
	arena_t *arena = alloc_arena(tsd, how);
	if (unlikely(arena == NULL))
		return NULL;
	void *ret = usize <= LARGE_MAXCLASS
			? arena_palloc_large(arena, usize, alignment, how->zero)
			: huge_palloc(arena, usize, alignment, how->zero);
	arena_decay_tick(tsd, arena);
	return ret;
}

void *
ialloc(tsd_t *tsd, size_t size, const alloc_how_t *how)
{
	alloc_how_t slow;
	if (unlikely(opt_zero) && !how->zero) {
		slow = *how;
		slow.zero = true;
		how = &slow;
	}
	size_t usize;
	void *ret;
	if (how->alignment == 0) {
		szind_t ind = size2index(size);
		if (unlikely(ind >= NSIZES))
			return NULL;
		usize = index2size(ind);
		ret = arena_malloc(tsd, usize, ind, how);
	} else {
		usize = sa2u(size, how->alignment);
		if (unlikely(usize == 0))
			return NULL;
		ret = arena_palloc(tsd, usize, how);
	}
	if (unlikely(ret == NULL))
		return NULL;
	if (unlikely(opt_junk_alloc) && !how->zero)
		memset(ret, JUNK_ALLOC, usize);
	thread_allocated(tsd, usize);
	return ret;
}

/* ----------------------------------------------------------------- free -- */

EBB_COLD EBB_NORETURN static void
invalid_pointer(const char *function, const void *ptr)
{
	safety_check_fail("%s(%p): not an allocated object: freed before, or "
			  "never allocated by this allocator",
	    function, ptr);
}

static void
idalloc_huge(tsd_t *tsd, void *ptr)
{
	extent_node_t *node = huge_lookup(ptr);
	if (unlikely(node == NULL))
		invalid_pointer("free", ptr);
	size_t usize = node->size;
	arena_t *arena = huge_dalloc(node);
	arena_decay_tick(tsd, arena);
	thread_deallocated(tsd, usize);
}

void
idalloc(tsd_t *tsd, void *ptr, bool no_tcache)
{
	if (unlikely(!chunk_map_is_arena(ptr))) {
		idalloc_huge(tsd, ptr);
		return;
	}
	arena_chunk_t *chunk = arena_chunk_of(ptr);
	szind_t ind = chunk->kind[arena_pageind(ptr)];
	if (unlikely(ind >= TSD_NBINS))
		invalid_pointer("free", ptr);
	size_t usize = index2size(ind);
	if (unlikely(opt_junk_free))
		memset(ptr, JUNK_FREE, usize);
	if (!no_tcache && tcache_caches(tsd, ind)) {
		tcache_dalloc(tsd, ptr, ind);
	} else {
		arena_t *arena = chunk->node.arena;
		if (ind < NBINS)
			arena_dalloc_small(ptr);
		else
			arena_dalloc_large(ptr);
		arena_decay_tick(tsd, arena);
	}
	thread_deallocated(tsd, usize);
}

size_t
isalloc(const void *ptr)
{
	if (likely(chunk_map_is_arena(ptr))) {
		size_t size = arena_salloc(ptr);
		if (unlikely(size == 0))
			invalid_pointer("malloc_usable_size", ptr);
		return size;
	}
	extent_node_t *node = huge_lookup(ptr);
	if (unlikely(node == NULL))
		invalid_pointer("malloc_usable_size", ptr);
	return huge_salloc(node);
}

/* --------------------------------------------------------------- resize -- */

/* true: not possible without moving. */
static bool
iralloc_no_move(void *ptr, size_t oldsize, size_t size, size_t extra, bool zero)
{
	size_t usize_min = s2u(size);
	size_t usize_max = s2u(size + extra);
	if (unlikely(usize_min == 0 || usize_max == 0))
		return true;
	if (oldsize <= SMALL_MAXCLASS) /* small objects keep their class */
		return usize_max < oldsize || usize_min > oldsize;
	if (oldsize <= LARGE_MAXCLASS)
		return usize_min > LARGE_MAXCLASS ||
		       arena_ralloc_large_no_move(ptr, oldsize, usize_min,
			   usize_max > LARGE_MAXCLASS ? LARGE_MAXCLASS
						      : usize_max,
			   zero);
	return huge_ralloc_no_move(
	    huge_lookup(ptr), usize_min, usize_max, zero);
}

static bool
is_aligned(const void *ptr, size_t alignment)
{
	return alignment == 0 || ((uintptr_t)ptr & (alignment - 1)) == 0;
}

/* Accounts for a change in place, and ticks. */
static void
resized(tsd_t *tsd, const void *ptr, size_t oldsize, size_t usize)
{
	if (usize == oldsize)
		return;
	thread_allocated(tsd, usize);
	thread_deallocated(tsd, oldsize);
	arena_t *arena = oldsize <= LARGE_MAXCLASS
			     ? arena_chunk_of(ptr)->node.arena
			     : huge_lookup(ptr)->arena;
	arena_decay_tick(tsd, arena);
}

size_t
ixalloc(
    tsd_t *tsd, void *ptr, size_t size, size_t extra, const alloc_how_t *how)
{
	size_t oldsize = isalloc(ptr);
	if (unlikely(size > HUGE_MAXCLASS))
		return oldsize;
	if (extra > HUGE_MAXCLASS - size)
		extra = HUGE_MAXCLASS - size;
	if (!is_aligned(ptr, how->alignment) ||
	    iralloc_no_move(ptr, oldsize, size, extra, how->zero))
		return oldsize;
	size_t usize = isalloc(ptr);
	resized(tsd, ptr, oldsize, usize);
	return usize;
}

void *
iralloc(tsd_t *tsd, void *ptr, size_t size, const alloc_how_t *how)
{
	size_t oldsize = isalloc(ptr);
	if (is_aligned(ptr, how->alignment) &&
	    !iralloc_no_move(ptr, oldsize, size, 0, how->zero)) {
		resized(tsd, ptr, oldsize, isalloc(ptr));
		return ptr;
	}
	void *ret = ialloc(tsd, size, how);
	if (unlikely(ret == NULL))
		return NULL;
	memcpy(ret, ptr, size < oldsize ? size : oldsize);
	idalloc(tsd, ptr, how->no_tcache);
	return ret;
}
