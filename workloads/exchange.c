/*
 * W15, exchange pool: objects that end in another thread than they began.
 *
 * In a round each thread allocates a number of objects, most of a few words,
 * one in a thousand of kilobytes, and ends; the next round's threads are new.
 * Half of the objects are kept until the round ends; the others lie in the
 * thread's pool, where some are freed at random and some are swapped, by one
 * atomic exchange, with an object in a slot that all threads share. Half of
 * the shared objects outlive a round's threads.
 *
 * Who frees what depends on timing, how much is done does not: a shared slot
 * is never empty, so that a swap gives one object for one, and which place
 * of a pool holds an object follows from the seed alone. What an object
 * holds, its size too, travels with it (words.h).
 */
#include "mem.h"
#include "op.h"
#include "peak.h"
#include "registry.h"
#include "run.h"
#include "words.h"

enum exchange_key { SCALE = PARAM_OWN, ROUNDS, SHARED, MAX };

/* Objects of thread 0 a round, for each of --scale. */
#define EXCHANGE_UNIT 100u
/* Threads work on 1 .. 8 times as many objects, in turn. */
#define EXCHANGE_SHARES 8u
/* Calls between two updates of the live counters. */
#define EXCHANGE_BATCH 512u
/* Chances of a step, per cent. */
#define EXCHANGE_KEEP 50u
#define EXCHANGE_FREE 66u
#define EXCHANGE_SWAP 25u

/* Sizes: 1, 2, 4, 8 or 16 words, times a factor of these weights. */
#define EXCHANGE_BASES 5u
#define EXCHANGE_WEIGHTS 10000u
static const struct {
	uint32_t weight, factor;
} exchange_tail[] = {{9889, 1}, {100, 100}, {10, 1000}, {1, 10000}};

static const param_t exchange_params[] = {
    {"scale", PARAM_COUNT, "200", 1, 1 << 16, NULL,
	"hundreds of objects a round of thread 0; thread i has i mod 8 + 1 "
	"times as many"},
    {"rounds", PARAM_COUNT, "25", 1, 0, NULL,
	"generations of threads; with --threads=1 the main thread does all"},
    {"shared", PARAM_COUNT, "1000", 1, 1 << 20, NULL,
	"slots that the threads exchange objects with"},
    {"max", PARAM_BYTES, "1280000", 8, 1 << 30, NULL,
	"largest object, bytes; 1280000 is the largest that comes up"},
    {NULL},
};

static const workload_case_t exchange_cases[] = {
    {"mixed", "--shared=1000"},
    {"narrow", "--shared=16", .more = true},
    {NULL},
};

typedef uint64_t *object_t;

typedef struct exchange_s exchange_t;

/* One thread's part of each round. */
typedef struct exchange_part_s exchange_part_t;
struct exchange_part_s {
	exchange_t *exchange;
	thread_t *t;
	uint32_t nobjects; /* allocated a round */
	object_t *object;  /* [nobjects]: pool from below, kept from above */
} __attribute__((aligned(128)));

struct exchange_s {
	uint64_t most; /* words of the largest object */
	uint32_t nshared;
	_Atomic object_t *shared;
	uint64_t nobjects; /* of all parts */
	object_t *objects;
	exchange_part_t *part;
	_Atomic uint64_t live_peak;
};

/* ------------------------------------------------------------- prepare -- */

static uint32_t
exchange_objects(uint64_t scale, unsigned id)
{
	return (uint32_t)(EXCHANGE_UNIT * scale * (id % EXCHANGE_SHARES + 1));
}

/* Bytes an object has on average when none is larger than max. */
static double
exchange_mean(uint64_t max)
{
	double sum = 0;
	for (size_t i = 0; i < sizeof(exchange_tail) / sizeof(*exchange_tail);
	     i++) {
		for (uint32_t base = 0; base < EXCHANGE_BASES; base++) {
			uint64_t bytes = (8u << base) * exchange_tail[i].factor;
			sum += (double)exchange_tail[i].weight *
			       (double)(bytes < max ? bytes : max);
		}
	}
	return sum / (EXCHANGE_BASES * EXCHANGE_WEIGHTS);
}

/*
 * Scales to the limit. n objects of random size take at most 2 * n * mean +
 * 21 * max bytes, but for one time in 10^10 (Bernstein's inequality, with a
 * variance of no more than mean * max). A quarter of a limit is for the
 * largest, a quarter for what is shared, half for the threads' own.
 */
