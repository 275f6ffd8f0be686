/*
 * gbench: Google Benchmark for C.
 *
 * A C interface to the parts of Google Benchmark (1.7) that a program with
 * benchmarks needs: registering, arguments, threads, the measuring loop,
 * counters, and the command line with its usual flags. gbench.h and gbench.cc
 * depend on nothing else and can be taken elsewhere as they are; link with
 * -lbenchmark and the C++ library.
 *
 *	static void
 *	copy(gb_state_t *state, void *user)
 *	{
 *		size_t n = (size_t)gb_range(state, 0);
 *		char *from = ..., *to = ...;
 *		while (gb_keep_running(state))
 *			memcpy(to, from, n);
 *		gb_set_bytes_processed(state, gb_iterations(state) * n);
 *	}
 *
 *	int
 *	main(int argc, char **argv)
 *	{
 *		gb_benchmark_t *b = gb_register("copy", copy, NULL);
 *		gb_arg_name(b, "bytes");
 *		gb_range_of_args(b, 8, 8 << 10);
 *		gb_initialize(&argc, argv);
 *		if (gb_report_unrecognized(argc, argv))
 *			return 1;
 *		gb_run(NULL);
 *		gb_shutdown();
 *		return 0;
 *	}
 *
 * Terms. A *benchmark* is what gb_register() returns. Arguments and numbers of
 * threads multiply it into *instances*, each with its own name and result. An
 * instance is run once a repetition: its function is called in as many threads
 * as it has, each with a *state* of its own, valid during that call.
 *
 * Errors. What configures a benchmark returns 0, or EINVAL when the value, or
 * its combination with what is already set, makes no sense; the benchmark is
 * then unchanged. (Google Benchmark itself would end the process.) Out of
 * memory ends the process.
 *
 * Threads. Registering, configuring, initialising and running belong to one
 * thread. A state belongs to the thread that was called with it.
 *
 * Memory. Registering and reporting allocate. Between the first and the last
 * return of the measuring loop nothing here allocates, except
 * gb_skip_with_error() and the functions documented to be called after it.
 */
#ifndef GBENCH_H
#define GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A registered benchmark. Owned by the library, valid until gb_clear(). */
typedef struct gb_benchmark gb_benchmark_t;

/* One thread's view of a running instance; only the loop looks inside. */
typedef struct gb_state gb_state_t;
struct gb_state {
	uint64_t gb_left; /* iterations that gb_keep_running() still grants */
};

/* A benchmark: must run the measuring loop to its end, or skip. */
typedef void gb_function(gb_state_t *state, void *user);

/* ---------------------------------------------------------- the program -- */

/*
 * Reads the flags --benchmark_... (and --help, --v) and removes them from
 * argv. Call before gb_run(), after or before registering. Flags:
 *   --benchmark_list_tests      print the instances' names instead of running
 *   --benchmark_filter=REGEX    run what matches; -REGEX: what does not
 *   --benchmark_format=console|json|csv        of stdout
 *   --benchmark_out=FILE --benchmark_out_format=json|console|csv
 *   --benchmark_repetitions=N --benchmark_min_time=SECONDS
 *   --benchmark_enable_random_interleaving, --benchmark_time_unit=ns|us|ms|s,
 *   --benchmark_context=key=value, and the others --help names.
 */
void gb_initialize(int *argc, char **argv);

/*
 * Reports what gb_initialize() left in argv beyond argv[0], on stderr.
 * Returns true when there was something.
 */
bool gb_report_unrecognized(int argc, char **argv);

/*
 * Runs, or lists, the instances that match: filter is a regular expression as
 * for --benchmark_filter, or NULL for that flag's value. May be called again;
 * on stdout only one run a process makes a whole JSON or CSV document, while
 * the file of --benchmark_out is written anew by each.
 * Returns how many matched.
 */
size_t gb_run(const char *filter);

/* Frees what the flags hold. After the last gb_run(). */
void gb_shutdown(void);

/* Forgets every registered benchmark; their pointers are dead. */
void gb_clear(void);

