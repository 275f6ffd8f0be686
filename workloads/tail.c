#include "tail.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A half is slow when it takes so many times the mean. */
#define SLOW_TIMES 4u
/* Of 1000 halves so many are kept; one of 1000 is above p99.9. */
#define KEPT_OF_1000 4u

/* ----------------------------------------------------------------- units -- */

#define UNIT_PAGES 64u
#define UNIT_TIMES 9

typedef struct unit_times_s unit_times_t;
struct unit_times_s {
	hist_t fault, given, call;
};

/* Touches fresh pages, gives them back, and asks for the same again. */
static void
unit_time(unit_times_t *times, char *memory, size_t page)
{
	uint64_t t[4];
	t[0] = ebb_live_clock();
	for (unsigned i = 0; i < UNIT_PAGES; i++)
		*(volatile char *)(memory + i * page) = 1;
	t[1] = ebb_live_clock();
	madvise(memory, UNIT_PAGES * page, MADV_DONTNEED);
	t[2] = ebb_live_clock();
	madvise(memory, UNIT_PAGES * page, MADV_DONTNEED);
	t[3] = ebb_live_clock();
	hist_record(&times->fault, t[1] - t[0]);
	hist_record(&times->given, t[2] - t[1]);
	hist_record(&times->call, t[3] - t[2]);
}

void
tail_units(tail_units_t *units)
{
	static unit_times_t times;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, UNIT_PAGES * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*units = (tail_units_t){
	    .ticks_per_ns = stopwatch_per_ns(),
	    .stopwatch_ns = stopwatch_cost(),
	    .snapshot_ns = (double)snapshot_cost(),
	};
	if (memory == MAP_FAILED)
		return;
	hist_init(&times.fault);
	hist_init(&times.given);
	hist_init(&times.call);
	madvise(memory, UNIT_PAGES * page, MADV_NOHUGEPAGE);
	for (int i = 0; i < UNIT_TIMES; i++)
		unit_time(&times, memory, page);
	munmap(memory, UNIT_PAGES * page);
	double call = (double)hist_quantile(&times.call, 0.5);
	double given = (double)hist_quantile(&times.given, 0.5);
	units->costs = (cause_costs_t){
	    .fault = (double)hist_quantile(&times.fault, 0.5) / UNIT_PAGES,
	    .page = given > call ? (given - call) / UNIT_PAGES : 0,
	    .memory_call = call,
	};
}

/* ----------------------------------------------------------------- serve -- */

unsigned
tail_capacity(uint64_t halves)
{
	uint64_t rows = halves * KEPT_OF_1000 / 1000 + 16;
	return rows < TAIL_ROWS ? (unsigned)rows : TAIL_ROWS;
}

void
tail_init(tail_t *tail, const tail_units_t *units, uint32_t thread,
    tail_row_t *row, unsigned capacity)
{
	*tail = (tail_t){
	    .kept = {.row = row, .size = sizeof(*row), .capacity = capacity},
	    .units = units,
	    .thread = thread,
	    .slow_ticks = (uint64_t)(TAIL_SLOW_CALL_NS * units->ticks_per_ns),
	};
	tail->uncounted = snapshot_bind();
	snapshot_take(&tail->before);
}

void
tail_forget(tail_t *tail)
{
	tail->kept.n = 0;
	tail->nhalves = tail->took_ns = 0;
	memset(tail->calls, 0, sizeof(tail->calls));
	memset(tail->with, 0, sizeof(tail->with));
	tail_idle(tail, 0, true);
}

void
tail_idle(tail_t *tail, uint64_t now_ns, bool time)
{
	memset(tail->excess, 0, sizeof(tail->excess));
	tail->queue = 0;
	tail->since_ns = now_ns;
	if (!time)
		return;
	snapshot_take(&tail->before);
	tail->shared = 0;
}

/* From here on a half is slow, ns. */
static uint64_t
tail_slow_ns(const tail_t *tail)
{
	return tail->nhalves == 0
		   ? TAIL_SLOW_CALL_NS
		   : SLOW_TIMES * (tail->took_ns / tail->nhalves + 1);
}

