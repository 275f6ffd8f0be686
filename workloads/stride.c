/*
 * W16, random stride: a share of a thread's blocks freed at once, in strides.
 *
 * Each thread owns slots. A burst frees the blocks of 30 to 99 % of them, a
 * prime number of slots from one to the next, so that each is met once and
 * neighbours are not; then it fills the same slots with blocks of new sizes.
 * Blocks of every k-th burst are not freed but handed to the next thread,
 * which frees them before its next burst.
 *
 * Threads hand on in a circle, through boxes that hold a few batches. Who
 * finds the box full empties its own while it waits; so somebody always can.
 * A thread that is alone hands to itself: its blocks are freed a burst later.
 */
#include "mem.h"
#include "op.h"
#include "peak.h"
#include "registry.h"
#include "run.h"
#include "touch.h"

#include <math.h>
#include <sched.h>

enum stride_key { SLOTS = PARAM_OWN, OPS, SIZES, MIN, MAX, CROSS };

enum stride_sizes { SIZES_EVEN, SIZES_LINEAR, SIZES_EXPONENTIAL };

/* Share of the slots that a burst frees, per cent. */
#define STRIDE_LEAST 30u
#define STRIDE_MOST 99u
/* Batches that a box holds. */
#define STRIDE_BOX 4u
/* Sizes are drawn from a table of as many quantiles of their law. */
#define STRIDE_QUANTILES 1024u
/* The exponential law falls by e^8 from --min to --max. */
#define STRIDE_FALL 8.0

static const param_t stride_params[] = {
    {"slots", PARAM_COUNT, "1000", 1, 1 << 24, NULL, "blocks a thread owns"},
    {"ops", PARAM_COUNT, "400000", 1, 0, NULL,
	"blocks replaced, of each thread"},
    {"sizes", PARAM_WORD, "exponential", 0, 0, "even|linear|exponential",
	"how the number of blocks falls from --min to --max: not at all, to "
	"nothing, by e^8"},
    {"min", PARAM_BYTES, "16", 1, 1 << 30, NULL, "smallest block, bytes"},
    {"max", PARAM_BYTES, "16000", 1, 1 << 30, NULL, "largest block, bytes"},
    {"cross", PARAM_COUNT, "2", 0, 1 << 20, NULL,
	"every k-th burst's blocks are handed to the next thread; 0: none"},
    {NULL},
};

static const workload_case_t stride_cases[] = {
    {"exponential", "--sizes=exponential --cross=2"},
    {"linear", "--sizes=linear --cross=2"},
    {"even", "--sizes=even --cross=2"},
    {"local", "--sizes=exponential --cross=0", .more = true},
    {NULL},
};

static const uint32_t stride_primes[] = {
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59};
#define NPRIMES (sizeof(stride_primes) / sizeof(*stride_primes))

/* A block and its size. */
typedef struct stride_block_s stride_block_t;
struct stride_block_s {
	void *block;
	size_t size;
};

/*
 * Batches on their way to a thread: a ring, written by the thread before it
 * and read by that thread. They are freed where they lie, so that nothing has
 * to travel back; a queue of pointers to batches would need a second one.
 */
typedef struct stride_box_s stride_box_t;
struct stride_box_s {
	/* Of the writer: batches put; no more will come. */
	_Atomic uint64_t put __attribute__((aligned(128)));
	_Atomic bool closed;
	/* Of the reader: batches freed. */
	_Atomic uint64_t taken __attribute__((aligned(128)));
	uint32_t n[STRIDE_BOX]; /* blocks of a batch */
	stride_block_t *block;  /* [STRIDE_BOX][nslots] */
};

/* One thread's part. */
typedef struct stride_part_s stride_part_t;
struct stride_part_s {
	stride_block_t *slot;
	stride_box_t *in, *out;
};

typedef struct stride_s stride_t;
struct stride_s {
	uint32_t nslots;
	uint32_t size[STRIDE_QUANTILES];
	stride_box_t *box;
	stride_block_t *blocks; /* of all slots, then of all boxes */
	_Atomic uint64_t live_peak;
};

/* The slots of a burst: n of them, step apart. */
typedef struct stride_burst_s stride_burst_t;
struct stride_burst_s {
	uint32_t n, first, step;
};

/* ------------------------------------------------------------- prepare -- */

/* Laws of sizes: from quantile to place between min (0) and max (1). */
static double
law_even(double u)
{
	return u;
}

static double
law_linear(double u)
{
	return 1 - sqrt(1 - u);
}

static double
law_exponential(double u)
{
	return -log(1 - u * (1 - exp(-STRIDE_FALL))) / STRIDE_FALL;
}

static double (*const stride_law[])(double) = {
    [SIZES_EVEN] = law_even,
    [SIZES_LINEAR] = law_linear,
    [SIZES_EXPONENTIAL] = law_exponential,
};

/* Blocks of the slots and of the box of a thread. */
static size_t
stride_blocks(const params_t *p)
{
	return params_count(p, SLOTS) *
	       (params_count(p, CROSS) != 0 ? 1 + STRIDE_BOX : 1);
}

