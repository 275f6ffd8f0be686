/* The census: what is added up, by call and time, and what is lost. */
#include "census_tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "census_perf.h"
#include "launch.h"

#define MS UINT64_C(1000000)
#define BEGIN (1000 * MS)

static void
add(census_tally_t *tally, uint64_t ms, pid_t pid, long number, uint64_t a0,
    uint64_t a1, uint64_t a2)
{
	census_event_t event = {
	    .t_ns = BEGIN + ms * MS,
	    .pid = pid,
	    .number = number,
	    .args = {a0, a1, a2},
	    .ranges_bytes = CENSUS_UNKNOWN,
	};
	census_tally_add(tally, &event);
}

static int64_t
number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	if (!json_is_integer(value))
		fail_msg("%s is no number", name);
	return json_integer_value(value);
}

static const char *
reason(const json_t *metrics, const char *name)
{
	const char *text = json_string_value(
	    json_object_get(json_object_get(metrics, name), "unsupported"));
	assert_non_null(text);
	return text;
}

static void
test_calls_are_told_apart(void **state)
{
	(void)state;
	census_tally_t tally;
	census_tally_init(&tally, BEGIN);
	add(&tally, 0, 1, SYS_madvise, 0x1000, 4096, MADV_DONTNEED);
	add(&tally, 0, 1, SYS_madvise, 0x1000, 8192, MADV_DONTNEED);
	add(&tally, 0, 1, SYS_madvise, 0x1000, 100, MADV_FREE);
	add(&tally, 0, 1, SYS_madvise, 0x1000, 7, MADV_HUGEPAGE);
	/* Only the lower half of the register is the advice. */
	add(&tally, 0, 1, SYS_madvise, 0x1000, 1,
	    (UINT64_C(1) << 32) | MADV_FREE);
	add(&tally, 0, 1, SYS_munmap, 0x1000, 30, 0);
	add(&tally, 0, 1, SYS_mmap, 0, 5000, 0);
	add(&tally, 0, 1, SYS_mremap, 0x1000, 100, 350);
	add(&tally, 0, 1, SYS_mremap, 0x1000, 350, 300);
	add(&tally, 0, 1, SYS_getpid, 1, 2, 3);
	census_tally_finish(&tally);
	json_t *all = census_tally_json(&tally);
	assert_int_equal(number(all, "kernel_madvise_dontneed"), 2);
	assert_int_equal(number(all, "kernel_madvise_dontneed_bytes"), 12288);
	assert_int_equal(number(all, "kernel_madvise_free"), 2);
	assert_int_equal(number(all, "kernel_madvise_free_bytes"), 101);
	assert_int_equal(number(all, "kernel_madvise_other"), 1);
	assert_int_equal(number(all, "kernel_madvise_other_bytes"), 7);
	assert_int_equal(number(all, "kernel_munmap_bytes"), 30);
	assert_int_equal(number(all, "kernel_mmap"), 1);
	assert_int_equal(number(all, "kernel_mmap_bytes"), 5000);
	assert_int_equal(number(all, "kernel_mremap"), 2);
	assert_int_equal(number(all, "kernel_mremap_bytes"), 300);
	assert_int_equal(
	    number(all, "kernel_returned_bytes"), 12288 + 101 + 30);
	json_decref(all);
	census_tally_release(&tally);
}

/* Each process has its own break, and calls are seen out of order. */
static void
test_brk_moves(void **state)
{
	(void)state;
	census_tally_t tally;
	census_tally_init(&tally, BEGIN);
	add(&tally, 0, 1, SYS_brk, 0, 0, 0);
	add(&tally, 1, 1, SYS_brk, 10000, 0, 0);
	add(&tally, 2, 2, SYS_brk, 900000, 0, 0);
	add(&tally, 4, 1, SYS_brk, 11000, 0, 0);
	add(&tally, 3, 1, SYS_brk, 12000, 0, 0);
	add(&tally, 5, 2, SYS_brk, 900500, 0, 0);
	add(&tally, 6, 1, SYS_brk, 0, 0, 0);
	census_tally_finish(&tally);
	json_t *all = census_tally_json(&tally);
	assert_int_equal(number(all, "kernel_brk"), 7);
	assert_int_equal(number(all, "kernel_brk_bytes"), 2000 + 1000 + 500);
	assert_int_equal(number(all, "kernel_returned_bytes"), 1000);
	json_decref(all);
	census_tally_release(&tally);
}

static void
test_metrics_are_differences(void **state)
{
	(void)state;
	census_tally_t run, empty;
	json_t *metrics = json_object();
	census_tally_init(&run, BEGIN);
	census_tally_init(&empty, BEGIN);
	for (int i = 0; i < 5; i++)
		add(&run, 0, 1, SYS_munmap, 0x1000, 100, 0);
	add(&empty, 0, 1, SYS_munmap, 0x1000, 100, 0);
	add(&empty, 0, 1, SYS_mmap, 0x1000, 100, 0);
	census_tally_metrics(metrics, &run, &empty, "");
	assert_int_equal(number(metrics, "kernel_munmap"), 4);
	assert_int_equal(number(metrics, "kernel_munmap_bytes"), 400);
	assert_int_equal(number(metrics, "kernel_mmap"), 0);
	assert_int_equal(number(metrics, "kernel_process_madvise_bytes"), 0);
	census_tally_metrics(metrics, &run, &empty, "3 calls were lost");
	assert_string_equal(
	    reason(metrics, "kernel_munmap"), "3 calls were lost");
	assert_string_equal(
	    reason(metrics, "kernel_returned_bytes"), "3 calls were lost");
	json_decref(metrics);
	census_tally_release(&run);
	census_tally_release(&empty);
}

