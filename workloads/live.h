/*
 * The live page: what a running workload shows to whoever started it.
 *
 * One struct in a shared mapping. The workload stamps the beginning of each
 * phase and keeps one padded counter of live requested bytes a thread; the
 * sampler reads both at any time, without a lock and without the workload
 * noticing. Only this header is needed to read the page: it depends on
 * nothing but libc, and the names of the phases are in it.
 *
 * Writer's rule: an entry of phases[] is written completely, then nphases is
 * stored with release; a reader loads nphases with acquire first. When
 * phases[] is full, later phases are not stamped (nphases stays at
 * EBB_LIVE_PHASES).
 */
#ifndef EBB_WORKLOADS_LIVE_H
#define EBB_WORKLOADS_LIVE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define EBB_LIVE_MAGIC 0x4c564245u /* "EBVL" */
#define EBB_LIVE_VERSION 1u
#define EBB_LIVE_THREADS 64
#define EBB_LIVE_PHASES 256

/* Phases of a workload: X(enumerator's end, name). */
#define EBB_LIVE_PHASE_TABLE(X) \
	X(SETUP, "setup")       \
	X(WARMUP, "warmup")     \
	X(WORK, "work")         \
	X(FREE, "free")         \
	X(HOLD, "hold")         \
	X(REFILL, "refill")     \
	X(DRAIN, "drain")       \
	X(IDLE, "idle")         \
	X(CHECK, "check")

enum ebb_live_kind {
#define X(end, name) EBB_PHASE_##end,
	EBB_LIVE_PHASE_TABLE(X)
#undef X
	    EBB_PHASE_KINDS
};

/*
 * One a thread, on a cache line of its own, stored relaxed by its owner only.
 * A thread that frees what another allocated has a "negative" live_bytes,
 * wrapped around: the sum over all slots (modulo 2^64) is what is live.
 */
struct ebb_live_slot {
	_Atomic uint64_t live_bytes; /* requested bytes now live */
	_Atomic uint64_t calls;      /* allocator calls made so far */
	char pad[48];
};

/* When a phase began. */
struct ebb_live_phase {
	uint64_t t_ns;  /* CLOCK_MONOTONIC */
	uint32_t kind;  /* enum ebb_live_kind */
	uint32_t cycle; /* of the workload's repetition, from 0 */
};

struct ebb_live {
	uint32_t magic, version;
	/* CLOCK_MONOTONIC; 0 until the work window begins, or ends. */
	_Atomic uint64_t work_begin_ns, work_end_ns;
	_Atomic uint32_t nphases;
	uint32_t nthreads; /* slots in use; set before work_begin_ns */
	struct ebb_live_phase phases[EBB_LIVE_PHASES];
	struct ebb_live_slot slots[EBB_LIVE_THREADS];
};

_Static_assert(sizeof(struct ebb_live_slot) == 64, "one cache line a slot");

/* The name of a phase kind, or "?" for a number that is none. */
static inline const char *
ebb_live_kind_name(uint32_t kind)
{
	static const char *const names[] = {
#define X(end, name) name,
	    EBB_LIVE_PHASE_TABLE(X)
#undef X
	};
	return kind < EBB_PHASE_KINDS ? names[kind] : "?";
}

/* Requested bytes live now: the sum of all slots, modulo 2^64. */
static inline uint64_t
ebb_live_bytes(const struct ebb_live *live)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < EBB_LIVE_THREADS; i++)
		sum += atomic_load_explicit(
		    &live->slots[i].live_bytes, memory_order_relaxed);
	return sum;
}

/* Allocator calls made so far: the sum of all slots. */
static inline uint64_t
ebb_live_calls(const struct ebb_live *live)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < EBB_LIVE_THREADS; i++)
		sum += atomic_load_explicit(
		    &live->slots[i].calls, memory_order_relaxed);
	return sum;
}

/* CLOCK_MONOTONIC in nanoseconds: the clock of every stamp on the page. */
static inline uint64_t
ebb_live_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ------------------------------------------------- the workload's side -- */

/*
 * Maps the live page: the inherited descriptor named by the environment's
 * EBB_LIVE_FD (a file of at least sizeof(struct ebb_live), shared), else an
 * anonymous mapping. Writes magic and version. The mapping lives until exit.
 * Returns the page, or NULL with a reason in err.
 */
struct ebb_live *live_map(char *err, size_t err_size);

/* Stamps the beginning of a phase, now. */
void live_phase(struct ebb_live *live, enum ebb_live_kind kind, uint32_t cycle);

/* Adds bytes (negative when freed) and calls to the caller's own slot. */
static inline void
live_add(struct ebb_live_slot *slot, int64_t bytes, uint64_t calls)
{
	uint64_t b =
	    atomic_load_explicit(&slot->live_bytes, memory_order_relaxed);
	uint64_t c = atomic_load_explicit(&slot->calls, memory_order_relaxed);
	atomic_store_explicit(
	    &slot->live_bytes, b + (uint64_t)bytes, memory_order_relaxed);
	atomic_store_explicit(&slot->calls, c + calls, memory_order_relaxed);
}

#endif
