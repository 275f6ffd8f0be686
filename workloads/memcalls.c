#include "memcalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define POINT "events/raw_syscalls/sys_enter/id"

static const int numbers[] = {SYS_madvise, SYS_process_madvise, SYS_munmap,
    SYS_mmap, SYS_mremap, SYS_brk};

/* Bytes of the ring: a page is its head, another has room for records. */
static size_t
ring_size(void)
{
	return 2 * (size_t)sysconf(_SC_PAGESIZE);
}

/* tracefs, where it is mounted, or mounted for this descriptor alone; or -1. */
static int
tracefs(void)
{
	int fd =
	    open("/sys/kernel/tracing", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && faccessat(fd, POINT, R_OK, AT_EACCESS) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	int context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	fd = -1;
	if (syscall(
		SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return fd;
}

/* The number of the tracepoint at which every system call begins, or 0. */
static uint64_t
point_number(void)
{
	char text[32] = "";
	int folder = tracefs();
	if (folder < 0)
		return 0;
	int fd = openat(folder, POINT, O_RDONLY | O_CLOEXEC);
	close(folder);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtoull(text, NULL, 10) : 0;
}

/* Lets only calls for memory through. Returns 0 or -1. */
static int
filter_set(int fd)
{
	char filter[256];
	size_t used = 0;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		used += (size_t)snprintf(filter + used, sizeof(filter) - used,
		    "%sid == %d", i > 0 ? " || " : "", numbers[i]);
	return ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter);
}

const char *
memcalls_open(memcalls_t *calls)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_TRACEPOINT,
	    .size = sizeof(attr),
	    .config = point_number(),
	    .sample_period = 1,
	    .watermark = 1,
	    .wakeup_watermark = 1u << 30, /* nobody waits for it */
	    .disabled = 1,
	};
	if (attr.config == 0)
		return "no access to tracefs";
	calls->fd = (int)syscall(
	    SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (calls->fd < 0)
		return errno == EACCES || errno == EPERM
			   ? "perf_event_open of a tracepoint is not permitted"
			   : "the kernel has no perf_event_open of tracepoints";
	calls->ring = mmap(NULL, ring_size(), PROT_READ | PROT_WRITE,
	    MAP_SHARED, calls->fd, 0);
	if (calls->ring != MAP_FAILED && filter_set(calls->fd) == 0 &&
	    ioctl(calls->fd, PERF_EVENT_IOC_ENABLE, 0) == 0)
		return NULL;
	if (calls->ring != MAP_FAILED)
		munmap(calls->ring, ring_size());
	close(calls->fd);
	return "the kernel refuses a ring or a filter for the tracepoint";
}

void
memcalls_close(memcalls_t *calls)
{
	munmap(calls->ring, ring_size());
	close(calls->fd);
}

uint64_t
memcalls_count(memcalls_t *calls)
{
	struct perf_event_mmap_page *page = calls->ring;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	/* Everything is read: the ring never fills up. */
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
	return head / sizeof(struct perf_event_header);
}
