/*
 * W26, open loop: a server that is ready, and requests that do not wait for
 * it.
 *
 * Requests arrive by a schedule made from the seed, whatever the server does.
 * A request allocates 10-200 objects when it arrives, holds them, and frees
 * them; one of a thousand also has a block of megabytes. Each thread is such
 * a server, with a schedule of its own.
 *
 * What is timed is each half of a request, its allocations and its frees:
 * from the moment that the schedule intends for it to the moment it is done.
 * So a stall counts for everything that should have been served meanwhile,
 * and the hold counts for nothing. The order of the halves is the schedule's,
 * however late they are: the same seed gives the same calls to every
 * allocator. Between them the server reads the clock, without sleeping.
 *
 * First the same schedule is gone through without any request: what is late
 * then is the machine's doing (`latency.control`). The slowest halves are
 * kept, with what happened from the last idle moment before them until they
 * were done; with --latency=1 all above p99.9, each with its cause (tail.h).
 */
#include "openloop.h"

#include "mem.h"
#include "registry.h"

#include <math.h>

enum openloop_key {
	RATE = PARAM_OWN,
	LOAD,
	CAPACITY,
	REQUESTS,
	SIZE,
	HOLD,
	LARGE,
	LARGE_EVERY,
	SLOWEST,
	PLANT_SLEEP,
	PLANT_EVERY
};

static const param_t openloop_params[] = {
    {"rate", PARAM_REAL, "0", 0, 1e7, NULL,
	"requests a second of each thread; 0: --load of --capacity"},
    {"load", PARAM_REAL, "0.5", 0.001, 10, NULL, "share of --capacity"},
    {"capacity", PARAM_REAL, "150000", 1, 1e8, NULL,
	"requests a second that are taken for a full load, of each thread"},
    {"requests", PARAM_COUNT, "30000", 1, 1 << 28, NULL, "of each thread"},
    {"size", PARAM_BYTES, "128", 16, 1 << 14, NULL,
	"bytes of an object, the median"},
    {"hold-us", PARAM_REAL, "1000", 1, 1e9, NULL,
	"from the arrival to the frees, the median, us"},
    {"large", PARAM_BYTES, "4M", 4096, 1 << 30, NULL,
	"a large block is between a quarter of this and this, bytes"},
    {"large-every", PARAM_COUNT, "1000", 0, 0, NULL,
	"requests, of which one has a large block; 0: none"},
    {"slowest", PARAM_COUNT, "64", 1, RUN_ROWS, NULL,
	"halves of requests that the record shows, the slowest"},
    {"plant-sleep-us", PARAM_COUNT, "0", 0, 1000000, NULL,
	"sleep while a request allocates, to test who looks for causes"},
    {"plant-every", PARAM_COUNT, "10000", 1, 0, NULL,
	"requests, of which one sleeps"},
    {NULL},
};

static const workload_case_t openloop_cases[] = {
    {"half", "--load=0.5"},
    {"light", "--load=0.1 --requests=6000", .more = true},
    {"heavy", "--load=0.8", .more = true},
    {NULL},
};

/*
 * Objects a request: 95 % of the law are within 10 and 200. Sizes: half of
 * them within 0.5 and 2 times the median. Holds: a twentieth is more than
 * five times the median.
 */
#define OBJECTS_LEAST 10u
#define OBJECTS_MEDIAN 44.7
#define OBJECTS_SIGMA 0.76
#define SIZE_LEAST 16u
#define SIZE_MOST (16u << 10)
#define SIZE_SIGMA 1.0
#define HOLD_LEAST_NS 1000u
#define HOLD_MOST_NS 60000000000u
#define HOLD_SIGMA 1.0

/* ------------------------------------------------------------- prepare -- */

/* Room for what a server keeps. */
static bool
openloop_tables(run_t *run, server_t *s)
{
	s->slowest.capacity = (unsigned)params_count(&run->params, SLOWEST);
	s->slowest.size = sizeof(uint64_t[RUN_COLUMNS]);
	s->slowest.row = run_map(run, s->slowest.capacity, s->slowest.size);
	if (s->all->tail_rows != 0)
		s->rows = run_map(run, s->all->tail_rows, sizeof(*s->rows));
	return s->slowest.row != NULL &&
	       (s->rows != NULL || s->all->tail_rows == 0);
}

