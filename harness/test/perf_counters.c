/* Performance counters: of a child from exec to exit, and what is no number. */
#include "perf_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "launch.h"

#define PAGES 3000
#define PAGE 4096

static void
touch(size_t npages)
{
	size_t size = npages * PAGE;
	volatile char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		abort();
	/* One fault a page, also where huge pages are always on. */
	madvise((void *)pages, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < npages; i++)
		pages[i * PAGE] = 1;
	munmap((void *)pages, size);
}

/* ------------------------------------------------------------ one counter --
 */

static bool
judge(uint64_t value, uint64_t enabled, uint64_t running, bool impossible_zero,
    bool ran, uint64_t *out, char *reason)
{
	perf_counter_t counter = {
	    .fd = -1,
	    .values = {value, enabled, running},
	};
	return perf_counter_judge(
	    &counter, impossible_zero, ran, out, reason, 256);
}

static void
test_perf_counter_judge(void **state)
{
	(void)state;
	char reason[256];
	uint64_t value = 0;
	assert_false(judge(1000, 50, 50, true, true, &value, reason));
	assert_true(value == 1000);
	/* Half of the time: twice as many. */
	assert_false(judge(1000, 50, 25, true, true, &value, reason));
	assert_true(value == 2000);
	/* Beyond what a double of the product could hold. */
	assert_false(
	    judge(1, 3000000000, 1000000000, true, true, &value, reason));
	assert_true(value == 3);
	assert_true(judge(0, 50, 0, false, true, &value, reason));
	assert_non_null(strstr(reason, "never got a counter"));
	assert_true(judge(0, 0, 0, false, false, &value, reason));
	assert_non_null(strstr(reason, "never ran"));
}

static void
test_perf_counter_impossible_zero(void **state)
{
	(void)state;
	char reason[256];
	uint64_t value = 7;
	assert_true(judge(0, 50, 50, true, true, &value, reason));
	assert_ptr_equal(strstr(reason, "impossible zero:"), reason);
	/* Nothing ran: 0 is true. And of some events there may be none. */
	assert_false(judge(0, 50, 50, true, false, &value, reason));
	assert_true(value == 0);
	value = 7;
	assert_false(judge(0, 50, 50, false, true, &value, reason));
	assert_true(value == 0);
}

