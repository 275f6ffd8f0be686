/*
 * W7, producer-consumer: objects that one thread allocates and another frees.
 *
 * Producers fill batches of messages and pass them through a bounded queue;
 * consumers free them. Relays in between pass batches on without touching the
 * messages. Work is a count of batches, not a time. The queues are rings in
 * mmap'd memory, so that handing over does not allocate; there are as many
 * batches as the queue may hold, and empty ones travel back on a second ring.
 */
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "touch.h"

#include <ck_ring.h>
#include <sched.h>

enum prodcons_key {
	PRODUCERS = PARAM_OWN,
	RELAYS,
	BATCH,
	QUEUE,
	BATCHES,
	SIZES,
	SIZE
};

enum prodcons_sizes { SIZES_FIXED, SIZES_MIX };

static const param_t prodcons_params[] = {
    {"producers", PARAM_COUNT, "0", 0, 63, NULL,
	"threads that allocate; 0: half of those that are no relays"},
    {"relays", PARAM_COUNT, "0", 0, 62, NULL, "threads that pass batches on"},
    {"batch", PARAM_COUNT, "4096", 1, 1 << 20, NULL, "messages a batch"},
    {"queue", PARAM_COUNT, "100", 1, 1 << 16, NULL,
	"batches on the way at most"},
    {"batches", PARAM_COUNT, "400", 1, 0, NULL, "each producer makes"},
    {"sizes", PARAM_WORD, "fixed", 0, 0, "fixed|mix",
	"of messages: all --size, or 17 classes of 8-2048 at random"},
    {"size", PARAM_BYTES, "64", 8, 1 << 20, NULL,
	"bytes a message, with --sizes=fixed"},
    {NULL},
};

static const workload_case_t prodcons_cases[] = {
    {"fixed-64", "--sizes=fixed --size=64"},
    {"mix", "--sizes=mix"},
    {NULL},
};

static const uint16_t mix_size[] = {8, 16, 32, 48, 64, 80, 96, 112, 128, 192,
    256, 320, 512, 768, 1024, 1536, 2048};
#define NMIX (sizeof(mix_size) / sizeof(mix_size[0]))

typedef struct message_s message_t;
struct message_s {
	void *block;
	size_t size;
};

typedef struct batch_s batch_t;
struct batch_s {
	uint64_t n;
	message_t message[];
};

/* A queue of batches: bounded, any number of writers and readers. */
typedef struct queue_s queue_t;
struct queue_s {
	ck_ring_t ring __attribute__((aligned(128)));
	ck_ring_buffer_t *buffer;
	_Atomic uint64_t taken; /* batches that a reader has claimed */
};

typedef struct prodcons_s prodcons_t;
struct prodcons_s {
	queue_t empty, full, relayed;
	queue_t *last; /* where consumers take from */
	unsigned producers, relays;
	uint32_t ring_size;
	uint64_t nbatches; /* of the whole run */
	uint64_t queue;
	size_t batch_bytes;
	char *batches;
	_Atomic uint64_t live_peak;
};

/* ------------------------------------------------------------- queues -- */

static bool
queue_init(run_t *run, queue_t *queue, uint32_t size)
{
	queue->buffer = run_map(run, size, sizeof(*queue->buffer));
	ck_ring_init(&queue->ring, size);
	return queue->buffer != NULL;
}

/* Never full: the ring has more places than there are batches. */
static void
queue_put(queue_t *queue, batch_t *batch)
{
	while (!ck_ring_enqueue_mpmc(&queue->ring, queue->buffer, batch))
		sched_yield();
}

/* Waits for a batch: spins for a little, then lets others run. */
static batch_t *
queue_take(queue_t *queue)
{
	void *batch;
	for (unsigned tries = 1;
	     !ck_ring_dequeue_mpmc(&queue->ring, queue->buffer, &batch);
	     tries++) {
		if (tries % 64 == 0)
			sched_yield();
		else
			ck_pr_stall();
	}
	return batch;
}

/* The next of n batches that the readers share, or NULL when all are taken. */
static batch_t *
queue_take_of(queue_t *queue, uint64_t n)
{
	if (atomic_fetch_add(&queue->taken, 1) >= n)
		return NULL;
	return queue_take(queue);
}

/* ------------------------------------------------------------ prepare -- */

/* Who does what; false after run_error(). */
static bool
prodcons_roles(run_t *run, prodcons_t *pc)
{
	params_t *p = &run->params;
	unsigned relays = (unsigned)params_count(p, RELAYS);
	unsigned producers = (unsigned)params_count(p, PRODUCERS);
	if (producers == 0 && relays < run->nthreads)
		producers = (run->nthreads - relays) / 2;
	if (producers == 0 || producers + relays >= run->nthreads) {
		run_error(run,
		    "producer-consumer: --threads=%u with --producers=%u and "
		    "--relays=%u leaves no producer or no consumer: raise "
		    "--threads",
		    run->nthreads, producers, relays);
		return false;
	}
	params_set(p, PRODUCERS, producers);
	pc->producers = producers;
	pc->relays = relays;
	pc->nbatches = producers * params_count(p, BATCHES);
	return true;
}

