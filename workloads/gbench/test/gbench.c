/*
 * Test of the shim on its own: what is registered runs as often, in as many
 * threads and with the arguments it should, and the report says what was set.
 * Reports are read back from --benchmark_out's JSON as text.
 */
#include "gbench/gbench.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

static char report[1 << 18];

/* Runs what is registered, quietly, and reads the JSON report. */
static size_t
run(const char *filter)
{
	int fd = memfd_create("report", 0);
	assert_true(fd >= 0);
	char out[64];
	snprintf(out, sizeof(out), "--benchmark_out=/proc/self/fd/%d", fd);
	char *argv[] = {"test", out, "--benchmark_out_format=json",
	    "--benchmark_list_tests=false", NULL};
	int argc = 4;
	gb_initialize(&argc, argv);
	assert_int_equal(argc, 1);
	assert_false(gb_report_unrecognized(argc, argv));
	fflush(stdout);
	int saved = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
	dup2(null, STDOUT_FILENO);
	size_t matched = gb_run(filter);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(null);
	ssize_t n = read(fd, report, sizeof(report) - 1);
	report[n > 0 ? n : 0] = '\0';
	close(fd);
	return matched;
}

static void
assert_reported(const char *text)
{
	if (strstr(report, text) == NULL)
		fail_msg("the report lacks %s", text);
}

static int
tear_down(void **state)
{
	(void)state;
	gb_clear();
	return 0;
}

/* What a run of count() saw. */
static struct {
	_Atomic long iterations, calls, threads, args;
} seen;

static void
count(gb_state_t *state, void *user)
{
	long n = 0;
	while (gb_keep_running(state))
		n++;
	assert_int_equal(n, gb_iterations(state));
	atomic_fetch_add(&seen.iterations, n);
	atomic_fetch_add(&seen.calls, 1);
	atomic_fetch_add(&seen.threads, 1 << (4 * gb_thread_index(state)));
	atomic_fetch_add(
	    &seen.args, gb_range(state, 0) + 1000 * gb_range(state, 1));
	if (user != NULL)
		*(int *)user += 1;
}

static void
reset(void)
{
	memset(&seen, 0, sizeof(seen));
}

static void
test_gbench_fixed_iterations_and_user(void **state)
{
	(void)state;
	int called = 0;
	reset();
	gb_benchmark_t *b = gb_register("fixed", count, &called);
	assert_non_null(b);
	assert_int_equal(gb_fix_iterations(b, 12345), 0);
	assert_int_equal(run(NULL), 1);
	assert_int_equal(seen.iterations, 12345);
	assert_int_equal(called, 1);
	assert_int_equal(seen.args, 0);
	assert_reported("\"name\": \"fixed/iterations:12345\"");
	assert_reported("\"iterations\": 12345");
}

static void
test_gbench_threads(void **state)
{
	(void)state;
	reset();
	gb_benchmark_t *b = gb_register("threads", count, NULL);
	assert_int_equal(gb_fix_iterations(b, 100), 0);
	assert_int_equal(gb_threads(b, 3), 0);
	assert_int_equal(run(NULL), 1);
	assert_int_equal(seen.calls, 3);
	assert_int_equal(seen.iterations, 300);
	assert_int_equal(seen.threads, 0x111);
	assert_reported("\"threads\": 3");
	gb_clear();
	b = gb_register("range", count, NULL);
	assert_int_equal(gb_fix_iterations(b, 1), 0);
	assert_int_equal(gb_thread_range(b, 1, 4), 0);
	assert_int_equal(gb_dense_thread_range(b, 5, 7, 2), 0);
	assert_int_equal(run(NULL), 5);
	assert_reported("range/iterations:1/threads:4");
	assert_reported("range/iterations:1/threads:7");
}

