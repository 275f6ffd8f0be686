/*
 * W8, arena baton: one thread works at a time, and leaves memory behind.
 *
 * A thread builds up blocks, replaces some at random, frees all, does a
 * little small work and hands the baton on; then it only waits. What it freed
 * is dirty in its arena, which nobody calls any more: decay, whose clock are
 * the arena's own calls, keeps all of it, ratio a part. Afterwards the window
 * stays open for --watch-ms without a call, so that what is kept is seen.
 *
 * The threads are made by each other (--pattern=chain), or exist asleep from
 * the beginning (sleepers); none ends before the watching does.
 */
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "tick.h"
#include "touch.h"

#include <errno.h>
#include <semaphore.h>

enum baton_key {
	PATTERN = PARAM_OWN,
	CHAIN,
	BYTES,
	MIN,
	MAX,
	OPS,
	SMALL,
	WATCH
};

enum baton_pattern { PATTERN_CHAIN, PATTERN_SLEEPERS };

/* Bytes a block of the small work. */
#define BATON_SMALL 64
/* Replacing can grow what is live by this part of --bytes. */
#define BATON_ROOM 8
/* Phases that threads may stamp: the rest is for idle, drain and the like. */
#define BATON_PHASES (EBB_LIVE_PHASES - 16)

static const param_t baton_params[] = {
    {"pattern", PARAM_WORD, "chain", 0, 0, "chain|sleepers",
	"threads: each creates the next, or all sleep from the beginning"},
    {"chain", PARAM_COUNT, "8", 1, 1024, NULL,
	"threads that work one after the other"},
    {"bytes", PARAM_BYTES, "16M", 16, 0, NULL, "each thread builds up"},
    {"min", PARAM_BYTES, "16", 1, 1 << 30, NULL, "smallest block, bytes"},
    {"max", PARAM_BYTES, "16K", 1, 1 << 30, NULL,
	"largest block, bytes; sizes are uniform"},
    {"ops", PARAM_COUNT, "10000", 0, 0, NULL,
	"blocks each thread replaces at random"},
    {"small", PARAM_COUNT, "1000", 0, 1 << 30, NULL,
	"malloc/free pairs of 64 bytes of each thread, after its free"},
    {"watch-ms", PARAM_COUNT, "500", 0, 3600000, NULL,
	"asleep after the last thread's work, in the window"},
    {NULL},
};

static const workload_case_t baton_cases[] = {
    {"chain", "--pattern=chain --max=16K"},
    {"sleepers",
	"--pattern=sleepers --chain=200 --bytes=64K --max=1000 --ops=2500",
	.more = true},
    {NULL},
};

/* A block and its size. */
typedef struct baton_block_s baton_block_t;
struct baton_block_s {
	void *block;
	size_t size;
};

typedef struct baton_s baton_t;

/* One thread of the chain. */
typedef struct baton_runner_s baton_runner_t;
struct baton_runner_s {
	baton_t *baton;
	unsigned index;
	pthread_t thread;
	sem_t turn; /* the baton */
};

/* Used by whoever has the baton; made visible by the semaphores. */
struct baton_s {
	thread_t *t;
	unsigned nrunners, made;
	baton_runner_t *runner;
	baton_block_t *block;
	uint64_t capacity, n; /* of block; in use */
	unsigned stamped;     /* every how many threads' work is a phase */
	sem_t done;           /* the last has worked */
	sem_t end;            /* threads may end */
};

/* Bytes that are live at most, for so many built. */
static inline uint64_t
baton_most(uint64_t bytes)
{
	return bytes + bytes / BATON_ROOM;
}

static bool
baton_prepare(run_t *run)
{
	params_t *p = &run->params;
	if (params_count(p, MIN) > params_count(p, MAX)) {
		run_error(run,
		    "arena-baton: --min=%llu is more than --max=%llu",
		    (unsigned long long)params_count(p, MIN),
		    (unsigned long long)params_count(p, MAX));
		return false;
	}
	if (!run_scale(run, BYTES, baton_most(params_count(p, BYTES)),
		params_count(p, MAX)))
		return false;
	baton_t *b = run_map(run, 1, sizeof(*b));
	run->state = b;
	if (b == NULL)
		return false;
	uint64_t mean = (params_count(p, MIN) + params_count(p, MAX)) / 2;
	b->capacity = 2 * (params_count(p, BYTES) / mean) + 64;
	b->nrunners = (unsigned)params_count(p, CHAIN);
	b->stamped = (b->nrunners - 1) / BATON_PHASES + 1;
	b->runner = run_map(run, b->nrunners, sizeof(*b->runner));
	b->block = run_map(run, b->capacity, sizeof(*b->block));
	if (b->runner == NULL || b->block == NULL)
		return false;
	sem_init(&b->done, 0, 0);
	sem_init(&b->end, 0, 0);
	for (unsigned i = 0; i < b->nrunners; i++) {
		b->runner[i].baton = b;
		b->runner[i].index = i;
		sem_init(&b->runner[i].turn, 0, 0);
	}
	return true;
}

static void
baton_release(run_t *run)
{
	baton_t *b = run->state;
	if (b == NULL)
		return;
	mem_unmap(b->block, b->capacity, sizeof(*b->block));
	mem_unmap(b->runner, b->nrunners, sizeof(*b->runner));
	mem_unmap(b, 1, sizeof(*b));
}

/* --------------------------------------------------- one thread's work -- */

OP_BODY void
baton_put(thread_t *t, unsigned mode, baton_block_t *b)
{
	if ((mode & RUN_CHECK) && !touch_block_intact(b->block, b->size))
		run_damage(t, b->block, b->size);
	op_free(t, b->block, mode);
	thread_count(t, -(int64_t)b->size, 1);
}

