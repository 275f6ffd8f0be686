/*
 * W21, thread churn: threads that live for a few calls.
 *
 * A generation is --width threads, created together and waited for. Each
 * either swaps a new, zeroed object with one of the global slots and frees
 * what was there, which some thread that has ended allocated (--work=swap);
 * or allocates some objects and frees them (--work=own). What a thread's
 * cache costs to make, to fill and to give up is most of the work, next to
 * the creation of the thread itself, which is the same for all allocators.
 */
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "touch.h"

enum threadchurn_key { WORK = PARAM_OWN, WIDTH, ROUNDS, MALLOCS, SIZE, SLOTS };

enum threadchurn_work { WORK_SWAP, WORK_OWN };

static const param_t threadchurn_params[] = {
    {"work", PARAM_WORD, "swap", 0, 0, "swap|own",
	"calloc, swap with a global slot, free; or malloc and free its own"},
    {"width", PARAM_COUNT, "10", 1, 256, NULL, "threads a generation"},
    {"rounds", PARAM_COUNT, "500", 1, 0, NULL,
	"generations, of each of --threads"},
    {"mallocs", PARAM_COUNT, "1", 1, 4096, NULL,
	"objects that a thread allocates"},
    {"size", PARAM_BYTES, "128", 1, 1 << 30, NULL, "bytes an object"},
    {"slots", PARAM_COUNT, "64", 1, 1 << 20, NULL, "global, for swapping"},
    {NULL},
};

static const workload_case_t threadchurn_cases[] = {
    {"swap", "--work=swap --mallocs=1"},
    {"short", "--work=own --mallocs=64", .more = true},
    {NULL},
};

typedef struct threadchurn_s threadchurn_t;

/* A thread that lives shortly. */
typedef struct mayfly_s mayfly_t;
struct mayfly_s {
	threadchurn_t *churn;
	thread_t *t; /* that created it; read only */
	pthread_t thread;
	prng_t rng;
	uint64_t sum;
	void **block; /* --mallocs of them, for --work=own */
} __attribute__((aligned(128)));

struct threadchurn_s {
	size_t size;
	uint32_t mallocs, nslots, width;
	/* Objects that a mayfly adds to what is live: its own, or the one
	 * between its calloc and its free. */
	uint32_t held;
	void *_Atomic *slot;
	mayfly_t *mayfly; /* --width of each thread of the run */
	void **blocks;    /* --mallocs of each mayfly */
};

static bool
threadchurn_prepare(run_t *run)
{
	params_t *p = &run->params;
	size_t mayflies = params_count(p, WIDTH) * run->nthreads;
	uint64_t held =
	    params_count(p, WORK) == WORK_OWN ? params_count(p, MALLOCS) : 1;
	uint64_t objects = params_count(p, SLOTS) + mayflies * held;
	if (!run_scale(run, SIZE, objects * params_count(p, SIZE), 1))
		return false;
	threadchurn_t *c = run_map(run, 1, sizeof(*c));
	run->state = c;
	if (c == NULL)
		return false;
	c->size = params_count(p, SIZE);
	c->mallocs = (uint32_t)params_count(p, MALLOCS);
	c->held = (uint32_t)held;
	c->nslots = (uint32_t)params_count(p, SLOTS);
	c->width = (uint32_t)params_count(p, WIDTH);
	c->slot = run_map(run, c->nslots, sizeof(*c->slot));
	c->mayfly = run_map(run, mayflies, sizeof(*c->mayfly));
	c->blocks = run_map(run, mayflies * c->mallocs, sizeof(*c->blocks));
	if (c->slot == NULL || c->mayfly == NULL || c->blocks == NULL)
		return false;
	for (size_t i = 0; i < mayflies; i++) {
		mayfly_t *m = &c->mayfly[i];
		m->churn = c;
		m->t = &run->thread[i / c->width];
		m->block = c->blocks + i * c->mallocs;
	}
	return true;
}

static void
threadchurn_release(run_t *run)
{
	threadchurn_t *c = run->state;
	if (c == NULL)
		return;
	size_t mayflies = (size_t)c->width * run->nthreads;
	mem_unmap(c->blocks, mayflies * c->mallocs, sizeof(*c->blocks));
	mem_unmap(c->mayfly, mayflies, sizeof(*c->mayfly));
	mem_unmap(c->slot, c->nslots, sizeof(*c->slot));
	mem_unmap(c, 1, sizeof(*c));
}

/* ------------------------------------------------------------- objects -- */

