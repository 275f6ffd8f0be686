#include "census_perf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

/* One tracepoint for all system calls: one event a CPU, with a filter. */
#define POINT "events/raw_syscalls/sys_enter/"

static const int numbers[] = {SYS_madvise, SYS_process_madvise, SYS_munmap,
    SYS_mmap, SYS_mremap, SYS_brk};

/* A record of ours: PERF_SAMPLE_TID, _TIME, _RAW in the kernel's order. */
struct sample_s {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t time;
	uint32_t raw_size;
	char raw[256 - 36]; /* sys_enter's are 64 and padding */
};

/* -------------------------------------------------------- the tracepoint -- */

/*
 * The root folder of tracefs, a descriptor. Where it is mounted nowhere, a
 * mount that nobody else sees, gone when the descriptor is closed.
 */
static int
tracefs_open(void)
{
	static const char *const usual[] = {
	    "/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
		int fd = open(usual[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && faccessat(fd, POINT, X_OK, AT_EACCESS) == 0)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	int context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	int fd = -1;
	if (syscall(
		SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	int cause = errno;
	close(context);
	errno = cause;
	return fd;
}

/* A small file below the folder, as a string. True on error, errno set. */
static bool
point_read(int folder, const char *name, char *text, size_t room)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, room - 1);
	int cause = errno;
	if (fd >= 0)
		close(fd);
	errno = cause;
	text[n > 0 ? n : 0] = '\0';
	return n <= 0;
}

/* Of a line "field:long id; offset:8; size:8;": the offset. */
static bool
field_find(const char *format, const char *field, size_t size, size_t *offset)
{
	const char *at = strstr(format, field);
	const char *where = at == NULL ? NULL : strstr(at, "offset:");
	const char *much = at == NULL ? NULL : strstr(at, "size:");
	if (where == NULL || much == NULL ||
	    strtoul(much + strlen("size:"), NULL, 10) != size)
		return true;
	*offset = strtoul(where + strlen("offset:"), NULL, 10);
	return false;
}

bool
census_point_parse(census_point_t *point, const char *format, fault_t *fault)
{
	const char *id = strstr(format, "ID: ");
	size_t room = sizeof(((struct sample_s *)NULL)->raw);
	size_t args = sizeof(((census_event_t *)NULL)->args);
	if (id == NULL ||
	    field_find(format, "long id;", sizeof(long), &point->number_at) ||
	    field_find(format, "args[6];", args, &point->args_at) ||
	    point->number_at + sizeof(long) > room ||
	    point->args_at + args > room)
		return fault_set(fault,
		    "the kernel's tracepoint raw_syscalls:sys_enter has "
		    "another layout than number and six arguments");
	point->id = strtoull(id + strlen("ID: "), NULL, 10);
	return false;
}

static bool
point_find(census_point_t *point, fault_t *fault)
{
	char format[4096];
	int folder = tracefs_open();
	if (folder < 0)
		return fault_set_errno(fault, "no access to tracefs");
	bool failed =
	    point_read(folder, POINT "format", format, sizeof(format));
	if (failed)
		fault_set_errno(fault, "cannot read tracefs/" POINT "format");
	close(folder);
	return failed || census_point_parse(point, format, fault);
}

/* --------------------------------------------------------------- opening -- */

static bool
ring_filter(int fd)
{
	words_t parts = {0};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		words_add(&parts, "%sid == %d", i > 0 ? "|| " : "", numbers[i]);
	char *filter = words_join(&parts, " ");
	bool failed = ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter) != 0;
	int cause = errno;
	free(filter);
	words_release(&parts);
	errno = cause;
	return failed;
}

/* True on error, errno set; then the ring is to be closed all the same. */
static bool
ring_open(census_ring_t *ring, const census_perf_t *perf, int cpu)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_TRACEPOINT,
	    .size = sizeof(attr),
	    .config = perf->point.id,
	    .sample_period = 1,
	    .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW,
	    .disabled = 1,
	    .inherit = 1,
	    .enable_on_exec = 1,
	    .use_clockid = 1,
	    .clockid = CLOCK_MONOTONIC,
	    .watermark = 1,
	    .wakeup_watermark = (uint32_t)(perf->size / 2),
	};
	*ring = (census_ring_t){.page = MAP_FAILED};
	ring->fd = (int)syscall(
	    SYS_perf_event_open, &attr, 0, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (ring->fd < 0 || ring_filter(ring->fd))
		return true;
	ring->page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE) + perf->size,
	    PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	return ring->page == MAP_FAILED;
}