/* Scales to the limit: as if all slots and boxes were full of the largest. */
static bool
stride_scale(run_t *run)
{
	params_t *p = &run->params;
	if (params_count(p, MIN) > params_count(p, MAX)) {
		run_error(run,
		    "random-stride: --min=%llu is more than --max=%llu",
		    (unsigned long long)params_count(p, MIN),
		    (unsigned long long)params_count(p, MAX));
		return false;
	}
	uint64_t bytes =
	    stride_blocks(p) * params_count(p, MAX) * run->nthreads;
	return run_scale(run, SLOTS, bytes, 1);
}

static bool
stride_prepare(run_t *run)
{
	params_t *p = &run->params;
	if (!stride_scale(run))
		return false;
	stride_t *s = run_map(run, 1, sizeof(*s));
	run->state = s;
	if (s == NULL)
		return false;
	s->nslots = (uint32_t)params_count(p, SLOTS);
	s->box = run_map(run, run->nthreads, sizeof(*s->box));
	s->blocks =
	    run_map(run, stride_blocks(p) * run->nthreads, sizeof(*s->blocks));
	if (s->box == NULL || s->blocks == NULL)
		return false;
	stride_block_t *boxes = s->blocks + (size_t)s->nslots * run->nthreads;
	for (unsigned i = 0; i < run->nthreads; i++)
		s->box[i].block = boxes + (size_t)i * STRIDE_BOX * s->nslots;
	double min = (double)params_count(p, MIN);
	double span = (double)params_count(p, MAX) - min + 1;
	for (unsigned i = 0; i < STRIDE_QUANTILES; i++) {
		double u = (i + 0.5) / STRIDE_QUANTILES;
		double law = stride_law[params_count(p, SIZES)](u);
		s->size[i] = (uint32_t)(min + span * law);
	}
	return true;
}

static void
stride_release(run_t *run)
{
	stride_t *s = run->state;
	if (s == NULL)
		return;
	mem_unmap(s->blocks, stride_blocks(&run->params) * run->nthreads,
	    sizeof(*s->blocks));
	mem_unmap(s->box, run->nthreads, sizeof(*s->box));
	mem_unmap(s, 1, sizeof(*s));
}

static stride_part_t
stride_part(const thread_t *t)
{
	stride_t *s = t->run->state;
	return (stride_part_t){
	    .slot = s->blocks + (size_t)t->id * s->nslots,
	    .in = &s->box[t->id],
	    .out = &s->box[(t->id + 1) % t->run->nthreads],
	};
}

/* -------------------------------------------------------------- blocks -- */

/* Frees a block and returns its size. */
OP_BODY int64_t
stride_put(thread_t *t, unsigned mode, const stride_block_t *b)
{
	if ((mode & RUN_CHECK) && !touch_block_intact(b->block, b->size))
		run_damage(t, b->block, b->size);
	op_free(t, b->block, mode);
	return (int64_t)b->size;
}

/* Fills a slot from 64 random bits and returns the block's size. */
OP_BODY int64_t
stride_get(thread_t *t, unsigned mode, stride_block_t *b, uint64_t bits)
{
	const stride_t *s = t->run->state;
	size_t size = s->size[(bits >> 32) % STRIDE_QUANTILES];
	*b = (stride_block_t){op_malloc(t, size, mode), size};
	touch_block(b->block, size);
	return (int64_t)size;
}

/* --------------------------------------------------------------- boxes -- */

/* Frees all that has come. */
OP_BODY void
stride_empty(thread_t *t, unsigned mode, stride_box_t *in)
{
	const stride_t *s = t->run->state;
	uint64_t put = atomic_load_explicit(&in->put, memory_order_acquire);
	uint64_t taken = atomic_load_explicit(&in->taken, memory_order_relaxed);
	for (; taken != put; taken++) {
		uint32_t at = taken % STRIDE_BOX, n = in->n[at];
		const stride_block_t *batch =
		    in->block + (size_t)at * s->nslots;
		int64_t bytes = 0;
		for (uint32_t i = 0; i < n; i++)
			bytes += stride_put(t, mode, &batch[i]);
		thread_count(t, -bytes, n);
		atomic_store_explicit(
		    &in->taken, taken + 1, memory_order_release);
	}
}

/* Waits a little for other threads; tries counts the calls. */
static void
stride_pause(unsigned *tries)
{
	if (++*tries % 64 == 0)
		sched_yield();
}

/* Hands on the blocks of a burst. */
OP_BODY void
stride_hand(thread_t *t, unsigned mode, const stride_part_t *part,
    const stride_burst_t *burst)
{
	const stride_t *s = t->run->state;
	stride_box_t *out = part->out;
	uint64_t put = atomic_load_explicit(&out->put, memory_order_relaxed);
	for (unsigned tries = 0;
	     put - atomic_load_explicit(&out->taken, memory_order_acquire) ==
	     STRIDE_BOX;
	     stride_pause(&tries))
		stride_empty(t, mode, part->in);
	uint32_t box = put % STRIDE_BOX, at = burst->first;
	stride_block_t *batch = out->block + (size_t)box * s->nslots;
	for (uint32_t i = 0; i < burst->n; i++) {
		batch[i] = part->slot[at];
		at += burst->step;
		at -= at >= s->nslots ? s->nslots : 0;
	}
	out->n[box] = burst->n;
	atomic_store_explicit(&out->put, put + 1, memory_order_release);
}

