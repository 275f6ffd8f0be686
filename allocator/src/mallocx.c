/*
 * The *allocx family and mallctl.
 */
#include <errno.h>

#include "alloc.h"
#include "arenas.h"
#include "assert.h"
#include "conf.h"
#include "ctl.h"
#include "init.h"
#include "public.h"
#include "stats.h"
#include "thread.h"

#define FLAGS_LG_ALIGN 0x3f
#define FLAGS_ZERO 0x40
#define FLAGS_TCACHE_SHIFT 8
#define FLAGS_TCACHE_MASK 0xfff
#define FLAGS_ARENA_SHIFT 20

/* true: the arena named does not exist. */
static bool
flags_decode(int flags, alloc_how_t *how)
{
	unsigned lg_align = (unsigned)flags & FLAGS_LG_ALIGN;
	unsigned tcache =
	    ((unsigned)flags >> FLAGS_TCACHE_SHIFT) & FLAGS_TCACHE_MASK;
	unsigned arena = (unsigned)flags >> FLAGS_ARENA_SHIFT;
	*how = (alloc_how_t){
	    .alignment = lg_align == 0 ? 0 : (size_t)1 << lg_align,
	    .zero = ((unsigned)flags & FLAGS_ZERO) != 0,
	    /* 0: the thread's cache; 1: none; others name caches of the
	     * program's own, of which there are none to name. */
	    .no_tcache = tcache != 0,
	};
	if (arena == 0)
		return false;
	how->arena = arena_get(arena - 1, true);
	return how->arena == NULL;
}

EBB_EXPORT void *
JE(mallocx)(size_t size, int flags)
{
	alloc_how_t how;
	if (malloc_init() || flags_decode(flags, &how))
		return NULL;
	void *ret = ialloc(tsd_fetch(), size, &how);
	if (unlikely(ret == NULL) && opt_xmalloc)
		safety_check_fail("mallocx(): out of memory (xmalloc)");
	return ret;
}

EBB_EXPORT void *
JE(rallocx)(void *ptr, size_t size, int flags)
{
	alloc_how_t how;
	if (malloc_init() || flags_decode(flags, &how))
		return NULL;
	void *ret = iralloc(tsd_fetch(), ptr, size, &how);
	if (unlikely(ret == NULL) && opt_xmalloc)
		safety_check_fail("rallocx(): out of memory (xmalloc)");
	return ret;
}

EBB_EXPORT size_t
JE(xallocx)(void *ptr, size_t size, size_t extra, int flags)
{
	alloc_how_t how;
	if (malloc_init() || flags_decode(flags, &how))
		return isalloc(ptr);
	return ixalloc(tsd_fetch(), ptr, size, extra, &how);
}

EBB_EXPORT size_t
JE(sallocx)(const void *ptr, int flags)
{
	(void)flags;
	return isalloc(ptr);
}

EBB_EXPORT void
JE(dallocx)(void *ptr, int flags)
{
	alloc_how_t how;
	if (malloc_init())
		return;
	(void)flags_decode(flags, &how);
	idalloc(tsd_fetch(), ptr, how.no_tcache);
}

EBB_EXPORT void
JE(sdallocx)(void *ptr, size_t size, int flags)
{
	(void)size;
	JE(dallocx)(ptr, flags);
}

EBB_EXPORT size_t
JE(nallocx)(size_t size, int flags)
{
	unsigned lg_align = (unsigned)flags & FLAGS_LG_ALIGN;
	return lg_align == 0 ? s2u(size) : sa2u(size, (size_t)1 << lg_align);
}

EBB_EXPORT int
JE(mallctl)(
    const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen)
{
	if (malloc_init())
		return EAGAIN;
	return ctl_byname(name, oldp, oldlenp, newp, newlen);
}

EBB_EXPORT int
JE(mallctlnametomib)(const char *name, size_t *mibp, size_t *miblenp)
{
	if (malloc_init())
		return EAGAIN;
	return ctl_nametomib(name, mibp, miblenp);
}

EBB_EXPORT int
JE(mallctlbymib)(const size_t *mib, size_t miblen, void *oldp, size_t *oldlenp,
    void *newp, size_t newlen)
{
	if (malloc_init())
		return EAGAIN;
	return ctl_bymib(mib, miblen, oldp, oldlenp, newp, newlen);
}

EBB_EXPORT void
JE(malloc_stats_print)(
    void (*write_cb)(void *, const char *), void *opaque, const char *opts)
{
	if (!malloc_init())
		stats_print(write_cb, opaque, opts);
}
