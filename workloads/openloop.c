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
 * were done.
 */
#include "lognormal.h"
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "schedule.h"
#include "slowest.h"
#include "snapshot.h"
#include "touch.h"

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
#define OBJECTS_MOST 200u
#define OBJECTS_MEDIAN 44.7
#define OBJECTS_SIGMA 0.76
#define SIZE_LEAST 16u
#define SIZE_MOST (16u << 10)
#define SIZE_SIGMA 1.0
#define HOLD_LEAST_NS 1000u
#define HOLD_MOST_NS 60000000000u
#define HOLD_SIGMA 1.0

/* A start later than this is counted. */
#define LATE_NS 1000000u
/* From the beginning of a schedule to its first arrival at least. */
#define LEAD_NS 100000u
/* Idle for at least this many times its cost, there is time to look at the
 * counters. */
#define IDLE_TIMES 3u
/* The share of the schedule that is gone through before, unmeasured. */
#define WARMUP_SHARE 10u

/* A mode of the loop beside run.h's: nothing is allocated. */
#define OPENLOOP_EMPTY 4u

typedef struct object_s object_t;
struct object_s {
	void *block;
	size_t size;
};

/* A request that is held. */
typedef struct request_s request_t;
struct request_s {
	uint32_t n;
	object_t object[OBJECTS_MOST + 1];
};

typedef struct openloop_s openloop_t;

/* One thread's server. */
typedef struct server_s server_t;
struct server_s {
	thread_t *t;
	const openloop_t *all;
	schedule_t schedule;
	request_t *request; /* schedule.nslots of them */
	slowest_t slowest;
	/* At the last idle moment: */
	uint64_t idle_ns;
	snapshot_t before;
	uint64_t service_ns;
	uint64_t late_ns, late_max_ns, nlate; /* starts of halves */
	uint64_t stall_max_ns; /* late though nothing was left to do */
	uint64_t planted;
};

struct openloop_s {
	lognormal_t objects, size, hold;
	double rate;
	uint64_t large, large_every;
	uint64_t plant_ns, plant_every;
	uint64_t snapshot_ns; /* what looking at the counters costs */
	server_t *server;     /* of each thread */
	hist_t *control;      /* of each thread */
};

/* ------------------------------------------------------------- prepare -- */

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
		s->slowest.capacity = (unsigned)params_count(p, SLOWEST);
		s->slowest.row =
		    run_map(run, s->slowest.capacity, sizeof(*s->slowest.row));
		done = schedule->event != NULL && s->slowest.row != NULL;
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
		mem_unmap(s->slowest.row, s->slowest.capacity,
		    sizeof(*s->slowest.row));
		mem_unmap(s->schedule.event, 2 * requests,
		    sizeof(*s->schedule.event));
	}
	mem_unmap(all->control, run->nthreads + 1, sizeof(*all->control));
	mem_unmap(all->server, run->nthreads, sizeof(*all->server));
	mem_unmap(all, 1, sizeof(*all));
}

/* ------------------------------------------------------------- requests -- */

/* The bytes of the large block of a request, or 0: it has none. */
static size_t
openloop_large(const server_t *s, uint32_t request)
{
	const openloop_t *all = s->all;
	if (all->large_every == 0)
		return 0;
	uint64_t group = request / all->large_every;
	uint64_t bits = prng_mix(s->t->run->seed + (group << 8) + s->t->id + 1);
	if (bits % all->large_every != request % all->large_every)
		return 0;
	uint32_t least = (uint32_t)(all->large / 4);
	return least + prng_scale((uint32_t)(bits >> 32), 3 * least + 1);
}

OP_BODY void
openloop_object(thread_t *t, unsigned mode, request_t *r, size_t size)
{
	void *block = op_malloc(t, size, mode);
	touch_block(block, size);
	r->object[r->n++] = (object_t){block, size};
	t->sum = t->sum * 3 + size;
}

/* The first half of a request. Returns its bytes. */
OP_BODY uint64_t
openloop_begin(server_t *s, unsigned mode, const schedule_event_t *event)
{
	request_t *r = &s->request[event->slot];
	thread_t *t = s->t;
	uint64_t n = lognormal_next(&s->all->objects, &t->rng), bytes = 0;
	size_t large = openloop_large(s, event->request);
	r->n = 0;
	for (; n != 0; n--) {
		size_t size = lognormal_next(&s->all->size, &t->rng);
		openloop_object(t, mode, r, size);
		bytes += size;
	}
	if (large != 0)
		openloop_object(t, mode, r, large);
	thread_count(t, (int64_t)(bytes + large), r->n);
	return bytes + large;
}

/* The second half. Returns its bytes. */
OP_BODY uint64_t
openloop_end(server_t *s, unsigned mode, const schedule_event_t *event)
{
	request_t *r = &s->request[event->slot];
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < r->n; i++) {
		object_t *o = &r->object[i];
		if ((mode & RUN_CHECK) &&
		    !touch_block_intact(o->block, o->size))
			run_damage(s->t, o->block, o->size);
		op_free(s->t, o->block, mode);
		bytes += o->size;
	}
	thread_count(s->t, -(int64_t)bytes, r->n);
	r->n = 0;
	return bytes;
}