/* A zeroed object; in check mode it has to be. */
static void *
threadchurn_calloc(thread_t *t, size_t size)
{
	uint8_t *object = calloc(1, size);
	if (object == NULL)
		op_no_memory(size);
	object = op_hide(object);
	if (t->run->mode & RUN_CHECK) {
		for (size_t i = 0; i < size; i++) {
			if (object[i] != 0) {
				run_damage(t, object, size);
				break;
			}
		}
	}
	touch_block(object, size);
	return object;
}

static void
threadchurn_free(thread_t *t, void *object, size_t size)
{
	if ((t->run->mode & RUN_CHECK) && !touch_block_intact(object, size))
		run_damage(t, object, size);
	op_free(t, object, 0);
}

static void
threadchurn_setup(run_t *run)
{
	threadchurn_t *c = run->state;
	thread_t *t = &run->thread[0];
	for (uint32_t i = 0; i < c->nslots; i++)
		atomic_store(&c->slot[i], threadchurn_calloc(t, c->size));
	thread_count(t, (int64_t)(c->nslots * c->size), c->nslots);
}

/* ------------------------------------------------------------- threads -- */

static void *
mayfly_swap(void *argument)
{
	mayfly_t *m = argument;
	threadchurn_t *c = m->churn;
	for (uint32_t i = 0; i < c->mallocs; i++) {
		uint32_t at = prng_below(&m->rng, c->nslots);
		void *object = threadchurn_calloc(m->t, c->size);
		object = atomic_exchange(&c->slot[at], object);
		threadchurn_free(m->t, object, c->size);
		m->sum = m->sum * 3 + at;
	}
	return NULL;
}

static void *
mayfly_own(void *argument)
{
	mayfly_t *m = argument;
	threadchurn_t *c = m->churn;
	for (uint32_t i = 0; i < c->mallocs; i++) {
		m->block[i] = op_malloc(m->t, c->size, 0);
		touch_block(m->block[i], c->size);
	}
	for (uint32_t i = 0; i < c->mallocs; i++)
		threadchurn_free(m->t, m->block[i], c->size);
	return NULL;
}

static void *(*const mayfly_work[])(void *) = {
    [WORK_SWAP] = mayfly_swap,
    [WORK_OWN] = mayfly_own,
};

/* A generation: creates the mayflies of a thread and waits for them. */
static void
threadchurn_generation(thread_t *t, mayfly_t *mayfly, uint64_t number)
{
	const params_t *p = &t->run->params;
	const threadchurn_t *c = mayfly->churn;
	uint64_t objects = (uint64_t)c->width * c->mallocs;
	int64_t bytes = (int64_t)((uint64_t)c->width * c->held * c->size);
	uint32_t made = 0;
	int error = 0;
	thread_count(t, bytes, objects);
	for (; made < c->width && error == 0; made += error == 0) {
		mayfly_t *m = &mayfly[made];
		uint64_t index = number * c->width + made;
		prng_seed(&m->rng, t->run->seed, (index + 1) << 8 | t->id);
		error = pthread_create(
		    &m->thread, NULL, mayfly_work[params_count(p, WORK)], m);
	}
	for (uint32_t i = 0; i < made; i++) {
		pthread_join(mayfly[i].thread, NULL);
		t->sum = t->sum * 3 + mayfly[i].sum;
	}
	thread_count(t, -bytes, objects);
	if (error != 0)
		run_fail(t, "cannot create a thread", error);
	t->ops += made;
}

static void
threadchurn_body(thread_t *t)
{
	run_t *run = t->run;
	threadchurn_t *c = run->state;
	mayfly_t *mayfly = &c->mayfly[t->id * c->width];
	uint64_t rounds = params_count(&run->params, ROUNDS);

	run_phase(t, EBB_PHASE_WARMUP, 0);
	threadchurn_generation(t, mayfly, 0);
	t->ops = 0;
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	for (uint64_t i = 0; i < rounds && run->status == RUN_OK; i++)
		threadchurn_generation(t, mayfly, i + 1);
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	if (t->id == 0) {
		for (uint32_t i = 0; i < c->nslots; i++)
			threadchurn_free(t, atomic_load(&c->slot[i]), c->size);
		thread_count(t, -(int64_t)(c->nslots * c->size), c->nslots);
	}
}

const workload_t workload_thread_churn = {
    .name = "thread-churn",
    .summary = "generations of threads that make a few calls and end",
    .shows = "What it costs to make a thread's cache and to give it up, and "
	     "whether memory of threads that ended is used again.",
    .op = "thread: create, calls, end",
    .arms = "decay decay-notcache fill-full",
    .threads = WORKLOAD_THREADS_ANY,
    .params = threadchurn_params,
    .cases = threadchurn_cases,
    .smoke = "--rounds=20",
    .defaults = "--rounds=1000",
    .prepare = threadchurn_prepare,
    .setup = threadchurn_setup,
    .body = threadchurn_body,
    .release = threadchurn_release,
};
