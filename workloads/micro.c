/*
 * Micro: the fast path and nothing else.
 *
 *   pair  malloc and free of one size, over and over
 *   ring  n live objects; the oldest is freed, a new one of random size
 *         takes its place
 *   lifo  n objects allocated, then freed in reverse
 *   fifo  n objects allocated, then freed in the same order
 *
 * With one thread all of it runs on the main thread. An object smaller than a
 * page gets its first byte written and no more, so that the allocator's cost
 * is not buried; larger ones are touched page by page.
 */
#include "burst.h"
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "touch.h"

enum micro_key { PATTERN = PARAM_OWN, SIZE, MAX, N, OPS };
enum micro_pattern { PATTERN_PAIR, PATTERN_RING, PATTERN_LIFO, PATTERN_FIFO };

/* Sizes are drawn before the window; the ring goes through them in turn. */
#define SIZES (1u << 16)
/* Pairs between two updates of the live counters. */
#define MICRO_BATCH (1u << 16)
/* With pages to touch, a pair costs more: fewer of them. */
#define LARGE_SHARE 4

static const param_t micro_params[] = {
    {"pattern", PARAM_WORD, "pair", 0, 0, "pair|ring|lifo|fifo",
	"what is allocated and freed, and when"},
    {"size", PARAM_BYTES, "64", 1, 1 << 30, NULL,
	"bytes an object, in all patterns but ring"},
    {"max", PARAM_BYTES, "1024", 1, 1 << 16, NULL,
	"ring: sizes are uniform in 1 .. max"},
    {"n", PARAM_COUNT, "1000", 1, 1 << 20, NULL,
	"ring, lifo, fifo: live objects a thread"},
    {"ops", PARAM_COUNT, "1000000", 64, 0, NULL,
	"pairs a thread; a quarter of it for sizes from 4096 on"},
    {NULL},
};

static const workload_case_t micro_cases[] = {
    {"pair-64", "--pattern=pair --size=64"},
    {"pair-24576", "--pattern=pair --size=24576"},
    {"ring-1000", "--pattern=ring --n=1000 --max=1024"},
    {"lifo-1000", "--pattern=lifo --n=1000 --size=64"},
    {"fifo-1000", "--pattern=fifo --n=1000 --size=64", .more = true},
    {"pair-8", "--pattern=pair --size=8", .more = true},
    {"pair-16", "--pattern=pair --size=16", .more = true},
    {"pair-128", "--pattern=pair --size=128", .more = true},
    {"pair-256", "--pattern=pair --size=256", .more = true},
    {"pair-512", "--pattern=pair --size=512", .more = true},
    {"pair-1024", "--pattern=pair --size=1024", .more = true},
    {"pair-2048", "--pattern=pair --size=2048", .more = true},
    {"pair-4096", "--pattern=pair --size=4096", .more = true},
    {"pair-65536", "--pattern=pair --size=65536", .more = true},
    {"pair-262144", "--pattern=pair --size=262144", .more = true},
    {NULL},
};

/* ---------------------------------------------------------------- pair -- */

/* `pages` is a constant: whether there is more to touch than a byte. */
OP_BODY void
micro_pair_once(thread_t *t, unsigned mode, size_t size, bool pages)
{
	void *block = op_malloc(t, size, mode);
	if ((mode & RUN_CHECK) || pages)
		touch_block(block, size);
	else
		touch_first(block);
	block = op_hide(block);
	if ((mode & RUN_CHECK) && !touch_block_intact(block, size))
		run_damage(t, block, size);
	op_free(t, block, mode);
}

OP_BODY void
micro_pair_loop(
    thread_t *t, unsigned mode, size_t size, uint64_t pairs, bool pages)
{
	for (uint64_t left = pairs / 8; left != 0; left--) {
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			micro_pair_once(t, mode, size, pages);
	}
	for (uint64_t left = pairs % 8; left != 0; left--)
		micro_pair_once(t, mode, size, pages);
}

