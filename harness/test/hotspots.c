/* Hotspots: whose a perf sample is, from listings as perf script writes them.
 */
#include "hotspots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "text.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define EBB "/opt/ebb/libebb.so"
#define MAIN "\t 543f main (/opt/workload)\n"
#define END "\tffffffffffffffff [unknown] ([unknown])\n"
#define FAULT                                                 \
	"\tffffffff821e59cd clear_page ([kernel.kallsyms])\n" \
	"\tffffffff821f3046 exc_page_fault ([kernel.kallsyms])\n"

/* Samples of each kind; the time of all is in the window. */
static const char of_program[] = "\t 1d11f slots_body (/opt/workload)\n" MAIN;
static const char of_memset[] = "\t 9f550 [unknown] (" LIBC ")\n" MAIN;
static const char of_touch[] = FAULT MAIN;
static const char of_free[] = "\t 98f5e cfree@GLIBC_2.2.5 (" LIBC ")\n" MAIN;
static const char of_nameless[] =
    "\t 9612b [unknown] (" LIBC ")\n\t 98ac9 malloc (" LIBC ")\n" MAIN;
static const char of_sysmalloc[] =
    FAULT "\t 97360 unlink_chunk.constprop.0 (" LIBC ")\n" END;
static const char of_brk[] =
    "\tffffffff81000130 do_brk ([kernel.kallsyms])\n\t fdc47 brk (" LIBC ")\n"
    "\t 97a00 [unknown] (" LIBC ")\n\t 98ac9 malloc (" LIBC ")\n" MAIN;
static const char of_orphan[] = "\t 9612b [unknown] (" LIBC ")\n";
static const char of_nobody[] =
    "\tffffffff81000130 do_madvise ([kernel.kallsyms])\n"
    "\t 101829 syscall (" LIBC ")\n" END;
static const char of_purge[] =
    "\tffffffff81000130 do_madvise ([kernel.kallsyms])\n"
    "\t 101a00 madvise (" LIBC ")\n\t 77a0 arena purge(int) (x) (" EBB ")\n";
static const char of_tcache[] = "\t 66a0 free (" EBB ")\n" MAIN;
static const char of_wrapped[] =
    "\t 1d11f slots_body (/opt/workload)\n\t 88a0 thread_entry (" EBB ")\n";

static void
listing_add(FILE *stream, int n, const char *event, const char *frames)
{
	for (int i = 0; i < n; i++)
		fprintf(stream, " 5.%09d: %s: \n%s\n", 100 + i, event, frames);
}

/* What is added to a listing before it is read. */
static FILE *listing;
static char *listing_text;
static size_t listing_size;

static void
listing_open(void)
{
	listing = open_memstream(&listing_text, &listing_size);
	assert_non_null(listing);
}

static hotspots_t
listing_read(const char *owner, bool whole)
{
	hotspots_t hotspots;
	fclose(listing);
	FILE *stream = fmemopen(listing_text, listing_size, "r");
	hotspots_read(&hotspots, stream, owner, whole, 5000000000, 6000000000);
	fclose(stream);
	free(listing_text);
	return hotspots;
}

static double
share(const hotspots_t *hotspots, const char *name)
{
	json_t *metrics = json_object();
	hotspots_metrics(metrics, hotspots);
	const json_t *metric = json_object_get(metrics, name);
	double value = json_is_number(metric) ? json_number_value(metric) : -1;
	json_decref(metrics);
	return value;
}

/* Fails unless the metric is unsupported with such a reason. */
static void
refused(const hotspots_t *hotspots, const char *name, const char *reason)
{
	json_t *metrics = json_object();
	hotspots_metrics(metrics, hotspots);
	const char *text = json_string_value(
	    json_object_get(json_object_get(metrics, name), "unsupported"));
	assert_non_null(text);
	assert_non_null(strstr(text, reason));
	json_decref(metrics);
}

/* -------------------------------------------------------------- attribution --
 */

static void
test_hotspots_of_glibc(void **state)
{
	(void)state;
	listing_open();
	listing_add(listing, 20, "cpu-clock", of_program);
	listing_add(listing, 20, "cpu-clock", of_memset);
	listing_add(listing, 20, "cpu-clock", of_touch);
	listing_add(listing, 80, "cpu-clock", of_free);
	listing_add(listing, 20, "cpu-clock", of_nameless);
	listing_add(listing, 20, "cpu-clock", of_sysmalloc);
	listing_add(listing, 20, "cpu-clock", of_brk);
	hotspots_t hotspots = listing_read(LIBC, false);
	assert_int_equal(hotspots.samples, 200);
	assert_int_equal(hotspots.allocator, 140);
	assert_int_equal(hotspots.allocator_kernel, 40);
	assert_int_equal(hotspots.kernel, 60);
	assert_int_equal(hotspots.unclear, 0);
	assert_string_equal(hotspots.event, "cpu-clock");
	assert_true(share(&hotspots, "allocator_share") == 0.7);
	assert_true(share(&hotspots, "allocator_kernel_share") == 0.2);
	assert_true(share(&hotspots, "kernel_share") == 0.3);
	hotspots_release(&hotspots);
}

