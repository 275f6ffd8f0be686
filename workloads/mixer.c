/*
 * W5, profile mixer: structures that live for as long as a number of bytes
 * takes to be allocated, while the number of those alive follows a profile.
 *
 * A stream allocates one structure after the other: a single block, a vector
 * that doubles, or a linked list. Its clock is the bytes it has allocated,
 * and every structure dies at a time of that clock, which its profile draws:
 *
 *   plateau  lives about --live bytes, so that this much is alive; after ten
 *            times --live everything dies and the next plateau begins
 *   ramp     a quarter lives until the end of the ramp, four times --live
 *            long; so what is alive rises in a line, and falls at once
 *   peak     a plateau at a fifth of --live; for 2 % of the time each
 *            structure brings four times its bytes in others, which all die
 *            when that time is over
 *
 * Each producing thread has several streams that keep pace. What is due is
 * handed, a chain at a time, to a consumer's queue and freed on its thread;
 * with one thread there is no consumer, and it is freed on the spot. Work is
 * a count of bytes. The chains are made of the objects themselves, so there
 * is no bookkeeping that grows with them.
 */
#include "mem.h"
#include "op.h"
#include "peak.h"
#include "registry.h"
#include "run.h"
#include "touch.h"

#include <ck_ring.h>
#include <sched.h>

enum mixer_key { PROFILE = PARAM_OWN, STRUCTURE, LIVE, ROUNDS, STREAMS };

enum mixer_profile { PROFILE_PLATEAU, PROFILE_RAMP, PROFILE_PEAK, PROFILES };
enum mixer_structure {
	STRUCTURE_BLOCK,
	STRUCTURE_VECTOR,
	STRUCTURE_LIST,
	STRUCTURES
};

static const param_t mixer_params[] = {
    {"profile", PARAM_WORD, "mixed", 0, 0, "plateau|ramp|peak|mixed",
	"of what is alive, over time; mixed: one after the other, by stream"},
    {"structure", PARAM_WORD, "mixed", 0, 0, "block|vector|list|mixed",
	"what is allocated; mixed: half blocks, a quarter each of the others"},
    {"live", PARAM_BYTES, "32M", 1, 1073741824.0 * 64, NULL,
	"bytes alive at the peak, of all streams"},
    {"rounds", PARAM_COUNT, "20", 1, 1 << 20, NULL,
	"times --live that is allocated, without what a spike adds"},
    {"streams", PARAM_COUNT, "3", 1, 64, NULL,
	"on a producing thread, which keep pace"},
    {NULL},
};

static const workload_case_t mixer_cases[] = {
    {"mixed", "--profile=mixed"},
    {"plateau", "--profile=plateau", .more = true},
    {"ramp", "--profile=ramp", .more = true},
    {"peak", "--profile=peak", .more = true},
    {NULL},
};

/* Bytes of single blocks: most are small, most bytes are in large ones. */
static const struct {
	uint32_t size, weight;
} mixer_sizes[] = {{16, 174}, {32, 250}, {48, 150}, {64, 120}, {96, 80},
    {128, 70}, {192, 45}, {256, 40}, {384, 25}, {512, 20}, {1024, 18},
    {2048, 12}, {4096, 10}, {8192, 4}, {16384, 3}, {32768, 1}, {65536, 1},
    {131072, 1}};
#define MIXER_WEIGHTS 1024u /* in all */

/* A vector begins with this capacity and becomes four times a block. */
#define MIXER_VECTOR_LEAST 64u
#define MIXER_VECTOR_TIMES 4u
/* Nodes of a list, and bytes of a node, in steps of 16. */
#define MIXER_LIST_LEAST 4u
#define MIXER_LIST_MORE 28u
#define MIXER_NODE_STEPS 15u

/*
 * Time is counted in grains: 2^n bytes, of which 128 to 255 are --live. The
 * wheel has room for the longest life, the ramp's of 4 * 255.
 */
#define MIXER_WHEEL 1024u
#define MIXER_GRAINS_LEAST 128u
#define MIXER_LIVE_LEAST (1u << 16) /* of a stream */
/* No structure takes more than about this share of a stream's live bytes. */
#define MIXER_SHARE 32u

