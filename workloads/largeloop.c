/*
 * W10, large loop: blocks of megabytes, again and again.
 *
 * Each thread owns slots; an op frees what is in one and puts a new block
 * there, of which each page is touched. With one slot that is the loop of
 * malloc, touch, free. Every free hands the allocator more pages than most
 * policies keep, every malloc wants them back: who purges between the two
 * pays with madvise and page faults, and who does not keeps the memory.
 */
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "touch.h"

enum largeloop_key { SLOTS = PARAM_OWN, MIN, MAX, ROUNDS, ORDER, TOUCH };

enum largeloop_order { ORDER_CYCLE, ORDER_RANDOM, ORDER_BATCH };
enum largeloop_touch { TOUCH_PAGES, TOUCH_ENDS };

static const param_t largeloop_params[] = {
    {"slots", PARAM_COUNT, "1", 1, 1 << 16, NULL, "blocks a thread owns"},
    {"min", PARAM_BYTES, "20M", 1, 1 << 30, NULL, "smallest block, bytes"},
    {"max", PARAM_BYTES, "20M", 1, 1 << 30, NULL,
	"largest block, bytes; sizes are uniform"},
    {"rounds", PARAM_COUNT, "100", 1, 0, NULL, "blocks replaced, each thread"},
    {"order", PARAM_WORD, "cycle", 0, 0, "cycle|random|batch",
	"of slots: in turn, at random, or all freed, then all filled"},
    {"touch", PARAM_WORD, "pages", 0, 0, "pages|ends",
	"what is written of a block: each page, or first and last byte"},
    {NULL},
};

static const workload_case_t largeloop_cases[] = {
    {"loop-20m", "--slots=1 --min=20M --max=20M --order=cycle"},
    {"slots", "--slots=20 --min=5M --max=25M --order=random", .more = true},
    {"cycle-800k", "--slots=16 --min=800K --max=800K --order=cycle",
	.more = true},
    {"batch-800k", "--slots=16 --min=800K --max=800K --order=batch",
	.more = true},
    {NULL},
};

/* A block and its size; none: size 0. */
typedef struct large_s large_t;
struct large_s {
	void *block;
	size_t size;
};

static bool
largeloop_prepare(run_t *run)
{
	params_t *p = &run->params;
	uint64_t slots = params_count(p, SLOTS) * run->nthreads;
	uint64_t max = params_count(p, MAX);
	if (params_count(p, MIN) > max) {
		run_error(run, "large-loop: --min=%llu is more than --max=%llu",
		    (unsigned long long)params_count(p, MIN),
		    (unsigned long long)max);
		return false;
	}
	if (!run_scale(run, MAX, slots * max, 1))
		return false;
	/* The smallest shrinks as the largest does, but not to nothing. */
	uint64_t min = params_count(p, MIN) * params_count(p, MAX) / max;
	params_set(p, MIN, min != 0 ? min : 1);
	run->state = run_map(run, slots, sizeof(large_t));
	return run->state != NULL;
}

static void
largeloop_release(run_t *run)
{
	mem_unmap(run->state, params_count(&run->params, SLOTS) * run->nthreads,
	    sizeof(large_t));
}

OP_BODY void
largeloop_put(thread_t *t, unsigned mode, large_t *s, bool pages)
{
	if ((mode & RUN_CHECK) &&
	    !(pages ? touch_block_intact(s->block, s->size)
		    : touch_ends_intact(s->block, s->size)))
		run_damage(t, s->block, s->size);
	op_free(t, s->block, mode);
	thread_count(t, -(int64_t)s->size, 1);
	s->size = 0;
}

/* Fills n slots in an order, emptying each before, or (batch) all of them. */
OP_BODY void
largeloop_fill(thread_t *t, unsigned mode, large_t *slot,
    enum largeloop_order order, uint64_t n)
{
	const params_t *p = &t->run->params;
	uint32_t nslots = (uint32_t)params_count(p, SLOTS);
	size_t min = params_count(p, MIN);
	uint32_t span = (uint32_t)(params_count(p, MAX) - min + 1);
	bool pages = params_count(p, TOUCH) == TOUCH_PAGES;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t bits = prng_next(&t->rng);
		uint32_t at = order == ORDER_RANDOM
				  ? prng_scale((uint32_t)bits, nslots)
				  : (uint32_t)(i % nslots);
		uint32_t last =
		    order == ORDER_BATCH && at == 0 ? nslots : at + 1;
		for (uint32_t k = at; k < last; k++) {
			if (slot[k].size != 0)
				largeloop_put(t, mode, &slot[k], pages);
		}
		size_t size = min + prng_scale((uint32_t)(bits >> 32), span);
		void *block = op_malloc(t, size, mode);
		if (pages)
			touch_block(block, size);
		else
			touch_ends(block, size);
		slot[at] = (large_t){block, size};
		thread_count(t, (int64_t)size, 1);
		t->sum = t->sum * 3 + size + at;
	}
}

static void
largeloop_body(thread_t *t)
{
	run_t *run = t->run;
	uint64_t nslots = params_count(&run->params, SLOTS);
	uint64_t rounds = params_count(&run->params, ROUNDS);
	large_t *slot = (large_t *)run->state + t->id * nslots;
	bool pages = params_count(&run->params, TOUCH) == TOUCH_PAGES;

	run_phase(t, EBB_PHASE_WARMUP, 0);
	largeloop_fill(t, 0, slot, ORDER_CYCLE, nslots);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	OP_DISPATCH(largeloop_fill, t, slot,
	    (enum largeloop_order)params_count(&run->params, ORDER), rounds);
	t->ops = rounds;
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	for (uint64_t i = 0; i < nslots; i++) {
		if (slot[i].size != 0)
			largeloop_put(
			    t, run->mode & RUN_CHECK, &slot[i], pages);
	}
}

const workload_t workload_large_loop = {
    .name = "large-loop",
    .summary = "blocks of megabytes: malloc, touch each page, free, again",
    .shows = "The price of giving large blocks back to the kernel and "
	     "faulting them in again, against the memory kept by not doing so.",
    .op = "block: free, malloc, touch",
    .arms = "decay ratio",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = largeloop_params,
    .cases = largeloop_cases,
    .smoke = "--rounds=12",
    .defaults = "--rounds=100",
    .prepare = largeloop_prepare,
    .body = largeloop_body,
    .release = largeloop_release,
};