static void
test_hotspots_of_library(void **state)
{
	(void)state;
	listing_open();
	listing_add(listing, 100, "cycles", of_tcache);
	listing_add(listing, 50, "cycles", of_purge);
	/* Its frames beyond the program's do not make the sample its own. */
	listing_add(listing, 50, "cycles", of_wrapped);
	hotspots_t hotspots = listing_read(EBB, true);
	assert_int_equal(hotspots.allocator, 150);
	assert_int_equal(hotspots.allocator_kernel, 50);
	hotspots_release(&hotspots);
	/* With glibc's malloc as the owner none of them is. */
	listing_open();
	listing_add(listing, 100, "cycles", of_tcache);
	listing_add(listing, 50, "cycles", of_purge);
	hotspots = listing_read(LIBC, false);
	assert_int_equal(hotspots.samples, 150);
	assert_int_equal(hotspots.allocator, 0);
	hotspots_release(&hotspots);
}

static void
test_hotspots_find_owner_behind_link(void **state)
{
	(void)state;
	/* The probe names the file as it was loaded, perf as it is called. */
	char real[4096];
	char *link = text_format("/tmp/hotspots-test-%d.so", (int)getpid());
	assert_int_equal(symlink("/proc/self/exe", link), 0);
	assert_non_null(realpath(link, real));
	char *frames = text_format("\t 66a0 free (%s)\n" MAIN, real);
	listing_open();
	listing_add(listing, 1, "cycles", frames);
	hotspots_t hotspots = listing_read(link, true);
	assert_int_equal(hotspots.allocator, 1);
	unlink(link);
	free(link);
	free(frames);
	hotspots_release(&hotspots);
}

/* ------------------------------------------------------------------ doubts --
 */

static void
test_hotspots_without_names_and_chains(void **state)
{
	(void)state;
	listing_open();
	listing_add(listing, 190, "cpu-clock", "\t 98f5e free (" LIBC ")\n");
	listing_add(listing, 5, "cpu-clock", of_orphan);
	listing_add(listing, 5, "cpu-clock", of_nobody);
	hotspots_t hotspots = listing_read(LIBC, false);
	assert_int_equal(hotspots.unclear, 10);
	refused(&hotspots, "allocator_share", "libc6-dbg");
	refused(&hotspots, "allocator_kernel_share", "unwind");
	assert_true(share(&hotspots, "kernel_share") == 0.025);
	hotspots_release(&hotspots);
}

static void
test_hotspots_refuse(void **state)
{
	(void)state;
	hotspots_t hotspots;
	/* Too few. */
	listing_open();
	listing_add(listing, 99, "cpu-clock", of_free);
	hotspots = listing_read(LIBC, false);
	refused(&hotspots, "allocator_share", "99 samples");
	refused(&hotspots, "kernel_share", "99 samples");
	hotspots_release(&hotspots);
	/* Too many lost. */
	listing_open();
	listing_add(listing, 200, "cpu-clock", of_free);
	fprintf(listing, " 5.000000300: PERF_RECORD_LOST lost 40\n");
	hotspots = listing_read(LIBC, false);
	assert_int_equal(hotspots.lost, 40);
	assert_int_equal(hotspots.samples, 200);
	refused(&hotspots, "allocator_share", "lost 40");
	hotspots_release(&hotspots);
	/* The kernel is not sampled. */
	listing_open();
	listing_add(listing, 200, "cpu-clock:u", of_free);
	hotspots = listing_read(LIBC, false);
	assert_true(share(&hotspots, "allocator_share") == 1);
	refused(&hotspots, "kernel_share", "perf_event_paranoid");
	refused(&hotspots, "allocator_kernel_share", "perf_event_paranoid");
	hotspots_release(&hotspots);
}

