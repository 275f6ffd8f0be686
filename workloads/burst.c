/*
 * W9, burst width: how many objects of one class a thread cache holds.
 *
 * As long as k fits the cache, a burst never leaves it; one object more, and
 * every burst is filled from and flushed to the arena, by as much as the fill
 * policy says. The width comes from --k: one number, or a list that is worked
 * through, all at once or switching every so many bursts (a policy that
 * adapts has to follow). With --think=gc, thread-cache events of another class
 * pass between bursts, enough for a sweep over all bins.
 */
#include "burst.h"

#include "mem.h"
#include "op.h"
#include "registry.h"
#include "touch.h"

enum burst_key { SIZE = PARAM_OWN, K, ORDER, OPS, SWITCH, THINK };
enum burst_think { THINK_0, THINK_GC };

/* Events of a garbage collection of the thread cache: half are mallocs. */
#define THINK_PAIRS (8192 / 2)

static const param_t burst_params[] = {
    {"size", PARAM_BYTES, "64", 8, 1 << 20, NULL, "bytes an object"},
    {"k", PARAM_LIST, "128", 1, 65536, NULL,
	"objects a burst; a list is worked through in turn"},
    {"order", PARAM_WORD, "lifo", 0, 0, BURST_WORDS,
	"in which a burst's objects are freed"},
    {"ops", PARAM_COUNT, "1000000", 1, 0, NULL,
	"malloc/free pairs a thread, for each k"},
    {"switch", PARAM_COUNT, "0", 0, 0, NULL,
	"bursts before the next k of the list; 0: all of them"},
    {"think", PARAM_WORD, "0", 0, 0, "0|gc",
	"between bursts: nothing, or 8192 events of another class"},
    {NULL},
};

static const workload_case_t burst_cases[] = {
    {"lifo-100", "--k=100 --order=lifo --think=0"},
    {"lifo-200", "--k=200 --order=lifo --think=0"},
    {"phase", "--k=8,200 --switch=1000 --order=lifo --think=0"},
    {"lifo-8", "--k=8 --order=lifo --think=0", .more = true},
    {"lifo-512", "--k=512 --order=lifo --think=0", .more = true},
    {"fifo-200", "--k=200 --order=fifo --think=0", .more = true},
    {"random-200", "--k=200 --order=random --think=0", .more = true},
    {NULL},
};

/* ---------------------------------------------------------- the bursts -- */

void
burst_permute(prng_t *rng, uint32_t *permutation, uint32_t k)
{
	for (unsigned o = 0; o < BURST_ORDERS; o++, permutation += k) {
		for (uint32_t i = 0; i < k; i++) {
			uint32_t j = prng_below(rng, i + 1);
			permutation[i] = permutation[j];
			permutation[j] = i;
		}
	}
}

OP_BODY void
burst_free(thread_t *t, unsigned mode, void *block, size_t size)
{
	if ((mode & RUN_CHECK) && !touch_block_intact(block, size))
		run_damage(t, block, size);
	op_free(t, block, mode);
}

/* `order` is a constant, too: twelve copies, none with a branch inside. */
OP_BODY void
burst_loop(
    thread_t *t, unsigned mode, const burst_t *b, uint64_t n, unsigned order)
{
	uint32_t k = b->k;
	size_t size = b->size;
	void **block = b->block;
	for (uint64_t turn = 0; turn < n; turn++) {
		for (uint32_t i = 0; i < k; i++) {
			block[i] = op_malloc(t, size, mode);
			if (mode & RUN_CHECK)
				touch_block(block[i], size);
			else
				touch_lightly(block[i], size);
		}
		const uint32_t *next =
		    order == BURST_RANDOM
			? b->permutation + (turn % BURST_ORDERS) * (size_t)k
			: NULL;
		for (uint32_t i = 0; i < k; i++) {
			uint32_t at = order == BURST_LIFO   ? k - 1 - i
				      : order == BURST_FIFO ? i
							    : next[i];
			burst_free(t, mode, block[at], size);
		}
	}
}

