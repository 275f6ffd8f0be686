/*
 * W3, burst, then idle: a server after its peak.
 *
 * Base blocks stay; a burst takes what is live to a multiple of them, most of
 * the burst's blocks are freed at random, and then next to nothing happens: a
 * long silence, and a request now and then. Sizes are log-uniform. What the
 * allocator has not given back when it falls silent stays until it is called
 * again, and after that a slow request is all that moves its clock. What was
 * freed lies among what was not, so that pages, not blocks, are the measure.
 */
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "tick.h"
#include "touch.h"

enum burstidle_key {
	BASE = PARAM_OWN,
	BURST,
	FREE,
	IDLE,
	REQUESTS,
	REQUEST,
	OBJECTS,
	TICKS,
	TICK_PAIRS
};

/* Sizes: an octave of 16 B .. 256 KiB at random, and a size within it. */
#define BURSTIDLE_LEAST 16u
#define BURSTIDLE_OCTAVES 14u
#define BURSTIDLE_MOST (BURSTIDLE_LEAST << BURSTIDLE_OCTAVES)
#define BURSTIDLE_MEAN (3 * (BURSTIDLE_MOST / 2) / BURSTIDLE_OCTAVES)

/* The largest --base: of a thousand times as much, 32 bits count the blocks. */
#define BURSTIDLE_BASE (32ull << 30)

static const param_t burstidle_params[] = {
    {"base", PARAM_BYTES, "64M", 65536, BURSTIDLE_BASE, NULL,
	"bytes that stay live"},
    {"burst", PARAM_REAL, "4", 1, 1000, NULL,
	"live at the peak, in multiples of --base"},
    {"free", PARAM_REAL, "0.95", 0, 1, NULL,
	"share of the burst's blocks that is freed, at random"},
    {"idle-ms", PARAM_COUNT, "3000", 0, 3600000, NULL,
	"of silence after the free"},
    {"requests", PARAM_COUNT, "20", 0, 1000000, NULL,
	"of each thread, after the silence"},
    {"request-ms", PARAM_COUNT, "100", 1, 3600000, NULL,
	"from one request to the next"},
    {"objects", PARAM_COUNT, "16", 1, 1 << 16, NULL,
	"that a request allocates, then frees"},
    {"ticks", PARAM_WORD, "none", 0, 0, TICK_WORDS,
	"calls in the silence: arena 40 KiB, tcache 64 bytes, none"},
    {"tick-pairs", PARAM_COUNT, "1", 1, 1 << 20, NULL,
	"malloc/free pairs of ticks each millisecond"},
    {NULL},
};

static const workload_case_t burstidle_cases[] = {
    {"silent", "--ticks=none"},
    {"ticked", "--ticks=arena", .more = true},
    {NULL},
};

/* A block and its size. */
typedef struct burstidle_block_s burstidle_block_t;
struct burstidle_block_s {
	void *block;
	size_t size;
};

/* Blocks of one thread. */
typedef struct burstidle_set_s burstidle_set_t;
struct burstidle_set_s {
	burstidle_block_t *block;
	uint32_t n, capacity;
};

/* One thread's share of the heap, and its numbers. */
typedef struct burstidle_s burstidle_t;
struct burstidle_s {
	burstidle_set_t base, burst, request;
	uint64_t base_bytes, burst_bytes;
	uint32_t freed; /* blocks of the burst */
};

/* Blocks that a set may need for a sum of sizes; rarely too few, then less
 * is allocated. */
static uint32_t
burstidle_capacity(uint64_t bytes)
{
	return (uint32_t)(2 * bytes / BURSTIDLE_MEAN + 64);
}

static bool
burstidle_prepare(run_t *run)
{
	params_t *p = &run->params;
	unsigned n = run->nthreads;
	double burst = params_real(p, BURST);
	/* Half of a limit is for the heap, half for requests. */
	if (!run_scale(run, BASE,
		(uint64_t)(2 * burst * (double)params_count(p, BASE)),
		(uint64_t)n * BURSTIDLE_LEAST) ||
	    !run_scale(run, OBJECTS,
		2 * params_count(p, OBJECTS) * BURSTIDLE_MOST * n, 1))
		return false;
	uint64_t base = params_count(p, BASE) / n;
	uint64_t extra = (uint64_t)((burst - 1) * (double)base);
	uint32_t objects = (uint32_t)params_count(p, OBJECTS);
	uint32_t nbase = burstidle_capacity(base);
	uint32_t nburst = burstidle_capacity(extra);
	size_t all = (size_t)nbase + nburst + objects;
	burstidle_t *shares = run_map(run, n, sizeof(*shares));
	run->state = shares;
	burstidle_block_t *block = run_map(run, all * n, sizeof(*block));
	if (shares == NULL || block == NULL)
		return false;
	for (unsigned i = 0; i < n; i++, block += all) {
		shares[i] = (burstidle_t){
		    .base = {block, 0, nbase},
		    .burst = {block + nbase, 0, nburst},
		    .request = {block + nbase + nburst, 0, objects},
		    .base_bytes = base,
		    .burst_bytes = extra,
		};
	}
	return true;
}

static void
burstidle_release(run_t *run)
{
	burstidle_t *b = run->state;
	if (b == NULL)
		return;
	size_t all =
	    (size_t)b->base.capacity + b->burst.capacity + b->request.capacity;
	mem_unmap(b->base.block, all * run->nthreads, sizeof(*b->base.block));
	mem_unmap(b, run->nthreads, sizeof(*b));
}

/* --------------------------------------------------------------- blocks -- */

