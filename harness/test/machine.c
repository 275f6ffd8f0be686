/* machine.c and machine_state.c: the fingerprint, and what changed over a run.
 */
#include "machine.h"

#include <setjmp.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine_parts.h"
#include "machine_state.h"
#include "sha256.h"
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

static void
test_machine_cpu(void **state)
{
	(void)state;
	json_t *machine = json_object();
	sysroot_put("/proc/cpuinfo", "processor: 0\nmodel name\t: An X 1\n");
	sysroot_put("/sys/devices/system/cpu/smt/active", "1\n");
	sysroot_put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
	for (int i = 0; i < 64; i++) {
		char path[128];
		snprintf(path, sizeof(path),
		    "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
		    i);
		sysroot_put(path, "powersave\n");
	}
	sysroot_put("/sys/devices/system/cpu/vulnerabilities/meltdown",
	    "Mitigation: PTI\n");
	machine_describe_cpu(machine);
	assert_string_equal(sample_text(machine, "cpu_model"), "An X 1");
	assert_string_equal(sample_text(machine, "governor"), "powersave");
	assert_true(json_is_true(json_object_get(machine, "smt")));
	assert_true(json_is_false(json_object_get(machine, "turbo")));
	assert_string_equal(
	    sample_text(json_object_get(machine, "mitigations"), "meltdown"),
	    "Mitigation: PTI");
	json_decref(machine);
}

/* Nothing is made up. */
static void
test_machine_of_nothing(void **state)
{
	(void)state;
	static const char *const known[] = {
	    "cpus_allowed", "address_space_limit", "cgroup"};
	const char *key;
	json_t *value;
	json_t *machine = json_object();
	machine_describe_cpu(machine);
	machine_describe_memory(machine);
	json_object_foreach(machine, key, value)
	{
		bool own = false;
		for (size_t i = 0; i < 3; i++)
			own |= strcmp(key, known[i]) == 0;
		if (!own && !json_is_null(value))
			fail_msg("%s is not null", key);
	}
	json_decref(machine);
}

static void
memory_put(const char *thp)
{
	sysroot_put("/sys/kernel/mm/transparent_hugepage/enabled", "%s", thp);
	sysroot_put("/proc/buddyinfo",
	    "Node 0, zone   Normal  4 0 0 0 0 0 0 0 0 1 0 \n"
	    "Node 0, zone    DMA32  0 254 0 0 0 0 0 0 0 0 0 \n");
	sysroot_put("/proc/meminfo",
	    "MemTotal:  4096 kB\nSwapTotal: 100 kB\nSwapFree: 60 kB\n");
	sysroot_put("/proc/sys/vm/overcommit_memory", "2\n");
	sysroot_put("/proc/sys/vm/max_map_count", "100\n");
	sysroot_put("/proc/sys/kernel/randomize_va_space", "0\n");
}

static void
test_machine_memory(void **state)
{
	(void)state;
	words_t warnings = {0};
	json_t *machine = json_object();
	memory_put("always [madvise] never\n");
	machine_describe_memory(machine);
	assert_string_equal(sample_text(machine, "thp"), "madvise");
	assert_int_equal(sample_number(machine, "memory_bytes"), 4096 * 1024);
	assert_int_equal(sample_number(machine, "swap_used_bytes"), 40 * 1024);
	/* 512 of 4 + 508 + 512 pages. */
	assert_true(
	    fabs(machine_unbroken(json_object_get(machine, "buddyinfo")) -
		 0.5) < 1e-9);
	machine_warn(machine, &warnings);
	char *all = words_join(&warnings, "\n");
	assert_non_null(strstr(all, "vm.overcommit_memory is 2"));
	assert_non_null(strstr(all, "vm.max_map_count is 100"));
	assert_non_null(strstr(all, "aslr: "));
	assert_non_null(strstr(all, "swap: "));
	free(all);
	words_release(&warnings);
	json_decref(machine);
	assert_true(isnan(machine_unbroken(NULL)));
}

/* A run in two sessions, the second on a machine that was set otherwise. */
static void
test_machine_states(void **state)
{
	(void)state;
	fault_t fault;
	char dir[] = "/tmp/ebb-machine-XXXXXX";
	words_t differences = {0};
	assert_non_null(mkdtemp(dir));
	const store_t store = {.dir = dir, .samples_fd = -1};
	json_t *first = json_object();
	memory_put("always [madvise] never\n");
	machine_describe_memory(first);
	assert_false(machine_state_append(&store, "begin", &fault));
	json_t *states = machine_states_read(dir);
	machine_states_differ(first, states, &differences);
	assert_int_equal(differences.n, 0);
	json_decref(states);
	/* It was killed: there is no end. */
	memory_put("[always] madvise never\n");
	assert_false(machine_state_append(&store, "begin", &fault));
	assert_false(machine_state_append(&store, "end", &fault));
	states = machine_states_read(dir);
	assert_int_equal(json_array_size(states), 3);
	assert_true(json_is_object(
	    json_object_get(json_array_get(states, 2), "buddyinfo")));
	machine_states_differ(first, states, &differences);
	assert_int_equal(differences.n, 2);
	assert_non_null(
	    strstr(differences.v[0], "thp was madvise, then always"));
	words_release(&differences);
	json_decref(states);
	json_decref(first);
	char *path = store_path(&store, MACHINE_STATES);
	assert_int_equal(unlink(path), 0);
	free(path);
	/* A run of before has none. */
	states = machine_states_read(dir);
	assert_int_equal(json_array_size(states), 0);
	json_decref(states);
	assert_int_equal(rmdir(dir), 0);
	assert_true(machine_state_append(&store, "begin", &fault));
}

static void
test_machine_programs(void **state)
{
	(void)state;
	char hex[SHA256_HEX];
	char own[] = "/proc/self/exe";
	char none[] = "";
	arm_t arms[] = {{.name = "glibc", .kind = ARM_GLIBC, .control = none},
	    {.name = "mine", .kind = ARM_PEER, .path = own, .control = none},
	    {.name = "gone",
		.kind = ARM_PEER,
		.path = "/nonexistent.so",
		.control = none}};
	const arms_t all = {.v = arms, .n = 3};
	const place_t place = {.workload = own};
	json_t *machine = json_object();
	machine_describe_programs(machine, &place, &all);
	json_t *libraries = json_object_get(machine, "libraries");
	assert_false(sha256_file(own, hex));
	assert_string_equal(
	    sample_text(json_object_get(libraries, "mine"), "sha256"), hex);
	const json_t *libc = json_object_get(libraries, "glibc");
	assert_non_null(strstr(sample_text(libc, "file"), "libc"));
	assert_int_equal(strlen(sample_text(libc, "sha256")), 64);
	assert_true(json_is_null(json_object_get(libraries, "gone")));
	json_decref(machine);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_machine_cpu),
	    TEST(test_machine_of_nothing),
	    TEST(test_machine_memory),
	    TEST(test_machine_states),
	    TEST(test_machine_programs),
	};
	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
