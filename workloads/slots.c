/*
 * W6, server slots: the law of Larson and Krishnan's server.
 *
 * Each thread owns slots filled with objects of random size; an op picks a
 * slot, frees its object and puts a new one there. After some rounds the
 * thread ends and a successor inherits its slots: what the predecessor
 * allocated is freed by a stranger, and its cache has to be given up. The
 * first objects come from the main thread, as the server's would, so that
 * with two threads and more they are strangers' too.
 */
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "touch.h"

enum slots_key { SLOTS = PARAM_OWN, MIN, MAX, ROUNDS, GENERATIONS };

/* Replacements between two updates of the live counters. */
#define SLOTS_BATCH 250u

static const param_t slots_params[] = {
    {"slots", PARAM_COUNT, "5000", 1, 1 << 24, NULL, "objects a thread owns"},
    {"min", PARAM_BYTES, "8", 1, 1 << 30, NULL, "smallest object, bytes"},
    {"max", PARAM_BYTES, "1000", 1, 1 << 30, NULL,
	"largest object, bytes; sizes are uniform"},
    {"rounds", PARAM_COUNT, "200", 1, 1000000, NULL,
	"each as many replacements as slots, over all generations"},
    {"generations", PARAM_COUNT, "4", 1, 100000, NULL,
	"threads that follow each other; with --threads=1 always 1"},
    {NULL},
};

static const workload_case_t slots_cases[] = {
    {"larson", "--min=8 --max=1000"},
    {NULL},
};

typedef struct slot_s slot_t;
struct slot_s {
	void *object;
	size_t size;
};

/* One thread's part of the work: a generation. */
typedef struct slots_part_s slots_part_t;
struct slots_part_s {
	slot_t *slot;
	uint32_t nslots, min, span; /* sizes: min .. min + span - 1 */
	uint64_t ops;
};

/* Fills a thread's slots; called by the main thread. */
static void
slots_fill(run_t *run, thread_t *t, slot_t *slot, const slots_part_t *part)
{
	prng_t rng;
	prng_seed(&rng, run->seed, (uint64_t)t->id + (1u << 16));
	for (uint32_t i = 0; i < part->nslots; i++) {
		size_t size = part->min + prng_below(&rng, part->span);
		void *object = op_malloc(t, size, 0);
		touch_ends(object, size);
		slot[i] = (slot_t){object, size};
		thread_count(t, (int64_t)size, 1);
	}
	for (uint32_t i = part->nslots; i > 1; i--) {
		uint32_t j = prng_below(&rng, i);
		slot_t other = slot[j];
		slot[j] = slot[i - 1];
		slot[i - 1] = other;
	}
}

static slots_part_t
slots_part(const run_t *run, unsigned id)
{
	const params_t *p = &run->params;
	uint32_t nslots = (uint32_t)params_count(p, SLOTS);
	uint32_t min = (uint32_t)params_count(p, MIN);
	uint32_t max = (uint32_t)params_count(p, MAX);
	return (slots_part_t){
	    .slot = (slot_t *)run->state + (size_t)id * nslots,
	    .nslots = nslots,
	    .min = min,
	    .span = max - min + 1,
	};
}

static bool
slots_prepare(run_t *run)
{
	params_t *p = &run->params;
	if (params_count(p, MIN) > params_count(p, MAX)) {
		run_error(run,
		    "server-slots: --min=%llu is more than --max=%llu",
		    (unsigned long long)params_count(p, MIN),
		    (unsigned long long)params_count(p, MAX));
		return false;
	}
	if (!run_scale(run, SLOTS,
		params_count(p, SLOTS) * params_count(p, MAX) * run->nthreads,
		1))
		return false;
	if (run->nthreads == 1)
		params_set(p, GENERATIONS, 1);
	uint64_t nslots = params_count(p, SLOTS);
	run->state = run_map(run, nslots * run->nthreads, sizeof(slot_t));
	return run->state != NULL;
}

static void
slots_setup(run_t *run)
{
	for (unsigned i = 0; i < run->nthreads; i++) {
		slots_part_t part = slots_part(run, i);
		slots_fill(run, &run->thread[i], part.slot, &part);
	}
}