OP_BODY uint64_t
openloop_serve(server_t *s, unsigned mode, const schedule_event_t *event)
{
	return event->ends ? openloop_end(s, mode, event)
			   : openloop_begin(s, mode, event);
}

/* ------------------------------------------------------------- the loop -- */

/* One half of a request that is served: times in ns of the clock. */
typedef struct service_s service_t;
struct service_s {
	uint64_t due, begin, end;
	uint64_t bytes;
};

/* Adds a slow half to the table. */
static __attribute__((noinline)) void
openloop_keep(server_t *s, const schedule_event_t *event, const service_t *v)
{
	const snapshot_t *a = &s->before;
	snapshot_t b;
	snapshot_take(&b);
	slowest_add(&s->slowest,
	    (uint64_t[RUN_COLUMNS]){v->end - v->due, s->t->id, event->request,
		event->ends, v->due, v->begin - v->due, s->idle_ns, v->bytes,
		b.minflt - a->minflt, b.nivcsw - a->nivcsw, b.nvcsw - a->nvcsw,
		b.npurge - a->npurge, b.nfills - a->nfills,
		b.nflushes - a->nflushes});
}

static inline void
openloop_note(server_t *s, const schedule_event_t *event, const service_t *v)
{
	uint64_t late = v->begin - v->due;
	s->service_ns += v->end - v->begin;
	s->late_ns += late;
	s->nlate += late > LATE_NS;
	if (late > s->late_max_ns)
		s->late_max_ns = late;
	hist_record(s->t->hist, v->end - v->due);
	if (v->end - v->due > slowest_limit(&s->slowest))
		openloop_keep(s, event, v);
}

/* Waits until something is due; looks at the counters when there is time. */
static inline uint64_t
openloop_wait(server_t *s, uint64_t due, uint64_t now)
{
	if (due - now > IDLE_TIMES * s->all->snapshot_ns) {
		snapshot_take(&s->before);
		s->idle_ns = now;
	}
	do
		now = ebb_live_clock();
	while (now < due);
	if (now - due > s->stall_max_ns)
		s->stall_max_ns = now - due;
	return now;
}

static void
openloop_plant(server_t *s, const schedule_event_t *event)
{
	const openloop_t *all = s->all;
	if (all->plant_ns == 0 || event->ends ||
	    event->request % all->plant_every != all->plant_every - 1)
		return;
	const struct timespec length = {
	    .tv_sec = (time_t)(all->plant_ns / 1000000000u),
	    .tv_nsec = (long)(all->plant_ns % 1000000000u),
	};
	nanosleep(&length, NULL);
	s->planted++;
}

/* Goes through the schedule, in time. */
OP_BODY void
openloop_run(thread_t *t, unsigned mode, server_t *s)
{
	hist_t *control = &s->all->control[t->id + 1];
	uint64_t now = ebb_live_clock(), base = now + LEAD_NS;
	snapshot_take(&s->before);
	s->idle_ns = now;
	for (size_t i = 0; i < s->schedule.nevents; i++) {
		const schedule_event_t *event = &s->schedule.event[i];
		service_t v = {.due = base + event->due_ns};
		if (now < v.due)
			now = openloop_wait(s, v.due, now);
		v.begin = now;
		if (!(mode & OPENLOOP_EMPTY)) {
			v.bytes = openloop_serve(s, mode, event);
			openloop_plant(s, event);
		}
		now = v.end = ebb_live_clock();
		if (mode & OPENLOOP_EMPTY)
			hist_record(control, v.end - v.due);
		else
			openloop_note(s, event, &v);
	}
}

/* Goes through the beginning of the schedule as fast as it goes, so that the
 * heap has its size; then all requests end. */
static void
openloop_warm_up(server_t *s)
{
	const schedule_t *schedule = &s->schedule;
	for (size_t i = 0; i < schedule->nevents / WARMUP_SHARE; i++)
		openloop_serve(s, 0, &schedule->event[i]);
	for (uint32_t i = 0; i < schedule->nslots; i++)
		openloop_end(s, 0, &(schedule_event_t){.slot = i});
}

/* ------------------------------------------------------------------ run -- */

/* Thread 0 sums up, after all have ended. */
static void
openloop_report(run_t *run, openloop_t *all)
{
	server_t sum = {.slowest = all->server[0].slowest};
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
		hist_merge(&all->control[0], &all->control[i + 1]);
	}
	slowest_sort(&sum.slowest);
	for (unsigned i = 0; i < sum.slowest.n; i++)
		run_row(run, sum.slowest.row[i]);
	run->control = &all->control[0];
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
	openloop_run(t, OPENLOOP_EMPTY, s);
	s->stall_max_ns = 0;
	run_phase(t, EBB_PHASE_WARMUP, 0);
	openloop_warm_up(s);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	if (run->mode & RUN_CHECK)
		openloop_run(t, RUN_CHECK, s);
	else
		openloop_run(t, 0, s);
	t->ops = params_count(&run->params, REQUESTS);
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
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
