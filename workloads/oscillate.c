/*
 * W1, oscillate: a heap whose size swings by a fraction f with period T.
 *
 * The key test of a purge policy. Base blocks stay; the transient ones are
 * freed, held free, allocated and touched again, held. Purging by ratio acts
 * at once when the dirty share passes 1/2^m of the active pages and never
 * below it; purging by decay acts by how long the trough lasts against the
 * decay time. What a policy gave back shows as faults of the refill.
 */
#include "blocks.h"
#include "mem.h"
#include "registry.h"
#include "run.h"
#include "tick.h"

#include <math.h>

enum oscillate_key {
	BASE = PARAM_OWN,
	FRACTION,
	PERIOD,
	DUTY,
	BLOCK,
	PLACEMENT,
	CYCLES,
	DISCARD,
	TICKS,
	TICK_PAIRS
};

static const param_t oscillate_params[] = {
    {"base", PARAM_BYTES, "512M", 4096, 0, NULL, "bytes that stay live"},
    {"f", PARAM_REAL, "0.3", 0.001, 0.95, NULL,
	"share of all blocks that swings: A = base * f / (1 - f)"},
    {"period-ms", PARAM_COUNT, "2000", 2, 3600000, NULL, "length of a cycle"},
    {"duty", PARAM_REAL, "0.5", 0, 1, NULL,
	"share of the period in which the transients are live"},
    {"block", PARAM_BYTES, "65536", 16, 1 << 30, NULL, "bytes a block"},
    {"placement", PARAM_WORD, "interleaved", 0, 0, BLOCKS_WORDS,
	"of the transients among the base blocks"},
    {"cycles", PARAM_COUNT, "6", 1, RUN_ROWS, NULL,
	"in all, the discarded ones included"},
    {"discard", PARAM_COUNT, "2", 0, RUN_ROWS, NULL,
	"first cycles that are not measured"},
    {"ticks", PARAM_WORD, "tcache", 0, 0, TICK_WORDS,
	"calls during the holds: arena 40 KiB, tcache 64 bytes, none"},
    {"tick-pairs", PARAM_COUNT, "256", 1, 1 << 20, NULL,
	"malloc/free pairs of ticks each millisecond"},
    {NULL},
};

static const workload_case_t oscillate_cases[] = {
    {"interleaved", "--placement=interleaved"},
    {"segregated", "--placement=segregated"},
    {NULL},
};

/* What thread 0 notes of the cycle that runs. */
typedef struct oscillate_cycle_s oscillate_cycle_t;
struct oscillate_cycle_s {
	uint64_t begin_ns, free_ns, refill_ns;
	long minflt;
};

static bool
oscillate_prepare(run_t *run)
{
	params_t *p = &run->params;
	double f = params_real(p, FRACTION);
	uint64_t block = params_count(p, BLOCK);
	if (params_count(p, DISCARD) >= params_count(p, CYCLES)) {
		run_error(run,
		    "oscillate: --discard=%llu leaves none of --cycles=%llu",
		    (unsigned long long)params_count(p, DISCARD),
		    (unsigned long long)params_count(p, CYCLES));
		return false;
	}
	double all = (double)params_count(p, BASE) / (1 - f);
	if (!run_scale(run, BASE, (uint64_t)all, block * run->nthreads))
		return false;
	uint64_t nbase = params_count(p, BASE) / block;
	uint64_t ntransient = (uint64_t)llround((double)nbase * f / (1 - f));
	if (ntransient < run->nthreads) {
		run_error(run,
		    "oscillate: --f=%g of %llu blocks is less than one block "
		    "a thread: raise --base, --f or --mem-limit",
		    f, (unsigned long long)nbase);
		return false;
	}
	params_set(p, BASE, nbase * block);
	blocks_t *blocks = run_map(run, run->nthreads, sizeof(*blocks));
	run->state = blocks;
	void **pointers = run_map(run, nbase + ntransient, sizeof(*pointers));
	if (blocks == NULL || pointers == NULL)
		return false;
	blocks_share(blocks, run->nthreads, block, nbase, ntransient, pointers);
	run_columns(run, (const char *const[]){"cycle", "work_ns", "free_ns",
			     "refill_ns", "wall_ns", "minflt", NULL});
	run_extra(run, "base_blocks", (double)nbase);
	run_extra(run, "transient_blocks", (double)ntransient);
	run_extra(run, "transient_pages_4k",
	    (double)ntransient * ceil((double)block / 4096));
	return true;
}