/*
 * Adds a line to the context of the report (in JSON: "context":{key:value}).
 * Before gb_run(). Returns 0, or EINVAL when one of them is NULL.
 */
int gb_add_context(const char *key, const char *value);

/* -------------------------------------------------------- registering -- */

/*
 * Registers a benchmark. name is copied; user is passed on as it is.
 * Returns NULL when name or fn is NULL.
 */
gb_benchmark_t *gb_register(const char *name, gb_function *fn, void *user);

/*
 * Arguments. Each call adds instances; every one of a benchmark has the same
 * number of arguments, read by gb_range(state, 0), (state, 1), ...
 */

/* One instance with one argument. */
int gb_arg(gb_benchmark_t *b, int64_t arg);

/* One instance with n arguments. */
int gb_args(gb_benchmark_t *b, const int64_t *args, size_t n);

/*
 * One argument from first to last, by powers of the multiplier between:
 * first, ..., 8, 64, 512, ..., last. first <= last.
 */
int gb_range_of_args(gb_benchmark_t *b, int64_t first, int64_t last);

/* The multiplier of ranges added afterwards, >= 2; it is 8 at first. */
int gb_range_multiplier(gb_benchmark_t *b, int multiplier);

/* n arguments, each from first[i] to last[i]: all combinations. */
int gb_ranges_of_args(
    gb_benchmark_t *b, const int64_t *first, const int64_t *last, size_t n);

/* One argument: first, first + step, ... <= last. step >= 1. */
int gb_dense_range(gb_benchmark_t *b, int64_t first, int64_t last, int step);

/* One list of values an argument. */
typedef struct gb_values gb_values_t;
struct gb_values {
	const int64_t *value;
	size_t n;
};

/* n arguments, each from its list: all combinations. No list is empty. */
int gb_args_product(gb_benchmark_t *b, const gb_values_t *values, size_t n);

/* Names that appear in the instances' names: "copy/bytes:64". */
int gb_arg_name(gb_benchmark_t *b, const char *name);
int gb_arg_names(gb_benchmark_t *b, const char *const *names, size_t n);

/* Threads. Each call adds instances: for 1 and 4, call gb_threads() twice. */
int gb_threads(gb_benchmark_t *b, int threads);
/* min, 2 min, 4 min, ..., max. */
int gb_thread_range(gb_benchmark_t *b, int min, int max);
/* min, min + stride, ..., max. */
int gb_dense_thread_range(gb_benchmark_t *b, int min, int max, int stride);
/* As many as there are CPUs. */
int gb_thread_per_cpu(gb_benchmark_t *b);

/*
 * How much is measured. Without any of these, the library raises the number
 * of iterations until a run lasts half a second; what is compared between
 * programs should rather be the same work: gb_fix_iterations().
 */
/* So many iterations in each thread. Excludes the two that follow. */
int gb_fix_iterations(gb_benchmark_t *b, int64_t iterations);
int gb_min_time(gb_benchmark_t *b, double seconds);
int gb_min_warmup_time(gb_benchmark_t *b, double seconds);

/* Runs each instance n times; mean, median, stddev and cv are added. */
int gb_repetitions(gb_benchmark_t *b, int n);
/* Of repetitions, report only the aggregates: everywhere, or on display. */
int gb_report_aggregates_only(gb_benchmark_t *b, bool only);
int gb_display_aggregates_only(gb_benchmark_t *b, bool only);

/* The unit in which times are shown. */
typedef enum gb_unit {
	GB_NANOSECOND,
	GB_MICROSECOND,
	GB_MILLISECOND,
	GB_SECOND
} gb_unit_t;
int gb_unit(gb_benchmark_t *b, gb_unit_t unit);

/*
 * Which time decides about iterations and rates: CPU time of the main thread
 * unless one of the first two is set; they exclude each other.
 */
/* Wall-clock time. */
int gb_use_real_time(gb_benchmark_t *b);
/* What the function itself says by gb_set_iteration_time(). */
int gb_use_manual_time(gb_benchmark_t *b);
/* CPU time is that of the whole process: for functions with own threads. */
int gb_measure_process_cpu_time(gb_benchmark_t *b);