static void
micro_pair(thread_t *t, uint64_t pairs)
{
	size_t size = params_count(&t->run->params, SIZE);
	thread_count(t, (int64_t)size, 0);
	for (uint64_t left = pairs; left != 0;) {
		uint64_t n = left < MICRO_BATCH ? left : MICRO_BATCH;
		if (size < TOUCH_PAGE)
			OP_DISPATCH(micro_pair_loop, t, size, n, false);
		else
			OP_DISPATCH(micro_pair_loop, t, size, n, true);
		thread_count(t, 0, 2 * n);
		left -= n;
	}
	thread_count(t, -(int64_t)size, 0);
}

/* ---------------------------------------------------------------- ring -- */

typedef struct micro_s micro_t;
struct micro_s {
	uint64_t n;
	uint32_t next;  /* place of the oldest object */
	uint32_t drawn; /* place in size[] */
	uint64_t sum;   /* of all of size[]: the op stream */
	void **block;   /* [n] */
	uint32_t *live; /* [n], sizes of what is live */
	uint16_t *size; /* [SIZES], minus one; the ring's */
};

OP_BODY void
micro_ring_put(thread_t *t, unsigned mode, void **block, size_t size)
{
	*block = op_malloc(t, size, mode);
	if (mode & RUN_CHECK)
		touch_ends(*block, size);
	else
		touch_first(*block);
}

OP_BODY void
micro_ring_loop(thread_t *t, unsigned mode, micro_t *m, uint64_t pairs)
{
	uint64_t n = m->n;
	uint32_t next = m->next, drawn = m->drawn;
	void **block = m->block;
	uint32_t *live = m->live;
	const uint16_t *sizes = m->size;
	int64_t bytes = 0;
	for (uint64_t left = pairs; left != 0; left--) {
		uint32_t old = live[next];
		if ((mode & RUN_CHECK) && !touch_ends_intact(block[next], old))
			run_damage(t, block[next], old);
		op_free(t, block[next], mode);
		uint32_t size = sizes[drawn] + 1u;
		micro_ring_put(t, mode, &block[next], size);
		live[next] = size;
		bytes += (int64_t)size - (int64_t)old;
		drawn = (drawn + 1) % SIZES;
		next = next + 1 == n ? 0 : next + 1;
	}
	m->next = next;
	m->drawn = drawn;
	thread_count(t, bytes, 2 * pairs);
}

static void
micro_ring(thread_t *t, micro_t *m, uint64_t pairs)
{
	for (uint64_t left = pairs; left != 0;) {
		uint64_t n = left < 4096 ? left : 4096;
		OP_DISPATCH(micro_ring_loop, t, m, n);
		left -= n;
	}
}

static void
micro_ring_fill(thread_t *t, micro_t *m)
{
	int64_t bytes = 0;
	for (uint64_t i = 0; i < m->n; i++) {
		uint32_t size = m->size[m->drawn] + 1u;
		micro_ring_put(t, RUN_CHECK, &m->block[i], size);
		m->live[i] = size;
		bytes += size;
		m->drawn = (m->drawn + 1) % SIZES;
	}
	thread_count(t, bytes, m->n);
}

static void
micro_ring_drain(thread_t *t, micro_t *m)
{
	int64_t bytes = 0;
	for (uint64_t i = 0; i < m->n; i++) {
		op_free(t, m->block[i], 0);
		bytes += m->live[i];
	}
	thread_count(t, -bytes, m->n);
}

/* ------------------------------------------------------------- prepare -- */

static bool
micro_map_thread(run_t *run, thread_t *t, micro_t *m, uint32_t max)
{
	m->n = params_count(&run->params, N);
	m->block = run_map(run, m->n, sizeof(*m->block));
	m->live = run_map(run, m->n, sizeof(*m->live));
	m->size = run_map(run, SIZES, sizeof(*m->size));
	if (m->block == NULL || m->live == NULL || m->size == NULL)
		return false;
	for (uint32_t i = 0; i < SIZES; i++) {
		m->size[i] = (uint16_t)prng_below(&t->rng, max);
		m->sum = m->sum * 3 + m->size[i];
	}
	return true;
}

