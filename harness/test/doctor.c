/* doctor_settings.c, doctor_measure.c, complaint.c: what is found wrong, and
 * what is said about it. */
#include "doctor_settings.h"

#include <setjmp.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "doctor_measure.h"
#include "sysroot.h"
#include "text.h"

static const complaint_t *
complaint_find(const complaints_t *complaints, const char *title)
{
	for (size_t i = 0; i < complaints->n; i++)
		if (strcmp(complaints->v[i].title, title) == 0)
			return &complaints->v[i];
	fail_msg("no complaint '%s'", title);
	return NULL;
}

/* Each bad value is found, by its title, with what mends it. */
static void
test_doctor_bad_settings(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value, *title, *mend;
	} rows[] = {
	    {"governor", "\"powersave\"", "governor",
		"cpu*/cpufreq/scaling_governor"},
	    {"governor", "\"mixed: performance, powersave\"", "governor",
		"echo performance"},
	    {"turbo", "true", "turbo", "cpufreq/boost"},
	    {"clocksource", "\"hpet\"", "clock source", "echo tsc"},
	    {"thp", "\"always\"", "huge pages", "echo madvise"},
	    {"swap_used_bytes", "1048576", "swap", "swapoff"},
	    {"memory_available_bytes", "1000", "memory", "memory.max"},
	    {"ksm", "\"1\"", "page merging (KSM)", "ksm/run"},
	    {"overcommit", "\"2\"", "overcommit", "overcommit_memory"},
	    {"max_map_count", "\"1000\"", "mappings", "max_map_count"},
	    {"address_space_limit", "1000000", "address space", "ulimit"},
	    {"aslr", "\"0\"", "ASLR", "randomize_va_space"},
	    {"numa_balancing", "\"1\"", "memory nodes", "numa_balancing"},
	    {"cgroup", "{\"cpus\":0.5,\"path\":\"/job\"}", "CPU quota",
		"cpu.max"},
	    {"malloc_conf_symlink", "\"abort:true\"", "/etc/malloc.conf", "rm"},
	    {"load", "9.5", "load", "end other work"},
	};
	sysroot_make();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		complaints_t complaints = {0};
		json_t *machine =
		    json_loads("{\"ncpu\":2,\"clocksources\":\"tsc hpet\","
			       "\"numa\":{\"0\":{},\"1\":{}},"
			       "\"swap_total_bytes\":9}",
			0, NULL);
		json_object_set_new(machine, rows[i].key,
		    json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		doctor_settings(machine, &complaints);
		const complaint_t *c =
		    complaint_find(&complaints, rows[i].title);
		if (c->level != COMPLAINT_WRONG)
			fail_msg("%s = %s is not found wrong", rows[i].key,
			    rows[i].value);
		assert_non_null(strstr(c->mend, rows[i].mend));
		assert_int_equal(
		    complaints_count(&complaints, COMPLAINT_WRONG), 1);
		complaints_release(&complaints);
		json_decref(machine);
	}
	sysroot_remove();
}

static void
test_doctor_good_settings(void **state)
{
	(void)state;
	complaints_t complaints = {0};
	json_t *machine = json_loads(
	    "{\"ncpu\":2,\"cores\":2,\"governor\":\"performance\","
	    "\"turbo\":false,\"smt\":false,\"clocksource\":\"tsc\","
	    "\"thp\":\"madvise\",\"aslr\":\"2\",\"overcommit\":\"0\","
	    "\"max_map_count\":\"65530\",\"load\":0.1,\"numa\":{\"0\":{}}}",
	    0, NULL);
	doctor_settings(machine, &complaints);
	for (size_t i = 0; i < complaints.n; i++)
		assert_int_equal(complaints.v[i].level, COMPLAINT_FINE);
	complaints_release(&complaints);
	/* Nothing known is nothing wrong. */
	json_object_clear(machine);
	doctor_settings(machine, &complaints);
	assert_int_equal(complaints_count(&complaints, COMPLAINT_WRONG), 0);
	complaints_release(&complaints);
	json_decref(machine);
}

static char *
printed(const complaints_t *complaints)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	for (size_t i = 0; i < complaints->n; i++)
		complaint_print(&complaints->v[i], stream);
	complaints_verdict(complaints, stream);
	fclose(stream);
	return text;
}

static void
test_doctor_prints(void **state)
{
	(void)state;
	complaints_t complaints = {0};
	complaints_add(&complaints,
	    (complaint_t){
		.title = "a", .why = "because", .what = text_copy("so")});
	char *text = printed(&complaints);
	assert_string_equal(text,
	    "  ok     a                    so\n"
	    "verdict: fit for measuring; 0 things to know\n");
	free(text);
	complaints_add(&complaints, (complaint_t){.title = "b",
					.why = "it matters",
					.level = COMPLAINT_WRONG,
					.what = text_copy("bad"),
					.mend = text_copy("mend it")});
	text = printed(&complaints);
	assert_non_null(strstr(text, "why:  it matters\n"));
	assert_non_null(
	    strstr(text, "mend: mend it (needs root, or its owner)\n"));
	assert_non_null(strstr(text, "verdict: 1 thing to mend before "
				     "measuring (you may mend 0), 0 to know"));
	free(text);
	complaints_release(&complaints);
}

/* Another process that spins is named. */
static void
test_doctor_names_the_busy(void **state)
{
	(void)state;
	complaints_t complaints = {0};
	char number[32];
	pid_t child = fork();
	if (child == 0) {
		alarm(60);
		for (volatile int i = 0;; i++)
			continue;
	}
	busy_t *busy = busy_begin();
	/* Until it had a tenth of a second, however busy the machine. */
	struct timespec used = {0};
	clockid_t clock;
	assert_int_equal(clock_getcpuclockid(child, &clock), 0);
	for (int i = 0; i < 200 && used.tv_nsec < 300000000; i++) {
		usleep(20000);
		clock_gettime(clock, &used);
	}
	busy_end(busy, &complaints);
	kill(child, SIGKILL);
	const complaint_t *c = complaint_find(&complaints, "busy processes");
	snprintf(number, sizeof(number), "(%d)", child);
	if (strstr(c->what, number) == NULL)
		print_message("others were busier: %s\n", c->what);
	assert_int_equal(c->level, COMPLAINT_WRONG);
	assert_non_null(strstr(c->what, "% of a CPU"));
	complaints_release(&complaints);
}

static void
test_doctor_measures(void **state)
{
	(void)state;
	complaints_t complaints = {0};
	spin_t spin;
	spin_measure(&spin, 0.05);
	assert_true(spin.cpus >= 1);
	assert_true(spin.lost >= 0 && spin.lost <= 1);
	assert_true(spin.worst > 0);
	doctor_spin(&spin, &complaints);
	double ns = clock_cost_ns();
	assert_true(ns > 1 && ns < 1e6);
	doctor_clock(ns, &complaints);
	spin.lost = 0.5;
	spin.steal = NAN;
	doctor_spin(&spin, &complaints);
	assert_int_equal(complaints.v[3].level, COMPLAINT_NOTE);
	assert_non_null(strstr(complaints.v[3].what, "50.00 %"));
	assert_string_equal(complaints.v[4].what, "not shown here");
	complaints_release(&complaints);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_doctor_bad_settings),
	    cmocka_unit_test(test_doctor_good_settings),
	    cmocka_unit_test(test_doctor_prints),
	    cmocka_unit_test(test_doctor_names_the_busy),
	    cmocka_unit_test(test_doctor_measures),
	};
	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
