#include "perf_record.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"

#define TRY_TIMEOUT_MS 20000
#define LISTING_TIMEOUT_MS 300000

/* So many samples are wanted; the rate to get them, within limits that cost
 * little and are coprime to the ticks of workloads and kernels. */
#define SAMPLES_WANTED 4000
#define HERTZ_LEAST 997
#define HERTZ_MOST 9973

/* The best first: cycles sees code that disables interrupts too, but needs a
 * PMU. Most perfs fall back by themselves and the listing names what was
 * sampled; the second row is for those that do not. */
static const char *const event_names[] = {"cycles", "cpu-clock"};

static unsigned
hertz_choose(double seconds)
{
	double hertz = seconds > 0 ? SAMPLES_WANTED / seconds : HERTZ_MOST;
	return hertz < HERTZ_LEAST  ? HERTZ_LEAST
	       : hertz > HERTZ_MOST ? HERTZ_MOST
				    : (unsigned)hertz;
}

/*
 * Stacks are unwound by DWARF: libc and our library keep no frame pointers.
 * 2 KiB of stack reach from the depth of an allocator to its caller. Nothing
 * is kept in the user's build-id cache, and nothing asked about BPF programs,
 * which would take perf a second.
 */
void
perf_record_wrap(const perf_record_t *perf, const char *data, double seconds,
    words_t *command)
{
	words_split(command,
	    "perf record --quiet --no-buildid-cache --no-bpf-event "
	    "--clockid=CLOCK_MONOTONIC --call-graph=dwarf,2048",
	    ' ');
	words_add(command, "--event=%s", perf->event);
	words_add(command, "--freq=%u", hertz_choose(seconds));
	words_add(command, "--output=%s", data);
	words_add(command, "--");
}

/* Returns true when this event cannot be recorded, with the reason. */
static bool
event_try(perf_record_t *perf, const char *event, const char *scratch)
{
	words_t argv = {0};
	fault_t fault;
	perf->event = event;
	perf_record_wrap(perf, scratch, 0, &argv);
	words_add(&argv, "true");
	char *output = launch_output(&argv, TRY_TIMEOUT_MS, &fault);
	bool failed = output == NULL;
	free(output);
	unlink(scratch);
	if (!failed)
		return false;
	for (char *c = fault.text; *c != '\0'; c++)
		if (*c == '\n')
			*c = c[1] == '\0' ? '\0' : ' ';
	text_assign(
	    &perf->reason, "perf cannot record here: %.200s", fault.text);
	perf->event = NULL;
	return true;
}

bool
perf_record_find(perf_record_t *perf, const char *scratch)
{
	words_t argv = {0};
	fault_t fault;
	if (perf->tried)
		return perf->event == NULL;
	perf->tried = true;
	words_split(&argv, "perf --version", ' ');
	char *version = launch_output(&argv, TRY_TIMEOUT_MS, &fault);
	if (version == NULL) {
		perf->reason = text_format(
		    "perf is not installed: apt-get install linux-perf "
		    "(Ubuntu: linux-tools-generic)");
		return true;
	}
	free(version);
	size_t n = sizeof(event_names) / sizeof(*event_names);
	for (size_t i = 0; i < n; i++)
		if (!event_try(perf, event_names[i], scratch))
			break;
	if (perf->event != NULL) {
		free(perf->reason);
		perf->reason = NULL;
	}
	return perf->event == NULL;
}

FILE *
perf_record_listing(const char *data, fault_t *fault)
{
	launch_t launch = {0};
	process_t process;
	ending_t ending = {0};
	launch_end_t end = LAUNCH_ENDED;
	words_split(&launch.argv,
	    "perf script --no-inline --ns --show-lost-events "
	    "--fields=time,event,ip,sym,dso",
	    ' ');
	words_add(&launch.argv, "--input=%s", data);
	launch_environment(&launch.environment);
	launch.out_fd = launch_memory_file("listing");
	bool failed = launch_start(&process, &launch, fault);
	if (!failed) {
		end = launch_wait(&process, LISTING_TIMEOUT_MS);
		launch_reap(&process, &ending);
		failed = end != LAUNCH_ENDED || ending.code != 0 ||
			 ending.signal != 0;
		if (failed)
			fault_set(fault, "perf script %s",
			    end == LAUNCH_INTERRUPTED ? "was interrupted"
			    : end == LAUNCH_TIMED_OUT ? "did not end"
						      : "failed");
	}
	words_release(&launch.argv);
	words_release(&launch.environment);
	if (failed) {
		close(launch.out_fd);
		return NULL;
	}
	FILE *stream = fdopen(launch.out_fd, "r");
	if (stream == NULL)
		abort();
	rewind(stream);
	return stream;
}

void
perf_record_release(perf_record_t *perf)
{
	free(perf->reason);
	*perf = (perf_record_t){0};
}