/* Each thread's schedule and room for it. */
static bool
openloop_schedule(run_t *run, openloop_t *all)
{
	const params_t *p = &run->params;
	uint32_t requests = (uint32_t)params_count(p, REQUESTS);
	schedule_work_t *work = run_map(run, requests, sizeof(*work));
	bool done = work != NULL;
	for (unsigned i = 0; done && i < run->nthreads; i++) {
		server_t *s = &all->server[i];
		*s = (server_t){.t = &run->thread[i], .all = all};
		schedule_t *schedule = &s->schedule;
		schedule->event = run_map(
		    run, 2 * (size_t)requests, sizeof(schedule_event_t));
		done = schedule->event != NULL && openloop_tables(run, s);
		if (!done)
			break;
		schedule_build(schedule, requests, all->rate, &all->hold,
		    &run->thread[i].rng, work);
		s->request =
		    run_map(run, schedule->nslots, sizeof(*s->request));
		done = s->request != NULL;
	}
	mem_unmap(work, requests, sizeof(*work));
	return done;
}

/* Scales sizes down: half of a limit is for objects, half for large blocks. */
static bool
openloop_scale(run_t *run, const openloop_t *all)
{
	params_t *p = &run->params;
	uint64_t slots = 0, large = 0;
	for (unsigned i = 0; i < run->nthreads; i++)
		slots += all->server[i].schedule.nslots;
	/* The mean of a log-normal law is above its median; so are sums. */
	double objects = (double)slots * lognormal_mean(&all->objects);
	double bytes = objects * (double)params_count(p, SIZE) *
		       exp(SIZE_SIGMA * SIZE_SIGMA / 2);
	if (all->large_every != 0)
		large = (slots / all->large_every + 1) * run->nthreads;
	return run_scale(run, SIZE, (uint64_t)(2 * bytes), SIZE_LEAST) &&
	       run_scale(run, LARGE, 2 * large * params_count(p, LARGE), 4096);
}

static bool
openloop_prepare(run_t *run)
{
	params_t *p = &run->params;
	openloop_t *all = run_map(run, 1, sizeof(*all));
	run->state = all;
	if (all == NULL)
		return false;
	all->server = run_map(run, run->nthreads, sizeof(*all->server));
	all->control = run_map(run, run->nthreads + 1, sizeof(*all->control));
	if (all->server == NULL || all->control == NULL)
		return false;
	for (unsigned i = 0; i <= run->nthreads; i++)
		hist_init(&all->control[i]);
	all->rate = params_real(p, RATE);
	if (all->rate == 0)
		all->rate = params_real(p, LOAD) * params_real(p, CAPACITY);
	all->large_every = params_count(p, LARGE_EVERY);
	all->plant_ns = params_count(p, PLANT_SLEEP) * 1000;
	all->plant_every = params_count(p, PLANT_EVERY);
	lognormal_init(&all->objects, OBJECTS_MEDIAN, OBJECTS_SIGMA,
	    OBJECTS_LEAST, OBJECTS_MOST);
	lognormal_init(&all->hold, params_real(p, HOLD) * 1000, HOLD_SIGMA,
	    HOLD_LEAST_NS, HOLD_MOST_NS);
	if (params_count(p, PARAM_LATENCY) != 0) {
		tail_units(&all->units);
		all->tail_rows = tail_capacity(
		    2 * params_count(p, REQUESTS) * run->nthreads);
	}
	if (!openloop_schedule(run, all) || !openloop_scale(run, all))
		return false;
	lognormal_init(&all->size, (double)params_count(p, SIZE), SIZE_SIGMA,
	    SIZE_LEAST, SIZE_MOST);
	all->large = params_count(p, LARGE);
	all->snapshot_ns = snapshot_cost();
	run_columns(run,
	    (const char *const[]){"response_ns", "thread", "request", "ends",
		"intended_ns", "wait_ns", "idle_ns", "bytes", "minflt",
		"nivcsw", "nvcsw", "npurge", "nfills", "nflushes", NULL});
	return true;
}