/* Says that no more will be handed on, and frees what still comes. */
OP_BODY void
stride_close(thread_t *t, unsigned mode, const stride_part_t *part)
{
	bool closed = false;
	atomic_store(&part->out->closed, true);
	for (unsigned tries = 0; !closed; stride_pause(&tries)) {
		closed = atomic_load(&part->in->closed);
		stride_empty(t, mode, part->in);
	}
}

/* --------------------------------------------------------------- bursts -- */

static stride_burst_t
stride_choose(prng_t *rng, uint32_t nslots)
{
	uint32_t share =
	    STRIDE_LEAST + prng_below(rng, STRIDE_MOST - STRIDE_LEAST + 1);
	uint32_t n = (uint32_t)((uint64_t)nslots * share / 100);
	size_t prime = prng_below(rng, NPRIMES);
	/* Their product is beyond any number of slots: one is coprime. */
	while (nslots % stride_primes[prime] == 0)
		prime = (prime + 1) % NPRIMES;
	return (stride_burst_t){
	    .n = n != 0 ? n : 1,
	    .first = prng_below(rng, nslots),
	    .step = stride_primes[prime] % nslots,
	};
}

OP_BODY void
stride_free(thread_t *t, unsigned mode, const stride_part_t *part,
    const stride_burst_t *burst)
{
	const stride_t *s = t->run->state;
	uint32_t at = burst->first;
	int64_t bytes = 0;
	for (uint32_t i = 0; i < burst->n; i++) {
		bytes += stride_put(t, mode, &part->slot[at]);
		at += burst->step;
		at -= at >= s->nslots ? s->nslots : 0;
	}
	thread_count(t, -bytes, burst->n);
}

OP_BODY void
stride_fill(thread_t *t, unsigned mode, const stride_part_t *part,
    const stride_burst_t *burst)
{
	stride_t *s = t->run->state;
	uint32_t at = burst->first;
	int64_t bytes = 0;
	prng_t rng = t->rng;
	uint64_t sum = t->sum;
	for (uint32_t i = 0; i < burst->n; i++) {
		uint64_t bits = prng_next(&rng);
		bytes += stride_get(t, mode, &part->slot[at], bits);
		sum = sum * 3 + bits;
		at += burst->step;
		at -= at >= s->nslots ? s->nslots : 0;
	}
	t->rng = rng;
	t->sum = sum;
	thread_count(t, bytes, burst->n);
	peak_note(&s->live_peak, t->run->live);
}

/* The measured loop: bursts until that many blocks are replaced. */
OP_BODY void
stride_replace(
    thread_t *t, unsigned mode, const stride_part_t *part, uint64_t ops)
{
	const stride_t *s = t->run->state;
	uint64_t cross = params_count(&t->run->params, CROSS);
	for (uint64_t left = ops, k = 1; left != 0; k++) {
		stride_burst_t burst = stride_choose(&t->rng, s->nslots);
		burst.n = burst.n < left ? burst.n : (uint32_t)left;
		left -= burst.n;
		stride_empty(t, mode, part->in);
		if (cross != 0 && k % cross == 0)
			stride_hand(t, mode, part, &burst);
		else
			stride_free(t, mode, part, &burst);
		stride_fill(t, mode, part, &burst);
		t->sum = t->sum * 3 + burst.n + burst.first;
	}
	stride_close(t, mode, part);
}

static void
stride_body(thread_t *t)
{
	run_t *run = t->run;
	stride_t *s = run->state;
	stride_part_t part = stride_part(t);
	stride_burst_t all = {.n = s->nslots, .step = 1};
	uint64_t ops = params_count(&run->params, OPS);

	run_phase(t, EBB_PHASE_WARMUP, 0);
	stride_fill(t, 0, &part, &all);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	OP_DISPATCH(stride_replace, t, &part, ops);
	t->ops = ops;
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	if (t->id == 0)
		run->live_peak = s->live_peak;
	stride_free(t, run->mode & RUN_CHECK, &part, &all);
}

const workload_t workload_random_stride = {
    .name = "random-stride",
    .summary = "a share of the blocks freed in strides, some by another "
	       "thread, and filled again",
    .shows = "Fills and flushes of many size classes at once, and batches "
	     "that another thread frees; with --sizes=even or linear a burst "
	     "frees more than ratio lets lie.",
    .op = "block: free, malloc, touch",
    .arms = "decay decay-notcache fill-full ratio",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = stride_params,
    .cases = stride_cases,
    .smoke = "--ops=100000",
    .defaults = "--ops=400000",
    .prepare = stride_prepare,
    .body = stride_body,
    .release = stride_release,
};