static void
test_gbench_args_and_ranges(void **state)
{
	(void)state;
	reset();
	gb_benchmark_t *b = gb_register("args", count, NULL);
	gb_fix_iterations(b, 1);
	assert_int_equal(gb_arg_names(b, (const char *[]){"x", "y"}, 2), 0);
	assert_int_equal(gb_args(b, (const int64_t[]){3, 7}, 2), 0);
	assert_int_equal(run(NULL), 1);
	assert_int_equal(seen.args, 7003);
	assert_reported("args/x:3/y:7/iterations:1");
	gb_clear();

	b = gb_register("range", count, NULL);
	gb_fix_iterations(b, 1);
	assert_int_equal(gb_arg_name(b, "n"), 0);
	assert_int_equal(gb_range_multiplier(b, 2), 0);
	assert_int_equal(gb_range_of_args(b, 1, 16), 0);
	assert_int_equal(gb_dense_range(b, 100, 104, 2), 0);
	assert_int_equal(gb_arg(b, -5), 0);
	assert_int_equal(run(NULL), 5 + 3 + 1);
	assert_reported("range/n:8/");
	assert_reported("range/n:102/");
	assert_reported("range/n:-5/");
	gb_clear();

	b = gb_register("product", count, NULL);
	gb_fix_iterations(b, 1);
	const int64_t left[] = {1, 2, 3}, right[] = {10, 20};
	const gb_values_t lists[] = {{left, 3}, {right, 2}};
	assert_int_equal(gb_args_product(b, lists, 2), 0);
	assert_int_equal(gb_ranges_of_args(b, (const int64_t[]){64, 1},
			     (const int64_t[]){512, 1}, 2),
	    0);
	assert_int_equal(run(NULL), 6 + 2);
	assert_reported("product/3/20/");
	assert_reported("product/512/1/");
}

static void
manual(gb_state_t *state, void *user)
{
	(void)user;
	while (gb_keep_running_batch(state, 1000))
		gb_set_iteration_time(state, 0.002);
	gb_set_items_processed(state, 500);
	gb_set_bytes_processed(state, 4096);
	gb_set_label(state, "a \"label\"");
}

static void
test_gbench_manual_time_and_batches(void **state)
{
	(void)state;
	gb_benchmark_t *b = gb_register("manual", manual, NULL);
	assert_int_equal(gb_fix_iterations(b, 1000), 0);
	assert_int_equal(gb_use_manual_time(b), 0);
	assert_int_equal(gb_unit(b, GB_MICROSECOND), 0);
	assert_int_equal(gb_use_real_time(b), EINVAL);
	assert_int_equal(run(NULL), 1);
	/* 2 ms / 1000 iterations, in microseconds. */
	assert_reported("\"real_time\": 2.0000000000000000e+00");
	assert_reported("\"time_unit\": \"us\"");
	assert_reported("\"items_per_second\": 2.5000000000000000e+05");
	assert_reported("\"bytes_per_second\": 2.0480000000000000e+06");
	assert_reported("\"label\": \"a \\\"label\\\"\"");
	assert_reported("manual/iterations:1000/manual_time");
}

static void
counters(gb_state_t *state, void *user)
{
	(void)user;
	while (gb_keep_running_batch(state, 10))
		gb_set_iteration_time(state, 0.5);
	gb_set_counter(state, "plain", 6, GB_COUNTER_DEFAULTS);
	gb_set_counter(state, "rate", 6, GB_COUNTER_RATE);
	gb_set_counter(state, "average", 6, GB_COUNTER_AVG_THREADS);
	gb_set_counter(state, "each", 6, GB_COUNTER_INVARIANT);
	gb_set_counter(state, "per", 6, GB_COUNTER_AVG_ITERATIONS);
	gb_set_counter(
	    state, "inverted", 4, GB_COUNTER_INVERT | GB_COUNTER_BASE_1024);
	gb_set_counter(
	    state, "slowness", 4, GB_COUNTER_RATE | GB_COUNTER_INVERT);
}