static void
oscillate_release(run_t *run)
{
	blocks_t *blocks = run->state;
	if (blocks == NULL)
		return;
	size_t n = 0;
	for (unsigned i = 0; i < run->nthreads; i++)
		n += blocks[i].nbase + blocks[i].ntransient;
	mem_unmap(blocks[0].base, n, sizeof(void *));
	mem_unmap(blocks, run->nthreads, sizeof(*blocks));
}

static long
minor_faults(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* Begins a phase for all threads at once; returns when it began. */
static uint64_t
oscillate_phase(thread_t *t, enum ebb_live_kind kind, uint32_t cycle)
{
	run_barrier(t);
	run_phase(t, kind, cycle);
	return ebb_live_clock();
}

/* One cycle: free, hold, refill, hold. */
static void
oscillate_cycle(thread_t *t, blocks_t *b, tick_t *tick, uint32_t cycle,
    oscillate_cycle_t *seen)
{
	const params_t *p = &t->run->params;
	uint64_t period = params_count(p, PERIOD) * 1000000u;
	uint64_t high = (uint64_t)((double)period * params_real(p, DUTY));

	seen->begin_ns = oscillate_phase(t, EBB_PHASE_FREE, cycle);
	blocks_free_transients(b, t);
	uint64_t now = oscillate_phase(t, EBB_PHASE_HOLD, cycle);
	seen->free_ns = now - seen->begin_ns;
	tick_hold(tick, t, now + period - high);

	uint64_t refill = oscillate_phase(t, EBB_PHASE_REFILL, cycle);
	blocks_refill(b, t);
	now = oscillate_phase(t, EBB_PHASE_HOLD, cycle);
	seen->refill_ns = now - refill;
	tick_hold(tick, t, now + high);
}

/* Thread 0 adds a measured cycle to the record. */
static void
oscillate_note(thread_t *t, uint32_t cycle, const oscillate_cycle_t *seen)
{
	if (t->id != 0)
		return;
	uint64_t work = seen->free_ns + seen->refill_ns;
	t->run->work_ns += work;
	run_row(t->run, (uint64_t[]){cycle, work, seen->free_ns,
			    seen->refill_ns, ebb_live_clock() - seen->begin_ns,
			    (uint64_t)(minor_faults() - seen->minflt)});
}

static void
oscillate_body(thread_t *t)
{
	run_t *run = t->run;
	const params_t *p = &run->params;
	blocks_t *b = (blocks_t *)run->state + t->id;
	uint32_t cycles = (uint32_t)params_count(p, CYCLES);
	uint32_t discard = (uint32_t)params_count(p, DISCARD);
	oscillate_cycle_t seen;
	tick_t tick;

	blocks_build(b, t, (blocks_placement_t)params_count(p, PLACEMENT));
	tick_init(&tick, t, (tick_kind_t)params_count(p, TICKS),
	    params_count(p, TICK_PAIRS));
	run_phase(t, EBB_PHASE_WARMUP, 0);
	for (uint32_t cycle = 0; cycle < cycles; cycle++) {
		if (cycle == discard)
			run_window_begin(t);
		seen.minflt = minor_faults();
		oscillate_cycle(t, b, &tick, cycle, &seen);
		if (cycle >= discard)
			oscillate_note(t, cycle, &seen);
	}
	run_window_end(t);
	t->ops = 2 * b->ntransient * (cycles - discard);
	run_phase(t, EBB_PHASE_DRAIN, 0);
	if (t->id == 0)
		run_extra(run, "tick_calls", (double)tick.calls);
	tick_release(&tick, t);
	blocks_free_transients(b, t);
	blocks_drain(b, t);
}

const workload_t workload_oscillate = {
    .name = "oscillate",
    .summary = "a heap that swings by a fraction, with holds between",
    .shows = "When and how much a purge policy gives back: ratio by the "
	     "size of the swing, decay by its length.",
    .op = "malloc or free call",
    .arms = "decay ratio",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = oscillate_params,
    .cases = oscillate_cases,
    .smoke = "--base=16M --f=0.2 --period-ms=60 --cycles=3 --discard=1 "
	     "--ticks=arena",
    .defaults = "--base=128M --f=0.2 --period-ms=600 --cycles=3 "
		"--discard=1 --ticks=arena",
    .prepare = oscillate_prepare,
    .body = oscillate_body,
    .release = oscillate_release,
};