/* Fills a set up to a number of bytes, its last block clipped to them. */
OP_BODY void
burstidle_fill(thread_t *t, unsigned mode, burstidle_set_t *set, uint64_t bytes)
{
	while (bytes >= BURSTIDLE_LEAST && set->n < set->capacity) {
		uint64_t bits = prng_next(&t->rng);
		size_t low = (size_t)BURSTIDLE_LEAST
			     << prng_scale((uint32_t)bits, BURSTIDLE_OCTAVES);
		size_t size =
		    low + prng_scale((uint32_t)(bits >> 32), (uint32_t)low);
		size = size < bytes ? size : bytes;
		burstidle_block_t *b = &set->block[set->n++];
		*b = (burstidle_block_t){op_malloc(t, size, mode), size};
		touch_block(b->block, size);
		thread_count(t, (int64_t)size, 1);
		t->sum = t->sum * 3 + size;
		bytes -= size;
	}
}

/* Frees n blocks of a set at random; the others stay in it. */
OP_BODY void
burstidle_free(thread_t *t, unsigned mode, burstidle_set_t *set, uint32_t n)
{
	for (; n != 0; n--) {
		uint32_t at = prng_below(&t->rng, set->n);
		burstidle_block_t b = set->block[at];
		set->block[at] = set->block[--set->n];
		if ((mode & RUN_CHECK) && !touch_block_intact(b.block, b.size))
			run_damage(t, b.block, b.size);
		op_free(t, b.block, mode);
		thread_count(t, -(int64_t)b.size, 1);
	}
}

/* A request: its objects are allocated, then freed. */
OP_BODY void
burstidle_request(thread_t *t, unsigned mode, burstidle_set_t *set)
{
	burstidle_fill(t, mode, set, UINT64_MAX);
	burstidle_free(t, mode, set, set->n);
}

/* ----------------------------------------------------------------- work -- */

/* The burst and the free; returns the time of both, ns. */
static uint64_t
burstidle_peak(thread_t *t, burstidle_t *b)
{
	uint64_t begin = ebb_live_clock();
	run_phase(t, EBB_PHASE_WORK, 0);
	OP_DISPATCH(burstidle_fill, t, &b->burst, b->burst_bytes);
	run_barrier(t);
	run_phase(t, EBB_PHASE_FREE, 0);
	b->freed = (uint32_t)(params_real(&t->run->params, FREE) * b->burst.n);
	OP_DISPATCH(burstidle_free, t, &b->burst, b->freed);
	t->ops = b->freed;
	run_barrier(t);
	return ebb_live_clock() - begin;
}

/* The slow requests; returns the time they took, ns, without the waiting. */
static uint64_t
burstidle_serve(thread_t *t, burstidle_t *b)
{
	const params_t *p = &t->run->params;
	uint64_t period = params_count(p, REQUEST) * 1000000u;
	uint64_t due = ebb_live_clock(), spent = 0;
	tick_t silence;
	tick_init(&silence, t, TICK_NONE, 0);
	run_phase(t, EBB_PHASE_WORK, 1);
	for (uint64_t left = params_count(p, REQUESTS); left != 0; left--) {
		due += period;
		tick_hold(&silence, t, due);
		uint64_t begin = ebb_live_clock();
		OP_DISPATCH(burstidle_request, t, &b->request);
		spent += ebb_live_clock() - begin;
		t->ops += b->request.capacity;
	}
	return spent;
}

static void
burstidle_body(thread_t *t)
{
	run_t *run = t->run;
	const params_t *p = &run->params;
	burstidle_t *b = (burstidle_t *)run->state + t->id;
	tick_t tick;

	run_phase(t, EBB_PHASE_WARMUP, 0);
	burstidle_fill(t, 0, &b->base, b->base_bytes);
	tick_init(&tick, t, (tick_kind_t)params_count(p, TICKS),
	    params_count(p, TICK_PAIRS));

	run_window_begin(t);
	uint64_t peak_ns = burstidle_peak(t, b);
	run_phase(t, tick.size != 0 ? EBB_PHASE_HOLD : EBB_PHASE_IDLE, 0);
	tick_hold(
	    &tick, t, ebb_live_clock() + params_count(p, IDLE) * 1000000u);
	uint64_t serve_ns = burstidle_serve(t, b);
	run_window_end(t);

	if (t->id == 0) {
		uint64_t freed = 0;
		for (unsigned i = 0; i < run->nthreads; i++)
			freed += ((burstidle_t *)run->state)[i].freed;
		run->work_ns = peak_ns + serve_ns;
		run_extra(run, "freed_blocks", (double)freed);
		run_extra(run, "peak_ns", (double)peak_ns);
		run_extra(run, "requests_ns", (double)serve_ns);
	}
	run_phase(t, EBB_PHASE_DRAIN, 0);
	tick_release(&tick, t);
	burstidle_free(t, run->mode & RUN_CHECK, &b->burst, b->burst.n);
	burstidle_free(t, run->mode & RUN_CHECK, &b->base, b->base.n);
}

const workload_t workload_burst_idle = {
    .name = "burst-idle",
    .summary = "a heap that bursts, frees most of it at random, and falls "
	       "silent but for slow requests",
    .shows = "What a server keeps after its peak, while nothing and while "
	     "next to nothing is called.",
    .op = "malloc+free pair, of burst or request",
    .arms = "decay ratio",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = burstidle_params,
    .cases = burstidle_cases,
    .smoke = "--base=4M --idle-ms=20 --requests=4 --request-ms=10",
    .defaults = "--base=64M --idle-ms=3000 --requests=20 --request-ms=100",
    .prepare = burstidle_prepare,
    .body = burstidle_body,
    .release = burstidle_release,
};
