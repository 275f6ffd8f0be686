/*
 * W2, step-down: a heap that gives up a part of itself, once.
 *
 * Shows the curve by which memory returns: decay follows its curve as long as
 * the allocator is called (--ticks=arena), and keeps everything when it is
 * not; ratio returns at once down to its threshold, and then never again.
 * The window is the freeing and the watching; the series of RSS and dirty
 * pages over it is the sampler's.
 */
#include "blocks.h"
#include "mem.h"
#include "registry.h"
#include "run.h"
#include "tick.h"

enum stepdown_key {
	BASE = PARAM_OWN,
	AMOUNT,
	BLOCK,
	HOLD,
	WATCH,
	PLACEMENT,
	TICKS,
	TICK_PAIRS
};

static const param_t stepdown_params[] = {
    {"base", PARAM_BYTES, "256M", 4096, 0, NULL, "bytes that stay live"},
    {"amount", PARAM_BYTES, "128M", 4096, 0, NULL, "bytes that are freed"},
    {"block", PARAM_BYTES, "65536", 16, 1 << 30, NULL, "bytes a block"},
    {"hold-ms", PARAM_COUNT, "2000", 0, 3600000, NULL,
	"with ticks, before the step"},
    {"watch-ms", PARAM_COUNT, "1500", 1, 3600000, NULL,
	"with ticks, after the step"},
    {"placement", PARAM_WORD, "interleaved", 0, 0, BLOCKS_WORDS,
	"of what is freed among what stays"},
    {"ticks", PARAM_WORD, "arena", 0, 0, TICK_WORDS,
	"calls while waiting: arena 40 KiB, tcache 64 bytes, none"},
    {"tick-pairs", PARAM_COUNT, "256", 1, 1 << 20, NULL,
	"malloc/free pairs of ticks each millisecond"},
    {NULL},
};

static const workload_case_t stepdown_cases[] = {
    {"arena", "--ticks=arena"},
    {"idle", "--ticks=none", .more = true},
    {"tcache", "--ticks=tcache", .more = true},
    {NULL},
};

static bool
stepdown_prepare(run_t *run)
{
	params_t *p = &run->params;
	uint64_t block = params_count(p, BLOCK);
	uint64_t amount = params_count(p, AMOUNT);
	uint64_t all = params_count(p, BASE) + amount;
	uint64_t least = block * run->nthreads;
	if (!run_scale(run, BASE, all, least) ||
	    !run_scale(run, AMOUNT, all, least))
		return false;
	uint64_t nbase = params_count(p, BASE) / block;
	uint64_t ntransient = params_count(p, AMOUNT) / block;
	params_set(p, BASE, nbase * block);
	params_set(p, AMOUNT, ntransient * block);
	blocks_t *blocks = run_map(run, run->nthreads, sizeof(*blocks));
	run->state = blocks;
	void **pointers = run_map(run, nbase + ntransient, sizeof(*pointers));
	if (blocks == NULL || pointers == NULL)
		return false;
	blocks_share(blocks, run->nthreads, block, nbase, ntransient, pointers);
	run_extra(run, "freed_blocks", (double)ntransient);
	return true;
}

static void
stepdown_release(run_t *run)
{
	blocks_t *blocks = run->state;
	if (blocks == NULL)
		return;
	size_t block = params_count(&run->params, BLOCK);
	size_t n = (params_count(&run->params, BASE) +
		       params_count(&run->params, AMOUNT)) /
		   block;
	mem_unmap(blocks[0].base, n, sizeof(void *));
	mem_unmap(blocks, run->nthreads, sizeof(*blocks));
}

/* Holds for some milliseconds, stamped by whether anything is called. */
static void
stepdown_wait(thread_t *t, tick_t *tick, uint64_t ms, uint32_t cycle)
{
	run_phase(t, tick->size != 0 ? EBB_PHASE_HOLD : EBB_PHASE_IDLE, cycle);
	tick_hold(tick, t, ebb_live_clock() + ms * 1000000u);
}

static void
stepdown_body(thread_t *t)
{
	run_t *run = t->run;
	const params_t *p = &run->params;
	blocks_t *b = (blocks_t *)run->state + t->id;
	tick_t tick;

	blocks_build(b, t, (blocks_placement_t)params_count(p, PLACEMENT));
	tick_init(&tick, t, (tick_kind_t)params_count(p, TICKS),
	    params_count(p, TICK_PAIRS));
	stepdown_wait(t, &tick, params_count(p, HOLD), 0);

	run_window_begin(t);
	run_phase(t, EBB_PHASE_FREE, 0);
	uint64_t begin = ebb_live_clock();
	blocks_free_transients(b, t);
	run_barrier(t);
	uint64_t end = ebb_live_clock();
	stepdown_wait(t, &tick, params_count(p, WATCH), 1);
	run_window_end(t);

	t->ops = b->ntransient;
	if (t->id == 0) {
		run->work_ns = end - begin;
		run_extra(run, "tick_calls", (double)tick.calls);
	}
	run_phase(t, EBB_PHASE_DRAIN, 0);
	tick_release(&tick, t);
	blocks_drain(b, t);
}

const workload_t workload_step_down = {
    .name = "step-down",
    .summary = "a heap that frees a part of itself once, then is watched",
    .shows = "The curve by which freed memory returns to the kernel, and "
	     "what stays when nothing is called any more.",
    .op = "free call",
    .arms = "decay ratio",
    .threads = WORKLOAD_THREADS_ANY,
    .latency = true,
    .params = stepdown_params,
    .cases = stepdown_cases,
    .smoke = "--base=16M --amount=16M --hold-ms=20 --watch-ms=150",
    .defaults = "--base=128M --amount=128M --hold-ms=300 --watch-ms=1500",
    .prepare = stepdown_prepare,
    .body = stepdown_body,
    .release = stepdown_release,
};