void
tail_overslept(tail_t *tail, uint64_t late_ns)
{
	if (late_ns <= tail_slow_ns(tail))
		return;
	snapshot_t now;
	snapshot_take(&now);
	snapshot_t seen = snapshot_since(&tail->before, &now);
	bool switched = seen.nivcsw + seen.nvcsw != 0;
	tail->excess[switched ? CAUSE_SWITCH : CAUSE_MACHINE] += late_ns;
	tail->before = now;
	tail->shared = 0;
}

static uint64_t
tail_ns(const tail_t *tail, uint64_t ticks)
{
	return (uint64_t)((double)ticks / tail->units->ticks_per_ns);
}

static void
tail_calls_add(tail_slow_t *to, const tail_slow_t *from)
{
	if (from->n == 0)
		return;
	if (to->n == 0 || from->min_ns < to->min_ns)
		to->min_ns = from->min_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	to->n += from->n;
	to->sum_ns += from->sum_ns;
}

void
tail_slow(tail_t *tail, uint64_t ticks)
{
	snapshot_t now;
	snapshot_take(&now);
	uint64_t ns = tail_ns(tail, ticks);
	cause_look_t look = {
	    .ns = ns,
	    .call_ns = ns,
	    .seen = snapshot_since(&tail->mid, &now),
	};
	cause_t cause = cause_of(&look, &tail->units->costs);
	tail_calls_add(&tail->calls[tail->ends].slow[cause],
	    &(tail_slow_t){1, ns, ns, ns});
	if (tail->slow_ns == 0) {
		memset(tail->part, 0, sizeof(tail->part));
		tail->in_slow = (snapshot_t){0};
	}
	tail->slow_ns += ns;
	tail->part[cause] += ns;
	tail->in_slow = snapshot_sum(&tail->in_slow, &look.seen);
	tail->mid = now;
	tail->last = stopwatch_read();
}

/* The half's own cause: that of most of its time. Its slow calls have been
 * looked at by themselves; what happened in them is not the rest's. */
static cause_t
tail_cause(const tail_t *tail, const cause_look_t *look)
{
	const cause_costs_t *costs = &tail->units->costs;
	if (tail->slow_ns == 0)
		return cause_of(look, costs);
	uint64_t part[CAUSES];
	memcpy(part, tail->part, sizeof(part));
	cause_look_t rest = {
	    .ns = look->ns > tail->slow_ns ? look->ns - tail->slow_ns : 0,
	    .seen = snapshot_since(&tail->in_slow, &look->seen),
	};
	part[cause_of(&rest, costs)] += rest.ns;
	unsigned most = 0;
	for (unsigned i = 1; i < CAUSES; i++)
		if (part[i] > part[most])
			most = i;
	return (cause_t)most;
}

static __attribute__((noinline)) void
tail_keep(tail_t *tail, const tail_half_t *half, const cause_look_t *look,
    cause_t cause, uint32_t shared)
{
	uint64_t wait = half->begin_ns - half->due_ns;
	tail_row_t row = {
	    .response_ns = half->end_ns - half->due_ns,
	    .due_ns = half->due_ns,
	    .begin_ns = half->begin_ns,
	    .took_ns = look->ns,
	    .bytes = half->bytes,
	    .since_ns = tail->since_ns,
	    .call_ns = look->call_ns,
	    .call_bytes = tail->call_bytes,
	    .touch_ns = tail_ns(tail, tail->touch_ticks),
	    .seen = look->seen,
	    .request = half->request,
	    .thread = tail->thread,
	    .queue = tail->queue,
	    .shared = shared,
	    .ends = half->ends,
	    .queued = wait > look->ns,
	    .cause = cause,
	};
	for (unsigned i = 0; i < CAUSES; i++)
		row.behind_ns += tail->excess[i];
	if (row.queued)
		row.cause = cause_of_queue(wait, tail->excess);
	slowest_add(&tail->kept, &row);
}