static bool
exchange_scale(run_t *run)
{
	params_t *p = &run->params;
	if (!run_scale(run, MAX, 4 * 21 * params_count(p, MAX), 8))
		return false;
	double mean = exchange_mean(params_count(p, MAX));
	uint64_t shared = params_count(p, SHARED), own = 0;
	for (unsigned i = 0; i < run->nthreads; i++)
		own += exchange_objects(params_count(p, SCALE), i);
	return run_scale(
		   run, SHARED, (uint64_t)(4 * 2 * mean * (double)shared), 1) &&
	       run_scale(run, SCALE, (uint64_t)(2 * 2 * mean * (double)own), 1);
}

static bool
exchange_prepare(run_t *run)
{
	params_t *p = &run->params;
	if (!exchange_scale(run))
		return false;
	exchange_t *x = run_map(run, 1, sizeof(*x));
	run->state = x;
	if (x == NULL)
		return false;
	uint64_t scale = params_count(p, SCALE);
	for (unsigned i = 0; i < run->nthreads; i++)
		x->nobjects += exchange_objects(scale, i);
	x->most = params_count(p, MAX) / sizeof(uint64_t);
	x->nshared = (uint32_t)params_count(p, SHARED);
	x->shared = run_map(run, x->nshared, sizeof(*x->shared));
	x->objects = run_map(run, x->nobjects, sizeof(*x->objects));
	x->part = run_map(run, run->nthreads, sizeof(*x->part));
	if (x->shared == NULL || x->objects == NULL || x->part == NULL)
		return false;
	object_t *object = x->objects;
	for (unsigned i = 0; i < run->nthreads; i++) {
		uint32_t n = exchange_objects(scale, i);
		x->part[i] = (exchange_part_t){x, &run->thread[i], n, object};
		object += n;
	}
	return true;
}

static void
exchange_release(run_t *run)
{
	exchange_t *x = run->state;
	if (x == NULL)
		return;
	mem_unmap(x->part, run->nthreads, sizeof(*x->part));
	mem_unmap(x->objects, x->nobjects, sizeof(*x->objects));
	mem_unmap(x->shared, x->nshared, sizeof(*x->shared));
	mem_unmap(x, 1, sizeof(*x));
}

/* ------------------------------------------------------------- objects -- */

/* What a thread has done since it last told. */
typedef struct exchange_tally_s exchange_tally_t;
struct exchange_tally_s {
	int64_t bytes;
	uint64_t calls;
};

static void
exchange_tell(exchange_t *x, thread_t *t, exchange_tally_t *tally)
{
	thread_count(t, tally->bytes, tally->calls);
	peak_note(&x->live_peak, t->run->live);
	*tally = (exchange_tally_t){0};
}

/* Words of an object, from 64 random bits. */
static inline uint64_t
exchange_words(uint64_t bits)
{
	uint64_t words = 1u << prng_scale((uint32_t)bits, EXCHANGE_BASES);
	uint32_t at = prng_scale((uint32_t)(bits >> 32), EXCHANGE_WEIGHTS);
	unsigned row = 0;
	for (; at >= exchange_tail[row].weight; row++)
		at -= exchange_tail[row].weight;
	return words * exchange_tail[row].factor;
}

OP_BODY object_t
exchange_get(thread_t *t, unsigned mode, exchange_t *x, uint64_t bits,
    exchange_tally_t *tally)
{
	uint64_t words = exchange_words(bits);
	words = words < x->most ? words : x->most;
	object_t object = op_malloc(t, words * sizeof(*object), mode);
	words_write(object, words);
	tally->bytes += (int64_t)(words * sizeof(*object));
	if (++tally->calls >= EXCHANGE_BATCH)
		exchange_tell(x, t, tally);
	return object;
}

OP_BODY void
exchange_put(thread_t *t, unsigned mode, exchange_t *x, object_t object,
    exchange_tally_t *tally)
{
	uint64_t words = words_count(object, x->most);
	if ((mode & RUN_CHECK) && !words_intact(object, words))
		run_damage(t, object, words * sizeof(*object));
	op_free(t, object, mode);
	tally->bytes -= (int64_t)(words * sizeof(*object));
	if (++tally->calls >= EXCHANGE_BATCH)
		exchange_tell(x, t, tally);
}

/* --------------------------------------------------------------- rounds -- */

