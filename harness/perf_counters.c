#include "perf_counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counters.h"

#define PARANOID_FILE "/proc/sys/kernel/perf_event_paranoid"
#define PARANOID_UNKNOWN (-2)
/* What perf_event_paranoid may be at most, to count code of either side. */
static const int paranoid_most[PERF_SIDES] = {
    [PERF_USER] = 2, [PERF_KERNEL] = 1};

/* What the trial counts of itself to find out what is available. */
#define EXERCISE_BYTES (4u << 20)
#define EXERCISE_CALLS 1000
#define PAGE 4096

#define HW(event) PERF_TYPE_HARDWARE, PERF_COUNT_HW_##event
#define SW(event) PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##event
#define DTLB_LOAD_MISSES                                           \
	PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_DTLB |             \
				PERF_COUNT_HW_CACHE_OP_READ << 8 | \
				PERF_COUNT_HW_CACHE_RESULT_MISS << 16

static const struct event_s {
	const char *name;
	uint32_t type;
	uint64_t config;
	bool split;           /* the kernel can tell user from kernel code */
	bool impossible_zero; /* each process has some */
} events[PERF_EVENTS] = {
    {"cycles", HW(CPU_CYCLES), true, true},
    {"instructions", HW(INSTRUCTIONS), true, true},
    {"branch_misses", HW(BRANCH_MISSES), true, true},
    {"cache_misses", HW(CACHE_MISSES), true, true},
    {"dtlb_misses", DTLB_LOAD_MISSES, true, true},
    /* The clock runs in either code, whatever is excluded. */
    {"task_clock_ns", SW(TASK_CLOCK), false, false},
    {"page_faults", SW(PAGE_FAULTS), true, false},
    /* Both happen in the kernel: excluding it would make them 0. */
    {"context_switches", SW(CONTEXT_SWITCHES), false, false},
    {"migrations", SW(CPU_MIGRATIONS), false, false},
};
#define TASK_CLOCK 5
#define MIGRATIONS 8

static unsigned
event_sides(const struct event_s *event)
{
	return event->split ? PERF_SIDES : 1;
}

/* ------------------------------------------------------------- the reason --
 */

static int
paranoid_read(void)
{
	int level = PARANOID_UNKNOWN;
	FILE *stream = fopen(PARANOID_FILE, "re");
	if (stream == NULL)
		return PARANOID_UNKNOWN;
	if (fscanf(stream, "%d", &level) != 1)
		level = PARANOID_UNKNOWN;
	fclose(stream);
	return level;
}

void
perf_counter_refusal(
    int error, bool kernel, int paranoid, char *reason, size_t room)
{
	int most = paranoid_most[kernel ? PERF_KERNEL : PERF_USER];
	if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV)
		snprintf(reason, room,
		    "no counter of this CPU counts it (a virtual machine often "
		    "has no PMU)");
	else if (error == EACCES && paranoid > most)
		snprintf(reason, room,
		    "kernel.perf_event_paranoid is %d, %s code needs %d or "
		    "less: sysctl -w kernel.perf_event_paranoid=%d",
		    paranoid, kernel ? "kernel" : "user", most, most);
	else if (error == EACCES || error == EPERM)
		snprintf(reason, room,
		    "perf_event_open is forbidden (%s) although "
		    "kernel.perf_event_paranoid is %d: a container's seccomp "
		    "filter or a security module",
		    strerrorname_np(error), paranoid);
	else if (error == ENOSYS)
		snprintf(reason, room,
		    "perf_event_open does not exist: the kernel is built "
		    "without it, or a container hides it");
	else
		snprintf(reason, room, "perf_event_open: %s", strerror(error));
}

bool
perf_counter_judge(const perf_counter_t *counter, bool impossible_zero,
    bool ran, uint64_t *value, char *reason, size_t room)
{
	if (counter->values.enabled_ns == 0) {
		snprintf(reason, room, "the process never ran");
		return true;
	}
	if (counter->values.running_ns == 0) {
		snprintf(reason, room,
		    "it never got a counter of the CPU: others held them");
		return true;
	}
	if (counter->values.value == 0 && impossible_zero && ran) {
		snprintf(reason, room,
		    "impossible zero: the task clock moved, so it is not "
		    "really counted");
		return true;
	}
	*value = counter->values.value;
	if (counter->values.running_ns < counter->values.enabled_ns)
		*value = (uint64_t)llround((double)counter->values.value *
					   (double)counter->values.enabled_ns /
					   (double)counter->values.running_ns);
	return false;
}

/* --------------------------------------------------------------- opening -- */

/*
 * Opens one. group: the leader's descriptor, -1 to lead. A leader is opened
 * disabled, its members follow it.
 */
static int
event_open(const struct event_s *event, unsigned side, int group, bool on_exec)
{
	bool clock = event == &events[TASK_CLOCK];
	struct perf_event_attr attributes = {
	    .size = sizeof(attributes),
	    .type = event->type,
	    .config = event->config,
	    .read_format =
		PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	    .disabled = group < 0,
	    .enable_on_exec = group < 0 && on_exec,
	    .inherit = 1,
	    .exclude_hv = 1,
	    .exclude_user = event->split && side == PERF_KERNEL,
	    /* Without kernel code the clock needs no permission. */
	    .exclude_kernel = clock || (event->split && side == PERF_USER),
	};
	return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, group,
	    PERF_FLAG_FD_CLOEXEC);
}

