/*
 * Performance counters: what the CPU and the kernel count of one process and
 * all that it starts, from its exec to its exit, user and kernel code apart.
 *
 * The events are opened, disabled, on the thread that is going to start the
 * process. The child inherits them, and its exec switches them on; the opening
 * thread itself, and other threads that it starts, never count. A child's
 * counts are added to the event when it ends, so they are read after it was
 * reaped.
 *
 * A thread that is started and ended costs 12 microseconds more with them, five
 * events open; so they are no part of time samples.
 *
 * The hardware events of user code are one group, those of kernel code another,
 * so that ratios within a group (instructions per cycle) are of the same time.
 * Each is read by itself: kernels before 6.12 refuse PERF_FORMAT_GROUP together
 * with inheritance. A CPU that has no room for both groups takes turns; the
 * kernel says for how long each was counting, and the number is scaled.
 */
#ifndef EBB_HARNESS_PERF_COUNTERS_H
#define EBB_HARNESS_PERF_COUNTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows of the table of events in perf_counters.c. */
#define PERF_EVENTS 9

/* Which code counts. An event that cannot be split has only the first. */
enum { PERF_USER, PERF_KERNEL, PERF_SIDES };

/* As the kernel hands them out. */
struct perf_values_s {
	uint64_t value;      /* not scaled */
	uint64_t enabled_ns; /* how long it was to count */
	uint64_t running_ns; /* how long it did */
};

typedef struct perf_counter_s perf_counter_t;
struct perf_counter_s {
	int fd;    /* -1: not open */
	int error; /* errno of why it could not be; 0: it was */
	struct perf_values_s values;
};

typedef struct perf_counters_s perf_counters_t;
struct perf_counters_s {
	bool opened; /* false: there are no numbers, and no reasons */
	perf_counter_t v[PERF_EVENTS][PERF_SIDES];
};

/*
 * Opens what can be opened for the next process that the calling thread
 * starts. Never fails: what is not available keeps its reason.
 */
void perf_counters_open(perf_counters_t *counters);

/* Reads and closes them, if they are open; to be called after the process was
 * reaped. */
void perf_counters_finish(perf_counters_t *counters);

/*
 * Sets the metrics "<event>_user" and "<event>_kernel", or "<event>" when it
 * cannot be split: a number, or unsupported with the reason. Sets nothing when
 * the counters were never opened. disturbed: why what happened in the kernel is
 * not the process's own doing; NULL: it is.
 */
void perf_counters_metrics(
    json_t *metrics, const perf_counters_t *counters, const char *disturbed);

/* How often the process's threads changed CPUs; -1: not counted. */
int64_t perf_counters_migrations(const perf_counters_t *counters);

/* The least share of its time that a counter was running: 1 when none was
 * scaled. */
double perf_counters_share(const perf_counters_t *counters);

/*
 * What this machine and this user may count, found out by trying: a list of
 * {"event":..., "user": "yes" or the reason, "kernel": the same}, for
 * machine.json. An event that cannot be split says the same twice. Takes some
 * milliseconds.
 */
json_t *perf_counters_available(void);

/*
 * Decides over one counter that was read. impossible_zero: a 0 cannot be true
 * if the process ran at all; ran: its task clock moved. Returns true when
 * there is no number, with the reason, else sets *value, scaled.
 */
bool perf_counter_judge(const perf_counter_t *counter, bool impossible_zero,
    bool ran, uint64_t *value, char *reason, size_t room);

/*
 * Why an event could not be opened, in words. error: errno; kernel: the event
 * counts kernel code; paranoid: kernel.perf_event_paranoid, or -2 when it
 * cannot be read.
 */
void perf_counter_refusal(
    int error, bool kernel, int paranoid, char *reason, size_t room);

#endif