/* One thread's part of a round. */
OP_BODY void
exchange_round(thread_t *t, unsigned mode, const exchange_part_t *part)
{
	exchange_t *x = part->exchange;
	object_t *object = part->object;
	uint32_t places = 0, kept = part->nobjects;
	exchange_tally_t tally = {0};
	prng_t rng = t->rng;
	uint64_t sum = t->sum;
	while (places < kept) {
		uint64_t bits = prng_next(&rng);
		object_t fresh = exchange_get(t, mode, x, bits, &tally);
		if (prng_below(&rng, 100) < EXCHANGE_KEEP)
			object[--kept] = fresh;
		else
			object[places++] = fresh;
		sum = sum * 3 + bits;
		if (prng_below(&rng, 100) < EXCHANGE_FREE) {
			uint32_t at = prng_below(&rng, places);
			if (places != 0 && object[at] != NULL) {
				exchange_put(t, mode, x, object[at], &tally);
				object[at] = NULL;
			}
		}
		if (prng_below(&rng, 100) < EXCHANGE_SWAP) {
			uint32_t at = prng_below(&rng, places);
			uint32_t with = prng_below(&rng, x->nshared);
			if (places != 0 && object[at] != NULL)
				object[at] = atomic_exchange(
				    &x->shared[with], object[at]);
			sum = sum * 3 + with;
		}
	}
	for (uint32_t i = 0; i < part->nobjects; i++) {
		if (object[i] != NULL)
			exchange_put(t, mode, x, object[i], &tally);
	}
	exchange_tell(x, t, &tally);
	t->rng = rng;
	t->sum = sum;
}

static void *
exchange_generation(void *argument)
{
	exchange_part_t *part = argument;
	OP_DISPATCH(exchange_round, part->t, part);
	return NULL;
}

/* A part of a round on a thread of its own, which ends with it. */
static void
exchange_succeed(exchange_part_t *part)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, exchange_generation, part);
	if (error != 0) {
		run_fail(part->t, "cannot create a thread", error);
		return;
	}
	pthread_join(thread, NULL);
}

/* ---------------------------------------------------------------- shared -- */

static void
exchange_setup(run_t *run)
{
	exchange_t *x = run->state;
	thread_t *t = &run->thread[0];
	exchange_tally_t tally = {0};
	for (uint32_t i = 0; i < x->nshared; i++)
		x->shared[i] =
		    exchange_get(t, 0, x, prng_next(&t->rng), &tally);
	exchange_tell(x, t, &tally);
}

/* Replaces every second shared object: after even rounds those of even slots,
 * after odd rounds the others. */
OP_BODY void
exchange_renew(thread_t *t, unsigned mode, exchange_t *x, uint64_t round)
{
	exchange_tally_t tally = {0};
	for (uint64_t i = round % 2; i < x->nshared; i += 2) {
		exchange_put(t, mode, x, x->shared[i], &tally);
		x->shared[i] =
		    exchange_get(t, mode, x, prng_next(&t->rng), &tally);
	}
	exchange_tell(x, t, &tally);
}

static void
exchange_drain(thread_t *t, exchange_t *x)
{
	exchange_tally_t tally = {0};
	for (uint32_t i = 0; i < x->nshared; i++)
		exchange_put(
		    t, t->run->mode & RUN_CHECK, x, x->shared[i], &tally);
	exchange_tell(x, t, &tally);
}

static void
exchange_body(thread_t *t)
{
	run_t *run = t->run;
	exchange_t *x = run->state;
	exchange_part_t *part = &x->part[t->id];
	uint64_t rounds = params_count(&run->params, ROUNDS);

	run_phase(t, EBB_PHASE_WARMUP, 0);
	exchange_generation(part);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	for (uint64_t i = 0; i < rounds; i++) {
		if (run->nthreads == 1)
			exchange_generation(part);
		else
			exchange_succeed(part);
		t->ops += part->nobjects;
		run_barrier(t);
		if (t->id == 0)
			OP_DISPATCH(exchange_renew, t, x, i);
		run_barrier(t);
	}
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	if (t->id == 0) {
		exchange_drain(t, x);
		run->live_peak = x->live_peak;
	}
}

const workload_t workload_exchange_pool = {
    .name = "exchange-pool",
    .summary = "short-lived threads that swap objects with each other, some "
	       "of them large",
    .shows = "Objects that are freed by any thread, in no order, and what "
	     "threads that end leave behind; sizes with a long tail.",
    .op = "object: malloc, fill, perhaps swap, free",
    .arms = "decay decay-notcache fill-full ratio",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = exchange_params,
    .cases = exchange_cases,
    .smoke = "--rounds=5",
    .defaults = "--rounds=25",
    .prepare = exchange_prepare,
    .setup = exchange_setup,
    .body = exchange_body,
    .release = exchange_release,
};