OP_BODY void
baton_get(thread_t *t, unsigned mode, baton_block_t *b, size_t size)
{
	*b = (baton_block_t){op_malloc(t, size, mode), size};
	touch_block(b->block, size);
	thread_count(t, (int64_t)size, 1);
	t->sum = t->sum * 3 + size;
}

/* Builds blocks of --bytes in all, the last one no larger than is left. */
OP_BODY void
baton_build(thread_t *t, unsigned mode, baton_t *b)
{
	const params_t *p = &t->run->params;
	size_t min = params_count(p, MIN), left = params_count(p, BYTES);
	uint32_t span = (uint32_t)(params_count(p, MAX) - min + 1);
	for (b->n = 0; left >= min && b->n < b->capacity; b->n++) {
		size_t size = min + prng_below(&t->rng, span);
		size = size < left ? size : left;
		baton_get(t, mode, &b->block[b->n], size);
		left -= size;
	}
}

/*
 * Replaces blocks at random. What is live wanders by the square root of the
 * number of blocks: of a few large ones that is much, and then a block is no
 * larger than what there is room for, which is at least what it replaces.
 */
OP_BODY void
baton_replace(thread_t *t, unsigned mode, baton_t *b)
{
	const params_t *p = &t->run->params;
	size_t min = params_count(p, MIN);
	uint32_t span = (uint32_t)(params_count(p, MAX) - min + 1);
	uint64_t most = baton_most(params_count(p, BYTES));
	for (uint64_t left = params_count(p, OPS); left != 0; left--) {
		uint64_t bits = prng_next(&t->rng);
		baton_block_t *block =
		    &b->block[prng_scale((uint32_t)bits, (uint32_t)b->n)];
		size_t size = min + prng_scale((uint32_t)(bits >> 32), span);
		baton_put(t, mode, block);
		size_t room = most - (uint64_t)t->live;
		baton_get(t, mode, block, size < room ? size : room);
	}
}

OP_BODY void
baton_work(thread_t *t, unsigned mode, baton_t *b)
{
	const params_t *p = &t->run->params;
	baton_build(t, mode, b);
	baton_replace(t, mode, b);
	for (uint64_t i = 0; i < b->n; i++)
		baton_put(t, mode, &b->block[i]);
	for (uint64_t left = params_count(p, SMALL); left != 0; left--) {
		void *block = op_malloc(t, BATON_SMALL, mode);
		touch_first(block);
		op_free(t, block, mode);
	}
	thread_count(t, 0, 2 * params_count(p, SMALL));
	t->ops += params_count(p, OPS);
}

/* --------------------------------------------------------- the threads -- */

static void
baton_wait(sem_t *sem)
{
	while (sem_wait(sem) != 0 && errno == EINTR)
		;
}

static void *baton_runner(void *argument);

/* Makes the next thread. False after run_fail(). */
static bool
baton_create(baton_t *b)
{
	baton_runner_t *r = &b->runner[b->made];
	int error = pthread_create(&r->thread, NULL, baton_runner, r);
	if (error != 0)
		run_fail(b->t, "cannot create a thread", error);
	else
		b->made++;
	return error == 0;
}

/* Gives the baton to the thread of an index; to the main thread at the end. */
static void
baton_pass(baton_t *b, unsigned index)
{
	if (index < b->nrunners && (index < b->made || baton_create(b)))
		sem_post(&b->runner[index].turn);
	else
		sem_post(&b->done);
}

/* A thread: waits for the baton, works, hands it on, waits for the end. */
static void *
baton_runner(void *argument)
{
	baton_runner_t *r = argument;
	baton_t *b = r->baton;
	baton_wait(&r->turn);
	if (r->index % b->stamped == 0)
		run_phase(b->t, EBB_PHASE_WORK, r->index);
	OP_DISPATCH(baton_work, b->t, b);
	baton_pass(b, r->index + 1);
	baton_wait(&b->end);
	return NULL;
}

static void
baton_body(thread_t *t)
{
	run_t *run = t->run;
	const params_t *p = &run->params;
	baton_t *b = run->state;
	b->t = t;
	if (params_count(p, PATTERN) == PATTERN_SLEEPERS) {
		while (b->made < b->nrunners && baton_create(b))
			;
	}
	run_window_begin(t);
	uint64_t begin = ebb_live_clock();
	baton_pass(b, 0);
	baton_wait(&b->done);
	run->work_ns = ebb_live_clock() - begin;
	run_phase(t, EBB_PHASE_IDLE, b->made);
	tick_t tick;
	tick_init(&tick, t, TICK_NONE, 0);
	tick_hold(
	    &tick, t, ebb_live_clock() + params_count(p, WATCH) * 1000000u);
	run_window_end(t);
	run_extra(run, "threads_made", b->made);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	for (unsigned i = 0; i < b->made; i++)
		sem_post(&b->end);
	for (unsigned i = 0; i < b->made; i++)
		pthread_join(b->runner[i].thread, NULL);
}

const workload_t workload_arena_baton = {
    .name = "arena-baton",
    .summary = "threads that work one after the other, each leaving its "
	       "memory to an arena that nobody calls",
    .shows = "What a policy keeps in arenas whose threads only wait: decay "
	     "all that was dirty, ratio a part of each.",
    .op = "free+malloc replacement",
    .arms = "decay ratio",
    .threads = WORKLOAD_THREADS_ONE,
    .latency = true,
    .params = baton_params,
    .cases = baton_cases,
    .smoke = "--bytes=1M --chain=4 --ops=500 --watch-ms=20",
    .defaults = "--bytes=16M --chain=8 --ops=10000 --watch-ms=500",
    .prepare = baton_prepare,
    .body = baton_body,
    .release = baton_release,
};
