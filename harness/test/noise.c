/* noise.c and cgroup.c: what is counted, what has no number, what is warned
 * of. */
#include "noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cgroup.h"
#include "store.h"
#include "sysroot.h"

static int
setup(void **state)
{
	(void)state;
	sysroot_make();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sysroot_remove();
	return 0;
}

/* The counts of a machine of two CPUs after so many ticks of 10 ms. */
static void
machine_put(int busy, int idle, int steal, int psi_ms, int throttled_us)
{
	sysroot_put("/proc/stat", "cpu  %d 0 0 %d 0 0 0 %d 0 0\ncpu0 1\n", busy,
	    idle, steal);
	sysroot_put("/proc/pressure/cpu",
	    "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\nfull avg10=0\n",
	    psi_ms * 1000);
	sysroot_put("/proc/self/cgroup", "0::/job\n");
	sysroot_put("/sys/fs/cgroup/job/cgroup.controllers", "cpu memory\n");
	sysroot_put("/sys/fs/cgroup/job/cpu.stat",
	    "usage_usec 5\nnr_throttled 1\nthrottled_usec %d\n", throttled_us);
	sysroot_put("/sys/fs/cgroup/job/memory.events",
	    "low 0\nhigh 2\nmax 1\noom 0\n");
	sysroot_put("/proc/vmstat", "pswpin 10\npswpout 20\n");
}

/* Reads begin and end of a second; ebb and the sample used 500 ms. */
static json_t *
second_judge(void (*end_put)(void), unsigned threads, words_t *warnings)
{
	noise_t begin;
	noise_t end;
	static const struct rusage usage = {.ru_nivcsw = 7};
	const noise_own_t own = {
	    .usage = &usage, .threads = threads, .cpus = 2, .migrations = -1};
	machine_put(1000, 1000, 0, 0, 0);
	noise_read(&begin);
	end_put();
	noise_read(&end);
	end.t_ns = begin.t_ns + 1000000000;
	end.own_ns = begin.own_ns + 500000000;
	return noise_judge(&begin, &end, &own, warnings);
}

static void
quiet_put(void)
{
	machine_put(1052, 1148, 0, 5, 0);
}

static void
loud_put(void)
{
	machine_put(1150, 1044, 6, 300, 20000);
	sysroot_put("/proc/vmstat", "pswpin 11\npswpout 20\n");
	sysroot_put("/sys/fs/cgroup/job/memory.events", "high 4\nmax 1\n");
}

static const char *
reason(const json_t *noise, const char *name)
{
	return sample_text(json_object_get(noise, name), "unsupported");
}

static void
test_noise_quiet(void **state)
{
	(void)state;
	words_t warnings = {0};
	json_t *noise = second_judge(quiet_put, 1, &warnings);
	assert_int_equal(warnings.n, 0);
	assert_int_equal(sample_number(noise, "machine_ns"), 2000000000);
	assert_int_equal(sample_number(noise, "others_ns"), 20000000);
	assert_int_equal(sample_number(noise, "psi_cpu_ns"), 5000000);
	assert_int_equal(sample_number(noise, "throttled_ns"), 0);
	assert_int_equal(sample_number(noise, "limit_events"), 0);
	assert_int_equal(sample_number(noise, "involuntary_switches"), 7);
	/* What cannot be counted has no 0. */
	assert_string_equal(
	    reason(noise, "psi_memory_ns"), "the kernel has no /proc/pressure");
	assert_true(reason(noise, "migrations")[0] != '\0');
	assert_true(reason(noise, "frequency_khz")[0] != '\0');
	assert_true(reason(noise, "thermal_throttles")[0] != '\0');
	json_decref(noise);
}

static bool
warned(const words_t *warnings, const char *text)
{
	for (size_t i = 0; i < warnings->n; i++)
		if (strstr(warnings->v[i], text) != NULL)
			return true;
	return false;
}

static void
test_noise_loud(void **state)
{
	(void)state;
	words_t warnings = {0};
	json_t *noise = second_judge(loud_put, 1, &warnings);
	assert_int_equal(sample_number(noise, "others_ns"), 1000000000);
	assert_int_equal(sample_number(noise, "steal_ns"), 60000000);
	assert_int_equal(sample_number(noise, "throttled_ns"), 20000000);
	assert_int_equal(sample_number(noise, "limit_events"), 2);
	assert_int_equal(sample_number(noise, "swap_pages"), 1);
	assert_true(warned(&warnings, "steal: "));
	assert_true(warned(&warnings, "(3.0 %)"));
	assert_true(warned(&warnings, "others: "));
	assert_true(warned(&warnings, "(50 % of all CPUs' time)"));
	assert_true(warned(&warnings, "(for a CPU, 30.0 % of the time)"));
	assert_true(warned(&warnings, "throttled: "));
	assert_true(warned(&warnings, "(2 times)"));
	assert_true(warned(&warnings, "(1 pages swapped)"));
	words_release(&warnings);
	json_decref(noise);
	/* As many threads as CPUs wait for each other. */
	noise = second_judge(loud_put, 2, &warnings);
	assert_false(warned(&warnings, "for a CPU"));
	words_release(&warnings);
	json_decref(noise);
}