static void
test_perf_counter_refusal(void **state)
{
	(void)state;
	static const struct {
		int error;
		bool kernel;
		int paranoid;
		const char *says, *says_too;
	} rows[] = {
	    {ENOENT, false, 2, "PMU", "virtual machine"},
	    {EOPNOTSUPP, true, -1, "PMU", "virtual machine"},
	    {EACCES, true, 2, "perf_event_paranoid is 2", "=1"},
	    {EACCES, false, 3, "perf_event_paranoid is 3", "=2"},
	    {EACCES, false, 2, "security module", "seccomp"},
	    {EPERM, true, 4, "EPERM", "container"},
	    {ENOSYS, false, -2, "container", "does not exist"},
	    {EMFILE, false, 1, "Too many open files", "perf_event_open"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char reason[256];
		perf_counter_refusal(rows[i].error, rows[i].kernel,
		    rows[i].paranoid, reason, sizeof(reason));
		assert_non_null(strstr(reason, rows[i].says));
		assert_non_null(strstr(reason, rows[i].says_too));
	}
}

/* ---------------------------------------------------------------- a child --
 */

/* Counts this program, started anew to touch pages. */
static json_t *
child_count(size_t ours)
{
	perf_counters_t counters;
	launch_t launch = {0};
	process_t process;
	ending_t ending;
	fault_t fault;
	json_t *metrics = json_object();
	words_add(&launch.argv, "/proc/self/exe");
	words_add(&launch.argv, "touch");
	launch_environment(&launch.environment);
	perf_counters_open(&counters);
	assert_false(launch_start(&process, &launch, &fault));
	touch(ours);
	launch_wait(&process, 20000);
	launch_reap(&process, &ending);
	perf_counters_finish(&counters);
	assert_int_equal(ending.code, 0);
	assert_int_equal(ending.signal, 0);
	perf_counters_metrics(metrics, &counters, NULL);
	assert_true(perf_counters_share(&counters) > 0);
	words_release(&launch.argv);
	words_release(&launch.environment);
	return metrics;
}

static void
test_perf_counters_of_child(void **state)
{
	(void)state;
	static const char *const names[] = {"cycles_user", "cycles_kernel",
	    "instructions_user", "instructions_kernel", "branch_misses_user",
	    "branch_misses_kernel", "cache_misses_user", "cache_misses_kernel",
	    "dtlb_misses_user", "dtlb_misses_kernel", "task_clock_ns",
	    "page_faults_user", "page_faults_kernel", "context_switches",
	    "migrations"};
	size_t n = sizeof(names) / sizeof(*names);
	json_t *metrics = child_count(10 * PAGES);
	assert_int_equal(json_object_size(metrics), n);
	/* Each is a number or has a reason. Of hardware events and of time
	 * there is some, so a 0 would be a lie. */
	for (size_t i = 0; i < n; i++) {
		const json_t *metric = json_object_get(metrics, names[i]);
		const char *reason =
		    json_string_value(json_object_get(metric, "unsupported"));
		if (i < 11 && json_is_number(metric))
			assert_true(json_integer_value(metric) > 0);
		else if (!json_is_number(metric)) {
			assert_non_null(reason);
			assert_true(strlen(reason) > 10);
			print_message("# %s: %s\n", names[i], reason);
		}
	}
	/* The child's faults, all of them, and none of ours. */
	const json_t *faults = json_object_get(metrics, "page_faults_user");
	if (json_is_number(faults)) {
		assert_true(json_integer_value(faults) >= PAGES);
		assert_true(json_integer_value(faults) < 10 * PAGES);
	}
	json_decref(metrics);
}

static void
test_perf_counters_not_opened(void **state)
{
	(void)state;
	perf_counters_t counters = {0};
	json_t *metrics = json_object();
	/* Nothing is closed that was never opened, least of all 0. */
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int input = dup(0);
	assert_int_equal(dup2(null, 0), 0);
	perf_counters_finish(&counters);
	assert_true(fcntl(0, F_GETFD) >= 0);
	perf_counters_metrics(metrics, &counters, NULL);
	assert_int_equal(json_object_size(metrics), 0);
	assert_true(perf_counters_share(&counters) == 1);
	if (input >= 0)
		dup2(input, 0);
	close(null);
	json_decref(metrics);
}

/* What happened in the kernel counts only when nobody else made it happen. */
static void
test_perf_counters_disturbed(void **state)
{
	(void)state;
	perf_counters_t counters = {.opened = true};
	json_t *metrics = json_object();
	for (unsigned e = 0; e < PERF_EVENTS; e++)
		for (unsigned s = 0; s < PERF_SIDES; s++)
			counters.v[e][s] =
			    (perf_counter_t){.fd = -1, .values = {9, 50, 50}};
	perf_counters_metrics(metrics, &counters, "somebody listened");
	static const struct {
		const char *name;
		bool number;
	} rows[] = {{"instructions_user", true}, {"page_faults_user", true},
	    {"instructions_kernel", false}, {"page_faults_kernel", false},
	    {"context_switches", false}, {"task_clock_ns", false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const json_t *metric = json_object_get(metrics, rows[i].name);
		const char *reason =
		    json_string_value(json_object_get(metric, "unsupported"));
		assert_int_equal(json_is_number(metric), rows[i].number);
		if (!rows[i].number)
			assert_string_equal(reason, "somebody listened");
	}
	json_decref(metrics);
}

static void
test_perf_counters_available(void **state)
{
	(void)state;
	json_t *list = perf_counters_available();
	size_t i;
	json_t *row;
	assert_int_equal(json_array_size(list), PERF_EVENTS);
	json_array_foreach(list, i, row)
	{
		const char *user =
		    json_string_value(json_object_get(row, "user"));
		assert_non_null(
		    json_string_value(json_object_get(row, "event")));
		assert_non_null(
		    json_string_value(json_object_get(row, "kernel")));
		assert_true(strcmp(user, "yes") == 0 || strlen(user) > 10);
	}
	json_decref(list);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "touch") == 0) {
		touch(PAGES);
		return 0;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_perf_counter_judge),
	    cmocka_unit_test(test_perf_counter_impossible_zero),
	    cmocka_unit_test(test_perf_counter_refusal),
	    cmocka_unit_test(test_perf_counters_of_child),
	    cmocka_unit_test(test_perf_counters_not_opened),
	    cmocka_unit_test(test_perf_counters_disturbed),
	    cmocka_unit_test(test_perf_counters_available),
	};
	launch_signals_hold();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