/* A block's own head; chains of blocks hang together by it. */
typedef struct block_s block_t;
struct block_s {
	block_t *next;
	uint32_t size;
	uint32_t tag;
};

typedef struct stream_s stream_t;

/* A profile: how long it takes to repeat, and when a structure dies. */
typedef struct mixer_law_s mixer_law_t;
struct mixer_law_s {
	uint32_t period; /* in multiples of live */
	uint64_t (*death)(const stream_t *s, uint64_t now, uint32_t random);
	bool spikes;
};

struct stream_s {
	const mixer_law_t *law;
	uint32_t live;      /* in grains */
	uint32_t most;      /* bytes of a block */
	unsigned lg_grain;  /* log2 of its bytes */
	uint64_t clock;     /* bytes allocated, without what a spike adds */
	uint64_t hand;      /* grain up to which everything due is dead */
	uint64_t last_hand; /* after which nothing is left */
	int64_t owed;       /* bytes that the spike has still to add */
	block_t *wheel[MIXER_WHEEL];
};

/* What one thread consumes from. */
typedef struct inbox_s inbox_t;
struct inbox_s {
	ck_ring_t ring __attribute__((aligned(128)));
	ck_ring_buffer_t *buffer;
};
#define MIXER_INBOX 16u /* chains, a power of two */

typedef struct mixer_s mixer_t;
struct mixer_s {
	unsigned producers, consumers, streams;
	stream_t *stream; /* --streams of each producer */
	inbox_t *inbox;   /* of each consumer */
	_Atomic uint64_t live_peak;
	uint32_t size[MIXER_WEIGHTS];
};

/* A thread's turn at producing. */
typedef struct turn_s turn_t;
struct turn_s {
	thread_t *t;
	mixer_t *m;
	prng_t rng;
	uint64_t sum, blocks;
	unsigned inbox; /* that is handed the next chain */
	/* Not yet accounted for: */
	int64_t bytes;
	uint64_t calls;
};

/* Ends a turn of consuming, one from each producer. */
static block_t mixer_last;

/* -------------------------------------------------------------- profiles -- */

/* The first grain of the next period. */
static uint64_t
period_end(const stream_t *s, uint64_t now)
{
	uint64_t period = (uint64_t)s->law->period * s->live;
	return now - now % period + period;
}

static uint64_t
plateau_death(const stream_t *s, uint64_t now, uint32_t random)
{
	uint64_t end = period_end(s, now);
	uint64_t death = now + s->live / 2 + prng_scale(random, s->live);
	return death < end ? death : end;
}

static uint64_t
ramp_death(const stream_t *s, uint64_t now, uint32_t random)
{
	if (prng_scale(random, s->law->period) == 0)
		return period_end(s, now);
	return now + 1;
}

/* What is alive between the spikes, in grains; also how long a spike takes:
 * a fiftieth of ten times five times this. */
static uint64_t
peak_base(const stream_t *s)
{
	return s->live / 5;
}

static uint64_t
peak_death(const stream_t *s, uint64_t now, uint32_t random)
{
	uint32_t base = (uint32_t)peak_base(s);
	return now + base / 2 + prng_scale(random, base);
}

/* When the spike of this grain ends, or 0: there is none. */
static uint64_t
peak_spike(const stream_t *s, uint64_t now)
{
	uint64_t end = period_end(s, now);
	return end - now <= peak_base(s) ? end : 0;
}

static const mixer_law_t mixer_laws[] = {
    [PROFILE_PLATEAU] = {10, plateau_death, false},
    [PROFILE_RAMP] = {4, ramp_death, false},
    [PROFILE_PEAK] = {10, peak_death, true},
};

/* ------------------------------------------------------------ structures -- */

OP_BODY block_t *
block_make(turn_t *turn, unsigned mode, uint32_t size, block_t *next)
{
	block_t *b = op_malloc(turn->t, size, mode);
	*b = (block_t){next, size, (uint32_t)touch_tag(b, size)};
	if (size > sizeof(*b))
		touch_block(b + 1, size - sizeof(*b));
	turn->bytes += size;
	turn->calls++;
	turn->blocks++;
	turn->sum = turn->sum * 3 + size;
	return b;
}

