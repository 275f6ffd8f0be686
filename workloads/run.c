#include "run.h"

#include "mem.h"
#include "pool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void
run_error(run_t *run, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(run->error, sizeof(run->error), format, args);
	va_end(args);
}

void *
run_map(run_t *run, size_t count, size_t size)
{
	void *memory = mem_map(count, size);
	if (memory == NULL)
		run_error(run, "%s: cannot map %zu x %zu bytes: %s",
		    run->workload->name, count, size, strerror(errno));
	return memory;
}

bool
run_scale(run_t *run, unsigned key, uint64_t bytes, uint64_t least)
{
	uint64_t limit = params_count(&run->params, PARAM_MEM_LIMIT);
	uint64_t have = params_count(&run->params, key);
	if (limit != 0 && bytes > limit) {
		have =
		    (uint64_t)((double)have * ((double)limit / (double)bytes));
		params_set(&run->params, key, have);
	}
	if (have >= least)
		return true;
	const char *name = params_row(&run->params, key)->key;
	run_error(run,
	    "%s: --%s=%llu (after --mem-limit) is less than %llu: "
	    "raise --%s or --mem-limit",
	    run->workload->name, name, (unsigned long long)have,
	    (unsigned long long)least, name);
	return false;
}

void
run_extra(run_t *run, const char *name, double value)
{
	if (run->nextra < RUN_EXTRAS)
		run->extra[run->nextra++] = (run_extra_t){name, value};
}

void
run_columns(run_t *run, const char *const *names)
{
	run->cycles.ncolumns = 0;
	while (names[run->cycles.ncolumns] != NULL &&
	       run->cycles.ncolumns < RUN_COLUMNS) {
		run->cycles.column[run->cycles.ncolumns] =
		    names[run->cycles.ncolumns];
		run->cycles.ncolumns++;
	}
}

void
run_row(run_t *run, const uint64_t *values)
{
	if (run->cycles.nrows == RUN_ROWS)
		return;
	memcpy(run->cycles.row[run->cycles.nrows++], values,
	    run->cycles.ncolumns * sizeof(*values));
}

bool
run_barrier(thread_t *t)
{
	return t->run->nthreads == 1 ||
	       pthread_barrier_wait(&t->run->barrier) ==
		   PTHREAD_BARRIER_SERIAL_THREAD;
}

void
run_phase(thread_t *t, enum ebb_live_kind kind, uint32_t cycle)
{
	if (t->id == 0)
		live_phase(t->run->live, kind, cycle);
}

/* Allocator calls of all threads so far; they wait at a barrier. */
static uint64_t
run_calls(const run_t *run)
{
	uint64_t calls = 0;
	for (unsigned i = 0; i < run->nthreads; i++)
		calls += atomic_load_explicit(
		    &run->live->slots[i].calls, memory_order_relaxed);
	return calls;
}

void
run_window_begin(thread_t *t)
{
	run_t *run = t->run;
	if (run_barrier(t)) {
		run->calls = run_calls(run);
		getrusage(RUSAGE_SELF, &run->usage_begin);
		run->begin_ns = ebb_live_clock();
		atomic_store(&run->live->work_begin_ns, run->begin_ns);
	}
	run_barrier(t);
}

void
run_window_end(thread_t *t)
{
	run_t *run = t->run;
	if (run_barrier(t)) {
		run->end_ns = ebb_live_clock();
		atomic_store(&run->live->work_end_ns, run->end_ns);
		getrusage(RUSAGE_SELF, &run->usage_end);
		run->calls = run_calls(run) - run->calls;
	}
	run_barrier(t);
}

/* Sets the status once; true for the caller whose reason it is. */
static bool
run_set_status(run_t *run, int status)
{
	int none = RUN_OK;
	return atomic_compare_exchange_strong(&run->status, &none, status);
}

void
run_fail(thread_t *t, const char *what, int error)
{
	if (run_set_status(t->run, RUN_FAILED))
		run_error(t->run, "%s: %s: %s", t->run->workload->name, what,
		    strerror(error));
}

void
run_damage(thread_t *t, const void *block, size_t size)
{
	if (run_set_status(t->run, RUN_DAMAGED))
		run_error(t->run,
		    "%s: the block of %zu bytes at %p was not what had been "
		    "written to it",
		    t->run->workload->name, size, block);
}

/* ---------------------------------------------------------------- open -- */

static bool
run_threads_fit(run_t *run)
{
	unsigned n = run->nthreads;
	switch (run->workload->threads) {
	case WORKLOAD_THREADS_ONE:
		if (n == 1)
			return true;
		run_error(run, "%s: --threads=%u: it works with 1 thread only",
		    run->workload->name, n);
		return false;
	case WORKLOAD_THREADS_EVEN:
		if (n % 2 == 0)
			return true;
		run_error(run, "%s: --threads=%u: want an even number",
		    run->workload->name, n);
		return false;
	default:
		return true;
	}
}

static bool
run_map_threads(run_t *run)
{
	bool latency = (run->mode & RUN_LATENCY) != 0;
	run->thread = run_map(run, run->nthreads, sizeof(*run->thread));
	run->cycles.row = run_map(run, RUN_ROWS, sizeof(*run->cycles.row));
	if (latency)
		run->hist = run_map(run, run->nthreads + 1, sizeof(*run->hist));
	if (run->thread == NULL || run->cycles.row == NULL ||
	    (latency && run->hist == NULL))
		return false;
	for (unsigned i = 0; i < run->nthreads; i++) {
		thread_t *t = &run->thread[i];
		t->run = run;
		t->id = i;
		prng_seed(&t->rng, run->seed, i);
		t->slot = &run->live->slots[i];
		t->countdown = 1 + prng_below(&t->rng, 64);
		if (latency) {
			t->hist = &run->hist[1 + i];
			hist_init(t->hist);
		}
	}
	if (latency)
		hist_init(run->hist);
	run->live->nthreads = run->nthreads;
	return true;
}

