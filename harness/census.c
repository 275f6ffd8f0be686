#include "census.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const char *const method_names[CENSUS_METHODS] = {
    [CENSUS_NONE] = "none",
    [CENSUS_TRACEPOINTS] = "tracepoints",
    [CENSUS_NOTIFICATION] = "notification",
};

/* What was found out; it does not change while ebb runs. */
static struct {
	bool known;
	census_method_t method;
	fault_t why;
} found;

static void
method_find(const place_t *place)
{
	census_perf_t perf;
	fault_t fault = {""};
	found.known = true;
	if (!census_perf_open(&perf, CENSUS_PERF_RING, &found.why)) {
		census_perf_close(&perf);
		found.method = CENSUS_TRACEPOINTS;
	} else if (!census_notify_check(place, &fault)) {
		found.method = CENSUS_NOTIFICATION;
	} else {
		size_t used = strlen(found.why.text);
		snprintf(found.why.text + used, sizeof(found.why.text) - used,
		    "; %s", fault.text);
	}
}

census_method_t
census_method(const place_t *place, const char **why)
{
	if (!found.known)
		method_find(place);
	*why = found.why.text;
	return found.method;
}

json_t *
census_method_json(const place_t *place)
{
	const char *why;
	census_method_t method = census_method(place, &why);
	return json_pack(
	    "{s:s,s:s}", "method", method_names[method], "why", why);
}

/* -------------------------------------------------------------- counting -- */

void
census_open(census_t *census, const place_t *place, launch_t *launch)
{
	const char *why;
	*census = (census_t){.place = place, .stop_fd = -1};
	census->method = census_method(place, &why);
	if (census->method == CENSUS_TRACEPOINTS)
		census_perf_open(
		    &census->perf, CENSUS_PERF_RING, &census->failure);
	else if (census->method == CENSUS_NOTIFICATION)
		census_notify_open(
		    &census->notify, place, launch, &census->failure);
	else
		fault_set(&census->failure, "%s", why);
}

static void *
census_main(void *argument)
{
	census_t *census = argument;
	if (census->method == CENSUS_TRACEPOINTS) {
		while (!census_perf_wait(&census->perf, census->stop_fd))
			census_perf_drain(&census->perf, &census->tally);
		census_perf_drain(&census->perf, &census->tally);
		census->lost = census_perf_lost(&census->perf);
	} else if (census_notify_serve(
		       &census->notify, census->stop_fd, &census->tally)) {
		fault_set(&census->failure, "ebb-census sent no listener");
	}
	return NULL;
}

bool
census_start(census_t *census, const process_t *process, fault_t *fault)
{
	if (census == NULL || census->failure.text[0] != '\0')
		return false;
	census_tally_init(&census->tally, process->t_begin_ns);
	census->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (census->stop_fd >= 0)
		errno =
		    pthread_create(&census->thread, NULL, census_main, census);
	census->running = census->stop_fd >= 0 && errno == 0;
	return !census->running &&
	       fault_set_errno(fault, "cannot start the census");
}

void
census_end(census_t *census)
{
	uint64_t one = 1;
	if (census == NULL)
		return;
	if (census->running) {
		if (write(census->stop_fd, &one, sizeof(one)) != sizeof(one))
			abort();
		pthread_join(census->thread, NULL);
		census->running = false;
		census_tally_finish(&census->tally);
	}
	if (census->stop_fd >= 0)
		close(census->stop_fd);
	if (census->method == CENSUS_TRACEPOINTS)
		census_perf_close(&census->perf);
	else if (census->method == CENSUS_NOTIFICATION)
		census_notify_close(&census->notify);
}

void
census_release(census_t *census)
{
	census_tally_release(&census->tally);
}
