/*
 * The malloc family. malloc and free are leaf functions for what a thread's
 * cache serves: everything else is called at their end (E-1).
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "alloc.h"
#include "arena_map.h"
#include "assert.h"
#include "chunk_map.h"
#include "conf.h"
#include "gc_event.h"
#include "init.h"
#include "malloc_io.h"
#include "public.h"
#include "tcache.h"
#include "thread.h"

static const alloc_how_t plain;

/* Out of line with all that can go wrong. */
EBB_COLD static void *
malloc_failed(const char *function)
{
	if (opt_xmalloc)
		safety_check_fail("%s(): out of memory (xmalloc)", function);
	errno = ENOMEM;
	return NULL;
}

EBB_NOINLINE static void *
malloc_default(size_t size)
{
	void *ret = malloc_init() ? NULL : ialloc(tsd_fetch(), size, &plain);
	return likely(ret != NULL) ? ret : malloc_failed("malloc");
}

/* An object of the thread's cache; NULL: take the slow path. */
EBB_INLINE void *
malloc_fast(size_t size, szind_t *ind)
{
	if (!config_tcache || unlikely(size > LOOKUP_MAXCLASS))
		return NULL;
	tsd_t *tsd = tsd_get();
	*ind = size2index_tab[(size + 7) >> LG_TINY_MIN];
	tbin_t *tbin = &tsd->tbins[*ind];
	uint64_t allocated = tsd->allocated + index2size_tab[*ind];
	void **head = tbin->head;
	if (unlikely(head == tbin->low)) {
		if (unlikely(head == tbin_empty(tbin)))
			return NULL;
		tbin->low = head + 1;
	}
	if (gc_event_pending(tsd, allocated, tsd->alloc_event))
		return NULL;
	tsd->allocated = allocated;
	tbin->nrequests++;
	tbin->head = head + 1;
	return *head;
}

EBB_EXPORT void *
JE(malloc)(size_t size)
{
	szind_t ind;
	void *ret = malloc_fast(size, &ind);
	return likely(ret != NULL) ? ret : malloc_default(size);
}

EBB_NOINLINE static void
free_default(void *ptr)
{
	if (ptr == NULL)
		return;
	int saved = errno; /* system calls may be made (POSIX 2024) */
	if (!malloc_init())
		idalloc(tsd_fetch(), ptr, false);
	errno = saved;
}

EBB_EXPORT void
JE(free)(void *ptr)
{
	if (config_tcache && likely(chunk_map_is_arena(ptr))) {
		tsd_t *tsd = tsd_get();
		unsigned ind = arena_chunk_of(ptr)->kind[arena_pageind(ptr)];
		if (likely(ind < TSD_NBINS)) {
			tbin_t *tbin = &tsd->tbins[ind];
			uint64_t deallocated =
			    tsd->deallocated + index2size_tab[ind];
			void **head = tbin->head;
			if (likely(head != tbin->full) &&
			    !gc_event_pending(
				tsd, deallocated, tsd->free_event)) {
				tsd->deallocated = deallocated;
				tbin->head = head - 1;
				head[-1] = ptr;
				return;
			}
		}
	}
	free_default(ptr);
}

EBB_NOINLINE static void *
calloc_default(size_t size)
{
	static const alloc_how_t how = {.zero = true};
	void *ret = malloc_init() ? NULL : ialloc(tsd_fetch(), size, &how);
	return likely(ret != NULL) ? ret : malloc_failed("calloc");
}

EBB_EXPORT void *
JE(calloc)(size_t num, size_t size)
{
	size_t bytes;
	if (unlikely(__builtin_mul_overflow(num, size, &bytes)))
		return malloc_failed("calloc");
	szind_t ind;
	void *ret = malloc_fast(bytes, &ind);
	if (unlikely(ret == NULL))
		return calloc_default(bytes);
	return memset(ret, 0, index2size_tab[ind]);
}

/* realloc(ptr, 0) frees and returns NULL, as in jemalloc 4 and glibc. */
EBB_EXPORT void *
JE(realloc)(void *ptr, size_t size)
{
	if (ptr == NULL)
		return JE(malloc)(size);
	if (size == 0) {
		JE(free)(ptr);
		return NULL;
	}
	int saved = errno;
	void *ret =
	    malloc_init() ? NULL : iralloc(tsd_fetch(), ptr, size, &plain);
	errno = saved;
	return likely(ret != NULL) ? ret : malloc_failed("realloc");
}

/* ------------------------------------------------------------ alignment -- */

/* 0, or what posix_memalign returns. */
static int
imemalign(void **memptr, size_t alignment, size_t size, size_t min_alignment)
{
	if (unlikely(alignment < min_alignment ||
		     (alignment & (alignment - 1)) != 0))
		return EINVAL;
	alloc_how_t how = {.alignment = alignment};
	int saved = errno;
	void *ret = malloc_init()
			? NULL
			: ialloc(tsd_fetch(), size == 0 ? 1 : size, &how);
	errno = saved;
	if (unlikely(ret == NULL))
		return ENOMEM;
	*memptr = ret;
	return 0;
}

static void *
aligned(size_t alignment, size_t size, const char *function)
{
	void *ret = NULL;
	int err = imemalign(&ret, alignment, size, 1);
	if (unlikely(err == ENOMEM))
		return malloc_failed(function);
	if (unlikely(err != 0))
		errno = err;
	return ret;
}

EBB_EXPORT int
JE(posix_memalign)(void **memptr, size_t alignment, size_t size)
{
	int err = imemalign(memptr, alignment, size, sizeof(void *));
	if (unlikely(err == ENOMEM))
		(void)(opt_xmalloc ? malloc_failed("posix_memalign") : NULL);
	return err;
}

/* size need not be a multiple of alignment (C17, DR 460). */
EBB_EXPORT void *
JE(aligned_alloc)(size_t alignment, size_t size)
{
	return aligned(alignment, size, "aligned_alloc");
}

EBB_EXPORT void *
JE(memalign)(size_t alignment, size_t size)
{
	return aligned(alignment, size, "memalign");
}

EBB_EXPORT void *
JE(valloc)(size_t size)
{
	return aligned(PAGE, size, "valloc");
}

EBB_EXPORT void *
JE(pvalloc)(size_t size)
{
	if (unlikely(size > SIZE_MAX - PAGE_MASK))
		return malloc_failed("pvalloc");
	return aligned(PAGE, ALIGN_UP(size, PAGE), "pvalloc");
}

/* ----------------------------------------------------------------- rest -- */

EBB_EXPORT size_t
JE(malloc_usable_size)(void *ptr)
{
	return ptr == NULL ? 0 : isalloc(ptr);
}

EBB_EXPORT void
JE(cfree)(void *ptr)
{
	JE(free)(ptr);
}

EBB_EXPORT void
JE(free_sized)(void *ptr, size_t size)
{
	(void)size;
	JE(free)(ptr);
}

EBB_EXPORT void
JE(free_aligned_sized)(void *ptr, size_t alignment, size_t size)
{
	(void)alignment;
	(void)size;
	JE(free)(ptr);
}