/* What two readings of the clock cost: the median of a thousand. */
static uint64_t
run_clock_cost(void)
{
	static hist_t seen;
	hist_init(&seen);
	for (int i = 0; i < 1001; i++) {
		uint64_t begin = ebb_live_clock();
		uint64_t end = ebb_live_clock();
		hist_record(&seen, end - begin);
	}
	return hist_quantile(&seen, 0.5);
}

int
run_open(
    run_t *run, const workload_t *workload, unsigned argc, char *const *argv)
{
	memset(run, 0, sizeof(*run));
	run->workload = workload;
	params_t *params = &run->params;
	if (!params_init(params, workload->name, workload->params, run->error,
		sizeof(run->error)))
		return RUN_USAGE;
	for (unsigned i = 0; i < argc; i++) {
		if (!params_parse(
			params, argv[i], run->error, sizeof(run->error)))
			return RUN_USAGE;
	}
	run->nthreads = (unsigned)params_count(params, PARAM_THREADS);
	run->seed = params_count(params, PARAM_SEED);
	run->mode =
	    (params_count(params, PARAM_CHECK) ? RUN_CHECK : 0) |
	    (params_count(params, PARAM_LATENCY) || workload->timed != NULL
		    ? RUN_LATENCY
		    : 0);
	/* The calls that would be timed are those that are asked about. */
	run->usable = params_count(params, PARAM_USABLE) && workload->latency &&
		      !(run->mode & RUN_LATENCY);
	if (run->usable)
		run->mode |= RUN_LATENCY;
	if ((run->mode & RUN_LATENCY) && !workload->latency) {
		run_error(run, "%s: --latency=1: its calls are not timed",
		    workload->name);
		return RUN_USAGE;
	}
	if (!run_threads_fit(run))
		return RUN_USAGE;
	run->live = live_map(run->error, sizeof(run->error));
	if (run->live == NULL || !run_map_threads(run))
		return RUN_FAILED;
	run->clock_ns = run_clock_cost();
	pthread_barrier_init(&run->barrier, NULL, run->nthreads);
	run->opened = true;
	live_phase(run->live, EBB_PHASE_SETUP, 0);
	return workload->prepare(run) ? RUN_OK : RUN_USAGE;
}

static void
run_thread(void *argument, unsigned id)
{
	run_t *run = argument;
	run->workload->body(&run->thread[id]);
}

static void
run_sum_usable(run_t *run)
{
	uint64_t sampled = 0, requested = 0, usable = 0;
	for (unsigned i = 0; i < run->nthreads; i++) {
		sampled += run->thread[i].sampled;
		requested += run->thread[i].requested;
		usable += run->thread[i].usable;
	}
	run_extra(run, "usable_sampled", (double)sampled);
	run_extra(run, "usable_requested_bytes", (double)requested);
	run_extra(run, "usable_bytes", (double)usable);
}

static void
run_sum(run_t *run)
{
	run->checksum = prng_mix(params_hash(&run->params) ^ run->seed);
	int64_t peak = 0;
	for (unsigned i = 0; i < run->nthreads; i++) {
		thread_t *t = &run->thread[i];
		run->ops += t->ops;
		peak += t->peak;
		run->checksum =
		    prng_mix(run->checksum + prng_mix(t->sum + i + t->ops));
		if (run->hist != NULL)
			hist_merge(run->hist, t->hist);
	}
	if (run->live_peak == 0)
		run->live_peak = (uint64_t)peak;
	if (run->work_ns == 0)
		run->work_ns = run->end_ns - run->begin_ns;
	if (run->usable)
		run_sum_usable(run);
	run_extra(run, "calls", (double)run->calls);
	run_extra(run, "bookkeeping_bytes", (double)mem_mapped());
}

int
run_execute(run_t *run)
{
	if (run->workload->setup != NULL)
		run->workload->setup(run);
	int error = pool_run(run->nthreads, run_thread, run);
	if (error != 0) {
		run_error(run, "%s: cannot create %u threads: %s",
		    run->workload->name, run->nthreads, strerror(error));
		return RUN_FAILED;
	}
	run_sum(run);
	return run->status;
}

void
run_close(run_t *run)
{
	if (run->opened) {
		run->workload->release(run);
		pthread_barrier_destroy(&run->barrier);
	}
	mem_unmap(run->thread, run->nthreads, sizeof(*run->thread));
	mem_unmap(run->cycles.row, RUN_ROWS, sizeof(*run->cycles.row));
	mem_unmap(run->hist, run->nthreads + 1, sizeof(*run->hist));
	if (run->live != NULL)
		munmap(run->live, sizeof(*run->live));
	run->thread = NULL;
	run->live = NULL;
	run->opened = false;
}

/* True when every "--key=value" of a case holds. */
static bool
run_case_holds(const params_t *params, const char *args)
{
	char word[PARAM_TEXT_MAX];
	while (*args != '\0') {
		size_t length = strcspn(args, " ");
		if (length >= sizeof(word))
			return false;
		memcpy(word, args, length);
		word[length] = '\0';
		if (length > 0 && !params_holds(params, word))
			return false;
		args += length + (args[length] == ' ');
	}
	return true;
}

const char *
run_case(const run_t *run)
{
	for (const workload_case_t *c = run->workload->cases; c->name != NULL;
	     c++) {
		if (run_case_holds(&run->params, c->args))
			return c->name;
	}
	return "";
}
