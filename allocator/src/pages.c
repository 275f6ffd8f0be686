#include "pages.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "assert.h"
#include "malloc_io.h"
#include "sz.h"
#include "witness.h"

purge_advice_t opt_purge_advice = PURGE_ADVICE_DONTNEED;
const char *const purge_advice_names[] = {"dontneed", "free", NULL};

/* Set once by pages_boot. */
static struct {
	bool thp_always;
} pages;

#ifndef MADV_FREE
#	define MADV_FREE 8
#endif

/* Memory system calls take as long as the kernel likes. The locks that malloc
 * and free wait for must not be held (E-20); those of lower ranks, which guard
 * the making of arenas and of statistics, may. */
static void
pages_assert_lockless(void)
{
	witness_assert_none_from(WITNESS_RANK_THREAD);
}

void *
pages_map(void *addr, size_t size)
{
	pages_assert_lockless();
	assert(size != 0 && (size & PAGE_MASK) == 0);
	/* MAP_NORESERVE: under heuristic overcommit address space is not
	 * charged; with overcommit off the kernel ignores the flag. */
	void *ret =
	    (void *)syscall(SYS_mmap, addr, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, (off_t)0);
	if (ret == MAP_FAILED)
		return NULL;
	if (addr != NULL && ret != addr) {
		pages_unmap(ret, size);
		return NULL;
	}
	return ret;
}

bool
pages_unmap(void *addr, size_t size)
{
	pages_assert_lockless();
	return syscall(SYS_munmap, addr, size) != 0;
}

bool
pages_purge(void *addr, size_t size)
{
	pages_assert_lockless();
	assert(((uintptr_t)addr & PAGE_MASK) == 0 && (size & PAGE_MASK) == 0);
	if (opt_purge_advice == PURGE_ADVICE_FREE) {
		if (syscall(SYS_madvise, addr, size, MADV_FREE) == 0)
			return false;
		/* Before Linux 4.5: fall through to what always works. */
	}
	return syscall(SYS_madvise, addr, size, MADV_DONTNEED) == 0;
}

bool
pages_nohuge(void *addr, size_t size)
{
	pages_assert_lockless();
	return syscall(SYS_madvise, addr, size, MADV_NOHUGEPAGE) != 0;
}

bool
pages_huge(void *addr, size_t size)
{
	pages_assert_lockless();
	return syscall(SYS_madvise, addr, size, MADV_HUGEPAGE) != 0;
}

bool
pages_thp_always(void)
{
	return pages.thp_always;
}

size_t
pages_read_file(const char *path, char *buf, size_t size)
{
	buf[0] = '\0';
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	long n = syscall(SYS_read, fd, buf, size - 1);
	syscall(SYS_close, fd);
	if (n < 0)
		n = 0;
	buf[n] = '\0';
	return (size_t)n;
}

bool
pages_boot(void)
{
	long page = sysconf(_SC_PAGESIZE);
	if (page <= 0 || (size_t)page > PAGE) {
		malloc_printf("ebb: the kernel's pages have %ld bytes, this "
			      "build handles up to %zu; build with a larger "
			      "LG_PAGE\n",
		    page, (size_t)PAGE);
		return true;
	}
	char mode[64];
	if (pages_read_file("/sys/kernel/mm/transparent_hugepage/enabled", mode,
		sizeof(mode)) != 0)
		pages.thp_always = strstr(mode, "[always]") != NULL;
	return false;
}