static void
hot_put(void)
{
	quiet_put();
	sysroot_put("/sys/devices/system/cpu/cpu0/thermal_throttle/"
		    "core_throttle_count",
	    "4\n");
	sysroot_put(
	    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "3000\n");
	sysroot_put(
	    "/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2000\n");
}

static void
test_noise_of_cpus(void **state)
{
	(void)state;
	words_t warnings = {0};
	sysroot_put("/sys/devices/system/cpu/cpu0/thermal_throttle/"
		    "core_throttle_count",
	    "3\n");
	json_t *noise = second_judge(hot_put, 1, &warnings);
	assert_int_equal(sample_number(noise, "thermal_throttles"), 1);
	assert_int_equal(sample_number(noise, "frequency_khz"), 2500);
	assert_true(warned(&warnings, "heat: "));
	words_release(&warnings);
	json_decref(noise);
}

/* A machine that shows nothing: reasons everywhere, no number made up. */
static void
test_noise_of_nothing(void **state)
{
	(void)state;
	static const char *const numbers[] = {
	    "wall_ns", "involuntary_switches", "major_faults"};
	noise_t begin;
	static const struct rusage usage;
	const noise_own_t own = {
	    .usage = &usage, .threads = 1, .cpus = 2, .migrations = -1};
	words_t warnings = {0};
	const char *key;
	json_t *value;
	noise_read(&begin);
	json_t *noise = noise_judge(&begin, &begin, &own, &warnings);
	assert_int_equal(warnings.n, 0);
	json_object_foreach(noise, key, value)
	{
		bool number = false;
		for (size_t i = 0; i < 3; i++)
			number |= strcmp(key, numbers[i]) == 0;
		if (!number)
			assert_true(reason(noise, key)[0] != '\0');
	}
	json_decref(noise);
}

/* ---------------------------------------------------------------- cgroup -- */

static void
test_cgroup_two(void **state)
{
	(void)state;
	sysroot_put("/proc/self/cgroup", "0::/a/b\n");
	sysroot_put("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
	sysroot_put("/sys/fs/cgroup/a/b/cgroup.controllers", "memory\n");
	sysroot_put("/sys/fs/cgroup/a/b/memory.max", "max\n");
	sysroot_put("/sys/fs/cgroup/a/b/memory.high", "1000\n");
	sysroot_put("/sys/fs/cgroup/a/memory.max", "5000\n");
	sysroot_put("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
	assert_int_equal(cgroup_memory_limit(), 5000);
	assert_true(cgroup_cpus() > 1.49 && cgroup_cpus() < 1.51);
	json_t *json = cgroup_describe();
	assert_int_equal(sample_number(json, "version"), 2);
	assert_string_equal(sample_text(json, "path"), "/a/b");
	assert_string_equal(sample_text(json, "memory_high"), "1000");
	assert_true(json_is_null(json_object_get(json, "cpu_max")));
	assert_int_equal(
	    json_array_size(json_object_get(json, "controllers")), 1);
	json_decref(json);
}

static void
test_cgroup_one(void **state)
{
	(void)state;
	int64_t ns;
	const char *why;
	sysroot_put("/proc/self/cgroup",
	    "5:cpu,cpuacct:/job\n4:memory:/elsewhere\n0::/\n");
	sysroot_put("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000\n");
	sysroot_put("/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
	sysroot_put("/sys/fs/cgroup/cpu/job/cpu.stat", "throttled_time 77\n");
	/* In a container the path is the host's, and the mount the group. */
	sysroot_put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "4096\n");
	assert_int_equal(cgroup_memory_limit(), 4096);
	assert_true(cgroup_cpus() > 0.49 && cgroup_cpus() < 0.51);
	assert_false(cgroup_throttled_ns(&ns, &why));
	assert_int_equal(ns, 77);
	sysroot_put("/sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "9223372036854771712\n");
	assert_int_equal(cgroup_memory_limit(), 0);
}

static void
test_cgroup_none(void **state)
{
	(void)state;
	int64_t n;
	const char *why = NULL;
	assert_int_equal(cgroup_memory_limit(), 0);
	assert_true(cgroup_cpus() == 0);
	assert_true(cgroup_throttled_ns(&n, &why));
	assert_non_null(why);
	json_t *json = cgroup_describe();
	assert_true(json_is_null(json_object_get(json, "version")));
	assert_true(json_is_null(json_object_get(json, "memory_max")));
	json_decref(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_noise_quiet),
	    TEST(test_noise_loud),
	    TEST(test_noise_of_cpus),
	    TEST(test_noise_of_nothing),
	    TEST(test_cgroup_two),
	    TEST(test_cgroup_one),
	    TEST(test_cgroup_none),
	};
	return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