static void
test_gbench_counters(void **state)
{
	(void)state;
	gb_benchmark_t *b = gb_register("counters", counters, NULL);
	gb_fix_iterations(b, 10);
	gb_use_manual_time(b);
	assert_int_equal(run(NULL), 1);
	assert_reported("\"plain\": 6.0000000000000000e+00");
	assert_reported("\"rate\": 1.2000000000000000e+01");
	assert_reported("\"average\": 6.0000000000000000e+00");
	assert_reported("\"each\": 6.0000000000000000e+01");
	assert_reported("\"per\": 5.9999999999999998e-01");
	assert_reported("\"inverted\": 2.5000000000000000e-01");
	assert_reported("\"slowness\": 1.2500000000000000e-01");
}

static void
skip_in_loop(gb_state_t *state, void *user)
{
	long *done = user;
	while (gb_keep_running(state)) {
		if (++*done == 3)
			gb_skip_with_error(state, "third time unlucky");
	}
	assert_true(gb_error_occurred(state));
}

static void
skip_before(gb_state_t *state, void *user)
{
	(void)user;
	gb_skip_with_error(state, "never began");
}

static void
test_gbench_skip_with_error(void **state)
{
	(void)state;
	long done = 0;
	gb_fix_iterations(gb_register("loop", skip_in_loop, &done), 100);
	gb_fix_iterations(gb_register("before", skip_before, NULL), 100);
	assert_int_equal(run(NULL), 2);
	assert_int_equal(done, 3);
	assert_reported("\"error_occurred\": true");
	assert_reported("\"error_message\": \"third time unlucky\"");
	assert_reported("\"error_message\": \"never began\"");
}

static void
pausing(gb_state_t *state, void *user)
{
	(void)user;
	while (gb_keep_running(state)) {
		gb_pause_timing(state);
		usleep(20000);
		gb_resume_timing(state);
	}
}

static void
test_gbench_pause_excludes_time(void **state)
{
	(void)state;
	gb_benchmark_t *b = gb_register("pausing", pausing, NULL);
	gb_fix_iterations(b, 5);
	gb_use_real_time(b);
	gb_unit(b, GB_MILLISECOND);
	assert_int_equal(run(NULL), 1);
	const char *time = strstr(report, "\"real_time\": ");
	assert_non_null(time);
	assert_true(strtod(time + strlen("\"real_time\": "), NULL) < 10);
}

static void
quadratic(gb_state_t *state, void *user)
{
	(void)user;
	double n = (double)gb_range(state, 0);
	while (gb_keep_running_batch(state, 1))
		gb_set_iteration_time(state, n * n * 1e-6);
	gb_set_complexity_n(state, gb_range(state, 0));
}

static void
test_gbench_repetitions_and_complexity(void **state)
{
	(void)state;
	gb_benchmark_t *b = gb_register("quadratic", quadratic, NULL);
	gb_fix_iterations(b, 1);
	gb_use_manual_time(b);
	assert_int_equal(gb_range_of_args(b, 8, 4096), 0);
	assert_int_equal(gb_complexity(b, GB_O_N_SQUARED), 0);
	run(NULL);
	assert_reported("\"big_o\": \"N^2\"");
	const char *fit = strstr(report, "\"real_coefficient\": ");
	assert_non_null(fit);
	/* 1 us, in ns, for each unit of n * n. */
	double coefficient = strtod(strchr(fit, ':') + 1, NULL);
	assert_true(coefficient > 999 && coefficient < 1001);
	gb_clear();
	b = gb_register("repeated", count, NULL);
	gb_fix_iterations(b, 10);
	assert_int_equal(gb_repetitions(b, 3), 0);
	assert_int_equal(gb_display_aggregates_only(b, true), 0);
	run(NULL);
	assert_reported("\"repetition_index\": 2");
	assert_reported("\"aggregate_name\": \"median\"");
}