/* Before anything in a block but its size is relied upon. */
static bool
block_intact(thread_t *t, const block_t *b)
{
	uint32_t size = b->size;
	if (b->tag == (uint32_t)touch_tag(b, size) &&
	    touch_block_intact(b + 1, size - sizeof(*b)))
		return true;
	run_damage(t, b, size);
	return false;
}

/* Frees a chain; up to the first damaged block, when that is looked for. */
OP_BODY void
chain_free(thread_t *t, unsigned mode, block_t *b)
{
	int64_t bytes = 0;
	uint64_t calls = 0;
	while (b != NULL && (!(mode & RUN_CHECK) || block_intact(t, b))) {
		block_t *next = b->next;
		bytes += b->size;
		calls++;
		op_free(t, b, mode);
		b = next;
	}
	thread_count(t, -bytes, calls);
}

/* A vector that elements are appended to: doubles until all fit. */
OP_BODY block_t *
vector_make(turn_t *turn, unsigned mode, uint32_t size, block_t *next)
{
	uint32_t capacity = MIXER_VECTOR_LEAST;
	block_t *v = block_make(turn, mode, capacity, next);
	while (capacity < size) {
		block_t *grown = block_make(turn, mode, 2 * capacity, next);
		memcpy(grown + 1, v + 1, capacity - sizeof(*v));
		touch_block(grown + 1, 2 * capacity - sizeof(*v));
		if ((mode & RUN_CHECK) && !block_intact(turn->t, v))
			return grown;
		op_free(turn->t, v, mode);
		turn->bytes -= capacity;
		turn->calls++;
		capacity *= 2;
		v = grown;
	}
	return v;
}

OP_BODY block_t *
list_make(turn_t *turn, unsigned mode, uint64_t bits, block_t *next)
{
	uint32_t n =
	    MIXER_LIST_LEAST + prng_scale((uint32_t)bits, MIXER_LIST_MORE);
	uint32_t size =
	    16 * (1 + prng_scale((uint32_t)(bits >> 32), MIXER_NODE_STEPS));
	while (n-- != 0)
		next = block_make(turn, mode, size, next);
	return next;
}

/* Builds a structure in front of a chain; returns the longer chain. */
OP_BODY block_t *
structure_make(turn_t *turn, unsigned mode, uint32_t most, block_t *next)
{
	uint64_t kind = params_count(&turn->t->run->params, STRUCTURE);
	uint64_t bits = prng_next(&turn->rng);
	if (kind == STRUCTURES) {
		kind = bits >> 62; /* of four, the last is one more block */
		kind = kind < STRUCTURES ? kind : STRUCTURE_BLOCK;
		bits = prng_next(&turn->rng);
	}
	uint32_t size = turn->m->size[bits >> 54]; /* the upper 10 bits */
	switch (kind) {
	case STRUCTURE_VECTOR:
		size *= MIXER_VECTOR_TIMES;
		return vector_make(turn, mode, size < most ? size : most, next);
	case STRUCTURE_LIST:
		return list_make(turn, mode, bits, next);
	default:
		return block_make(turn, mode, size < most ? size : most, next);
	}
}

/* --------------------------------------------------------------- streams -- */

static void
turn_count(turn_t *turn)
{
	thread_count(turn->t, turn->bytes, turn->calls);
	peak_note(&turn->m->live_peak, turn->t->run->live);
	turn->bytes = 0;
	turn->calls = 0;
}

static void
inbox_put(inbox_t *inbox, block_t *chain)
{
	while (!ck_ring_enqueue_mpsc(&inbox->ring, inbox->buffer, chain))
		sched_yield();
}

/* Waits for a chain: spins for a little, then lets others run. */
static block_t *
inbox_take(inbox_t *inbox)
{
	void *chain;
	for (unsigned tries = 1;
	     !ck_ring_dequeue_mpsc(&inbox->ring, inbox->buffer, &chain);
	     tries++) {
		if (tries % 64 == 0)
			sched_yield();
		else
			ck_pr_stall();
	}
	return chain;
}