/* Ranges whose bytes were not read make only the sums with them unknown. */
static void
test_ranges(void **state)
{
	(void)state;
	census_tally_t run, empty;
	json_t *metrics = json_object();
	census_event_t event = {.t_ns = BEGIN,
	    .number = SYS_process_madvise,
	    .args = {5, 0x1000, 16, MADV_DONTNEED},
	    .ranges_bytes = 65536};
	census_tally_init(&run, BEGIN);
	census_tally_init(&empty, BEGIN);
	census_tally_add(&run, &event);
	census_tally_metrics(metrics, &run, &empty, "");
	assert_int_equal(number(metrics, "kernel_process_madvise_ranges"), 16);
	assert_int_equal(
	    number(metrics, "kernel_process_madvise_bytes"), 65536);
	assert_int_equal(number(metrics, "kernel_returned_bytes"), 65536);
	event.ranges_bytes = CENSUS_UNKNOWN;
	census_tally_add(&run, &event);
	census_tally_metrics(metrics, &run, &empty, "");
	assert_int_equal(number(metrics, "kernel_process_madvise"), 2);
	assert_non_null(
	    strstr(reason(metrics, "kernel_process_madvise_bytes"), "ranges"));
	reason(metrics, "kernel_returned_bytes");
	json_t *all = census_tally_json(&run);
	assert_true(
	    json_is_null(json_object_get(all, "kernel_returned_bytes")));
	json_decref(all);
	json_decref(metrics);
	census_tally_release(&run);
	census_tally_release(&empty);
}

static void
test_raw_file(void **state)
{
	(void)state;
	char path[] = "/tmp/ebb-census-XXXXXX", text[256] = "";
	fault_t fault;
	census_tally_t tally;
	close(mkstemp(path));
	census_tally_init(&tally, BEGIN);
	add(&tally, 12, 1, SYS_madvise, 0x1000, 4096, MADV_DONTNEED);
	add(&tally, 14, 1, SYS_madvise, 0x1000, 4096, MADV_DONTNEED);
	add(&tally, 15, 1, SYS_madvise, 0x1000, 1, MADV_DONTNEED);
	add(&tally, 4, 1, SYS_brk, 5000, 0, 0); /* seen late */
	add(&tally, 10, 1, SYS_brk, 6000, 0, 0);
	census_tally_finish(&tally);
	assert_false(census_tally_write(&tally, path, &fault));
	FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
	fclose(stream);
	assert_string_equal(text, "t_ns,call,count,bytes\n"
				  "0,brk,1,0\n"
				  "10000000,madvise_dontneed,2,8192\n"
				  "10000000,brk,1,1000\n"
				  "15000000,madvise_dontneed,1,1\n");
	assert_true(census_tally_write(&tally, "/nonexistent/x", &fault));
	unlink(path);
	census_tally_release(&tally);
}

static void
test_tracepoint_layout(void **state)
{
	(void)state;
	static const char format[] =
	    "name: sys_enter\nID: 443\nformat:\n"
	    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\n"
	    "\tfield:long id;\toffset:16;\tsize:8;\tsigned:1;\n"
	    "\tfield:unsigned long args[6];\toffset:32;\tsize:48;\n";
	census_point_t point;
	fault_t fault;
	assert_false(census_point_parse(&point, format, &fault));
	assert_int_equal(point.id, 443);
	assert_int_equal(point.number_at, 16);
	assert_int_equal(point.args_at, 32);
	assert_true(census_point_parse(&point, "ID: 4\nformat:\n", &fault));
	assert_true(census_point_parse(&point,
	    "ID: 4\n\tfield:long id;\toffset:8;\tsize:4;\n"
	    "\tfield:unsigned long args[6];\toffset:16;\tsize:48;\n",
	    &fault));
}

/*
 * A ring that nobody reads until the end holds some of the calls; the others
 * are known to be lost, and together they are all.
 */
static void
test_lost_calls_are_known(void **state)
{
	(void)state;
	census_perf_t perf;
	census_tally_t tally;
	process_t process;
	ending_t ending;
	fault_t fault;
	launch_t launch = {0};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	if (census_perf_open(&perf, page, &fault)) {
		print_message("# SKIP %s\n", fault.text);
		skip();
	}
	words_split(&launch.argv, "/bin/sh -c", ' ');
	words_add(&launch.argv, "for i in 1 2 3 4 5 6 7 8 9 10; do /bin/true; "
				"done");
	launch_signals_hold();
	assert_false(launch_start(&process, &launch, &fault));
	assert_int_equal(launch_wait(&process, 20000), LAUNCH_ENDED);
	census_tally_init(&tally, process.t_begin_ns);
	census_perf_drain(&perf, &tally);
	uint64_t lost = census_perf_lost(&perf);
	launch_reap(&process, &ending);
	census_tally_finish(&tally);
	uint64_t seen = 0;
	for (int c = 0; c < CENSUS_CALLS; c++)
		seen += tally.sum[c].count;
	/* Each of eleven programs maps its libraries: five calls at least. */
	assert_true(seen > 0);
	assert_true(lost > 0);
	assert_true(seen + lost >= 55);
	launch_signals_release();
	census_perf_close(&perf);
	census_tally_release(&tally);
	words_release(&launch.argv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_calls_are_told_apart),
	    cmocka_unit_test(test_brk_moves),
	    cmocka_unit_test(test_metrics_are_differences),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_raw_file),
	    cmocka_unit_test(test_tracepoint_layout),
	    cmocka_unit_test(test_lost_calls_are_known),
	};
	return cmocka_run_group_tests_name("census", tests, NULL, NULL);
}