void
burst_run(thread_t *t, const burst_t *b, uint64_t n)
{
	int64_t bytes = (int64_t)(b->k * b->size);
	thread_count(t, bytes, 0);
	switch (b->order) {
	case BURST_LIFO:
		OP_DISPATCH(burst_loop, t, b, n, BURST_LIFO);
		break;
	case BURST_FIFO:
		OP_DISPATCH(burst_loop, t, b, n, BURST_FIFO);
		break;
	case BURST_RANDOM:
		OP_DISPATCH(burst_loop, t, b, n, BURST_RANDOM);
		break;
	}
	thread_count(t, -bytes, 2 * n * b->k);
}

/* ------------------------------------------------------------- prepare -- */

/* What a thread works with, and what it found for each k of the list. */
typedef struct burst_thread_s burst_thread_t;
struct burst_thread_s {
	void **block;
	uint64_t left[PARAM_LIST_MAX]; /* bursts to do */
	uint64_t pairs[PARAM_LIST_MAX];
	uint64_t work_ns[PARAM_LIST_MAX];
};

typedef struct burst_state_s burst_state_t;
struct burst_state_s {
	burst_thread_t *thread;
	void **blocks; /* [threads][widest] */
	uint64_t widest;
	uint32_t *permutation[PARAM_LIST_MAX];
};

/* Limits each k so that all threads' bursts fit the memory limit. */
static void
burst_limit(run_t *run, burst_state_t *s)
{
	param_value_t *k = &run->params.value[K];
	uint64_t limit = params_count(&run->params, PARAM_MEM_LIMIT);
	uint64_t most =
	    limit / params_count(&run->params, SIZE) / run->nthreads;
	for (unsigned i = 0; i < k->nlist; i++) {
		if (limit != 0 && k->list[i] > most)
			k->list[i] = most > 0 ? most : 1;
		if (k->list[i] > s->widest)
			s->widest = k->list[i];
	}
}

static bool
burst_prepare(run_t *run)
{
	burst_state_t *s = run_map(run, 1, sizeof(*s));
	run->state = s;
	if (s == NULL)
		return false;
	burst_limit(run, s);
	const param_value_t *k = &run->params.value[K];
	s->thread = run_map(run, run->nthreads, sizeof(*s->thread));
	s->blocks = run_map(run, run->nthreads * s->widest, sizeof(void *));
	if (s->thread == NULL || s->blocks == NULL)
		return false;
	for (unsigned i = 0; i < run->nthreads; i++)
		s->thread[i].block = s->blocks + i * s->widest;
	for (unsigned i = 0; i < k->nlist; i++)
		run->planned +=
		    k->list[i] *
		    burst_count(params_count(&run->params, OPS), k->list[i]);
	bool random = params_count(&run->params, ORDER) == BURST_RANDOM;
	prng_t rng;
	prng_seed(&rng, run->seed, 1u << 16);
	for (unsigned i = 0; random && i < k->nlist; i++) {
		s->permutation[i] =
		    run_map(run, k->list[i] * BURST_ORDERS, sizeof(uint32_t));
		if (s->permutation[i] == NULL)
			return false;
		burst_permute(&rng, s->permutation[i], (uint32_t)k->list[i]);
	}
	run_columns(run, (const char *const[]){"k", "pairs", "work_ns", NULL});
	return true;
}

static void
burst_release(run_t *run)
{
	burst_state_t *s = run->state;
	if (s == NULL)
		return;
	const param_value_t *k = &run->params.value[K];
	for (unsigned i = 0; i < k->nlist; i++)
		mem_unmap(s->permutation[i], k->list[i] * BURST_ORDERS,
		    sizeof(uint32_t));
	mem_unmap(s->blocks, run->nthreads * s->widest, sizeof(void *));
	mem_unmap(s->thread, run->nthreads, sizeof(*s->thread));
	mem_unmap(s, 1, sizeof(*s));
}

/* ---------------------------------------------------------------- work -- */

