/*
 * The tail of an open loop: of all halves of requests that a thread serves,
 * the slowest, each with what happened in it and its cause (cause.h).
 *
 * What is done for every half is cheap: a stopwatch around each call of the
 * allocator, the counters that take no system call after each half, and all
 * of the counters when the queue is empty. A slow half or call is followed by
 * all of the counters at once. The same is done in the control, with no call
 * in between, so the control shows what it costs.
 *
 * Room is mapped beforehand; nothing is allocated. A tail belongs to one
 * thread until they are merged.
 */
#ifndef EBB_WORKLOADS_TAIL_H
#define EBB_WORKLOADS_TAIL_H

#include "cause.h"
#include "hist.h"
#include "jsonline.h"
#include "slowest.h"
#include "snapshot.h"
#include "stopwatch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows that are kept at most, of all threads together. */
#define TAIL_ROWS 4096u
/* A call is slow when it takes longer: beyond what a refill takes. */
#define TAIL_SLOW_CALL_NS 10000u
/* Blocks that are larger are touched for a time of their own, bytes. */
#define TAIL_TOUCH 4096u

/* What is the same for all threads: measured once, before the work. */
typedef struct tail_units_s tail_units_t;
struct tail_units_s {
	double ticks_per_ns; /* of the stopwatch */
	double stopwatch_ns, snapshot_ns;
	cause_costs_t costs;
};

/* A half that is kept. Times in ns; *_ns of begin and due by the clock. */
typedef struct tail_row_s tail_row_t;
struct tail_row_s {
	uint64_t response_ns; /* from due to done */
	uint64_t due_ns, begin_ns, took_ns;
	uint64_t bytes;     /* of its blocks */
	uint64_t since_ns;  /* when the queue was last empty */
	uint64_t behind_ns; /* what those before took longer than usual */
	uint64_t call_ns;   /* its slowest call, and that block's bytes */
	uint64_t call_bytes;
	uint64_t touch_ns; /* the longest touch of a large block */
	snapshot_t seen;   /* meanwhile; of usage only when read */
	uint32_t request, thread;
	uint32_t queue;  /* halves served since then, before it */
	uint32_t shared; /* halves that usage covers; 0: it was not read */
	bool ends;       /* its calls are frees, not mallocs */
	bool queued;     /* the cause is that of those before */
	cause_t cause;
};

/* Calls that were slow for one cause. */
typedef struct tail_slow_s tail_slow_t;
struct tail_slow_s {
	uint64_t n, sum_ns, min_ns, max_ns;
};

/* Calls of one kind, and those of them that were slow, by cause. */
typedef struct tail_calls_s tail_calls_t;
struct tail_calls_s {
	uint64_t n;
	tail_slow_t slow[CAUSES];
};

typedef struct tail_s tail_t;
struct tail_s {
	slowest_t kept; /* of tail_row_t */
	const tail_units_t *units;
	const char *uncounted; /* why memory calls are not, or NULL */
	uint32_t thread;
	/* Of the half that is being served: */
	bool ends;
	uint64_t last; /* stopwatch, at the end of the last call */
	uint64_t call_ticks, call_bytes, touch_ticks;
	snapshot_t mid;        /* at its last slow call, or its begin */
	uint64_t slow_ns;      /* its slow calls; with one: */
	uint64_t part[CAUSES]; /* of them, by cause */
	snapshot_t in_slow;    /* what happened in them */
	/* Before it: */
	snapshot_t before; /* its usage is older: by `shared` halves */
	uint32_t shared;
	/* Since the queue was last empty: */
	uint64_t since_ns;
	uint64_t excess[CAUSES];
	uint32_t queue;
	/* Of all: */
	uint64_t nhalves, took_ns;
	uint64_t slow_ticks;   /* a call that takes longer is slow */
	tail_calls_t calls[2]; /* mallocs, frees */
	uint64_t with[CAUSES]; /* halves in which that ran: of the flags
				* that are read after each half */
};

/* A half as it was served. */
typedef struct tail_half_s tail_half_t;
struct tail_half_s {
	uint64_t due_ns, begin_ns, end_ns, bytes;
	uint32_t request;
	bool ends;
};

/* Measures the units, in some ms; maps and unmaps memory. */
void tail_units(tail_units_t *units);

/* How many of so many values are above their p99.9: those behind the rank
 * that hist_quantile() looks for. */
static inline uint64_t
tail_above(uint64_t n)
{
	return n / 1000;
}

/* How many rows a tail needs when all threads serve so many halves: so many
 * that of several such samples merged, all above their p99.9 are there. */
unsigned tail_capacity(uint64_t halves);

/* Begins an empty tail, on its thread, whose snapshots are bound (snapshot.h)
 * from here on; row: room for capacity rows. */
void tail_init(tail_t *tail, const tail_units_t *units, uint32_t thread,
    tail_row_t *row, unsigned capacity);

/* Forgets what was served so far. */
void tail_forget(tail_t *tail);

/* The queue is empty now, and there is time to read all counters, or not. */
void tail_idle(tail_t *tail, uint64_t now_ns, bool time);

/* A half begins so late although the queue was empty. */
void tail_overslept(tail_t *tail, uint64_t late_ns);

/* After each half. */
void tail_served(tail_t *tail, const tail_half_t *half);

/* A call that was slow: reads all counters. */
void tail_slow(tail_t *tail, uint64_t ticks);

static inline void
tail_begin(tail_t *tail, bool ends)
{
	tail->ends = ends;
	tail->mid = tail->before;
	tail->call_ticks = tail->call_bytes = tail->touch_ticks = 0;
	tail->slow_ns = 0;
	tail->last = stopwatch_read();
}

/* The ticks since the last reading; 0 when CPUs' counters disagree. */
static inline uint64_t
tail_lap(tail_t *tail)
{
	uint64_t now = stopwatch_read(), ticks = now - tail->last;
	tail->last = now;
	return (int64_t)ticks > 0 ? ticks : 0;
}

/* After each call; what the program did since the one before is in it. */
static inline void
tail_called(tail_t *tail, size_t bytes)
{
	uint64_t ticks = tail_lap(tail);
	tail->calls[tail->ends].n++;
	if (ticks > tail->call_ticks) {
		tail->call_ticks = ticks;
		tail->call_bytes = bytes;
	}
	if (__builtin_expect(ticks > tail->slow_ticks, 0))
		tail_slow(tail, ticks);
}

/* After the program touched a new block. */
static inline void
tail_touched(tail_t *tail, size_t bytes)
{
	if (bytes <= TAIL_TOUCH)
		return;
	uint64_t ticks = tail_lap(tail);
	if (ticks > tail->touch_ticks)
		tail->touch_ticks = ticks;
}

/* Adds what another thread's tail has. */
void tail_merge(tail_t *tail, const tail_t *from);

/*
 * Sorts the rows, the slowest first, and decides which slow calls were the
 * machine's: those for which the control, of as many halves with nothing in
 * them, has as many that long.
 */
void tail_settle(tail_t *tail, const hist_t *control);

/* Writes it as one object; all: the times of all halves. */
void tail_json(jsonline_t *json, const tail_t *tail, const hist_t *all);

#endif
