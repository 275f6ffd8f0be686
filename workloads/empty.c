/*
 * Empty: threads and a window, and nothing in it.
 *
 * What a process asks of the kernel before and after any work: loading,
 * threads, the driver's own bookkeeping. The census takes it away from what
 * it counts of another workload under the same arm.
 */
#include "registry.h"
#include "run.h"

static const param_t empty_params[] = {{NULL}};

static const workload_case_t empty_cases[] = {
    {"threads", "", .more = true},
    {NULL},
};

static bool
empty_prepare(run_t *run)
{
	(void)run;
	return true;
}

static void
empty_release(run_t *run)
{
	(void)run;
}

static void
empty_body(thread_t *t)
{
	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	run_window_end(t);
}

const workload_t workload_empty = {
    .name = "empty",
    .summary = "makes its threads, and nothing else",
    .shows = "What a process costs before it does anything: the part that "
	     "the census takes away.",
    .op = "none",
    .arms = "decay",
    .threads = WORKLOAD_THREADS_ANY,
    .params = empty_params,
    .cases = empty_cases,
    .smoke = "",
    .defaults = "",
    .prepare = empty_prepare,
    .body = empty_body,
    .release = empty_release,
};