/* Counts the half among those in which something ran. */
static void
tail_with(tail_t *tail, const snapshot_t *seen)
{
	tail->with[CAUSE_PURGE] += seen->npurge != 0;
	tail->with[CAUSE_MEMORY_CALL] += seen->memcalls != 0;
	tail->with[CAUSE_FILL] += seen->nfills != 0;
	tail->with[CAUSE_FLUSH] += seen->nflushes != 0;
}

void
tail_served(tail_t *tail, const tail_half_t *half)
{
	uint64_t took = half->end_ns - half->begin_ns;
	uint64_t call = tail_ns(tail, tail->call_ticks);
	bool kept = half->end_ns - half->due_ns > slowest_limit(&tail->kept);
	/* The counters of one that only waited say nothing of its cause. */
	bool slow = took > tail_slow_ns(tail) ||
		    (kept && took >= half->begin_ns - half->due_ns);
	snapshot_t now = tail->mid;
	cause_t cause = CAUSES;
	if (slow)
		snapshot_take(&now);
	else
		snapshot_glance(&now);
	cause_look_t look = {
	    .ns = took,
	    .call_ns = call < took ? call : took,
	    .seen = snapshot_since(&tail->before, &now),
	};
	if (slow)
		cause = tail_cause(tail, &look);
	tail_with(tail, &look.seen);
	tail->shared++;
	if (kept)
		tail_keep(tail, half, &look, cause, slow ? tail->shared : 0);
	if (slow) {
		uint64_t usual = tail_slow_ns(tail) / SLOW_TIMES;
		if (took > usual)
			tail->excess[cause] += took - usual;
		tail->shared = 0;
	}
	tail->before = now;
	tail->queue++;
	tail->nhalves++;
	tail->took_ns += took;
}

/* ------------------------------------------------------------ afterwards -- */

void
tail_merge(tail_t *tail, const tail_t *from)
{
	slowest_merge(&tail->kept, &from->kept);
	tail->nhalves += from->nhalves;
	tail->took_ns += from->took_ns;
	if (tail->uncounted == NULL)
		tail->uncounted = from->uncounted;
	for (unsigned op = 0; op < 2; op++) {
		tail_calls_t *a = &tail->calls[op];
		const tail_calls_t *b = &from->calls[op];
		a->n += b->n;
		for (unsigned i = 0; i < CAUSES; i++)
			tail_calls_add(&a->slow[i], &b->slow[i]);
	}
	for (unsigned i = 0; i < CAUSES; i++)
		tail->with[i] += from->with[i];
}

/* Values of at least that size, to a bucket. */
static uint64_t
hist_count_from(const hist_t *h, uint64_t value)
{
	uint64_t n = 0;
	for (size_t i = hist_index(value); i < HIST_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

/* Halves that took long by their own call, with one at least that slow. */
static uint64_t
tail_rank(const tail_t *tail, uint64_t call_ns)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < tail->kept.n; i++) {
		const tail_row_t *row = slowest_row(&tail->kept, i);
		n += !row->queued && row->call_ns >= call_ns &&
		     (row->cause == CAUSE_CALL || row->cause == CAUSE_MACHINE);
	}
	return n;
}

/* Those behind it in the queue have the same cause. */
static void
tail_blame(tail_t *tail, const tail_row_t *first)
{
	for (unsigned i = 0; i < tail->kept.n; i++) {
		tail_row_t *row = slowest_row(&tail->kept, i);
		if (row->queued && row->cause == CAUSE_CALL &&
		    row->thread == first->thread &&
		    row->since_ns == first->since_ns)
			row->cause = first->cause;
	}
}

void
tail_settle(tail_t *tail, const hist_t *control)
{
	slowest_sort(&tail->kept);
	for (unsigned i = 0; i < tail->kept.n; i++) {
		tail_row_t *row = slowest_row(&tail->kept, i);
		if (row->queued || row->cause != CAUSE_CALL ||
		    tail_rank(tail, row->call_ns) >
			hist_count_from(control, row->call_ns))
			continue;
		row->cause = CAUSE_MACHINE;
		tail_blame(tail, row);
	}
}