/* Everything due up to a grain dies: is handed over, or freed. */
OP_BODY void
stream_reap(turn_t *turn, unsigned mode, stream_t *s, uint64_t until)
{
	mixer_t *m = turn->m;
	if (s->hand > until)
		return;
	turn_count(turn);
	for (; s->hand <= until; s->hand++) {
		block_t **place = &s->wheel[s->hand % MIXER_WHEEL];
		if (*place == NULL)
			continue;
		if (m->consumers == 0)
			chain_free(turn->t, mode, *place);
		else
			inbox_put(
			    &m->inbox[turn->inbox++ % m->consumers], *place);
		*place = NULL;
	}
}

/* A structure that dies at a grain. Returns its bytes. */
OP_BODY uint64_t
stream_add(turn_t *turn, unsigned mode, stream_t *s, uint64_t death)
{
	block_t **place = &s->wheel[death % MIXER_WHEEL];
	int64_t before = turn->bytes;
	*place = structure_make(turn, mode, s->most, *place);
	if (death > s->last_hand)
		s->last_hand = death;
	return (uint64_t)(turn->bytes - before);
}

/* The next structure, and those that come with it in a spike. */
OP_BODY void
stream_step(turn_t *turn, unsigned mode, stream_t *s)
{
	uint64_t now = s->clock >> s->lg_grain;
	stream_reap(turn, mode, s, now);
	uint32_t random = (uint32_t)(prng_next(&turn->rng) >> 32);
	uint64_t bytes =
	    stream_add(turn, mode, s, s->law->death(s, now, random));
	s->clock += bytes;
	uint64_t spike = s->law->spikes ? peak_spike(s, now) : 0;
	if (spike == 0)
		return;
	s->owed += 4 * (int64_t)bytes;
	while (s->owed > 0)
		s->owed -= (int64_t)stream_add(turn, mode, s, spike);
}

/* The stream that is behind the others: so they keep pace, whatever sizes
 * they draw. */
static stream_t *
stream_behind(stream_t *stream, unsigned n)
{
	stream_t *least = stream;
	for (unsigned i = 1; i < n; i++)
		if (stream[i].clock < least->clock)
			least = &stream[i];
	return least;
}

/* Runs every stream of a producer up to a multiple of its live bytes; at
 * the end of everything (rounds 0) all that is alive dies. */
OP_BODY void
mixer_produce(thread_t *t, unsigned mode, mixer_t *m, uint64_t rounds)
{
	stream_t *stream = &m->stream[t->id * m->streams], *s;
	turn_t turn = {.t = t, .m = m, .rng = t->rng, .inbox = t->id};
	uint64_t end = rounds * stream->live << stream->lg_grain;
	while (s = stream_behind(stream, m->streams), s->clock < end)
		stream_step(&turn, mode, s);
	for (unsigned i = 0; rounds == 0 && i < m->streams; i++)
		stream_reap(&turn, mode, &stream[i], stream[i].last_hand);
	turn_count(&turn);
	for (unsigned i = 0; i < m->consumers; i++)
		inbox_put(&m->inbox[i], &mixer_last);
	t->rng = turn.rng;
	t->sum += turn.sum;
	t->ops = turn.blocks;
}

OP_BODY void
mixer_consume(thread_t *t, unsigned mode, mixer_t *m)
{
	inbox_t *inbox = &m->inbox[t->id - m->producers];
	unsigned left = m->producers;
	while (left != 0) {
		block_t *chain = inbox_take(inbox);
		if (chain == &mixer_last)
			left--;
		else
			chain_free(t, mode, chain);
	}
}

OP_BODY void
mixer_work(thread_t *t, unsigned mode, mixer_t *m, uint64_t rounds)
{
	if (t->id < m->producers)
		mixer_produce(t, mode, m, rounds);
	else
		mixer_consume(t, mode, m);
}

/* Until they have gone through a number of rounds in all; 0: drains. */
static void
mixer_turn(thread_t *t, uint64_t rounds)
{
	OP_DISPATCH(mixer_work, t, t->run->state, rounds);
}

/* ------------------------------------------------------------------ run -- */