/* The expected growth of time with gb_set_complexity_n(). */
typedef enum gb_big_o {
	GB_O_NONE,
	GB_O_1,
	GB_O_N,
	GB_O_N_SQUARED,
	GB_O_N_CUBED,
	GB_O_LOG_N,
	GB_O_N_LOG_N,
	GB_O_AUTO /* whichever fits the CPU times best */
} gb_big_o_t;
/* Adds the coefficient and the error of a fit over all instances. */
int gb_complexity(gb_benchmark_t *b, gb_big_o_t growth);

/* ------------------------------------------------------------ measuring -- */

/* The slow half of gb_keep_running(): first call, and last. */
bool gb_keep_running_edge(gb_state_t *state);

/*
 * The measuring loop: while (gb_keep_running(state)) { work }. Time runs from
 * the first call to the last, which returns false. Costs a compare and a
 * decrement an iteration, no call.
 */
static inline bool
gb_keep_running(gb_state_t *state)
{
	if (__builtin_expect(state->gb_left != 0, 1)) {
		state->gb_left--;
		return true;
	}
	return gb_keep_running_edge(state);
}

/*
 * The measuring loop in steps: each true asks for n iterations (n >= 1). The
 * last step may go beyond the number wanted; all are counted. Not to be mixed
 * with gb_keep_running() in one call of the function.
 */
bool gb_keep_running_batch(gb_state_t *state, int64_t n);

/* Stops and restarts the clock in the loop; costs some hundred ns. */
void gb_pause_timing(gb_state_t *state);
void gb_resume_timing(gb_state_t *state);

/* With gb_use_manual_time(): adds seconds to the time of this thread. */
void gb_set_iteration_time(gb_state_t *state, double seconds);

/*
 * Gives up: the instance is reported with the message, which is copied, and
 * without a time. In the loop, gb_keep_running() then returns false; before
 * it, return from the function.
 */
void gb_skip_with_error(gb_state_t *state, const char *message);
bool gb_error_occurred(const gb_state_t *state);

/* Argument number i of this instance; 0 when it has no such argument. */
int64_t gb_range(const gb_state_t *state, size_t i);

/* Which thread of how many calls, from 0. */
int gb_thread_index(const gb_state_t *state);
int gb_thread_count(const gb_state_t *state);

/* Iterations of this thread's loop: after it, how many were done. */
int64_t gb_iterations(const gb_state_t *state);
/* Iterations that the loop will do at most. */
int64_t gb_max_iterations(const gb_state_t *state);

/* ------------------------------------- results: to be called after the loop */

/* Rates bytes_per_second and items_per_second; totals over all iterations. */
void gb_set_bytes_processed(gb_state_t *state, int64_t bytes);
void gb_set_items_processed(gb_state_t *state, int64_t items);

/* A text beside the result; copied. One thread of an instance should set it. */
void gb_set_label(gb_state_t *state, const char *label);

/* The n of gb_complexity(). */
void gb_set_complexity_n(gb_state_t *state, int64_t n);

/* How a counter is presented; flags combine by |. */
typedef enum gb_counter_flags {
	GB_COUNTER_DEFAULTS = 0,
	GB_COUNTER_RATE = 1 << 0,           /* divided by the time */
	GB_COUNTER_AVG_THREADS = 1 << 1,    /* divided by the threads */
	GB_COUNTER_INVARIANT = 1 << 2,      /* multiplied by the iterations */
	GB_COUNTER_AVG_ITERATIONS = 1 << 3, /* divided by the iterations */
	GB_COUNTER_BASE_1024 = 1 << 4, /* k is 1024 on the console, not 1000 */
	GB_COUNTER_INVERT = 1 << 5     /* 1 / x, last of all */
} gb_counter_flags_t;

/*
 * Sets a counter of this thread; the instance shows the sum over its threads.
 * The name is copied. flags: an OR of gb_counter_flags_t.
 */
void gb_set_counter(
    gb_state_t *state, const char *name, double value, unsigned flags);

#ifdef __cplusplus
}
#endif

#endif