static bool
prodcons_prepare(run_t *run)
{
	params_t *p = &run->params;
	prodcons_t *pc = run_map(run, 1, sizeof(*pc));
	run->state = pc;
	if (pc == NULL || !prodcons_roles(run, pc))
		return false;
	uint64_t size = params_count(p, SIZES) == SIZES_MIX
			    ? mix_size[NMIX - 1]
			    : params_count(p, SIZE);
	/* Two batches have to fit, then as many as the limit allows. */
	uint64_t least = params_count(p, QUEUE) > 1 ? 2 : 1;
	if (!run_scale(run, BATCH, least * params_count(p, BATCH) * size, 1))
		return false;
	uint64_t n = params_count(p, BATCH);
	if (!run_scale(run, QUEUE, params_count(p, QUEUE) * n * size, 1))
		return false;
	pc->queue = params_count(p, QUEUE);
	pc->ring_size = 4;
	while (pc->ring_size <= pc->queue)
		pc->ring_size *= 2;
	pc->batch_bytes = sizeof(batch_t) + n * sizeof(message_t);
	pc->batches = run_map(run, pc->queue, pc->batch_bytes);
	pc->last = pc->relays != 0 ? &pc->relayed : &pc->full;
	if (pc->batches == NULL ||
	    !queue_init(run, &pc->empty, pc->ring_size) ||
	    !queue_init(run, &pc->full, pc->ring_size) ||
	    !queue_init(run, &pc->relayed, pc->ring_size))
		return false;
	for (uint64_t i = 0; i < pc->queue; i++) {
		batch_t *batch = (batch_t *)(pc->batches + i * pc->batch_bytes);
		batch->n = n;
		queue_put(&pc->empty, batch);
	}
	return true;
}

static void
prodcons_release(run_t *run)
{
	prodcons_t *pc = run->state;
	if (pc == NULL)
		return;
	size_t item = sizeof(ck_ring_buffer_t);
	mem_unmap(pc->empty.buffer, pc->ring_size, item);
	mem_unmap(pc->full.buffer, pc->ring_size, item);
	mem_unmap(pc->relayed.buffer, pc->ring_size, item);
	mem_unmap(pc->batches, pc->queue, pc->batch_bytes);
	mem_unmap(pc, 1, sizeof(*pc));
}

/* --------------------------------------------------------------- work -- */

/* Notes how much is live in all threads, when it is the most so far. */
static void
prodcons_note_peak(run_t *run, prodcons_t *pc)
{
	uint64_t live = ebb_live_bytes(run->live);
	uint64_t peak =
	    atomic_load_explicit(&pc->live_peak, memory_order_relaxed);
	while ((int64_t)live > (int64_t)peak &&
	       !atomic_compare_exchange_weak(&pc->live_peak, &peak, live))
		;
}

OP_BODY void
prodcons_produce(thread_t *t, unsigned mode, prodcons_t *pc)
{
	const params_t *p = &t->run->params;
	bool mix = params_count(p, SIZES) == SIZES_MIX;
	size_t fixed = params_count(p, SIZE);
	prng_t rng = t->rng;
	uint64_t sum = t->sum;
	for (uint64_t left = params_count(p, BATCHES); left != 0; left--) {
		batch_t *batch = queue_take(&pc->empty);
		int64_t bytes = 0;
		for (uint64_t i = 0; i < batch->n; i++) {
			size_t size =
			    mix ? mix_size[prng_below(&rng, NMIX)] : fixed;
			void *block = op_malloc(t, size, mode);
			touch_block(block, size);
			batch->message[i] = (message_t){block, size};
			bytes += (int64_t)size;
			sum = sum * 3 + size;
		}
		thread_count(t, bytes, batch->n);
		prodcons_note_peak(t->run, pc);
		t->ops += batch->n;
		queue_put(&pc->full, batch);
	}
	t->rng = rng;
	t->sum = sum;
}

OP_BODY void
prodcons_consume(thread_t *t, unsigned mode, prodcons_t *pc)
{
	batch_t *batch;
	while ((batch = queue_take_of(pc->last, pc->nbatches)) != NULL) {
		int64_t bytes = 0;
		for (uint64_t i = 0; i < batch->n; i++) {
			message_t *m = &batch->message[i];
			if ((mode & RUN_CHECK) &&
			    !touch_block_intact(m->block, m->size))
				run_damage(t, m->block, m->size);
			bytes += (int64_t)m->size;
			op_free(t, m->block, mode);
		}
		thread_count(t, -bytes, batch->n);
		queue_put(&pc->empty, batch);
	}
}

static void
prodcons_relay(prodcons_t *pc)
{
	batch_t *batch;
	while ((batch = queue_take_of(&pc->full, pc->nbatches)) != NULL)
		queue_put(&pc->relayed, batch);
}

static void
prodcons_body(thread_t *t)
{
	prodcons_t *pc = t->run->state;
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	if (t->id < pc->producers)
		OP_DISPATCH(prodcons_produce, t, pc);
	else if (t->id < pc->producers + pc->relays)
		prodcons_relay(pc);
	else
		OP_DISPATCH(prodcons_consume, t, pc);
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	if (t->id == 0)
		t->run->live_peak = pc->live_peak;
}

const workload_t workload_producer_consumer = {
    .name = "producer-consumer",
    .summary = "batches of messages that one thread allocates and another "
	       "frees",
    .shows = "The path of objects freed by a thread that did not allocate "
	     "them: flushes, and memory that gathers on one side.",
    .op = "message: malloc, hand over, free",
    .arms = "decay decay-notcache fill-full ratio",
    .threads = WORKLOAD_THREADS_EVEN,
    .latency = true,
    .params = prodcons_params,
    .cases = prodcons_cases,
    .smoke = "--batches=100",
    .defaults = "--batches=400",
    .prepare = prodcons_prepare,
    .body = prodcons_body,
    .release = prodcons_release,
};