bool
census_perf_open(census_perf_t *perf, size_t size, fault_t *fault)
{
	cpu_set_t cpus;
	*perf = (census_perf_t){.size = size};
	if (point_find(&perf->point, fault))
		return true;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		return fault_set_errno(fault, "cannot ask for our CPUs");
	perf->rings =
	    text_memory((size_t)CPU_COUNT(&cpus), sizeof(*perf->rings));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus) &&
		    ring_open(&perf->rings[perf->n++], perf, cpu)) {
			fault_set_errno(fault, "cannot open the tracepoint "
					       "raw_syscalls:sys_enter");
			census_perf_close(perf);
			return true;
		}
	return false;
}

void
census_perf_close(census_perf_t *perf)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE) + perf->size;
	for (size_t i = 0; i < perf->n; i++) {
		if (perf->rings[i].page != MAP_FAILED)
			munmap(perf->rings[i].page, size);
		if (perf->rings[i].fd >= 0)
			close(perf->rings[i].fd);
	}
	free(perf->rings);
	*perf = (census_perf_t){0};
}

/* --------------------------------------------------------------- reading -- */

/* Copies n bytes from position at; they may wrap around. */
static void
ring_copy(void *to, const char *data, size_t size, uint64_t at, size_t n)
{
	size_t from = at & (size - 1);
	size_t first = n < size - from ? n : size - from;
	memcpy(to, data + from, first);
	memcpy((char *)to + first, data, n - first);
}

static void
sample_add(
    census_perf_t *perf, census_tally_t *tally, const struct sample_s *sample)
{
	long number;
	census_event_t event = {
	    .t_ns = sample->time,
	    .pid = (pid_t)sample->pid,
	    .ranges_bytes = CENSUS_UNKNOWN,
	};
	memcpy(&number, sample->raw + perf->point.number_at, sizeof(number));
	memcpy(
	    event.args, sample->raw + perf->point.args_at, sizeof(event.args));
	event.number = number;
	perf->seen++;
	census_tally_add(tally, &event);
}

static void
ring_drain(
    census_perf_t *perf, const census_ring_t *ring, census_tally_t *tally)
{
	struct perf_event_mmap_page *page = ring->page;
	const char *data = (const char *)page + sysconf(_SC_PAGESIZE);
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	uint64_t at = page->data_tail;
	while (at < head) {
		struct sample_s sample;
		ring_copy(&sample.header, data, perf->size, at,
		    sizeof(sample.header));
		size_t n = sample.header.size;
		ring_copy(&sample, data, perf->size, at,
		    n < sizeof(sample) ? n : sizeof(sample));
		/* Records of what was lost are none: see census_perf_lost. */
		if (sample.header.type == PERF_RECORD_SAMPLE)
			sample_add(perf, tally, &sample);
		at += n;
	}
	__atomic_store_n(&page->data_tail, at, __ATOMIC_RELEASE);
}

void
census_perf_drain(census_perf_t *perf, census_tally_t *tally)
{
	for (size_t i = 0; i < perf->n; i++)
		ring_drain(perf, &perf->rings[i], tally);
}

bool
census_perf_wait(const census_perf_t *perf, int other_fd)
{
	struct pollfd *fds = text_memory(perf->n + 1, sizeof(*fds));
	fds[0] = (struct pollfd){.fd = other_fd, .events = POLLIN};
	for (size_t i = 0; i < perf->n; i++)
		fds[1 + i] =
		    (struct pollfd){.fd = perf->rings[i].fd, .events = POLLIN};
	int ready = poll(fds, perf->n + 1, -1);
	bool other = ready > 0 && fds[0].revents != 0;
	free(fds);
	return other;
}

uint64_t
census_perf_lost(const census_perf_t *perf)
{
	uint64_t counted = 0;
	for (size_t i = 0; i < perf->n; i++) {
		uint64_t one = 0;
		if (read(perf->rings[i].fd, &one, sizeof(one)) == sizeof(one))
			counted += one;
	}
	return counted > perf->seen ? counted - perf->seen : 0;
}