static void
slots_release(run_t *run)
{
	mem_unmap(run->state, params_count(&run->params, SLOTS) * run->nthreads,
	    sizeof(slot_t));
}

/* The measured loop: ops replacements, counted every SLOTS_BATCH. */
OP_BODY void
slots_replace(thread_t *t, unsigned mode, const slots_part_t *part)
{
	slot_t *slot = part->slot;
	uint32_t nslots = part->nslots, min = part->min, span = part->span;
	prng_t rng = t->rng;
	uint64_t sum = t->sum;
	for (uint64_t left = part->ops; left != 0;) {
		uint32_t n = left < SLOTS_BATCH ? (uint32_t)left : SLOTS_BATCH;
		int64_t bytes = 0;
		left -= n;
		for (uint32_t i = 0; i < n; i++) {
			uint64_t bits = prng_next(&rng);
			slot_t *s =
			    &slot[prng_scale((uint32_t)(bits >> 32), nslots)];
			size_t size = min + prng_scale((uint32_t)bits, span);
			if ((mode & RUN_CHECK) &&
			    !touch_ends_intact(s->object, s->size))
				run_damage(t, s->object, s->size);
			op_free(t, s->object, mode);
			bytes += (int64_t)size - (int64_t)s->size;
			s->object = op_malloc(t, size, mode);
			s->size = size;
			touch_ends(s->object, size);
			sum = sum * 3 + bits;
		}
		thread_count(t, bytes, 2 * (uint64_t)n);
	}
	t->rng = rng;
	t->sum = sum;
}

typedef struct slots_generation_s slots_generation_t;
struct slots_generation_s {
	thread_t *thread;
	slots_part_t part;
};

static void *
slots_generation(void *argument)
{
	slots_generation_t *g = argument;
	OP_DISPATCH(slots_replace, g->thread, &g->part);
	return NULL;
}

/*
 * Runs one generation on a thread of its own and waits for its end, so that
 * giving up its cache is part of the work.
 */
static void
slots_succeed(slots_generation_t *g)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, slots_generation, g);
	if (error != 0) {
		run_fail(g->thread, "cannot create a successor", error);
		return;
	}
	pthread_join(thread, NULL);
}

/* Frees what is in the slots. */
static void
slots_drain(thread_t *t, const slots_part_t *part)
{
	bool check = (t->run->mode & RUN_CHECK) != 0;
	for (uint32_t i = 0; i < part->nslots; i++) {
		slot_t *s = &part->slot[i];
		if (check && !touch_ends_intact(s->object, s->size))
			run_damage(t, s->object, s->size);
		op_free(t, s->object, 0);
		thread_count(t, -(int64_t)s->size, 1);
	}
}

static void
slots_body(thread_t *t)
{
	run_t *run = t->run;
	slots_generation_t g = {.thread = t, .part = slots_part(run, t->id)};
	uint64_t generations = params_count(&run->params, GENERATIONS);
	uint64_t all =
	    params_count(&run->params, ROUNDS) * (uint64_t)g.part.nslots;

	/* One round touches every class and every cache before the window. */
	run_phase(t, EBB_PHASE_WARMUP, 0);
	g.part.ops = g.part.nslots;
	slots_generation(&g);

	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	for (uint64_t i = 0; i < generations; i++) {
		g.part.ops =
		    all * (i + 1) / generations - all * i / generations;
		t->ops += g.part.ops;
		if (generations == 1)
			slots_generation(&g);
		else
			slots_succeed(&g);
	}
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	slots_drain(t, &g.part);
}

const workload_t workload_server_slots = {
    .name = "server-slots",
    .summary = "random replacement of small objects; threads that succeed "
	       "each other",
    .shows = "The fast path with mixed small sizes, frees of other "
	     "threads' objects, and the cost of thread caches that end.",
    .op = "free+malloc replacement",
    .arms = "decay decay-notcache fill-full ratio",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = slots_params,
    .cases = slots_cases,
    .smoke = "--rounds=100",
    .defaults = "--rounds=1500",
    .prepare = slots_prepare,
    .setup = slots_setup,
    .body = slots_body,
    .release = slots_release,
};
