#include "observer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Points kept of a process: 20 s at 5 ms before ticks get longer. */
#define POINTS 4096
/* A tick costs some 50 to 100 us of CPU, most of it for waking up: ticks use
 * at most 1/TICK_DUTY of a CPU; smaps_rollup, which stops the process from
 * mapping memory meanwhile, 1/rollup_duty of the time. With ROLLUP_DUTY, 0.8 %
 * together. */
#define TICK_DUTY 240
#define ROLLUP_DUTY 260
#define NODES_TICKS 10
#define ROLLUP_LEAST_NS UINT64_C(20000000)
/* A smaller difference between two ways to read RSS is none, in bytes. */
#define ERROR_LEAST (1 << 20)

static uint64_t
thread_cpu(void)
{
	struct timespec used;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

static int
proc_open(pid_t pid, const char *name)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Reads a kept-open file of /proc anew. Returns its length, 0 on error. */
static size_t
proc_read(int fd, char *text, size_t room)
{
	ssize_t n = fd < 0 ? -1 : pread(fd, text, room - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* Resident bytes, or SERIES_NONE when the process has ended. */
static int64_t
read_statm(const observer_t *observer)
{
	char text[128];
	unsigned long long size, resident;
	if (proc_read(observer->statm_fd, text, sizeof(text)) == 0 ||
	    sscanf(text, "%llu %llu", &size, &resident) != 2 || resident == 0)
		return SERIES_NONE;
	return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

/*
 * Minor faults of all its threads so far: the tenth field. The second, the
 * command's name in brackets, may hold anything, brackets too.
 */
static int64_t
read_faults(const observer_t *observer)
{
	char text[512];
	unsigned long long faults;
	proc_read(observer->stat_fd, text, sizeof(text));
	const char *at = strrchr(text, ')');
	if (at == NULL ||
	    sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %llu", &faults) != 1)
		return SERIES_NONE;
	return (int64_t)faults;
}

/* The bytes of a line "Name:   123 kB", or SERIES_NONE. */
static int64_t
kib_field(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	return at == NULL
		   ? SERIES_NONE
		   : (int64_t)strtoll(at + strlen(name), NULL, 10) * 1024;
}

/*
 * The fast reading was taken before and after the exact one: the exact one
 * lies between them, or the fast one is wrong by the distance.
 */
static void
error_note(observer_t *observer, int64_t before, int64_t exact, int64_t after)
{
	int64_t low = before < after ? before : after;
	int64_t high = before < after ? after : before;
	int64_t distance = exact < low    ? low - exact
			   : exact > high ? exact - high
					  : 0;
	if (exact > 0 && after != SERIES_NONE && distance > ERROR_LEAST &&
	    (double)distance / (double)exact > observer->rss_error)
		observer->rss_error = (double)distance / (double)exact;
}

/* Not before the work began: what was set up is in the first reading. */
static bool
rollup_is_due(const observer_t *observer, uint64_t now)
{
	if (!observer->rollup || now < observer->rollup_next_ns)
		return false;
	return observer->live == NULL ||
	       atomic_load_explicit(
		   &observer->live->work_begin_ns, memory_order_relaxed) != 0;
}

static void
read_rollup(observer_t *observer, point_t *point)
{
	char text[4096];
	uint64_t begin = ebb_live_clock(), cpu = thread_cpu();
	if (!rollup_is_due(observer, begin))
		return;
	proc_read(observer->status_fd, text, sizeof(text));
	point->v[SERIES_PAGE_TABLES] = kib_field(text, "\nVmPTE:");
	size_t n = proc_read(observer->rollup_fd, text, sizeof(text));
	uint64_t rest = (ebb_live_clock() - begin) * observer->rollup_duty;
	observer->rollup_next_ns =
	    begin + (rest > ROLLUP_LEAST_NS ? rest : ROLLUP_LEAST_NS);
	observer->rollup_cpu_ns += thread_cpu() - cpu;
	if (n == 0)
		return;
	int64_t rss = kib_field(text, "\nRss:");
	point->v[SERIES_ANON] = kib_field(text, "\nAnonymous:");
	point->v[SERIES_LAZYFREE] = kib_field(text, "\nLazyFree:");
	point->v[SERIES_ANON_HUGE] = kib_field(text, "\nAnonHugePages:");
	point->v[SERIES_SWAP] = kib_field(text, "\nSwap:");
	observer->rollups++;
	error_note(observer, point->v[SERIES_RSS], rss, read_statm(observer));
}

static void
read_live(observer_t *observer, point_t *point)
{
	const struct ebb_live *live = observer->live;
	if (live == NULL || live->magic != EBB_LIVE_MAGIC)
		return;
	point->v[SERIES_LIVE] = (int64_t)ebb_live_bytes(live);
	point->v[SERIES_CALLS] = (int64_t)ebb_live_calls(live);
	uint32_t n = atomic_load_explicit(&live->nphases, memory_order_acquire);
	if (n > 0 && n <= EBB_LIVE_PHASES)
		point->v[SERIES_PHASE] = live->phases[n - 1].kind;
}

/* Once: it walks the page tables. */
static void
read_nodes(const observer_t *observer)
{
	placement_t *placement = observer->placement;
	if (placement == NULL || placement->nodes != NULL)
		return;
	/* Of a program that says nothing, when it had time to begin. */
	if (observer->live == NULL
		? observer->ticks >= NODES_TICKS
		: atomic_load_explicit(&observer->live->work_begin_ns,
		      memory_order_relaxed) != 0)
		placement_read_nodes(placement, observer->pid);
}

static void
observer_tick(observer_t *observer)
{
	point_t point;
	point_init(&point, ebb_live_clock());
	point.v[SERIES_RSS] = read_statm(observer);
	if (point.v[SERIES_RSS] == SERIES_NONE)
		return; /* it has ended */
	point.v[SERIES_MINFLT] = read_faults(observer);
	read_live(observer, &point);
	stats_reader_read(&observer->reader, &point);
	read_rollup(observer, &point);
	read_nodes(observer);
	observer->ticks++;
	if (series_add(&observer->series, &point))
		observer->tick_ns *= 2;
}

/* The time to the next reading: longer where readings are dear. */
static uint64_t
observer_interval(const observer_t *observer)
{
	uint64_t ticks = observer->ticks > 0 ? observer->ticks : 1;
	uint64_t cost = thread_cpu() - observer->rollup_cpu_ns;
	uint64_t least = cost / ticks * TICK_DUTY;
	return least > observer->tick_ns ? least : observer->tick_ns;
}

/* Waits for the moment, or until it is asked for. Returns true for the stop. */
static bool
observer_sleep(observer_t *observer, uint64_t until_ns)
{
	struct timespec until = {
	    .tv_sec = (time_t)(until_ns / 1000000000u),
	    .tv_nsec = (long)(until_ns % 1000000000u),
	};
	int error = 0;
	pthread_mutex_lock(&observer->mutex);
	while (!observer->stop && !observer->asked && error != ETIMEDOUT)
		error = pthread_cond_timedwait(
		    &observer->cond, &observer->mutex, &until);
	bool stop = observer->stop;
	observer->reading = observer->asked;
	observer->asked = false;
	pthread_mutex_unlock(&observer->mutex);
	return stop;
}

/* Tells who asked for a reading that it was taken. */
static void
observer_answer(observer_t *observer)
{
	pthread_mutex_lock(&observer->mutex);
	if (observer->reading)
		pthread_cond_signal(&observer->read);
	observer->reading = false;
	pthread_mutex_unlock(&observer->mutex);
}

static void *
observer_main(void *argument)
{
	observer_t *observer = argument;
	uint64_t next = ebb_live_clock();
	do {
		observer_tick(observer);
		observer_answer(observer);
		uint64_t interval = observer_interval(observer);
		uint64_t now = ebb_live_clock();
		next += interval;
		if (next <= now) /* late: do not run after lost ticks */
			next = now + interval;
	} while (!observer_sleep(observer, next));
	observer->cpu_ns = thread_cpu();
	return NULL;
}

bool
observer_start(observer_t *observer, fault_t *fault)
{
	pthread_condattr_t attributes;
	series_init(&observer->series, POINTS);
	observer->statm_fd = proc_open(observer->pid, "statm");
	observer->stat_fd = proc_open(observer->pid, "stat");
	observer->status_fd = proc_open(observer->pid, "status");
	observer->rollup_fd =
	    observer->rollup ? proc_open(observer->pid, "smaps_rollup") : -1;
	stats_reader_init(&observer->reader, observer->pid, observer->probe_fd);
	observer->stop = observer->asked = observer->reading = false;
	if (observer->rollup_duty == 0)
		observer->rollup_duty = ROLLUP_DUTY;
	pthread_mutex_init(&observer->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&observer->cond, &attributes);
	pthread_cond_init(&observer->read, NULL);
	pthread_condattr_destroy(&attributes);
	errno =
	    pthread_create(&observer->thread, NULL, observer_main, observer);
	if (errno != 0)
		return fault_set_errno(fault, "cannot start the observer");
	return false;
}

void
observer_read(observer_t *observer)
{
	pthread_mutex_lock(&observer->mutex);
	observer->asked = true;
	pthread_cond_signal(&observer->cond);
	while (observer->asked || observer->reading)
		pthread_cond_wait(&observer->read, &observer->mutex);
	pthread_mutex_unlock(&observer->mutex);
}

void
observer_stop(observer_t *observer)
{
	pthread_mutex_lock(&observer->mutex);
	observer->stop = true;
	pthread_cond_signal(&observer->cond);
	pthread_mutex_unlock(&observer->mutex);
	pthread_join(observer->thread, NULL);
	pthread_cond_destroy(&observer->cond);
	pthread_cond_destroy(&observer->read);
	pthread_mutex_destroy(&observer->mutex);
	const int fds[] = {observer->statm_fd, observer->stat_fd,
	    observer->status_fd, observer->rollup_fd};
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	stats_reader_release(&observer->reader);
}