/* Opens a counter as a member of *leader, or as the leader if there is none. */
static void
counter_open(perf_counter_t *counter, const struct event_s *event,
    unsigned side, int *leader)
{
	bool grouped = event->type != PERF_TYPE_SOFTWARE;
	counter->fd = event_open(event, side, grouped ? *leader : -1, true);
	/* More than the CPU can count at a time: a group of its own. */
	if (counter->fd < 0 && errno == EINVAL && grouped && *leader >= 0)
		counter->fd = event_open(event, side, -1, true);
	counter->error = counter->fd < 0 ? errno : 0;
	if (grouped && *leader < 0)
		*leader = counter->fd;
}

void
perf_counters_open(perf_counters_t *counters)
{
	*counters = (perf_counters_t){.opened = true};
	for (unsigned side = 0; side < PERF_SIDES; side++) {
		int leader = -1;
		for (unsigned e = 0; e < PERF_EVENTS; e++)
			if (side < event_sides(&events[e]))
				counter_open(&counters->v[e][side], &events[e],
				    side, &leader);
	}
}

static void
counter_finish(perf_counter_t *counter)
{
	struct perf_values_s *values = &counter->values;
	if (counter->fd < 0)
		return;
	if (read(counter->fd, values, sizeof(*values)) != sizeof(*values))
		counter->error = errno;
	close(counter->fd);
	counter->fd = -1;
}

void
perf_counters_finish(perf_counters_t *counters)
{
	for (unsigned e = 0; e < PERF_EVENTS && counters->opened; e++)
		for (unsigned s = 0; s < event_sides(&events[e]); s++)
			counter_finish(&counters->v[e][s]);
}

/* --------------------------------------------------------------- results -- */

/* Sets *value, or the reason and returns true. */
static bool
counter_result(const perf_counter_t *counter, const struct event_s *event,
    unsigned side, bool ran, uint64_t *value, char *reason, size_t room)
{
	bool kernel = side == PERF_KERNEL ||
		      (!event->split && event != &events[TASK_CLOCK]);
	if (counter->error == 0)
		return perf_counter_judge(
		    counter, event->impossible_zero, ran, value, reason, room);
	perf_counter_refusal(
	    counter->error, kernel, paranoid_read(), reason, room);
	return true;
}

void
perf_counters_metrics(
    json_t *metrics, const perf_counters_t *counters, const char *disturbed)
{
	static const char *const suffixes[PERF_SIDES] = {"_user", "_kernel"};
	bool ran = counters->v[TASK_CLOCK][0].values.value > 0;
	for (unsigned e = 0; e < PERF_EVENTS && counters->opened; e++)
		for (unsigned s = 0; s < event_sides(&events[e]); s++) {
			const struct event_s *event = &events[e];
			char name[64], reason[256] = "";
			uint64_t value;
			snprintf(name, sizeof(name), "%s%s", event->name,
			    event->split ? suffixes[s] : "");
			bool none = counter_result(&counters->v[e][s], event, s,
			    ran, &value, reason, sizeof(reason));
			if (none)
				metric_set_unsupported(
				    metrics, name, "%s", reason);
			else if (disturbed != NULL &&
				 (s == PERF_KERNEL || !event->split))
				metric_set_unsupported(
				    metrics, name, "%s", disturbed);
			else
				metric_set_integer(
				    metrics, name, (int64_t)value);
		}
}

int64_t
perf_counters_migrations(const perf_counters_t *counters)
{
	const perf_counter_t *counter = &counters->v[MIGRATIONS][0];
	bool counted = counters->opened && counter->error == 0 &&
		       counter->values.running_ns > 0;
	return counted ? (int64_t)counter->values.value : -1;
}

double
perf_counters_share(const perf_counters_t *counters)
{
	double least = 1;
	for (unsigned e = 0; e < PERF_EVENTS; e++)
		for (unsigned s = 0; s < event_sides(&events[e]); s++) {
			const perf_counter_t *counter = &counters->v[e][s];
			double share =
			    counter->values.running_ns == 0
				? 1
				: (double)counter->values.running_ns /
				      (double)counter->values.enabled_ns;
			if (share < least)
				least = share;
		}
	return least;
}

/* ---------------------------------------------------------- availability -- */

/* Does some of everything that is counted, save switches and migrations. */
static void
exercise(void)
{
	volatile char *pages = mmap(NULL, EXERCISE_BYTES,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return;
	for (size_t i = 0; i < EXERCISE_BYTES; i += PAGE)
		pages[i] = 1;
	for (unsigned i = 0; i < EXERCISE_CALLS; i++)
		syscall(SYS_getppid);
	munmap((void *)pages, EXERCISE_BYTES);
}

/* Counts a little of this thread's own work. */
static json_t *
event_try(const struct event_s *event, unsigned side)
{
	perf_counter_t counter = {.fd = event_open(event, side, -1, false)};
	char reason[256];
	uint64_t value;
	counter.error = counter.fd < 0 ? errno : 0;
	if (counter.fd >= 0) {
		ioctl(counter.fd, PERF_EVENT_IOC_ENABLE, 0);
		exercise();
		ioctl(counter.fd, PERF_EVENT_IOC_DISABLE, 0);
		counter_finish(&counter);
	}
	return json_string(counter_result(&counter, event, side, true, &value,
			       reason, sizeof(reason))
			       ? reason
			       : "yes");
}

json_t *
perf_counters_available(void)
{
	json_t *list = json_array();
	for (unsigned e = 0; e < PERF_EVENTS; e++) {
		json_t *user = event_try(&events[e], PERF_USER);
		json_t *kernel = events[e].split
				     ? event_try(&events[e], PERF_KERNEL)
				     : json_incref(user);
		json_array_append_new(
		    list, json_pack("{s:s,s:o,s:o}", "event", events[e].name,
			      "user", user, "kernel", kernel));
	}
	return list;
}