/* Passes the time of a garbage collection with objects of another size. */
static void
burst_think(thread_t *t, size_t size)
{
	size_t other = size <= 256 ? 512 : 32;
	for (unsigned i = 0; i < THINK_PAIRS; i++)
		op_free(t, op_malloc(t, other, 0), 0);
	thread_count(t, 0, 2 * THINK_PAIRS);
}

/* n bursts; returns the time they took, thinking excluded. */
static uint64_t
burst_timed(thread_t *t, const burst_t *b, uint64_t n, bool think)
{
	uint64_t spent = 0;
	uint64_t group = think ? 1 : n;
	for (uint64_t done = 0; done < n; done += group) {
		if (think)
			burst_think(t, b->size);
		uint64_t begin = ebb_live_clock();
		burst_run(t, b, group);
		spent += ebb_live_clock() - begin;
	}
	return spent;
}

/* Works through the list of k until nothing is left. */
static void
burst_work(thread_t *t, burst_thread_t *own, bool warmup)
{
	run_t *run = t->run;
	const params_t *p = &run->params;
	const burst_state_t *s = run->state;
	const param_value_t *k = &p->value[K];
	uint64_t most = params_count(p, SWITCH);
	bool think = params_count(p, THINK) == THINK_GC;
	for (bool more = true; more;) {
		more = false;
		for (unsigned i = 0; i < k->nlist; i++) {
			burst_t b = {
			    .k = (uint32_t)k->list[i],
			    .size = params_count(p, SIZE),
			    .order = (burst_order_t)params_count(p, ORDER),
			    .block = own->block,
			    .permutation = s->permutation[i],
			};
			uint64_t n = own->left[i];
			if (most != 0 && n > most)
				n = most;
			own->left[i] -= n;
			more |= own->left[i] != 0;
			uint64_t spent = burst_timed(t, &b, n, think);
			if (warmup)
				continue;
			own->work_ns[i] += spent;
			own->pairs[i] += n * b.k;
			t->ops += n * b.k;
		}
	}
}

/* The record's table: for each k, pairs of all threads, mean time of one. */
static void
burst_report(run_t *run)
{
	const burst_state_t *s = run->state;
	const param_value_t *k = &run->params.value[K];
	uint64_t all = 0;
	for (unsigned i = 0; i < k->nlist; i++) {
		uint64_t pairs = 0, spent = 0;
		for (unsigned j = 0; j < run->nthreads; j++) {
			pairs += s->thread[j].pairs[i];
			spent += s->thread[j].work_ns[i];
		}
		all += spent / run->nthreads;
		run_row(run,
		    (uint64_t[]){k->list[i], pairs, spent / run->nthreads});
	}
	if (params_count(&run->params, THINK) == THINK_GC) {
		run->work_ns = all;
		run_extra(run, "clock_ns", (double)run->clock_ns);
	}
}

static void
burst_body(thread_t *t)
{
	run_t *run = t->run;
	burst_state_t *s = run->state;
	burst_thread_t *own = &s->thread[t->id];
	const param_value_t *k = &run->params.value[K];

	run_phase(t, EBB_PHASE_WARMUP, 0);
	for (unsigned i = 0; i < k->nlist; i++)
		own->left[i] = 16;
	burst_work(t, own, true);
	for (unsigned i = 0; i < k->nlist; i++)
		own->left[i] =
		    burst_count(params_count(&run->params, OPS), k->list[i]);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	burst_work(t, own, false);
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	if (t->id == 0)
		burst_report(run);
}

const workload_t workload_burst_width = {
    .name = "burst-width",
    .summary = "k objects of one class allocated, then freed, repeatedly",
    .shows = "How wide a burst the thread cache serves by itself, and what "
	     "the fill policy costs beyond that width.",
    .op = "malloc+free pair",
    .arms = "decay fill-full decay-notcache",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = burst_params,
    .cases = burst_cases,
    .smoke = "--ops=500000",
    .defaults = "--ops=8000000",
    .prepare = burst_prepare,
    .body = burst_body,
    .release = burst_release,
};
