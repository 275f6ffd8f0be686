/*
 * Pages: the only file that makes memory system calls.
 *
 * The calls are made by number (syscall(2)), so that a program or library that
 * interposes mmap or madvise and allocates inside cannot re-enter us (E-21).
 * Preconditions of all: addresses and sizes are multiples of PAGE, sizes are
 * not 0. None of them may be called with a lock held that malloc or free waits
 * for (E-20).
 */
#ifndef EBB_PAGES_H
#define EBB_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* How pages_purge gives pages back. */
typedef enum {
	PURGE_ADVICE_DONTNEED, /* at once; they read as zero afterwards */
	PURGE_ADVICE_FREE /* when the kernel wants them; RSS stays (E-41) */
} purge_advice_t;

extern purge_advice_t opt_purge_advice;
extern const char *const purge_advice_names[]; /* by value, NULL at the end */

/* addr: a hint that must be met exactly, or NULL. NULL on failure. */
void *pages_map(void *addr, size_t size);
/* A failure (too many mappings) is reported: true; the pages stay mapped. */
bool pages_unmap(void *addr, size_t size);
/* Gives the content back. Result: true if the pages now read as zero. */
bool pages_purge(void *addr, size_t size);
/* true: the kernel refused and nothing changed. */
bool pages_nohuge(void *addr, size_t size);
bool pages_huge(void *addr, size_t size);

/* THP mode of the kernel is "always": unmarked mappings get huge pages. */
bool pages_thp_always(void);
/* One read of a small file by raw system calls; bytes read, 0 on failure.
 * The text ends in NUL. */
size_t pages_read_file(const char *path, char *buf, size_t size);

/* Once. true (with a message) if the kernel's page is not ours. */
bool pages_boot(void);

#endif /* EBB_PAGES_H */
