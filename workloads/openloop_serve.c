#include "openloop.h"

#include "op.h"
#include "touch.h"

#include <time.h>

/* A start later than this is counted. */
#define LATE_NS 1000000u
/* From the beginning of a schedule to its first arrival at least. */
#define LEAD_NS 100000u
/* Idle for at least this many times its cost, there is time to look at the
 * counters. */
#define IDLE_TIMES 3u
/* The share of the schedule that is gone through before, unmeasured. */
#define WARMUP_SHARE 10u

/* Modes of the loop beside run.h's: nothing is allocated; the tail is kept. */
#define OPENLOOP_EMPTY 4u
#define OPENLOOP_TAIL 8u

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
openloop_object(
    server_t *s, thread_t *t, unsigned mode, request_t *r, size_t size)
{
	void *block = NULL;
	if (!(mode & OPENLOOP_EMPTY))
		block = op_malloc(t, size, mode & RUN_CHECK);
	if (mode & OPENLOOP_TAIL)
		tail_called(&s->tail, size);
	if (!(mode & OPENLOOP_EMPTY))
		touch_block(block, size);
	if (mode & OPENLOOP_TAIL)
		tail_touched(&s->tail, size);
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
		openloop_object(s, t, mode, r, size);
		bytes += size;
	}
	if (large != 0)
		openloop_object(s, t, mode, r, large);
	if (!(mode & OPENLOOP_EMPTY))
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
		if (!(mode & OPENLOOP_EMPTY))
			op_free(s->t, o->block, mode & RUN_CHECK);
		if (mode & OPENLOOP_TAIL)
			tail_called(&s->tail, o->size);
		bytes += o->size;
	}
	if (!(mode & OPENLOOP_EMPTY))
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
openloop_late(server_t *s, const service_t *v)
{
	uint64_t late = v->begin - v->due;
	s->service_ns += v->end - v->begin;
	s->late_ns += late;
	s->nlate += late > LATE_NS;
	if (late > s->late_max_ns)
		s->late_max_ns = late;
}

static inline void
openloop_note(server_t *s, const schedule_event_t *event, const service_t *v)
{
	openloop_late(s, v);
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

/* The same for the tail, which looks at them at the last moment: what happens
 * while nothing is to be done is nobody's. */
static inline uint64_t
openloop_wait_tail(server_t *s, uint64_t due, uint64_t now)
{
	uint64_t need = IDLE_TIMES * s->all->snapshot_ns;
	bool time = due - now > need;
	while (due > now + need)
		now = ebb_live_clock();
	tail_idle(&s->tail, now, time && due > now);
	do
		now = ebb_live_clock();
	while (now < due);
	if (now - due > s->stall_max_ns)
		s->stall_max_ns = now - due;
	tail_overslept(&s->tail, now - due);
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

/* The same, with the tail kept; the control reads clock and counters as
 * often, with no call between. */
OP_BODY void
openloop_run_tail(thread_t *t, unsigned mode, server_t *s)
{
	hist_t *hist =
	    mode & OPENLOOP_EMPTY ? &s->all->control[t->id + 1] : t->hist;
	uint64_t now = ebb_live_clock(), base = now + LEAD_NS;
	tail_forget(&s->tail);
	for (size_t i = 0; i < s->schedule.nevents; i++) {
		const schedule_event_t *event = &s->schedule.event[i];
		service_t v = {.due = base + event->due_ns};
		if (now < v.due)
			now = openloop_wait_tail(s, v.due, now);
		tail_begin(&s->tail, event->ends);
		v.begin = now;
		v.bytes = openloop_serve(s, mode | OPENLOOP_TAIL, event);
		if (!(mode & OPENLOOP_EMPTY))
			openloop_plant(s, event);
		now = v.end = ebb_live_clock();
		openloop_late(s, &v);
		hist_record(hist, v.end - v.due);
		tail_served(
		    &s->tail, &(tail_half_t){v.due, v.begin, v.end, v.bytes,
				  event->request, event->ends});
	}
}

/* The control draws what the work will draw again. */
void
openloop_control(server_t *s)
{
	thread_t *t = s->t;
	if (s->all->tail_rows == 0) {
		openloop_run(t, OPENLOOP_EMPTY, s);
		return;
	}
	prng_t rng = t->rng;
	uint64_t sum = t->sum;
	tail_init(&s->tail, &s->all->units, t->id, s->rows, s->all->tail_rows);
	openloop_run_tail(t, OPENLOOP_EMPTY, s);
	s->service_ns = s->late_ns = s->nlate = s->late_max_ns = 0;
	t->rng = rng;
	t->sum = sum;
}

void
openloop_work(server_t *s)
{
	thread_t *t = s->t;
	bool check = (t->run->mode & RUN_CHECK) != 0;
	if (s->all->tail_rows == 0) {
		if (check)
			openloop_run(t, RUN_CHECK, s);
		else
			openloop_run(t, 0, s);
		return;
	}
	if (check)
		openloop_run_tail(t, RUN_CHECK, s);
	else
		openloop_run_tail(t, 0, s);
}

void
openloop_warm_up(server_t *s)
{
	const schedule_t *schedule = &s->schedule;
	for (size_t i = 0; i < schedule->nevents / WARMUP_SHARE; i++)
		openloop_serve(s, 0, &schedule->event[i]);
	for (uint32_t i = 0; i < schedule->nslots; i++)
		openloop_end(s, 0, &(schedule_event_t){.slot = i});
}
