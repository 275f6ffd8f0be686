/*
 * ebb: a memory allocator of the chunk/run/arena/thread-cache kind, with
 * jemalloc 4's interface. See allocator/README.md.
 *
 * malloc, calloc, realloc, free, posix_memalign, aligned_alloc, memalign,
 * valloc, pvalloc, malloc_usable_size, free_sized and free_aligned_sized are
 * declared by the system's headers, or here where it does not know them yet.
 */
#ifndef EBB_EBB_H
#define EBB_EBB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of jemalloc whose interface this is; `mallctl("version")` tells
 * ebb's own. */
#define JEMALLOC_VERSION "4.5.0-ebb"
#define JEMALLOC_VERSION_MAJOR 4
#define JEMALLOC_VERSION_MINOR 5
#define JEMALLOC_VERSION_BUGFIX 0

/* Builds whose public names carry je_ (variant "prefix"). */
#ifdef EBB_PREFIX
#	define EBB_NAME(name) je_##name
#else
#	define EBB_NAME(name) name
#endif

/* Flags of the *allocx functions. */
#define MALLOCX_LG_ALIGN(la) ((int)(la))
#define MALLOCX_ALIGN(a) \
	((int)((a) == 0 ? 0 : __builtin_ctzll((unsigned long long)(a))))
#define MALLOCX_ZERO ((int)0x40)
#define MALLOCX_TCACHE(tc) ((int)(((tc) + 2) << 8))
#define MALLOCX_TCACHE_NONE MALLOCX_TCACHE(-1)
#define MALLOCX_ARENA(a) ((int)(((unsigned)(a) + 1) << 20))

/* An options string of the program's own (weak: define it to use it). */
extern const char *EBB_NAME(malloc_conf);
/* Where messages go; NULL (the default): standard error. */
extern void (*EBB_NAME(malloc_message))(void *opaque, const char *text);

/* At least size bytes, or NULL. size must not be 0. errno is not set. */
void *EBB_NAME(mallocx)(size_t size, int flags);
/* Moves if it must. NULL: ptr is still valid. */
void *EBB_NAME(rallocx)(void *ptr, size_t size, int flags);
/* Never moves. Result: the usable size afterwards. */
size_t EBB_NAME(xallocx)(void *ptr, size_t size, size_t extra, int flags);
/* The usable size of an object. */
size_t EBB_NAME(sallocx)(const void *ptr, int flags);
void EBB_NAME(dallocx)(void *ptr, int flags);
/* size: any value between the requested and the usable size. */
void EBB_NAME(sdallocx)(void *ptr, size_t size, int flags);
/* The usable size that mallocx(size, flags) would give; 0: none. */
size_t EBB_NAME(nallocx)(size_t size, int flags);

void EBB_NAME(free_sized)(void *ptr, size_t size);
void EBB_NAME(free_aligned_sized)(void *ptr, size_t alignment, size_t size);

/* Reads and writes a value by name. 0, or ENOENT (no such name), EPERM
 * (read-only or write-only), EINVAL (wrong length), EAGAIN (no memory), EFAULT
 * (out of range). */
int EBB_NAME(mallctl)(
    const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen);
int EBB_NAME(mallctlnametomib)(const char *name, size_t *mibp, size_t *miblenp);
int EBB_NAME(mallctlbymib)(const size_t *mib, size_t miblen, void *oldp,
    size_t *oldlenp, void *newp, size_t newlen);
/* write_cb NULL: malloc_message. opts: letters of what to leave out, and J for
 * JSON; see mallctl's documentation. NULL: everything. */
void EBB_NAME(malloc_stats_print)(
    void (*write_cb)(void *, const char *), void *opaque, const char *opts);

#ifdef __cplusplus
}
#endif

#endif /* EBB_EBB_H */