static void
test_hotspots_window(void **state)
{
	(void)state;
	hotspots_t hotspots;
	listing_open();
	fprintf(listing, " 4.999999999: cpu-clock: \n%s\n", of_free);
	listing_add(listing, 3, "cpu-clock", of_program);
	fprintf(listing, " 6.000000000: cpu-clock: \n%s\n", of_free);
	/* Cut off within a sample: it counts as far as it goes. */
	fprintf(listing, " 5.900000000: cpu-clock: \n%s", of_free);
	hotspots = listing_read(LIBC, false);
	assert_int_equal(hotspots.samples, 4);
	assert_int_equal(hotspots.allocator, 1);
	hotspots_release(&hotspots);

	FILE *empty = fopen("/dev/null", "re");
	hotspots_read(&hotspots, empty, LIBC, false, 0, 0);
	fclose(empty);
	refused(&hotspots, "allocator_share", "no work window");
	hotspots_release(&hotspots);
}

static void
test_hotspots_damaged_lines(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "\n", "\t\n", "\t \n", "\t(\n",
	    "\tzz\n", "\t 12 x\n", "\t 12 (\n", "\t 12 x (\n", "\t 12 x ()\n",
	    "5.\n", "5.1\n", "5.1:\n", "x\n", "\t 12 x (y)\n"};
	listing_open();
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		fputs(lines[i], listing);
		fprintf(listing, "5.000000001: cpu-clock: \n%s", lines[i]);
	}
	listing_add(listing, 1, "cpu-clock", of_free);
	hotspots_t hotspots = listing_read(LIBC, false);
	assert_int_equal(hotspots.allocator, 1);
	hotspots_release(&hotspots);
}

/* ----------------------------------------------------------------- results --
 */

static void
test_hotspots_top(void **state)
{
	(void)state;
	listing_open();
	listing_add(listing, 50, "cpu-clock", of_nameless);
	listing_add(listing, 30, "cpu-clock", of_free);
	listing_add(listing, 20, "cpu-clock", of_touch);
	for (int i = 0; i < 20; i++) {
		char frames[64];
		snprintf(
		    frames, sizeof(frames), "\t 1d11f f%02d (/opt/w)\n", i);
		listing_add(listing, 5, "cpu-clock", frames);
	}
	hotspots_t hotspots = listing_read(LIBC, false);
	json_t *top = hotspots_top(&hotspots);
	static const struct {
		double share;
		const char *object, *symbol;
	} rows[] = {
	    {0.25, "libc.so.6", "(nameless, under malloc)"},
	    {0.15, "libc.so.6", "free"},
	    {0.1, "[kernel]", "clear_page"},
	    {0.025, "w", "f00"},
	};
	assert_int_equal(json_array_size(top), HOTSPOTS_TOP);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const json_t *row = json_array_get(top, i);
		assert_true(json_number_value(json_object_get(row, "share")) ==
			    rows[i].share);
		assert_string_equal(
		    json_string_value(json_object_get(row, "object")),
		    rows[i].object);
		assert_string_equal(
		    json_string_value(json_object_get(row, "symbol")),
		    rows[i].symbol);
	}
	json_decref(top);
	json_t *method = hotspots_method(&hotspots);
	assert_int_equal(
	    json_integer_value(json_object_get(method, "samples")), 200);
	assert_non_null(
	    strstr(json_string_value(json_object_get(method, "counted")),
		"libc.so.6"));
	json_decref(method);
	hotspots_release(&hotspots);
}

static void
test_hotspots_write(void **state)
{
	(void)state;
	fault_t fault;
	char text[512] = "";
	char *path = text_format("/tmp/hotspots-test-%d", (int)getpid());
	listing_open();
	listing_add(listing, 3, "cpu-clock", of_touch);
	listing_add(listing, 7, "cpu-clock", of_tcache);
	hotspots_t hotspots = listing_read(EBB, true);
	assert_false(hotspots_write(&hotspots, path, &fault));
	FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	assert_true(fread(text, 1, sizeof(text) - 1, stream) > 0);
	fclose(stream);
	assert_string_equal(text,
	    "workload`main;libebb.so`free 7\n"
	    "workload`main;[kernel]`exc_page_fault;[kernel]`clear_page 3\n");
	unlink(path);
	assert_true(hotspots_write(&hotspots, "/nowhere/x", &fault));
	hotspots_release(&hotspots);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hotspots_of_glibc),
	    cmocka_unit_test(test_hotspots_of_library),
	    cmocka_unit_test(test_hotspots_find_owner_behind_link),
	    cmocka_unit_test(test_hotspots_without_names_and_chains),
	    cmocka_unit_test(test_hotspots_refuse),
	    cmocka_unit_test(test_hotspots_window),
	    cmocka_unit_test(test_hotspots_damaged_lines),
	    cmocka_unit_test(test_hotspots_top),
	    cmocka_unit_test(test_hotspots_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
