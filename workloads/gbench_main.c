/*
 * The driver build/workload-gbench: the registry under Google Benchmark.
 *
 * One benchmark for each case and number of threads, and the sweep over
 * widths of burst-width. An iteration is one op where the workload is a loop
 * of equal ops (micro, burst-width), else the whole work. Iterations are
 * fixed, so that every allocator does the same work; threads are the
 * workload's own pool and the time is what the workload measured (manual
 * time). The CPU column is of the process and includes setting up.
 *
 * Google Benchmark allocates from the allocator under test: everything is
 * registered before the first run, and within a window it is not called.
 */
#include "gbench/gbench.h"
#include "registry.h"
#include "run.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#define JOBS_MAX 512
#define JOB_ARGS 16
#define JOB_TEXT 384

/* A registered benchmark: a workload and its arguments. */
typedef struct job_s job_t;
struct job_s {
	const workload_t *workload;
	unsigned argc;
	char *argv[JOB_ARGS];
	char text[JOB_TEXT]; /* of argv, one string after the other */
};

/* All of the driver's state; in .bss, not on the heap under test. */
static struct {
	job_t job[JOBS_MAX];
	unsigned n;
	run_t run;
} driver;

/* Work for a benchmark of the micro kind: pairs a thread. */
#define MICRO_OPS "--ops=4000000"
#define SWEEP_OPS "--ops=1000000"

/*
 * Widths of bursts: an eighth of an octave apart, up to four times the 128
 * slots that a thread cache has for 64 bytes, and 128 - 1 and + 1.
 */
static const unsigned sweep_k[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    14, 15, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 60, 64,
    72, 80, 88, 96, 104, 112, 120, 127, 128, 129, 144, 160, 176, 192, 208, 224,
    240, 256, 288, 320, 352, 384, 416, 448, 480, 512};

/* Appends the words of args to a job. False when they do not fit. */
static bool
job_add(job_t *job, const char *args)
{
	size_t used = 0;
	for (unsigned i = 0; i < job->argc; i++)
		used += strlen(job->argv[i]) + 1;
	while (*args != '\0') {
		size_t length = strcspn(args, " ");
		if (length != 0) {
			if (job->argc == JOB_ARGS ||
			    used + length + 1 > JOB_TEXT)
				return false;
			job->argv[job->argc++] = &job->text[used];
			memcpy(&job->text[used], args, length);
			used += length + 1;
		}
		args += length + (args[length] == ' ');
	}
	return true;
}

static void
job_run(gb_state_t *state, void *user)
{
	const job_t *job = user;
	run_t *run = &driver.run;
	int status = run_open(run, job->workload, job->argc, job->argv);
	while (gb_keep_running_batch(state, gb_max_iterations(state))) {
		if (status == RUN_OK)
			status = run_execute(run);
		if (status != RUN_OK) {
			gb_skip_with_error(state, run->error);
			break;
		}
		gb_set_iteration_time(state, (double)run->work_ns * 1e-9);
	}
	if (status == RUN_OK) {
		gb_set_items_processed(state, (int64_t)run->ops);
		gb_set_label(state, job->workload->op);
	}
	run_close(run);
}

/* Iterations of a job, each thread's; 0 after a message when it is wrong. */
static int64_t
job_iterations(const job_t *job)
{
	run_t *run = &driver.run;
	int status = run_open(run, job->workload, job->argc, job->argv);
	uint64_t planned = run->planned > 0 ? run->planned : 1;
	if (status != RUN_OK)
		fprintf(stderr, "workload-gbench: %s\n", run->error);
	run_close(run);
	return status == RUN_OK ? (int64_t)planned : 0;
}

/*
 * Registers workload/case/t:threads with the given arguments, of which later
 * ones win. False, after a message, when that is impossible.
 */
static bool
job_register(const workload_t *w, const char *case_name, unsigned threads,
    const char *const *args)
{
	if (driver.n == JOBS_MAX) {
		fprintf(stderr, "workload-gbench: more than %d benchmarks\n",
		    JOBS_MAX);
		return false;
	}
	job_t *job = &driver.job[driver.n++];
	job->workload = w;
	char name[128], count[32];
	snprintf(name, sizeof(name), "%s/%s/t:%u", w->name, case_name, threads);
	snprintf(count, sizeof(count), "--threads=%u", threads);
	bool fits = job_add(job, count);
	for (; *args != NULL; args++)
		fits = fits && job_add(job, *args);
	if (!fits) {
		fprintf(
		    stderr, "workload-gbench: %s: too many arguments\n", name);
		return false;
	}
	int64_t iterations = job_iterations(job);
	gb_benchmark_t *b = gb_register(name, job_run, job);
	return iterations > 0 && b != NULL &&
	       gb_fix_iterations(b, iterations) == 0 &&
	       gb_use_manual_time(b) == 0 &&
	       gb_measure_process_cpu_time(b) == 0 &&
	       gb_unit(b, iterations > 1 ? GB_NANOSECOND : GB_MILLISECOND) == 0;
}

/* CPUs this process may use. */
static unsigned
cpus(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	unsigned n = (unsigned)CPU_COUNT(&set);
	return n < PARAM_LIST_MAX ? n : PARAM_LIST_MAX;
}

/* Every case of a workload, with 1 thread and with one for each CPU. */
static bool
register_cases(const workload_t *w)
{
	bool small = w == &workload_micro || w == &workload_burst_width;
	unsigned many = w->threads == WORKLOAD_THREADS_ONE ? 1 : cpus();
	many = w->threads == WORKLOAD_THREADS_EVEN ? (many + 1) / 2 * 2 : many;
	for (const workload_case_t *c = w->cases; c->name != NULL; c++) {
		const char *const args[] = {
		    w->defaults, c->args, small ? MICRO_OPS : NULL, NULL};
		if (w->threads != WORKLOAD_THREADS_EVEN &&
		    !job_register(w, c->name, 1, args))
			return false;
		if (many > 1 && !job_register(w, c->name, many, args))
			return false;
	}
	return true;
}

/* burst-width by width, 64-byte objects, LIFO. */
static bool
register_sweep(void)
{
	for (size_t i = 0; i < sizeof(sweep_k) / sizeof(sweep_k[0]); i++) {
		char name[32], width[32];
		snprintf(name, sizeof(name), "sweep-64/k:%u", sweep_k[i]);
		snprintf(width, sizeof(width), "--k=%u", sweep_k[i]);
		if (!job_register(&workload_burst_width, name, 1,
			(const char *const[]){width, SWEEP_OPS, NULL}))
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < registry_count; i++) {
		if (!register_cases(registry[i]))
			return RUN_FAILED;
	}
	if (!register_sweep())
		return RUN_FAILED;
	gb_initialize(&argc, argv);
	if (gb_report_unrecognized(argc, argv))
		return RUN_USAGE;
	gb_add_context("registry", "ebb workloads, fixed work, manual time");
	size_t matched = gb_run(NULL);
	gb_shutdown();
	if (matched == 0) {
		fprintf(stderr, "workload-gbench: no benchmark matches; "
				"--benchmark_list_tests names them\n");
		return RUN_USAGE;
	}
	return RUN_OK;
}