static void
openloop_release(run_t *run)
{
	openloop_t *all = run->state;
	if (all == NULL)
		return;
	size_t requests = params_count(&run->params, REQUESTS);
	for (unsigned i = 0; all->server != NULL && i < run->nthreads; i++) {
		server_t *s = &all->server[i];
		mem_unmap(s->request, s->schedule.nslots, sizeof(*s->request));
		mem_unmap(s->slowest.row, s->slowest.capacity, s->slowest.size);
		mem_unmap(s->rows, all->tail_rows, sizeof(*s->rows));
		mem_unmap(s->schedule.event, 2 * requests,
		    sizeof(*s->schedule.event));
	}
	mem_unmap(all->control, run->nthreads + 1, sizeof(*all->control));
	mem_unmap(all->server, run->nthreads, sizeof(*all->server));
	mem_unmap(all, 1, sizeof(*all));
}

/* ------------------------------------------------------------------ run -- */

/* Thread 0 sums up, after all have ended. */
static void
openloop_report(run_t *run, openloop_t *all)
{
	server_t sum = {.slowest = all->server[0].slowest};
	tail_t *tail = &all->server[0].tail;
	uint64_t events = 0;
	for (unsigned i = 0; i < run->nthreads; i++) {
		const server_t *s = &all->server[i];
		events += s->schedule.nevents;
		sum.schedule.nslots += s->schedule.nslots;
		sum.service_ns += s->service_ns;
		sum.late_ns += s->late_ns;
		sum.nlate += s->nlate;
		sum.planted += s->planted;
		if (s->late_max_ns > sum.late_max_ns)
			sum.late_max_ns = s->late_max_ns;
		if (s->stall_max_ns > sum.stall_max_ns)
			sum.stall_max_ns = s->stall_max_ns;
		if (i != 0)
			slowest_merge(&sum.slowest, &s->slowest);
		if (i != 0 && all->tail_rows != 0)
			tail_merge(tail, &s->tail);
		hist_merge(&all->control[0], &all->control[i + 1]);
	}
	slowest_sort(&sum.slowest);
	for (unsigned i = 0; i < sum.slowest.n; i++)
		run_row(run, slowest_row(&sum.slowest, i));
	run->control = &all->control[0];
	if (all->tail_rows != 0) {
		tail_settle(tail, run->control);
		run->tail = tail;
	}
	run->work_ns = sum.service_ns / run->nthreads;
	run_extra(run, "rate", all->rate);
	run_extra(run, "held_most", sum.schedule.nslots);
	run_extra(run, "late_mean_ns", (double)sum.late_ns / (double)events);
	run_extra(run, "late_max_ns", (double)sum.late_max_ns);
	run_extra(run, "late_over_1ms", (double)sum.nlate);
	run_extra(run, "stall_max_ns", (double)sum.stall_max_ns);
	run_extra(run, "planted", (double)sum.planted);
	run_extra(run, "snapshot_ns", (double)all->snapshot_ns);
	run_extra(run, "stats_page", snapshot_has_page());
}

static void
openloop_body(thread_t *t)
{
	run_t *run = t->run;
	openloop_t *all = run->state;
	server_t *s = &all->server[t->id];

	run_phase(t, EBB_PHASE_IDLE, 0);
	run_barrier(t);
	openloop_control(s);
	s->stall_max_ns = 0;
	run_phase(t, EBB_PHASE_WARMUP, 0);
	openloop_warm_up(s);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	openloop_work(s);
	t->ops = params_count(&run->params, REQUESTS);
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	snapshot_unbind();
	if (t->id == 0)
		openloop_report(run, all);
}

const workload_t workload_open_loop = {
    .name = "open-loop",
    .summary = "requests at a fixed rate, each half timed from the moment it "
	       "should have begun",
    .shows = "The tail that purging, faults and refills inside of calls give "
	     "a server: decay spreads it, ratio has it at every large block.",
    .op = "request: 10-200 objects allocated, held, freed",
    .arms = "decay ratio decay-notcache fill-full",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .timed = "half of a request",
    .params = openloop_params,
    .cases = openloop_cases,
    .smoke = "--requests=4000",
    .defaults = "--requests=30000",
    .prepare = openloop_prepare,
    .body = openloop_body,
    .release = openloop_release,
};