static void
test_gbench_filter_and_context(void **state)
{
	(void)state;
	reset();
	gb_fix_iterations(gb_register("red/apple", count, NULL), 1);
	gb_fix_iterations(gb_register("red/rose", count, NULL), 1);
	gb_fix_iterations(gb_register("blue/sky", count, NULL), 1);
	assert_int_equal(gb_add_context("colour", "red"), 0);
	assert_int_equal(gb_add_context(NULL, "red"), EINVAL);
	assert_int_equal(run("^red/"), 2);
	assert_int_equal(seen.calls, 2);
	assert_reported("\"colour\": \"red\"");
	assert_int_equal(run("-red"), 1);
	assert_int_equal(run("green"), 0);
}

static void
test_gbench_min_time_finds_iterations(void **state)
{
	(void)state;
	reset();
	gb_benchmark_t *b = gb_register("timed", count, NULL);
	assert_int_equal(gb_min_time(b, 0.01), 0);
	assert_int_equal(gb_min_warmup_time(b, 0.001), 0);
	assert_int_equal(gb_fix_iterations(b, 10), EINVAL);
	assert_int_equal(run(NULL), 1);
	assert_true(seen.iterations > 1000);
}

/* Everything Google Benchmark would abort for is refused instead. */
static void
test_gbench_refuses_nonsense(void **state)
{
	(void)state;
	gb_benchmark_t *b = gb_register("nonsense", count, NULL);
	assert_null(gb_register(NULL, count, NULL));
	assert_null(gb_register("x", NULL, NULL));
	assert_int_equal(gb_fix_iterations(b, 0), EINVAL);
	assert_int_equal(gb_min_time(b, 0), EINVAL);
	assert_int_equal(gb_min_warmup_time(b, -1), EINVAL);
	assert_int_equal(gb_repetitions(b, 0), EINVAL);
	assert_int_equal(gb_threads(b, 0), EINVAL);
	assert_int_equal(gb_thread_range(b, 4, 2), EINVAL);
	assert_int_equal(gb_dense_thread_range(b, 1, 2, 0), EINVAL);
	assert_int_equal(gb_range_multiplier(b, 1), EINVAL);
	assert_int_equal(gb_range_of_args(b, 9, 8), EINVAL);
	assert_int_equal(gb_dense_range(b, 1, 9, 0), EINVAL);
	assert_int_equal(gb_args(b, NULL, 1), EINVAL);
	assert_int_equal(gb_args(b, (const int64_t[]){1}, 0), EINVAL);
	assert_int_equal(gb_args_product(b, NULL, 1), EINVAL);
	assert_int_equal(gb_arg_name(b, NULL), EINVAL);
	assert_int_equal(gb_unit(b, (gb_unit_t)9), EINVAL);
	assert_int_equal(gb_complexity(b, (gb_big_o_t)99), EINVAL);
	assert_int_equal(gb_arg(NULL, 1), EINVAL);
	assert_int_equal(gb_args(b, (const int64_t[]){1, 2}, 2), 0);
	assert_int_equal(gb_arg(b, 1), EINVAL);
	assert_int_equal(gb_use_real_time(b), 0);
	assert_int_equal(gb_use_manual_time(b), EINVAL);
	assert_int_equal(gb_measure_process_cpu_time(b), 0);
	assert_int_equal(gb_fix_iterations(b, 1), 0);
	assert_int_equal(run(NULL), 1);
	assert_reported("nonsense/1/2/iterations:1/process_time/real_time");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_teardown(name, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(test_gbench_fixed_iterations_and_user),
	    CASE(test_gbench_threads),
	    CASE(test_gbench_args_and_ranges),
	    CASE(test_gbench_manual_time_and_batches),
	    CASE(test_gbench_counters),
	    CASE(test_gbench_skip_with_error),
	    CASE(test_gbench_pause_excludes_time),
	    CASE(test_gbench_repetitions_and_complexity),
	    CASE(test_gbench_filter_and_context),
	    CASE(test_gbench_min_time_finds_iterations),
	    CASE(test_gbench_refuses_nonsense),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	gb_shutdown();
	return failed;
}