static void
mixer_init_streams(mixer_t *m, const params_t *p)
{
	uint64_t profile = params_count(p, PROFILE);
	unsigned n = m->producers * m->streams;
	uint64_t live = params_count(p, LIVE) / n;
	unsigned lg_grain = 0;
	while (live >> lg_grain >= 2 * MIXER_GRAINS_LEAST)
		lg_grain++;
	uint64_t most = live / MIXER_SHARE;
	for (unsigned i = 0; i < n; i++) {
		stream_t *s = &m->stream[i];
		s->law =
		    &mixer_laws[profile == PROFILES ? i % PROFILES : profile];
		s->live = (uint32_t)(live >> lg_grain);
		s->lg_grain = lg_grain;
		s->most =
		    most < UINT32_MAX / 2 ? (uint32_t)most : UINT32_MAX / 2;
	}
	unsigned at = 0;
	for (unsigned i = 0; i < sizeof(mixer_sizes) / sizeof(*mixer_sizes);
	     i++)
		for (uint32_t w = 0; w < mixer_sizes[i].weight; w++)
			m->size[at++] = mixer_sizes[i].size;
}

static bool
mixer_prepare(run_t *run)
{
	params_t *p = &run->params;
	mixer_t *m = run_map(run, 1, sizeof(*m));
	run->state = m;
	if (m == NULL)
		return false;
	m->streams = (unsigned)params_count(p, STREAMS);
	m->consumers = run->nthreads / 2;
	m->producers = run->nthreads - m->consumers;
	unsigned n = m->producers * m->streams;
	/* As much again may be on its way to the consumers. */
	if (!run_scale(run, LIVE, 2 * params_count(p, LIVE),
		(uint64_t)n * MIXER_LIVE_LEAST))
		return false;
	m->stream = run_map(run, n, sizeof(*m->stream));
	m->inbox = run_map(run, run->nthreads, sizeof(*m->inbox));
	if (m->stream == NULL || m->inbox == NULL)
		return false;
	for (unsigned i = 0; i < m->consumers; i++) {
		ck_ring_init(&m->inbox[i].ring, MIXER_INBOX);
		m->inbox[i].buffer =
		    run_map(run, MIXER_INBOX, sizeof(*m->inbox[i].buffer));
		if (m->inbox[i].buffer == NULL)
			return false;
	}
	mixer_init_streams(m, p);
	run_extra(run, "producers", m->producers);
	run_extra(run, "consumers", m->consumers);
	return true;
}

static void
mixer_release(run_t *run)
{
	mixer_t *m = run->state;
	if (m == NULL)
		return;
	for (unsigned i = 0; m->inbox != NULL && i < m->consumers; i++)
		mem_unmap(m->inbox[i].buffer, MIXER_INBOX,
		    sizeof(*m->inbox[i].buffer));
	mem_unmap(m->inbox, run->nthreads, sizeof(*m->inbox));
	mem_unmap(
	    m->stream, (size_t)m->producers * m->streams, sizeof(*m->stream));
	mem_unmap(m, 1, sizeof(*m));
}

static void
mixer_body(thread_t *t)
{
	run_t *run = t->run;
	mixer_t *m = run->state;
	run_phase(t, EBB_PHASE_WARMUP, 0);
	mixer_turn(t, 1);
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	mixer_turn(t, 1 + params_count(&run->params, ROUNDS));
	run_window_end(t);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	uint64_t ops = t->ops;
	mixer_turn(t, 0);
	t->ops = ops;
	if (t->id == 0) {
		run->live_peak = m->live_peak;
		uint64_t bytes = 0;
		for (unsigned i = 0; i < m->producers * m->streams; i++)
			bytes += m->stream[i].clock;
		run_extra(run, "clock_bytes", (double)bytes);
	}
}

const workload_t workload_mixer = {
    .name = "mixer",
    .summary = "blocks, vectors and lists that live for a number of bytes "
	       "allocated, on plateaus, ramps and peaks",
    .shows = "What happens when much dies at once: ratio purges where a ramp "
	     "or a spike ends, decay while the next one grows.",
    .op = "block: malloc, hand over, free",
    .arms = "decay ratio decay-notcache fill-full",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = mixer_params,
    .cases = mixer_cases,
    .smoke = "--live=8M --rounds=10",
    .defaults = "--live=32M --rounds=20",
    .prepare = mixer_prepare,
    .body = mixer_body,
    .release = mixer_release,
};