static bool
micro_prepare(run_t *run)
{
	params_t *p = &run->params;
	bool pair = params_count(p, PATTERN) == PATTERN_PAIR;
	bool ring = params_count(p, PATTERN) == PATTERN_RING;
	uint64_t size = params_count(p, ring ? MAX : SIZE);
	uint64_t n = pair ? 1 : params_count(p, N);
	if (!run_scale(run, pair ? SIZE : N, n * size * run->nthreads, 1))
		return false;
	if (params_count(p, SIZE) >= TOUCH_PAGE && !ring)
		params_set(p, OPS, params_count(p, OPS) / LARGE_SHARE);
	uint64_t ops = params_count(p, OPS);
	run->planned = pair || ring ? ops
				    : burst_count(ops, params_count(p, N)) *
					  params_count(p, N);
	micro_t *m = run_map(run, run->nthreads, sizeof(*m));
	run->state = m;
	if (m == NULL)
		return false;
	for (unsigned i = 0; i < run->nthreads; i++) {
		if (!micro_map_thread(run, &run->thread[i], &m[i],
			(uint32_t)params_count(p, MAX)))
			return false;
	}
	return true;
}

static void
micro_release(run_t *run)
{
	micro_t *m = run->state;
	for (unsigned i = 0; m != NULL && i < run->nthreads; i++) {
		mem_unmap(m[i].block, m[i].n, sizeof(*m[i].block));
		mem_unmap(m[i].live, m[i].n, sizeof(*m[i].live));
		mem_unmap(m[i].size, SIZES, sizeof(*m[i].size));
	}
	mem_unmap(m, run->nthreads, sizeof(*m));
}

/* ---------------------------------------------------------------- work -- */

/* Runs whole bursts of n; returns the pairs they were. */
static uint64_t
micro_bursts(thread_t *t, micro_t *m, burst_order_t order, uint64_t pairs)
{
	burst_t b = {
	    .k = (uint32_t)m->n,
	    .size = params_count(&t->run->params, SIZE),
	    .order = order,
	    .block = m->block,
	};
	uint64_t n = burst_count(pairs, m->n);
	burst_run(t, &b, n);
	return n * m->n;
}

/* About so many pairs of the pattern; returns how many exactly. */
static uint64_t
micro_work(thread_t *t, micro_t *m, uint64_t pairs)
{
	switch (params_count(&t->run->params, PATTERN)) {
	case PATTERN_PAIR:
		micro_pair(t, pairs);
		return pairs;
	case PATTERN_RING:
		micro_ring(t, m, pairs);
		return pairs;
	case PATTERN_LIFO:
		return micro_bursts(t, m, BURST_LIFO, pairs);
	default:
		return micro_bursts(t, m, BURST_FIFO, pairs);
	}
}

static void
micro_body(thread_t *t)
{
	run_t *run = t->run;
	micro_t *m = (micro_t *)run->state + t->id;
	bool ring = params_count(&run->params, PATTERN) == PATTERN_RING;
	uint64_t ops = params_count(&run->params, OPS);
	if (ring)
		micro_ring_fill(t, m);
	run_phase(t, EBB_PHASE_WARMUP, 0);
	micro_work(t, m, ops / 16 + 1);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	t->ops = micro_work(t, m, ops);
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	t->sum = ring ? m->sum : 0;
	if (ring)
		micro_ring_drain(t, m);
}

const workload_t workload_micro = {
    .name = "micro",
    .summary = "malloc and free in the smallest loops",
    .shows = "What one malloc/free pair costs on the fast path, by size "
	     "and by the order of freeing.",
    .op = "malloc+free pair",
    .arms = "decay decay-notcache fill-full",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = micro_params,
    .cases = micro_cases,
    .smoke = "--ops=2000000",
    .defaults = "--ops=8000000",
    .prepare = micro_prepare,
    .body = micro_body,
    .release = micro_release,
};
